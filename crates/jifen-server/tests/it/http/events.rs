//! `POST /api/v1/events`: every status, every content mode, every limit.

use axum::{
    body::Body,
    http::{Request, header},
};
use jifen_server::writer::BATCH_EVENTS_MAX;
use serde_json::json;

use crate::city::{BATCHED, City, STRUCTURED, event, rating};

#[tokio::test]
async fn a_single_event_answers_by_its_outcome() {
    let city = City::new();
    let key = city.key("source", &[]);
    let accepted = city.post_one(&key, &rating("1", 5)).await;
    assert_eq!((accepted.status.as_u16(), accepted.statuses()), (200, vec!["accepted".to_owned()]));
    assert_eq!(
        accepted.json()["results"][0],
        json!({
            "source": "hall", "id": "1", "status": "accepted", "position": 1, "reason": null, "reason_zh": null, "pointer": null
        })
    );
    let repeated = city.post_one(&key, &rating("1", 5)).await;
    assert_eq!((repeated.status.as_u16(), repeated.statuses()), (200, vec!["repeated".to_owned()]));
    let conflicting = city.post_one(&key, &rating("1", 4)).await;
    assert_eq!((conflicting.status.as_u16(), conflicting.statuses()), (409, vec!["conflicting".to_owned()]));
    assert_eq!(conflicting.json()["results"][0]["position"], 1);
    let rejected = city.post_one(&key, &event("2", "rating.lost", "2026-11-23T10:00:00Z", json!({}))).await;
    assert_eq!((rejected.status.as_u16(), rejected.statuses()), (422, vec!["rejected".to_owned()]));
    assert_eq!(rejected.json()["results"][0]["pointer"], "/type");
    let quarantined = city.post_one(&key, &rating("3", 6)).await;
    assert_eq!((quarantined.status.as_u16(), quarantined.statuses()), (422, vec!["quarantined".to_owned()]));
    assert_eq!(quarantined.json()["results"][0]["pointer"], "/data/level");
    assert_eq!(city.database.head(city.row.id).expect("head").journal, 1);

    let manager = city.key("manager", &[]);
    let kept = city.get(&manager, "/api/v1/quarantine").await.json();
    assert_eq!(kept["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(kept["items"][0]["event"]["data"]["level"], 6);
}

#[tokio::test]
async fn one_bad_event_never_rejects_the_others_and_a_retry_changes_nothing() {
    let city = City::new();
    let key = city.key("source", &[]);
    let batch = [
        rating("1", 5),
        json!("no event"),
        rating("2", 9),
        rating("3", 1),
        rating("1", 5),
        rating("3", 2),
        json!({"specversion": "1.0", "source": "jifen:engine", "id": "x", "type": "jifen.rating.submitted",
            "time": "2026-11-23T10:42:07+08:00", "data": {"level": 5}}),
    ];
    let first = city.post_batch(&key, &batch).await;
    assert_eq!(first.status.as_u16(), 200);
    let outcomes = ["accepted", "rejected", "quarantined", "accepted", "repeated", "conflicting", "rejected"];
    assert_eq!(first.statuses(), outcomes);
    let again = city.post_batch(&key, &batch).await;
    let outcomes = ["repeated", "rejected", "quarantined", "repeated", "repeated", "conflicting", "rejected"];
    assert_eq!(again.statuses(), outcomes);
    assert_eq!(city.database.head(city.row.id).expect("head").journal, 2);
    assert_eq!(city.post_batch(&key, &[]).await.json(), json!({"results": []}));
}

#[tokio::test]
async fn binary_mode_reads_percent_encoded_headers() {
    let city = City::new();
    let key = city.key("source", &[]);
    let request = |id: &str, kind: &str| {
        Request::post("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, kind)
            .header("ce-specversion", "1.0")
            .header("ce-type", "jifen.rating.submitted")
            .header("ce-source", "hall")
            .header("ce-id", id)
            .header("ce-time", "2026-11-23T10:42:07+08:00")
            .body(Body::from(r#"{"level":5}"#))
            .expect("request")
    };
    let accepted = city.send(request("%E7%8E%8B", "application/json; charset=utf-8")).await;
    assert_eq!(accepted.statuses(), ["accepted"]);
    assert_eq!(accepted.json()["results"][0]["id"], "王");
    assert_eq!(city.send(request("%E7", "application/json")).await.problem(), (400, "malformed_header".to_owned()));
    assert_eq!(city.send(request("2", "text/plain")).await.problem(), (415, "media_type_unsupported".to_owned()));
    // Events of one source and id are one event, whatever the mode.
    let mut structured = rating("王", 5);
    structured["datacontenttype"] = "application/json; charset=utf-8".into();
    assert_eq!(city.post_one(&key, &structured).await.statuses(), ["repeated"]);
}

#[tokio::test]
async fn what_is_no_request_is_a_problem() {
    let city = City::new();
    let key = city.key("source", &[]);
    let malformed = city.post(&key, STRUCTURED, "{\n \"id\": }").await;
    assert_eq!(malformed.problem(), (400, "malformed_json".to_owned()));
    assert!(malformed.json()["detail"].as_str().is_some_and(|detail| detail.contains("line 2, column 8")));
    assert_eq!(city.post(&key, BATCHED, "{}").await.problem(), (400, "malformed_body".to_owned()));
    assert_eq!(city.post(&key, "application/json", "{}").await.problem(), (415, "media_type_unsupported".to_owned()));
    assert_eq!(city.post(&key, "text/xml", "<a/>").await.problem(), (415, "media_type_unsupported".to_owned()));
    // Every route names what it reads itself.
    let wanted = async |path: &str| {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", city.key("administrator", &[])))
            .header(header::CONTENT_TYPE, "text/plain")
            .body(Body::from("x"))
            .expect("request");
        city.send(request).await.json()["detail"].as_str().expect("detail").to_owned()
    };
    assert!(wanted("/api/v1/events").await.contains("`application/cloudevents+json`"));
    let plain = wanted("/api/v1/keys").await;
    assert!(plain.contains("`text/plain`") && plain.ends_with("send `application/json`"), "{plain}");
    let deep = format!(r#"{{"data":{}1{}}}"#, "[".repeat(32), "]".repeat(32));
    assert_eq!(city.post(&key, STRUCTURED, deep).await.statuses(), ["rejected"]);
    let many: Vec<_> = (0..=BATCH_EVENTS_MAX).map(|_| json!(0)).collect();
    assert_eq!(city.post_batch(&key, &many).await.problem(), (413, "too_many_events".to_owned()));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_announced_or_not() {
    let city = City::new();
    let key = city.key("source", &[]);
    let large = vec![b' '; 8 * 1024 * 1024 + 1];
    assert_eq!(city.post(&key, STRUCTURED, large.clone()).await.problem(), (413, "body_too_large".to_owned()));
    let announced = Request::post("/api/v1/events")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, STRUCTURED)
        .header(header::CONTENT_LENGTH, large.len());
    let announced = announced.body(Body::empty()).expect("request");
    assert_eq!(city.send(announced).await.problem(), (413, "body_too_large".to_owned()));
}
