//! The vault on the disk: nothing personal lies open, its key is asked for where it is missing, and who is forgotten stays so.

use std::{collections::BTreeSet, fs};

use jifen_server::privacy::retention::kept;
use serde_json::json;

use crate::harness::{Client, Scratch, event, service};

/// What the hall's people are called, and what a citizen said.
const SECRETS: [&str; 3] = ["王岚", "李文博", "金丝雀之言"];

/// With a comment beside the people's names.
fn said(scratch: Scratch) -> Scratch {
    let rating = json!({"level": 1, "window": "W1", "comment": "金丝雀之言", "phone": "13812345678"});
    let mut told = vec![event("rating", "rating.submitted", "2026-10-12T10:00:00+08:00", rating)];
    told.extend(
        [("P1", "W1"), ("P2", "W2")].into_iter().zip(1..).flat_map(|((who, at), n)| service(n, who, at, 12, 18)),
    );
    assert_eq!(scratch.import_events(&told, &[]).code, 0);
    scratch
}

/// Every byte of the files of the scratch folder that a hall's database made.
fn bytes(scratch: &Scratch) -> Vec<u8> {
    let files = fs::read_dir(scratch.directory.path()).expect("folder").map(|entry| entry.expect("entry").path());
    let ours = files.filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != "events.jsonl"));
    ours.flat_map(|path| fs::read(path).expect("read")).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn nothing_personal_lies_open_in_a_file_its_log_or_a_backup() {
    let scratch = said(Scratch::with_hall_on_file());
    let key = scratch.key("source");
    let server = scratch.serve();
    let sent = json!({"level": 2, "window": "W1", "comment": "金丝雀之言", "phone": "13812345678"});
    let sent = event("live", "rating.submitted", "2026-10-12T11:00:00+08:00", sent).to_string();
    let mut client = Client::connect(&server.address, &key).expect("connected");
    let (status, said) = client.request("POST", "/api/v1/events", "application/cloudevents+json", &sent).expect("sent");
    assert_eq!(status, 200, "{said}");
    // Refused, and kept as it came.
    let odd = json!({"level": 9, "window": "W1", "comment": "金丝雀之言", "phone": "13812345678"});
    let odd = event("odd", "rating.submitted", "2026-10-12T11:00:00+08:00", odd).to_string();
    let (status, said) = client.request("POST", "/api/v1/events", "application/cloudevents+json", &odd).expect("sent");
    assert_eq!(status, 422, "{said}");
    let out = scratch.path("backup.db").display().to_string();
    scratch.good(&["backup", "--db", &scratch.db(), "--out", &out]);
    assert!(scratch.path("jifen.db-wal").metadata().expect("a log").len() > 0, "the log is looked at too");
    let bytes = bytes(&scratch);
    assert!(holds(&bytes, "/data/level"), "the refused event is there");
    assert!(holds(&bytes, "rating.submitted") || holds(&bytes, "comment"), "rows are there to be looked at");
    for secret in SECRETS.iter().chain(&["13812345678"]) {
        assert!(!holds(&bytes, secret), "`{secret}` lies open");
    }
    drop(server);
}

#[test]
fn the_key_goes_its_own_way_and_is_asked_for() {
    let scratch = said(Scratch::with_hall_on_file());
    let out = scratch.path("backup.db").display().to_string();
    scratch.good(&["backup", "--db", &scratch.db(), "--out", &out]);
    let moved = format!("sqlite:{}", scratch.path("moved.db").display());
    scratch.good(&["restore", "--from", &out, "--db", &moved]);
    scratch.good(&["replay", "--db", &moved, "--region", "t"]);
    let board = ["leaderboard", "--db", &moved, "--region", "t", "--subject", "person", "--period", "2026-10"];
    for command in [&["serve", "--db", &moved, "--listen", "127.0.0.1:0"][..], &board] {
        let refused = scratch.jifen(command);
        assert_eq!(refused.code, 4, "{}", refused.stdout);
        assert!(refused.stderr.contains("moved.db.key` is not there"), "{}", refused.stderr);
    }
    fs::copy(scratch.path("jifen.db.key"), scratch.path("moved.db.key")).expect("copied");
    assert!(scratch.good(&board).stdout.contains("王岚"));
}

#[test]
fn who_is_forgotten_is_forgotten_in_backups_made_from_then_on_and_the_ledger_is_what_it_was() {
    for scratch in [Scratch::with_hall_on_file(), Scratch::with_hall_on_server()] {
        let scratch = said(scratch);
        let db = scratch.db();
        let forget = |person: &str, reason: &str| {
            let of = ["person", "forget", "--db", &db, "--region", "t", "--person", person, "--reason", reason];
            scratch.jifen(&of)
        };
        assert_eq!(forget("P1", " ").code, 2);
        let unknown = forget("P9", "left");
        assert!(unknown.code == 2 && unknown.stderr.contains("no person `P9`"), "{}", unknown.stderr);
        let first = forget("P1", "left");
        assert!(first.code == 0 && first.stdout.contains("forgotten"), "{}{}", first.stdout, first.stderr);
        assert!(forget("P1", "left").stdout.contains("nothing to forget"));
        scratch.good(&["replay", "--db", &db, "--region", "t"]);
        scratch.good(&["audit", "--db", &db, "--region", "t"]);
        let out = scratch.path("backup.db").display().to_string();
        scratch.good(&["backup", "--db", &db, "--out", &out]);
        if db.starts_with("sqlite:") {
            fs::copy(scratch.path("jifen.db.key"), scratch.path("backup.db.key")).expect("copied");
        } else {
            let named = std::env::var("JIFEN_VAULT_KEY").expect("cargo names it");
            fs::copy(format!("{named}/vault.key"), scratch.path("backup.db.key")).expect("copied");
        }
        for place in [db.clone(), format!("sqlite:{out}")] {
            let names = names(&scratch, &place);
            assert!(names.contains("李文博") && !names.contains("王岚") && names.contains("P1"), "{place}: {names}");
        }
    }
}

#[test]
fn every_table_of_a_database_is_in_the_terms_of_what_is_kept() {
    let scratch = Scratch::with_hall_on_file();
    let file = rusqlite::Connection::open(scratch.path("jifen.db")).expect("open");
    let listed = "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'";
    let mut statement = file.prepare(listed).expect(listed);
    let rows = statement.query_map([], |row| row.get(0)).expect(listed);
    let mut there: BTreeSet<String> = rows.collect::<Result<_, _>>().expect(listed);
    let server = Scratch::with_hall_on_server();
    let name = server.db().rsplit('/').next().expect("a name").to_owned();
    let listed = "select string_agg(relname, ' ') from pg_class where relkind in ('r', 'p')
        and relnamespace = 'jifen'::regnamespace";
    let on_server = jifen_scratch::cluster().and_then(|cluster| cluster.run_in(&name, listed)).expect("listed");
    there.extend(on_server.split(' ').map(str::to_owned));
    let kept: BTreeSet<String> = kept().iter().flat_map(|kept| kept.tables.clone()).collect();
    assert_eq!(there, kept);
}

/// The board with everybody on it.
fn names(scratch: &Scratch, db: &str) -> String {
    scratch.good(&["leaderboard", "--db", db, "--region", "t", "--subject", "person", "--period", "2026-10"]).stdout
}
