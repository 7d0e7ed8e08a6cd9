//! Reading a workbook: sheets of rows of texts, bounded before and while it is read.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek},
    path::Path,
};

use calamine::{DataRef, ExcelDateTime, Reader, SheetVisible, Xlsx};
use jifen_core::{both, language::Words};

/// What of a workbook is read at most.
struct Bounds {
    /// Bytes it may unpack to; a million rows of ten columns take about a third of it.
    unpacked: u64,
    /// Bytes of a part that is no sheet: texts, styles, names.
    part: u64,
    /// Parts.
    parts: usize,
    /// Cells that hold something, in all sheets that are read, merged ones counted as often as they cover.
    cells: usize,
    /// Bytes of text in one sheet.
    text: usize,
    /// Merged areas of a sheet.
    merged: usize,
}

const BOUNDS: Bounds =
    Bounds { unpacked: 1 << 30, part: 128 << 20, parts: 10_000, cells: 20_000_000, text: 512 << 20, merged: 100_000 };
/// What somebody sends to a page is read into memory while others wait: a table that people fill in has no more.
const SENT: Bounds =
    Bounds { unpacked: 64 << 20, part: 32 << 20, parts: 1_000, cells: 1_000_000, text: 32 << 20, merged: 10_000 };
/// Excel's own bounds.
const ROWS_MAX: u32 = 1_048_576;
const COLUMNS_MAX: u32 = 16_384;
/// From here on a number has lost digits: it was meant to be a text.
const EXACT_MAX: f64 = 1e15;

/// Why a workbook cannot be read, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SheetError {
    /// The file cannot be read.
    #[error("cannot be read: {0}; check the path and its permissions")]
    Open(io::Error),
    /// It is no workbook, or a damaged one.
    #[error(
        "is no workbook that can be read ({0}); open it in Excel or WPS and save it as `.xlsx`, without a password"
    )]
    Damaged(String),
    /// It unpacks to more than is read.
    #[error("unpacks to more than {limit} MiB ({part}); split it, or save the sheet as CSV")]
    TooLarge {
        /// Which part grows beyond all bounds.
        part: String,
        /// The bound.
        limit: u64,
    },
    /// A sheet holds too much.
    #[error("sheet `{sheet}` holds more than {limit} {what}; split it, or save it as CSV")]
    TooMany {
        /// The sheet.
        sheet: String,
        /// The bound.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
}

impl SheetError {
    /// The same in both languages.
    pub(crate) fn words(&self) -> Words {
        let zh = match self {
            Self::Open(error) => format!("读不了：{error}；请核对路径和权限"),
            Self::Damaged(found) => {
                format!("不是能读的工作簿（{found}）；请用 Excel 或 WPS 打开，另存为 .xlsx，不要设密码")
            }
            Self::TooLarge { part, limit } => {
                format!("解开后超过 {limit} MiB（{part}）；请分成几份，或把工作表另存为 CSV")
            }
            Self::TooMany { sheet, limit, what } => {
                let what = match *what {
                    "cells" => "个单元格",
                    "merged areas" => "处合并单元格",
                    _ => "MiB 文字",
                };
                format!("工作表“{sheet}”超过 {limit} {what}；请分成几份，或另存为 CSV")
            }
        };
        Words::new(zh, self.to_string())
    }
}

/// Why a cell has no value that could be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Problem {
    /// A formula without a cached result.
    NotComputed,
    /// `#N/A` and the like.
    Failed,
    /// A number of 16 digits or more, which Excel has rounded.
    Rounded,
}

impl Problem {
    /// What is wrong and what to do; after the cell's place.
    pub(crate) fn advice(self) -> Words {
        match self {
            Self::NotComputed => both!(
                "公式没有结果；请用 Excel 或 WPS 打开，重新计算（F9）后保存",
                "a formula without a result; open the file in Excel or WPS, recalculate (F9) and save it"
            ),
            Self::Failed => {
                both!("公式出错；请改正，或粘贴为数值", "a formula that failed; mend it, or paste its value")
            }
            Self::Rounded => both!(
                "数字超过 15 位，已被 Excel 改写；请把这一列设为文本，重新录入",
                "a number of more than 15 digits, which Excel has rounded; format the column as text and enter it again"
            ),
        }
    }
}

/// A cell that holds something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'s> {
    /// Column, from 0.
    pub(crate) column: u32,
    /// Its text.
    pub(crate) text: &'s str,
    /// What keeps it from being used.
    pub(crate) problem: Option<Problem>,
}

#[derive(Clone, Copy)]
struct Stored {
    row: u32,
    column: u32,
    end: usize,
    problem: Option<Problem>,
}

/// One sheet, read.
pub(crate) struct Sheet {
    /// Its name.
    pub(crate) name: String,
    text: String,
    cells: Vec<Stored>,
    /// Where each row begins in `cells`.
    rows: Vec<usize>,
    /// Cells that a merged area covers: by row, the column and the cell that holds the value.
    covered: HashMap<u32, Vec<(u32, usize)>>,
}

impl Sheet {
    /// The rows that hold something: their numbers, from 1, and their cells by column.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, Vec<Cell<'_>>)> {
        (0..self.rows.len()).map(|index| self.row(index))
    }

    /// How many rows hold something.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row at `index` among those that hold something.
    pub(crate) fn row(&self, index: usize) -> (u32, Vec<Cell<'_>>) {
        let (from, to) = (self.rows[index], self.rows.get(index + 1).copied().unwrap_or(self.cells.len()));
        let number = self.cells[from].row;
        let mut cells: Vec<Cell<'_>> = (from..to).map(|at| self.cell(at, self.cells[at].column)).collect();
        if let Some(covered) = self.covered.get(&number) {
            cells.extend(covered.iter().map(|(column, at)| self.cell(*at, *column)));
            cells.sort_by_key(|cell| cell.column);
        }
        (number + 1, cells)
    }

    fn cell(&self, at: usize, column: u32) -> Cell<'_> {
        let start = at.checked_sub(1).map_or(0, |before| self.cells[before].end);
        let stored = &self.cells[at];
        Cell { column, text: &self.text[start..stored.end], problem: stored.problem }
    }

    fn position(&self, row: u32, column: u32) -> Option<usize> {
        self.cells.binary_search_by_key(&(row, column), |cell| (cell.row, cell.column)).ok()
    }

    fn too_many(&self, limit: usize, what: &'static str) -> SheetError {
        SheetError::TooMany { sheet: self.name.clone(), limit, what }
    }
}

/// Reads the visible sheets of the workbook at `path` for which `wanted` says so by name.
pub(crate) fn open(path: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Sheet>, SheetError> {
    let file = File::open(path).map_err(SheetError::Open)?;
    read(BufReader::new(file), wanted, &BOUNDS)
}

/// The visible sheets of a workbook that somebody sent.
pub(crate) fn open_bytes(bytes: &[u8]) -> Result<Vec<Sheet>, SheetError> {
    read(Cursor::new(bytes), &|_| true, &SENT)
}

fn read<R: Read + Seek>(mut file: R, wanted: &dyn Fn(&str) -> bool, bounds: &Bounds) -> Result<Vec<Sheet>, SheetError> {
    weigh(&mut file, bounds)?;
    file.rewind().map_err(SheetError::Open)?;
    let mut workbook = Xlsx::new(file).map_err(damaged)?;
    let visible = workbook.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = visible.map(|sheet| sheet.name.clone()).filter(|name| wanted(name)).collect();
    let mut sheets = Vec::new();
    let mut left = bounds.cells;
    for name in names {
        let mut sheet = cells_of(&mut workbook, name, left, bounds)?;
        merge(&mut workbook, &mut sheet, left, bounds)?;
        left = left.saturating_sub(sheet.cells.len() + sheet.covered.values().map(Vec::len).sum::<usize>());
        sheets.push(sheet);
    }
    Ok(sheets)
}

/// Unpacks every part and throws it away: what the archive says of its sizes may be a lie.
fn weigh<R: Read + Seek>(file: &mut R, bounds: &Bounds) -> Result<(), SheetError> {
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    if archive.len() > bounds.parts {
        return Err(SheetError::Damaged(format!("{} parts", archive.len())));
    }
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.into_owned();
        let is_sheet = name.starts_with("xl/worksheets/");
        let left = if is_sheet { bounds.unpacked - unpacked } else { bounds.part.min(bounds.unpacked - unpacked) };
        let size = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(damaged)?;
        if size > left {
            let limit = if is_sheet { bounds.unpacked } else { bounds.part };
            return Err(SheetError::TooLarge { part: name, limit: limit >> 20 });
        }
        unpacked += size;
    }
    Ok(())
}

fn damaged(error: impl std::fmt::Display) -> SheetError {
    SheetError::Damaged(error.to_string())
}

fn cells_of<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    name: String,
    left: usize,
    bounds: &Bounds,
) -> Result<Sheet, SheetError> {
    let mut sheet =
        Sheet { name: name.clone(), text: String::new(), cells: Vec::new(), rows: Vec::new(), covered: HashMap::new() };
    let mut reader = workbook.worksheet_cells_reader(&name).map_err(damaged)?;
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(damaged)? {
        let (row, column) = record.pos;
        if row >= ROWS_MAX || column >= COLUMNS_MAX {
            return Err(SheetError::Damaged(format!("sheet `{name}` has a cell in row {row}, column {column}")));
        }
        let start = sheet.text.len();
        let mut problem = write_value(&record.value, &mut sheet.text);
        if sheet.text.len() == start {
            if record.formula.is_none() || !matches!(record.value, DataRef::Empty) {
                continue;
            }
            problem = Some(Problem::NotComputed);
        }
        let last = sheet.cells.last().map(|cell| (cell.row, cell.column));
        if last.is_some_and(|last| last >= (row, column)) {
            return Err(SheetError::Damaged(format!("the cells of sheet `{name}` are out of order")));
        }
        if last.is_none_or(|(last, _)| last != row) {
            sheet.rows.push(sheet.cells.len());
        }
        sheet.cells.push(Stored { row, column, end: sheet.text.len(), problem });
        if sheet.cells.len() > left {
            return Err(sheet.too_many(bounds.cells, "cells"));
        }
        if sheet.text.len() > bounds.text {
            return Err(sheet.too_many(bounds.text >> 20, "MiB of text"));
        }
    }
    Ok(sheet)
}

/// What a merged area shows is the value of each row and column it covers, as far as the sheet reaches.
fn merge<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    sheet: &mut Sheet,
    left: usize,
    bounds: &Bounds,
) -> Result<(), SheetError> {
    let areas = workbook.merge_cells_by_sheet_name(&sheet.name).map_err(damaged)?;
    if areas.len() > bounds.merged {
        return Err(sheet.too_many(bounds.merged, "merged areas"));
    }
    let width = sheet.cells.iter().map(|cell| cell.column + 1).max().unwrap_or(0);
    let numbers: Vec<u32> = sheet.rows.iter().map(|start| sheet.cells[*start].row).collect();
    let mut count = sheet.cells.len();
    for area in areas {
        let Some(holder) = sheet.position(area.start.0, area.start.1) else { continue };
        let from = numbers.partition_point(|row| *row < area.start.0);
        for row in numbers[from..].iter().take_while(|row| **row <= area.end.0) {
            for column in area.start.1..=area.end.1.min(width.saturating_sub(1)) {
                if (*row, column) == area.start || sheet.position(*row, column).is_some() {
                    continue;
                }
                count += 1;
                if count > left {
                    return Err(sheet.too_many(bounds.cells, "cells"));
                }
                sheet.covered.entry(*row).or_default().push((column, holder));
            }
        }
    }
    Ok(())
}

/// Writes what a cell holds; says what keeps it from being used.
fn write_value(value: &DataRef<'_>, text: &mut String) -> Option<Problem> {
    match value {
        DataRef::Empty => None,
        DataRef::String(value) => push(text, value),
        DataRef::SharedString(value) => push(text, value),
        DataRef::Bool(value) => push(text, if *value { "true" } else { "false" }),
        DataRef::Int(value) => {
            let _ = write!(text, "{value}");
            None
        }
        DataRef::Float(value) => {
            // `Display` writes the shortest digits that read back the same, and no exponent.
            let _ = write!(text, "{value}");
            (value.abs() >= EXACT_MAX).then_some(Problem::Rounded)
        }
        DataRef::DateTime(value) => {
            write_time(value, text);
            None
        }
        DataRef::DateTimeIso(value) => push(text, value),
        DataRef::DurationIso(value) => push(text, value),
        DataRef::Error(error) => {
            let _ = write!(text, "{error}");
            Some(Problem::Failed)
        }
    }
}

fn push(text: &mut String, value: &str) -> Option<Problem> {
    text.push_str(value.trim());
    None
}

/// `2026-11-23`, `2026-11-23 09:30:00`, `09:30:00`; with milliseconds where there are any.
fn write_time(value: &ExcelDateTime, text: &mut String) {
    let has_day = value.as_f64() >= 1.0;
    let (year, month, day, hour, minute, second, millisecond) = value.to_ymd_hms_milli();
    if has_day {
        let _ = write!(text, "{year:04}-{month:02}-{day:02}");
    }
    if !has_day || (hour, minute, second, millisecond) != (0, 0, 0, 0) {
        let gap = if has_day { " " } else { "" };
        let _ = write!(text, "{gap}{hour:02}:{minute:02}:{second:02}");
    }
    if millisecond > 0 {
        let _ = write!(text, ".{millisecond:03}");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    const MANY: &dyn Fn(&str) -> bool = &|_| true;

    /// A workbook of one sheet `S` and one that is hidden; style 1 is a date with a time.
    fn workbook(sheet: &str) -> Vec<u8> {
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
        const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let sheet = format!("<worksheet xmlns=\"{MAIN}\">{sheet}</worksheet>");
        let parts = [
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{RELATIONS}\">\
                     <Relationship Id=\"r1\" Type=\"{KIND}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{KIND}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/>\
                     <sheet name=\"H\" sheetId=\"2\" state=\"hidden\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{RELATIONS}\">\
                     <Relationship Id=\"r1\" Type=\"{KIND}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/styles.xml",
                format!(
                    "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
                ),
            ),
            ("xl/worksheets/sheet1.xml", sheet),
        ];
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            archive.start_file(name, SimpleFileOptions::default()).expect("part");
            archive.write_all(text.as_bytes()).expect("text");
        }
        archive.finish().expect("archive").into_inner()
    }

    fn rows(sheet: &str) -> Vec<(u32, Vec<String>)> {
        let sheets = read(Cursor::new(workbook(sheet)), MANY, &BOUNDS).expect("workbook");
        assert_eq!(
            sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>(),
            ["S"],
            "hidden ones are not read"
        );
        let cell = |cell: Cell<'_>| match cell.problem {
            None => format!("{}={}", crate::sheet::column_name(cell.column), cell.text),
            Some(problem) => format!("{}!{problem:?}", crate::sheet::column_name(cell.column)),
        };
        sheets[0].rows().map(|(number, cells)| (number, cells.into_iter().map(cell).collect())).collect()
    }

    fn refused(sheet: &str, bounds: &Bounds) -> String {
        read(Cursor::new(workbook(sheet)), MANY, bounds).map(|_| ()).expect_err("it is refused").to_string()
    }

    #[test]
    fn values_are_what_a_machine_reads() {
        let found = rows(
            "<sheetData><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t> 王岚 </t></is></c><c r=\"B2\"><v>12</v></c>\
             <c r=\"C2\"><v>0.1</v></c><c r=\"D2\" t=\"b\"><v>1</v></c><c r=\"E2\" s=\"1\"><v>46349.396701388891</v></c>\
             <c r=\"F2\" s=\"1\"><v>46349</v></c><c r=\"G2\" s=\"1\"><v>0.5</v></c><c r=\"H2\"><v>330106199001011234</v></c></row></sheetData>",
        );
        let wanted =
            ["A=王岚", "B=12", "C=0.1", "D=true", "E=2026-11-23 09:31:15", "F=2026-11-23", "G=12:00:00", "H!Rounded"];
        assert_eq!(found, [(2, wanted.map(str::to_owned).to_vec())]);
    }

    #[test]
    fn formulas_count_by_their_cached_results() {
        let found = rows(
            "<sheetData><row r=\"1\"><c r=\"A1\"><f>1+1</f><v>2</v></c><c r=\"B1\"><f>1+1</f></c>\
             <c r=\"C1\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c><c r=\"D1\" t=\"str\"><f>\"\"</f><v></v></c>\
             <c r=\"E1\"><f t=\"shared\" si=\"0\"/></c></row></sheetData>",
        );
        assert_eq!(found, [(1, ["A=2", "B!NotComputed", "C!Failed", "E!NotComputed"].map(str::to_owned).to_vec())]);
    }

    #[test]
    fn a_merged_area_has_its_value_in_every_row_that_holds_something() {
        let row = |number: u32, first: &str| {
            format!("<row r=\"{number}\">{first}<c r=\"B{number}\"><v>{number}</v></c></row>")
        };
        let sheet = format!(
            "<sheetData>{}{}{}{}</sheetData><mergeCells><mergeCell ref=\"A1:A1048576\"/></mergeCells>",
            row(1, "<c r=\"A1\" t=\"inlineStr\"><is><t>税务</t></is></c>"),
            row(2, "<c r=\"A2\"/>"),
            row(3, ""),
            row(900, ""),
        );
        let first: Vec<String> = rows(&sheet).into_iter().map(|(_, cells)| cells[0].clone()).collect();
        assert_eq!(first, ["A=税务"; 4]);
    }

    #[test]
    fn what_grows_beyond_all_bounds_is_refused() {
        let spaces = " ".repeat(200_000);
        let packed = workbook(&format!("<sheetData>{spaces}</sheetData>"));
        assert!(packed.len() < 10_000, "a small file: {}", packed.len());
        let small = Bounds { unpacked: 100_000, ..BOUNDS };
        let told = refused(&format!("<sheetData>{spaces}</sheetData>"), &small);
        assert!(told.contains("unpacks to more than") && told.contains("sheet1.xml"), "{told}");
        let told = refused("<sheetData></sheetData>", &Bounds { part: 50, ..BOUNDS });
        assert!(told.contains("_rels/.rels"), "{told}");
        let cells = "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>1</v></c></row></sheetData>";
        assert!(refused(cells, &Bounds { cells: 1, ..BOUNDS }).contains("more than 1 cells"));
        let merged = format!("{cells}<mergeCells><mergeCell ref=\"A1:A2\"/><mergeCell ref=\"A1:A3\"/></mergeCells>");
        assert!(refused(&merged, &Bounds { merged: 1, ..BOUNDS }).contains("merged areas"));
        let far = "<sheetData><row r=\"1\"><c r=\"A99999999\"><v>1</v></c></row></sheetData>";
        assert!(refused(far, &BOUNDS).contains("no workbook"), "{}", refused(far, &BOUNDS));
        let disorder = "<sheetData><row r=\"1\"><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>1</v></c></row></sheetData>";
        assert!(refused(disorder, &BOUNDS).contains("out of order"));
    }

    #[test]
    fn an_archive_that_lies_about_its_size_is_found_out() {
        let mut bytes = workbook(&format!("<sheetData>{}</sheetData>", " ".repeat(200_000)));
        // The sizes the central directory and the local headers give.
        for (mark, place) in [(b"PK\x01\x02", 24), (b"PK\x03\x04", 22)] {
            let starts: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(mark)).collect();
            for start in starts {
                let declared = &mut bytes[start + place..start + place + 4];
                if u32::from_le_bytes(declared.try_into().expect("four")) > 100_000 {
                    declared.copy_from_slice(&10_u32.to_le_bytes());
                }
            }
        }
        let small = Bounds { unpacked: 100_000, ..BOUNDS };
        assert!(read(Cursor::new(bytes), MANY, &small).is_err());
    }

    #[test]
    fn other_files_are_told_what_they_are_not() {
        for bytes in [&b"PK\x03\x04 and nothing more"[..], b"", b"\xd0\xcf\x11\xe0"] {
            let told =
                read(Cursor::new(bytes.to_vec()), MANY, &BOUNDS).map(|_| ()).expect_err("no workbook").to_string();
            assert!(told.contains("no workbook") && told.contains(".xlsx"), "{told}");
        }
    }
}
