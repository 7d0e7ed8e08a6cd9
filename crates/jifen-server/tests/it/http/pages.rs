//! The embedded web app, security headers, the OpenAPI document.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
};

use axum::{
    body::Body,
    http::{Method, Request},
};

use jifen_server::serve::serve;
use tokio::{net::TcpListener, sync::oneshot, task::spawn_blocking};

use crate::city::{Answer, City};

async fn open(city: &City, path: &str) -> Answer {
    city.send(Request::get(path).body(Body::empty()).expect("request")).await
}

#[tokio::test]
async fn pages_are_the_index_and_missing_files_are_missing() {
    let city = City::new();
    for path in ["/", "/index.html", "/board/person", "/entry/3301/7", "/subject/person/zhang.wei", "/case/2026.11.js"]
    {
        let page = open(&city, path).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header("cache-control"), "no-cache");
    }
    assert_eq!(open(&city, "/assets/none-123.js").await.problem(), (404, "not_found".to_owned()));
    assert_eq!(open(&city, "/../Cargo.toml").await.problem(), (404, "not_found".to_owned()));
    let posted = Request::builder().method(Method::POST).uri("/board").body(Body::empty()).expect("request");
    assert_eq!(city.send(posted).await.problem(), (405, "method_not_allowed".to_owned()));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let city = City::new();
    for path in ["/", "/api/v1/leaderboard", "/api/openapi.json", "/healthz", "/api/none"] {
        let answer = open(&city, path).await;
        assert!(
            answer.header("content-security-policy").starts_with("default-src 'self'; script-src 'self';"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        assert!(["no-store", "no-cache"].contains(&answer.header("cache-control")), "{path}");
    }
}

#[tokio::test]
async fn metrics_have_no_names_and_need_a_key() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("staff", &[]);
    let metrics = city.get(&key, "/metrics").await;
    let text = String::from_utf8(metrics.bytes).expect("UTF-8");
    for metric in [
        "jifen_intake_events_total{status=\"accepted\"}",
        "jifen_writer_commit_seconds_bucket",
        "jifen_writer_waiting_events",
    ] {
        assert!(text.contains(metric), "{metric}\n{text}");
    }
    assert!(!text.contains("王岚"));
}

#[tokio::test]
async fn a_real_server_answers_and_stops_when_told() {
    let city = City::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("address");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(city.app.clone(), listener, async {
        stopped.await.ok();
    }));
    let answer = spawn_blocking(move || {
        let mut client = TcpStream::connect(address).expect("connected");
        client.write_all(b"GET /healthz HTTP/1.1\r\nhost: jifen\r\nconnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("read");
        answer
    });
    let answer = answer.await.expect("joined");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("{\"status\":\"ok\"}"), "{answer}");
    stop.send(()).expect("told");
    serving.await.expect("joined").expect("stopped");
}

#[test]
fn the_openapi_document_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = jifen_server::openapi();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &made).expect("written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "docs/openapi.json is stale: run `UPDATE=1 cargo test -p jifen-server openapi`");
    let document: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    for path in ["/api/v1/events", "/api/v1/leaderboard", "/api/v1/entries/{region}/{position}", "/metrics"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
}
