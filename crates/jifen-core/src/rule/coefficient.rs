//! Coefficients: how much one fact weighs beside another, by the matter, channel or place (折合系数、标准工时). Data of the rule file,
//! so they are versioned, published and explained with it.

use std::{collections::BTreeMap, sync::Arc};

use toml::Spanned;

use crate::{both, expression::offer, fact::Fact};

use super::{
    Measure, Plan, Unscored,
    amount::Amount,
    check::{check_id, check_title, start, word},
    check_amount,
    diagnostic::Report,
    file::{CoefficientTable, Number, RuleTable},
    per_unit::{Partial, PerUnit},
};

/// The most tables of one set.
const TABLES_MAX: usize = 64;
/// The most rows of one table: every matter of a city.
const ROWS_MAX: usize = 20_000;
/// What 1 is in the thousandths in which coefficients are kept.
pub(super) const ONE: i64 = 1000;

/// A table of coefficients.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coefficient {
    /// Its id, unique in the set.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// Which code of a fact it is read by.
    pub by: CoefficientKey,
    /// What each code weighs, in thousandths; never negative.
    pub rows: BTreeMap<String, i64>,
    /// What a fact weighs whose code has no row, or which has none; without it such a fact waits.
    pub default: Option<i64>,
}

/// The code of a fact by which coefficients are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CoefficientKey {
    /// 事项.
    Matter,
    /// 渠道.
    Channel,
    /// 窗口.
    Window,
    /// 部门.
    Department,
    /// 大厅.
    Hall,
}

impl CoefficientKey {
    pub(super) const ALL: [Self; 5] = [Self::Matter, Self::Channel, Self::Window, Self::Department, Self::Hall];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Matter => "matter",
            Self::Channel => "channel",
            Self::Window => "window",
            Self::Department => "department",
            Self::Hall => "hall",
        }
    }

    fn of(self, fact: &Fact) -> Option<&str> {
        match self {
            Self::Matter => fact.matter.as_deref(),
            Self::Channel => fact.channel.as_deref(),
            Self::Window => fact.place.window.as_deref(),
            Self::Department => fact.place.department.as_deref(),
            Self::Hall => fact.place.hall.as_deref(),
        }
    }
}

impl Coefficient {
    /// What a fact weighs, in thousandths.
    pub(super) fn of(&self, fact: &Fact) -> Result<i64, Unscored> {
        let code = self.by.of(fact);
        let found = code.and_then(|code| self.rows.get(code)).copied().or(self.default);
        found.ok_or_else(|| Unscored::NotEvaluable(format!("no_coefficient:{}", code.unwrap_or_default())))
    }
}

/// All tables of a file; `None` after a fault.
pub(super) fn tables(report: &mut Report<'_>, written: &[CoefficientTable]) -> Option<Vec<Arc<Coefficient>>> {
    report.enter(None);
    if let Some(beyond) = written.get(TABLES_MAX) {
        report.fault(
            start(&beyond.id),
            both!(
                "系数表超过 {TABLES_MAX} 张；请合并几张",
                "more than {TABLES_MAX} tables of coefficients; put some together"
            ),
        );
        return None;
    }
    let mut found: Vec<Option<Arc<Coefficient>>> = Vec::new();
    for (index, table) in written.iter().enumerate() {
        check_id(report, &table.id);
        check_title(report, &table.title);
        let twice = written.get(..index).into_iter().flatten().any(|other| other.id.get_ref() == table.id.get_ref());
        if twice {
            report.fault(
                start(&table.id),
                both!("有两张系数表 `{}`", "there are two tables of coefficients `{}`", table.id.get_ref()),
            );
        }
        found.push(one(report, table).filter(|_| !twice).map(Arc::new));
    }
    found.into_iter().collect()
}

fn one(report: &mut Report<'_>, table: &CoefficientTable) -> Option<Coefficient> {
    let by = word(report, "code", &table.by, &CoefficientKey::ALL, CoefficientKey::name);
    let default = table.default.as_ref().map(|written| weight(report, written));
    let rows = table.table.get_ref();
    if rows.is_empty() || rows.len() > ROWS_MAX {
        report.fault(
            start(&table.table),
            both!("系数表有 1 到 {ROWS_MAX} 行", "a table of coefficients has from 1 to {ROWS_MAX} rows"),
        );
        return None;
    }
    let rows: Vec<Option<(String, i64)>> =
        rows.iter().map(|(code, written)| Some((code.get_ref().clone(), weight(report, written)?))).collect();
    Some(Coefficient {
        id: table.id.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        by: by?,
        rows: rows.into_iter().collect::<Option<_>>()?,
        default: default.map_or(Some(None), |default| default.map(Some))?,
    })
}

fn weight(report: &mut Report<'_>, written: &Spanned<Number>) -> Option<i64> {
    let weight = check_amount::points(report, written)?.0;
    if weight < 0 {
        report.fault(
            start(written),
            both!(
                "系数不能是负数：那会把扣分变成加分",
                "a coefficient is never negative: it would turn a deduction into an award"
            ),
        );
        return None;
    }
    Some(weight)
}

/// The table a rule names; `Some(None)` where it names none.
pub(super) fn of_rule(
    report: &mut Report<'_>,
    table: &RuleTable,
    tables: Option<&[Arc<Coefficient>]>,
    plan: Option<&Plan>,
    amount: Option<&Amount>,
) -> Option<Option<Arc<Coefficient>>> {
    let Some(written) = &table.coefficient else { return Some(None) };
    let found = tables?.iter().find(|known| known.id == *written.get_ref());
    let Some(found) = found else {
        let names: Vec<String> = tables.into_iter().flatten().map(|known| known.id.clone()).collect();
        let id = written.get_ref();
        report.fault(
            start(written),
            both!("没有编号为 `{id}` 的 `[[coefficient]]`", "no `[[coefficient]]` has the id `{id}`")
                .and(&offer(id, &names)),
        );
        return None;
    };
    let wrong = match (plan?, amount?) {
        (
            Plan::PerPeriod {
                measure: Measure::Rate { .. } | Measure::Mean { .. } | Measure::Percentile { .. }, ..
            },
            _,
        ) => Some(both!(
            "`rate`、`mean`、`percentile` 对每件事实一样看待；能折合的是 `count`、`sum`",
            "a rate, mean or percentile weighs every fact alike; coefficients weigh a `count` or `sum`"
        )),
        (Plan::PerPeriod { .. }, _) if table.times.is_some() => Some(both!(
            "`times = \"count\"` 每件都算一件；请改为逐件折合，或与折合件数比较",
            "`times = \"count\"` counts every fact once; weigh single facts, or compare the weighted count"
        )),
        (Plan::PerPeriod { .. }, Amount::Fixed(_)) => Some(both!(
            "分数与数多少无关，折合不起作用；请加档位或 `per_unit`",
            "the points do not depend on what is counted, so nothing is weighed; add bands or `per_unit`"
        )),
        (Plan::PerFact, Amount::PerUnit(PerUnit { partial: Partial::Exact, .. })) => Some(both!(
            "`partial = \"exact\"` 已经舍入过，而一笔流水只舍入一次；请用 `floor` 或 `ceil`",
            "`partial = \"exact\"` rounds already and an entry rounds once; take `floor` or `ceil`"
        )),
        (Plan::PerFact | Plan::PerPeriod { .. }, _) => None,
    };
    if let Some(wrong) = wrong {
        report.fault(start(written), wrong);
        return None;
    }
    Some(Some(Arc::clone(found)))
}

/// Faults of tables that no rule reads.
pub(super) fn check_used(report: &mut Report<'_>, tables: &[CoefficientTable], rules: &[Spanned<RuleTable>]) {
    report.enter(None);
    for table in tables {
        let named = |rule: &Spanned<RuleTable>| {
            rule.get_ref().coefficient.as_ref().is_some_and(|name| name.get_ref() == table.id.get_ref())
        };
        if !rules.iter().any(named) {
            report.fault(
                start(&table.id),
                both!(
                    "没有规则写 `coefficient = \"{}\"`；请写上，或去掉这张表",
                    "no rule has `coefficient = \"{}\"`; add it to one, or drop the table",
                    table.id.get_ref()
                ),
            );
        }
    }
}
