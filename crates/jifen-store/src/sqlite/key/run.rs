//! Runs: all keys of a span of positions, sorted, in blocks that one seek finds.

use jifen_core::id::EventKey;
use rusqlite::{Connection, Row};

use super::filter::{Filter, scaled};
use crate::{code, error::StoreError, row::RegionId};

/// Keys per block on average. 3,200 bytes: with what chance adds, a block fits a page of 4,096.
const BLOCK_KEYS: usize = 160;

/// Bytes of a row: the key, and its position from the run's first, big-endian.
const ROW_BYTES: usize = 20;

/// Bytes of a row's key.
const KEY_BYTES: usize = 16;

const INSERT_RUN: &str = "
    insert into journal_key_run (region_id, run, first_position, last_position, blocks, filter)
    values ($1, $2, $3, $4, $5, $6)";

const INSERT_BLOCK: &str = "
    insert into journal_key_block (region_id, run, block, bytes)
    values ($1, $2, $3, $4)";

const NEXT_NUMBER: &str = "
    select coalesce(max(run), 0) + 1
    from journal_key_run
    where region_id = $1";

/// Primary key.
const FILTER: &str = "
    select filter
    from journal_key_run
    where region_id = $1
      and run = $2";

/// One block. Primary key.
const BLOCK: &str = "
    select bytes
    from journal_key_block
    where region_id = $1
      and run = $2
      and block = $3";

/// All blocks of a run, in order. Primary key.
const BLOCKS: &str = "
    select bytes
    from journal_key_block
    where region_id = $1
      and run = $2
    order by block
    limit -1";

const DELETE_RUN: &str = "
    delete from journal_key_run
    where region_id = $1
      and run = $2";

const DELETE_BLOCKS: &str = "
    delete from journal_key_block
    where region_id = $1
      and run = $2";

/// Which positions a run covers, and under what number it is stored.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) number: i64,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Span {
    /// How many keys: one per position.
    pub(crate) fn keys(&self) -> u64 {
        self.last - self.first + 1
    }
}

/// A run that is looked into: its filter is in memory.
pub(crate) struct Run {
    pub(crate) number: i64,
    pub(crate) first: u64,
    pub(crate) last: u64,
    blocks: u32,
    filter: Filter,
}

impl Run {
    /// Loads the run of a row (run, first_position, last_position, blocks).
    pub(crate) fn load(connection: &Connection, region: RegionId, row: &Row<'_>) -> Result<Self, StoreError> {
        let number: i64 = row.get(0)?;
        let bytes = connection.prepare_cached(FILTER)?.query_row((region.0, number), |row| row.get(0))?;
        let filter = Filter::from_bytes(bytes).ok_or_else(|| damaged(number))?;
        let first = code::parse_position(row.get(1)?)?;
        let last = code::parse_position(row.get(2)?)?;
        Ok(Self { number, first, last, blocks: row.get(3)?, filter })
    }

    pub(crate) fn span(&self) -> Span {
        Span { number: self.number, first: self.first, last: self.last }
    }

    /// The key's position.
    pub(crate) fn find(
        &self,
        connection: &Connection,
        region: RegionId,
        key: &EventKey,
    ) -> Result<Option<u64>, StoreError> {
        if !self.filter.may_hold(key) {
            return Ok(None);
        }
        let mut statement = connection.prepare_cached(BLOCK)?;
        let mut rows = statement.query((region.0, self.number, scaled(key, self.blocks)))?;
        // A block without keys has no row.
        let Some(row) = rows.next()? else { return Ok(None) };
        let bytes = row.get_ref(0)?.as_blob().map_err(|_| damaged(self.number))?;
        let (rows, []) = bytes.as_chunks::<ROW_BYTES>() else { return Err(damaged(self.number)) };
        let found = rows.binary_search_by(|row| row[..KEY_BYTES].cmp(&key.0));
        Ok(found.ok().map(|index| self.first + offset(&rows[index])))
    }
}

/// Writes a run of these keys, which are all those of a span of positions.
pub(crate) fn write(
    connection: &Connection,
    region: RegionId,
    mut keys: Vec<(EventKey, u64)>,
) -> Result<Span, StoreError> {
    // Stable, because it makes use of the sorted parts that the keys are made of.
    keys.sort();
    let positions = || keys.iter().map(|(_, position)| *position);
    let (Some(first), Some(last)) = (positions().min(), positions().max()) else {
        return Err(StoreError::Invariant("a run of no keys".to_owned()));
    };
    if last - first + 1 != keys.len() as u64 {
        return Err(StoreError::Invariant(format!("a run of {first}–{last} has {} keys", keys.len())));
    }
    let blocks = keys.len().div_ceil(BLOCK_KEYS) as u32;
    let number = connection.prepare_cached(NEXT_NUMBER)?.query_row([region.0], |row| row.get(0))?;
    let filter = Filter::of(keys.iter().map(|(key, _)| key));
    let span = [first, last].map(code::position);
    connection.prepare_cached(INSERT_RUN)?.execute((region.0, number, span[0], span[1], blocks, filter.bytes()))?;

    let mut insert = connection.prepare_cached(INSERT_BLOCK)?;
    for block in keys.chunk_by(|(one, _), (other, _)| scaled(one, blocks) == scaled(other, blocks)) {
        let mut bytes = Vec::with_capacity(block.len() * ROW_BYTES);
        for (key, position) in block {
            let offset = u32::try_from(position - first)
                .map_err(|_| StoreError::Invariant(format!("a run of {first}–{last} is too long")))?;
            bytes.extend_from_slice(&key.0);
            bytes.extend_from_slice(&offset.to_be_bytes());
        }
        insert.execute((region.0, number, scaled(&block[0].0, blocks), bytes))?;
    }
    Ok(Span { number, first, last })
}

/// Makes one run of several that follow one another.
pub(crate) fn merge(connection: &Connection, region: RegionId, parts: &[Span]) -> Result<Span, StoreError> {
    let mut keys = Vec::with_capacity(parts.iter().map(Span::keys).sum::<u64>() as usize);
    let mut statement = connection.prepare_cached(BLOCKS)?;
    for part in parts {
        let mut blocks = statement.query((region.0, part.number))?;
        while let Some(block) = blocks.next()? {
            let bytes = block.get_ref(0)?.as_blob().map_err(|_| damaged(part.number))?;
            let (rows, []) = bytes.as_chunks::<ROW_BYTES>() else { return Err(damaged(part.number)) };
            for row in rows {
                keys.push((EventKey(code::sixteen(&row[..KEY_BYTES])?), part.first + offset(row)));
            }
        }
    }
    drop(statement);
    let merged = write(connection, region, keys)?;
    // In this order, which the guards ask for: the wider run is there, then a part goes, then its blocks.
    for part in parts {
        connection.prepare_cached(DELETE_RUN)?.execute((region.0, part.number))?;
        connection.prepare_cached(DELETE_BLOCKS)?.execute((region.0, part.number))?;
    }
    Ok(merged)
}

fn offset(row: &[u8; ROW_BYTES]) -> u64 {
    let [.., a, b, c, d] = *row;
    u64::from(u32::from_be_bytes([a, b, c, d]))
}

fn damaged(number: i64) -> StoreError {
    StoreError::Corrupt(format!("run {number} of the dedupe index cannot be read"))
}
