//! A table's rows as the text of a rule file, each question above the rule it is about.

use std::fmt::Write as _;

use jifen_core::{both, points::Points, rule::Words};
use toml_edit::Value;

use super::{
    Drafted, Question,
    clause::{Clause, Edge, Unit, clauses},
    rows::{Column, Row},
};

/// A title is no longer than this.
const TITLE_CHARS: usize = 60;

/// What words of a row tell of the kind of fact: the words, `on`, the number compared, the condition of a rate.
const KINDS: [(&[&str], &str, &str, &str); 7] = [
    (&["投诉", "举报"], "complaint", "", "fact.confirmed"),
    (&["评价", "满意", "好差评"], "rating", "fact.level", "fact.satisfied"),
    (
        &["迟到", "早退", "旷工", "缺勤", "请假", "脱岗", "考勤", "离岗"],
        "attendance",
        "fact.duration_ms",
        "fact.excused",
    ),
    (&["等候", "叫号", "排队", "办理时长", "办理时间"], "service", "fact.service_ms", "fact.person_known"),
    (&["按时", "提前", "时限", "办结", "超期", "退件", "补正", "办件"], "case", "fact.working_ms", "fact.on_time"),
    (&["共享", "数据"], "share", "", "fact.person_known"),
    (&["建议", "金点子"], "suggestion", "", "fact.person_known"),
];

/// Writes the draft.
pub(super) fn write(name: &str, rows: &[Row]) -> Drafted {
    let mut desk = Desk::default();
    let title = if name.is_empty() { "积分办法" } else { name };
    let _ = writeln!(desk.text, "format = 1\n\n[ruleset]\nid = \"draft\"\ntitle = {}", quoted(title));
    let with_base: Vec<(usize, &Row)> =
        rows.iter().enumerate().filter(|(_, row)| !row.get(Column::Base).is_empty()).collect();
    if !with_base.is_empty() {
        desk.sheet(title, &with_base);
    }
    for (index, row) in rows.iter().enumerate() {
        desk.rule(index, row, with_base.iter().any(|(other, _)| *other == index));
    }
    Drafted { text: desk.text, questions: desk.questions }
}

#[derive(Default)]
struct Desk {
    text: String,
    questions: Vec<Question>,
}

/// A row while it becomes a rule.
struct Ruled<'a> {
    row: &'a Row,
    id: &'a str,
    /// The number that facts of its kind are compared by; empty where they have none.
    value: &'static str,
    /// What makes one count in a rate.
    that: &'static str,
}

/// What a rule's amount became.
struct Amount {
    lines: String,
    is_period: bool,
    gives: bool,
    takes: bool,
    /// Points of one fact, where they are the same for all.
    fixed: Option<i64>,
}

impl Desk {
    /// One sheet with an item for each row that has a base.
    fn sheet(&mut self, title: &str, rows: &[(usize, &Row)]) {
        let bases: Vec<i64> = rows.iter().map(|(_, row)| base_of(row)).collect();
        let total = Points(bases.iter().sum());
        let asked = both!(
            "基础分取各行之和 {total} 分，总分不设下限，每项扣到 0 分为止：原文是这样吗？各项扣完为止，还是可以扣成负分？",
            "the base is the sum of the rows, {total}, without a floor for the whole and with 0 for each item: does the document say so? May an item fall below zero?"
        );
        self.text.push('\n');
        self.ask(0, "sheet", asked);
        let subject = subject_of(rows.first().map_or("", |(_, row)| row.get(Column::Subject))).unwrap_or("person");
        let _ = writeln!(
            self.text,
            "[[sheet]]\nid = \"sheet\"\ntitle = {}\ndimension = \"quality\"\nsubject = \"{subject}\"\nperiod = \"month\"\nbase = {}\nfloor = \"none\"",
            quoted(title),
            number(bases.iter().sum()),
        );
        for ((index, row), base) in rows.iter().zip(&bases) {
            let _ = writeln!(
                self.text,
                "[[sheet.item]]\nid = \"{}\"\ntitle = {}\nbase = {}\nfloor = 0",
                id_of(*index),
                quoted(&title_of(row)),
                number(*base)
            );
        }
    }

    fn rule(&mut self, index: usize, row: &Row, has_item: bool) {
        let (id, cell) = (id_of(index), row.get(Column::Points));
        self.text.push('\n');
        let _ = writeln!(self.text, "# 第 {} 行 row {}: {}", row.number, row.number, one_line(cell));
        for (column, zh, en) in
            [(Column::Basis, "依据", "source"), (Column::Period, "周期", "period"), (Column::Cap, "封顶", "cap")]
        {
            if !row.get(column).is_empty() {
                let _ = writeln!(self.text, "# {zh} {en}: {}", one_line(row.get(column)));
            }
        }
        let words = format!("{}{}{cell}", row.get(Column::Group), row.get(Column::Rule));
        let kind = KINDS.iter().find(|(names, ..)| names.iter().any(|name| words.contains(name)));
        let (on, value, that) =
            kind.map_or(("finding", "fact.quantity", "fact.confirmed"), |(_, on, value, that)| (*on, *value, *that));
        let rule = &Ruled { row, id: &id, value, that };
        if kind.is_none() {
            self.ask_of(
                rule,
                both!(
                    "从哪里得知这件事？暂按检查、通报、奖惩的记录（`on = \"finding\"`）",
                    "where does this come from? For now it reads findings (`on = \"finding\"`)"
                ),
            );
        }
        let subject = subject_of(row.get(Column::Subject));
        if subject.is_none() {
            self.ask_of(rule, both!(
                "分记给谁？表里没有写明人员、窗口、部门还是大厅，暂记给人员",
                "whose points are they? The table does not say person, window, department or hall; for now the person's"
            ));
        }
        let amount = self.amount(rule);
        let period = self.period(rule, &amount);
        let cap = self.cap(rule, &amount, period);
        let category = title_of(row);
        let is_named = matches!(on, "attendance" | "finding");
        // As a condition may quote it.
        let recorded = category.replace(['\'', '\\'], "");
        if is_named {
            self.ask_of(
                rule,
                both!(
                    "来源系统用哪个类别记这件事？暂用“{category}”",
                    "under which category does the source record it? For now “{category}”"
                ),
            );
        }
        let _ = writeln!(
            self.text,
            "[[rule]]\nid = \"{id}\"\ntitle = {}\ndimension = \"{}\"\non = \"{on}\"\nsubject = \"{}\"",
            quoted(&category),
            dimension_of(&words),
            subject.unwrap_or("person"),
        );
        if is_named {
            let _ = writeln!(self.text, "when = {}", quoted(&format!("fact.category == '{recorded}'")));
        }
        if on == "complaint" {
            self.text.push_str("when = \"fact.confirmed\"\n");
        }
        if amount.is_period {
            let _ = writeln!(self.text, "period = \"{period}\"");
        }
        self.text.push_str(&cap);
        if has_item {
            let _ = writeln!(self.text, "sheet = \"sheet\"\nitem = \"{id}\"");
        }
        self.text.push_str(&amount.lines);
        if let (Some(fixed), true) = (amount.fixed, is_named) {
            let fact = quoted(&recorded);
            let _ =
                writeln!(self.text, "[[rule.example]]\nfacts = [{{ category = {fact} }}]\npoints = {}", number(fixed));
        }
    }

    fn amount(&mut self, rule: &Ruled<'_>) -> Amount {
        let cell = rule.row.get(Column::Points);
        let mut found = clauses(cell);
        // A cell of nothing but a number, `2` or `2分`.
        if found.is_empty()
            && let Some(points) = bare(cell)
        {
            found.push(Clause { points, signed: false, ..Clause::default() });
        }
        if found.iter().any(|clause| !clause.signed) {
            self.ask_of(
                rule,
                both!(
                    "是加分还是扣分？原文没有写，暂按加分",
                    "are points given or taken? The table does not say; for now they are given"
                ),
            );
        }
        let gives = found.iter().any(|clause| clause.points > 0);
        let takes = found.iter().any(|clause| clause.points < 0);
        let (lines, is_period, fixed) = match found.as_slice() {
            [] => {
                self.ask_of(rule, both!("看不出给几分，暂写 0 分", "how many points? None could be read; for now 0"));
                ("points = 0\n".to_owned(), false, Some(0))
            }
            [clause, rest @ ..] if found.iter().all(|clause| clause.edges.is_empty()) => {
                if !rest.is_empty() {
                    self.ask_of(rule, both!(
                        "一格里有几个分值，暂用第一个；其余各写成一条规则，还是由填报的人酌定（`range`）？",
                        "several amounts stand in one cell, the first one is used; are the others rules of their own, or is it somebody's choice (`range`)?"
                    ));
                }
                self.one(rule, clause)
            }
            [clause] if clause.each.as_ref().is_some_and(|(size, unit)| is_measured(size, *unit)) => {
                self.one(rule, clause)
            }
            _ => self.bands(rule, &found),
        };
        Amount { lines, is_period, gives, takes, fixed }
    }

    /// One amount: fixed, or for each so many.
    fn one(&mut self, rule: &Ruled<'_>, clause: &Clause) -> (String, bool, Option<i64>) {
        let Some((size, unit)) = clause.each.as_ref().filter(|(size, unit)| is_measured(size, *unit)) else {
            return (format!("points = {}\n", number(clause.points)), false, Some(clause.points));
        };
        self.ask_of(
            rule,
            both!(
                "不足一个单位怎么算？暂按不足的不计（`floor`）；按一个计写 `ceil`，按比例写 `exact`",
                "what is a part of a unit worth? For now nothing (`floor`); `ceil` counts a whole one, `exact` its part"
            ),
        );
        if clause.edges.is_empty() {
            self.ask_of(rule, both!("从多少起算？暂从 0 起", "from where on does it count? For now from 0"));
        }
        let edge = clause.edges.first();
        let side = if edge.is_some_and(|edge| !edge.above) { "under" } else { "over" };
        let from = edge.map_or_else(|| zero(*unit), |edge| written(&edge.number, counted_by(edge, *unit)));
        if let Some(edge) = edge.filter(|edge| edge.open) {
            self.ask_edge(rule, edge);
        }
        let (head, is_period) = self.compared(rule, *unit);
        let unit = written(size, *unit);
        (
            format!(
                "{head}per_unit = {{ {side} = {from}, unit = {unit}, points = {}, partial = \"floor\" }}\n",
                number(clause.points)
            ),
            is_period,
            None,
        )
    }

    /// Several spans of a value, from the lowest one up.
    fn bands(&mut self, rule: &Ruled<'_>, found: &[Clause]) -> (String, bool, Option<i64>) {
        let mut edges: Vec<&Edge> = found.iter().flat_map(|clause| &clause.edges).collect();
        for edge in edges.iter().filter(|edge| edge.open) {
            self.ask_edge(rule, edge);
        }
        // What lies just below an edge ends with it or before it.
        let place = |edge: &Edge| (value_of(&edge.number), edge.above != edge.inclusive);
        edges.sort_by_key(|edge| place(edge));
        edges.dedup_by_key(|edge| place(edge));
        let unit = edges.iter().map(|edge| edge.unit).find(|unit| *unit != Unit::Bare).unwrap_or(Unit::Bare);
        let (mut lines, is_period) = self.compared(rule, unit);
        let mut gap = false;
        for index in 0..=edges.len() {
            let (below, above) = (index.checked_sub(1).and_then(|below| edges.get(below)), edges.get(index));
            let holds = |clause: &&Clause| {
                clause.edges.iter().all(|edge| match edge.above {
                    true => below.is_some_and(|below| place(edge) <= place(below)),
                    false => above.is_some_and(|above| place(above) <= place(edge)),
                })
            };
            // The narrower of two spans counts: `3 次以上扣 5 分，5 次以上扣 10 分`.
            let narrow = |clause: &&Clause| {
                let (low, high) = (
                    clause.edges.iter().filter(|edge| edge.above).map(place).max(),
                    clause.edges.iter().filter(|edge| !edge.above).map(place).min(),
                );
                (low, high.map(std::cmp::Reverse))
            };
            let points = found.iter().filter(holds).max_by_key(narrow).map(|clause| clause.points);
            gap |= points.is_none() && below.is_some() && above.is_some();
            lines.push_str("[[rule.band]]\n");
            if let Some(edge) = above {
                let name = if edge.above == edge.inclusive { "below" } else { "upto" };
                let _ = writeln!(lines, "{name} = {}", written(&edge.number, unit));
            }
            let _ = writeln!(lines, "points = {}", number(points.unwrap_or(0)));
        }
        if gap {
            self.ask_of(
                rule,
                both!(
                    "中间有一段原文没有写，暂按 0 分",
                    "one span between others is not mentioned; for now it is worth 0"
                ),
            );
        }
        (lines, is_period, None)
    }

    /// What is compared with edges: of a rate or a count in a period, of a number at each fact.
    fn compared(&mut self, rule: &Ruled<'_>, unit: Unit) -> (String, bool) {
        let Ruled { value, that, .. } = rule;
        match unit {
            Unit::Percent => {
                self.ask_of(
                    rule,
                    both!(
                        "这个比率的分子是什么、分母是什么？分母暂取全部，分子暂取 `{that}`",
                        "what is this rate of? For now of all facts, and those with `{that}` count"
                    ),
                );
                (format!("measure = \"rate\"\nthat = \"{that}\"\n"), true)
            }
            Unit::Times => ("measure = \"count\"\n".to_owned(), true),
            Unit::Time(_) | Unit::Bare => {
                if value.is_empty() {
                    self.ask_of(rule, both!(
                        "与边界比较的是什么数？这种事实没有数，请改 `on` 或改为按期的件数",
                        "which number is compared? Facts of this kind have none; change `on`, or count them in a period"
                    ));
                    return ("measure = \"count\"\n".to_owned(), true);
                }
                (format!("value = \"{value}\"\n"), false)
            }
        }
    }

    fn period(&mut self, rule: &Ruled<'_>, amount: &Amount) -> &'static str {
        let said = [Column::Period, Column::Cap, Column::Points].map(|column| rule.row.get(column));
        let words = [("日", "day"), ("周", "week"), ("月", "month"), ("季", "quarter"), ("年", "year")];
        let found = said.iter().find_map(|text| {
            let text = text.replace("工作日", "");
            words.iter().find(|(word, _)| text.contains(word)).map(|(_, period)| *period)
        });
        if found.is_none() && (amount.is_period || !rule.row.get(Column::Cap).is_empty()) {
            self.ask_of(
                rule,
                both!("按多长一期算？原文没有写，暂按月", "over which period? The table does not say; for now a month"),
            );
        }
        found.unwrap_or("month")
    }

    fn cap(&mut self, rule: &Ruled<'_>, amount: &Amount, period: &str) -> String {
        let text = rule.row.get(Column::Cap);
        if text.contains("扣完为止") || rule.row.get(Column::Points).contains("扣完为止") {
            self.ask_of(rule, both!(
                "“扣完为止”要有这一项的基础分：请写在评分表的项里（`base`、`floor = 0`）",
                "“until nothing is left” needs the item's base: say it in an item of a score sheet (`base`, `floor = 0`)"
            ));
        }
        let Some(limit) = first_number(text) else { return String::new() };
        let max = if amount.gives { format!(", max = {}", number(limit)) } else { String::new() };
        let min = if amount.takes { format!(", min = {}", number(-limit)) } else { String::new() };
        format!("cap = {{ per = \"{period}\"{max}{min} }}\n")
    }

    fn ask_edge(&mut self, rule: &Ruled<'_>, edge: &Edge) {
        let (number, side) = (written(&edge.number, edge.unit), if edge.above { "以上" } else { "以下" });
        let number = number.trim_matches('"');
        self.ask_of(
            rule,
            both!(
                "“{number} {side}”含不含 {number}？暂按含（民法典第一千二百五十九条）",
                "does “{number} {side}” include {number}? For now it does (Civil Code, article 1259)"
            ),
        );
    }

    fn ask_of(&mut self, rule: &Ruled<'_>, words: Words) {
        self.ask(rule.row.number, rule.id, words);
    }

    fn ask(&mut self, row: u64, rule: &str, words: Words) {
        let _ = writeln!(self.text, "# 待定 open: {}\n#   {}", words.zh, words.en);
        self.questions.push(Question { row, rule: rule.to_owned(), words });
    }
}

fn is_measured(size: &str, unit: Unit) -> bool {
    !(unit == Unit::Times && size == "1")
}

fn counted_by(edge: &Edge, fallback: Unit) -> Unit {
    if edge.unit == Unit::Bare { fallback } else { edge.unit }
}

fn id_of(index: usize) -> String {
    format!("r{}", index + 1)
}

fn title_of(row: &Row) -> String {
    let text = one_line(row.get(Column::Rule));
    let text = if text.is_empty() { one_line(row.get(Column::Points)) } else { text };
    text.chars().take(TITLE_CHARS).collect()
}

fn one_line(text: &str) -> String {
    text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn subject_of(text: &str) -> Option<&'static str> {
    let known = [
        ("窗口", "window"),
        ("部门", "department"),
        ("单位", "department"),
        ("大厅", "hall"),
        ("人员", "person"),
        ("个人", "person"),
        ("员工", "person"),
        ("person", "person"),
        ("window", "window"),
        ("department", "department"),
        ("hall", "hall"),
    ];
    known.iter().find(|(word, _)| text.contains(word)).map(|(_, subject)| *subject)
}

fn dimension_of(words: &str) -> &'static str {
    let known = [
        ("效率", "efficiency"),
        ("时长", "efficiency"),
        ("时限", "efficiency"),
        ("提前", "efficiency"),
        ("创新", "innovation"),
        ("建议", "innovation"),
        ("协同", "collaboration"),
        ("共享", "collaboration"),
    ];
    known.iter().find(|(word, _)| words.contains(word)).map_or("quality", |(_, dimension)| dimension)
}

fn base_of(row: &Row) -> i64 {
    first_number(row.get(Column::Base)).unwrap_or(0)
}

/// The whole cell as points: `2`, `-0.5`, `2分`.
fn bare(cell: &str) -> Option<i64> {
    Points::parse(cell.trim().trim_end_matches('分').trim()).ok().map(|points| points.0)
}

/// The first number of a text, in thousandths.
fn first_number(text: &str) -> Option<i64> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let digits: String = text[start..].chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    Points::parse(digits.trim_end_matches('.')).ok().map(|points| points.0)
}

fn value_of(number: &str) -> i64 {
    first_number(number).unwrap_or(0)
}

/// Points as rule files write them: decimals in quotes.
fn number(thousandths: i64) -> String {
    let text = Points(thousandths).to_string();
    if thousandths % 1_000 == 0 { text } else { format!("\"{text}\"") }
}

fn zero(unit: Unit) -> String {
    match unit {
        Unit::Percent => "\"0%\"".to_owned(),
        _ => "0".to_owned(),
    }
}

fn written(number: &str, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("\"{number}%\""),
        Unit::Time(letter) => format!("\"{number}{letter}\""),
        Unit::Times | Unit::Bare => number.to_owned(),
    }
}
