//! A frame: one message about all that some transactions changed, rendered once for all streams of a region.
//!
//! In: transactions. Out: bytes, at most [`FRAME_BYTES_MAX`] of them however much changed.

use std::{collections::BTreeSet, sync::Arc};

use hyper::body::Bytes;
use jifen_core::{engine::Region, ledger::Subject, rollup::Bucket, time::Date};
use jifen_store::{Database, RegionRow};

use super::message::{LiveChange, LiveHead, LiveMessage, LiveResync, LiveSubject, ResyncReason};
use crate::{
    board::{self, EntryView},
    problem::Problem,
    writer::Committed,
};

/// Longest message.
pub(super) const FRAME_BYTES_MAX: usize = 16 * 1024;
/// Most changed subjects told by name.
const SUBJECTS_MAX: usize = 64;
/// Most new entries told.
const ENTRIES_MAX: usize = 12;

/// What every stream is told.
pub(super) struct Frame {
    /// Journal position it leads to.
    pub(super) position: u64,
    /// For readers of the whole region.
    full: Bytes,
    /// For readers of their own points: nobody else's are in it.
    own: Bytes,
}

/// How much of a region a stream may see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum View {
    Full,
    /// Everything but who; for readers of their own points.
    Own,
}

impl Frame {
    pub(super) fn bytes(&self, view: View) -> Bytes {
        match view {
            View::Full => self.full.clone(),
            View::Own => self.own.clone(),
        }
    }

    fn same(position: u64, message: &LiveMessage) -> Self {
        let full = Bytes::from(message.to_bytes());
        Self { position, own: full.clone(), full }
    }

    pub(super) fn head(row: &RegionRow, position: u64) -> Self {
        Self::same(position, &LiveMessage::Head(LiveHead { region: row.code.clone(), position }))
    }

    pub(super) fn resync(row: &RegionRow, position: u64, reason: ResyncReason) -> Self {
        Self::same(position, &LiveMessage::Resync(LiveResync { region: row.code.clone(), position, reason }))
    }

    /// One message about all of these transactions, which must not be empty.
    pub(super) fn change(
        database: &Database,
        row: &RegionRow,
        region: &Region,
        commits: &[Arc<Committed>],
    ) -> Result<Self, Problem> {
        let (Some(first), Some(last)) = (commits.first(), commits.last()) else {
            return Err(Problem::Inconsistent("a live message about nothing".to_owned()));
        };
        let keys = || commits.iter().flat_map(|committed| committed.rollups.keys());
        let changed: BTreeSet<&Subject> = keys().map(|key| &key.subject).collect();
        let dates = || keys().filter_map(|key| date(key.bucket));
        let (first_date, last_date) = (dates().min(), dates().max());
        let any_subject = changed.len() > SUBJECTS_MAX;
        let listed: Vec<&Subject> = if any_subject { Vec::new() } else { changed.into_iter().collect() };
        let mut subjects: Vec<LiveSubject> = board::codes(database, row, region, &listed)?
            .into_iter()
            .map(|(kind, code)| LiveSubject { kind: kind.name().to_owned(), code })
            .collect();
        subjects.sort();
        let (entries, new) = new_entries(database, row, region, first.before.ledger, last.head.ledger)?;
        let mut change = LiveChange {
            region: row.code.clone(),
            position: last.head.journal,
            received_at: last.received.to_rfc3339(),
            subjects,
            any_subject,
            first_date: first_date.map(|date| date.to_string()),
            last_date: last_date.map(|date| date.to_string()),
            region_changed: commits.iter().any(|committed| committed.resident),
            entries_left_out: new - entries.len() as u64,
            entries,
        };
        let own = LiveChange {
            subjects: Vec::new(),
            any_subject: first_date.is_some(),
            entries_left_out: new,
            entries: Vec::new(),
            ..change.clone()
        };
        let own = Bytes::from(LiveMessage::Change(own).to_bytes());
        let full = loop {
            let bytes = LiveMessage::Change(change.clone()).to_bytes();
            if bytes.len() <= FRAME_BYTES_MAX {
                break Bytes::from(bytes);
            }
            shorten(&mut change);
        };
        Ok(Self { position: last.head.journal, full, own })
    }
}

/// The business date of a row; every month's row has rows of its days beside it.
fn date(bucket: Bucket) -> Option<Date> {
    match bucket {
        Bucket::Day { date, .. } => Some(date),
        Bucket::Month { .. } => None,
    }
}

/// The latest entries after `from` up to `to`, and how many there are in all.
fn new_entries(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    from: u64,
    to: u64,
) -> Result<(Vec<EntryView>, u64), Problem> {
    let shown = from.max(to.saturating_sub(ENTRIES_MAX as u64));
    let stored = database.entries_after(row.id, shown, (to - shown) as usize)?;
    Ok((board::entry_views(database, row, region, &stored)?, to - from))
}

/// Leaves out the older half of the entries, then the names of the subjects: hostile names may be long.
fn shorten(change: &mut LiveChange) {
    if change.entries.is_empty() {
        change.subjects.clear();
        change.any_subject = true;
        return;
    }
    let gone = change.entries.len().div_ceil(2);
    change.entries.drain(..gone);
    change.entries_left_out += gone as u64;
}
