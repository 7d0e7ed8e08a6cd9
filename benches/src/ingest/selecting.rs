//! The design of most web applications: for each row select, decide in the program, then insert or update.

use anyhow::{Context, Result};
use jifen_bench::rows;
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};
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
pub(crate) struct Columns {
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) time: i64,
    pub(crate) service: String,
    pub(crate) window: String,
    pub(crate) person: String,
}

/// Reads and checks one event.
pub(crate) fn parse(json: &str) -> Result<Columns> {
    let event: Value = serde_json::from_str(json)?;
    let text =
        |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned).context("member missing");
    let time = jifen_core::time::Instant::parse(&text("/time")?).context("time malformed")?;
    Ok(Columns {
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
    statements: Statements,
    _folder: tempfile::TempDir,
}

impl Selecting {
    /// Each statement is prepared when it runs, as by mapping libraries that keep none.
    pub(crate) fn open() -> Result<Self> {
        Self::with(Statements::Anew)
    }

    /// Each statement is prepared once: the same design written by hand.
    pub(crate) fn by_hand() -> Result<Self> {
        Self::with(Statements::Kept)
    }

    fn with(statements: Statements) -> Result<Self> {
        let (folder, connection) = open(SCHEMA)?;
        Ok(Self { connection, statements, _folder: folder })
    }
}

/// Whether statements are kept once they are prepared.
#[derive(Clone, Copy)]
enum Statements {
    Anew,
    Kept,
}

/// A connection whose statements are prepared in one of the two ways.
struct Session<'a>(&'a Connection, Statements);

impl Session<'_> {
    fn run<T>(&self, sql: &str, run: impl FnOnce(&mut Statement<'_>) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        match self.1 {
            Statements::Anew => run(&mut self.0.prepare(sql)?),
            Statements::Kept => run(&mut *self.0.prepare_cached(sql)?),
        }
    }

    fn find<T>(
        &self,
        sql: &str,
        of: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.run(sql, |statement| statement.query_row(of, read).optional())
    }

    fn write(&self, sql: &str, row: impl rusqlite::Params) -> rusqlite::Result<usize> {
        self.run(sql, |statement| statement.execute(row))
    }
}

impl Design for Selecting {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        for json in batch {
            take_row(&Session(&transaction, self.statements), &parse(json)?, json)?;
        }
        Ok(transaction.commit()?)
    }

    fn totals(&mut self) -> Result<Totals> {
        totals(&self.connection)
    }
}

fn take_row(session: &Session<'_>, row: &Columns, json: &str) -> Result<()> {
    let known: Option<i64> = session.find(
        "select id from event where source = ?1 and external = ?2",
        params![row.source, row.id],
        |row| row.get(0),
    )?;
    if known.is_some() {
        return Ok(());
    }
    session.write(
        "insert into event (source, external, kind, time, service, window, person, body) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![row.source, row.id, row.kind, row.time, row.service, row.window, row.person, json],
    )?;
    let end_event = session.0.last_insert_rowid();
    if row.kind != "jifen.service.ended" {
        return Ok(());
    }
    let started: Option<(i64, i64)> = session.find(
        "select id, time from event where service = ?1 and kind = 'jifen.service.started'",
        params![row.service],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((start_event, start)) = started else { return Ok(()) };
    let place: Option<(String, String)> =
        session.find("select department, hall from window where code = ?1", params![row.window], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let (department, hall) = place.context("a window that is not there")?;
    let service_ms = row.time - start;
    let day = (start + 8 * 3_600_000).div_euclid(86_400_000);
    session.write(
        "insert into fact (service, start, day, service_ms, person, window, department, hall, start_event, end_event) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![row.service, start, day, service_ms, row.person, row.window, department, hall, start_event, end_event],
    )?;
    let fact = session.0.last_insert_rowid();
    let (band, points) = match service_ms {
        ..=1_200_000 => (0, 5_000),
        1_200_001..=1_800_000 => (1, 0),
        _ => (2, -3_000),
    };
    if points != 0 {
        session.write(
            "insert into entry (fact, rule, band, subject, points, day, window, department, hall) values (?1, 'service-time', ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![fact, band, row.person, points, day, row.window, department, hall],
        )?;
    }
    let month = day / 30;
    for (grain, day) in [(0, day), (1, month)] {
        for (kind, subject) in [(0, &row.person), (1, &row.window), (2, &department), (3, &hall)] {
            add(session, grain, day, kind, subject, points)?;
        }
    }
    Ok(())
}

fn add(session: &Session<'_>, grain: i64, day: i64, kind: i64, subject: &str, points: i64) -> Result<()> {
    let known: Option<(i64, i64)> = session.find(
        "select points, facts from total where grain = ?1 and day = ?2 and kind = ?3 and subject = ?4 and rule = 'service-time'",
        params![grain, day, kind, subject],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match known {
        None => session.write(
            "insert into total values (?1, ?2, ?3, ?4, 'service-time', ?5, 1)",
            params![grain, day, kind, subject, points],
        )?,
        Some((sum, facts)) => session.write(
            "update total set points = ?5, facts = ?6 where grain = ?1 and day = ?2 and kind = ?3 and subject = ?4 and rule = 'service-time'",
            params![grain, day, kind, subject, sum + points, facts + 1],
        )?,
    };
    Ok(())
}
