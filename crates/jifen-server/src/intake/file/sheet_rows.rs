//! Rows of one sheet of a workbook: below its header, a row for each row that holds something.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jifen_core::{both, language::Words};

use super::{
    csv_rows::called_twice,
    error::{FeedError, RowProblem},
    mapping::Mapping,
    row::{COLUMNS_MAX, Header, Row},
};
use crate::sheet::{self, Sheet, column_name};

/// So many rows may stand above the header: titles, dates of the export.
const ABOVE_HEADER_MAX: usize = 20;

/// Reader of one sheet.
pub(super) struct SheetRows {
    sheet: Sheet,
    header: Arc<Header>,
    /// Position of each column of the sheet, and whether the mapping looks at it.
    columns: Vec<Option<(usize, bool)>>,
    next: usize,
    rows: u64,
}

impl SheetRows {
    /// Finds the sheet and the header that the mapping is about: the sheet it names, else the first with all its columns.
    pub(super) fn open(path: &Path, mapping: &Mapping) -> Result<(PathBuf, Self), FeedError> {
        let failed = |reason: Words| FeedError::Workbook { file: path.to_owned(), reason };
        let wanted = |name: &str| mapping.sheet().is_none_or(|sheet| sheet == name);
        let sheets = sheet::open(path, &wanted).map_err(|error| failed(error.words()))?;
        let mut missing = None;
        for sheet in sheets {
            let place = sheet::place(path, &sheet.name);
            for index in 0..sheet.len().min(ABOVE_HEADER_MAX) {
                let (header, columns) = header_of(&sheet, index, mapping);
                let absent = super::feed::quote(mapping.columns().filter(|name| header.position(name).is_none()));
                if absent.is_empty() {
                    if let Some(twice) = twice(&sheet, index, mapping) {
                        return Err(FeedError::Header { file: place, reason: called_twice(twice) });
                    }
                    return Ok((place, Self { sheet, header: Arc::new(header), columns, next: index + 1, rows: 0 }));
                }
                if missing.is_none() {
                    let present = super::feed::quote(header.names().iter().map(String::as_str));
                    missing = Some(FeedError::MissingColumns { file: place.clone(), missing: absent, present });
                }
            }
        }
        Err(missing.unwrap_or_else(|| {
            failed(match mapping.sheet() {
                Some(name) => both!(
                    "里没有可见且有内容的工作表 `{name}`，而映射指定了它",
                    "has no visible sheet `{name}` with anything in it, which the mapping names"
                ),
                None => both!("里没有可见且有内容的工作表", "has no visible sheet with anything in it"),
            })
        }))
    }

    /// Reads the next row into `row`; `false` at the end.
    pub(super) fn read(&mut self, place: &Path, row: &mut Row) -> Result<bool, FeedError> {
        if self.next >= self.sheet.len() {
            return Ok(false);
        }
        let (number, cells) = self.sheet.row(self.next);
        self.next += 1;
        self.rows += 1;
        row.set_number(self.rows);
        row.line = number.into();
        row.columns.clone_from(&self.header);
        row.clear();
        for cell in cells {
            let Some(Some((position, is_used))) = self.columns.get(cell.column as usize) else { continue };
            if let Some(problem) = cell.problem.filter(|_| *is_used) {
                let problem = RowProblem::Cell {
                    cell: format!("{}{number}", column_name(cell.column)),
                    column: self.header.names()[*position].clone(),
                    advice: problem.advice(),
                };
                let file = place.to_owned();
                return Err(FeedError::Row { file, line: row.line, row: row.number(), problem: Box::new(problem) });
            }
            row.set(*position, cell.text);
        }
        Ok(true)
    }
}

fn header_of(sheet: &Sheet, index: usize, mapping: &Mapping) -> (Header, Vec<Option<(usize, bool)>>) {
    let (mut header, mut columns) = (Header::default(), Vec::new());
    for cell in sheet.row(index).1.into_iter().take(COLUMNS_MAX) {
        // The second of a name is found out when the header is the one.
        let name = name_of(cell.text, mapping);
        let Some(position) = header.add(name) else { continue };
        columns.resize(cell.column as usize + 1, None);
        columns[cell.column as usize] = Some((position, mapping.columns().any(|column| column == name)));
    }
    (header, columns)
}

/// A column's name; the `*` by which templates mark required columns belongs to it only where the mapping says so.
fn name_of<'s>(text: &'s str, mapping: &Mapping) -> &'s str {
    let bare = text.trim_end_matches(['*', '＊']).trim_end();
    if mapping.columns().any(|column| column == bare) { bare } else { text }
}

/// A column that the mapping names and the sheet has twice.
fn twice<'s>(sheet: &'s Sheet, index: usize, mapping: &Mapping) -> Option<&'s str> {
    let names: Vec<&str> = sheet.row(index).1.into_iter().map(|cell| name_of(cell.text, mapping)).collect();
    let is_used = |name: &str| mapping.columns().any(|column| column == name);
    names.iter().enumerate().find(|(at, name)| is_used(name) && names[..*at].contains(name)).map(|(_, name)| *name)
}
