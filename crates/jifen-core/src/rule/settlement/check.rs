//! Check of what comes after the ledger: names, references, and everything that belongs to all definitions.

use std::collections::BTreeSet;

use toml::Spanned;

use super::{
    By, Composite, DEFINITIONS_MAX, Face, Missing, Name, PARTS_MAX, Part, Plan, WHOLE_WEIGHT, check_award,
    check_figure::{self, Written},
    check_grade, check_payout, coefficient, publicity,
    table::{CompositeTable, PartTable, Tables},
};
use crate::{
    both,
    expression::offer,
    language::Words,
    points::Points,
    rule::{
        Rule, Sheet, SubjectKind,
        check::{check_id, check_title, grain, scope, start, word},
        check_amount::points,
        diagnostic::Report,
        file::{Number, RuleTable, ScopeTable, SheetTable},
        quantity::parse_fraction,
    },
    time::Grain,
};

/// Full marks where nothing is said.
const FULL: Points = Points(100_000);
/// The greatest full marks.
const FULL_MAX: Points = Points(100_000_000);

/// What others may point at: its id, and as much of it as is sound.
pub(super) struct Head<'a> {
    pub(super) id: &'a str,
    pub(super) subject: Option<SubjectKind>,
    pub(super) period: Option<Grain>,
}

/// Everything that may be pointed at.
pub(super) struct Heads<'a> {
    pub(super) rules: Vec<Head<'a>>,
    pub(super) sheets: Vec<Head<'a>>,
    pub(super) composites: Vec<Head<'a>>,
    /// Sheets that are sound, for their limits.
    pub(super) sound: &'a [Sheet],
}

impl<'a> Heads<'a> {
    fn of(
        tables: &'a Tables<'a>,
        (rules, links): (&'a [Spanned<RuleTable>], &'a [&'a Rule]),
        written: &'a [SheetTable],
        sound: &'a [Sheet],
    ) -> Self {
        let grain = |text: &Spanned<String>| Grain::parse(text.get_ref());
        let head = |id: &'a Spanned<String>, subject: &Spanned<String>, period: Option<Grain>| Head {
            id: id.get_ref(),
            subject: SubjectKind::parse(subject.get_ref()),
            period,
        };
        let rules = rules.iter().map(Spanned::get_ref);
        let links = links.iter().map(|rule| Head { id: &rule.id, subject: Some(rule.subject), period: None });
        let composites = tables.composites.iter();
        Self {
            rules: rules
                .map(|rule| head(&rule.id, &rule.subject, rule.period.as_ref().and_then(grain)))
                .chain(links)
                .collect(),
            sheets: written.iter().map(|sheet| head(&sheet.id, &sheet.subject, grain(&sheet.period))).collect(),
            composites: composites.map(|table| head(&table.id, &table.subject, grain(&table.period))).collect(),
            sound,
        }
    }
}

/// What kind of thing is pointed at.
#[derive(Clone, Copy)]
pub(super) enum Pointed {
    Rule,
    Sheet,
    Composite,
}

impl Pointed {
    pub(super) fn words(self) -> Words {
        match self {
            Self::Rule => both!("规则", "rule"),
            Self::Sheet => both!("评分表", "sheet"),
            Self::Composite => both!("综合分", "composite"),
        }
    }
}

/// The one of `heads` that is pointed at; a fault where there is none.
pub(super) fn find<'h, 'a>(
    report: &mut Report<'_>,
    what: Pointed,
    heads: &'h [Head<'a>],
    written: &Spanned<String>,
) -> Option<&'h Head<'a>> {
    let found = heads.iter().find(|head| head.id == written.get_ref());
    if found.is_none() {
        let names: Vec<String> = heads.iter().map(|head| head.id.to_owned()).collect();
        let (what, id) = (what.words(), written.get_ref());
        let message = Words::new(format!("没有编号为 `{id}` 的{}", what.zh), format!("no {what} `{id}`"));
        report.fault(start(written), message.and(&offer(id, &names)));
    }
    found
}

/// The whole plan of a file; `None` after a fault.
pub(in crate::rule) fn plan(
    report: &mut Report<'_>,
    tables: &Tables<'_>,
    rules: (&[Spanned<RuleTable>], &[&Rule]),
    (written, sound): (&[SheetTable], Option<&[Sheet]>),
) -> Option<Plan> {
    let heads = Heads::of(tables, rules, written, sound.unwrap_or_default());
    let lengths = [
        (both!("综合分", "composites"), tables.composites.len()),
        (both!("等次", "grades"), tables.grades.len()),
        (both!("否决", "vetoes"), tables.vetoes.len()),
        (both!("预警牌", "cards"), tables.cards.len()),
        (both!("荣誉", "honours"), tables.honours.len()),
        (both!("建议", "proposals"), tables.proposals.len()),
        (both!("奖金", "payouts"), tables.payouts.len()),
        (both!("公示", "publicities"), tables.publicities.len()),
    ];
    if let Some((what, _)) = lengths.iter().find(|(_, length)| *length > DEFINITIONS_MAX) {
        let message = Words::new(
            format!("{}超过 {DEFINITIONS_MAX} 项；请分成几套规则", what.zh),
            format!("more than {DEFINITIONS_MAX} {what}; split the rule set"),
        );
        report.fault(0, message);
        return None;
    }
    check_ids(report, tables, &heads);
    check_cycles(report, tables.composites);
    let composites: Vec<_> = tables.composites.iter().map(|table| composite(report, &heads, table)).collect();
    let grades: Vec<_> = tables.grades.iter().map(|table| check_grade::grade(report, &heads, table)).collect();
    // Without sound composites and grades nothing can be said of what points at them; their own faults are.
    let composites: Vec<Composite> = composites.into_iter().collect::<Option<_>>()?;
    let grades: Vec<_> = grades.into_iter().collect::<Option<_>>()?;
    let vetoes: Vec<_> = tables.vetoes.iter().map(|table| check_grade::veto(report, &heads, &grades, table)).collect();
    let cards: Vec<_> = tables.cards.iter().map(|table| check_grade::card(report, &heads, table)).collect();
    let honours = check_award::honours(report, &heads, (&composites, &grades), tables.honours);
    let proposals: Vec<_> = tables.proposals.iter().map(|table| check_award::proposal(report, &heads, table)).collect();
    let honours = honours?;
    let payouts: Vec<_> =
        tables.payouts.iter().map(|table| check_payout::payout(report, &heads, (&grades, &honours), table)).collect();
    let mut plan = Plan {
        composites,
        grades,
        vetoes: vetoes.into_iter().collect::<Option<_>>()?,
        cards: cards.into_iter().collect::<Option<_>>()?,
        honours,
        proposals: proposals.into_iter().collect::<Option<_>>()?,
        payouts: payouts.into_iter().collect::<Option<_>>()?,
        publicities: Vec::new(),
    };
    let publicities: Vec<_> =
        tables.publicities.iter().map(|table| publicity::publicity(report, &heads, &plan, table)).collect();
    plan.publicities = publicities.into_iter().collect::<Option<_>>()?;
    Some(plan)
}

/// Ids are one name space with those of rules and sheets.
fn check_ids(report: &mut Report<'_>, tables: &Tables<'_>, heads: &Heads<'_>) {
    let ids = tables.composites.iter().map(|table| &table.id);
    let ids = ids.chain(tables.grades.iter().map(|table| &table.id)).chain(tables.vetoes.iter().map(|table| &table.id));
    let ids = ids.chain(tables.cards.iter().map(|table| &table.id)).chain(tables.honours.iter().map(|table| &table.id));
    let ids = ids.chain(tables.proposals.iter().map(|table| &table.id));
    let ids = ids.chain(tables.payouts.iter().map(|table| &table.id));
    let ids = ids.chain(tables.publicities.iter().map(|table| &table.id));
    let mut seen: BTreeSet<&str> = heads.rules.iter().chain(&heads.sheets).map(|head| head.id).collect();
    seen.extend(tables.reclasses.iter().map(|table| table.id.get_ref().as_str()));
    for id in ids {
        if !seen.insert(id.get_ref()) {
            let message = both!(
                "编号 `{}` 已经用过；规则、评分表和积分之后的各种共用一套编号",
                "the id `{}` is already in use; rules, sheets and all that follows share one set of ids",
                id.get_ref()
            );
            report.fault(start(id), message);
        }
    }
}

/// A composite may not come back to itself.
fn check_cycles(report: &mut Report<'_>, composites: &[CompositeTable]) {
    let parts = |id: &str| {
        let table = composites.iter().find(|table| table.id.get_ref() == id);
        let parts = table.map_or(&[][..], |table| table.part.as_slice());
        parts
            .iter()
            .filter_map(|part| part.composite.as_ref().map(|other| other.get_ref().as_str()))
            .collect::<Vec<_>>()
    };
    for table in composites {
        let own = table.id.get_ref().as_str();
        let (mut seen, mut open) = (BTreeSet::new(), parts(own));
        while let Some(next) = open.pop() {
            if next == own {
                let message = both!(
                    "综合分 `{own}` 经由它的各项绕回了自己；请在其中一处去掉",
                    "the composite `{own}` is, by way of its parts, a part of itself; take it out of one of them"
                );
                report.fault(start(&table.id), message);
                break;
            }
            if seen.insert(next) {
                open.extend(parts(next));
            }
        }
    }
}

/// Id and titles.
pub(super) fn face(
    report: &mut Report<'_>,
    id: &Spanned<String>,
    title: &Spanned<String>,
    title_en: Option<&String>,
) -> Face {
    check_id(report, id);
    check_title(report, title);
    Face { id: id.get_ref().clone(), title: title.get_ref().clone(), title_en: title_en.cloned() }
}

/// A word that is shown, such as a grade.
pub(super) fn name(report: &mut Report<'_>, zh: &Spanned<String>, en: Option<&String>) -> Name {
    if zh.get_ref().trim().is_empty() {
        report.fault(start(zh), both!("名称是空的；它是给人看的", "the name is empty; people read it"));
    }
    Name { zh: zh.get_ref().clone(), en: en.cloned() }
}

/// Names of one list must differ.
pub(super) fn check_names<'a>(report: &mut Report<'_>, names: impl Iterator<Item = &'a Spanned<String>>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name.get_ref()) {
            report.fault(start(name), both!("`{}` 写了两次", "`{}` is there twice", name.get_ref()));
        }
    }
}

/// `matters` make no sense where no fact is looked at.
pub(super) fn home_scope(report: &mut Report<'_>, at: usize, table: &ScopeTable) -> crate::rule::Scope {
    if !table.matters.is_empty() {
        report.fault(
            at,
            both!(
                "这里的 `scope` 按归属看，没有 `matters`；请去掉",
                "`scope` goes by where somebody belongs, so it has no `matters`; drop them"
            ),
        );
    }
    scope(table)
}

/// A whole number of at least `least`.
pub(super) fn whole(report: &mut Report<'_>, what: &str, written: &Spanned<i64>, least: u64, most: u64) -> Option<u64> {
    let found = u64::try_from(*written.get_ref()).ok().filter(|number| (least..=most).contains(number));
    if found.is_none() {
        report.fault(
            start(written),
            both!("`{what}` 是 {least} 到 {most} 的整数", "`{what}` is a whole number from {least} to {most}"),
        );
    }
    found
}

fn composite(report: &mut Report<'_>, heads: &Heads<'_>, table: &CompositeTable) -> Option<Composite> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let subject = word(report, "subject", &table.subject, &SubjectKind::ALL, SubjectKind::name);
    let period = grain(report, "period", &table.period);
    let scope = home_scope(report, start(&table.id), &table.scope);
    let full = full(report, table.full.as_ref(), FULL);
    let missing = missing(report, table);
    let step = step(report, (table.step.as_ref(), Points(1)), || {
        both!(
            "得分保留到多少？请写 `step = \"0.1\"`（一位小数）或 `step = 1`（整数）",
            "to what is the score rounded? write `step = \"0.1\"` (one decimal) or `step = 1` (whole numbers)"
        )
    });
    if table.part.is_empty() || table.part.len() > PARTS_MAX {
        report.fault(
            start(&table.id),
            both!(
                "综合分有 1 到 {PARTS_MAX} 项；请加 `[[composite.part]]`",
                "a composite has from 1 to {PARTS_MAX} parts; add `[[composite.part]]`"
            ),
        );
        return None;
    }
    let mut seen = BTreeSet::new();
    for part in &table.part {
        if !seen.insert(part.id.get_ref()) {
            report.fault(
                start(&part.id),
                both!("综合分有两项都是 `{}`", "the composite has two parts `{}`", part.id.get_ref()),
            );
        }
    }
    let parts: Vec<_> =
        table.part.iter().map(|written| part(report, heads, written, (subject, period, full))).collect();
    let mut parts: Vec<Part> = parts.into_iter().collect::<Option<_>>()?;
    let weights: i64 = parts.iter().map(|part| part.weight).sum();
    if weights != WHOLE_WEIGHT {
        let sum = crate::rule::words::percent(weights);
        let message = both!(
            "权重合计 {sum}，须是 100%；要直接相加，就让每项的权重与它的满分成比例",
            "the weights sum to {sum}, and must to 100%; for a plain sum give every part the weight of its full marks"
        );
        report.fault(start(&table.part[0].weight), message);
        return None;
    }
    let denominator = coefficient::settle(&mut parts, full?);
    if denominator.is_none() {
        report.fault(
            start(&table.id),
            both!(
                "各项满分凑不出足够小的公分母，不能准确计算；请用更整的数",
                "the full marks of the parts have no common measure small enough to stay exact; use rounder ones"
            ),
        );
    }
    Some(Composite {
        face,
        subject: subject?,
        period: period?,
        scope,
        full: full?,
        missing: missing?,
        step: step?,
        parts,
        denominator: denominator?,
    })
}

/// To what is rounded; to `usual` where nothing is said.
pub(super) fn step(
    report: &mut Report<'_>,
    (written, usual): (Option<&Spanned<Number>>, Points),
    told: impl Fn() -> Words,
) -> Option<Points> {
    let Some(written) = written else { return Some(usual) };
    let found = points(report, written).filter(|step| step.0 > 0);
    if found.is_none() {
        report.fault(start(written), told());
    }
    found
}

/// What happens without a part: published texts leave it open, and it changes scores.
fn missing(report: &mut Report<'_>, table: &CompositeTable) -> Option<Missing> {
    let Some(written) = &table.missing else {
        let message = both!(
            "缺一项时怎么办？请写 `missing = \"exclude\"`（没有综合分）或 `missing = \"reweight\"`（其余各项按权重折算）",
            "what if a part has no score? write `missing = \"exclude\"` (没有综合分) or `missing = \"reweight\"` (其余各项按权重折算)"
        );
        report.fault(start(&table.id), message);
        return None;
    };
    word(report, "way", written, &Missing::ALL, Missing::name)
}

/// Full marks as written.
fn full(report: &mut Report<'_>, written: Option<&Spanned<Number>>, default: Points) -> Option<Points> {
    let Some(written) = written else { return Some(default) };
    let full = points(report, written)?;
    if full <= Points::ZERO || full > FULL_MAX {
        report.fault(
            start(written),
            both!("满分大于 0，至多 {FULL_MAX}", "full marks lie above 0 and are at most {FULL_MAX}"),
        );
        return None;
    }
    Some(full)
}

fn part(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    table: &PartTable,
    (subject, period, whole_full): (Option<SubjectKind>, Option<Grain>, Option<Points>),
) -> Option<Part> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let written = Written {
        at: start(&table.id),
        sheet: table.sheet.as_ref(),
        composite: table.composite.as_ref(),
        rules: table.rules.as_ref(),
        over: table.over.as_ref(),
        each: table.each.as_ref(),
        by: table.by.as_ref(),
        min_periods: table.min_periods.as_ref(),
        min_facts: table.min_facts.as_ref(),
    };
    let figure = check_figure::figure(report, heads, &written, (subject, period));
    let weight = share(&table.weight).filter(|weight| *weight > 0);
    if weight.is_none() {
        report.fault(
            start(&table.weight),
            both!(
                "权重大于 0，至多 100%，如 `\"30%\"` 或 `\"0.3\"`",
                "a weight lies above 0 and is at most 100%, such as \"30%\" or \"0.3\""
            ),
        );
    }
    let full = full(report, table.full.as_ref(), whole_full.unwrap_or(FULL));
    Some(Part { face, figure: figure?, full: full?, weight: weight?, coefficient: 0 })
}

/// A share between 0 and 1 in parts of 10⁸; `None` where it is none.
pub(super) fn share(written: &Spanned<Number>) -> Option<i64> {
    let fraction = parse_fraction(&written.get_ref().0)?;
    super::Share::of(fraction).map(|share| share.0).filter(|share| (0..=WHOLE_WEIGHT).contains(share))
}

/// One of a closed list of ways to sum periods up.
pub(super) fn by(report: &mut Report<'_>, written: &Spanned<String>) -> Option<By> {
    word(report, "way", written, &By::ALL, By::name)
}
