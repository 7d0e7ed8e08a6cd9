//! What every design must do.

use std::collections::BTreeMap;

use anyhow::Result;

/// Sums by (subject, day): points in thousandths and facts.
pub(crate) type Totals = BTreeMap<(String, i32), (i64, i64)>;

/// One way to take events in.
pub(crate) trait Design {
    /// Takes a batch of JSON events in one durable transaction.
    fn take(&mut self, batch: &[String]) -> Result<()>;
    /// The totals it kept, of people, windows, departments and halls.
    fn totals(&mut self) -> Result<Totals>;
}
