//! The alarm before the disk is full, and the log in files.

use std::fs;

use serde_json::Value;

use crate::harness::{Client, Scratch};

fn ready(address: &str) -> Value {
    let (status, body) =
        Client::connect(address, "").expect("connected").request("GET", "/readyz", "text/plain", "").expect("answered");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

#[test]
fn a_disk_that_is_nearly_full_is_told_everywhere() {
    let scratch = Scratch::with_hall();
    let (administrator, manager) = (scratch.key("administrator"), scratch.key("manager"));
    let get = |address: &str, key: &str, path: &str| {
        let answer = Client::connect(address, key).expect("connected").request("GET", path, "text/plain", "");
        let (status, body) = answer.expect("answered");
        assert_eq!(status, 200, "{path}: {body}");
        body
    };
    // No disk has so much left.
    let server = scratch.serve_with(&["--disk-free-min-mib", "1000000000000"]);
    assert_eq!(ready(&server.address)["disk"], "low");
    let quality =
        |key: &str| serde_json::from_str::<Value>(&get(&server.address, key, "/api/v1/data_quality")).expect("JSON");
    let disk = &quality(&administrator)["disk"];
    assert_eq!((disk["is_low"].as_bool(), disk["free_bytes"].as_u64() > Some(0)), (Some(true), true), "{disk}");
    assert!(quality(&manager)["disk"].is_null(), "the disk is an administrator's");
    let metrics = get(&server.address, &administrator, "/metrics");
    let metric = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<f64>().ok()).expect(name)
    };
    assert!(metric("jifen_store_free_bytes") < metric("jifen_store_free_min_bytes"));
    let log = server.log.clone();
    drop(server);
    let log = fs::read_to_string(log).expect("log");
    assert_eq!(log.matches("nearly full").count(), 1, "once, not at every look: {log}");

    let server = scratch.serve_with(&["--disk-free-min-mib", "0"]);
    assert_eq!(ready(&server.address)["disk"], "ok");
    let log = server.log.clone();
    drop(server);
    let log = fs::read_to_string(log).expect("log");
    assert!(!log.contains("nearly full"), "{log}");
}

#[test]
fn the_log_goes_to_a_file() {
    let scratch = Scratch::with_hall();
    let path = scratch.path("jifen.log");
    let file = path.to_str().expect("text");
    let mut server = scratch.serve_with(&["--log-file", file, "--log-files-kept", "2"]);
    let pid = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(server.child.wait().expect("ended").code(), Some(0));
    let lines = fs::read_to_string(&path).expect("log");
    let last: Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["fields"]["message"], "stopped");
    assert_eq!(fs::read_to_string(&server.log).expect("log"), "", "nothing on standard error");
    let refused = scratch.jifen(&["serve", "--db", &scratch.db(), "--log-file", "no/such/folder/log"]);
    assert_eq!((refused.code, refused.stderr.contains("--log-file")), (2, true), "{}", refused.stderr);
}
