//! What the words of one cell give and take: `每次扣 2 分`, `3 次以上扣 5 分`, `超过 20 分钟的每 10 分钟扣 1 分`, `95%以上加5分，90%以下扣3分`.

use jifen_core::points::Points;

/// What an edge counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    /// A part of a whole, in percent.
    Percent,
    /// Minutes, hours or days: the letter of rule files.
    Time(&'static str),
    /// How many.
    Times,
    /// A bare number.
    Bare,
}

/// A threshold of a clause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Edge {
    /// Decimal digits.
    pub(super) number: String,
    /// What it counts.
    pub(super) unit: Unit,
    /// Whether the values lie above it.
    pub(super) above: bool,
    /// Whether it is one of them.
    pub(super) inclusive: bool,
    /// Whether the words leave that open: `以上`, `以下`.
    pub(super) open: bool,
}

/// What one clause says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Clause {
    /// Thousandths of points, negative for deductions.
    pub(super) points: i64,
    /// Whether it says which way: a bare number does not.
    pub(super) signed: bool,
    /// Between which edges.
    pub(super) edges: Vec<Edge>,
    /// For each so many of a unit.
    pub(super) each: Option<(String, Unit)>,
}

const UNITS: [(&str, Unit); 19] = [
    ("个百分点", Unit::Percent),
    ("%", Unit::Percent),
    ("分钟", Unit::Time("min")),
    ("个小时", Unit::Time("h")),
    ("小时", Unit::Time("h")),
    ("个工作日", Unit::Time("d")),
    ("工作日", Unit::Time("d")),
    ("天", Unit::Time("d")),
    ("日", Unit::Time("d")),
    ("人次", Unit::Times),
    ("次", Unit::Times),
    ("件", Unit::Times),
    ("起", Unit::Times),
    ("条", Unit::Times),
    ("份", Unit::Times),
    ("例", Unit::Times),
    ("项", Unit::Times),
    ("个", Unit::Times),
    ("人", Unit::Times),
];
/// Words before a number: above?, inclusive?.
const BEFORE: [(&str, bool, bool); 16] = [
    ("不超过", false, true),
    ("不高于", false, true),
    ("不多于", false, true),
    ("不低于", true, true),
    ("不少于", true, true),
    ("不足", false, false),
    ("不满", false, false),
    ("低于", false, false),
    ("少于", false, false),
    ("小于", false, false),
    ("超过", true, false),
    ("高于", true, false),
    ("多于", true, false),
    ("大于", true, false),
    ("达到", true, true),
    ("满", true, true),
];
/// Words behind a number: above?, inclusive?, left open?.
const BEHIND: [(&str, bool, bool, bool); 8] = [
    ("及以上", true, true, false),
    ("(含)以上", true, true, false),
    ("及以下", false, true, false),
    ("(含)以下", false, true, false),
    ("以上", true, true, true),
    ("以下", false, true, true),
    ("以内", false, true, false),
    ("以外", true, false, false),
];

/// The clauses of a cell that give or take points.
pub(super) fn clauses(cell: &str) -> Vec<Clause> {
    let text = plain(cell);
    let mut found: Vec<Clause> = Vec::new();
    // What is said before the points belongs to them: `超过 20 分钟的，每 10 分钟扣 1 分`.
    let mut before = Clause::default();
    for part in text.split(['，', ',', '；', ';', '。', '、', '\n']) {
        let mut clause = read(part);
        if clause.points == 0 {
            before.edges.append(&mut clause.edges);
            before.each = before.each.take().or(clause.each);
            continue;
        }
        before.edges.append(&mut clause.edges);
        clause.edges = std::mem::take(&mut before.edges);
        clause.each = clause.each.or(before.each.take());
        found.push(clause);
    }
    found
}

/// Half-width signs, no spaces, and digits for numerals before units.
fn plain(cell: &str) -> String {
    let half = cell.chars().filter(|c| !c.is_whitespace() || *c == '\n').map(|c| match c {
        '０'..='９' | '％' | '．' | '＋' | '－' | '（' | '）' | '／' => {
            char::from_u32(c as u32 - 0xFEE0).unwrap_or(c)
        }
        '−' | '—' => '-',
        other => other,
    });
    let half: Vec<char> = half.collect();
    let mut text = String::new();
    for (at, c) in half.iter().enumerate() {
        let rest: String = half.iter().skip(at + 1).take(4).collect();
        let counts = rest.starts_with('分') || UNITS.iter().any(|(word, _)| rest.starts_with(word));
        match "零一二三四五六七八九十".chars().position(|numeral| numeral == *c) {
            Some(value) if counts => text.push_str(&value.to_string()),
            None if *c == '两' && counts => text.push('2'),
            _ => text.push(*c),
        }
    }
    text.replace('≥', "不低于").replace('≤', "不超过").replace('>', "超过").replace('<', "低于")
}

fn read(part: &str) -> Clause {
    let mut clause = Clause::default();
    let mut rest = part;
    let mut each = false;
    let mut word: Option<(bool, bool)> = None;
    let mut minus: Option<bool> = None;
    while let Some(first) = rest.chars().next() {
        if let Some((number, behind)) = number(rest) {
            rest = behind;
            let unit = UNITS.iter().find(|(unit, _)| rest.starts_with(unit));
            // A bare number with `分` behind it, or with a sign before it, is points.
            let is_points = unit.is_none() && (rest.starts_with('分') || minus.is_some());
            if is_points && clause.points == 0 {
                let size = Points::parse(&number).map_or(0, |points| points.0);
                clause.points = if minus == Some(true) { -size } else { size };
                clause.signed = minus.is_some();
                rest = rest.strip_prefix('分').unwrap_or(rest);
                if let Some(per) = rest.strip_prefix('/') {
                    clause.each = clause.each.or_else(|| unit_of(per).map(|unit| ("1".to_owned(), unit)));
                }
                continue;
            }
            let kind = unit.map_or(Unit::Bare, |(_, kind)| *kind);
            rest = unit.and_then(|(word, _)| rest.strip_prefix(word)).unwrap_or(rest);
            if let Some((said, above, inclusive, open)) = BEHIND.iter().find(|(said, ..)| rest.starts_with(said)) {
                rest = rest.strip_prefix(said).unwrap_or(rest);
                clause.edges.push(Edge { number, unit: kind, above: *above, inclusive: *inclusive, open: *open });
            } else if each {
                clause.each = Some((number, kind));
            } else if let Some((above, inclusive)) = word {
                clause.edges.push(Edge { number, unit: kind, above, inclusive, open: false });
            } else if let Some(range) = rest.strip_prefix(['-', '~', '～', '至', '到'])
                && number_starts(range)
            {
                clause.edges.push(Edge { number, unit: kind, above: true, inclusive: true, open: true });
                word = Some((false, true));
                rest = range;
                continue;
            }
            (each, word) = (false, None);
            continue;
        }
        let taken = if let Some((said, above, inclusive)) = BEFORE.iter().find(|(said, ..)| rest.starts_with(said)) {
            word = Some((*above, *inclusive));
            said.len()
        } else if rest.starts_with('每') {
            each = true;
            let behind = &rest['每'.len_utf8()..];
            // `每次`, `每件`: one is not written.
            if !number_starts(behind)
                && let Some(unit) = unit_of(behind)
            {
                clause.each = Some(("1".to_owned(), unit));
                each = false;
            }
            '每'.len_utf8()
        } else {
            match first {
                '扣' | '减' | '-' => minus = Some(true),
                '加' | '奖' | '得' | '+' => minus = Some(false),
                _ => {}
            }
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    // Percentages within one clause may stand behind the second number only: `90-95%`.
    if let Some(kind) = clause.edges.iter().map(|edge| edge.unit).find(|unit| *unit != Unit::Bare) {
        clause.edges.iter_mut().filter(|edge| edge.unit == Unit::Bare).for_each(|edge| edge.unit = kind);
    }
    clause
}

fn unit_of(text: &str) -> Option<Unit> {
    UNITS.iter().find(|(unit, _)| text.starts_with(unit)).map(|(_, kind)| *kind)
}

fn number_starts(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// A decimal at the beginning, and what is behind it.
fn number(text: &str) -> Option<(String, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let (whole, rest) = text.split_at(digits);
    let places = rest.strip_prefix('.').map_or(0, |places| places.bytes().take_while(u8::is_ascii_digit).count());
    if places == 0 || places > 3 {
        return Some((whole.to_owned(), rest));
    }
    let (fraction, rest) = rest.split_at(places + 1);
    Some((format!("{whole}{fraction}"), rest))
}
