//! Accounts and keys over HTTP: given once, taken away at once, and by administrators only.

use axum::http::Method;
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};

const ACCOUNTS: &str = "/api/v1/accounts";
const KEYS: &str = "/api/v1/keys";

async fn administered() -> (Hall, String) {
    let hall = Hall::new();
    hall.account("office", "administrator", false);
    let (cookie, _) = hall.sign_in("office", PASSWORD).await;
    (hall, cookie)
}

async fn items(hall: &Hall, cookie: &str, path: &str) -> Vec<Value> {
    let answer = hall.get(cookie, path).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn an_account_is_given_reset_and_taken_away() {
    let (hall, office) = administered().await;
    let body = json!({"name": "lan", "role": "clerk", "person": "P1"});
    let made = hall.ask(&office, Method::POST, ACCOUNTS, Some(body.clone())).await;
    assert_eq!((made.status.as_u16(), made.header("cache-control")), (201, "no-store"));
    let first = made.json()["password"].as_str().expect("password").to_owned();
    assert_eq!(hall.ask(&office, Method::POST, ACCOUNTS, Some(body)).await.problem(), (409, "conflict".to_owned()));
    let (cookie, signed) = hall.sign_in("lan", &first).await;
    assert_eq!((&signed["must_change"], &signed["person"]), (&json!(true), &json!("P1")));
    let listed = items(&hall, &office, ACCOUNTS).await;
    let text = json!(listed).to_string();
    assert!(!text.contains(&first) && !text.contains("argon2"), "no password is listed: {text}");
    let lan = listed.iter().find(|account| account["name"] == "lan").expect("listed");
    assert_eq!((&lan["must_change"], &lan["disabled"], &lan["own"]), (&json!(true), &json!(false), &json!(false)));

    let reset = hall.ask(&office, Method::POST, "/api/v1/accounts/lan/password", None).await.json();
    let second = reset["password"].as_str().expect("password").to_owned();
    assert_ne!(first, second);
    assert_eq!(hall.get(&cookie, "/api/v1/sessions/current").await.problem(), (401, "session_over".to_owned()));
    assert_eq!(hall.try_in("lan", &first).await.problem().0, 401);
    let (cookie, _) = hall.sign_in("lan", &second).await;

    assert_eq!(hall.ask(&office, Method::POST, "/api/v1/accounts/lan/disabling", None).await.status.as_u16(), 204);
    assert_eq!(hall.get(&cookie, "/api/v1/sessions/current").await.problem(), (401, "session_over".to_owned()));
    assert_eq!(hall.try_in("lan", &second).await.problem(), (403, "account_disabled".to_owned()));
    for path in ["/api/v1/accounts/nobody/password", "/api/v1/accounts/nobody/disabling"] {
        assert_eq!(hall.ask(&office, Method::POST, path, None).await.problem().0, 404, "{path}");
    }
}

#[tokio::test]
async fn nobody_locks_themselves_out() {
    let (hall, office) = administered().await;
    for path in ["/api/v1/accounts/office/disabling", "/api/v1/accounts/office/password"] {
        assert_eq!(hall.ask(&office, Method::POST, path, None).await.problem(), (409, "conflict".to_owned()), "{path}");
    }
    assert_eq!(items(&hall, &office, ACCOUNTS).await[0]["own"], true);
    let key = hall.city.key("administrator", &[]);
    let own = hall.city.get(&key, KEYS).await.json()["items"].as_array().expect("items").clone();
    let own = own.iter().find(|key| key["own"] == true).expect("its own")["name"].as_str().expect("name").to_owned();
    let request = axum::http::Request::delete(format!("{KEYS}/{own}")).header("authorization", format!("Bearer {key}"));
    let refused = hall.city.send(request.body(axum::body::Body::empty()).expect("request")).await;
    assert_eq!(refused.problem(), (409, "conflict".to_owned()));
}

#[tokio::test]
async fn a_key_is_given_and_taken_away() {
    let (hall, office) = administered().await;
    let body = json!({"name": "叫号 queue", "role": "source", "types": ["jifen.queue."]});
    let made = hall.ask(&office, Method::POST, KEYS, Some(body.clone())).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
    let key = made.json()["key"].as_str().expect("key").to_owned();
    assert_eq!(hall.ask(&office, Method::POST, KEYS, Some(body)).await.problem(), (409, "conflict".to_owned()));
    assert_eq!(hall.city.get(&key, "/api/v1/catalogue").await.status.as_u16(), 200);
    let listed = items(&hall, &office, KEYS).await;
    assert_eq!(
        (listed.len(), &listed[0]["types"], &listed[0]["role"]),
        (1, &json!(["jifen.queue."]), &json!("source"))
    );
    assert!(!json!(listed).to_string().contains(&key[6..]), "no secret is listed");
    let path = "/api/v1/keys/%E5%8F%AB%E5%8F%B7%20queue";
    assert_eq!(hall.ask(&office, Method::DELETE, path, None).await.status.as_u16(), 204);
    assert_eq!(hall.city.get(&key, "/api/v1/catalogue").await.problem(), (401, "key_unknown".to_owned()));
    assert_eq!(hall.ask(&office, Method::DELETE, path, None).await.problem().0, 404);
}

#[tokio::test]
async fn only_an_administrator_gives_access() {
    let (hall, office) = administered().await;
    for role in ["source", "screen", "staff", "manager"] {
        let key = hall.city.key(role, &[]);
        for path in [ACCOUNTS, KEYS] {
            assert_eq!(hall.city.get(&key, path).await.problem(), (403, "forbidden".to_owned()), "{role} {path}");
            let more = json!({"name": "more", "role": "administrator"});
            let asked = hall.city.post_json(&key, path, &more).await;
            assert_eq!(asked.problem(), (403, "forbidden".to_owned()), "{role} {path}");
        }
    }
    hall.account("lan", "clerk", false);
    hall.account("new", "administrator", true);
    for (name, code) in [("lan", "forbidden"), ("new", "password_must_change")] {
        let (cookie, _) = hall.sign_in(name, PASSWORD).await;
        for (method, path) in [
            (Method::GET, ACCOUNTS),
            (Method::GET, KEYS),
            (Method::POST, "/api/v1/accounts/office/password"),
            (Method::POST, "/api/v1/accounts/office/disabling"),
            (Method::DELETE, "/api/v1/keys/queue"),
        ] {
            let refused = hall.ask(&cookie, method, path, None).await;
            assert_eq!(refused.problem(), (403, code.to_owned()), "{name} {path}");
        }
    }
    assert_eq!(items(&hall, &office, ACCOUNTS).await.len(), 3, "nothing was made");
}

#[tokio::test]
async fn what_cannot_be_given_is_refused_by_member() {
    let (hall, office) = administered().await;
    for (path, body, pointer) in [
        (ACCOUNTS, json!({"name": "a b", "role": "staff"}), "/name"),
        (ACCOUNTS, json!({"name": "lan", "role": "clerk"}), "/person"),
        (ACCOUNTS, json!({"name": "lan", "role": "source"}), "/role"),
        (ACCOUNTS, json!({"name": "lan", "role": "king"}), "/role"),
        (KEYS, json!({"name": "", "role": "staff"}), "/name"),
        (KEYS, json!({"name": "q", "role": "source", "types": ["jifen.nothing."]}), "/types"),
        (KEYS, json!({"name": "q", "role": "screen", "types": ["jifen.queue."]}), "/types"),
        (KEYS, json!({"name": "q", "role": "clerk"}), "/role"),
    ] {
        let refused = hall.ask(&office, Method::POST, path, Some(body.clone())).await;
        assert_eq!(refused.problem(), (400, "malformed_body".to_owned()), "{body}");
        assert_eq!(refused.json()["pointers"][0]["pointer"], pointer, "{body}");
    }
    let unknown =
        hall.ask(&office, Method::POST, ACCOUNTS, Some(json!({"name": "x", "role": "staff", "password": "p"}))).await;
    assert_eq!(unknown.problem().0, 400, "nobody chooses another's password");
    assert_eq!((items(&hall, &office, ACCOUNTS).await.len(), items(&hall, &office, KEYS).await.len()), (1, 0));
}
