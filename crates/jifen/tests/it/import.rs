//! `import`: a mapped log, lines of CloudEvents, the second run, and input that breaks.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::harness::{Client, Scratch, event, service};

const LOG: &str = "\
case,activity,who,when
c1,open,anna,2011-05-07 09:00:00
c1,close,anna,2011-05-07 10:00:00
c2,open,bob,2011-05-08 09:00:00
c2,close,admin2,2011-05-09 09:00:00
,open,,2011-05-09 09:00:00
";

const MAPPING: &str = r#"
format = 1
title = "a small log"
source = { constant = "/log" }
time = { column = "when", format = "%Y-%m-%d %H:%M:%S" }
complete = "last_event"

[settings]
suspicion_min_ms = 0
suspicion_max_ms = 0

[actors]
system = ["admin*"]

[[event]]
type = "case.step"

[event.data]
case = { column = "case", empty = "keep" }
activity = "activity"
person = "who"
"#;

const RULES: &str = r#"
format = 1
[ruleset]
id = "r"
title = "快办"
[[rule]]
id = "fast"
title = "两小时内"
dimension = "efficiency"
on = "case"
subject = "person"
credit = "last"
value = "fact.elapsed_ms"
[[rule.band]]
upto = "2h"
points = 5
[[rule.band]]
points = -1
"#;

fn import(scratch: &Scratch, file: &str, more: &[&str]) -> crate::harness::Ran {
    scratch.write("mapping.toml", MAPPING.as_bytes());
    scratch.write("rules.toml", RULES.as_bytes());
    let db = scratch.db();
    let mut arguments =
        vec!["import", "--db", &db, "--region", "log", "--rules", "rules.toml", "--mapping", "mapping.toml", "--json"];
    arguments.extend(more);
    arguments.push(file);
    scratch.jifen(&arguments)
}

#[test]
fn a_log_becomes_points_and_a_second_run_changes_nothing() {
    let scratch = Scratch::new();
    scratch.write("log.csv", LOG.as_bytes());
    let first = import(&scratch, "log.csv", &["--close-through", "2011-05"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let summary = first.json();
    assert!(summary["entries"].as_u64() > Some(0), "{summary}");
    let board = || {
        let db = scratch.db();
        let arguments =
            ["leaderboard", "--db", &db, "--region", "log", "--subject", "person", "--period", "2011-05", "--json"];
        scratch.good(&arguments).json()
    };
    let before = board();
    let item = |code: &str| {
        before["items"].as_array().and_then(|items| items.iter().find(|item| item["subject"] == code)).cloned()
    };
    let anna = item("anna").expect("anna");
    assert_eq!((&anna["points"], &anna["rank"], &anna["actor_kind"]), (&json!("5"), &json!(1), &json!("person")));
    let system = item("admin2").expect("admin2");
    assert_eq!(
        (&system["points"], &system["rank"], &system["actor_kind"]),
        (&json!("-1"), &json!(null), &json!("system"))
    );
    let second = import(&scratch, "log.csv", &["--close-through", "2011-05"]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    let summary = second.json();
    assert_eq!((&summary["accepted"], &summary["records"], &summary["entries"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(board(), before);
    scratch.good(&["replay", "--db", &scratch.db(), "--region", "log"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let scratch = Scratch::new();
    scratch.write("log.csv", LOG.as_bytes());
    let ran = import(&scratch, "log.csv", &["--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["counts"]["jifen.case.step"], 5);
    assert!(!scratch.path("jifen.db").exists());
}

#[test]
fn broken_input_keeps_what_came_before() {
    let scratch = Scratch::new();
    let mut long = LOG.to_owned();
    for number in 0..20_000 {
        long.push_str(&format!("d{number},open,p{},2011-06-01 09:00:00\n", number % 7));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(long.as_bytes()).expect("compressed");
    let bytes = gzip.finish().expect("compressed");
    scratch.write("cut.csv.gz", &bytes[..bytes.len() * 2 / 3]);
    let cut = import(&scratch, "cut.csv.gz", &["--close-through", "2011-06"]);
    assert_eq!(cut.code, 3);
    assert!(cut.stderr.contains("not whole"), "{}", cut.stderr);
    let summary = cut.json();
    assert_eq!(summary["broken_files"], 1);
    assert!(summary["accepted"].as_u64() > Some(1_000), "{summary}");
    assert!(summary["problems"][0]["message"].as_str().is_some_and(|text| text.contains("truncated")), "{summary}");
    // Region, hall and rules alone: no period ends on a log of which a part is missing.
    assert_eq!(summary["records"].as_u64(), summary["accepted"].as_u64().map(|accepted| accepted + 3), "{summary}");
    // The mended file adds the rest.
    scratch.write("whole.csv", long.as_bytes());
    let whole = import(&scratch, "whole.csv", &[]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert!(whole.json()["repeated"].as_u64() > Some(1_000));

    scratch.write("short.csv", b"case,activity\nc1,open\n");
    let missing = import(&scratch, "short.csv", &[]);
    assert_eq!(missing.code, 3);
    let problem = missing.json()["problems"][0]["message"].as_str().unwrap_or("").to_owned();
    assert!(problem.contains("short.csv") && problem.contains("`who`") && problem.contains("`when`"), "{problem}");

    scratch.write("bad.csv", b"case,activity,who,when\nc1,open,anna,yesterday\n");
    let bad = import(&scratch, "bad.csv", &[]);
    assert_eq!(bad.code, 3);
    assert!(
        bad.json()["problems"][0]["message"].as_str().is_some_and(|text| text.contains("bad.csv`:2")),
        "{}",
        bad.stdout
    );
}

#[test]
fn broken_rules_mappings_and_months_are_refused_first() {
    let scratch = Scratch::new();
    scratch.write("log.csv", LOG.as_bytes());
    scratch.write("bad.toml", b"format = 1\n[ruleset]\nid = \"r\"\n");
    let db = scratch.db();
    let base = ["import", "--db", &db, "--region", "log"];
    let with = |more: &[&str]| scratch.jifen(&[&base[..], more].concat());
    let rules = with(&["--rules", "bad.toml", "log.csv"]);
    assert_eq!((rules.code, rules.stderr.contains("bad.toml:2:")), (3, true), "{}", rules.stderr);
    let mapping = with(&["--mapping", "bad.toml", "log.csv"]);
    assert_eq!((mapping.code, mapping.stderr.contains("bad.toml")), (3, true), "{}", mapping.stderr);
    assert_eq!(with(&["--close-through", "2011", "log.csv"]).code, 2);
    assert_eq!(with(&["--close-through", "2199-01", "log.csv"]).code, 2);
    assert_eq!(with(&["--timezone", "Mars/Phobos", "log.csv"]).code, 2);
    assert!(!scratch.path("jifen.db").exists());
    let unmapped = with(&["log.csv"]);
    assert_eq!(unmapped.code, 3, "{}", unmapped.stderr);
    assert!(unmapped.stderr.contains("--mapping"), "{}", unmapped.stderr);
}

#[test]
fn cloud_events_are_judged_one_by_one() {
    let scratch = Scratch::with_hall();
    let mut events = service(1, "P1", "W1", 12, 18);
    events.push(events[0].clone());
    let mut other = events[0].clone();
    other["data"]["window"] = "W2".into();
    events.push(other);
    events.push(event("x", "queue.lost", "2026-10-12T09:00:00+08:00", json!({})));
    events.push(event("y", "rating.submitted", "2026-10-12T09:00:00+08:00", json!({"level": 6})));
    let ran = scratch.import_events(&events, &[]);
    assert_eq!(ran.code, 3);
    let summary = ran.json();
    for (name, count) in
        [("accepted", 2), ("repeated", 1), ("conflicting", 1), ("rejected", 1), ("quarantined", 1), ("entries", 1)]
    {
        assert_eq!(summary[name], count, "{name}: {summary}");
    }
}

#[test]
fn an_unknown_code_waits_unless_registered() {
    let points = |actors: &str| {
        let scratch = Scratch::with_hall();
        let ran = scratch.import_events(&service(1, "stranger", "W1", 12, 18), &["--actors", actors]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let db = scratch.db();
        let board = scratch.good(&[
            "leaderboard",
            "--db",
            &db,
            "--region",
            "t",
            "--subject",
            "person",
            "--period",
            "all",
            "--json",
        ]);
        board.json()["items"][0]["points"].clone()
    };
    assert_eq!(points("register"), "5");
    assert_ne!(points("hold"), "5");
}

/// A sheet of lessons given, one of whose marks is beyond the declared ten.
const LESSONS: &str = "\
day,who,lessons,mark
2026-10-12 10:00:00,P1,3,9.5
2026-10-13 10:00:00,P2,2,10.5
";

const LESSONS_MAPPING: &str = r#"
format = 1
title = "带教登记"
source = { constant = "/lessons" }
time = { column = "day", format = "%Y-%m-%d %H:%M:%S" }

[[event]]
type = "fact.recorded"

[event.data]
fact_type = { constant = "coaching" }
person = "who"
fields.lessons = { column = "lessons", type = "integer" }
fields.mark = "mark"
"#;

/// The type that is declared, and what it gives.
const LESSONS_RULES: &str = r#"
format = 1
[ruleset]
id = "lessons"
title = "带教"
effective_from = 2026-01-01
[[fact]]
id = "coaching"
title = "带教"
title_en = "coaching"
about = "person"
[[fact.field]]
name = "lessons"
title = "课时"
holds = "whole"
min = 1
required = true
[[fact.field]]
name = "mark"
title = "学员评分"
holds = "decimal"
min = "0"
max = "10"
[[rule]]
id = "marks"
title = "带教评分"
dimension = "collaboration"
on = "fact:coaching"
subject = "person"
value = "fact.mark"
[[rule.band]]
below = "8.5"
points = 0
[[rule.band]]
points = 2
"#;

#[test]
fn a_declared_fact_that_does_not_fit_is_kept_apart_mended_and_gives_its_points() {
    let scratch = Scratch::with_hall();
    let db = scratch.db();
    scratch.write("lessons.csv", LESSONS.as_bytes());
    let (rules, mapping) = (("lessons.toml", LESSONS_RULES), ("mapping.toml", LESSONS_MAPPING));
    for (name, text) in [rules, mapping] {
        scratch.write(name, text.as_bytes());
    }
    let arguments = ["import", "--db", &db, "--region", "t", "--rules", rules.0, "--mapping", mapping.0, "--json"];
    let ran = scratch.jifen(&[&arguments[..], &["lessons.csv"]].concat());
    assert_eq!(ran.code, 0, "what is kept apart can be mended: {}{}", ran.stdout, ran.stderr);
    let summary = ran.json();
    assert_eq!((&summary["quarantined"], &summary["entries"]), (&json!(1), &json!(1)), "{summary}");
    let told = summary["problems"][0]["message"].as_str().unwrap_or_default();
    assert!(told.contains("in quarantine") && told.contains("/data/fields/mark"), "{summary}");

    let administrator = scratch.key("administrator");
    let server = scratch.serve();
    let mut client = Client::connect(&server.address, &administrator).expect("connected");
    let mut ask = |method: &str, path: &str, body: &Value| {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let (status, said) = client.request(method, path, "application/json", &body).expect("answered");
        assert_eq!(status, 200, "{path}: {said}");
        serde_json::from_str::<Value>(&said).expect("JSON")
    };
    let points = |board: &Value| -> Vec<(String, String)> {
        let items = board["items"].as_array().expect("items").iter();
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        items.map(|item| (text(item, "subject"), text(item, "points"))).filter(|(_, points)| points != "0").collect()
    };
    let board = "/api/v1/leaderboard?period=2026-10";
    assert_eq!(points(&ask("GET", board, &Value::Null)), [("P1".to_owned(), "2".to_owned())]);
    let kept = ask("GET", "/api/v1/quarantine?open=true", &Value::Null)["items"][0].clone();
    assert_eq!((&kept["pointer"], &kept["source"]), (&json!("/data/fields/mark"), &json!("/lessons")), "{kept}");
    assert!(kept["reason_zh"].as_str().is_some_and(|said| said.contains("不大于 10")), "{kept}");
    let mut mended = kept["event"].clone();
    assert_eq!(mended["data"]["fields"]["mark"], "10.5", "{mended}");
    mended["data"]["fields"]["mark"] = json!("8.5");
    let path = format!("/api/v1/quarantine/{}/mending", kept["number"]);
    assert_eq!(ask("POST", &path, &json!({"event": mended}))["status"], "accepted");
    let mut given = points(&ask("GET", board, &Value::Null));
    given.sort();
    assert_eq!(given, [("P1", "2"), ("P2", "2")].map(|(who, points)| (who.to_owned(), points.to_owned())));
    assert_eq!(ask("GET", "/api/v1/quarantine?open=true", &Value::Null)["items"], json!([]));
    drop(server);
    // The file again changes nothing: the mended one is a conflict, told, and kept apart no second time.
    let again = scratch.jifen(&[&arguments[..], &["lessons.csv"]].concat()).json();
    let told = ["conflicting", "quarantined", "records", "entries"].map(|name| again[name].as_u64());
    assert_eq!(told, [1, 0, 0, 0].map(Some), "{again}");
    scratch.good(&["replay", "--db", &db, "--region", "t"]);
}
