//! What facts give by each other, computed a second time the plain way: everything sorted, then counted.

use std::collections::BTreeMap;

use jifen_core::{
    fact::Fact,
    id::EventKey,
    ledger::Subject,
    points::Points,
    rule::RepeatStep,
    scoring::{Evaluation, Outcome, Versions, desired},
    time::Instant,
};

/// One verdict per rule and subject.
pub(super) type Verdicts = BTreeMap<(String, Subject), Evaluation>;

/// The verdicts on each fact.
pub(super) fn verdicts<'a>(facts: impl Iterator<Item = &'a Fact>, versions: &Versions) -> Vec<(EventKey, Verdicts)> {
    let mut facts: Vec<(Instant, EventKey, Verdicts)> = facts
        .map(|fact| {
            let evaluations = desired(fact, versions).evaluations.into_iter();
            let keyed =
                evaluations.map(|evaluation| ((evaluation.rule.clone(), evaluation.subject.clone()), evaluation));
            (fact.occurred, fact.id, keyed.collect())
        })
        .collect();
    facts.sort_by_key(|(occurred, fact, _)| (*occurred, *fact));
    let mut times = BTreeMap::new();
    for evaluation in facts.iter_mut().flat_map(|(_, _, verdicts)| verdicts.values_mut()) {
        repeat(evaluation, versions, &mut times);
    }
    facts.into_iter().map(|(_, fact, verdicts)| (fact, verdicts)).collect()
}

fn repeat(evaluation: &mut Evaluation, versions: &Versions, times: &mut BTreeMap<(String, Subject, String), u64>) {
    let Some((_, rule)) = versions.rule_on(evaluation.date, &evaluation.rule) else { return };
    let (Some(repeat), Outcome::Award { points, .. }) = (&rule.repeat, &mut evaluation.outcome) else { return };
    if *points == Points::ZERO {
        return;
    }
    let period = jifen_core::time::Period::holding(repeat.per, evaluation.date);
    let name = repeat.group.clone().map_or_else(|| rule.id.clone(), |group| format!("group {group}"));
    let nth = times.entry((name, evaluation.subject.clone(), period.to_string())).or_default();
    *nth += 1;
    let step = repeat.steps.iter().rfind(|step| step.from <= *nth).copied();
    let RepeatStep { factor, .. } = step.unwrap_or(RepeatStep { from: 1, factor: Points(1000) });
    *points = Points(jifen_core::points::divide_half_away(i128::from(points.0) * i128::from(factor.0), 1000) as i64);
}
