//! Read connections: a few, opened when first needed, lent to one reader at a time. None ever waits for the writer.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Address, connection::Connection};
use crate::error::StoreError;

/// Most reads at a time; further ones wait for these.
const READERS_MAX: usize = 8;

/// How long a reader waits: for a connection, and for the answer to each of its statements, of which none reads more than a page or a board.
const PATIENCE: Duration = Duration::from_secs(30);

/// What others see a read connection as.
const NAME: &str = "jifen (reading)";

pub(crate) struct Readers {
    address: Address,
    lent: Mutex<Lent>,
    returned: Condvar,
}

#[derive(Default)]
struct Lent {
    idle: Vec<Connection>,
    out: usize,
}

impl Readers {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, lent: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs `reading`, on a new connection once more when the one lent was broken.
    pub(crate) fn with<T>(&self, reading: impl Fn(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self.lend()?.read(&reading) {
            Err(StoreError::Lost(_)) => {
                // The others have been idle as long.
                self.lock().idle.clear();
                self.lend()?.read(&reading)
            }
            done => done,
        }
    }

    fn lend(&self) -> Result<Loan<'_>, StoreError> {
        let waited = self.returned.wait_timeout_while(self.lock(), PATIENCE, |lent| lent.out >= READERS_MAX);
        let mut lent = waited.unwrap_or_else(PoisonError::into_inner).0;
        if lent.out >= READERS_MAX {
            let source = format!("none of {READERS_MAX} reads came to an end within {PATIENCE:?}").into();
            return Err(StoreError::Unreachable { place: self.address.to_string(), source });
        }
        lent.out += 1;
        let idle = lent.idle.pop();
        drop(lent);
        // From here on the loan gives the place back, whatever happens.
        let mut loan = Loan { readers: self, connection: idle.filter(|connection| !connection.is_closed()) };
        if loan.connection.is_none() {
            loan.connection = Some(Connection::open(&self.address, NAME, Some(PATIENCE))?);
        }
        Ok(loan)
    }

    fn lock(&self) -> MutexGuard<'_, Lent> {
        // Nothing can panic between two halves of a change of `Lent`.
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Loan<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Loan<'_> {
    fn read<T>(&self, reading: impl Fn(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        reading(self.connection.as_ref().ok_or_else(|| StoreError::Invariant("a loan is empty".to_owned()))?)
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut lent = self.readers.lock();
        lent.out -= 1;
        lent.idle.extend(self.connection.take().filter(|connection| !connection.is_closed()));
        drop(lent);
        self.readers.returned.notify_one();
    }
}
