//! Bands, courses and moves of a leaderboard of two weeks: two people who take turns, one far behind.

use serde_json::{Value, json};

use crate::city::{BATCHED, City, event};

/// Services of `person` on a day of November, `fast` ones worth 5 points and the rest worth −3.
fn day(person: &str, day: u32, services: u32, fast: u32) -> Vec<Value> {
    (0..services)
        .flat_map(|number| {
            let key = format!("{person}-{day}-{number}");
            let data = json!({"service": key, "person": person, "window": "7"});
            let at = |minute: u32| format!("2026-11-{day:02}T{:02}:{minute:02}:00+08:00", 9 + number);
            let minutes = if number < fast { 10 } else { 40 };
            [("started", 0), ("ended", minutes)].map(|(kind, minute)| {
                event(&format!("{key}-{kind}"), &format!("service.{kind}"), &at(minute), data.clone())
            })
        })
        .collect()
}

#[tokio::test]
async fn who_takes_turns_shares_a_band_and_who_is_far_behind_does_not() {
    let city = City::new();
    city.open_hall().await;
    let (source, staff) = (city.key("source", &[]), city.key("staff", &[]));
    let days: Vec<u32> = (2..=13).collect();
    let mut events = Vec::new();
    for day_of_month in &days {
        let (wang, li) = if day_of_month % 2 == 0 { (5, 3) } else { (3, 5) };
        events.extend(day("王岚", *day_of_month, 6, wang));
        events.extend(day("李四", *day_of_month, 6, li));
        events.extend(day("admin2", *day_of_month, 6, 6));
    }
    // On the last day 李四 does better than ever, and passes.
    events.extend(day("李四", 22, 6, 6));
    events.extend(day("王岚", 22, 1, 0));
    let answer = city.post(&source, BATCHED, json!(events).to_string()).await;
    assert!(answer.statuses().iter().all(|status| status == "accepted"), "{:?}", answer.json());

    let board = city.get(&staff, "/api/v1/leaderboard?period=2026-11").await.json();
    let item = |code: &str| {
        board["items"].as_array().expect("items").iter().find(|item| item["subject"] == code).expect("listed").clone()
    };
    let (wang, li) = (item("王岚"), item("李四"));
    assert_eq!((&li["rank"], &wang["rank"]), (&json!(1), &json!(2)), "{board}");
    assert_eq!(li["band"], json!({"first": 1, "last": 2}));
    assert_eq!(wang["band"], li["band"]);
    assert_eq!(item("admin2")["band"], Value::Null, "accounts have no place");
    assert!(li["trend"].as_array().is_some_and(|trend| trend.len() > days.len()), "{li}");

    // Too few days say nothing.
    let day = city.get(&staff, "/api/v1/leaderboard?period=2026-11-02").await.json();
    let bands: Vec<&Value> = day["items"].as_array().expect("items").iter().map(|item| &item["band"]).collect();
    assert!(bands.iter().all(|band| band.is_null()), "{bands:?}");

    // Far behind on every day: no band with the one ahead.
    let mut more = Vec::new();
    for day_of_month in 3..=12 {
        more.extend(ahead(day_of_month));
    }
    let answer = city.post(&source, BATCHED, json!(more).to_string()).await;
    assert!(answer.statuses().iter().all(|status| status == "accepted"), "{:?}", answer.json());
    let board = city.get(&staff, "/api/v1/leaderboard?period=2026-11").await.json();
    let items = board["items"].as_array().expect("items");
    let of = |code: &str| items.iter().find(|item| item["subject"] == code).expect("listed")["band"].clone();
    assert_eq!((of("王岚"), of("李四")), (json!({"first": 1, "last": 1}), json!({"first": 2, "last": 2})));
}

/// Many more fast services of one person, in the afternoon.
fn ahead(day_of_month: u32) -> Vec<Value> {
    (0..40)
        .flat_map(|number| {
            let key = format!("extra-{day_of_month}-{number}");
            let data = json!({"service": key, "person": "王岚", "window": "7"});
            [("started", 0), ("ended", 5)].map(|(kind, minute)| {
                let time = format!("2026-11-{day_of_month:02}T15:{:02}:00+08:00", number % 50 + minute);
                event(&format!("{key}-{kind}"), &format!("service.{kind}"), &time, data.clone())
            })
        })
        .collect()
}
