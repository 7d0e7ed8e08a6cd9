//! Check: a parsed file becomes a rule set, or the list of everything that is wrong with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use toml::{Spanned, value::Datetime};

use crate::{
    both,
    event::CODE_LENGTH_MAX,
    expression::{Type, offer},
    fact::{FactKind, FactType},
    id::Digest,
    time::{Date, Grain},
};

use super::{
    Cap, Coefficient, Credit, Diagnostic, Dimension, ID_BYTES_MAX, Measure, On, Party, Plan, RULES_MAX, Rule, RuleSet,
    Scope, Sheet, SubjectKind, TEXT_BYTES_MAX, card, check_amount, check_sheet, coefficient,
    compile::{compile_number, compile_optional},
    diagnostic::Report,
    example, exclusive, fact_type,
    file::{CapTable, File, RuleTable, ScopeTable},
    link, on, ordered, presence, reclass, repeat, settlement,
    syntax::syntax_fault,
};

/// The number of the format this program reads.
const FORMAT: i64 = 1;

/// What there is of a rule file that may have faults.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// The rule set, where nothing is wrong.
    pub set: Option<RuleSet>,
    /// The rules that are sound by themselves, in the order of the file; all of them, links too, where nothing is wrong.
    pub rules: Vec<Rule>,
    /// The score sheets, where nothing is wrong with them.
    pub sheets: Vec<Sheet>,
    /// The fact types it declares, where nothing is wrong with them.
    pub types: Vec<Arc<FactType>>,
    /// Everything that is wrong, in the order of the file.
    pub faults: Vec<Diagnostic>,
}

/// Parses and checks a rule file and runs its examples; every fault found is reported with its place.
pub fn parse(text: &str) -> Result<RuleSet, Vec<Diagnostic>> {
    let reading = read(text);
    reading.set.ok_or(reading.faults)
}

/// Like [`parse`], for whoever is still writing: what is sound is there beside the faults.
pub fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    match checked(text, &mut reading) {
        Ok(set) => Reading { rules: set.rules.clone(), set: Some(set), ..reading },
        Err(faults) => Reading { faults, ..reading },
    }
}

fn checked(text: &str, reading: &mut Reading) -> Result<RuleSet, Vec<Diagnostic>> {
    let mut report = Report::new(text);
    if text.len() > TEXT_BYTES_MAX {
        report.fault(
            0,
            both!(
                "文件超过 {TEXT_BYTES_MAX} 字节；请分成几套规则",
                "the file is longer than {TEXT_BYTES_MAX} bytes; split the rule set"
            ),
        );
        return Err(report.finish());
    }
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            report.fault(error.span().map_or(0, |span| span.start), syntax_fault(&error));
            return Err(report.finish());
        }
    };
    match rule_set(&mut report, &file, text, reading) {
        Some(rules) if report.is_empty() => Ok(rules),
        _ => Err(report.finish()),
    }
}

fn rule_set(report: &mut Report<'_>, file: &File, text: &str, reading: &mut Reading) -> Option<RuleSet> {
    if *file.format.get_ref() != FORMAT {
        report.fault(start(&file.format), both!("本程序只读格式 {FORMAT}", "this program reads format {FORMAT} only"));
    }
    if file.rule.len() > RULES_MAX {
        report.fault(
            0,
            both!("规则超过 {RULES_MAX} 条；请分成几套规则", "more than {RULES_MAX} rules; split the rule set"),
        );
        return None;
    }
    let table = &file.ruleset;
    check_id(report, &table.id);
    check_title(report, &table.title);
    let effective_from = table.effective_from.as_ref().and_then(|written| date(report, written));
    let effective_to = table.effective_to.as_ref().and_then(|written| date(report, written));
    if let (Some(from), Some(to), Some(written)) = (effective_from, effective_to, &table.effective_to)
        && to < from
    {
        report.fault(
            start(written),
            both!(
                "`effective_to` {to} 早于 `effective_from` {from}",
                "`effective_to` {to} lies before `effective_from` {from}"
            ),
        );
    }
    check_unique(report, &file.rule);
    let sheets = check_sheet::sheets(report, &file.sheet, &file.rule);
    let coefficients = coefficient::tables(report, &file.coefficient);
    let types = fact_type::types(report, &file.fact);
    let others = Others { sheets: sheets.as_deref(), coefficients: coefficients.as_deref(), types: types.as_deref() };
    let rules: Vec<Option<Rule>> = file.rule.iter().map(|table| rule(report, table, &others)).collect();
    coefficient::check_used(report, &file.coefficient, &file.rule);
    reading.rules = rules.iter().flatten().cloned().collect();
    reading.sheets = sheets.clone().unwrap_or_default();
    reading.types = types.clone().unwrap_or_default();
    let reclasses = reclass::check(report, &file.reclass, (&file.rule, &file.sheet), types.as_deref());
    repeat::check_groups(report, &file.rule, &rules);
    exclusive::check_groups(report, &file.rule, &rules);
    let links: Vec<Option<Vec<Rule>>> = file
        .rule
        .iter()
        .zip(&rules)
        .map(|(table, rule)| links(report, table.get_ref(), rule, sheets.as_deref()))
        .collect();
    report.enter(None);
    let away: Vec<Rule> = sheets.iter().flatten().filter_map(presence::rule).collect();
    let linked: Vec<&Rule> = links.iter().flatten().flatten().chain(&away).collect();
    if file.rule.len() + linked.len() > RULES_MAX {
        report.fault(
            0,
            both!(
                "规则（连同联动）超过 {RULES_MAX} 条；请分成几套规则",
                "more than {RULES_MAX} rules, links counted; split the rule set"
            ),
        );
        return None;
    }
    let settlement =
        settlement::plan(report, &file.settlement(), (&file.rule, &linked), (&file.sheet, sheets.as_deref()));
    let mut all: Vec<Rule> = Vec::new();
    // Each link stands behind the rule it follows.
    for (rule, links) in rules.into_iter().zip(links) {
        all.push(rule?);
        all.extend(links?);
    }
    all.extend(away);
    let rules = all;
    let mut sorted: Vec<usize> = (0..rules.len()).collect();
    sorted.sort_by_key(|place| rules.get(*place).map(|rule| &rule.id));
    Some(RuleSet {
        id: table.id.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        basis: table.basis.clone(),
        version: Digest::of(text.as_bytes()),
        effective_from,
        effective_to,
        rules,
        sorted,
        types: types?,
        sheets: sheets?,
        reclasses: reclasses?,
        settlement: settlement?,
    })
}

/// The rules that a rule's links make; those of a rule that is not sound are not looked at.
fn links(
    report: &mut Report<'_>,
    table: &RuleTable,
    rule: &Option<Rule>,
    sheets: Option<&[Sheet]>,
) -> Option<Vec<Rule>> {
    report.enter(Some(table.id.get_ref()));
    link::rules(report, &table.link, rule.as_ref()?, sheets)
}

/// What rules point at; `None` after a fault.
struct Others<'a> {
    sheets: Option<&'a [Sheet]>,
    coefficients: Option<&'a [Arc<Coefficient>]>,
    types: Option<&'a [Arc<FactType>]>,
}

fn check_unique(report: &mut Report<'_>, rules: &[Spanned<RuleTable>]) {
    let mut seen = BTreeMap::new();
    for (number, table) in rules.iter().enumerate() {
        let id = &table.get_ref().id;
        if let Some(first) = seen.insert(id.get_ref().as_str(), number + 1) {
            report.enter(Some(id.get_ref()));
            report.fault(
                start(id),
                both!(
                    "编号与第 {first} 条规则相同；编号不能重复",
                    "the id is already that of rule number {first}; ids must be unique"
                ),
            );
        }
    }
    report.enter(None);
}

fn rule(report: &mut Report<'_>, table: &Spanned<RuleTable>, others: &Others<'_>) -> Option<Rule> {
    let table = table.get_ref();
    report.enter(Some(table.id.get_ref()));
    check_id(report, &table.id);
    check_title(report, &table.title);
    let card = card::check(report, table);
    let dimension = word(report, "dimension", &table.dimension, &Dimension::ALL, Dimension::name);
    let subject = word(report, "subject", &table.subject, &SubjectKind::ALL, SubjectKind::name);
    let on = &on::check(report, &table.on, others.types)?;
    let sides = sides(report, table, on);
    let when = compile_optional(report, on, "when", table.when.as_ref(), Type::Boolean);
    let plan = plan(report, table, on);
    let repeat = table.repeat.as_ref().map(|written| repeat::check(report, written, plan.as_ref()));
    let exclusive = table.exclusive.as_ref().map(|written| exclusive::check(report, written, on, plan.as_ref()));
    let cap = table.cap.as_ref().map(|cap| check_cap(report, cap, plan.as_ref()));
    let amount = plan.as_ref().map(|plan| check_amount::amount(report, table, on, plan));
    let item = check_sheet::item_of(
        report,
        &check_sheet::Pointer::of(table),
        others.sheets,
        (subject, plan.as_ref(), cap.flatten()),
    );
    let known = amount.as_ref().and_then(|amount| amount.as_ref()).map(|(amount, ..)| amount);
    let coefficient = coefficient::of_rule(report, table, others.coefficients, plan.as_ref(), known);
    let exempt = exempt(report, table.exempt.as_ref(), plan.as_ref());
    let (party, credit) = sides?;
    let (amount, compared, times) = amount??;
    let mut rule = Rule {
        id: table.id.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        card: card?,
        dimension: dimension?,
        on: on.clone(),
        subject: subject?,
        party,
        credit,
        scope: scope(&table.scope),
        plan: plan?,
        repeat: repeat.map_or(Some(None), |repeat| repeat.map(Some))?,
        exclusive: exclusive.map_or(Some(None), |exclusive| exclusive.map(Some))?,
        exempt: exempt?,
        cap: cap.map_or(Some(None), |cap| cap.map(Some))?,
        item: item?,
        link: None,
        examples: Vec::new(),
        when: when?,
        compared,
        amount,
        times,
        coefficient: coefficient?,
    };
    rule.examples = table.example.iter().filter_map(|example| example::run(report, &rule, example.get_ref())).collect();
    Some(rule)
}

/// Which person of a fact, with its default.
pub(super) fn credit(report: &mut Report<'_>, written: Option<&Spanned<String>>, on: &On) -> Option<Credit> {
    match written {
        None if on.kind() == FactKind::Case => Some(Credit::Last),
        None => Some(Credit::Served),
        Some(written) => word(report, "credit", written, &Credit::ALL, Credit::name),
    }
}

/// The categories of exemptions; `None` after a fault.
pub(super) fn exempt(
    report: &mut Report<'_>,
    written: Option<&Spanned<Vec<Spanned<String>>>>,
    plan: Option<&Plan>,
) -> Option<BTreeSet<String>> {
    let Some(written) = written else { return Some(BTreeSet::new()) };
    if let Some(Plan::PerPeriod { .. }) = plan {
        report.fault(
            start(written),
            both!(
                "免责抵去的是一件事实的扣分，按期规则不能免责；请去掉 `exempt` 或 `period`",
                "an exemption takes out the deduction of one fact; drop `exempt` or `period`"
            ),
        );
        return None;
    }
    categories(report, written, "exempt", "outage")
}

/// The categories of a key, with one that it may have; `None` after a fault.
pub(super) fn categories(
    report: &mut Report<'_>,
    written: &Spanned<Vec<Spanned<String>>>,
    key: &str,
    example: &str,
) -> Option<BTreeSet<String>> {
    let mut categories = BTreeSet::new();
    for category in written.get_ref() {
        let length = category.get_ref().chars().count();
        if length == 0 || length > CODE_LENGTH_MAX || !categories.insert(category.get_ref().clone()) {
            report.fault(
                start(category),
                both!(
                    "类别有 1 到 {CODE_LENGTH_MAX} 个字符，且不重复",
                    "a category has from 1 to {CODE_LENGTH_MAX} characters and stands once"
                ),
            );
            return None;
        }
    }
    if categories.is_empty() {
        report.fault(
            start(written),
            both!(
                "请写明类别，如 `{key} = [\"{example}\"]`，或去掉 `{key}`",
                "name the categories, as in `{key} = [\"{example}\"]`, or drop `{key}`"
            ),
        );
        return None;
    }
    Some(categories)
}

/// Party and credit, with their defaults.
fn sides(report: &mut Report<'_>, table: &RuleTable, on: &On) -> Option<(Party, Credit)> {
    let party = match &table.party {
        None => Some(Party::Own),
        Some(written) => word(report, "party", written, &Party::ALL, Party::name),
    };
    let credit = credit(report, table.credit.as_ref(), on);
    if let (Some(written), Some(Party::Provider | Party::Receiver | Party::Both)) = (&table.party, party) {
        if on.kind() != FactKind::Share {
            report.fault(
                start(written),
                both!(
                    "只有 `share` 事实才分提供方和接收方；请去掉 `party`",
                    "only facts of kind `share` have a provider and a receiver; drop `party`"
                ),
            );
        }
        if let Some(credit) = &table.credit {
            report.fault(
                start(credit),
                both!(
                    "写了是哪一方，就已写明记给谁；请去掉 `credit` 或 `party`",
                    "the side itself says whom to credit; drop `credit` or `party`"
                ),
            );
        }
    }
    Some((party?, credit?))
}

fn plan(report: &mut Report<'_>, table: &RuleTable, on: &On) -> Option<Plan> {
    let Some(period) = &table.period else {
        let keys = [("measure", &table.measure), ("of", &table.of), ("that", &table.that)];
        let mut unused: Vec<_> =
            keys.iter().filter_map(|(key, written)| Some((*key, start(written.as_ref()?)))).collect();
        unused.extend(table.min_facts.as_ref().map(|written| ("min_facts", start(written))));
        unused.extend(table.at.as_ref().map(|written| ("at", start(written))));
        unused.extend(table.trim.as_ref().map(|written| ("trim", start(written))));
        for (key, at) in &unused {
            report.fault(
                *at,
                both!(
                    "`{key}` 用于按期计分；请加 `period = \"month\"`，或去掉它",
                    "`{key}` measures a period; add `period = \"month\"` or drop it"
                ),
            );
        }
        return unused.is_empty().then_some(Plan::PerFact);
    };
    let grain = grain(report, "period", period);
    let minimum = match &table.min_facts {
        None => Some(1),
        Some(written) => {
            let minimum = u64::try_from(*written.get_ref()).ok().filter(|minimum| *minimum >= 1);
            if minimum.is_none() {
                report.fault(start(written), both!("`min_facts` 不小于 1", "`min_facts` must be 1 or more"));
            }
            minimum
        }
    };
    let measure = measure(report, table, on, start(period));
    Some(Plan::PerPeriod { grain: grain?, minimum: minimum?, measure: measure? })
}

/// Names of the measures of period rules.
pub(super) const MEASURES: [&str; 5] = ["rate", "count", "mean", "sum", ordered::NAME];

fn measure(report: &mut Report<'_>, table: &RuleTable, on: &On, period_at: usize) -> Option<Measure> {
    let Some(written) = &table.measure else {
        report.fault(
            period_at,
            both!(
                "写了 `period` 的规则还要写 `measure`：`rate`、`count`、`mean`、`sum`、`percentile` 之一",
                "a rule with `period` needs `measure`: one of `rate`, `count`, `mean`, `sum`, `percentile`"
            ),
        );
        return None;
    };
    let name = written.get_ref().as_str();
    let (needs_that, needs_of) = (name == "rate", matches!(name, "mean" | "sum" | ordered::NAME));
    if !needs_that && !needs_of && name != "count" {
        let names = MEASURES.map(str::to_owned);
        report.fault(start(written), both!("不认识 `{name}`", "unknown measure `{name}`").and(&offer(name, &names)));
        return None;
    }
    for (key, needed, value) in [("that", needs_that, &table.that), ("of", needs_of, &table.of)] {
        match (needed, value) {
            (true, None) => report.fault(
                start(written),
                both!(
                    "`measure` 是 `{name}` 时要写 `{key} = \"fact.…\"`",
                    "the measure `{name}` needs `{key} = \"fact.…\"`"
                ),
            ),
            (false, Some(value)) => report.fault(
                start(value),
                both!("`measure` 是 `{name}` 时没有 `{key}`；请去掉", "the measure `{name}` has no `{key}`; drop it"),
            ),
            (true, Some(_)) | (false, None) => {}
        }
    }
    let that = compile_optional(report, on, "that", table.that.as_ref(), Type::Boolean)?;
    let of = table.of.as_ref().map_or(Some(None), |of| compile_number(report, on, "of", of).map(Some))?;
    let at = ordered::check(report, written, table.at.as_ref())?;
    let trim = ordered::trim(report, table.trim.as_ref(), name == "mean", table.min_facts.as_ref())?;
    match name {
        "rate" => Some(Measure::Rate { that: that? }),
        "mean" => Some(Measure::Mean { of: of?, trim }),
        "sum" => Some(Measure::Sum { of: of? }),
        ordered::NAME => Some(Measure::Percentile { of: of?, at: at? }),
        _ => Some(Measure::Count),
    }
}

pub(super) fn check_cap(report: &mut Report<'_>, written: &Spanned<CapTable>, plan: Option<&Plan>) -> Option<Cap> {
    let table = written.get_ref();
    let per = grain(report, "cap period", &table.per);
    let max = table.max.as_ref().map(|max| check_amount::points(report, max));
    let min = table.min.as_ref().map(|min| check_amount::points(report, min));
    if max.is_none() && min.is_none() {
        report.fault(
            start(written),
            both!(
                "`cap` 什么也没有限制；请写 `max`、`min` 或两者",
                "the cap limits nothing; give `max`, `min` or both"
            ),
        );
    }
    if let (Some(at), Some(Some(points))) = (&table.max, max)
        && points.0 < 0
    {
        report.fault(
            start(at),
            both!("`max` 不能是负数：没有事实的人是 0 分", "`max` must not be negative: who has no facts has 0 points"),
        );
    }
    if let (Some(at), Some(Some(points))) = (&table.min, min)
        && points.0 > 0
    {
        report.fault(
            start(at),
            both!("`min` 不能是正数：没有事实的人是 0 分", "`min` must not be positive: who has no facts has 0 points"),
        );
    }
    let (per, max, min) =
        (per?, max.map_or(Some(None), |max| max.map(Some))?, min.map_or(Some(None), |min| min.map(Some))?);
    if let Some(Plan::PerPeriod { grain, .. }) = plan
        && per < *grain
    {
        report.fault(
            start(&table.per),
            both!(
                "规则按 `{}` 计分；`cap.per` 不能更短",
                "the rule scores a whole {}; the cap cannot be shorter",
                grain.name()
            ),
        );
    }
    Some(Cap { per, max, min })
}

pub(super) fn scope(table: &ScopeTable) -> Scope {
    let set = |codes: &[String]| codes.iter().cloned().collect();
    Scope {
        halls: set(&table.halls),
        departments: set(&table.departments),
        windows: set(&table.windows),
        matters: set(&table.matters),
    }
}

pub(super) fn grain(report: &mut Report<'_>, what: &str, written: &Spanned<String>) -> Option<Grain> {
    word(report, what, written, &Grain::ENDING, Grain::name)
}

pub(super) fn date(report: &mut Report<'_>, written: &Spanned<Datetime>) -> Option<Date> {
    let found = written.get_ref();
    let parsed = match (found.date, found.time, found.offset) {
        (Some(date), None, None) => {
            i16::try_from(date.year).ok().and_then(|year| Date::new(year, date.month as i8, date.day as i8))
        }
        _ => None,
    };
    if parsed.is_none() {
        report.fault(
            start(written),
            both!("请只写日期，不写时刻，如 `2026-01-01`", "write a date without a time, as in `2026-01-01`"),
        );
    }
    parsed
}

pub(super) fn check_id(report: &mut Report<'_>, written: &Spanned<String>) {
    let id = written.get_ref();
    let first = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let good = id.bytes().next().is_some_and(first)
        && id.bytes().all(|b| first(b) || matches!(b, b'.' | b'_' | b'-'))
        && id.len() <= ID_BYTES_MAX;
    if !good {
        let message = both!(
            "编号 `{id}` 不合规定：以 `a-z`、`0-9` 开头，只含这些和 `.`、`_`、`-`，至多 {ID_BYTES_MAX} 个字符",
            "the id `{id}` must begin with a-z or 0-9, hold only these and `.`, `_`, `-`, and have at most {ID_BYTES_MAX} characters"
        );
        report.fault(start(written), message);
    }
}

pub(super) fn check_title(report: &mut Report<'_>, written: &Spanned<String>) {
    if written.get_ref().trim().is_empty() {
        report.fault(
            start(written),
            both!("名称是空的；它显示在每一笔流水旁边", "the title is empty; people read it beside every entry"),
        );
    }
}

/// Byte offset of a value.
pub(super) fn start<T>(written: &Spanned<T>) -> usize {
    written.span().start
}

/// One of a closed list of words.
pub(super) fn word<T: Copy>(
    report: &mut Report<'_>,
    what: &str,
    written: &Spanned<String>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Option<T> {
    let text = written.get_ref();
    let found = all.iter().copied().find(|word| name(*word) == text.as_str());
    if found.is_none() {
        let names: Vec<String> = all.iter().map(|word| name(*word).to_owned()).collect();
        report.fault(start(written), both!("不认识 `{text}`", "unknown {what} `{text}`").and(&offer(text, &names)));
    }
    found
}
