//! Second factors of accounts and the codes for when they are lost. How a code is made, and which step it is of, is decided elsewhere.

use jifen_core::{id::Digest, time::Instant};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    audit::AuditRow,
    error::StoreError,
    row::{FactorProof, FactorRow, RegionId},
    sqlite::Store,
};

/// An account's factor, with the recovery codes that are left. Primary keys.
const ONE: &str = "
    select region_id, account, secret, confirmed, step,
        (select count(*) from recovery_code where region_id = ?1 and account = ?2)
    from second_factor
    where region_id = ?1
      and account = ?2";

/// Takes the place of one that nobody confirmed.
const ENROL: &str = "
    insert into second_factor (region_id, account, secret, confirmed, step)
    values (?1, ?2, ?3, null, 0)
    on conflict (region_id, account) do update
    set secret = excluded.secret, step = 0
    where confirmed is null";

const CONFIRM: &str = "
    update second_factor
    set confirmed = ?4, step = ?5
    where region_id = ?1
      and account = ?2
      and secret = ?3
      and confirmed is null";

/// A step counts once.
const SPEND_STEP: &str = "
    update second_factor
    set step = ?3
    where region_id = ?1
      and account = ?2
      and confirmed is not null
      and step < ?3";

const SPEND_CODE: &str = "
    delete from recovery_code
    where region_id = ?1
      and account = ?2
      and digest = ?3";

const ADD_CODE: &str = "
    insert into recovery_code (region_id, account, digest)
    values (?1, ?2, ?3)";

const REMOVE_CODES: &str = "
    delete from recovery_code
    where region_id = ?1
      and account = ?2";

const REMOVE: &str = "
    delete from second_factor
    where region_id = ?1
      and account = ?2";

const PROVED: &str = "
    update session
    set proved = ?2
    where digest = ?1";

pub(crate) fn one(connection: &Connection, region: RegionId, account: &str) -> Result<Option<FactorRow>, StoreError> {
    Ok(connection.prepare_cached(ONE)?.query_row((region.0, account), parse).optional()?)
}

/// Keeps a factor that is to be confirmed; `false` when there is a confirmed one.
pub(crate) fn enrol(
    connection: &Connection,
    region: RegionId,
    account: &str,
    secret: &[u8; 20],
) -> Result<bool, StoreError> {
    Ok(connection.execute(ENROL, (region.0, account, secret))? > 0)
}

/// Within a transaction: confirms the factor with this secret, whose code of `step` was typed, and keeps its recovery codes.
pub(crate) fn confirm(
    transaction: &Connection,
    factor: &FactorRow,
    (step, at): (i64, Instant),
    codes: &[Digest],
) -> Result<bool, StoreError> {
    let confirmed = transaction.execute(CONFIRM, (factor.region.0, &factor.account, factor.secret, at.0, step))?;
    if confirmed > 0 {
        replace_codes(transaction, factor.region, &factor.account, codes)?;
    }
    Ok(confirmed > 0)
}

/// Within a transaction: new recovery codes in the place of all old ones; `false` when no factor is confirmed.
pub(crate) fn give_codes(
    transaction: &Connection,
    region: RegionId,
    account: &str,
    codes: &[Digest],
) -> Result<bool, StoreError> {
    if one(transaction, region, account)?.is_none_or(|factor| factor.confirmed.is_none()) {
        return Ok(false);
    }
    replace_codes(transaction, region, account, codes)?;
    Ok(true)
}

fn replace_codes(
    transaction: &Connection,
    region: RegionId,
    account: &str,
    codes: &[Digest],
) -> Result<(), StoreError> {
    transaction.execute(REMOVE_CODES, (region.0, account))?;
    for code in codes {
        transaction.execute(ADD_CODE, (region.0, account, code.0))?;
    }
    Ok(())
}

/// Within a transaction: removes an account's factor and its recovery codes; says whether there was one.
pub(crate) fn remove(transaction: &Connection, region: RegionId, account: &str) -> Result<bool, StoreError> {
    transaction.execute(REMOVE_CODES, (region.0, account))?;
    Ok(transaction.execute(REMOVE, (region.0, account))? > 0)
}

/// Within a transaction: whether `proof` is what the account needs, and never was before. One without a confirmed factor needs none.
pub(crate) fn spend(
    transaction: &Connection,
    region: RegionId,
    account: &str,
    proof: Option<&FactorProof>,
) -> Result<bool, StoreError> {
    let spent = match proof {
        None => {
            let factor = one(transaction, region, account)?;
            return Ok(factor.is_none_or(|factor| factor.confirmed.is_none()));
        }
        Some(FactorProof::Step(step)) => transaction.execute(SPEND_STEP, (region.0, account, step))?,
        Some(FactorProof::Code(digest)) => transaction.execute(SPEND_CODE, (region.0, account, digest.0))?,
    };
    Ok(spent > 0)
}

/// Within a transaction: notes that a session's account proved who it is; `false` when the proof does not count.
pub(crate) fn prove(
    transaction: &Connection,
    region: RegionId,
    account: &str,
    proof: Option<&FactorProof>,
    (session, at): (&Digest, Instant),
) -> Result<bool, StoreError> {
    Ok(spend(transaction, region, account, proof)? && transaction.execute(PROVED, (session.0, at.0))? > 0)
}

impl Store {
    pub(crate) fn factor(&self, region: RegionId, account: &str) -> Result<Option<FactorRow>, StoreError> {
        self.read(|connection| one(connection, region, account))
    }

    pub(crate) fn enrol_factor(
        &self,
        region: RegionId,
        account: &str,
        secret: &[u8; 20],
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| enrol(transaction, region, account, secret))
    }

    pub(crate) fn confirm_factor(
        &self,
        row: &FactorRow,
        at: (i64, Instant),
        codes: &[Digest],
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| confirm(transaction, row, at, codes))
    }

    pub(crate) fn give_recovery_codes(
        &self,
        region: RegionId,
        account: &str,
        codes: &[Digest],
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| give_codes(transaction, region, account, codes))
    }

    pub(crate) fn remove_factor(
        &self,
        region: RegionId,
        account: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| remove(transaction, region, account))
    }

    pub(crate) fn prove_session(
        &self,
        region: RegionId,
        account: &str,
        proof: Option<&FactorProof>,
        session: (&Digest, Instant),
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| prove(transaction, region, account, proof, session))
    }
}

fn parse(row: &Row<'_>) -> rusqlite::Result<FactorRow> {
    let left: i64 = row.get(5)?;
    Ok(FactorRow {
        region: RegionId(row.get(0)?),
        account: row.get(1)?,
        secret: row.get(2)?,
        confirmed: row.get::<_, Option<i64>>(3)?.map(Instant),
        step: row.get(4)?,
        codes_left: left.cast_unsigned(),
    })
}
