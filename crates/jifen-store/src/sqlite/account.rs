//! Accounts and sessions. What a time-out is, and what a password must be, is decided elsewhere.

use jifen_core::{id::Digest, time::Instant};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    error::StoreError,
    row::{AccountRow, FactorProof, RegionId, SessionRow},
    sqlite::{factor, region},
};

const ADD: &str = "
    insert into account (region_id, name, role, password, must_change, disabled, person, created)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict do nothing";

/// An account. Primary key.
const ONE: &str = "
    select region_id, name, role, password, must_change, disabled, person, created
    from account
    where region_id = ?1
      and name = ?2";

/// A region's accounts. Primary key.
const ALL: &str = "
    select region_id, name, role, password, must_change, disabled, person, created
    from account
    where region_id = ?1
    order by name
    limit -1";

/// Only while the password is the one that was checked.
const SET_PASSWORD: &str = "
    update account
    set password = ?4, must_change = 0
    where region_id = ?1
      and name = ?2
      and password = ?3";

/// The same password under another hash.
const REHASH: &str = "
    update account
    set password = ?3
    where region_id = ?1
      and name = ?2";

/// A password that was given: it must be changed.
const GIVE_PASSWORD: &str = "
    update account
    set password = ?3, must_change = 1, disabled = 0
    where region_id = ?1
      and name = ?2";

const DISABLE: &str = "
    update account
    set disabled = 1
    where region_id = ?1
      and name = ?2";

/// The number is the time in ms, or the next one: it never comes twice.
const OPEN: &str = "
    insert into session (digest, region_id, number, account, created, last_seen, agent, proved)
    select ?1, ?2, max(?4, coalesce((select max(number) + 1 from session where region_id = ?2), 0)), ?3, ?4, ?4, ?5, ?6";

/// Primary key.
const SESSION: &str = "
    select digest, region_id, number, account, created, last_seen, agent, proved
    from session
    where digest = ?1";

/// A region's sessions. Unique index on (region_id, number).
const SESSIONS: &str = "
    select digest, region_id, number, account, created, last_seen, agent, proved
    from session
    where region_id = ?1
    order by number desc
    limit -1";

const SEEN: &str = "
    update session
    set last_seen = max(last_seen, ?2)
    where digest = ?1";

const END: &str = "
    delete from session
    where region_id = ?1
      and number = ?2";

/// All of an account's but one.
const END_OTHERS: &str = "
    delete from session
    where region_id = ?1
      and account = ?2
      and number <> ?3";

const NUMBER: &str = "
    select number
    from session
    where digest = ?1";

const END_OLD: &str = "
    delete from session
    where region_id = ?1
      and (created <= ?2 or last_seen <= ?3)";

/// A number that no session has.
const NO_NUMBER: i64 = -1;

/// Within a transaction.
pub(crate) fn insert_account(transaction: &Connection, row: &AccountRow) -> Result<(), StoreError> {
    region::head(transaction, row.region)?;
    let values =
        (row.region.0, &row.name, &row.role, &row.password, row.must_change, row.disabled, &row.person, row.created.0);
    if transaction.execute(ADD, values)? == 0 {
        return Err(StoreError::AccountTaken(row.name.clone()));
    }
    Ok(())
}

pub(crate) fn one(connection: &Connection, region: RegionId, name: &str) -> Result<Option<AccountRow>, StoreError> {
    Ok(connection.prepare_cached(ONE)?.query_row((region.0, name), parse_account).optional()?)
}

pub(crate) fn all(connection: &Connection, region: RegionId) -> Result<Vec<AccountRow>, StoreError> {
    let mut statement = connection.prepare_cached(ALL)?;
    let rows = statement.query_map([region.0], parse_account)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Within a transaction: opens a session unless the account is disabled, its password is no longer `checked`, or `proof` does
/// not count; keeps the password under a better hash.
pub(crate) fn open(
    transaction: &Connection,
    session: &SessionRow,
    checked: &str,
    better: Option<&str>,
    proof: Option<&FactorProof>,
) -> Result<Option<u64>, StoreError> {
    let account = one(transaction, session.region, &session.account)?;
    if account.is_none_or(|account| account.disabled || account.password != checked) {
        return Ok(None);
    }
    if !factor::spend(transaction, session.region, &session.account, proof)? {
        return Ok(None);
    }
    if let Some(better) = better {
        transaction.execute(REHASH, (session.region.0, &session.account, better))?;
    }
    let number = insert(transaction, session)?;
    Ok(Some(number))
}

/// Within a transaction: sets a new password unless the present one is no longer `checked`; every session of the account ends but the new one.
pub(crate) fn set_password(
    transaction: &Connection,
    session: &SessionRow,
    checked: &str,
    password: &str,
) -> Result<Option<u64>, StoreError> {
    if transaction.execute(SET_PASSWORD, (session.region.0, &session.account, checked, password))? == 0 {
        return Ok(None);
    }
    // First the new one: its number is then above all there were.
    let number = insert(transaction, session)?;
    transaction.execute(END_OTHERS, (session.region.0, &session.account, number.cast_signed()))?;
    Ok(Some(number))
}

/// Within a transaction: gives an account a password to be changed, and lets it in again; all its sessions end. Says whether there is such an account.
pub(crate) fn give_password(
    transaction: &Connection,
    region: RegionId,
    name: &str,
    password: &str,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(GIVE_PASSWORD, (region.0, name, password))?;
    transaction.execute(END_OTHERS, (region.0, name, NO_NUMBER))?;
    Ok(changed > 0)
}

/// Within a transaction: lets nobody sign in with an account any more; all its sessions end. Says whether there is such an account.
pub(crate) fn disable(transaction: &Connection, region: RegionId, name: &str) -> Result<bool, StoreError> {
    let changed = transaction.execute(DISABLE, (region.0, name))?;
    transaction.execute(END_OTHERS, (region.0, name, NO_NUMBER))?;
    Ok(changed > 0)
}

fn insert(transaction: &Connection, session: &SessionRow) -> Result<u64, StoreError> {
    let SessionRow { account, agent, .. } = session;
    let values = (session.digest.0, session.region.0, account, session.created.0, agent, session.proved.0);
    transaction.execute(OPEN, values)?;
    let number: i64 = transaction.query_row(NUMBER, [session.digest.0], |row| row.get(0))?;
    Ok(number.cast_unsigned())
}

pub(crate) fn session(
    connection: &Connection,
    digest: &Digest,
) -> Result<Option<(SessionRow, AccountRow)>, StoreError> {
    let session = connection.prepare_cached(SESSION)?.query_row([digest.0], parse_session).optional()?;
    let Some(session) = session else { return Ok(None) };
    Ok(one(connection, session.region, &session.account)?.map(|account| (session, account)))
}

pub(crate) fn sessions(connection: &Connection, region: RegionId) -> Result<Vec<SessionRow>, StoreError> {
    let mut statement = connection.prepare_cached(SESSIONS)?;
    let rows = statement.query_map([region.0], parse_session)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn seen(connection: &Connection, digest: &Digest, now: Instant) -> Result<(), StoreError> {
    connection.prepare_cached(SEEN)?.execute((digest.0, now.0))?;
    Ok(())
}

pub(crate) fn end(connection: &Connection, region: RegionId, number: u64) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(END)?.execute((region.0, number.cast_signed()))? > 0)
}

pub(crate) fn end_old(
    connection: &Connection,
    region: RegionId,
    created: Instant,
    last_seen: Instant,
) -> Result<(), StoreError> {
    connection.prepare_cached(END_OLD)?.execute((region.0, created.0, last_seen.0))?;
    Ok(())
}

fn parse_account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        region: RegionId(row.get(0)?),
        name: row.get(1)?,
        role: row.get(2)?,
        password: row.get(3)?,
        must_change: row.get(4)?,
        disabled: row.get(5)?,
        person: row.get(6)?,
        created: Instant(row.get(7)?),
    })
}

fn parse_session(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    let number: i64 = row.get(2)?;
    Ok(SessionRow {
        digest: Digest(row.get(0)?),
        region: RegionId(row.get(1)?),
        number: number.cast_unsigned(),
        account: row.get(3)?,
        created: Instant(row.get(4)?),
        last_seen: Instant(row.get(5)?),
        agent: row.get(6)?,
        proved: Instant(row.get(7)?),
    })
}
