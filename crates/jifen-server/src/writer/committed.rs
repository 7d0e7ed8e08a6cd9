//! What transactions changed, for those who follow the writer: boards in memory and live streams.
//!
//! In: one [`Committed`] per transaction, in journal order. Out: everything after a position, or that it is too long ago.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use jifen_core::{id::ActorRef, time::Instant};
use jifen_store::Head;

use super::Changed;

/// Most transactions remembered.
const COMMITS_MAX: usize = 4_096;
/// Most changed rows remembered, about 100 bytes each.
const ROWS_MAX: usize = 65_536;

/// What one transaction changed.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The head before it.
    pub before: Head,
    /// The head after it.
    pub head: Head,
    /// When its last record was received.
    pub received: Instant,
    /// What was added to the sums.
    pub changed: Changed,
    /// Whether organisation, rules or periods changed.
    pub resident: bool,
    /// Actors it named, whose codes may be new.
    pub actors: Vec<ActorRef>,
}

/// The latest transactions of one region.
#[derive(Default)]
pub struct Feed(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    commits: VecDeque<Arc<Committed>>,
    rows: usize,
}

impl Feed {
    /// Adds the newest transaction; the oldest are forgotten, but never the newest.
    pub(super) fn push(&self, committed: Committed) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.rows += committed.changed.len();
        kept.commits.push_back(Arc::new(committed));
        while kept.commits.len() > 1 && (kept.commits.len() > COMMITS_MAX || kept.rows > ROWS_MAX) {
            let oldest = kept.commits.pop_front();
            kept.rows -= oldest.map_or(0, |oldest| oldest.changed.len());
        }
    }

    /// Forgets all: what comes next does not follow on it.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }

    /// The transactions that hold records after `position` of a journal that ends at `head`, oldest first; `None` when some of
    /// them are forgotten.
    pub fn since(&self, position: u64, head: u64) -> Option<Vec<Arc<Committed>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if position >= head {
            return (position == head).then(Vec::new);
        }
        let start = kept.commits.partition_point(|committed| committed.head.journal <= position);
        let found: Vec<_> = kept.commits.iter().skip(start).filter(|c| c.head.journal <= head).cloned().collect();
        let whole = found.first().is_some_and(|first| first.before.journal <= position)
            && found.last().is_some_and(|last| last.head.journal == head);
        whole.then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(from: u64, to: u64) -> Committed {
        let head = |journal| Head { journal, ledger: 0 };
        let (before, head) = (head(from), head(to));
        Committed {
            before,
            head,
            received: Instant(0),
            changed: Changed::default(),
            resident: false,
            actors: Vec::new(),
        }
    }

    fn spans(feed: &Feed, position: u64, head: u64) -> Option<Vec<(u64, u64)>> {
        let commits = feed.since(position, head)?;
        Some(commits.iter().map(|committed| (committed.before.journal, committed.head.journal)).collect())
    }

    #[test]
    fn everything_after_a_position_or_nothing() {
        let feed = Feed::default();
        assert_eq!(spans(&feed, 7, 7), Some(vec![]), "nothing happened since the start");
        assert_eq!(spans(&feed, 6, 7), None, "that was before the start");
        assert_eq!(spans(&feed, 8, 7), None, "a position of another journal");
        for (from, to) in [(7, 8), (8, 11), (11, 12)] {
            feed.push(committed(from, to));
        }
        assert_eq!(spans(&feed, 7, 12), Some(vec![(7, 8), (8, 11), (11, 12)]));
        assert_eq!(spans(&feed, 9, 12), Some(vec![(8, 11), (11, 12)]), "within a transaction");
        assert_eq!(spans(&feed, 8, 11), Some(vec![(8, 11)]), "up to an earlier head");
        assert_eq!(spans(&feed, 6, 12), None);
        assert_eq!(spans(&feed, 12, 12), Some(vec![]));
    }

    #[test]
    fn nothing_is_told_across_a_gap() {
        let feed = Feed::default();
        feed.push(committed(7, 8));
        feed.forget();
        feed.push(committed(9, 10));
        assert_eq!(spans(&feed, 7, 10), None, "9 is not known");
        assert_eq!(spans(&feed, 9, 10), Some(vec![(9, 10)]));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let feed = Feed::default();
        let many = COMMITS_MAX as u64 + 10;
        (0..many).for_each(|position| feed.push(committed(position, position + 1)));
        assert_eq!(spans(&feed, 9, many), None);
        assert_eq!(spans(&feed, 10, many).map(|spans| spans.len()), Some(COMMITS_MAX));
    }
}
