//! Ranking: awards that depend on other facts of their subject, before anything is posted.
//!
//! In: the facts a record reaches, each scored by itself. Out: their points as the other facts of their cohorts have it, and the
//! aggregates of further facts whose points that changes, which the record then reaches too.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cohort::{Cohort, CohortChanges, CohortClass, CohortKey, Standing, note},
    reconcile::Difference,
    transaction::{Step, Transaction},
};
use crate::{
    case::Aggregate,
    id::EventKey,
    ledger::Subject,
    rule::RepeatStep,
    scoring::{Evaluation, Outcome},
    state::StateKind,
};

/// What a record reaches.
#[derive(Default)]
pub(super) struct Work {
    /// Aggregates folded, without their facts.
    pub(super) aggregates: Vec<(Vec<u8>, Aggregate)>,
    /// Their facts before and after.
    pub(super) differences: Vec<(EventKey, Difference)>,
}

impl Work {
    fn evaluation(
        &mut self,
        index: &BTreeMap<EventKey, usize>,
        standing: &Standing,
        of: &Subject,
    ) -> Option<&mut Evaluation> {
        let (_, difference) = self.differences.get_mut(*index.get(&standing.fact)?)?;
        let (_, scoring) = difference.new.as_mut()?;
        scoring.evaluations.iter_mut().find(|evaluation| evaluation.rule == standing.rule && evaluation.subject == *of)
    }
}

impl Transaction<'_> {
    /// Gives the facts reached the points that their cohorts make of them; answers which further aggregates change by that.
    pub(super) fn rank(&mut self, work: &mut Work, cohorts: &mut BTreeMap<Vec<u8>, Cohort>) -> Step<BTreeSet<Vec<u8>>> {
        let changes = changes_of(work);
        cohorts.clear();
        // PERF: where no rule looks at other facts, nothing is indexed and nothing read.
        if changes.is_empty() {
            return Ok(BTreeSet::new());
        }
        let changes: Vec<_> = changes.into_iter().map(|(key, changes)| (key.to_bytes(), key, changes)).collect();
        changes.iter().for_each(|(bytes, ..)| self.want(StateKind::Cohort, bytes));
        self.complete()?;
        let index: BTreeMap<_, _> = work.differences.iter().zip(0..).map(|((fact, _), at)| (*fact, at)).collect();
        let mut further = BTreeSet::new();
        for (bytes, key, changes) in changes {
            let before: Cohort = self.row(StateKind::Cohort, &bytes)?.unwrap_or_default();
            let after = before.changed(&changes);
            match key.class {
                CohortClass::Repeat => self.count_repeats(&key, (&before, &after), (work, &index), &mut further),
            }
            if after != before {
                cohorts.insert(bytes, after);
            }
        }
        Ok(further)
    }

    /// The n-th time decides the factor; facts not reached are reached where theirs is another now.
    fn count_repeats(
        &self,
        key: &CohortKey,
        (before, after): (&Cohort, &Cohort),
        (work, index): (&mut Work, &BTreeMap<EventKey, usize>),
        further: &mut BTreeSet<Vec<u8>>,
    ) {
        let zone = self.resident.organisation.zone();
        let step = |standing: &Standing, nth| {
            let rule = self.resident.versions.rule_on(zone.date(standing.occurred), &standing.rule);
            rule.and_then(|(_, rule)| rule.repeat.as_ref()).map_or(RepeatStep::ONCE, |repeat| repeat.step(nth))
        };
        let was: BTreeMap<&Standing, u64> = before.numbered().map(|(nth, standing, _)| (standing, nth)).collect();
        for (nth, standing, line) in after.numbered() {
            if index.contains_key(&standing.fact) {
                let step = step(standing, nth);
                let Some(evaluation) = work.evaluation(index, standing, &key.subject) else { continue };
                repeat(evaluation, step);
            } else if let Some(old) = was.get(standing)
                && *old != nth
                && step(standing, *old) != step(standing, nth)
            {
                further.insert(line.locator.clone());
            }
        }
    }

    /// Stores the cohorts as they are once everything is ranked.
    pub(super) fn put_cohorts(&mut self, cohorts: BTreeMap<Vec<u8>, Cohort>) {
        for (key, cohort) in cohorts {
            let row = (!cohort.lines.is_empty()).then(|| crate::canonical(&cohort));
            self.put_row(StateKind::Cohort, key, row);
        }
    }
}

/// What goes from cohorts and what comes.
fn changes_of(work: &Work) -> CohortChanges {
    let mut changes = CohortChanges::new();
    for (_, difference) in &work.differences {
        if let Some(old) = &difference.old {
            note(&mut changes, &old.fact, &old.evaluations, None);
        }
    }
    for (_, difference) in &work.differences {
        if let Some((draft, scoring)) = &difference.new {
            note(&mut changes, &draft.fact, &scoring.evaluations, Some(&difference.locator));
        }
    }
    changes
}

fn repeat(evaluation: &mut Evaluation, step: RepeatStep) {
    let Some(repeated) = &mut evaluation.repeated else { return };
    repeated.from = step.from;
    if let Outcome::Award { points, .. } = &mut evaluation.outcome {
        *points = step.of(repeated.nominal);
    }
}
