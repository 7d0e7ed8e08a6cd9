//! The second step of signing in, and proving again who one is before roles, keys and closings.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jifen_core::time::Instant;
use jifen_server::auth::{PROVED_MS, totp};
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, NOW, STRUCTURED, event};

const FACTOR: &str = "/api/v1/accounts/factor";
const PROOF: &str = "/api/v1/sessions/current/proof";

/// A hall whose account `lan` has a second factor, and what only its owner knows.
struct Owner {
    hall: Hall,
    cookie: String,
    recovery: Vec<String>,
    /// By how much the clock went on.
    passed: i64,
}

impl Owner {
    async fn new(role: &str) -> Self {
        let hall = Hall::new();
        hall.account("lan", role, false);
        let (cookie, signed) = hall.sign_in("lan", PASSWORD).await;
        assert_eq!(signed["second_factor"], false);
        let mut owner = Self { hall, cookie, recovery: Vec::new(), passed: 0 };
        let begun = owner.ask(Method::POST, FACTOR, None).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{begun:?}");
        let code = json!({"code": owner.code(0)});
        let confirmed = owner.ask(Method::POST, &format!("{FACTOR}/confirmation"), Some(code)).await;
        assert_eq!(confirmed.status, StatusCode::OK, "{confirmed:?}");
        owner.recovery = serde_json::from_value(confirmed.json()["codes"].clone()).expect("codes");
        owner
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.hall.ask(&self.cookie, method, path, body).await
    }

    /// What the device shows so many steps from now.
    fn code(&self, steps: i64) -> String {
        let factor = self.hall.city.database.factor(self.hall.city.row.id, "lan").expect("store").expect("factor");
        totp::code(&factor.secret, totp::step_at(Instant(NOW.0 + self.passed)) + steps)
    }

    fn pass(&mut self, ms: i64) {
        self.hall.pass(ms);
        self.passed += ms;
    }

    async fn try_with(&self, code: &str) -> Answer {
        let body = json!({"region": "3301", "name": "lan", "password": PASSWORD, "code": code});
        self.hall.ask("", Method::POST, "/api/v1/sessions", Some(body)).await
    }

    fn acts(&self) -> Vec<(String, String)> {
        let filter = jifen_store::AuditFilter { limit: 100, ..Default::default() };
        let records = self.hall.city.database.audited(self.hall.city.row.id, &filter).expect("trail");
        records.into_iter().rev().map(|record| (record.row.act, record.row.reason)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_takes_a_code_once_it_is_confirmed_and_each_counts_once() {
    let mut owner = Owner::new("staff").await;
    let view = owner.ask(Method::GET, FACTOR, None).await.json();
    assert_eq!(view["recovery_codes_left"], 10, "{view}");
    assert!(view["confirmed_at"].is_string());
    assert_eq!(owner.ask(Method::POST, FACTOR, None).await.problem(), (409, "conflict".to_owned()));

    let half = owner.hall.try_in("lan", PASSWORD).await;
    assert_eq!((half.problem(), half.header("set-cookie")), ((401, "code_needed".to_owned()), ""));
    assert_eq!(owner.hall.try_in("lan", "another password").await.problem(), (401, "sign_in_failed".to_owned()));
    let confirming = owner.code(0);
    assert_eq!(owner.try_with(&confirming).await.problem(), (401, "code_wrong".to_owned()), "it confirmed");

    owner.pass(totp::STEP_MS);
    let code = owner.code(0);
    let opened = owner.try_with(&code).await;
    assert_eq!((opened.status.as_u16(), &opened.json()["second_factor"]), (200, &json!(true)), "{opened:?}");
    assert_eq!(owner.try_with(&code).await.problem(), (401, "code_wrong".to_owned()), "it is replayed");
    let ahead = owner.code(1);
    assert_eq!(owner.try_with(&ahead).await.status.as_u16(), 200, "a device half a minute ahead");
    let now = owner.code(0);
    assert_eq!(owner.try_with(&now).await.problem(), (401, "code_wrong".to_owned()), "an older one never counts");
    owner.pass(totp::STEP_MS * 4);
    for (steps, status) in [(2, 401), (-2, 401), (-1, 200), (0, 200)] {
        let code = owner.code(steps);
        assert_eq!(owner.try_with(&code).await.status.as_u16(), status, "{steps} steps off");
    }
    let acts = owner.acts();
    for told in [
        ("factor.enrol", ""),
        ("factor.confirm", ""),
        ("session.half", "code"),
        ("session.refused", "code"),
        ("session.open", "code"),
    ] {
        assert!(acts.iter().any(|(act, reason)| (act.as_str(), reason.as_str()) == told), "{told:?} in {acts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_opens_once_and_is_kept_as_a_digest() {
    let owner = Owner::new("staff").await;
    let code = owner.recovery[0].clone();
    let typed = code.to_uppercase().replace('-', " ");
    assert_eq!(owner.try_with(&typed).await.status.as_u16(), 200);
    assert_eq!(owner.try_with(&code).await.problem(), (401, "code_wrong".to_owned()), "it was used");
    let mut other = code.clone();
    other.replace_range(0..1, if code.starts_with('2') { "3" } else { "2" });
    assert_eq!(owner.try_with(&other).await.problem(), (401, "code_wrong".to_owned()));
    assert_eq!(owner.ask(Method::GET, FACTOR, None).await.json()["recovery_codes_left"], 9);
    let renewed = owner.ask(Method::POST, &format!("{FACTOR}/recovery_codes"), None).await.json();
    assert_eq!(renewed["codes"].as_array().map(Vec::len), Some(10));
    assert_eq!(owner.try_with(&owner.recovery[1]).await.problem().0, 401, "old ones went");
    assert_eq!(owner.try_with(renewed["codes"][0].as_str().expect("code")).await.status.as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_wait_wherever_they_come_from_and_passwords_do_not() {
    let mut owner = Owner::new("staff").await;
    owner.pass(totp::STEP_MS);
    for _ in 0..5 {
        assert_eq!(owner.try_with("000000").await.problem(), (401, "code_wrong".to_owned()));
    }
    let right = owner.code(0);
    let refused = owner.try_with(&right).await;
    assert_eq!((refused.problem(), refused.header("retry-after")), ((429, "too_many_codes".to_owned()), "1"));
    // Whoever does not know the password does not make anybody wait for a code.
    assert_eq!(owner.hall.try_in("lan", "another password").await.problem(), (401, "sign_in_failed".to_owned()));
    owner.pass(1_000);
    let right = owner.code(0);
    assert_eq!(owner.try_with(&right).await.status.as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_let_one_in_by_a_code() {
    let mut owner = Owner::new("staff").await;
    owner.pass(totp::STEP_MS);
    let other = owner.hall.beside();
    let code = owner.code(0);
    let body = json!({"region": "3301", "name": "lan", "password": PASSWORD, "code": code});
    let (one, two) = tokio::join!(
        owner.hall.ask("", Method::POST, "/api/v1/sessions", Some(body.clone())),
        Hall::ask_of(&other, "", Method::POST, "/api/v1/sessions", Some(body)),
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{one:?} {two:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_keys_closings_and_the_factor_itself_take_a_proof_of_the_last_quarter() {
    let mut owner = Owner::new("administrator").await;
    let key = || Some(json!({"name": "queue", "role": "source"}));
    let ended = |id: &str| {
        let data = json!({"grain": "month", "period": "2026-01"});
        event(id, "period.ended", "2026-02-01T00:00:00+08:00", data)
    };
    assert_eq!(owner.ask(Method::POST, "/api/v1/keys", key()).await.status.as_u16(), 201);
    owner.pass(PROVED_MS - 1);
    assert_eq!(owner.ask(Method::DELETE, "/api/v1/keys/queue", None).await.status.as_u16(), 204);
    owner.pass(1);
    let grant = Some(json!({"role": "staff", "reason": "r"}));
    for (method, path, body) in [
        (Method::POST, "/api/v1/keys", key()),
        (Method::DELETE, "/api/v1/keys/queue", None),
        (Method::POST, "/api/v1/accounts/lan/grants", grant),
        (Method::POST, "/api/v1/accounts", Some(json!({"name": "new", "role": "none"}))),
        (Method::DELETE, FACTOR, None),
        (Method::POST, "/api/v1/accounts/factor/recovery_codes", None),
    ] {
        assert_eq!(owner.ask(method, path, body).await.problem(), (403, "proof_needed".to_owned()), "{path}");
    }
    let request = Request::post("/api/v1/events")
        .header(header::HOST, "hall.example")
        .header(header::ORIGIN, "http://hall.example")
        .header(header::COOKIE, &owner.cookie)
        .header(header::CONTENT_TYPE, STRUCTURED)
        .body(Body::from(ended("late").to_string()));
    let refused = owner.hall.send(request.expect("request")).await;
    assert!(String::from_utf8_lossy(&refused.bytes).contains("prove again"), "{refused:?}");
    assert_eq!(owner.hall.get(&owner.cookie, "/api/v1/keys").await.status.as_u16(), 200, "looking takes none");

    let password = Some(json!({"password": PASSWORD}));
    assert_eq!(owner.ask(Method::POST, PROOF, password).await.problem(), (401, "code_needed".to_owned()));
    assert_eq!(owner.ask(Method::POST, PROOF, Some(json!({"code": "000000"}))).await.problem().1, "code_wrong");
    let code = json!({"code": owner.code(0)});
    assert_eq!(owner.ask(Method::POST, PROOF, Some(code.clone())).await.status.as_u16(), 204);
    assert_eq!(owner.ask(Method::POST, PROOF, Some(code)).await.problem().1, "code_wrong", "once");
    assert_eq!(owner.ask(Method::POST, "/api/v1/keys", key()).await.status.as_u16(), 201);
    assert_eq!(owner.ask(Method::DELETE, FACTOR, None).await.status.as_u16(), 204);
    assert_eq!(owner.ask(Method::DELETE, FACTOR, None).await.problem().0, 404);
    assert_eq!(owner.hall.try_in("lan", PASSWORD).await.status.as_u16(), 200, "it is off");

    owner.pass(PROVED_MS);
    assert_eq!(
        owner.ask(Method::POST, PROOF, Some(json!({"password": "another"}))).await.problem().1,
        "password_wrong"
    );
    assert_eq!(owner.ask(Method::POST, PROOF, Some(json!({"password": PASSWORD}))).await.status.as_u16(), 204);
    assert_eq!(owner.ask(Method::DELETE, "/api/v1/keys/queue", None).await.status.as_u16(), 204);
    let acts = owner.acts();
    assert!(acts.contains(&("session.prove".to_owned(), "code".to_owned())), "{acts:?}");
    assert!(acts.contains(&("session.prove".to_owned(), "password".to_owned())), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_does_not_stand_for_a_code() {
    let mut owner = Owner::new("administrator").await;
    owner.pass(PROVED_MS);
    let change = json!({"old": PASSWORD, "new": "another long password"});
    let changed = owner.ask(Method::POST, "/api/v1/accounts/password", Some(change)).await;
    assert_eq!(changed.status.as_u16(), 200, "{changed:?}");
    owner.cookie = changed.header("set-cookie").split(';').next().expect("cookie").to_owned();
    let key = json!({"name": "queue", "role": "source"});
    assert_eq!(owner.ask(Method::POST, "/api/v1/keys", Some(key)).await.problem().1, "proof_needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_is_turned_off_by_an_administrator_and_an_officers_is_not() {
    let owner = Owner::new("staff").await;
    for (name, role) in [("xi", "system_administrator"), ("shen", "audit_administrator")] {
        owner.hall.account(name, role, false);
    }
    let (xi, _) = owner.hall.sign_in("xi", PASSWORD).await;
    let off =
        async |name: &str| owner.hall.ask(&xi, Method::DELETE, &format!("/api/v1/accounts/{name}/factor"), None).await;
    assert_eq!(off("shen").await.problem().0, 409);
    assert_eq!(off("nobody").await.problem().0, 404);
    assert_eq!(off("lan").await.status.as_u16(), 204);
    assert_eq!(owner.hall.try_in("lan", PASSWORD).await.status.as_u16(), 200);
    let key = owner.hall.city.key("staff", &[]);
    assert_eq!(owner.hall.city.get(&key, FACTOR).await.problem(), (403, "forbidden".to_owned()), "a key has none");
}
