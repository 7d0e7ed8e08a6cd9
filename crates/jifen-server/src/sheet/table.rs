//! Writing a table as a workbook or as CSV in constant memory: rows go to a temporary file as they come.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use hyper::body::{Body, Bytes, Frame};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc;

use super::csv::{self, FORMULA};

/// The media type of a workbook.
pub(crate) const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Rows that fit below the header of a sheet.
pub(crate) const ROWS_MAX: u32 = 1_048_575;
/// Read at a time when a file is sent.
const CHUNK_BYTES: usize = 64 << 10;

/// A cell of a table.
pub(crate) enum Cell {
    /// Nothing.
    Empty,
    /// Never a formula, whatever it begins with.
    Text(String),
    /// Decimal digits, `-12.5`.
    Number(String),
}

impl Cell {
    /// A text, or nothing.
    pub(crate) fn text(text: Option<&str>) -> Self {
        text.filter(|text| !text.is_empty()).map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// A number, or nothing.
    pub(crate) fn number(number: Option<impl ToString>) -> Self {
        number.map_or(Self::Empty, |number| Self::Number(number.to_string()))
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// As what a table is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TableFormat {
    /// A workbook of one sheet.
    Workbook,
    /// RFC 4180 in UTF-8.
    Csv,
}

impl TableFormat {
    /// The media type.
    fn media_type(self) -> &'static str {
        match self {
            Self::Workbook => WORKBOOK,
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// How its files' names end.
    fn suffix(self) -> &'static str {
        match self {
            Self::Workbook => "xlsx",
            Self::Csv => "csv",
        }
    }

    /// The headers of a file that is saved, not shown; its name has only what this program wrote.
    pub(crate) fn attachment(self, name: &str) -> [(HeaderName, String); 2] {
        let disposition = format!("attachment; filename=\"{name}.{}\"", self.suffix());
        [(header::CONTENT_TYPE, self.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)]
    }

    /// The answer that sends a file under this name.
    pub(crate) fn download(self, name: &str, file: File) -> Response {
        (self.attachment(name), file_body(file)).into_response()
    }
}

/// A body that sends a file as it is read.
pub(crate) fn file_body(file: File) -> axum::body::Body {
    axum::body::Body::new(FileBody::new(file))
}

/// A table while it is written.
pub(crate) struct TableFile {
    target: Target,
    rows: u32,
}

enum Target {
    /// Its sheets so far; rows go to the last one.
    Workbook {
        workbook: Box<Workbook>,
        quoted: Format,
        sheets: usize,
    },
    Csv(::csv::Writer<BufWriter<File>>),
}

impl TableFile {
    /// Begins with a header; a workbook's sheet has a name.
    pub(crate) fn new(format: TableFormat, sheet: &str, header: &[&str]) -> io::Result<Self> {
        let target = match format {
            TableFormat::Workbook => Self::workbook(sheet, header).map_err(io::Error::other)?,
            TableFormat::Csv => {
                let mut output = BufWriter::new(tempfile::tempfile()?);
                output.write_all(csv::BYTE_ORDER_MARK)?;
                let mut output = csv::writer(output);
                csv::record(&mut output, header)?;
                Target::Csv(output)
            }
        };
        Ok(Self { target, rows: 0 })
    }

    fn workbook(sheet: &str, header: &[&str]) -> Result<Target, XlsxError> {
        let mut workbook = Box::new(Workbook::new());
        add_sheet(&mut workbook, sheet, header)?;
        Ok(Target::Workbook { workbook, quoted: Format::new().set_quote_prefix(), sheets: 1 })
    }

    /// Goes on with another sheet of a workbook, under a header of its own; a CSV file has one table, to whose end these rows come.
    pub(crate) fn next_sheet(&mut self, name: &str, header: &[&str]) -> io::Result<()> {
        if let Target::Workbook { workbook, sheets, .. } = &mut self.target {
            add_sheet(workbook, name, header).map_err(io::Error::other)?;
            *sheets += 1;
            self.rows = 0;
        }
        Ok(())
    }

    /// Whether another row fits; a sheet's bound holds for CSV too, which sheets read.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS_MAX
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, cells: &[Cell]) -> io::Result<()> {
        self.rows += 1;
        match &mut self.target {
            Target::Workbook { workbook, quoted, sheets } => {
                let sheet = workbook.worksheet_from_index(*sheets - 1).map_err(io::Error::other)?;
                push_to_sheet(sheet, quoted, self.rows, cells).map_err(io::Error::other)
            }
            Target::Csv(output) => {
                let texts: Vec<&str> = cells.iter().map(Cell::as_str).collect();
                csv::record(output, &texts)
            }
        }
    }

    /// The whole table, in a file that is gone when it is closed.
    pub(crate) fn finish(self) -> io::Result<File> {
        let mut file = match self.target {
            Target::Workbook { mut workbook, .. } => {
                let mut file = tempfile::tempfile()?;
                workbook.save_to_writer(&mut file).map_err(io::Error::other)?;
                file
            }
            Target::Csv(output) => {
                let output = output.into_inner().map_err(|error| error.into_error())?;
                output.into_inner().map_err(io::IntoInnerError::into_error)?
            }
        };
        file.rewind()?;
        Ok(file)
    }
}

fn add_sheet(workbook: &mut Workbook, name: &str, header: &[&str]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    for (column, title) in (0..).zip(header) {
        sheet.set_column_width(column, 14)?;
        sheet.write_string_with_format(0, column, *title, &bold)?;
    }
    Ok(())
}

fn push_to_sheet(sheet: &mut Worksheet, quoted: &Format, row: u32, cells: &[Cell]) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(cells) {
        match cell {
            Cell::Empty => {}
            Cell::Text(text) if text.starts_with(FORMULA) => {
                sheet.write_string_with_format(row, column, text, quoted)?;
            }
            Cell::Text(text) => {
                sheet.write_string(row, column, text)?;
            }
            Cell::Number(digits) => match digits.parse::<f64>() {
                Ok(number) => {
                    sheet.write_number(row, column, number)?;
                }
                Err(_) => {
                    sheet.write_string(row, column, digits)?;
                }
            },
        }
    }
    Ok(())
}

/// A file on its way to a client, read no faster than it is taken.
pub(crate) struct FileBody(mpsc::Receiver<io::Result<Bytes>>);

impl FileBody {
    pub(crate) fn new(mut file: File) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        tokio::task::spawn_blocking(move || {
            loop {
                let mut chunk = Vec::with_capacity(CHUNK_BYTES);
                let message = match Read::by_ref(&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk) {
                    Ok(0) => return,
                    Ok(_) => Ok(Bytes::from(chunk)),
                    Err(error) => Err(error),
                };
                let is_broken = message.is_err();
                if sender.blocking_send(message).is_err() || is_broken {
                    return;
                }
            }
        });
        Self(receiver)
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of memory in use by this process, as the system counts them.
    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
        status.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("pages") * 4096
    }

    /// Set where this process runs the one test alone.
    const ALONE: &str = "JIFEN_TEST_ALONE";

    #[test]
    fn memory_does_not_grow_with_the_rows() {
        if std::env::var_os(ALONE).is_none() {
            // What others beside it take is theirs: it is run once more, in a process of its own.
            let name = "sheet::table::tests::memory_does_not_grow_with_the_rows";
            let mut alone = std::process::Command::new(std::env::current_exe().expect("this program"));
            let ran = alone.args(["--exact", name]).env(ALONE, "1").output().expect("run");
            let told = String::from_utf8_lossy(&ran.stdout);
            assert!(ran.status.success() && told.contains("1 passed"), "{told}");
            return;
        }
        for (format, begin) in [(TableFormat::Workbook, &b"PK"[..]), (TableFormat::Csv, csv::BYTE_ORDER_MARK)] {
            many_rows(format, begin);
        }
    }

    fn many_rows(format: TableFormat, begin: &[u8]) {
        let mut file = TableFile::new(format, "S", &["a", "b", "c"]).expect("file");
        let mut push = |rows: std::ops::Range<u32>| {
            for row in rows {
                let cells =
                    [Cell::Text(format!("王岚 {row}")), Cell::Number(format!("{row}.5")), Cell::Text("=x".to_owned())];
                file.push(&cells).expect("row");
            }
        };
        push(0..20_000);
        let before = resident();
        push(20_000..300_000);
        // 280,000 rows of texts would be some 40 MiB.
        assert!(resident().saturating_sub(before) < 8 << 20, "{} grown from {before}", resident());
        let mut bytes = Vec::new();
        file.finish().expect("table").read_to_end(&mut bytes).expect("bytes");
        assert!(bytes.starts_with(begin));
    }

    #[test]
    fn a_sheet_is_full_at_excels_own_bound() {
        let mut file = TableFile::new(TableFormat::Workbook, "S", &["a"]).expect("file");
        file.rows = ROWS_MAX - 1;
        assert!(!file.is_full());
        file.push(&[Cell::Number("1".to_owned())]).expect("the last row");
        assert!(file.is_full());
        file.finish().expect("workbook");
    }
}
