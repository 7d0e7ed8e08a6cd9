//! A thread per region that owns its [`RegionWriter`]; requests queue here and are committed in groups.
//!
//! In: submissions from any task. Out: outcomes after the commit that holds them. A batch is whatever queued while the
//! previous commit ran, so a single event never waits for a timer and many at once share one fsync.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use jifen_core::engine::Region;
use jifen_store::{Database, Head, RegionRow};
use tokio::sync::{oneshot, watch};

use super::{Arrival, BATCH_EVENTS_MAX, Feed, Outcome, RegionWriter, WriterError};

/// Most bytes of one transaction, as they came in.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most events that may wait; about one second of work on a slow disk.
pub const QUEUE_EVENTS_MAX: usize = 4 * BATCH_EVENTS_MAX;
/// Most bytes that may wait.
pub const QUEUE_BYTES_MAX: usize = 4 * BATCH_BYTES_MAX;
/// After a full disk the writer looks this often whether it can go on.
const REOPEN_AFTER: Duration = Duration::from_secs(2);

/// How much may wait for one region's writer.
#[derive(Clone, Copy, Debug)]
pub struct QueueBounds {
    /// Events.
    pub events: usize,
    /// Bytes as they came in.
    pub bytes: usize,
}

impl Default for QueueBounds {
    fn default() -> Self {
        Self { events: QUEUE_EVENTS_MAX, bytes: QUEUE_BYTES_MAX }
    }
}

/// What the process does when the store fails in a way that leaves durability unknown. It must not return to business:
/// the queue stops by itself, but only ending the process keeps other parts from acknowledging anything.
pub type OnFatal = Arc<dyn Fn(&WriterError) + Send + Sync>;

/// Why a submission was not kept.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Too much is waiting.
    #[error("too many events are waiting; send the batch again later")]
    Busy,
    /// More than one transaction takes.
    #[error("the batch is larger than {BATCH_EVENTS_MAX} events or {BATCH_BYTES_MAX} bytes; send it in parts")]
    TooLarge,
    /// The disk is full.
    #[error("the disk is full; nothing of the batch was kept")]
    StorageFull,
    /// The writer has stopped; reads go on.
    #[error("the writer of this region has stopped; an operator must look at the log")]
    Stopped,
}

/// A handle on one region's writer thread. The thread ends when the last handle is dropped.
#[derive(Clone)]
pub struct WriterQueue {
    shared: Arc<Shared>,
    _closer: Arc<Closer>,
}

impl WriterQueue {
    /// Opens the region's writer and starts its thread.
    ///
    /// # Errors
    /// As [`RegionWriter::open`].
    pub fn start(
        database: &Database,
        row: RegionRow,
        bounds: QueueBounds,
        on_fatal: OnFatal,
    ) -> Result<Self, WriterError> {
        let writer = RegionWriter::open(database, &row.code)?;
        let region = RwLock::new(Arc::new(writer.region().clone()));
        let shared = Arc::new(Shared {
            bounds,
            queue: Mutex::default(),
            arrived: Condvar::new(),
            head: watch::Sender::new(writer.head()),
            feed: Feed::default(),
            region,
            commits: AtomicU64::new(0),
        });
        let name = format!("writer-{}", row.code);
        let thread =
            WriterThread { database: database.clone(), row, writer: Some(writer), shared: shared.clone(), on_fatal };
        thread::Builder::new()
            .name(name)
            .spawn(|| thread.run())
            .map_err(|error| WriterError::Broken(format!("no thread for the writer: {error}")))?;
        Ok(Self { _closer: Arc::new(Closer(shared.clone())), shared })
    }

    /// Queues arrivals that took `bytes` on the wire and waits until they are durable; outcome i belongs to arrival i.
    ///
    /// # Errors
    /// [`SubmitError`]; nothing of the submission was kept, except after [`SubmitError::Stopped`], when it is unknown.
    pub async fn submit(&self, arrivals: Vec<Arrival>, bytes: usize) -> Result<Vec<Outcome>, SubmitError> {
        if arrivals.len() > BATCH_EVENTS_MAX || bytes > BATCH_BYTES_MAX {
            return Err(SubmitError::TooLarge);
        }
        let (reply, answer) = oneshot::channel();
        self.shared.push(Job { arrivals, bytes, reply })?;
        answer.await.unwrap_or(Err(SubmitError::Stopped))
    }

    /// Committed head positions as they grow.
    pub fn head(&self) -> watch::Receiver<Head> {
        self.shared.head.subscribe()
    }

    /// What recent transactions changed. It is never behind [`Self::head`].
    pub fn feed(&self) -> &Feed {
        &self.shared.feed
    }

    /// The resident state as of a recent commit: never older than the last change of organisation, rules or periods.
    pub fn region(&self) -> Arc<Region> {
        self.shared.region.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Transactions committed since the start.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    /// Whether the thread still takes submissions.
    pub fn is_running(&self) -> bool {
        !self.shared.lock().closed
    }

    /// Events that wait now.
    pub fn waiting(&self) -> usize {
        self.shared.lock().events
    }
}

struct Job {
    arrivals: Vec<Arrival>,
    bytes: usize,
    reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    events: usize,
    bytes: usize,
    closed: bool,
}

struct Shared {
    bounds: QueueBounds,
    queue: Mutex<Queue>,
    arrived: Condvar,
    head: watch::Sender<Head>,
    feed: Feed,
    region: RwLock<Arc<Region>>,
    commits: AtomicU64,
}

/// What the thread does next.
enum Turn {
    Append(Vec<Job>),
    Idle,
    End,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job) -> Result<(), SubmitError> {
        let mut queue = self.lock();
        if queue.closed {
            return Err(SubmitError::Stopped);
        }
        let over =
            queue.events + job.arrivals.len() > self.bounds.events || queue.bytes + job.bytes > self.bounds.bytes;
        if over && !queue.jobs.is_empty() {
            return Err(SubmitError::Busy);
        }
        queue.events += job.arrivals.len();
        queue.bytes += job.bytes;
        queue.jobs.push_back(job);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for submissions, at most for `idle` if given, and takes as many as one transaction holds.
    fn take(&self, idle: Option<Duration>) -> Turn {
        let mut queue = self.lock();
        let deadline = idle.map(|idle| Instant::now() + idle);
        while queue.jobs.is_empty() && !queue.closed {
            let Some(deadline) = deadline else {
                queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Turn::Idle;
            }
            queue = self.arrived.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let (mut jobs, mut events, mut bytes) = (Vec::new(), 0, 0);
        while let Some(job) = queue.jobs.pop_front_if(|job| {
            let fits = events + job.arrivals.len() <= BATCH_EVENTS_MAX && bytes + job.bytes <= BATCH_BYTES_MAX;
            fits || events == 0
        }) {
            events += job.arrivals.len();
            bytes += job.bytes;
            jobs.push(job);
        }
        queue.events -= events;
        queue.bytes -= bytes;
        if jobs.is_empty() { Turn::End } else { Turn::Append(jobs) }
    }

    fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        self.arrived.notify_all();
    }

    /// Closes and forgets what waits: whoever waits for an answer learns that the writer has stopped.
    fn abandon(&self) {
        let mut queue = self.lock();
        *queue = Queue { closed: true, ..Queue::default() };
    }
}

/// Closes the queue when the last handle goes; what waits is still written.
struct Closer(Arc<Shared>);

impl Drop for Closer {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct WriterThread {
    database: Database,
    row: RegionRow,
    /// `None` after a full disk, until it could be opened again.
    writer: Option<RegionWriter>,
    shared: Arc<Shared>,
    on_fatal: OnFatal,
}

impl Drop for WriterThread {
    // Also on a panic: nobody may wait for a thread that is gone.
    fn drop(&mut self) {
        self.shared.abandon();
    }
}

impl WriterThread {
    fn run(mut self) {
        loop {
            let turn = self.shared.take(self.idle());
            let done = match turn {
                Turn::Append(jobs) => self.append(jobs),
                Turn::Idle => self.on_writer(|writer| writer.settle_some().map(drop)),
                Turn::End => return,
            };
            match done {
                Ok(()) => {}
                Err(WriterError::StorageFull) => {
                    tracing::error!(
                        region = self.row.code,
                        "the disk is full: events are refused until there is space"
                    );
                    self.writer = None;
                }
                Err(error) => return self.stop(&error),
            }
        }
    }

    /// How long to wait for submissions before turning to something else.
    fn idle(&self) -> Option<Duration> {
        match &self.writer {
            None => Some(REOPEN_AFTER),
            Some(writer) if writer.region().pending().is_some() => Some(Duration::ZERO),
            Some(_) => None,
        }
    }

    fn append(&mut self, jobs: Vec<Job>) -> Result<(), WriterError> {
        let started = Instant::now();
        let mut arrivals = Vec::new();
        let mut replies = Vec::with_capacity(jobs.len());
        for job in jobs {
            replies.push((job.arrivals.len(), job.reply));
            arrivals.extend(job.arrivals);
        }
        metrics::histogram!("jifen_writer_batch_events").record(arrivals.len() as f64);
        match self.on_writer(|writer| writer.append(arrivals)) {
            Ok(outcomes) => {
                metrics::histogram!("jifen_writer_commit_seconds").record(started.elapsed().as_secs_f64());
                let mut outcomes = outcomes.into_iter();
                for (count, reply) in replies {
                    // A client that has gone away is no error: its events are kept, and a retry is a repeat.
                    reply.send(Ok(outcomes.by_ref().take(count).collect())).ok();
                }
                Ok(())
            }
            Err(WriterError::StorageFull) => {
                for (_, reply) in replies {
                    reply.send(Err(SubmitError::StorageFull)).ok();
                }
                Err(WriterError::StorageFull)
            }
            // INVARIANT: `stop` runs before the replies are dropped, so nothing is answered after a fatal fault.
            Err(error) => {
                self.stop(&error);
                Err(WriterError::Poisoned)
            }
        }
    }

    /// Runs `work` on the writer, opened again if need be, then publishes what it committed.
    fn on_writer<T>(
        &mut self,
        work: impl FnOnce(&mut RegionWriter) -> Result<T, WriterError>,
    ) -> Result<T, WriterError> {
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => RegionWriter::open(&self.database, &self.row.code)?,
        };
        let (head, revision) = (writer.head(), writer.revision());
        let result = work(&mut writer)?;
        if writer.revision() != revision {
            let region = Arc::new(writer.region().clone());
            *self.shared.region.write().unwrap_or_else(PoisonError::into_inner) = region;
        }
        // INVARIANT: first the region, then what changed, then the head: who sees a head finds all that led to it.
        if let Some(committed) = writer.take_committed() {
            self.shared.feed.push(committed);
        }
        if writer.head() != head {
            self.shared.commits.fetch_add(1, Ordering::Relaxed);
            self.shared.head.send_replace(writer.head());
        }
        self.writer = Some(writer);
        Ok(result)
    }

    fn stop(&self, error: &WriterError) {
        if matches!(error, WriterError::Poisoned) {
            return;
        }
        tracing::error!(region = self.row.code, %error, "the writer stops");
        if error.is_fatal() {
            (self.on_fatal)(error);
        }
    }
}
