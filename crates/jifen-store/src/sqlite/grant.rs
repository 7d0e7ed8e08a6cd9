//! Roles granted to accounts, for a place and a time. What a role may do is decided elsewhere.

use jifen_core::time::Instant;
use rusqlite::{Connection, Row};

use crate::{
    error::StoreError,
    row::{AccountRow, GrantRow, RegionId},
    sqlite::account,
};

const ADD: &str = "
    insert into role_grant (region_id, number, account, role, place_kind, place, begins, ends, reason, granted, granted_by)
    select ?1, coalesce((select max(number) from role_grant where region_id = ?1), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
    returning number";

/// An account's grants. Index on (region_id, account).
const OF_ACCOUNT: &str = "
    select region_id, number, account, role, place_kind, place, begins, ends, reason, granted, granted_by, revoked, revoked_by
    from role_grant
    where region_id = ?1
      and account = ?2
    order by number
    limit -1";

/// A region's grants. Primary key.
const ALL: &str = "
    select region_id, number, account, role, place_kind, place, begins, ends, reason, granted, granted_by, revoked, revoked_by
    from role_grant
    where region_id = ?1
    order by number
    limit -1";

const REVOKE: &str = "
    update role_grant
    set revoked = ?4, revoked_by = ?5
    where region_id = ?1
      and account = ?2
      and number = ?3
      and revoked is null";

pub(crate) fn add(connection: &Connection, row: &GrantRow) -> Result<u64, StoreError> {
    let values = (
        row.region.0,
        &row.account,
        &row.role,
        &row.place_kind,
        &row.place,
        row.begins.0,
        row.ends.map(|ends| ends.0),
        &row.reason,
        row.granted.0,
        &row.granted_by,
    );
    let number: i64 = connection.prepare_cached(ADD)?.query_row(values, |row| row.get(0))?;
    Ok(number.cast_unsigned())
}

/// Within a transaction: an account with its first roles.
pub(crate) fn add_account(transaction: &Connection, row: &AccountRow, grants: &[GrantRow]) -> Result<(), StoreError> {
    account::insert_account(transaction, row)?;
    for grant in grants {
        add(transaction, grant)?;
    }
    Ok(())
}

pub(crate) fn of_account(
    connection: &Connection,
    region: RegionId,
    account: &str,
) -> Result<Vec<GrantRow>, StoreError> {
    let mut statement = connection.prepare_cached(OF_ACCOUNT)?;
    let rows = statement.query_map((region.0, account), parse)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn all(connection: &Connection, region: RegionId) -> Result<Vec<GrantRow>, StoreError> {
    let mut statement = connection.prepare_cached(ALL)?;
    let rows = statement.query_map([region.0], parse)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Revokes a grant. Says whether there was one that stood.
pub(crate) fn revoke(
    connection: &Connection,
    region: RegionId,
    account: &str,
    number: u64,
    (at, by): (Instant, &str),
) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(REVOKE)?.execute((region.0, account, number.cast_signed(), at.0, by))? > 0)
}

fn parse(row: &Row<'_>) -> rusqlite::Result<GrantRow> {
    let number: i64 = row.get(1)?;
    Ok(GrantRow {
        region: RegionId(row.get(0)?),
        number: number.cast_unsigned(),
        account: row.get(2)?,
        role: row.get(3)?,
        place_kind: row.get(4)?,
        place: row.get(5)?,
        begins: Instant(row.get(6)?),
        ends: row.get::<_, Option<i64>>(7)?.map(Instant),
        reason: row.get(8)?,
        granted: Instant(row.get(9)?),
        granted_by: row.get(10)?,
        revoked: row.get::<_, Option<i64>>(11)?.map(Instant),
        revoked_by: row.get(12)?,
    })
}
