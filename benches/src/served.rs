//! A hall served over real sockets, by the server's own loop on its own threads.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use jifen_server::{
    app::{App, Options},
    auth::{Key, Role},
    node::Node,
    serve::serve,
    writer::{BATCH_EVENTS_MAX, RegionWriter},
};
use jifen_store::{Access, Database, KeyRow, RegionRow};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

use crate::{hall, load, rows};

/// Where events go.
pub const EVENTS: &str = "/api/v1/events";

/// Events appended between two looks at how long the ledger is.
const FILLED_AT_A_TIME: usize = 100_000;

/// The bench's region in a folder.
pub struct Hall {
    /// The database.
    pub database: Database,
    /// The region.
    pub row: RegionRow,
}

impl Hall {
    /// Makes a region with organisation and rule.
    ///
    /// # Errors
    /// Store faults.
    pub fn create(folder: &Path) -> Result<Self> {
        let database = open(folder)?;
        let row = database.create_region("bench", [7; 32])?;
        let hall = Self { database, row };
        hall.append((0..1).flat_map(|_| rows::opening()))?;
        Ok(hall)
    }

    /// Opens one that is there.
    ///
    /// # Errors
    /// Store faults.
    pub fn reopen(folder: &Path) -> Result<Self> {
        let database = open(folder)?;
        let row = database.regions()?.into_iter().next().context("no region")?;
        Ok(Self { database, row })
    }

    /// Appends events without a server.
    ///
    /// # Errors
    /// Store faults, events that are not accepted.
    pub fn append(&self, events: impl IntoIterator<Item = String>) -> Result<()> {
        let mut writer = RegionWriter::open(&self.database, &self.row.code)?;
        let mut events = events.into_iter();
        loop {
            let batch: Vec<String> = events.by_ref().take(BATCH_EVENTS_MAX).collect();
            if batch.is_empty() {
                return Ok(());
            }
            hall::accepted(&writer.append(hall::arrivals(&batch)?)?)?;
        }
    }

    /// Fills the ledger up to so many entries at least: two events a service, and three services in four give an entry.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn fill(&self, entries: u64) -> Result<()> {
        let rows = rows::Rows { events: usize::MAX, random_ids: false };
        let mut next = 0;
        while self.database.head(self.row.id)?.ledger < entries {
            self.append((next..next + FILLED_AT_A_TIME).map(|index| rows.json(index)))?;
            next += FILLED_AT_A_TIME;
        }
        Ok(())
    }

    /// A new key.
    ///
    /// # Errors
    /// Store faults, no random bytes.
    pub fn key(&self, role: Role, name: &str) -> Result<String> {
        let key = Key::generate()?;
        self.database.add_key(&KeyRow {
            region: self.row.id,
            name: name.to_owned(),
            role: role.name().to_owned(),
            types: Vec::new(),
            digest: key.digest(),
            created: jifen_core::time::Instant(0),
        })?;
        Ok(key.reveal())
    }
}

fn open(folder: &Path) -> Result<Database> {
    let url = format!("sqlite:{}", folder.join("bench.db").display());
    Ok(Database::open(&url, Access::Write { holder: "bench".to_owned() })?)
}

/// A hall that is served until dropped.
pub struct Served {
    /// Where.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
}

impl Served {
    /// Serves a hall on a port that is free.
    ///
    /// # Errors
    /// Store faults, no port.
    pub fn start(hall: &Hall) -> Result<Self> {
        Self::of(&hall.database)
    }

    /// Serves a database on a port that is free; as a node beside others where it can have several.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn of(database: &Database) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let entered = runtime.enter();
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let mut options = Options::default();
        if database.is_shared() {
            options.node = Some(Node::enter(database, format!("http://{address}"), options.on_fatal.clone())?);
        }
        let app = App::open(database.clone(), options)?;
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(serve(app, listener, async { drop(stopped.await) }));
        drop(entered);
        Ok(Self { address, stop: Some(stop), runtime: Some(runtime) })
    }

    /// Waits until the server says that it can serve.
    ///
    /// # Errors
    /// When it does not within ten minutes.
    pub async fn ready(&self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(600) {
            let mut connection = load::Connection::open(self.address).await?;
            if connection.ask(&load::get("/readyz", "")).await?.status == 200 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        anyhow::bail!("the server is not ready")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// The client's runtime: one thread, so that the server has the others.
///
/// # Errors
/// When the system gives no thread.
pub fn client() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
