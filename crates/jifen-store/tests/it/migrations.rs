//! Both schemas have one number, and a migration that says it only adds does.

use std::{collections::BTreeSet, fs, path::Path};

use jifen_scratch::{APP, OWNER, Scratch, cluster};
use jifen_store::{Access, Database, StoreError};

use crate::sample::{Fixture, records};

/// PostgreSQL's schema began as SQLite's of this number.
const FIRST_TWIN: u32 = 11;

fn names(of: &str) -> BTreeSet<(u32, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(of);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let parse = |name: String| {
        let (number, what) = name.strip_prefix('V')?.strip_suffix(".sql")?.split_once("__")?;
        Some((number.parse().ok()?, what.to_owned()))
    };
    files.map(|name| parse(name.clone()).unwrap_or_else(|| unreachable!("`{name}` is no migration"))).collect()
}

#[test]
fn every_migration_has_a_twin_of_the_same_number_and_name() {
    let later =
        |of: &str| -> BTreeSet<_> { names(of).into_iter().filter(|(number, _)| *number > FIRST_TWIN).collect() };
    assert_eq!(later("sqlite"), later("postgres"));
    let last = |of: &str| names(of).last().map(|(number, _)| *number);
    assert_eq!(last("sqlite"), last("postgres"));
    assert!(names("sqlite").iter().any(|(number, _)| *number == FIRST_TWIN));
}

/// How the name of a migration begins that only adds.
const ADDS: &str = "add_";

#[test]
fn a_migration_that_says_it_only_adds_does() {
    for of in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(of);
        for (number, name) in names(of) {
            let text = fs::read_to_string(folder.join(format!("V{number}__{name}.sql"))).unwrap();
            // Those that came before the promise keep it as well, which shows that it can be kept.
            if name.starts_with(ADDS) || number > 12 && number <= 14 {
                assert_eq!(beyond_adding(&text), None, "{of}: V{number}__{name}");
            }
        }
    }
    for sound in [
        "create table a (x integer); -- for later;\n create unique index a_x on a (x)",
        "alter table ledger add column note text",
        "alter table ledger add column note text not null default ''",
        "create table a (x integer); create trigger a_kept before delete on a begin select raise(abort, 'no'); end",
    ] {
        assert_eq!(beyond_adding(sound), None, "{sound}");
    }
    for unsound in [
        "create table a (x integer); drop table ledger",
        "alter table ledger add column note text not null",
        "alter table ledger rename column bytes to body",
        "create index by_note on ledger (note)",
        "create trigger kept before delete on ledger begin select raise(abort, 'no'); end",
        "update ledger set bytes = ''",
        "insert into region (code) values ('x')",
    ] {
        assert!(beyond_adding(unsound).is_some(), "{unsound}");
    }
}

/// The first statement that a program which knows nothing of it would notice, or would wait for.
fn beyond_adding(migration: &str) -> Option<String> {
    let plain: Vec<&str> = migration.lines().map(|line| line.split("--").next().unwrap()).collect();
    let mut made: BTreeSet<String> = BTreeSet::new();
    // The body of a trigger goes on to its `end`.
    let mut body = false;
    for statement in plain.join(" ").to_lowercase().split(';') {
        let words: Vec<&str> = statement.split([' ', '(', ')']).filter(|word| !word.is_empty()).collect();
        if body {
            body = words != ["end"];
            continue;
        }
        let after = |word: &str| words.iter().skip_while(|other| **other != word).nth(1).copied().unwrap_or_default();
        let is_new = |table: &str| made.contains(table);
        let adds = match &words[..] {
            [] => true,
            ["create", "table", table, ..] => made.insert((*table).to_owned()),
            ["create", "index", ..] | ["create", "unique", "index", ..] => is_new(after("on")),
            ["create", "trigger", ..] => {
                body = words.contains(&"begin");
                is_new(after("on"))
            }
            ["alter", "table", table, "add", "column", ..] => {
                is_new(table) || !statement.contains("not null") || words.contains(&"default")
            }
            ["alter", "table", table, ..] | ["insert", "into", table, ..] => is_new(table),
            _ => false,
        };
        if !adds {
            return Some(statement.trim().to_owned());
        }
    }
    None
}

/// What a later version might add, with how its migration is remembered.
const LATER: &str = "
    create table later (region_id bigint not null primary key references region, note text not null);
    alter table account add column note text;
    insert into refinery_schema_history (version, name, applied_on, checksum)
    select max(version) + 1, 'add_notes', '2030-01-01T00:00:00Z', '1' from refinery_schema_history";

/// What no version of ours knows how to live with.
const OTHER: &str = "
    alter table account rename column disabled to gone;
    insert into refinery_schema_history (version, name, applied_on, checksum)
    select max(version) + 1, 'rename_disabled', '2030-01-01T00:00:00Z', '1' from refinery_schema_history";

/// Runs statements as the owner of the schema.
fn change(fixture: &Fixture, statements: &str) {
    match fixture.scratch.url().rsplit_once('/') {
        Some((server, name)) if server.starts_with("postgres:") => {
            let as_owner = format!("set role {OWNER}; set search_path = jifen; {statements}");
            cluster().unwrap().run_in(name, &as_owner).unwrap();
        }
        _ => rusqlite::Connection::open(fixture.database.path().unwrap()).unwrap().execute_batch(statements).unwrap(),
    }
}

/// What a later version wrote there, in what it added.
fn note(fixture: &Fixture) -> String {
    let asked = "select note from later";
    match fixture.scratch.url().rsplit_once('/') {
        Some((server, name)) if server.starts_with("postgres:") => {
            cluster().unwrap().run_in(name, &asked.replace("later", "jifen.later")).unwrap()
        }
        _ => {
            let file = rusqlite::Connection::open(fixture.database.path().unwrap()).unwrap();
            file.query_row(asked, [], |row| row.get(0)).unwrap()
        }
    }
}

fn write() -> Access {
    Access::Write { holder: "jifen import".to_owned() }
}

#[test]
fn a_newer_schema_that_only_adds_is_worked_on_and_one_that_does_not_is_refused() {
    let fixture = Fixture::new();
    let url = fixture.scratch.url().to_owned();
    fixture.commit(&records(0, 2));
    // While a writer has it open: it goes on, and so do readers that come later.
    change(&fixture, LATER);
    change(&fixture, &format!("insert into later values ({}, 'theirs')", fixture.region.0));
    fixture.commit(&records(2, 2));
    let reader = Database::open(&url, Access::Read).unwrap();
    assert_eq!(reader.head(fixture.region).unwrap().journal, 4);
    drop((reader, fixture.database));
    // And one that starts only now.
    let again = Database::open(&url, write()).unwrap();
    again.commit(fixture.region, &records(4, 2)).unwrap();
    let fixture = Fixture { database: again, ..fixture };
    assert_eq!(note(&fixture), "theirs");
    // What reads all rows would leave out what it has never heard of.
    let copied = fixture.scratch.folder().join("copied.db");
    drop(fixture.database);
    let error = jifen_store::copy(&url, &format!("sqlite:{}", copied.display()), "test").unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }), "{error}");
    assert!(!copied.exists());
    let fixture = Fixture { database: Database::open(&url, write()).unwrap(), ..fixture };
    change(&fixture, OTHER);
    drop(fixture.database);
    for access in [write(), Access::Read] {
        let error = Database::open(&url, access).err().unwrap();
        assert!(matches!(error, StoreError::Newer { found, known, .. } if found == known + 2), "{error}");
    }
}

#[test]
fn a_backup_of_a_newer_file_has_all_of_it_and_of_a_newer_server_is_refused() {
    let fixture = Fixture::new();
    fixture.commit(&records(0, 2));
    change(&fixture, LATER);
    change(&fixture, &format!("insert into later values ({}, 'theirs')", fixture.region.0));
    let copy = fixture.scratch.folder().join("copy.db");
    let backed_up = fixture.database.backup(&copy);
    if fixture.database.path().is_none() {
        assert!(matches!(backed_up, Err(StoreError::Newer { .. })), "{backed_up:?}");
        return assert!(!copy.exists());
    }
    backed_up.unwrap();
    let note: String =
        rusqlite::Connection::open(&copy).unwrap().query_row("select note from later", [], |row| row.get(0)).unwrap();
    assert_eq!(note, "theirs");
    let restored = format!("sqlite:{}", fixture.scratch.folder().join("restored.db").display());
    Database::restore(&copy, &restored).unwrap();
    assert_eq!(Database::open(&restored, write()).unwrap().head(fixture.region).unwrap().journal, 2);
}

#[test]
fn a_session_that_breaks_after_a_migration_is_taken_up_and_the_owner_of_the_older_program_changes_nothing() {
    let fixture = Fixture::on(Scratch::postgres());
    let (cluster, name) = (cluster().unwrap(), fixture.scratch.url().rsplit('/').next().unwrap());
    fixture.commit(&records(0, 2));
    change(&fixture, LATER);
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'process %'";
    assert_ne!(cluster.run(&format!("{end} and datname = '{name}'")).unwrap(), "0");
    fixture.commit(&records(2, 2));
    assert_eq!(fixture.database.head(fixture.region).unwrap().journal, 4);
    // It would take away the rights to what it does not know.
    let owner = cluster.url(OWNER, name);
    for error in [Database::migrate(&owner, Some(APP)).unwrap_err(), Database::distribution(&owner).unwrap_err()] {
        assert!(matches!(error, StoreError::Newer { .. }), "{error}");
    }
}

#[test]
fn a_migration_that_does_more_than_add_waits_for_nobody_and_is_refused_beside_a_node() {
    let Fixture { scratch, database, .. } = Fixture::on(Scratch::postgres());
    drop(database);
    let (cluster, name) = (cluster().unwrap(), scratch.url().rsplit('/').next().unwrap());
    // As a migration that was cut short left it, which is to be brought up beside somebody who holds the writers' lock.
    let before = format!(
        "set role {OWNER}; set search_path = jifen;
        create table vault_plain (region_id bigint, position bigint, member text, actor bytea, salt bytea, text text);
        drop table approval;
        drop table announcement;
        alter table quarantine drop column sealed, drop column mark, add column body text not null default '';
        delete from refinery_schema_history where version >= 19"
    );
    cluster.run_in(name, &before).unwrap();
    let owner = cluster.url(OWNER, name);
    std::thread::scope(|scope| {
        let held = "select pg_advisory_lock_shared(1785292398, 0), pg_sleep(3)";
        let holding = scope.spawn(move || cluster.run_in(name, held).unwrap());
        let there = format!(
            "select count(*) from pg_locks where classid = 1785292398 and objid = 0 and granted
            and database = (select oid from pg_database where datname = '{name}')"
        );
        while cluster.run(&there).unwrap() == "0" {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let error = Database::migrate(&owner, None).unwrap_err();
        assert!(matches!(error, StoreError::Held { .. }), "{error}");
        holding.join().unwrap();
    });
    Database::migrate(&owner, None).unwrap();
    Database::open(scratch.url(), write()).unwrap();
}
