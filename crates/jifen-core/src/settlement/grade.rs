//! Grades by score, vetoes that shut out or cap them, warning cards by the number of facts.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::Settling;
use crate::{
    ledger::Subject,
    points::Points,
    rule::settlement::{Card, Counted, Grade, Veto, periods_within},
    time::Period,
};

/// A grade of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Graded {
    /// The grade's id.
    #[n(0)]
    pub id: String,
    /// Whose.
    #[n(1)]
    pub subject: Subject,
    /// The score.
    #[n(2)]
    pub score: Points,
    /// Index of the band that the score is in.
    #[n(3)]
    pub by_score: u32,
    /// Index of the band that holds in the end.
    #[n(4)]
    pub band: u32,
    /// The veto that took it down.
    #[n(5)]
    pub capped_by: Option<String>,
}

/// A veto that has an effect on a subject in a period.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Vetoed {
    /// The veto's id.
    #[n(0)]
    pub id: String,
    /// Whom it shuts out.
    #[n(1)]
    pub subject: Subject,
    /// The periods that have facts enough, and how many.
    #[n(2)]
    pub periods: Vec<(Period, u64)>,
}

/// A warning card.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Carded {
    /// The card's id.
    #[n(0)]
    pub id: String,
    /// Whose.
    #[n(1)]
    pub subject: Subject,
    /// Index of the level.
    #[n(2)]
    pub level: u32,
    /// How many facts there are.
    #[n(3)]
    pub facts: u64,
}

impl Settling<'_> {
    /// How many of the facts each subject has in a period.
    pub(super) fn facts(&mut self, counted: &Counted, period: Period) -> BTreeMap<Subject, u64> {
        let Some(sums) = self.sums(counted.subject, period) else { return BTreeMap::new() };
        let members = self.members(counted.subject, period);
        let count = |subject: &Subject| {
            let rows = sums.get(subject)?;
            let facts: u64 = counted.rules.iter().filter_map(|rule| rows.get(rule)).map(|sum| sum.facts).sum();
            (facts > 0).then_some(facts)
        };
        members.iter().filter_map(|member| Some((member.subject.clone(), count(&member.subject)?))).collect()
    }

    /// Whom a veto reaches in a period: by the facts of the periods within it.
    fn reached(&mut self, veto: &Veto, period: Period) -> BTreeMap<Subject, Vec<(Period, u64)>> {
        let mut reached: BTreeMap<Subject, Vec<(Period, u64)>> = BTreeMap::new();
        for each in periods_within(period, veto.counted.per) {
            for (subject, facts) in self.facts(&veto.counted, each) {
                if facts >= veto.at_least {
                    reached.entry(subject).or_default().push((each, facts));
                }
            }
        }
        reached
    }

    /// All vetoes that have an effect in a period.
    pub(super) fn vetoes(&mut self, period: Period) -> Vec<Vetoed> {
        let mut vetoed = Vec::new();
        for veto in self.vetoes_in_force(period) {
            let caps = veto.caps.iter().any(|(grade, _)| self.grade_named(grade, period).is_some());
            if veto.counted.per == period.grain || veto.blocks.contains(&period.grain) || caps {
                let reached = self.reached(veto, period).into_iter();
                let of = |(subject, periods)| Vetoed { id: veto.face.id.clone(), subject, periods };
                vetoed.extend(reached.map(of));
            }
        }
        vetoed
    }

    /// Who is shut out of the honours of a period, and by which veto first.
    pub(super) fn shut_out(&mut self, period: Period) -> BTreeMap<Subject, String> {
        let mut shut_out = BTreeMap::new();
        for veto in self.vetoes_in_force(period).into_iter().filter(|veto| veto.blocks.contains(&period.grain)) {
            for subject in self.reached(veto, period).into_keys() {
                shut_out.entry(subject).or_insert_with(|| veto.face.id.clone());
            }
        }
        shut_out
    }

    /// A grade of everybody who has a score.
    pub(super) fn grades(&mut self, grade: &Grade, period: Period) -> Vec<Graded> {
        let scores = self.basis(&grade.basis, period);
        let mut caps: BTreeMap<Subject, (usize, String)> = BTreeMap::new();
        for veto in self.vetoes_in_force(period) {
            let Some((_, best)) = veto.caps.iter().find(|(id, _)| *id == grade.face.id) else { continue };
            for subject in self.reached(veto, period).into_keys() {
                let cap = caps.entry(subject).or_insert_with(|| (*best, veto.face.id.clone()));
                if *best < cap.0 {
                    *cap = (*best, veto.face.id.clone());
                }
            }
        }
        let graded = scores.iter().map(|(subject, score)| {
            let by_score = grade.of(*score);
            let cap = caps.get(subject).filter(|(best, _)| *best < by_score);
            Graded {
                id: grade.face.id.clone(),
                subject: subject.clone(),
                score: *score,
                by_score: by_score as u32,
                band: cap.map_or(by_score, |(best, _)| *best) as u32,
                capped_by: cap.map(|(_, veto)| veto.clone()),
            }
        });
        graded.collect()
    }

    /// The cards of a period.
    pub(super) fn cards(&mut self, card: &Card, period: Period) -> Vec<Carded> {
        let facts = self.facts(&card.counted, period).into_iter();
        let carded = facts.filter_map(|(subject, facts)| {
            let level = card.levels.iter().rposition(|(at_least, _)| facts >= *at_least)?;
            Some(Carded { id: card.face.id.clone(), subject, level: level as u32, facts })
        });
        carded.collect()
    }
}
