//! The only place that knows all stages: applies one record to the region and the working set.
//!
//! In: a record, what is resident, what was loaded. Out: state changes, entries and rollup changes, or the rows it still needs.

mod working_set;

pub use working_set::WorkingSet;

use crate::{
    event::Event,
    id::Digest,
    journal::Record,
    ledger::Entry,
    rollup::Rollups,
    state::{Change, Need, Rows},
};

/// A posted entry and where the facts behind it lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posted {
    /// The entry.
    pub entry: Entry,
    /// State key of the aggregate (per-fact entries) or tally (period entries) it came from.
    pub locator: Vec<u8>,
}

/// What one record did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Applied {
    /// State rows changed.
    pub changes: Vec<Change>,
    /// Entries posted, in order.
    pub entries: Vec<Posted>,
    /// Rollup rows changed.
    pub rollups: Rollups,
}

/// Rows that must be loaded before the record can be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needs(pub Vec<Need>);

/// Stored state that this program cannot read: written by a newer program, or damaged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("stored state cannot be read: {0}")]
pub struct Corrupt(pub String);

/// One region's resident state: organisation, rules, calendars, periods, pending recalculations, ledger head.
pub struct Region {}

impl Region {
    /// Restores the resident state from all rows of [`crate::state::StateKind::Resident`] (none: a new region).
    pub fn restore(_rows: Rows) -> Result<Self, Corrupt> {
        Ok(Self {})
    }

    /// Why the event cannot be appended now (a broken rule set, a month that cannot close …), in words; `None` if it can.
    pub fn refuses(&self, _event: &Event) -> Option<String> {
        None
    }

    /// Rows that applying `event` will surely need: lets the shell load a whole batch at once.
    pub fn first_needs(&self, _event: &Event) -> Vec<Need> {
        Vec::new()
    }

    /// Applies a record. On success the region and the working set hold the new state; on [`Needs`] nothing has changed.
    pub fn apply(
        &mut self,
        _record: &Record,
        _digest: Digest,
        _working_set: &mut WorkingSet,
    ) -> Result<Applied, Needs> {
        Ok(Applied::default())
    }

    /// The number of a pending recalculation; the writer appends a `jifen.recalculation.step` for it.
    pub fn pending(&self) -> Option<u64> {
        None
    }
}
