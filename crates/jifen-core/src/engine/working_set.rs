//! The rows loaded from the store, with the changes of records applied since laid over them.
//!
//! Aggregates and tallies are kept decoded, and encoded once per batch; all other rows are bytes.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::tally::Tally;
use crate::{
    case::Aggregate,
    state::{Change, Need, Rows, StateKind},
};

/// A value known to be this in the store, or changed since.
#[derive(Debug)]
struct Cell<T> {
    value: Option<T>,
    changed: bool,
}

/// Decoded rows of one kind.
#[derive(Debug)]
pub(super) struct Cells<T>(BTreeMap<Vec<u8>, Cell<T>>);

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Encode<()> + for<'b> Decode<'b, ()>> Cells<T> {
    /// `None`: not loaded. `Some(None)`: there is no such row.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&T>> {
        self.0.get(key).map(|cell| cell.value.as_ref())
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Option<T>) {
        self.0.insert(key, Cell { value, changed: true });
    }

    fn provide(&mut self, key: &[u8], bytes: Option<&[u8]>) {
        // What was changed since it was loaded is newer than the store.
        self.0.entry(key.to_vec()).or_insert_with(|| Cell { value: bytes.map(decode), changed: false });
    }

    fn drain(&mut self, kind: StateKind, changes: &mut Vec<Change>) {
        for (key, cell) in self.0.iter_mut().filter(|(_, cell)| cell.changed) {
            cell.changed = false;
            changes.push(Change { kind, key: key.clone(), value: cell.value.as_ref().map(crate::canonical) });
        }
    }

    fn range<'a>(&'a self, from: &[u8], to: &[u8]) -> impl Iterator<Item = (&'a Vec<u8>, Option<&'a T>)> {
        self.0.range(from.to_vec()..to.to_vec()).map(|(key, cell)| (key, cell.value.as_ref()))
    }
}

/// Decodes a state row.
///
/// # Panics
/// When the bytes are not what this program wrote: the store is damaged, and nothing may be acknowledged on top of it.
pub(super) fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> T {
    match minicbor::decode(bytes) {
        Ok(value) => value,
        Err(error) => unreachable!("a state row cannot be read, the database is damaged: {error}"),
    }
}

/// Committed rows plus the effects of the batch's earlier records.
#[derive(Default, Debug)]
pub struct WorkingSet {
    pub(super) aggregates: Cells<Aggregate>,
    pub(super) tallies: Cells<Tally>,
    rows: BTreeMap<(StateKind, Vec<u8>), Cell<Vec<u8>>>,
    /// Ranges whose rows are all known: (kind, from, to).
    covered: Vec<(StateKind, Vec<u8>, Vec<u8>)>,
}

impl WorkingSet {
    /// Answers a need with the store's rows.
    pub fn provide(&mut self, need: &Need, rows: Rows) {
        match need {
            Need::Row(kind, key) => self.provide_row(*kind, key, rows.first().map(|(_, value)| value.as_slice())),
            Need::Range { kind, from, to, limit } => {
                let end = match rows.last() {
                    Some((last, _)) if rows.len() >= *limit => after(last),
                    _ => to.clone(),
                };
                for (key, value) in &rows {
                    self.provide_row(*kind, key, Some(value));
                }
                self.covered.push((*kind, from.clone(), end));
            }
        }
    }

    fn provide_row(&mut self, kind: StateKind, key: &[u8], bytes: Option<&[u8]>) {
        match kind {
            StateKind::Aggregate => self.aggregates.provide(key, bytes),
            StateKind::Tally => self.tallies.provide(key, bytes),
            _ => {
                let cell = || Cell { value: bytes.map(<[u8]>::to_vec), changed: false };
                self.rows.entry((kind, key.to_vec())).or_insert_with(cell);
            }
        }
    }

    /// The changes since the last call, encoded: what the batch's commit must write.
    pub fn drain_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        self.aggregates.drain(StateKind::Aggregate, &mut changes);
        self.tallies.drain(StateKind::Tally, &mut changes);
        for ((kind, key), cell) in self.rows.iter_mut().filter(|(_, cell)| cell.changed) {
            cell.changed = false;
            changes.push(Change { kind: *kind, key: key.clone(), value: cell.value.clone() });
        }
        changes
    }

    /// How much it holds, in rows, an aggregate counted by its events; the shell replaces it by an empty one, between batches,
    /// when it grows too large.
    pub fn len(&self) -> usize {
        let events: usize = self.aggregates.0.values().flat_map(|cell| &cell.value).map(Aggregate::weight).sum();
        self.aggregates.0.len() + events + self.tallies.0.len() + self.rows.len()
    }

    /// Whether it holds no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn row(&self, kind: StateKind, key: &[u8]) -> Option<Option<&[u8]>> {
        self.rows.get(&(kind, key.to_vec())).map(|cell| cell.value.as_deref())
    }

    pub(super) fn put_row(&mut self, kind: StateKind, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.rows.insert((kind, key), Cell { value, changed: true });
    }

    /// How far the rows from `from` on are all known, at most to `to`; `from` itself if they are not.
    pub(super) fn covered_to(&self, kind: StateKind, from: &[u8], to: &[u8]) -> Vec<u8> {
        let mut known = from;
        let further = |known: &[u8]| {
            let covering =
                self.covered.iter().filter(|(k, f, t)| *k == kind && f.as_slice() <= known && known < t.as_slice());
            covering.map(|(_, _, end)| end.as_slice()).max()
        };
        while let Some(end) = further(known).filter(|_| known < to) {
            known = end;
        }
        known.min(to).to_vec()
    }

    pub(super) fn range(&self, kind: StateKind, from: &[u8], to: &[u8]) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
        let (from, to) = ((kind, from.to_vec()), (kind, to.to_vec()));
        self.rows.range(from..to).map(|((_, key), cell)| (key.clone(), cell.value.clone())).collect()
    }

    pub(super) fn tally_keys(&self, from: &[u8], to: &[u8]) -> Vec<Vec<u8>> {
        self.tallies.range(from, to).filter(|(_, tally)| tally.is_some()).map(|(key, _)| key.clone()).collect()
    }
}

/// The first key after `key`.
pub(super) fn after(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}
