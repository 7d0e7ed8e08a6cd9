//! What every handler shares: the database, a writer per region, the clock.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jifen_core::{engine::Region, time::Instant};
use jifen_store::{Database, RegionId, RegionRow, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;

use crate::{
    auth::{Federation, Permission, Principal, Reach, password::Passwords, signing::Signatures},
    board::{Boards, Reader},
    hall::{self, HallKeeper, Kept},
    live::{Live, LiveOptions},
    metric,
    node::Node,
    problem::Problem,
    public::http::PublicKept,
    space,
    whatif::WhatIfs,
    writer::{
        WriterError,
        queue::{OnFatal, QueueBounds, WriterQueue},
    },
};

/// What the process exits with when the store fails beyond recovery.
pub const STORAGE_EXIT_CODE: i32 = 4;

/// How an [`App`] is run.
#[derive(Clone)]
pub struct Options {
    /// How much may wait for each region's writer.
    pub bounds: QueueBounds,
    /// What to do when the store fails beyond recovery; see [`OnFatal`].
    pub on_fatal: OnFatal,
    /// The clock that events are received by; tests move their own.
    pub clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    /// How live streams are run.
    pub live: LiveOptions,
    /// Whether every client comes by TLS; else the header `X-Forwarded-Proto` says which do.
    pub https: bool,
    /// The alarm begins when the database's disk has less space; see [`space::FREE_BYTES_MIN`].
    pub free_bytes_min: u64,
    /// This process among those that serve the database; `None`: it is the only one.
    pub node: Option<Node>,
    /// Systems outside by which people sign in.
    pub federation: Federation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bounds: QueueBounds::default(),
            on_fatal: Arc::new(|error| {
                tracing::error!(%error, "the storage failed; the process stops so that nothing more is acknowledged");
                std::process::exit(STORAGE_EXIT_CODE)
            }),
            clock: Arc::new(|| Instant(jiff::Timestamp::now().as_millisecond())),
            live: LiveOptions::default(),
            https: false,
            free_bytes_min: space::FREE_BYTES_MIN,
            node: None,
            federation: Federation::default(),
        }
    }
}

/// The shared state of the HTTP server.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    database: Database,
    regions: BTreeMap<RegionId, Hosted>,
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    metrics: &'static PrometheusHandle,
    stopping: watch::Sender<bool>,
    passwords: Passwords,
    signatures: Signatures,
    https: bool,
    free_bytes_min: u64,
    public: PublicKept,
    whatifs: WhatIfs,
    node: Option<Node>,
    federation: Federation,
}

struct Hosted {
    row: RegionRow,
    writer: WriterQueue,
    live: Live,
    hall: HallKeeper,
    boards: Boards,
}

impl App {
    /// Starts a writer for every region of the database, and its checkpoints.
    ///
    /// # Errors
    /// As [`WriterQueue::start`].
    pub fn open(database: Database, options: Options) -> Result<Self, WriterError> {
        let mut regions = BTreeMap::new();
        for row in database.regions()? {
            let (bounds, on_fatal, node) = (options.bounds, options.on_fatal.clone(), options.node.clone());
            let writer = WriterQueue::start(&database, row.clone(), bounds, on_fatal, node)?;
            let live = Live::new(database.clone(), row.clone(), writer.clone(), options.live);
            let (hall, boards) = (HallKeeper::default(), Boards::default());
            regions.insert(row.id, Hosted { row, writer, live, hall, boards });
        }
        let on_fatal = options.on_fatal;
        database.start_checkpoints(Box::new(move |error: StoreError| on_fatal(&WriterError::Store(error))));
        let stopping = watch::Sender::new(false);
        let (passwords, https, free_bytes_min) = (Passwords::new(), options.https, options.free_bytes_min);
        let (clock, metrics) = (options.clock, metric::handle());
        let (public, whatifs) = (PublicKept::default(), WhatIfs::default());
        Ok(Self(Arc::new(Parts {
            database,
            regions,
            clock,
            metrics,
            stopping,
            passwords,
            signatures: Signatures::default(),
            https,
            free_bytes_min,
            public,
            whatifs,
            node: options.node,
            federation: options.federation,
        })))
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// This process among those that serve the database.
    pub(crate) fn node(&self) -> Option<&Node> {
        self.0.node.as_ref()
    }

    /// Now, by the options' clock.
    pub fn now(&self) -> Instant {
        (self.0.clock)()
    }

    /// A region served here.
    pub fn region_row(&self, id: RegionId) -> Option<RegionRow> {
        self.0.regions.get(&id).map(|hosted| hosted.row.clone())
    }

    /// Signatures that came while they were good.
    pub(crate) fn signatures(&self) -> &Signatures {
        &self.0.signatures
    }

    /// Where passwords are checked.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Systems outside by which people sign in.
    pub(crate) fn federation(&self) -> &Federation {
        &self.0.federation
    }

    /// Whether every client comes by TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.0.https
    }

    /// How much space the database's disk must have left.
    pub(crate) fn free_bytes_min(&self) -> u64 {
        self.0.free_bytes_min
    }

    /// The writer of the principal's region.
    ///
    /// # Errors
    /// [`Problem::NotFound`] when the region is not served here.
    pub fn writer(&self, principal: &Principal) -> Result<&WriterQueue, Problem> {
        let hosted = self.0.regions.get(&principal.region.id);
        hosted.map(|hosted| &hosted.writer).ok_or_else(|| Problem::NotFound("region".to_owned()))
    }

    /// The live part of the principal's region.
    pub(crate) fn live(&self, principal: &Principal) -> Result<Live, Problem> {
        let hosted = self.0.regions.get(&principal.region.id);
        hosted.map(|hosted| hosted.live.clone()).ok_or_else(|| Problem::NotFound("region".to_owned()))
    }

    /// What the public pages were answered last.
    pub(crate) fn public_kept(&self) -> &PublicKept {
        &self.0.public
    }

    /// Drafts of rules that are being tried.
    pub(crate) fn whatifs(&self) -> &WhatIfs {
        &self.0.whatifs
    }

    /// Tells everything that would go on forever to end.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Becomes true when the server stops.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    /// The regions served here.
    pub(crate) fn region_rows(&self) -> Vec<RegionRow> {
        self.0.regions.values().map(|hosted| hosted.row.clone()).collect()
    }

    /// The writer of a region served here.
    pub(crate) fn writer_of(&self, region: RegionId) -> Option<&WriterQueue> {
        self.0.regions.get(&region).map(|hosted| &hosted.writer)
    }

    /// The resident state of a region served here.
    pub(crate) fn resident(&self, region: RegionId) -> Option<Arc<Region>> {
        self.writer_of(region).map(WriterQueue::region)
    }

    /// All writers with their regions' codes.
    pub fn writers(&self) -> impl Iterator<Item = (&str, &WriterQueue)> {
        self.0.regions.values().map(|hosted| (hosted.row.code.as_str(), &hosted.writer))
    }

    /// The program's metrics.
    pub fn metrics(&self) -> &PrometheusHandle {
        self.0.metrics
    }

    /// Runs `read` on a thread that may block, with the database, the principal's region and its resident state.
    ///
    /// # Errors
    /// Whatever `read` answers.
    pub async fn read<T: Send + 'static>(
        &self,
        principal: &Principal,
        read: impl FnOnce(&Database, &RegionRow, &Region) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (database, row) = (self.0.database.clone(), principal.region.clone());
        let region = self.writer(principal)?.region();
        blocking(move || read(&database, &row, &region)).await
    }

    /// As [`App::read`], with what the principal sees by `permission`.
    ///
    /// # Errors
    /// Whatever `read` answers; store faults.
    pub(crate) async fn read_within<T: Send + 'static>(
        &self,
        principal: &Principal,
        permission: Permission,
        read: impl FnOnce(&Database, &RegionRow, &Region, &Reach) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let asker = principal.clone();
        self.read(principal, move |database, row, region| {
            read(database, row, region, &Reach::of(&asker, permission, database, row, region)?)
        })
        .await
    }

    /// As [`App::read_within`], with the region's hall day folded on to the journal's head, and the clock.
    ///
    /// # Errors
    /// Whatever `read` answers; store faults.
    pub(crate) async fn read_hall<T: Send + 'static>(
        &self,
        principal: &Principal,
        permission: Permission,
        read: impl FnOnce(&Database, &RegionRow, &Region, &Hall<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = self.clone();
        let id = principal.region.id;
        self.read_within(principal, permission, move |database, row, region, reach| {
            let hosted = app.0.regions.get(&id).ok_or_else(|| Problem::NotFound("region".to_owned()))?;
            let kept = hall::fold_on(&hosted.hall, database, row, region, hall::READER_TIME)?;
            read(database, row, region, &Hall { kept: &kept, clock: app.now(), reach })
        })
        .await
    }

    /// Folds a region's hall day on for at most `time`; how many records it is behind then.
    pub(crate) fn fold_hall(&self, region: RegionId, time: Duration) -> Result<u64, StoreError> {
        let Some(hosted) = self.0.regions.get(&region) else { return Ok(0) };
        let folded = hall::fold_on(&hosted.hall, &self.0.database, &hosted.row, &hosted.writer.region(), time)?;
        Ok(folded.behind)
    }

    /// Runs `read` on a thread that may block, with what the principal sees by `permission` of the boards of its region.
    ///
    /// # Errors
    /// Whatever `read` answers; store faults.
    pub(crate) async fn read_boards<T: Send + 'static>(
        &self,
        principal: &Principal,
        permission: Permission,
        read: impl FnOnce(&Reader<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (app, row, asker) = (self.clone(), principal.region.clone(), principal.clone());
        blocking(move || {
            let hosted = app.0.regions.get(&row.id).ok_or_else(|| Problem::NotFound("region".to_owned()))?;
            let region = hosted.writer.region();
            let reach = Reach::of(&asker, permission, app.database(), &row, &region)?;
            read(&Reader::keeping(app.database(), &row, &region, &hosted.boards, &hosted.writer).within(reach))
        })
        .await
    }

    /// As [`App::read_boards`], with the region's hall day folded on to the journal's head, and the clock.
    ///
    /// # Errors
    /// Whatever `read` answers; store faults.
    pub(crate) async fn read_screen<T: Send + 'static>(
        &self,
        principal: &Principal,
        read: impl FnOnce(&Reader<'_>, &Kept, Instant) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (app, id) = (self.clone(), principal.region.id);
        self.read_boards(principal, Permission::ScreenRead, move |reader| {
            let hosted = app.0.regions.get(&id).ok_or_else(|| Problem::NotFound("region".to_owned()))?;
            let kept = hall::fold_on(&hosted.hall, reader.database, reader.row, reader.region, hall::READER_TIME)?;
            read(reader, &kept, app.now())
        })
        .await
    }
}

/// The hall's day as somebody may see it.
pub(crate) struct Hall<'a> {
    pub(crate) kept: &'a Kept,
    /// Now.
    pub(crate) clock: Instant,
    pub(crate) reach: &'a Reach,
}

/// Runs `work` on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(Problem::Inconsistent(format!("a reading task failed: {error}"))))
}
