//! `backup` while a server takes events, `restore` elsewhere: everything acknowledged before the backup is in it.

use std::{fs, os::unix::fs::PermissionsExt};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Client, Scratch, event, service};

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
    let region = &told["regions"][0];
    assert_eq!((&region["position"], told["age_s"].as_u64() < Some(600)), (&region["records"], true), "{told}");
    assert!(region["until"].as_str().is_some_and(|until| until.starts_with("20")), "{told}");
    assert_eq!((&told["identical"], &told["regions"][0]["behind"]), (&true.into(), &events.len().into()));
    let written: serde_json::Value = serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
    assert_eq!(written, told);
    assert_eq!(fs::read_dir(&room).expect("the room").count(), 0, "the restored hall is still there");

    // What was written last need not hold the most: an old copy was copied back, an unreadable one lies beside.
    fs::copy(format!("{backups}/first.db"), format!("{backups}/third.db")).expect("copied");
    assert!(drill(&[]).json()["backup"].as_str().expect("a path").ends_with("second.db"));
    fs::write(format!("{backups}/torn.db"), vec![b'x'; 5_000]).expect("written");
    let torn = drill(&[]);
    assert_eq!(torn.code, 1, "it may have been the newest: {}", torn.stderr);
    assert!(torn.json()["unreadable"][0]["file"].as_str().expect("a file").ends_with("torn.db"), "{}", torn.stdout);
    fs::remove_file(format!("{backups}/torn.db")).expect("removed");

    let connection = Connection::open(format!("{backups}/second.db")).expect("open");
    connection.execute_batch("update rollup set own_posted = own_posted + 1000").expect("changed");
    drop(connection);
    let ran = drill(&[]);
    assert_eq!((ran.code, &ran.json()["identical"]), (1, &false.into()), "{}", ran.stderr);
    assert_eq!(fs::read_dir(&room).expect("the room").count(), 0, "the restored hall is still there");
}

/// Every stored row that follows from the journal or was cut with it, for a comparison by eye of the program.
fn rows(path: &std::path::Path) -> Vec<(String, Vec<String>)> {
    let connection = Connection::open(path).expect("open");
    let listed = [
        "select position, hex(bytes), hex(digest), hex(locator) from ledger",
        "select kind, hex(key), hex(value) from state",
        "select bucket, subject_kind, grain, date, hex(subject), rule, dimension, own_posted, members_posted,
            own_provisional, members_provisional, facts from rollup where own_posted or members_posted or facts
            or own_provisional or members_provisional",
        "select hall, date, indicator, facts, sum from measure",
        "select position, member, hex(actor), hex(holder), hex(sealed) from vault",
        "select hex(sourced), hex(plain), source, code from actor_code",
        "select number, received, source, id, hex(sealed), resolved, mended_position from quarantine",
        "select name, role, hex(digest) from access_key",
    ];
    let all = |select: &str| {
        let mut statement = connection.prepare(select).expect(select);
        let columns = statement.column_count();
        let texts = statement.query_map([], |row| {
            let cells = (0..columns).map(|index| row.get::<_, rusqlite::types::Value>(index));
            Ok(format!("{:?}", cells.collect::<Result<Vec<_>, _>>()?))
        });
        let mut texts: Vec<String> = texts.expect(select).collect::<Result<_, _>>().expect(select);
        texts.sort();
        (select.to_owned(), texts)
    };
    listed.into_iter().map(all).collect()
}

#[test]
fn a_hall_is_restored_as_it_stood_at_a_position_or_a_time() {
    let scratch = Scratch::with_hall_on_file();
    let import = |numbers: std::ops::Range<usize>| {
        let mut events: Vec<_> = numbers.clone().flat_map(|n| service(n, "P1", "W1", 1 + n as u32 % 28, 10)).collect();
        for n in numbers {
            let rating =
                json!({"service": format!("A{n}"), "level": 5, "mode": "active", "comment": format!("好 {n}")});
            events.push(event(&format!("{n}/rating"), "rating.submitted", "2026-10-30T09:00:00+08:00", rating));
            // One that is refused and kept apart, and somebody whose code is new.
            let share = json!({"provider": format!("D{n}"), "receiver": 7});
            events.push(event(&format!("{n}/share"), "data.shared", "2026-10-30T09:00:00+08:00", share));
            let late = json!({"person": format!("N{n}"), "window": "W1"});
            events.push(event(&format!("{n}/login"), "operator.login", "2026-10-30T09:00:00+08:00", late));
        }
        assert_eq!(scratch.import_events(&events, &[]).code, 0);
    };
    let back_up = |name: &str| {
        let out = scratch.path(name).to_str().expect("UTF-8").to_owned();
        (scratch.good(&["backup", "--db", &scratch.db(), "--out", &out, "--json"]).json(), out)
    };
    import(0..40);
    let (early, early_file) = back_up("early.db");
    let position = early["regions"][0]["records"].as_u64().expect("records");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let moment = jiff::Timestamp::now().to_string();
    std::thread::sleep(std::time::Duration::from_millis(50));
    import(40..70);
    // Access is the backup's, not that of then.
    scratch.key("staff");
    let (late, late_file) = back_up("late.db");
    let head = late["regions"][0]["records"].as_u64().expect("records");
    assert!(position > 100 && head > position + 50);

    let room = scratch.path("room");
    fs::create_dir(&room).expect("a folder");
    let restore = |name: &str, at: &str| {
        let db = format!("sqlite:{}", scratch.path(name).display());
        let (room, arguments) =
            (room.to_str().expect("UTF-8"), ["restore", "--from", &late_file, "--db", &db, "--json"]);
        scratch.jifen(&[&arguments[..], &["--at", at, "--scratch", room]].concat())
    };
    let as_it_was = rows(std::path::Path::new(&early_file));
    let count = |rows: &[(String, Vec<String>)], table: &str| {
        rows.iter().find(|(select, _)| select.ends_with(&format!("from {table}"))).map_or(0, |(_, rows)| rows.len())
    };
    for table in ["ledger", "state", "vault", "actor_code", "quarantine"] {
        assert!(count(&as_it_was, table) > 0, "nothing to compare in {table}");
        assert!(
            count(&rows(std::path::Path::new(&late_file)), table) > count(&as_it_was, table),
            "{table} did not grow"
        );
    }
    for (name, at) in [("by_position.db", position.to_string()), ("by_time.db", moment)] {
        let ran = restore(name, &at);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let told = ran.json();
        assert_eq!((&told["identical"], &told["regions"][0]["records"]), (&true.into(), &position.into()), "{told}");
        let cut = &told["cut"][0];
        assert_eq!((&cut["position"], &cut["of"]), (&position.into(), &head.into()), "{told}");
        let stands = rows(&scratch.path(name));
        for ((select, stands), (_, stood)) in
            stands.iter().zip(&as_it_was).filter(|((select, _), _)| !select.contains("access_key"))
        {
            assert_eq!(stands, stood, "{select}");
        }
        assert_eq!(count(&stands, "access_key"), 1, "who may what is as the backup has it");
        assert_eq!(fs::read_dir(&room).expect("the room").count(), 0, "something was left behind");
    }

    // It goes on from there: what came later is new to it.
    let again = Scratch { directory: tempfile::tempdir().expect("a folder"), ..Scratch::on_file() };
    fs::copy(scratch.path("by_time.db"), again.path("jifen.db")).expect("copied");
    let more: Vec<Value> = (39..50).flat_map(|n| service(n, "P1", "W1", 1 + n as u32 % 28, 10)).collect();
    let ran = again.import_events(&more, &[]).json();
    assert_eq!((&ran["accepted"], &ran["repeated"]), (&20.into(), &2.into()), "{ran}");
    again.good(&["replay", "--db", &again.db(), "--region", "t"]);

    for (at, said) in [
        ("9999999", "ends with record"),
        ("2001-01-01T00:00:00Z", "a later time"),
        ("0", "a later time"),
        ("noon", "with its offset"),
    ] {
        let ran = restore("never.db", at);
        assert_eq!(ran.code, 2, "{at}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{at}: {}", ran.stderr);
        assert!(!scratch.path("never.db").exists());
    }
    // A ledger that its journal does not lead to is not made right by stealth.
    let connection = Connection::open(&late_file).expect("open");
    let change = "drop trigger ledger_never_updated; update ledger set digest = zeroblob(32) where position = 3";
    connection.execute_batch(change).expect("changed");
    drop(connection);
    let ran = restore("never.db", &position.to_string());
    assert_eq!((ran.code, ran.stderr.contains("entry 3 of `t`")), (4, true), "{}", ran.stderr);
    assert!(!scratch.path("never.db").exists());
}
