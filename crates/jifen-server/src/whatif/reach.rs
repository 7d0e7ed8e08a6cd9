//! Reach: what each rule of a set did over some days: the facts it looked at, whom it reached, the most it gave one of them on one day.
//!
//! In: sums of the days, as they stand or as a trial made them. Out: a line a rule. Nothing is worked out a second time here.

use std::collections::BTreeMap;

use jifen_core::{
    engine::Region,
    ledger::Subject,
    points::Points,
    rule::{Met, RuleSet},
    scoring::RuleVersion,
    time::Date,
};
use jifen_store::{Database, RegionRow};

use super::{
    Sums, own, standing,
    view::{ReachedSubject, RuleReach, RuleReached},
};
use crate::board::{Names, ReadError, person_of};

/// The days people look back when they ask whether a rule is met.
pub const DAYS: i32 = 90;
/// Most subjects named with a rule, those it gave or took most first.
const NAMED_MAX: usize = 20;

/// What one rule did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Reached {
    /// Facts and subjects.
    pub(super) met: Met,
    /// The most one subject got on one day, where days are known.
    pub(super) day_most: Option<Points>,
    /// Whom it gave or took points, or who had facts it only counts: their facts and points.
    pub(super) who: BTreeMap<Subject, (u64, Points)>,
}

impl Reached {
    pub(super) fn view(&self) -> RuleReach {
        RuleReach {
            facts: self.met.facts,
            reached: self.met.reached,
            day_most: self.day_most.map(|points| points.to_string()),
        }
    }
}

/// What every rule of a set did; those that nothing met are there as well.
pub(super) fn of_rules(set: &RuleSet, sums: &Sums) -> BTreeMap<String, Reached> {
    let mut found: BTreeMap<String, Reached> =
        set.rules.iter().map(|rule| (rule.id.clone(), Reached::default())).collect();
    for ((subject, id, _), counted) in sums {
        let is_own = set.rule(id).is_some_and(|rule| rule.subject == subject.kind());
        let (true, Some(reached)) = (is_own, found.get_mut(id)) else { continue };
        let (facts, points) = (u64::try_from(counted.sum.facts).unwrap_or(0), own(&counted.sum));
        reached.met.facts += facts;
        let who = reached.who.entry(subject.clone()).or_default();
        who.0 += facts;
        who.1 += points;
        let most = counted.days.values().copied().filter(|points| *points > Points::ZERO).max();
        reached.day_most = reached.day_most.max(most);
    }
    for (id, reached) in &mut found {
        let counts_only = set.rule(id).is_some_and(|rule| rule.fixed_points() == Some(Points::ZERO));
        reached.who.retain(|_, (facts, points)| *points != Points::ZERO || (counts_only && *facts > 0));
        reached.met.reached = reached.who.len() as u64;
    }
    found
}

/// Whom each rule reached, those it gave or took most first.
pub(super) fn lines(found: &BTreeMap<String, Reached>, names: &Names) -> Vec<RuleReached> {
    let line = |(rule, reached): (&String, &Reached)| {
        let mut who: Vec<(&Subject, &(u64, Points))> = reached.who.iter().collect();
        who.sort_by_key(|(_, (facts, points))| (std::cmp::Reverse(points.0.unsigned_abs()), std::cmp::Reverse(*facts)));
        let named = who.into_iter().take(NAMED_MAX).map(|(subject, (facts, points))| ReachedSubject {
            kind: subject.kind().name().to_owned(),
            subject: names.code(subject),
            name: names.name(subject),
            actor_kind: names.kind(subject),
            facts: *facts,
            points: points.to_string(),
        });
        RuleReached { rule: rule.clone(), reach: reached.view(), who: named.collect() }
    };
    found.iter().map(line).collect()
}

/// What the rules of a version did over days on which it was in force.
pub(crate) struct InForce {
    /// First day.
    pub(crate) from: Date,
    /// Last day.
    pub(crate) to: Date,
    /// A line a rule.
    pub(crate) rules: Vec<RuleReached>,
}

/// What the rules of a version in force did over the last [`DAYS`] of its days up to `to`, as it stands in the ledger.
/// `None`: it was in force on none of them.
///
/// # Errors
/// Store faults.
pub(crate) fn in_force(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    version: &RuleVersion,
    to: Date,
) -> Result<Option<InForce>, ReadError> {
    let Some((first, last)) = region.versions().days(version) else { return Ok(None) };
    let to = last.map_or(to, |last| to.min(last));
    let from = first.max(to.plus(1 - DAYS));
    if to < from {
        return Ok(None);
    }
    let found = of_rules(&version.set, &standing(database, row, (from, to))?);
    let people = found.values().flat_map(|reached| reached.who.keys()).filter_map(person_of);
    let names = Names::load(database, row, region, people)?;
    Ok(Some(InForce { from, to, rules: lines(&found, &names) }))
}
