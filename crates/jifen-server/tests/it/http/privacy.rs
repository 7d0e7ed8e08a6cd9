//! What is personal, over HTTP: forgotten, masked, and given to whom it is about.

use std::io::Cursor;

use axum::http::Method;
use calamine::{Data, Reader, Xlsx};
use jifen_server::replay::{Verdict, replay};
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, City, event};

/// Name, telephone number and a remark of one person, under the own code and under one of another system's.
async fn opened() -> Hall {
    let city = City::new();
    city.open_hall().await;
    let late = "2026-11-24T09:00:00+08:00";
    let events = [
        event(
            "phone",
            "organisation.person",
            late,
            json!({"person": "王岚", "person_name": "王小岚", "phone": "13812345678"}),
        ),
        event(
            "alias",
            "actor.identified",
            late,
            json!({"actor": {"source": "attendance", "code": "K7"}, "person": "王岚"}),
        ),
        event("note", "attendance.recorded", late, json!({"person": "王岚", "category": "late", "note": "王岚迟到"})),
        event(
            "rated",
            "rating.submitted",
            late,
            json!({"level": 2, "person": "王岚", "comment": "等了很久", "phone": "139"}),
        ),
    ];
    let answer = city.post_batch(&city.key("administrator", &[]), &events).await;
    assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
    let hall = Hall::of(city);
    for (name, role) in [("office", "administrator"), ("steward", "data_steward"), ("manager", "manager")] {
        hall.account(name, role, false);
    }
    hall
}

async fn forget(hall: &Hall, cookie: &str, code: &str, body: Value) -> Answer {
    hall.ask(cookie, Method::POST, &format!("/api/v1/people/{code}/forgetting"), Some(body)).await
}

/// Everything kept of texts, as the vault opens it.
fn texts(hall: &Hall) -> Vec<String> {
    let (database, region) = (&hall.city.database, hall.city.row.id);
    let head = database.head(region).expect("head").journal;
    let of = |position| database.personal(region, position).expect("vault");
    (1..=head).flat_map(of).map(|row| row.text).collect()
}

#[tokio::test]
async fn who_is_forgotten_is_a_code_from_then_on_and_nothing_else_changes() {
    let hall = opened().await;
    let (steward, _) = hall.sign_in("steward", PASSWORD).await;
    let (manager, _) = hall.sign_in("manager", PASSWORD).await;
    let board = "/api/v1/leaderboard?period=2026-11";
    let before = hall.get(&manager, board).await.json();
    assert!(before.to_string().contains("王小岚"), "{before}");
    let because = json!({"reason": "本人申请"});
    // Nobody else, not without a reason, and nobody who is not there.
    assert_eq!(forget(&hall, &manager, "王岚", because.clone()).await.problem().0, 403);
    for reason in ["", "  "] {
        assert_eq!(forget(&hall, &steward, "王岚", json!({"reason": reason})).await.problem().0, 400, "{reason:?}");
    }
    assert_eq!(forget(&hall, &steward, "nobody", because.clone()).await.problem().0, 404);
    assert!(texts(&hall).contains(&"王小岚".to_owned()));
    // By the code of another system it is the same person.
    let answer = forget(&hall, &steward, "K7", because.clone()).await.json();
    assert_eq!(answer, json!({"code": "K7", "forgotten": true}));
    assert_eq!(forget(&hall, &steward, "王岚", because).await.json()["forgotten"], false);
    let mut left = texts(&hall);
    left.sort();
    assert_eq!(left, ["139", "admin2的姓名", "李四的姓名", "等了很久"], "others' texts stay");
    let after = hall.get(&manager, board).await.json();
    assert!(!after.to_string().contains("王小岚"), "{after}");
    let points = |board: &Value| {
        let rows = board["items"].as_array().expect("items").iter();
        rows.map(|row| (row["subject"].clone(), row["points"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(points(&after), points(&before));
    assert_eq!(hall.get(&manager, "/api/v1/search?q=王小").await.json()["items"], json!([]));
    let verdict = replay(&hall.city.database, &hall.city.row, &mut |_, _| {}).expect("replayed");
    assert!(matches!(verdict, Verdict::Identical { .. }), "{verdict:?}");
    let (office, _) = hall.sign_in("office", PASSWORD).await;
    let trail = hall.get(&office, "/api/v1/audit?q=person.forget").await.json();
    let told: Vec<_> =
        trail["items"].as_array().expect("items").iter().map(|row| (&row["object"], &row["reason"])).collect();
    assert_eq!(told, [(&json!("K7"), &json!("本人申请"))], "once, for it was done once: {trail}");
}

#[tokio::test]
async fn refused_events_are_masked_until_somebody_says_why_and_mended_as_they_came() {
    let hall = opened().await;
    let source = hall.city.key("source", &[]);
    let refused = event(
        "odd",
        "rating.submitted",
        "2026-11-24T09:00:00+08:00",
        json!({"level": 9, "phone": "13812345678", "comment": "金丝雀之言"}),
    );
    hall.city.post_one(&source, &refused).await;
    let (manager, _) = hall.sign_in("manager", PASSWORD).await;
    let shown = hall.get(&manager, "/api/v1/quarantine").await.json();
    let (event, number) = (&shown["items"][0]["event"], &shown["items"][0]["number"]);
    assert_eq!(event["data"], json!({"level": 9, "phone": "138****5678", "comment": "*** (5)"}), "{shown}");
    let unmask = format!("/api/v1/quarantine/{number}/unmasking");
    let ask = async |cookie: &str, reason: &str| {
        hall.ask(cookie, Method::POST, &unmask, Some(json!({"reason": reason}))).await
    };
    assert_eq!(ask(&manager, " ").await.problem().0, 400);
    hall.account("lan", "staff", false);
    let (staff, _) = hall.sign_in("lan", PASSWORD).await;
    assert_eq!(ask(&staff, "curious").await.problem().0, 403);
    let seen = ask(&manager, "回访").await.json();
    assert_eq!(seen["event"]["data"]["phone"], "13812345678", "{seen}");
    assert!(seen["until"].is_string());
    let elsewhere = hall.ask(&manager, Method::POST, "/api/v1/quarantine/99/unmasking", Some(json!({"reason": "x"})));
    assert_eq!(elsewhere.await.problem().0, 404);
    let (office, _) = hall.sign_in("office", PASSWORD).await;
    let trail = hall.get(&office, "/api/v1/audit?q=person.unmask").await.json();
    let told = &trail["items"][0];
    assert_eq!((&told["kind"], &told["reason"]), (&json!("reading"), &json!("回访")), "{trail}");
    assert_eq!(trail["items"].as_array().map(Vec::len), Some(1), "{trail}");
    // What the page left masked is kept as it came.
    let mut mended = event.clone();
    mended["data"]["level"] = json!(4);
    let mending = format!("/api/v1/quarantine/{number}/mending");
    let answer = hall.ask(&manager, Method::POST, &mending, Some(json!({"event": mended}))).await;
    // A manager mends what people decide; what a citizen said is the administrator's.
    let answer = if answer.status.as_u16() == 403 {
        hall.ask(&office, Method::POST, &mending, Some(json!({"event": mended}))).await
    } else {
        answer
    };
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    let kept = texts(&hall);
    assert!(kept.contains(&"金丝雀之言".to_owned()) && kept.contains(&"13812345678".to_owned()), "{kept:?}");
    assert!(!kept.iter().any(|text| text.contains("***")), "{kept:?}");
}

#[tokio::test]
async fn everybody_is_given_all_that_is_kept_of_them_and_nothing_of_others() {
    let hall = opened().await;
    hall.account("lan", "clerk", false);
    let (clerk, _) = hall.sign_in("lan", PASSWORD).await;
    let (steward, _) = hall.sign_in("steward", PASSWORD).await;
    let answer = hall.get(&clerk, "/api/v1/accounts/data").await;
    assert!(answer.header("content-disposition").contains("jifen-data.json"), "{answer:?}");
    let data = answer.json();
    assert_eq!((&data["account"]["name"], &data["account"]["person"]), (&json!("lan"), &json!("王岚")), "{data}");
    let texts: Vec<&str> =
        data["texts"].as_array().expect("texts").iter().filter_map(|row| row["text"].as_str()).collect();
    assert_eq!(texts, ["王岚迟到", "王岚的姓名", "王小岚", "13812345678"], "{data}");
    let entries = data["entries"].as_array().expect("entries");
    assert!(!entries.is_empty() && entries.iter().all(|entry| entry["subject"] == "王岚"), "{data}");
    // Behind each entry its facts, with their events; the clerk's services alone.
    let facts = data["facts"].as_array().expect("facts");
    let behind = |entry: &Value| facts.iter().filter(|fact| fact["entry"] == entry["position"]).count();
    assert!(entries.iter().all(|entry| behind(entry) == 1), "{data}");
    let fact =
        facts.iter().find(|fact| fact["fields"]["service_ms"] == "1020000").unwrap_or_else(|| unreachable!("{data}"));
    assert_eq!((&fact["kind"], &fact["window"]), (&json!("service"), &json!("7")), "{fact}");
    let types: Vec<_> = fact["events"].as_array().expect("events").iter().map(|event| &event["type"]).collect();
    assert_eq!(types, ["jifen.service.started", "jifen.service.ended"], "{fact}");
    assert_eq!(data["sessions"].as_array().map(Vec::len), Some(1), "{data}");
    let acts = |data: &Value| -> Vec<String> {
        let rows = data["trail"].as_array().expect("trail").iter();
        rows.map(|row| {
            format!("{} {}", row["actor"].as_str().unwrap_or_default(), row["act"].as_str().unwrap_or_default())
        })
        .collect()
    };
    assert_eq!(acts(&data), ["clerk:account/lan session.open"], "{data}");
    for other in ["李四", "admin2", "等了很久", "steward", "argon2"] {
        assert!(!data.to_string().contains(other), "{other}: {data}");
    }
    let workbook = hall.get(&clerk, "/api/v1/accounts/data?format=xlsx&lang=en").await;
    assert!(workbook.header("content-disposition").contains("jifen-data.xlsx"), "{workbook:?}");
    let mut opened: Xlsx<_> = Xlsx::new(Cursor::new(workbook.bytes.clone())).expect("a workbook");
    let sheets = opened.worksheets();
    let rows = |name: &str| sheets.iter().find(|(sheet, _)| sheet == name).map(|(_, rows)| rows).expect("a sheet");
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Account", "Roles", "Sessions", "Personal data", "Entries", "Facts", "Trail"]);
    assert_eq!(rows("Account").get((1, 0)), Some(&Data::String("lan".to_owned())));
    assert_eq!((rows("Entries").height(), rows("Facts").height()), (entries.len() + 1, facts.len() + 1));
    let shown = format!("{sheets:?}");
    for other in ["李四", "admin2", "等了很久", "steward", "argon2"] {
        assert!(!shown.contains(other), "{other}: {shown}");
    }
    for bad in ["format=pdf", "lang=fr", "all=1"] {
        let refused = hall.get(&clerk, &format!("/api/v1/accounts/data?{bad}")).await;
        assert_eq!(refused.problem(), (400, "bad_query".to_owned()), "{bad}");
    }
    // What others did to one is one's own to know, and that one has asked.
    forget(&hall, &steward, "王岚", json!({"reason": "left"})).await;
    let after = hall.get(&clerk, "/api/v1/accounts/data").await.json();
    let told = acts(&after);
    assert!(
        told.iter().any(|act| act.ends_with("person.forget")) && told.iter().any(|act| act.ends_with("person.data")),
        "{told:?}"
    );
    assert_eq!(after["texts"], json!([]));
    // A key is nobody.
    let key = hall.city.key("staff", &[]);
    assert_eq!(hall.city.get(&key, "/api/v1/accounts/data").await.problem().0, 403);
}
