//! What an import came to.

use jifen_core::{
    both,
    language::Words,
    state::{Need, StateKind, prefix_end},
};
use jifen_store::{Database, StoreError};
use serde::Serialize;
use serde_json::Value;

use crate::{intake::file::FeedError, writer::Outcome};

/// Most problems that are told; the others are counted.
const PROBLEMS_MAX: usize = 20;
/// Rows of state counted at a time.
const PAGE: usize = 10_000;

/// Counts, and the first problems.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Events of the input that are new in the journal.
    pub accepted: u64,
    /// Events that were there already.
    pub repeated: u64,
    /// Events whose id was there with another body.
    pub conflicting: u64,
    /// Events that were not kept.
    pub rejected: u64,
    /// Events kept outside the journal, to be mended.
    pub quarantined: u64,
    /// Rows that could not be used.
    pub bad_rows: u64,
    /// Files that could not be read to their end.
    pub broken_files: u64,
    /// Records appended, with those the import and the engine wrote themselves.
    pub records: u64,
    /// Entries posted.
    pub entries: u64,
    /// Anomalies of the region now.
    pub anomalies: u64,
    /// Facts on hold in the region now.
    pub holds: u64,
    /// Columns the mapping names that no XES log had.
    pub columns_never_seen: Vec<String>,
    /// The first problems, in words.
    pub problems: Vec<Problem>,
}

/// One problem.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// What it is about: an event's source and id, or a file and line.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
}

impl Problem {
    /// Both texts, as the command line prints them.
    pub fn told_twice(&self) -> String {
        Words::new(self.message_zh.as_str(), self.message.as_str()).twice()
    }
}

impl Summary {
    pub(super) fn count(&mut self, outcome: Outcome, source: &Value, id: &Value) {
        match outcome {
            Outcome::Accepted { .. } => self.accepted += 1,
            Outcome::Repeated { .. } => self.repeated += 1,
            Outcome::Conflicting { position } => {
                self.conflicting += 1;
                self.tell(|| {
                    both!(
                        "{source} 的事件 {id} 已是第 {position} 条记录，内容不同；以先来的为准",
                        "event {id} of {source} stands at record {position} with another content; the first one counts"
                    )
                });
            }
            Outcome::Rejected { reason, pointer } => {
                self.rejected += 1;
                let (zh, en) = (reason.zh, reason.en);
                self.tell(|| {
                    both!(
                        "{source} 的事件 {id} 未收：{zh}（在 `{pointer}`）",
                        "event {id} of {source} rejected: {en} (at `{pointer}`)"
                    )
                });
            }
            Outcome::Quarantined { reason, pointer } => {
                self.quarantined += 1;
                let (zh, en) = (reason.zh, reason.en);
                self.tell(|| {
                    both!(
                        "{source} 的事件 {id} 进了隔离区：{zh}（在 `{pointer}`）",
                        "event {id} of {source} in quarantine: {en} (at `{pointer}`)"
                    )
                });
            }
        }
    }

    pub(super) fn complain(&mut self, fault: FeedError) {
        if fault.ends_file() {
            self.broken_files += 1
        } else {
            self.bad_rows += 1
        }
        self.tell(|| fault.words());
    }

    /// Whether part of the input was never seen, so that periods must not end on it.
    pub fn broke_off(&self) -> bool {
        self.broken_files > 0
    }

    /// Whether everything of the input is in the journal or mendable.
    pub fn is_whole(&self) -> bool {
        self.rejected == 0 && self.bad_rows == 0 && self.broken_files == 0
    }

    pub(super) fn count_state(&mut self, database: &Database, region: &str) -> Result<(), StoreError> {
        if let Some(row) = database.region(region)? {
            self.anomalies = count(database, row.id, StateKind::Anomaly)?;
            self.holds = count(database, row.id, StateKind::Held)?;
        }
        Ok(())
    }

    fn tell(&mut self, message: impl FnOnce() -> Words) {
        if self.problems.len() < PROBLEMS_MAX {
            let Words { zh, en } = message();
            self.problems.push(Problem { message: en, message_zh: zh });
        }
    }
}

fn count(database: &Database, region: jifen_store::RegionId, kind: StateKind) -> Result<u64, StoreError> {
    let (mut from, mut sum) = (Vec::new(), 0);
    loop {
        let need = Need::Range { kind, from: from.clone(), to: prefix_end(&[]), limit: PAGE };
        let rows = database.load(region, &[need])?.pop().unwrap_or_default();
        sum += rows.len() as u64;
        match rows.last() {
            Some((last, _)) if rows.len() == PAGE => {
                // The least key after the last one.
                from.clone_from(last);
                from.push(0);
            }
            Some(_) | None => return Ok(sum),
        }
    }
}
