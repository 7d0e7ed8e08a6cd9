//! Reading one table, of a CSV file or a sheet: its header against the columns we know, in Chinese or in English, its cells by
//! column name, with a place for every fault.

use std::{collections::BTreeMap, path::PathBuf};

use jifen_core::{both, language::Words};
use serde_json::Value;

use super::{fault::Faults, source::Source};
use crate::sheet::{ABOVE_HEADER_MAX, Sheet, encoding, heading};

/// What a table may have.
pub(crate) struct Form {
    pub(crate) file: &'static str,
    /// The sheet of a workbook that stands for the file.
    pub(crate) sheet: &'static str,
    /// Columns that must be there and filled; with those of `place` they are the row's key.
    pub(crate) key: &'static [&'static str],
    /// Others that must be there and filled.
    pub(crate) filled: &'static [&'static str],
    /// Those of the optional columns that tell rows apart too.
    pub(crate) place: &'static [&'static str],
    /// Columns that may be there.
    pub(crate) optional: &'static [&'static str],
}

impl Form {
    /// The columns that must be there and filled.
    pub(crate) fn needed(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().chain(self.filled).copied()
    }

    /// All its columns, those first that must be filled.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.needed().chain(self.optional.iter().copied())
    }
}

/// A table that was read.
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) line: u64,
    cells: Vec<String>,
}

/// Chinese names of columns; `*` behind one marks in templates that it must be filled.
pub(crate) const NAMES: [(&str, &str); 27] = [
    ("大厅编号", "hall"),
    ("部门编号", "department"),
    ("窗口编号", "window"),
    ("事项编号", "matter"),
    ("人员编号", "person"),
    ("工号", "person"),
    ("名称", "name"),
    ("姓名", "name"),
    ("区域", "zone"),
    ("承诺工作日", "promised_days"),
    ("承诺工作小时", "promised_hours"),
    ("法定工作日", "statutory_days"),
    ("标准办理分钟", "standard_minutes"),
    ("日历", "calendar"),
    ("类别", "kind"),
    ("电话", "phone"),
    ("岗位", "role"),
    ("职务", "post"),
    ("开始", "from"),
    ("结束", "to"),
    ("请假类别", "category"),
    ("年份", "year"),
    ("每周", "week"),
    ("上班时段", "hours"),
    ("放假", "off_days"),
    ("调休", "work_days"),
    ("备注", NOTE),
];
/// A column for people; nobody reads it.
const NOTE: &str = "note";

/// The column that a header's text means.
fn column(text: &str) -> String {
    let text = heading(text);
    NAMES.iter().find(|(chinese, _)| *chinese == text).map_or(text, |(_, column)| column).to_owned()
}

/// The Chinese name of a table's column.
pub(crate) fn chinese(sheet: &str, column: &str) -> &'static str {
    if (sheet, column) == (super::PEOPLE.sheet, "name") {
        return "姓名";
    }
    NAMES.iter().find(|(_, name)| *name == column).map_or("备注", |(chinese, _)| chinese)
}

/// The first of `forms` whose own columns all stand in a header.
pub(crate) fn form_of<'f>(header: &[&str], forms: &[&'f Form]) -> Option<&'f Form> {
    let columns: Vec<String> = header.iter().map(|text| column(text)).collect();
    let has = |name: &&str| columns.iter().any(|column| column == name);
    forms.iter().copied().find(|form| form.needed().all(|name| has(&name)))
}

/// Reads the table that `form` describes; one that is absent is empty.
pub(super) fn read(source: &Source, form: &Form, faults: &mut Faults) -> Table {
    let mut table = match source {
        Source::Directory(directory) => read_file(directory.join(form.file), form, faults),
        Source::Workbook { .. } => match source.sheet(form.sheet, form.file) {
            Some((path, Some(sheet))) => read_sheet(path, sheet, form, faults),
            Some((path, None)) => Table { path, columns: Vec::new(), rows: Vec::new() },
            None => Table { path: form.file.into(), columns: Vec::new(), rows: Vec::new() },
        },
    };
    check_rows(&mut table, form, faults);
    table
}

fn read_file(path: PathBuf, form: &Form, faults: &mut Faults) -> Table {
    match std::fs::read(&path) {
        Ok(bytes) => read_csv(path, bytes, form, faults),
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                faults.at(&path, 1, 1, both!("不能读：{error}", "cannot be read: {error}"));
            }
            Table { path, columns: Vec::new(), rows: Vec::new() }
        }
    }
}

/// Reads the bytes of a CSV file; whoever calls checks the rows.
fn read_csv(path: PathBuf, bytes: Vec<u8>, form: &Form, faults: &mut Faults) -> Table {
    let mut table = Table { path: path.clone(), columns: Vec::new(), rows: Vec::new() };
    let invalid_at = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let line = bytes[..invalid_at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let Some(text) = encoding::text_of(bytes) else {
        let told = both!(
            "既不是 UTF-8 也不是 GB18030；请另存为“CSV UTF-8”",
            "neither UTF-8 nor GB18030; save the file as `CSV UTF-8`"
        );
        faults.at(&path, line, 1, told);
        return table;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    match reader.headers() {
        Ok(header) => table.columns = header.iter().map(column).collect(),
        Err(error) => faults.at(&path, 1, 1, both!("首行看不懂：{error}", "{error}")),
    }
    if !check_header(&table, 1, form, faults) {
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
                faults.at(&path, line, 1, both!("这一行看不懂：{error}", "{error}"));
            }
        }
    }
    table
}

/// Reads a sheet that somebody sent.
pub(crate) fn of_sheet(sheet: &Sheet, form: &Form, faults: &mut Faults) -> Table {
    let mut table = read_sheet(sheet.name.clone().into(), sheet, form, faults);
    check_rows(&mut table, form, faults);
    table
}

/// Reads a CSV file that somebody sent.
pub(crate) fn of_bytes(bytes: Vec<u8>, form: &Form, faults: &mut Faults) -> Table {
    let mut table = read_csv(form.sheet.into(), bytes, form, faults);
    check_rows(&mut table, form, faults);
    table
}

/// The columns of the table are those of the sheet, so that a fault is told at its own cell.
fn read_sheet(path: PathBuf, sheet: &Sheet, form: &Form, faults: &mut Faults) -> Table {
    let mut table = Table { path, columns: Vec::new(), rows: Vec::new() };
    let header = |index: usize| {
        let mut columns: Vec<String> = Vec::new();
        for cell in sheet.row(index).1 {
            columns.resize(cell.column as usize + 1, NOTE.to_owned());
            columns[cell.column as usize] = column(cell.text);
        }
        columns
    };
    let is_header = |index: &usize| {
        let columns = header(*index);
        form.needed().all(|name| columns.iter().any(|column| column == name))
    };
    if sheet.len() == 0 {
        return table;
    }
    let at = (0..sheet.len().min(ABOVE_HEADER_MAX)).find(is_header).unwrap_or(0);
    table.columns = header(at);
    if !check_header(&table, sheet.row(at).0.into(), form, faults) {
        return table;
    }
    for index in at + 1..sheet.len() {
        let (number, cells) = sheet.row(index);
        let mut values = vec![String::new(); table.columns.len()];
        for cell in cells.iter().filter(|cell| (cell.column as usize) < table.columns.len()) {
            let name = &table.columns[cell.column as usize];
            if let Some(problem) = cell.problem.filter(|_| name != NOTE) {
                let told = named(form.sheet, name).and(&problem.advice());
                faults.at(&table.path, number.into(), u64::from(cell.column) + 1, told);
            }
            values[cell.column as usize] = cell.text.to_owned();
        }
        if values.iter().zip(&table.columns).any(|(value, column)| !value.is_empty() && column != NOTE) {
            table.rows.push(Row { line: number.into(), cells: values });
        }
    }
    table
}

/// What stands before a fault of a column.
fn named(sheet: &str, column: &str) -> Words {
    let name = chinese(sheet, column);
    both!("{name}：", "{column}: ")
}

fn check_header(table: &Table, line: u64, form: &Form, faults: &mut Faults) -> bool {
    let before = faults.list.len();
    let known = || form.columns();
    for (index, column) in table.columns.iter().enumerate() {
        let place = index as u64 + 1;
        if column == NOTE {
            continue;
        }
        if !known().any(|name| name == column) {
            let names = known().collect::<Vec<_>>().join("`, `");
            let chinese = known().map(|name| chinese(form.sheet, name)).collect::<Vec<_>>().join("、");
            let told = both!(
                "没有“{column}”这一列；有的列是：{chinese}",
                "column `{column}` is not known; the columns are `{names}`"
            );
            faults.at(&table.path, line, place, told);
        } else if table.columns[..index].contains(column) {
            let name = chinese(form.sheet, column);
            faults.at(
                &table.path,
                line,
                place,
                both!("“{name}”有两列；请只留一列", "column `{column}` is there twice"),
            );
        }
    }
    for column in form.needed().filter(|name| !table.columns.iter().any(|column| column == name)) {
        let name = chinese(form.sheet, column);
        faults.at(&table.path, line, 1, both!("缺少“{name}”这一列", "column `{column}` is missing"));
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
            let message = both!(
                "有 {found} 个值，而表头有 {width} 列；请找多余的逗号或引号",
                "{found} values where the header has {width} columns; look for a stray comma or quote"
            );
            faults.at(&path, row.line, 1, message);
            return false;
        }
        let cell =
            |name: &&str| columns.iter().position(|column| column == *name).map(|index| (index, &row.cells[index]));
        let key = form.key.iter().filter_map(cell);
        let needed: Vec<(usize, &String)> = form.needed().filter_map(|name| cell(&name)).collect();
        for (index, _) in needed.iter().filter(|(_, value)| value.is_empty()) {
            let column = &columns[*index];
            let name = chinese(form.sheet, column);
            let told = both!("“{name}”是空的；请填写", "`{column}` is empty; fill it");
            faults.at(&path, row.line, *index as u64 + 1, told);
        }
        let place = form.place.iter().filter_map(cell);
        let values: Vec<String> = key.chain(place).map(|(_, value)| value.clone()).collect();
        if let Some(first) = seen.get(&values) {
            let (zh, en) = (values.join("、"), values.join("`, `"));
            let message =
                both!("“{zh}”在第 {first} 行已有；请只留一行", "`{en}` is on line {first} already; keep one of them");
            faults.at(&path, row.line, 1, message);
            return false;
        }
        seen.insert(values, row.line);
        needed.iter().all(|(_, value)| !value.is_empty())
    });
}

impl Table {
    /// The row's value in `column`; `None` when it is empty or there is no such column.
    pub(crate) fn text<'t>(&self, row: &'t Row, column: &str) -> Option<&'t str> {
        let index = self.columns.iter().position(|name| name == column)?;
        row.cells.get(index).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The row's value as JSON text, or null.
    pub(super) fn json(&self, row: &Row, column: &str) -> Value {
        self.text(row, column).map_or(Value::Null, Value::from)
    }

    /// A whole number, times `factor`.
    pub(crate) fn number(&self, row: &Row, column: &str, factor: i64, faults: &mut Faults) -> Option<i64> {
        let text = self.text(row, column)?;
        let number =
            text.parse::<i64>().ok().filter(|number| *number >= 0).and_then(|number| number.checked_mul(factor));
        if number.is_none() {
            let told = both!("“{text}”不是 0 或以上的整数", "`{text}` is no whole number of 0 or more");
            self.fault(row, column, told, faults);
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
            let told = both!(
                "“{code}”不在 {other} 里；请在那里补上，或改正这里",
                "`{code}` is not in {other}; add it there or correct it here"
            );
            self.fault(row, column, told, faults);
        }
    }

    /// Notes a fault of one cell.
    pub(crate) fn fault(&self, row: &Row, column: &str, message: impl Into<Words>, faults: &mut Faults) {
        let index = self.columns.iter().position(|name| name == column).unwrap_or(0);
        let sheet =
            if column == "name" && self.columns.iter().any(|name| name == "person") { super::PEOPLE.sheet } else { "" };
        faults.at(&self.path, row.line, index as u64 + 1, named(sheet, column).and(&message.into()));
    }

    /// The values of one column.
    pub(super) fn codes(&self, column: &str) -> std::collections::BTreeSet<String> {
        self.rows.iter().filter_map(|row| self.text(row, column)).map(str::to_owned).collect()
    }
}
