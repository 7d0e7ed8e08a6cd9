//! What only the store on PostgreSQL promises.

mod distribute;

use jifen_core::time::Date;
use jifen_scratch::{APP, Cluster, Listen, OWNER, Scratch, cluster};
use jifen_store::{Access, Database, Head, StoreError};

use crate::sample::{Fixture, entry, ledger_row, open, person, records};

fn write() -> Access {
    Access::Write { holder: "jifen import".to_owned() }
}

fn server() -> Fixture {
    Fixture::on(Scratch::postgres())
}

/// The name of the fixture's database.
fn name(fixture: &Fixture) -> &str {
    fixture.scratch.url().rsplit('/').next().unwrap()
}

fn refusal(url: &str, access: Access) -> StoreError {
    Database::open(url, access).err().unwrap()
}

#[test]
fn a_second_writer_is_refused_naming_the_holder() {
    let fixture = server();
    let message = refusal(fixture.scratch.url(), write()).to_string();
    assert!(message.contains(&format!("process {} (test)", std::process::id())), "{message}");
    assert!(!message.contains(":scratch"), "the password is shown: {message}");
    // Readers are welcome, and see what is committed.
    let reader = Database::open(fixture.scratch.url(), Access::Read).unwrap();
    fixture.commit(&records(0, 2));
    assert_eq!(reader.head(fixture.region).unwrap().journal, 2);
    assert!(matches!(reader.commit(fixture.region, &records(2, 1)), Err(StoreError::ReadAccess)));
    drop(fixture.database);
    open(fixture.scratch.url());
}

#[test]
fn addresses_that_lead_nowhere_are_explained() {
    for address in ["postgres://x", "postgres://x:y@z/w?port=many"] {
        let error = refusal(address, Access::Read);
        assert!(matches!(error, StoreError::Address(_)), "{address}: {error}");
    }
    // Nobody listens at port 1.
    let error = refusal("postgres://u:secret@127.0.0.1:1/d", Access::Read);
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let fixture = server();
    let wrong = fixture.scratch.url().replace(":scratch@", ":wrong@");
    let error = refusal(&wrong, Access::Read).to_string();
    assert!(error.contains("password authentication failed"), "{error}");
}

#[test]
fn a_database_without_schema_is_refused_until_its_owner_migrates_it() {
    let cluster = cluster().unwrap();
    let database = cluster.empty().unwrap();
    let (owner, app) = (cluster.url(OWNER, &database), cluster.url(APP, &database));
    for access in [write(), Access::Read] {
        let error = refusal(&app, access);
        assert!(matches!(error, StoreError::Unmigrated { found: 0, .. }), "{error}");
    }
    assert!(matches!(Database::migrate(&owner, None), Err(StoreError::Role(_))), "nobody was named");
    assert!(matches!(Database::migrate(&owner, Some("nobody")), Err(StoreError::Role(_))));
    assert!(matches!(Database::migrate(&owner, Some("postgres")), Err(StoreError::Role(_))), "a superuser");
    Database::migrate(&owner, Some(APP)).unwrap();
    // Once more, as for every new version: the role is known.
    Database::migrate(&owner, None).unwrap();
    open(&app).create_region("hall", [7; 32]).unwrap();
    let error = refusal(&owner, write());
    assert!(matches!(error, StoreError::Role(_)), "the owner could change the journal: {error}");
    assert_eq!(Database::open(&owner, Access::Read).unwrap().regions().unwrap().len(), 1);
}

#[test]
fn the_servers_role_cannot_change_what_is_written_or_how() {
    let fixture = server();
    let mut batch = records(0, 3);
    batch.entries = vec![ledger_row(entry(1, person(1), Date(1)))];
    fixture.commit(&batch);
    let cluster = cluster().unwrap();
    for statement in [
        "update journal_segment set bytes = ''",
        "delete from journal_segment",
        "truncate journal_segment",
        "update journal_key set position = 9",
        "delete from journal_key",
        "update ledger set bytes = ''",
        "delete from ledger",
        "update audit set reason = ''",
        "delete from audit",
        "truncate audit",
        "update region set secret = secret",
        "delete from quarantine",
        // Their bodies are emptied when their term is over.
        "update quarantine set reason = ''",
        "alter table ledger add column x integer",
        "drop table ledger",
        "create table jifen.mine (x integer)",
        "update refinery_schema_history set version = 1",
    ] {
        let as_app = format!("set role {APP}; set search_path = jifen; {statement}");
        let error = cluster.run_in(name(&fixture), &as_app).unwrap_err().to_string();
        assert!(error.contains("permission denied") || error.contains("must be owner"), "{statement}: {error}");
    }
}

#[test]
fn other_programs_databases_and_other_schemas_are_refused_and_left_alone() {
    let cluster = cluster().unwrap();
    let database = cluster.empty().unwrap();
    cluster.run_in(&database, "create table theirs (x integer)").unwrap();
    let owner = cluster.url(OWNER, &database);
    let error = Database::migrate(&owner, Some(APP)).unwrap_err();
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    assert_eq!(cluster.run_in(&database, "select count(*) from pg_namespace where nspname = 'jifen'").unwrap(), "0");

    let database = cluster.empty().unwrap();
    cluster.run_in(&database, "create schema jifen; create table jifen.theirs (x integer)").unwrap();
    let error = refusal(&cluster.url(APP, &database), write());
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");

    let fixture = server();
    let newer = "insert into jifen.refinery_schema_history select 99, name, applied_on, checksum
        from jifen.refinery_schema_history limit 1";
    cluster.run_in(name(&fixture), newer).unwrap();
    drop(fixture.database);
    for access in [write(), Access::Read] {
        let error = refusal(fixture.scratch.url(), access);
        assert!(matches!(error, StoreError::Newer { found: 99, known, .. } if known < 99), "{error}");
    }
    let error = Database::migrate(&cluster.url(OWNER, fixture.scratch.url().rsplit('/').next().unwrap()), None);
    assert!(matches!(error, Err(StoreError::Newer { .. })));
}

#[test]
fn servers_that_lose_what_they_acknowledged_are_refused() {
    let parent = std::env::temp_dir();
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let off = format!("{setting}=off");
        let cluster = Cluster::start_in(&parent, Listen::Socket, &[&off]).unwrap();
        let error = refusal(&cluster.url(OWNER, "postgres"), Access::Read);
        assert!(matches!(&error, StoreError::Unfit { why, .. } if why.contains(setting)), "{error}");
    }
    let fixture = server();
    let cluster = cluster().unwrap();
    cluster.run("create database latin encoding 'LATIN1' template template0 locale 'C'").unwrap();
    let error = refusal(&cluster.url(APP, "latin"), Access::Read);
    assert!(matches!(&error, StoreError::Unfit { why, .. } if why.contains("UTF8")), "{error}");
    cluster.run(&format!("alter database {} set default_transaction_read_only = on", name(&fixture))).unwrap();
    drop(fixture.database);
    let error = refusal(fixture.scratch.url(), write());
    assert!(matches!(error, StoreError::ReadOnlyServer(_)), "{error}");
}

#[test]
fn a_broken_session_is_taken_up_again_and_each_batch_is_there_once() {
    let fixture = server();
    let (database, region) = (&fixture.database, fixture.region);
    let cluster = cluster().unwrap();
    let end = format!(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '{}' and pid <> pg_backend_pid()",
        name(&fixture)
    );
    for head in 0..5 {
        fixture.commit(&records(head, 1));
        assert_eq!(database.head(region).unwrap(), Head { journal: head + 1, ledger: 0 });
        let ended: u32 = cluster.run(&end).unwrap().parse().unwrap();
        assert!(ended >= 2, "the writer and a reader: {ended}");
    }
    assert_eq!(database.head(region).unwrap().journal, 5);
    // The session just broke: the batch that is there is found, and not written twice.
    database.commit(region, &records(4, 1)).unwrap();
    // On a sound session the same is somebody's mistake.
    assert!(matches!(database.commit(region, &records(4, 1)), Err(StoreError::HeadMoved { expected: 4, found: 5 })));
    assert_eq!(database.records_after(region, 0, 9).unwrap().len(), 5);
}

#[test]
fn text_with_a_nul_comes_back_as_it_was() {
    let fixture = server();
    let row = jifen_store::QuarantineRow {
        received: jifen_core::time::Instant(5),
        by: "source:a\0b".to_owned(),
        source: "q\0".to_owned(),
        id: "\0".to_owned(),
        reason: "no".to_owned(),
        pointer: "/x\u{10FFFE}0".to_owned(),
        body: "{}".to_owned(),
    };
    let batch = jifen_store::Commit { quarantine: vec![row.clone(), row.clone()], ..records(0, 1) };
    fixture.commit(&batch);
    let kept = fixture.database.quarantine(fixture.region, true, 0, 9).unwrap();
    assert_eq!(kept.into_iter().map(|kept| kept.row).collect::<Vec<_>>(), [row]);
}

#[test]
fn every_key_begins_with_the_region_but_those_of_the_few_global_tables() {
    let fixture = server();
    let global = ["region", "access_key", "session", "node", "node_secret", "refinery_schema_history"];
    let keys = "
        select tables.relname, indexes.relname, (
            select attname from pg_attribute where attrelid = tables.oid and attnum = pg_index.indkey[0]
        )
        from pg_class as tables
        join pg_namespace on pg_namespace.oid = tables.relnamespace
        left join pg_index on pg_index.indrelid = tables.oid
        left join pg_class as indexes on indexes.oid = pg_index.indexrelid
        where nspname = 'jifen' and tables.relkind = 'r'
        order by 1, 2";
    let listed = cluster().unwrap().run_in(name(&fixture), keys).unwrap();
    let rows: Vec<Vec<&str>> = listed.lines().map(|line| line.split('|').collect()).collect();
    assert!(rows.len() > 20, "{listed}");
    for row in rows.iter().filter(|row| !global.contains(&row[0])) {
        assert_eq!(row[2], "region_id", "{}.{}", row[0], row[1]);
    }
    let tables: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert!(global.iter().all(|global| tables.contains(global)), "{tables:?}");
}
