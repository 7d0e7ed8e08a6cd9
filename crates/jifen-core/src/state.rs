//! What the engine keeps between records: keyed bytes that any ordered store can hold, and the demands it makes on them.
//!
//! The shell answers a [`Need`] with rows and stores a [`Change`]; it never looks into keys or values.

/// A part of the state; its number is the first part of the stored key and never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum StateKind {
    /// Folded events and the facts they make: (family, key).
    Aggregate = 1,
    /// Sums of a period rule or a cap: (period, rule, subject).
    Tally = 2,
    /// The facts in a tally: tally key, fact id.
    TallyFact = 3,
    /// Facts by business time: (time, fact id).
    FactByTime = 4,
    /// Facts whose awards wait for an actor to be identified: (actor, fact id).
    Waiting = 5,
    /// Who signed in where: (window, day of UTC).
    Presence = 6,
    /// Organisation, rules, calendars, periods …: small, always in memory.
    Resident = 7,
    /// Facts on hold, for people to judge: fact id.
    Held = 8,
    /// Events that make no fact, for people to look at: (aggregate, event).
    Anomaly = 9,
    /// Facts whose awards depend on each other: (what for, period, name, subject).
    Cohort = 10,
}

/// Rows the engine must see before it can apply a record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Need {
    /// The row with exactly this key.
    Row(StateKind, Vec<u8>),
    /// Rows of `kind` with `from <= key < to` in byte order, at most `limit`.
    Range {
        /// Part of the state.
        kind: StateKind,
        /// First key.
        from: Vec<u8>,
        /// Key after the last.
        to: Vec<u8>,
        /// Most rows to give.
        limit: usize,
    },
}

/// The answer to a [`Need`]: rows in byte order of their keys.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// A row to write, or to delete where the value is `None`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Part of the state.
    pub kind: StateKind,
    /// Key.
    pub key: Vec<u8>,
    /// New value.
    pub value: Option<Vec<u8>>,
    /// Whether the store is known to have no row of this key; a store may count on it. `false`: it may have one.
    pub is_new: bool,
}

/// The key after every key that begins with `prefix`.
pub fn prefix_end(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return end;
        }
        end.pop();
    }
    vec![u8::MAX; 64]
}
