//! One record's effects, laid over the working set until they are complete; dropped whole when rows are missing.

use std::collections::BTreeMap;

use minicbor::Decode;

use super::{
    Needs, Posted,
    resident::{Counters, Intent, Resident, ResidentChange, Scope},
    tally::Tally,
    working_set::{WorkingSet, Write, after, decode},
};
use crate::{
    case::Aggregate,
    ledger::{Entry, Subject, SubjectRef},
    measure::Measures,
    points::Points,
    rollup::{Lines, Rollup},
    rule::Dimension,
    state::{Need, Rows, StateKind},
    time::{Date, Grain, Instant},
};

/// Rows are missing; which ones is noted in the transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pending;

pub(super) type Step<T> = Result<T, Pending>;

/// The effects so far.
pub(super) struct Transaction<'a> {
    pub(super) resident: &'a Resident,
    working_set: &'a WorkingSet,
    needs: Vec<Need>,
    aggregates: BTreeMap<Vec<u8>, Aggregate>,
    tallies: BTreeMap<Vec<u8>, Option<Tally>>,
    rows: BTreeMap<(StateKind, Vec<u8>), Write>,
    pub(super) changes: Vec<ResidentChange>,
    pub(super) counters: Counters,
    pub(super) entries: Vec<Posted>,
    pub(super) rollups: Lines,
    pub(super) measures: Measures,
    /// The record being applied.
    pub(super) position: u64,
    /// Whether tallies are settled even where their facts did not change: their rules may have.
    pub(super) forced: bool,
}

/// A transaction's effects, ready to be laid into region and working set.
pub(super) struct Effects {
    aggregates: BTreeMap<Vec<u8>, Aggregate>,
    tallies: BTreeMap<Vec<u8>, Option<Tally>>,
    rows: BTreeMap<(StateKind, Vec<u8>), Write>,
    pub(super) changes: Vec<ResidentChange>,
    pub(super) entries: Vec<Posted>,
    pub(super) rollups: Lines,
    pub(super) measures: Measures,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(resident: &'a Resident, working_set: &'a WorkingSet, position: u64) -> Self {
        Self {
            resident,
            working_set,
            needs: Vec::new(),
            aggregates: BTreeMap::new(),
            tallies: BTreeMap::new(),
            rows: BTreeMap::new(),
            changes: Vec::new(),
            counters: resident.counters,
            entries: Vec::new(),
            rollups: Lines::default(),
            measures: Measures::new(),
            position,
            forced: false,
        }
    }

    /// Ends the transaction.
    pub(super) fn finish(mut self, done: Step<()>) -> Result<Effects, Needs> {
        if done.is_err() {
            self.needs.sort();
            self.needs.dedup();
            return Err(Needs(self.needs));
        }
        if self.counters != self.resident.counters {
            self.changes.push(ResidentChange::Counters(self.counters));
        }
        let resident: Vec<_> = self.changes.iter().map(ResidentChange::row).collect();
        resident.into_iter().for_each(|(key, value)| self.put_row(StateKind::Resident, key, value));
        Ok(Effects {
            aggregates: self.aggregates,
            tallies: self.tallies,
            rows: self.rows,
            changes: self.changes,
            entries: self.entries,
            rollups: self.rollups,
            measures: self.measures,
        })
    }

    /// Notes that a row will be needed; read it after [`Transaction::complete`].
    pub(super) fn want(&mut self, kind: StateKind, key: &[u8]) {
        if !self.knows(kind, key) {
            self.needs.push(Need::Row(kind, key.to_vec()));
        }
    }

    fn knows(&self, kind: StateKind, key: &[u8]) -> bool {
        match kind {
            StateKind::Aggregate => self.aggregates.contains_key(key) || self.working_set.aggregates.get(key).is_some(),
            StateKind::Tally => self.tallies.contains_key(key) || self.working_set.tallies.get(key).is_some(),
            _ => self.local_row(kind, key).is_some() || self.working_set.row(kind, key).is_some(),
        }
    }

    fn local_row(&self, kind: StateKind, key: &[u8]) -> Option<Option<&[u8]>> {
        // PERF: most records write no row before they read one, and the look-up needs a key of its own.
        if self.rows.is_empty() {
            return None;
        }
        self.rows.get(&(kind, key.to_vec())).map(|write| write.value().map(Vec::as_slice))
    }

    /// Stops here because this row is missing; what others miss does not matter, so that one round asks for all.
    fn missing(&mut self, kind: StateKind, key: &[u8]) -> Pending {
        self.needs.push(Need::Row(kind, key.to_vec()));
        Pending
    }

    /// Stops here if any wanted row is missing.
    pub(super) fn complete(&self) -> Step<()> {
        if self.needs.is_empty() { Ok(()) } else { Err(Pending) }
    }

    pub(super) fn aggregate(&mut self, key: &[u8]) -> Step<Aggregate> {
        let known = match self.aggregates.get(key) {
            Some(local) => Some(Some(local)),
            None => self.working_set.aggregates.get(key),
        };
        let Some(known) = known else { return Err(self.missing(StateKind::Aggregate, key)) };
        Ok(known.cloned().unwrap_or_default())
    }

    pub(super) fn put_aggregate(&mut self, key: Vec<u8>, aggregate: Aggregate) {
        self.aggregates.insert(key, aggregate);
    }

    pub(super) fn tally(&mut self, key: &[u8]) -> Step<Tally> {
        let known = match self.tallies.get(key) {
            Some(local) => Some(local.as_ref()),
            None => self.working_set.tallies.get(key),
        };
        let Some(known) = known else { return Err(self.missing(StateKind::Tally, key)) };
        Ok(known.cloned().unwrap_or_default())
    }

    pub(super) fn put_tally(&mut self, key: Vec<u8>, tally: Tally) {
        let empty = tally.facts == 0
            && tally.provisional.is_none()
            && tally.booked.is_none()
            && tally.capped.is_none()
            && tally.sheeted.is_none()
            && tally.sheet.is_none();
        self.tallies.insert(key, (!empty).then_some(tally));
    }

    pub(super) fn row<T: for<'b> Decode<'b, ()>>(&mut self, kind: StateKind, key: &[u8]) -> Step<Option<T>> {
        let known = self.local_row(kind, key).or_else(|| self.working_set.row(kind, key));
        let Some(known) = known else { return Err(self.missing(kind, key)) };
        Ok(known.map(decode))
    }

    /// Writes a row without having read it; `None` deletes.
    pub(super) fn put_row(&mut self, kind: StateKind, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.rows.insert((kind, key), value.map_or(Write::Delete, Write::Put));
    }

    /// Writes a row of which the state as it is holds none.
    pub(super) fn put_new_row(&mut self, kind: StateKind, key: Vec<u8>, value: Vec<u8>) {
        let row = (kind, key);
        // What this record did to it before may have been to delete what the store has.
        let write = if self.rows.contains_key(&row) { Write::Put } else { Write::New };
        self.rows.insert(row, write(value));
    }

    /// The first `limit` rows with `from <= key < to` as they are now, and the key up to which these are all.
    ///
    /// INVARIANT: the answer depends on the state alone, never on what the store holds of it or on what was asked before;
    /// else the steps of a recalculation, and with them the ledger, would show where batches ended.
    pub(super) fn range(&mut self, kind: StateKind, from: &[u8], to: &[u8], limit: usize) -> Step<(Rows, Vec<u8>)> {
        let known = self.working_set.covered_to(kind, from, to);
        let mut rows = self.working_set.range(kind, from, &known);
        for ((_, key), value) in self.rows.range((kind, from.to_vec())..(kind, known.clone())) {
            rows.insert(key.clone(), value.value().cloned());
        }
        let there = rows.into_iter().filter_map(|(key, value)| value.map(|value| (key, value)));
        let rows: Vec<_> = there.take(limit).collect();
        let end = self.end_of(kind, (from, to), known, (rows.len(), limit), rows.last().map(|(key, _)| key))?;
        Ok((rows, end))
    }

    /// Keys of the first `limit` tallies with `from <= key < to`, as [`Transaction::range`] gives rows.
    pub(super) fn tally_keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Step<(Vec<Vec<u8>>, Vec<u8>)> {
        let known = self.working_set.covered_to(StateKind::Tally, from, to);
        let mut keys = self.working_set.tally_keys(from, &known);
        keys.truncate(limit);
        let end = self.end_of(StateKind::Tally, (from, to), known, (keys.len(), limit), keys.last())?;
        Ok((keys, end))
    }

    fn end_of(
        &mut self,
        kind: StateKind,
        (from, to): (&[u8], &[u8]),
        known: Vec<u8>,
        (found, limit): (usize, usize),
        last: Option<&Vec<u8>>,
    ) -> Step<Vec<u8>> {
        if let Some(last) = last.filter(|_| found == limit) {
            return Ok(after(last));
        }
        if from < to && known.as_slice() < to {
            self.needs.push(Need::Range { kind, from: known, to: to.to_vec(), limit });
            return Err(Pending);
        }
        Ok(to.to_vec())
    }

    /// Posts an entry: gives it its position and adds it to the boards.
    pub(super) fn post(&mut self, mut entry: Entry, grain: Grain, locator: Vec<u8>) -> u64 {
        self.counters.ledger += 1;
        entry.position = self.counters.ledger;
        entry.cause = self.position;
        let posted = Rollup { own_posted: entry.points, ..Rollup::default() };
        self.add(&entry.subject, &entry.rule, Some(entry.dimension), entry.business_date, grain, &entry.place, posted);
        let position = entry.position;
        self.entries.push(Posted { entry, locator });
        position
    }

    /// Adds to the rows of a subject and, for a person, of the window, department and hall frozen with it.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of a rollup key")]
    pub(super) fn add(
        &mut self,
        subject: &Subject,
        rule: &str,
        dimension: Option<Dimension>,
        date: Date,
        grain: Grain,
        place: &crate::fact::Place,
        own: Rollup,
    ) {
        let members = Rollup {
            own_posted: Points::ZERO,
            members_posted: own.own_posted,
            own_provisional: Points::ZERO,
            members_provisional: own.own_provisional,
            facts: own.facts,
        };
        self.rollups.add(date, grain, subject.as_ref(), rule, dimension, own);
        if let Subject::Person(_) = subject {
            for holder in holders(place) {
                self.rollups.add(date, grain, holder, rule, dimension, members);
            }
        }
    }

    /// Notes a recalculation of facts in `from..to`, unless no fact is that late.
    pub(super) fn recalculate(&mut self, from: Instant, to: Instant) {
        let latest = self.counters.latest_fact;
        if latest != Instant::MIN && from <= latest && from < to {
            self.intend(Intent { scope: Scope::Span(from, to), cursor: Vec::new() });
        }
    }

    /// Notes a recalculation.
    pub(super) fn intend(&mut self, intent: Intent) {
        self.counters.intent += 1;
        self.changes.push(ResidentChange::Intent { number: self.counters.intent, intent: Some(intent) });
    }
}

/// The window, department and hall of a place, as subjects.
pub(super) fn holders(place: &crate::fact::Place) -> impl Iterator<Item = SubjectRef<'_>> {
    let window = place.window.as_deref().map(SubjectRef::Window);
    let department = place.department.as_deref().map(SubjectRef::Department);
    let hall = place.hall.as_deref().map(SubjectRef::Hall);
    [window, department, hall].into_iter().flatten()
}

impl Effects {
    /// Lays the effects into the working set.
    pub(super) fn lay(self, working_set: &mut WorkingSet) -> (Vec<ResidentChange>, Vec<Posted>, Lines, Measures) {
        for (key, aggregate) in self.aggregates {
            working_set.aggregates.put(key, aggregate);
        }
        for (key, tally) in self.tallies {
            working_set.tallies.put(key, tally);
        }
        for ((kind, key), value) in self.rows {
            working_set.put_row(kind, key, value);
        }
        (self.changes, self.entries, self.rollups, self.measures)
    }
}
