//! Signing in by an OpenID Connect provider: the whole way with a real one, and what must not count with one that lies.

mod planted;
mod real;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use axum::http::{Method, StatusCode};
use jifen_core::time::Instant;
use jifen_server::auth::Federation;
use jifen_store::AuditFilter;
use serde_json::{Value, json};

use self::{
    planted::{Planted, Signer},
    real::{Browser, Real},
};
use super::session::{Hall, PASSWORD};
use crate::city::{Answer, City, NOW};

pub(super) const CLIENT: &str = "jifen";
/// Canary: must show nowhere.
pub(super) const SECRET: &str = "provider secret that shows nowhere";
pub(super) const REDIRECT: &str = "http://127.0.0.1:1/sign-in";

const BEGIN: &str = "/api/v1/sessions/provider";
const END: &str = "/api/v1/sessions/provider/answer";

/// A file of settings, with what a test adds.
fn settings(folder: &Path, issuer: &str, more: &str) -> Federation {
    let secret = folder.join("secret");
    fs::write(&secret, format!("{SECRET}\n")).expect("secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("mode");
    let file = folder.join("sign-in.toml");
    let text = format!(
        "[provider]\ntitle = \"统一认证\"\nregion = \"3301\"\nissuer = \"{issuer}\"\nclient = \"{CLIENT}\"\n\
         secret_file = \"secret\"\nredirect = \"{REDIRECT}\"\n{more}\n"
    );
    fs::write(&file, text).expect("settings");
    Federation::read(&file).expect("settings")
}

/// What a browser that has begun holds: the cookie, and the parameters of the provider's page.
struct Begun {
    cookie: String,
    address: String,
}

impl Begun {
    async fn at(hall: &Hall) -> Self {
        let begun = hall.ask("", Method::POST, BEGIN, None).await;
        assert_eq!(begun.status, StatusCode::OK, "{begun:?}");
        let set = begun.header("set-cookie");
        assert!(set.contains("HttpOnly; SameSite=Strict"), "{set}");
        let cookie = set.split(';').next().expect("a cookie").to_owned();
        Self { cookie, address: begun.json()["address"].as_str().expect("address").to_owned() }
    }

    fn parameter(&self, name: &str) -> String {
        parameter(&self.address, name).expect(name)
    }

    async fn end(&self, hall: &Hall, answer: Value) -> Answer {
        hall.ask(&self.cookie, Method::POST, END, Some(answer)).await
    }
}

pub(super) fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let (_, value) = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    let value = value.replace('+', " ");
    Some(percent_encoding::percent_decode_str(&value).decode_utf8().expect("text").into_owned())
}

fn refusals(hall: &Hall) -> Vec<String> {
    let entries = hall
        .city
        .database
        .audited(hall.city.row.id, &AuditFilter { limit: 10_000, ..AuditFilter::default() })
        .expect("trail");
    let refused = entries.into_iter().filter(|entry| entry.row.act == "session.refused");
    refused.map(|entry| entry.row.reason).collect()
}

fn sessions(hall: &Hall) -> usize {
    hall.city.database.sessions(hall.city.row.id).expect("sessions").len()
}

/// The whole login at a provider that was not written by us, before and after it changes its keys.
#[tokio::test]
async fn a_real_provider_says_who_it_is() {
    let folder = tempfile::tempdir().expect("folder");
    let mut real = Real::start();
    let now = Instant(jiff::Timestamp::now().as_millisecond());
    let hall = Hall::federated(City::new(), settings(folder.path(), &real.issuer, ""), now);
    hall.account("lan", "staff", false);
    hall.account("boss", "administrator", false);
    assert_eq!(hall.get("", "/api/v1/sign_in").await.json()["provider"], "统一认证");

    for round in 0..2 {
        let begun = Begun::at(&hall).await;
        let back = Browser::default().sign_in(&begun.address, "lan").await;
        let of = |name: &str| parameter(&back, name);
        let answer = json!({"state": of("state"), "code": of("code"), "iss": of("iss")});
        // Another browser has not begun it.
        let other = Begun::at(&hall).await;
        assert_eq!(other.end(&hall, answer.clone()).await.problem(), (401, "provider_refused".to_owned()));
        let opened = begun.end(&hall, answer.clone()).await;
        assert_eq!(opened.status, StatusCode::OK, "round {round}: {opened:?}");
        assert_eq!((&opened.json()["name"], &opened.json()["role"]), (&json!("lan"), &json!("staff")));
        let cookie = opened.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        assert_eq!(hall.get(&cookie, "/api/v1/region").await.status, StatusCode::OK);
        // The same answer once more, to this server and to one that has not seen it.
        assert_eq!(begun.end(&hall, answer.clone()).await.problem(), (401, "provider_refused".to_owned()));
        let other = Hall::federated(City::new(), settings(folder.path(), &real.issuer, ""), now);
        other.account("lan", "staff", false);
        assert_eq!(begun.end(&other, answer).await.problem(), (401, "provider_refused".to_owned()));
        if round == 0 {
            real.rotate();
        }
    }
    assert_eq!(sessions(&hall), 2, "and no other was opened");

    // Known there, and nobody here; and one whose account signs in here only.
    for (login, problem) in [("stranger", (401, "no_account")), ("boss", (403, "here_only"))] {
        let begun = Begun::at(&hall).await;
        let back = Browser::default().sign_in(&begun.address, login).await;
        let answer = json!({"state": parameter(&back, "state"), "code": parameter(&back, "code"), "iss": parameter(&back, "iss")});
        assert_eq!(begun.end(&hall, answer).await.problem(), (problem.0, problem.1.to_owned()), "{login}");
    }
    assert_eq!(sessions(&hall), 2);
    let accounts = hall.city.database.accounts(hall.city.row.id).expect("accounts");
    assert_eq!(accounts.len(), 2, "nobody gets an account by signing in");
}

/// One answer that counts, and the same with one thing wrong.
#[tokio::test]
async fn an_answer_with_one_thing_wrong_counts_for_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let planted = Planted::start().await;
    let hall = Hall::federated(City::new(), settings(folder.path(), &planted.issuer, ""), NOW);
    hall.account("lan", "staff", false);
    let (issuer, now) = (planted.issuer.clone(), NOW.0 / 1000);
    let stranger = Signer::new("k1");

    type Change = fn(&mut Value);
    let claims: [(&str, Change, &str); 15] = [
        ("another nonce", |claims| claims["nonce"] = json!("other"), "nonce"),
        ("no nonce", |claims| drop(claims["nonce"].take()), "nonce"),
        ("another issuer", |claims| claims["iss"] = json!("http://127.0.0.1:1"), "issuer"),
        ("for another", |claims| claims["aud"] = json!("another"), "somebody else"),
        ("for several, and nobody named", |claims| claims["aud"] = json!([CLIENT, "another"]), "somebody else"),
        ("for us by another", |claims| claims["azp"] = json!("another"), "somebody else"),
        ("over", |claims| claims["exp"] = json!(NOW.0 / 1000 - 61), "over"),
        ("of long ago", |claims| claims["iat"] = json!(NOW.0 / 1000 - 3600), "clocks"),
        ("of tomorrow", |claims| claims["iat"] = json!(NOW.0 / 1000 + 86_400), "clocks"),
        ("not yet", |claims| claims["nbf"] = json!(NOW.0 / 1000 + 3600), "clocks"),
        ("no end", |claims| drop(claims.as_object_mut().expect("claims").remove("exp")), "no signed token"),
        ("an end that is no number", |claims| claims["exp"] = json!("never"), "no signed token"),
        ("another access token", |claims| claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA"), "access token"),
        ("nobody", |claims| drop(claims["preferred_username"].take()), "who signed in"),
        ("a list of names", |claims| claims["preferred_username"] = json!(["lan"]), "who signed in"),
    ];
    for (what, change, why) in claims {
        let begun = Begun::at(&hall).await;
        let mut claims = planted.claims(&begun.parameter("nonce"), "lan", now);
        change(&mut claims);
        planted.answer(&planted.signer.token(&claims));
        refused(&hall, &begun, json!({"state": begun.parameter("state"), "code": "c", "iss": issuer}), (what, why))
            .await;
    }

    type Forge<'a> = Box<dyn Fn(&Value) -> String + 'a>;
    let forged: [(&str, Forge<'_>, &str); 6] = [
        ("unsigned", Box::new(|claims| planted.signer.with(&json!({"alg": "none"}), claims, false)), "algorithm"),
        ("by the client's secret", Box::new(|claims| planted.signer.shared(SECRET, claims)), "algorithm"),
        ("another's signature", Box::new(|claims| stranger.token(claims)), "signature"),
        ("another's key", Box::new(|claims| Signer::new("k9").token(claims)), "does not publish"),
        (
            "what is critical",
            Box::new(|claims| {
                planted.signer.with(&json!({"alg": "ES256", "kid": "k1", "crit": ["x"], "x": 1}), claims, true)
            }),
            "no signed token",
        ),
        ("no token", Box::new(|_| "a.b.c".to_owned()), "no signed token"),
    ];
    for (what, forge, why) in &forged {
        let begun = Begun::at(&hall).await;
        planted.answer(&forge(&planted.claims(&begun.parameter("nonce"), "lan", now)));
        refused(&hall, &begun, json!({"state": begun.parameter("state"), "code": "c", "iss": issuer}), (what, why))
            .await;
    }

    // What comes back with the browser.
    for (what, answer, why) in [
        ("of another issuer", json!({"code": "c", "iss": "http://evil.example"}), "another issuer"),
        ("of an issuer that is not said", json!({"code": "c"}), "another issuer"),
        ("a refusal", json!({"error": "access_denied", "iss": issuer}), "nobody in"),
        ("no code", json!({"iss": issuer}), "no code"),
        ("another state", json!({"state": "AAAAAAAAAAA", "code": "c", "iss": issuer}), "another attempt"),
    ] {
        let begun = Begun::at(&hall).await;
        planted.answer(&planted.signer.token(&planted.claims(&begun.parameter("nonce"), "lan", now)));
        let mut all = json!({"state": begun.parameter("state")});
        all.as_object_mut().expect("object").extend(answer.as_object().expect("object").clone());
        refused(&hall, &begun, all, (what, why)).await;
    }
    let late = Begun::at(&hall).await;
    planted.answer(&planted.signer.token(&planted.claims(&late.parameter("nonce"), "lan", now)));
    hall.pass(10 * 60 * 1000);
    let answer = json!({"state": late.parameter("state"), "code": "c", "iss": issuer});
    refused(&hall, &late, answer, ("too late", "too long ago")).await;
    hall.pass(-10 * 60 * 1000);

    // With nothing wrong it counts, and shows that only who began it could end it.
    let begun = Begun::at(&hall).await;
    planted.answer(&planted.signer.token(&planted.claims(&begun.parameter("nonce"), "lan", now)));
    let answer = json!({"state": begun.parameter("state"), "code": "c", "iss": issuer});
    let opened = begun.end(&hall, answer).await;
    assert_eq!(opened.status, StatusCode::OK, "{opened:?}");
    let form = planted.asked().pop().expect("a form");
    let verifier = parameter(&format!("?{form}"), "code_verifier").expect("verifier");
    assert_eq!(planted::challenge(&verifier), begun.parameter("code_challenge"));
    assert_eq!(begun.parameter("code_challenge_method"), "S256");
}

async fn refused(hall: &Hall, begun: &Begun, answer: Value, (what, why): (&str, &str)) {
    let before = refusals(hall).len();
    let refused = begun.end(hall, answer).await;
    assert_eq!(refused.problem(), (401, "provider_refused".to_owned()), "{what}: {refused:?}");
    assert_eq!(sessions(hall), 0, "{what}");
    let told = refusals(hall);
    assert_eq!(told.len(), before + 1, "{what}");
    assert!(told.iter().any(|reason| reason.contains(why)), "{what}: {told:?}");
    assert!(!format!("{refused:?} {told:?}").contains(SECRET), "{what}");
}

/// What a provider publishes does not lead anywhere else, and while it is down others sign in.
#[tokio::test]
async fn nothing_but_the_issuer_is_asked_and_without_it_passwords_do() {
    let folder = tempfile::tempdir().expect("folder");
    let planted = Planted::start().await;
    for endpoint in ["token_endpoint", "jwks_uri"] {
        let other = Planted::start().await;
        planted.publish(endpoint, &format!("{}/elsewhere", other.issuer));
        let hall = Hall::federated(City::new(), settings(folder.path(), &planted.issuer, ""), NOW);
        hall.account("lan", "staff", false);
        let begun = hall.ask("", Method::POST, BEGIN, None).await;
        if endpoint == "token_endpoint" {
            let begun = Begun {
                cookie: begun.header("set-cookie").split(';').next().expect("cookie").to_owned(),
                address: begun.json()["address"].as_str().expect("address").to_owned(),
            };
            let answer = json!({"state": begun.parameter("state"), "code": "c", "iss": planted.issuer});
            assert_eq!(begun.end(&hall, answer).await.problem(), (503, "provider_silent".to_owned()));
        } else {
            assert_eq!(begun.problem(), (503, "provider_silent".to_owned()));
        }
        assert!(other.asked().is_empty(), "{endpoint}");
        hall.sign_in("lan", PASSWORD).await;
        planted.publish(endpoint, &format!("{}/{endpoint}", planted.issuer));
    }
    planted.publish("issuer", "http://127.0.0.1:1");
    let hall = Hall::federated(City::new(), settings(folder.path(), &planted.issuer, ""), NOW);
    assert_eq!(hall.ask("", Method::POST, BEGIN, None).await.problem(), (503, "provider_silent".to_owned()));
    let nobody = Hall::federated(City::new(), settings(folder.path(), "http://127.0.0.1:1", ""), NOW);
    assert_eq!(nobody.ask("", Method::POST, BEGIN, None).await.problem(), (503, "provider_silent".to_owned()));
    let none = Hall::new();
    assert_eq!(none.ask("", Method::POST, BEGIN, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(none.get("", "/api/v1/sign_in").await.json()["provider"], Value::Null);
}

/// Whoever has a second factor here types its code too, as often as it takes, after the provider has said who it is.
#[tokio::test]
async fn the_second_factor_is_asked_for_all_the_same() {
    use jifen_server::auth::totp;
    let folder = tempfile::tempdir().expect("folder");
    let planted = Planted::start().await;
    let hall = Hall::federated(City::new(), settings(folder.path(), &planted.issuer, ""), NOW);
    hall.account("lan", "staff", false);
    let (cookie, _) = hall.sign_in("lan", PASSWORD).await;
    hall.ask(&cookie, Method::POST, "/api/v1/accounts/factor", None).await;
    let secret = hall.city.database.factor(hall.city.row.id, "lan").expect("store").expect("factor").secret;
    let code = |steps: i64| totp::code(&secret, totp::step_at(NOW) + steps);
    let confirmation = json!({"code": code(0)});
    hall.ask(&cookie, Method::POST, "/api/v1/accounts/factor/confirmation", Some(confirmation)).await;

    let begun = Begun::at(&hall).await;
    planted.answer(&planted.signer.token(&planted.claims(&begun.parameter("nonce"), "lan", NOW.0 / 1000)));
    let answer = json!({"state": begun.parameter("state"), "code": "c", "iss": planted.issuer});
    let needed = begun.end(&hall, answer).await;
    assert_eq!(needed.problem(), (401, "code_needed".to_owned()));
    let typed = |code: &str| json!({"state": begun.parameter("state"), "second_factor": code});
    // Who it is was said to this browser, in this attempt: what it held before does not say so, nor what it makes up.
    assert_eq!(begun.end(&hall, typed(&code(1))).await.problem(), (401, "provider_refused".to_owned()));
    let kept = needed.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let (own, said) = kept.split_once('.').expect("what was said");
    let boss = said.replacen("bGFu", "Ym9zcw", 1);
    assert_ne!(boss, said, "the name stands there as it is");
    let forged = Begun { cookie: format!("{own}.{boss}"), address: begun.address.clone() };
    assert_eq!(forged.end(&hall, typed(&code(1))).await.problem(), (401, "provider_refused".to_owned()));
    let elsewhere = Begun::at(&hall).await;
    let moved = Begun { cookie: format!("{}.{said}", elsewhere.cookie), address: elsewhere.address.clone() };
    let of_another = json!({"state": moved.parameter("state"), "second_factor": code(1)});
    assert_eq!(moved.end(&hall, of_another).await.problem(), (401, "provider_refused".to_owned()));

    // Any node goes on from there.
    let begun = Begun { cookie: kept, address: begun.address.clone() };
    assert_eq!(begun.end(&hall, typed("000000")).await.problem(), (401, "code_wrong".to_owned()));
    let other = hall.beside_federated(settings(folder.path(), &planted.issuer, ""));
    let at_other = async |code: &str| Hall::ask_of(&other, &begun.cookie, Method::POST, END, Some(typed(code))).await;
    let opened = at_other(&code(1)).await;
    assert_eq!(opened.status, StatusCode::OK, "{opened:?}");
    assert_eq!(at_other(&code(1)).await.problem(), (401, "provider_refused".to_owned()));
    // The first node does not know that it is over; the code does: it counts once, wherever it is typed.
    assert_eq!(begun.end(&hall, typed(&code(1))).await.problem(), (401, "code_wrong".to_owned()));
    assert_eq!(planted.asked().len(), 1, "the provider's code is used once");
}
