//! The queue before a region's thread; requests wait here and are committed, or relayed to the node that writes, in groups.
//!
//! In: submissions from any task. Out: outcomes after the commit that holds them. A batch is whatever queued while the
//! previous commit ran, so a single event never waits for a timer and many at once share one fsync.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jifen_core::engine::Region;
use jifen_store::{Claim, Database, Head, RegionRow};
use tokio::sync::{oneshot, watch};

use super::{
    Arrival, BATCH_EVENTS_MAX, Committed, Feed, Outcome, Purpose, RegionWriter, WriterError,
    follower::Follower,
    restore_region,
    thread::{Role, WriterThread},
};
use crate::node::{self, Node, Signal};

/// Most bytes of one transaction, as they came in.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most events that may wait; about one second of work on a slow disk.
pub const QUEUE_EVENTS_MAX: usize = 4 * BATCH_EVENTS_MAX;
/// Most bytes that may wait.
pub const QUEUE_BYTES_MAX: usize = 4 * BATCH_BYTES_MAX;
/// How long an answer to a person waits until it can be read here what another node wrote.
const READABLE_WAIT: Duration = Duration::from_secs(1);

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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    /// Whether it was kept is not known; sending it again tells.
    #[error("whether the events were kept is not known; send them again, their ids tell")]
    Unknown,
    /// Relayed to a node that does not write the region.
    #[error("another node writes this region")]
    Elsewhere,
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
    /// Opens the region's writer and starts its thread; as a node beside others, where one of them writes the region, follows that one.
    ///
    /// # Errors
    /// As [`RegionWriter::open`].
    pub fn start(
        database: &Database,
        row: RegionRow,
        bounds: QueueBounds,
        on_fatal: OnFatal,
        node: Option<Node>,
    ) -> Result<Self, WriterError> {
        let claim = node.as_ref().map_or(Ok(Claim::Mine), |node| node.claim(row.id))?;
        let (role, region, head) = match claim {
            Claim::Mine => {
                let writer = Box::new(RegionWriter::open(database, &row.code)?);
                let (region, head) = (writer.region().clone(), writer.head());
                (Role::Here(Some(writer)), region, head)
            }
            Claim::Theirs(_) => {
                // First the head: what is read of the region is never older.
                let head = database.head(row.id)?;
                (Role::Elsewhere(None), restore_region(database, &row)?, head)
            }
        };
        let shared = Arc::new(Shared {
            bounds,
            queue: Mutex::default(),
            arrived: Condvar::new(),
            publishing: Mutex::new(()),
            is_here: AtomicBool::new(matches!(role, Role::Here(_))),
            head: watch::Sender::new(head),
            feed: Feed::default(),
            region: RwLock::new(Arc::new(region)),
            commits: AtomicU64::new(0),
        });
        let signal = node.as_ref().map(|node| node.signal(row.id));
        if let (Some(node), Some(signal)) = (&node, &signal) {
            let (node, signal) = (node.clone(), signal.clone());
            let (database, row, shared) = (database.clone(), row.clone(), shared.clone());
            let follower = Follower { database, row, shared, node, signal, link: None };
            node::spawn(&format!("follower-{}", follower.row.code), || follower.run())?;
        }
        let name = format!("writer-{}", row.code);
        let thread = WriterThread {
            database: database.clone(),
            row,
            role,
            shared: shared.clone(),
            on_fatal,
            node,
            given: None,
            is_unanswered: false,
        };
        node::spawn(&name, || thread.run())?;
        Ok(Self { _closer: Arc::new(Closer { shared: shared.clone(), signal }), shared })
    }

    /// Queues arrivals that took `bytes` on the wire and waits until they are durable; outcome i belongs to arrival i.
    ///
    /// # Errors
    /// [`SubmitError`]; nothing of the submission was kept, except after [`SubmitError::Stopped`] and [`SubmitError::Unknown`], when it
    /// is unknown.
    pub async fn submit(&self, arrivals: Vec<Arrival>, bytes: usize) -> Result<Vec<Outcome>, SubmitError> {
        let for_person = arrivals.iter().any(|arrival| arrival.purpose != Purpose::Feed);
        let outcomes = self.queue(arrivals, bytes, false).await?;
        if for_person {
            self.await_readable(&outcomes).await;
        }
        Ok(outcomes)
    }

    /// The same for what another node relays: it is refused where this node does not write the region either.
    pub(crate) async fn submit_relayed(
        &self,
        arrivals: Vec<Arrival>,
        bytes: usize,
    ) -> Result<Vec<Outcome>, SubmitError> {
        self.queue(arrivals, bytes, true).await
    }

    /// A person who did something reads next what came of it.
    async fn await_readable(&self, outcomes: &[Outcome]) {
        let positions = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Accepted { position } | Outcome::Repeated { position } => Some(*position),
            Outcome::Conflicting { .. } | Outcome::Rejected { .. } | Outcome::Quarantined { .. } => None,
        });
        let last = positions.max().unwrap_or(0);
        let mut heads = self.head();
        let readable = heads.wait_for(|head| head.journal >= last);
        // Later is no error: what was done is done.
        tokio::time::timeout(READABLE_WAIT, readable).await.ok();
    }

    async fn queue(&self, arrivals: Vec<Arrival>, bytes: usize, relayed: bool) -> Result<Vec<Outcome>, SubmitError> {
        if arrivals.len() > BATCH_EVENTS_MAX || bytes > BATCH_BYTES_MAX {
            return Err(SubmitError::TooLarge);
        }
        let (reply, answer) = oneshot::channel();
        self.shared.push(Job { arrivals, bytes, relayed, reply })?;
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

    /// Whether the region is written by this process.
    pub fn is_here(&self) -> bool {
        self.shared.is_here()
    }

    /// Transactions committed here since the start.
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

pub(super) struct Job {
    pub(super) arrivals: Vec<Arrival>,
    pub(super) bytes: usize,
    /// Another node sent it here, so it goes no further.
    pub(super) relayed: bool,
    pub(super) reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    events: usize,
    bytes: usize,
    closed: bool,
}

pub(super) struct Shared {
    bounds: QueueBounds,
    queue: Mutex<Queue>,
    arrived: Condvar,
    /// Held while head, feed and region move: the thread that writes and the one that follows take turns when the role changes.
    publishing: Mutex<()>,
    is_here: AtomicBool,
    head: watch::Sender<Head>,
    feed: Feed,
    region: RwLock<Arc<Region>>,
    commits: AtomicU64,
}

/// What the thread does next.
pub(super) enum Turn {
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

    pub(super) fn is_here(&self) -> bool {
        self.is_here.load(Ordering::Acquire)
    }

    pub(super) fn head(&self) -> Head {
        *self.head.borrow()
    }

    pub(super) fn count_commit(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells what a commit, here or elsewhere, changed, and where it led. Heads only grow: what is known already is passed over.
    pub(super) fn publish(&self, region: Option<Arc<Region>>, committed: Option<Committed>, head: Head) {
        let _turn = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.head();
        if head.journal < before.journal {
            return;
        }
        // INVARIANT: first the region, then what changed, then the head: who sees a head finds all that led to it.
        if let Some(region) = region {
            *self.region.write().unwrap_or_else(PoisonError::into_inner) = region;
        }
        if head.journal == before.journal {
            return;
        }
        match committed {
            Some(committed) if committed.before == before => self.feed.push(committed),
            // What lies between is not known here: nothing may be told across it.
            Some(_) | None => self.feed.forget(),
        }
        self.head.send_replace(head);
    }

    /// The region is written here from now on, beginning at `head`.
    pub(super) fn take_up(&self, region: Arc<Region>, head: Head) {
        self.is_here.store(true, Ordering::Release);
        self.publish(Some(region), None, head);
    }

    /// The region is written elsewhere from now on.
    pub(super) fn let_go(&self) {
        self.is_here.store(false, Ordering::Release);
    }

    /// Waits for submissions, at most for `idle` if given, and takes as many as one transaction holds.
    pub(super) fn take(&self, idle: Option<Duration>) -> Turn {
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
    pub(super) fn abandon(&self) {
        let mut queue = self.lock();
        *queue = Queue { closed: true, ..Queue::default() };
    }
}

/// Closes the queue when the last handle goes; what waits is still written.
struct Closer {
    shared: Arc<Shared>,
    /// Of the thread that follows.
    signal: Option<Arc<Signal>>,
}

impl Drop for Closer {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(signal) = &self.signal {
            signal.end();
        }
    }
}
