//! Projections: what readers have folded from the journal, kept so that a restart need not fold it all again.

use rusqlite::{Connection, OptionalExtension};

use crate::{code, error::StoreError, row::RegionId};

/// Primary key.
const ONE: &str = "
    select position, bytes
    from projection
    where region_id = $1
      and name = $2";

/// Never back to an earlier position. Primary key.
const KEEP: &str = "
    insert into projection (region_id, name, position, bytes)
    values ($1, $2, $3, $4)
    on conflict (region_id, name) do update
    set position = excluded.position, bytes = excluded.bytes
    where excluded.position > projection.position";

pub(crate) fn one(connection: &Connection, region: RegionId, name: &str) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare_cached(ONE)?;
    let row: Option<(i64, Vec<u8>)> =
        statement.query_row((region.0, name), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((position, packed)) = row else { return Ok(None) };
    Ok(Some((code::parse_position(position)?, code::unpack_projection(name, &packed)?)))
}

pub(crate) fn keep(
    connection: &Connection,
    region: RegionId,
    name: &str,
    position: u64,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let packed = lz4_flex::compress_prepend_size(bytes);
    connection.prepare_cached(KEEP)?.execute((region.0, name, code::position(position), packed))?;
    Ok(())
}
