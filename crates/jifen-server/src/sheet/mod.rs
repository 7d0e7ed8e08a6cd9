//! Spreadsheets: workbooks (XLSX) in and out, and the text of CSV files that Excel wrote in GB18030.
//!
//! In: a file people have. Out: rows of texts with the place of each cell, for `intake::file` and `setup`; and the other way
//! round workbooks and CSV that the program writes.
//!
//! **Invariants.** A workbook is unpacked once for its size alone before anything of it is believed: what it takes is bounded
//! whatever it claims. A value is what the cell shows to a machine: cached results of formulas, dates as `2026-11-23 09:30:00`.

pub(crate) mod csv;
pub(crate) mod encoding;
mod table;
mod template;
mod workbook;

use std::path::{Path, PathBuf};

pub(crate) use table::{Cell, ROWS_MAX, TableFile, TableFormat, file_body};
pub use template::write_template;
pub(crate) use template::{Filled, columns_of, workbook_of};
pub(crate) use workbook::{Sheet, open, open_bytes};

/// So many rows may stand above the header of a sheet.
pub(crate) const ABOVE_HEADER_MAX: usize = 20;

/// What a header's cell says, without the `*` that marks in templates what must be filled.
pub(crate) fn heading(cell: &str) -> &str {
    cell.trim().trim_end_matches(['*', '＊']).trim_end()
}

/// How a sheet is named in errors: `hall.xlsx[人员]`.
pub(crate) fn place(file: &Path, sheet: &str) -> PathBuf {
    let mut place = file.as_os_str().to_owned();
    place.push(format!("[{sheet}]"));
    place.into()
}

/// Whether `path` is such a name.
pub(crate) fn is_place(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.ends_with(']') && path.contains(".xlsx["))
}

/// A column as people know it, from 0: `A`, `Z`, `AA`.
pub(crate) fn column_name(column: u32) -> String {
    let (mut left, mut letters) = (column, Vec::new());
    loop {
        letters.insert(0, char::from(b'A' + (left % 26) as u8));
        match (left / 26).checked_sub(1) {
            Some(rest) => left = rest,
            None => return letters.into_iter().collect(),
        }
    }
}
