//! A store in memory: the engine on nothing but ordered maps, as the laws and stories run it.

use std::collections::BTreeMap;

use jifen_core::{
    engine::{Applied, Needs, Posted, Region, WorkingSet},
    event::{Admitted, admit},
    id::{EventKey, RegionSecret},
    journal::{Record, SEMANTICS},
    rollup::{Rollup, RollupKey, rows_of},
    state::{Need, Rows, StateKind},
    time::Instant,
};
use serde_json::{Map, Value, json};

/// When every event of a test is received.
pub(crate) const RECEIVED: Instant = Instant(4_000_000_000_000);

/// A record is applied in a few rounds of loading, however many rows it needs; facts made of facts and awards that exclude each
/// other take some more.
const ROUNDS_MAX: u32 = 20;

/// One region in memory.
#[derive(Default, Debug)]
pub(crate) struct Memory {
    pub(crate) region: Region,
    working_set: WorkingSet,
    state: BTreeMap<(StateKind, Vec<u8>), Vec<u8>>,
    known: BTreeMap<EventKey, [u8; 16]>,
    pub(crate) journal: Vec<Record>,
    pub(crate) ledger: Vec<Posted>,
    pub(crate) rollups: BTreeMap<RollupKey, Rollup>,
    pub(crate) codes: BTreeMap<jifen_core::id::ActorId, String>,
    /// Who sends what comes next, and when it is received; `test` and [`RECEIVED`] without.
    pub(crate) sender: Option<(String, Instant)>,
}

/// What became of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    Repeated,
    Conflicting,
    Refused(String),
}

pub(crate) fn secret() -> RegionSecret {
    RegionSecret::new([7; 32])
}

/// A CloudEvent.
pub(crate) fn event(id: &str, kind: &str, time: &str, data: Value) -> Map<String, Value> {
    let envelope = json!({"specversion": "1.0", "source": "test", "id": id, "type": format!("jifen.{kind}"),
        "time": time, "data": data});
    envelope.as_object().cloned().expect("an object")
}

impl Memory {
    /// Takes an event in, with the recalculation it causes.
    pub(crate) fn take(&mut self, envelope: Map<String, Value>) -> Outcome {
        let outcome = self.offer(envelope);
        while self.step() {}
        outcome
    }

    /// Takes an event in and leaves the recalculation it causes pending.
    pub(crate) fn offer(&mut self, envelope: Map<String, Value>) -> Outcome {
        let mut count = 0_u8;
        let mut salt = || {
            count += 1;
            [count; 16]
        };
        let admitted = match admit(&envelope, &secret(), RECEIVED, &mut salt) {
            Ok(admitted) => admitted,
            Err(refusal) => return Outcome::Refused(refusal.to_string()),
        };
        self.append(admitted)
    }

    fn append(&mut self, admitted: Admitted) -> Outcome {
        match self.known.get(&admitted.key) {
            Some(body) if *body == admitted.body => return Outcome::Repeated,
            Some(_) => return Outcome::Conflicting,
            None => {}
        }
        let (by, received) = self.sender.clone().unwrap_or_else(|| ("test".to_owned(), RECEIVED));
        let position = self.journal.len() as u64 + 1;
        let record = Record { position, received, semantics: SEMANTICS, by, event: admitted.event };
        if let Some(refused) = self.region.refuses(&record) {
            return Outcome::Refused(refused.reason.en);
        }
        for (actor, _, code) in admitted.codes {
            self.codes.insert(actor.sourced, code.clone());
            self.codes.insert(actor.plain, code);
        }
        self.known.insert(admitted.key, admitted.body);
        self.apply(record);
        Outcome::Accepted
    }

    /// One step of the recalculation that is pending, if any is.
    pub(crate) fn step(&mut self) -> bool {
        let Some(intent) = self.region.pending() else { return false };
        let position = self.journal.len() as u64 + 1;
        let time = self.journal.last().map_or(RECEIVED, |record| record.event.time);
        let envelope = event(
            &format!("recalculation/{intent}/{position}"),
            "recalculation.step",
            &time.to_rfc3339(),
            json!({"intent": intent}),
        );
        let step = admit(&envelope, &secret(), RECEIVED, &mut || [0; 16]).expect("a step");
        let (received, by) = (RECEIVED, "engine".to_owned());
        let record = Record { position, received, semantics: SEMANTICS, by, event: step.event };
        assert_eq!(self.region.refuses(&record), None);
        self.apply(record);
        true
    }

    /// Applies a record, loading what it needs.
    pub(crate) fn apply(&mut self, record: Record) {
        let digest = record.digest();
        let mut rounds = 0;
        let applied = loop {
            rounds += 1;
            assert!(rounds <= ROUNDS_MAX, "{:?} asks for rows {rounds} times", record.event.kind);
            match self.region.apply(&record, digest, &mut self.working_set) {
                Ok(applied) => break applied,
                Err(Needs(needs)) => {
                    assert!(!needs.is_empty(), "a record that waits must say for what");
                    for need in needs {
                        let rows = self.load(&need);
                        self.working_set.provide(&need, rows);
                    }
                }
            }
        };
        self.journal.push(record);
        let Applied { entries, rollups, .. } = applied;
        self.ledger.extend(entries);
        for (key, change) in rows_of(rollups) {
            *self.rollups.entry(key).or_default() += change;
        }
    }

    fn load(&self, need: &Need) -> Rows {
        match need {
            Need::Row(kind, key) => {
                let value = self.state.get(&(*kind, key.clone())).cloned();
                value.map(|value| (key.clone(), value)).into_iter().collect()
            }
            Need::Range { kind, from, to, limit } => {
                let range = self.state.range((*kind, from.clone())..(*kind, to.clone()));
                range.take(*limit).map(|((_, key), value)| (key.clone(), value.clone())).collect()
            }
        }
    }

    /// Writes the batch's changes; the working set stays, as it does between the batches of a running writer.
    pub(crate) fn write(&mut self) {
        for change in self.working_set.drain_changes() {
            let key = (change.kind, change.key);
            assert!(!change.is_new || !self.state.contains_key(&key), "{key:?} is there and said to be new");
            match change.value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }

    /// Ends a batch as a restart does: the working set is dropped and the region restored from its rows.
    pub(crate) fn commit(&mut self) {
        self.write();
        self.working_set = WorkingSet::default();
        let rows = self.rows(StateKind::Resident).map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
        self.region = Region::restore(&rows).expect("resident rows");
    }

    /// The rows written of one kind.
    pub(crate) fn rows(&self, kind: StateKind) -> impl Iterator<Item = (&[u8], &[u8])> {
        let of_kind = self.state.iter().filter(move |((k, _), _)| *k == kind);
        of_kind.map(|((_, key), value)| (key.as_slice(), value.as_slice()))
    }

    /// All rows written.
    pub(crate) fn all_rows(&self) -> &BTreeMap<(StateKind, Vec<u8>), Vec<u8>> {
        &self.state
    }

    /// Every entry in short: points, subject, rule, kind.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.ledger.iter().map(|posted| self.line(posted)).collect()
    }

    fn line(&self, posted: &Posted) -> String {
        use jifen_core::ledger::Subject;
        let entry = &posted.entry;
        let subject = match &entry.subject {
            Subject::Person(actor) if actor.is_unknown() => "UNKNOWN",
            Subject::Person(actor) => self.codes.get(actor).map_or("?", String::as_str),
            Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => code,
        };
        format!("{} {subject} {} {}", entry.points, entry.rule, entry.kind.name())
    }
}
