//! Projections: what readers have folded from the journal, kept so that a restart need not fold it all again.

use rusqlite::{Connection, OptionalExtension};

use crate::{error::StoreError, row::RegionId, sqlite::code};

/// Most bytes of a projection; a larger one is a mistake of its maker, or damage.
const BYTES_MAX: usize = 256 * 1024 * 1024;

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
    let damaged = |why: String| StoreError::Corrupt(format!("projection `{name}`: {why}"));
    let (size, block) = lz4_flex::block::uncompressed_size(&packed).map_err(|error| damaged(error.to_string()))?;
    if size > BYTES_MAX {
        return Err(damaged(format!("it claims {size} bytes")));
    }
    let bytes = lz4_flex::decompress(block, size).map_err(|error| damaged(error.to_string()))?;
    Ok(Some((code::parse_position(position)?, bytes)))
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
