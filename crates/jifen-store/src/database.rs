//! The store as its callers see it: one database, one writer, many readers. Every method's comment is its contract.

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
    error::StoreError,
    lock::WriterLock,
    row::{
        AccountRow, ActorRow, BoardRow, BoardRows, BoardSubjects, Commit, EntryFilter, Head, JobRow, JobState, KeyRow,
        Known, PersonalRow, Quarantined, RegionId, RegionRow, SessionRow, StoredEntry, WholeBoard,
    },
    sqlite::{
        account, backup,
        checkpoint::{self, Checkpoints, Health},
        commit, connection, job, journal,
        key::Keys,
        ledger, measure,
        pool::{self, Readers},
        projection, quarantine, region, rollup, state, vault,
    },
};

/// What a database is opened for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// To write and read. One process at a time; `holder` (the command, say) is shown to those refused.
    Write {
        /// Who writes.
        holder: String,
    },
    /// To read, beside a writer or without.
    Read,
}

/// An open database. Clones share it; the last one closes it.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// `None` when opened to read.
    writer: Option<Writer>,
    readers: Readers,
    health: Arc<Health>,
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

impl Database {
    /// Opens the database at `sqlite:PATH`. To write: makes it where it is absent, upgrades its schema, refuses a second writer.
    pub fn open(url: &str, access: Access) -> Result<Self, StoreError> {
        let path = path_of(url)?;
        let health = Arc::new(Health::default());
        let writer = match access {
            Access::Write { holder } => {
                let lock = WriterLock::take(&path, &holder)?;
                let session = Session { connection: connection::open_writer(&path)?, keys: Keys::default() };
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
        Ok(Self(Arc::new(Inner { path, writer, readers, health })))
    }

    /// Copies the whole database as of now to the new file `target`, while a writer goes on. When this returns `Ok`, the copy is on
    /// disk and is a database of its own; on an error no file has that name.
    pub fn backup(&self, target: &Path) -> Result<(), StoreError> {
        backup::copy(&self.0.path, target)
    }

    /// Puts the copy `from` at `sqlite:PATH`, where there must be nothing yet. When this returns `Ok`, it is on disk.
    pub fn restore(from: &Path, url: &str) -> Result<(), StoreError> {
        backup::restore(from, &path_of(url)?)
    }

    /// Bytes that may still be written where the database lies.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file system does not say.
    pub fn free_bytes(&self) -> Result<u64, StoreError> {
        let path = &self.0.path;
        let of =
            rustix::fs::statvfs(path).map_err(|error| StoreError::Io { path: path.clone(), source: error.into() })?;
        Ok(of.f_bavail.saturating_mul(of.f_frsize))
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// All regions, by code.
    pub fn regions(&self) -> Result<Vec<RegionRow>, StoreError> {
        self.read(region::regions)
    }

    /// The region with this code.
    pub fn region(&self, code: &str) -> Result<Option<RegionRow>, StoreError> {
        self.read(|connection| region::region(connection, code))
    }

    /// Makes a region, durably.
    pub fn create_region(&self, code: &str, secret: [u8; 32]) -> Result<RegionRow, StoreError> {
        self.write(|session| region::create(&mut session.connection, code, secret))
    }

    /// The secret that keys the region's hashes.
    pub fn secret(&self, region: RegionId) -> Result<RegionSecret, StoreError> {
        self.read(|connection| region::secret(connection, region))
    }

    /// The last positions in use.
    pub fn head(&self, region: RegionId) -> Result<Head, StoreError> {
        self.read(|connection| region::head(connection, region))
    }

    /// Answers needs with committed rows, answer i to need i. Uses the write connection, whose cache holds what a commit changes.
    pub fn load(&self, region: RegionId, needs: &[Need]) -> Result<Vec<Rows>, StoreError> {
        match &self.0.writer {
            Some(writer) => {
                let connection = &mut self.0.lock(writer)?.connection;
                pool::on_snapshot(connection, |connection| state::load(connection, region, needs))
            }
            None => self.read(|connection| state::load(connection, region, needs)),
        }
    }

    /// Which of these events the journal holds, answer i to key i.
    pub fn known(&self, region: RegionId, keys: &[EventKey]) -> Result<Vec<Option<Known>>, StoreError> {
        match &self.0.writer {
            Some(writer) => {
                let Session { connection, keys: index } = &mut *self.0.lock(writer)?;
                pool::on_snapshot(connection, |connection| index.known(connection, region, keys))
            }
            // A reader's index lives as long as its snapshot.
            None => self.read(|connection| Keys::default().known(connection, region, keys)),
        }
    }

    /// Writes a batch in one transaction. When this returns `Ok`, the batch is on disk and will be found after a power loss.
    ///
    /// On an error nothing of it is there, and after [`StoreError::Full`] a later try may succeed. After an error that
    /// [is fatal](StoreError::is_fatal) every later one fails, and whether the batch is there shows at the next start.
    pub fn commit(&self, region: RegionId, batch: &Commit) -> Result<(), StoreError> {
        self.write(|session| commit::commit(&mut session.connection, &mut session.keys, region, batch))
    }

    /// Sums of the rows in `parts`, by (subject, rule, dimension) and in that order.
    pub fn board(
        &self,
        region: RegionId,
        subjects: BoardSubjects,
        parts: &[BoardPart],
    ) -> Result<Vec<BoardRow>, StoreError> {
        self.read(|connection| rollup::board(connection, region, &subjects, parts))
    }

    /// A subject's days in `from..=to` that have rows: sums over the rules with a dimension, of what counts on a day's board.
    pub fn trend(
        &self,
        region: RegionId,
        subject: &Subject,
        from: Date,
        to: Date,
    ) -> Result<Vec<(Date, Rollup)>, StoreError> {
        self.read(|connection| rollup::trend(connection, region, subject, from, to))
    }

    /// What was measured in a hall in `from..=to`, per day.
    pub fn measures(&self, region: RegionId, hall: &str, from: Date, to: Date) -> Result<Measures, StoreError> {
        self.read(|connection| measure::span(connection, region, hall, from, to))
    }

    /// The first and last day on which anything was measured, of every hall that has one.
    pub fn measured_halls(&self, region: RegionId) -> Result<Vec<(String, Date, Date)>, StoreError> {
        self.read(|connection| measure::halls(connection, region))
    }

    /// All that a board of a kind is made of, as of one position.
    pub fn whole_board(&self, region: RegionId, wanted: &WholeBoard<'_>) -> Result<BoardRows, StoreError> {
        self.read(|connection| {
            let head = region::head(connection, region)?;
            let rows = rollup::board(connection, region, &BoardSubjects::Kind(wanted.kind), wanted.parts)?;
            let dates = rollup::dates(connection, region)?;
            let days = rollup::board_days(connection, region, wanted, dates)?;
            Ok(BoardRows { head, rows, dates, days })
        })
    }

    /// First and last business date that any board has day rows for.
    pub fn dates(&self, region: RegionId) -> Result<Option<(Date, Date)>, StoreError> {
        self.read(|connection| rollup::dates(connection, region))
    }

    /// Entries from new to old: by business date, then by position.
    pub fn entries(&self, region: RegionId, filter: &EntryFilter) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|connection| ledger::entries(connection, region, filter))
    }

    /// The entry at `position`.
    pub fn entry(&self, region: RegionId, position: u64) -> Result<Option<StoredEntry>, StoreError> {
        self.read(|connection| ledger::entry(connection, region, position))
    }

    /// The first `limit` entries after `position`, ascending.
    pub fn entries_after(&self, region: RegionId, position: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|connection| ledger::entries_after(connection, region, position, limit))
    }

    /// The records at these positions, in the order asked; an absent one is an error.
    pub fn records(&self, region: RegionId, positions: &[u64]) -> Result<Vec<Record>, StoreError> {
        self.read(|connection| journal::records(connection, region, positions))
    }

    /// The first `limit` records after `position`, ascending.
    pub fn records_after(&self, region: RegionId, position: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.read(|connection| journal::records_after(connection, region, position, limit))
    }

    /// What the sources call these actors, found by sourced or plain id; unknown ids are left out.
    pub fn actors(&self, region: RegionId, ids: &[ActorId]) -> Result<BTreeMap<ActorId, ActorRow>, StoreError> {
        self.read(|connection| vault::actors(connection, region, ids))
    }

    /// The actors that some source calls `code`, by source.
    pub fn actors_by_code(&self, region: RegionId, code: &str) -> Result<Vec<ActorRef>, StoreError> {
        self.read(|connection| vault::actors_by_code(connection, region, code))
    }

    /// Actors whose code or name begins so, at most `limit` by each; those found by code first. One may be there several times.
    pub fn actors_beginning(
        &self,
        region: RegionId,
        beginning: &str,
        limit: usize,
    ) -> Result<Vec<ActorRef>, StoreError> {
        self.read(|connection| vault::actors_beginning(connection, region, beginning, limit))
    }

    /// Personal texts of the record at `position`, by member.
    pub fn personal(&self, region: RegionId, position: u64) -> Result<Vec<PersonalRow>, StoreError> {
        self.read(|connection| vault::personal(connection, region, position))
    }

    /// The first `limit` quarantined events after number `after`, ascending; with `open` those nobody has resolved.
    pub fn quarantine(
        &self,
        region: RegionId,
        open: bool,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Quarantined>, StoreError> {
        self.read(|connection| quarantine::after(connection, region, open, after, limit))
    }

    /// The quarantined event of this number.
    pub fn quarantined(&self, region: RegionId, number: u64) -> Result<Option<Quarantined>, StoreError> {
        self.read(|connection| quarantine::one(connection, region, number))
    }

    /// How many quarantined events nobody has resolved, by source.
    pub fn quarantined_by_source(&self, region: RegionId) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read(|connection| quarantine::open_by_source(connection, region))
    }

    /// Marks a quarantined event as not to be mended, durably; `false` when it was resolved before.
    pub fn set_aside(
        &self,
        region: RegionId,
        number: u64,
        at: Instant,
        by: &str,
        note: &str,
    ) -> Result<bool, StoreError> {
        self.write(|session| quarantine::set_aside(&session.connection, region, number, at, by, note))
    }

    /// What a reader has folded from the journal under `name`, and up to which position.
    pub fn projection(&self, region: RegionId, name: &str) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.read(|connection| projection::one(connection, region, name))
    }

    /// Keeps what a reader has folded up to `position`, unless something later is kept already.
    pub fn keep_projection(&self, region: RegionId, name: &str, position: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(|session| projection::keep(&session.connection, region, name, position, bytes))
    }

    /// Adds a bearer key, durably.
    pub fn add_key(&self, row: &KeyRow) -> Result<(), StoreError> {
        self.write(|session| region::add_key(&mut session.connection, row))
    }

    /// Removes the region's bearer key of this name, durably; says whether there was one.
    pub fn remove_key(&self, region: RegionId, name: &str) -> Result<bool, StoreError> {
        self.write(|session| region::remove_key(&session.connection, region, name))
    }

    /// The bearer key with this digest.
    pub fn key(&self, digest: &Digest) -> Result<Option<KeyRow>, StoreError> {
        self.read(|connection| region::key(connection, digest))
    }

    /// The region's bearer keys, by name.
    pub fn keys(&self, region: RegionId) -> Result<Vec<KeyRow>, StoreError> {
        self.read(|connection| region::keys(connection, region))
    }

    /// Adds a job, durably; `false` when it is there already, in whatever state.
    pub fn enqueue_job(&self, region: RegionId, kind: &str, id: &str, due: Instant) -> Result<bool, StoreError> {
        self.write(|session| job::enqueue(&session.connection, region, kind, id, due))
    }

    /// Leases the region's job that has been due longest to `holder` until `until`; nobody else gets it before then.
    pub fn lease_job(
        &self,
        region: RegionId,
        holder: &str,
        now: Instant,
        until: Instant,
    ) -> Result<Option<JobRow>, StoreError> {
        self.write(|session| job::lease(&session.connection, region, holder, now, until))
    }

    /// Ends `holder`'s lease: the job is done, given up, or waits until `next`. `false`: the lease had gone to another.
    pub fn settle_job(
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

    /// One job.
    pub fn job(&self, region: RegionId, kind: &str, id: &str) -> Result<Option<JobRow>, StoreError> {
        self.read(|connection| job::job(connection, region, kind, id))
    }

    /// Adds an account, durably.
    pub fn add_account(&self, row: &AccountRow) -> Result<(), StoreError> {
        self.write(|session| account::add(&mut session.connection, row))
    }

    /// The region's account of this name.
    pub fn account(&self, region: RegionId, name: &str) -> Result<Option<AccountRow>, StoreError> {
        self.read(|connection| account::one(connection, region, name))
    }

    /// The region's accounts, by name.
    pub fn accounts(&self, region: RegionId) -> Result<Vec<AccountRow>, StoreError> {
        self.read(|connection| account::all(connection, region))
    }

    /// Opens a session and gives its number; `None` when the account is disabled or its password hash no longer `checked`.
    /// A `better` hash of the same password takes the place of the one that was checked.
    pub fn open_session(
        &self,
        row: &SessionRow,
        checked: &str,
        better: Option<&str>,
    ) -> Result<Option<u64>, StoreError> {
        self.write(|session| account::open(&mut session.connection, row, checked, better))
    }

    /// Gives an account a password to be changed and lets it in again; its sessions end. Says whether there is such an account.
    pub fn give_password(&self, region: RegionId, name: &str, password: &str) -> Result<bool, StoreError> {
        self.write(|session| account::give_password(&mut session.connection, region, name, password))
    }

    /// Lets nobody sign in with an account any more; its sessions end. Says whether there is such an account.
    pub fn disable_account(&self, region: RegionId, name: &str) -> Result<bool, StoreError> {
        self.write(|session| account::disable(&mut session.connection, region, name))
    }

    /// Changes an account's password hash from `checked`, ends its sessions and opens this one, in one transaction; `None`
    /// when the hash is no longer `checked`.
    pub fn set_password(&self, row: &SessionRow, checked: &str, password: &str) -> Result<Option<u64>, StoreError> {
        self.write(|session| account::set_password(&mut session.connection, row, checked, password))
    }

    /// The session with this digest and its account.
    pub fn session(&self, digest: &Digest) -> Result<Option<(SessionRow, AccountRow)>, StoreError> {
        self.read(|connection| account::session(connection, digest))
    }

    /// The region's sessions, newest first.
    pub fn sessions(&self, region: RegionId) -> Result<Vec<SessionRow>, StoreError> {
        self.read(|connection| account::sessions(connection, region))
    }

    /// Notes that a session was used.
    pub fn session_seen(&self, digest: &Digest, now: Instant) -> Result<(), StoreError> {
        self.write(|session| account::seen(&session.connection, digest, now))
    }

    /// Ends a session; says whether there was one.
    pub fn end_session(&self, region: RegionId, number: u64) -> Result<bool, StoreError> {
        self.write(|session| account::end(&session.connection, region, number))
    }

    /// Ends the region's sessions opened, or last used, by then.
    pub fn end_old_sessions(&self, region: RegionId, created: Instant, last_seen: Instant) -> Result<(), StoreError> {
        self.write(|session| account::end_old(&session.connection, region, created, last_seen))
    }

    /// Starts the thread that copies the write-ahead log into the database file while commits go on; once, for a long-lived writer.
    ///
    /// `on_failure` is called at most once, from that thread, with a fatal error: no commit succeeds any more and the process
    /// should stop. It must not hold a clone of this database. A full disk is no failure: the thread waits for space.
    pub fn start_checkpoints(&self, on_failure: Box<dyn Fn(StoreError) + Send + Sync>) {
        let Some(writer) = &self.0.writer else {
            return on_failure(StoreError::ReadAccess);
        };
        if !writer.threaded.swap(true, Ordering::AcqRel) {
            writer.checkpoints.start(on_failure);
        }
    }

    /// Closes a database of which this is the last clone, and says what went wrong, which merely dropping it cannot.
    /// With other clones alive it only empties the write-ahead log.
    pub fn close(self) -> Result<(), StoreError> {
        match &self.0.writer {
            Some(writer) => self.0.empty_log(writer),
            None => Ok(()),
        }
    }

    fn read<T>(&self, reading: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.0.readers.with(reading)
    }

    fn write<T>(&self, writing: impl FnOnce(&mut Session) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let writer = self.0.writer.as_ref().ok_or(StoreError::ReadAccess)?;
        let mut session = self.0.lock(writer)?;
        let result = writing(&mut session).and_then(|written| {
            let threaded = writer.threaded.load(Ordering::Acquire);
            checkpoint::after_commit(&session.connection, &writer.checkpoints, threaded)?;
            // A checkpoint may have failed on its thread while this commit was under way.
            self.0.health.check()?;
            Ok(written)
        });
        if let Err(error) = &result {
            self.0.health.note(error);
        }
        result
    }
}

fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        Some(_) | None => Err(StoreError::Address(url.to_owned())),
    }
}

impl Inner {
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

impl Drop for Inner {
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
