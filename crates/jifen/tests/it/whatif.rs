//! `jifen whatif`: what a draft would have given is what it gives where it is in force.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{HALL, Scratch, event, service};

/// A set of per-fact points with a monthly cap, and a monthly rate.
fn rules(short: &str, cap: &str, least: u32) -> String {
    format!(
        r#"
format = 1
[ruleset]
id = "book"
title = "办法"
effective_from = 2026-01-01
[[rule]]
id = "time"
title = "办理时长"
dimension = "efficiency"
on = "service"
subject = "person"
value = "fact.service_ms"
cap = {{ per = "month", max = {cap} }}
[[rule.band]]
upto = "20min"
points = "{short}"
[[rule.band]]
points = -1
[[rule]]
id = "happy"
title = "满意度"
dimension = "quality"
on = "rating"
subject = "person"
period = "month"
measure = "rate"
that = "fact.satisfied"
min_facts = {least}
[[rule.band]]
below = "80%"
points = -5
[[rule.band]]
points = 10
"#
    )
}

/// A hall under these rules, with two months of the same services and ratings; October is closed where it says so.
fn hall(rules: &str, close: bool) -> Scratch {
    let scratch = Scratch::new();
    scratch.write_all(&HALL);
    scratch.write("hall/rules/book.toml", rules.as_bytes());
    scratch.good(&["init", "--db", &scratch.db(), "hall"]);
    let mut random = fastrand::Rng::with_seed(26);
    let mut events = Vec::new();
    for number in 0..300 {
        let (person, window) = if random.bool() { ("P1", "W1") } else { ("P2", "W2") };
        events.extend(service(number, person, window, random.u32(1..=28), random.u32(1..=45)));
        let rating = json!({"service": format!("A{number}"), "level": random.u32(2..=5), "mode": "active"});
        let time = format!("2026-10-{:02}T18:00:00+08:00", random.u32(1..=28));
        events.push(event(&format!("{number}/rating"), "rating.submitted", &time, rating));
    }
    let close: &[&str] = if close { &["--close-through", "2026-10"] } else { &[] };
    assert_eq!(scratch.import_events(&events, close).code, 0);
    scratch
}

/// Points and ranks by subject on October's boards.
fn board(scratch: &Scratch, kind: &str) -> BTreeMap<String, (String, Option<u64>)> {
    let db = scratch.db();
    let arguments = ["leaderboard", "--db", &db, "--region", "t", "--subject", kind, "--period", "2026-10", "--json"];
    let items = scratch.good(&arguments).json()["items"].as_array().expect("items").clone();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    items.iter().map(|item| (text(&item["subject"]), (text(&item["points"]), item["rank"].as_u64()))).collect()
}

#[test]
fn a_draft_gives_what_it_gives_in_force() {
    let (standing, draft) = (rules("5", "300", 5), rules("2.5", "40", 40));
    for close in [false, true] {
        let (here, there) = (hall(&standing, close), hall(&draft, close));
        let file = here.write("draft.toml", draft.as_bytes());
        let db = here.db();
        let span = ["--from", "2026-10-01", "--to", "2026-10-31", "--json"];
        let mut arguments = vec!["whatif", "--db", &db, "--region", "t", "--rules", file.to_str().expect("UTF-8")];
        arguments.extend(span);
        let found = here.good(&arguments).json();
        let lines = found["subjects"].as_array().expect("subjects");
        for kind in ["person", "window", "department", "hall"] {
            let side = |points: &str, rank: &str| -> BTreeMap<String, (String, Option<u64>)> {
                let own = lines.iter().filter(|line| line["kind"] == kind);
                own.map(|line| {
                    let points = line["points"][points].as_str().expect("points").to_owned();
                    (line["subject"].as_str().expect("subject").to_owned(), (points, line[rank].as_u64()))
                })
                .collect()
            };
            assert_eq!(side("before", "rank_before"), board(&here, kind), "{kind}, closed: {close}");
            assert_eq!(side("after", "rank_after"), board(&there, kind), "{kind}, closed: {close}");
        }
        assert_ne!(found["total"]["before"], found["total"]["after"]);
        here.good(&["replay", "--db", &db, "--region", "t"]);
    }
}

#[test]
fn faults_of_a_draft_are_told_with_their_place() {
    let here = hall(&rules("5", "300", 5), false);
    let db = here.db();
    let file = here.write("draft.toml", rules("5", "300", 5).replace("service_ms", "service_sm").as_bytes());
    let draft = file.to_str().expect("UTF-8");
    let run = |from: &str, to: &str| {
        here.jifen(&["whatif", "--db", &db, "--region", "t", "--rules", draft, "--from", from, "--to", to])
    };
    let broken = run("2026-10-01", "2026-10-31");
    assert_eq!(broken.code, 3, "{}", broken.stderr);
    assert!(broken.stderr.contains("draft.toml:13:"), "{}", broken.stderr);
    here.write("draft.toml", rules("5", "300", 5).as_bytes());
    assert_eq!(run("2026-10-31", "2026-10-01").code, 2);
    let plain = run("2026-10-01", "2026-10-31");
    assert_eq!(plain.code, 0, "{}", plain.stderr);
    assert!(plain.stdout.contains("0 gain, 0 lose, 2 stay"), "{}", plain.stdout);
}

#[test]
fn a_file_is_checked_against_the_last_ninety_days() {
    let here = hall(&rules("5", "300", 5), false);
    let db = here.db();
    let rare = "[[rule]]\nid = \"flag\"\ntitle = \"锦旗\"\nbasis = \"第九条\"\ngoal = \"表彰\"\nreview_on = 2027-01-01\ndimension = \"quality\"\n\
        on = \"finding\"\nsubject = \"person\"\npoints = 5\ncap = { per = \"day\", max = 10 }\n";
    let text = format!("{}{rare}", rules("5", "300", 5));
    let file = here.write("book.toml", text.as_bytes());
    let path = file.to_str().expect("UTF-8");
    let plain = here.good(&["rules", "check", path]);
    assert!(plain.stdout.contains("依据 第九条；目的 表彰；复核 2027-01-01；一天至多加 10 分"), "{}", plain.stdout);
    assert!(plain.stdout.contains("at most 320 points per person and day"), "{}", plain.stdout);
    assert!(!plain.stderr.contains("没有一件事实"), "{}", plain.stderr);
    let tried = here.good(&["rules", "check", path, "--db", &db, "--region", "t", "--to", "2026-11-15"]);
    assert!(tried.stdout.contains("2026-08-18 – 2026-11-15"), "{}", tried.stdout);
    assert!(tried.stdout.contains("触及 2 个，300 件"), "{}", tried.stdout);
    let line = text.lines().position(|line| line == "id = \"flag\"").expect("the rule") + 1;
    assert!(
        tried.stderr.contains(&format!("book.toml:{line}:6: 规则 `flag`：2026-08-18 至 2026-11-15 没有一件事实触及它")),
        "{}",
        tried.stderr
    );
    let denied =
        here.jifen(&["rules", "check", path, "--deny-warnings", "--db", &db, "--region", "t", "--to", "2026-11-15"]);
    assert_eq!(denied.code, 3);
    assert_eq!(here.jifen(&["rules", "check", path, "--db", &db]).code, 2, "a database has several regions");
}
