//! The dedupe index: which events the journal holds, by the hash of (source, id).

use jifen_core::id::EventKey;
use rusqlite::{Connection, OptionalExtension};

use crate::{
    error::StoreError,
    row::{JournalRow, Known, RegionId},
    sqlite::code,
};

const INSERT: &str = "
    insert into journal_key (region_id, key, position, body)
    values ($1, $2, $3, $4)";

/// One event. Primary key.
const FIND: &str = "
    select position, body
    from journal_key
    where region_id = $1
      and key = $2";

pub(crate) fn known(
    connection: &Connection,
    region: RegionId,
    keys: &[EventKey],
) -> Result<Vec<Option<Known>>, StoreError> {
    let mut find = connection.prepare_cached(FIND)?;
    let mut answers = vec![None; keys.len()];
    for index in sorted_by_key(keys, |key| *key) {
        let row = find.query_row((region.0, keys[index].0), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((position, body)) = row {
            answers[index] = Some(Known { position: code::parse_position(position)?, body });
        }
    }
    Ok(answers)
}

pub(crate) fn append(connection: &Connection, region: RegionId, records: &[JournalRow]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(INSERT)?;
    for index in sorted_by_key(records, |row| row.key) {
        let row = &records[index];
        insert.execute((region.0, row.key.0, code::position(row.position), row.body))?;
    }
    Ok(())
}

/// Indexes of `rows` in the order of their keys: neighbours share pages.
fn sorted_by_key<T>(rows: &[T], key: impl Fn(&T) -> EventKey) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_unstable_by_key(|index| key(&rows[*index]));
    order
}
