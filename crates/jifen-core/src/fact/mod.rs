//! Stage 4, facts: what is true about a counter service, a case, a rating, a share … after folding its events.
//!
//! In: the folded state of one aggregate. Out: facts with their business time, place, credit and typed fields, which rules read as `fact.NAME`.

mod declared;
mod fields;

use minicbor::{Decode, Encode};

pub use declared::{FactType, FieldKind, Stated, TypeField, Unfit};
pub use fields::{COMMON, FieldSlot, FieldSpec, FieldType, fields_of};

use crate::{
    id::{ActorId, Digest, EventKey},
    time::{Date, Instant},
};

/// What a fact is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum FactKind {
    /// 窗口服务: one counter service, from its start to its end, holds out.
    #[n(0)]
    Service,
    /// 办件: one case, from its first event to its decision.
    #[n(1)]
    Case,
    /// 受理: one accepted case at the time it was accepted, decided or not (for completion rates).
    #[n(2)]
    Acceptance,
    /// 评价: one rating.
    #[n(3)]
    Rating,
    /// 数据共享: one use of shared data instead of a paper.
    #[n(4)]
    Share,
    /// 建议采纳: one adopted suggestion.
    #[n(5)]
    Suggestion,
    /// 投诉: one complaint.
    #[n(6)]
    Complaint,
    /// 考勤: somebody was late, absent, on leave ….
    #[n(7)]
    Attendance,
    /// 检查、通报、奖惩: what an inspection, a notice or an award found.
    #[n(8)]
    Finding,
    /// 自定事实: of a type that a rule set declares ([`Fact::stated`] names it).
    #[n(9)]
    Declared,
}

impl FactKind {
    /// The kinds this program knows by itself, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Service,
        Self::Case,
        Self::Acceptance,
        Self::Rating,
        Self::Share,
        Self::Suggestion,
        Self::Complaint,
        Self::Attendance,
        Self::Finding,
    ];

    /// The word of rule files: `on = "service"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Case => "case",
            Self::Acceptance => "acceptance",
            Self::Rating => "rating",
            Self::Share => "share",
            Self::Suggestion => "suggestion",
            Self::Complaint => "complaint",
            Self::Attendance => "attendance",
            Self::Finding => "finding",
            Self::Declared => "declared",
        }
    }

    /// The kind named by a rule file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text)
    }
}

/// One field's value. Durations are integer milliseconds.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Field {
    /// The source said nothing; a condition that reads it makes the rule pass the fact by.
    #[n(0)]
    Absent,
    /// A whole number.
    #[n(1)]
    Integer(#[n(0)] i64),
    /// Yes or no.
    #[n(2)]
    Boolean(#[n(0)] bool),
    /// A code or word.
    #[n(3)]
    Text(#[n(0)] String),
    /// It cannot be known yet, and why (`calendar_year_unknown:2031`); a rule that reads it waits, visibly.
    #[n(4)]
    NotEvaluable(#[n(0)] String),
}

/// Where a fact happened, resolved for its business time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Place {
    /// Window code.
    #[n(0)]
    pub window: Option<String>,
    /// Department code.
    #[n(1)]
    pub department: Option<String>,
    /// Hall code.
    #[n(2)]
    pub hall: Option<String>,
}

/// One actor's part of a shared credit. Parts are exact: an award is split by largest remainder over the weights.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Share {
    /// Who.
    #[n(0)]
    pub actor: ActorId,
    /// Weight, a positive whole number; only ratios matter.
    #[n(1)]
    pub weight: u32,
}

/// Everyone a rule may credit; [`ActorId::UNKNOWN`] where nobody is known.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Credited {
    /// Who served: named by the events, else by the login, else by the roster.
    #[n(0)]
    pub served: ActorId,
    /// Named by the first event that names a person.
    #[n(1)]
    pub first: ActorId,
    /// Named by the last event that names a person.
    #[n(2)]
    pub last: ActorId,
    /// The case's owner.
    #[n(3)]
    pub owner: ActorId,
    /// Named by the ending event itself.
    #[n(4)]
    pub ender: ActorId,
    /// Shared credit, sorted by actor; empty means `served` alone.
    #[n(5)]
    pub shares: Vec<Share>,
}

/// The other side of a fact that has two: who provided (place and person), who received.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Side {
    /// The side's place.
    #[n(0)]
    pub place: Place,
    /// The side's person.
    #[n(1)]
    pub person: Option<ActorId>,
}

/// What a fact was made of by a re-classification.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Derived {
    /// The rule set.
    #[n(0)]
    pub set: String,
    /// Its version.
    #[n(1)]
    pub version: Digest,
    /// The re-classification.
    #[n(2)]
    pub reclass: String,
    /// The facts, in the order they happened.
    #[n(3)]
    pub facts: Vec<EventKey>,
}

/// One fact.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Fact {
    /// Stable id: the key of the opening event, or of the case code.
    #[n(0)]
    pub id: EventKey,
    /// What it is about.
    #[n(1)]
    pub kind: FactKind,
    /// Business time.
    #[n(2)]
    pub occurred: Instant,
    /// Business date in the region's zone.
    #[n(3)]
    pub date: Date,
    /// Where.
    #[n(4)]
    pub place: Place,
    /// Which matter.
    #[n(5)]
    pub matter: Option<String>,
    /// Which channel (`window`, `online`, …).
    #[n(6)]
    pub channel: Option<String>,
    /// Who may be credited.
    #[n(7)]
    pub credited: Credited,
    /// A share's provider.
    #[n(8)]
    pub provider: Option<Box<Side>>,
    /// A share's receiver.
    #[n(9)]
    pub receiver: Option<Box<Side>>,
    /// The kind's fields, in the order of [`fields_of`].
    #[n(10)]
    pub fields: Vec<Field>,
    /// Journal positions of its source events, in folding order.
    #[n(11)]
    pub sources: Vec<u64>,
    /// SHA-256 over the record digests of `sources`, in that order.
    #[n(12)]
    pub records: Digest,
    /// A case's elapsed milliseconds per department that held it, sorted by department.
    #[n(13)]
    pub departments: Vec<(String, i64)>,
    /// What it was made of, where no event says it.
    #[n(14)]
    pub derived: Option<Box<Derived>>,
    /// Its type and what its event says, of a fact of a declared type.
    #[n(15)]
    pub stated: Option<Box<Stated>>,
}

impl Fact {
    /// SHA-256 of the canonical bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&crate::canonical(self))
    }
}
