//! The design of peers that compute in the database: a trigger on the event table writes fact, entry and totals.

use anyhow::Result;
use rusqlite::{Connection, params};

use crate::{
    design::{Design, Totals},
    selecting,
};

const TRIGGER: &str = "
create trigger score after insert on event when new.kind = 'jifen.service.ended'
begin
    insert into fact (service, start, day, service_ms, person, window, department, hall, start_event, end_event)
    select new.service, s.time, (s.time + 28800000) / 86400000, new.time - s.time, new.person, new.window, w.department, w.hall, s.id, new.id
    from event s join window w on w.code = new.window
    where s.service = new.service and s.kind = 'jifen.service.started';
end;
create trigger award after insert on fact
begin
    insert into entry (fact, rule, band, subject, points, day, window, department, hall)
    select new.id, 'service-time', case when new.service_ms <= 1200000 then 0 else 2 end, new.person,
        case when new.service_ms <= 1200000 then 5000 else -3000 end, new.day, new.window, new.department, new.hall
    where new.service_ms <= 1200000 or new.service_ms > 1800000;
    insert into total
    select g.grain, case g.grain when 0 then new.day else new.day / 30 end, k.kind,
        case k.kind when 0 then new.person when 1 then new.window when 2 then new.department else new.hall end, 'service-time',
        case when new.service_ms <= 1200000 then 5000 when new.service_ms > 1800000 then -3000 else 0 end, 1
    from (select 0 as grain union all select 1) g, (select 0 as kind union all select 1 union all select 2 union all select 3) k
    where true
    on conflict (grain, day, kind, subject, rule) do update set points = points + excluded.points, facts = facts + 1;
end;
";

pub(crate) struct Trigger {
    connection: Connection,
    _folder: tempfile::TempDir,
}

impl Trigger {
    pub(crate) fn open() -> Result<Self> {
        let (folder, connection) = selecting::open(&format!("{}{TRIGGER}", selecting::SCHEMA))?;
        Ok(Self { connection, _folder: folder })
    }
}

impl Design for Trigger {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "insert into event (source, external, kind, time, service, window, person, body)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (source, external) do nothing",
            )?;
            for json in batch {
                let row = selecting::parse(json)?;
                insert.execute(params![
                    row.source,
                    row.id,
                    row.kind,
                    row.time,
                    row.service,
                    row.window,
                    row.person,
                    json
                ])?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn totals(&mut self) -> Result<Totals> {
        selecting::totals(&self.connection)
    }
}
