//! A frame: one message about all that some transactions changed, rendered once for all streams of a region.
//!
//! In: transactions. Out: bytes, at most [`FRAME_BYTES_MAX`] of them however much changed.

use std::{collections::BTreeSet, sync::Arc};

use hyper::body::Bytes;
use jifen_core::{
    engine::Region,
    ledger::{Entry, Subject},
    rollup::Bucket,
    time::Date,
};
use jifen_store::{Database, RegionRow, StoredEntry};

use super::message::{LiveChange, LiveHead, LiveMessage, LiveResync, LiveSubject, ResyncReason};
use crate::{
    auth::Reach,
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
    /// What readers of some places are told a part of.
    parts: Option<Parts>,
}

/// A change, with what decides who sees which part of it.
struct Parts {
    region: Arc<Region>,
    change: LiveChange,
    subjects: Vec<(Subject, LiveSubject)>,
    entries: Vec<(Entry, EntryView)>,
}

/// How much of a region a stream may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum View {
    Full,
    /// What lies in this.
    Within(Reach),
    /// Everything but who; for readers of their own points.
    Own,
}

impl Frame {
    pub(super) fn bytes(&self, view: &View) -> Bytes {
        match (view, &self.parts) {
            (View::Full, _) => self.full.clone(),
            (View::Within(reach), Some(parts)) => parts.within(reach),
            (View::Own, _) | (View::Within(_), None) => self.own.clone(),
        }
    }

    /// Whether organisation, rules or periods changed.
    pub(super) fn moves_places(&self) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.change.region_changed)
    }

    fn same(position: u64, message: &LiveMessage) -> Self {
        let full = Bytes::from(message.to_bytes());
        Self { position, own: full.clone(), full, parts: None }
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
        region: &Arc<Region>,
        commits: &[Arc<Committed>],
    ) -> Result<Self, Problem> {
        let (Some(first), Some(last)) = (commits.first(), commits.last()) else {
            return Err(Problem::Inconsistent("a live message about nothing".to_owned()));
        };
        let of_all = || commits.iter().flat_map(|committed| committed.changed.subjects());
        let changed: BTreeSet<&Subject> = of_all().map(|of| &of.subject).collect();
        let dates = || of_all().filter_map(|of| date(of.bucket));
        let (first_date, last_date) = (dates().min(), dates().max());
        let any_subject = changed.len() > SUBJECTS_MAX;
        let listed: Vec<&Subject> = if any_subject { Vec::new() } else { changed.into_iter().collect() };
        let codes = board::codes(database, row, region, &listed)?.into_iter();
        let named = codes.map(|(kind, code)| LiveSubject { kind: kind.name().to_owned(), code });
        let mut told: Vec<(Subject, LiveSubject)> = listed.into_iter().cloned().zip(named).collect();
        told.sort_by(|(_, one), (_, other)| one.cmp(other));
        let subjects = told.iter().map(|(_, subject)| subject.clone()).collect();
        let (stored, new) = new_entries(database, row, first.before.ledger, last.head.ledger)?;
        let entries = board::entry_views(database, row, region, &stored)?;
        let seen = stored.into_iter().map(|stored| stored.entry).zip(entries.iter().cloned()).collect();
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
        let (silent, own) = (own.clone(), Bytes::from(LiveMessage::Change(own).to_bytes()));
        let parts = Parts { region: region.clone(), change: silent, subjects: told, entries: seen };
        Ok(Self { position: last.head.journal, full: fitting(&mut change), own, parts: Some(parts) })
    }
}

impl Parts {
    /// The message for whoever sees this much: what others changed is not even counted.
    fn within(&self, reach: &Reach) -> Bytes {
        let subjects = self.subjects.iter().filter(|(subject, _)| reach.has_subject(&self.region, subject));
        let entries = self.entries.iter().filter(|(entry, _)| reach.has_entry(&self.region, entry));
        let subjects: Vec<LiveSubject> = subjects.map(|(_, told)| told.clone()).collect();
        let mut change = LiveChange {
            // Where subjects were too many to list, any may have changed.
            any_subject: self.change.any_subject && self.subjects.is_empty(),
            subjects,
            entries: entries.map(|(_, view)| view.clone()).collect(),
            entries_left_out: 0,
            ..self.change.clone()
        };
        fitting(&mut change)
    }
}

/// The bytes of a change that is shortened until it fits.
fn fitting(change: &mut LiveChange) -> Bytes {
    loop {
        let bytes = LiveMessage::Change(change.clone()).to_bytes();
        if bytes.len() <= FRAME_BYTES_MAX {
            return Bytes::from(bytes);
        }
        shorten(change);
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
fn new_entries(database: &Database, row: &RegionRow, from: u64, to: u64) -> Result<(Vec<StoredEntry>, u64), Problem> {
    let shown = from.max(to.saturating_sub(ENTRIES_MAX as u64));
    Ok((database.entries_after(row.id, shown, (to - shown) as usize)?, to - from))
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
