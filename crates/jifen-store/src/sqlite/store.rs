//! The store on one SQLite file: one writing process, one write connection, read connections beside it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
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
use rusqlite::{Connection, config::DbConfig};

use crate::{
    audit::{AuditFilter, AuditRecord, AuditRow, AuditVerdict},
    database::Access,
    error::StoreError,
    lock::WriterLock,
    row::{
        AccountRow, ActorRow, BoardRow, BoardRows, BoardSubjects, Commit, EntryFilter, FactorProof, GrantRow, Head,
        JobRow, JobState, KeyRow, Known, Quarantined, RegionId, RegionRow, SessionRow, StoredEntry, WholeBoard,
    },
    sqlite::{
        account, audit,
        checkpoint::{self, Checkpoints, Health},
        commit, connection, grant, job, journal,
        key::Keys,
        ledger, measure,
        pool::{self, Readers},
        projection, quarantine, region, rollup, state, vault,
    },
    vault::Vault,
};

/// An open file; [`crate::Database`] says what its methods promise.
pub(crate) struct Store {
    path: PathBuf,
    /// `None` when opened to read.
    writer: Option<Writer>,
    readers: Readers,
    health: Arc<Health>,
    vault: Vault,
}

/// Fields fall in this order: the connection must be closed before another process may write.
struct Writer {
    session: Mutex<Session>,
    checkpoints: Checkpoints,
    /// Whether the checkpoint thread runs; without it commits checkpoint by themselves.
    threaded: AtomicBool,
    _lock: WriterLock,
}

/// What only the writer uses, one call at a time.
struct Session {
    connection: Connection,
    keys: Keys,
}

impl Store {
    pub(crate) fn open(path: PathBuf, access: Access) -> Result<Self, StoreError> {
        let health = Arc::new(Health::default());
        let vault = Vault::of_file(&path);
        let serves = matches!(access, Access::Serve { .. });
        let writer = match access {
            Access::Write { holder } | Access::Serve { holder } => {
                let lock = WriterLock::take(&path, &holder)?;
                let session = Session { connection: connection::open_writer(&path, &vault)?, keys: Keys::default() };
                let checkpoints = Checkpoints::new(path.clone(), Arc::clone(&health));
                let session = Mutex::new(session);
                Some(Writer { session, checkpoints, threaded: AtomicBool::new(false), _lock: lock })
            }
            Access::Read => {
                connection::check_reader(&path)?;
                None
            }
        };
        let readers = Readers::new(path.clone());
        let store = Self { path, writer, readers, health, vault };
        if serves {
            store.prove()?;
        }
        Ok(store)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses to go on where the vault could not be opened.
    fn prove(&self) -> Result<(), StoreError> {
        for region in self.regions()? {
            self.read(|connection| vault::proved(connection, region.id, &self.vault).map(drop))?;
        }
        Ok(())
    }

    pub(crate) fn start_checkpoints(&self, on_failure: Box<dyn Fn(StoreError) + Send + Sync>) {
        let Some(writer) = &self.writer else {
            return on_failure(StoreError::ReadAccess);
        };
        if !writer.threaded.swap(true, Ordering::AcqRel) {
            writer.checkpoints.start(on_failure);
        }
    }

    pub(crate) fn close(&self) -> Result<(), StoreError> {
        match &self.writer {
            Some(writer) => self.empty_log(writer),
            None => Ok(()),
        }
    }

    pub(crate) fn regions(&self) -> Result<Vec<RegionRow>, StoreError> {
        self.read(region::regions)
    }

    pub(crate) fn region(&self, code: &str) -> Result<Option<RegionRow>, StoreError> {
        self.read(|connection| region::region(connection, code))
    }

    pub(crate) fn create_region(&self, code: &str, secret: [u8; 32]) -> Result<RegionRow, StoreError> {
        self.write(|session| region::create(&mut session.connection, code, secret))
    }

    pub(crate) fn secret(&self, region: RegionId) -> Result<RegionSecret, StoreError> {
        self.read(|connection| region::secret(connection, region))
    }

    pub(crate) fn head(&self, region: RegionId) -> Result<Head, StoreError> {
        self.read(|connection| region::head(connection, region))
    }

    pub(crate) fn load(&self, region: RegionId, needs: &[Need]) -> Result<Vec<Rows>, StoreError> {
        match &self.writer {
            Some(writer) => {
                let connection = &mut self.lock(writer)?.connection;
                pool::on_snapshot(connection, |connection| state::load(connection, region, needs))
            }
            None => self.read(|connection| state::load(connection, region, needs)),
        }
    }

    pub(crate) fn known(&self, region: RegionId, keys: &[EventKey]) -> Result<Vec<Option<Known>>, StoreError> {
        match &self.writer {
            Some(writer) => {
                let Session { connection, keys: index } = &mut *self.lock(writer)?;
                pool::on_snapshot(connection, |connection| index.known(connection, region, keys))
            }
            // A reader's index lives as long as its snapshot.
            None => self.read(|connection| Keys::default().known(connection, region, keys)),
        }
    }

    pub(crate) fn commit(&self, region: RegionId, batch: &Commit) -> Result<(), StoreError> {
        self.write(|session| commit::commit(&mut session.connection, &mut session.keys, region, &self.vault, batch))
    }

    pub(crate) fn board(
        &self,
        region: RegionId,
        subjects: BoardSubjects,
        parts: &[BoardPart],
    ) -> Result<Vec<BoardRow>, StoreError> {
        self.read(|connection| rollup::board(connection, region, &subjects, parts))
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
        self.read(|connection| {
            let head = region::head(connection, region)?;
            let rows = rollup::board(connection, region, &BoardSubjects::Kind(wanted.kind), wanted.parts)?;
            let dates = rollup::dates(connection, region)?;
            let days = rollup::board_days(connection, region, wanted, dates)?;
            Ok(BoardRows { head, rows, dates, days })
        })
    }

    pub(crate) fn dates(&self, region: RegionId) -> Result<Option<(Date, Date)>, StoreError> {
        self.read(|connection| rollup::dates(connection, region))
    }

    pub(crate) fn entries(&self, region: RegionId, filter: &EntryFilter) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|connection| ledger::entries(connection, region, filter))
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
        self.read(|connection| journal::records(connection, region, positions))
    }

    pub(crate) fn records_after(
        &self,
        region: RegionId,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.read(|connection| journal::records_after(connection, region, position, limit))
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
            |transaction| quarantine::set_aside(transaction, region, number, at, by, note),
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
        self.write(|session| projection::keep(&session.connection, region, name, position, bytes))
    }

    pub(crate) fn add_key(&self, row: &KeyRow, audit: Option<&AuditRow>) -> Result<(), StoreError> {
        self.write_told(audit, |()| true, |transaction| region::add_key(transaction, row))
    }

    pub(crate) fn remove_key(
        &self,
        region: RegionId,
        name: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| region::remove_key(transaction, region, name))
    }

    pub(crate) fn key(&self, digest: &Digest) -> Result<Option<KeyRow>, StoreError> {
        self.read(|connection| region::key(connection, digest))
    }

    pub(crate) fn key_at_once(&self, digest: &Digest) -> Option<Result<Option<KeyRow>, StoreError>> {
        self.readers.with_idle(|connection| region::key(connection, digest))
    }

    pub(crate) fn keys(&self, region: RegionId) -> Result<Vec<KeyRow>, StoreError> {
        self.read(|connection| region::keys(connection, region))
    }

    pub(crate) fn enqueue_job(&self, region: RegionId, kind: &str, id: &str, due: Instant) -> Result<bool, StoreError> {
        self.write(|session| job::enqueue(&session.connection, region, kind, id, due))
    }

    pub(crate) fn lease_job(
        &self,
        region: RegionId,
        holder: &str,
        now: Instant,
        until: Instant,
    ) -> Result<Option<JobRow>, StoreError> {
        self.write(|session| job::lease(&session.connection, region, holder, now, until))
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
        self.write(|session| job::settle(&session.connection, region, job, holder, state, next, failure))
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
        self.write_told(audit, |()| true, |transaction| grant::add_account(transaction, row, grants))
    }

    pub(crate) fn add_grant(&self, row: &GrantRow, audit: Option<&AuditRow>) -> Result<u64, StoreError> {
        self.write_told(audit, |_| true, |transaction| grant::add(transaction, row))
    }

    pub(crate) fn audit(&self, row: &AuditRow) -> Result<(), StoreError> {
        self.write_told(Some(row), |()| true, |_| Ok(()))
    }

    pub(crate) fn audited(&self, region: RegionId, filter: &AuditFilter) -> Result<Vec<AuditRecord>, StoreError> {
        self.read(|connection| audit::filtered(connection, region, filter))
    }

    pub(crate) fn verify_audit(&self, region: RegionId, through: Option<&str>) -> Result<AuditVerdict, StoreError> {
        self.read(|connection| audit::verify(connection, region, through))
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
        self.write_told(
            audit,
            |done| *done,
            |transaction| grant::revoke(transaction, region, account, number, (at, by)),
        )
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
        self.write_told(audit, Option::is_some, |transaction| account::open(transaction, row, checked, better, proof))
    }

    pub(crate) fn give_password(
        &self,
        region: RegionId,
        name: &str,
        password: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| account::give_password(transaction, region, name, password))
    }

    pub(crate) fn disable_account(
        &self,
        region: RegionId,
        name: &str,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| account::disable(transaction, region, name))
    }

    pub(crate) fn set_password(
        &self,
        row: &SessionRow,
        checked: &str,
        password: &str,
        audit: Option<&AuditRow>,
    ) -> Result<Option<u64>, StoreError> {
        self.write_told(audit, Option::is_some, |transaction| {
            account::set_password(transaction, row, checked, password)
        })
    }

    pub(crate) fn session(&self, digest: &Digest) -> Result<Option<(SessionRow, AccountRow)>, StoreError> {
        self.read(|connection| account::session(connection, digest))
    }

    pub(crate) fn sessions(&self, region: RegionId) -> Result<Vec<SessionRow>, StoreError> {
        self.read(|connection| account::sessions(connection, region))
    }

    pub(crate) fn session_seen(&self, digest: &Digest, now: Instant) -> Result<(), StoreError> {
        self.write(|session| account::seen(&session.connection, digest, now))
    }

    pub(crate) fn end_session(
        &self,
        region: RegionId,
        number: u64,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(audit, |done| *done, |transaction| account::end(transaction, region, number))
    }

    pub(crate) fn end_old_sessions(
        &self,
        region: RegionId,
        created: Instant,
        last_seen: Instant,
    ) -> Result<(), StoreError> {
        self.write(|session| account::end_old(&session.connection, region, created, last_seen))
    }

    pub(super) fn read<T>(&self, reading: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.with(reading)
    }

    /// A change in one transaction with the entry of the audit trail that tells of it, where `done` says that anything changed.
    pub(super) fn write_told<T>(
        &self,
        audit: Option<&AuditRow>,
        done: impl FnOnce(&T) -> bool,
        act: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write(|session| audit::with(&mut session.connection, audit, done, act))
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// As [`Self::write_told`]; what is deleted is overwritten in the file.
    pub(super) fn erase<T>(
        &self,
        audit: Option<&AuditRow>,
        done: impl FnOnce(&T) -> bool,
        act: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write(|session| {
            connection::secure_delete(&session.connection, true)?;
            let erased = audit::with(&mut session.connection, audit, done, act);
            connection::secure_delete(&session.connection, false)?;
            erased
        })
    }

    /// Cuts the write-ahead log, once all of it is in the file.
    pub(super) fn cut_log(&self) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadAccess)?;
        checkpoint::truncate(&self.lock(writer)?.connection, &writer.checkpoints)
    }

    fn write<T>(&self, writing: impl FnOnce(&mut Session) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadAccess)?;
        let mut session = self.lock(writer)?;
        let result = writing(&mut session).and_then(|written| {
            let threaded = writer.threaded.load(Ordering::Acquire);
            checkpoint::after_commit(&session.connection, &writer.checkpoints, threaded)?;
            // A checkpoint may have failed on its thread while this commit was under way.
            self.health.check()?;
            Ok(written)
        });
        if let Err(error) = &result {
            self.health.note(error);
        }
        result
    }

    fn lock<'a>(&self, writer: &'a Writer) -> Result<MutexGuard<'a, Session>, StoreError> {
        self.health.check()?;
        writer.session.lock().map_err(|_| StoreError::Stopped("a writer panicked".to_owned()))
    }

    fn empty_log(&self, writer: &Writer) -> Result<(), StoreError> {
        writer.checkpoints.stop();
        writer.threaded.store(false, Ordering::Release);
        let result = checkpoint::truncate(&self.lock(writer)?.connection, &writer.checkpoints);
        if let Err(error) = &result {
            self.health.note(error);
        }
        result
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(writer) = &self.writer else { return };
        self.readers.clear();
        match self.empty_log(writer) {
            Ok(()) => {}
            // Closing would checkpoint once more and hide the error; the log stays for the next start to read.
            Err(error) => {
                tracing::error!(%error, path = %self.path.display(), "closed without emptying the write-ahead log");
                let session = writer.session.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = session.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            }
        }
    }
}
