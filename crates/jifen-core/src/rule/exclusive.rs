//! Exclusive awards: of several for one matter (同一事项) only one counts: the largest, or the first.

use minicbor::{Decode, Encode};
use toml::Spanned;

use crate::{
    both,
    expression::{Expression, Type},
    fact::Fact,
    id::EventKey,
    points::Points,
    time::Grain,
};

use super::{
    On, Plan, Rule, Unscored,
    amount::Amount,
    check::{check_id, grain, start, word},
    compile::compile,
    diagnostic::Report,
    facts::{FactValues, key_text},
    file::{ExclusiveTable, RuleTable},
};

/// Which awards for one matter exclude each other, and which of them counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exclusive {
    /// Rules of one name exclude each other; without, the awards of the rule by itself.
    pub group: Option<String>,
    /// Which awards count.
    pub keep: Keep,
    /// Facts of one key within a period are one matter; without, only what one fact gives by several rules.
    pub(super) matter: Option<Matter>,
    /// Whether gains and deductions may exclude each other.
    mixed: bool,
}

/// What makes several facts one matter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Matter {
    pub(super) key: Expression,
    pub(super) per: Grain,
}

/// Which of several awards for one matter count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Keep {
    /// The one of the most points either way; of equal ones the first.
    #[n(0)]
    Largest,
    /// The one that happened first.
    #[n(1)]
    First,
    /// All: the document says so.
    #[n(2)]
    Both,
}

impl Keep {
    pub(super) const ALL: [Self; 3] = [Self::Largest, Self::First, Self::Both];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Largest => "largest",
            Self::First => "first",
            Self::Both => "both",
        }
    }

    /// Which of some awards in their order counts; those of no points are none.
    pub fn winner(self, awards: impl Iterator<Item = Points>) -> Option<usize> {
        let mut kept: Option<(usize, u64)> = None;
        for (index, points) in awards.enumerate().filter(|(_, points)| *points != Points::ZERO) {
            let size = points.0.unsigned_abs();
            let better = match self {
                Self::Largest => kept.is_none_or(|(_, best)| size > best),
                Self::First | Self::Both => kept.is_none(),
            };
            if better {
                kept = Some((index, size));
            }
        }
        kept.map(|(index, _)| index)
    }
}

impl Exclusive {
    /// What awards that exclude each other are kept under: the group's name in the rule set `set`, or the rule's id. No id has a `+`.
    pub fn name(&self, set: &str, rule: &str) -> String {
        self.group.as_ref().map_or_else(|| rule.to_owned(), |group| format!("{set}+{group}"))
    }

    /// Within which period facts of one key are one matter; `None`: a fact is one by itself.
    pub fn per(&self) -> Option<Grain> {
        self.matter.as_ref().map(|matter| matter.per)
    }
}

impl Rule {
    /// Under which key a fact's award stands against others; one that lacks the key stands against none.
    pub fn matter_key(&self, fact: &Fact, person_known: bool) -> Result<Option<EventKey>, Unscored> {
        let Some(matter) = self.exclusive.as_ref().and_then(|exclusive| exclusive.matter.as_ref()) else {
            return Ok(None);
        };
        match key_text(&matter.key, &FactValues { on: &self.on, fact, person_known }) {
            Ok(key) => Ok(Some(EventKey::of("", &key))),
            Err(Unscored::Absent) => Ok(None),
            Err(reason) => Err(reason),
        }
    }
}

/// Checks `exclusive = { … }`; `None` after a fault.
pub(super) fn check(
    report: &mut Report<'_>,
    written: &Spanned<ExclusiveTable>,
    on: &On,
    plan: Option<&Plan>,
) -> Option<Exclusive> {
    let table = written.get_ref();
    if let Some(Plan::PerPeriod { .. }) = plan {
        report.fault(
            start(written),
            both!(
                "`exclusive` 在单件事实中取舍；请去掉 `period`，或把条件分开",
                "`exclusive` chooses among single facts; drop `period`, or tell the conditions apart"
            ),
        );
        return None;
    }
    let keep = word(report, "keep", &table.keep, &Keep::ALL, Keep::name);
    table.group.iter().for_each(|group| check_id(report, group));
    let matter = match (&table.key, &table.per) {
        (None, None) => {
            if table.group.is_none() {
                report.fault(
                    start(written),
                    both!(
                        "与什么互斥？`group` 写哪些规则互斥，`key` 写哪些事实是同一事项",
                        "exclusive of what? `group` names rules, `key` says which facts are one matter"
                    ),
                );
                return None;
            }
            Some(None)
        }
        (Some(key), Some(per)) => {
            let key = compile(report, on, "key", key, Type::Text);
            let per = grain(report, "exclusive period", per);
            key.zip(per).map(|(key, per)| Some(Matter { key, per }))
        }
        (Some(key), None) => {
            report.fault(
                start(key),
                both!(
                    "`key` 相同的事实在多长时间内是同一事项？请加 `per = \"year\"`",
                    "for how long are facts of one key one matter? add `per = \"year\"`"
                ),
            );
            None
        }
        (None, Some(per)) => {
            report.fault(
                start(per),
                both!(
                    "`per` 与 `key` 一起写；请加 `key = \"fact.…\"`，或去掉它",
                    "`per` bounds a `key`; add `key = \"fact.…\"` or drop it"
                ),
            );
            None
        }
    };
    let group = table.group.as_ref().map(|group| group.get_ref().clone());
    Some(Exclusive { group, keep: keep?, matter: matter?, mixed: table.mixed })
}

/// Rules that exclude each other must agree on how, and on the sign of their points.
pub(super) fn check_groups(report: &mut Report<'_>, tables: &[Spanned<RuleTable>], rules: &[Option<Rule>]) {
    let pairs = tables
        .iter()
        .zip(rules)
        .filter_map(|(table, rule)| Some((table.get_ref().exclusive.as_ref()?, rule.as_ref()?)));
    let pairs: Vec<_> = pairs.filter_map(|(written, rule)| Some((written, rule, rule.exclusive.as_ref()?))).collect();
    for (index, (written, rule, exclusive)) in pairs.iter().enumerate() {
        report.enter(Some(&rule.id));
        let (gains, deductions) = rule.signs();
        if gains && deductions && !exclusive.mixed {
            report.fault(
                start(written),
                both!("规则有加有扣，哪一笔算大？请拆成两条规则，或写 `mixed = true`：取绝对值大的", "the rule both gives and takes; which is larger? write two rules, or `mixed = true`: the larger number"),
            );
        }
        let same = |other: &Exclusive| exclusive.group.is_some() && other.group == exclusive.group;
        let Some((_, first, other)) = pairs.iter().take(index).find(|(_, _, other)| same(other)) else { continue };
        let of = |exclusive: &Exclusive| (exclusive.keep, exclusive.per());
        if first.subject != rule.subject || of(other) != of(exclusive) {
            let message = both!(
                "与规则 `{}` 互斥；两者的 `subject`、`keep`、`per` 须相同，`key` 都写或都不写",
                "excludes awards of rule `{}`; both need the same `subject`, `keep` and `per`, and a `key` or none",
                first.id
            );
            report.fault(start(written), message);
        }
        let (other_gains, other_deductions) = first.signs();
        if ((gains && other_deductions) || (deductions && other_gains)) && !(exclusive.mixed && other.mixed) {
            let message = both!(
                "与规则 `{}` 一加一扣；请分成两组，或在两条里都写 `mixed = true`",
                "gives what rule `{}` takes, or the other way round; put them into two groups, or write `mixed = true` in both",
                first.id
            );
            report.fault(start(written), message);
        }
    }
    report.enter(None);
}

impl Rule {
    /// Whether it may give points, and whether it may take some.
    fn signs(&self) -> (bool, bool) {
        let points: Vec<Points> = match &self.amount {
            Amount::Fixed(points) => vec![*points],
            Amount::Banded(bands) => bands.edged.iter().map(|(_, points)| *points).chain([bands.last]).collect(),
            Amount::PerUnit(amount) => vec![amount.points],
            Amount::Table(table) => table.rows.iter().map(|(_, points)| *points).collect(),
            Amount::Range(range) => vec![range.points],
        };
        (points.iter().any(|points| *points > Points::ZERO), points.iter().any(|points| *points < Points::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_either_way_or_the_first_counts() {
        let winner = |keep: Keep, points: &[i64]| keep.winner(points.iter().map(|points| Points(*points)));
        assert_eq!(winner(Keep::Largest, &[1, 4, 2]), Some(1));
        assert_eq!(winner(Keep::Largest, &[-3, 0, -5, -5]), Some(2), "of equal ones the first");
        assert_eq!(winner(Keep::Largest, &[0, 0]), None);
        assert_eq!(winner(Keep::First, &[0, 1, 4]), Some(1));
    }
}
