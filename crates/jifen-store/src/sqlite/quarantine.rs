//! The quarantine: events with a good envelope whose values fail the schema, kept to be mended.

use jifen_core::time::Instant;
use rusqlite::Connection;

use crate::{
    error::StoreError,
    row::{QuarantineRow, RegionId},
    sqlite::code,
};

/// The next number is one more than the last. Primary key, from its end.
const INSERT: &str = "
    insert into quarantine (region_id, number, received, by, source, id, reason, pointer, body)
    values (
        $1,
        (select coalesce(max(number), 0) + 1 from quarantine where region_id = $1),
        $2, $3, $4, $5, $6, $7, $8
    )";

/// In the order they came. Primary key.
const AFTER: &str = "
    select number, received, by, source, id, reason, pointer, body
    from quarantine
    where region_id = $1
      and number > $2
    order by number
    limit $3";

pub(crate) fn append(connection: &Connection, region: RegionId, rows: &[QuarantineRow]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(INSERT)?;
    for row in rows {
        let QuarantineRow { received, by, source, id, reason, pointer, body } = row;
        insert.execute((region.0, received.0, by, source, id, reason, pointer, body))?;
    }
    Ok(())
}

pub(crate) fn after(
    connection: &Connection,
    region: RegionId,
    after: u64,
    limit: usize,
) -> Result<Vec<(u64, QuarantineRow)>, StoreError> {
    let mut statement = connection.prepare_cached(AFTER)?;
    let mut rows = statement.query((region.0, code::position(after), code::limit(limit)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let number = code::parse_position(row.get(0)?)?;
        let quarantined = QuarantineRow {
            received: Instant(row.get(1)?),
            by: row.get(2)?,
            source: row.get(3)?,
            id: row.get(4)?,
            reason: row.get(5)?,
            pointer: row.get(6)?,
            body: row.get(7)?,
        };
        found.push((number, quarantined));
    }
    Ok(found)
}
