//! The thread of one region: it writes what is queued, or relays it to the node that writes the region.
//!
//! In: submissions. Out: their answers. Where no other process can write the database, it always writes.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use jifen_store::{Claim, Database, RegionRow, StoreError};
use tokio::sync::oneshot;

use super::{
    Arrival, Outcome, RegionWriter, WriterError,
    queue::{Job, OnFatal, Shared, SubmitError, Turn},
};
use crate::node::{
    Node,
    link::Link,
    wire::{EVENTS_PATH, Relay, Relayed, RelayedEvent, RelayedRefusal, decode, encode},
};

/// After a fault that may pass, a full disk say, the writer looks this often whether it can go on.
const REOPEN_AFTER: Duration = Duration::from_secs(2);
/// How often a thread looks whether the region is still, or could be, this node's.
const LOOK_AFTER: Duration = Duration::from_millis(250);
/// How long events are kept for a region that nobody writes before their sender is told to ask again.
const RELAY_PATIENCE: Duration = Duration::from_secs(30);
/// How long a region that was given away is left to others; longer than a node takes to look.
const GIVEN_FOR: Duration = Duration::from_secs(3);
/// Between two tries to find who writes a region.
const RELAY_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct WriterThread {
    pub(super) database: Database,
    pub(super) row: RegionRow,
    pub(super) role: Role,
    pub(super) shared: Arc<Shared>,
    pub(super) on_fatal: OnFatal,
    /// `None`: no other process can write the database.
    pub(super) node: Option<Node>,
    /// When the region was given away; one that nobody took is not given again.
    pub(super) given: Option<Instant>,
    /// Whether the database did not say, when last asked, who writes the region.
    pub(super) is_unanswered: bool,
}

/// Where the region is written.
pub(super) enum Role {
    /// Here; `None` after a fault that may pass, until it could be opened again.
    Here(Option<Box<RegionWriter>>),
    /// On another node, or on none: the link to the one that was asked last.
    Elsewhere(Option<Link>),
}

/// Who waits for how many outcomes.
type Replies = Vec<(usize, oneshot::Sender<Result<Vec<Outcome>, SubmitError>>)>;

impl Drop for WriterThread {
    // Also on a panic: nobody may wait for a thread that is gone.
    fn drop(&mut self) {
        self.shared.abandon();
        if matches!(self.role, Role::Here(_)) {
            self.database.release(self.row.id);
        }
    }
}

impl WriterThread {
    pub(super) fn run(mut self) {
        loop {
            let turn = self.shared.take(self.idle());
            let done = match (turn, &self.role) {
                (Turn::End, _) => return,
                (Turn::Append(jobs), Role::Here(_)) => self.append_jobs(jobs),
                (Turn::Append(jobs), Role::Elsewhere(_)) => self.relay(jobs),
                (Turn::Idle, _) => self.look(),
            };
            match done {
                Ok(()) => self.give(),
                Err(WriterError::StorageFull) => {
                    tracing::error!(
                        region = self.row.code,
                        "the disk is full: events are refused until there is space"
                    );
                    self.role = Role::Here(None);
                }
                Err(WriterError::Store(StoreError::Superseded { holder })) => self.step_down(&holder),
                Err(error) if error.may_pass() => {
                    tracing::warn!(region = self.row.code, %error, "the region cannot be written; it is tried again");
                    self.role = Role::Here(None);
                }
                Err(error) => return self.stop(&error),
            }
        }
    }

    /// How long to wait for submissions before turning to something else.
    fn idle(&self) -> Option<Duration> {
        let look = self.node.is_some().then_some(LOOK_AFTER);
        match &self.role {
            Role::Here(None) => Some(REOPEN_AFTER),
            Role::Here(Some(writer)) if writer.region().pending().is_some() => Some(Duration::ZERO),
            Role::Here(Some(_)) | Role::Elsewhere(_) => look,
        }
    }

    /// Between submissions: recalculates where the region is written here, takes it where nobody has it.
    fn look(&mut self) -> Result<(), WriterError> {
        self.see_taker();
        match (&self.role, &self.node) {
            (Role::Here(_), Some(_)) if !self.database.holds(self.row.id) => {
                Err(StoreError::Superseded { holder: "another node".to_owned() }.into())
            }
            (Role::Here(Some(writer)), _) if writer.region().pending().is_none() => Ok(()),
            (Role::Here(_), _) => self.on_writer(|writer| writer.settle_some().map(drop)),
            (Role::Elsewhere(_), Some(node)) if node.is_free(self.row.id) && !self.is_given() => self.claim().map(drop),
            (Role::Elsewhere(_), _) => Ok(()),
        }
    }

    /// Gives the region to a node that writes fewer: with its commits it takes their work. What is queued here is relayed to it.
    fn give(&mut self) {
        let should = self.node.as_ref().is_some_and(|node| node.should_give(self.row.id));
        if should && self.given.is_none() && matches!(self.role, Role::Here(Some(_))) {
            tracing::info!(region = self.row.code, "another node writes fewer regions: it may have this one");
            self.given = Some(Instant::now());
            self.let_go();
        }
    }

    /// Whether the region was given away just now, and nobody is known to have taken it.
    fn is_given(&self) -> bool {
        self.given.is_some_and(|given| given.elapsed() < GIVEN_FOR)
    }

    /// Sees who took a region that was given away.
    fn see_taker(&mut self) {
        let (Role::Elsewhere(_), Some(_), Some(node)) = (&self.role, self.given, &self.node) else { return };
        if let Some(taker) = node.other_holder(self.row.id) {
            self.given = None;
            self.role = Role::Elsewhere(Some(Link::to(&taker.address)));
        }
    }

    fn append_jobs(&mut self, jobs: Vec<Job>) -> Result<(), WriterError> {
        let mut arrivals = Vec::new();
        let mut replies = Vec::with_capacity(jobs.len());
        for job in jobs {
            replies.push((job.arrivals.len(), job.reply));
            arrivals.extend(job.arrivals);
        }
        self.append(arrivals, replies)
    }

    fn append(&mut self, arrivals: Vec<Arrival>, replies: Replies) -> Result<(), WriterError> {
        let started = Instant::now();
        metrics::histogram!("jifen_writer_batch_events").record(arrivals.len() as f64);
        match self.on_writer(|writer| writer.append(arrivals)) {
            Ok(outcomes) => {
                metrics::histogram!("jifen_writer_commit_seconds").record(started.elapsed().as_secs_f64());
                answer(replies, outcomes);
                Ok(())
            }
            Err(WriterError::StorageFull) => {
                refuse(replies, &SubmitError::StorageFull);
                Err(WriterError::StorageFull)
            }
            // Another node has the region, and knows what became of the batch; or the database will say it when it is back.
            Err(error) if error.may_pass() || matches!(error, WriterError::Store(StoreError::Superseded { .. })) => {
                refuse(replies, &SubmitError::Unknown);
                Err(error)
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
        let taken = match &mut self.role {
            Role::Here(writer) => writer.take(),
            Role::Elsewhere(_) => None,
        };
        let mut writer = match taken {
            Some(writer) => writer,
            None => Box::new(RegionWriter::open(&self.database, &self.row.code)?),
        };
        let (head, revision) = (writer.head(), writer.revision());
        let result = work(&mut writer)?;
        let region = (writer.revision() != revision).then(|| Arc::new(writer.region().clone()));
        let is_new = writer.head() != head;
        self.shared.publish(region, writer.take_committed(), writer.head());
        if is_new {
            self.shared.count_commit();
            if let Some(node) = &self.node {
                node.ring(self.row.id);
            }
        }
        self.role = Role::Here(Some(writer));
        Ok(result)
    }

    /// Asks for the region; `true`: it is written here from now on.
    fn claim(&mut self) -> Result<bool, WriterError> {
        let Some(node) = &self.node else { return Ok(true) };
        let claimed = node.claim(self.row.id);
        let was_unanswered = std::mem::replace(&mut self.is_unanswered, claimed.is_err());
        match claimed {
            Ok(Claim::Mine) => {
                // What a node before committed last is there: its session has ended.
                let writer = match RegionWriter::open(&self.database, &self.row.code) {
                    Ok(writer) => Box::new(writer),
                    Err(error) if error.may_pass() => {
                        tracing::warn!(region = self.row.code, %error, "the region cannot be taken; it is tried again");
                        self.database.release(self.row.id);
                        return Ok(false);
                    }
                    Err(error) => return Err(error),
                };
                self.shared.take_up(Arc::new(writer.region().clone()), writer.head());
                tracing::info!(region = self.row.code, position = writer.head().journal, "this node writes the region");
                self.role = Role::Here(Some(writer));
                Ok(true)
            }
            Ok(Claim::Theirs(other)) => {
                let address = other.filter(|other| other.name != node.name()).map(|other| other.address);
                if address.is_some() && address != self.asked() {
                    self.role = Role::Elsewhere(address.as_deref().map(Link::to));
                }
                Ok(false)
            }
            // The database does not answer: whoever has the region goes on having it.
            Err(error) if error.is_fatal() => Err(error.into()),
            Err(error) => {
                if !was_unanswered {
                    tracing::warn!(region = self.row.code, %error, "nobody can be asked who writes the region");
                }
                Ok(false)
            }
        }
    }

    /// The node that was asked last.
    fn asked(&self) -> Option<String> {
        match &self.role {
            Role::Elsewhere(Some(link)) => Some(link.address().to_owned()),
            Role::Elsewhere(None) | Role::Here(_) => None,
        }
    }

    /// Hands events to the node that writes the region, whoever that comes to be, or writes them.
    fn relay(&mut self, jobs: Vec<Job>) -> Result<(), WriterError> {
        let (mut arrivals, mut replies, mut bytes) = (Vec::new(), Vec::with_capacity(jobs.len()), 0);
        for job in jobs {
            if job.relayed {
                // Whoever sent it asks who has the region now: nothing goes round in circles.
                job.reply.send(Err(SubmitError::Elsewhere)).ok();
                continue;
            }
            bytes += job.bytes;
            replies.push((job.arrivals.len(), job.reply));
            arrivals.extend(job.arrivals);
        }
        if arrivals.is_empty() {
            return Ok(());
        }
        let events = arrivals.iter().map(RelayedEvent::of).collect();
        let body = encode(&Relayed { region: self.row.id.0, bytes: bytes as u64, events });
        let deadline = Instant::now() + RELAY_PATIENCE;
        loop {
            match self.post(&body) {
                Some(Relay::Done(outcomes, _)) if outcomes.len() == arrivals.len() => {
                    metrics::counter!("jifen_node_relayed_events_total").increment(arrivals.len() as u64);
                    self.ring_follower();
                    answer(replies, outcomes.into_iter().map(Into::into).collect());
                    return Ok(());
                }
                Some(Relay::Refused(RelayedRefusal::Busy)) => {
                    refuse(replies, &SubmitError::Busy);
                    return Ok(());
                }
                Some(Relay::Refused(RelayedRefusal::TooLarge)) => {
                    refuse(replies, &SubmitError::TooLarge);
                    return Ok(());
                }
                Some(Relay::Refused(RelayedRefusal::StorageFull)) => {
                    refuse(replies, &SubmitError::StorageFull);
                    return Ok(());
                }
                Some(Relay::Refused(RelayedRefusal::Elsewhere) | Relay::Done(..)) | None => {}
            }
            let asked = self.asked();
            self.see_taker();
            if !self.is_given() && self.claim()? {
                return self.append(arrivals, replies);
            }
            if Instant::now() > deadline {
                refuse(replies, &SubmitError::Unknown);
                return Ok(());
            }
            if self.asked() == asked {
                thread::sleep(RELAY_PAUSE);
            }
        }
    }

    /// Posts a batch to the node that was asked last; `None`: there was no answer, and another may have the region.
    fn post(&mut self, body: &[u8]) -> Option<Relay> {
        let (Role::Elsewhere(Some(link)), Some(node)) = (&mut self.role, &self.node) else { return None };
        match node.ask(self.row.id, link, EVENTS_PATH, body.to_vec()) {
            Ok(answer) => decode(&answer),
            Err(error) => {
                tracing::debug!(region = self.row.code, node = link.address(), %error, "a relay failed");
                None
            }
        }
    }

    /// The events of ours are there: they should be seen here, too.
    fn ring_follower(&self) {
        if let Some(node) = &self.node {
            node.signal(self.row.id).ring();
        }
    }

    fn step_down(&mut self, holder: &str) {
        tracing::warn!(region = self.row.code, holder, "another node writes the region now");
        self.let_go();
    }

    fn let_go(&mut self) {
        self.database.release(self.row.id);
        self.shared.let_go();
        self.role = Role::Elsewhere(None);
        self.ring_follower();
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

fn answer(replies: Replies, outcomes: Vec<Outcome>) {
    let mut outcomes = outcomes.into_iter();
    for (count, reply) in replies {
        // A client that has gone away is no error: its events are kept, and a retry is a repeat.
        reply.send(Ok(outcomes.by_ref().take(count).collect())).ok();
    }
}

fn refuse(replies: Replies, why: &SubmitError) {
    for (_, reply) in replies {
        reply.send(Err(why.clone())).ok();
    }
}
