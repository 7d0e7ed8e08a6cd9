//! Accounts and sessions: who gets in, what a session may, and when it is over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc::PasswordHash};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
    response::Response,
};
use hyper::body::Body as _;
use jifen_core::time::Instant;
use jifen_server::{
    app::{App, Options},
    auth::{ABSOLUTE_MS, Federation, IDLE_MS, hash_password},
    live::LiveOptions,
    router::router,
};
use jifen_store::AccountRow;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::city::{Answer, City, NOW, event, rating};

pub(super) const PASSWORD: &str = "one-time-password";
const CHOSEN: &str = "chosen by herself";

/// A city served by a clock that moves.
pub(super) struct Hall {
    pub(super) city: City,
    pub(super) app: App,
    router: Router,
    clock: Arc<AtomicI64>,
}

impl Hall {
    pub(super) fn new() -> Self {
        Self::of(City::new())
    }

    pub(super) fn of(city: City) -> Self {
        Self::federated(city, Federation::default(), NOW)
    }

    /// With systems outside to sign in by, from `now` on.
    pub(super) fn federated(city: City, federation: Federation, now: Instant) -> Self {
        let clock = Arc::new(AtomicI64::new(now.0));
        let app = Self::serve(&city, &clock, federation);
        Self { router: router(app.clone()), app, city, clock }
    }

    /// Another server of the same city, by the same clock.
    pub(super) fn beside(&self) -> Router {
        self.beside_federated(Federation::default())
    }

    /// The same, with systems outside to sign in by.
    pub(super) fn beside_federated(&self, federation: Federation) -> Router {
        router(Self::serve(&self.city, &self.clock, federation))
    }

    fn serve(city: &City, clock: &Arc<AtomicI64>, federation: Federation) -> App {
        let told = clock.clone();
        let live = LiveOptions { recheck: Duration::from_millis(5), ..LiveOptions::default() };
        let clocked: Arc<dyn Fn() -> Instant + Send + Sync> = Arc::new(move || Instant(told.load(Ordering::SeqCst)));
        let options = Options { on_fatal: Arc::new(|_| {}), clock: clocked, live, federation, ..Options::default() };
        App::open(city.database.clone(), options).expect("app")
    }

    pub(super) fn row(&self, name: &str, role: &str, must_change: bool) -> AccountRow {
        AccountRow {
            region: self.city.row.id,
            name: name.to_owned(),
            role: role.to_owned(),
            password: hash_password(PASSWORD).expect("hash"),
            must_change,
            disabled: false,
            person: Some("王岚".to_owned()),
            created: NOW,
        }
    }

    pub(super) fn account(&self, name: &str, role: &str, must_change: bool) {
        self.city.database.add_account(&self.row(name, role, must_change)).expect("account");
    }

    /// Sends a request as it is.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.open(request).await).await
    }

    pub(super) async fn open(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("infallible")
    }

    /// As a page of this server asks.
    pub(super) async fn ask(&self, cookie: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        Self::ask_of(&self.router, cookie, method, path, body).await
    }

    /// The same, of another server.
    pub(super) async fn ask_of(
        router: &Router,
        cookie: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "hall.example")
            .header(header::ORIGIN, "http://hall.example")
            .header(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36")
            .header(header::COOKIE, format!("theme=dark; {cookie}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        answer(router.clone().oneshot(request.body(body).expect("request")).await.expect("infallible")).await
    }

    pub(super) async fn get(&self, cookie: &str, path: &str) -> Answer {
        self.ask(cookie, Method::GET, path, None).await
    }

    pub(super) async fn try_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({"region": "3301", "name": name, "password": password});
        self.ask("", Method::POST, "/api/v1/sessions", Some(body)).await
    }

    /// Signs in and gives the cookie and what was answered.
    pub(super) async fn sign_in(&self, name: &str, password: &str) -> (String, Value) {
        let answer = self.try_in(name, password).await;
        assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
        (cookie_of(&answer), answer.json())
    }

    /// Waits until nothing is left to be scored again.
    pub(super) async fn settled(&self) {
        while self.app.writers().any(|(_, writer)| writer.region().pending().is_some()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }
}

async fn answer(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("body").to_vec();
    Answer { status: parts.status, headers: parts.headers, bytes }
}

fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().expect("a cookie").to_owned()
}

#[tokio::test]
async fn the_right_password_opens_and_nothing_else_does() {
    let hall = Hall::new();
    hall.account("lan", "staff", false);
    for (name, password) in [("lan", "another password"), ("nobody", PASSWORD), ("lan", "")] {
        let refused = hall.try_in(name, password).await;
        assert_eq!(refused.problem(), (401, "sign_in_failed".to_owned()), "{name}");
        assert_eq!(refused.header("set-cookie"), "");
    }
    let elsewhere = json!({"region": "3302", "name": "lan", "password": PASSWORD});
    let elsewhere = hall.ask("", Method::POST, "/api/v1/sessions", Some(elsewhere)).await;
    assert_eq!(elsewhere.problem(), (401, "sign_in_failed".to_owned()), "an account is of one region");
    let nowhere = json!({"name": "lan", "password": PASSWORD});
    let nowhere = hall.ask("", Method::POST, "/api/v1/sessions", Some(nowhere)).await;
    assert_eq!(
        (nowhere.problem(), nowhere.json()["pointers"][0]["pointer"].as_str()),
        ((400, "malformed_body".to_owned()), Some("/region"))
    );

    let opened = hall.try_in("lan", PASSWORD).await;
    let header = opened.header("set-cookie").to_owned();
    assert!(header.starts_with("jifen=") && header.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{header}");
    let said = opened.json();
    let number = said["session"].as_u64().expect("number");
    assert_eq!(
        said,
        json!({"name": "lan", "role": "staff", "region": "3301", "person": "王岚", "must_change": false, "second_factor": false, "session": number})
    );
    let cookie = cookie_of(&opened);
    let key = hall.get(&cookie, "/api/v1/region").await.json()["key"].clone();
    assert_eq!((&key["name"], &key["role"], &key["person"]), (&json!("lan"), &json!("staff"), &json!("王岚")));
    let may = |name: &str| key["permissions"].as_array().expect("permissions").contains(&json!(name));
    assert!(may("points.read") && may("session.own") && !may("account.read"), "{key}");
    let again = hall
        .ask(
            &cookie,
            Method::POST,
            "/api/v1/sessions",
            Some(json!({"region": "3301", "name": "lan", "password": PASSWORD})),
        )
        .await;
    assert_ne!(cookie_of(&again), cookie, "the id changes at every sign-in");
    assert_eq!(hall.get(&cookie, "/api/v1/region").await.problem(), (401, "session_over".to_owned()));
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let hall = Hall::new();
    hall.account("lan", "staff", false);
    let body = json!({"region": "3301", "name": "lan", "password": PASSWORD}).to_string();
    let request = Request::post("/api/v1/sessions")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-forwarded-proto", "https")
        .body(Body::from(body))
        .expect("request");
    let opened = answer(hall.open(request).await).await;
    let header = opened.header("set-cookie").to_owned();
    assert!(header.starts_with("__Host-jifen=") && header.contains("; Secure"), "{header}");
    let cookie = cookie_of(&opened);
    assert_eq!(hall.get(&cookie, "/api/v1/region").await.status.as_u16(), 401, "it is not read from plain HTTP");
    let secure = Request::get("/api/v1/region").header(header::COOKIE, &cookie).header("x-forwarded-proto", "https");
    let secure = answer(hall.open(secure.body(Body::empty()).expect("request")).await).await;
    assert_eq!(secure.status.as_u16(), 200);
}

#[tokio::test]
async fn a_given_password_must_be_changed_first() {
    let hall = Hall::new();
    hall.account("lan", "administrator", true);
    let (cookie, said) = hall.sign_in("lan", PASSWORD).await;
    assert_eq!(said["must_change"], true);
    for path in ["/api/v1/region", "/api/v1/leaderboard", "/api/v1/catalogue", "/api/v1/live", "/metrics"] {
        assert_eq!(hall.get(&cookie, path).await.problem(), (403, "password_must_change".to_owned()), "{path}");
    }
    let end = hall.ask(&cookie, Method::DELETE, "/api/v1/sessions/1", None).await;
    assert_eq!(end.problem(), (404, "not_found".to_owned()));
    assert_eq!(hall.get(&cookie, "/api/v1/sessions/current").await.json()["must_change"], true);
    let (other, _) = hall.sign_in("lan", PASSWORD).await;
    let change = async |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        hall.ask(&cookie, Method::POST, "/api/v1/accounts/password", Some(body)).await
    };
    for bad in ["short", "", PASSWORD, "P@ssw0rd20261127", "lan-123456789012"] {
        let refused = change(PASSWORD, bad).await;
        assert_eq!(refused.problem(), (400, "password_weak".to_owned()), "{bad}");
        assert!(refused.json()["detail_zh"].is_string(), "{bad}");
        assert_eq!(refused.json()["pointers"][0]["pointer"], "/new");
    }
    assert_eq!(change("not the old one", CHOSEN).await.problem(), (403, "password_wrong".to_owned()));
    let changed = change(PASSWORD, CHOSEN).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["must_change"]), (200, &json!(false)));
    let fresh = cookie_of(&changed);
    assert_ne!(fresh, cookie);
    for old in [&cookie, &other] {
        assert_eq!(hall.get(old, "/api/v1/region").await.problem(), (401, "session_over".to_owned()));
    }
    assert_eq!(hall.get(&fresh, "/api/v1/region").await.status.as_u16(), 200);
    assert_eq!(hall.try_in("lan", PASSWORD).await.status.as_u16(), 401);
    hall.sign_in("lan", CHOSEN).await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_in_the_end_anyway() {
    let hall = Hall::new();
    hall.account("lan", "staff", false);
    let (cookie, _) = hall.sign_in("lan", PASSWORD).await;
    let mut passed = 0;
    while passed + IDLE_MS - 1 < ABSOLUTE_MS {
        hall.pass(IDLE_MS - 1);
        passed += IDLE_MS - 1;
        assert_eq!(hall.get(&cookie, "/api/v1/region").await.status.as_u16(), 200, "after {passed} ms");
    }
    hall.pass(ABSOLUTE_MS - passed);
    assert_eq!(hall.get(&cookie, "/api/v1/region").await.problem(), (401, "session_over".to_owned()));
    let (cookie, _) = hall.sign_in("lan", PASSWORD).await;
    hall.pass(IDLE_MS);
    assert_eq!(hall.get(&cookie, "/api/v1/region").await.problem(), (401, "session_over".to_owned()));
    hall.sign_in("lan", PASSWORD).await;
    assert_eq!(hall.city.database.sessions(hall.city.row.id).expect("sessions").len(), 1, "what is over is removed");
}

#[tokio::test]
async fn a_revoked_session_and_its_stream_end() {
    let hall = Hall::new();
    hall.account("lan", "staff", false);
    hall.account("wen", "staff", false);
    hall.account("boss", "administrator", false);
    let (lan, said) = hall.sign_in("lan", PASSWORD).await;
    let (wen, _) = hall.sign_in("wen", PASSWORD).await;
    let (boss, _) = hall.sign_in("boss", PASSWORD).await;
    let accounts = async |cookie: &str| {
        let items = hall.get(cookie, "/api/v1/sessions").await.json()["items"].clone();
        let names =
            items.as_array().expect("items").iter().map(|item| item["account"].as_str().expect("name").to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(accounts(&lan).await, ["lan"]);
    assert_eq!(accounts(&boss).await, ["boss", "wen", "lan"]);
    let own = hall.get(&lan, "/api/v1/sessions").await.json()["items"][0].clone();
    assert_eq!((&own["current"], &own["agent"]), (&json!(true), &json!("Chrome · Linux")));

    let follow = Request::get("/api/v1/live").header(header::COOKIE, &lan).body(Body::empty()).expect("request");
    let stream = hall.open(follow).await;
    assert_eq!(stream.status().as_u16(), 200);
    let mut stream = stream.into_body();
    // Who does not read the first message has no room for the last.
    let first = std::future::poll_fn(|context| std::pin::Pin::new(&mut stream).poll_frame(context)).await;
    assert!(first.is_some_and(|frame| frame.is_ok()), "the stream begins");
    let path = format!("/api/v1/sessions/{}", said["session"]);
    assert_eq!(hall.ask(&wen, Method::DELETE, &path, None).await.problem(), (404, "not_found".to_owned()));
    assert_eq!(hall.get(&lan, "/api/v1/region").await.status.as_u16(), 200, "nobody ends another's session");
    assert_eq!(hall.ask(&boss, Method::DELETE, &path, None).await.status.as_u16(), 204);
    let rest = to_bytes(stream, usize::MAX).await.expect("the rest of the stream").to_vec();
    let rest = String::from_utf8(rest).expect("text");
    assert!(rest.contains("event: end"), "{rest}");
    assert_eq!(hall.get(&lan, "/api/v1/region").await.problem(), (401, "session_over".to_owned()));

    let out = hall.ask(&wen, Method::DELETE, "/api/v1/sessions/current", None).await;
    assert_eq!(out.status.as_u16(), 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(hall.get(&wen, "/api/v1/region").await.problem(), (401, "session_over".to_owned()));
    assert_eq!(accounts(&boss).await, ["boss"]);
}

#[tokio::test]
async fn what_changes_something_must_come_from_our_own_pages() {
    let hall = Hall::new();
    hall.account("boss", "administrator", false);
    let (cookie, _) = hall.sign_in("boss", PASSWORD).await;
    for (origin, status) in
        [(None, 403), (Some("http://evil.example"), 403), (Some("null"), 403), (Some("http://hall.example"), 200)]
    {
        let mut request = Request::post("/api/v1/events")
            .header(header::HOST, "hall.example")
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/cloudevents+json");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        let request = request.body(Body::from(rating("1", 5).to_string())).expect("request");
        let answered = answer(hall.open(request).await).await;
        assert_eq!(answered.status.as_u16(), status, "{origin:?}");
        if status == 403 {
            assert_eq!(answered.problem().1, "origin_foreign");
        }
    }
    let lured = Request::post("/api/v1/sessions")
        .header(header::HOST, "hall.example")
        .header(header::ORIGIN, "http://evil.example")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({"region": "3301", "name": "boss", "password": PASSWORD}).to_string()));
    let lured = answer(hall.open(lured.expect("request")).await).await;
    assert_eq!(lured.problem(), (403, "origin_foreign".to_owned()), "nobody is signed in by another site");
}

#[tokio::test]
async fn an_account_may_what_its_role_may() {
    let hall = Hall::new();
    for (name, role, quarantine, rated) in [
        ("lan", "staff", 403, None),
        ("zhu", "manager", 200, Some("rejected")),
        ("boss", "administrator", 200, Some("accepted")),
    ] {
        hall.account(name, role, false);
        let (cookie, _) = hall.sign_in(name, PASSWORD).await;
        assert_eq!(hall.get(&cookie, "/api/v1/quarantine").await.status.as_u16(), quarantine, "{role}");
        let request = Request::post("/api/v1/events")
            .header(header::HOST, "hall.example")
            .header(header::ORIGIN, "http://hall.example")
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .body(Body::from(rating(name, 5).to_string()));
        let posted = answer(hall.open(request.expect("request")).await).await;
        match rated {
            Some(rated) => assert_eq!(posted.statuses(), [rated], "{role}"),
            None => assert_eq!(posted.problem(), (403, "forbidden".to_owned()), "{role}"),
        }
    }
    let key = hall.city.key("administrator", &[]);
    assert_eq!(hall.city.get(&key, "/api/v1/sessions").await.status.as_u16(), 200);
    assert_eq!(hall.city.get(&key, "/api/v1/sessions/current").await.problem(), (403, "forbidden".to_owned()));
    let staff = hall.city.key("staff", &[]);
    assert_eq!(hall.city.get(&staff, "/api/v1/sessions").await.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn a_clerk_sees_their_own_points_and_place_and_nobody_elses() {
    let city = City::new();
    city.open_hall().await;
    let settings = json!({"region": "3301", "rank_facts_min": 1});
    let settings = event("settings", "organisation.region", "2026-01-02T00:00:00+08:00", settings);
    let administrator = city.key("administrator", &[]);
    assert_eq!(city.post_one(&administrator, &settings).await.statuses(), ["accepted"]);
    let hall = Hall::of(city);
    hall.account("lan", "clerk", false);
    let (cookie, _) = hall.sign_in("lan", PASSWORD).await;
    let region = hall.get(&cookie, "/api/v1/region").await.json();
    assert_eq!((&region["key"]["role"], &region["key"]["person"]), (&json!("clerk"), &json!("王岚")));

    // 王岚 5 + 5 − 3, 李四 0: a neighbour has points and a rank, and no name.
    let place = hall.get(&cookie, "/api/v1/neighbours?period=2026-11").await.json();
    assert_eq!((&place["rank"], &place["points"], &place["ranked"]), (&json!(1), &json!("7"), &json!(2)), "{place}");
    assert_eq!((&place["above"], &place["below"]), (&json!([]), &json!([{"rank": 2, "points": "0"}])), "{place}");

    let wang = "%E7%8E%8B%E5%B2%9A";
    let li = "%E6%9D%8E%E5%9B%9B";
    let own = hall.get(&cookie, &format!("/api/v1/entries?subject_kind=person&subject={wang}")).await.json();
    let position = own["items"][0]["position"].as_u64().expect("an own entry");
    let staff = hall.city.key("staff", &[]);
    let others = hall.city.get(&staff, "/api/v1/entries?subject_kind=person&subject=admin2").await.json();
    let foreign = others["items"][0]["position"].as_u64().expect("somebody else's entry");
    for (path, status) in [
        ("/api/v1/leaderboard?subject=person", 403),
        ("/api/v1/leaderboard?subject=person&format=csv", 403),
        ("/api/v1/leaderboard?subject=window", 200),
        ("/api/v1/leaderboard?subject=department", 200),
        (&*format!("/api/v1/subjects/person/{wang}"), 200),
        (&*format!("/api/v1/subjects/person/{li}"), 404),
        ("/api/v1/subjects/window/7", 200),
        ("/api/v1/entries", 200),
        ("/api/v1/entries?subject_kind=window&subject=7", 404),
        (&*format!("/api/v1/entries?subject_kind=person&subject={li}"), 404),
        (&*format!("/api/v1/entries/3301/{position}"), 200),
        (&*format!("/api/v1/entries/3301/{foreign}"), 404),
        ("/api/v1/search?q=a", 403),
        ("/api/v1/holds", 403),
        ("/api/v1/now", 403),
        ("/api/v1/rules", 200),
        ("/metrics", 403),
    ] {
        assert_eq!(hall.get(&cookie, path).await.status.as_u16(), status, "{path}");
    }
    let listed = hall.get(&cookie, "/api/v1/entries").await.json()["items"].as_array().expect("items").clone();
    assert!(!listed.is_empty() && listed.iter().all(|entry| entry["subject"] == "王岚"), "{listed:?}");
    // Whose account names no person has no place.
    let key = hall.city.key("staff", &[]);
    assert_eq!(hall.city.get(&key, "/api/v1/neighbours").await.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn wrong_passwords_wait_and_are_told_how_long() {
    let hall = Hall::new();
    hall.account("lan", "staff", false);
    for _ in 0..5 {
        assert_eq!(hall.try_in("lan", "another password").await.problem().0, 401);
        assert_eq!(hall.try_in("nobody", "another password").await.problem().0, 401);
    }
    for name in ["lan", "nobody"] {
        let refused = hall.try_in(name, PASSWORD).await;
        assert_eq!((refused.problem(), refused.header("retry-after")), ((429, "too_many_failures".to_owned()), "1"));
    }
    hall.pass(999);
    assert_eq!(hall.try_in("lan", PASSWORD).await.problem().0, 429);
    hall.pass(1);
    let (cookie, _) = hall.sign_in("lan", PASSWORD).await;
    for _ in 0..5 {
        let body = json!({"old": "another password", "new": CHOSEN});
        let refused = hall.ask(&cookie, Method::POST, "/api/v1/accounts/password", Some(body)).await;
        assert_eq!(refused.problem(), (403, "password_wrong".to_owned()));
    }
    let body = json!({"old": PASSWORD, "new": CHOSEN});
    let refused = hall.ask(&cookie, Method::POST, "/api/v1/accounts/password", Some(body)).await;
    assert_eq!(refused.problem(), (429, "too_many_failures".to_owned()), "a stolen session does not try passwords out");
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_until_it_gets_another_password() {
    let hall = Hall::new();
    hall.account("lan", "staff", false);
    let (cookie, _) = hall.sign_in("lan", PASSWORD).await;
    let region = hall.city.row.id;
    assert!(hall.city.database.disable_account(region, "lan").expect("store"));
    assert_eq!(hall.get(&cookie, "/api/v1/region").await.problem(), (401, "session_over".to_owned()));
    assert_eq!(hall.try_in("lan", PASSWORD).await.problem(), (403, "account_disabled".to_owned()));
    assert_eq!(
        hall.try_in("lan", "another password").await.problem().0,
        401,
        "that is told to whom knows the password"
    );
    let given = hash_password("given once more").expect("hash");
    assert!(hall.city.database.give_password(region, "lan", &given).expect("store"));
    assert_eq!(hall.try_in("lan", PASSWORD).await.problem().0, 401);
    assert_eq!(hall.sign_in("lan", "given once more").await.1["must_change"], true);
}

#[tokio::test]
async fn a_weak_hash_is_made_again_at_sign_in() {
    let hall = Hall::new();
    // `PASSWORD` at 8 KiB and one pass, as no version of this program makes it.
    let cost = Params::new(8 * 1024, 1, 1, None).expect("cost");
    let weak: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost)
        .hash_password_with_salt(PASSWORD.as_bytes(), b"sixteen bytes ok")
        .expect("hash");
    let row = AccountRow { password: weak.to_string(), ..hall.row("lan", "staff", false) };
    hall.city.database.add_account(&row).expect("account");
    hall.sign_in("lan", PASSWORD).await;
    let stored = hall.city.database.account(hall.city.row.id, "lan").expect("store").expect("account").password;
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    hall.sign_in("lan", PASSWORD).await;
    let same = hall.city.database.account(hall.city.row.id, "lan").expect("store").expect("account").password;
    assert_eq!(same, stored, "once");
}
