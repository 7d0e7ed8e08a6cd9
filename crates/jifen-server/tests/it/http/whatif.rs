//! What-if: drafts tried on days that have been.

use std::time::Duration;

use serde_json::{Value, json};

use crate::city::{City, RULES, event};

/// A week of services, ratings and corrections, and the day's and month's ends.
async fn week(city: &City) {
    let (source, manager) = (city.key("source", &[]), city.key("administrator", &[]));
    let matter = json!({"matter": "M9", "standard_ms": 900_000});
    let made = city.post_one(&manager, &event("M9", "organisation.matter", "2026-01-01T00:00:00+08:00", matter)).await;
    assert_eq!(made.statuses(), ["accepted"]);
    let mut events = Vec::new();
    for number in 0..60 {
        let (day, hour) = (16 + number % 5, 9 + number % 7);
        let key = format!("s{number}");
        let matter = (number % 3 == 0).then_some("M9");
        let mut data = json!({"service": key, "person": format!("P{}", number % 4), "window": "7", "matter": matter});
        data.as_object_mut().expect("members").retain(|_, value| !value.is_null());
        let at = |minute: u32| format!("2026-11-{day}T{hour:02}:{minute:02}:00+08:00");
        events.push(event(&format!("{key}-a"), "service.started", &at(0), data.clone()));
        events.push(event(&format!("{key}-b"), "service.ended", &at(10 + number * 7 % 40), data));
        events.push(event(
            &format!("{key}-r"),
            "rating.submitted",
            &at(59),
            json!({"service": key, "level": 1 + number % 5}),
        ));
    }
    let statuses = city.post_batch(&source, &events).await.statuses();
    assert!(statuses.iter().all(|status| status == "accepted"), "{statuses:?}");
    // Whoever is unknown until now, and is known from now on: a recalculation that a draft must go through as well.
    for person in 0..4 {
        let data = json!({"person": format!("P{person}"), "kind": "person", "window": "7"});
        let made = city
            .post_one(&manager, &event(&format!("P{person}"), "organisation.person", "2026-01-01T00:00:00+08:00", data))
            .await;
        assert_eq!(made.statuses(), ["accepted"]);
    }
    let ended = json!({"period": "2026-11-17"});
    let ended = city.post_one(&manager, &event("end", "period.ended", "2026-11-18T00:00:00+08:00", ended)).await;
    assert_eq!(ended.statuses(), ["accepted"], "{}", ended.json());
}

/// Asks, and waits for the end.
async fn tried(city: &City, key: &str, rules: &str, from: &str, to: &str) -> Value {
    let asked = city.post_json(key, "/api/v1/whatifs", &json!({"rules": rules, "from": from, "to": to})).await;
    assert_eq!(asked.status.as_u16(), 202, "{}", asked.json());
    let path = format!("/api/v1/whatifs/{}", asked.json()["id"]);
    for _ in 0..2_000 {
        let found = city.get(key, &path).await.json();
        if found["state"] != "running" {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not end")
}

fn subjects<'v>(found: &'v Value, kind: &str) -> Vec<&'v Value> {
    found["result"]["subjects"].as_array().expect("subjects").iter().filter(|line| line["kind"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_in_force_change_nothing() {
    let city = City::new();
    city.open_hall().await;
    week(&city).await;
    let key = city.key("manager", &[]);
    for (from, to) in [("2026-11-16", "2026-11-23"), ("2026-11-17", "2026-11-17"), ("2025-01-01", "2027-01-01")] {
        let found = tried(&city, &key, RULES, from, to).await;
        assert_eq!(found["state"], "done", "{found}");
        let result = &found["result"];
        assert_ne!(result["total"]["before"], "0", "{from}: nothing was tried");
        assert_eq!(result["total"]["change"], "0", "{from}: {result}");
        for line in result["subjects"].as_array().expect("subjects") {
            assert_eq!(line["points"]["change"], "0", "{from}: {line}");
            assert_eq!(line["rank_before"], line["rank_after"], "{from}: {line}");
        }
        assert_eq!(result["losing"].as_u64().zip(result["gaining"].as_u64()), Some((0, 0)));
        assert_eq!(result["spread_before"], result["spread_after"]);
    }
}

/// Code, facts, points before and after of the groups by one thing.
fn groups(result: &Value, by: &str) -> Vec<(String, u64, f64, f64)> {
    let points = |value: &Value| value.as_str().expect("text").parse::<f64>().expect("points");
    let all = result["groups"].as_array().expect("groups").iter().filter(|group| group["by"] == by);
    let told = all.map(|group| {
        let (code, facts) =
            (group["code"].as_str().expect("a code").to_owned(), group["facts"].as_u64().expect("facts"));
        (code, facts, points(&group["points"]["before"]), points(&group["points"]["after"]))
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_are_grouped_by_difficulty_shift_and_league() {
    let city = City::new();
    city.open_hall().await;
    week(&city).await;
    let key = city.key("manager", &[]);
    let draft = RULES.replace("points = 5", "points = 7");
    let found = tried(&city, &key, &draft, "2026-11-16", "2026-11-20").await;
    let result = &found["result"];
    let rule = |side: &str| {
        let rules = result["rules"].as_array().expect("rules").iter();
        let own = rules.into_iter().find(|rule| rule["rule"] == "service-time").expect("the rule");
        own["points"][side].as_str().expect("text").parse::<f64>().expect("points")
    };
    for by in ["difficulty", "shift", "league"] {
        let found = groups(result, by);
        let facts: u64 = found.iter().map(|(_, facts, ..)| facts).sum();
        // Sixty services and sixty ratings; of the starting rules one alone gives points for single facts.
        assert_eq!(facts, 120, "{by}: {found:?}");
        let sum = |side: fn(&(String, u64, f64, f64)) -> f64| found.iter().map(side).sum::<f64>();
        assert_eq!((sum(|one| one.2), sum(|one| one.3)), (rule("before"), rule("after")), "{by}: {found:?}");
    }
    assert_ne!(rule("before"), rule("after"));
    let codes = |by: &str| groups(result, by).into_iter().map(|(code, facts, ..)| (code, facts)).collect::<Vec<_>>();
    assert_eq!(codes("difficulty"), [("20".to_owned(), 40), ("none".to_owned(), 80)]);
    assert_eq!(codes("shift").iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["am", "pm"]);
    assert_eq!(codes("league"), [("D1".to_owned(), 120)]);
    // The same rules on the same days, and a day on which nothing was: nothing differs, and there is nothing.
    let same = tried(&city, &key, RULES, "2026-11-16", "2026-11-20").await;
    assert!(groups(&same["result"], "shift").iter().all(|(_, _, before, after)| before == after), "{same}");
    assert_eq!(tried(&city, &key, RULES, "2026-11-22", "2026-11-22").await["result"]["groups"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn payouts_of_whole_periods_are_settled_on_both_sides() {
    let city = City::new();
    city.open_hall().await;
    let paying = |each: &str, from: &str| {
        let sheet = "[[sheet]]\nid = \"week\"\ntitle = \"周评分\"\ndimension = \"quality\"\nsubject = \"person\"\nperiod = \"week\"\nbase = 100\nfloor = \"none\"\n";
        let payout =
            format!("[[payout]]\nid = \"bonus\"\ntitle = \"周奖\"\nsheet = \"week\"\nper_point = \"{each}\"\n");
        RULES.replace("2026-01-01", from) + "\n" + sheet + &payout
    };
    let admin = city.key("administrator", &[]);
    let data = json!({"rules": paying("1", "2026-11-02")});
    let published = event("paying", "ruleset.published", "2026-11-01T00:00:00+08:00", data);
    assert_eq!(city.post_one(&admin, &published).await.statuses(), ["accepted"]);
    week(&city).await;
    let ended = event("week", "period.ended", "2026-11-23T00:00:00+08:00", json!({"period": "2026-W47"}));
    assert_eq!(city.post_one(&admin, &ended).await.statuses(), ["accepted"]);
    let key = city.key("manager", &[]);
    let found = tried(&city, &key, &paying("2.5", "2026-11-02"), "2026-11-14", "2026-11-23").await;
    let payouts = found["result"]["payouts"].as_array().unwrap_or_else(|| panic!("{found}")).clone();
    assert_eq!(payouts.len(), 1, "the weeks before and after are not in the span: {payouts:?}");
    let (bonus, number) = (&payouts[0], |value: &Value| value.as_str().expect("text").parse::<f64>().expect("money"));
    assert_eq!(
        (&bonus["payout"], &bonus["period"], &bonus["unit"]),
        (&json!("bonus"), &json!("2026-W47"), &json!("元"))
    );
    let (before, after) = (number(&bonus["amount"]["before"]), number(&bonus["amount"]["after"]));
    assert!(before >= 400.0 && after == before * 2.5, "{bonus}");
    assert!(bonus["gaining"].as_u64().is_some_and(|gaining| gaining >= 4), "{bonus}");
    assert_eq!(bonus["losing"], 0);
    // What stands is what the settlement says.
    let settled = city.get(&key, "/api/v1/settlement?period=2026-W47").await.json();
    let rows = settled["payouts"][0]["rows"].as_array().unwrap_or_else(|| panic!("{settled}")).clone();
    assert_eq!(rows.iter().map(|row| number(&row["amount"])).sum::<f64>(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_before_is_the_board() {
    let city = City::new();
    city.open_hall().await;
    week(&city).await;
    let key = city.key("manager", &[]);
    let found = tried(&city, &key, RULES, "2026-11-17", "2026-11-17").await;
    let board = city.get(&key, "/api/v1/leaderboard?subject=person&period=2026-11-17").await.json();
    let items = board["items"].as_array().expect("items");
    let people = subjects(&found, "person");
    assert!(people.len() >= 4, "{people:?}");
    for line in people {
        let item = items.iter().find(|item| item["subject"] == line["subject"]).expect("on the board");
        assert_eq!(item["points"], line["points"]["before"], "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_moves_points_from_its_first_day_on() {
    let city = City::new();
    city.open_hall().await;
    week(&city).await;
    // From the second day on another version is in force, whose place the draft takes as well.
    let later = RULES.replace("points = -3", "points = -4").replace("2026-01-01", "2026-11-19");
    let published = event("later", "ruleset.published", "2026-11-01T00:00:00+08:00", json!({"rules": later}));
    assert_eq!(city.post_one(&city.key("administrator", &[]), &published).await.statuses(), ["accepted"]);
    let key = city.key("manager", &[]);
    // Twice the points for a short service, and no satisfaction any more.
    let cut = RULES.find("[[rule]]\nid = \"satisfaction\"").expect("the second rule");
    let draft = RULES[..cut].replace("points = 5", "points = 10");
    let found = tried(&city, &key, &draft, "2026-11-18", "2026-11-19").await;
    let result = &found["result"];
    let rule = |id: &str| {
        let rules = result["rules"].as_array().expect("rules").iter();
        rules.into_iter().find(|rule| rule["rule"] == id).cloned().expect("rule")
    };
    let number = |value: &Value| value.as_str().expect("text").parse::<f64>().expect("points");
    // By hand from the board's own entries: of the two days, 5 becomes 10, and -4 is -3 again.
    let mut wanted = 0.0;
    for day in ["2026-11-18", "2026-11-19"] {
        let path = format!("/api/v1/entries?rule=service-time&period={day}&limit=500");
        let entries = city.get(&key, &path).await.json();
        let items = entries["items"].as_array().unwrap_or_else(|| panic!("{entries}")).clone();
        assert!(!items.is_empty());
        let drafted = |points: f64| match points.abs() {
            5.0 => 2.0 * points,
            4.0 => points * 0.75,
            _ => points,
        };
        wanted += items.iter().map(|entry| drafted(number(&entry["points"]))).sum::<f64>();
    }
    assert_eq!(number(&rule("service-time")["points"]["after"]), wanted);
    assert_eq!(rule("satisfaction")["points"]["after"], "0");
    assert_eq!(rule("satisfaction")["drafted"], false);
    assert_eq!(result["replaces"].as_array().map(Vec::len), Some(2));
    // Each hall holds its people's points once.
    let halls = subjects(&found, "hall");
    assert_eq!(halls.len(), 1);
    assert_eq!(halls[0]["points"], result["total"]);
    let listed = city.get(&key, "/api/v1/whatifs").await.json();
    assert_eq!(listed["items"][0]["state"], "done");
    assert_eq!(listed["items"][0]["result"], Value::Null, "a list has no answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_a_drafted_sheet_are_the_drafts() {
    let city = City::new();
    city.open_hall().await;
    week(&city).await;
    // A sheet begins when the period before it has ended.
    let ended = event("october", "period.ended", "2026-11-01T00:00:00+08:00", json!({"period": "2026-10"}));
    assert_eq!(city.post_one(&city.key("manager", &[]), &ended).await.statuses(), ["accepted"]);
    let sheet = "[[sheet]]\nid = \"month\"\ntitle = \"月度评分\"\ndimension = \"quality\"\nsubject = \"person\"\nperiod = \"month\"\nbase = 100\nfloor = 0\n[[sheet.item]]\nid = \"speed\"\ntitle = \"时长\"\nbase = 10\nfloor = 0\n";
    let draft = RULES.replacen("[[rule]]", &format!("{sheet}[[rule]]\nsheet = \"month\"\nitem = \"speed\""), 1);
    let found = tried(&city, &city.key("manager", &[]), &draft, "2026-11-01", "2026-11-30").await;
    assert_eq!(found["state"], "done", "{found}");
    let rules = found["result"]["rules"].as_array().expect("rules");
    let base = rules.iter().find(|rule| rule["rule"] == "month/base").expect("the base");
    assert_eq!((&base["title"], &base["drafted"]), (&json!("月度评分：基础分"), &json!(true)), "{base}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_says_whom_it_reached_and_one_that_nothing_met_says_so() {
    let city = City::new();
    city.open_hall().await;
    week(&city).await;
    let key = city.key("manager", &[]);
    let rare = "[[rule]]\nid = \"rare\"\ntitle = \"锦旗\"\ndimension = \"quality\"\non = \"finding\"\nsubject = \"person\"\npoints = 5\n";
    let found = tried(&city, &key, &format!("{RULES}{rare}"), "2026-08-26", "2026-11-23").await;
    let result = &found["result"];
    let of = |list: &str, id: &str| {
        let lines = result[list].as_array().expect("a list").iter();
        lines.into_iter().find(|line| line["rule"] == id).cloned().unwrap_or_else(|| panic!("{list}: no {id}"))
    };
    assert_eq!(of("rules", "rare")["reach"], json!({"facts": 0, "reached": 0, "day_most": null}));
    let time = of("rules", "service-time");
    assert!(time["reach"]["facts"].as_u64().is_some_and(|facts| facts >= 60), "{time}");
    // The same by another way: the entries of the ledger, day by day and person by person.
    let number = |value: &Value| value.as_str().expect("text").parse::<i64>().expect("whole points");
    let mut days: std::collections::BTreeMap<(String, String), i64> = Default::default();
    let mut sums: std::collections::BTreeMap<String, i64> = Default::default();
    let entries = city.get(&key, "/api/v1/entries?rule=service-time&limit=1000").await.json();
    for entry in entries["items"].as_array().expect("entries") {
        let (who, points) = (entry["subject"].as_str().expect("who").to_owned(), number(&entry["points"]));
        *days.entry((who.clone(), entry["business_date"].as_str().expect("a date").to_owned())).or_default() += points;
        *sums.entry(who).or_default() += points;
    }
    let most = days.values().copied().max().expect("a day");
    assert!(most > 0, "{days:?}");
    assert_eq!(time["reach"]["day_most"], json!(most.to_string()));
    let who = of("reached", "service-time")["who"].as_array().expect("who").clone();
    for line in &who {
        assert_eq!(number(&line["points"]), sums[line["subject"].as_str().expect("code")], "{line}");
    }
    let counted = sums.values().filter(|points| **points != 0).count();
    assert_eq!((who.len(), time["reach"]["reached"].as_u64()), (counted, Some(counted as u64)));
    // What is in force says the same of what stands.
    let version =
        city.get(&key, "/api/v1/rules").await.json()["sets"][0]["version"].as_str().expect("version").to_owned();
    let stands = city.get(&key, &format!("/api/v1/rules/{version}/reach")).await.json();
    assert_eq!((&stands["from"], &stands["to"]), (&json!("2026-08-26"), &json!("2026-11-23")));
    let line = stands["rules"].as_array().expect("rules").iter().find(|line| line["rule"] == "service-time").cloned();
    assert_eq!(line.expect("the rule")["who"], json!(who));
    let before = city.get(&key, &format!("/api/v1/rules/{version}/reach?to=2025-12-31")).await;
    assert_eq!(before.problem(), (404, "not_found".to_owned()), "it was not in force yet");
    assert_eq!(city.get(&city.key("staff", &[]), &format!("/api/v1/rules/{version}/reach")).await.status.as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_is_refused_with_a_reason() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("manager", &[]);
    let ask = async |rules: &str, from: &str, to: &str| {
        city.post_json(&key, "/api/v1/whatifs", &json!({"rules": rules, "from": from, "to": to})).await
    };
    let broken = ask(&RULES.replace("points = -3", "points = \"many\""), "2026-11-01", "2026-11-30").await;
    assert_eq!(broken.problem(), (422, "draft_refused".to_owned()));
    let told = broken.json()["pointers"][0]["detail"].as_str().expect("detail").to_owned();
    assert!(told.starts_with("line "), "{told}");
    let backwards = ask(RULES, "2026-11-30", "2026-11-01").await;
    assert_eq!(backwards.problem(), (400, "malformed_body".to_owned()));
    assert_eq!(ask(RULES, "yesterday", "2026-11-01").await.problem(), (400, "malformed_body".to_owned()));
    let clash = ask(&RULES.replace("id = \"test\"", "id = \"other\""), "2026-11-01", "2026-11-30").await;
    assert_eq!(clash.problem(), (422, "draft_refused".to_owned()));
    assert!(clash.json()["detail"].as_str().expect("detail").contains("`service-time`"), "{}", clash.json());
    for role in ["staff", "clerk", "source"] {
        let asked = json!({"rules": RULES, "from": "2026-11-01", "to": "2026-11-30"});
        let refused = city.post_json(&city.key(role, &[]), "/api/v1/whatifs", &asked).await;
        assert_eq!(refused.problem(), (403, "forbidden".to_owned()), "{role}");
    }
    assert_eq!(city.get(&key, "/api/v1/whatifs/7").await.problem(), (404, "not_found".to_owned()));
    assert_eq!(city.delete(&key, "/api/v1/whatifs/x").await.problem(), (404, "not_found".to_owned()));
}
