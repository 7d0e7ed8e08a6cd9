//! Follows a region that another node writes, so that boards and streams here move with it.
//!
//! In: bells, the writing node's feed, the head in the database. Out: the same as a writer here would publish. What cannot be had from
//! the feed is a gap: the head moves on, and who needs what lies between reads it anew.

use std::{sync::Arc, thread, time::Duration};

use jifen_store::{Database, Head, RegionRow};

use super::{Committed, WriterError, queue::Shared, restore_region};
use crate::node::{
    Node, Signal,
    link::Link,
    wire::{Changes, FEED_PATH, decode},
};

/// How often, and after what pause, a node is asked again for what it has committed and not told yet.
const LATE_LOOKS: usize = 50;
const LATE_PAUSE: Duration = Duration::from_millis(20);

pub(super) struct Follower {
    pub(super) database: Database,
    pub(super) row: RegionRow,
    pub(super) shared: Arc<Shared>,
    pub(super) node: Node,
    pub(super) signal: Arc<Signal>,
    pub(super) link: Option<Link>,
}

impl Follower {
    /// Until the signal is over.
    pub(super) fn run(mut self) {
        while self.signal.wait() {
            if self.shared.is_here() {
                continue;
            }
            if let Err(error) = self.follow() {
                tracing::warn!(region = self.row.code, %error, "the region cannot be followed; it is tried again");
            }
        }
    }

    fn follow(&mut self) -> Result<(), WriterError> {
        for _ in 0..LATE_LOOKS {
            let told = self.take_feed()?;
            let head = self.database.head(self.row.id)?;
            if head.journal <= self.shared.head().journal || self.shared.is_here() {
                return Ok(());
            }
            // The position is the truth. What that node has committed and not told yet, it tells in a moment.
            if told != Some(self.shared.head().journal) {
                return self.skip_to(head);
            }
            thread::sleep(LATE_PAUSE);
        }
        self.skip_to(self.database.head(self.row.id)?)
    }

    /// Takes all that the writing node tells; the end of the journal there, where it says it.
    fn take_feed(&mut self) -> Result<Option<u64>, WriterError> {
        while let Some(Changes { commits, head }) = self.ask() {
            if commits.is_empty() {
                return Ok(head);
            }
            for committed in commits.into_iter().map(Committed::from) {
                // INVARIANT: first the region, then what changed, then the head, as where it is written.
                let region = committed.resident.then(|| restore_region(&self.database, &self.row)).transpose()?;
                let head = committed.head;
                self.shared.publish(region.map(Arc::new), Some(committed), head);
            }
        }
        Ok(None)
    }

    /// Goes on from `head`, leaving a gap.
    fn skip_to(&self, head: Head) -> Result<(), WriterError> {
        if head.journal > self.shared.head().journal && !self.shared.is_here() {
            let region = restore_region(&self.database, &self.row)?;
            self.shared.publish(Some(Arc::new(region)), None, head);
        }
        Ok(())
    }

    /// What the writing node says changed; `None` where it cannot be asked.
    fn ask(&mut self) -> Option<Changes> {
        let address = self.node.other_holder(self.row.id)?.address;
        let link = match &mut self.link {
            Some(link) if link.address() == address => link,
            link => link.insert(Link::to(&address)),
        };
        let target = format!("{FEED_PATH}?region={}&after={}", self.row.id.0, self.shared.head().journal);
        let answer = self.node.ask(self.row.id, link, &target, Vec::new()).ok()?;
        decode(&answer)
    }
}
