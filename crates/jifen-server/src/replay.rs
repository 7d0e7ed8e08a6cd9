//! Replay: the journal applied again from nothing, every entry and every sum compared with what is stored.
//!
//! In: a region's committed journal, ledger and rollups. Out: [`Verdict`]: identical, or the first difference. Records are read
//! a page at a time.

use std::fmt;

use jifen_core::{
    canonical,
    engine::Posted,
    journal::{Record, SEMANTICS},
    rollup::{BoardPart, Bucket, Rollup, RollupKey, Rollups, rows_of},
    rule::SubjectKind,
    time::{Date, Grain},
};
use jifen_store::{BoardSubjects, Database, RegionRow, StoreError, StoredEntry};

use crate::rerun::{PAGE, Rerun};

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
    /// Stored bytes that cannot be read.
    Unreadable {
        /// Which.
        what: String,
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
            Self::Unreadable { what } => write!(f, "stored data cannot be read: {what}"),
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
}

/// Replays the region up to its head; `progress` hears the position reached and the head.
///
/// # Errors
/// [`ReplayError`]; a difference is no error.
pub fn replay(
    database: &Database,
    row: &RegionRow,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Verdict, ReplayError> {
    let mut replayed = Replayed::default();
    let mut stored = StoredEntries { database, row, page: Vec::new().into_iter(), position: 0 };
    loop {
        let head = database.head(row.id)?;
        let verdict = advance(database, row, head.journal, &mut replayed, &mut stored, progress);
        if let Some(difference) = unless_damaged(verdict)? {
            return Ok(Verdict::Differs(difference));
        }
        let sums = StoredSums::load(database, row, &replayed.rollups)?;
        // A server may be writing: then sums and ledger are ahead of what was replayed, and it goes on from there.
        if database.head(row.id)? != head {
            continue;
        }
        if stored.position < head.ledger {
            return Ok(Verdict::Differs(Difference::Surplus { position: stored.position + 1 }));
        }
        return Ok(match sums.difference(&replayed.rollups) {
            Some(difference) => Verdict::Differs(difference),
            None => Verdict::Identical { records: head.journal, entries: stored.position },
        });
    }
}

/// Stored bytes that cannot be read are a difference: somebody or something changed them.
fn unless_damaged(found: Result<Option<Difference>, ReplayError>) -> Result<Option<Difference>, ReplayError> {
    match found {
        Err(ReplayError::Store(StoreError::Corrupt(what))) => Ok(Some(Difference::Unreadable { what })),
        Err(ReplayError::Store(newer @ StoreError::NewerRecord(_))) => {
            Ok(Some(Difference::Unreadable { what: newer.to_string() }))
        }
        other => other,
    }
}

/// Applies the records up to `head`.
fn advance(
    database: &Database,
    row: &RegionRow,
    head: u64,
    replayed: &mut Replayed,
    stored: &mut StoredEntries<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Option<Difference>, ReplayError> {
    while replayed.position < head {
        let records = database.records_after(row.id, replayed.position, PAGE)?;
        for record in records.iter().take_while(|record| record.position <= head) {
            if record.position != replayed.position + 1 {
                return Ok(Some(Difference::Head { stored: head, found: replayed.position }));
            }
            if let Some(difference) = replayed.apply(record, stored)? {
                return Ok(Some(difference));
            }
            replayed.position = record.position;
        }
        if records.is_empty() {
            return Ok(Some(Difference::Head { stored: head, found: replayed.position }));
        }
        replayed.rerun.settle();
        progress(replayed.position, head);
    }
    Ok(None)
}

/// The stored ledger, read along.
struct StoredEntries<'d> {
    database: &'d Database,
    row: &'d RegionRow,
    page: std::vec::IntoIter<StoredEntry>,
    /// Position of the last entry given.
    position: u64,
}

impl StoredEntries<'_> {
    fn next(&mut self) -> Result<Option<StoredEntry>, StoreError> {
        if self.page.len() == 0 {
            self.page = self.database.entries_after(self.row.id, self.position, PAGE)?.into_iter();
        }
        let entry = self.page.next();
        if let Some(entry) = &entry {
            self.position = entry.entry.position;
        }
        Ok(entry)
    }
}

/// What follows from the journal so far.
#[derive(Default)]
struct Replayed {
    rerun: Rerun,
    rollups: Rollups,
    position: u64,
}

impl Replayed {
    fn apply(&mut self, record: &Record, stored: &mut StoredEntries<'_>) -> Result<Option<Difference>, ReplayError> {
        let refused = |reason: String| Ok(Some(Difference::Record { position: record.position, reason }));
        if record.semantics != SEMANTICS {
            return refused(format!(
                "it was applied under semantics {}, this program knows {SEMANTICS}",
                record.semantics
            ));
        }
        match self.rerun.apply(record) {
            Ok(applied) => {
                for (key, change) in rows_of(applied.rollups) {
                    *self.rollups.entry(key).or_default() += change;
                }
                compare(&applied.entries, record, stored)
            }
            Err(endless) => refused(endless.to_string()),
        }
    }
}

fn compare(
    entries: &[Posted],
    record: &Record,
    stored: &mut StoredEntries<'_>,
) -> Result<Option<Difference>, ReplayError> {
    for posted in entries {
        let found = stored.next()?;
        let position = posted.entry.position;
        let same = found.as_ref().is_some_and(|found| canonical(&found.entry) == canonical(&posted.entry));
        if !same {
            let stored = found.map(|found| format!("{:?}", found.entry));
            let replayed = format!("{:?}", posted.entry);
            return Ok(Some(Difference::Entry { position, record: record.position, stored, replayed }));
        }
        if found.is_some_and(|found| found.digest != posted.entry.digest()) {
            return Ok(Some(Difference::EntryDigest { position }));
        }
    }
    Ok(None)
}

/// The stored sums of the same rows, and of everything, so that a row too many is seen as well.
struct StoredSums(Rollups);

impl StoredSums {
    fn load(database: &Database, row: &RegionRow, replayed: &Rollups) -> Result<Self, StoreError> {
        let mut buckets: Vec<Bucket> = replayed.keys().map(|key| key.bucket).collect();
        buckets.dedup();
        buckets.extend([EVERY_DAY, EVERY_MONTH]);
        let mut sums = Rollups::new();
        for bucket in buckets {
            for kind in SubjectKind::ALL {
                for found in database.board(row.id, BoardSubjects::Kind(kind), &[part_of(bucket)])? {
                    let key =
                        RollupKey { bucket, subject: found.subject, rule: found.rule, dimension: found.dimension };
                    sums.insert(key, found.rollup);
                }
            }
        }
        Ok(Self(sums))
    }

    fn difference(&self, replayed: &Rollups) -> Option<Difference> {
        let mut expected = replayed.clone();
        for (key, rollup) in replayed {
            let bucket = match key.bucket {
                Bucket::Day { .. } => EVERY_DAY,
                Bucket::Month { .. } => EVERY_MONTH,
            };
            *expected.entry(RollupKey { bucket, ..key.clone() }).or_default() += *rollup;
        }
        let zero = Rollup::default();
        let keys = expected.keys().chain(self.0.keys().filter(|key| !expected.contains_key(key)));
        let differs = |key: &&RollupKey| self.0.get(key).unwrap_or(&zero) != expected.get(key).unwrap_or(&zero);
        let key = keys.into_iter().find(differs)?;
        let (stored, replayed) = (self.0.get(key).copied(), expected.get(key).copied());
        let which = format!("{:?}", key);
        Some(Difference::Rollup { which, stored: stored.unwrap_or_default(), replayed: replayed.unwrap_or_default() })
    }
}

/// Stands for all day rows together.
const EVERY_DAY: Bucket = Bucket::Day { date: Date(i32::MIN), grain: Grain::Day };
/// Stands for all month rows together.
const EVERY_MONTH: Bucket = Bucket::Month { first: Date(i32::MIN) };

fn part_of(bucket: Bucket) -> BoardPart {
    match bucket {
        EVERY_DAY => BoardPart::Days { from: Date(i32::MIN), to: Date(i32::MAX), least: Grain::Day, most: Grain::All },
        EVERY_MONTH => BoardPart::Months { from: Date(i32::MIN), to: Date(i32::MAX) },
        Bucket::Day { date, grain } => BoardPart::Days { from: date, to: date, least: grain, most: grain },
        Bucket::Month { first } => BoardPart::Months { from: first, to: first },
    }
}
