//! Regions, their heads and secrets, and the bearer keys.

use jifen_core::{
    id::{Digest, RegionSecret},
    time::Instant,
};
use tokio_postgres::Row;

use super::{connection::Connection, signing, text};
use crate::{
    code,
    error::StoreError,
    row::{Head, KeyRow, RegionId, RegionRow},
};

/// All regions; a handful.
const ALL: &str = "
    select id, code
    from region
    order by code";

const BY_CODE: &str = "
    select id, code
    from region
    where code = $1";

/// The next number: only who has the database alone makes regions, and copied ones keep theirs.
const NEXT: &str = "
    select coalesce(max(id), 0) + 1
    from region";

/// In a statement of its own: a table that every server has a copy of is not read while it is written.
const CREATE: &str = "
    insert into region (id, code, secret)
    values ($1, $2, $3)
    on conflict (code) do nothing
    returning id, code";

const CREATE_HEAD: &str = "
    insert into region_head (region_id, journal, ledger)
    values ($1, 0, 0)";

const SECRET: &str = "
    select secret
    from region
    where id = $1";

/// Ends of both logs.
const HEAD: &str = "
    select journal, ledger
    from region_head
    where region_id = $1";

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
        where region_id = $1
          and name = $2
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
    order by name";

pub(crate) fn regions(connection: &Connection) -> Result<Vec<RegionRow>, StoreError> {
    Ok(connection.query(ALL, &[])?.iter().map(parse_region).collect())
}

pub(crate) fn region(connection: &Connection, code: &str) -> Result<Option<RegionRow>, StoreError> {
    Ok(connection.query_opt(BY_CODE, &[&text::stored(code)])?.as_ref().map(parse_region))
}

pub(crate) fn create(connection: &Connection, code: &str, secret: [u8; 32]) -> Result<RegionRow, StoreError> {
    connection.in_transaction(|connection| {
        let next: i64 = connection.query_one(NEXT, &[])?.get(0);
        let row = connection.query_opt(CREATE, &[&next, &text::stored(code), &&secret[..]])?;
        let row = row.as_ref().map(parse_region).ok_or_else(|| StoreError::RegionTaken(code.to_owned()))?;
        connection.execute(CREATE_HEAD, &[&row.id.0])?;
        Ok(row)
    })
}

pub(crate) fn secret(connection: &Connection, region: RegionId) -> Result<RegionSecret, StoreError> {
    let row = connection.query_opt(SECRET, &[&region.0])?.ok_or(StoreError::RegionAbsent(region))?;
    let secret: &[u8] = row.get(0);
    let secret = secret.try_into().map_err(|_| StoreError::Corrupt("a secret has not 32 bytes".to_owned()))?;
    Ok(RegionSecret::new(secret))
}

pub(crate) fn head(connection: &Connection, region: RegionId) -> Result<Head, StoreError> {
    connection.query_opt(HEAD, &[&region.0])?.as_ref().map(parse_head).ok_or(StoreError::RegionAbsent(region))?
}

pub(crate) fn parse_head(row: &Row) -> Result<Head, StoreError> {
    Ok(Head { journal: code::parse_position(row.get(0))?, ledger: code::parse_position(row.get(1))? })
}

/// Whether a bearer key has this name.
pub(crate) fn has_key(connection: &Connection, region: RegionId, name: &str) -> Result<bool, StoreError> {
    Ok(connection.query_one(HAS_KEY, &[&region.0, &text::stored(name)])?.get(0))
}

pub(crate) fn add_key(connection: &Connection, row: &KeyRow) -> Result<(), StoreError> {
    head(connection, row.region)?;
    if !signing::of_name(connection, row.region, &row.name)?.is_empty() {
        return Err(StoreError::KeyTaken(row.name.clone()));
    }
    let types = row.types.join("\n");
    let (name, role, types) = (text::stored(&row.name), text::stored(&row.role), text::stored(&types));
    let added =
        connection.execute(ADD_KEY, &[&&row.digest.0[..], &row.region.0, &name, &role, &types, &row.created.0])?;
    if added == 0 { Err(StoreError::KeyTaken(row.name.clone())) } else { Ok(()) }
}

pub(crate) fn remove_key(connection: &Connection, region: RegionId, name: &str) -> Result<bool, StoreError> {
    Ok(connection.execute(REMOVE_KEY, &[&region.0, &text::stored(name)])? > 0)
}

pub(crate) fn key(connection: &Connection, digest: &Digest) -> Result<Option<KeyRow>, StoreError> {
    connection.query_opt(KEY, &[&&digest.0[..]])?.as_ref().map(parse_key).transpose()
}

pub(crate) fn keys(connection: &Connection, region: RegionId) -> Result<Vec<KeyRow>, StoreError> {
    connection.query(KEYS, &[&region.0])?.iter().map(parse_key).collect()
}

fn parse_region(row: &Row) -> RegionRow {
    RegionRow { id: RegionId(row.get(0)), code: text::read(row.get(1)) }
}

fn parse_key(row: &Row) -> Result<KeyRow, StoreError> {
    let types: String = text::read(row.get(3));
    Ok(KeyRow {
        region: RegionId(row.get(0)),
        name: text::read(row.get(1)),
        role: text::read(row.get(2)),
        types: types.lines().map(str::to_owned).collect(),
        digest: code::digest(row.get(4))?,
        created: Instant(row.get(5)),
    })
}
