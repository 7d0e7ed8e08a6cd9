//! Records in segments: lz4 of a CBOR sequence of canonical bytes. How they are packed shows in no digest and no position.

use jifen_core::journal::Record;
use minicbor::Decoder;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    error::StoreError,
    row::{JournalRow, RegionId},
    sqlite::code,
};

/// Uncompressed bytes after which a commit begins a further segment: what reading a single record must unpack.
/// Four of lz4's blocks of 64 KiB; longer segments compress no better.
const SEGMENT_BYTES: usize = 256 * 1024;

/// Most uncompressed bytes a stored segment may claim: its last record alone may be larger than the rest.
const SEGMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

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
    let mut rest = records;
    while !rest.is_empty() {
        let (segment, others) = rest.split_at(segment_length(rest));
        let plain: Vec<u8> = segment.iter().map(|row| &row.bytes[..]).collect::<Vec<_>>().concat();
        let packed = lz4_flex::compress_prepend_size(&plain);
        let [first, last] = [segment[0].position, segment[segment.len() - 1].position].map(code::position);
        let keys: Vec<u8> = segment.iter().flat_map(|row| row.key.0).collect();
        let bodies: Vec<u8> = segment.iter().flat_map(|row| row.body).collect();
        insert.execute((region.0, first, last, keys, bodies, packed))?;
        rest = others;
    }
    Ok(())
}

/// How many of `records`, one at least, the next segment takes.
fn segment_length(records: &[JournalRow]) -> usize {
    let mut bytes = 0;
    for (index, row) in records.iter().enumerate() {
        bytes += row.bytes.len();
        if bytes > SEGMENT_BYTES && index > 0 {
            return index;
        }
    }
    records.len()
}

pub(crate) fn records(connection: &Connection, region: RegionId, positions: &[u64]) -> Result<Vec<Record>, StoreError> {
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut found: Vec<Record> = Vec::with_capacity(sorted.len());
    let mut rest = &sorted[..];
    while let [first, ..] = rest {
        let segment = holding(connection, region, *first)?.ok_or(StoreError::RecordAbsent(*first))?;
        let count = rest.iter().take_while(|position| **position <= segment.last).count();
        let (here, others) = rest.split_at(count);
        segment.pick(here, &mut found)?;
        rest = others;
    }
    let of = |position: &u64| {
        let index = found.binary_search_by_key(position, |record| record.position);
        index.map(|index| found[index].clone()).map_err(|_| StoreError::RecordAbsent(*position))
    };
    positions.iter().map(of).collect()
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

type Stored = (i64, i64, Vec<u8>);

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

struct Segment {
    first: u64,
    last: u64,
    plain: Vec<u8>,
}

impl Segment {
    fn unpack((first, last, packed): Stored) -> Result<Self, StoreError> {
        let damaged = |why: String| StoreError::Corrupt(format!("journal segment {first}–{last}: {why}"));
        let (bytes, block) = lz4_flex::block::uncompressed_size(&packed).map_err(|error| damaged(error.to_string()))?;
        if bytes > SEGMENT_BYTES_MAX {
            return Err(damaged(format!("it claims {bytes} bytes")));
        }
        let plain = lz4_flex::decompress(block, bytes).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { first: code::parse_position(first)?, last: code::parse_position(last)?, plain })
    }

    /// Decodes the records at `wanted`: ascending positions within the segment.
    fn pick(&self, wanted: &[u64], found: &mut Vec<Record>) -> Result<(), StoreError> {
        let damaged = |why: &str| StoreError::Corrupt(format!("journal segment {}–{}: {why}", self.first, self.last));
        let mut decoder = Decoder::new(&self.plain);
        let mut next = self.first;
        for position in wanted {
            for _ in next..*position {
                decoder.skip().map_err(|error| damaged(&error.to_string()))?;
            }
            let record: Record = decoder.decode().map_err(|error| damaged(&error.to_string()))?;
            if record.position != *position {
                return Err(damaged(&format!("record {} lies where {position} is due", record.position)));
            }
            next = *position + 1;
            found.push(record);
        }
        Ok(())
    }
}
