//! The store on a PostgreSQL database: write sessions with their locks, read connections beside them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jifen_core::{
    id::{ActorId, ActorRef, Digest, EventKey, RegionSecret},
    journal::Record,
    ledger::Subject,
    measure::Measures,
    rollup::{BoardPart, Rollup},
    state::{Need, Rows},
    time::{Date, Instant},
};

use super::{
    Address, Listener, OnBell, account, audit, commit,
    connection::Connection,
    grant, job, journal, ledger, measure, migrate, node,
    pool::Readers,
    projection, quarantine, region, rollup,
    session::{Lock, Session},
    state, vault,
};
use crate::{
    audit::{AuditFilter, AuditRecord, AuditRow, AuditVerdict},
    database::Access,
    error::StoreError,
    row::{
        AccountRow, ActorRow, BoardRow, BoardRows, BoardSubjects, Claim, Commit, EntryFilter, FactorProof, GrantRow,
        Head, Holder, JobRow, JobState, KeyRow, Known, NodeRow, Quarantined, RegionId, RegionRow, SessionRow,
        StoredEntry, WholeBoard,
    },
    vault::Vault,
};

/// An open database; [`crate::Database`] says what its methods promise.
pub(crate) struct Store {
    address: Address,
    /// `None` when opened to read.
    writer: Option<Session>,
    /// Sessions that hold a region's lock; `None` where the writer's session has all, or nothing is written.
    regions: Option<Regions>,
    readers: Readers,
    vault: Vault,
}

struct Regions {
    /// What others see this process as.
    holder: String,
    sessions: Mutex<BTreeMap<RegionId, Arc<Session>>>,
}

impl Store {
    pub(crate) fn open(address: &Address, access: Access) -> Result<Self, StoreError> {
        let readers = Readers::new(address.clone());
        let serves = matches!(access, Access::Serve { .. });
        let (writer, regions) = match access {
            Access::Write { holder } => (Some(Session::take(address, &holder, Lock::Whole)?), None),
            Access::Serve { holder } => {
                let writer = Session::take(address, &holder, Lock::Shared)?;
                (Some(writer), Some(Regions { holder, sessions: Mutex::default() }))
            }
            Access::Read => {
                readers.with(|connection| migrate::check(connection, address))?;
                (None, None)
            }
        };
        let store = Self { address: address.clone(), writer, regions, readers, vault: Vault::of_server() };
        if serves {
            store.prove()?;
        }
        Ok(store)
    }

    /// Refuses to go on where the vault could not be opened.
    fn prove(&self) -> Result<(), StoreError> {
        for region in self.regions()? {
            self.read(|connection| vault::proved(connection, region.id, &self.vault).map(drop))?;
        }
        Ok(())
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.regions.is_some()
    }

    pub(crate) fn renew_node(&self, node: &NodeRow) -> Result<Vec<NodeRow>, StoreError> {
        self.write(|connection| {
            node::renew(connection, &node.name, &node.address)?;
            node::others(connection, &node.name)
        })
    }

    pub(crate) fn enter_node(&self, node: &NodeRow, candidate: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.write(|connection| {
            node::forget(connection)?;
            node::renew(connection, &node.name, &node.address)?;
            node::secret(connection, candidate)
        })
    }

    pub(crate) fn heads(&self, regions: &[RegionId]) -> Result<Vec<(RegionId, Head)>, StoreError> {
        self.read(|connection| node::heads(connection, regions))
    }

    pub(crate) fn seen_address(&self) -> Result<Option<String>, StoreError> {
        self.read(node::seen_address)
    }

    pub(crate) fn holders(&self) -> Result<Vec<(RegionId, Holder)>, StoreError> {
        self.read(node::holders)
    }

    pub(crate) fn claim(&self, region: RegionId, name: &str) -> Result<Claim, StoreError> {
        let Some(regions) = &self.regions else { return Ok(Claim::Mine) };
        if regions.standing(region).is_some() {
            return Ok(Claim::Mine);
        }
        let holders = self.holders()?;
        if let Some((_, holder)) = holders.into_iter().find(|(of, _)| *of == region) {
            if !holder.hangs {
                return Ok(Claim::Theirs(holder.node));
            }
            tracing::warn!(region = region.0, node = ?holder.node, "a node hangs; its region is taken over");
            self.write(|connection| node::end_hanging(connection, region))?;
        }
        match Session::try_take(&self.address, &regions.holder, Lock::Region(region)) {
            Ok(session) => {
                session.once(|connection| node::enter_writer(connection, region, name))?;
                regions.lock().insert(region, Arc::new(session));
                Ok(Claim::Mine)
            }
            Err(StoreError::Held { .. }) => Ok(Claim::Theirs(None)),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn holds(&self, region: RegionId) -> bool {
        self.regions.as_ref().is_none_or(|regions| regions.standing(region).is_some())
    }

    pub(crate) fn release(&self, region: RegionId) {
        if let Some(regions) = &self.regions {
            regions.lock().remove(&region);
        }
    }

    pub(crate) fn ring(&self, regions: &[RegionId]) -> Result<(), StoreError> {
        self.write(|connection| node::ring(connection, regions))
    }

    pub(crate) fn listen(&self, on_bell: OnBell) -> Result<Listener, StoreError> {
        Listener::start(self.address.clone(), on_bell)
    }

    pub(crate) fn regions(&self) -> Result<Vec<RegionRow>, StoreError> {
        self.read(region::regions)
    }

    pub(crate) fn region(&self, code: &str) -> Result<Option<RegionRow>, StoreError> {
        self.read(|connection| region::region(connection, code))
    }

    pub(crate) fn create_region(&self, code: &str, secret: [u8; 32]) -> Result<RegionRow, StoreError> {
        self.write(|connection| region::create(connection, code, secret))
    }

    pub(crate) fn secret(&self, region: RegionId) -> Result<RegionSecret, StoreError> {
        self.read(|connection| region::secret(connection, region))
    }

    pub(crate) fn head(&self, region: RegionId) -> Result<Head, StoreError> {
        self.read(|connection| region::head(connection, region))
    }

    pub(crate) fn load(&self, region: RegionId, needs: &[Need]) -> Result<Vec<Rows>, StoreError> {
        self.read_as_writer(region, |connection| state::load(connection, region, needs))
    }

    pub(crate) fn known(&self, region: RegionId, keys: &[EventKey]) -> Result<Vec<Option<Known>>, StoreError> {
        self.read_as_writer(region, |connection| journal::known(connection, region, keys))
    }

    pub(crate) fn commit(&self, region: RegionId, batch: &Commit) -> Result<(), StoreError> {
        let commit = |connection: &Connection, again: bool| {
            // INVARIANT: the session before has ended, and with it its transaction: either it is there or it never will be.
            if again && commit::is_stored(connection, region, batch)? {
                return Ok(());
            }
            commit::commit(connection, region, &self.vault, batch)
        };
        match &self.regions {
            None => self.writer.as_ref().ok_or(StoreError::ReadAccess)?.run(commit),
            Some(regions) => match regions.get(region) {
                Some(session) => session.run(commit),
                None => Err(StoreError::Superseded { holder: "another node".to_owned() }),
            },
        }
    }

    pub(crate) fn board(
        &self,
        region: RegionId,
        subjects: BoardSubjects,
        parts: &[BoardPart],
    ) -> Result<Vec<BoardRow>, StoreError> {
        self.read_on_snapshot(|connection| rollup::board(connection, region, &subjects, parts))
    }

    pub(crate) fn trend(
        &self,
        region: RegionId,
        subject: &Subject,
        from: Date,
        to: Date,
    ) -> Result<Vec<(Date, Rollup)>, StoreError> {
        self.read(|connection| rollup::trend(connection, region, subject, from, to))
    }

    pub(crate) fn measures(&self, region: RegionId, hall: &str, from: Date, to: Date) -> Result<Measures, StoreError> {
        self.read(|connection| measure::span(connection, region, hall, from, to))
    }

    pub(crate) fn measured_halls(&self, region: RegionId) -> Result<Vec<(String, Date, Date)>, StoreError> {
        self.read(|connection| measure::halls(connection, region))
    }

    pub(crate) fn whole_board(&self, region: RegionId, wanted: &WholeBoard<'_>) -> Result<BoardRows, StoreError> {
        self.read_on_snapshot(|connection| {
            let head = region::head(connection, region)?;
            let rows = rollup::board(connection, region, &BoardSubjects::Kind(wanted.kind), wanted.parts)?;
            let dates = rollup::dates(connection, region)?;
            let days = rollup::board_days(connection, region, wanted, dates)?;
            Ok(BoardRows { head, rows, dates, days })
        })
    }

    pub(crate) fn dates(&self, region: RegionId) -> Result<Option<(Date, Date)>, StoreError> {
        self.read_on_snapshot(|connection| rollup::dates(connection, region))
    }

    pub(crate) fn entries(&self, region: RegionId, filter: &EntryFilter) -> Result<Vec<StoredEntry>, StoreError> {
        self.read_on_snapshot(|connection| ledger::entries(connection, region, filter))
    }

    pub(crate) fn entry(&self, region: RegionId, position: u64) -> Result<Option<StoredEntry>, StoreError> {
        self.read(|connection| ledger::entry(connection, region, position))
    }

    pub(crate) fn entries_after(
        &self,
        region: RegionId,
        position: u64,
        limit: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|connection| ledger::entries_after(connection, region, position, limit))
    }

    pub(crate) fn records(&self, region: RegionId, positions: &[u64]) -> Result<Vec<Record>, StoreError> {
        self.read_on_snapshot(|connection| journal::records(connection, region, positions))
    }

    pub(crate) fn records_after(
        &self,
        region: RegionId,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.read_on_snapshot(|connection| journal::records_after(connection, region, position, limit))
    }

    pub(crate) fn actors(&self, region: RegionId, ids: &[ActorId]) -> Result<BTreeMap<ActorId, ActorRow>, StoreError> {
        self.read(|connection| vault::actors(connection, region, &self.vault, ids))
    }

    pub(crate) fn actors_by_code(&self, region: RegionId, code: &str) -> Result<Vec<ActorRef>, StoreError> {
        self.read(|connection| vault::actors_by_code(connection, region, code))
    }

    pub(crate) fn actors_beginning(
        &self,
        region: RegionId,
        beginning: &str,
        limit: usize,
    ) -> Result<Vec<ActorRef>, StoreError> {
        self.read(|connection| vault::actors_beginning(connection, region, &self.vault, beginning, limit))
    }

    pub(crate) fn quarantine(
        &self,
        region: RegionId,
        open: bool,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Quarantined>, StoreError> {
        self.read(|connection| quarantine::after(connection, region, self.vault(), (open, after, limit)))
    }

    pub(crate) fn quarantined(&self, region: RegionId, number: u64) -> Result<Option<Quarantined>, StoreError> {
        self.read(|connection| quarantine::one(connection, region, self.vault(), number))
    }

    pub(crate) fn quarantined_by_source(&self, region: RegionId) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read(|connection| quarantine::open_by_source(connection, region))
    }

    pub(crate) fn set_aside(
        &self,
        region: RegionId,
        number: u64,
        at: Instant,
        by: &str,
        note: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(
            audit,
            |done| *done,
            |connection| quarantine::set_aside(connection, region, number, at, by, note),
        )
    }

    pub(crate) fn projection(&self, region: RegionId, name: &str) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.read(|connection| projection::one(connection, region, name))
    }

    pub(crate) fn keep_projection(
        &self,
        region: RegionId,
        name: &str,
        position: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        self.write(|connection| projection::keep(connection, region, name, position, bytes))
    }

    pub(crate) fn add_key(&self, row: &KeyRow, audit: Option<&AuditRow>) -> Result<(), StoreError> {
        self.write_told(audit, |()| true, |connection| region::add_key(connection, row))
    }

    pub(crate) fn remove_key(
        &self,
        region: RegionId,
        name: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |connection| region::remove_key(connection, region, name))
    }

    pub(crate) fn key(&self, digest: &Digest) -> Result<Option<KeyRow>, StoreError> {
        self.read(|connection| region::key(connection, digest))
    }

    pub(crate) fn keys(&self, region: RegionId) -> Result<Vec<KeyRow>, StoreError> {
        self.read(|connection| region::keys(connection, region))
    }

    pub(crate) fn enqueue_job(&self, region: RegionId, kind: &str, id: &str, due: Instant) -> Result<bool, StoreError> {
        self.write(|connection| job::enqueue(connection, region, kind, id, due))
    }

    pub(crate) fn lease_job(
        &self,
        region: RegionId,
        holder: &str,
        now: Instant,
        until: Instant,
    ) -> Result<Option<JobRow>, StoreError> {
        self.write(|connection| job::lease(connection, region, holder, now, until))
    }

    pub(crate) fn settle_job(
        &self,
        region: RegionId,
        job: &JobRow,
        holder: &str,
        state: JobState,
        next: Option<Instant>,
        failure: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.write(|connection| job::settle(connection, region, job, holder, state, next, failure))
    }

    pub(crate) fn job(&self, region: RegionId, kind: &str, id: &str) -> Result<Option<JobRow>, StoreError> {
        self.read(|connection| job::job(connection, region, kind, id))
    }

    pub(crate) fn add_account(
        &self,
        row: &AccountRow,
        grants: &[GrantRow],
        audit: Option<&AuditRow>,
    ) -> Result<(), StoreError> {
        self.write_told(audit, |()| true, |connection| grant::add_account(connection, row, grants))
    }

    pub(crate) fn add_grant(&self, row: &GrantRow, audit: Option<&AuditRow>) -> Result<u64, StoreError> {
        self.write_told(audit, |_| true, |connection| grant::add(connection, row))
    }

    pub(crate) fn audit(&self, row: &AuditRow) -> Result<(), StoreError> {
        self.write_told(Some(row), |()| true, |_| Ok(()))
    }

    pub(crate) fn audited(&self, region: RegionId, filter: &AuditFilter) -> Result<Vec<AuditRecord>, StoreError> {
        self.read(|connection| audit::filtered(connection, region, filter))
    }

    pub(crate) fn verify_audit(&self, region: RegionId, through: Option<&str>) -> Result<AuditVerdict, StoreError> {
        self.read_on_snapshot(|connection| audit::verify(connection, region, through))
    }

    pub(crate) fn grants(&self, region: RegionId) -> Result<Vec<GrantRow>, StoreError> {
        self.read(|connection| grant::all(connection, region))
    }

    pub(crate) fn grants_of(&self, region: RegionId, account: &str) -> Result<Vec<GrantRow>, StoreError> {
        self.read(|connection| grant::of_account(connection, region, account))
    }

    pub(crate) fn revoke_grant(
        &self,
        region: RegionId,
        account: &str,
        number: u64,
        at: Instant,
        by: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |connection| grant::revoke(connection, region, account, number, (at, by)))
    }

    pub(crate) fn account(&self, region: RegionId, name: &str) -> Result<Option<AccountRow>, StoreError> {
        self.read(|connection| account::one(connection, region, name))
    }

    pub(crate) fn accounts(&self, region: RegionId) -> Result<Vec<AccountRow>, StoreError> {
        self.read(|connection| account::all(connection, region))
    }

    pub(crate) fn open_session(
        &self,
        row: &SessionRow,
        checked: &str,
        better: Option<&str>,
        proof: Option<&FactorProof>,
        audit: Option<&AuditRow>,
    ) -> Result<Option<u64>, StoreError> {
        self.write_told(audit, Option::is_some, |connection| account::open(connection, row, checked, better, proof))
    }

    pub(crate) fn give_password(
        &self,
        region: RegionId,
        name: &str,
        password: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |connection| account::give_password(connection, region, name, password))
    }

    pub(crate) fn disable_account(
        &self,
        region: RegionId,
        name: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |connection| account::disable(connection, region, name))
    }

    pub(crate) fn set_password(
        &self,
        row: &SessionRow,
        checked: &str,
        password: &str,
        audit: Option<&AuditRow>,
    ) -> Result<Option<u64>, StoreError> {
        self.write_told(audit, Option::is_some, |connection| account::set_password(connection, row, checked, password))
    }

    pub(crate) fn session(&self, digest: &Digest) -> Result<Option<(SessionRow, AccountRow)>, StoreError> {
        self.read_on_snapshot(|connection| account::session(connection, digest))
    }

    pub(crate) fn sessions(&self, region: RegionId) -> Result<Vec<SessionRow>, StoreError> {
        self.read(|connection| account::sessions(connection, region))
    }

    pub(crate) fn session_seen(&self, digest: &Digest, now: Instant) -> Result<(), StoreError> {
        self.write(|connection| account::seen(connection, digest, now))
    }

    pub(crate) fn end_session(
        &self,
        region: RegionId,
        number: u64,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |connection| account::end(connection, region, number))
    }

    pub(crate) fn end_old_sessions(
        &self,
        region: RegionId,
        created: Instant,
        last_seen: Instant,
    ) -> Result<(), StoreError> {
        self.write(|connection| account::end_old(connection, region, created, last_seen))
    }

    /// Reads on the session that writes the region, whose cache holds what a commit changes; where there is none, on any.
    fn read_as_writer<T>(
        &self,
        region: RegionId,
        reading: impl Fn(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match (&self.regions, &self.writer) {
            (None, Some(writer)) => writer.run(|connection, _| reading(connection)),
            (Some(regions), _) => match regions.get(region) {
                Some(session) => session.run(|connection, _| reading(connection)),
                None => self.read(reading),
            },
            (None, None) => self.read(reading),
        }
    }

    pub(super) fn read<T>(&self, reading: impl Fn(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.with(reading)
    }

    fn read_on_snapshot<T>(&self, reading: impl Fn(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.with(|connection| connection.on_snapshot(&reading))
    }

    /// A change in one transaction with the entry of the audit trail that tells of it, where `done` says that anything changed.
    pub(super) fn write_told<T>(
        &self,
        audit: Option<&AuditRow>,
        done: impl FnOnce(&T) -> bool,
        act: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write(|connection| audit::with(connection, audit, done, act))
    }

    pub(super) fn write<T>(&self, writing: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadAccess)?.once(writing)
    }
}

impl Regions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<RegionId, Arc<Session>>> {
        // Nothing can panic between two halves of a change of the map.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, region: RegionId) -> Option<Arc<Session>> {
        self.lock().get(&region).cloned()
    }

    /// The region's session; one that broke is let go, unless it is just being taken up again.
    fn standing(&self, region: RegionId) -> Option<Arc<Session>> {
        let mut sessions = self.lock();
        let stands = sessions.get(&region).is_some_and(|session| session.stands());
        if !stands {
            sessions.remove(&region);
        }
        sessions.get(&region).cloned()
    }
}
