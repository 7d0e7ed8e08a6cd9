//! Accounts and sessions. What a time-out is, and what a password must be, is decided elsewhere.

use jifen_core::{id::Digest, time::Instant};
use tokio_postgres::Row;

use super::{connection::Connection, factor, number, region, text};
use crate::{
    code,
    error::StoreError,
    row::{AccountRow, FactorProof, RegionId, SessionRow},
};

const ADD: &str = "
    insert into account (region_id, name, role, password, must_change, disabled, person, created)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict do nothing";

/// An account. Primary key.
const ONE: &str = "
    select region_id, name, role, password, must_change, disabled, person, created
    from account
    where region_id = $1
      and name = $2";

/// A region's accounts. Primary key.
const ALL: &str = "
    select region_id, name, role, password, must_change, disabled, person, created
    from account
    where region_id = $1
    order by name";

/// Only while the password is the one that was checked.
const SET_PASSWORD: &str = "
    update account
    set password = $4, must_change = false
    where region_id = $1
      and name = $2
      and password = $3";

/// The same password under another hash.
const REHASH: &str = "
    update account
    set password = $3
    where region_id = $1
      and name = $2";

/// A password that was given: it must be changed.
const GIVE_PASSWORD: &str = "
    update account
    set password = $3, must_change = true, disabled = false
    where region_id = $1
      and name = $2";

const DISABLE: &str = "
    update account
    set disabled = true
    where region_id = $1
      and name = $2";

/// The number is the time in ms, or the next one: it never comes twice.
const OPEN: &str = "
    insert into session (digest, region_id, number, account, created, last_seen, agent, proved)
    select $1, $2, greatest($4, coalesce((select max(number) + 1 from session where region_id = $2), 0)), $3, $4, $4, $5, $6
    returning number";

/// Primary key.
const SESSION: &str = "
    select digest, region_id, number, account, created, last_seen, agent, proved
    from session
    where digest = $1";

/// A region's sessions. Unique index on (region_id, number).
const SESSIONS: &str = "
    select digest, region_id, number, account, created, last_seen, agent, proved
    from session
    where region_id = $1
    order by number desc";

const SEEN: &str = "
    update session
    set last_seen = greatest(last_seen, $2)
    where digest = $1";

const END: &str = "
    delete from session
    where region_id = $1
      and number = $2";

/// All of an account's but one.
const END_OTHERS: &str = "
    delete from session
    where region_id = $1
      and account = $2
      and number <> $3";

const END_OLD: &str = "
    delete from session
    where region_id = $1
      and (created <= $2 or last_seen <= $3)";

/// A number that no session has.
const NO_NUMBER: i64 = -1;

pub(crate) fn add(connection: &Connection, row: &AccountRow) -> Result<(), StoreError> {
    region::head(connection, row.region)?;
    let [name, role, password] = [&row.name, &row.role, &row.password].map(|of| text::stored(of));
    let person = row.person.as_deref().map(text::stored);
    let added = connection.execute(
        ADD,
        &[&row.region.0, &name, &role, &password, &row.must_change, &row.disabled, &person, &row.created.0],
    )?;
    if added == 0 { Err(StoreError::AccountTaken(row.name.clone())) } else { Ok(()) }
}

pub(crate) fn one(connection: &Connection, region: RegionId, name: &str) -> Result<Option<AccountRow>, StoreError> {
    Ok(connection.query_opt(ONE, &[&region.0, &text::stored(name)])?.as_ref().map(parse_account))
}

pub(crate) fn all(connection: &Connection, region: RegionId) -> Result<Vec<AccountRow>, StoreError> {
    Ok(connection.query(ALL, &[&region.0])?.iter().map(parse_account).collect())
}

/// Within a transaction: opens a session unless the account is disabled, its password is no longer `checked`, or `proof` does
/// not count; keeps the password under a better hash.
pub(crate) fn open(
    connection: &Connection,
    session: &SessionRow,
    checked: &str,
    better: Option<&str>,
    proof: Option<&FactorProof>,
) -> Result<Option<u64>, StoreError> {
    let account = one(connection, session.region, &session.account)?;
    if account.is_none_or(|account| account.disabled || account.password != checked) {
        return Ok(None);
    }
    if !factor::spend(connection, session.region, &session.account, proof)? {
        return Ok(None);
    }
    if let Some(better) = better {
        let (account, better) = (text::stored(&session.account), text::stored(better));
        connection.execute(REHASH, &[&session.region.0, &account, &better])?;
    }
    insert(connection, session).map(Some)
}

/// Within a transaction: sets a new password unless the present one is no longer `checked`; every session of the account ends but the new one.
pub(crate) fn set_password(
    connection: &Connection,
    session: &SessionRow,
    checked: &str,
    password: &str,
) -> Result<Option<u64>, StoreError> {
    let account = text::stored(&session.account);
    let (checked, password) = (text::stored(checked), text::stored(password));
    if connection.execute(SET_PASSWORD, &[&session.region.0, &account, &checked, &password])? == 0 {
        return Ok(None);
    }
    // First the new one: its number is then above all there were.
    let number = insert(connection, session)?;
    connection.execute(END_OTHERS, &[&session.region.0, &account, &number.cast_signed()])?;
    Ok(Some(number))
}

/// Within a transaction: gives an account a password to be changed, and lets it in again; all its sessions end. Says whether there is such an account.
pub(crate) fn give_password(
    connection: &Connection,
    region: RegionId,
    name: &str,
    password: &str,
) -> Result<bool, StoreError> {
    let (name, password) = (text::stored(name), text::stored(password));
    let changed = connection.execute(GIVE_PASSWORD, &[&region.0, &name, &password])?;
    connection.execute(END_OTHERS, &[&region.0, &name, &NO_NUMBER])?;
    Ok(changed > 0)
}

/// Within a transaction: lets nobody sign in with an account any more; all its sessions end. Says whether there is such an account.
pub(crate) fn disable(connection: &Connection, region: RegionId, name: &str) -> Result<bool, StoreError> {
    let name = text::stored(name);
    let changed = connection.execute(DISABLE, &[&region.0, &name])?;
    connection.execute(END_OTHERS, &[&region.0, &name, &NO_NUMBER])?;
    Ok(changed > 0)
}

fn insert(connection: &Connection, session: &SessionRow) -> Result<u64, StoreError> {
    let (account, agent) = (text::stored(&session.account), text::stored(&session.agent));
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&&session.digest.0[..], &session.region.0, &account, &session.created.0, &agent, &session.proved.0];
    number::alone(connection, number::List::Sessions, session.region)?;
    let number: i64 = connection.query_one(OPEN, &values)?.get(0);
    Ok(number.cast_unsigned())
}

pub(crate) fn session(
    connection: &Connection,
    digest: &Digest,
) -> Result<Option<(SessionRow, AccountRow)>, StoreError> {
    let Some(row) = connection.query_opt(SESSION, &[&&digest.0[..]])? else { return Ok(None) };
    let session = parse_session(&row)?;
    Ok(one(connection, session.region, &session.account)?.map(|account| (session, account)))
}

pub(crate) fn sessions(connection: &Connection, region: RegionId) -> Result<Vec<SessionRow>, StoreError> {
    connection.query(SESSIONS, &[&region.0])?.iter().map(parse_session).collect()
}

pub(crate) fn seen(connection: &Connection, digest: &Digest, now: Instant) -> Result<(), StoreError> {
    connection.execute(SEEN, &[&&digest.0[..], &now.0])?;
    Ok(())
}

pub(crate) fn end(connection: &Connection, region: RegionId, number: u64) -> Result<bool, StoreError> {
    Ok(connection.execute(END, &[&region.0, &number.cast_signed()])? > 0)
}

pub(crate) fn end_old(
    connection: &Connection,
    region: RegionId,
    created: Instant,
    last_seen: Instant,
) -> Result<(), StoreError> {
    connection.execute(END_OLD, &[&region.0, &created.0, &last_seen.0])?;
    Ok(())
}

fn parse_account(row: &Row) -> AccountRow {
    AccountRow {
        region: RegionId(row.get(0)),
        name: text::read(row.get(1)),
        role: text::read(row.get(2)),
        password: text::read(row.get(3)),
        must_change: row.get(4),
        disabled: row.get(5),
        person: row.get::<_, Option<String>>(6).map(text::read),
        created: Instant(row.get(7)),
    }
}

fn parse_session(row: &Row) -> Result<SessionRow, StoreError> {
    let number: i64 = row.get(2);
    Ok(SessionRow {
        digest: code::digest(row.get(0))?,
        region: RegionId(row.get(1)),
        number: number.cast_unsigned(),
        account: text::read(row.get(3)),
        created: Instant(row.get(4)),
        last_seen: Instant(row.get(5)),
        agent: text::read(row.get(6)),
        proved: Instant(row.get(7)),
    })
}
