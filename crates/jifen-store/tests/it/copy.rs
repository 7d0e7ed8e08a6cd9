//! Copies between the two back ends: the same rows, indexes that go on working, and nothing mixed.

use jifen_core::time::{Date, Instant};
use jifen_scratch::{APP, Scratch, cluster};
use jifen_store::{AccountRow, Database, GrantRow, QuarantineRow, StoreError, copy};

use crate::{
    sample::{Fixture, entry, ledger_row, open, person, records},
    vault::copy_key,
};

/// More than waits outside of a file's sorted runs of keys.
const RECORDS: u64 = 20_000;

/// A hall with something in every kind of column.
fn hall(scratch: Scratch) -> Fixture {
    let fixture = Fixture::on(scratch);
    for head in (0..RECORDS).step_by(4_000) {
        let mut batch = records(head, 4_000);
        batch.entries = vec![ledger_row(entry(head / 4_000 + 1, person(1), Date(1)))];
        batch.quarantine = vec![QuarantineRow {
            received: Instant(5),
            by: "source:a\0b".to_owned(),
            source: "q".to_owned(),
            id: format!("\u{10FFFE}{head}"),
            reason: "no".to_owned(),
            pointer: "/x".to_owned(),
            body: "{}".to_owned(),
        }];
        fixture.commit(&batch);
    }
    let account = AccountRow {
        region: fixture.region,
        name: "wang".to_owned(),
        role: "staff".to_owned(),
        password: "$argon2id$".to_owned(),
        must_change: true,
        disabled: false,
        person: None,
        created: Instant(7),
    };
    let grant = GrantRow {
        region: fixture.region,
        number: 0,
        account: "wang".to_owned(),
        role: "hall_director".to_owned(),
        place_kind: "hall".to_owned(),
        place: "H\u{0}1".to_owned(),
        begins: Instant(8),
        ends: None,
        reason: "on leave".to_owned(),
        granted: Instant(8),
        granted_by: "test".to_owned(),
        revoked: None,
        revoked_by: None,
    };
    fixture.database.add_account_with(&account, &[grant]).unwrap();
    fixture
}

fn file(fixture: &Fixture, name: &str) -> String {
    format!("sqlite:{}", fixture.scratch.folder().join(name).display())
}

/// The hall there is the one that was, and goes on.
fn check(was: &Database, url: &str) {
    let now = open(url);
    let region = now.region("hall").unwrap().unwrap().id;
    assert_eq!(now.head(region).unwrap(), was.head(region).unwrap());
    let after = RECORDS - 3;
    assert_eq!(now.records_after(region, after, 9).unwrap(), was.records_after(region, after, 9).unwrap());
    assert_eq!(now.entries_after(region, 0, 99).unwrap(), was.entries_after(region, 0, 99).unwrap());
    let refused = || now.quarantine(region, true, 0, 99);
    if let Some(path) = now.path() {
        assert!(matches!(refused(), Err(StoreError::VaultKey(_))), "the key goes its own way");
        copy_key(was, path);
    }
    // A server's key is the same for all of them, and not the file's.
    if now.path().is_some() || was.path().is_none() {
        assert_eq!(refused().unwrap(), was.quarantine(region, true, 0, 99).unwrap());
    }
    assert!(now.accounts(region).unwrap() == was.accounts(region).unwrap());
    let keys: Vec<_> = records(0, RECORDS).records.iter().map(|row| row.key).collect();
    assert_eq!(now.known(region, &keys).unwrap(), was.known(region, &keys).unwrap());
    now.commit(region, &records(RECORDS, 1)).unwrap();
    assert_eq!(now.create_region("next", [8; 32]).unwrap().id.0, region.0 + 1);
}

#[test]
fn a_hall_moves_up_and_down_and_stays_the_same() {
    let Fixture { scratch, database, .. } = hall(Scratch::sqlite());
    let from = scratch.url().to_owned();
    let to = Scratch::postgres();
    let error = copy(&from, to.url(), "jifen copy").unwrap_err();
    assert!(matches!(&error, StoreError::Held { holder, .. } if holder.contains("test")), "{error}");
    assert!(open(to.url()).regions().unwrap().is_empty(), "nothing was copied");
    database.close().unwrap();

    let up = copy(&from, to.url(), "jifen copy").unwrap();
    assert_eq!((up[0].code.as_str(), up[0].journal), ("hall", RECORDS));
    let back = format!("sqlite:{}", scratch.folder().join("back.db").display());
    assert_eq!(copy(to.url(), &back, "jifen copy").unwrap(), up);
    let was = open(&from);
    for url in [to.url(), &back] {
        let error = copy(scratch.url(), url, "jifen copy").unwrap_err();
        assert!(matches!(error, StoreError::Held { .. }), "{error}");
        check(&was, url);
    }
    drop(was);
    assert!(matches!(copy(&from, to.url(), "jifen copy"), Err(StoreError::NotEmpty(_))));
    assert!(matches!(copy(&from, &back, "jifen copy"), Err(StoreError::Taken(_))));
    assert!(!scratch.folder().join("back.db.partial").exists());
}

#[test]
fn a_server_is_backed_up_into_a_file_while_it_is_written_and_put_back() {
    let fixture = hall(Scratch::postgres());
    let backup = fixture.scratch.folder().join("backup.db");
    fixture.database.backup(&backup).unwrap();
    assert!(matches!(fixture.database.backup(&backup), Err(StoreError::Taken(_))));
    for log in ["backup.db-wal", "backup.db.partial", "backup.db.partial-wal", "backup.db.partial-shm"] {
        assert!(!fixture.scratch.folder().join(log).exists(), "{log}");
    }
    let second = Scratch::postgres();
    Database::restore(&backup, second.url()).unwrap();
    check(&fixture.database, second.url());
    check(&fixture.database, &file(&fixture, "backup.db"));
    assert!(matches!(Database::restore(&backup, second.url()), Err(StoreError::NotEmpty(_))));
    // A database that nobody has migrated says so, and one that is cut short shows nothing.
    let cluster = cluster().unwrap();
    let empty = cluster.url(APP, &cluster.empty().unwrap());
    assert!(matches!(Database::restore(&backup, &empty), Err(StoreError::Unmigrated { .. })));
}

#[test]
fn a_copy_that_breaks_off_leaves_nothing() {
    let Fixture { scratch, database, .. } = hall(Scratch::sqlite());
    database.close().unwrap();
    // A shell damages the last table to be copied.
    let shell = rusqlite::Connection::open(scratch.url().trim_start_matches("sqlite:")).unwrap();
    shell.execute_batch("drop table session").unwrap();
    drop(shell);
    let to = Scratch::postgres();
    copy(scratch.url(), to.url(), "jifen copy").unwrap_err();
    assert!(open(to.url()).regions().unwrap().is_empty());
    let file = format!("sqlite:{}", scratch.folder().join("other.db").display());
    copy(scratch.url(), &file, "jifen copy").unwrap_err();
    assert!(!scratch.folder().join("other.db").exists());
}
