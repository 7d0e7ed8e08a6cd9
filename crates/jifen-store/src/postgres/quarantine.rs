//! The quarantine: events with a good envelope whose values fail the schema, kept to be mended.

use std::collections::BTreeMap;

use jifen_core::time::Instant;
use tokio_postgres::Row;

use super::{connection::Connection, text};
use crate::{
    code,
    error::StoreError,
    row::{Mended, QuarantineRow, Quarantined, RegionId, Resolution},
};

/// The next number is one more than the last (primary key, from its end). A source that sends a bad event again has it there
/// already, mended or not: `quarantine_by_event`.
const INSERT: &str = "
    insert into quarantine (region_id, number, received, by, source, id, reason, pointer, body)
    select
        $1,
        (select coalesce(max(number), 0) + 1 from quarantine where region_id = $1),
        $2, $3, $4, $5, $6, $7, $8
    where not exists (
        select 1
        from quarantine
        where region_id = $1
          and source = $4
          and id = $5
          and body = $8
    )";

/// In the order they came. Primary key.
const AFTER: &str = "
    select
        number, received, by, source, id, reason, pointer, body,
        resolved, resolved_by, mended_position, resolved_note
    from quarantine
    where region_id = $1
      and number > $2
    order by number
    limit $3";

/// Open ones in the order they came. `quarantine_open`.
const OPEN_AFTER: &str = "
    select
        number, received, by, source, id, reason, pointer, body,
        resolved, resolved_by, mended_position, resolved_note
    from quarantine
    where region_id = $1
      and number > $2
      and resolved is null
    order by number
    limit $3";

/// Primary key.
const ONE: &str = "
    select
        number, received, by, source, id, reason, pointer, body,
        resolved, resolved_by, mended_position, resolved_note
    from quarantine
    where region_id = $1
      and number = $2";

/// How many are open, by source. `quarantine_open` covers it.
const OPEN_BY_SOURCE: &str = "
    select source, count(*)
    from quarantine
    where region_id = $1
      and resolved is null
    group by source
    order by source";

/// The first resolution holds. Primary key.
const RESOLVE: &str = "
    update quarantine
    set resolved = $1, resolved_by = $2, mended_position = $3, resolved_note = $4
    where region_id = $5
      and number = $6
      and resolved is null";

/// Bodies of those that came before a time.
const WIPE: &str = "
    update quarantine
    set body = ''
    where region_id = $1
      and number in (
        select number
        from quarantine
        where region_id = $1
          and received < $2
          and body <> ''
        order by number
        limit $3
    )";

/// Takes the bodies of events that came before `before`, at most `limit`; says how many.
pub(crate) fn wipe(
    connection: &Connection,
    region: RegionId,
    before: Instant,
    limit: usize,
) -> Result<u64, StoreError> {
    connection.execute(WIPE, &[&region.0, &before.0, &code::limit(limit)])
}

pub(crate) fn append(connection: &Connection, region: RegionId, rows: &[QuarantineRow]) -> Result<(), StoreError> {
    // Few, and each looks at those before it.
    for row in rows {
        let QuarantineRow { received, by, source, id, reason, pointer, body } = row;
        let [by, source, id, reason, pointer, body] =
            [by, source, id, reason, pointer, body].map(|of| text::stored(of));
        connection.execute(INSERT, &[&region.0, &received.0, &by, &source, &id, &reason, &pointer, &body])?;
    }
    Ok(())
}

pub(crate) fn mend(connection: &Connection, region: RegionId, rows: &[Mended]) -> Result<(), StoreError> {
    for Mended { number, at, by, position } in rows {
        let (number, position) = (code::position(*number), code::position(*position));
        connection.execute(RESOLVE, &[&at.0, &text::stored(by), &position, &None::<&str>, &region.0, &number])?;
    }
    Ok(())
}

/// Says whether it was open.
pub(crate) fn set_aside(
    connection: &Connection,
    region: RegionId,
    number: u64,
    at: Instant,
    by: &str,
    note: &str,
) -> Result<bool, StoreError> {
    let (by, note, number) = (text::stored(by), text::stored(note), code::position(number));
    Ok(connection.execute(RESOLVE, &[&at.0, &by, &None::<i64>, &note, &region.0, &number])? > 0)
}

pub(crate) fn after(
    connection: &Connection,
    region: RegionId,
    open: bool,
    after: u64,
    limit: usize,
) -> Result<Vec<Quarantined>, StoreError> {
    let statement = if open { OPEN_AFTER } else { AFTER };
    let rows = connection.query(statement, &[&region.0, &code::position(after), &code::limit(limit)])?;
    rows.iter().map(parse).collect()
}

pub(crate) fn one(connection: &Connection, region: RegionId, number: u64) -> Result<Option<Quarantined>, StoreError> {
    connection.query_opt(ONE, &[&region.0, &code::position(number)])?.as_ref().map(parse).transpose()
}

pub(crate) fn open_by_source(connection: &Connection, region: RegionId) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows = connection.query(OPEN_BY_SOURCE, &[&region.0])?;
    rows.iter().map(|row| Ok((text::read(row.get(0)), code::parse_position(row.get(1))?))).collect()
}

fn parse(row: &Row) -> Result<Quarantined, StoreError> {
    let text_at = |index: usize| text::read(row.get(index));
    let text_or_none = |index: usize| row.get::<_, Option<String>>(index).map(text::read);
    let resolution = match row.get::<_, Option<i64>>(8) {
        None => None,
        Some(at) => Some(Resolution {
            at: Instant(at),
            by: text_or_none(9).unwrap_or_default(),
            position: row.get::<_, Option<i64>>(10).map(code::parse_position).transpose()?,
            note: text_or_none(11),
        }),
    };
    Ok(Quarantined {
        number: code::parse_position(row.get(0))?,
        row: QuarantineRow {
            received: Instant(row.get(1)),
            by: text_at(2),
            source: text_at(3),
            id: text_at(4),
            reason: text_at(5),
            pointer: text_at(6),
            body: text_at(7),
        },
        resolution,
    })
}
