//! Records, in segments, and the dedupe index beside them.

use jifen_core::{id::EventKey, journal::Record};
use tokio_postgres::Row;

use super::connection::Connection;
use crate::{
    code,
    error::StoreError,
    row::{Known, RegionId},
    segment::{self, Segment},
};

/// Segments read at a time.
const SEGMENTS_READ: i64 = 16;

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
    limit $3";

/// Which keys are there. Primary key.
const KNOWN: &str = "
    select key, position, body
    from journal_key
    where region_id = $1
      and key = any($2)";

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
    let mut start = match holding(connection, region, position + 1)? {
        Some(segment) => segment.first,
        None => 1,
    };
    while found.len() < limit {
        let rows = connection.query(FOLLOWING, &[&region.0, &code::position(start), &SEGMENTS_READ])?;
        for row in &rows {
            let segment = unpack(row)?;
            let wanted: Vec<u64> = (segment.first.max(position + 1)..=segment.last).take(limit - found.len()).collect();
            segment.pick(&wanted, &mut found)?;
            start = segment.last + 1;
        }
        if rows.len() < SEGMENTS_READ as usize {
            break;
        }
    }
    Ok(found)
}

fn holding(connection: &Connection, region: RegionId, position: u64) -> Result<Option<Segment>, StoreError> {
    let row = connection.query_opt(HOLDING, &[&region.0, &code::position(position)])?;
    let segment = row.as_ref().map(unpack).transpose()?;
    Ok(segment.filter(|segment| position <= segment.last))
}

fn unpack(row: &Row) -> Result<Segment, StoreError> {
    Segment::unpack((row.get(0), row.get(1), row.get(2)))
}

pub(crate) fn known(
    connection: &Connection,
    region: RegionId,
    keys: &[EventKey],
) -> Result<Vec<Option<Known>>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    // In key order, because neighbours share pages.
    let mut sorted: Vec<&[u8]> = keys.iter().map(|key| &key.0[..]).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let rows = connection.query(KNOWN, &[&region.0, &sorted])?;
    let mut found = std::collections::BTreeMap::new();
    for row in &rows {
        let (key, body) = (EventKey(code::sixteen(row.get(0))?), code::sixteen(row.get(2))?);
        found.insert(key, Known { position: code::parse_position(row.get(1))?, body });
    }
    Ok(keys.iter().map(|key| found.get(key).copied()).collect())
}
