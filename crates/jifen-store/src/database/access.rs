//! Granted roles and the audit trail: the surface of both databases for who may what, and who did what.

use jifen_core::{id::Digest, time::Instant};

use super::{Backend, Database};
use crate::{
    audit::{AuditFilter, AuditRecord, AuditRow, AuditVerdict},
    error::StoreError,
    row::{
        AccountRow, ApprovalDecision, ApprovalRow, FactorProof, FactorRow, GrantRow, KeyRow, RegionId, SecretRow,
        SessionRow,
    },
};

impl Database {
    /// Adds an account with its first roles, in one transaction.
    pub fn add_account_with(&self, row: &AccountRow, grants: &[GrantRow]) -> Result<(), StoreError> {
        on!(self, store => store.add_account(row, grants, None))
    }

    /// Grants a role to an account; gives the grant's number.
    pub fn add_grant(&self, row: &GrantRow) -> Result<u64, StoreError> {
        on!(self, store => store.add_grant(row, None))
    }

    /// The changes that `row` tells of: each is one transaction with it, and where nothing is changed nothing is written.
    pub fn auditing<'a>(&'a self, row: &'a AuditRow) -> Audited<'a> {
        Audited { database: self, row }
    }

    /// Appends to the audit trail, durably.
    pub fn audit(&self, row: &AuditRow) -> Result<(), StoreError> {
        on!(self, store => store.audit(row))
    }

    /// Entries of the region's audit trail, newest first.
    pub fn audited(&self, region: RegionId, filter: &AuditFilter) -> Result<Vec<AuditRecord>, StoreError> {
        on!(self, store => store.audited(region, filter))
    }

    /// Follows the chain of the region's audit trail from its beginning, and looks for a digest it should go through.
    pub fn verify_audit(&self, region: RegionId, through: Option<&str>) -> Result<AuditVerdict, StoreError> {
        on!(self, store => store.verify_audit(region, through))
    }

    /// The region's grants, by number, those too that are over.
    pub fn grants(&self, region: RegionId) -> Result<Vec<GrantRow>, StoreError> {
        on!(self, store => store.grants(region))
    }

    /// An account's grants, by number, those too that are over.
    pub fn grants_of(&self, region: RegionId, account: &str) -> Result<Vec<GrantRow>, StoreError> {
        on!(self, store => store.grants_of(region, account))
    }

    /// An act that takes a second person.
    pub fn approval(&self, region: RegionId, number: u64) -> Result<Option<ApprovalRow>, StoreError> {
        on!(self, store => store.approval(region, number))
    }

    /// The region's newest acts that take a second person, newest first.
    pub fn approvals(&self, region: RegionId, limit: usize) -> Result<Vec<ApprovalRow>, StoreError> {
        on!(self, store => store.approvals(region, limit))
    }

    /// An account's second factor, confirmed or not.
    pub fn factor(&self, region: RegionId, account: &str) -> Result<Option<FactorRow>, StoreError> {
        on!(self, store => store.factor(region, account))
    }

    /// The secrets of a system that signs, oldest first.
    pub fn signing_secrets_of(&self, region: RegionId, name: &str) -> Result<Vec<SecretRow>, StoreError> {
        on!(self, store => store.signing_secrets_of(region, name))
    }

    /// The secrets of all systems that sign, by name.
    pub fn signing_secrets(&self, region: RegionId) -> Result<Vec<SecretRow>, StoreError> {
        on!(self, store => store.signing_secrets(region))
    }

    /// Revokes a grant of an account. Says whether there was one that was not revoked.
    pub fn revoke_grant(
        &self,
        region: RegionId,
        account: &str,
        number: u64,
        at: Instant,
        by: &str,
    ) -> Result<bool, StoreError> {
        on!(self, store => store.revoke_grant(region, account, number, at, by, None))
    }
}

/// The database's changes of accounts, keys and the quarantine, each in one transaction with an entry of the audit trail.
pub struct Audited<'a> {
    pub(super) database: &'a Database,
    pub(super) row: &'a AuditRow,
}

impl Audited<'_> {
    /// As [`Database::add_account_with`].
    pub fn add_account(&self, row: &AccountRow, grants: &[GrantRow]) -> Result<(), StoreError> {
        on!(self.database, store => store.add_account(row, grants, Some(self.row)))
    }

    /// As [`Database::add_grant`].
    pub fn add_grant(&self, row: &GrantRow) -> Result<u64, StoreError> {
        on!(self.database, store => store.add_grant(row, Some(self.row)))
    }

    /// As [`Database::revoke_grant`].
    pub fn revoke_grant(
        &self,
        region: RegionId,
        account: &str,
        number: u64,
        at: Instant,
        by: &str,
    ) -> Result<bool, StoreError> {
        on!(self.database, store => store.revoke_grant(region, account, number, at, by, Some(self.row)))
    }

    /// Asks for an act that takes a second person; gives its number.
    pub fn add_approval(&self, row: &ApprovalRow) -> Result<u64, StoreError> {
        on!(self.database, store => store.add_approval(row, Some(self.row)))
    }

    /// Decides about an act, and grants what it is about, in one transaction; `false` when it is decided, too late, or one's own.
    pub fn decide_approval(
        &self,
        which: (RegionId, u64),
        decision: &ApprovalDecision,
        granted: Option<&GrantRow>,
    ) -> Result<bool, StoreError> {
        on!(self.database, store => store.decide_approval(which, decision, granted, Some(self.row)))
    }

    /// As [`Database::open_session`].
    pub fn open_session(
        &self,
        row: &SessionRow,
        checked: &str,
        better: Option<&str>,
        proof: Option<&FactorProof>,
    ) -> Result<Option<u64>, StoreError> {
        on!(self.database, store => store.open_session(row, checked, better, proof, Some(self.row)))
    }

    /// Keeps the secret of a second factor that is to be confirmed; `false` when there is a confirmed one.
    pub fn enrol_factor(&self, region: RegionId, account: &str, secret: &[u8; 20]) -> Result<bool, StoreError> {
        on!(self.database, store => store.enrol_factor(region, account, secret, Some(self.row)))
    }

    /// Confirms the factor whose code of this step was typed, and keeps its recovery codes; `false` when it is not the one that waits.
    pub fn confirm_factor(&self, row: &FactorRow, at: (i64, Instant), codes: &[Digest]) -> Result<bool, StoreError> {
        on!(self.database, store => store.confirm_factor(row, at, codes, Some(self.row)))
    }

    /// New recovery codes in the place of all old ones; `false` when no factor is confirmed.
    pub fn give_recovery_codes(&self, region: RegionId, account: &str, codes: &[Digest]) -> Result<bool, StoreError> {
        on!(self.database, store => store.give_recovery_codes(region, account, codes, Some(self.row)))
    }

    /// Removes an account's second factor with its recovery codes; says whether there was one.
    pub fn remove_factor(&self, region: RegionId, account: &str) -> Result<bool, StoreError> {
        on!(self.database, store => store.remove_factor(region, account, Some(self.row)))
    }

    /// Notes that a session's account proved now who it is; `false` when the proof does not count, or the session is over.
    pub fn prove_session(
        &self,
        region: RegionId,
        account: &str,
        proof: Option<&FactorProof>,
        session: (&Digest, Instant),
    ) -> Result<bool, StoreError> {
        on!(self.database, store => store.prove_session(region, account, proof, session, Some(self.row)))
    }

    /// As [`Database::give_password`].
    pub fn give_password(&self, region: RegionId, name: &str, password: &str) -> Result<bool, StoreError> {
        on!(self.database, store => store.give_password(region, name, password, Some(self.row)))
    }

    /// As [`Database::disable_account`].
    pub fn disable_account(&self, region: RegionId, name: &str) -> Result<bool, StoreError> {
        on!(self.database, store => store.disable_account(region, name, Some(self.row)))
    }

    /// As [`Database::set_password`].
    pub fn set_password(&self, row: &SessionRow, checked: &str, password: &str) -> Result<Option<u64>, StoreError> {
        on!(self.database, store => store.set_password(row, checked, password, Some(self.row)))
    }

    /// As [`Database::end_session`].
    pub fn end_session(&self, region: RegionId, number: u64) -> Result<bool, StoreError> {
        on!(self.database, store => store.end_session(region, number, Some(self.row)))
    }

    /// As [`Database::add_key`].
    pub fn add_key(&self, row: &KeyRow) -> Result<(), StoreError> {
        on!(self.database, store => store.add_key(row, Some(self.row)))
    }

    /// As [`Database::remove_key`].
    pub fn remove_key(&self, region: RegionId, name: &str) -> Result<bool, StoreError> {
        on!(self.database, store => store.remove_key(region, name, Some(self.row)))
    }

    /// Adds a secret to a system of which `alive` are there, and gives its number; `None` when there are more or fewer.
    pub fn add_signing_secret(&self, row: &SecretRow, alive: usize) -> Result<Option<u64>, StoreError> {
        on!(self.database, store => store.add_signing_secret(row, alive, Some(self.row)))
    }

    /// Removes a secret; says whether there was one.
    pub fn remove_signing_secret(&self, region: RegionId, name: &str, number: u64) -> Result<bool, StoreError> {
        on!(self.database, store => store.remove_signing_secret(region, name, number, Some(self.row)))
    }

    /// As [`Database::set_aside`].
    pub fn set_aside(
        &self,
        region: RegionId,
        number: u64,
        at: Instant,
        by: &str,
        note: &str,
    ) -> Result<bool, StoreError> {
        on!(self.database, store => store.set_aside(region, number, at, by, note, Some(self.row)))
    }
}
