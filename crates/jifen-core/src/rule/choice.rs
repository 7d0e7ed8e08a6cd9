//! Amounts that follow what somebody wrote: a table by key (区 1、市 2、省 4), a number chosen within bounds (酌情扣 3–5 分).

use toml::Spanned;

use crate::{
    both,
    expression::{Expression, Stop, Type},
    language::Words,
    points::Points,
};

use super::{
    BANDS_MAX, On, Plan, Unscored,
    amount::multiplied,
    check::start,
    check_amount::{self, Compared, edge_at},
    compile::compile,
    diagnostic::Report,
    facts::{FactValues, key_text},
    file::{RangeTable, RuleTable},
};

/// Points by the word or number a fact gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Table {
    pub(super) key: Expression,
    /// In the order of the file.
    pub(super) rows: Vec<(String, Points)>,
}

/// Points for each of a number that a person chose between two bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Range {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) points: Points,
}

impl Table {
    /// Row and points of a fact; a key without a row waits for somebody to mend the fact or the table.
    pub(super) fn row_of(&self, values: &FactValues<'_>) -> Result<(u32, Points), Unscored> {
        let key = key_text(&self.key, values)?;
        let found = self.rows.iter().enumerate().find(|(_, (row, _))| *row == key);
        let (index, (_, points)) = found.ok_or_else(|| Unscored::NotEvaluable(format!("not_in_table:{key}")))?;
        Ok((index as u32, *points))
    }
}

impl Range {
    /// Points of the number chosen; one out of bounds is nobody's to choose.
    pub(super) fn points_of(&self, chosen: i64) -> Result<Points, Unscored> {
        if !(self.from..=self.to).contains(&chosen) {
            return Err(Unscored::NotEvaluable(format!("out_of_range:{chosen}")));
        }
        multiplied(self.points, chosen).ok_or_else(|| Unscored::from(Stop::Overflow))
    }
}

/// Checks `key` and `table = { … }`; `None` after a fault.
pub(super) fn table(report: &mut Report<'_>, written: &RuleTable, on: &On) -> Option<Table> {
    let table = written.table.as_ref()?;
    let Some(key) = &written.key else {
        report.fault(
            start(table),
            both!(
                "按哪个词查表？请加 `key = \"fact.grade\"`",
                "by which word is the table read? add `key = \"fact.grade\"`"
            ),
        );
        return None;
    };
    let kind = |text: &str| match text.starts_with("fact.") {
        true => on.field_named(text.trim_start_matches("fact.")).map(|(_, spec)| super::facts::type_of(spec)),
        false => None,
    };
    let wanted = match kind(key.get_ref()) {
        Some(Type::Integer) => Type::Integer,
        Some(Type::Text | Type::Boolean | Type::Decimal) | None => Type::Text,
    };
    let key = compile(report, on, "key", key, wanted);
    if table.get_ref().is_empty() || table.get_ref().len() > BANDS_MAX {
        report.fault(start(table), both!("表有 1 到 {BANDS_MAX} 行", "a table has from 1 to {BANDS_MAX} rows"));
        return None;
    }
    let mut rows: Vec<_> = table.get_ref().iter().collect();
    rows.sort_by_key(|(row, _)| start(row));
    let rows: Option<Vec<_>> = rows
        .into_iter()
        .map(|(row, points)| {
            let whole = wanted != Type::Integer
                || row.get_ref().parse::<i64>().is_ok_and(|key| key.to_string() == *row.get_ref());
            if !whole {
                report.fault(
                    start(row),
                    both!("`key` 是整数，`{}` 不是", "the key is a whole number, `{}` is none", row.get_ref()),
                );
            }
            check_amount::points(report, points).filter(|_| whole).map(|points| (row.get_ref().clone(), points))
        })
        .collect();
    Some(Table { key: key?, rows: rows? })
}

/// Checks `range = { … }`; `None` after a fault.
pub(super) fn range(report: &mut Report<'_>, written: &Spanned<RangeTable>) -> Option<Range> {
    let table = written.get_ref();
    let mut bound = |written: &Spanned<super::file::Number>| match edge_at(&written.get_ref().0, Compared::Integer) {
        Ok(bound) => bound.whole().filter(|bound| *bound >= 0).or_else(|| {
            report.fault(
                start(written),
                both!(
                    "所定的数不能是负数；要扣分请把 `points` 写成负数",
                    "the number chosen is never negative; let `points` be"
                ),
            );
            None
        }),
        Err(message) => {
            report.fault(start(written), message);
            None
        }
    };
    let (from, to) = (bound(&table.from), bound(&table.to));
    let points = check_amount::points(report, &table.points);
    let (from, to, points) = (from?, to?, points?);
    if from >= to {
        report.fault(
            start(&table.to),
            both!("{from} 与 {to} 之间没有可选的数", "nothing can be chosen between {from} and {to}"),
        );
        return None;
    }
    if multiplied(points, to).is_none() {
        report.fault(
            start(&table.points),
            both!("上限处的分数超出 64 位整数", "the points at the upper bound do not fit 64 bits"),
        );
        return None;
    }
    Some(Range { from, to, points })
}

/// Whether a rule's ways of giving points go together; a fault if not.
pub(super) fn check_ways(report: &mut Report<'_>, table: &RuleTable, plan: &Plan) -> bool {
    let chosen = [("table", table.table.as_ref().map(start)), ("range", table.range.as_ref().map(start))];
    let chosen: Vec<_> = chosen.into_iter().filter_map(|(key, at)| Some((key, at?))).collect();
    let others = usize::from(table.points.is_some())
        + usize::from(!table.band.is_empty())
        + usize::from(table.per_unit.is_some());
    let mut good = true;
    let mut fault = |at: usize, message: Words| {
        report.fault(at, message);
        good = false;
    };
    if let Some((_, at)) = chosen.first()
        && chosen.len() + others > 1
    {
        fault(
            *at,
            both!(
                "规则有两种给分的写法；`points`、档位、`per_unit`、`table`、`range` 只留一种",
                "the rule gives points in two ways; keep one of `points`, bands, `per_unit`, `table`, `range`"
            ),
        );
    }
    if let (Plan::PerPeriod { .. }, Some((key, at))) = (plan, chosen.first()) {
        fault(
            *at,
            both!(
                "`{key}` 读的是单件事实；请去掉 `period`，或按 `measure` 分档",
                "`{key}` reads one fact; drop `period`, or compare a measure with bands"
            ),
        );
    }
    if let (Some(key), None) = (&table.key, &table.table) {
        fault(
            start(key),
            both!(
                "`key` 是查表用的，而这里没有表；请加 `table = {{ … }}`，或去掉它",
                "`key` reads a table, and there is none; add `table = {{ … }}` or drop it"
            ),
        );
    }
    good
}
