//! One box finds people, places, cases and numbers; a case opens its events, its clock and what it gave.

use serde_json::{Value, json};

use crate::city::{City, event};

async fn found(city: &City, key: &str, wanted: &str) -> Vec<(String, String)> {
    let wanted: String = wanted.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = city.get(key, &format!("/api/v1/search?q={wanted}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let items = answer.json()["items"].as_array().expect("items").clone();
    items.iter().map(|item| (text(&item["kind"]), text(&item["code"]))).collect()
}

fn case(id: &str, kind: &str, clock: &str, more: Value) -> Value {
    let mut data = json!({"case": "CASE-1", "window": "7", "person": "王岚"});
    data.as_object_mut().expect("object").extend(more.as_object().cloned().unwrap_or_default());
    event(id, kind, &format!("2026-11-23T{clock}:00+08:00"), data)
}

async fn city() -> (City, String) {
    let city = City::new();
    city.open_hall().await;
    let source = city.key("source", &[]);
    let events = [
        case("c1", "case.accepted", "09:00", json!({"matter": "M1", "due_at": "2026-11-23T12:30:00+08:00"})),
        case("c2", "case.suspended", "09:30", json!({"reason": "等待鉴定"})),
        case("c3", "case.resumed", "10:00", json!({})),
        event("c4", "case.accepted", "2026-11-23T09:00:00+08:00", json!({"case": "CASE-2", "window": "7"})),
        event("other", "case.accepted", "2026-11-23T09:00:00+08:00", json!({"case": "OTHER", "window": "7"})),
        event(
            "rate",
            "rating.submitted",
            "2026-11-23T10:00:00+08:00",
            json!({"service": "A0", "level": 5, "mode": "active", "person": "王岚", "window": "7", "comment": "办得快"}),
        ),
    ];
    let statuses = city.post_batch(&source, &events).await.statuses();
    assert!(statuses.iter().all(|status| status == "accepted"), "{statuses:?}");
    let staff = city.key("staff", &[]);
    (city, staff)
}

#[tokio::test]
async fn one_box_finds_everything_by_its_beginning() {
    let (city, key) = city().await;
    let pair = |kind: &str, code: &str| (kind.to_owned(), code.to_owned());
    assert_eq!(found(&city, &key, "王").await, [pair("person", "王岚")]);
    assert_eq!(found(&city, &key, "王岚的姓").await, [pair("person", "王岚")], "by name");
    assert_eq!(found(&city, &key, "号").await, [pair("window", "7")], "any part of a place's name");
    assert_eq!(found(&city, &key, "CASE-").await, [pair("case", "CASE-1"), pair("case", "CASE-2")]);
    assert_eq!(found(&city, &key, "A0").await, [pair("service", "A0")]);
    // An exact code comes first, and what only holds the text inside is not a person's.
    assert_eq!(found(&city, &key, "7").await[0], pair("window", "7"));
    for nothing in ["岚", "ASE-1", "%", "_", "\u{10FFFF}", "'"] {
        assert_eq!(found(&city, &key, nothing).await, [], "{nothing}");
    }
    let long = city.get(&key, &format!("/api/v1/search?q={}", "x".repeat(129))).await;
    assert_eq!(long.problem(), (400, "bad_query".to_owned()));

    // A new name finds, the old one does not.
    let administrator = city.key("administrator", &[]);
    let renamed = json!({"person": "王岚", "person_name": "欧阳岚", "window": "7"});
    city.post_one(&administrator, &event("renamed", "organisation.person", "2026-02-01T00:00:00+08:00", renamed)).await;
    assert_eq!(found(&city, &key, "欧阳").await, [pair("person", "王岚")]);
    assert_eq!(found(&city, &key, "王岚的").await, []);
}

#[tokio::test]
async fn a_case_shows_its_course_its_clock_and_its_facts() {
    let (city, key) = city().await;
    let open = city.get(&key, "/api/v1/cases/CASE-1").await.json();
    assert_eq!((&open["state"], &open["due_at"]), (&json!("near"), &json!("2026-11-23T04:30:00.000Z")));
    // What is left is what the list of the hall now says.
    let listed = city.get(&key, "/api/v1/now/cases?state=near").await.json();
    assert_eq!((&listed["items"][0]["case"], &listed["items"][0]["left_ms"]), (&json!("CASE-1"), &open["left_ms"]));
    assert!(open["left_ms"].as_i64().is_some_and(|left| left > 0), "{open}");
    assert_eq!(open["suspensions"], json!([{"from": "2026-11-23T01:30:00.000Z", "to": "2026-11-23T02:00:00.000Z"}]));
    let types = |file: &Value| -> Vec<String> {
        let events = file["events"].as_array().expect("events");
        events.iter().map(|event| event["type"].as_str().expect("type").replace("jifen.case.", "")).collect()
    };
    assert_eq!((types(&open).join(" ").as_str(), &open["events_total"]), ("accepted suspended resumed", &json!(3)));
    assert_eq!((&open["window"]["name"], &open["matter"]["code"]), (&json!("七号"), &json!("M1")));
    // Late news stands in its own place.
    let source = city.key("source", &[]);
    city.post_batch(
        &source,
        &[
            case("c9", "case.completed", "11:00", json!({})),
            case("c5", "case.step", "10:30", json!({"activity": "审核"})),
        ],
    )
    .await;
    let done = city.get(&key, "/api/v1/cases/CASE-1").await.json();
    assert_eq!(
        (types(&done).join(" ").as_str(), &done["state"]),
        ("accepted suspended resumed step completed", &json!("completed"))
    );
    assert_eq!((&done["due_at"], &done["left_ms"]), (&Value::Null, &Value::Null));
    let kinds: Vec<&str> =
        done["facts"].as_array().expect("facts").iter().filter_map(|fact| fact["kind"].as_str()).collect();
    assert!(kinds.contains(&"case") && kinds.contains(&"acceptance"), "{kinds:?}");
    let absent = city.get(&key, "/api/v1/cases/CASE-9").await;
    assert_eq!(absent.problem(), (404, "not_found".to_owned()));
    let source = city.key("source", &[]);
    for path in ["/api/v1/cases/CASE-1", "/api/v1/services/A0", "/api/v1/search?q=A0"] {
        assert_eq!(city.get(&source, path).await.problem(), (403, "forbidden".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_service_shows_the_entries_and_measures_it_moved_and_no_personal_text() {
    let (city, key) = city().await;
    let answer = city.get(&key, "/api/v1/services/A0").await;
    let file = answer.json();
    let entry = &file["entries"][0];
    assert_eq!(
        (file["entries"].as_array().map(Vec::len), &entry["points"], &entry["subject"]),
        (Some(1), &json!("5"), &json!("王岚"))
    );
    let position = entry["position"].as_u64().expect("position");
    let explained = city.get(&key, &format!("/api/v1/entries/3301/{position}")).await.json();
    assert_eq!(&explained["entry"], entry);
    let part = &file["contributions"][0];
    assert_eq!(
        (&part["rule"], &part["subject"], &part["period"]),
        (&json!("satisfaction"), &json!("王岚"), &json!("2026-11-23"))
    );
    assert!(!String::from_utf8_lossy(&answer.bytes).contains("办得快"), "a citizen's words stay in the vault");
    let nobody = city.get(&key, "/api/v1/services/Z9").await;
    assert_eq!(nobody.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_due_time_is_laid_open_day_by_day() {
    let (city, key) = city().await;
    let administrator = city.key("administrator", &[]);
    let early = "2026-01-01T00:00:00+08:00";
    let hours = json!(["09:00-12:00", "13:00-17:00", "2026-11-24/09:00-12:00", "2026-11-25/closed"]);
    let calendar = json!({"calendar": "hall", "year": 2026, "hours": hours});
    let matter = json!({"matter": "M2", "name": "登记", "promised_days": 3, "calendar": "hall"});
    for (id, kind, data) in [("cal", "organisation.calendar", calendar), ("m2", "organisation.matter", matter)] {
        let made = city.post_one(&administrator, &event(id, kind, early, data)).await;
        assert_eq!(made.statuses(), ["accepted"], "{}", made.json());
    }
    let source = city.key("source", &[]);
    let about = |id: &str, kind: &str, time: &str, more: Value| {
        let mut data = json!({"case": "CASE-7", "window": "7"});
        data.as_object_mut().expect("object").extend(more.as_object().cloned().unwrap_or_default());
        event(id, kind, time, data)
    };
    let events = [
        about("d1", "case.accepted", "2026-11-20T16:00:00+08:00", json!({"matter": "M2"})),
        about("d2", "case.suspended", "2026-11-23T10:00:00+08:00", json!({})),
        about("d3", "case.resumed", "2026-11-23T11:00:00+08:00", json!({})),
    ];
    assert!(city.post_batch(&source, &events).await.statuses().iter().all(|status| status == "accepted"));
    let open = city.get(&key, "/api/v1/cases/CASE-7").await.json();
    let clock = &open["clock"];
    let hour = 3_600_000;
    assert_eq!((&clock["promised_days"], &clock["promised_ms"]), (&json!(3), &json!(21 * hour)), "{clock}");
    assert_eq!(clock["due"], open["due_at"], "the page's due time is the one explained");
    let days: Vec<(String, String, i64, i64)> = clock["days"]
        .as_array()
        .expect("days")
        .iter()
        .map(|day| {
            let text = |name: &str| day[name].as_str().expect("text").to_owned();
            let hours = |name: &str| day[name].as_i64().expect("number") / hour;
            (text("date")[8..].to_owned(), text("day"), hours("worked_ms"), hours("suspended_ms"))
        })
        .collect();
    let expected = [
        ("20", "working", 1, 0),
        ("21", "weekend", 0, 0),
        ("22", "weekend", 0, 0),
        ("23", "working", 6, 1),
        ("24", "own_hours", 3, 0),
        ("25", "closed", 0, 0),
        ("26", "working", 7, 0),
        ("27", "working", 4, 0),
    ];
    assert_eq!(days, expected.map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c, d)));
    // The hall's now is its last event's, 11:45 on the 23rd: an hour on the 20th, and the morning but for its suspension.
    assert_eq!(clock["used_ms"], json!(11 * hour / 4));
    city.post_one(&source, &about("d4", "case.completed", "2026-11-23T14:00:00+08:00", json!({}))).await;
    let done = city.get(&key, "/api/v1/cases/CASE-7").await.json();
    assert_eq!((&done["clock"]["used_ms"], &done["clock"]["due"]), (&json!(4 * hour), &clock["due"]));
    let fact = done["facts"].as_array().expect("facts").iter().find(|fact| fact["kind"] == "case").expect("fact");
    let working = fact["fields"].as_array().expect("fields").iter().find(|field| field["name"] == "working_ms");
    let used = done["clock"]["used_ms"].to_string();
    assert_eq!(
        working.and_then(|field| field["value"].as_str()),
        Some(used.as_str()),
        "as the fact was judged: {fact}"
    );
    let wrong = json!({"calendar": "hall", "year": 2026, "hours": ["2026-11-24/closed", "2026-11-24/09:00-08:00"]});
    let refused = city.post_one(&administrator, &event("cal2", "organisation.calendar", early, wrong)).await;
    assert_eq!(refused.statuses(), ["rejected"], "{}", refused.json());
}
