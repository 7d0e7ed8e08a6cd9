//! Bodies of refused events: sealed each under a key of its own, known when they come again, lost with their key.

use std::fs;

use jifen_core::time::Instant;
use jifen_scratch::{OWNER, Scratch, cluster};
use jifen_store::{Access, Commit, Cut, Database, PersonalRow, QuarantineRow, RegionId, StoreError};

use crate::{
    sample::{Fixture, open, records},
    vault::{bytes, copy_key, holds},
};

/// What is looked for in files: nothing else is called so.
const NAME: &str = "欧阳金丝雀";
const PHONE: &str = "13812345678";

fn body(of: &str) -> String {
    format!("{{\"person_name\":\"{NAME}\",\"phone\":\"{PHONE}\",\"of\":\"{of}\"}}")
}

fn refused(id: &str, received: i64) -> QuarantineRow {
    QuarantineRow {
        received: Instant(received),
        by: "source:queue".to_owned(),
        source: "queue".to_owned(),
        id: id.to_owned(),
        reason: "type".to_owned(),
        pointer: "/data/level".to_owned(),
        body: body(id),
    }
}

fn keep(database: &Database, region: RegionId, rows: Vec<QuarantineRow>) {
    let expected_head = database.head(region).unwrap().journal;
    database.commit(region, &Commit { expected_head, quarantine: rows, ..Commit::default() }).unwrap();
}

/// Number and body of all of them.
fn bodies(database: &Database, region: RegionId) -> Vec<(u64, String)> {
    let kept = database.quarantine(region, false, 0, 10_000).unwrap();
    kept.into_iter().map(|kept| (kept.number, kept.row.body)).collect()
}

#[test]
fn bodies_lie_sealed_and_are_read_until_their_keys_are_destroyed() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    // Twice in one batch, and again later, it is one.
    keep(database, region, vec![refused("a", 5), refused("b", 7), refused("b", 7)]);
    keep(database, region, vec![refused("a", 9)]);
    let reader = Database::open(fixture.scratch.url(), Access::Read).unwrap();
    for database in [database, &reader] {
        assert_eq!(bodies(database, region), [(1, body("a")), (2, body("b"))]);
        assert_eq!(database.quarantined(region, 2).unwrap().unwrap().row, refused("b", 7));
    }
    let before = bytes(&fixture);
    assert!(holds(&before, "/data/level"), "the rows are there to be looked at");
    for secret in [NAME, PHONE, "person_name"] {
        assert!(!holds(&before, secret), "`{secret}` lies open");
    }

    assert_eq!(database.wipe_quarantined(region, Instant(6), 0).unwrap(), 0);
    assert_eq!(database.wipe_quarantined(region, Instant(6), 9).unwrap(), 1);
    assert_eq!(database.wipe_quarantined(region, Instant(6), 9).unwrap(), 0);
    for database in [database, &reader] {
        assert_eq!(bodies(database, region), [(1, String::new()), (2, body("b"))]);
    }
    // What is left of it tells nothing of whether it is the same.
    keep(database, region, vec![refused("a", 11)]);
    assert_eq!(bodies(database, region), [(1, String::new()), (2, body("b")), (3, body("a"))]);
}

/// A statement over the fixture's tables, as their owner.
fn change(fixture: &Fixture, statement: &str) {
    match fixture.database.path() {
        Some(path) => rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap(),
        None => {
            let name = fixture.scratch.url().rsplit('/').next().unwrap();
            let as_owner = format!("set role {OWNER}; set search_path = jifen; {statement}");
            drop(cluster().unwrap().run_in(name, &as_owner).unwrap());
        }
    }
}

#[test]
fn a_body_without_its_key_is_gone_and_one_put_elsewhere_does_not_open() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    keep(database, region, vec![refused("a", 5), refused("b", 5), refused("c", 5)]);
    let third = match database.path() {
        Some(_) => "x'030000000000000003'",
        None => "decode('030000000000000003', 'hex')",
    };
    change(&fixture, &format!("delete from vault_key where holder = {third}"));
    assert_eq!(bodies(database, region), [(1, body("a")), (2, body("b")), (3, String::new())]);
    let of = |number: u64| format!("region_id = {} and number = {number}", region.0);
    let elsewhere =
        format!("update quarantine set sealed = (select sealed from quarantine where {}) where {}", of(1), of(2));
    change(&fixture, &elsewhere);
    assert!(matches!(database.quarantined(region, 2), Err(StoreError::Corrupt(_))));
    assert_eq!(database.quarantined(region, 1).unwrap().unwrap().row.body, body("a"));
}

/// The schema as it was before bodies were sealed.
const BEFORE: [&str; 4] = [
    "alter table quarantine drop column sealed",
    "alter table quarantine drop column mark",
    "alter table quarantine add column body text not null default ''",
    "delete from refinery_schema_history where version >= 23",
];

/// Many, so that they are sealed in several steps.
const MANY: u64 = 1_200;

#[test]
fn plain_bodies_of_earlier_programs_are_sealed_also_when_it_was_cut_short() {
    let fixture = Fixture::on(Scratch::sqlite());
    let rows = (1..=MANY).map(|number| refused(&number.to_string(), number as i64)).collect();
    keep(&fixture.database, fixture.region, rows);
    let path = fixture.database.path().unwrap().to_owned();
    let Fixture { scratch, database, region } = fixture;
    database.close().unwrap();
    let shell = rusqlite::Connection::open(&path).unwrap();
    shell.execute_batch(&BEFORE.join(";")).unwrap();
    for number in 1..=MANY {
        // The first was wiped.
        let plain = if number == 1 { String::new() } else { body(&number.to_string()) };
        shell.execute("update quarantine set body = ?1 where number = ?2", (plain, number as i64)).unwrap();
    }
    shell
        .execute_batch(
            "delete from vault_key; pragma wal_checkpoint(truncate);
            create trigger cut before update on quarantine when new.number > 600 begin select raise(abort, 'cut'); end",
        )
        .unwrap();
    drop(shell);
    assert!(holds(&fs::read(&path).unwrap(), NAME));

    let error = Database::open(scratch.url(), Access::Write { holder: "test".to_owned() }).err().unwrap();
    assert!(error.to_string().contains("cut"), "{error}");
    let shell = rusqlite::Connection::open(&path).unwrap();
    let left = "select count(*) from quarantine where body <> ''";
    let left: i64 = shell.query_row(left, [], |row| row.get(0)).unwrap();
    assert!(left > 0 && (left as u64) < MANY - 1, "{left} are left");
    shell.execute_batch("drop trigger cut").unwrap();
    drop(shell);
    let database = open(scratch.url());
    let mut kept: Vec<_> = (1..=MANY).map(|number| (number, body(&number.to_string()))).collect();
    kept[0].1.clear();
    assert_eq!(bodies(&database, region), kept);
    // What came before is known when it comes again.
    keep(&database, region, vec![refused("7", 7)]);
    assert_eq!(bodies(&database, region).len() as u64, MANY);
    let fixture = Fixture { scratch, database, region };
    assert!(!holds(&bytes(&fixture), NAME), "it still lies open");
}

#[test]
fn plain_bodies_on_a_server_are_sealed_by_its_owner() {
    let fixture = Fixture::on(Scratch::postgres());
    keep(&fixture.database, fixture.region, vec![refused("a", 5), refused("b", 5)]);
    change(&fixture, &BEFORE.join(";"));
    change(&fixture, &format!("update quarantine set body = '{}' where number = 2", body("b")));
    let Fixture { scratch, database, region } = fixture;
    drop(database);
    assert!(matches!(Database::open(scratch.url(), Access::Read), Err(StoreError::Unmigrated { .. })));
    let name = scratch.url().rsplit('/').next().unwrap().to_owned();
    Database::migrate(&cluster().unwrap().url(OWNER, &name), None).unwrap();
    let fixture = Fixture { database: open(scratch.url()), scratch, region };
    assert_eq!(bodies(&fixture.database, region), [(1, String::new()), (2, body("b"))]);
    keep(&fixture.database, region, vec![refused("b", 5)]);
    assert_eq!(bodies(&fixture.database, region).len(), 2);
    assert!(!holds(&bytes(&fixture), NAME), "it still lies open");
}

#[test]
fn a_copy_cut_earlier_takes_texts_and_refused_events_where_others_were() {
    let fixture = Fixture::new();
    let text = |position: u64, text: &str| PersonalRow {
        position,
        member: "comment".to_owned(),
        actor: None,
        salt: [7; 16],
        text: text.to_owned(),
    };
    let said = |head: u64, position: u64, words: &str, refused: QuarantineRow| Commit {
        personal: vec![text(position, words)],
        quarantine: vec![refused],
        ..records(head, 2)
    };
    fixture.commit(&said(0, 2, "first", refused("a", 5)));
    fixture.commit(&said(2, 4, "second", refused("b", 9)));
    let backup = fixture.scratch.folder().join("backup.db");
    fixture.database.backup(&backup).unwrap();
    let target = fixture.scratch.folder().join("target.db");
    let cut =
        Cut { code: "hall".to_owned(), position: 2, moment: Instant(6), actors: std::collections::BTreeSet::new() };
    Database::frame(&backup, &target, &[cut]).unwrap();
    copy_key(&fixture.database, &target);
    let database = open(&format!("sqlite:{}", target.display()));
    let region = database.region("hall").unwrap().unwrap().id;
    assert_eq!(bodies(&database, region), [(1, body("a"))]);
    assert_eq!(database.personal(region, 2).unwrap(), [text(2, "first")]);
    assert_eq!(database.personal(region, 4).unwrap(), []);
    // The copy has no record, for those are applied anew; then others come where some were.
    database.commit(region, &records(0, 2)).unwrap();
    database.commit(region, &said(2, 4, "third", refused("c", 9))).unwrap();
    assert_eq!(database.personal(region, 4).unwrap(), [text(4, "third")]);
    assert_eq!(bodies(&database, region), [(1, body("a")), (2, body("c"))]);
}
