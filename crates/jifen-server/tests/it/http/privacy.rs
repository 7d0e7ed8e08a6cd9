//! What is personal, over HTTP: forgotten.

use axum::http::Method;
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
