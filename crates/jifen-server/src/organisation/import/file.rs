//! The tables in a file's bytes, and what is wrong with them.

use jifen_core::{both, language::Words};

use super::{BY_HEADER, FORMS};
use crate::{
    setup::{Faults, Form, is_stem, table, table::Table},
    sheet::{Sheet, encoding, open_bytes},
};

/// Most rows of a file: those of a region with all its people.
const ROWS_MAX: usize = 20_000;
/// What every XLSX file begins with, as a ZIP archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";
/// What old and encrypted workbooks begin with.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0";

/// The tables of a file.
#[derive(Default)]
pub(super) struct Tables {
    /// In the order in which one names another.
    pub(super) tables: Vec<(&'static Form, Table)>,
    /// Sheets that nobody reads.
    pub(super) unread: Vec<String>,
    /// What is wrong with the file or its tables: each names its sheet as its file.
    pub(super) faults: Faults,
    /// Rows are counted in lines of a text.
    pub(super) is_text: bool,
}

/// Reads a file.
pub(super) fn read(bytes: Vec<u8>) -> Tables {
    let mut read = Tables::default();
    if let Err(reason) = read.take(bytes) {
        read.faults.at("".as_ref(), 0, 0, reason);
    }
    read
}

impl Tables {
    fn take(&mut self, bytes: Vec<u8>) -> Result<(), Words> {
        if bytes.is_empty() {
            return Err(both!("文件是空的", "the file is empty"));
        }
        if bytes.starts_with(COMPOUND) {
            return Err(both!(
                "这是旧的 .xls，或带密码的表；请用 Excel 或 WPS 打开，另存为不带密码的 .xlsx",
                "an old `.xls` or a workbook with a password; open it in Excel or WPS and save it as `.xlsx` without one"
            ));
        }
        if bytes.starts_with(ARCHIVE) {
            let sheets = open_bytes(&bytes).map_err(|error| error.words())?;
            self.take_sheets(&sheets)?;
        } else {
            self.take_text(bytes)?;
        }
        let rows: usize = self.tables.iter().map(|(_, table)| table.rows.len()).sum();
        if rows > ROWS_MAX {
            return Err(both!(
                "共 {rows} 行，至多 {ROWS_MAX} 行；请分成几个文件",
                "{rows} rows, at most {ROWS_MAX} are read; split the file"
            ));
        }
        Ok(())
    }

    fn take_sheets(&mut self, sheets: &[Sheet]) -> Result<(), Words> {
        let is_of = |sheet: &Sheet, form: &Form| sheet.name == form.sheet || is_stem(&sheet.name, form.file);
        for form in FORMS {
            if let Some(sheet) = sheets.iter().find(|sheet| is_of(sheet, form)) {
                self.tables.push((form, table::of_sheet(sheet, form, &mut self.faults)));
            }
        }
        let is_read = |sheet: &&Sheet| FORMS.iter().any(|form| is_of(sheet, form));
        self.unread = sheets.iter().filter(|sheet| !is_read(sheet)).map(|sheet| sheet.name.clone()).collect();
        if self.tables.is_empty() {
            let names = FORMS.map(|form| form.sheet).join("、");
            return Err(both!(
                "没有要读的工作表：应当叫 {names}；请用本页的模板",
                "no sheet that is read: they are called {names}; use the template of this page"
            ));
        }
        Ok(())
    }

    /// A text is the table whose columns it has.
    fn take_text(&mut self, bytes: Vec<u8>) -> Result<(), Words> {
        self.is_text = true;
        let text = Some(&bytes).filter(|bytes| !bytes.contains(&0)).and_then(|bytes| encoding::text_of(bytes.clone()));
        let Some(text) = text else {
            return Err(both!(
                "既不是 XLSX 工作簿，也不是 UTF-8 或 GB18030 的 CSV",
                "neither an XLSX workbook nor CSV in UTF-8 or GB18030"
            ));
        };
        let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(header.as_bytes());
        let cells = reader.records().next().and_then(Result::ok).unwrap_or_default();
        let cells: Vec<&str> = cells.iter().collect();
        let Some(form) = table::form_of(&cells, &BY_HEADER) else {
            return Err(both!(
                "看不出是哪一张表：首行应是列名，如“窗口编号”“人员编号”；请用本页的模板",
                "it is not clear which table this is: the first line must name the columns, such as `window` or `person`; use the template of this page"
            ));
        };
        self.tables.push((form, table::of_bytes(bytes, form, &mut self.faults)));
        Ok(())
    }
}
