//! Words: a rule as a sentence, its bands and what it measures, in Chinese and English.

use crate::{
    expression::{Expression, Type},
    fact::FactKind,
    language::Language,
    points::Points,
    time::Grain,
};

use super::{
    Measure, On, Party, Plan, Rule, SubjectKind,
    amount::{Amount, Edge, Times},
    facts::field_at,
};

mod choice;
mod clause;
mod coefficient;
mod exclusive;
mod fact_type;
mod link;
mod per_unit;
mod phrase;
mod publicity;
mod reclass;
mod repeat;
mod settlement;
mod sheet;
mod unit;

pub use clause::{Clause, Example, ExampleFact, Part, ScopeList};
pub use settlement::{Told, percent};
pub use unit::Unit;

/// One band in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BandWords {
    /// Its number, as in entries.
    pub index: u32,
    /// Which values it holds: `超过 20 分钟且不超过 30 分钟`.
    pub words: String,
    /// Its points, before multipliers.
    pub points: Points,
}

/// What a rule compares with its bands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measured {
    /// Its name: `办理时长`.
    pub words: String,
    /// How its values are written.
    pub unit: Unit,
}

impl Rule {
    /// The whole rule as one sentence: `办理时长：每件不超过 20 分钟加 5 分，超过 30 分钟扣 3 分，其余不计分。`
    pub fn sentence(&self, language: Language) -> String {
        let title = self.title_in(language);
        let parts = || [self.party_words(language), self.per_words(language), self.amount_words(language)];
        let body = self.link_words(language).unwrap_or_else(|| parts().concat());
        let (after_title, stop) = language.choose(("：", "。"), (": ", "."));
        let limits = [
            self.notes(language),
            self.repeat_words(language),
            self.exclusive_words(language),
            self.cap_words(language),
            self.item_words(language),
        ]
        .concat();
        format!("{title}{after_title}{body}{limits}{stop}")
    }

    /// The bands in words, none for fixed points.
    pub fn bands(&self, language: Language) -> Vec<BandWords> {
        let bands = match &self.amount {
            Amount::Banded(bands) => bands,
            Amount::Table(table) => return choice::rows(table, language),
            Amount::Fixed(_) | Amount::PerUnit(_) | Amount::Range(_) => return Vec::new(),
        };
        let unit = self.unit();
        let mut lower: Option<Edge> = None;
        let mut words = Vec::new();
        let upper = bands.edged.iter().map(|(edge, points)| (Some(*edge), *points));
        for (index, (edge, points)) in upper.chain([(None, bands.last)]).enumerate() {
            let phrase = phrase::between(lower, edge, unit, language);
            words.push(BandWords { index: index as u32, words: phrase, points });
            lower = edge;
        }
        words
    }

    /// What is compared with the bands; `None` for fixed points.
    pub fn measured(&self, language: Language) -> Option<Measured> {
        match self.amount {
            Amount::Fixed(_) => None,
            Amount::Banded(_) | Amount::PerUnit(_) | Amount::Table(_) | Amount::Range(_) => {
                Some(Measured { words: self.measured_words(language), unit: self.unit() })
            }
        }
    }

    fn title_in(&self, language: Language) -> &str {
        language.choose(&self.title, self.title_en.as_ref().unwrap_or(&self.title))
    }

    fn unit(&self) -> Unit {
        match &self.plan {
            Plan::PerFact => self.compared.as_ref().map_or(Unit::Number, |value| unit_of(&self.on, value)),
            Plan::PerPeriod { measure, .. } => match measure {
                Measure::Rate { .. } => Unit::Ratio,
                Measure::Count => Unit::Number,
                Measure::Mean { of, .. } | Measure::Sum { of } | Measure::Percentile { of, .. } => {
                    unit_of(&self.on, of)
                }
            },
        }
    }

    fn measured_words(&self, language: Language) -> String {
        let name = |expression: &Expression| name_of(&self.on, expression, language);
        match &self.plan {
            Plan::PerFact if let Amount::Table(table) = &self.amount => name(&table.key),
            Plan::PerFact => self.compared.as_ref().map(name).unwrap_or_default(),
            Plan::PerPeriod { measure, .. } => match measure {
                Measure::Rate { that } => {
                    language.choose(format!("{}占比", name(that)), format!("share of {}", name(that)))
                }
                Measure::Count if self.coefficient.is_some() => {
                    let (chinese, _, english) = noun(&self.on);
                    language.choose(format!("折合{chinese}数"), format!("weighted number of {english}"))
                }
                Measure::Count => {
                    let (chinese, _, english) = noun(&self.on);
                    language.choose(format!("{chinese}数"), format!("number of {english}"))
                }
                Measure::Mean { of, trim } if *trim > 0 => language.choose(
                    format!("去掉最高、最低各 {trim} 个的平均{}", name(of)),
                    format!("mean {} without the {trim} highest and lowest", name(of)),
                ),
                Measure::Mean { of, .. } => language.choose(format!("平均{}", name(of)), format!("mean {}", name(of))),
                Measure::Sum { of } => language.choose(format!("{}合计", name(of)), format!("total {}", name(of))),
                Measure::Percentile { of, at } => {
                    let at = Unit::Ratio.edge(at.0, language);
                    language.choose(format!("{}的 {at} 分位数", name(of)), format!("{at} percentile of {}", name(of)))
                }
            },
        }
    }

    fn party_words(&self, language: Language) -> String {
        let words = match self.party {
            Party::Own => ("", ""),
            Party::Provider => ("计提供方，", "to the provider, "),
            Party::Receiver => ("计接收方，", "to the receiver, "),
            Party::Both => ("提供方和接收方各计，", "to provider and receiver each, "),
        };
        language.choose(words.0, words.1).to_owned()
    }

    /// `每件` or `每人每日`, with the measured name unless the title says it already.
    fn per_words(&self, language: Language) -> String {
        let per = match &self.plan {
            Plan::PerFact => {
                let (chinese, english, _) = noun(&self.on);
                language.choose(format!("每{chinese}"), format!("per {english}, "))
            }
            Plan::PerPeriod { grain, .. } => {
                let (subject, subject_en) = subject(self.subject);
                let (period, period_en) = period(*grain);
                language.choose(format!("每{subject}每{period}"), format!("per {subject_en} and {period_en}, "))
            }
        };
        let measured = self.measured(language).map_or_else(String::new, |measured| measured.words);
        if measured.to_lowercase() == self.title_in(language).to_lowercase() {
            return per;
        }
        let space = if measured.is_empty() { "" } else { language.choose("", " ") };
        format!("{per}{measured}{space}")
    }

    fn amount_words(&self, language: Language) -> String {
        let points = |points: Points| format!("{}{}", self.times_words(language), phrase::points(points, language));
        match &self.amount {
            Amount::Fixed(fixed) => points(*fixed),
            Amount::PerUnit(amount) => per_unit::words(amount, self.unit(), &self.times_words(language), language),
            Amount::Range(range) => format!("{}{}", self.times_words(language), choice::range(range, language)),
            Amount::Banded(_) | Amount::Table(_) => {
                let bands = self.bands(language);
                let is_table = matches!(self.amount, Amount::Table(_));
                let counted = bands.iter().filter(|band| is_table || band.points != Points::ZERO);
                let clause = |words: &str, points: String| match language {
                    // Chinese stands apart from figures and signs only.
                    Language::Chinese if words.ends_with(|c: char| c.is_ascii()) => format!("{words} {points}"),
                    Language::Chinese => format!("{words}{points}"),
                    Language::English => format!("{words}: {points}"),
                };
                let mut clauses: Vec<String> = counted.map(|band| clause(&band.words, points(band.points))).collect();
                if is_table {
                    // A key without a row gives no points because it waits.
                    clauses.push(language.choose("表中没有的待定", "any other waits").to_owned());
                } else if clauses.len() < bands.len() {
                    clauses.push(language.choose("其余不计分", "otherwise no points").to_owned());
                }
                clauses.join(language.choose("，", "; "))
            }
        }
    }

    fn times_words(&self, language: Language) -> String {
        match &self.times {
            None => String::new(),
            Some(Times::Facts) => {
                let (chinese, english, _) = noun(&self.on);
                language.choose(format!("按每{chinese}"), format!("for each {english} "))
            }
            Some(Times::Value(value)) => {
                let name = name_of(&self.on, value, language);
                if value.as_slot().is_none() {
                    return language.choose(format!("按（{name}）倍"), format!("({name}) times "));
                }
                let counter = ["次", "份"].into_iter().find(|counter| name.ends_with(&format!("{counter}数")));
                let each = counter.map_or("每计 1 ".to_owned(), |counter| format!("每{counter}"));
                language.choose(format!("按{name}，{each}"), format!("for each of {name} "))
            }
        }
    }

    /// Minimum sample and condition, in brackets.
    fn notes(&self, language: Language) -> String {
        let mut notes = Vec::new();
        if let Plan::PerPeriod { minimum, .. } = &self.plan
            && *minimum > 1
        {
            let (chinese, _, english) = noun(&self.on);
            notes.push(language.choose(format!("至少 {minimum} {chinese}"), format!("at least {minimum} {english}")));
        }
        if let Some(when) = &self.when {
            let condition = phrase::condition(&self.on, when.text(), language);
            notes.push(language.choose(format!("条件：{condition}"), format!("if {condition}")));
        }
        notes.extend(self.coefficient_note(language));
        notes.extend(self.exempt_words(language));
        if notes.is_empty() {
            return String::new();
        }
        language.choose(format!("（{}）", notes.join("；")), format!(" ({})", notes.join("; ")))
    }

    fn cap_words(&self, language: Language) -> String {
        let Some(cap) = &self.cap else {
            return String::new();
        };
        let (chinese, english) = period(cap.per);
        let (subject, subject_en) = subject(self.subject);
        let max = cap.max.map(|max| language.choose(format!("最多 {max} 分"), format!("at most {max}")));
        let min = cap.min.map(|min| language.choose(format!("最少 {min} 分"), format!("at least {min}")));
        let limits: Vec<String> = max.into_iter().chain(min).collect();
        let limits = limits.join(language.choose("、", ", "));
        language.choose(
            format!("；每{subject}每{chinese}{limits}"),
            format!("; {limits} points per {subject_en} and {english}"),
        )
    }
}

/// `加 5 分`, `扣 3 分`.
pub(super) fn points_words(points: Points, language: Language) -> String {
    phrase::points(points, language)
}

/// The counting word of some facts: Chinese, English singular, English plural.
fn noun(on: &On) -> (String, String, String) {
    if let Some(declared) = on.declared() {
        let title_en = declared.title_in(Language::English);
        return (format!("次{}", declared.title), format!("record of {title_en}"), format!("records of {title_en}"));
    }
    let (chinese, one, many) = match on.kind() {
        FactKind::Service => ("件", "service", "services"),
        FactKind::Case => ("件", "case", "cases"),
        FactKind::Acceptance => ("件", "accepted case", "accepted cases"),
        FactKind::Rating => ("次评价", "rating", "ratings"),
        FactKind::Share => ("次共享", "data share", "data shares"),
        FactKind::Suggestion => ("条建议", "suggestion", "suggestions"),
        FactKind::Complaint => ("件投诉", "complaint", "complaints"),
        FactKind::Attendance => ("次考勤", "record of attendance", "records of attendance"),
        FactKind::Finding | FactKind::Declared => ("次检查记录", "finding", "findings"),
    };
    (chinese.to_owned(), one.to_owned(), many.to_owned())
}

pub(super) fn subject(kind: SubjectKind) -> (&'static str, &'static str) {
    match kind {
        SubjectKind::Person => ("人", "person"),
        SubjectKind::Window => ("窗口", "window"),
        SubjectKind::Department => ("部门", "department"),
        SubjectKind::Hall => ("大厅", "hall"),
    }
}

fn period(grain: Grain) -> (&'static str, &'static str) {
    match grain {
        Grain::Day => ("日", "day"),
        Grain::Week => ("周", "week"),
        Grain::Month => ("月", "month"),
        Grain::Quarter => ("季度", "quarter"),
        Grain::Year => ("年", "year"),
        Grain::All => ("期", "period"),
    }
}

/// The field's name, or the expression with the names of its fields.
fn name_of(on: &On, expression: &Expression, language: Language) -> String {
    let field = expression.as_slot().and_then(|slot| field_at(on, slot));
    field.map_or_else(
        || phrase::condition(on, expression.text(), language),
        |spec| language.choose(&spec.zh, &spec.en).to_string(),
    )
}

/// A sum or difference of durations is a duration; any other calculation of whole numbers is a plain number.
fn unit_of(on: &On, expression: &Expression) -> Unit {
    let is_duration = |slot: &u32| field_at(on, *slot).is_some_and(|spec| spec.duration);
    let calculates = expression.text().contains(['*', '/', '%', '?']);
    let all = !expression.slots().is_empty() && expression.slots().iter().all(is_duration);
    match expression.kind() {
        Type::Decimal => Unit::Decimal,
        Type::Integer if all && !calculates => Unit::Duration,
        Type::Integer | Type::Boolean | Type::Text => Unit::Number,
    }
}
