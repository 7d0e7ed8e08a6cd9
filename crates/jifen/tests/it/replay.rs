//! `replay`: 0 when everything is as the journal says, 1 with the first difference otherwise.

use rusqlite::Connection;

use crate::harness::{Scratch, service};

fn filled() -> Scratch {
    let scratch = Scratch::with_hall_on_file();
    let events: Vec<_> = (0..30).flat_map(|n| service(n, "P1", "W1", 1 + n as u32 % 28, 10 + n as u32)).collect();
    let ran = scratch.import_events(&events, &["--close-through", "2026-10"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    scratch.good(&["replay", "--db", &scratch.db(), "--region", "t"]);
    scratch
}

fn tampered(statements: &str) -> crate::harness::Ran {
    let scratch = filled();
    let connection = Connection::open(scratch.path("jifen.db")).expect("open");
    connection.execute_batch(statements).expect("tampered");
    drop(connection);
    scratch.jifen(&["replay", "--db", &scratch.db(), "--region", "t"])
}

#[test]
fn the_guards_refuse_changes() {
    let scratch = filled();
    let connection = Connection::open(scratch.path("jifen.db")).expect("open");
    for statement in
        ["update ledger set bytes = x'00' where position = 3", "delete from ledger", "delete from journal_segment"]
    {
        let refused = connection.execute(statement, []).expect_err(statement).to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

#[test]
fn a_changed_entry_is_found() {
    let ran = tampered(
        "drop trigger ledger_never_updated;
         update ledger set bytes = (select bytes from ledger where position = 4) where position = 3;",
    );
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("entry 3"), "{}", ran.stdout);
}

#[test]
fn damaged_bytes_are_found() {
    let ran = tampered("drop trigger ledger_never_updated; update ledger set bytes = x'ff00' where position = 3;");
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_changed_digest_is_found() {
    let ran =
        tampered("drop trigger ledger_never_updated; update ledger set digest = zeroblob(32) where position = 3;");
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("entry 3"), "{}", ran.stdout);
}

#[test]
fn a_lost_entry_is_found() {
    let ran = tampered("drop trigger ledger_never_deleted; delete from ledger where position = 3;");
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("entry 3"), "{}", ran.stdout);
}

#[test]
fn an_added_entry_is_found() {
    let ran = tampered(
        "insert into ledger select region_id, position + 1000, subject_kind, subject, rule, dimension, grain, business_date,
         window, department, hall, bytes, digest, locator from ledger where position = 3;",
    );
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn changed_sums_are_found() {
    for statement in [
        "update rollup set own_posted = own_posted + 1000 where bucket = 1 and rule = 'service-time'",
        "delete from rollup where bucket = 0 and date = (select min(date) from rollup where bucket = 0)",
        "insert into rollup select region_id, bucket, subject_kind, grain, date + 400, subject, rule, dimension, own_posted,
         members_posted, own_provisional, members_provisional, facts from rollup where bucket = 0",
    ] {
        let ran = tampered(statement);
        assert_eq!(ran.code, 1, "{statement}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("sum of"), "{}", ran.stdout);
    }
}
