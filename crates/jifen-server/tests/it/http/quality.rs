//! Data quality: what is unknown, held or refused is listed, and what people decide about it is done once, through the journal.

use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::city::{City, event, rating};

/// A service of 10 minutes: 5 points.
fn service(id: &str, minute: i64, data: &Value) -> [Value; 2] {
    let at = |minute: i64| format!("2026-11-23T10:{minute:02}:00+08:00");
    let mut data = data.clone();
    data["service"] = json!(id);
    let named = |kind: &str| format!("{id}/{kind}");
    [
        event(&named("start"), "service.started", &at(minute), data.clone()),
        event(&named("end"), "service.ended", &at(minute + 10), data),
    ]
}

async fn items(city: &City, key: &str, path: &str) -> Vec<Value> {
    let answer = city.get(key, path).await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {answer:?}");
    answer.json()["items"].as_array().expect("items").clone()
}

async fn points(city: &City, key: &str, kind: &str, code: &str) -> Option<String> {
    let items = items(city, key, &format!("/api/v1/leaderboard?subject={kind}&period=2026-11-23")).await;
    let item = items.into_iter().find(|item| item["subject"] == code)?;
    item["points"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_code_once_identified_gets_the_points_that_waited() {
    let city = City::new();
    city.open_hall().await;
    let (source, manager, staff) = (city.key("source", &[]), city.key("manager", &[]), city.key("staff", &[]));
    let data = json!({"person": "L-77", "window": "7"});
    city.post_batch(&source, &[service("B1", 0, &data), service("B2", 20, &data)].concat()).await;
    let unknown = items(&city, &staff, "/api/v1/unknown_codes").await;
    let expected = json!([{
        "kind": "person", "code": "L-77", "source": "hall", "events": 4,
        "first_at": "2026-11-23T02:00:00.000Z", "last_at": "2026-11-23T02:30:00.000Z",
        "window": "7", "facts_waiting": 2
    }]);
    assert_eq!(json!(unknown), expected);
    let quality = city.get(&staff, "/api/v1/data_quality").await.json();
    assert_eq!(quality["unknown"], json!({"person": 1, "window": 0, "matter": 0, "department": 0, "hall": 0}));
    assert_eq!(points(&city, &staff, "person", "王岚").await.as_deref(), Some("7"));

    // Nobody has that code: a slip of the keyboard makes no person.
    let wrong = json!({"kind": "person", "source": "hall", "code": "L-77", "person": "王兰"});
    let wrong = city.post_json(&manager, "/api/v1/identifications", &wrong).await;
    assert_eq!(wrong.problem(), (422, "event_refused".to_owned()));
    assert_eq!(wrong.json()["pointers"][0]["pointer"], "/person");

    let right = json!({"kind": "person", "source": "hall", "code": "L-77", "person": "王岚"});
    let done = city.post_json(&manager, "/api/v1/identifications", &right).await;
    assert_eq!((done.status.as_u16(), &done.json()["status"]), (200, &json!("accepted")), "{done:?}");
    // The record says who did it, and the points have come.
    let position = done.json()["position"].as_u64().expect("position");
    let record = city.database.records(city.row.id, &[position]).expect("read").remove(0);
    assert!(record.by.starts_with("manager:manager-"), "{}", record.by);
    assert_eq!(points(&city, &staff, "person", "王岚").await.as_deref(), Some("17"));
    assert_eq!(items(&city, &staff, "/api/v1/unknown_codes").await, Vec::<Value>::new());
}

#[tokio::test]
async fn places_and_matters_are_named_the_same_way() {
    let city = City::new();
    city.open_hall().await;
    let (source, administrator) = (city.key("source", &[]), city.key("administrator", &[]));
    // A hall of its own, so that no only hall fills the gap.
    let data = json!({"person": "王岚", "window": "9", "matter": "M1", "hall": "H1"});
    city.post_batch(&source, &service("B1", 0, &data)).await;
    let kinds = |items: Vec<Value>| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        items.iter().map(|item| (text(&item["kind"]), text(&item["code"]))).collect()
    };
    let all = kinds(items(&city, &administrator, "/api/v1/unknown_codes").await);
    assert_eq!(all, [("window".to_owned(), "9".to_owned()), ("matter".to_owned(), "M1".to_owned())]);
    let first = city.get(&administrator, "/api/v1/unknown_codes?limit=1").await.json();
    let next = first["next"].as_str().expect("next");
    let second = kinds(items(&city, &administrator, &format!("/api/v1/unknown_codes?limit=1&cursor={next}")).await);
    assert_eq!(second, all[1..]);
    assert_eq!(kinds(items(&city, &administrator, "/api/v1/unknown_codes?kind=matter").await), all[1..]);

    let before = points(&city, &administrator, "department", "D1").await;
    let window = json!({"kind": "window", "code": "9", "name": "九号", "hall": "H1", "department": "D1", "zone": ""});
    let matter = json!({"kind": "matter", "code": "M1", "name": "登记", "department": "D1", "promised_days": 3});
    for body in [window, matter] {
        let done = city.post_json(&administrator, "/api/v1/identifications", &body).await;
        assert_eq!(done.status.as_u16(), 200, "{done:?}");
    }
    assert_eq!(items(&city, &administrator, "/api/v1/unknown_codes").await, Vec::<Value>::new());
    assert_eq!(before.as_deref(), Some("12"));
    assert_eq!(points(&city, &administrator, "department", "D1").await.as_deref(), Some("17"));
    for (body, pointer) in [
        (json!({"kind": "window", "code": "10", "department": "D9"}), "/department"),
        (json!({"kind": "department", "code": "D2", "hall": "H9"}), "/hall"),
    ] {
        let refused = city.post_json(&administrator, "/api/v1/identifications", &body).await;
        assert_eq!((refused.problem().0, &refused.json()["pointers"][0]["pointer"]), (422, &json!(pointer)));
    }
    for bad in [json!({"kind": "window"}), json!({"kind": "hall", "code": "H2", "colour": "red"}), json!([])] {
        let refused = city.post_json(&administrator, "/api/v1/identifications", &bad).await;
        assert_eq!(refused.problem(), (400, "malformed_body".to_owned()), "{bad}");
    }
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_done_once() {
    let city = City::new();
    city.open_hall().await;
    let manager = city.key("manager", &[]);
    let post = async |key: &str, code: &str| {
        let body = json!({"kind": "person", "source": "hall", "code": code}).to_string();
        let request = Request::post("/api/v1/identifications")
            .header(header::AUTHORIZATION, format!("Bearer {manager}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        city.send(request.body(body.into()).expect("request")).await
    };
    let first = post("k1", "x").await.json();
    let again = post("k1", "x").await.json();
    assert_eq!((&first["status"], &again["status"]), (&json!("accepted"), &json!("repeated")));
    assert_eq!(first["position"], again["position"]);
    assert_eq!(post("k1", "y").await.problem(), (409, "conflict".to_owned()));
    assert_eq!(post("k2", "y").await.json()["status"], "accepted");
    assert_eq!(post("", "y").await.problem(), (400, "malformed_header".to_owned()));
}

#[tokio::test]
async fn a_held_fact_is_released_or_discarded_as_it_was_read() {
    let city = City::new();
    city.open_hall().await;
    let (source, manager) = (city.key("source", &[]), city.key("manager", &[]));
    let hold = items(&city, &manager, "/api/v1/holds").await.remove(0);
    assert_eq!((&hold["service"], &hold["duration_ms"]), (&json!("A6"), &json!(5_000)));
    let path = format!("/api/v1/holds/{}/judgements", hold["fact"].as_str().expect("fact"));
    let judge = async |verdict: &str, digest: &Value, reason: &str| {
        city.post_json(&manager, &path, &json!({"verdict": verdict, "digest": digest, "reason": reason})).await
    };
    assert_eq!(judge("released", &json!("00"), "seen").await.problem(), (409, "conflict".to_owned()));
    assert_eq!(judge("released", &hold["digest"], " ").await.problem(), (422, "event_refused".to_owned()));
    assert_eq!(points(&city, &manager, "person", "李四").await.as_deref(), Some("0"));
    assert_eq!(judge("released", &hold["digest"], "对照录像").await.status.as_u16(), 200);
    assert_eq!(points(&city, &manager, "person", "李四").await.as_deref(), Some("5"));
    assert_eq!(items(&city, &manager, "/api/v1/holds").await, Vec::<Value>::new());
    assert_eq!(judge("released", &hold["digest"], "again").await.problem(), (404, "not_found".to_owned()));

    let mut short = service("B1", 0, &json!({"person": "李四", "window": "7"}));
    short[1]["time"] = json!("2026-11-23T10:00:03+08:00");
    city.post_batch(&source, &short).await;
    let hold = items(&city, &manager, "/api/v1/holds").await.remove(0);
    let path = format!("/api/v1/holds/{}/judgements", hold["fact"].as_str().expect("fact"));
    let body = json!({"verdict": "discarded", "digest": hold["digest"], "reason": "误操作"});
    assert_eq!(city.post_json(&manager, &path, &body).await.status.as_u16(), 200);
    assert_eq!(points(&city, &manager, "person", "李四").await.as_deref(), Some("5"));
    assert_eq!(items(&city, &manager, "/api/v1/holds").await, Vec::<Value>::new());
    assert_eq!(city.get(&manager, "/api/v1/data_quality").await.json()["holds"], 0);
    let discarded = items(&city, &manager, "/api/v1/holds?discarded=true").await.remove(0);
    assert_eq!(discarded["reason"], "discarded");
}

#[tokio::test]
async fn a_refused_event_is_mended_once_and_says_by_what() {
    let city = City::new();
    let (source, manager) = (city.key("source", &[]), city.key("manager", &[]));
    // Its source sends it again and again; there is one row.
    for _ in 0..3 {
        assert_eq!(city.post_one(&source, &rating("1", 9)).await.statuses(), ["quarantined"]);
    }
    let kept = items(&city, &manager, "/api/v1/quarantine?open=true").await;
    assert_eq!((kept.len(), &kept[0]["pointer"], &kept[0]["resolution"]), (1, &json!("/data/level"), &Value::Null));
    let said = "`level`（评价等级，5 非常满意 … 1 非常不满意）应为 1 到 5 的整数，不能缺少";
    assert_eq!(kept[0]["reason_zh"], said);
    let quality = city.get(&manager, "/api/v1/data_quality").await.json();
    assert_eq!(quality["quarantined"], 1);

    let mend =
        async |event: &Value| city.post_json(&manager, "/api/v1/quarantine/1/mending", &json!({"event": event})).await;
    // Still wrong: told, with its path, and no second row.
    let wrong = mend(&rating("1", 8)).await;
    assert_eq!(
        (wrong.problem(), &wrong.json()["pointers"][0]["pointer"]),
        ((422, "event_refused".to_owned()), &json!("/event/data/level"))
    );
    assert_eq!(wrong.json()["detail_zh"], said);
    // Another event is no correction of this one.
    let other = mend(&rating("2", 5)).await;
    assert_eq!((other.problem().0, &other.json()["pointers"][0]["pointer"]), (422, &json!("/event/id")));
    assert_eq!(city.database.head(city.row.id).expect("head").journal, 0);

    let right = mend(&rating("1", 5)).await;
    assert_eq!(right.json(), json!({"status": "accepted", "position": 1}));
    let again = mend(&rating("1", 5)).await;
    assert_eq!(again.json(), json!({"status": "repeated", "position": 1}));
    assert_eq!(mend(&rating("1", 4)).await.problem(), (409, "conflict".to_owned()));
    assert_eq!(city.database.head(city.row.id).expect("head").journal, 1);
    assert_eq!(items(&city, &manager, "/api/v1/quarantine?open=true").await, Vec::<Value>::new());
    let all = items(&city, &manager, "/api/v1/quarantine").await;
    assert_eq!(all.len(), 1);
    let resolution = &all[0]["resolution"];
    assert_eq!(
        (&resolution["position"], &resolution["event"], &resolution["note"]),
        (&json!(1), &json!("hall #1"), &Value::Null)
    );
    assert!(resolution["by"].as_str().is_some_and(|by| by.starts_with("manager:")), "{resolution}");
    // The bad event once more finds its row resolved and leaves it so.
    city.post_one(&source, &rating("1", 9)).await;
    assert_eq!(items(&city, &manager, "/api/v1/quarantine").await, all);
    let aside = json!({"reason": "late"});
    let late = city.post_json(&manager, "/api/v1/quarantine/1/setting_aside", &aside).await;
    assert_eq!(late.problem(), (409, "conflict".to_owned()));
    for path in [
        "/api/v1/quarantine/2/mending",
        "/api/v1/quarantine/x/mending",
        "/api/v1/quarantine/99999999999999999999/mending",
    ] {
        let absent = city.post_json(&manager, path, &json!({"event": {}})).await;
        assert_eq!(absent.problem(), (404, "not_found".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn what_its_source_mended_and_what_nobody_can_mend() {
    let city = City::new();
    let (source, manager) = (city.key("source", &[]), city.key("manager", &[]));
    for (bad, good) in [("1", 5), ("2", 4)] {
        city.post_one(&source, &rating(bad, 9)).await;
        city.post_one(&source, &rating(bad, good)).await;
    }
    // The same correction as the source's own resolves the row; another one is a conflict, and is set aside.
    let path = |number: u64, what: &str| format!("/api/v1/quarantine/{number}/{what}");
    let same = city.post_json(&manager, &path(1, "mending"), &json!({"event": rating("1", 5)})).await;
    assert_eq!(same.json(), json!({"status": "repeated", "position": 1}));
    let other = city.post_json(&manager, &path(2, "mending"), &json!({"event": rating("2", 5)})).await;
    assert_eq!(other.problem(), (409, "conflict".to_owned()));
    let aside = |reason: &str| json!({"reason": reason});
    let empty = city.post_json(&manager, &path(2, "setting_aside"), &aside(" ")).await;
    assert_eq!(empty.problem(), (422, "event_refused".to_owned()));
    let done = city.post_json(&manager, &path(2, "setting_aside"), &aside("来源已更正")).await;
    assert_eq!(done.status.as_u16(), 204);
    let refused = city.post_json(&manager, &path(2, "mending"), &json!({"event": rating("2", 4)})).await;
    assert_eq!(refused.problem(), (409, "conflict".to_owned()));
    let notes: Vec<Value> = items(&city, &manager, "/api/v1/quarantine")
        .await
        .iter()
        .map(|kept| kept["resolution"]["note"].clone())
        .collect();
    assert_eq!(notes, [Value::Null, json!("来源已更正")]);
}

#[tokio::test]
async fn each_source_has_its_lag() {
    let city = City::new();
    city.open_hall().await;
    let (source, staff) = (city.key("source", &[]), city.key("staff", &[]));
    // The clock of every test shows 12:00.
    let from = |name: &str, id: &str, time: &str| {
        let mut event = event(id, "queue.taken", time, json!({"service": id}));
        event["source"] = json!(name);
        event
    };
    let events = [
        from("calls", "1", "2026-11-23T11:59:00+08:00"),
        from("calls", "2", "2026-11-23T11:40:00+08:00"),
        from("calls", "3", "2026-11-23T13:00:00+08:00"),
        from("old", "1", "2026-11-20T11:00:00+08:00"),
    ];
    city.post_batch(&source, &events).await;
    let quality = city.get(&staff, "/api/v1/data_quality").await.json();
    let of = |name: &str| {
        let sources = quality["sources"].as_array().expect("sources");
        sources.iter().find(|source| source["source"] == name).unwrap_or_else(|| panic!("{name}: {quality}")).clone()
    };
    let calls = of("calls");
    assert_eq!(calls["last_event_at"], "2026-11-23T03:59:00.000Z");
    let figures =
        ["events_today", "events", "delay_ms", "delay_mean_ms", "delay_max_ms", "late_today", "ahead", "silent_ms"];
    let numbers = figures.map(|name| calls[name].as_i64());
    // The one an hour ahead moves nothing but its own count.
    assert_eq!(numbers, [2, 2, 1_200_000, 630_000, 1_200_000, 1, 1, 0].map(Some));
    let old = of("old");
    assert_eq!((&old["events_today"], &old["events"], &old["delay_mean_ms"]), (&json!(0), &json!(1), &Value::Null));
    assert_eq!((&quality["date"], &quality["now"]), (&json!("2026-11-23"), &json!("2026-11-23T04:00:00.000Z")));
}
