//! The trail as a list for spreadsheets: a line an entry, newest first, in constant memory.

use std::{fs::File, io};

use jifen_core::rule::Language;
use jifen_store::{AuditFilter, AuditRecord, Database, RegionRow};

use crate::{
    board::ReadError,
    sheet::{Cell, TableFile, TableFormat},
};

/// Read at a time.
const CHUNK: usize = 1_000;

/// Writes all entries that fit.
pub(super) fn file(
    database: &Database,
    row: &RegionRow,
    mut filter: AuditFilter,
    format: TableFormat,
    language: Language,
) -> Result<File, ReadError> {
    let (sheet, header) = language.choose(
        ("审计", ["序号", "时间", "类别", "谁", "从哪里", "做了什么", "对象", "理由", "请求", "摘要"]),
        ("Audit", ["No.", "Time", "Kind", "Who", "From", "Act", "Object", "Reason", "Request", "Digest"]),
    );
    let mut file = TableFile::new(format, sheet, &header)?;
    filter.limit = CHUNK;
    loop {
        let records = database.audited(row.id, &filter)?;
        for record in &records {
            if file.is_full() {
                return Ok(file.finish()?);
            }
            push(&mut file, record)?;
        }
        match records.last() {
            Some(last) if records.len() == CHUNK => filter.before = Some(last.position),
            Some(_) | None => return Ok(file.finish()?),
        }
    }
}

fn push(file: &mut TableFile, record: &AuditRecord) -> io::Result<()> {
    let (row, text) = (&record.row, |text: &str| Cell::text(Some(text)));
    file.push(&[
        Cell::number(Some(record.position)),
        text(&row.at.to_rfc3339()),
        text(row.kind.name()),
        text(&row.actor),
        text(&row.address),
        text(&row.act),
        text(&row.object),
        text(&row.reason),
        text(&row.request),
        text(&record.digest.to_string()),
    ])
}
