//! What can be wrong with a file: each error says where, what and how to go on.

use std::{io, path::PathBuf};

use jifen_core::{both, language::Words};

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
        found: Words,
        /// How to go on.
        advice: Words,
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
        reason: Words,
    },
    /// A workbook that cannot be read.
    #[error("`{file}` {reason}")]
    Workbook {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what to do.
        reason: Words,
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
        reason: Words,
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

    /// The same in both languages.
    pub fn words(&self) -> Words {
        let zh = match self {
            Self::Open { file, source } => format!("`{}` 不能读：{source}；请检查路径和权限", file.display()),
            Self::Unreadable { file, found, advice } => format!("`{}` 是{}；{}", file.display(), found.zh, advice.zh),
            Self::MissingColumns { file, missing, present } => {
                format!("`{}`:1: 没有 {missing} 列；首行有 {present}；请把映射里的列名改成与文件一致", file.display())
            }
            Self::Header { file, reason } => format!("`{}`:1: {}", file.display(), reason.zh),
            Self::Workbook { file, reason } => format!("`{}` {}", file.display(), reason.zh),
            Self::Broken { file, line, rows, reason } => {
                format!("`{}`:{line}: {}；之前的 {rows} 行没有问题", file.display(), reason.zh)
            }
            Self::Row { file, line, row, problem } => {
                format!("`{}`:{line}: 第 {row} 行：{}", file.display(), problem.words().zh)
            }
        };
        Words::new(zh, self.to_string())
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
        advice: Words,
    },
    /// A JSON line that is no CloudEvent.
    #[error("no CloudEvent: {0}")]
    NoCloudEvent(Words),
    /// A member the event cannot do without is empty.
    #[error("`{member}` is empty ({origin}); fill it, or exclude such rows with `when`")]
    Empty {
        /// The member.
        member: String,
        /// Where it comes from.
        origin: Words,
    },
    /// A value of the wrong form.
    #[error("`{member}`: `{text}` is not {expected} ({origin})")]
    Form {
        /// The member.
        member: String,
        /// The value.
        text: String,
        /// What it should be.
        expected: Box<Words>,
        /// Where it comes from.
        origin: Words,
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
        reason: Words,
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

impl RowProblem {
    /// The same in both languages.
    pub fn words(&self) -> Words {
        let zh = match self {
            Self::Width { found, expected } => {
                format!("有 {found} 个值，而首行有 {expected} 列；看看是否多了分隔符，或引号没有合上")
            }
            Self::Encoding => "既不是 UTF-8 也不是 GB18030；请另存为“CSV UTF-8”".to_owned(),
            Self::Cell { cell, column, advice } => format!("单元格 {cell}，列 `{column}`：{}", advice.zh),
            Self::NoCloudEvent(reason) => format!("不是 CloudEvent：{}", reason.zh),
            Self::Empty { member, origin } => {
                format!("`{member}` 是空的（{}）；请填写，或用 `when` 略过这样的行", origin.zh)
            }
            Self::Form { member, text, expected, origin } => {
                format!("`{member}`：`{text}` 不是{}（{}）", expected.zh, origin.zh)
            }
            Self::Unlisted { member, text, table } => {
                format!("`{member}`：[codes.{table}] 里没有 `{text}`；请加上，或写 `unlisted = \"keep\"` 或 `\"omit\"`")
            }
            Self::Expression { member, reason } => format!("`{member}`：这一行算不出来：{}", reason.zh),
            Self::SameId { id } => format!("这一行有两个事件的编号都是 `{id}`；请给每个 `[[event]]` 各写 `id`"),
            Self::TooManyContentIds => {
                format!("超过 {CONTENT_IDS_MAX} 行没有自己的编号；请在映射里写明 `id` 用哪几列，或把文件分开")
            }
        };
        Words::new(zh, self.to_string())
    }
}

/// Message of the guard that bounds a row.
pub(super) fn row_too_long() -> io::Error {
    let limit = ROW_BYTES_MAX >> 20;
    io::Error::other(format!("a row of more than {limit} MiB; look for an open quote or a missing line end"))
}

/// What a failed read means to the reader of the message.
pub(super) fn read_failure(error: &io::Error) -> Words {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => both!(
            "压缩数据不完整；文件被截断：请重新取得后再导入",
            "the compressed data ends too early; the file is truncated: fetch it again and repeat the import"
        ),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            both!(
                "压缩数据已损坏（{error}）；请重新取得文件后再导入",
                "the compressed data is damaged ({error}); fetch the file again and repeat the import"
            )
        }
        _ => error.to_string().into(),
    }
}
