//! A writing session: one connection with the lock that lets it write, taken up again when it breaks.
//!
//! **Invariants.** A region's records are written on the connection that holds its lock, or the whole database's alone, so whoever does not
//! hold it any more cannot write: the lock and the session end together, and with the session every transaction of its. Whoever takes the
//! lock anew therefore finds the outcome of each earlier commit decided, and can say which it was.

use std::{
    process,
    sync::{Mutex, MutexGuard, OnceLock},
    thread,
    time::{Duration, Instant},
};

use super::{Address, connection::Connection, migrate};
use crate::{error::StoreError, row::RegionId};

/// First half of the number of the whole database's lock: `jifn`.
const LOCK: i32 = 0x6a69_666e;

/// Second half.
const WHOLE: i32 = 0;

/// The lock of whoever changes the schema.
pub(super) const SCHEMA_LOCK: (i32, i32) = (LOCK, 1);

/// First half of the number of a region's lock, whose second half is the region's: `jifr`.
pub(super) const REGION_LOCK: i32 = 0x6a69_6672;

/// What a session may write while it lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lock {
    /// Everything: nobody else writes.
    Whole,
    /// What is of no region's journal, beside others.
    Shared,
    /// A region's journal, beside others who write other regions.
    Region(RegionId),
}

/// How long whoever asks waits for a broken session to be taken up again: a restart of the server, or a standby's promotion, takes less.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who asks later than that is told so at once, unless the last try is so long ago: many may ask, and each try may take its time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long the server may take over one statement of a writer: much longer than the largest batch takes on a busy machine.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// How long the lock is waited for: who ended a moment ago, or was killed, has it until the server notices.
const GRACE: Duration = Duration::from_secs(5);

/// Between two tries for the lock.
const GRACE_PAUSE: Duration = Duration::from_millis(50);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// A backend whose client is gone must notice: it holds the lock.
const NOTICE: &str = "
    set tcp_keepalives_idle = 10;
    set tcp_keepalives_interval = 5;
    set tcp_keepalives_count = 3;
    set enable_seqscan = off";

/// Plans once for all: what is asked is found by keys, whatever the values. But where regions are distributed, values say which server
/// is asked, and a plan that does not have them cannot be made.
const PLAN_ONCE: &str = "
    select set_config('plan_cache_mode', 'force_generic_plan', false)
    where not exists (select from pg_extension where extname = 'citus')";

const TAKE: &str = "select pg_try_advisory_lock($1, $2), pg_backend_pid()";

const SHARE: &str = "select pg_try_advisory_lock_shared($1, $2), pg_backend_pid()";

/// Who has a lock.
const HOLDER: &str = "
    select activity.pid, activity.application_name, host(activity.client_addr)
    from pg_locks as lock
    join pg_stat_activity as activity on activity.pid = lock.pid
    where lock.locktype = 'advisory'
      and lock.database = (select oid from pg_database where datname = current_database())
      and lock.classid = $1::bigint::oid
      and lock.objid = $2::bigint::oid
      and lock.objsubid = 2
      and lock.granted
    limit 1";

/// Ends our own session that the server has not yet missed.
const END: &str = "select pg_terminate_backend($1)";

pub(crate) struct Session {
    address: Address,
    lock: Lock,
    /// What others see: process and command.
    name: String,
    open: Mutex<Open>,
    /// Why nothing more is written; once set, for good.
    stopped: OnceLock<String>,
}

struct Open {
    /// `None` after a loss, until it is needed.
    connection: Option<Connection>,
    /// Number of the server's process behind the last connection.
    backend: i32,
    outage: Option<Outage>,
}

/// While a session cannot be taken up again.
struct Outage {
    began: Instant,
    /// When it was last tried in vain, and what went wrong.
    tried: Option<(Instant, String)>,
}

impl Session {
    /// Takes the lock, or, after a moment's grace, names who has it.
    pub(crate) fn take(address: &Address, holder: &str, lock: Lock) -> Result<Self, StoreError> {
        let deadline = Instant::now() + GRACE;
        loop {
            match Self::try_take(address, holder, lock) {
                Err(StoreError::Held { .. }) if Instant::now() < deadline => thread::sleep(GRACE_PAUSE),
                taken => return taken,
            }
        }
    }

    /// Takes the lock, or names who has it.
    pub(crate) fn try_take(address: &Address, holder: &str, lock: Lock) -> Result<Self, StoreError> {
        let name = format!("process {} ({holder})", process::id());
        let (connection, backend) = connect(address, &name, lock, None)?;
        let open = Mutex::new(Open { connection: Some(connection), backend, outage: None });
        Ok(Self { address: address.clone(), lock, name, open, stopped: OnceLock::new() })
    }

    /// Whether the session stands, as far as this side knows without asking; one that is at work does.
    pub(crate) fn stands(&self) -> bool {
        let Ok(open) = self.open.try_lock() else { return true };
        self.stopped.get().is_none() && open.connection.as_ref().is_some_and(|connection| !connection.is_closed())
    }

    /// Does `work`, and again on a new session when the connection broke; it is told whether it was tried before. Where it was, and
    /// no new session is to be had, what became of it is not known: [`StoreError::Lost`].
    pub(crate) fn run<T>(
        &self,
        mut work: impl FnMut(&Connection, bool) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut open = self.lock()?;
        let mut again = false;
        loop {
            match open.connection.take() {
                None => self.reopen(&mut open).map_err(|error| match error {
                    StoreError::Unreachable { source, .. } if again => StoreError::Lost(source),
                    error => error,
                })?,
                Some(connection) => match work(&connection, again) {
                    Err(StoreError::Lost(cause)) => {
                        tracing::warn!(%cause, place = %self.address, "the connection to the database broke");
                        again = true;
                    }
                    done => {
                        open.connection = (!connection.is_closed()).then_some(connection);
                        return self.noted(done);
                    }
                },
            }
        }
    }

    /// Does `work` once: what it does cannot be told from its being done twice.
    pub(crate) fn once<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut open = self.lock()?;
        let connection = match open.connection.take().filter(|connection| !connection.is_closed()) {
            Some(connection) => connection,
            None => {
                self.reopen(&mut open)?;
                open.connection.take().ok_or_else(|| StoreError::Invariant("a session is empty".to_owned()))?
            }
        };
        let done = work(&connection);
        open.connection = (!connection.is_closed()).then_some(connection);
        self.noted(done)
    }

    fn lock(&self) -> Result<MutexGuard<'_, Open>, StoreError> {
        if let Some(reason) = self.stopped.get() {
            return Err(StoreError::Stopped(reason.clone()));
        }
        self.open.lock().map_err(|_| StoreError::Stopped("a writer panicked".to_owned()))
    }

    /// A new session in the place of one that broke. Whoever has the whole database does something at one go, and ends where it cannot
    /// go on; others ask again until the server is back.
    fn reopen(&self, open: &mut Open) -> Result<(), StoreError> {
        let unreachable = |why: String| StoreError::Unreachable { place: self.address.to_string(), source: why.into() };
        let outage = open.outage.get_or_insert_with(|| Outage { began: Instant::now(), tried: None });
        if let Some((_, why)) = outage.tried.as_ref().filter(|(tried, _)| tried.elapsed() < RETRY_AFTER) {
            return Err(unreachable(why.clone()));
        }
        loop {
            match connect(&self.address, &self.name, self.lock, Some(open.backend)) {
                Ok((connection, backend)) => {
                    *open = Open { connection: Some(connection), backend, outage: None };
                    return Ok(());
                }
                // Another node has the region: what was under way here is decided, and it is that node's to say how.
                Err(StoreError::Held { holder, .. }) if matches!(self.lock, Lock::Region(_)) => {
                    return Err(StoreError::Superseded { holder });
                }
                Err(error) if error.may_pass() && outage.began.elapsed() < PATIENCE => thread::sleep(PAUSE),
                Err(error) if error.may_pass() && self.lock != Lock::Whole => {
                    let why = match error {
                        StoreError::Unreachable { source, .. } | StoreError::Lost(source) => source.to_string(),
                        error => error.to_string(),
                    };
                    outage.tried = Some((Instant::now(), why.clone()));
                    return Err(unreachable(why));
                }
                Err(error) => return self.noted(Err(StoreError::Stopped(error.to_string()))),
            }
        }
    }

    /// Remembers an error after which nothing may be written.
    fn noted<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &done
            && error.is_fatal()
        {
            let _ = self.stopped.set(error.to_string());
        }
        done
    }
}

/// A connection that holds the lock, and the number of its backend. `mine` is the backend of a session of ours that broke.
fn connect(address: &Address, name: &str, lock: Lock, mine: Option<i32>) -> Result<(Connection, i32), StoreError> {
    // Who has the whole database changes or copies much at once.
    let patience = (lock != Lock::Whole).then_some(ANSWER_MAX);
    let connection = Connection::open(address, name, patience)?;
    migrate::check(&connection, address)?;
    migrate::check_rights(&connection)?;
    connection.batch(NOTICE)?;
    connection.batch(PLAN_ONCE)?;
    let backend = taken(&connection, address, lock, mine)?;
    Ok((connection, backend))
}

/// Takes the lock on a connection of somebody who writes no rows, for as long as it lasts; or names who has it.
pub(super) fn take(connection: &Connection, address: &Address, lock: Lock) -> Result<(), StoreError> {
    taken(connection, address, lock, None).map(drop)
}

fn taken(connection: &Connection, address: &Address, lock: Lock, mine: Option<i32>) -> Result<i32, StoreError> {
    let mut backend = 0;
    for (statement, class, object) in steps(lock)? {
        let row = connection.query_one(statement, &[&class, &object])?;
        if !row.get::<_, bool>(0) {
            return Err(held(connection, address, (class, object), mine)?);
        }
        backend = row.get(1);
    }
    Ok(backend)
}

/// The locks that make up `lock`, in the order they are taken.
fn steps(lock: Lock) -> Result<Vec<(&'static str, i32, i32)>, StoreError> {
    Ok(match lock {
        Lock::Whole => vec![(TAKE, LOCK, WHOLE)],
        Lock::Shared => vec![(SHARE, LOCK, WHOLE)],
        Lock::Region(region) => vec![(SHARE, LOCK, WHOLE), (TAKE, REGION_LOCK, lock_number(region)?)],
    })
}

/// Second half of the number of a region's lock.
pub(super) fn lock_number(region: RegionId) -> Result<i32, StoreError> {
    i32::try_from(region.0).map_err(|_| StoreError::Invariant(format!("region {} has no lock", region.0)))
}

/// Who has a lock, as an error. A session of ours that the server has not yet missed is ended: it is no other's, and passes.
pub(super) fn held(
    connection: &Connection,
    address: &Address,
    (class, object): (i32, i32),
    mine: Option<i32>,
) -> Result<StoreError, StoreError> {
    let holder = match connection.query_opt(HOLDER, &[&i64::from(class), &i64::from(object)])? {
        None => "another process".to_owned(),
        Some(row) => {
            let (pid, name, host): (i32, String, Option<String>) = (row.get(0), row.get(1), row.get(2));
            if mine == Some(pid) {
                connection.query_one(END, &[&pid])?;
                return Ok(StoreError::Lost("an earlier session of this process is ending".into()));
            }
            host.map_or(name.clone(), |host| format!("{name} on {host}"))
        }
    };
    Ok(StoreError::Held { place: address.to_string(), holder })
}
