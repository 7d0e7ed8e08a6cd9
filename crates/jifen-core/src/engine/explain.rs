//! Reading state rows for people: the facts behind an entry, what is held, what makes no fact.

use minicbor::{Decode, Encode};

use super::tally::{Tally, TallyFact, tally_fact_prefix};
use crate::{
    case::{Aggregate, FactState},
    id::EventKey,
    state::{Need, StateKind, prefix_end},
};

/// The facts of an aggregate's row.
///
/// # Errors
/// When the row cannot be read.
pub fn facts_of(aggregate: &[u8]) -> Result<Vec<FactState>, minicbor::decode::Error> {
    aggregate_of(aggregate).map(|aggregate| aggregate.facts)
}

/// A whole aggregate: its events in their own order, its facts, what makes none.
///
/// # Errors
/// When the row cannot be read.
pub fn aggregate_of(row: &[u8]) -> Result<Aggregate, minicbor::decode::Error> {
    minicbor::decode(row)
}

/// A tally's row.
///
/// # Errors
/// When the row cannot be read.
pub fn tally_of(row: &[u8]) -> Result<Tally, minicbor::decode::Error> {
    minicbor::decode(row)
}

/// The rows of a tally's facts after `after`, in the order of their ids.
pub fn tally_fact_range(tally: &[u8], after: Option<EventKey>, limit: usize) -> Need {
    let prefix = tally_fact_prefix(tally);
    let mut from = prefix.clone();
    if let Some(after) = after {
        from.extend_from_slice(&after.0);
        from.push(0);
    }
    Need::Range { kind: StateKind::TallyFact, from, to: prefix_end(&prefix), limit }
}

/// A fact's line in a tally.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactLine {
    /// The fact.
    pub fact: EventKey,
    /// What the tally keeps of it.
    pub line: TallyFact,
}

impl FactLine {
    /// Reads a row of [`tally_fact_range`].
    pub fn parse(key: &[u8], value: &[u8]) -> Option<Self> {
        let fact = key.len().checked_sub(16).and_then(|start| key[start..].try_into().ok())?;
        Some(Self { fact: EventKey(fact), line: minicbor::decode(value).ok()? })
    }
}

/// A fact on hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldFact {
    /// The fact.
    pub fact: EventKey,
    /// State key of its aggregate.
    pub locator: Vec<u8>,
}

/// Reads a row of [`StateKind::Held`].
pub fn held_row(key: &[u8], value: &[u8]) -> Option<HeldFact> {
    Some(HeldFact { fact: EventKey(key.try_into().ok()?), locator: value.to_vec() })
}

/// Something that makes no fact, or a rule that cannot evaluate one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedAnomaly {
    /// The event, or the fact where a rule is named.
    pub key: EventKey,
    /// The rule that cannot evaluate the fact.
    pub rule: Option<String>,
    /// Stable code of the reason.
    pub reason: String,
    /// State key of the aggregate.
    pub locator: Vec<u8>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct AnomalyRow {
    #[n(0)]
    reason: String,
    #[n(1)]
    locator: Vec<u8>,
}

/// Reads a row of [`StateKind::Anomaly`].
pub fn anomaly_row(key: &[u8], value: &[u8]) -> Option<NamedAnomaly> {
    let (class, rest) = key.split_first()?;
    let (id, rule) = rest.split_at_checked(16)?;
    let rule = (*class == 1).then(|| String::from_utf8_lossy(rule).into_owned());
    let row: AnomalyRow = minicbor::decode(value).ok()?;
    Some(NamedAnomaly { key: EventKey(id.try_into().ok()?), rule, reason: row.reason, locator: row.locator })
}
