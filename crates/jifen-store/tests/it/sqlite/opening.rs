//! Opening: what is made, what is refused, and what the refusal says.

use std::{fs, process::Command};

use jifen_scratch::announce;
use jifen_store::{Access, Database, StoreError};
use tempfile::TempDir;

use super::{file, shell};
use crate::sample::{open, records};

fn url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("jifen.db").display())
}

fn write() -> Access {
    Access::Write { holder: "jifen import".to_owned() }
}

#[test]
fn a_second_writer_is_refused_naming_the_holder() {
    let fixture = file();
    let message = Database::open(fixture.scratch.url(), write()).err().unwrap().to_string();
    assert!(message.contains(&format!("process {} (test)", std::process::id())), "{message}");
    // Readers are welcome, and see what is committed.
    let reader = Database::open(fixture.scratch.url(), Access::Read).unwrap();
    fixture.commit(&records(0, 2));
    assert_eq!(reader.head(fixture.region).unwrap().journal, 2);
    assert!(matches!(reader.commit(fixture.region, &records(2, 1)), Err(StoreError::ReadAccess)));
    assert_eq!(reader.known(fixture.region, &[records(0, 1).records[0].key]).unwrap()[0].unwrap().position, 1);
    drop(reader);
    drop(fixture.database);
    open(fixture.scratch.url());
}

#[test]
fn a_clone_keeps_the_database_open() {
    let fixture = file();
    let clone = fixture.database.clone();
    drop(fixture.database);
    assert!(matches!(Database::open(fixture.scratch.url(), write()), Err(StoreError::Held { .. })));
    clone.commit(fixture.region, &records(0, 1)).unwrap();
}

#[test]
fn closing_empties_the_log() {
    let fixture = file();
    fixture.commit(&records(0, 100));
    let log = fixture.scratch.folder().join("jifen.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    fixture.database.close().unwrap();
    assert!(!log.exists());
}

#[test]
fn addresses_and_missing_files_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["postgres://x", "mysql://x/y", "sqlite:", "jifen.db"] {
        assert!(matches!(Database::open(address, Access::Read), Err(StoreError::Address(_))), "{address}");
    }
    assert!(matches!(Database::open(&url(&folder), Access::Read), Err(StoreError::Absent(_))));
    let nowhere = format!("sqlite:{}", folder.path().join("none/jifen.db").display());
    assert!(matches!(Database::open(&nowhere, write()), Err(StoreError::Folder { .. })));
}

#[test]
fn other_programs_files_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jifen.db");
    let text = "not a database, but longer than SQLite's header of 100 bytes. ".repeat(9);
    let statements = |statements: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(statements).unwrap();
    for what in ["text", "another application", "no application named"] {
        let _ = fs::remove_file(&path);
        match what {
            "text" => fs::write(&path, &text).unwrap(),
            "another application" => statements("pragma application_id = 7; create table t (x)"),
            _ => statements("create table t (x)"),
        }
        let before = fs::read(&path).unwrap();
        for access in [write(), Access::Read] {
            let error = Database::open(&url(&folder), access).err().unwrap();
            assert!(matches!(error, StoreError::Foreign(_)), "{what}: {error}");
        }
        assert_eq!(fs::read(&path).unwrap(), before, "{what}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    let fixture = file();
    let url = fixture.scratch.url().to_owned();
    fixture.commit(&records(0, 1));
    fixture.database.close().unwrap();
    // A read-only mount, because permissions do not bind the root user.
    let folder = fixture.scratch.folder();
    let mount =
        |arguments: &[&str]| Command::new("mount").args(arguments).arg(folder).status().is_ok_and(|s| s.success());
    if !mount(&["--bind", folder.to_str().unwrap()]) {
        return announce("`mount --bind` is not allowed here, so a read-only file was not tried; run as root");
    }
    let read_only = mount(&["-o", "remount,ro,bind"]);
    let refusal = Database::open(&url, write()).err();
    assert!(Command::new("umount").arg(folder).status().unwrap().success());
    assert!(read_only, "the mount could not be made read-only");
    assert!(matches!(refusal, Some(StoreError::Folder { .. } | StoreError::ReadOnlyFile(_))), "{refusal:?}");
}

#[test]
fn a_newer_schema_is_refused() {
    let fixture = file();
    let newer = "insert into refinery_schema_history select 99, name, applied_on, checksum
        from refinery_schema_history where version = 1";
    shell(&fixture).execute(newer, []).unwrap();
    let url = fixture.scratch.url().to_owned();
    drop(fixture.database);
    for access in [write(), Access::Read] {
        let error = Database::open(&url, access).err().unwrap();
        assert!(matches!(error, StoreError::Newer { found: 99, known, .. } if known < 99), "{error}");
    }
}

#[test]
fn a_creation_cut_short_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jifen.db");
    let cut: [&str; 3] =
        ["", "pragma application_id = 0x6a69666e", "pragma application_id = 0x6a69666e; pragma journal_mode = wal"];
    for statements in cut {
        let _ = fs::remove_file(&path);
        fs::write(&path, "").unwrap();
        rusqlite::Connection::open(&path).unwrap().execute_batch(statements).unwrap();
        let database = open(&url(&folder));
        database.create_region("hall", [0; 32]).unwrap();
    }
}
