//! Ranking: awards that depend on other facts of their subject, before anything is posted.
//!
//! In: the facts a record reaches, each scored by itself. Out: their points as the other facts of their cohorts have it, and the
//! aggregates of further facts whose points that changes, which the record then reaches too.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cohort::{Cohort, CohortChanges, CohortClass, CohortKey, CohortLine, Standing, note, note_pooled, points_of},
    pool::Records,
    reconcile::Difference,
    transaction::{Step, Transaction},
};
use crate::{
    case::{Aggregate, Draft},
    id::EventKey,
    ledger::Subject,
    points::Points,
    rule::{Keep, RepeatStep},
    scoring::{Evaluation, Outcome},
    state::StateKind,
};

/// What a record reaches.
#[derive(Default)]
pub(super) struct Work {
    /// Aggregates folded, without their facts.
    pub(super) aggregates: BTreeMap<Vec<u8>, Aggregate>,
    /// Their facts before and after.
    pub(super) differences: Vec<(EventKey, Difference)>,
    /// Facts made of pools, by the pools' state keys.
    pub(super) made: BTreeMap<Vec<u8>, Vec<(Draft, Records)>>,
    /// Pools to be looked at though no fact of theirs was reached.
    pub(super) touched: BTreeSet<CohortKey>,
}

impl Work {
    /// Whether any award stands against others.
    fn is_contested(&self) -> bool {
        let new = self.differences.iter().filter_map(|(_, difference)| difference.new.as_ref());
        new.flat_map(|(_, scoring)| &scoring.evaluations).any(|evaluation| evaluation.contested.is_some())
    }

    /// Of awards of one fact that exclude each other one counts.
    fn contest_within(&mut self) {
        let new = self.differences.iter_mut().filter_map(|(_, difference)| difference.new.as_mut());
        for (draft, scoring) in new {
            let mut groups: BTreeMap<(String, Subject), Vec<usize>> = BTreeMap::new();
            for (index, evaluation) in scoring.evaluations.iter().enumerate() {
                if let Some(contested) = evaluation.contested.as_ref().filter(|contested| contested.matter.is_none()) {
                    groups.entry((contested.name.clone(), evaluation.subject.clone())).or_default().push(index);
                }
            }
            for indexes in groups.into_values() {
                let keep = scoring.evaluations[indexes[0]].contested.as_ref().map_or(Keep::First, |first| first.keep);
                let points = indexes.iter().map(|index| points_of(&scoring.evaluations[*index]));
                let Some(winner) = keep.winner(points) else { continue };
                let rule = scoring.evaluations[indexes[winner]].rule.clone();
                let kept = Standing { occurred: draft.fact.occurred, fact: draft.fact.id, rule };
                for index in indexes.iter().filter(|index| **index != indexes[winner]) {
                    leave_out(&mut scoring.evaluations[*index], Some(&kept));
                }
            }
        }
    }

    fn evaluation(&mut self, index: &Reached, standing: &Standing, of: &Subject) -> Option<&mut Evaluation> {
        let (_, difference) = self.differences.get_mut(*index.get(&standing.fact)?)?;
        let (_, scoring) = difference.new.as_mut()?;
        scoring.evaluations.iter_mut().find(|evaluation| evaluation.rule == standing.rule && evaluation.subject == *of)
    }
}

/// Where facts that were reached stand in the work.
type Reached = BTreeMap<EventKey, usize>;

impl Transaction<'_> {
    /// Gives the facts reached the points that their cohorts make of them; answers which further aggregates change by that.
    pub(super) fn rank(&mut self, work: &mut Work, cohorts: &mut BTreeMap<Vec<u8>, Cohort>) -> Step<BTreeSet<Vec<u8>>> {
        cohorts.clear();
        let mut further = BTreeSet::new();
        let keys =
            [CohortClass::Reclass, CohortClass::Repeat, CohortClass::Exclusive].map(|class| changes_of(work, class));
        // PERF: where no rule looks at other awards, nothing is indexed and nothing read.
        if keys.iter().all(BTreeMap::is_empty) && !work.is_contested() {
            return Ok(further);
        }
        for key in keys.iter().flat_map(BTreeMap::keys) {
            self.want(StateKind::Cohort, &key.to_bytes());
        }
        self.complete()?;
        let index: Reached = work.differences.iter().zip(0..).map(|((fact, _), at)| (*fact, at)).collect();
        let [pools, repeats, _] = keys;
        for (key, changes) in pools {
            self.cohort(&key, &changes, cohorts)?;
        }
        for (key, changes) in repeats {
            let (before, after) = self.cohort(&key, &changes, cohorts)?;
            self.count_repeats(&key, (&before, &after), (work, &index), &mut further);
        }
        // Which award counts follows from the points that repetition left.
        work.contest_within();
        for (key, changes) in changes_of(work, CohortClass::Exclusive) {
            let (before, after) = self.cohort(&key, &changes, cohorts)?;
            contest(&key, (&before, &after), (work, &index), &mut further);
        }
        Ok(further)
    }

    /// A cohort as it was and as it becomes.
    fn cohort(
        &mut self,
        key: &CohortKey,
        changes: &BTreeMap<Standing, Option<CohortLine>>,
        cohorts: &mut BTreeMap<Vec<u8>, Cohort>,
    ) -> Step<(Cohort, Cohort)> {
        let bytes = key.to_bytes();
        let before: Cohort = self.row(StateKind::Cohort, &bytes)?.unwrap_or_default();
        let after = before.changed(changes);
        if after != before {
            cohorts.insert(bytes, after.clone());
        }
        Ok((before, after))
    }

    /// The n-th time decides the factor; facts not reached are reached where theirs is another now.
    fn count_repeats(
        &self,
        key: &CohortKey,
        (before, after): (&Cohort, &Cohort),
        (work, index): (&mut Work, &Reached),
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

/// What goes from cohorts of a class and what comes.
pub(super) fn changes_of(work: &Work, class: CohortClass) -> CohortChanges {
    let mut changes = CohortChanges::new();
    for (_, difference) in &work.differences {
        if let Some(old) = &difference.old {
            match class {
                CohortClass::Reclass => {
                    let pooled = old.pooled.iter().flatten();
                    pooled.for_each(|pooled| note_pooled(&mut changes, &old.fact, pooled, None));
                }
                CohortClass::Repeat | CohortClass::Exclusive => {
                    note(&mut changes, class, &old.fact, &old.evaluations, None);
                }
            }
        }
    }
    for (_, difference) in &work.differences {
        if let Some((draft, scoring)) = &difference.new {
            let locator = &difference.locator;
            match class {
                CohortClass::Reclass => {
                    for pooled in &scoring.pooled {
                        let source = work.source(draft, locator, pooled.by.clone(), pooled.person);
                        let line = CohortLine {
                            locator: locator.clone(),
                            points: Points::ZERO,
                            keep: None,
                            source: Some(source),
                        };
                        note_pooled(&mut changes, &draft.fact, pooled, Some(line));
                    }
                }
                CohortClass::Repeat | CohortClass::Exclusive => {
                    note(&mut changes, class, &draft.fact, &scoring.evaluations, Some(locator));
                }
            }
        }
    }
    changes
}

/// One award for a matter counts; facts not reached are reached where for theirs another counts now.
fn contest(
    key: &CohortKey,
    (before, after): (&Cohort, &Cohort),
    (work, index): (&mut Work, &Reached),
    further: &mut BTreeSet<Vec<u8>>,
) {
    let (was, kept) = (before.kept(), after.kept());
    for (standing, line) in &after.lines {
        if index.contains_key(&standing.fact) {
            let Some(evaluation) = work.evaluation(index, standing, &key.subject) else { continue };
            leave_out(evaluation, kept.filter(|kept| *kept != standing));
        } else if was != kept {
            further.insert(line.locator.clone());
        }
    }
}

/// An award of no points stands against none.
fn leave_out(evaluation: &mut Evaluation, kept: Option<&Standing>) {
    let points = points_of(evaluation);
    if let Some(contested) = &mut evaluation.contested {
        contested.kept = kept.filter(|_| points != Points::ZERO).map(|kept| (kept.fact, kept.rule.clone()));
    }
}

fn repeat(evaluation: &mut Evaluation, step: RepeatStep) {
    let Some(repeated) = &mut evaluation.repeated else { return };
    repeated.from = step.from;
    if let Outcome::Award { points, .. } = &mut evaluation.outcome {
        *points = step.of(repeated.nominal);
    }
}
