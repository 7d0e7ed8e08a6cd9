//! The rows loaded from the store, with the changes of records applied since laid over them.
//!
//! Aggregates and tallies are kept decoded, and encoded once per batch; all other rows are bytes.

use std::collections::BTreeMap;

use foldhash::HashMap;
use minicbor::Decode;

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
    /// Whether the store may have a row of the key.
    stored: bool,
}

impl<T> Cell<T> {
    /// As it was loaded.
    fn loaded(value: Option<T>) -> Self {
        Self { stored: value.is_some(), value, changed: false }
    }

    /// What the store must write, which then has it; `None`: nothing.
    fn drain(&mut self, kind: StateKind, key: Vec<u8>, encode: impl Fn(&T) -> Vec<u8>) -> Option<Change> {
        let value = self.value.as_ref().map(encode);
        let (is_there, was_there) = (value.is_some(), self.stored);
        (self.changed, self.stored) = (false, is_there);
        (is_there || was_there).then_some(Change { kind, key, value, is_new: !was_there })
    }
}

/// What becomes of a row.
#[derive(Clone, Debug)]
pub(super) enum Write {
    /// It is there now, and was not.
    New(Vec<u8>),
    /// It is this now.
    Put(Vec<u8>),
    /// It is gone.
    Delete,
}

impl Write {
    pub(super) fn value(&self) -> Option<&Vec<u8>> {
        match self {
            Self::New(value) | Self::Put(value) => Some(value),
            Self::Delete => None,
        }
    }
}

/// Decoded aggregates. Nothing asks for ranges of them, so they are hashed; changes leave in the order of their keys.
#[derive(Debug, Default)]
pub(super) struct Aggregates {
    cells: HashMap<Vec<u8>, Cell<Aggregate>>,
    /// Keys of changed cells.
    changed: Vec<Vec<u8>>,
    /// Sum of the weights.
    weight: usize,
}

impl Aggregates {
    /// `None`: not loaded. `Some(None)`: there is no such row.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&Aggregate>> {
        self.cells.get(key).map(|cell| cell.value.as_ref())
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Aggregate) {
        self.weight += value.weight();
        match self.cells.get_mut(&key) {
            None => {
                self.changed.push(key.clone());
                self.cells.insert(key, Cell { value: Some(value), changed: true, stored: true });
            }
            Some(cell) => {
                self.weight -= cell.value.as_ref().map_or(0, Aggregate::weight);
                cell.value = Some(value);
                if !std::mem::replace(&mut cell.changed, true) {
                    self.changed.push(key);
                }
            }
        }
    }

    fn provide(&mut self, key: &[u8], bytes: Option<&[u8]>) {
        // What was changed since it was loaded is newer than the store.
        if !self.cells.contains_key(key) {
            let value: Option<Aggregate> = bytes.map(decode);
            self.weight += value.as_ref().map_or(0, Aggregate::weight);
            self.cells.insert(key.to_vec(), Cell::loaded(value));
        }
    }

    fn drain(&mut self, changes: &mut Vec<Change>) {
        let mut keys = std::mem::take(&mut self.changed);
        keys.sort_unstable();
        for key in keys {
            let Some(cell) = self.cells.get_mut(&key) else { continue };
            changes.extend(cell.drain(StateKind::Aggregate, key, crate::canonical));
        }
    }
}

/// Rows of one kind, in the order of their keys.
#[derive(Debug)]
pub(super) struct Cells<T> {
    cells: BTreeMap<Vec<u8>, Cell<T>>,
    /// Keys of changed cells.
    changed: Vec<Vec<u8>>,
}

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self { cells: BTreeMap::new(), changed: Vec::new() }
    }
}

impl<T> Cells<T> {
    /// `None`: not loaded. `Some(None)`: there is no such row.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&T>> {
        self.cells.get(key).map(|cell| cell.value.as_ref())
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Option<T>) {
        self.lay(key, value, true);
    }

    /// Puts a row of which the engine knows that the store has none: taking it back before it is written writes nothing. A cell that is
    /// there may be a row to be deleted; then the store has one.
    fn put_new(&mut self, key: Vec<u8>, value: T) {
        self.lay(key, Some(value), false);
    }

    /// `stored`: whether the store may have a row where no cell says so.
    fn lay(&mut self, key: Vec<u8>, value: Option<T>, stored: bool) {
        match self.cells.get_mut(&key) {
            None => {
                self.changed.push(key.clone());
                self.cells.insert(key, Cell { value, changed: true, stored });
            }
            Some(cell) => {
                cell.value = value;
                if !std::mem::replace(&mut cell.changed, true) {
                    self.changed.push(key);
                }
            }
        }
    }

    fn provide(&mut self, key: &[u8], value: impl FnOnce() -> Option<T>) {
        // What was changed since it was loaded is newer than the store.
        self.cells.entry(key.to_vec()).or_insert_with(|| Cell::loaded(value()));
    }

    fn drain(&mut self, kind: StateKind, changes: &mut Vec<Change>, encode: impl Fn(&T) -> Vec<u8>) {
        let mut keys = std::mem::take(&mut self.changed);
        keys.sort_unstable();
        for key in keys {
            let Some(cell) = self.cells.get_mut(&key) else { continue };
            changes.extend(cell.drain(kind, key, &encode));
        }
    }

    fn range<'a>(&'a self, from: &[u8], to: &[u8]) -> impl Iterator<Item = (&'a Vec<u8>, Option<&'a T>)> {
        self.cells.range(from.to_vec()..to.to_vec()).map(|(key, cell)| (key, cell.value.as_ref()))
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
    pub(super) aggregates: Aggregates,
    pub(super) tallies: Cells<Tally>,
    /// All other kinds.
    rows: BTreeMap<StateKind, Cells<Vec<u8>>>,
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
            StateKind::Tally => self.tallies.provide(key, || bytes.map(decode)),
            _ => self.rows.entry(kind).or_default().provide(key, || bytes.map(<[u8]>::to_vec)),
        }
    }

    /// The changes since the last call, encoded, by kind and key: what the batch's commit must write.
    pub fn drain_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        self.aggregates.drain(&mut changes);
        self.tallies.drain(StateKind::Tally, &mut changes, crate::canonical);
        for (kind, rows) in &mut self.rows {
            rows.drain(*kind, &mut changes, Vec::clone);
            // Indexes are written without being read; only within a range known whole must their rows stay.
            if is_index(*kind) && !self.covered.iter().any(|(covered, ..)| covered == kind) {
                rows.cells.clear();
            }
        }
        changes
    }

    /// How much it holds, in rows, an aggregate counted by its events; the shell replaces it by an empty one, between batches,
    /// when it grows too large.
    pub fn len(&self) -> usize {
        let rows: usize = self.rows.values().map(|rows| rows.cells.len()).sum();
        self.aggregates.cells.len() + self.aggregates.weight + self.tallies.cells.len() + rows
    }

    /// Whether it holds no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn row(&self, kind: StateKind, key: &[u8]) -> Option<Option<&[u8]>> {
        self.rows.get(&kind)?.get(key).map(|value| value.map(Vec::as_slice))
    }

    pub(super) fn put_row(&mut self, kind: StateKind, key: Vec<u8>, write: Write) {
        let rows = self.rows.entry(kind).or_default();
        match write {
            Write::New(value) => rows.put_new(key, value),
            Write::Put(value) => rows.put(key, Some(value)),
            Write::Delete => rows.put(key, None),
        }
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
        let rows = self.rows.get(&kind).into_iter().flat_map(|rows| rows.range(from, to));
        rows.map(|(key, value)| (key.clone(), value.cloned())).collect()
    }

    pub(super) fn tally_keys(&self, from: &[u8], to: &[u8]) -> Vec<Vec<u8>> {
        self.tallies.range(from, to).filter(|(_, tally)| tally.is_some()).map(|(key, _)| key.clone()).collect()
    }
}

/// Whether rows of this kind are written blindly and read in ranges alone.
fn is_index(kind: StateKind) -> bool {
    match kind {
        StateKind::TallyFact | StateKind::FactByTime | StateKind::Waiting | StateKind::Held | StateKind::Anomaly => {
            true
        }
        StateKind::Aggregate | StateKind::Tally | StateKind::Presence | StateKind::Resident | StateKind::Cohort => {
            false
        }
    }
}

/// The first key after `key`.
pub(super) fn after(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}
