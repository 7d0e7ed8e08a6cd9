//! Roles are granted for a place and a time, never beside one that excludes them, and are gone at once when they end.

use std::time::{Duration, Instant as Clock};

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use hyper::body::Body as _;
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{City, event};

const ACCOUNTS: &str = "/api/v1/accounts";
const DAY_MS: i64 = 24 * 3_600_000;

async fn opened() -> (Hall, String) {
    with(&[]).await
}

/// With more than the one hall.
async fn with(more: &[Value]) -> (Hall, String) {
    let city = City::new();
    city.open_hall().await;
    if !more.is_empty() {
        let answer = city.post_batch(&city.key("administrator", &[]), more).await;
        assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
    }
    let hall = Hall::of(city);
    hall.account("office", "administrator", false);
    let (office, _) = hall.sign_in("office", PASSWORD).await;
    (hall, office)
}

async fn grant(hall: &Hall, by: &str, name: &str, body: Value) -> (u16, Value) {
    let answer = hall.ask(by, Method::POST, &format!("{ACCOUNTS}/{name}/grants"), Some(body)).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn the_three_offices_are_never_combined() {
    let (hall, office) = opened().await;
    for (name, role) in
        [("xi", "system_administrator"), ("an", "security_administrator"), ("shen", "audit_administrator")]
    {
        hall.account(name, role, false);
    }
    hall.account("lan", "staff", false);
    hall.account("new", "none", false);
    let because = |role: &str| json!({"role": role, "reason": "a test"});
    for (name, role) in [
        ("xi", "security_administrator"),
        ("xi", "audit_administrator"),
        ("an", "staff"),
        ("shen", "manager"),
        ("shen", "committee_member"),
        ("lan", "audit_administrator"),
        ("lan", "system_administrator"),
    ] {
        let (status, problem) = grant(&hall, &office, name, because(role)).await;
        assert_eq!((status, &problem["code"]), (409, &json!("conflict")), "{name} {role}");
        let detail = problem["detail"].as_str().expect("detail");
        assert!(detail.contains(&format!("`{role}`")) && detail.contains("exclude each other"), "{detail}");
    }
    // Whoever has no role yet may get any one of them, and then no other.
    assert_eq!(grant(&hall, &office, "new", because("audit_administrator")).await.0, 201);
    assert_eq!(grant(&hall, &office, "new", because("security_administrator")).await.0, 409);
    let steward = json!({"role": "data_steward", "reason": "a test"});
    assert_eq!(grant(&hall, &office, "lan", steward).await.0, 201);
    let director = json!({"role": "hall_director", "place": "H1", "reason": "a test"});
    assert_eq!(grant(&hall, &office, "lan", director).await.0, 409, "who corrects data does not direct the hall");
}

#[tokio::test]
async fn the_offices_share_what_one_administrator_did() {
    let (hall, _) = opened().await;
    for (name, role) in
        [("xi", "system_administrator"), ("an", "security_administrator"), ("shen", "audit_administrator")]
    {
        hall.account(name, role, false);
    }
    let (xi, _) = hall.sign_in("xi", PASSWORD).await;
    let (an, _) = hall.sign_in("an", PASSWORD).await;
    let (shen, _) = hall.sign_in("shen", PASSWORD).await;
    let account = |role: &str| Some(json!({"name": format!("new-{role}"), "role": role, "person": "王岚"}));
    // The system administrator makes accounts, and gives them nothing.
    let made = hall.ask(&xi, Method::POST, ACCOUNTS, account("none")).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
    for role in ["staff", "administrator", "security_administrator", "clerk"] {
        let refused = hall.ask(&xi, Method::POST, ACCOUNTS, account(role)).await;
        assert_eq!(refused.problem(), (403, "forbidden".to_owned()), "{role}");
    }
    assert_eq!(grant(&hall, &xi, "new-none", json!({"role": "staff", "reason": "x"})).await.0, 403);
    // Nor does he sign in as somebody else of the three by a password he gave.
    let reset = hall.ask(&xi, Method::POST, &format!("{ACCOUNTS}/an/password"), None).await;
    assert_eq!(reset.problem(), (409, "conflict".to_owned()));
    assert_eq!(hall.ask(&xi, Method::POST, &format!("{ACCOUNTS}/new-none/password"), None).await.status.as_u16(), 200);
    // The security administrator grants roles, to anybody but himself, and makes no accounts.
    assert_eq!(hall.ask(&an, Method::POST, ACCOUNTS, account("none")).await.problem().0, 403);
    assert_eq!(grant(&hall, &an, "an", json!({"role": "none", "reason": "x"})).await.0, 409);
    let (status, granted) =
        grant(&hall, &an, "new-none", json!({"role": "window_lead", "place": "7", "reason": "rota"})).await;
    assert_eq!(
        (status, &granted["place_kind"], &granted["active"]),
        (201, &json!("window"), &json!(true)),
        "{granted}"
    );
    assert_eq!(granted["granted_by"], "security_administrator:account/an");
    for path in ["/api/v1/entries", "/api/v1/leaderboard", "/api/v1/now", "/api/v1/quarantine"] {
        assert_eq!(hall.get(&an, path).await.problem().0, 403, "{path}");
        assert_eq!(hall.get(&xi, path).await.problem().0, 403, "{path}");
    }
    assert_eq!(hall.get(&shen, ACCOUNTS).await.status.as_u16(), 200);
    assert_eq!(grant(&hall, &shen, "new-none", json!({"role": "staff", "reason": "x"})).await.0, 403);
}

#[tokio::test]
async fn what_cannot_be_granted_is_refused_by_member() {
    let (hall, office) = opened().await;
    hall.account("lan", "none", false);
    for (body, pointer) in [
        (json!({"role": "wizard", "reason": "x"}), "/role"),
        (json!({"role": "window_lead", "reason": "x"}), "/place"),
        (json!({"role": "window_lead", "place": "99", "reason": "x"}), "/place"),
        (json!({"role": "window_lead", "place_kind": "hall", "place": "H1", "reason": "x"}), "/place_kind"),
        (json!({"role": "administrator", "place": "H1", "reason": "x"}), "/place"),
        (json!({"role": "staff", "place_kind": "region", "place": "H1", "reason": "x"}), "/place"),
        (json!({"role": "staff", "reason": " "}), "/reason"),
        (json!({"role": "staff", "from": "tomorrow", "reason": "x"}), "/from"),
        (json!({"role": "staff", "from": "2026-12-02", "to": "2026-12-01", "reason": "x"}), "/to"),
        (json!({"role": "staff", "to": "2026-11-22", "reason": "x"}), "/to"),
    ] {
        let (status, problem) = grant(&hall, &office, "lan", body.clone()).await;
        assert_eq!((status, &problem["pointers"][0]["pointer"]), (400, &json!(pointer)), "{body}: {problem}");
    }
    assert_eq!(grant(&hall, &office, "nobody", json!({"role": "staff", "reason": "x"})).await.0, 404);
    assert_eq!(
        grant(&hall, &office, "office", json!({"role": "staff", "reason": "x"})).await.0,
        409,
        "nobody promotes themselves"
    );
    let listed = hall.get(&office, ACCOUNTS).await.json();
    assert!(
        listed["items"].as_array().expect("items").iter().all(|account| account["grants"] == json!([])),
        "{listed}"
    );
}

/// Rule R9.
#[tokio::test]
async fn an_acting_role_begins_and_ends_by_itself() {
    let (hall, office) = opened().await;
    hall.account("lan", "clerk", false);
    let acting = json!({"role": "department_head", "place": "D1", "from": "2026-11-24", "to": "2026-11-25", "reason": "on leave"});
    let (status, granted) = grant(&hall, &office, "lan", acting).await;
    assert_eq!((status, &granted["active"]), (201, &json!(false)), "{granted}");
    let board = async || {
        let (lan, _) = hall.sign_in("lan", PASSWORD).await;
        let role = hall.get(&lan, "/api/v1/region").await.json()["key"]["role"].clone();
        assert_eq!(role, "clerk", "an acting role is beside one's own");
        hall.get(&lan, "/api/v1/leaderboard").await.status.as_u16()
    };
    // 12:00 on the 23rd.
    assert_eq!(board().await, 403, "not yet");
    hall.pass(DAY_MS / 2 - 1);
    assert_eq!(board().await, 403, "the day before ends");
    hall.pass(1);
    assert_eq!(board().await, 200, "the first day begins");
    hall.pass(2 * DAY_MS - 1);
    assert_eq!(board().await, 200, "the last day ends");
    hall.pass(1);
    assert_eq!(board().await, 403, "over, and nobody did anything");
}

/// Rule R8.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_role_is_gone_at_the_next_request_and_its_stream_ends() {
    let (hall, office) = opened().await;
    hall.account("lan", "none", false);
    let (_, granted) =
        grant(&hall, &office, "lan", json!({"role": "hall_director", "place": "H1", "reason": "x"})).await;
    let (lan, _) = hall.sign_in("lan", PASSWORD).await;
    assert_eq!(hall.get(&lan, "/api/v1/leaderboard").await.status.as_u16(), 200);
    let follow = Request::get("/api/v1/live").header(header::COOKIE, &lan).body(Body::empty()).expect("request");
    let stream = hall.open(follow).await;
    assert_eq!(stream.status().as_u16(), 200);
    let mut stream = stream.into_body();
    let first = std::future::poll_fn(|context| std::pin::Pin::new(&mut stream).poll_frame(context)).await;
    assert!(first.is_some_and(|frame| frame.is_ok()), "the stream begins");
    let path = format!("{ACCOUNTS}/lan/grants/{}/revocation", granted["number"]);
    let revoke = async || hall.ask(&office, Method::POST, &path, Some(json!({"reason": "moved"}))).await;
    let begun = Clock::now();
    assert_eq!(revoke().await.status.as_u16(), 204);
    assert_eq!(hall.get(&lan, "/api/v1/leaderboard").await.problem().0, 403);
    let rest = tokio::time::timeout(Duration::from_secs(5), to_bytes(stream, usize::MAX)).await;
    let rest = String::from_utf8(rest.expect("it ends within five seconds").expect("bytes").to_vec()).expect("text");
    assert!(rest.contains("event: end"), "{rest}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(revoke().await.problem().0, 404, "once");
    let listed = hall.get(&office, ACCOUNTS).await.json();
    let lan = listed["items"].as_array().expect("items").iter().find(|account| account["name"] == "lan").expect("lan");
    assert_eq!(lan["grants"][0]["revoked_by"], "administrator:account/office", "a grant that is over stays listed");
}

/// What changes at another hall is not in the stream of whoever sees one.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_carries_only_what_is_in_scope() {
    let early = "2026-01-01T00:00:00+08:00";
    let other = [
        event("hall-b", "organisation.hall", early, json!({"hall": "canary-hall"})),
        event("window-b", "organisation.window", early, json!({"window": "canary-window", "hall": "canary-hall"})),
        event("person-b", "organisation.person", early, json!({"person": "canary-person", "window": "canary-window"})),
    ];
    let (hall, office) = with(&other).await;
    let key = hall.city.key("administrator", &[]);
    hall.account("lan", "none", false);
    grant(&hall, &office, "lan", json!({"role": "hall_director", "place": "H1", "reason": "x"})).await;
    let (lan, _) = hall.sign_in("lan", PASSWORD).await;
    let follow = Request::get("/api/v1/live").header(header::COOKIE, &lan).body(Body::empty()).expect("request");
    let mut stream = hall.open(follow).await.into_body();
    let mut text = String::new();
    let service = |id: &str, person: &str, window: &str, end: &str| {
        let data = json!({"service": id, "person": person, "window": window});
        let at = |time: &str| format!("2026-11-23T{time}+08:00");
        [
            event(&format!("s-{id}"), "service.started", &at("09:00:00"), data.clone()),
            event(&format!("e-{id}"), "service.ended", &at(end), data),
        ]
    };
    for events in [service("B1", "canary-person", "canary-window", "09:10:00"), service("A1", "王岚", "7", "09:11:00")]
    {
        // Through the writer of the server that is followed.
        for one in &events {
            let request = Request::post("/api/v1/events")
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .header(header::CONTENT_TYPE, "application/cloudevents+json")
                .body(Body::from(one.to_string()));
            assert_eq!(hall.send(request.expect("request")).await.statuses(), ["accepted"]);
        }
    }
    let wait = Clock::now();
    while !text.contains("王岚") && wait.elapsed() < Duration::from_secs(5) {
        let frame = std::future::poll_fn(|context| std::pin::Pin::new(&mut stream).poll_frame(context));
        let Ok(Some(Ok(frame))) = tokio::time::timeout(Duration::from_secs(5), frame).await else { break };
        text.push_str(&String::from_utf8_lossy(frame.data_ref().expect("data")));
    }
    assert!(text.contains("\"subject\":\"王岚\"") && text.contains("event: change"), "{text}");
    assert!(!text.contains("canary"), "{text}");
}
