//! The engine's keyed state: bytes in, bytes out.

use jifen_core::state::{Change, Need, Rows, StateKind};
use rusqlite::{Connection, OptionalExtension};

use crate::{code, error::StoreError, packed, row::RegionId};

/// One row. Primary key.
const ROW: &str = "
    select value
    from state
    where region_id = $1
      and kind = $2
      and key = $3";

/// Rows in byte order. Primary key.
const RANGE: &str = "
    select key, value
    from state
    where region_id = $1
      and kind = $2
      and key >= $3
      and key < $4
    order by key
    limit $5";

const ADD: &str = "
    insert into state (region_id, kind, key, value)
    values ($1, $2, $3, $4)";

const WRITE: &str = "
    insert into state (region_id, kind, key, value)
    values ($1, $2, $3, $4)
    on conflict (region_id, kind, key) do update
    set value = excluded.value";

const DELETE: &str = "
    delete from state
    where region_id = $1
      and kind = $2
      and key = $3";

pub(crate) fn load(connection: &Connection, region: RegionId, needs: &[Need]) -> Result<Vec<Rows>, StoreError> {
    let mut find = connection.prepare_cached(ROW)?;
    let mut range = connection.prepare_cached(RANGE)?;
    // In key order, because neighbours share pages.
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_unstable_by_key(|index| &needs[*index]);
    let mut answers = vec![Rows::new(); needs.len()];
    for index in order {
        answers[index] = match &needs[index] {
            Need::Row(kind, key) => {
                let value = find.query_row((region.0, number(*kind), key), |row| row.get(0)).optional()?;
                let value = value.map(packed::unpack).transpose()?;
                value.map(|value| (key.clone(), value)).into_iter().collect()
            }
            Need::Range { kind, from, to, limit } => {
                let bounds = (region.0, number(*kind), from, to, code::limit(*limit));
                let rows = range.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.map(|row| row.map_err(StoreError::from).and_then(|(key, value)| Ok((key, packed::unpack(value)?))))
                    .collect::<Result<_, _>>()?
            }
        };
    }
    Ok(answers)
}

pub(crate) fn write(connection: &Connection, region: RegionId, changes: &[Change]) -> Result<(), StoreError> {
    let mut add = connection.prepare_cached(ADD)?;
    let mut write = connection.prepare_cached(WRITE)?;
    let mut delete = connection.prepare_cached(DELETE)?;
    for change in code::sorted_changes(changes)? {
        let put = if change.is_new { &mut add } else { &mut write };
        match &change.value {
            Some(value) => put.execute((region.0, number(change.kind), &change.key, packed::pack(value)))?,
            None => delete.execute((region.0, number(change.kind), &change.key))?,
        };
    }
    Ok(())
}

fn number(kind: StateKind) -> u8 {
    kind as u8
}
