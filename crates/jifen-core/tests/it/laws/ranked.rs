//! What facts give by each other, computed a second time the plain way: everything sorted, then counted.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    fact::Fact,
    id::EventKey,
    ledger::Subject,
    points::Points,
    roster::Organisation,
    rule::{Keep, RepeatStep},
    scoring::{Evaluation, Outcome, Versions, desired},
    time::Instant,
};

/// One verdict per rule and subject.
pub(super) type Verdicts = BTreeMap<(String, Subject), Evaluation>;

/// The verdicts on each fact.
pub(super) fn verdicts<'a>(
    facts: impl Iterator<Item = &'a Fact>,
    versions: &Versions,
    organisation: &Organisation,
) -> Vec<(EventKey, Verdicts)> {
    let mut facts: Vec<(Instant, EventKey, Verdicts)> = facts
        .map(|fact| {
            let mut scoring = desired(fact, versions, organisation);
            scoring.exempt(fact, versions, organisation);
            let keyed = scoring
                .evaluations
                .into_iter()
                .map(|evaluation| ((evaluation.rule.clone(), evaluation.subject.clone()), evaluation));
            (fact.occurred, fact.id, keyed.collect())
        })
        .collect();
    facts.sort_by_key(|(occurred, fact, _)| (*occurred, *fact));
    let mut times = BTreeMap::new();
    for evaluation in facts.iter_mut().flat_map(|(_, _, verdicts)| verdicts.values_mut()) {
        repeat(evaluation, versions, &mut times);
    }
    leave_out(&mut facts);
    for (_, _, verdicts) in &mut facts {
        link(verdicts, versions);
    }
    facts.into_iter().map(|(_, fact, verdicts)| (fact, verdicts)).collect()
}

/// One of what excludes each other counts; the others give nothing.
fn leave_out(facts: &mut [(Instant, EventKey, Verdicts)]) {
    let mut contests: BTreeMap<_, Vec<&mut Evaluation>> = BTreeMap::new();
    for (_, fact, verdicts) in facts {
        for evaluation in verdicts.values_mut() {
            let Some(contested) = &evaluation.contested else { continue };
            let matter = contested
                .matter
                .map_or((fact.to_string(), String::new()), |(period, key)| (key.to_string(), period.to_string()));
            let key = (contested.name.clone(), evaluation.subject.clone(), matter);
            contests.entry(key).or_default().push(evaluation);
        }
    }
    for mut contest in contests.into_values() {
        let size = |evaluation: &Evaluation| match &evaluation.outcome {
            Outcome::Award { points, .. } => points.0.abs(),
            Outcome::Part { .. } => 0,
        };
        let keep = contest[0].contested.as_ref().expect("contested").keep;
        let kept = match keep {
            Keep::Largest => (0..contest.len()).rev().max_by_key(|index| size(contest[*index])),
            Keep::First | Keep::Both => (0..contest.len()).find(|index| size(contest[*index]) > 0),
        };
        for (_, evaluation) in contest.iter_mut().enumerate().filter(|(index, _)| Some(*index) != kept) {
            if let Outcome::Award { points, .. } = &mut evaluation.outcome {
                *points = Points::ZERO;
            }
        }
    }
}

/// A link gives its part of what the awards of the same fact that it follows come to.
fn link(verdicts: &mut Verdicts, versions: &Versions) {
    let given: BTreeMap<(String, Subject), i64> = verdicts
        .iter()
        .filter_map(|(key, verdict)| match &verdict.outcome {
            Outcome::Award { points, .. } => Some((key.clone(), points.0)),
            Outcome::Part { .. } => None,
        })
        .collect();
    for verdict in verdicts.values_mut() {
        let (Some(linked), Outcome::Award { points, .. }) = (&verdict.linked, &mut verdict.outcome) else { continue };
        let (_, rule) = versions.rule(verdict.version, &verdict.rule).expect("its rule");
        let link = rule.link.as_ref().expect("a link");
        let of = |subject: &Subject| i128::from(given.get(&(link.of.clone(), subject.clone())).copied().unwrap_or(0));
        assert!(!linked.sources.contains(&verdict.subject), "nobody bears what is theirs already");
        let sum: i128 = linked.sources.iter().map(of).sum::<i128>() * i128::from(link.factor.numerator);
        *points = Points(jifen_core::points::divide_half_away(sum, i128::from(link.factor.denominator)) as i64);
    }
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

/// Asserts that what was made of facts is what grouping all of them anew makes.
pub(super) fn assert_made(facts: &[&Fact], versions: &Versions, organisation: &Organisation) {
    let mut pools: BTreeMap<_, Vec<(Instant, EventKey, Vec<String>)>> = BTreeMap::new();
    for fact in facts {
        let mut scoring = desired(fact, versions, organisation);
        scoring.exempt(fact, versions, organisation);
        for pooled in scoring.pooled {
            let pool = (pooled.set, pooled.period, pooled.subject, fact.kind);
            pools.entry(pool).or_default().push((fact.occurred, fact.id, pooled.by));
        }
    }
    let mut expected = BTreeSet::new();
    for ((set, period, _, _), mut pool) in pools {
        pool.sort();
        let version = versions.in_force(period.first).find(|version| version.set.id == set).expect("a version");
        for reclass in &version.set.reclasses {
            let (counted, rest): (Vec<_>, Vec<_>) =
                pool.iter().cloned().partition(|(_, _, by)| by.contains(&reclass.id));
            let whole = counted.len() / reclass.every * reclass.every;
            for group in counted[..whole].chunks(reclass.every) {
                expected.insert((reclass.id.clone(), group.iter().map(|(_, fact, _)| *fact).collect::<Vec<_>>()));
            }
            if reclass.consume {
                pool = [&counted[whole..], &rest].concat();
                pool.sort();
            }
        }
    }
    let made = facts.iter().filter_map(|fact| fact.derived.as_ref());
    let made: BTreeSet<_> = made.map(|derived| (derived.reclass.clone(), derived.facts.clone())).collect();
    assert_eq!(made, expected);
}
