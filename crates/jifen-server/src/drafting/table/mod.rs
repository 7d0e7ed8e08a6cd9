//! A table of rules as halls keep it, made into a draft of a rule file with the questions that the table leaves open.
//!
//! In: rows of a CSV file or workbook: rule, points, period, cap, source …. Out: [`Drafted`]: a text that can be loaded and the open
//! questions, each also a comment above its rule. Nothing is guessed silently: what a row does not say is asked.

mod clause;
mod rows;
mod write;

use std::{fs, path::Path};

use jifen_core::{both, rule::Words};

pub use rows::TableError;

/// Rows that are read at most.
pub(super) const ROWS_MAX: usize = 500;

/// A draft made of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drafted {
    /// The text of the rule file.
    pub text: String,
    /// What the table leaves open, in the order of its rows.
    pub questions: Vec<Question>,
}

/// Something people have to decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Row of the table, from 1; 0: the whole of it.
    pub row: u64,
    /// Id of the rule.
    pub rule: String,
    /// What is open, and what the draft says meanwhile.
    pub words: Words,
}

/// Makes a draft of the table in a file: CSV (UTF-8 or GB18030) or XLSX, whose first sheet with such a header is read.
///
/// # Errors
/// Why it cannot be read as a table of rules.
pub fn draft(path: &Path) -> Result<Drafted, TableError> {
    let bytes = fs::read(path).map_err(|error| TableError(both!("读不了：{error}", "cannot be read: {error}")))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    draft_of(&name, bytes)
}

/// The same of a file's bytes; `name` is what the file is called, without its ending.
///
/// # Errors
/// Why they cannot be read as a table of rules.
pub fn draft_of(name: &str, bytes: Vec<u8>) -> Result<Drafted, TableError> {
    Ok(write::write(name, &rows::read(bytes)?))
}

impl Question {
    /// ``第 3 行 `r2`：…``.
    pub fn told(&self) -> Words {
        let Self { row, rule, words } = self;
        match row {
            0 => words.clone(),
            _ => both!("第 {row} 行 `{rule}`：", "row {row}, `{rule}`: ").and(words),
        }
    }
}

#[cfg(test)]
mod tests;
