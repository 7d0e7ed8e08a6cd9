//! `copy`: a hall moves from its file to a server, with everything; `backup` and `restore` of a server while it is served.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    feeder::Feeder,
    harness::{Client, Scratch, service},
    nodes,
};

/// Longest that a hall of this size may be away while it moves, on a machine that is busy with other tests.
const PAUSE_MAX: Duration = Duration::from_secs(30);

fn post(address: &str, key: &str, events: &[Value]) -> Value {
    let mut client = Client::connect(address, key).expect("connected");
    let body = Value::from(events.to_vec()).to_string();
    let answer = client.request("POST", "/api/v1/events", "application/cloudevents-batch+json", &body);
    let (status, body) = answer.expect("answered");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

fn statuses(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().expect("results");
    results.iter().map(|result| result["status"].as_str().expect("status")).collect()
}

#[test]
fn a_hall_moves_up_with_everything_and_goes_on() {
    let scratch = Scratch::with_hall_on_file();
    let (key, from) = (scratch.key("source"), scratch.db());
    let mut bad = service(900, "P1", "W1", 3, 9);
    bad[0]["data"]["window"] = 7.into();
    let events: Vec<Value> = (0..300).flat_map(|n| service(n, "P1", "W1", 1 + n as u32 % 28, 10)).chain(bad).collect();
    let up = Scratch::over(jifen_scratch::Scratch::postgres());
    scratch.share_key(&up);
    let to = up.db();
    let server = scratch.serve();
    post(&server.address, &key, &events);
    let running = scratch.jifen(&["copy", "--from", &from, "--to", &to]);
    assert_eq!(running.code, 4, "{}", running.stderr);
    assert!(running.stderr.contains("jifen serve"), "it names who writes: {}", running.stderr);
    drop(server);

    let report = scratch.good(&["copy", "--from", &from, "--to", &to, "--json"]).json();
    assert_eq!(report["identical"], true, "{report}");
    let replayed = |db: &str| scratch.good(&["replay", "--db", db, "--region", "t", "--json"]).json();
    assert_eq!(replayed(&to), replayed(&from));
    let entries = |db: &str| scratch.good(&["entries", "--db", db, "--region", "t", "--json"]).json();
    assert_eq!(entries(&to), entries(&from));
    let twice = scratch.jifen(&["copy", "--from", &from, "--to", &to]);
    assert_eq!(twice.code, 2, "{}", twice.stderr);
    assert!(twice.stderr.contains("left untouched"), "{}", twice.stderr);

    // The same key lets in, what was sent is known, and what is new goes on.
    let server = up.serve();
    let again = post(&server.address, &key, &events);
    let known = statuses(&again).into_iter().filter(|status| *status == "repeated").count();
    assert_eq!(known, 601, "the service that began badly ends");
    assert_eq!(statuses(&post(&server.address, &key, &service(901, "P2", "W2", 4, 9))), ["accepted", "accepted"]);

    // A backup while it is served, put back beside it and into a file.
    let out = scratch.path("backup.db");
    let out = out.to_str().expect("UTF-8");
    let report = scratch.good(&["backup", "--db", &to, "--out", out, "--json"]).json();
    assert_eq!(report["identical"], true, "{report}");
    post(&server.address, &key, &service(902, "P2", "W2", 4, 9));
    let records = |report: &Value| report["regions"][0]["records"].as_u64().expect("records");
    for scratch in [jifen_scratch::Scratch::postgres(), jifen_scratch::Scratch::sqlite()] {
        let restored = up.good(&["restore", "--from", out, "--db", scratch.url(), "--json"]).json();
        assert_eq!(records(&restored), records(&report), "{restored}");
    }
    assert_eq!(replayed(&to)["records"].as_u64(), Some(records(&report) + 2));
    let refused = up.jifen(&["restore", "--from", out, "--db", &to]);
    assert_eq!(refused.code, 4, "a server runs on it: {}", refused.stderr);
}

/// Somebody posts all the while: what is acknowledged on either side stands once, and nobody waits longer than the move takes.
#[test]
fn a_hall_that_is_served_moves_up_with_a_pause_of_seconds() {
    let scratch = Scratch::with_hall_on_file();
    let (key, from) = (scratch.key("source"), scratch.db());
    let up = Scratch::over(jifen_scratch::Scratch::postgres());
    scratch.share_key(&up);
    let to = up.db();
    let mut server = scratch.serve();
    let (address, is_over) = (Mutex::new(server.address.clone()), AtomicBool::new(false));
    let acknowledged = Mutex::new(0);
    let wait_for = |more: usize| {
        let (begun, wanted) = (Instant::now(), *acknowledged.lock().expect("a count") + more);
        while *acknowledged.lock().expect("a count") < wanted {
            assert!(begun.elapsed() < PAUSE_MAX, "nothing is acknowledged");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let post = || {
        let (mut feeder, mut random) = (Feeder::default(), fastrand::Rng::with_seed(1));
        let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
        while !is_over.load(Ordering::Relaxed) {
            let at = address.lock().expect("an address").clone();
            match feeder.try_batch(&at, &key, &mut random) {
                Some(200) => {
                    longest = longest.max(last.elapsed());
                    last = Instant::now();
                    *acknowledged.lock().expect("a count") = feeder.acknowledged.len();
                }
                Some(_) | None => thread::sleep(Duration::from_millis(20)),
            }
        }
        (feeder, longest)
    };
    let (feeder, pause) = thread::scope(|scope| {
        let posting = scope.spawn(post);
        wait_for(500);
        server.signal("TERM");
        assert!(server.child.wait().expect("it ends").success());
        let report = scratch.good(&["copy", "--from", &from, "--to", &to, "--json"]).json();
        assert_eq!(report["identical"], true, "{report}");
        server = up.serve();
        *address.lock().expect("an address") = server.address.clone();
        wait_for(500);
        is_over.store(true, Ordering::Relaxed);
        posting.join().expect("posted")
    });
    eprintln!("{} events, longest without an answer: {pause:?}", feeder.acknowledged.len());
    assert!(pause < PAUSE_MAX, "{pause:?}");
    drop(server);
    nodes::check(&up, &[feeder]);
}

/// A file's backup is put back on a server as the hall stood at a position: the same as into a file, and the rest goes on there.
#[test]
fn a_hall_is_restored_on_a_server_as_it_stood_at_a_position() {
    let scratch = Scratch::with_hall_on_file();
    let key = scratch.key("source");
    let events: Vec<Value> = (0..60).flat_map(|n| service(n, "P1", "W1", 1 + n as u32 % 28, 10)).collect();
    assert_eq!(scratch.import_events(&events[..80], &[]).code, 0);
    let path = |name: &str| scratch.path(name).to_str().expect("UTF-8").to_owned();
    let back_up = |name: &str| {
        let report = scratch.good(&["backup", "--db", &scratch.db(), "--out", &path(name), "--json"]).json();
        report["regions"][0]["records"].as_u64().expect("records")
    };
    let position = back_up("early.db");
    assert_eq!(scratch.import_events(&events[80..], &[]).code, 0);
    assert_eq!(back_up("late.db"), position + 40);

    let up = Scratch::over(jifen_scratch::Scratch::postgres());
    scratch.share_key(&up);
    let file = format!("sqlite:{}", path("then.db"));
    let (late, at) = (path("late.db"), position.to_string());
    let restore = |db: &str| scratch.jifen(&["restore", "--from", &late, "--db", db, "--at", &at, "--json"]);
    for db in [&file, &up.db()] {
        let ran = restore(db);
        assert_eq!(ran.code, 0, "{db}: {}", ran.stderr);
        let told = ran.json();
        assert_eq!((&told["identical"], &told["regions"][0]["records"]), (&true.into(), &position.into()), "{told}");
    }
    for read in ["entries", "replay"] {
        let of = |db: &str| scratch.good(&[read, "--db", db, "--region", "t", "--json"]).json();
        assert_eq!(of(&up.db()), of(&file), "{read}");
    }
    let twice = restore(&up.db());
    assert_eq!(twice.code, 2, "{}", twice.stderr);

    let server = up.serve();
    let answer = post(&server.address, &key, &events);
    let count = |status: &str| statuses(&answer).into_iter().filter(|other| *other == status).count();
    assert_eq!((count("repeated"), count("accepted")), (80, 40), "{answer}");
    drop(server);
    let replayed = up.good(&["replay", "--db", &up.db(), "--region", "t", "--json"]).json();
    assert_eq!(replayed["records"].as_u64(), Some(position + 40), "{replayed}");
}
