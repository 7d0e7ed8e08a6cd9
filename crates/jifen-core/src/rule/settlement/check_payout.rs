//! Check of payouts.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{
    Cut, Grade, Honour, Payout, Share, Way,
    check::{Heads, face, home_scope, share, step, whole},
    check_figure::{basis, counted},
    check_grade::{band_of, grade_of},
    table::{CutTable, PayoutTable},
};
use crate::{
    both,
    expression::offer,
    points::Points,
    rule::{
        SubjectKind,
        check::{grain, start},
        check_amount::points,
        diagnostic::Report,
        file::Number,
    },
    time::Grain,
};

/// The currency where none is said.
const UNIT: &str = "元";
/// The step where none is said: 分.
const STEP: Points = Points(10);

pub(super) fn payout(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    (grades, honours): (&[Grade], &[Honour]),
    table: &PayoutTable,
) -> Option<Payout> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let scope = home_scope(report, start(&table.id), &table.scope);
    let step = step(report, (table.step.as_ref(), STEP), || {
        both!(
            "金额精确到多少？请写 `step = \"0.01\"` 或 `step = 1`",
            "amounts are rounded to whole steps; write `step = \"0.01\"` or `step = 1`"
        )
    });
    let step = step.map(|step| step.0);
    let ways = [
        ("pool", table.pool.as_ref().map(start)),
        ("per_point", table.per_point.as_ref().map(start)),
        ("grade", table.grade.as_ref().map(start)),
        ("honour", table.honour.as_ref().map(start)),
        ("allowance", table.allowance.as_ref().map(start)),
    ];
    let given: Vec<_> = ways.iter().filter_map(|(key, at)| Some((*key, (*at)?))).collect();
    let [(way, at)] = given.as_slice() else {
        let message = both!(
            "奖金写一种：`pool`，`per_point`，`grade` 加 `amounts`，`honour` 加 `amount`，`allowance` 加扣款",
            "a payout is one of `pool`, `per_point`, `grade` with `amounts`, `honour` with `amount`, `allowance` with cuts"
        );
        report.fault(given.get(1).map_or(start(&table.id), |(_, at)| *at), message);
        return None;
    };
    check_unused(report, table, way)?;
    let (way, subject, period) = match *way {
        "grade" => by_grade(report, grades, table)?,
        "honour" => by_title(report, honours, table, *at)?,
        "allowance" => allowance(report, heads, table, *at)?,
        _ => by_score(report, heads, table)?,
    };
    if let (Way::Pool { amount, .. }, Some(step)) = (&way, step)
        && amount.0 % step != 0
    {
        report.fault(
            *at,
            both!(
                "总额不是 {} 的整数倍，分不尽",
                "the pool is no whole number of steps of {}, so it cannot be divided without a rest",
                Points(step)
            ),
        );
    }
    let unit = table.unit.as_ref().map_or_else(|| UNIT.to_owned(), |unit| unit.get_ref().clone());
    Some(Payout { face, subject, period, scope, unit, step: step?, way })
}

/// Keys that the way of paying does not read are refused.
fn check_unused(report: &mut Report<'_>, table: &PayoutTable, way: &str) -> Option<()> {
    let keys: [(&str, Option<usize>, &[&str]); 7] = [
        ("sheet", table.sheet.as_ref().map(start), &["pool", "per_point"]),
        ("composite", table.composite.as_ref().map(start), &["pool", "per_point"]),
        ("over", table.over.as_ref().map(start), &["per_point"]),
        ("amounts", table.amounts.as_ref().map(start), &["grade"]),
        ("amount", table.amount.as_ref().map(start), &["honour"]),
        ("period", table.period.as_ref().map(start), &["allowance"]),
        ("cut", table.cut.first().map(|cut| start(&cut.rules)), &["allowance"]),
    ];
    let mut good = Some(());
    for (key, at, readers) in keys {
        if let Some(at) = at.filter(|_| !readers.contains(&way)) {
            report.fault(at, both!("`{way}` 用不到 `{key}`；请去掉", "`{way}` does not read `{key}`; drop it"));
            good = None;
        }
    }
    good
}

/// An amount of money: never negative.
fn amount(report: &mut Report<'_>, written: &Spanned<Number>) -> Option<Points> {
    let found = points(report, written)?;
    if found < Points::ZERO {
        report.fault(
            start(written),
            both!(
                "金额不能是负数；要扣的写成补助的扣款",
                "an amount is never negative; what is taken stands as a cut of an allowance"
            ),
        );
        return None;
    }
    Some(found)
}

type Found = (Way, SubjectKind, Grain);

fn by_score(report: &mut Report<'_>, heads: &Heads<'_>, table: &PayoutTable) -> Option<Found> {
    let basis = basis(report, heads, start(&table.id), (table.sheet.as_ref(), table.composite.as_ref()));
    let over = table.over.as_ref().map_or(Some(Points::ZERO), |written| points(report, written));
    let money = table.pool.as_ref().or(table.per_point.as_ref()).and_then(|written| amount(report, written));
    let (basis, money, over) = (basis?, money?, over?);
    let (subject, period) = (basis.subject, basis.period);
    let way = match table.pool {
        Some(_) => Way::Pool { amount: money, basis },
        None => Way::PerPoint { value: money, over, basis },
    };
    Some((way, subject, period))
}

fn by_grade(report: &mut Report<'_>, grades: &[Grade], table: &PayoutTable) -> Option<Found> {
    let written = table.grade.as_ref()?;
    let grade = grade_of(report, grades, written)?;
    let Some(amounts) = &table.amounts else {
        report.fault(
            start(written),
            both!(
                "各等次多少？请加 `amounts = {{ \"优秀\" = 600 }}`",
                "how much for which grade? add `amounts = {{ \"优秀\" = 600 }}`"
            ),
        );
        return None;
    };
    let mut by_band: BTreeMap<usize, Points> = BTreeMap::new();
    for (name, money) in amounts.get_ref() {
        let band = band_of(report, grade, start(name), name.get_ref())?;
        by_band.insert(band, amount(report, money)?);
    }
    if let Some(left) = (0..grade.bands.len()).find(|index| !by_band.contains_key(index)) {
        let message = both!(
            "`{}` 多少？每一档都要写，没有就写 0",
            "how much for `{}`? write every grade, with 0 for nothing",
            grade.bands[left].zh
        );
        report.fault(start(amounts), message);
        return None;
    }
    let way = Way::Grade { grade: grade.face.id.clone(), amounts: by_band.into_values().collect() };
    Some((way, grade.basis.subject, grade.basis.period))
}

fn by_title(report: &mut Report<'_>, honours: &[Honour], table: &PayoutTable, at: usize) -> Option<Found> {
    let written = table.honour.as_ref()?;
    let Some(honour) = honours.iter().find(|honour| honour.face.id == *written.get_ref()) else {
        let names: Vec<String> = honours.iter().map(|honour| honour.face.id.clone()).collect();
        report.fault(
            at,
            both!("没有编号为 `{}` 的荣誉", "no honour `{}`", written.get_ref()).and(&offer(written.get_ref(), &names)),
        );
        return None;
    };
    let Some(money) = &table.amount else {
        report.fault(at, both!("得了荣誉给多少？请加 `amount = 500`", "how much for the title? add `amount = 500`"));
        return None;
    };
    let way = Way::Title { honour: honour.face.id.clone(), amount: amount(report, money)? };
    Some((way, honour.basis.subject, honour.basis.period))
}

fn allowance(report: &mut Report<'_>, heads: &Heads<'_>, table: &PayoutTable, at: usize) -> Option<Found> {
    let Some(written) = &table.period else {
        report.fault(
            at,
            both!("多长一期的补助？请加 `period = \"month\"`", "an allowance for how long? add `period = \"month\"`"),
        );
        return None;
    };
    let period = grain(report, "period", written)?;
    let amount = table.allowance.as_ref().and_then(|written| amount(report, written))?;
    if table.cut.is_empty() {
        report.fault(at, both!("按什么扣补助？请加 `[[payout.cut]]`", "what cuts the allowance? add `[[payout.cut]]`"));
        return None;
    }
    let cuts: Vec<_> = table.cut.iter().map(|written| cut(report, heads, written, period)).collect();
    let cuts: Vec<Cut> = cuts.into_iter().collect::<Option<_>>()?;
    let subject = cuts.first()?.counted.subject;
    if let Some((_, written)) = cuts.iter().zip(&table.cut).find(|(cut, _)| cut.counted.subject != subject) {
        report.fault(
            start(&written.rules),
            both!("各项扣款的事实须是同一种主体的", "the facts of all cuts are of one kind of subject"),
        );
        return None;
    }
    Some((Way::Allowance { amount, cuts }, subject, period))
}

fn cut(report: &mut Report<'_>, heads: &Heads<'_>, table: &CutTable, period: Grain) -> Option<Cut> {
    let counted = counted(report, heads, &table.rules, Some(period))?;
    let shared = |report: &mut Report<'_>, written: &Spanned<Number>| {
        let found = share(written).map(Share);
        if found.is_none() {
            report.fault(
                start(written),
                both!(
                    "`{}` 不是补助的比例；请写 `\"10%\"`",
                    "`{}` is no share of the allowance; write \"10%\"",
                    written.get_ref().0
                ),
            );
        }
        found
    };
    let (mut steps, mut before) = (Vec::new(), 0);
    for step in &table.step {
        let at_least = whole(report, "at_least", &step.at_least, 1, 1_000_000)?;
        if at_least <= before {
            report.fault(
                start(&step.at_least),
                both!("各步须升高：每步的件数比前一步多", "steps rise: each needs more facts than the one before"),
            );
            return None;
        }
        before = at_least;
        steps.push((at_least, shared(report, &step.share)?));
    }
    let beyond = table.beyond.as_ref().map_or(Some(None), |written| shared(report, written).map(Some))?;
    if steps.is_empty() && beyond.is_none() {
        report.fault(
            start(&table.rules),
            both!(
                "扣多少？请加 `step = [{{ at_least = 3, share = \"10%\" }}]` 或 `beyond = \"10%\"`",
                "how much is cut? add `step = [{{ at_least = 3, share = \"10%\" }}]` or `beyond = \"10%\"`"
            ),
        );
        return None;
    }
    Some(Cut { counted, steps, beyond })
}
