//! Where an expression is wrong, and the way out.

use std::fmt;

use crate::{both, language::Words};

/// How many names an error offers at most.
const OFFERED_NAMES_MAX: usize = 8;

/// An expression that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpressionError {
    /// Byte offset in the expression's text.
    pub offset: usize,
    /// Line in the expression, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: Words,
}

impl ExpressionError {
    /// An error at the byte `offset` of `text`, the form in which the parser places tokens.
    pub(super) fn at_offset(text: &str, offset: usize, message: Words) -> Self {
        let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let before = &text[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Self { offset, line, column, message }
    }

    /// An error at a line and a column in characters, both from 1, the form in which the parser places faults of syntax.
    pub(super) fn at_line(text: &str, line: usize, column: usize, message: Words) -> Self {
        let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let within: usize = text[before..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        Self::at_offset(text, before + within, message)
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for ExpressionError {}

/// "; did you mean …" or "; known names: …", or nothing when there are no names.
pub(crate) fn offer(wrong: &str, names: &[String]) -> Words {
    let mut near: Vec<(usize, &String)> = names.iter().map(|name| (distance(wrong, name), name)).collect();
    near.retain(|(steps, name)| *steps <= 2.max(name.chars().count() / 4));
    near.sort();
    near.dedup();
    let quoted =
        |names: &[&String], comma: &str| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(comma);
    if !near.is_empty() {
        let near: Vec<_> = near.into_iter().take(3).map(|(_, name)| name).collect();
        let (zh, en) = (quoted(&near, "、"), quoted(&near, ", "));
        return both!("；是不是 {zh}？", "; did you mean {en}?");
    }
    let some: Vec<_> = names.iter().take(OFFERED_NAMES_MAX).collect();
    if some.is_empty() {
        return both!("", "");
    }
    let (zh, en) = (quoted(&some, "、"), quoted(&some, ", "));
    let (more_zh, more_en) = if names.len() > some.len() { (" 等", ", …") } else { ("", "") };
    both!("；可用的有 {zh}{more_zh}", "; known names: {en}{more_en}")
}

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, wanted) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, found) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(wanted != *found);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
