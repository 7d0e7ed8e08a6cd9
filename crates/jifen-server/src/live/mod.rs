//! Live: what commits change → the streams that follow. Server-sent events whose cursor is the journal position.
//!
//! In: the writer's head and feed. Out: at most one [`Frame`] an interval and region, made once and shared by every stream.
//!
//! **Invariants.** A stream is told of every change after its position, or to resynchronise. What waits for one client is
//! bounded: it holds a place in the shared ring of frames and never a queue of its own.

mod frame;
pub(crate) mod http;
mod message;
mod stream;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jifen_store::{Database, Head, RegionRow};
use tokio::sync::broadcast;

pub use message::{LiveChange, LiveEnd, LiveHead, LiveMessage, LiveResync, LiveSubject, ResyncReason};

use crate::{app::blocking, problem::Problem, writer::queue::WriterQueue};
use frame::Frame;

/// Mean time between two messages to one client, at least: five a second.
pub const INTERVAL: Duration = Duration::from_millis(200);
/// How often a stream asks whether its client may still follow.
pub const RECHECK: Duration = Duration::from_secs(2);
/// How often a quiet stream says that it lives.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// Most streams of one account: a hall's screens and desks, and not a thousand.
pub const STREAMS_PER_ACCOUNT_MAX: usize = 32;
/// Frames a client may be behind before it must resynchronise: about three seconds.
const FRAMES_BEHIND_MAX: usize = 16;

/// How streams are run; tests change it.
#[derive(Clone, Copy, Debug)]
pub struct LiveOptions {
    /// See [`INTERVAL`].
    pub interval: Duration,
    /// See [`RECHECK`].
    pub recheck: Duration,
    /// See [`HEARTBEAT`].
    pub heartbeat: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self { interval: INTERVAL, recheck: RECHECK, heartbeat: HEARTBEAT }
    }
}

/// The live part of one region.
#[derive(Clone)]
pub(crate) struct Live(Arc<Inner>);

struct Inner {
    database: Database,
    row: RegionRow,
    writer: WriterQueue,
    options: LiveOptions,
    frames: broadcast::Sender<Arc<Frame>>,
    published: Mutex<Published>,
    places: Mutex<BTreeMap<String, usize>>,
}

/// How far the frames go.
struct Published {
    /// Journal position.
    position: u64,
    /// Whether a task makes frames; nobody follows otherwise.
    running: bool,
}

impl Live {
    pub(crate) fn new(database: Database, row: RegionRow, writer: WriterQueue, options: LiveOptions) -> Self {
        let published = Mutex::new(Published { position: writer.head().borrow().journal, running: false });
        let (frames, _) = broadcast::channel(FRAMES_BEHIND_MAX);
        Self(Arc::new(Inner { database, row, writer, options, frames, published, places: Mutex::default() }))
    }

    /// The frames from now on, and the position they go on from.
    fn follow(&self) -> (broadcast::Receiver<Arc<Frame>>, u64) {
        let mut published = self.published();
        let frames = self.0.frames.subscribe();
        if !published.running {
            let mut heads = self.0.writer.head();
            *published = Published { position: heads.borrow_and_update().journal, running: true };
            tokio::spawn(self.clone().publish(heads));
        }
        (frames, published.position)
    }

    /// Makes frames as long as somebody follows.
    async fn publish(self, mut heads: tokio::sync::watch::Receiver<Head>) {
        loop {
            let changed = heads.changed().await;
            // What a frame takes to make is part of the interval, not added to what the next one waits.
            let next = tokio::time::Instant::now() + self.0.options.interval;
            let (from, to) = (self.published().position, heads.borrow_and_update().journal);
            let frame = self.frame(from, to).await;
            if changed.is_err() || !self.send(frame) {
                return;
            }
            tokio::time::sleep_until(next).await;
        }
    }

    /// Hands a frame to everybody who follows; says whether anybody does.
    fn send(&self, frame: Frame) -> bool {
        let mut published = self.published();
        published.running = self.0.frames.receiver_count() > 0;
        if published.running {
            published.position = frame.position;
            self.0.frames.send(Arc::new(frame)).ok();
        }
        published.running
    }

    /// One message about everything between two positions, or the order to resynchronise.
    async fn frame(&self, from: u64, to: u64) -> Frame {
        let live = self.clone();
        let made = blocking(move || live.render(from, to)).await;
        made.unwrap_or_else(|problem| {
            tracing::warn!(?problem, "a live message could not be made; streams resynchronise");
            Frame::resync(&self.0.row, to, ResyncReason::TooFarBack)
        })
    }

    fn render(&self, from: u64, to: u64) -> Result<Frame, Problem> {
        match self.0.writer.feed().since(from, to) {
            Some(commits) if commits.is_empty() => Ok(Frame::head(&self.0.row, to)),
            Some(commits) => Frame::change(&self.0.database, &self.0.row, &self.0.writer.region(), &commits),
            None => Ok(Frame::resync(&self.0.row, to, ResyncReason::TooFarBack)),
        }
    }

    /// Takes a place for a stream of this account.
    fn take_place(&self, account: &str) -> Result<Place, Problem> {
        let mut places = self.0.places.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = places.entry(account.to_owned()).or_default();
        if *taken >= STREAMS_PER_ACCOUNT_MAX {
            return Err(Problem::TooManyStreams { limit: STREAMS_PER_ACCOUNT_MAX });
        }
        *taken += 1;
        metrics::gauge!("jifen_live_streams").increment(1);
        Ok(Place { live: self.clone(), account: account.to_owned() })
    }

    fn published(&self) -> MutexGuard<'_, Published> {
        self.0.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream's place among those of its account; dropped with the stream.
struct Place {
    live: Live,
    account: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.live.0.places.lock().unwrap_or_else(PoisonError::into_inner);
        metrics::gauge!("jifen_live_streams").decrement(1);
        if let Some(taken) = places.get_mut(&self.account) {
            *taken -= 1;
            if *taken == 0 {
                places.remove(&self.account);
            }
        }
    }
}
