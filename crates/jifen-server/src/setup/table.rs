//! Reading one CSV table: its header against the columns we know, its cells by column name, with a place for every fault.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::fault::Faults;

/// What a table may have.
pub(super) struct Form {
    pub(super) file: &'static str,
    /// Columns that must be there and filled; together they are the row's key.
    pub(super) key: &'static [&'static str],
    /// Columns that may be there.
    pub(super) optional: &'static [&'static str],
}

/// A table that was read.
pub(super) struct Table {
    pub(super) path: PathBuf,
    columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    pub(super) line: u64,
    cells: Vec<String>,
}

/// Reads `form.file` of `directory`; an absent file is an empty table.
pub(super) fn read(directory: &Path, form: &Form, faults: &mut Faults) -> Table {
    let path = directory.join(form.file);
    let mut table = Table { path: path.clone(), columns: Vec::new(), rows: Vec::new() };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return table,
        Err(error) => {
            faults.at(&path, 1, 1, format!("cannot be read: {error}"));
            return table;
        }
    };
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            let advice = "not UTF-8; convert it first, for example `iconv -f GB18030 -t UTF-8`";
            faults.at(&path, line, 1, advice);
            return table;
        }
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    match reader.headers() {
        Ok(header) => table.columns = header.iter().map(str::to_owned).collect(),
        Err(error) => faults.at(&path, 1, 1, error.to_string()),
    }
    if !check_header(&table, form, faults) {
        return table;
    }
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                table.rows.push(Row { line, cells: record.iter().map(str::to_owned).collect() });
            }
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                faults.at(&path, line, 1, error.to_string());
            }
        }
    }
    check_rows(&mut table, form, faults);
    table
}

fn check_header(table: &Table, form: &Form, faults: &mut Faults) -> bool {
    let before = faults.list.len();
    let known = || form.key.iter().chain(form.optional);
    for (index, column) in table.columns.iter().enumerate() {
        let place = index as u64 + 1;
        if !known().any(|name| name == column) {
            let names = known().copied().collect::<Vec<_>>().join("`, `");
            faults.at(&table.path, 1, place, format!("column `{column}` is not known; the columns are `{names}`"));
        } else if table.columns[..index].contains(column) {
            faults.at(&table.path, 1, place, format!("column `{column}` is there twice"));
        }
    }
    for column in form.key.iter().filter(|name| !table.columns.iter().any(|column| column == *name)) {
        faults.at(&table.path, 1, 1, format!("column `{column}` is missing"));
    }
    faults.list.len() == before
}

fn check_rows(table: &mut Table, form: &Form, faults: &mut Faults) {
    let width = table.columns.len();
    let mut seen: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    let path = table.path.clone();
    let columns = table.columns.clone();
    table.rows.retain(|row| {
        if row.cells.len() != width {
            let found = row.cells.len();
            let message =
                format!("{found} values where the header has {width} columns; look for a stray comma or quote");
            faults.at(&path, row.line, 1, message);
            return false;
        }
        let cell =
            |name: &&str| columns.iter().position(|column| column == *name).map(|index| (index, &row.cells[index]));
        let key: Vec<(usize, &String)> = form.key.iter().filter_map(cell).collect();
        for (index, _) in key.iter().filter(|(_, value)| value.is_empty()) {
            faults.at(&path, row.line, *index as u64 + 1, format!("`{}` is empty; fill it", columns[*index]));
        }
        let values: Vec<String> = key.iter().map(|(_, value)| (*value).clone()).collect();
        if let Some(first) = seen.get(&values) {
            let message = format!("`{}` is on line {first} already; keep one of them", values.join("`, `"));
            faults.at(&path, row.line, 1, message);
            return false;
        }
        seen.insert(values, row.line);
        key.iter().all(|(_, value)| !value.is_empty())
    });
}

impl Table {
    /// The row's value in `column`; `None` when it is empty or there is no such column.
    pub(super) fn text<'t>(&self, row: &'t Row, column: &str) -> Option<&'t str> {
        let index = self.columns.iter().position(|name| name == column)?;
        row.cells.get(index).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The row's value as JSON text, or null.
    pub(super) fn json(&self, row: &Row, column: &str) -> Value {
        self.text(row, column).map_or(Value::Null, Value::from)
    }

    /// A whole number, times `factor`.
    pub(super) fn number(&self, row: &Row, column: &str, factor: i64, faults: &mut Faults) -> Option<i64> {
        let text = self.text(row, column)?;
        let number =
            text.parse::<i64>().ok().filter(|number| *number >= 0).and_then(|number| number.checked_mul(factor));
        if number.is_none() {
            self.fault(row, column, format!("`{text}` is no whole number of 0 or more"), faults);
        }
        number
    }

    /// A code that must stand in another table, where that table has any rows.
    pub(super) fn reference(
        &self,
        row: &Row,
        column: &str,
        (other, codes): (&str, &std::collections::BTreeSet<String>),
        faults: &mut Faults,
    ) {
        if let Some(code) = self.text(row, column)
            && !codes.contains(code)
        {
            self.fault(row, column, format!("`{code}` is not in {other}; add it there or correct it here"), faults);
        }
    }

    /// Notes a fault of one cell.
    pub(super) fn fault(&self, row: &Row, column: &str, message: String, faults: &mut Faults) {
        let index = self.columns.iter().position(|name| name == column).unwrap_or(0);
        faults.at(&self.path, row.line, index as u64 + 1, format!("{column}: {message}"));
    }

    /// The values of one column.
    pub(super) fn codes(&self, column: &str) -> std::collections::BTreeSet<String> {
        self.rows.iter().filter_map(|row| self.text(row, column)).map(str::to_owned).collect()
    }
}
