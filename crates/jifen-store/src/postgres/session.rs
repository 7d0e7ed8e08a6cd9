//! The writer's session: one connection that alone may write, taken up again when it breaks.
//!
//! **Invariants.** Everything is written on the connection that holds the database's lock, so whoever does not hold it any more cannot
//! write: the lock and the session end together, and with the session every transaction of its. Whoever takes the lock anew therefore
//! finds the outcome of each earlier commit decided, and can say which it was.

use std::{
    process,
    sync::{Mutex, MutexGuard, OnceLock},
    thread,
    time::{Duration, Instant},
};

use super::{Address, connection::Connection, migrate};
use crate::error::StoreError;

/// First half of the lock's number: `jifn`.
const LOCK: i32 = 0x6a69_666e;

/// Second half: the writer of the whole database.
const WHOLE: i32 = 0;

/// How long a broken session is tried to be taken up again: a restart of the server, or a standby's promotion, takes less.
const PATIENCE: Duration = Duration::from_secs(30);

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
    set client_connection_check_interval = '5s';
    set enable_seqscan = off;
    set plan_cache_mode = force_generic_plan";

const TAKE: &str = "select pg_try_advisory_lock($1, $2), pg_backend_pid()";

/// Who has the lock.
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
}

impl Session {
    /// Takes the lock, or, after a moment's grace, names who has it.
    pub(crate) fn take(address: &Address, holder: &str) -> Result<Self, StoreError> {
        let name = format!("process {} ({holder})", process::id());
        let deadline = Instant::now() + GRACE;
        let (connection, backend) = loop {
            match connect(address, &name, None) {
                Err(StoreError::Held { .. }) if Instant::now() < deadline => thread::sleep(GRACE_PAUSE),
                taken => break taken?,
            }
        };
        let open = Mutex::new(Open { connection: Some(connection), backend });
        Ok(Self { address: address.clone(), name, open, stopped: OnceLock::new() })
    }

    /// Does `work`, and again on a new session when the connection broke; it is told whether it was tried before.
    pub(crate) fn run<T>(
        &self,
        mut work: impl FnMut(&Connection, bool) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut open = self.lock()?;
        let mut again = false;
        loop {
            match open.connection.take() {
                None => self.reopen(&mut open)?,
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

    fn reopen(&self, open: &mut Open) -> Result<(), StoreError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match connect(&self.address, &self.name, Some(open.backend)) {
                Ok((connection, backend)) => {
                    *open = Open { connection: Some(connection), backend };
                    return Ok(());
                }
                Err(error) if error.may_pass() && Instant::now() < deadline => thread::sleep(PAUSE),
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
fn connect(address: &Address, name: &str, mine: Option<i32>) -> Result<(Connection, i32), StoreError> {
    let connection = Connection::open(address, name)?;
    migrate::check(&connection, address)?;
    migrate::check_rights(&connection)?;
    connection.batch(NOTICE)?;
    let row = connection.query_one(TAKE, &[&LOCK, &WHOLE])?;
    let (taken, backend): (bool, i32) = (row.get(0), row.get(1));
    if taken {
        return Ok((connection, backend));
    }
    let holder = connection.query_opt(HOLDER, &[&i64::from(LOCK), &i64::from(WHOLE)])?;
    let holder = match holder {
        None => "another process".to_owned(),
        Some(row) => {
            let (pid, name, host): (i32, String, Option<String>) = (row.get(0), row.get(1), row.get(2));
            if mine == Some(pid) {
                connection.query_one(END, &[&pid])?;
            }
            host.map_or(name.clone(), |host| format!("{name} on {host}"))
        }
    };
    Err(StoreError::Held { place: address.to_string(), holder })
}
