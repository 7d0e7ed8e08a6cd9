//! The rows loaded from the store, with the changes of records applied since laid over them.

use std::collections::BTreeMap;

use crate::state::{Need, Rows, StateKind};

/// Committed rows plus the effects of the batch's earlier records.
#[derive(Default)]
pub struct WorkingSet {
    rows: BTreeMap<(StateKind, Vec<u8>), Option<Vec<u8>>>,
}

impl WorkingSet {
    /// Answers a need with the store's rows.
    pub fn provide(&mut self, _need: &Need, _rows: Rows) {
        self.rows.clear();
    }

    /// How many rows it holds; the shell drops it when it grows too large.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
