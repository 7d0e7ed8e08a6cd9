//! Leaderboard, entries, explanation and export: shapes that other programs rely on.

use serde_json::{Value, json};

use crate::harness::{Scratch, service};

/// Two people: 18 and 38 minutes, 18 minutes.
fn filled() -> Scratch {
    let scratch = Scratch::with_hall();
    let events =
        [service(1, "P1", "W1", 12, 18), service(2, "P1", "W1", 13, 38), service(3, "P2", "W2", 12, 18)].concat();
    assert_eq!(scratch.import_events(&events, &[]).code, 0);
    scratch
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn the_leaderboard_has_its_shape() {
    let scratch = filled();
    let db = scratch.db();
    let board = |subject: &str, period: &str, more: &[&str]| {
        let base = ["leaderboard", "--db", &db, "--region", "t", "--subject", subject, "--period", period, "--json"];
        scratch.good(&[&base[..], more].concat()).json()
    };
    let people = board("person", "2026-10", &[]);
    for name in ["region", "subject", "period", "as_of_position", "items", "next"] {
        assert!(keys(&people).contains(&name), "{name}");
    }
    assert_eq!(
        (&people["region"], &people["subject"], &people["period"]),
        (&json!("t"), &json!("person"), &json!("2026-10"))
    );
    let names = [
        "rank",
        "subject",
        "actor_kind",
        "points",
        "own_points",
        "members_points",
        "posted",
        "provisional",
        "facts",
        "sufficient",
    ];
    for name in names {
        assert!(keys(&people["items"][0]).contains(&name), "{name}");
    }
    let line =
        |item: &Value| (item["rank"].clone(), item["subject"].clone(), item["points"].clone(), item["facts"].clone());
    assert_eq!(line(&people["items"][0]), (json!(1), json!("P2"), json!("5"), json!(1)));
    assert_eq!(line(&people["items"][1]), (json!(2), json!("P1"), json!("2"), json!(2)));
    let windows = board("window", "2026-10-12", &[]);
    assert_eq!(windows["items"][0]["members_points"], "5");
    assert_eq!(board("person", "2026-10", &["--rule", "no-such-rule"])["items"], json!([]));
    assert_eq!(board("person", "2026-10", &["--limit", "1"])["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(board("person", "2026-10", &["--dimension", "efficiency"])["items"][0]["points"], "5");
    let text = scratch.good(&["leaderboard", "--db", &db, "--region", "t", "--subject", "person", "--period", "all"]);
    assert!(text.stdout.contains("王岚"), "{}", text.stdout);
}

#[test]
fn entries_lead_to_explanations() {
    let scratch = filled();
    let db = scratch.db();
    let base = ["entries", "--db", &db, "--region", "t", "--json"];
    let all = scratch.good(&base).json();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(3));
    let own =
        scratch.good(&[&base[..], &["--subject-kind", "person", "--subject", "P1", "--limit", "1"]].concat()).json();
    assert_eq!(own["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(own["items"][0]["business_date"], "2026-10-13");
    let position = own["items"][0]["position"].to_string();
    let explained = scratch.good(&["explain", "--db", &db, "--json", "t", &position]).json();
    assert_eq!(explained["entry"]["points"], "-3");
    assert_eq!(explained["checks"], json!({"entry_digest": true, "facts_digest": true, "records": true}));
    assert_eq!(explained["facts"][0]["events"].as_array().map(Vec::len), Some(2));
    let told = scratch.good(&["explain", "--db", &db, "t", &position]);
    assert!(told.stdout.contains("办理时长"), "{}", told.stdout);
    assert_eq!(scratch.jifen(&["explain", "--db", &db, "t", "999"]).code, 2);
    assert_eq!(scratch.jifen(&["entries", "--db", &db, "--region", "t", "--subject", "P1"]).code, 2);
}

#[test]
fn the_export_has_every_entry_and_every_column() {
    let scratch = filled();
    let db = scratch.db();
    let base = ["export", "ledger", "--db", &db, "--region", "t", "--format"];
    let csv = scratch.good(&[&base[..], &["csv"]].concat()).stdout;
    let header = "region,position,kind,rule,version,band,subject_kind,subject,points,business_date,booked_month,anchor,person,window,department,hall,reverses,digest";
    assert_eq!(csv.lines().next(), Some(header));
    assert_eq!(csv.lines().count(), 4);
    let lines = scratch.good(&[&base[..], &["jsonl"]].concat()).stdout;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap_or_default()).expect("JSON");
    let mut expected: Vec<&str> = header.split(',').collect();
    expected.sort_unstable();
    let mut found = keys(&first);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!((&first["position"], &first["window"], &first["department"]), (&json!(1), &json!("W1"), &json!("D1")));
}

#[test]
fn what_is_not_there_is_said() {
    let scratch = Scratch::with_hall();
    let db = scratch.db();
    let region = scratch.jifen(&["replay", "--db", &db, "--region", "elsewhere"]);
    assert_eq!((region.code, region.stderr.contains("the database has `t`")), (2, true), "{}", region.stderr);
    assert_eq!(scratch.jifen(&["replay", "--db", "sqlite:none.db", "--region", "t"]).code, 4);
    let period = ["leaderboard", "--db", &db, "--region", "t", "--subject", "person", "--period", "2026-13"];
    assert_eq!(scratch.jifen(&period).code, 2);
    let board =
        scratch.good(&["leaderboard", "--db", &db, "--region", "t", "--subject", "hall", "--period", "all", "--json"]);
    assert_eq!(board.json()["items"], json!([]));
}
