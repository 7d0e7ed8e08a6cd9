//! The quarantine: events with a good envelope whose values fail the schema, kept to be mended.

use std::collections::BTreeMap;

use jifen_core::time::Instant;
use rusqlite::{Connection, OptionalExtension, Row};

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
    order by source
    limit -1";

/// The first resolution holds. Primary key.
const RESOLVE: &str = "
    update quarantine
    set resolved = $1, resolved_by = $2, mended_position = $3, resolved_note = $4
    where region_id = $5
      and number = $6
      and resolved is null";

/// Bodies of those that came before a time. The scan ends with what has one.
const WIPE: &str = "
    update quarantine
    set body = ''
    where region_id = ?1
      and number in (
        select number
        from quarantine
        where region_id = ?1
          and received < ?2
          and body <> ''
        order by number
        limit ?3
    )";

/// Takes the bodies of events that came before `before`, at most `limit`; says how many.
pub(crate) fn wipe(
    connection: &Connection,
    region: RegionId,
    before: Instant,
    limit: usize,
) -> Result<u64, StoreError> {
    let mut wipe = connection.prepare_cached(WIPE)?;
    Ok(wipe.execute((region.0, before.0, code::limit(limit)))? as u64)
}

pub(crate) fn append(connection: &Connection, region: RegionId, rows: &[QuarantineRow]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(INSERT)?;
    for row in rows {
        let QuarantineRow { received, by, source, id, reason, pointer, body } = row;
        insert.execute((region.0, received.0, by, source, id, reason, pointer, body))?;
    }
    Ok(())
}

pub(crate) fn mend(connection: &Connection, region: RegionId, rows: &[Mended]) -> Result<(), StoreError> {
    let mut resolve = connection.prepare_cached(RESOLVE)?;
    for Mended { number, at, by, position } in rows {
        let (number, position) = (code::position(*number), code::position(*position));
        resolve.execute((at.0, by, position, None::<&str>, region.0, number))?;
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
    let mut resolve = connection.prepare_cached(RESOLVE)?;
    let changed = resolve.execute((at.0, by, None::<i64>, note, region.0, code::position(number)))?;
    Ok(changed > 0)
}

pub(crate) fn after(
    connection: &Connection,
    region: RegionId,
    open: bool,
    after: u64,
    limit: usize,
) -> Result<Vec<Quarantined>, StoreError> {
    let mut statement = connection.prepare_cached(if open { OPEN_AFTER } else { AFTER })?;
    let mut rows = statement.query((region.0, code::position(after), code::limit(limit)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(parse(row)?);
    }
    Ok(found)
}

pub(crate) fn one(connection: &Connection, region: RegionId, number: u64) -> Result<Option<Quarantined>, StoreError> {
    let mut statement = connection.prepare_cached(ONE)?;
    let row = statement.query_row((region.0, code::position(number)), |row| Ok(parse(row))).optional()?;
    row.transpose()
}

pub(crate) fn open_by_source(connection: &Connection, region: RegionId) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut statement = connection.prepare_cached(OPEN_BY_SOURCE)?;
    let mut rows = statement.query((region.0,))?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        found.insert(row.get(0)?, code::parse_position(row.get(1)?)?);
    }
    Ok(found)
}

fn parse(row: &Row<'_>) -> Result<Quarantined, StoreError> {
    let resolved: Option<i64> = row.get(8)?;
    let position: Option<i64> = row.get(10)?;
    let resolution = match resolved {
        None => None,
        Some(at) => Some(Resolution {
            at: Instant(at),
            by: row.get(9)?,
            position: position.map(code::parse_position).transpose()?,
            note: row.get(11)?,
        }),
    };
    Ok(Quarantined {
        number: code::parse_position(row.get(0)?)?,
        row: QuarantineRow {
            received: Instant(row.get(1)?),
            by: row.get(2)?,
            source: row.get(3)?,
            id: row.get(4)?,
            reason: row.get(5)?,
            pointer: row.get(6)?,
            body: row.get(7)?,
        },
        resolution,
    })
}
