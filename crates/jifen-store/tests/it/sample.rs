//! Sample rows, and the seeded numbers that vary them.

use jifen_core::{
    canonical,
    event::{Event, EventType, Members},
    fact::Place,
    id::{ActorId, Digest, EventKey},
    journal::{Record, SEMANTICS},
    ledger::{Anchor, Entry, EntryKind, Subject},
    points::Points,
    rule::Dimension,
    time::{Date, Instant, Period},
};
use jifen_scratch::Scratch;
use jifen_store::{Access, Commit, Database, JournalRow, LedgerRow, RegionId};

/// A fresh database with one region, in a file or on a server.
pub(crate) struct Fixture {
    pub(crate) scratch: Scratch,
    pub(crate) database: Database,
    pub(crate) region: RegionId,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::on(Scratch::new())
    }

    pub(crate) fn on(scratch: Scratch) -> Self {
        let database = open(scratch.url());
        let region = database.create_region("hall", [7; 32]).unwrap().id;
        Self { scratch, database, region }
    }

    pub(crate) fn commit(&self, batch: &Commit) {
        self.database.commit(self.region, batch).unwrap();
    }
}

pub(crate) fn open(url: &str) -> Database {
    Database::open(url, Access::Write { holder: "test".to_owned() }).unwrap()
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

pub(crate) fn record(position: u64) -> Record {
    let event = Event {
        source: "queue".to_owned(),
        id: format!("event-{position}"),
        kind: EventType::CaseAccepted,
        time: Instant(1_000 * position as i64),
        sequence: None,
        data: Members::default(),
    };
    Record { position, received: Instant(7), semantics: SEMANTICS, by: "source:queue".to_owned(), event }
}

pub(crate) fn journal_row(position: u64) -> JournalRow {
    let record = record(position);
    JournalRow { position, bytes: canonical(&record), key: record.event.key(), body: [position as u8; 16] }
}

/// A batch of nothing but records after `head`.
pub(crate) fn records(head: u64, count: u64) -> Commit {
    let records = (head + 1..=head + count).map(journal_row).collect();
    Commit { expected_head: head, records, ..Commit::default() }
}

pub(crate) fn person(number: u8) -> Subject {
    Subject::Person(actor(number))
}

pub(crate) fn actor(number: u8) -> ActorId {
    ActorId([number; 16])
}

pub(crate) fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub(crate) fn entry(position: u64, subject: Subject, business_date: Date) -> Entry {
    Entry {
        position,
        kind: EntryKind::Award,
        rule: "counter-service".to_owned(),
        version: Digest([1; 32]),
        band: Some(0),
        dimension: Dimension::Efficiency,
        subject,
        points: Points(5_000),
        business_date,
        booked_month: Period::holding(jifen_core::time::Grain::Month, business_date).first,
        anchor: Anchor::Fact(EventKey([position as u8; 16])),
        person: None,
        place: Place::default(),
        reverses: None,
        facts_count: 1,
        facts: Digest([2; 32]),
        records: Digest([3; 32]),
        cause: 1,
    }
}

pub(crate) fn ledger_row(entry: Entry) -> LedgerRow {
    let bytes = canonical(&entry);
    LedgerRow { digest: Digest::of(&bytes), locator: entry.position.to_be_bytes().to_vec(), bytes, entry }
}
