//! Stage 6, scoring: which awards should stand for a fact, by the versions in force; the difference to what stands is posted.

mod desired;
mod exempt;
mod link;
mod presence;
mod versions;

use minicbor::{Decode, Encode};

pub use desired::{Scoring, cap_period, desired, sheet_part};
pub use presence::{half_days, unknown_days};
pub use versions::{RuleVersion, Versions};

use crate::{
    fact::Place,
    id::{ActorId, Digest, EventKey},
    ledger::Subject,
    points::Points,
    rule::{Dimension, Keep},
    time::{Date, Period},
};

/// What stands in the ledger for a key.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Booked {
    /// Net points.
    #[n(0)]
    pub points: Points,
    /// Last entry that made them.
    #[n(1)]
    pub position: u64,
    /// Their business date.
    #[n(2)]
    pub date: Date,
    /// Their place.
    #[n(3)]
    pub place: Place,
    /// Their person.
    #[n(4)]
    pub person: Option<ActorId>,
    /// Their dimension.
    #[n(5)]
    pub dimension: Dimension,
}

/// The item of one period's score sheet that points count in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(array)]
pub struct SheetPart {
    /// The sheet's period.
    #[n(0)]
    pub period: Period,
    /// The sheet's id.
    #[n(1)]
    pub sheet: String,
    /// The item's id.
    #[n(2)]
    pub item: String,
}

/// What a rule makes of a fact for one subject.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Outcome {
    /// An award of the fact itself.
    #[n(0)]
    Award {
        /// Points that should stand.
        #[n(0)]
        points: Points,
        /// The band.
        #[n(1)]
        band: Option<u32>,
        /// What stands.
        #[n(2)]
        booked: Option<Booked>,
        /// The cap's period, if the rule's points are capped.
        #[n(3)]
        cap: Option<Period>,
        /// The item of a score sheet it counts in.
        #[n(4)]
        part: Option<SheetPart>,
    },
    /// A contribution to a period's measure.
    #[n(1)]
    Part {
        /// The period.
        #[n(0)]
        period: Period,
        /// What it adds.
        #[n(1)]
        amount: i64,
    },
}

/// A pool of facts that others are made of.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Pooled {
    /// The rule set whose re-classifications count its facts.
    #[n(0)]
    pub set: String,
    /// Within which period.
    #[n(1)]
    pub period: Period,
    /// For whom.
    #[n(2)]
    pub subject: Subject,
    /// The credited person.
    #[n(3)]
    pub person: ActorId,
    /// The re-classifications that count the fact.
    #[n(4)]
    pub by: Vec<String>,
}

/// An award that others for the same matter may exclude.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Contested {
    /// Which awards exclude each other: [`crate::rule::Exclusive::name`].
    #[n(0)]
    pub name: String,
    /// The matter's period and key; none where the fact is one by itself.
    #[n(1)]
    pub matter: Option<(Period, EventKey)>,
    /// Which counts.
    #[n(2)]
    pub keep: Keep,
    /// The award that counts in its place: fact and rule.
    #[n(3)]
    pub kept: Option<(EventKey, String)>,
    /// What stands in the ledger to take this one back.
    #[n(4)]
    pub clamp: Option<Booked>,
}

/// How points follow from how often the subject had some before.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Repeated {
    /// Within which period it is counted.
    #[n(0)]
    pub period: Period,
    /// Under which name: [`crate::rule::Repeat::name`].
    #[n(1)]
    pub name: String,
    /// The points the first time.
    #[n(2)]
    pub nominal: Points,
    /// From which time on the factor holds that gave the points.
    #[n(3)]
    pub from: u64,
}

/// What a link's verdict follows.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Linked {
    /// Whose awards for the same fact, by the rule that the link belongs to.
    #[n(0)]
    pub sources: Vec<Subject>,
}

impl Evaluation {
    /// What it is one of: a fact has one verdict of a rule for a subject.
    pub(crate) fn key(&self) -> (&str, &Subject) {
        (&self.rule, &self.subject)
    }

    /// Whether another award counts in its place.
    pub fn is_left_out(&self) -> bool {
        self.contested.as_ref().is_some_and(|contested| contested.kept.is_some())
    }
}

/// One rule's verdict on a fact for one subject.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Evaluation {
    /// Rule id.
    #[n(0)]
    pub rule: String,
    /// Version that judged.
    #[n(1)]
    pub version: Digest,
    /// Dimension.
    #[n(2)]
    pub dimension: Dimension,
    /// Whose points.
    #[n(3)]
    pub subject: Subject,
    /// The credited person.
    #[n(4)]
    pub person: ActorId,
    /// Place the award is frozen with.
    #[n(5)]
    pub place: Place,
    /// Business date.
    #[n(6)]
    pub date: Date,
    /// The verdict.
    #[n(7)]
    pub outcome: Outcome,
    /// What repetition makes of its points; none where the rule does not count repeats, or gives nothing.
    #[n(8)]
    pub repeated: Option<Box<Repeated>>,
    /// The matter it is an award for, where others for the same exclude it.
    #[n(9)]
    pub contested: Option<Box<Contested>>,
    /// The awards it follows, where its rule is a link.
    #[n(10)]
    pub linked: Option<Box<Linked>>,
}
