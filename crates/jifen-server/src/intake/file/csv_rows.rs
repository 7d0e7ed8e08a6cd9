//! Rows of a CSV file: a header, then a row for each record.

use std::{path::Path, sync::Arc};

use jifen_core::{both, language::Words};

use super::{
    error::{FeedError, RowProblem, read_failure},
    input::Guarded,
    row::{COLUMNS_MAX, Header, Row},
};

/// Reader of one CSV file.
pub(super) struct CsvRows {
    reader: csv::Reader<Guarded>,
    record: csv::ByteRecord,
    header: Arc<Header>,
    rows: u64,
}

impl CsvRows {
    /// Reads the header; `delimiter` separates values.
    pub(super) fn open(file: &Path, text: Guarded, delimiter: u8) -> Result<Self, FeedError> {
        let mut builder = csv::ReaderBuilder::new();
        // With a terminator of its own choice the parser leaves `\n` of `\r\n` to the next record, whose line is then one short.
        builder.has_headers(false).flexible(true).delimiter(delimiter).terminator(csv::Terminator::Any(b'\n'));
        let mut reader = builder.from_reader(text);
        let mut record = csv::ByteRecord::new();
        reader.read_byte_record(&mut record).map_err(|error| broken(file, 1, 0, &error))?;
        let header = parse_header(&record).map_err(|reason| FeedError::Header { file: file.to_owned(), reason })?;
        Ok(Self { reader, record, header: Arc::new(header), rows: 0 })
    }

    /// The header.
    pub(super) fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// Reads the next row into `row`; `false` at the end.
    pub(super) fn read(&mut self, file: &Path, row: &mut Row) -> Result<bool, FeedError> {
        while self.next_record(file)? {
            // A blank line of `\r\n`; the parser skips those of `\n` itself.
            if self.record.len() == 1 && self.record.get(0) == Some(b"\r") {
                continue;
            }
            self.rows += 1;
            row.set_number(self.rows);
            row.line = self.record.position().map_or(0, csv::Position::line);
            self.fill(row).map_err(|problem| FeedError::Row {
                file: file.to_owned(),
                line: row.line,
                row: row.number(),
                problem: Box::new(problem),
            })?;
            return Ok(true);
        }
        Ok(false)
    }

    fn next_record(&mut self, file: &Path) -> Result<bool, FeedError> {
        self.reader.get_mut().begin_row();
        self.reader
            .read_byte_record(&mut self.record)
            .map_err(|error| broken(file, self.reader.position().line(), self.rows, &error))
    }

    fn fill(&self, row: &mut Row) -> Result<(), RowProblem> {
        let expected = self.header.names().len();
        if self.record.len() != expected {
            return Err(RowProblem::Width { found: self.record.len(), expected });
        }
        row.columns.clone_from(&self.header);
        row.clear();
        for (position, value) in self.record.iter().enumerate() {
            let value = if position + 1 == expected { without_return(value) } else { value };
            row.set(position, std::str::from_utf8(value).map_err(|_| RowProblem::Encoding)?);
        }
        Ok(())
    }
}

/// The last value of a line that ends in `\r\n`.
fn without_return(value: &[u8]) -> &[u8] {
    value.strip_suffix(b"\r").unwrap_or(value)
}

fn parse_header(record: &csv::ByteRecord) -> Result<Header, Words> {
    if record.len() > COLUMNS_MAX {
        let count = record.len();
        return Err(both!(
            "有 {count} 列，超过 {COLUMNS_MAX}；这是 CSV 文件吗？",
            "{count} columns, more than {COLUMNS_MAX}; is this a CSV file?"
        ));
    }
    let mut header = Header::default();
    for (position, name) in record.iter().enumerate() {
        let name = std::str::from_utf8(without_return(name))
            .map_err(|_| both!("首行", "the header is ").and(&RowProblem::Encoding.words()))?
            .trim();
        // An index column often has no name; it can then not be mapped, which is no reason to refuse the file.
        let unnamed = format!("#{}", position + 1);
        let name = if name.is_empty() { &unnamed } else { name };
        header.add(name).ok_or_else(|| called_twice(name))?;
    }
    Ok(header)
}

/// What is said of a header that names two columns alike.
pub(super) fn called_twice(name: &str) -> Words {
    both!("有两列都叫 `{name}`；请在文件里改掉一个", "two columns are called `{name}`; rename one of them in the file")
}

fn broken(file: &Path, line: u64, rows: u64, error: &csv::Error) -> FeedError {
    let reason = match error.kind() {
        csv::ErrorKind::Io(source) => read_failure(source),
        _ => error.to_string().into(),
    };
    FeedError::Broken { file: file.to_owned(), line, rows, reason }
}
