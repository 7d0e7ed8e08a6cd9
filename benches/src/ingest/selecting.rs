//! The design of most web applications: for each row select, decide in the program, then insert or update.

use anyhow::{Context, Result};
use jifen_bench::rows;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::design::{Design, Totals};

/// Tables that both SQL designs share.
pub(crate) const SCHEMA: &str = "
create table event (id integer primary key, source text not null, external text not null, kind text not null,
    time integer not null, service text not null, window text not null, person text not null, body text not null,
    unique (source, external)) strict;
create index event_service on event (service, kind);
create table window (code text primary key, department text not null, hall text not null) strict;
create table fact (id integer primary key, service text not null unique, start integer not null, day integer not null,
    service_ms integer not null, person text not null, window text not null, department text not null, hall text not null,
    start_event integer not null, end_event integer not null) strict;
create table entry (id integer primary key, fact integer not null unique, rule text not null, band integer not null,
    subject text not null, points integer not null, day integer not null, window text not null, department text not null,
    hall text not null) strict;
create index entry_subject on entry (subject, day);
create table total (grain integer not null, day integer not null, kind integer not null, subject text not null,
    rule text not null, points integer not null, facts integer not null, primary key (grain, day, kind, subject, rule)) strict;
";

/// Opens a database as jifen does, with the hall's windows in it.
pub(crate) fn open(schema: &str) -> Result<(tempfile::TempDir, Connection)> {
    let folder = tempfile::tempdir()?;
    let connection = Connection::open(folder.path().join("bench.db"))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.execute_batch(schema)?;
    for window in 0..rows::WINDOWS {
        let department = format!("d{}", window % rows::DEPARTMENTS);
        connection.execute("insert into window values (?1, ?2, 'h1')", params![format!("w{window}"), department])?;
    }
    Ok((folder, connection))
}

/// One event's columns.
pub(crate) struct Row {
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) time: i64,
    pub(crate) service: String,
    pub(crate) window: String,
    pub(crate) person: String,
}

/// Reads and checks one event.
pub(crate) fn parse(json: &str) -> Result<Row> {
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

/// Totals of either SQL design.
pub(crate) fn totals(connection: &Connection) -> Result<Totals> {
    let mut statement = connection.prepare("select subject, day, points, facts from total where grain = 0")?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) struct Selecting {
    connection: Connection,
    _folder: tempfile::TempDir,
}

impl Selecting {
    pub(crate) fn open() -> Result<Self> {
        let (folder, connection) = open(SCHEMA)?;
        Ok(Self { connection, _folder: folder })
    }
}

impl Design for Selecting {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        for json in batch {
            take_row(&transaction, &parse(json)?, json)?;
        }
        Ok(transaction.commit()?)
    }

    fn totals(&mut self) -> Result<Totals> {
        totals(&self.connection)
    }
}

fn take_row(connection: &Connection, row: &Row, json: &str) -> Result<()> {
    let known: Option<i64> = connection
        .prepare_cached("select id from event where source = ?1 and external = ?2")?
        .query_row(params![row.source, row.id], |row| row.get(0))
        .optional()?;
    if known.is_some() {
        return Ok(());
    }
    connection
        .prepare_cached("insert into event (source, external, kind, time, service, window, person, body) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
        .execute(params![row.source, row.id, row.kind, row.time, row.service, row.window, row.person, json])?;
    let end_event = connection.last_insert_rowid();
    if row.kind != "jifen.service.ended" {
        return Ok(());
    }
    let started: Option<(i64, i64)> = connection
        .prepare_cached("select id, time from event where service = ?1 and kind = 'jifen.service.started'")?
        .query_row(params![row.service], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((start_event, start)) = started else { return Ok(()) };
    let (department, hall): (String, String) = connection
        .prepare_cached("select department, hall from window where code = ?1")?
        .query_row(params![row.window], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let service_ms = row.time - start;
    let day = (start + 8 * 3_600_000).div_euclid(86_400_000);
    connection
        .prepare_cached("insert into fact (service, start, day, service_ms, person, window, department, hall, start_event, end_event) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
        .execute(params![row.service, start, day, service_ms, row.person, row.window, department, hall, start_event, end_event])?;
    let fact = connection.last_insert_rowid();
    let (band, points) = match service_ms {
        ..=1_200_000 => (0, 5_000),
        1_200_001..=1_800_000 => (1, 0),
        _ => (2, -3_000),
    };
    if points != 0 {
        connection
            .prepare_cached("insert into entry (fact, rule, band, subject, points, day, window, department, hall) values (?1, 'service-time', ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![fact, band, row.person, points, day, row.window, department, hall])?;
    }
    let month = day / 30;
    for (grain, day) in [(0, day), (1, month)] {
        for (kind, subject) in [(0, &row.person), (1, &row.window), (2, &department), (3, &hall)] {
            add(connection, grain, day, kind, subject, points)?;
        }
    }
    Ok(())
}

fn add(connection: &Connection, grain: i64, day: i64, kind: i64, subject: &str, points: i64) -> Result<()> {
    let key = params![grain, day, kind, subject];
    let known: Option<(i64, i64)> = connection
        .prepare_cached("select points, facts from total where grain = ?1 and day = ?2 and kind = ?3 and subject = ?4 and rule = 'service-time'")?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        None => connection
            .prepare_cached("insert into total values (?1, ?2, ?3, ?4, 'service-time', ?5, 1)")?
            .execute(params![grain, day, kind, subject, points])?,
        Some((sum, facts)) => connection
            .prepare_cached("update total set points = ?5, facts = ?6 where grain = ?1 and day = ?2 and kind = ?3 and subject = ?4 and rule = 'service-time'")?
            .execute(params![grain, day, kind, subject, sum + points, facts + 1])?,
    };
    Ok(())
}
