//! Check of honours and of proposals for people.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{
    Basis, Composite, Equal, Gate, Grade, Heads as HeadCount, Honour, League, OnGap, Proposal, Quota, Round,
    STREAK_MAX, Share, Source, Tie, Trigger,
    check::{Heads, check_names, face, home_scope, name, whole},
    check_figure::{Written, basis, counted, figure},
    check_grade::{band_of, grade_of},
    table::{ClassTable, GateTable, HonourTable, ProposalTable, QuotaTable, QuotaWritten},
};
use crate::{
    both,
    expression::offer,
    rule::{
        Scope, SubjectKind,
        check::{start, word},
        check_amount::points,
        diagnostic::Report,
        quantity::parse_fraction,
    },
};

/// The most titles of one league.
const TITLES_MAX: i64 = 100_000;

/// All honours; `None` after a fault.
pub(super) fn honours(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    known: (&[Composite], &[Grade]),
    tables: &[HonourTable],
) -> Option<Vec<Honour>> {
    let found: Vec<_> = tables.iter().map(|table| honour(report, heads, known, table)).collect();
    let honours: Vec<Honour> = found.into_iter().collect::<Option<_>>()?;
    let gates =
        tables.iter().zip(&honours).flat_map(|(table, honour)| table.gate.iter().map(move |gate| (gate, honour)));
    let mut resolved: BTreeMap<(String, usize), Gate> = BTreeMap::new();
    let mut sound = true;
    for (gate, own) in gates {
        let Some(written) = &gate.get_ref().honour else { continue };
        match titles_gate(report, gate.get_ref(), written, own, &honours) {
            Some(gate_found) => drop(resolved.insert((own.face.id.clone(), start(gate)), gate_found)),
            None => sound = false,
        }
    }
    let mut honours = honours;
    for (honour, table) in honours.iter_mut().zip(tables) {
        for gate in &table.gate {
            honour.gates.extend(resolved.remove(&(honour.face.id.clone(), start(gate))));
        }
    }
    sound.then_some(honours)
}

/// A gate that counts titles of shorter periods; `None` after a fault.
fn titles_gate(
    report: &mut Report<'_>,
    table: &GateTable,
    written: &Spanned<String>,
    own: &Honour,
    honours: &[Honour],
) -> Option<Gate> {
    let Some(other) = honours.iter().find(|honour| honour.face.id == *written.get_ref()) else {
        let names: Vec<String> = honours.iter().map(|honour| honour.face.id.clone()).collect();
        report.fault(
            start(written),
            both!("没有编号为 `{}` 的荣誉", "no honour `{}`", written.get_ref()).and(&offer(written.get_ref(), &names)),
        );
        return None;
    };
    if other.basis.period >= own.basis.period || other.basis.subject != own.basis.subject {
        report.fault(
            start(written),
            both!(
                "数的荣誉须是同样的主体、比本荣誉更短的周期",
                "titles are counted of the same subjects and of shorter periods than the honour's own"
            ),
        );
        return None;
    }
    let number =
        table.at_least.as_ref().and_then(|written| written.get_ref().0.parse().ok().filter(|number| *number >= 1));
    let Some(at_least) = number else {
        report.fault(start(written), both!("要得过几次？请加 `at_least = 3`", "how many titles? add `at_least = 3`"));
        return None;
    };
    Some(Gate::Titles { honour: other.face.id.clone(), each: other.basis.period, at_least })
}

fn honour(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    (composites, grades): (&[Composite], &[Grade]),
    table: &HonourTable,
) -> Option<Honour> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let basis = basis(report, heads, start(&table.id), (table.sheet.as_ref(), table.composite.as_ref()));
    let scope = home_scope(report, start(&table.id), &table.scope);
    let league = league(report, table.league.as_ref(), &table.class, basis.as_ref().map(|basis| basis.subject));
    let quota = quota(report, &table.quota);
    let basis = basis?;
    let gates: Vec<_> = table
        .gate
        .iter()
        .filter(|gate| gate.get_ref().honour.is_none())
        .map(|written| gate(report, heads, grades, &basis, written))
        .collect();
    let ties: Vec<_> = table.tie.iter().map(|written| tie(report, composites, &basis, written)).collect();
    let Some(written) = &table.equal else {
        let message = both!(
            "同分而名额不够时给谁？请写 `equal = \"share\"`（并列都给）或 `equal = \"ask\"`（由人决定）",
            "who gets the last title when scores are equal? write `equal = \"share\"` (并列都给) or `equal = \"ask\"` (由人决定)"
        );
        report.fault(start(&table.id), message);
        return None;
    };
    let equal = word(report, "way", written, &Equal::ALL, Equal::name);
    Some(Honour {
        face,
        basis,
        scope,
        league: league?,
        gates: gates.into_iter().collect::<Option<_>>()?,
        quota: quota?,
        ties: ties.into_iter().collect::<Option<_>>()?,
        equal: equal?,
    })
}

/// Who is compared with whom; `None` after a fault.
fn league(
    report: &mut Report<'_>,
    written: Option<&Spanned<String>>,
    classes: &[ClassTable],
    subject: Option<SubjectKind>,
) -> Option<League> {
    if let (Some(written), Some(_)) = (written, classes.first()) {
        report.fault(
            start(written),
            both!("分榜写 `league` 或写类；只留一种", "leagues come from `league` or from classes; keep one of them"),
        );
        return None;
    }
    if !classes.is_empty() {
        return self::classes(report, classes);
    }
    let Some(written) = written else { return Some(League::All) };
    let (league, within) = match written.get_ref().as_str() {
        "all" => return Some(League::All),
        "window" => (League::Window, SubjectKind::Window),
        "department" => (League::Department, SubjectKind::Department),
        "hall" => (League::Hall, SubjectKind::Hall),
        other => {
            let names = ["all", "window", "department", "hall"].map(str::to_owned);
            report.fault(
                start(written),
                both!("没有 `{other}` 这种分榜", "unknown league `{other}`").and(&offer(other, &names)),
            );
            return None;
        }
    };
    if subject.is_some_and(|subject| subject >= within) {
        report.fault(
            start(written),
            both!("每个 `{}` 会独占一榜", "each {} would be alone in its league", within.name()),
        );
        return None;
    }
    Some(league)
}

fn classes(report: &mut Report<'_>, tables: &[ClassTable]) -> Option<League> {
    check_names(report, tables.iter().map(|class| &class.name));
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut good = true;
    let mut classes = Vec::new();
    for class in tables {
        let lists = [("hall", &class.halls), ("department", &class.departments), ("window", &class.windows)];
        if lists.iter().all(|(_, codes)| codes.is_empty()) {
            report.fault(
                start(&class.name),
                both!(
                    "这一类里没有谁；请加 `windows`、`departments` 或 `halls`",
                    "the class holds nobody; add `windows`, `departments` or `halls`"
                ),
            );
            good = false;
        }
        for (what, code) in lists.iter().flat_map(|(what, codes)| codes.iter().map(move |code| (*what, code))) {
            if let Some(other) = seen.insert((what, code.get_ref()), class.name.get_ref()) {
                report.fault(
                    start(code),
                    both!(
                        "`{}` 也在 `{other}` 类的 `{what}s` 里",
                        "{what} `{}` is in the class `{other}` too",
                        code.get_ref()
                    ),
                );
                good = false;
            }
        }
        let set = |codes: &[Spanned<String>]| codes.iter().map(|code| code.get_ref().clone()).collect();
        let scope = Scope {
            halls: set(&class.halls),
            departments: set(&class.departments),
            windows: set(&class.windows),
            ..Scope::default()
        };
        classes.push((name(report, &class.name, class.name_en.as_ref()), scope));
    }
    good.then_some(League::Classes(classes))
}

fn quota(report: &mut Report<'_>, written: &Spanned<QuotaWritten>) -> Option<Quota> {
    let at = start(written);
    match written.get_ref() {
        QuotaWritten::Number(number) if (1..=TITLES_MAX).contains(number) => Some(Quota::Number(*number as u64)),
        QuotaWritten::Number(_) => {
            report.fault(
                at,
                both!("`quota` 是 1 到 {TITLES_MAX} 的整数", "the quota is a whole number from 1 to {TITLES_MAX}"),
            );
            None
        }
        QuotaWritten::Share(QuotaTable { share, of, round, at_least }) => {
            let found =
                parse_fraction(share).and_then(Share::of).filter(|share| share.0 > 0 && share.0 <= super::WHOLE_WEIGHT);
            if found.is_none() {
                report.fault(at, both!("`{share}` 不是比例；请写 `\"20%\"`", "`{share}` is no share; write \"20%\""));
            }
            let of = of.as_deref().and_then(|text| HeadCount::ALL.into_iter().find(|heads| heads.name() == text));
            if of.is_none() {
                report.fault(at, both!("谁的百分之几？请写 `of = \"all\"`（全体）、`\"scored\"`（有得分的）或 `\"eligible\"`（符合条件的）", "a share of whom? write `of = \"all\"` (全体), `\"scored\"` (有得分的) or `\"eligible\"` (符合条件的)"));
            }
            let round = round.as_deref().and_then(|text| Round::ALL.into_iter().find(|round| round.name() == text));
            if round.is_none() {
                report.fault(
                    at,
                    both!(
                        "不足一名怎么算？请写 `round = \"floor\"`（舍去）或 `round = \"ceil\"`（进一）",
                        "what of a part of a head? write `round = \"floor\"` (舍去) or `round = \"ceil\"` (进一)"
                    ),
                );
            }
            let least = at_least.map_or(Some(0), |least| (1..=TITLES_MAX).contains(&least).then_some(least as u64));
            if least.is_none() {
                let told = both!(
                    "`at_least` 是 1 到 {TITLES_MAX} 的整数：按比例算出的更少时给这么多名",
                    "`at_least` is a whole number from 1 to {TITLES_MAX}: so many titles where the share comes to fewer"
                );
                report.fault(at, told);
            }
            Some(Quota::Share { share: found?, of: of?, round: round?, at_least: least? })
        }
    }
}

fn tie(report: &mut Report<'_>, composites: &[Composite], basis: &Basis, written: &Spanned<String>) -> Option<Tie> {
    let text = written.get_ref().as_str();
    if text == "fewest_deductions" {
        return Some(Tie::FewestDeductions);
    }
    let Some(id) = text.strip_prefix("part:") else {
        report.fault(
            start(written),
            both!(
                "不能按 `{text}` 分先后；请写 `fewest_deductions` 或 `part:项`",
                "`{text}` decides nothing; write `fewest_deductions` or `part:PART`"
            ),
        );
        return None;
    };
    let composite = match &basis.source {
        Source::Composite(own) => composites.iter().find(|composite| composite.face.id == *own),
        Source::Sheet(_) | Source::Rules { .. } => None,
    };
    let Some(composite) = composite else {
        report.fault(
            start(written),
            both!(
                "只有综合分才有各项；请用 `fewest_deductions`",
                "only composites have parts; use `fewest_deductions`"
            ),
        );
        return None;
    };
    let found = composite.parts.iter().position(|part| part.face.id == id);
    if found.is_none() {
        let names: Vec<String> = composite.parts.iter().map(|part| part.face.id.clone()).collect();
        report.fault(
            start(written),
            both!("综合分 `{}` 没有 `{id}` 这一项", "composite `{}` has no part `{id}`", composite.face.id)
                .and(&offer(id, &names)),
        );
    }
    found.map(Tie::Part)
}

fn gate(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    grades: &[Grade],
    basis: &Basis,
    written: &Spanned<GateTable>,
) -> Option<Gate> {
    let (table, at) = (written.get_ref(), start(written));
    let of_facts = table.facts_at_least.as_ref().or(table.facts_at_most.as_ref());
    if let Some(grade) = &table.grade {
        let grade = grade_of(report, grades, grade)?;
        if grade.basis.period != basis.period || grade.basis.subject != basis.subject {
            report.fault(
                at,
                both!("等次与荣誉的主体或周期不同", "the grade is of other subjects or periods than the honour"),
            );
            return None;
        }
        let Some(least) = &table.at_least else {
            report.fault(
                at,
                both!("最低哪一档？请加 `at_least = \"…\"`", "which grade at least? add `at_least = \"…\"`"),
            );
            return None;
        };
        let at_least = band_of(report, grade, start(least), &least.get_ref().0)?;
        return Some(Gate::Grade { grade: grade.face.id.clone(), at_least });
    }
    if let (Some(_), Some(rules)) = (of_facts, &table.rules) {
        let counted = counted(report, heads, rules, Some(basis.period))?;
        if counted.subject != basis.subject {
            report.fault(
                start(rules),
                both!(
                    "事实是 `{}` 的，荣誉是 `{}` 的",
                    "the facts are a {}'s, the honour is a {}'s",
                    counted.subject.name(),
                    basis.subject.name()
                ),
            );
            return None;
        }
        let mut bound = |what, number: &Option<Spanned<i64>>| {
            number.as_ref().map_or(Some(None), |number| whole(report, what, number, 0, 1_000_000_000).map(Some))
        };
        let (at_least, at_most) =
            (bound("facts_at_least", &table.facts_at_least)?, bound("facts_at_most", &table.facts_at_most)?);
        return Some(Gate::Facts { counted, at_least, at_most });
    }
    if let Some(facts) = of_facts {
        report.fault(
            start(facts),
            both!("哪些规则的事实？请加 `rules = [\"…\"]`", "facts of which rules? add `rules = [\"…\"]`"),
        );
        return None;
    }
    let figure = figure(
        report,
        heads,
        &Written {
            at,
            sheet: table.sheet.as_ref(),
            composite: table.composite.as_ref(),
            rules: table.rules.as_ref(),
            over: table.over.as_ref(),
            each: table.each.as_ref(),
            by: table.by.as_ref(),
            min_periods: table.min_periods.as_ref(),
            min_facts: table.min_facts.as_ref(),
        },
        (Some(basis.subject), Some(basis.period)),
    )?;
    let Some(least) = &table.at_least else {
        report.fault(at, both!("最低几分？请加 `at_least = 90`", "at least how many points? add `at_least = 90`"));
        return None;
    };
    Some(Gate::Score { figure, at_least: points(report, least)? })
}

pub(super) fn proposal(report: &mut Report<'_>, heads: &Heads<'_>, table: &ProposalTable) -> Option<Proposal> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let basis = basis(report, heads, start(&table.id), (table.sheet.as_ref(), table.composite.as_ref()));
    let scope = home_scope(report, start(&table.id), &table.scope);
    let (mut periods, mut on_gap) = (Some(1), Some(OnGap::Break));
    if let Some(streak) = &table.streak {
        let table = streak.get_ref();
        periods = whole(report, "periods", &table.periods, 2, u64::from(STREAK_MAX)).map(|number| number as u32);
        on_gap = match &table.on_gap {
            Some(written) => word(report, "way", written, &OnGap::ALL, OnGap::name),
            None => {
                let message = both!(
                    "没有得分的期（如休假）怎么算？请写 `on_gap = \"skip\"`（跳过）或 `on_gap = \"break\"`（重新算）",
                    "what does a period without a score do, such as leave? write `on_gap = \"skip\"` (跳过) or `on_gap = \"break\"` (重新算)"
                );
                report.fault(start(streak), message);
                None
            }
        };
    }
    let trigger = trigger(report, table, basis.as_ref().map(|basis| basis.subject));
    Some(Proposal { face, basis: basis?, scope, trigger: trigger?, periods: periods?, on_gap: on_gap? })
}

fn trigger(report: &mut Report<'_>, table: &ProposalTable, subject: Option<SubjectKind>) -> Option<Trigger> {
    match (&table.bottom, &table.below) {
        (Some(bottom), None) => {
            let number = whole(report, "bottom", bottom, 1, TITLES_MAX as u64);
            let league = league(report, table.league.as_ref(), &table.class, subject);
            Some(Trigger::Bottom { number: number?, league: league? })
        }
        (None, Some(below)) => {
            if let Some(at) = table.league.as_ref().map(start).or(table.class.first().map(|class| start(&class.name))) {
                report.fault(
                    at,
                    both!("`below` 不与别人比；请去掉分榜", "`below` compares with nobody; drop the league"),
                );
                return None;
            }
            points(report, below).map(Trigger::Below)
        }
        (None, None) => {
            report.fault(
                start(&table.id),
                both!(
                    "针对谁？请加 `bottom = 1`（末位）或 `below = 60`（低于）",
                    "whom does it reach? add `bottom = 1` (末位) or `below = 60` (低于)"
                ),
            );
            None
        }
        (Some(_), Some(below)) => {
            report.fault(
                start(below),
                both!(
                    "`bottom` 和 `below` 只留一个；两样都要就写两条建议",
                    "keep `bottom` or `below`; write two proposals for both"
                ),
            );
            None
        }
    }
}
