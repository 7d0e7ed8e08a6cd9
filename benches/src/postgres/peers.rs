//! The designs that jifen replaces on PostgreSQL, and the limit: statements a row, a computing trigger, and `COPY` of bare events.

use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::SinkExt;
use jifen_bench::rows;
use jifen_scratch::{Cluster, OWNER};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Statement};

use crate::design::{Design, Totals};

const SCHEMA: &str = "
create table event (id bigint generated always as identity primary key, source text not null, external text not null,
    kind text not null, time bigint not null, service text not null, \"window\" text not null, person text not null,
    body text not null, unique (source, external));
create index event_service on event (service, kind);
create table hall_window (code text primary key, department text not null, hall text not null);
create table fact (id bigint generated always as identity primary key, service text not null unique, start bigint not null,
    day integer not null, service_ms bigint not null, person text not null, \"window\" text not null, department text not null,
    hall text not null, start_event bigint not null, end_event bigint not null);
create table entry (id bigint generated always as identity primary key, fact bigint not null unique, rule text not null,
    band integer not null, subject text not null, points bigint not null, day integer not null, \"window\" text not null,
    department text not null, hall text not null);
create index entry_subject on entry (subject, day);
create table total (grain integer not null, day integer not null, kind integer not null, subject text not null,
    rule text not null, points bigint not null, facts bigint not null, primary key (grain, day, kind, subject, rule));
";

const TRIGGER: &str = "
create function score() returns trigger language plpgsql as $$
declare
    s record; w record; ms bigint; d integer; p bigint; f bigint;
begin
    select id, time into s from event where service = new.service and kind = 'jifen.service.started';
    if not found then return null; end if;
    select department, hall into w from hall_window where code = new.\"window\";
    ms := new.time - s.time;
    d := (s.time + 28800000) / 86400000;
    p := case when ms <= 1200000 then 5000 when ms <= 1800000 then 0 else -3000 end;
    insert into fact (service, start, day, service_ms, person, \"window\", department, hall, start_event, end_event)
    values (new.service, s.time, d, ms, new.person, new.\"window\", w.department, w.hall, s.id, new.id) returning id into f;
    if p <> 0 then
        insert into entry (fact, rule, band, subject, points, day, \"window\", department, hall)
        values (f, 'service-time', case when ms <= 1200000 then 0 else 2 end, new.person, p, d, new.\"window\", w.department, w.hall);
    end if;
    insert into total
    select g.grain, case g.grain when 0 then d else d / 30 end, k.kind, k.subject, 'service-time', p, 1
    from (values (0), (1)) as g (grain),
        (values (0, new.person), (1, new.\"window\"), (2, w.department), (3, w.hall)) as k (kind, subject)
    on conflict (grain, day, kind, subject, rule) do update
    set points = total.points + excluded.points, facts = total.facts + 1;
    return null;
end $$;
create trigger score after insert on event for each row when (new.kind = 'jifen.service.ended') execute function score();
";

const INSERT: &str = "
    insert into event (source, external, kind, time, service, \"window\", person, body)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (source, external) do nothing
    returning id";

const STARTED: &str = "
    select event.id, event.time, hall_window.department, hall_window.hall
    from event
    join hall_window on hall_window.code = $2
    where event.service = $1
      and event.kind = 'jifen.service.started'";

const FACT: &str = "
    insert into fact (service, start, day, service_ms, person, \"window\", department, hall, start_event, end_event)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    returning id";

const ENTRY: &str = "
    insert into entry (fact, rule, band, subject, points, day, \"window\", department, hall)
    values ($1, 'service-time', $2, $3, $4, $5, $6, $7, $8)";

/// All eight at once: kinder than most programs are.
const TOTAL: &str = "
    insert into total
    select g.grain, g.day, k.kind, k.subject, 'service-time', $7, 1
    from (values (0, $1::integer), (1, $2::integer)) as g (grain, day),
        (values (0, $3::text), (1, $4::text), (2, $5::text), (3, $6::text)) as k (kind, subject)
    on conflict (grain, day, kind, subject, rule) do update
    set points = total.points + excluded.points, facts = total.facts + 1";

/// One event's columns.
struct Row {
    source: String,
    id: String,
    kind: String,
    time: i64,
    service: String,
    window: String,
    person: String,
}

fn parse(json: &str) -> Result<Row> {
    let event: Value = serde_json::from_str(json)?;
    let text =
        |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned).context("member missing");
    let time = jifen_core::time::Instant::parse(&text("/time")?).context("time malformed")?;
    Ok(Row {
        source: text("/source")?,
        id: text("/id")?,
        kind: text("/type")?,
        time: time.0,
        service: text("/data/service")?,
        window: text("/data/window")?,
        person: text("/data/person")?,
    })
}

/// A connection to a new database with these tables and the hall's windows in it.
struct Server {
    runtime: Runtime,
    client: Client,
}

impl Server {
    fn open(cluster: &Cluster, schema: &str) -> Result<Self> {
        let url = cluster.url(OWNER, &cluster.empty()?);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
            tokio::spawn(connection);
            client.batch_execute(schema).await?;
            for window in 0..rows::WINDOWS {
                let department = format!("d{}", window % rows::DEPARTMENTS);
                let values = format!("insert into hall_window values ('w{window}', '{department}', 'h1')");
                client.batch_execute(&values).await?;
            }
            Ok::<_, tokio_postgres::Error>(client)
        })?;
        Ok(Self { runtime, client })
    }

    fn prepare(&self, statement: &str) -> Result<Statement> {
        Ok(self.runtime.block_on(self.client.prepare(statement))?)
    }

    fn totals(&self) -> Result<Totals> {
        let select = "select subject, day, points, facts from total where grain = 0";
        let rows = self.runtime.block_on(self.client.query(select, &[]))?;
        Ok(rows.iter().map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3)))).collect())
    }
}

/// Statements a row, decided in the program.
pub(crate) struct RowByRow {
    server: Server,
    insert: Statement,
    started: Statement,
    fact: Statement,
    entry: Statement,
    total: Statement,
}

impl RowByRow {
    pub(crate) fn open(cluster: &Cluster) -> Result<Self> {
        let server = Server::open(cluster, SCHEMA)?;
        let [insert, started, fact, entry, total] =
            [INSERT, STARTED, FACT, ENTRY, TOTAL].map(|statement| server.prepare(statement));
        let (insert, started, fact, entry, total) = (insert?, started?, fact?, entry?, total?);
        Ok(Self { server, insert, started, fact, entry, total })
    }

    async fn take_row(&self, json: &str) -> Result<()> {
        let (client, row) = (&self.server.client, parse(json)?);
        let Row { source, id, kind, time, service, window, person } = &row;
        let inserted =
            client.query_opt(&self.insert, &[source, id, kind, time, service, window, person, &json]).await?;
        let Some(inserted) = inserted.filter(|_| kind == "jifen.service.ended") else { return Ok(()) };
        let end_event: i64 = inserted.get(0);
        let Some(started) = client.query_opt(&self.started, &[service, window]).await? else { return Ok(()) };
        let (start_event, start): (i64, i64) = (started.get(0), started.get(1));
        let (department, hall): (String, String) = (started.get(2), started.get(3));
        let service_ms = time - start;
        let day = i32::try_from((start + 28_800_000) / 86_400_000)?;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 10] =
            [service, &start, &day, &service_ms, person, window, &department, &hall, &start_event, &end_event];
        let fact: i64 = client.query_one(&self.fact, &values).await?.get(0);
        let (band, points) = match service_ms {
            ..=1_200_000 => (0_i32, 5_000_i64),
            1_200_001..=1_800_000 => (1, 0),
            _ => (2, -3_000),
        };
        if points != 0 {
            client.execute(&self.entry, &[&fact, &band, person, &points, &day, window, &department, &hall]).await?;
        }
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
            [&day, &(day / 30), person, window, &department, &hall, &points];
        client.execute(&self.total, &values).await?;
        Ok(())
    }
}

impl Design for RowByRow {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        self.server.runtime.block_on(async {
            self.server.client.batch_execute("begin").await?;
            for json in batch {
                self.take_row(json).await?;
            }
            Ok(self.server.client.batch_execute("commit").await?)
        })
    }

    fn totals(&mut self) -> Result<Totals> {
        self.server.totals()
    }
}

/// A statement a row; the database computes.
pub(crate) struct Trigger {
    server: Server,
    insert: Statement,
}

impl Trigger {
    pub(crate) fn open(cluster: &Cluster) -> Result<Self> {
        let server = Server::open(cluster, &format!("{SCHEMA}{TRIGGER}"))?;
        let insert = server.prepare(INSERT)?;
        Ok(Self { server, insert })
    }
}

impl Design for Trigger {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        self.server.runtime.block_on(async {
            let client = &self.server.client;
            client.batch_execute("begin").await?;
            for json in batch {
                let Row { source, id, kind, time, service, window, person } = parse(json)?;
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] =
                    [&source, &id, &kind, &time, &service, &window, &person, json];
                client.execute(&self.insert, &values).await?;
            }
            Ok(client.batch_execute("commit").await?)
        })
    }

    fn totals(&mut self) -> Result<Totals> {
        self.server.totals()
    }
}

/// Events alone, without an index: no repeat is seen, nothing is computed.
pub(crate) struct Copy(Server);

impl Copy {
    pub(crate) fn open(cluster: &Cluster) -> Result<Self> {
        let schema = "
            create table hall_window (code text, department text, hall text);
            create table event (source text, external text, kind text, time bigint, service text, \"window\" text,
                person text, body text)";
        Ok(Self(Server::open(cluster, schema)?))
    }
}

impl Design for Copy {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        let mut text = String::new();
        for json in batch {
            let Row { source, id, kind, time, service, window, person } = parse(json)?;
            let time = time.to_string();
            let line = [&source, &id, &kind, &time, &service, &window, &person, json].map(String::as_str);
            text.push_str(&line.join("\t"));
            text.push('\n');
        }
        self.0.runtime.block_on(async {
            let sink = self.0.client.copy_in("copy event from stdin").await?;
            let mut sink = std::pin::pin!(sink);
            sink.send(Bytes::from(text)).await?;
            sink.as_mut().finish().await?;
            Ok(())
        })
    }

    fn totals(&mut self) -> Result<Totals> {
        Ok(Totals::new())
    }
}
