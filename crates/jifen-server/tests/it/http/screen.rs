//! The big screen: a key of its own that sees nothing else, masked names, gains only, and nothing of too few ratings.

use serde_json::{Value, json};

use crate::city::{City, event, rating};

async fn screen(city: &City, key: &str, query: &str) -> Value {
    let answer = city.get(key, &format!("/api/v1/screen{query}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.json());
    answer.json()
}

#[tokio::test]
async fn a_screen_sees_what_everybody_may_and_nothing_else() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("screen", &[]);
    let shown = screen(&city, &key, "").await;
    assert_eq!(
        (&shown["name"], &shown["month"], &shown["simulated"]),
        (&json!("杭州"), &json!("2026-11"), &json!(false))
    );
    assert_eq!(
        shown["windows"],
        json!([{"first": 1, "last": 1, "name": "七号", "department": "公安", "points": "12"}])
    );
    let gains = shown["gains"].as_array().expect("gains");
    let brief: Vec<_> = gains
        .iter()
        .map(|gain| ["person", "points", "place", "department"].map(|member| gain[member].as_str()))
        .collect();
    // 王岚's 38 minutes and 李四's 25 gave nothing: help is private. Nobody and accounts without a name have no name here.
    assert!(brief.contains(&[Some("王*"), Some("5"), Some("七号"), Some("公安")]), "{brief:?}");
    assert!(brief.iter().all(|[_, points, ..]| *points == Some("5")), "{brief:?}");
    let text = shown.to_string();
    for secret in ["王岚", "李四", "岚的", "person_name"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(gains[0]["time"].as_str().is_some_and(|time| time.starts_with("2026-11-23T")), "{gains:?}");
    for path in [
        "/api/v1/region",
        "/api/v1/leaderboard",
        "/api/v1/entries",
        "/api/v1/now",
        "/api/v1/rules",
        "/api/v1/catalogue",
        "/api/v1/quarantine",
        "/api/v1/search?q=a",
        "/metrics",
        "/api/v1/subjects/person/a",
    ] {
        assert_eq!(city.get(&key, path).await.problem(), (403, "forbidden".to_owned()), "{path}");
    }
    assert_eq!(city.post_one(&key, &rating("1", 5)).await.problem(), (403, "forbidden".to_owned()));
    for role in ["staff", "manager", "administrator"] {
        screen(&city, &city.key(role, &[]), "").await;
    }
    assert_eq!(city.get(&city.key("source", &[]), "/api/v1/screen").await.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn a_hall_ranks_its_own() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("screen", &[]);
    let own = screen(&city, &key, "?hall=H1").await;
    assert_eq!((&own["hall"], own["windows"].as_array().map(Vec::len)), (&json!("市民中心"), Some(1)));
    let administrator = city.key("administrator", &[]);
    let other =
        event("hall-2", "organisation.hall", "2026-01-01T00:00:00+08:00", json!({"hall": "H2", "name": "东区"}));
    city.post_one(&administrator, &other).await;
    let other = screen(&city, &key, "?hall=H2").await;
    assert_eq!((&other["windows"], &other["gains"], &other["zones"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(city.get(&key, "/api/v1/screen?hall=H9").await.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn too_few_ratings_are_no_satisfaction() {
    let city = City::new();
    city.open_hall().await;
    let (key, source) = (city.key("screen", &[]), city.key("source", &[]));
    let rate = |number: usize| {
        let data = json!({"window": "7", "hall": "H1", "level": 5, "mode": "active"});
        event(&format!("r{number}"), "rating.submitted", "2026-11-23T11:00:00+08:00", data)
    };
    city.post_batch(&source, &(0..9).map(rate).collect::<Vec<_>>()).await;
    assert_eq!(screen(&city, &key, "").await["satisfaction"], json!(null));
    city.post_batch(&source, &[rate(9)]).await;
    assert_eq!(screen(&city, &key, "").await["satisfaction"]["active"], 10);
}
