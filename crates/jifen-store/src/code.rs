//! How small enums and numbers are written in columns, and what both back ends check. Numbers are never reused.

use jifen_core::{
    id::{ActorId, Digest},
    ledger::{Anchor, Entry, Subject},
    rollup::{BoardPart, Bucket},
    rule::{Dimension, SubjectKind},
    state::Change,
    time::{Date, Grain},
};

use crate::{error::StoreError, packed, row::StoredEntry};

/// Bucket of day rows.
pub(crate) const DAY_BUCKET: i64 = 0;
/// Bucket of month rows.
const MONTH_BUCKET: i64 = 1;

/// All grains from short to long, as a span picks from them.
const GRAINS: [Grain; 6] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year, Grain::All];

/// Column value of a counting row's missing dimension.
const NO_DIMENSION: i64 = -1;

pub(crate) fn subject_kind(kind: SubjectKind) -> i64 {
    match kind {
        SubjectKind::Person => 0,
        SubjectKind::Window => 1,
        SubjectKind::Department => 2,
        SubjectKind::Hall => 3,
    }
}

pub(crate) fn subject(kind: SubjectKind, key: &[u8]) -> Result<Subject, StoreError> {
    Subject::from_key(kind, key).ok_or_else(|| StoreError::Corrupt(format!("a {} has an impossible key", kind.name())))
}

pub(crate) fn dimension(dimension: Dimension) -> i64 {
    match dimension {
        Dimension::Efficiency => 0,
        Dimension::Quality => 1,
        Dimension::Innovation => 2,
        Dimension::Collaboration => 3,
    }
}

pub(crate) fn dimension_or_none(of: Option<Dimension>) -> i64 {
    of.map_or(NO_DIMENSION, dimension)
}

pub(crate) fn parse_dimension(number: i64) -> Result<Option<Dimension>, StoreError> {
    if number == NO_DIMENSION {
        return Ok(None);
    }
    let found = Dimension::ALL.iter().copied().find(|of| dimension(*of) == number);
    found.map(Some).ok_or_else(|| StoreError::Corrupt(format!("dimension {number} does not exist")))
}

pub(crate) fn grain(grain: Grain) -> i64 {
    match grain {
        Grain::Day => 0,
        Grain::Week => 1,
        Grain::Month => 2,
        Grain::Quarter => 3,
        Grain::Year => 4,
        Grain::All => 5,
    }
}

/// A position as a database's signed integer; positions never come near 2⁶³.
pub(crate) fn position(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

pub(crate) fn parse_position(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt(format!("position {number} is negative")))
}

/// A statement's `limit`.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes.try_into().map(Digest).map_err(|_| StoreError::Corrupt("a digest has not 32 bytes".to_owned()))
}

pub(crate) fn sixteen(bytes: &[u8]) -> Result<[u8; 16], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Corrupt("a key has not 16 bytes".to_owned()))
}

pub(crate) fn actor(bytes: &[u8]) -> Result<ActorId, StoreError> {
    sixteen(bytes).map(ActorId)
}

/// A small number in a column of two bytes; none of ours needs more.
pub(crate) fn small(number: i64) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// A rollup's bucket, grain and date in columns.
pub(crate) fn bucket(bucket: &Bucket) -> (i64, Grain, Date) {
    match bucket {
        Bucket::Day { date, grain } => (DAY_BUCKET, *grain, *date),
        Bucket::Month { first } => (MONTH_BUCKET, Grain::Month, *first),
    }
}

/// A contiguous range of rows: bucket, grain, dates.
pub(crate) struct Span {
    pub(crate) bucket: i64,
    pub(crate) grain: Grain,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

impl Span {
    pub(crate) fn of(part: &BoardPart) -> Vec<Self> {
        match *part {
            BoardPart::Months { from, to } => vec![Self { bucket: MONTH_BUCKET, grain: Grain::Month, from, to }],
            BoardPart::Days { from, to, least, most } => {
                let grains = GRAINS.into_iter().filter(|grain| (least..=most).contains(grain));
                grains.map(|grain| Self { bucket: DAY_BUCKET, grain, from, to }).collect()
            }
        }
    }
}

/// The shortest board an entry counts on.
pub(crate) fn entry_grain(entry: &Entry) -> Grain {
    match entry.anchor {
        Anchor::Fact(_) => Grain::Day,
        Anchor::Period(period) => period.grain,
    }
}

/// An entry from its row's columns.
pub(crate) fn stored_entry(
    position: i64,
    bytes: &[u8],
    digest_bytes: &[u8],
    locator: Vec<u8>,
) -> Result<StoredEntry, StoreError> {
    let damaged = |why: &str| StoreError::Corrupt(format!("entry {position}: {why}"));
    let entry: Entry = minicbor::decode(bytes).map_err(|error| damaged(&error.to_string()))?;
    if self::position(entry.position) != position {
        return Err(damaged(&format!("it says it is {}", entry.position)));
    }
    Ok(StoredEntry { entry, digest: digest(digest_bytes)?, locator })
}

/// Refuses positions that do not follow the head without a gap.
pub(crate) fn dense(what: &str, head: u64, positions: impl Iterator<Item = u64>) -> Result<(), StoreError> {
    for (expected, found) in (head + 1..).zip(positions) {
        if expected != found {
            return Err(StoreError::Invariant(format!(
                "positions of {what} have a gap: {found} where {expected} is due"
            )));
        }
    }
    Ok(())
}

/// The changes in the order of their rows, because neighbours share pages; two of one row are refused.
pub(crate) fn sorted_changes(changes: &[Change]) -> Result<Vec<&Change>, StoreError> {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_unstable_by_key(|change| (change.kind, &change.key));
    if let Some(twice) = sorted.windows(2).find(|pair| (pair[0].kind, &pair[0].key) == (pair[1].kind, &pair[1].key)) {
        return Err(StoreError::Invariant(format!("a batch changes a row of {:?} twice", twice[0].kind)));
    }
    Ok(sorted)
}

/// Most bytes of a projection; a larger one is a mistake of its maker, or damage.
const PROJECTION_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A projection's bytes as they were before they were packed.
pub(crate) fn unpack_projection(name: &str, packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    packed::decompress(packed, PROJECTION_BYTES_MAX)
        .map_err(|why| StoreError::Corrupt(format!("projection `{name}`: {why}")))
}
