//! Checkpoints: copying the write-ahead log into the database file, and stopping everything when that fails.
//!
//! SQLite's own checkpoint hides a failed fsync, so ours are explicit. A long-lived writer has a thread for them, so that a commit
//! seldom waits for one; a short one (an import) checkpoints after the commit that made the log long.

use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::{error::StoreError, sqlite::connection};

/// Log bytes not yet copied that wake the thread.
const THREAD_WAL_BYTES: u64 = 4 * 1024 * 1024;

/// Log bytes not yet copied after which a commit without a thread copies them. Longer: a page changed by many batches is copied once.
const COMMIT_WAL_BYTES: u64 = 32 * 1024 * 1024;

/// Log bytes after which a commit waits for readers and cuts the log, thread or not.
const WAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Log bytes between two such attempts: a reader that stays for long must not make every commit wait.
const CUT_STEP_BYTES: u64 = 16 * 1024 * 1024;

/// How long space on a full disk is waited for before a checkpoint is tried again.
const FULL_PAUSE: Duration = Duration::from_secs(1);

/// Bytes of a log frame beside its page.
const FRAME_HEADER_BYTES: u64 = 24;

/// Whether the database may still be written. Once it may not, it never may again.
#[derive(Default)]
pub(crate) struct Health(OnceLock<String>);

impl Health {
    /// Refuses after a failure.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.0.get() {
            Some(reason) => Err(StoreError::Stopped(reason.clone())),
            None => Ok(()),
        }
    }

    /// Remembers an error after which nothing may be written.
    pub(crate) fn note(&self, error: &StoreError) {
        if error.is_fatal() {
            let _ = self.0.set(error.to_string());
        }
    }
}

/// What commits and the checkpoint thread share.
pub(crate) struct Checkpoints {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    path: PathBuf,
    health: Arc<Health>,
    orders: Mutex<Orders>,
    changed: Condvar,
    /// Held while a checkpoint runs: SQLite lets only one run at a time and refuses the other without waiting.
    running: Mutex<Attempts>,
}

#[derive(Default)]
struct Orders {
    wanted: bool,
    stop: bool,
}

#[derive(Default)]
struct Attempts {
    /// Length of the log when it was last to be cut, in vain.
    uncut_bytes: u64,
    /// When that was for want of space: then the log takes the space that there is, the longer the more.
    full: Option<Instant>,
}

impl Attempts {
    /// Whether it is time to cut a log of this length.
    fn is_due(&self, bytes: u64) -> bool {
        bytes > self.uncut_bytes + CUT_STEP_BYTES || self.full.is_some_and(|full| full.elapsed() >= FULL_PAUSE)
    }
}

impl Checkpoints {
    pub(crate) fn new(path: PathBuf, health: Arc<Health>) -> Self {
        let shared =
            Shared { path, health, orders: Mutex::default(), changed: Condvar::new(), running: Mutex::default() };
        Self { shared: Arc::new(shared), thread: Mutex::default() }
    }

    pub(crate) fn start(&self, on_failure: Box<dyn Fn(StoreError) + Send + Sync>) {
        let shared = Arc::clone(&self.shared);
        let on_failure: Arc<dyn Fn(StoreError) + Send + Sync> = on_failure.into();
        let report = Arc::clone(&on_failure);
        lock(&self.shared.orders).stop = false;
        let spawned = thread::Builder::new().name("jifen-checkpoint".to_owned()).spawn(move || {
            if let Err(error) = shared.serve() {
                // INVARIANT: the mark is set before anyone is told.
                shared.health.note(&error);
                on_failure(error);
            }
        });
        match spawned {
            Ok(handle) => *lock(&self.thread) = Some(handle),
            Err(source) => {
                let error = StoreError::Io { path: self.shared.path.clone(), source };
                self.shared.health.note(&error);
                report(error);
            }
        }
    }

    /// Ends the thread and waits for it.
    pub(crate) fn stop(&self) {
        lock(&self.shared.orders).stop = true;
        self.shared.changed.notify_all();
        let handle = lock(&self.thread).take();
        // Dropped by its own failure callback, a database cannot wait for the thread it is on.
        if let Some(handle) = handle.filter(|handle| handle.thread().id() != thread::current().id()) {
            // A panic there is the callback's and was printed.
            let _ = handle.join();
        }
    }

    fn request(&self) {
        lock(&self.shared.orders).wanted = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// The thread: one passive checkpoint per request.
    fn serve(&self) -> Result<(), StoreError> {
        let connection = connection::open_checkpointer(&self.path)?;
        while self.next() {
            let attempt = {
                let _running = lock(&self.running);
                run(&connection, Mode::Passive)
            };
            match attempt {
                Ok(_) => {}
                Err(error @ StoreError::Full(_)) => {
                    tracing::warn!(%error, "no space to copy the write-ahead log");
                    // Again by itself: commits, which ask for it, may be refused for as long as the log takes the space.
                    let mut orders = lock(&self.orders);
                    orders.wanted = true;
                    drop(self.changed.wait_timeout_while(orders, FULL_PAUSE, |orders| !orders.stop));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits for a request; `false` when it is time to end.
    fn next(&self) -> bool {
        let mut orders = lock(&self.orders);
        while !orders.wanted && !orders.stop {
            orders = self.changed.wait(orders).unwrap_or_else(PoisonError::into_inner);
        }
        orders.wanted = false;
        !orders.stop
    }
}

/// Called on the write connection after each commit: asks the thread for a checkpoint, or runs one, when the log is long.
pub(crate) fn after_commit(
    connection: &Connection,
    checkpoints: &Checkpoints,
    threaded: bool,
) -> Result<(), StoreError> {
    let log = run(connection, Mode::Look)?;
    if log.bytes > WAL_BYTES_MAX {
        let mut attempts = lock(&checkpoints.shared.running);
        if attempts.is_due(log.bytes) {
            // Cut off, not only copied: else the next commit begins it anew only if nobody happens to read just then, and its room is kept.
            let cut = run(connection, Mode::Truncate);
            attempts.full = matches!(cut, Err(StoreError::Full(_))).then(Instant::now);
            attempts.uncut_bytes = if tolerate_full(cut)? { 0 } else { log.bytes };
        }
    } else if threaded && log.uncopied_bytes > THREAD_WAL_BYTES {
        checkpoints.request();
    } else if !threaded && log.uncopied_bytes > COMMIT_WAL_BYTES {
        tolerate_full(run(connection, Mode::Passive))?;
    }
    Ok(())
}

/// Empties the log; for closing.
pub(crate) fn truncate(connection: &Connection, checkpoints: &Checkpoints) -> Result<(), StoreError> {
    let _running = lock(&checkpoints.shared.running);
    tolerate_full(run(connection, Mode::Truncate)).map(|_| ())
}

/// Whether the checkpoint ran to its end. A full disk only puts it off: the commits are safe in the log.
fn tolerate_full(attempt: Result<Log, StoreError>) -> Result<bool, StoreError> {
    match attempt {
        Ok(log) => Ok(!log.busy),
        Err(error @ StoreError::Full(_)) => {
            tracing::warn!(%error, "no space to copy the write-ahead log");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

#[derive(Clone, Copy)]
enum Mode {
    /// Only measure.
    Look,
    /// Copy what can be copied without waiting for anyone.
    Passive,
    /// Copy everything, wait for readers, and cut the file.
    Truncate,
}

struct Log {
    busy: bool,
    bytes: u64,
    uncopied_bytes: u64,
}

fn run(connection: &Connection, mode: Mode) -> Result<Log, StoreError> {
    let statement = match mode {
        Mode::Look => "pragma wal_checkpoint(noop)",
        Mode::Passive => "pragma wal_checkpoint(passive)",
        Mode::Truncate => "pragma wal_checkpoint(truncate)",
    };
    let frame_bytes = connection::PAGE_BYTES.unsigned_abs() + FRAME_HEADER_BYTES;
    let log = connection.prepare_cached(statement)?.query_row([], |row| {
        let [busy, frames, copied] = [row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?];
        let bytes = |frames: i64| frames.max(0).unsigned_abs() * frame_bytes;
        Ok(Log { busy: busy != 0, bytes: bytes(frames), uncopied_bytes: bytes(frames - copied) })
    })?;
    Ok(log)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these guard is valid after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
