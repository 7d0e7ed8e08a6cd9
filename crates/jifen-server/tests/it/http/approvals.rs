//! Acts that take a second person: offices and closings over HTTP.

use axum::http::{Method, StatusCode};
use jifen_store::{AccountRow, AuditFilter};
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, STRUCTURED, event};

const APPROVALS: &str = "/api/v1/approvals";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A hall whose people are each somebody else.
struct Two {
    hall: Hall,
}

impl Two {
    fn new() -> Self {
        let hall = Hall::new();
        let two = Self { hall };
        for (name, role) in [
            ("sec", "security_administrator"),
            ("aud", "audit_administrator"),
            ("boss", "administrator"),
            ("wang", "manager"),
            ("seat", "committee_member"),
            ("new", "none"),
            ("sys", "system_administrator"),
            ("steward", "data_steward"),
        ] {
            two.add(name, role, name);
        }
        two
    }

    fn add(&self, name: &str, role: &str, person: &str) {
        let row = AccountRow { person: Some(person.to_owned()), ..self.hall.row(name, role, false) };
        self.hall.city.database.add_account(&row).expect("account");
    }

    async fn ask(&self, name: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let (cookie, _) = self.hall.sign_in(name, PASSWORD).await;
        self.hall.ask(&cookie, method, path, body).await
    }

    async fn post(&self, name: &str, path: &str, body: Value) -> Answer {
        self.ask(name, Method::POST, path, Some(body)).await
    }

    async fn asked(&self, name: &str, what: &str, body: Value) -> u64 {
        let asked = self.post(name, &format!("{APPROVALS}/{what}"), body).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{asked:?}");
        assert_eq!((&asked.json()["state"], &asked.json()["may_decide"]), (&json!("open"), &json!(false)));
        asked.json()["number"].as_u64().expect("number")
    }

    async fn decide(&self, name: &str, what: &str, number: u64, approve: bool) -> Answer {
        let body = json!({"approve": approve, "note": "seen"});
        self.post(name, &format!("{APPROVALS}/{what}/{number}"), body).await
    }

    fn acts(&self) -> Vec<(String, String)> {
        let filter = AuditFilter { text: Some("approval.".to_owned()), limit: 100, ..Default::default() };
        let entries = self.hall.city.database.audited(self.hall.city.row.id, &filter).expect("trail");
        entries.into_iter().map(|entry| (entry.row.actor, entry.row.act)).rev().collect()
    }

    fn grants(&self) -> usize {
        self.hall.city.database.grants(self.hall.city.row.id).expect("grants").len()
    }
}

fn office(account: &str, role: &str) -> Value {
    json!({"account": account, "grant": {"role": role, "reason": "文件 12 号"}})
}

#[tokio::test]
async fn an_office_is_granted_by_two() {
    let two = Two::new();
    let grant = json!({"role": "audit_administrator", "reason": "文件 12 号"});
    let alone = two.post("sec", "/api/v1/accounts/new/grants", grant.clone()).await;
    assert_eq!(alone.problem(), (409, "conflict".to_owned()));
    assert_eq!(two.grants(), 0);
    let number = two.asked("sec", "grants", office("new", "audit_administrator")).await;
    let own = two.post("sec", &format!("{APPROVALS}/grants/{number}"), json!({"approve": true, "note": "x"})).await;
    assert_eq!(own.problem(), (403, "forbidden".to_owned()));
    assert_eq!(two.decide("aud", "closings", number, true).await.problem().0, 403);
    assert_eq!(two.decide("aud", "grants", 99, true).await.problem(), (404, "not_found".to_owned()));
    let listed = two.ask("aud", Method::GET, APPROVALS, None).await.json()["items"][0].clone();
    assert_eq!((&listed["object"], &listed["may_decide"]), (&json!("new audit_administrator"), &json!(true)));
    let approved = two.decide("aud", "grants", number, true).await;
    assert_eq!((approved.status, &approved.json()["state"]), (StatusCode::OK, &json!("approved")), "{approved:?}");
    assert_eq!(two.decide("aud", "grants", number, false).await.problem(), (409, "conflict".to_owned()));
    let (_, said) = two.hall.sign_in("new", PASSWORD).await;
    assert_eq!(said["role"], "audit_administrator");
    let granted = two.hall.city.database.grants(two.hall.city.row.id).expect("grants").remove(0);
    assert_eq!(granted.granted_by, "security_administrator:account/sec");
    let acts = [
        ("security_administrator:account/sec", "approval.ask"),
        ("audit_administrator:account/aud", "approval.approve"),
    ];
    assert_eq!(two.acts(), acts.map(|(who, act)| (who.to_owned(), act.to_owned())));

    // A role of everyday work takes one, and is not asked for.
    let everyday = json!({"role": "staff", "place_kind": "region", "reason": "x"});
    two.add("clerk", "none", "P9");
    assert_eq!(two.post("sec", "/api/v1/accounts/clerk/grants", everyday).await.status, StatusCode::CREATED);
    let asked = two
        .post(
            "sec",
            &format!("{APPROVALS}/grants"),
            json!({"account": "clerk", "grant": {"role": "manager", "place_kind": "region", "reason": "x"}}),
        )
        .await;
    assert_eq!(asked.problem(), (409, "conflict".to_owned()));
    // In a pilot there is nobody else.
    two.add("alone", "none", "P8");
    assert_eq!(two.post("boss", "/api/v1/accounts/alone/grants", grant).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn who_profits_is_late_or_the_same_does_not_decide() {
    let two = Two::new();
    // The same person by another account, and somebody who would decide about a role of their own.
    two.add("sec-other", "audit_administrator", "sec");
    two.add("own", "none", "aud");
    for (account, decider) in [("new", "sec-other"), ("own", "aud")] {
        let number = two.asked("sec", "grants", office(account, "system_administrator")).await;
        let refused = two.decide(decider, "grants", number, true).await;
        assert_eq!(refused.problem(), (409, "conflict".to_owned()), "{decider}");
    }
    // Whoever asked must still be somebody who may.
    let number = two.asked("sec", "grants", office("new", "system_administrator")).await;
    let (database, region) = (two.hall.city.database.clone(), two.hall.city.row.id);
    database.disable_account(region, "sec").expect("store");
    assert_eq!(two.decide("aud", "grants", number, true).await.problem(), (409, "conflict".to_owned()));
    assert_eq!(two.grants(), 0);

    // What has changed in between counts: the account has a role by now that excludes it.
    two.add("sec2", "security_administrator", "P7");
    let number = two.asked("sec2", "grants", office("new", "system_administrator")).await;
    let everyday = json!({"role": "staff", "place_kind": "region", "reason": "x"});
    assert_eq!(two.post("boss", "/api/v1/accounts/new/grants", everyday).await.status, StatusCode::CREATED);
    assert_eq!(two.decide("aud", "grants", number, true).await.problem(), (409, "conflict".to_owned()));
    // Refused, and too late.
    two.add("other", "none", "P6");
    let number = two.asked("sec2", "grants", office("other", "system_administrator")).await;
    assert_eq!(two.decide("aud", "grants", number, false).await.json()["state"], "refused");
    let number = two.asked("sec2", "grants", office("other", "system_administrator")).await;
    two.hall.pass(3 * DAY_MS);
    assert_eq!(two.decide("aud", "grants", number, true).await.problem(), (409, "conflict".to_owned()));
    assert_eq!(two.ask("aud", Method::GET, APPROVALS, None).await.json()["items"][0]["state"], "expired");
    assert_eq!(two.grants(), 1);
}

#[tokio::test]
async fn a_month_is_closed_by_two() {
    let two = Two::new();
    let closed = |two: &Two| {
        let mut writers = two.hall.app.writers();
        let (_, writer) = writers.find(|(code, _)| *code == "3301").expect("a writer");
        writer.region().closed_months().count()
    };
    let send = async |name: &str, kind: &str| {
        let (cookie, _) = two.hall.sign_in(name, PASSWORD).await;
        let body = event(kind, kind, "2026-11-23T10:00:00+08:00", json!({"period": "2026-10"}));
        let request = axum::http::Request::post("/api/v1/events")
            .header("host", "hall.example")
            .header("origin", "http://hall.example")
            .header("cookie", &cookie)
            .header("content-type", STRUCTURED)
            .body(axum::body::Body::from(body.to_string()))
            .expect("request");
        two.hall.send(request).await
    };
    assert_eq!(send("wang", "period.ended").await.status, StatusCode::OK);
    let refused = send("wang", "period.closed").await;
    assert_eq!((refused.status, refused.statuses()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["rejected".to_owned()]));
    assert!(refused.json().to_string().contains("closing a month takes two"), "{refused:?}");
    let before = closed(&two);
    for bad in ["2026", "2026-11-01", "2026-W11", ""] {
        let refused = two.post("wang", &format!("{APPROVALS}/closings"), json!({"period": bad, "reason": "x"})).await;
        assert_eq!(refused.problem(), (400, "malformed_body".to_owned()), "{bad}");
    }
    let asked = json!({"period": "2026-10", "reason": "核对无误"});
    let number = two.asked("wang", "closings", asked.clone()).await;
    assert_eq!(two.decide("aud", "closings", number, true).await.problem(), (403, "forbidden".to_owned()));
    assert_eq!(two.decide("seat", "closings", number, false).await.json()["state"], "refused");
    assert_eq!(closed(&two), before, "what is refused closes nothing");
    let number = two.asked("wang", "closings", asked).await;
    let approved = two.decide("seat", "closings", number, true).await;
    assert_eq!(approved.status, StatusCode::OK, "{approved:?}");
    assert_eq!(closed(&two), before + 1);
    assert_eq!(two.decide("seat", "closings", number, true).await.problem(), (409, "conflict".to_owned()));
    assert_eq!(closed(&two), before + 1);
}

#[tokio::test]
async fn a_key_is_asked_for_by_one_and_issued_by_another() {
    let two = Two::new();
    let key = |way: &str, name: &str| json!({"way": way, "name": name, "role": "source", "types": ["jifen.queue."], "reason": "对接叫号系统"});
    // Nobody but the all-in-one administrator of a pilot does it alone.
    for (path, body) in [
        ("/api/v1/keys", json!({"name": "queue", "role": "source", "types": []})),
        ("/api/v1/signing_keys", json!({"name": "queue", "types": []})),
    ] {
        let alone = two.post("sec", path, body.clone()).await;
        assert_eq!(alone.problem(), (403, "forbidden".to_owned()), "{path}");
        assert!(alone.json()["detail"].as_str().is_some_and(|detail| detail.contains("takes two")), "{alone:?}");
        assert_eq!(two.post("sys", path, body.clone()).await.problem(), (403, "forbidden".to_owned()), "{path}");
    }
    assert_eq!(two.post("sec", &format!("{APPROVALS}/keys"), key("bearer", "queue")).await.problem().0, 403);
    for (bad, pointer) in [
        (json!({"way": "bearer", "name": "", "role": "source", "reason": "x"}), "/name"),
        (json!({"way": "bearer", "name": "queue", "role": "wizard", "reason": "x"}), "/role"),
        (json!({"way": "signing", "name": "queue", "role": "manager", "reason": "x"}), "/role"),
        (
            json!({"way": "bearer", "name": "queue", "role": "source", "types": ["jifen.nothing"], "reason": "x"}),
            "/types",
        ),
        (json!({"way": "bearer", "name": "queue", "role": "source", "reason": " "}), "/reason"),
    ] {
        let refused = two.post("sys", &format!("{APPROVALS}/keys"), bad).await;
        let said = refused.json();
        assert_eq!((refused.status.as_u16(), &said["pointers"][0]["pointer"]), (400, &json!(pointer)), "{said}");
    }
    let (database, region) = (two.hall.city.database.clone(), two.hall.city.row.id);
    let number = two.asked("sys", "keys", key("bearer", "queue")).await;
    let refused = two.decide("sec", "keys", number, false).await.json();
    assert_eq!((&refused["approval"]["state"], &refused["secret"]), (&json!("refused"), &Value::Null));
    let keys = || database.keys(region).expect("keys").into_iter().filter(|key| key.name == "queue").count();
    assert_eq!(keys(), 0);
    let number = two.asked("sys", "keys", key("bearer", "queue")).await;
    let issued = two.decide("sec", "keys", number, true).await.json();
    let secret = issued["secret"].as_str().expect("a key").to_owned();
    assert_eq!(keys(), 1);
    let sent = event("r1", "queue.taken", "2026-11-23T10:00:00+08:00", json!({"service": "S1"}));
    assert_eq!(two.hall.city.post_one(&secret, &sent).await.statuses(), ["accepted"], "the key opens");
    assert_eq!(two.decide("sec", "keys", number, true).await.problem(), (409, "conflict".to_owned()), "once");
    let listed = two.ask("sys", Method::GET, APPROVALS, None).await;
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(&secret), "nobody else is shown the secret");
    let number = two.asked("sys", "keys", key("signing", "rating")).await;
    let issued = two.decide("sec", "keys", number, true).await.json();
    assert_eq!(issued["secret"].as_str().map(str::len), Some(64), "{issued}");
    assert_eq!(database.signing_secrets_of(region, "rating").expect("secrets").len(), 1);
    // In a pilot there is nobody else.
    let alone = json!({"name": "third", "role": "source", "types": []});
    assert_eq!(two.post("boss", "/api/v1/keys", alone).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_steward_sees_what_is_personal_when_somebody_else_has_said_so() {
    let two = Two::new();
    let source = two.hall.city.key("source", &[]);
    let refused =
        event("odd", "rating.submitted", "2026-11-23T09:00:00+08:00", json!({"level": 9, "phone": "13812345678"}));
    two.hall.city.post_one(&source, &refused).await;
    let listed = two.ask("steward", Method::GET, "/api/v1/quarantine", None).await.json();
    let number = listed["items"][0]["number"].as_u64().expect("number");
    let see = async |name: &str| {
        let path = format!("/api/v1/quarantine/{number}/unmasking");
        two.post(name, &path, json!({"reason": "回访"})).await
    };
    let alone = see("steward").await;
    assert_eq!(alone.problem(), (403, "forbidden".to_owned()));
    assert!(alone.json()["detail"].as_str().is_some_and(|detail| detail.contains("unmaskings")), "{alone:?}");
    assert_eq!(see("wang").await.status, StatusCode::OK, "a manager's own right is enough");
    let ask = async |name: &str, number: u64| {
        two.post(name, &format!("{APPROVALS}/unmaskings"), json!({"number": number, "reason": "回访"})).await
    };
    assert_eq!(ask("wang", number).await.problem(), (409, "conflict".to_owned()));
    assert_eq!(ask("steward", 99).await.problem().0, 404);
    let asked = two.asked("steward", "unmaskings", json!({"number": number, "reason": "回访"})).await;
    assert_eq!(see("steward").await.problem().0, 403, "nobody has said yes");
    assert_eq!(two.decide("aud", "unmaskings", asked, true).await.problem().0, 403);
    assert_eq!(two.decide("sec", "unmaskings", asked, false).await.json()["state"], "refused");
    assert_eq!(see("steward").await.problem().0, 403);
    let asked = two.asked("steward", "unmaskings", json!({"number": number, "reason": "回访"})).await;
    assert_eq!(two.decide("sec", "unmaskings", asked, true).await.json()["state"], "approved");
    let seen = see("steward").await.json();
    assert_eq!(seen["event"]["data"]["phone"], "13812345678", "{seen}");
    // It is theirs, of this event, and for three days.
    two.add("other", "data_steward", "P9");
    assert_eq!(see("other").await.problem().0, 403);
    two.hall.pass(3 * DAY_MS);
    assert_eq!(see("steward").await.problem().0, 403);
}
