//! Replay: the journal applied again from nothing, every entry and every sum compared with what is stored.
//!
//! In: a region's committed journal, ledger and rollups. Out: [`Verdict`]: identical, or the first difference. Records are read
//! a page at a time; the engine's state is kept in memory as it would stand in the store.

use std::{collections::BTreeMap, fmt};

use jifen_core::{
    canonical,
    engine::{Corrupt, Region, WorkingSet},
    id::Digest,
    journal::Record,
    rollup::{BoardPart, Bucket, Rollup, RollupKey, Rollups},
    rule::SubjectKind,
    state::{Need, Rows, StateKind},
    time::{Date, Grain},
};
use jifen_store::{BoardSubjects, Database, RegionRow, StoreError, StoredEntry};

/// Records and entries read at a time.
const PAGE: usize = 4_096;
/// The working set is emptied into the memory state when it holds more rows than this.
const WORKING_SET_ROWS_MAX: usize = 100_000;
/// Most rounds of loading for one record, as the writer allows.
const LOAD_ROUNDS_MAX: usize = 64;

/// What a replay found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Everything is equal.
    Identical {
        /// Records applied.
        records: u64,
        /// Entries compared.
        entries: u64,
    },
    /// The first difference, in words.
    Differs(Difference),
}

/// Where journal and stored results part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// An entry is other than stored, or not stored.
    Entry {
        /// Its position.
        position: u64,
        /// The record that posts it.
        record: u64,
        /// What is stored, as text; `None`: nothing.
        stored: Option<String>,
        /// What follows from the journal.
        replayed: String,
    },
    /// An entry is stored that no record posts.
    Surplus {
        /// Its position.
        position: u64,
    },
    /// An entry's stored digest is not that of its bytes.
    EntryDigest {
        /// Its position.
        position: u64,
    },
    /// The journal does not end where its head says.
    Head {
        /// As the head says.
        stored: u64,
        /// Records found.
        found: u64,
    },
    /// A sum is other than stored.
    Rollup {
        /// Which.
        which: String,
        /// What is stored.
        stored: Rollup,
        /// What follows from the journal.
        replayed: Rollup,
    },
    /// A record that the engine cannot apply.
    Record {
        /// Its position.
        position: u64,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { position, record, stored: Some(stored), replayed } => {
                write!(f, "entry {position} (posted by record {record}) differs: stored {stored}, replayed {replayed}")
            }
            Self::Entry { position, record, stored: None, replayed } => {
                write!(f, "entry {position} (posted by record {record}) is missing: replayed {replayed}")
            }
            Self::Surplus { position } => write!(f, "entry {position} is stored, but no record posts it"),
            Self::EntryDigest { position } => write!(f, "entry {position}: the stored digest is not that of its bytes"),
            Self::Head { stored, found } => write!(f, "the journal's head is {stored}, but {found} records are there"),
            Self::Rollup { which, stored, replayed } => {
                write!(f, "the sum of {which} differs: stored {stored:?}, replayed {replayed:?}")
            }
            Self::Record { position, reason } => write!(f, "record {position} cannot be applied: {reason}"),
        }
    }
}

/// Why a replay could not run.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine failed to begin.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

/// Replays the region up to the head it has now; `progress` hears the position reached and the head.
///
/// # Errors
/// [`ReplayError`]; a difference is no error.
pub fn replay(database: &Database, row: &RegionRow, progress: &mut dyn FnMut(u64, u64)) -> Result<Verdict, ReplayError> {
    let head = database.head(row.id)?;
    let mut replayed = Replayed::default();
    let mut stored = StoredEntries { database, row, page: Vec::new().into_iter(), position: 0 };
    let mut after = 0;
    while after < head.journal {
        let records = database.records_after(row.id, after, PAGE)?;
        for record in records.iter().take_while(|record| record.position <= head.journal) {
            if record.position != after + 1 {
                return Ok(Verdict::Differs(Difference::Head { stored: head.journal, found: after }));
            }
            after = record.position;
            if let Some(difference) = replayed.apply(record, &mut stored)? {
                return Ok(Verdict::Differs(difference));
            }
        }
        if records.is_empty() {
            return Ok(Verdict::Differs(Difference::Head { stored: head.journal, found: after }));
        }
        progress(after, head.journal);
    }
    if stored.position < head.ledger || (stored.position == head.ledger && head_moved_back(&mut stored, head.ledger)?) {
        return Ok(Verdict::Differs(Difference::Surplus { position: stored.position + 1 }));
    }
    match replayed.compare_rollups(database, row)? {
        Some(difference) => Ok(Verdict::Differs(difference)),
        None => Ok(Verdict::Identical { records: after, entries: stored.position }),
    }
}
