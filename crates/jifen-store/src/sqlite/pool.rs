//! Read connections: a few, opened when first needed, lent to one reader at a time. None ever waits for the writer.

use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, TransactionBehavior};

use crate::{error::StoreError, sqlite::connection};

/// Most reads at a time; further ones wait for these.
const READERS_MAX: usize = 8;

pub(crate) struct Readers {
    path: PathBuf,
    lent: Mutex<Lent>,
    returned: Condvar,
}

#[derive(Default)]
struct Lent {
    idle: Vec<Connection>,
    out: usize,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, lent: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs `reading` on one snapshot of the database.
    pub(crate) fn with<T>(&self, reading: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut loan = self.lend()?;
        let connection = loan.connection.as_mut().ok_or_else(|| StoreError::Invariant("a loan is empty".to_owned()))?;
        on_snapshot(connection, reading)
    }

    /// The same, if a connection is idle now: for what takes microseconds, where nobody may be kept waiting.
    pub(crate) fn with_idle<T>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Option<Result<T, StoreError>> {
        let mut lent = self.lock();
        let connection = lent.idle.pop()?;
        lent.out += 1;
        drop(lent);
        let mut loan = Loan { readers: self, connection: Some(connection) };
        Some(on_snapshot(loan.connection.as_mut()?, reading))
    }

    /// Closes the idle connections.
    pub(crate) fn clear(&self) {
        self.lock().idle.clear();
    }

    fn lend(&self) -> Result<Loan<'_>, StoreError> {
        let mut lent = self.lock();
        while lent.out >= READERS_MAX {
            lent = self.returned.wait(lent).unwrap_or_else(PoisonError::into_inner);
        }
        lent.out += 1;
        let idle = lent.idle.pop();
        drop(lent);
        // From here on the loan gives the place back, whatever happens.
        let mut loan = Loan { readers: self, connection: idle };
        if loan.connection.is_none() {
            loan.connection = Some(connection::open_reader(&self.path)?);
        }
        Ok(loan)
    }

    fn lock(&self) -> MutexGuard<'_, Lent> {
        // Nothing can panic between two halves of a change of `Lent`.
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `reading` in one read transaction: on one state of the database, and without SQLite's locking around every statement.
pub(crate) fn on_snapshot<T>(
    connection: &mut Connection,
    reading: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let snapshot = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let answer = reading(&snapshot)?;
    snapshot.commit()?;
    Ok(answer)
}

struct Loan<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut lent = self.readers.lock();
        lent.out -= 1;
        lent.idle.extend(self.connection.take());
        drop(lent);
        self.readers.returned.notify_one();
    }
}
