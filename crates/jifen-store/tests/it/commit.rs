//! Commits: all or nothing, dense, once.

use jifen_core::{
    id::{ActorRef, EventKey},
    state::{Change, Need, StateKind},
    time::{Date, Instant},
};
use jifen_store::{
    Access, Commit, Database, EntryFilter, Head, KeyRow, Known, Mended, PersonalRow, QuarantineRow, RegionId,
    Resolution, StoreError,
};

use crate::sample::{Fixture, Numbers, actor, entry, journal_row, ledger_row, open, person, record, records};

fn put(kind: StateKind, key: &[u8], value: &[u8]) -> Change {
    Change { kind, key: key.to_vec(), value: Some(value.to_vec()), is_new: false }
}

#[test]
fn a_batch_is_found_again_after_opening() {
    let mut fixture = Fixture::new();
    let mut batch = records(0, 3);
    batch.changes = vec![put(StateKind::Tally, b"t", b"1")];
    batch.entries = vec![ledger_row(entry(1, person(1), Date(20_000)))];
    fixture.commit(&batch);
    let region = fixture.region;
    fixture.database.close().unwrap();
    fixture.database = open(fixture.scratch.url());
    assert_eq!(fixture.database.head(region).unwrap(), Head { journal: 3, ledger: 1 });
    assert_eq!(fixture.database.records_after(region, 0, 10).unwrap(), [1, 2, 3].map(record));
    let rows = fixture.database.load(region, &[Need::Row(StateKind::Tally, b"t".to_vec())]).unwrap();
    assert_eq!(rows, [vec![(b"t".to_vec(), b"1".to_vec())]]);
    let kept = fixture.database.secret(region).unwrap();
    assert_eq!(kept.body(b"body"), jifen_core::id::RegionSecret::new([7; 32]).body(b"body"));
}

#[test]
fn another_head_refuses_the_batch_and_leaves_nothing() {
    let fixture = Fixture::new();
    fixture.commit(&records(0, 2));
    let mut stale = records(1, 1);
    stale.changes = vec![put(StateKind::Tally, b"t", b"1")];
    let error = fixture.database.commit(fixture.region, &stale).unwrap_err();
    assert!(matches!(error, StoreError::HeadMoved { expected: 1, found: 2 }), "{error}");
    let need = Need::Row(StateKind::Tally, b"t".to_vec());
    assert_eq!(fixture.database.load(fixture.region, &[need]).unwrap(), [vec![]]);
    fixture.commit(&records(2, 1));
}

#[test]
fn a_gap_or_a_second_change_of_a_row_refuses_the_batch() {
    let fixture = Fixture::new();
    let mut gap = records(0, 2);
    gap.records[1] = journal_row(3);
    let mut late_entry = records(0, 1);
    late_entry.entries = vec![ledger_row(entry(2, person(1), Date(1)))];
    let mut twice = records(0, 1);
    twice.changes = vec![put(StateKind::Tally, b"t", b"1"), put(StateKind::Tally, b"t", b"2")];
    let mut same_event = records(0, 2);
    same_event.records[1].key = same_event.records[0].key;
    for batch in [gap, late_entry, twice, same_event] {
        let error = fixture.database.commit(fixture.region, &batch).unwrap_err();
        assert!(matches!(error, StoreError::Invariant(_)), "{error}");
        assert_eq!(fixture.database.head(fixture.region).unwrap(), Head::default());
    }
    fixture.commit(&records(0, 1));
    // The same event in a later batch.
    let mut again = records(1, 1);
    again.records[0].key = journal_row(1).key;
    assert!(matches!(fixture.database.commit(fixture.region, &again), Err(StoreError::Invariant(_))));
    fixture.commit(&records(1, 1));
}

#[test]
fn known_events_are_told_with_their_positions() {
    let fixture = Fixture::new();
    fixture.commit(&records(0, 300));
    fixture.commit(&records(300, 1));
    let keys = [journal_row(301).key, EventKey([9; 16]), journal_row(7).key, journal_row(7).key];
    let known = |position: u64| Some(Known { position, body: [position as u8; 16] });
    let expected = [known(301), None, known(7), known(7)];
    assert_eq!(fixture.database.known(fixture.region, &keys).unwrap(), expected);
    let other = fixture.database.create_region("other", [8; 32]).unwrap().id;
    assert_eq!(fixture.database.known(other, &keys).unwrap(), [None; 4]);
}

#[test]
fn the_dedupe_index_agrees_with_a_plain_map_while_runs_merge() {
    let mut fixture = Fixture::new();
    let other = fixture.database.create_region("other", [8; 32]).unwrap().id;
    let mut numbers = Numbers(5);
    let mut head = 0;
    // 150,000 events: in a file runs of 16,384 and more, eight of which become one.
    while head < 150_000 {
        let count = *numbers.pick(&[1, 700, 4096, 9000]);
        fixture.commit(&records(head, count));
        head += count;
        let asked: Vec<u64> = (0..50).map(|_| 1 + numbers.below(2 * head)).collect();
        let keys: Vec<EventKey> = asked.iter().map(|position| record(*position).event.key()).collect();
        let expected: Vec<Option<Known>> = asked
            .iter()
            .map(|position| (*position <= head).then_some(Known { position: *position, body: [*position as u8; 16] }))
            .collect();
        assert_eq!(fixture.database.known(fixture.region, &keys).unwrap(), expected, "at {head}");
        if numbers.below(8) == 0 {
            assert_eq!(fixture.database.known(other, &keys).unwrap(), vec![None; keys.len()]);
            let reader = Database::open(fixture.scratch.url(), Access::Read).unwrap();
            assert_eq!(reader.known(fixture.region, &keys).unwrap(), expected, "read at {head}");
            // What is in memory is found again.
            drop(reader);
            fixture.database.close().unwrap();
            fixture.database = open(fixture.scratch.url());
            assert_eq!(fixture.database.known(fixture.region, &keys).unwrap(), expected, "opened again at {head}");
        }
        // An event of any age is refused a second time, and the refusal leaves no trace.
        let mut again = records(head, *numbers.pick(&[2, 2_000]));
        again.records[1].key = record(1 + numbers.below(head)).event.key();
        assert!(matches!(fixture.database.commit(fixture.region, &again), Err(StoreError::Invariant(_))), "at {head}");
        assert_eq!(fixture.database.known(fixture.region, &[again.records[0].key]).unwrap(), [None]);
    }
}

#[test]
fn state_is_loaded_in_byte_order_within_limits() {
    let fixture = Fixture::new();
    let keys: [&[u8]; 6] = [b"a", b"a\0", b"a\xff", b"b", b"b\x01", b""];
    let changes = keys.iter().map(|key| put(StateKind::TallyFact, key, key));
    let changes = changes.chain([put(StateKind::Tally, b"a", b"another kind")]).collect();
    let mut batch = Commit { changes, ..Commit::default() };
    fixture.commit(&batch);
    let range = |from: &[u8], to: &[u8], limit| Need::Range {
        kind: StateKind::TallyFact,
        from: from.to_vec(),
        to: to.to_vec(),
        limit,
    };
    let needs = [
        range(b"b", b"c", 9),
        range(b"", b"b", 9),
        range(b"", b"\xff", 2),
        range(b"a\0", b"b\x01", 9),
        Need::Row(StateKind::TallyFact, b"b".to_vec()),
        Need::Row(StateKind::TallyFact, b"c".to_vec()),
        range(b"x", b"a", 9),
        range(b"", b"\xff", 0),
    ];
    let rows = fixture.database.load(fixture.region, &needs).unwrap();
    let found: Vec<Vec<&[u8]>> = rows.iter().map(|rows| rows.iter().map(|(key, _)| &key[..]).collect()).collect();
    let expected: [&[&[u8]]; 8] = [
        &[b"b", b"b\x01"],
        &[b"", b"a", b"a\0", b"a\xff"],
        &[b"", b"a"],
        &[b"a\0", b"a\xff", b"b"],
        &[b"b"],
        &[],
        &[],
        &[],
    ];
    assert_eq!(found, expected);

    // Changed and deleted.
    batch.changes = vec![
        put(StateKind::TallyFact, b"a", b"new"),
        Change { kind: StateKind::TallyFact, key: b"b".to_vec(), value: None, is_new: false },
    ];
    fixture.commit(&batch);
    let rows = fixture.database.load(fixture.region, &[range(b"a", b"b\x01", 9)]).unwrap();
    let values: Vec<&[u8]> = rows[0].iter().map(|(_, value)| &value[..]).collect();
    assert_eq!(values, [&b"new"[..], b"a\0", b"a\xff"]);
}

#[test]
fn rows_said_to_be_new_are_there_and_refused_where_one_is_not() {
    let fixture = Fixture::new();
    let new = |number: u32| Change { is_new: true, ..put(StateKind::FactByTime, &number.to_be_bytes(), b"new") };
    let whole = Need::Range { kind: StateKind::FactByTime, from: Vec::new(), to: vec![u8::MAX; 64], limit: usize::MAX };
    let found = || fixture.database.load(fixture.region, std::slice::from_ref(&whole)).unwrap().pop().unwrap().len();
    // Few, and so many that PostgreSQL copies them, each beside a change of one that is there.
    for (head, numbers) in [(0, 0..10), (1, 10..3_000)] {
        let mut batch = records(head, 1);
        batch.changes = numbers.clone().map(new).collect();
        batch.changes.push(put(StateKind::Tally, b"t", b"1"));
        fixture.commit(&batch);
        assert_eq!(found(), numbers.end as usize);
    }
    let mut wrong = records(2, 1);
    wrong.changes = (2_999..6_000).map(new).collect();
    let error = fixture.database.commit(fixture.region, &wrong).unwrap_err();
    assert!(matches!(error, StoreError::Invariant(_)), "{error}");
    assert_eq!((found(), fixture.database.head(fixture.region).unwrap().journal), (3_000, 2));
}

#[test]
fn records_are_found_across_segments_of_any_size() {
    let fixture = Fixture::new();
    let mut head = 0;
    // 20,000 records of some 60 bytes make several segments of one commit.
    for count in [1, 1, 20_000, 7, 300] {
        fixture.commit(&records(head, count));
        head += count;
    }
    let (database, region) = (&fixture.database, fixture.region);
    let all = database.records_after(region, 0, usize::MAX).unwrap();
    assert_eq!(all, (1..=head).map(record).collect::<Vec<_>>());
    for start in [0, 1, 2, 3, 9_999, 20_001, 20_002, head - 1, head, head + 5] {
        let found = database.records_after(region, start, 5).unwrap();
        assert_eq!(found, (start + 1..=(start + 5).min(head)).map(record).collect::<Vec<_>>(), "{start}");
    }
    let positions = [head, 3, 20_002, 3, 1, 12_345];
    assert_eq!(database.records(region, &positions).unwrap(), positions.map(record));
    assert!(matches!(database.records(region, &[1, head + 1]), Err(StoreError::RecordAbsent(_))));
    assert!(matches!(database.records(region, &[0]), Err(StoreError::RecordAbsent(0))));
}

#[test]
fn personal_texts_and_codes_lie_in_the_vault() {
    let fixture = Fixture::new();
    let of = |number: u8, plain: u8| ActorRef { sourced: actor(number), plain: actor(plain) };
    let name = |position, text: &str| PersonalRow {
        position,
        member: "person_name".to_owned(),
        actor: Some(actor(100)),
        salt: [position as u8; 16],
        text: text.to_owned(),
    };
    let code = |actor, source: &str, code: &str| (actor, source.to_owned(), code.to_owned());
    let mut batch = records(0, 1);
    batch.personal = vec![name(1, "张伟")];
    batch.actors = vec![
        code(of(1, 100), "queue", "Z01"),
        code(of(2, 100), "approval", "Z01"),
        code(of(1, 100), "queue", "Z01"),
        code(of(3, 101), "queue", "L02"),
    ];
    fixture.commit(&batch);
    let mut batch = records(1, 1);
    batch.personal = vec![name(2, "张卫")];
    batch.actors = vec![code(of(1, 100), "queue", "changed")];
    fixture.commit(&batch);

    let (database, region) = (&fixture.database, fixture.region);
    let found = database.actors(region, &[1, 2, 3, 100, 9].map(actor)).unwrap();
    let told: Vec<_> =
        found.iter().map(|(id, row)| (id.0[0], &row.source[..], &row.code[..], row.name.as_deref())).collect();
    let expected = [
        (1, "queue", "Z01", Some("张卫")),
        (2, "approval", "Z01", Some("张卫")),
        (3, "queue", "L02", None),
        (100, "approval", "Z01", Some("张卫")),
    ];
    assert_eq!(told, expected);
    assert_eq!(database.actors_by_code(region, "Z01").unwrap(), [of(2, 100), of(1, 100)]);
    assert_eq!(database.personal(region, 1).unwrap(), [name(1, "张伟")]);
    assert_eq!(database.personal(region, 3).unwrap(), []);
}

#[test]
fn quarantined_events_and_keys_are_kept() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    let row = |id: &str| QuarantineRow {
        received: Instant(5),
        by: "source:queue".to_owned(),
        source: "queue".to_owned(),
        id: id.to_owned(),
        reason: "type".to_owned(),
        pointer: "/data/level".to_owned(),
        body: "{}".to_owned(),
    };
    fixture.commit(&Commit { quarantine: vec![row("a"), row("b")], ..Commit::default() });
    fixture.commit(&Commit { quarantine: vec![row("c")], ..Commit::default() });
    let numbers = |open, after, limit| -> Vec<u64> {
        let rows = database.quarantine(region, open, after, limit).unwrap();
        rows.into_iter().map(|kept| kept.number).collect()
    };
    assert_eq!((numbers(false, 0, 2), numbers(true, 2, 2)), (vec![1, 2], vec![3]));
    assert_eq!(database.quarantined(region, 2).unwrap().unwrap().row, row("b"));
    assert_eq!(database.quarantined(region, 4).unwrap(), None);

    // Sent again it is there already; with another body it is another event.
    fixture.commit(&Commit { quarantine: vec![row("a")], ..Commit::default() });
    let other = QuarantineRow { body: "{\"level\":9}".to_owned(), ..row("a") };
    fixture.commit(&Commit { quarantine: vec![other], ..Commit::default() });
    assert_eq!(numbers(false, 0, 9), [1, 2, 3, 4]);

    // The first resolution holds, and an event once resolved stays resolved when it is sent again.
    let mended = |by: &str, position| Mended { number: 1, at: Instant(6), by: by.to_owned(), position };
    fixture.commit(&Commit { mended: vec![mended("manager:a", 7)], ..Commit::default() });
    fixture.commit(&Commit { mended: vec![mended("manager:b", 8)], quarantine: vec![row("a")], ..Commit::default() });
    let resolution = Resolution { at: Instant(6), by: "manager:a".to_owned(), position: Some(7), note: None };
    assert_eq!(database.quarantined(region, 1).unwrap().unwrap().resolution, Some(resolution));
    assert!(!database.set_aside(region, 1, Instant(9), "manager:b", "late").unwrap());
    assert!(database.set_aside(region, 2, Instant(9), "manager:b", "a test").unwrap());
    let aside = database.quarantined(region, 2).unwrap().unwrap().resolution.unwrap();
    assert_eq!((aside.position, aside.note.as_deref()), (None, Some("a test")));
    assert_eq!((numbers(true, 0, 9), numbers(false, 0, 9)), (vec![3, 4], vec![1, 2, 3, 4]));
    assert_eq!(
        database.quarantined_by_source(region).unwrap().into_iter().collect::<Vec<_>>(),
        [("queue".to_owned(), 2)]
    );

    let key = |name: &str, number| KeyRow {
        region,
        name: name.to_owned(),
        role: "source".to_owned(),
        types: vec!["jifen.case.accepted".to_owned(), "jifen.queue.taken".to_owned()],
        digest: jifen_core::id::Digest([number; 32]),
        created: Instant(9),
    };
    database.add_key(&key("b", 1)).unwrap();
    database.add_key(&KeyRow { types: vec![], ..key("a", 2) }).unwrap();
    assert_eq!(database.key(&key("b", 1).digest).unwrap(), Some(key("b", 1)));
    assert_eq!(database.key(&key("b", 3).digest).unwrap(), None);
    assert_eq!(database.keys(region).unwrap().iter().map(|key| &key.name[..]).collect::<Vec<_>>(), ["a", "b"]);
    assert!(matches!(database.add_key(&key("b", 3)), Err(StoreError::KeyTaken(_))));
    let stray = KeyRow { region: RegionId(99), ..key("c", 4) };
    assert!(matches!(database.add_key(&stray), Err(StoreError::RegionAbsent(_))));
}

#[test]
fn regions_do_not_see_each_other() {
    let fixture = Fixture::new();
    let (database, first) = (&fixture.database, fixture.region);
    let second = database.create_region("other", [8; 32]).unwrap();
    assert!(matches!(database.create_region("other", [9; 32]), Err(StoreError::RegionTaken(_))));
    assert_eq!(database.region("other").unwrap(), Some(second.clone()));
    assert_eq!(database.region("none").unwrap(), None);
    assert_eq!(database.regions().unwrap().len(), 2);
    fixture.commit(&records(0, 2));
    let mut batch = records(0, 1);
    batch.entries = vec![ledger_row(entry(1, person(1), Date(1)))];
    database.commit(second.id, &batch).unwrap();
    assert_eq!(database.head(first).unwrap(), Head { journal: 2, ledger: 0 });
    assert_eq!(database.head(second.id).unwrap(), Head { journal: 1, ledger: 1 });
    assert_eq!(database.entries(first, &EntryFilter::all(9)).unwrap(), []);
    assert!(matches!(database.commit(RegionId(77), &records(0, 1)), Err(StoreError::RegionAbsent(_))));
}
