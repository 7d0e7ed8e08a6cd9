//! One client's stream: shared frames out, at its own pace, as long as it may follow.
//!
//! In: frames of the region. Out: messages into a channel of one place, which the connection empties as the client reads.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame as BodyFrame};
use tokio::{
    sync::{
        broadcast::{
            self,
            error::{RecvError, TryRecvError},
        },
        mpsc, watch,
    },
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until},
};

use super::{
    Live, Place,
    frame::{Frame, View},
    message::{LiveEnd, LiveMessage, ResyncReason},
};
use crate::{
    app::App,
    auth::{Caller, Permission},
};

/// What the connection reads from.
pub(super) struct LiveBody(mpsc::Receiver<Bytes>);

impl Body for LiveBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(BodyFrame::data(bytes))))
    }
}

/// What a stream needs to go on.
struct Watch {
    app: App,
    caller: Caller,
    sender: mpsc::Sender<Bytes>,
    recheck: Interval,
    stopping: watch::Receiver<bool>,
    _place: Place,
}

/// Why a stream ends.
enum Ended {
    /// The client is gone, or the server stops.
    Gone,
    /// The client may no longer follow.
    Refused,
}

impl Watch {
    /// Waits for `future` as long as the client is there and may follow.
    async fn until<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Ended> {
        let mut future = std::pin::pin!(future);
        loop {
            tokio::select! {
                done = &mut future => return Ok(done),
                () = self.sender.closed() => return Err(Ended::Gone),
                _ = self.stopping.wait_for(|stopping| *stopping) => return Err(Ended::Gone),
                _ = self.recheck.tick() => {}
            }
            let again = self.caller.again(&self.app).await;
            match again {
                Some(caller) if !caller.can(Permission::LiveFollow) => return Err(Ended::Refused),
                // Whose grants are others now comes back, and is shown what they see.
                Some(caller) if caller.0.grants != self.caller.0.grants => return Err(Ended::Gone),
                Some(_) => {}
                None => return Err(Ended::Refused),
            }
        }
    }
}

/// Where a client is, and what it hears.
struct Stream {
    live: Live,
    view: View,
    frames: broadcast::Receiver<Arc<Frame>>,
    /// Everything up to this position has been told.
    told: u64,
    heartbeat: Interval,
}

/// Opens a stream that goes on from `after`, a journal position, or from now. `head` is the store's.
pub(super) async fn open(
    app: App,
    live: Live,
    caller: Caller,
    place: Place,
    view: View,
    after: Option<u64>,
    head: u64,
) -> LiveBody {
    let (frames, published) = live.follow();
    let options = live.0.options;
    let first = match after {
        Some(after) if after > head => Frame::resync(&live.0.row, published, ResyncReason::TooFarBack),
        // What lies between is remembered, or the client must read everything again.
        Some(after) if after < published => live.frame(after, published).await,
        Some(_) | None => Frame::head(&live.0.row, published),
    };
    let (sender, receiver) = mpsc::channel(1);
    // The channel is empty: there is room for the first message.
    sender.try_send(first.bytes(&view)).ok();
    let stopping = app.stopping();
    let watch = Watch { app, caller, sender: sender.clone(), recheck: every(options.recheck), stopping, _place: place };
    let stream = Stream { live, view, frames, told: published, heartbeat: every(options.heartbeat) };
    tokio::spawn(stream.run(watch, sender));
    LiveBody(receiver)
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

impl Stream {
    async fn run(mut self, mut watch: Watch, sender: mpsc::Sender<Bytes>) {
        match self.tell(&mut watch, &sender).await {
            Ended::Gone => {}
            Ended::Refused => {
                let end = LiveMessage::End(LiveEnd { region: self.live.0.row.code.clone() });
                // A client that does not read learns it from the connection's end.
                sender.try_send(Bytes::from(end.to_bytes())).ok();
            }
        }
    }

    /// Tells the client what changes, until there is a reason not to.
    async fn tell(&mut self, watch: &mut Watch, sender: &mpsc::Sender<Bytes>) -> Ended {
        let interval = self.live.0.options.interval;
        let mut next = Instant::now();
        loop {
            // First room, then words: a client that does not read leaves its frames in the ring, which all share.
            let told = async {
                let Ok(permit) = watch.until(sender.reserve()).await? else { return Err(Ended::Gone) };
                watch.until(sleep_until(next)).await?;
                permit.send(self.message(watch).await?);
                Ok(())
            };
            if let Err(ended) = told.await {
                return ended;
            }
            // A message that was late must not make all later ones late: the next may follow sooner, and the mean stays.
            next = (next + interval).max(Instant::now() + interval / 2);
        }
    }

    /// The next message for this client.
    async fn message(&mut self, watch: &mut Watch) -> Result<Bytes, Ended> {
        self.heartbeat.reset();
        let woken = async {
            tokio::select! {
                frame = self.frames.recv() => Some(frame),
                _ = self.heartbeat.tick() => None,
            }
        };
        let frame = match watch.until(woken).await? {
            None => Arc::new(Frame::head(&self.live.0.row, self.told)),
            Some(Ok(frame)) if self.frames.is_empty() => frame,
            Some(Ok(frame)) => self.coalesced(frame.position).await,
            Some(Err(RecvError::Lagged(_))) => self.resynchronised(),
            Some(Err(RecvError::Closed)) => return Err(Ended::Gone),
        };
        self.told = frame.position;
        // Where people and places belong may be another now: whoever sees some of them comes back.
        if matches!(self.view, View::Within(_)) && frame.moves_places() {
            return Err(Ended::Gone);
        }
        Ok(frame.bytes(&self.view))
    }

    /// One message about all frames that wait.
    async fn coalesced(&mut self, mut to: u64) -> Arc<Frame> {
        loop {
            match self.frames.try_recv() {
                Ok(frame) => to = frame.position,
                Err(TryRecvError::Lagged(_)) => return self.resynchronised(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Arc::new(self.live.frame(self.told, to).await)
    }

    fn resynchronised(&mut self) -> Arc<Frame> {
        let (frames, published) = self.live.follow();
        self.frames = frames;
        Arc::new(Frame::resync(&self.live.0.row, published, ResyncReason::TooSlow))
    }
}
