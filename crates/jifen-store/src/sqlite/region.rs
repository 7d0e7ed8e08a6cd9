//! Regions, their heads and secrets, and the bearer keys: the global tables.

use jifen_core::{
    id::{Digest, RegionSecret},
    time::Instant,
};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use crate::{
    code,
    error::StoreError,
    row::{Head, KeyRow, RegionId, RegionRow},
    sqlite::signing,
};

/// All regions; a handful.
const ALL: &str = "
    select id, code
    from region
    order by code
    limit -1";

const BY_CODE: &str = "
    select id, code
    from region
    where code = $1";

const CREATE: &str = "
    insert into region (code, secret)
    values ($1, $2)
    on conflict (code) do nothing";

const SECRET: &str = "
    select secret
    from region
    where id = $1";

/// Ends of both logs. Primary keys, from their ends.
const HEAD: &str = "
    select
        coalesce((
            select last_position
            from journal_segment
            where region_id = region.id
            order by first_position desc
            limit 1
        ), 0),
        coalesce((select max(position) from ledger where region_id = region.id), 0)
    from region
    where id = $1";

const ADD_KEY: &str = "
    insert into access_key (digest, region_id, name, role, types, created)
    values ($1, $2, $3, $4, $5, $6)
    on conflict do nothing";

const KEY: &str = "
    select region_id, name, role, types, digest, created
    from access_key
    where digest = $1";

/// Unique index on (region_id, name).
const HAS_KEY: &str = "
    select exists (
        select 1
        from access_key
        where region_id = ?1
          and name = ?2
    )";

const REMOVE_KEY: &str = "
    delete from access_key
    where region_id = $1
      and name = $2";

/// A region's keys. Unique index on (region_id, name).
const KEYS: &str = "
    select region_id, name, role, types, digest, created
    from access_key
    where region_id = $1
    order by name
    limit -1";

pub(crate) fn regions(connection: &Connection) -> Result<Vec<RegionRow>, StoreError> {
    let mut statement = connection.prepare_cached(ALL)?;
    let rows = statement.query_map([], parse_region)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn region(connection: &Connection, code: &str) -> Result<Option<RegionRow>, StoreError> {
    Ok(connection.prepare_cached(BY_CODE)?.query_row([code], parse_region).optional()?)
}

pub(crate) fn create(connection: &mut Connection, code: &str, secret: [u8; 32]) -> Result<RegionRow, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if transaction.execute(CREATE, (code, secret))? == 0 {
        return Err(StoreError::RegionTaken(code.to_owned()));
    }
    let row = transaction.query_row(BY_CODE, [code], parse_region)?;
    transaction.commit()?;
    Ok(row)
}

pub(crate) fn secret(connection: &Connection, region: RegionId) -> Result<RegionSecret, StoreError> {
    let mut statement = connection.prepare_cached(SECRET)?;
    let secret = statement.query_row([region.0], |row| row.get(0)).optional()?;
    secret.map(RegionSecret::new).ok_or(StoreError::RegionAbsent(region))
}

pub(crate) fn head(connection: &Connection, region: RegionId) -> Result<Head, StoreError> {
    let mut statement = connection.prepare_cached(HEAD)?;
    let heads = statement.query_row([region.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (journal, ledger) = heads.ok_or(StoreError::RegionAbsent(region))?;
    Ok(Head { journal: code::parse_position(journal)?, ledger: code::parse_position(ledger)? })
}

/// Whether a bearer key has this name.
pub(crate) fn has_key(connection: &Connection, region: RegionId, name: &str) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(HAS_KEY)?.query_row((region.0, name), |row| row.get(0))?)
}

pub(crate) fn add_key(transaction: &Connection, row: &KeyRow) -> Result<(), StoreError> {
    head(transaction, row.region)?;
    if !signing::of_name(transaction, row.region, &row.name)?.is_empty() {
        return Err(StoreError::KeyTaken(row.name.clone()));
    }
    let types = row.types.join("\n");
    let values = (row.digest.0, row.region.0, &row.name, &row.role, types, row.created.0);
    if transaction.execute(ADD_KEY, values)? == 0 {
        return Err(StoreError::KeyTaken(row.name.clone()));
    }
    Ok(())
}

pub(crate) fn remove_key(connection: &Connection, region: RegionId, name: &str) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(REMOVE_KEY)?.execute((region.0, name))? > 0)
}

pub(crate) fn key(connection: &Connection, digest: &Digest) -> Result<Option<KeyRow>, StoreError> {
    Ok(connection.prepare_cached(KEY)?.query_row([digest.0], parse_key).optional()?)
}

pub(crate) fn keys(connection: &Connection, region: RegionId) -> Result<Vec<KeyRow>, StoreError> {
    let mut statement = connection.prepare_cached(KEYS)?;
    let rows = statement.query_map([region.0], parse_key)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn parse_region(row: &Row<'_>) -> rusqlite::Result<RegionRow> {
    Ok(RegionRow { id: RegionId(row.get(0)?), code: row.get(1)? })
}

fn parse_key(row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    let types: String = row.get(3)?;
    Ok(KeyRow {
        region: RegionId(row.get(0)?),
        name: row.get(1)?,
        role: row.get(2)?,
        types: types.lines().map(str::to_owned).collect(),
        digest: Digest(row.get(4)?),
        created: Instant(row.get(5)?),
    })
}
