//! A transaction in the making: what the records of one batch add to the store.

use std::collections::BTreeSet;

use jifen_core::{
    engine::Applied,
    event::{Event, EventType, Personal, member},
    id::{ActorId, ActorRef, EventKey},
    journal::Record,
    measure::{self, Measures},
    rollup::Sum,
    roster::Organisation,
    state::Change,
};
use jifen_store::{Commit, Head, JournalRow, Known, LedgerRow, Mended, PersonalRow, QuarantineRow};

use super::{Purpose, Seen, Sent, WriterError};

pub(super) struct Draft {
    start: Head,
    seen: Seen,
    records: Vec<JournalRow>,
    entries: Vec<LedgerRow>,
    rollups: Sum,
    measures: Measures,
    personal: Vec<PersonalRow>,
    actors: Vec<(ActorRef, String, String)>,
    actors_seen: BTreeSet<ActorRef>,
    quarantine: Vec<QuarantineRow>,
    mended: Vec<Mended>,
    resident: bool,
}

impl Draft {
    pub(super) fn new(start: Head) -> Self {
        Self {
            start,
            seen: Seen::default(),
            records: Vec::new(),
            entries: Vec::new(),
            rollups: Sum::default(),
            measures: Measures::new(),
            personal: Vec::new(),
            actors: Vec::new(),
            actors_seen: BTreeSet::new(),
            quarantine: Vec::new(),
            mended: Vec::new(),
            resident: false,
        }
    }

    /// Whether its records changed organisation, rules or periods.
    pub(super) fn is_resident(&self) -> bool {
        self.resident
    }

    pub(super) fn next_position(&self) -> u64 {
        self.start.journal + self.records.len() as u64 + 1
    }

    pub(super) fn know(&mut self, key: EventKey, known: Known) {
        self.seen.insert(key, known);
    }

    pub(super) fn known(&self, key: EventKey) -> Option<&Known> {
        self.seen.get(&key)
    }

    pub(super) fn quarantine(&mut self, row: QuarantineRow) {
        self.quarantine.push(row);
    }

    /// The record at `position` mends what was sent to be mended.
    pub(super) fn mend(&mut self, sent: &Sent, position: u64) {
        if let Purpose::Mends(number) = sent.purpose {
            self.mended.push(Mended { number, at: sent.received, by: sent.by.clone(), position });
        }
    }

    pub(super) fn personal(&mut self, record: &Record, organisation: &Organisation, personal: Vec<Personal>) {
        let actor = if personal.is_empty() { None } else { whose(&record.event, organisation) };
        for personal in personal {
            self.personal.push(PersonalRow {
                position: record.position,
                member: personal.member.to_owned(),
                actor,
                salt: personal.salt,
                text: personal.text,
            });
        }
    }

    pub(super) fn actors(&mut self, codes: Vec<(ActorRef, String, String)>) {
        for code in codes {
            if self.actors_seen.insert(code.0) {
                self.actors.push(code);
            }
        }
    }

    pub(super) fn record(
        &mut self,
        position: u64,
        bytes: Vec<u8>,
        key: EventKey,
        body: [u8; 16],
        applied: Applied,
    ) -> Result<(), WriterError> {
        self.seen.insert(key, Known { position, body });
        self.resident |= applied.resident;
        self.records.push(JournalRow { position, bytes, key, body });
        for posted in applied.entries {
            let expected = self.start.ledger + self.entries.len() as u64 + 1;
            // INVARIANT: ledger positions have no gaps; a gap would never close again.
            if posted.entry.position != expected {
                return Err(WriterError::Broken(format!(
                    "record {position} posted entry {} where {expected} comes next",
                    posted.entry.position
                )));
            }
            let bytes = jifen_core::canonical(&posted.entry);
            let digest = jifen_core::id::Digest::of(&bytes);
            self.entries.push(LedgerRow { entry: posted.entry, bytes, digest, locator: posted.locator });
        }
        self.rollups.add(applied.rollups);
        measure::add(&mut self.measures, applied.measures);
        Ok(())
    }

    /// The transaction with the state rows the records changed, and the head it leads to.
    pub(super) fn finish(self, changes: Vec<Change>) -> (Head, Commit) {
        let head = Head {
            journal: self.start.journal + self.records.len() as u64,
            ledger: self.start.ledger + self.entries.len() as u64,
        };
        let commit = Commit {
            expected_head: self.start.journal,
            records: self.records,
            changes,
            entries: self.entries,
            rollups: self.rollups.rows(),
            measures: self.measures,
            personal: self.personal,
            actors: self.actors,
            quarantine: self.quarantine,
            mended: self.mended,
        };
        (head, commit)
    }
}

/// Whose texts an event's are, under whose key they lie: of the person it tells of. What a citizen says is nobody's whom the journal knows.
fn whose(event: &Event, organisation: &Organisation) -> Option<ActorId> {
    match event.kind {
        EventType::RatingSubmitted | EventType::ComplaintFiled => None,
        EventType::OrganisationPerson | EventType::ActorIdentified => named_person(event),
        _ => event.data.actor(member::PERSON).map(|person| organisation.canonical(person)),
    }
}

/// Whose name a `person_name` is: the person's where the event names one, else the identified actor's.
fn named_person(event: &Event) -> Option<ActorId> {
    [member::PERSON, member::ACTOR].into_iter().find_map(|id| event.data.actor(id)).map(|actor| actor.plain)
}
