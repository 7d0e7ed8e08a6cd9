//! The designs that jifen replaces on PostgreSQL, and the limits: statements a row, a computing trigger, and `COPY`, of all that those keep but
//! without looking for repeats, and of bare events.

use std::{
    collections::HashMap,
    fmt::{Display, Write},
};

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

/// The day of a moment, in China.
fn day_of(moment: i64) -> Result<i32> {
    Ok(i32::try_from((moment + 28_800_000) / 86_400_000)?)
}

/// The band of a service's length, and its points.
fn judged(service_ms: i64) -> (i32, i64) {
    match service_ms {
        ..=1_200_000 => (0, 5_000),
        1_200_001..=1_800_000 => (1, 0),
        _ => (2, -3_000),
    }
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
        let day = day_of(start)?;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 10] =
            [service, &start, &day, &service_ms, person, window, &department, &hall, &start_event, &end_event];
        let fact: i64 = client.query_one(&self.fact, &values).await?.get(0);
        let (band, points) = judged(service_ms);
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

/// Events, facts, entries and totals by `COPY`: what is open is known by the program alone, which numbers the rows, and repeats are not seen.
pub(crate) struct CopyOfAll {
    server: Server,
    total: Statement,
    open: HashMap<String, (i64, i64)>,
    last_event: i64,
    last_fact: i64,
}

/// The tables of the others, without the indexes by which those find repeats and beginnings.
const SCHEMA_COPIED: &str = "
create table event (id bigint primary key, source text not null, external text not null,
    kind text not null, time bigint not null, service text not null, \"window\" text not null, person text not null,
    body text not null);
create table hall_window (code text primary key, department text not null, hall text not null);
create table fact (id bigint primary key, service text not null, start bigint not null,
    day integer not null, service_ms bigint not null, person text not null, \"window\" text not null, department text not null,
    hall text not null, start_event bigint not null, end_event bigint not null);
create table entry (id bigint primary key, fact bigint not null, rule text not null,
    band integer not null, subject text not null, points bigint not null, day integer not null, \"window\" text not null,
    department text not null, hall text not null);
create index entry_subject on entry (subject, day);
create table total (grain integer not null, day integer not null, kind integer not null, subject text not null,
    rule text not null, points bigint not null, facts bigint not null, primary key (grain, day, kind, subject, rule));
";

const TOTALS: &str = "
    insert into total
    select grain, day, kind, subject, 'service-time', points, facts
    from unnest($1::integer[], $2::integer[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[])
        as new (grain, day, kind, subject, points, facts)
    on conflict (grain, day, kind, subject, rule) do update
    set points = total.points + excluded.points, facts = total.facts + excluded.facts";

impl CopyOfAll {
    pub(crate) fn open(cluster: &Cluster) -> Result<Self> {
        let server = Server::open(cluster, SCHEMA_COPIED)?;
        let total = server.prepare(TOTALS)?;
        Ok(Self { server, total, open: HashMap::new(), last_event: 0, last_fact: 0 })
    }
}

impl Design for CopyOfAll {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        let [mut events, mut facts, mut entries] = [const { String::new() }; 3];
        let mut totals: HashMap<(i32, i32, i32, String), (i64, i64)> = HashMap::new();
        for json in batch {
            let Row { source, id, kind, time, service, window, person } = parse(json)?;
            self.last_event += 1;
            let event = self.last_event;
            push(&mut events, &[&event, &source, &id, &kind, &time, &service, &window, &person, json]);
            if kind == "jifen.service.started" {
                self.open.insert(service, (event, time));
                continue;
            }
            let Some((start_event, start)) = self.open.remove(&service) else { continue };
            let number: u64 = window.trim_start_matches('w').parse()?;
            let (department, hall) = (format!("d{}", number % rows::DEPARTMENTS), "h1");
            let (day, service_ms) = (day_of(start)?, time - start);
            let (band, points) = judged(service_ms);
            self.last_fact += 1;
            let fact = self.last_fact;
            let place: [&dyn Display; 3] = [&window, &department, &hall];
            push(
                &mut facts,
                &[
                    &fact,
                    &service,
                    &start,
                    &day,
                    &service_ms,
                    &person,
                    place[0],
                    place[1],
                    place[2],
                    &start_event,
                    &event,
                ],
            );
            if points != 0 {
                push(
                    &mut entries,
                    &[&fact, &fact, &"service-time", &band, &person, &points, &day, place[0], place[1], place[2]],
                );
            }
            for (kind, subject) in [(0, &person), (1, &window), (2, &department), (3, &hall.to_owned())] {
                for (grain, day) in [(0, day), (1, day / 30)] {
                    let total = totals.entry((grain, day, kind, subject.clone())).or_default();
                    *total = (total.0 + points, total.1 + 1);
                }
            }
        }
        let (keys, sums): (Vec<_>, Vec<_>) = totals.into_iter().unzip();
        let [grains, days, kinds] =
            [0, 1, 2].map(|column| keys.iter().map(|key| [key.0, key.1, key.2][column]).collect::<Vec<i32>>());
        let subjects: Vec<&str> = keys.iter().map(|key| key.3.as_str()).collect();
        let (points, counts): (Vec<i64>, Vec<i64>) = sums.into_iter().unzip();
        self.server.runtime.block_on(async {
            let client = &self.server.client;
            client.batch_execute("begin").await?;
            copy(client, "event", events).await?;
            copy(client, "fact", facts).await?;
            copy(client, "entry", entries).await?;
            client.execute(&self.total, &[&grains, &days, &kinds, &subjects, &points, &counts]).await?;
            Ok(client.batch_execute("commit").await?)
        })
    }

    fn totals(&mut self) -> Result<Totals> {
        self.server.totals()
    }
}

/// Adds a line of `COPY`'s text; nothing in these rows wants an escape.
fn push(lines: &mut String, values: &[&dyn Display]) {
    for (index, value) in values.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = write!(lines, "{}{value}", if index == 0 { "" } else { "\t" });
    }
    lines.push('\n');
}

async fn copy(client: &Client, table: &str, lines: String) -> Result<()> {
    let sink = client.copy_in(&format!("copy {table} from stdin")).await?;
    let mut sink = std::pin::pin!(sink);
    sink.send(Bytes::from(lines)).await?;
    sink.as_mut().finish().await?;
    Ok(())
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
            push(&mut text, &[&source, &id, &kind, &time, &service, &window, &person, json]);
        }
        self.0.runtime.block_on(copy(&self.0.client, "event", text))
    }

    fn totals(&mut self) -> Result<Totals> {
        Ok(Totals::new())
    }
}
