//! How small enums and numbers are written in columns. Numbers are never reused.

use jifen_core::{
    id::{ActorId, Digest},
    ledger::Subject,
    rule::{Dimension, SubjectKind},
    time::Grain,
};

use crate::error::StoreError;

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
    let found = Dimension::ALL.into_iter().find(|of| dimension(*of) == number);
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

/// A position as SQLite's signed integer; positions never come near 2⁶³.
pub(crate) fn position(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

pub(crate) fn parse_position(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt(format!("position {number} is negative")))
}

/// A `limit` of SQLite.
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
