//! A hall before and after a change, beside another, over HTTP.

use serde_json::{Value, json};

use crate::city::{City, event};

const RULES: &str = r#"
format = 1
[ruleset]
id = "pilot"
title = "试点办法"
effective_from = 2026-09-21
effective_to = 2026-10-11
[[rule]]
id = "service-time"
title = "办理时长"
dimension = "efficiency"
on = "service"
subject = "person"
when = 'fact.hall == "A"'
points = 1
[[rule.example]]
facts = [{ hall = "A" }]
points = 1
"#;

/// Two halls over six weeks: A falls from 30 to 15 minutes on 21 September, B stays at 30; both swing by a minute.
async fn two_halls() -> (City, String) {
    let city = City::new();
    let administrator = city.key("administrator", &[]);
    let early = "2026-01-01T00:00:00+08:00";
    let mut events = vec![
        event("region", "organisation.region", early, json!({"region": "3301", "time_zone": "Asia/Shanghai"})),
        event("hall-a", "organisation.hall", early, json!({"hall": "A", "name": "甲厅"})),
        event("hall-b", "organisation.hall", early, json!({"hall": "B", "name": "乙厅"})),
        event("rules", "ruleset.published", early, json!({"rules": RULES})),
    ];
    for day in 0..42 {
        let (month, date) = if day < 24 { (9, day + 7) } else { (10, day - 23) };
        for (hall, minutes) in [("A", if day < 14 { 30 } else { 15 }), ("B", 30)] {
            for number in 0..4 {
                let (id, length) = (format!("{hall}{day}-{number}"), minutes + (day + number) % 3 - 1);
                let at = |minute: i32| {
                    format!("2026-{month:02}-{date:02}T{:02}:{:02}:00+08:00", 9 + number * 2 + minute / 60, minute % 60)
                };
                let data = json!({"service": id, "hall": hall});
                events.push(event(&format!("{id}/start"), "service.started", &at(0), data.clone()));
                events.push(event(&format!("{id}/end"), "service.ended", &at(length), data));
                let data = json!({"service": id, "level": if number == 0 && minutes > 20 { 2 } else { 5 }});
                events.push(event(&format!("{id}/rating"), "rating.submitted", &at(length), data));
            }
        }
    }
    let answer = city.post_batch(&administrator, &events).await;
    assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
    let key = city.key("staff", &[]);
    (city, key)
}

async fn effect(city: &City, key: &str, query: &str) -> Value {
    let answer = city.get(key, &format!("/api/v1/effect?{query}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.json());
    answer.json()
}

fn figure<'a>(effect: &'a Value, indicator: &str) -> &'a Value {
    let figures = effect["figures"].as_array().expect("figures");
    figures.iter().find(|figure| figure["indicator"] == indicator).expect("figure")
}

#[tokio::test]
async fn the_hall_that_changed_is_told_from_the_one_that_did_not() {
    let (city, key) = two_halls().await;
    let found = effect(&city, &key, "").await;
    // The rule set that names the hall says which, and from when.
    assert_eq!(
        [&found["hall"], &found["control"], &found["change"], &found["to"]],
        ["A", "B", "2026-09-21", "2026-10-11"]
    );
    assert_eq!(found["warnings"], json!(["one_pair"]));
    let service = figure(&found, "service");
    assert_eq!((&service["before"]["facts"], &service["before"]["days"]), (&json!(56), &json!(14)));
    let minutes = |value: &Value| value.as_f64().expect("number") / 60_000.0;
    assert!((minutes(&service["difference"]["value"]) + 15.0).abs() < 0.5, "{service}");
    assert!(minutes(&service["difference"]["high"]) < -13.0, "{service}");
    assert_eq!(service["warnings"], json!([]));
    let satisfaction = figure(&found, "satisfaction");
    assert_eq!((&satisfaction["before"]["value"], &satisfaction["after"]["value"]), (&json!(0.75), &json!(1.0)));
    assert_eq!(figure(&found, "complaint")["before"]["value"], json!(0.0));
    assert!(figure(&found, "case")["difference"].is_null());
}

#[tokio::test]
async fn warnings_say_what_may_not_be_concluded() {
    let (city, key) = two_halls().await;
    // Turned round, with few days: nothing may be said of B against itself before the change.
    let found = effect(&city, &key, "hall=B&control=A&from=2026-09-14&change=2026-09-18&to=2026-09-20").await;
    let warnings = &figure(&found, "service")["warnings"];
    assert_eq!(warnings, &json!(["small_sample", "drift_unknown", "may_be_nothing"]));
    // A change of rules that is not the change itself.
    let found = effect(&city, &key, "hall=A&control=B&from=2026-09-07&change=2026-09-28&to=2026-10-11").await;
    assert_eq!(found["warnings"], json!(["one_pair", "other_changes"]));
    assert_eq!(figure(&found, "service")["warnings"], json!(["drift"]));
    let answer = city.get(&key, "/api/v1/effect?change=soon").await;
    assert_eq!(answer.problem().0, 400);
}

#[tokio::test]
async fn a_region_without_facts_shows_nothing() {
    let city = City::new();
    let key = city.key("staff", &[]);
    let found = effect(&city, &key, "").await;
    assert_eq!((&found["hall"], &found["figures"], &found["halls"]), (&Value::Null, &json!([]), &json!([])));
}
