//! Roles granted to accounts, for a place and a time. What a role may do is decided elsewhere.

use jifen_core::time::Instant;
use tokio_postgres::Row;

use super::{account, connection::Connection, number, text};
use crate::{
    error::StoreError,
    row::{AccountRow, GrantRow, RegionId},
};

const ADD: &str = "
    insert into role_grant (region_id, number, account, role, place_kind, place, begins, ends, reason, granted, granted_by)
    select $1, coalesce((select max(number) from role_grant where region_id = $1), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10
    returning number";

/// An account's grants. Index on (region_id, account).
const OF_ACCOUNT: &str = "
    select region_id, number, account, role, place_kind, place, begins, ends, reason, granted, granted_by, revoked, revoked_by
    from role_grant
    where region_id = $1
      and account = $2
    order by number";

/// A region's grants. Primary key.
const ALL: &str = "
    select region_id, number, account, role, place_kind, place, begins, ends, reason, granted, granted_by, revoked, revoked_by
    from role_grant
    where region_id = $1
    order by number";

const REVOKE: &str = "
    update role_grant
    set revoked = $4, revoked_by = $5
    where region_id = $1
      and account = $2
      and number = $3
      and revoked is null";

/// Within a transaction.
pub(crate) fn add(connection: &Connection, row: &GrantRow) -> Result<u64, StoreError> {
    number::alone(connection, number::List::Grants, row.region)?;
    let [account, role, kind, place] =
        [&row.account, &row.role, &row.place_kind, &row.place].map(|of| text::stored(of));
    let [reason, by] = [&row.reason, &row.granted_by].map(|of| text::stored(of));
    let ends = row.ends.map(|ends| ends.0);
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 10] =
        [&row.region.0, &account, &role, &kind, &place, &row.begins.0, &ends, &reason, &row.granted.0, &by];
    let number: i64 = connection.query_one(ADD, &values)?.get(0);
    Ok(number.cast_unsigned())
}

/// Within a transaction: an account with its first roles.
pub(crate) fn add_account(connection: &Connection, row: &AccountRow, grants: &[GrantRow]) -> Result<(), StoreError> {
    account::add(connection, row)?;
    for grant in grants {
        add(connection, grant)?;
    }
    Ok(())
}

pub(crate) fn of_account(
    connection: &Connection,
    region: RegionId,
    account: &str,
) -> Result<Vec<GrantRow>, StoreError> {
    Ok(connection.query(OF_ACCOUNT, &[&region.0, &text::stored(account)])?.iter().map(parse).collect())
}

pub(crate) fn all(connection: &Connection, region: RegionId) -> Result<Vec<GrantRow>, StoreError> {
    Ok(connection.query(ALL, &[&region.0])?.iter().map(parse).collect())
}

/// Revokes a grant. Says whether there was one that stood.
pub(crate) fn revoke(
    connection: &Connection,
    region: RegionId,
    account: &str,
    number: u64,
    (at, by): (Instant, &str),
) -> Result<bool, StoreError> {
    let (account, by) = (text::stored(account), text::stored(by));
    Ok(connection.execute(REVOKE, &[&region.0, &account, &number.cast_signed(), &at.0, &by])? > 0)
}

fn parse(row: &Row) -> GrantRow {
    let number: i64 = row.get(1);
    GrantRow {
        region: RegionId(row.get(0)),
        number: number.cast_unsigned(),
        account: text::read(row.get(2)),
        role: text::read(row.get(3)),
        place_kind: text::read(row.get(4)),
        place: text::read(row.get(5)),
        begins: Instant(row.get(6)),
        ends: row.get::<_, Option<i64>>(7).map(Instant),
        reason: text::read(row.get(8)),
        granted: Instant(row.get(9)),
        granted_by: text::read(row.get(10)),
        revoked: row.get::<_, Option<i64>>(11).map(Instant),
        revoked_by: row.get::<_, Option<String>>(12).map(text::read),
    }
}
