//! `copy`: a hall moves from its file to a server, with everything; `backup` and `restore` of a server while it is served.

use serde_json::Value;

use crate::harness::{Client, Scratch, service};

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
