//! What can be wrong with a file: each error says where, what and how to go on.

use std::{io, path::PathBuf};

use super::{CONTENT_IDS_MAX, ROW_BYTES_MAX};

/// An error of a feed. Events that came before it are good; what may follow is said by [`FeedError::ends_file`].
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The file cannot be opened.
    #[error("`{file}` cannot be read: {source}; check the path and its permissions")]
    Open {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The bytes cannot be rows at all.
    #[error("`{file}` is {found}; {advice}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What it looks like.
        found: &'static str,
        /// How to go on.
        advice: &'static str,
    },
    /// The header lacks columns the mapping names.
    #[error(
        "`{file}`:1: no column {missing}; the header has {present}; name the column in the mapping as the file does"
    )]
    MissingColumns {
        /// The file.
        file: PathBuf,
        /// The missing ones, in backticks.
        missing: String,
        /// Those that are there, in backticks.
        present: String,
    },
    /// The header itself is wrong.
    #[error("`{file}`:1: {reason}")]
    Header {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A workbook that cannot be read.
    #[error("`{file}` {reason}")]
    Workbook {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The file breaks off: a truncated gzip, malformed XML, a failing disk.
    #[error("`{file}`:{line}: {reason}; the {rows} rows before it are good")]
    Broken {
        /// The file.
        file: PathBuf,
        /// Line of the uncompressed text at which it breaks, from 1.
        line: u64,
        /// Whole rows before the break.
        rows: u64,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// One row cannot be used; none of its events are delivered, and the next row follows.
    #[error("`{file}`:{line}: row {row}: {problem}")]
    Row {
        /// The file.
        file: PathBuf,
        /// Line on which the row begins (in XES: ends), from 1.
        line: u64,
        /// Number of the row in its file, from 1, without the header.
        row: u64,
        /// What is wrong with it.
        problem: Box<RowProblem>,
    },
}

impl FeedError {
    /// Whether nothing more comes from this file. Cases are then not completed, because their last event may be missing.
    pub fn ends_file(&self) -> bool {
        match self {
            Self::Open { .. }
            | Self::Unreadable { .. }
            | Self::MissingColumns { .. }
            | Self::Header { .. }
            | Self::Workbook { .. }
            | Self::Broken { .. } => true,
            Self::Row { problem, .. } => matches!(**problem, RowProblem::TooManyContentIds),
        }
    }
}

/// What is wrong with one row.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RowProblem {
    /// More or fewer values than the header has columns.
    #[error("{found} values where the header has {expected} columns; look for a stray separator or an open quote")]
    Width {
        /// Values in the row.
        found: usize,
        /// Columns in the header.
        expected: usize,
    },
    /// Neither UTF-8 nor GB18030.
    #[error("neither UTF-8 nor GB18030; save the file as `CSV UTF-8`")]
    Encoding,
    /// A cell without a value that could be used.
    #[error("cell {cell}, column `{column}`: {advice}")]
    Cell {
        /// `C12`.
        cell: String,
        /// The column's name.
        column: String,
        /// What is wrong, and what to do.
        advice: String,
    },
    /// A JSON line that is no CloudEvent.
    #[error("no CloudEvent: {0}")]
    NoCloudEvent(String),
    /// A member the event cannot do without is empty.
    #[error("`{member}` is empty ({origin}); fill it, or exclude such rows with `when`")]
    Empty {
        /// The member.
        member: String,
        /// Where it comes from.
        origin: String,
    },
    /// A value of the wrong form.
    #[error("`{member}`: `{text}` is not {expected} ({origin})")]
    Form {
        /// The member.
        member: String,
        /// The value.
        text: String,
        /// What it should be.
        expected: String,
        /// Where it comes from.
        origin: String,
    },
    /// A value its code table does not list.
    #[error(
        "`{member}`: `{text}` is not listed in [codes.{table}]; add it there, or say `unlisted = \"keep\"` or `\"omit\"`"
    )]
    Unlisted {
        /// The member.
        member: String,
        /// The value.
        text: String,
        /// The table.
        table: String,
    },
    /// An expression that cannot be evaluated on this row.
    #[error("`{member}`: the expression fails on this row: {reason}")]
    Expression {
        /// The member.
        member: String,
        /// Why.
        reason: String,
    },
    /// Two events of one row under one id.
    #[error("two of its events have the id `{id}`; give each `[[event]]` an `id` of its own")]
    SameId {
        /// The id.
        id: String,
    },
    /// Ids by content need memory per row, and that is bounded.
    #[error("more than {max} rows without an id of their own; name `id` columns in the mapping, or split the file", max = CONTENT_IDS_MAX)]
    TooManyContentIds,
}

/// Message of the guard that bounds a row.
pub(super) fn row_too_long() -> io::Error {
    let limit = ROW_BYTES_MAX >> 20;
    io::Error::other(format!("a row of more than {limit} MiB; look for an open quote or a missing line end"))
}

/// What a failed read means to the reader of the message.
pub(super) fn read_failure(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the compressed data ends too early; the file is truncated: fetch it again and repeat the import".to_owned()
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("the compressed data is damaged ({error}); fetch the file again and repeat the import")
        }
        _ => error.to_string(),
    }
}
