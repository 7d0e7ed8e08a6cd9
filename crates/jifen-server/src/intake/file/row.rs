//! One row of a log: named texts, nothing more. Every reader fills the same row again and again, so that a row costs no allocation.

use std::{collections::HashMap, fmt::Write as _, ops::Range, sync::Arc};

/// Most columns of a file; XES may bring new ones with every event.
pub(super) const COLUMNS_MAX: usize = 4_096;

/// The columns of a file. Those of XES grow as keys turn up; a position once given never changes.
#[derive(Clone, Default, Debug)]
pub(super) struct Header {
    names: Vec<String>,
    positions: HashMap<String, usize>,
    /// Positions in the order of their names: what a hash over a row's content goes by.
    sorted: Vec<usize>,
}

impl Header {
    /// Adds a column and returns its position; `None` if the name is taken.
    pub(super) fn add(&mut self, name: &str) -> Option<usize> {
        if self.positions.contains_key(name) {
            return None;
        }
        let position = self.names.len();
        let rank = self.sorted.partition_point(|other| self.names[*other].as_str() < name);
        self.names.push(name.to_owned());
        self.positions.insert(name.to_owned(), position);
        self.sorted.insert(rank, position);
        Some(position)
    }

    /// Position of the column `name`.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// All names, in the file's order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// All positions, in the order of their names.
    pub(super) fn sorted(&self) -> &[usize] {
        &self.sorted
    }
}

/// One row. Columns a row lacks are empty.
#[derive(Default, Debug)]
pub(super) struct Row {
    /// The columns of `values`.
    pub(super) columns: Arc<Header>,
    number: u64,
    number_text: String,
    /// Line it is found at, from 1.
    pub(super) line: u64,
    text: String,
    values: Vec<Option<Range<usize>>>,
}

impl Row {
    /// Forgets the values; the buffers stay.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.values.clear();
    }

    /// Number in its file, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The number in digits.
    pub(super) fn number_text(&self) -> &str {
        &self.number_text
    }

    /// Gives the row its number.
    pub(super) fn set_number(&mut self, number: u64) {
        self.number = number;
        self.number_text.clear();
        // Writing to a `String` cannot fail.
        let _ = write!(self.number_text, "{number}");
    }

    /// Puts `value` into the column at `position`.
    pub(super) fn set(&mut self, position: usize, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        if self.values.len() <= position {
            self.values.resize(position + 1, None);
        }
        self.values[position] = Some(start..self.text.len());
    }

    /// Whether the row has that column at all, be it empty.
    pub(super) fn has(&self, position: usize) -> bool {
        matches!(self.values.get(position), Some(Some(_)))
    }

    /// The value in the column at `position`.
    pub(super) fn value(&self, position: usize) -> &str {
        match self.values.get(position) {
            Some(Some(range)) => &self.text[range.clone()],
            Some(None) | None => "",
        }
    }
}
