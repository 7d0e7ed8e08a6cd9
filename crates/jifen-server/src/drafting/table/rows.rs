//! The rows of a table of rules: its header found by the names people give such columns, its cells by column.

use jifen_core::{both, rule::Words};

use crate::sheet::{ABOVE_HEADER_MAX, encoding, heading, open_bytes};

use super::ROWS_MAX;

/// A column we read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Column {
    Rule,
    Points,
    Period,
    Cap,
    Base,
    Basis,
    Subject,
    Group,
}

/// How people head these columns.
const NAMES: [(Column, &[&str]); 8] = [
    (
        Column::Rule,
        &["规则", "考核内容", "考核项目", "考核指标", "指标", "项目", "内容", "名称", "rule", "title", "item"],
    ),
    (
        Column::Points,
        &[
            "评分标准",
            "计分标准",
            "扣分标准",
            "加分标准",
            "考核标准",
            "计分办法",
            "标准",
            "分值",
            "计分",
            "points",
            "standard",
        ],
    ),
    (Column::Period, &["考核周期", "周期", "period"]),
    (Column::Cap, &["封顶", "上限", "最高分", "限额", "cap", "limit"]),
    (Column::Base, &["满分", "基础分", "标准分", "base", "full"]),
    (Column::Basis, &["依据", "来源", "出处", "文件", "source", "basis"]),
    (Column::Subject, &["考核对象", "对象", "subject"]),
    (Column::Group, &["类别", "大类", "一级指标", "group", "category"]),
];

/// A row of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// Its number, from 1.
    pub(super) number: u64,
    cells: Vec<(Column, String)>,
}

impl Row {
    /// What it says in a column; empty where nothing.
    pub(super) fn get(&self, column: Column) -> &str {
        self.cells.iter().find(|(other, _)| *other == column).map_or("", |(_, text)| text)
    }
}

/// Why a file is no table of rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableError(pub Words);

/// What every XLSX file begins with, as a ZIP archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// Reads the table in a file's bytes.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<Row>, TableError> {
    let tables = if bytes.starts_with(ARCHIVE) { workbook(&bytes)? } else { vec![csv_rows(bytes)?] };
    let found = tables.into_iter().find_map(rows_below_header);
    let rows = found.ok_or_else(|| {
        TableError(both!(
            "找不到表头：要有一列“规则”（或“考核内容”“项目”）和一列“分值”（或“评分标准”），在前 {ABOVE_HEADER_MAX} 行之内",
            "no header found: a column `rule` and a column `points` within the first {ABOVE_HEADER_MAX} rows"
        ))
    })?;
    if rows.len() > ROWS_MAX {
        let count = rows.len();
        return Err(TableError(both!(
            "表有 {count} 行，至多 {ROWS_MAX} 行；请分成几张表",
            "the table has {count} rows, at most {ROWS_MAX} are read; split it"
        )));
    }
    Ok(rows)
}

type Cells = Vec<(u64, Vec<String>)>;

fn csv_rows(bytes: Vec<u8>) -> Result<Cells, TableError> {
    let text = encoding::text_of(bytes).ok_or_else(|| {
        TableError(both!(
            "既不是 UTF-8 也不是 GB18030；请另存为“CSV UTF-8”",
            "neither UTF-8 nor GB18030; save the file as `CSV UTF-8`"
        ))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut rows = Cells::new();
    for record in reader.records() {
        let record = record.map_err(|error| TableError(both!("不是 CSV：{error}", "no CSV: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok(rows)
}

fn workbook(bytes: &[u8]) -> Result<Vec<Cells>, TableError> {
    let sheets = open_bytes(bytes).map_err(|error| TableError(error.words()))?;
    let mut tables = Vec::new();
    for sheet in sheets {
        let mut rows = Cells::new();
        for (number, cells) in sheet.rows() {
            let mut texts = Vec::new();
            for cell in cells {
                if let Some(problem) = cell.problem {
                    let (name, column) = (&sheet.name, crate::sheet::column_name(cell.column));
                    let place = both!("{name}!{column}{number}：", "{name}!{column}{number}: ");
                    return Err(TableError(place.and(&problem.advice())));
                }
                texts.resize((cell.column as usize).min(1_000) + 1, String::new());
                if let Some(last) = texts.last_mut() {
                    cell.text.trim().clone_into(last);
                }
            }
            rows.push((u64::from(number), texts));
        }
        tables.push(rows);
    }
    Ok(tables)
}

/// The rows below the first one that names a rule and its points.
fn rows_below_header(table: Cells) -> Option<Vec<Row>> {
    let headers = table.iter().take(ABOVE_HEADER_MAX).map(|(_, cells)| header(cells));
    let (at, columns) = headers
        .enumerate()
        .find(|(_, columns)| [Column::Rule, Column::Points].iter().all(|wanted| columns.contains(&Some(*wanted))))?;
    let row = |(number, cells): &(u64, Vec<String>)| {
        let known = columns.iter().zip(cells).filter_map(|(column, text)| Some(((*column)?, text.clone())));
        Row { number: *number, cells: known.filter(|(_, text)| !text.is_empty()).collect() }
    };
    // A row that says nothing of points is a heading between others.
    Some(table.iter().skip(at + 1).map(row).filter(|row| !row.get(Column::Points).is_empty()).collect())
}

/// The columns that a header's cells name; the first of several alike.
fn header(cells: &[String]) -> Vec<Option<Column>> {
    let mut found: Vec<Option<Column>> = Vec::new();
    for cell in cells {
        let text = heading(cell).to_lowercase();
        let named = NAMES.iter().find(|(_, names)| names.contains(&text.as_str())).map(|(column, _)| *column);
        found.push(named.filter(|column| !found.contains(&Some(*column))));
    }
    found
}
