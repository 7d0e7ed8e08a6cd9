//! Connections: what is checked before a server is trusted, the settings every connection carries, prepared statements.

use std::{
    collections::HashMap,
    error::Error as _,
    future::Future,
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::task::AbortHandle;
use tokio_postgres::{
    Client, Row, Socket, Statement,
    error::{DbError, SqlState},
    tls::MakeTlsConnect,
    types::ToSql,
};

use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    Address,
    drive::{runtime, wait, wait_within},
};
use crate::error::{Cause, StoreError};

/// The schema that everything of ours lies in.
pub(crate) const SCHEMA: &str = "jifen";

/// Oldest server that is known to do: 15.0.
const SERVER_VERSION_MIN: i32 = 150_000;

/// How long a server may take to let a connection in: one that was killed in between never does.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Prepared statements kept per connection; more than this crate has, were it not for the entries' filters.
const STATEMENTS_MAX: usize = 128;

/// Settings of every connection. A lock is not waited for longer than a client waits; a transaction that its node left standing frees
/// what it locked, and a statement whose client has hung up ends.
const SETTLE: &str = "
    set search_path = jifen;
    set lock_timeout = '10s';
    set client_connection_check_interval = '5s';
    set idle_in_transaction_session_timeout = '15s';
    set client_min_messages = warning;
    set timezone = 'UTC'";

/// What the server says about itself.
const ABOUT: &str = "
    select
        current_setting('server_version_num')::integer,
        current_setting('server_encoding'),
        current_setting('fsync'),
        current_setting('full_page_writes'),
        current_setting('synchronous_commit'),
        current_setting('transaction_read_only')";

/// The half of a connection that does the talking.
pub(super) type Driven = tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// One statement with what it is given.
pub(crate) type Call<'a> = (&'a str, Vec<&'a (dyn ToSql + Sync)>);

/// A connection and the statements prepared on it.
pub(crate) struct Connection {
    client: Client,
    statements: Mutex<HashMap<String, Statement>>,
    /// How long an answer is waited for; `None`: as long as it takes.
    patience: Option<Duration>,
    /// What talks to the server.
    talking: AbortHandle,
    given_up: AtomicBool,
}

impl Connection {
    /// Connects and settles; `name` is what others see. A server that loses what it acknowledged is refused.
    ///
    /// What is not answered within `patience` is lost, and the connection with it: a server that hangs, or whose process for this
    /// connection does, may never answer, and would hold up whoever waits for good.
    pub(crate) fn open(address: &Address, name: &str, patience: Option<Duration>) -> Result<Self, StoreError> {
        let connection = Self::connect(address, name, patience)?;
        connection.check(address)?;
        connection.batch(SETTLE)?;
        Ok(connection)
    }

    fn connect(address: &Address, name: &str, patience: Option<Duration>) -> Result<Self, StoreError> {
        let unreachable = |source: Cause| StoreError::Unreachable { place: address.to_string(), source };
        let runtime = runtime().map_err(|error| unreachable(error.into()))?;
        let (place, name) = (address.clone(), name.to_owned());
        let connected = wait(runtime.spawn(async move {
            let (client, connection) = Self::raw(&place, &name).await?;
            // It ends with the client; what went wrong, the client's calls tell.
            Ok((client, tokio::spawn(connection).abort_handle()))
        }));
        match connected {
            Ok(Ok((client, talking))) => {
                Ok(Self { client, statements: Mutex::default(), patience, talking, given_up: AtomicBool::new(false) })
            }
            Ok(Err(error)) => Err(unreachable(error)),
            Err(error) => Err(unreachable(error.into())),
        }
    }

    /// A connection as the driver gives it, to be polled by the caller.
    pub(super) async fn raw(address: &Address, name: &str) -> Result<(Client, Driven), Cause> {
        let (config, tls) = address.named(name);
        match tokio::time::timeout(CONNECT_MAX, config.connect(tls)).await {
            Ok(connected) => connected.map_err(told),
            Err(_) => Err(format!("the server did not answer within {CONNECT_MAX:?}").into()),
        }
    }

    fn check(&self, address: &Address) -> Result<(), StoreError> {
        let row = self.answer(self.client.query_one(ABOUT, &[]))?;
        let unfit = |why: String| StoreError::Unfit { place: address.to_string(), why };
        let version: i32 = row.get(0);
        if version < SERVER_VERSION_MIN {
            return Err(unfit(format!("the server is version {}, 15 or newer is needed", version / 10_000)));
        }
        let setting = |index: usize| row.get::<_, &str>(index);
        if setting(1) != "UTF8" {
            return Err(unfit(format!(
                "its encoding is {}, not UTF8: create it anew with `encoding 'UTF8'`",
                setting(1)
            )));
        }
        for (index, name) in [(2, "fsync"), (3, "full_page_writes"), (4, "synchronous_commit")] {
            if setting(index) == "off" {
                return Err(unfit(format!("`{name} = off` loses what was acknowledged: switch it on")));
            }
        }
        if setting(5) == "on" {
            return Err(StoreError::ReadOnlyServer(address.to_string()));
        }
        Ok(())
    }

    /// Whether nothing more can be asked of it.
    pub(crate) fn is_closed(&self) -> bool {
        self.given_up.load(Ordering::Relaxed) || self.client.is_closed()
    }

    /// Waits for an answer as long as this connection has patience.
    pub(super) fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        let Some(patience) = self.patience else { return Ok(wait(asked)?) };
        let silent = || StoreError::Lost(format!("the server did not answer within {patience:?}").into());
        if self.given_up.load(Ordering::Relaxed) {
            return Err(silent());
        }
        match wait_within(asked, patience) {
            Some(answer) => Ok(answer?),
            None => {
                self.given_up.store(true, Ordering::Relaxed);
                // Hangs up: the driver alone would stay until the last answer.
                self.talking.abort();
                Err(silent())
            }
        }
    }

    /// For what has no parameters and rows of its own.
    pub(crate) fn driver(&self) -> &Client {
        &self.client
    }

    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Statements without parameters.
    pub(crate) fn batch(&self, statements: &str) -> Result<(), StoreError> {
        self.answer(self.client.batch_execute(statements))
    }

    pub(crate) fn query(&self, statement: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepared(statement)?;
        self.answer(self.client.query(&statement, parameters))
    }

    pub(crate) fn query_opt(&self, statement: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
        let statement = self.prepared(statement)?;
        self.answer(self.client.query_opt(&statement, parameters))
    }

    pub(crate) fn query_one(&self, statement: &str, parameters: Parameters<'_>) -> Result<Row, StoreError> {
        let statement = self.prepared(statement)?;
        self.answer(self.client.query_one(&statement, parameters))
    }

    /// How many rows it touched.
    pub(crate) fn execute(&self, statement: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
        let statement = self.prepared(statement)?;
        self.answer(self.client.execute(&statement, parameters))
    }

    /// Sends all calls before it reads the first answer: one way there and back for all of them.
    pub(crate) fn query_all(&self, calls: &[Call<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let statements = calls.iter().map(|(text, _)| self.prepared(text)).collect::<Result<Vec<_>, _>>()?;
        let asked =
            calls.iter().zip(&statements).map(|((_, parameters), statement)| self.client.query(statement, parameters));
        self.answer(all(asked))
    }

    /// As [`Self::query_all`], counting the rows touched.
    pub(crate) fn execute_all(&self, calls: &[Call<'_>]) -> Result<Vec<u64>, StoreError> {
        let statements = calls.iter().map(|(text, _)| self.prepared(text)).collect::<Result<Vec<_>, _>>()?;
        let asked = calls
            .iter()
            .zip(&statements)
            .map(|((_, parameters), statement)| self.client.execute(statement, parameters));
        self.answer(all(asked))
    }

    /// Runs `reading` on one snapshot of the database.
    pub(crate) fn on_snapshot<T>(&self, reading: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.within("begin isolation level repeatable read read only", reading)
    }

    /// Runs `writing` in one transaction, which is on disk when this returns `Ok`.
    pub(crate) fn in_transaction<T>(
        &self,
        writing: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.within("begin", writing)
    }

    fn within<T>(&self, begin: &str, work: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.batch(begin)?;
        let done = work(self);
        match &done {
            Ok(_) => self.batch("commit")?,
            // A connection that cannot roll back is closed, and the server rolls back.
            Err(_) => drop(self.batch("rollback")),
        }
        done
    }

    pub(super) fn prepared(&self, text: &str) -> Result<Statement, StoreError> {
        // Valid after every statement.
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = statements.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.answer(self.client.prepare(text))?;
        if statements.len() >= STATEMENTS_MAX {
            statements.clear();
        }
        statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// The answers, or what failed first: what fails after it in one transaction only says that the transaction is aborted.
async fn all<T>(
    asked: impl Iterator<Item = impl Future<Output = Result<T, tokio_postgres::Error>>>,
) -> Result<Vec<T>, tokio_postgres::Error> {
    join_all(asked).await.into_iter().collect()
}

/// The server's own words where it said something, else what went wrong and why.
fn told(error: tokio_postgres::Error) -> Cause {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned().into();
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    words.into()
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let broken = error.is_closed() || error.source().is_some_and(|cause| cause.is::<io::Error>());
            return if broken { Self::Lost(error.into()) } else { Self::Postgres(error) };
        };
        let code = said.code();
        let words = || text_of(said);
        if *code == SqlState::DISK_FULL {
            Self::Full(words().into())
        } else if [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::QUERY_CANCELED,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
        ]
        .contains(code)
        {
            Self::Busy(words().into())
        } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            Self::Role(format!("{}; let the owner run `jifen migrate --app ROLE`", words()))
        } else if code.code().starts_with("23") || is_passed_on(said) {
            Self::Invariant(words())
        } else if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code) {
            Self::Corrupt(words())
        } else if code.code().starts_with("57P") || code.code().starts_with("08") || code.code().starts_with("25P03") {
            // The server, or this connection, was told to go.
            Self::Lost(words().into())
        } else {
            Self::Postgres(error)
        }
    }
}

/// What another server of a Citus cluster refused within a `COPY`: it comes as an internal error, with the words alone.
fn is_passed_on(said: &DbError) -> bool {
    *said.code() == SqlState::INTERNAL_ERROR
        && said.message().starts_with("duplicate key value violates unique constraint")
}

fn text_of(said: &DbError) -> String {
    match said.detail() {
        Some(detail) => format!("{} ({detail})", said.message()),
        None => said.message().to_owned(),
    }
}
