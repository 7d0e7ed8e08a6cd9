//! The organisation as of a day, posts, dictionaries; changes rehearsed, made and taken back.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, City, event};

pub(super) const CHANGES: &str = "/api/v1/organisation/changes";
pub(super) const REHEARSALS: &str = "/api/v1/organisation/rehearsals";

/// A hall with two windows of two departments and a morning at window 7, and a steward's cookie.
pub(super) async fn opened() -> (Hall, String) {
    let city = City::new();
    city.open_hall().await;
    let early = "2026-01-01T00:00:00+08:00";
    let more = [
        event("d2", "organisation.department", early, json!({"department": "D2", "name": "公积金", "hall": "H1"})),
        event(
            "w8",
            "organisation.window",
            early,
            json!({"window": "8", "name": "8 号窗口", "hall": "H1", "department": "D2", "zone": "B"}),
        ),
        event(
            "m1",
            "organisation.matter",
            early,
            json!({"matter": "M1", "name": "缴存", "department": "D2", "promised_days": 3, "standard_ms": 600_000}),
        ),
        event("p2", "organisation.person", early, json!({"person": "P2", "person_name": "赵平", "window": "8"})),
        event(
            "post",
            "post.assigned",
            early,
            json!({"person": "P2", "post": "首席代表", "department": "D2", "from": "2026-03-01T00:00:00+08:00"}),
        ),
        event(
            "r1",
            "roster.assigned",
            early,
            json!({"person": "P2", "window": "8", "from": "2026-11-01T00:00:00+08:00"}),
        ),
        event("s1", "service.started", "2026-11-23T09:00:00+08:00", json!({"service": "S1", "window": "8"})),
        event("e1", "service.ended", "2026-11-23T09:10:00+08:00", json!({"service": "S1", "window": "8"})),
    ];
    let answer = city.post_batch(&city.key("administrator", &[]), &more).await;
    assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
    let hall = Hall::of(city);
    hall.account("steward", "data_steward", false);
    let (cookie, _) = hall.sign_in("steward", PASSWORD).await;
    (hall, cookie)
}

pub(super) async fn post(hall: &Hall, cookie: &str, path: &str, changes: Value) -> Answer {
    let mut body = json!({"changes": changes});
    if path == CHANGES {
        body["reason"] = "文件 7 号".into();
    }
    hall.ask(cookie, Method::POST, path, Some(body)).await
}

/// The points of a person.
pub(super) async fn points(hall: &Hall, cookie: &str, person: &str) -> String {
    let board = hall.get(cookie, "/api/v1/leaderboard").await.json();
    let items = board["items"].as_array().expect("items");
    let found = items.iter().find(|item| item["subject"] == person);
    found.map_or_else(|| "0".to_owned(), |item| item["points"].as_str().expect("points").to_owned())
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|item| item["code"].as_str().expect("code")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisation_is_as_it_was_on_the_day() {
    let (hall, cookie) = opened().await;
    let today = hall.get(&cookie, "/api/v1/organisation").await.json();
    assert_eq!(today["day"], "2026-11-23");
    assert!(codes(&today["windows"]).contains(&"8") && codes(&today["departments"]).contains(&"D2"), "{today}");
    let window = today["windows"].as_array().expect("list").iter().find(|window| window["code"] == "8").expect("8");
    assert_eq!((&window["department"], &window["zone"]), (&json!("D2"), &json!("B")));
    let assigned = today["assignments"].as_array().expect("list");
    let assigned = assigned.iter().find(|one| one["window"] == "8").expect("assigned");
    assert_eq!((&assigned["person"], &assigned["name"], &assigned["to"]), (&json!("P2"), &json!("赵平"), &Value::Null));
    let matter = today["matters"].as_array().expect("list").iter().find(|matter| matter["code"] == "M1").expect("M1");
    assert_eq!((&matter["promised_days"], &matter["standard_ms"]), (&json!(3), &json!(600_000)));
    // Before the first of November nobody was assigned there, and in the year before there was no such window.
    let before = hall.get(&cookie, "/api/v1/organisation?on=2026-10-31").await.json();
    assert!(before["assignments"].as_array().expect("list").iter().all(|one| one["window"] != "8"), "{before}");
    let early = hall.get(&cookie, "/api/v1/organisation?on=2025-12-31").await.json();
    assert_eq!(codes(&early["windows"]), [""; 0], "{early}");
    assert_eq!(hall.get(&cookie, "/api/v1/organisation?on=yesterday").await.problem().0, 400);

    let posts = hall.get(&cookie, "/api/v1/posts").await.json();
    let post = &posts["items"][0];
    assert_eq!(
        (&post["post"], &post["place"], &post["person"], &post["holds"]),
        (&json!("首席代表"), &json!("D2"), &json!("P2"), &json!(true))
    );
    let early = hall.get(&cookie, "/api/v1/posts?on=2026-02-01").await.json();
    assert_eq!(early["items"][0]["holds"], false);

    let dictionaries = hall.get(&cookie, "/api/v1/dictionaries").await.json();
    let of = |id: &str| {
        let all = dictionaries["items"].as_array().expect("items");
        all.iter().find(|one| one["id"] == id).expect(id)["items"].clone()
    };
    let zone = of("zones").as_array().expect("list").iter().find(|zone| zone["code"] == "B").cloned().expect("zone B");
    assert_eq!(zone["used"], json!([{"zh": "窗口", "en": "windows", "count": 1}]));
    let facts = of("facts");
    let service = facts.as_array().expect("list").iter().find(|kind| kind["code"] == "service").expect("service");
    assert_eq!(service["zh"], "一次窗口服务");
    assert!(service["used"][0]["count"].as_u64().is_some_and(|count| count > 0), "{service}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_does_is_shown_before_it_is_made_and_it_does_just_that() {
    let (hall, cookie) = opened().await;
    let before = points(&hall, &cookie, "P2").await;
    assert_ne!(before, "0", "the service at window 8 is theirs");
    // Window 8 was somebody else's all along.
    let changes = json!([
        {"kind": "unassign", "person": "P2", "window": "8", "from": "2026-11-01"},
        {"kind": "assign", "person": "王岚", "window": "8", "from": "2026-11-01", "to": "2026-11-30"},
    ]);
    let rehearsed = post(&hall, &cookie, REHEARSALS, changes.clone()).await;
    assert_eq!(rehearsed.status, StatusCode::OK, "{rehearsed:?}");
    let rehearsed = rehearsed.json();
    assert_eq!((&rehearsed["events"], &rehearsed["complete"]), (&json!(2), &json!(true)), "{rehearsed}");
    assert!(rehearsed["facts"].as_u64().is_some_and(|facts| facts > 0), "{rehearsed}");
    let of = |person: &str| {
        let subjects = rehearsed["subjects"].as_array().expect("subjects");
        subjects.iter().find(|one| one["kind"] == "person" && one["code"] == person).map(|one| one["points"].clone())
    };
    assert_eq!(of("P2"), Some(json!(format!("-{before}"))), "{rehearsed}");
    assert_eq!(of("王岚"), Some(json!(before)), "{rehearsed}");
    assert_eq!(points(&hall, &cookie, "P2").await, before, "nothing was done");
    let listed = hall.get(&cookie, CHANGES).await.json();
    assert_eq!(listed["items"], json!([]));

    let lan = points(&hall, &cookie, "王岚").await;
    let made = post(&hall, &cookie, CHANGES, changes).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    hall.settled().await;
    assert_eq!(points(&hall, &cookie, "P2").await, "0");
    assert_ne!(points(&hall, &cookie, "王岚").await, lan);

    // Taken back, the last first.
    let listed = hall.get(&cookie, CHANGES).await.json()["items"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
    for change in listed.as_array().expect("list") {
        assert_eq!(change["may_take_back"], true, "{change}");
        let back = json!([{"kind": "take_back", "position": change["position"]}]);
        assert_eq!(post(&hall, &cookie, REHEARSALS, back.clone()).await.status, StatusCode::OK);
        let done = post(&hall, &cookie, CHANGES, back.clone()).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
        hall.settled().await;
        assert_eq!(post(&hall, &cookie, CHANGES, back).await.problem().0, 422, "once");
    }
    assert_eq!(points(&hall, &cookie, "P2").await, before);
    assert_eq!(points(&hall, &cookie, "王岚").await, lan);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_serves_another_department_from_a_day_on_and_back() {
    let (hall, cookie) = opened().await;
    let department = async |day: &str| {
        let found = hall.get(&cookie, &format!("/api/v1/organisation?on={day}")).await.json();
        let window = found["windows"].as_array().expect("list").iter().find(|window| window["code"] == "8").cloned();
        let window = window.expect("window 8");
        (window["department"].clone(), window["zone"].clone())
    };
    let change = json!([{"kind": "window", "code": "8", "department": "D1", "from": "2026-06-01"}]);
    assert_eq!(post(&hall, &cookie, CHANGES, change).await.status, StatusCode::OK);
    assert_eq!(department("2026-05-31").await, (json!("D2"), json!("B")));
    assert_eq!(department("2026-06-01").await, (json!("D1"), json!("B")), "what was not said stays");
    let position = hall.get(&cookie, CHANGES).await.json()["items"][0]["position"].clone();
    let back = json!([{"kind": "take_back", "position": position}]);
    assert_eq!(post(&hall, &cookie, CHANGES, back).await.status, StatusCode::OK);
    assert_eq!(department("2026-06-01").await, (json!("D2"), json!("B")));

    // A person who moves takes nothing of the old place along, and keeps their name.
    let moved = json!([{"kind": "person", "code": "P2", "window": "7", "from": "2026-06-01"}]);
    assert_eq!(post(&hall, &cookie, CHANGES, moved).await.status, StatusCode::OK);
    let found = hall.get(&cookie, "/api/v1/organisation").await.json();
    let person = found["people"].as_array().expect("list").iter().find(|person| person["code"] == "P2").cloned();
    let person = person.expect("P2");
    assert_eq!((&person["window"], &person["name"]), (&json!("7"), &json!("赵平")), "{person}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_where_it_is_wrong_and_nothing_is_changed() {
    let (hall, cookie) = opened().await;
    let head = hall.city.database.head(hall.city.row.id).expect("head");
    for (change, status, pointer) in [
        (json!({"kind": "assign", "person": "P9", "window": "8", "from": "2026-11-01"}), 422, "/changes/0/person"),
        (json!({"kind": "assign", "person": "P2", "window": "99", "from": "2026-11-01"}), 422, "/changes/0/window"),
        (json!({"kind": "assign", "person": "P2", "window": "8", "from": "soon"}), 400, "/changes/0/from"),
        (
            json!({"kind": "assign", "person": "P2", "window": "8", "from": "2026-11-02", "to": "2026-11-01"}),
            400,
            "/changes/0/to",
        ),
        (json!({"kind": "unassign", "person": "王岚", "window": "8", "from": "2026-11-01"}), 422, "/changes/0/person"),
        (json!({"kind": "window", "code": "8", "department": "D9"}), 422, "/changes/0/department"),
        (json!({"kind": "window", "code": "8", "from": "2027-01-01"}), 422, "/changes/0/from"),
        (
            json!({"kind": "appoint", "person": "P2", "post": "x", "place_kind": "person", "place": "P2", "from": "2026-11-01"}),
            400,
            "/changes/0/place_kind",
        ),
        (json!({"kind": "take_back", "position": 1}), 422, "/changes/0/position"),
        (json!({"kind": "take_back", "position": 0}), 422, "/changes/0/position"),
        (json!({"kind": "take_back", "position": u64::MAX}), 422, "/changes/0/position"),
    ] {
        for path in [REHEARSALS, CHANGES] {
            let refused = post(&hall, &cookie, path, json!([change])).await;
            let said = refused.json();
            assert_eq!((refused.status.as_u16(), &said["pointers"][0]["pointer"]), (status, &json!(pointer)), "{said}");
        }
    }
    assert_eq!(post(&hall, &cookie, CHANGES, json!([])).await.problem().0, 400);
    let without = json!({"changes": [{"kind": "window", "code": "8", "name": "x"}], "reason": " "});
    assert_eq!(hall.ask(&cookie, Method::POST, CHANGES, Some(without)).await.problem().0, 400);
    // Whoever only rosters does not change windows.
    hall.account("boss", "manager", false);
    let (boss, _) = hall.sign_in("boss", PASSWORD).await;
    let window = json!([{"kind": "window", "code": "8", "name": "x"}]);
    assert_eq!(post(&hall, &boss, CHANGES, window.clone()).await.problem().0, 403);
    assert_eq!(post(&hall, &boss, REHEARSALS, window).await.problem().0, 403);
    assert_eq!(hall.city.database.head(hall.city.row.id).expect("head"), head, "nothing was appended");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_there_to_be_read() {
    let (hall, cookie) = opened().await;
    let policy = hall.get(&cookie, "/api/v1/policy").await.json();
    let of = |list: &str, member: &str, name: &str| {
        policy[list].as_array().expect(list).iter().find(|one| one[member] == name).cloned().expect(name)
    };
    let edit = of("permissions", "permission", "organisation.edit");
    assert_eq!(
        edit["roles"],
        json!([{"role": "data_steward", "scope": "place"}, {"role": "administrator", "scope": "region"}])
    );
    let office = of("roles", "role", "audit_administrator");
    assert_eq!((&office["zh"], &office["class"]), (&json!("审计管理员"), &json!("office")));
    assert!(office["excludes"].as_array().expect("list").contains(&json!("clerk")), "{office}");
}

/// Who is assigned to window 8 on a day: person, role, whether what names nobody goes to them.
async fn assigned(hall: &Hall, cookie: &str, day: &str) -> Vec<(String, String, bool)> {
    let found = hall.get(cookie, &format!("/api/v1/organisation?on={day}")).await.json();
    let text = |one: &Value, member: &str| one[member].as_str().expect(member).to_owned();
    let all = found["assignments"].as_array().expect("list").iter().filter(|one| one["window"] == "8");
    all.map(|one| (text(one, "person"), text(one, "role"), one["stands"] == true)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_b_stands_in_while_the_a_is_on_leave_and_the_points_follow() {
    let (hall, cookie) = opened().await;
    let (before, lan) = (points(&hall, &cookie, "P2").await, points(&hall, &cookie, "王岚").await);
    let stand_in = json!([{"kind": "assign", "person": "王岚", "window": "8", "from": "2026-11-01", "role": "b"}]);
    assert_eq!(post(&hall, &cookie, CHANGES, stand_in).await.status, StatusCode::OK);
    hall.settled().await;
    assert_eq!(points(&hall, &cookie, "P2").await, before, "the A stands before the B who was said last");
    let leave =
        |to: &str| json!([{"kind": "leave", "person": "P2", "category": "sick", "from": "2026-11-23", "to": to}]);
    let rehearsed = post(&hall, &cookie, REHEARSALS, leave("2026-11-24")).await.json();
    assert!(rehearsed["facts"].as_u64().is_some_and(|facts| facts > 0), "{rehearsed}");
    let made = post(&hall, &cookie, CHANGES, leave("2026-11-24")).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    hall.settled().await;
    assert_eq!(points(&hall, &cookie, "P2").await, "0");
    assert_ne!(points(&hall, &cookie, "王岚").await, lan);
    let row = |person: &str, role: &str, stands| (person.to_owned(), role.to_owned(), stands);
    let mut there = assigned(&hall, &cookie, "2026-11-23").await;
    there.sort();
    assert_eq!(there, [row("P2", "a", false), row("王岚", "b", true)]);
    let mut there = assigned(&hall, &cookie, "2026-11-25").await;
    there.sort();
    assert_eq!(there, [row("P2", "a", true), row("王岚", "b", false)]);

    // Of what kind the leave is, only who rosters is told; the journal keeps neither the person's code nor the reason.
    let leaves = hall.get(&cookie, "/api/v1/organisation?on=2026-11-24").await.json()["leaves"].clone();
    assert_eq!((&leaves[0]["person"], &leaves[0]["category"]), (&json!("P2"), &json!("sick")), "{leaves}");
    hall.account("reader", "system_administrator", false);
    let (reader, _) = hall.sign_in("reader", PASSWORD).await;
    let seen = hall.get(&reader, "/api/v1/organisation?on=2026-11-24").await.json()["leaves"].clone();
    assert_eq!((&seen[0]["person"], &seen[0]["category"]), (&json!("P2"), &Value::Null), "{seen}");
    let all = hall.city.database.head(hall.city.row.id).expect("head").journal;
    let record = hall.city.database.records(hall.city.row.id, &[all]).expect("records").pop();
    let told = record.map(|record| format!("{record:?}")).unwrap_or_default();
    assert!(!told.contains("P2") && !told.contains("文件 7 号"), "{told}");

    // The same beginning again: the same leave, with another end. Taken back, it ends as before; taken back again, it never was.
    assert_eq!(post(&hall, &cookie, CHANGES, leave("2026-11-26")).await.status, StatusCode::OK);
    let count = async |day: &str| {
        let found = hall.get(&cookie, &format!("/api/v1/organisation?on={day}")).await.json();
        found["leaves"].as_array().map(Vec::len)
    };
    assert_eq!((count("2026-11-26").await, count("2026-11-23").await), (Some(1), Some(1)));
    let newest = async || hall.get(&cookie, CHANGES).await.json()["items"][0].clone();
    let change = newest().await;
    assert_eq!((&change["type"], &change["may_take_back"]), (&json!("jifen.leave.granted"), &json!(true)), "{change}");
    let back = json!([{"kind": "take_back", "position": change["position"]}]);
    assert_eq!(post(&hall, &cookie, CHANGES, back).await.status, StatusCode::OK);
    assert_eq!((count("2026-11-26").await, count("2026-11-24").await), (Some(0), Some(1)));
    let cancelled = json!([{"kind": "cancel_leave", "leave": leaves[0]["leave"]}]);
    assert_eq!(post(&hall, &cookie, CHANGES, cancelled.clone()).await.status, StatusCode::OK);
    hall.settled().await;
    assert_eq!(count("2026-11-23").await, Some(0));
    assert_eq!((points(&hall, &cookie, "P2").await, points(&hall, &cookie, "王岚").await), (before, lan));
    assert_eq!(post(&hall, &cookie, CHANGES, cancelled).await.problem().0, 422, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trainee_keeps_the_points_and_is_not_ranked() {
    let (hall, cookie) = opened().await;
    let line = async || {
        let board = hall.get(&cookie, "/api/v1/leaderboard").await.json();
        let found = board["items"].as_array().expect("items").iter().find(|item| item["subject"] == "P2").cloned();
        let found = found.expect("P2");
        (found["points"].clone(), found["trainee"] == true, found["rank"].is_null())
    };
    let (points, trainee, unranked) = line().await;
    assert!(!trainee && !unranked);
    let trains = json!([{"kind": "assign", "person": "P2", "window": "8", "from": "2026-11-01", "role": "trainee"}]);
    assert_eq!(post(&hall, &cookie, CHANGES, trains).await.status, StatusCode::OK);
    hall.settled().await;
    assert_eq!(line().await, (points, true, true));
    for (change, pointer) in [
        (
            json!({"kind": "assign", "person": "P2", "window": "8", "from": "2026-11-01", "role": "x"}),
            "/changes/0/role",
        ),
        (
            json!({"kind": "leave", "person": "P9", "category": "sick", "from": "2026-11-01", "to": "2026-11-02"}),
            "/changes/0/person",
        ),
        (
            json!({"kind": "leave", "person": "P2", "category": " ", "from": "2026-11-01", "to": "2026-11-02"}),
            "/changes/0/category",
        ),
        (
            json!({"kind": "leave", "person": "P2", "category": "sick", "from": "2026-11-02", "to": "2026-11-01"}),
            "/changes/0/to",
        ),
        (json!({"kind": "cancel_leave", "leave": "L9"}), "/changes/0/leave"),
    ] {
        let refused = post(&hall, &cookie, CHANGES, json!([change])).await.json();
        assert_eq!(refused["pointers"][0]["pointer"], pointer, "{refused}");
    }
}
