//! Cohorts: facts of one subject and period whose awards depend on each other, in the order they happened.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::tally::{period_of, period_prefix};
use crate::{
    fact::{Fact, Place},
    id::{ActorId, Digest, EventKey},
    ledger::Subject,
    points::Points,
    rule::{Keep, SubjectKind},
    scoring::{Evaluation, Outcome, Pooled},
    time::{Instant, Period},
};

/// What a cohort is kept for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CohortClass {
    /// The n-th time somebody gets points.
    Repeat = 1,
    /// Awards for one matter, of which one counts.
    Exclusive = 2,
    /// Facts that others are made of.
    Reclass = 3,
}

/// Key of a cohort.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CohortKey {
    /// What for.
    pub class: CohortClass,
    /// Within which period.
    pub period: Period,
    /// Of which rule or group.
    pub name: String,
    /// Whose.
    pub subject: Subject,
    /// Which matter, where awards exclude each other.
    pub key: Option<EventKey>,
}

impl CohortKey {
    /// State key.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.class as u8];
        bytes.extend(period_prefix(self.period));
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.push(0);
        bytes.extend(self.key.iter().flat_map(|key| key.0));
        bytes.push(self.subject.kind() as u8);
        bytes.extend_from_slice(self.subject.key());
        bytes
    }

    /// Reads the key of a pool of facts that others are made of.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (_, rest) = bytes.split_first().filter(|(class, _)| **class == CohortClass::Reclass as u8)?;
        let (period, rest) = rest.split_at_checked(5)?;
        let period = period_of(period)?;
        let zero = rest.iter().position(|byte| *byte == 0)?;
        let name = String::from_utf8(rest[..zero].to_vec()).ok()?;
        let number = *rest.get(zero + 1)?;
        let kind = SubjectKind::ALL.iter().copied().find(|kind| *kind as u8 == number)?;
        let subject = Subject::from_key(kind, rest.get(zero + 2..)?)?;
        Some(Self { class: CohortClass::Reclass, period, name, subject, key: None })
    }
}

/// Where a line stands among others: by business time, then fact, then rule; when it became known never shows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Standing {
    /// When it happened.
    #[n(0)]
    pub occurred: Instant,
    /// The fact.
    #[n(1)]
    pub fact: EventKey,
    /// The rule.
    #[n(2)]
    pub rule: String,
}

/// One rule's award of one fact.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct CohortLine {
    /// State key of the fact's aggregate.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub locator: Vec<u8>,
    /// The points it has: by itself, or where awards exclude each other, as repetition has it.
    #[n(1)]
    pub points: Points,
    /// Which counts of awards that exclude each other.
    #[n(2)]
    pub keep: Option<Keep>,
    /// What a fact brings that others are made of.
    #[n(3)]
    pub source: Option<Source>,
}

/// What a fact brings that others are made of.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Source {
    /// The re-classifications that count it.
    #[n(0)]
    pub by: Vec<String>,
    /// Where it happened.
    #[n(1)]
    pub place: Place,
    /// The credited person.
    #[n(2)]
    pub person: ActorId,
    /// Its journal positions with the digests of their records.
    #[n(3)]
    pub records: Vec<(u64, Digest)>,
    /// Plain names of unidentified actors in it.
    #[n(4)]
    pub waits: Vec<ActorId>,
}

/// The lines of a cohort, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Cohort {
    /// By where they stand.
    #[n(0)]
    pub lines: BTreeMap<Standing, CohortLine>,
}

/// Lines that come (or go, where there is none), by cohort.
pub(super) type CohortChanges = BTreeMap<CohortKey, BTreeMap<Standing, Option<CohortLine>>>;

/// Notes that a fact's lines of a class go from their cohorts, as `evaluations` have them, or stand there with `locator`.
pub(super) fn note(
    changes: &mut CohortChanges,
    class: CohortClass,
    fact: &Fact,
    evaluations: &[Evaluation],
    locator: Option<&[u8]>,
) {
    for evaluation in evaluations {
        let Some((key, points, keep)) = place(class, evaluation) else { continue };
        let standing = Standing { occurred: fact.occurred, fact: fact.id, rule: evaluation.rule.clone() };
        let line = locator.map(|locator| CohortLine { locator: locator.to_vec(), points, keep, source: None });
        changes.entry(key).or_default().insert(standing, line);
    }
}

/// Notes that a fact goes from a pool, or lies there.
pub(super) fn note_pooled(changes: &mut CohortChanges, fact: &Fact, pooled: &Pooled, line: Option<CohortLine>) {
    let key = CohortKey {
        class: CohortClass::Reclass,
        period: pooled.period,
        name: format!("{}+{}", pooled.set, fact.kind.name()),
        subject: pooled.subject.clone(),
        key: None,
    };
    let standing = Standing { occurred: fact.occurred, fact: fact.id, rule: String::new() };
    changes.entry(key).or_default().insert(standing, line);
}

/// The cohort of a class that an evaluation stands in, and with what.
fn place(class: CohortClass, evaluation: &Evaluation) -> Option<(CohortKey, Points, Option<Keep>)> {
    let subject = evaluation.subject.clone();
    match class {
        CohortClass::Reclass => None,
        CohortClass::Repeat => {
            let repeated = evaluation.repeated.as_ref()?;
            let (period, name) = (repeated.period, repeated.name.clone());
            Some((CohortKey { class, period, name, subject, key: None }, repeated.nominal, None))
        }
        CohortClass::Exclusive => {
            let contested = evaluation.contested.as_ref()?;
            let (period, matter) = contested.matter?;
            let key = CohortKey { class, period, name: contested.name.clone(), subject, key: Some(matter) };
            Some((key, points_of(evaluation), Some(contested.keep)))
        }
    }
}

/// The points of an award.
pub(super) fn points_of(evaluation: &Evaluation) -> Points {
    match &evaluation.outcome {
        Outcome::Award { points, .. } => *points,
        Outcome::Part { .. } => Points::ZERO,
    }
}

impl Cohort {
    /// The cohort after `changes`.
    pub(super) fn changed(&self, changes: &BTreeMap<Standing, Option<CohortLine>>) -> Self {
        let mut after = self.clone();
        for (standing, line) in changes {
            match line {
                Some(line) => drop(after.lines.insert(standing.clone(), line.clone())),
                None => drop(after.lines.remove(standing)),
            }
        }
        after
    }

    /// The line that counts of awards that exclude each other. How that is found, the first one's rule says.
    pub(super) fn kept(&self) -> Option<&Standing> {
        let keep = self.lines.values().next()?.keep?;
        let winner = keep.winner(self.lines.values().map(|line| line.points))?;
        self.lines.keys().nth(winner)
    }

    /// Every line with its number, from 1.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u64, &Standing, &CohortLine)> {
        (1..).zip(&self.lines).map(|(nth, (standing, line))| (nth, standing, line))
    }
}
