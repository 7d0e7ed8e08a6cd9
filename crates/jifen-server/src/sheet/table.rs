//! Writing a table as a workbook in constant memory: rows go to a temporary file as they come, then the archive.

use std::{
    fs::File,
    io::{self, Read, Seek},
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Bytes, Frame};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use tokio::sync::mpsc;

/// The media type of a workbook.
pub(crate) const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Rows that fit below the header of a sheet.
pub(crate) const ROWS_MAX: u32 = 1_048_575;
/// Read at a time when a file is sent.
const CHUNK_BYTES: usize = 64 << 10;
/// What begins like a formula, also in full width: some program may read it as one some day.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

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
}

/// A workbook of one sheet while it is written.
pub(crate) struct TableFile {
    workbook: Workbook,
    quoted: Format,
    rows: u32,
}

impl TableFile {
    /// Begins with a header.
    pub(crate) fn new(sheet: &str, header: &[&str]) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let bold = Format::new().set_bold();
        let target = workbook.add_worksheet_with_constant_memory()?;
        target.set_name(sheet)?.set_freeze_panes(1, 0)?;
        for (column, title) in (0..).zip(header) {
            target.set_column_width(column, 14)?;
            target.write_string_with_format(0, column, *title, &bold)?;
        }
        Ok(Self { workbook, quoted: Format::new().set_quote_prefix(), rows: 0 })
    }

    /// Whether another row fits.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS_MAX
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        self.rows += 1;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) if text.starts_with(FORMULA) => {
                    sheet.write_string_with_format(self.rows, column, text, &self.quoted)?;
                }
                Cell::Text(text) => {
                    sheet.write_string(self.rows, column, text)?;
                }
                Cell::Number(digits) => match digits.parse::<f64>() {
                    Ok(number) => {
                        sheet.write_number(self.rows, column, number)?;
                    }
                    Err(_) => {
                        sheet.write_string(self.rows, column, digits)?;
                    }
                },
            }
        }
        Ok(())
    }

    /// The whole workbook, in a file that is gone when it is closed.
    pub(crate) fn finish(mut self) -> Result<File, XlsxError> {
        let mut file = tempfile::tempfile()?;
        self.workbook.save_to_writer(&mut file)?;
        file.rewind()?;
        Ok(file)
    }
}

/// A file on its way to a client, read no faster than it is taken.
pub(crate) struct FileBody(mpsc::Receiver<io::Result<Bytes>>);

impl FileBody {
    pub(crate) fn new(mut file: File) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        tokio::task::spawn_blocking(move || {
            loop {
                let mut chunk = Vec::with_capacity(CHUNK_BYTES);
                let message = match file.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk) {
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

    #[test]
    fn memory_does_not_grow_with_the_rows() {
        let mut file = TableFile::new("S", &["a", "b", "c"]).expect("file");
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
        // Other tests run beside this one; 280,000 rows of texts would be some 40 MiB.
        assert!(resident().saturating_sub(before) < 24 << 20, "{} grown from {before}", resident());
        let mut bytes = Vec::new();
        file.finish().expect("workbook").read_to_end(&mut bytes).expect("bytes");
        assert!(bytes.starts_with(b"PK"));
    }

    #[test]
    fn a_sheet_is_full_at_excels_own_bound() {
        let mut file = TableFile::new("S", &["a"]).expect("file");
        file.rows = ROWS_MAX - 1;
        assert!(!file.is_full());
        file.push(&[Cell::Number("1".to_owned())]).expect("the last row");
        assert!(file.is_full());
        file.finish().expect("workbook");
    }
}
