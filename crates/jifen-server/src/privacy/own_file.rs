//! How somebody's own data become a file: one document of JSON, or a workbook with a sheet for each of its lists.
//!
//! In: lists of objects, one after the other, each item as it is read. Out: a temporary file; nothing of it is held in memory.

use std::{
    fs::File,
    io::{self, BufWriter, Seek, Write},
};

use axum::http::{HeaderName, header};
use jifen_core::language::Language;
use serde_json::{Map, Value};

use crate::sheet::{Cell, TableFile, TableFormat};

/// As what own data are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DataFormat {
    /// One document, with everything that the API says of each thing.
    Json,
    /// A workbook, its sheets with what people read, under titles in this language.
    Workbook(Language),
}

/// A column: the member it shows, and its titles.
pub(super) type Column = (&'static str, &'static str, &'static str);

/// One list: its member of the document, the titles of its sheet, its columns.
pub(super) struct List {
    pub(super) name: &'static str,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    pub(super) columns: &'static [Column],
}

impl DataFormat {
    /// The headers of the file.
    pub(super) fn attachment(self, name: &str) -> [(HeaderName, String); 2] {
        match self {
            Self::Json => [
                (header::CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.json\"")),
            ],
            Self::Workbook(_) => TableFormat::Workbook.attachment(name),
        }
    }
}

/// Own data while they are written.
pub(super) enum DataFile {
    /// With what was written last: the open list's columns are of no interest here.
    Json { output: BufWriter<File>, is_first: bool, is_listing: bool },
    /// Its first sheet is there when the first list begins.
    Workbook { file: Option<Box<TableFile>>, language: Language, columns: &'static [Column] },
}

impl DataFile {
    pub(super) fn new(format: DataFormat) -> io::Result<Self> {
        Ok(match format {
            DataFormat::Json => {
                let mut output = BufWriter::new(tempfile::tempfile()?);
                output.write_all(b"{")?;
                Self::Json { output, is_first: true, is_listing: false }
            }
            DataFormat::Workbook(language) => Self::Workbook { file: None, language, columns: &[] },
        })
    }

    /// What stands alone: members of the document, or a sheet of one row of them.
    pub(super) fn head(&mut self, list: &'static List, members: &Map<String, Value>, row: &Value) -> io::Result<()> {
        match self {
            Self::Json { output, .. } => {
                for (name, value) in members {
                    write!(output, "\"{name}\":{value},")?;
                }
                Ok(())
            }
            Self::Workbook { .. } => {
                self.begin(list)?;
                self.push(row)
            }
        }
    }

    /// Begins a list, after the one before.
    pub(super) fn begin(&mut self, list: &'static List) -> io::Result<()> {
        match self {
            Self::Json { output, is_first, is_listing } => {
                let before = if *is_listing { "]," } else { "" };
                (*is_first, *is_listing) = (true, true);
                write!(output, "{before}\"{}\":[", list.name)
            }
            Self::Workbook { file, language, columns } => {
                *columns = list.columns;
                let titles: Vec<&str> = list.columns.iter().map(|(_, zh, en)| language.choose(*zh, *en)).collect();
                let name = language.choose(list.zh, list.en);
                match file {
                    None => *file = Some(Box::new(TableFile::new(TableFormat::Workbook, name, &titles)?)),
                    Some(file) => file.next_sheet(name, &titles)?,
                }
                Ok(())
            }
        }
    }

    /// Adds an object to the list. A sheet that is full takes no more; the document has them.
    pub(super) fn push(&mut self, item: &Value) -> io::Result<()> {
        match self {
            Self::Json { output, is_first, .. } => {
                if !std::mem::replace(is_first, false) {
                    output.write_all(b",")?;
                }
                Ok(serde_json::to_writer(output, item)?)
            }
            Self::Workbook { file: Some(file), columns, .. } if !file.is_full() => {
                file.push(&columns.iter().map(|(member, ..)| cell(&item[*member])).collect::<Vec<_>>())
            }
            Self::Workbook { .. } => Ok(()),
        }
    }

    /// The whole, in a file that is gone when it is closed.
    pub(super) fn finish(self) -> io::Result<File> {
        match self {
            Self::Json { mut output, is_listing, .. } => {
                output.write_all(if is_listing { b"]}\n" } else { b"}\n" })?;
                let mut file = output.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.rewind()?;
                Ok(file)
            }
            Self::Workbook { file: Some(file), .. } => file.finish(),
            Self::Workbook { file: None, .. } => tempfile::tempfile(),
        }
    }
}

/// What a sheet shows of a member.
fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::String(text) => Cell::text(Some(text)),
        Value::Number(number) => Cell::Number(number.to_string()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Cell::Text(value.to_string()),
    }
}
