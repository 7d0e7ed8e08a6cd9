//! The engine's keyed state: bytes in, bytes out.

use jifen_core::state::{Need, Rows, StateKind};
use tokio_postgres::types::ToSql;

use super::connection::{Call, Connection};
use crate::{code, error::StoreError, packed, row::RegionId};

/// Rows by their keys, with the places of who asked. Primary key.
const ROWS: &str = "
    select needed.place, state.value
    from unnest($2::smallint[], $3::bytea[]) with ordinality as needed (kind, key, place)
    join state on state.region_id = $1 and state.kind = needed.kind and state.key = needed.key";

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

/// A range as it goes over the wire.
struct Range<'a> {
    place: usize,
    kind: i16,
    from: &'a [u8],
    to: &'a [u8],
    limit: i64,
}

pub(crate) fn load(connection: &Connection, region: RegionId, needs: &[Need]) -> Result<Vec<Rows>, StoreError> {
    let mut answers = vec![Rows::new(); needs.len()];
    let (mut places, mut kinds, mut keys, mut ranges) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, need) in needs.iter().enumerate() {
        match need {
            Need::Row(kind, key) => {
                places.push(place);
                kinds.push(number(*kind));
                keys.push(&key[..]);
            }
            Need::Range { kind, from, to, limit } => {
                ranges.push(Range { place, kind: number(*kind), from, to, limit: code::limit(*limit) });
            }
        }
    }
    let mut calls: Vec<Call<'_>> = Vec::with_capacity(1 + ranges.len());
    if !places.is_empty() {
        calls.push((ROWS, vec![&region.0, &kinds, &keys]));
    }
    for range in &ranges {
        let parameters: Vec<&(dyn ToSql + Sync)> = vec![&region.0, &range.kind, &range.from, &range.to, &range.limit];
        calls.push((RANGE, parameters));
    }
    let mut found = connection.query_all(&calls)?.into_iter();
    if !places.is_empty() {
        for row in found.next().unwrap_or_default() {
            let place: i64 = row.get(0);
            let index = usize::try_from(place - 1).ok().filter(|index| *index < places.len());
            let index = index.ok_or_else(|| StoreError::Corrupt("a row nobody asked for".to_owned()))?;
            answers[places[index]].push((keys[index].to_vec(), packed::unpack(row.get(1))?));
        }
    }
    for (range, rows) in ranges.iter().zip(found) {
        let unpacked = rows.iter().map(|row| Ok((row.get(0), packed::unpack(row.get(1))?)));
        answers[range.place] = unpacked.collect::<Result<_, StoreError>>()?;
    }
    Ok(answers)
}

pub(crate) fn number(kind: StateKind) -> i16 {
    i16::from(kind as u8)
}
