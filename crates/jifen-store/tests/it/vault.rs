//! The vault: sealed in every file, opened by its key alone, forgotten by the keys of those it is about.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use jifen_core::{
    id::{ActorId, ActorRef},
    time::Instant,
};
use jifen_scratch::{OWNER, Scratch, cluster};
use jifen_store::{Access, AuditKind, AuditRow, Commit, Database, PersonalRow, RegionId, StoreError};

use crate::sample::{Fixture, actor, open, records};

/// What is looked for in files: nothing else is called so.
const NAME: &str = "欧阳金丝雀";
const PHONE: &str = "13812345678";
const COMMENT: &str = "等了很久金丝雀";

fn text(position: u64, member: &str, of: Option<u8>, text: &str) -> PersonalRow {
    let salt = [position as u8; 16];
    PersonalRow { position, member: member.to_owned(), actor: of.map(actor), salt, text: text.to_owned() }
}

fn code(of: u8) -> (ActorRef, String, String) {
    (ActorRef { sourced: actor(of), plain: actor(of + 100) }, "staff".to_owned(), format!("P{of}"))
}

/// Two people, one of them renamed, and what a citizen said.
fn said() -> (Commit, Vec<PersonalRow>) {
    let texts = vec![
        text(1, "person_name", Some(101), NAME),
        text(1, "phone", Some(101), PHONE),
        text(2, "person_name", Some(102), "欧阳修"),
        text(3, "person_name", Some(102), "李白"),
        text(4, "comment", None, COMMENT),
        text(4, "phone", None, PHONE),
    ];
    let batch = Commit { personal: texts.clone(), actors: vec![code(1), code(2)], ..records(0, 4) };
    (batch, texts)
}

fn all(database: &Database, region: RegionId) -> Vec<PersonalRow> {
    (1..=4).flat_map(|position| database.personal(region, position).unwrap()).collect()
}

fn name_of(database: &Database, region: RegionId, of: u8) -> Option<String> {
    database.actors(region, &[actor(of)]).unwrap()[&actor(of)].name.clone()
}

fn found(database: &Database, region: RegionId, beginning: &str) -> Vec<ActorId> {
    database.actors_beginning(region, beginning, 9).unwrap().iter().map(|actor| actor.sourced).collect()
}

fn told(region: RegionId) -> AuditRow {
    AuditRow {
        region,
        at: Instant(9),
        kind: AuditKind::Change,
        actor: "account:an".to_owned(),
        address: "127.0.0.1".to_owned(),
        act: "person.forget".to_owned(),
        object: "P1".to_owned(),
        reason: "asked for it".to_owned(),
        request: String::new(),
    }
}

/// Every byte that lies in the database's folder, or in its cluster's table files.
pub(crate) fn bytes(fixture: &Fixture) -> Vec<u8> {
    match fixture.database.path() {
        Some(_) => fs::read_dir(fixture.scratch.folder())
            .unwrap()
            .flat_map(|entry| fs::read(entry.unwrap().path()).unwrap_or_default())
            .collect(),
        None => {
            let name = fixture.scratch.url().rsplit('/').next().unwrap();
            let dump = |table| {
                let rows = format!("select coalesce(string_agg(of::text, ''), '') from jifen.{table} as of");
                cluster().unwrap().run_in(name, &rows).unwrap()
            };
            ["vault", "vault_key", "vault_name", "quarantine"].map(dump).concat().into_bytes()
        }
    }
}

pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn texts_are_sealed_and_read_back_and_people_are_found_by_beginnings_of_their_names() {
    let fixture = Fixture::new();
    let (batch, texts) = said();
    fixture.commit(&batch);
    let (database, region) = (&fixture.database, fixture.region);
    assert_eq!(all(database, region), texts);
    let again = open_beside(&fixture);
    assert_eq!(all(&again, region), texts, "another process reads them by the same key");
    assert_eq!((name_of(database, region, 1), name_of(database, region, 2)), (Some(NAME.into()), Some("李白".into())));
    assert_eq!(found(database, region, "欧"), [actor(1), actor(2)]);
    assert_eq!(found(database, region, "欧阳金"), [actor(1)]);
    assert_eq!(found(database, region, NAME), [actor(1)]);
    assert_eq!(found(database, region, "金"), []);
    assert_eq!(found(database, region, "P2"), [actor(2)]);
    let bytes = bytes(&fixture);
    assert!(holds(&bytes, "phone"), "the rows are there to be looked at");
    for secret in [NAME, "欧阳", PHONE, COMMENT] {
        assert!(!holds(&bytes, secret), "`{secret}` lies open");
    }
}

fn open_beside(fixture: &Fixture) -> Database {
    Database::open(fixture.scratch.url(), Access::Read).unwrap()
}

#[test]
fn who_is_forgotten_is_read_nowhere_also_not_in_a_backup_made_afterwards_and_may_come_again() {
    let fixture = Fixture::new();
    let (batch, texts) = said();
    fixture.commit(&batch);
    let (database, region) = (&fixture.database, fixture.region);
    let reader = open_beside(&fixture);
    assert_eq!(name_of(&reader, region, 1), Some(NAME.to_owned()));
    let row = told(region);
    assert_eq!(database.auditing(&row).forget(region, &[actor(101), actor(7)]).unwrap(), 1);
    assert_eq!(database.auditing(&row).forget(region, &[actor(101)]).unwrap(), 0, "nothing was left to forget");
    let filter = jifen_store::AuditFilter { limit: 9, ..jifen_store::AuditFilter::default() };
    assert_eq!(database.audited(region, &filter).unwrap().len(), 1, "what changed nothing is not told");
    let backup = fixture.scratch.folder().join("backup.db");
    database.backup(&backup).unwrap();
    copy_key(&fixture.database, &backup);
    let backup = Database::open(&format!("sqlite:{}", backup.display()), Access::Read).unwrap();
    for database in [database, &reader, &backup] {
        assert_eq!(name_of(database, region, 1), None);
        assert_eq!(found(database, region, "欧"), [actor(2)]);
        assert_eq!(found(database, region, "P1"), [actor(1)], "the code stays");
        assert_eq!(all(database, region), texts[2..]);
        assert_eq!(database.texts_of(region, actor(101)).unwrap(), []);
    }
    // The journal is what it was, and a name that is sent anew has a key of its own.
    assert_eq!(database.records_after(region, 0, 9).unwrap().len(), 4);
    let anew = text(5, "person_name", Some(101), "欧阳询");
    fixture.commit(&Commit { personal: vec![anew.clone()], ..records(4, 1) });
    assert_eq!(name_of(&reader, region, 1), Some("欧阳询".to_owned()));
    assert_eq!(database.personal(region, 1).unwrap(), [], "what was forgotten stays so");
    assert_eq!(database.texts_of(region, actor(101)).unwrap(), [anew]);
}

/// Lays the key of a database beside a copy of it, so that the copy can be read.
pub(crate) fn copy_key(database: &Database, copy: &std::path::Path) {
    let key = match database.path() {
        Some(path) => key_of(&path.display().to_string()),
        None => PathBuf::from(std::env::var_os("JIFEN_VAULT_KEY").unwrap()).join("vault.key"),
    };
    fs::copy(key, key_of(&copy.display().to_string())).unwrap();
}

fn key_of(path: &str) -> PathBuf {
    PathBuf::from(format!("{path}.key"))
}

#[test]
fn texts_of_nobody_are_forgotten_by_member_and_record() {
    let fixture = Fixture::new();
    let (batch, texts) = said();
    fixture.commit(&batch);
    let (database, region) = (&fixture.database, fixture.region);
    assert_eq!(database.forget_texts(region, "comment", 0..4, 9).unwrap(), 0);
    assert_eq!(database.forget_texts(region, "phone", 0..5, 9).unwrap(), 1, "not those of people");
    assert_eq!(database.forget_texts(region, "phone", 0..5, 9).unwrap(), 0);
    assert_eq!(all(database, region), texts[..5]);
    assert_eq!(database.forget_texts(region, "comment", 4..5, 0).unwrap(), 0);
    assert_eq!(database.forget_texts(region, "comment", 4..5, 1).unwrap(), 1);
    assert_eq!(all(database, region), texts[..4]);
}

#[test]
fn the_key_is_its_owners_alone_and_without_it_nothing_is_served() {
    let fixture = Fixture::on(Scratch::sqlite());
    let path = fixture.database.path().unwrap().display().to_string();
    let key = key_of(&path);
    assert!(!key.exists(), "a hall without personal texts needs none");
    fixture.commit(&said().0);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let Fixture { scratch, database, region } = fixture;
    database.close().unwrap();
    let kept = fs::read(&key).unwrap();
    let serve = || Database::open(scratch.url(), Access::Serve { holder: "test".to_owned() });
    let other = b"jifen-vault-1:1111111111111111111111111111111111111111111111111111111111111111\n";
    for (bytes, said) in [
        (None, "is not there"),
        (Some(&b"a shopping list\n"[..]), "is no key file"),
        (Some(&kept[..40]), "is no key file"),
        (Some(other), "is not the one"),
    ] {
        fs::remove_file(&key).unwrap();
        if let Some(bytes) = bytes {
            fs::write(&key, bytes).unwrap();
        }
        let error = serve().err().unwrap();
        assert!(matches!(&error, StoreError::VaultKey(why) if why.contains(said) && why.contains(&path)), "{error}");
        // Without personal texts the hall is read and written; no second key is made.
        let database = open(scratch.url());
        database.records_after(region, 0, 9).unwrap();
        let head = database.head(region).unwrap().journal;
        database.commit(region, &records(head, 1)).unwrap();
        assert!(matches!(database.personal(region, 1), Err(StoreError::VaultKey(_))));
        let more = Commit { personal: vec![text(head + 2, "note", None, "x")], ..records(head + 1, 1) };
        assert!(matches!(database.commit(region, &more), Err(StoreError::VaultKey(_))));
        assert_eq!(database.head(region).unwrap().journal, head + 1, "nothing of it was written");
        database.close().unwrap();
        fs::write(&key, &kept).unwrap();
    }
    assert_eq!(all(&serve().unwrap(), region).len(), 6);
}

#[test]
fn a_text_put_elsewhere_does_not_open() {
    let fixture = Fixture::on(Scratch::sqlite());
    fixture.commit(&said().0);
    let shell = rusqlite::Connection::open(fixture.database.path().unwrap()).unwrap();
    shell
        .execute_batch(
            "update vault set sealed = (select sealed from vault as other where position = 3) where position = 2",
        )
        .unwrap();
    assert!(matches!(fixture.database.personal(fixture.region, 2), Err(StoreError::Corrupt(_))));
}

/// The schema as it was before texts were sealed, with the texts of [`said`].
const BEFORE: &str = "
    drop table vault;
    drop table vault_key;
    drop table vault_name;
    drop table approval;
    drop table announcement;
    alter table quarantine drop column sealed;
    alter table quarantine drop column mark;
    alter table quarantine add column body text not null default '';
    create table vault (
        region_id   integer not null references region,
        position    integer not null,
        member      text not null,
        actor       blob,
        salt        blob not null check (length(salt) = 16),
        text        text not null,
        primary key (region_id, position, member)
    ) strict, without rowid;
    create index vault_by_actor on vault (region_id, actor, position) where actor is not null;
    create index vault_by_name on vault (region_id, text) where actor is not null;
    delete from refinery_schema_history where version >= 18";

/// Many, so that they are sealed in several steps.
const MANY: u64 = 1_200;

#[test]
fn plain_texts_of_earlier_programs_are_sealed_also_when_it_was_cut_short() {
    let fixture = Fixture::on(Scratch::sqlite());
    fixture.commit(&Commit { actors: vec![code(1), code(2)], ..records(0, 4 + MANY) });
    let path = fixture.database.path().unwrap().to_owned();
    let Fixture { scratch, database, region } = fixture;
    database.close().unwrap();
    let shell = rusqlite::Connection::open(&path).unwrap();
    shell.execute_batch(BEFORE).unwrap();
    let insert = "insert into vault values (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut texts = said().1;
    texts.extend((5..=4 + MANY).map(|position| text(position, "comment", None, &format!("{COMMENT} {position}"))));
    for row in &texts {
        // What was a person's and no name said so only through the name beside it.
        let actor = row.actor.filter(|_| row.member == "person_name").map(|actor| actor.0);
        shell.execute(insert, (region.0, row.position as i64, &row.member, actor, row.salt, &row.text)).unwrap();
    }
    shell.execute_batch("pragma wal_checkpoint(truncate)").unwrap();
    drop(shell);
    assert!(holds(&fs::read(&path).unwrap(), NAME));

    // It breaks off after the first step.
    let statements = |statements: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(statements).unwrap();
    statements(
        "create trigger cut before delete on vault when old.position > 600 begin select raise(abort, 'cut'); end",
    );
    let error = Database::open(scratch.url(), Access::Write { holder: "test".to_owned() }).err().unwrap();
    assert!(error.to_string().contains("cut"), "{error}");
    let count = |table: &str| -> usize {
        let shell = rusqlite::Connection::open(&path).unwrap();
        shell.query_row(&format!("select count(*) from {table}"), [], |row| row.get::<_, i64>(0)).unwrap() as usize
    };
    let (sealed, left) = (count("vault"), count("vault_plain"));
    assert!(sealed > 0 && left > 0 && sealed + left == texts.len(), "{sealed} sealed, {left} left");
    assert!(matches!(Database::open(scratch.url(), Access::Read), Err(StoreError::Older { .. })));
    statements("drop trigger cut");
    let database = open(scratch.url());
    assert_eq!(all(&database, region), texts[..6]);
    for position in [5, 600, 4 + MANY] {
        assert_eq!(database.personal(region, position).unwrap()[0].text, format!("{COMMENT} {position}"));
    }
    assert_eq!(name_of(&database, region, 2), Some("李白".to_owned()));
    assert_eq!(found(&database, region, "欧阳"), [actor(1), actor(2)]);
    let row = told(region);
    assert_eq!(database.auditing(&row).forget(region, &[actor(101)]).unwrap(), 1);
    assert_eq!(database.personal(region, 1).unwrap(), [], "the telephone number beside the name is the person's too");
    database.close().unwrap();
    let bytes: Vec<u8> =
        fs::read_dir(scratch.folder()).unwrap().flat_map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    for secret in [NAME, "李白", PHONE, COMMENT] {
        assert!(!holds(&bytes, secret), "`{secret}` still lies open");
    }
    let shell = rusqlite::Connection::open(&path).unwrap();
    let there = "select count(*) from sqlite_schema where name = 'vault_plain'";
    assert_eq!(shell.query_row::<i64, _, _>(there, [], |row| row.get(0)).unwrap(), 0);
}

/// The same on a server, with two texts.
const BEFORE_ON_SERVER: &str = "
    drop table vault;
    drop table vault_key;
    drop table vault_name;
    drop table approval;
    drop table announcement;
    alter table quarantine drop column sealed, drop column mark, add column body text not null default '';
    create table vault (
        region_id   bigint not null,
        position    bigint not null,
        member      text collate \"C\" not null,
        actor       bytea,
        salt        bytea not null check (length(salt) = 16),
        text        text collate \"C\" not null,
        primary key (region_id, position, member)
    );
    create index vault_by_actor on vault (region_id, actor, position) where actor is not null;
    create index vault_by_name on vault (region_id, substr(text, 1, 64)) where actor is not null;
    delete from refinery_schema_history where version >= 18;
    insert into vault
    select id, 1, 'person_name', decode(repeat('65', 16), 'hex'), decode(repeat('01', 16), 'hex'), '欧阳金丝雀' from region
    union all
    select id, 4, 'comment', null, decode(repeat('04', 16), 'hex'), '等了很久金丝雀' from region";

#[test]
fn plain_texts_on_a_server_are_sealed_by_its_owner() {
    let fixture = Fixture::on(Scratch::postgres());
    fixture.commit(&Commit { actors: vec![code(1)], ..records(0, 4) });
    let Fixture { scratch, database, region } = fixture;
    drop(database);
    let (cluster, name) = (cluster().unwrap(), scratch.url().rsplit('/').next().unwrap());
    let before = format!("set role {OWNER}; set search_path = jifen; {BEFORE_ON_SERVER}");
    cluster.run_in(name, &before).unwrap();
    assert!(matches!(Database::open(scratch.url(), Access::Read), Err(StoreError::Unmigrated { .. })));
    Database::migrate(&cluster.url(OWNER, name), None).unwrap();
    let database = open(scratch.url());
    let kept = [text(1, "person_name", Some(101), NAME), text(4, "comment", None, COMMENT)];
    assert_eq!(all(&database, region), kept);
    assert_eq!(found(&database, region, "欧阳"), [actor(1)]);
    let fixture = Fixture { scratch, database, region };
    assert!(!holds(&bytes(&fixture), NAME));
    let there = "select count(*) from pg_class where relname = 'vault_plain'";
    assert_eq!(cluster.run_in(fixture.scratch.url().rsplit('/').next().unwrap(), there).unwrap(), "0");
}
