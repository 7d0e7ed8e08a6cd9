//! Phrases: the span between two edges, points, and conditions with the names of fields.

use crate::{
    points::Points,
    rule::{On, amount::Edge},
};

use super::{Language, Unit};

/// The values above `lower` up to `upper`.
pub(super) fn between(lower: Option<Edge>, upper: Option<Edge>, unit: Unit, language: Language) -> String {
    let edge = |edge: Edge| unit.edge(edge.at, language);
    let above = lower.map(|lower| match lower.inclusive {
        true => language.choose(format!("超过 {}", edge(lower)), format!("above {}", edge(lower))),
        false => language.choose(format!("不低于 {}", edge(lower)), format!("at least {}", edge(lower))),
    });
    let within = upper.map(|upper| match upper.inclusive {
        true => language.choose(format!("不超过 {}", edge(upper)), format!("at most {}", edge(upper))),
        false => language.choose(format!("低于 {}", edge(upper)), format!("below {}", edge(upper))),
    });
    let words: Vec<String> = above.into_iter().chain(within).collect();
    // Chinese stands apart from figures and signs only.
    let figure = words.first().is_some_and(|words| words.ends_with(|c: char| c.is_ascii()));
    words.join(language.choose(if figure { " 且" } else { "且" }, " and "))
}

/// `加 5 分`, `扣 3 分`, `不计分`.
pub(super) fn points(points: Points, language: Language) -> String {
    let size = Points(points.0.saturating_abs());
    let noun = if size == Points(1000) { "point" } else { "points" };
    match points.0 {
        0 => language.choose("不计分".to_owned(), "no points".to_owned()),
        1.. => language.choose(format!("加 {size} 分"), format!("+{size} {noun}")),
        _ => language.choose(format!("扣 {size} 分"), format!("−{size} {noun}")),
    }
}

/// How operators of conditions are written for people; longer ones first.
const OPERATORS: [(&str, &str, &str); 9] = [
    ("has(", "已知(", "known("),
    ("&&", "且", "and"),
    ("||", "或", "or"),
    ("<=", "≤", "≤"),
    (">=", "≥", "≥"),
    ("==", "=", "="),
    ("!=", "≠", "≠"),
    ("!", "非", "not "),
    ("*", "×", "×"),
];

/// A condition with fields by their names and operators in words; texts in quotes stay as they are.
pub(super) fn condition(on: &On, text: &str, language: Language) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if let Some((name, taken)) = field(on, rest, language) {
            words.push_str(name);
            taken
        } else if let Some((decimal, taken)) = decimal(rest) {
            words.push_str(decimal);
            taken
        } else if let Some((word, taken)) = operator(rest, language) {
            words.push_str(word);
            taken
        } else {
            let taken = if matches!(first, '"' | '\'') { quoted(rest, first) } else { first.len_utf8() };
            words.push_str(&rest[..taken]);
            taken
        };
        rest = &rest[taken..];
    }
    words
}

fn field<'a>(on: &'a On, rest: &str, language: Language) -> Option<(&'a str, usize)> {
    let member = rest.strip_prefix("fact.")?;
    let length = member.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(member.len());
    let (_, spec) = on.field_named(&member[..length])?;
    Some((language.choose(&spec.zh, &spec.en), "fact.".len() + length))
}

/// The number in `decimal("4.5")`.
fn decimal(rest: &str) -> Option<(&str, usize)> {
    let (inner, _) = rest.strip_prefix("decimal(")?.split_once(')')?;
    Some((inner.trim().trim_matches(['"', '\'']), "decimal()".len() + inner.len()))
}

fn operator(rest: &str, language: Language) -> Option<(&'static str, usize)> {
    let (written, chinese, english) = OPERATORS.into_iter().find(|(written, ..)| rest.starts_with(written))?;
    Some((language.choose(chinese, english), written.len()))
}

/// Bytes up to and with the closing quote.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, found) in rest.char_indices().skip(1) {
        if found == quote && !escaped {
            return at + 1;
        }
        escaped = found == '\\' && !escaped;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::FactKind;

    #[test]
    fn conditions_name_their_fields() {
        for (text, expected) in [
            ("fact.active", "主动评价"),
            ("!fact.active && fact.level >= 4", "非主动评价 且 评价等级 ≥ 4"),
            ("fact.device == \"fact.active && x\"", "评价设备 = \"fact.active && x\""),
            ("fact.device != 'it\\'s'", "评价设备 ≠ 'it\\'s'"),
            ("fact.level >= decimal( '4.5' )", "评价等级 ≥ 4.5"),
        ] {
            assert_eq!(condition(&FactKind::Rating.into(), text, Language::Chinese), expected);
        }
    }
}
