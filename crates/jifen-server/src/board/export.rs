//! The whole ledger, oldest first, for programs: CSV or JSON lines.

use std::io::Write;

use jifen_core::engine::Region;
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{EntryView, ReadError, entries::entry_views};
use crate::sheet::csv::{record, writer};

/// Entries read at a time.
const PAGE: usize = 1_000;

/// How an export is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportFormat {
    /// RFC 4180 with a header line.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl ExportFormat {
    /// Parses `csv` or `jsonl`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// One line of the export; its columns are a contract.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LedgerLine {
    /// Region code.
    pub region: String,
    /// Position in the ledger.
    pub position: u64,
    /// Kind.
    pub kind: String,
    /// Rule id.
    pub rule: String,
    /// Version of the rule set.
    pub version: String,
    /// Band.
    pub band: Option<u32>,
    /// Subject kind.
    pub subject_kind: String,
    /// Subject code.
    pub subject: String,
    /// Points.
    pub points: String,
    /// Business date.
    pub business_date: String,
    /// Accounting month.
    pub booked_month: String,
    /// Anchor.
    pub anchor: String,
    /// Person.
    pub person: Option<String>,
    /// Window.
    pub window: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Hall.
    pub hall: Option<String>,
    /// Entry it takes back.
    pub reverses: Option<u64>,
    /// Digest.
    pub digest: String,
}

impl From<EntryView> for LedgerLine {
    fn from(entry: EntryView) -> Self {
        Self {
            region: entry.region,
            position: entry.position,
            kind: entry.kind,
            rule: entry.rule,
            version: entry.version,
            band: entry.band,
            subject_kind: entry.subject_kind,
            subject: entry.subject,
            points: entry.points,
            business_date: entry.business_date,
            booked_month: entry.booked_month,
            anchor: entry.anchor,
            person: entry.person,
            window: entry.window,
            department: entry.department,
            hall: entry.hall,
            reverses: entry.reverses,
            digest: entry.digest,
        }
    }
}

const COLUMNS: [&str; 18] = [
    "region",
    "position",
    "kind",
    "rule",
    "version",
    "band",
    "subject_kind",
    "subject",
    "points",
    "business_date",
    "booked_month",
    "anchor",
    "person",
    "window",
    "department",
    "hall",
    "reverses",
    "digest",
];

impl LedgerLine {
    fn cells(&self) -> [String; 18] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        [
            self.region.clone(),
            self.position.to_string(),
            self.kind.clone(),
            self.rule.clone(),
            self.version.clone(),
            self.band.map(|band| band.to_string()).unwrap_or_default(),
            self.subject_kind.clone(),
            self.subject.clone(),
            self.points.clone(),
            self.business_date.clone(),
            self.booked_month.clone(),
            self.anchor.clone(),
            text(&self.person),
            text(&self.window),
            text(&self.department),
            text(&self.hall),
            self.reverses.map(|position| position.to_string()).unwrap_or_default(),
            self.digest.clone(),
        ]
    }
}

/// Writes every entry of the region.
///
/// # Errors
/// Store faults, and faults of `output`.
pub fn export_ledger(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    format: ExportFormat,
    output: &mut dyn Write,
) -> Result<(), ReadError> {
    if format == ExportFormat::Csv {
        let mut csv = writer(&mut *output);
        record(&mut csv, &COLUMNS)?;
        csv.flush()?;
    }
    let mut after = 0;
    loop {
        let stored = database.entries_after(row.id, after, PAGE)?;
        let Some(last) = stored.last() else { return Ok(()) };
        after = last.entry.position;
        let lines = entry_views(database, row, region, &stored)?.into_iter().map(LedgerLine::from);
        match format {
            ExportFormat::Csv => {
                let mut csv = writer(&mut *output);
                lines.into_iter().try_for_each(|line| record(&mut csv, &line.cells()))?;
                csv.flush()?;
            }
            ExportFormat::JsonLines => {
                for line in lines {
                    serde_json::to_writer(&mut *output, &line).map_err(std::io::Error::from)?;
                    output.write_all(b"\n")?;
                }
            }
        }
    }
}
