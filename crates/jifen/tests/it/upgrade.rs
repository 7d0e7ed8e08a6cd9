//! Databases of earlier releases, kept in `testdata/journals/`: each opens, replays to the same ledger and takes new events.

use std::{fs, path::Path};

use serde_json::json;

use crate::harness::{Scratch, event};

#[test]
fn the_first_release_is_still_read() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/journals/v1/hall.db");
    let scratch = Scratch::on_file();
    fs::copy(kept, scratch.path("jifen.db")).expect("fixture");
    let db = scratch.db();
    let early = scratch.jifen(&["replay", "--db", &db, "--region", "511602"]);
    assert_ne!(early.code, 0);
    assert!(early.stderr.contains("has schema 1"), "a reading command says what to do first: {}", early.stderr);
    let share = event("1", "data.shared", "2026-11-23T10:00:00+08:00", json!({"provider": "D1", "receiver": "D2"}));
    scratch.write("more.jsonl", format!("{share}\n").as_bytes());
    scratch.good(&["import", "--db", &db, "--region", "511602", "--mapping", "cloudevents", "more.jsonl"]);
    scratch.good(&["replay", "--db", &db, "--region", "511602"]);
    let entries = scratch.good(&["entries", "--db", &db, "--region", "511602", "--json"]).json();
    let items = entries["items"].as_array().expect("entries");
    assert_eq!(items.len(), 3);
    let kept = items.iter().find(|entry| entry["subject"] == "P1001").expect("the first release's entry");
    assert_eq!(kept["points"], "5");
    assert_eq!(kept["digest"], "b28c97e5bd915c95c981d7ebd5dc5d2537f7a06b11a1b0fb08eac3487c697230");
}
