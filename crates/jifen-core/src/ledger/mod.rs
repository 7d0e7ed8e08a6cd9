//! Stage 7, the ledger: append-only entries; their sum is the score, always.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::{
    fact::Place,
    id::{ActorId, Digest, EventKey},
    points::Points,
    rule::{Dimension, SubjectKind},
    time::{Date, Period},
};

/// What an entry does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryKind {
    /// 加分 or 扣分: an award that should stand.
    #[n(0)]
    Award,
    /// 冲正: takes an earlier entry back.
    #[n(1)]
    Reversal,
    /// 调整: the difference for a closed month, booked in the open one.
    #[n(2)]
    Adjustment,
    /// 封顶: what a cap takes away.
    #[n(3)]
    Clamp,
}

impl EntryKind {
    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Reversal => "reversal",
            Self::Adjustment => "adjustment",
            Self::Clamp => "clamp",
        }
    }
}

/// Whose points they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub enum Subject {
    /// A person, a system account, an unknown actor or [`ActorId::UNKNOWN`].
    #[n(0)]
    Person(#[n(0)] ActorId),
    /// A window, by code.
    #[n(1)]
    Window(#[n(0)] String),
    /// A department, by code.
    #[n(2)]
    Department(#[n(0)] String),
    /// A hall, by code.
    #[n(3)]
    Hall(#[n(0)] String),
}

/// A subject whose code lies elsewhere; ordered as [`Subject`] is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SubjectRef<'a> {
    /// A person.
    Person(ActorId),
    /// A window.
    Window(&'a str),
    /// A department.
    Department(&'a str),
    /// A hall.
    Hall(&'a str),
}

impl SubjectRef<'_> {
    /// The subject with a code of its own.
    pub fn into_owned(self) -> Subject {
        match self {
            Self::Person(actor) => Subject::Person(actor),
            Self::Window(code) => Subject::Window(code.to_owned()),
            Self::Department(code) => Subject::Department(code.to_owned()),
            Self::Hall(code) => Subject::Hall(code.to_owned()),
        }
    }
}

impl Subject {
    /// The subject, its code staying here.
    pub fn as_ref(&self) -> SubjectRef<'_> {
        match self {
            Self::Person(actor) => SubjectRef::Person(*actor),
            Self::Window(code) => SubjectRef::Window(code),
            Self::Department(code) => SubjectRef::Department(code),
            Self::Hall(code) => SubjectRef::Hall(code),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Person(_) => SubjectKind::Person,
            Self::Window(_) => SubjectKind::Window,
            Self::Department(_) => SubjectKind::Department,
            Self::Hall(_) => SubjectKind::Hall,
        }
    }

    /// Bytes that identify it within its kind, for keys: the actor's 16 bytes, or the code's UTF-8.
    pub fn key(&self) -> &[u8] {
        match self {
            Self::Person(actor) => &actor.0,
            Self::Window(code) | Self::Department(code) | Self::Hall(code) => code.as_bytes(),
        }
    }

    /// The subject of `kind` with these key bytes.
    pub fn from_key(kind: SubjectKind, key: &[u8]) -> Option<Self> {
        let code = || String::from_utf8(key.to_vec()).ok();
        Some(match kind {
            SubjectKind::Person => Self::Person(ActorId(key.try_into().ok()?)),
            SubjectKind::Window => Self::Window(code()?),
            SubjectKind::Department => Self::Department(code()?),
            SubjectKind::Hall => Self::Hall(code()?),
        })
    }
}

/// What an award hangs on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub enum Anchor {
    /// One fact.
    #[n(0)]
    Fact(#[n(0)] EventKey),
    /// A period's facts together.
    #[n(1)]
    Period(#[n(0)] Period),
}

/// `fact:<32 hex digits>` or `period:2026-11`.
impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => write!(f, "fact:{fact}"),
            Self::Period(period) => write!(f, "period:{period}"),
        }
    }
}

/// One entry. Its canonical bytes are specified in `docs/formats/entry.md`.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Entry {
    /// Place in the region's ledger, from 1 without gaps.
    #[n(0)]
    pub position: u64,
    /// What it does.
    #[n(1)]
    pub kind: EntryKind,
    /// Rule id.
    #[n(2)]
    pub rule: String,
    /// Version of the rule set: SHA-256 of its text.
    #[n(3)]
    pub version: Digest,
    /// Band that gave the points, from 0.
    #[n(4)]
    pub band: Option<u32>,
    /// The rule's dimension.
    #[n(5)]
    pub dimension: Dimension,
    /// Whose points.
    #[n(6)]
    pub subject: Subject,
    /// How many.
    #[n(7)]
    pub points: Points,
    /// Day they belong to; a period award has its period's last day.
    #[n(8)]
    pub business_date: Date,
    /// Accounting month they are booked in, its first day.
    #[n(9)]
    pub booked_month: Date,
    /// What they hang on.
    #[n(10)]
    pub anchor: Anchor,
    /// The credited person at business time.
    #[n(11)]
    pub person: Option<ActorId>,
    /// Window, department and hall at business time.
    #[n(12)]
    pub place: Place,
    /// The entry this one takes back or corrects.
    #[n(13)]
    pub reverses: Option<u64>,
    /// How many facts stand behind it.
    #[n(14)]
    pub facts_count: u64,
    /// One fact: its digest. A period: SHA-256 over (id, digest) of its facts sorted by id.
    #[n(15)]
    pub facts: Digest,
    /// One fact: SHA-256 over its records' digests. A period: zero, the facts name their records.
    #[n(16)]
    pub records: Digest,
    /// Journal position of the record whose application posted it.
    #[n(17)]
    pub cause: u64,
}

impl Entry {
    /// SHA-256 of the canonical bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&crate::canonical(self))
    }
}
