//! Repeats: what somebody gets for doing again what was counted before (第 5 次起加倍), by the n-th time within a period.

use toml::Spanned;

use crate::{both, points::Points, time::Grain};

use super::{
    Plan, Rule,
    check::{check_id, grain, start},
    diagnostic::Report,
    file::{Number, RepeatTable, RuleTable},
};

/// The most steps of one rule.
const STEPS_MAX: usize = 32;
/// The largest factor.
const FACTOR_MAX: Points = Points(1_000_000);

/// How the points of a rule follow from how often its subject had some in a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repeat {
    /// Within which period it is counted; never [`Grain::All`].
    pub per: Grain,
    /// Rules of one name are counted together; without, the rule by itself.
    pub group: Option<String>,
    /// From which time on which factor holds, ascending.
    pub steps: Vec<RepeatStep>,
}

/// From one time on, points are multiplied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RepeatStep {
    /// The n-th time, from 1.
    pub from: u64,
    /// By what, in thousandths; never negative.
    pub factor: Points,
}

impl RepeatStep {
    /// What holds where no step does.
    pub const ONCE: Self = Self { from: 1, factor: Points(1000) };

    /// `points` multiplied, rounded once, half away from zero.
    pub fn of(self, points: Points) -> Points {
        points.scale(self.factor.0, 1000)
    }
}

impl Repeat {
    /// The step of the n-th time, from 1.
    pub fn step(&self, nth: u64) -> RepeatStep {
        self.steps.iter().rev().find(|step| step.from <= nth).copied().unwrap_or(RepeatStep::ONCE)
    }

    /// What counts of the same kind are kept under: the group's name in the rule set `set`, or the rule's id. No id has a `+`.
    pub fn name(&self, set: &str, rule: &str) -> String {
        self.group.as_ref().map_or_else(|| rule.to_owned(), |group| format!("{set}+{group}"))
    }

    /// Points of `count` more times after `before` of them, each with the same nominal points.
    pub(super) fn sum(&self, points: Points, before: u64, count: u64) -> Option<Points> {
        let (mut sum, mut nth, last) = (0_i64, before + 1, before + count);
        while nth <= last {
            let next = self.steps.iter().map(|step| step.from).find(|from| *from > nth);
            let end = next.map_or(last, |next| last.min(next - 1));
            let alike = i64::try_from(end - nth + 1).ok()?;
            sum = self.step(nth).of(points).0.checked_mul(alike).and_then(|part| sum.checked_add(part))?;
            nth = end + 1;
        }
        Some(Points(sum))
    }
}

/// Checks `repeat = { … }`; `None` after a fault.
pub(super) fn check(report: &mut Report<'_>, written: &Spanned<RepeatTable>, plan: Option<&Plan>) -> Option<Repeat> {
    let table = written.get_ref();
    if let Some(Plan::PerPeriod { .. }) = plan {
        report.fault(
            start(written),
            both!(
                "`repeat` 数的是单件事实；请去掉 `period`，或对 `measure = \"count\"` 分档",
                "`repeat` counts single facts; drop `period`, or give bands over `measure = \"count\"`"
            ),
        );
        return None;
    }
    let per = grain(report, "repeat period", &table.per);
    table.group.iter().for_each(|group| check_id(report, group));
    if table.steps.is_empty() || table.steps.len() > STEPS_MAX {
        report.fault(
            start(written),
            both!(
                "`repeat` 有 1 到 {STEPS_MAX} 步：`steps = [{{ from = 5, factor = 2 }}]`",
                "`repeat` has from 1 to {STEPS_MAX} steps: `steps = [{{ from = 5, factor = 2 }}]`"
            ),
        );
        return None;
    }
    let mut steps: Vec<RepeatStep> = Vec::new();
    for step in &table.steps {
        let step_table = step.get_ref();
        let from = u64::try_from(*step_table.from.get_ref()).ok().filter(|from| *from >= 1);
        let Some(from) = from.filter(|from| steps.last().is_none_or(|last| last.from < *from)) else {
            report.fault(
                start(&step_table.from),
                both!(
                    "`from` 是第几次，不小于 1，逐步升高",
                    "`from` is the n-th time, 1 or more, and rises from step to step"
                ),
            );
            return None;
        };
        steps.push(RepeatStep { from, factor: factor(report, &step_table.factor)? });
    }
    Some(Repeat { per: per?, group: table.group.as_ref().map(|group| group.get_ref().clone()), steps })
}

/// A factor of points: a decimal with at most three places, from 0 to 1000.
pub(super) fn factor(report: &mut Report<'_>, written: &Spanned<Number>) -> Option<Points> {
    let factor = Points::parse(&written.get_ref().0).ok().filter(|factor| (Points::ZERO..=FACTOR_MAX).contains(factor));
    if factor.is_none() {
        let message = both!(
            "`factor` 从 0 到 1000，至多三位小数，如 `2` 或 `\"0.5\"`",
            "a factor is a number from 0 to 1000 with at most three decimal places, as `2` or `\"0.5\"`"
        );
        report.fault(start(written), message);
    }
    factor
}

/// Rules counted together must be counted alike.
pub(super) fn check_groups(report: &mut Report<'_>, tables: &[Spanned<RuleTable>], rules: &[Option<Rule>]) {
    let pairs: Vec<_> = tables.iter().zip(rules).filter_map(|(table, rule)| Some((table, rule.as_ref()?))).collect();
    for (index, (table, rule)) in pairs.iter().enumerate() {
        let (Some(written), Some(repeat)) = (&table.get_ref().repeat, &rule.repeat) else { continue };
        let Some(group) = &repeat.group else { continue };
        let same = |other: &Rule| other.repeat.as_ref().is_some_and(|other| other.group.as_ref() == Some(group));
        let Some((_, first)) = pairs.iter().take(index).find(|(_, other)| same(other)) else { continue };
        let alike = first.subject == rule.subject && first.repeat.as_ref().map(|repeat| repeat.per) == Some(repeat.per);
        if !alike {
            report.enter(Some(&rule.id));
            let message = both!(
                "与规则 `{}` 一起数次数；两者的 `subject` 和 `per` 须相同",
                "counted together with rule `{}`; both need the same `subject` and the same `per`",
                first.id
            );
            report.fault(start(written), message);
        }
    }
    report.enter(None);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeat(steps: &[(u64, i64)]) -> Repeat {
        let steps = steps.iter().map(|(from, factor)| RepeatStep { from: *from, factor: Points(*factor) }).collect();
        Repeat { per: Grain::Month, group: None, steps }
    }

    #[test]
    fn the_fifth_counts_double() {
        let doubled = repeat(&[(5, 2000)]);
        assert_eq!((1..=6).map(|nth| doubled.step(nth).of(Points(-1000)).0).sum::<i64>(), -8000);
        for (count, sum) in [(0, 0), (4, -4000), (5, -6000), (6, -8000), (8, -12_000)] {
            assert_eq!(doubled.sum(Points(-1000), 0, count), Some(Points(sum)), "{count}");
        }
        assert_eq!(doubled.sum(Points(-1000), 3, 2), Some(Points(-3000)));
    }

    #[test]
    fn a_table_of_steps_says_what_documents_sum_up() {
        // 3 times −10, 5 times −30, each further one −20.
        let steps = repeat(&[(1, 0), (3, 1000), (4, 0), (5, 2000)]);
        for (count, sum) in [(2, 0), (3, -10), (4, -10), (5, -30), (7, -70), (9, -110)] {
            assert_eq!(steps.sum(Points(-10_000), 0, count), Some(Points(sum * 1000)), "{count}");
        }
        assert_eq!(repeat(&[(2, 500)]).step(2).of(Points(-5)), Points(-3), "half away from zero");
    }
}
