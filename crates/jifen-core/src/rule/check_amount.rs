//! Check of amounts: points, bands with their edges, multipliers.

use toml::Spanned;

use crate::{
    both,
    expression::{Expression, Type},
    language::Words,
    points::Points,
};

use super::{
    BANDS_MAX, Measure, On, Plan,
    amount::{Amount, Bands, Edge, Times},
    check::start,
    choice,
    compile::{compile, compile_number},
    diagnostic::Report,
    file::{BandTable, Number, RuleTable},
    per_unit,
    quantity::{Fraction, parse_duration, parse_fraction},
};

/// What edges are compared with; decides how they are written and which of them can be reached.
#[derive(Clone, Copy)]
pub(super) enum Compared {
    /// A whole number.
    Integer,
    /// A whole number of at least this.
    Count(u64),
    /// A fraction between 0 and 1.
    Rate,
    /// Any fraction.
    Mean,
    /// A decimal in thousandths, or a mean or sum of such.
    Decimal,
}

/// The amount, the compared expression of a per-fact rule, and the multiplier.
pub(super) fn amount(
    report: &mut Report<'_>,
    table: &RuleTable,
    on: &On,
    plan: &Plan,
) -> Option<(Amount, Option<Expression>, Option<Times>)> {
    let times = table.times.as_ref().map(|written| times(report, written, on, plan));
    let value = value(report, table, on, plan);
    let is_decimal = |of: &Expression| of.kind() == Type::Decimal;
    let compared = match plan {
        Plan::PerFact if value.as_ref().and_then(Option::as_ref).is_some_and(is_decimal) => Compared::Decimal,
        Plan::PerFact => Compared::Integer,
        Plan::PerPeriod { minimum, measure, .. } => match measure {
            Measure::Mean { of, .. } | Measure::Sum { of } | Measure::Percentile { of, .. } if is_decimal(of) => {
                Compared::Decimal
            }
            // A weighted count or sum is no whole number.
            Measure::Count | Measure::Sum { .. } if table.coefficient.is_some() => Compared::Mean,
            Measure::Rate { .. } => Compared::Rate,
            Measure::Mean { .. } => Compared::Mean,
            Measure::Count => Compared::Count(*minimum),
            Measure::Sum { .. } | Measure::Percentile { .. } => Compared::Integer,
        },
    };
    if !choice::check_ways(report, table, plan) {
        return None;
    }
    let amount = match (&table.points, table.band.as_slice()) {
        (None, []) if let Some(written) = &table.per_unit => {
            per_unit::check(report, written, compared).map(Amount::PerUnit)
        }
        (Some(_), _) | (None, [_, ..]) if let Some(written) = &table.per_unit => {
            report.fault(
                start(written),
                both!(
                    "规则有两种给分的写法；`points`、档位、`per_unit` 只留一种",
                    "the rule gives points in two ways; keep `points`, bands or `per_unit`"
                ),
            );
            None
        }
        (None, []) if table.table.is_some() => choice::table(report, table, on).map(Amount::Table),
        (None, []) if let Some(written) = &table.range => choice::range(report, written).map(Amount::Range),
        (Some(written), []) => points(report, written).map(Amount::Fixed),
        (None, [first, rest @ ..]) => bands(report, first, rest, compared).map(Amount::Banded),
        (Some(written), [_, ..]) => {
            report.fault(
                start(written),
                both!("规则既写了 `points` 又写了档位；只留一种", "the rule has `points` and bands; keep one of them"),
            );
            None
        }
        (None, []) => {
            report.fault(
                start(&table.id),
                both!(
                    "规则没有写给几分；请加 `points`、`[[rule.band]]`、`per_unit`、`table` 或 `range`",
                    "the rule gives no points; add `points`, `[[rule.band]]`, `per_unit`, `table` or `range`"
                ),
            );
            None
        }
    };
    let times = times.map_or(Some(None), |times| times.map(Some));
    Some((amount?, value?, times?))
}

/// The `value` of a per-fact rule with bands; `None` after a fault.
fn value(report: &mut Report<'_>, table: &RuleTable, on: &On, plan: &Plan) -> Option<Option<Expression>> {
    let units = table.per_unit.as_ref().filter(|_| table.points.is_none()).map(start);
    let range = table.range.as_ref().map(start);
    match (plan, &table.value, table.band.first().map(start).or(units).or(range)) {
        // What is chosen multiplies points: a whole number.
        (Plan::PerFact, Some(written), Some(_)) if range.is_some() => {
            compile(report, on, "value", written, Type::Integer).map(Some)
        }
        (Plan::PerFact, Some(written), Some(_)) => compile_number(report, on, "value", written).map(Some),
        (Plan::PerFact, None, Some(at)) => {
            let message = match (units, range) {
                (_, Some(_)) => both!(
                    "所定的是哪个数？请加 `value = \"fact.quantity\"`",
                    "which number was chosen? add `value = \"fact.quantity\"`"
                ),
                (Some(_), None) => both!(
                    "按单位计分要有可比较的值：请加 `value = \"fact.…\"`",
                    "units need a value to compare: add `value = \"fact.…\"`"
                ),
                (None, None) => both!(
                    "分档要有可比较的值：请加 `value = \"fact.…\"`",
                    "bands need a value to compare: add `value = \"fact.…\"`"
                ),
            };
            report.fault(at, message);
            None
        }
        (Plan::PerFact, Some(written), None) => {
            report.fault(
                start(written),
                both!(
                    "`value` 是与档位比较的，而这里没有档位；请加 `[[rule.band]]`，或去掉它",
                    "`value` is compared with bands, and there are none; add `[[rule.band]]` or drop it"
                ),
            );
            None
        }
        (Plan::PerPeriod { .. }, Some(written), _) => {
            report.fault(
                start(written),
                both!(
                    "写了 `period` 的规则比较的是 `measure`；请去掉 `value`",
                    "a rule with `period` compares its `measure`; drop `value`"
                ),
            );
            None
        }
        (Plan::PerFact | Plan::PerPeriod { .. }, None, _) => Some(None),
    }
}

fn times(report: &mut Report<'_>, written: &Spanned<String>, on: &On, plan: &Plan) -> Option<Times> {
    match plan {
        Plan::PerFact => compile(report, on, "times", written, Type::Integer).map(Times::Value),
        Plan::PerPeriod { .. } if written.get_ref() == "count" => Some(Times::Facts),
        Plan::PerPeriod { .. } => {
            report.fault(
                start(written),
                both!(
                    "写了 `period` 的规则只能乘以 `count`，即件数",
                    "a rule with `period` can only be multiplied by `count`, the number of its facts"
                ),
            );
            None
        }
    }
}

fn bands(
    report: &mut Report<'_>,
    first: &Spanned<BandTable>,
    rest: &[Spanned<BandTable>],
    compared: Compared,
) -> Option<Bands> {
    let Some((last, middle)) = rest.split_last() else {
        report.fault(
            start(first),
            both!(
                "只有一档不成分档；请在规则里写 `points = …`",
                "a single band is no band; write `points = …` in the rule"
            ),
        );
        return None;
    };
    if rest.len() >= BANDS_MAX {
        report.fault(start(first), both!("超过 {BANDS_MAX} 档", "more than {BANDS_MAX} bands"));
        return None;
    }
    let edged: Vec<_> = std::iter::once(first).chain(middle).map(|band| edged(report, band, compared)).collect();
    let last_points = points(report, &last.get_ref().points);
    if let Some(edge) = last.get_ref().upto.as_ref().or(last.get_ref().below.as_ref()) {
        report.fault(
            start(edge),
            both!(
                "最后一档不写上沿；更高的请再加一档",
                "the last band must have no edge; add one more band that says what lies above it"
            ),
        );
        return None;
    }
    let places: Vec<usize> = std::iter::once(first).chain(middle).map(start).collect();
    let edged = edged.into_iter().collect::<Option<Vec<_>>>()?;
    let bands = Bands { edged, last: last_points? };
    check_reachable(report, &bands, &places, compared).then_some(bands)
}

/// Edge and points of a band that is not the last.
fn edged(report: &mut Report<'_>, band: &Spanned<BandTable>, compared: Compared) -> Option<(Edge, Points)> {
    let table = band.get_ref();
    let points = points(report, &table.points);
    let (written, inclusive) = match (&table.upto, &table.below) {
        (Some(written), None) => (written, true),
        (None, Some(written)) => (written, false),
        (Some(_), Some(below)) => {
            report.fault(
                start(below),
                both!(
                    "一档只有一个上沿：`upto`（含）或 `below`（不含）",
                    "a band has one edge: `upto` (with the edge) or `below` (without it)"
                ),
            );
            return None;
        }
        (None, None) => {
            report.fault(
                start(band),
                both!(
                    "没有上沿的一档包括所有的值，后面的档落不进去；请移到最后",
                    "a band without an edge holds everything, so those after it are never reached; move it to the end"
                ),
            );
            return None;
        }
    };
    match edge_at(&written.get_ref().0, compared) {
        Ok(at) => Some((Edge { at, inclusive }, points?)),
        Err(message) => {
            report.fault(start(written), message);
            None
        }
    }
}

pub(super) fn edge_at(text: &str, compared: Compared) -> Result<Fraction, Words> {
    let fraction = parse_fraction(text);
    match compared {
        Compared::Rate => {
            fraction
                .filter(|edge| *edge >= Fraction::whole_number(0) && *edge <= Fraction::whole_number(1))
                .ok_or_else(|| both!("`{text}` 不是占比；请写 `\"0.95\"` 或 `\"95%\"`，从 0 到 1，至多六位小数", "`{text}` is no rate; write \"0.95\" or \"95%\", from 0 to 1 with at most six places"))
        }
        Compared::Mean | Compared::Integer | Compared::Count(_) | Compared::Decimal if text.ends_with('%') => {
            Err(both!("`{text}` 是百分数，而本规则比较的不是占比", "`{text}` is a percentage, but this rule compares no rate"))
        }
        Compared::Decimal => fraction
            .and_then(|edge| Some(Fraction { numerator: edge.numerator.checked_mul(1000)?, ..edge }))
            .ok_or_else(|| {
                both!("`{text}` 不能作小数的界线；请写整数，或加引号的小数如 `\"4.5\"`", "`{text}` is no edge of a decimal; write an integer, or a decimal in quotes such as \"4.5\"")
            }),
        Compared::Mean => fraction.or_else(|| parse_duration(text).map(Fraction::whole_number)).ok_or_else(|| {
            both!("`{text}` 不能作平均值的界线；请写整数、小数如 `\"4.5\"`，或时长如 `\"20min\"`", "`{text}` is no edge of a mean; write an integer, a decimal such as \"4.5\", or a duration such as \"20min\"")
        }),
        Compared::Integer | Compared::Count(_) => parse_duration(text)
            .or_else(|| fraction.and_then(Fraction::whole))
            .map(Fraction::whole_number)
            .ok_or_else(|| both!("`{text}` 不能作整数的界线；请写整数，或时长如 `\"20min\"`", "`{text}` is no edge of a whole number; write an integer, or a duration such as \"20min\"")),
    }
}

/// Whether every band holds some value; the first that does not is a fault.
fn check_reachable(report: &mut Report<'_>, bands: &Bands, places: &[usize], compared: Compared) -> bool {
    let mut floor = match compared {
        Compared::Rate => Some(Edge { at: Fraction::whole_number(0), inclusive: false }),
        Compared::Count(minimum) => {
            Some(Edge { at: Fraction::whole_number(i64::try_from(minimum).unwrap_or(i64::MAX)), inclusive: false })
        }
        Compared::Integer | Compared::Mean | Compared::Decimal => None,
    };
    for ((edge, _), at) in bands.edged.iter().zip(places) {
        let edge = match compared {
            Compared::Integer | Compared::Count(_) => edge.among_integers(),
            Compared::Rate | Compared::Mean | Compared::Decimal => *edge,
        };
        let lowest = floor.map(|floor| match compared {
            Compared::Integer | Compared::Count(_) => floor.among_integers(),
            Compared::Rate | Compared::Mean | Compared::Decimal => floor,
        });
        if lowest.is_some_and(|lowest| edge <= lowest) {
            report.fault(
                *at,
                both!(
                    "没有值能落入这一档：上沿要逐档升高",
                    "no value can fall into this band: edges must rise from band to band"
                ),
            );
            return false;
        }
        floor = Some(edge);
    }
    if let (Compared::Rate, Some(last), Some(at)) = (compared, bands.edged.last(), places.last())
        && last.0 >= (Edge { at: Fraction::whole_number(1), inclusive: true })
    {
        report.fault(
            *at,
            both!(
                "占比不会超过 100%：请去掉这个上沿，最后一档不用写",
                "no rate is above 100 %: drop this edge, the last band needs none"
            ),
        );
        return false;
    }
    true
}

/// Points as written.
pub(super) fn points(report: &mut Report<'_>, written: &Spanned<Number>) -> Option<Points> {
    match Points::parse(&written.get_ref().0) {
        Ok(points) => Some(points),
        Err(error) => {
            report.fault(start(written), error.words());
            None
        }
    }
}
