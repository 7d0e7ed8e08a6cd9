//! Records, in segments.

use jifen_core::journal::Record;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    code,
    error::StoreError,
    row::{JournalRow, RegionId},
    segment::{self, Packed, Segment, Stored},
};

const INSERT: &str = "
    insert into journal_segment (region_id, first_position, last_position, keys, bodies, bytes)
    values ($1, $2, $3, $4, $5, $6)";

/// The segment that holds a position. Primary key, backwards.
const HOLDING: &str = "
    select first_position, last_position, bytes
    from journal_segment
    where region_id = $1
      and first_position <= $2
    order by first_position desc
    limit 1";

/// Segments in order. Primary key.
const FOLLOWING: &str = "
    select first_position, last_position, bytes
    from journal_segment
    where region_id = $1
      and first_position >= $2
    order by first_position
    limit -1";

pub(crate) fn append(connection: &Connection, region: RegionId, records: &[JournalRow]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(INSERT)?;
    for rows in segment::split(records) {
        let Packed { first, last, bytes } = segment::pack(rows);
        let keys: Vec<u8> = rows.iter().flat_map(|row| row.key.0).collect();
        let bodies: Vec<u8> = rows.iter().flat_map(|row| row.body).collect();
        insert.execute((region.0, first, last, keys, bodies, bytes))?;
    }
    Ok(())
}

pub(crate) fn records(connection: &Connection, region: RegionId, positions: &[u64]) -> Result<Vec<Record>, StoreError> {
    segment::records(positions, |position| holding(connection, region, position))
}

pub(crate) fn records_after(
    connection: &Connection,
    region: RegionId,
    position: u64,
    limit: usize,
) -> Result<Vec<Record>, StoreError> {
    let mut found = Vec::new();
    let start = match holding(connection, region, position + 1)? {
        Some(segment) => segment.first,
        None => 1,
    };
    let mut statement = connection.prepare_cached(FOLLOWING)?;
    let mut rows = statement.query((region.0, code::position(start)))?;
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        let segment = Segment::unpack(stored(row)?)?;
        let wanted: Vec<u64> = (segment.first.max(position + 1)..=segment.last).take(limit - found.len()).collect();
        segment.pick(&wanted, &mut found)?;
    }
    Ok(found)
}

fn holding(connection: &Connection, region: RegionId, position: u64) -> Result<Option<Segment>, StoreError> {
    let mut statement = connection.prepare_cached(HOLDING)?;
    let row = statement.query_row((region.0, code::position(position)), stored).optional()?;
    let segment = row.map(Segment::unpack).transpose()?;
    Ok(segment.filter(|segment| position <= segment.last))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}
