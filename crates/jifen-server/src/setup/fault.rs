//! What is wrong with a directory, where, and the way out.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use jifen_core::language::Words;

use crate::sheet;

/// One fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1: of characters in TOML, of fields in CSV, of the sheet in a workbook.
    pub column: u64,
    /// What is wrong and what to write instead.
    pub message: Words,
}

impl Fault {
    /// `FILE:LINE:COLUMN`, or `FILE[SHEET]!C12`.
    fn place(&self) -> String {
        let (file, line) = (self.file.display(), self.line);
        if sheet::is_place(&self.file) {
            let column = u32::try_from(self.column.saturating_sub(1)).map(sheet::column_name).unwrap_or_default();
            return format!("{file}!{column}{line}");
        }
        format!("{file}:{line}:{}", self.column)
    }

    /// Its place and what is wrong, in both languages: what the command line prints.
    pub fn told_twice(&self) -> String {
        format!("{}: {}", self.place(), self.message.twice())
    }
}

/// In English.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)
    }
}

/// Faults while they are collected: a person mends a directory faster when all are told at once.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) list: Vec<Fault>,
}

impl Faults {
    pub(crate) fn at(&mut self, file: &Path, line: u64, column: u64, message: impl Into<Words>) {
        self.list.push(Fault { file: file.to_owned(), line, column, message: message.into() });
    }

    /// A fault at a byte offset of `text`.
    pub(super) fn in_text(&mut self, file: &Path, text: &str, offset: usize, message: impl Into<Words>) {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() as u64 + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) as u64 + 1;
        self.at(file, line, column, message);
    }
}
