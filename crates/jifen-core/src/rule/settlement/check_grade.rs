//! Check of grades, vetoes and warning cards.

use toml::Spanned;

use super::{
    Basis, Card, Counted, Grade, Source, Veto,
    check::{Heads, check_names, face, name, whole},
    check_figure::{basis, counted},
    table::{CardTable, GradeBandTable, GradeTable, VetoTable},
};
use crate::{
    both,
    expression::offer,
    points::Points,
    rule::{
        BANDS_MAX,
        amount::Edge,
        check::{grain, start},
        check_amount::points,
        diagnostic::Report,
        quantity::Fraction,
    },
};

pub(super) fn grade(report: &mut Report<'_>, heads: &Heads<'_>, table: &GradeTable) -> Option<Grade> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let basis = basis(report, heads, start(&table.id), (table.sheet.as_ref(), table.composite.as_ref()));
    let Some((last, edged)) = table.band.split_last().filter(|(_, edged)| !edged.is_empty() && edged.len() < BANDS_MAX)
    else {
        report.fault(
            start(&table.id),
            both!(
                "等次有 2 到 {BANDS_MAX} 档；请加 `[[grade.band]]`",
                "a grade has from 2 to {BANDS_MAX} bands; add `[[grade.band]]`"
            ),
        );
        return None;
    };
    check_names(report, table.band.iter().map(|band| &band.get_ref().name));
    let names =
        table.band.iter().map(|band| name(report, &band.get_ref().name, band.get_ref().name_en.as_ref())).collect();
    if let Some(edge) = last.get_ref().upto.as_ref().or(last.get_ref().below.as_ref()) {
        report.fault(
            start(edge),
            both!("最后一档不写边；更高的都在这一档", "the last band must have no edge; it holds all that lies above"),
        );
        return None;
    }
    let edges: Vec<_> = edged.iter().map(|band| edge(report, band)).collect();
    let edges: Vec<Edge> = edges.into_iter().collect::<Option<_>>()?;
    let basis = basis?;
    check_reachable(report, heads, &basis, &edges, edged)?;
    Some(Grade { face, basis, bands: names, edges })
}

fn edge(report: &mut Report<'_>, band: &Spanned<GradeBandTable>) -> Option<Edge> {
    let (written, inclusive) = match (&band.get_ref().upto, &band.get_ref().below) {
        (Some(written), None) => (written, true),
        (None, Some(written)) => (written, false),
        (Some(_), Some(below)) => {
            report.fault(
                start(below),
                both!(
                    "一档只有一条边：`upto`（含）或 `below`（不含）",
                    "a band has one edge: `upto` (with the edge) or `below` (without it)"
                ),
            );
            return None;
        }
        (None, None) => {
            report.fault(
                start(band),
                both!(
                    "没有边的一档包括更高的所有分数；请移到最后",
                    "a band without an edge holds everything above; move it to the end"
                ),
            );
            return None;
        }
    };
    points(report, written).map(|at| Edge { at: Fraction { numerator: at.0, denominator: 1000 }, inclusive })
}

/// Whether every band holds some score between the sheet's floor and cap.
fn check_reachable(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    basis: &Basis,
    edges: &[Edge],
    bands: &[Spanned<GradeBandTable>],
) -> Option<()> {
    let sheet = match &basis.source {
        Source::Sheet(id) => heads.sound.iter().find(|sheet| sheet.id == *id),
        Source::Rules { .. } | Source::Composite(_) => None,
    };
    let at = |limit: Points, inclusive| Edge { at: Fraction { numerator: limit.0, denominator: 1000 }, inclusive };
    // Nothing lies below the floor, so an edge that leaves it out reaches nothing.
    let mut before = sheet.and_then(|sheet| sheet.floor).map(|floor| at(floor, false));
    for (edge, band) in edges.iter().zip(bands) {
        if before.is_some_and(|before| *edge <= before) {
            report.fault(
                start(band),
                both!(
                    "没有得分能落入这一档：边要逐档升高，且高于评分表的下限",
                    "no score can fall into this band: edges must rise from band to band, from above the sheet's floor"
                ),
            );
            return None;
        }
        before = Some(*edge);
    }
    let cap = sheet.and_then(|sheet| sheet.cap).map(|cap| at(cap, true));
    if let (Some(last), Some(cap), Some(band)) = (edges.last(), cap, bands.last())
        && *last >= cap
    {
        report.fault(
            start(band),
            both!(
                "评分表的上限使得分超不过这一档；请去掉它的边和后面的档",
                "the sheet's cap does not let any score rise above this band; drop its edge and what follows"
            ),
        );
        return None;
    }
    Some(())
}

/// Index of a grade's band by its name; a fault where there is none.
pub(super) fn band_of(report: &mut Report<'_>, grade: &Grade, at: usize, name: &str) -> Option<usize> {
    let found = grade.named(name);
    if found.is_none() {
        let names: Vec<String> = grade.bands.iter().map(|band| band.zh.clone()).collect();
        report.fault(
            at,
            both!("等次 `{}` 没有 `{name}` 这一档", "grade `{}` has no band `{name}`", grade.face.id)
                .and(&offer(name, &names)),
        );
    }
    found
}

/// The grade of this id; a fault where there is none.
pub(super) fn grade_of<'a>(
    report: &mut Report<'_>,
    grades: &'a [Grade],
    written: &Spanned<String>,
) -> Option<&'a Grade> {
    let found = grades.iter().find(|grade| grade.face.id == *written.get_ref());
    if found.is_none() {
        let names: Vec<String> = grades.iter().map(|grade| grade.face.id.clone()).collect();
        report.fault(
            start(written),
            both!("没有编号为 `{}` 的等次", "no grade `{}`", written.get_ref()).and(&offer(written.get_ref(), &names)),
        );
    }
    found
}

pub(super) fn veto(report: &mut Report<'_>, heads: &Heads<'_>, grades: &[Grade], table: &VetoTable) -> Option<Veto> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let per = grain(report, "period", &table.per);
    let counted = counted(report, heads, &table.rules, per);
    let at_least = table.at_least.as_ref().map_or(Some(1), |number| whole(report, "at_least", number, 1, 1_000_000));
    if table.blocks.is_empty() && table.grade_max.is_empty() {
        let message = both!(
            "这项否决不起作用；请加 `blocks = [\"month\"]`（不得评优）或 `grade_max = {{ 等次编号 = \"…\" }}`",
            "the veto does nothing; add `blocks = [\"month\"]` (不得评优) or `grade_max = {{ GRADE = \"…\" }}`"
        );
        report.fault(start(&table.id), message);
    }
    check_names(report, table.blocks.iter());
    let blocks: Vec<_> = table
        .blocks
        .iter()
        .map(|written| {
            let blocked = grain(report, "period", written)?;
            let holds = per.is_none_or(|per| blocked >= per);
            if !holds {
                report.fault(
                    start(written),
                    both!(
                        "事实按更长的周期数；`blocks` 不能短于 `per`",
                        "facts are counted over longer periods than this; `blocks` begins at `per`"
                    ),
                );
            }
            Some(blocked).filter(|_| holds)
        })
        .collect();
    let mut caps = Vec::new();
    for (id, best) in &table.grade_max {
        caps.push(cap(report, grades, (id, best), counted.as_ref()));
    }
    let (counted, blocks) = (counted?, blocks.into_iter().collect::<Option<_>>()?);
    Some(Veto { face, counted, at_least: at_least?, blocks, caps: caps.into_iter().collect::<Option<_>>()? })
}

fn cap(
    report: &mut Report<'_>,
    grades: &[Grade],
    (id, best): (&Spanned<String>, &Spanned<String>),
    counted: Option<&Counted>,
) -> Option<(String, usize)> {
    let grade = grade_of(report, grades, id)?;
    let index = band_of(report, grade, start(best), best.get_ref())?;
    if index + 1 == grade.bands.len() {
        report.fault(
            start(best),
            both!("这已经是最高一档，等于没有限制", "that is the best grade already, so nothing is capped"),
        );
        return None;
    }
    let counted = counted?;
    if counted.subject != grade.basis.subject {
        let (own, of) = (counted.subject.name(), grade.basis.subject.name());
        report.fault(
            start(id),
            both!("事实是 `{own}` 的，等次是 `{of}` 的", "the facts are a {own}'s, the grade is a {of}'s"),
        );
        return None;
    }
    if counted.per > grade.basis.period {
        report.fault(
            start(id),
            both!("等次的周期比数事实的周期短", "the grade is of shorter periods than the facts are counted over"),
        );
        return None;
    }
    Some((grade.face.id.clone(), index))
}

pub(super) fn card(report: &mut Report<'_>, heads: &Heads<'_>, table: &CardTable) -> Option<Card> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let per = grain(report, "period", &table.per);
    let counted = counted(report, heads, &table.rules, per);
    if table.level.is_empty() || table.level.len() > BANDS_MAX {
        report.fault(
            start(&table.id),
            both!(
                "达几件起？请加 `[[card.level]]`，写 `at_least` 和 `name`",
                "from how many facts on? add `[[card.level]]` with `at_least` and `name`"
            ),
        );
        return None;
    }
    check_names(report, table.level.iter().map(|level| &level.name));
    let mut levels = Vec::new();
    let mut before = 0;
    for level in &table.level {
        let at_least = whole(report, "at_least", &level.at_least, 1, 1_000_000);
        if at_least.is_some_and(|at_least| at_least <= before) {
            report.fault(
                start(&level.at_least),
                both!("各级须升高：每级的件数比前一级多", "levels rise: each needs more facts than the one before"),
            );
            return None;
        }
        before = at_least.unwrap_or(before);
        levels.push(at_least.map(|at_least| (at_least, name(report, &level.name, level.name_en.as_ref()))));
    }
    Some(Card { face, counted: counted?, levels: levels.into_iter().collect::<Option<_>>()? })
}
