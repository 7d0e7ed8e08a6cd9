//! `backup` while a server takes events, `restore` elsewhere: everything acknowledged before the backup is in it.

use std::{fs, os::unix::fs::PermissionsExt};

use rusqlite::Connection;

use crate::harness::{Client, Scratch, service};

fn posted(scratch: &Scratch, client: &mut Client, range: std::ops::Range<usize>) -> usize {
    let events: Vec<_> = range.flat_map(|n| service(n, "P1", "W1", 1 + n as u32 % 28, 10 + n as u32 % 40)).collect();
    let body = serde_json::to_string(&events).expect("JSON");
    let (status, answer) =
        client.request("POST", "/api/v1/events", "application/cloudevents-batch+json", &body).expect("an answer");
    assert_eq!(status, 200, "{answer} {}", scratch.directory.path().display());
    events.len()
}

#[test]
fn a_running_hall_is_backed_up_and_restored() {
    let scratch = Scratch::with_hall_on_file();
    let key = scratch.key("source");
    let server = scratch.serve();
    let mut client = Client::connect(&server.address, &key).expect("a connection");
    let before = posted(&scratch, &mut client, 0..200);
    let copy = scratch.path("copy.db");
    let out = copy.to_str().expect("UTF-8");
    let report = scratch.good(&["backup", "--db", &scratch.db(), "--out", out, "--json"]).json();
    let after = posted(&scratch, &mut client, 200..220);
    drop(server);

    assert_eq!(report["identical"], true);
    assert_eq!(report["bytes"], fs::metadata(&copy).expect("the copy").len());
    assert_eq!(fs::metadata(&copy).expect("the copy").permissions().mode() & 0o777, 0o600);
    let records = |value: &serde_json::Value| value["regions"][0]["records"].as_u64().expect("records");
    let db = format!("sqlite:{}", scratch.path("second.db").display());
    let restored = scratch.good(&["restore", "--from", out, "--db", &db, "--json"]).json();
    assert_eq!(records(&restored), records(&report));
    let now = scratch.good(&["replay", "--db", &scratch.db(), "--region", "t", "--json"]).json();
    assert_eq!(now["records"].as_u64(), Some(records(&report) + after as u64), "{before} before");

    // The restored hall goes on where the backup ended: the same events are new to it, the earlier ones known.
    let again = Scratch { directory: scratch.directory, ..Scratch::on_file() };
    fs::rename(again.path("second.db"), again.path("jifen.db")).expect("moved");
    for log in ["jifen.db-wal", "jifen.db-shm"] {
        fs::remove_file(again.path(log)).ok();
    }
    let server = again.serve();
    let mut client = Client::connect(&server.address, &key).expect("the key is in the backup");
    posted(&again, &mut client, 190..220);
    drop(server);
    let last = again.good(&["replay", "--db", &again.db(), "--region", "t", "--json"]).json();
    assert_eq!(last["records"], now["records"]);
}

#[test]
fn nothing_is_overwritten_and_no_bad_copy_is_restored() {
    let scratch = Scratch::with_hall_on_file();
    let copy = scratch.path("copy.db");
    let out = copy.to_str().expect("UTF-8");
    scratch.good(&["backup", "--db", &scratch.db(), "--out", out]);
    let size = fs::metadata(&copy).expect("the copy").len();
    let twice = scratch.jifen(&["backup", "--db", &scratch.db(), "--out", out]);
    assert_eq!((twice.code, fs::metadata(&copy).expect("the copy").len()), (2, size), "{}", twice.stderr);
    assert!(twice.stderr.contains("left untouched"), "{}", twice.stderr);
    let over = scratch.jifen(&["restore", "--from", out, "--db", &scratch.db()]);
    assert_eq!(over.code, 2, "{}", over.stderr);

    let text = scratch.write("text.db", b"no database at all, but long enough to be looked at as one ....");
    let other = format!("sqlite:{}", scratch.path("other.db").display());
    let foreign = scratch.jifen(&["restore", "--from", text.to_str().expect("UTF-8"), "--db", &other]);
    assert_eq!(foreign.code, 4, "{}", foreign.stderr);
    assert!(!scratch.path("other.db").exists());

    let missing = scratch.path("no/folder/copy.db");
    let nowhere = scratch.jifen(&["backup", "--db", &scratch.db(), "--out", missing.to_str().expect("UTF-8")]);
    assert_eq!(nowhere.code, 4, "{}", nowhere.stderr);
}

#[test]
fn a_copy_that_was_changed_is_told() {
    let scratch = Scratch::with_hall_on_file();
    let events: Vec<_> = (0..10).flat_map(|n| service(n, "P1", "W1", 1 + n as u32, 10)).collect();
    assert_eq!(scratch.import_events(&events, &[]).code, 0);
    let copy = scratch.path("copy.db");
    let out = copy.to_str().expect("UTF-8");
    scratch.good(&["backup", "--db", &scratch.db(), "--out", out]);
    let connection = Connection::open(&copy).expect("open");
    connection.execute_batch("update rollup set own_posted = own_posted + 1000").expect("changed");
    drop(connection);
    let db = format!("sqlite:{}", scratch.path("second.db").display());
    let ran = scratch.jifen(&["restore", "--from", out, "--db", &db, "--json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.json()["identical"], false);
}

#[test]
fn the_newest_backup_is_tried_and_thrown_away() {
    let scratch = Scratch::with_hall_on_file();
    let folder = |name: &str| {
        let path = scratch.path(name);
        fs::create_dir(&path).expect("a folder");
        path.to_str().expect("UTF-8").to_owned()
    };
    let (backups, room) = (folder("backups"), folder("room"));
    let drill = |more: &[&str]| {
        let arguments = ["drill", "--backups", &backups, "--scratch", &room, "--json"];
        scratch.jifen(&[&arguments, more].concat())
    };
    let none = drill(&[]);
    assert_eq!(none.code, 2, "{}", none.stderr);
    assert!(none.stderr.contains("jifen backup --out"), "{}", none.stderr);

    for (name, days) in [("first.db", 0..3), ("second.db", 3..5)] {
        let events: Vec<_> = days.flat_map(|n| service(n, "P1", "W1", 1 + n as u32, 10)).collect();
        assert_eq!(scratch.import_events(&events, &[]).code, 0);
        scratch.good(&["backup", "--db", &scratch.db(), "--out", &format!("{backups}/{name}")]);
    }
    let events: Vec<_> = (5..9).flat_map(|n| service(n, "P1", "W1", 1 + n as u32, 10)).collect();
    assert_eq!(scratch.import_events(&events, &[]).code, 0);
    let report = scratch.path("report.json");
    let ran = drill(&["--db", &scratch.db(), "--report", report.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told = ran.json();
    assert!(told["backup"].as_str().expect("a path").ends_with("second.db"), "{told}");
    assert_eq!((&told["identical"], &told["regions"][0]["behind"]), (&true.into(), &events.len().into()));
    let written: serde_json::Value = serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
    assert_eq!(written, told);
    assert_eq!(fs::read_dir(&room).expect("the room").count(), 0, "the restored hall is still there");

    let connection = Connection::open(format!("{backups}/second.db")).expect("open");
    connection.execute_batch("update rollup set own_posted = own_posted + 1000").expect("changed");
    drop(connection);
    let ran = drill(&[]);
    assert_eq!((ran.code, &ran.json()["identical"]), (1, &false.into()), "{}", ran.stderr);
    assert_eq!(fs::read_dir(&room).expect("the room").count(), 0, "the restored hall is still there");
}
