//! The public page: only where the region says so, small cells hidden with what would tell them, kept for a minute, nothing of a person.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::city::{Answer, City, event};

async fn open(city: &City, path: &str) -> Answer {
    city.send(Request::get(path).body(Body::empty()).expect("request")).await
}

async fn publish(city: &City) {
    let region =
        event("public", "organisation.region", "2026-01-02T00:00:00+08:00", json!({"region": "3301", "public": true}));
    assert_eq!(city.post_one(&city.key("administrator", &[]), &region).await.statuses(), ["accepted"]);
}

/// Ratings of three halls on the day before the test's clock: 7, 12 and 40 of them.
async fn rate(city: &City) {
    let administrator = city.key("administrator", &[]);
    let early = "2026-01-01T00:00:00+08:00";
    for hall in ["H2", "H3"] {
        let added = event(hall, "organisation.hall", early, json!({"hall": hall, "name": format!("{hall} 大厅")}));
        city.post_one(&administrator, &added).await;
    }
    let ratings: Vec<Value> = [("H1", 7), ("H2", 12), ("H3", 40)]
        .into_iter()
        .flat_map(|(hall, number)| {
            (0..number).map(move |index| {
                let data = json!({"hall": hall, "level": if index == 0 { 1 } else { 5 }, "mode": "active"});
                event(&format!("{hall}-{index}"), "rating.submitted", "2026-11-22T10:00:00+08:00", data)
            })
        })
        .collect();
    let statuses = city.post_batch(&city.key("source", &[]), &ratings).await.statuses();
    assert!(statuses.iter().all(|status| status == "accepted"), "{statuses:?}");
}

#[tokio::test]
async fn only_a_region_that_says_so_is_public() {
    let city = City::new();
    city.open_hall().await;
    assert_eq!(open(&city, "/api/v1/public").await.json(), json!({"items": []}));
    for code in ["3301", "3302", "nowhere"] {
        assert_eq!(
            open(&city, &format!("/api/v1/public/{code}")).await.problem(),
            (404, "not_found".to_owned()),
            "{code}"
        );
    }
    publish(&city).await;
    assert_eq!(open(&city, "/api/v1/public").await.json(), json!({"items": [{"code": "3301", "name": "杭州"}]}));
    let page = open(&city, "/api/v1/public/3301").await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "public, max-age=60"));
    assert_eq!(page.json()["rules"][0]["rules"][0]["id"], "service-time");
    assert_eq!(open(&city, "/api/v1/public/3302").await.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn small_cells_are_hidden_with_what_would_tell_them() {
    let city = City::new();
    city.open_hall().await;
    rate(&city).await;
    publish(&city).await;
    let answer = open(&city, "/api/v1/public/3301").await;
    let page = answer.json();
    assert_eq!(
        (&page["from"], &page["to"], &page["cell_min"]),
        (&json!("2026-10-24"), &json!("2026-11-22"), &json!(10))
    );
    let figures = page["figures"].as_array().expect("figures");
    let satisfaction = figures.iter().find(|figure| figure["indicator"] == "satisfaction").expect("satisfaction");
    // 7 are too few; the 12 are hidden because 59 − 12 − 40 would be 7.
    let hidden = json!({"state": "hidden", "facts": null, "value": null});
    assert_eq!(satisfaction["halls"], json!([hidden, hidden, {"state": "shown", "facts": 40, "value": 975}]));
    assert_eq!(satisfaction["total"], json!({"state": "shown", "facts": 59, "value": 949}));
    // Today's services are not over yet.
    let service = figures.iter().find(|figure| figure["indicator"] == "service").expect("service");
    assert_eq!(service["total"], json!({"state": "none", "facts": 0, "value": null}));
    let text = page.to_string();
    for secret in ["王岚", "李四", "admin2", "七号"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(answer.header("set-cookie").is_empty());
}

#[tokio::test]
async fn one_answer_serves_everybody_for_a_minute() {
    let city = City::new();
    city.open_hall().await;
    publish(&city).await;
    let before = open(&city, "/api/v1/public/3301").await.json();
    assert_eq!(before["figures"][2]["total"]["facts"], 0);
    rate(&city).await;
    assert_eq!(open(&city, "/api/v1/public/3301").await.json(), before, "the clock has not moved");
    let later = city.restarted(jifen_server::live::LiveOptions::default());
    let request = Request::get("/api/v1/public/3301").body(Body::empty()).expect("request");
    let after = tower::ServiceExt::oneshot(jifen_server::router::router(later), request).await.expect("infallible");
    let bytes = axum::body::to_bytes(after.into_body(), usize::MAX).await.expect("body");
    let after: Value = serde_json::from_slice(&bytes).expect("json");
    assert_eq!(after["figures"][2]["total"]["facts"], 59);
}
