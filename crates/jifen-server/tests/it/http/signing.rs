//! Sources that sign: what a signature covers, how long it is good for, and changing a secret without a gap.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use jifen_core::{id::Digest, time::Instant};
use jifen_server::auth::{SIGNED_MS, sign, text_to_sign};
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, NOW, STRUCTURED, event, rating};

const EVENTS: &str = "/api/v1/events";
const KEYS: &str = "/api/v1/signing_keys";

/// A hall that lets a system sign, and whoever gives it secrets.
struct Signing {
    hall: Hall,
    office: String,
}

/// A request, and what is signed in its place.
struct Sent<'a> {
    secret: [u8; 32],
    key: &'a str,
    region: &'a str,
    nonce: &'a str,
    /// By how much its clock is ahead.
    ahead: i64,
    signed: String,
    body: String,
}

impl<'a> Sent<'a> {
    fn new(secret: [u8; 32], nonce: &'a str, body: &Value) -> Self {
        let body = body.to_string();
        Self { secret, key: "queue", region: "3301", nonce, ahead: 0, signed: body.clone(), body }
    }
}

impl Signing {
    async fn new() -> Self {
        let hall = Hall::new();
        hall.account("office", "administrator", false);
        let (office, _) = hall.sign_in("office", PASSWORD).await;
        Self { hall, office }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.hall.ask(&self.office, method, path, body).await
    }

    async fn given(&self, path: &str, body: Option<Value>) -> [u8; 32] {
        let given = self.ask(Method::POST, path, body).await;
        assert_eq!(given.status.as_u16(), 201, "{given:?}");
        Digest::parse_hex(given.json()["secret"].as_str().expect("secret")).expect("32 bytes").0
    }

    async fn queue(&self) -> [u8; 32] {
        self.given(KEYS, Some(json!({"name": "queue", "types": ["jifen.service.", "jifen.rating."]}))).await
    }

    async fn send(&self, sent: &Sent<'_>) -> Answer {
        self.hall.send(request(sent).body(Body::from(sent.body.clone())).expect("request")).await
    }
}

fn request(sent: &Sent<'_>) -> axum::http::request::Builder {
    let time = Instant(NOW.0 + sent.ahead).to_rfc3339();
    let text = text_to_sign("POST", EVENTS, STRUCTURED, (&time, sent.nonce), sent.signed.as_bytes());
    let (region, key, nonce, signature) = (sent.region, sent.key, sent.nonce, sign(&sent.secret, &text));
    let said = format!("JIFEN-HMAC-SM3 region={region}, key={key}, time={time}, nonce={nonce}, signature={signature}");
    Request::post(EVENTS).header(header::AUTHORIZATION, said).header(header::CONTENT_TYPE, STRUCTURED)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_is_taken_once_and_as_it_was_signed() {
    let signing = Signing::new().await;
    let secret = signing.queue().await;
    let good = Sent::new(secret, "nonce-000001", &rating("r1", 5));
    assert_eq!(signing.send(&good).await.statuses(), ["accepted"]);
    assert_eq!(signing.send(&good).await.problem(), (401, "signature_replayed".to_owned()));
    let again = Sent::new(secret, "nonce-000002", &rating("r1", 5));
    assert_eq!(signing.send(&again).await.statuses(), ["repeated"], "signed anew it is the same event");

    let sent = |nonce| Sent::new(secret, nonce, &rating("r2", 1));
    let other = rating("r2", 5).to_string();
    for (why, wrong) in [
        ("another body", Sent { body: other, ..sent("nonce-000003") }),
        ("another secret", Sent { secret: [7; 32], ..sent("nonce-000004") }),
        ("another name", Sent { key: "nobody", ..sent("nonce-000005") }),
        ("another region", Sent { region: "3302", ..sent("nonce-000006") }),
    ] {
        let refused = signing.send(&wrong).await;
        assert_eq!(refused.problem(), (401, "signature_wrong".to_owned()), "{why}");
    }
    for (ahead, taken) in [(SIGNED_MS + 1, false), (-SIGNED_MS - 1, false), (SIGNED_MS, true), (-SIGNED_MS, true)] {
        let nonce = format!("nonce-at-{ahead}");
        let answer = signing.send(&Sent { ahead, ..Sent::new(secret, &nonce, &rating("r3", 4)) }).await;
        match taken {
            true => assert_eq!(answer.status.as_u16(), 200, "{ahead}: {answer:?}"),
            false => assert_eq!(answer.problem(), (401, "signature_stale".to_owned()), "{ahead}"),
        }
    }
    // What no signature covers decides nothing.
    let covered = sent("nonce-000007");
    let lured = request(&covered).header("ce-type", "jifen.rating.given").body(Body::from(covered.body.clone()));
    let lured = signing.hall.send(lured.expect("request")).await;
    assert_eq!(lured.problem(), (400, "malformed_header".to_owned()));
    let elsewhere = request(&covered).uri("/api/v1/events?x=1").body(Body::from(covered.body.clone()));
    assert_eq!(signing.hall.send(elsewhere.expect("request")).await.problem().0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_source_sends_its_types_and_nothing_else() {
    let signing = Signing::new().await;
    let secret = signing.queue().await;
    let foreign = event("p1", "operator.login", "2026-11-02T09:00:00+08:00", json!({"window": "1", "person": "P1"}));
    assert_eq!(signing.send(&Sent::new(secret, "nonce-000001", &foreign)).await.statuses(), ["rejected"]);
    let ended =
        event("e1", "period.ended", "2026-02-01T00:00:00+08:00", json!({"grain": "month", "period": "2026-01"}));
    assert_eq!(signing.send(&Sent::new(secret, "nonce-000002", &ended)).await.statuses(), ["rejected"]);
    assert_eq!(signing.send(&Sent::new(secret, "nonce-000003", &rating("r", 5))).await.statuses(), ["accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_changed_without_a_gap() {
    let signing = Signing::new().await;
    let old = signing.queue().await;
    let renew = format!("{KEYS}/queue/secrets");
    let new = signing.given(&renew, None).await;
    assert_ne!(old, new);
    assert_eq!(signing.ask(Method::POST, &renew, None).await.problem(), (409, "conflict".to_owned()), "two at most");
    let send = async |secret, nonce: &str, id: &str| signing.send(&Sent::new(secret, nonce, &rating(id, 5))).await;
    assert_eq!(send(old, "nonce-000001", "r1").await.statuses(), ["accepted"]);
    assert_eq!(send(new, "nonce-000002", "r2").await.statuses(), ["accepted"]);
    let listed = signing.ask(Method::GET, KEYS, None).await.json();
    assert_eq!(listed["items"][0]["secrets"].as_array().map(Vec::len), Some(2), "{listed}");
    assert!(!listed.to_string().contains(&Digest(new).to_string()));
    let gone = async |number| signing.ask(Method::DELETE, &format!("{renew}/{number}"), None).await.status.as_u16();
    assert_eq!((gone(1).await, gone(1).await), (204, 404));
    assert_eq!(send(old, "nonce-000003", "r3").await.problem(), (401, "signature_wrong".to_owned()));
    assert_eq!(send(new, "nonce-000004", "r3").await.statuses(), ["accepted"]);
    assert_eq!(gone(2).await, 204);
    assert_eq!(send(new, "nonce-000005", "r4").await.problem(), (401, "signature_wrong".to_owned()));
    assert_eq!(signing.ask(Method::POST, &renew, None).await.problem(), (404, "not_found".to_owned()));

    // One name is one source: the journal says who sent what by it.
    let bearer = |name: &str| Some(json!({"name": name, "role": "source"}));
    assert_eq!(signing.ask(Method::POST, "/api/v1/keys", bearer("gate")).await.status.as_u16(), 201);
    let taken = signing.ask(Method::POST, KEYS, Some(json!({"name": "gate"}))).await;
    assert_eq!(taken.problem(), (409, "conflict".to_owned()));
    signing.queue().await;
    assert_eq!(
        signing.ask(Method::POST, "/api/v1/keys", bearer("queue")).await.problem(),
        (409, "conflict".to_owned())
    );
    assert_eq!(signing.ask(Method::POST, KEYS, Some(json!({"name": "queue"}))).await.problem().0, 409);
    let told = signing.ask(Method::GET, "/api/v1/audit?q=signing_key", None).await.json();
    let acts: Vec<_> = told["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|entry| entry["act"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        acts,
        ["signing_key.issue", "signing_key.remove", "signing_key.remove", "signing_key.renew", "signing_key.issue"]
    );
}
