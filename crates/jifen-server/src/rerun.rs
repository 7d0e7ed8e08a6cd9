//! The journal applied again in memory, from nothing: what a replay compares with, a what-if counts and a worked case settles.
//!
//! In: records in order. Out: what each did. The state stands in a map as it would in the store.

use std::collections::BTreeMap;

use jifen_core::{
    engine::{Applied, Region, WorkingSet},
    journal::Record,
    state::{Need, Rows, StateKind},
};

/// Records read from the journal at a time; after each page [`Rerun::settle`] is due.
pub(crate) const PAGE: usize = 4_096;
/// The working set is emptied into the map when it holds more rows than this.
const WORKING_SET_ROWS_MAX: usize = 100_000;
/// Most rounds of loading for one record, as the writer allows.
const LOAD_ROUNDS_MAX: usize = 64;

/// A record's needs do not end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("its needs do not end after {LOAD_ROUNDS_MAX} rounds")]
pub(crate) struct Endless;

/// A region made anew from its journal.
#[derive(Default)]
pub(crate) struct Rerun {
    region: Region,
    working_set: WorkingSet,
    /// The state as the store would hold it, without what is resident.
    state: BTreeMap<(StateKind, Vec<u8>), Vec<u8>>,
}

impl Rerun {
    /// The resident state so far.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// Applies the next record.
    pub(crate) fn apply(&mut self, record: &Record) -> Result<Applied, Endless> {
        let digest = record.digest();
        for _ in 0..LOAD_ROUNDS_MAX {
            match self.region.apply(record, digest, &mut self.working_set) {
                Ok(applied) => return Ok(applied),
                Err(needs) => self.provide(&needs.0),
            }
        }
        Err(Endless)
    }

    fn provide(&mut self, needs: &[Need]) {
        // As from the store: rows as of the last page's end; what changed since lies over them in the working set.
        for need in needs {
            let rows: Rows = match need {
                Need::Row(kind, key) => {
                    let value = self.state.get(&(*kind, key.clone()));
                    value.map(|value| (key.clone(), value.clone())).into_iter().collect()
                }
                Need::Range { kind, from, to, limit } => self
                    .state
                    .range((*kind, from.clone())..(*kind, to.clone()))
                    .take(*limit)
                    .map(|((_, key), value)| (key.clone(), value.clone()))
                    .collect(),
            };
            self.working_set.provide(need, rows);
        }
    }

    /// The rows of one part of the state, as of the last [`Rerun::settle`].
    pub(crate) fn rows(&self, kind: StateKind) -> impl Iterator<Item = (&[u8], &[u8])> {
        let rows = self.state.range((kind, Vec::new())..).take_while(move |((other, _), _)| *other == kind);
        rows.map(|((_, key), value)| (key.as_slice(), value.as_slice()))
    }

    /// Lays the page's changes into the state, as a commit would, and keeps the working set small.
    pub(crate) fn settle(&mut self) {
        for change in self.working_set.drain_changes() {
            match change.value {
                // Resident rows live in the region itself.
                _ if change.kind == StateKind::Resident => {}
                Some(value) => drop(self.state.insert((change.kind, change.key), value)),
                None => drop(self.state.remove(&(change.kind, change.key))),
            }
        }
        if self.working_set.len() > WORKING_SET_ROWS_MAX {
            self.working_set = WorkingSet::default();
        }
    }
}
