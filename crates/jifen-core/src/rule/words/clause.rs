//! Clauses: a rule in parts, as the rule book prints it: what counts, for whom, how it is measured, when, up to where.

use std::collections::BTreeSet;

use crate::{
    fact::{FactKind, Field, FieldSpec},
    points::Points,
    roster::Exempt,
    rule::{
        Credit, Measure, On, Party, Plan, Rule, Scope, SubjectKind,
        amount::{Amount, Times},
    },
};

use super::{Language, Unit, noun, period, phrase, subject};

/// What a clause tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What is counted.
    Counts,
    /// What of it is counted only.
    Condition,
    /// Who gets the points.
    Credit,
    /// What is compared with the bands.
    Measure,
    /// By what the points are multiplied.
    Times,
    /// How much each fact weighs.
    Coefficient,
    /// What is looked at together, and when it is posted.
    Period,
    /// How many facts it needs.
    Sample,
    /// What the points are multiplied by the n-th time.
    Repeat,
    /// Which of several awards for one matter counts.
    Exclusive,
    /// Whose points follow another rule's.
    Link,
    /// From what people are exempt.
    Exempt,
    /// Limits of the points.
    Cap,
    /// Where it applies.
    Scope,
}

impl Part {
    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Condition => "condition",
            Self::Credit => "credit",
            Self::Measure => "measure",
            Self::Times => "times",
            Self::Coefficient => "coefficient",
            Self::Period => "period",
            Self::Sample => "sample",
            Self::Repeat => "repeat",
            Self::Exclusive => "exclusive",
            Self::Link => "link",
            Self::Exempt => "exempt",
            Self::Cap => "cap",
            Self::Scope => "scope",
        }
    }
}

/// One part of a rule in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clause {
    /// Which part.
    pub part: Part,
    /// Its words.
    pub words: String,
}

/// A list of a rule's scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeList {
    /// Halls.
    Halls,
    /// Departments.
    Departments,
    /// Windows.
    Windows,
    /// Matters.
    Matters,
}

/// An example of the rule file that came out as it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// Facts of one subject and one period.
    pub facts: Vec<ExampleFact>,
    /// Their points, all in all.
    pub points: Points,
}

/// A fact of an example: what is said of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExampleFact {
    /// How many such facts there are.
    pub repeat: i64,
    /// Fields with a value.
    pub values: Vec<(FieldSpec, Field)>,
}

impl Rule {
    /// The rule in parts, in the order people ask; `name` tells what the codes of its scope are called.
    pub fn clauses(&self, language: Language, name: &dyn Fn(ScopeList, &str) -> String) -> Vec<Clause> {
        let clause = |part, words: Option<String>| words.map(|words| Clause { part, words });
        let condition = self.when.as_ref().map(|when| phrase::condition(&self.on, when.text(), language));
        [
            clause(Part::Counts, Some(counted(&self.on, language))),
            clause(Part::Condition, condition),
            clause(Part::Credit, Some(self.credit_clause(language))),
            clause(Part::Measure, self.measured(language).map(|_| self.measure_clause(language))),
            clause(Part::Times, self.times_clause(language)),
            clause(Part::Coefficient, self.coefficient_clause(language, name)),
            clause(Part::Period, Some(self.period_clause(language))),
            clause(Part::Sample, self.sample_clause(language)),
            clause(Part::Repeat, self.repeat_clause(language)),
            clause(Part::Exclusive, self.exclusive_clause(language)),
            clause(Part::Link, self.link_words(language)),
            clause(Part::Exempt, self.exempt_words(language)),
            clause(Part::Cap, self.cap_clause(language)),
            clause(Part::Scope, Some(scope_clause(&self.scope, language, name))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The points of a rule without bands, before multipliers.
    pub fn fixed_points(&self) -> Option<Points> {
        match &self.amount {
            Amount::Fixed(points) => Some(*points).filter(|_| self.link.is_none()),
            Amount::Banded(_) | Amount::PerUnit(_) | Amount::Table(_) | Amount::Range(_) => None,
        }
    }

    /// The facts of an example in words: `办理时长 18 分钟`, `24 次评价：主动评价，满意`.
    pub fn example_words(&self, example: &Example, language: Language) -> String {
        let counted = example.facts.iter().any(|fact| fact.repeat != 1);
        let words = |fact: &ExampleFact| self.fact_words(fact, counted, language);
        let facts: Vec<String> = example.facts.iter().map(words).collect();
        facts.join(language.choose("；", "; "))
    }

    fn fact_words(&self, fact: &ExampleFact, counted: bool, language: Language) -> String {
        let values: Vec<String> = fact.values.iter().map(|(spec, field)| value_words(spec, field, language)).collect();
        let values = values.join(language.choose("，", ", "));
        if !counted && !values.is_empty() {
            return values;
        }
        let (chinese, english, english_many) = noun(&self.on);
        let english = if fact.repeat == 1 { english } else { english_many };
        let count = format!("{} {}", fact.repeat, language.choose(chinese, english));
        if values.is_empty() { count } else { format!("{count}{}{values}", language.choose("：", ": ")) }
    }

    fn credit_clause(&self, language: Language) -> String {
        if let Some(link) = &self.link {
            return self.link_bearer(link, language);
        }
        let side = match self.party {
            Party::Own => None,
            Party::Provider => Some(("提供方", "on the providing side")),
            Party::Receiver => Some(("接收方", "on the receiving side")),
            Party::Both => {
                Some(("提供方和接收方，双方各记全分", "on the providing and on the receiving side, each in full"))
            }
        };
        let whom = match (self.subject, side) {
            (SubjectKind::Person, None) => self.credited(language),
            (SubjectKind::Person, Some(_)) => language.choose("经手的人", "the person"),
            (SubjectKind::Window, _) => language.choose("窗口", "the window"),
            (SubjectKind::Department, _) => language.choose("部门", "the department"),
            (SubjectKind::Hall, _) => language.choose("大厅", "the hall"),
        };
        match side {
            None => whom.to_owned(),
            Some((chinese, english)) => language.choose(format!("{whom}：{chinese}"), format!("{whom} {english}")),
        }
    }

    fn credited(&self, language: Language) -> &'static str {
        let words = match self.credit {
            Credit::Served => ("办理的人", "whoever served"),
            Credit::Last => ("最后经办的人", "whoever last worked on it"),
            Credit::First => ("最先经办的人", "whoever first worked on it"),
            Credit::Owner => ("责任人", "whoever is responsible for the case"),
            Credit::Ender => ("办结这一件的人", "whoever ended it"),
            Credit::Shares => ("参与的人，按份额精确拆分", "all who took part, split exactly by their shares"),
        };
        language.choose(words.0, words.1)
    }

    fn measure_clause(&self, language: Language) -> String {
        let measured = self.measured_words(language);
        match &self.plan {
            Plan::PerFact => measured,
            Plan::PerPeriod { measure: Measure::Rate { .. }, .. } => {
                let (_, _, english) = noun(&self.on);
                let all = language.choose(counted_noun(&self.on).to_owned(), format!("all {english} counted"));
                language.choose(
                    format!("{measured}：符合的件数 ÷ 全部计入的{all}，按精确分数比较，不四舍五入"),
                    format!("{measured}: those that are, divided by {all}; an exact fraction, never rounded"),
                )
            }
            Plan::PerPeriod { measure: Measure::Mean { .. }, .. } => language.choose(
                format!("{measured}，按精确分数比较，不四舍五入"),
                format!("{measured}; an exact fraction, never rounded"),
            ),
            Plan::PerPeriod { measure: Measure::Percentile { at, .. }, .. } => {
                let (_, _, english) = noun(&self.on);
                let at = Unit::Ratio.edge(at.0, language);
                language.choose(
                    format!("{measured}：由小到大排在全部计入的{}的 {at} 处的那一个，不取中间值；期末才有", counted_noun(&self.on)),
                    format!("{measured}: of all {english} counted, in rising order, the value at {at} of the way, never between two; known when the period ends"),
                )
            }
            Plan::PerPeriod { measure: Measure::Count | Measure::Sum { .. }, .. } => measured,
        }
    }

    fn times_clause(&self, language: Language) -> Option<String> {
        let (chinese, english, _) = noun(&self.on);
        self.times.as_ref().map(|times| match times {
            Times::Facts => language.choose(format!("分值乘以{chinese}数"), format!("points for each {english}")),
            Times::Value(value) => {
                let name = super::name_of(&self.on, value, language);
                language.choose(
                    format!("分值乘以（{name}），为负按 0 计"),
                    format!("points times {name}; below zero counts as zero"),
                )
            }
        })
    }

    fn period_clause(&self, language: Language) -> String {
        match &self.plan {
            Plan::PerFact => language
                .choose("每件单独计，有了结果即入账", "each one by itself, posted as soon as it is known")
                .to_owned(),
            Plan::PerPeriod { grain, .. } => {
                let (chinese, english) = period(*grain);
                let (subject, subject_en) = subject(self.subject);
                if self.ordered().is_some() {
                    return language.choose(
                        format!("每{subject}每{chinese}一次，期末算出并入账"),
                        format!("once per {subject_en} and {english}, worked out and posted at its end"),
                    );
                }
                language.choose(
                    format!("每{subject}每{chinese}合计一次，期末入账；此前是待定分"),
                    format!("once per {subject_en} and {english}, posted at its end; provisional until then"),
                )
            }
        }
    }

    fn sample_clause(&self, language: Language) -> Option<String> {
        let (chinese, _, english) = noun(&self.on);
        match &self.plan {
            Plan::PerPeriod { minimum, .. } if *minimum > 1 => Some(language.choose(
                format!("至少 {minimum} {chinese}；不足不加也不扣，标明样本不足"),
                format!("at least {minimum} {english}; with fewer no points either way, marked insufficient"),
            )),
            Plan::PerPeriod { .. } | Plan::PerFact => None,
        }
    }

    /// `免责期间（停电、不可抗力）不扣分`.
    pub(super) fn exempt_words(&self, language: Language) -> Option<String> {
        let (zh, en) = spared(&self.exempt, "an exemption")?;
        Some(language.choose(format!("{zh}不扣分"), format!("nothing is taken during {en}")))
    }

    fn cap_clause(&self, language: Language) -> Option<String> {
        let cap = self.cap.as_ref()?;
        let (chinese, english) = period(cap.per);
        let (subject, subject_en) = subject(self.subject);
        let max = cap.max.map(|max| language.choose(format!("最多 {max} 分"), format!("at most {max}")));
        let min = cap.min.map(|min| language.choose(format!("最少 {min} 分"), format!("at least {min}")));
        let limits: Vec<String> = max.into_iter().chain(min).collect();
        Some(language.choose(
            format!("每{subject}每{chinese}本规则合计{}；截去的部分记一笔看得见的“封顶”", limits.join("、")),
            format!(
                "{} points of this rule per {subject_en} and {english}; what is cut off is an entry people can see",
                limits.join(", ")
            ),
        ))
    }
}

fn counted(on: &On, language: Language) -> String {
    if let Some(declared) = on.declared() {
        return declared.title_in(language).to_owned();
    }
    let words = match on.kind() {
        FactKind::Service => {
            ("窗口服务：从开始办理到结束，暂停不计", "counter services, from their start to their end, holds taken out")
        }
        FactKind::Case => ("办件：从收件到作出决定", "cases, from their first event to their decision"),
        FactKind::Acceptance => (
            "受理的办件：受理时计入，不论是否已办结",
            "accepted cases, from the time they were accepted, decided or not",
        ),
        FactKind::Rating => ("评价", "ratings"),
        FactKind::Share => {
            ("数据共享：用共享数据代替群众提交材料", "data shares: shared data used in place of a paper")
        }
        FactKind::Suggestion => ("被采纳的建议", "adopted suggestions"),
        FactKind::Complaint => ("投诉", "complaints"),
        FactKind::Attendance => {
            ("考勤：迟到、早退、缺勤、请假等", "attendance: who was late, left early, absent, on leave …")
        }
        FactKind::Finding | FactKind::Declared => {
            ("检查、通报、奖惩的记录", "what inspections, notices and awards found")
        }
    };
    language.choose(words.0, words.1).to_owned()
}

fn counted_noun(on: &On) -> &str {
    if let Some(declared) = on.declared() {
        return &declared.title;
    }
    match on.kind() {
        FactKind::Service => "窗口服务",
        FactKind::Case => "办件",
        FactKind::Acceptance => "受理办件",
        FactKind::Rating => "评价",
        FactKind::Share => "数据共享",
        FactKind::Suggestion => "建议",
        FactKind::Complaint => "投诉",
        FactKind::Attendance => "考勤",
        FactKind::Finding | FactKind::Declared => "检查记录",
    }
}

fn scope_clause(scope: &Scope, language: Language, name: &dyn Fn(ScopeList, &str) -> String) -> String {
    let lists = [
        (ScopeList::Halls, &scope.halls, ("大厅", "halls")),
        (ScopeList::Departments, &scope.departments, ("部门", "departments")),
        (ScopeList::Windows, &scope.windows, ("窗口", "windows")),
        (ScopeList::Matters, &scope.matters, ("事项", "matters")),
    ];
    let limits: Vec<String> = lists
        .into_iter()
        .filter(|(_, codes, _)| !codes.is_empty())
        .map(|(list, codes, (chinese, english))| {
            let names: Vec<String> = codes.iter().map(|code| name(list, code)).collect();
            language.choose(format!("{chinese}：{}", names.join("、")), format!("{english}: {}", names.join(", ")))
        })
        .collect();
    if limits.is_empty() {
        return language.choose("全部大厅、部门、窗口和事项", "all halls, departments, windows and matters").to_owned();
    }
    language.choose(format!("只限{}", limits.join("；")), format!("only {}", limits.join("; ")))
}

pub(super) fn value_words(spec: &FieldSpec, field: &Field, language: Language) -> String {
    let name: &str = language.choose(&spec.zh, &spec.en);
    match field {
        Field::Boolean(true) => name.to_owned(),
        Field::Boolean(false) => language.choose(format!("非{name}"), format!("not {name}")),
        Field::Integer(value) => {
            let unit = Unit::of(spec);
            format!("{name} {}", unit.words(i128::from(*value), 1, language))
        }
        Field::Text(text) => language.choose(format!("{name}“{text}”"), format!("{name} “{text}”")),
        Field::Absent | Field::NotEvaluable(_) => language.choose(format!("{name}不明"), format!("{name} unknown")),
    }
}

/// When people are spared: `免责期间（停电）、请假期间、实习带教期间`; `granted` is what exemptions are called in English. Nothing where there is no category.
pub(super) fn spared(categories: &BTreeSet<String>, granted: &str) -> Option<(String, String)> {
    let reserved = [Exempt::LEAVE, Exempt::TRAINEE];
    let named: Vec<&str> =
        categories.iter().map(String::as_str).filter(|category| !reserved.contains(category)).collect();
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if !named.is_empty() {
        zh.push(format!("免责期间（{}）", named.join("、")));
        en.push(format!("{granted} ({})", named.join(", ")));
    }
    for (category, chinese, english) in
        [(Exempt::LEAVE, "请假期间", "leave"), (Exempt::TRAINEE, "实习带教期间", "training")]
    {
        if categories.contains(category) {
            zh.push(chinese.to_owned());
            en.push(english.to_owned());
        }
    }
    (!zh.is_empty()).then(|| (zh.join("、"), en.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleSet, parse};

    fn set(text: &str) -> RuleSet {
        parse(text).expect("a good file")
    }

    fn told(rule: &Rule, language: Language) -> Vec<(&'static str, String)> {
        let name = |list: ScopeList, code: &str| format!("{list:?}-{code}");
        rule.clauses(language, &name).into_iter().map(|clause| (clause.part.name(), clause.words)).collect()
    }

    #[test]
    fn a_period_rule_in_parts() {
        let set = set(crate::rule::STARTER);
        let rule = set.rules.iter().find(|rule| rule.id == "satisfaction").expect("the rule");
        let expected = [
            ("counts", "评价"),
            ("condition", "主动评价"),
            ("credit", "办理的人"),
            ("measure", "满意占比：符合的件数 ÷ 全部计入的评价，按精确分数比较，不四舍五入"),
            ("period", "每人每日合计一次，期末入账；此前是待定分"),
            ("sample", "至少 5 次评价；不足不加也不扣，标明样本不足"),
            ("scope", "全部大厅、部门、窗口和事项"),
        ];
        assert_eq!(told(rule, Language::Chinese), expected.map(|(part, words)| (part, words.to_owned())));
        let examples: Vec<_> = rule.examples.iter().map(|each| rule.example_words(each, Language::Chinese)).collect();
        assert_eq!(examples[0], "24 次评价：主动评价，满意；1 次评价：主动评价，非满意");
        assert_eq!(
            rule.examples.iter().map(|each| each.points.to_string()).collect::<Vec<_>>(),
            ["10", "10", "0", "-5", "0"]
        );
        let first = set.rules.first().expect("a rule");
        let examples: Vec<_> = first.examples.iter().map(|each| first.example_words(each, Language::English)).collect();
        assert_eq!(examples[5], "service time 17 min; service time 38 min");
        let fixed = set.rules.iter().find(|rule| rule.id == "suggestion").expect("the rule");
        assert_eq!((fixed.fixed_points(), first.fixed_points()), (Some(Points(15_000)), None));
    }

    #[test]
    fn scope_cap_and_multiplier_in_parts() {
        let set = set(include_str!("../../../../../testdata/rules/every-key.toml"));
        let told = |index: usize, language| told(set.rules.get(index).expect("a rule"), language);
        let desk = told(0, Language::Chinese);
        let words = |part: &str| desk.iter().find(|(name, _)| *name == part).map(|(_, words)| words.as_str());
        assert_eq!(words("scope"), Some("只限大厅：Halls-H1；窗口：Windows-7、Windows-8；事项：Matters-m-1"));
        assert_eq!(words("cap"), Some("每人每日本规则合计最多 20 分、最少 -5 分；截去的部分记一笔看得见的“封顶”"));
        assert_eq!(words("times"), Some("分值乘以（1 + 重呼次数），为负按 0 计"));
        assert_eq!(words("credit"), Some("办结这一件的人"));
        let complaints = told(4, Language::English);
        assert!(complaints.contains(&("times", "points for each complaint".to_owned())), "{complaints:?}");
        let example = &set.rules[0].examples[2];
        assert!(set.rules[0].example_words(example, Language::Chinese).ends_with("窗口“9”，大厅“H1”，事项“m-1”"));
    }
}
