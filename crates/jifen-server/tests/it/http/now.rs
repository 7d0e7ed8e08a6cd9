//! The hall now: every figure is the total of its list, alerts name who is responsible, and a restart changes nothing.

use serde_json::{Value, json};

use crate::city::{City, event};

/// Half past nine to noon at a hall of two windows; the test's clock shows 12:00.
fn forenoon() -> Vec<Value> {
    let at = |clock: &str| format!("2026-11-23T{clock}:00+08:00");
    let mut events = vec![
        event("o1", "window.opened", &at("09:30"), json!({"window": "7", "person": "王岚"})),
        event("o2", "window.opened", &at("11:00"), json!({"window": "8", "person": "李四"})),
    ];
    let mut number = |id: &str, steps: &[(&str, &str, Value)]| {
        for (kind, clock, more) in steps {
            let mut data = json!({"service": id, "hall": "H1", "department": "D1"});
            data.as_object_mut().expect("object").extend(more.as_object().cloned().unwrap_or_default());
            events.push(event(&format!("{id}/{kind}"), kind, &at(clock), data));
        }
    };
    let at_window = |window: &str| json!({"window": window});
    number(
        "N1",
        &[
            ("queue.taken", "11:20", json!({})),
            ("queue.called", "11:30", at_window("7")),
            ("service.started", "11:31", at_window("7")),
            ("service.ended", "11:40", at_window("7")),
        ],
    );
    number(
        "N2",
        &[
            ("queue.taken", "11:25", json!({})),
            ("queue.called", "11:45", at_window("7")),
            ("service.started", "11:46", at_window("7")),
        ],
    );
    number("N3", &[("queue.taken", "11:40", json!({}))]);
    number("N4", &[("queue.taken", "11:41", json!({})), ("queue.abandoned", "11:58", json!({}))]);
    number("N5", &[("queue.taken", "11:55", json!({}))]);
    let rating = |id: &str, level: i64, mode: &str| {
        event(
            id,
            "rating.submitted",
            &at("11:41"),
            json!({"service": "N1", "window": "7", "level": level, "mode": mode}),
        )
    };
    events.extend([rating("r1", 5, "active"), rating("r2", 2, "active"), rating("r3", 5, "default")]);
    let case = |id: &str, due: &str| {
        let data = json!({"case": id, "window": "7", "department": "D1", "hall": "H1", "due_at": due});
        event(id, "case.accepted", &at("11:00"), data)
    };
    events.extend([
        case("C1", "2026-11-23T11:30:00+08:00"),
        case("C2", "2026-11-23T17:00:00+08:00"),
        case("C3", "2026-12-23T17:00:00+08:00"),
        case("C4", "2026-11-23T11:00:00+08:00"),
    ]);
    events.push(event("C4/done", "case.completed", &at("11:10"), json!({"case": "C4"})));
    events
}

async fn city() -> (City, String) {
    let city = City::new();
    city.open_hall().await;
    let window = json!({"window": "8", "name": "八号", "hall": "H1", "department": "D1"});
    let early = "2026-01-01T00:00:00+08:00";
    let administrator = city.key("administrator", &[]);
    city.post_one(&administrator, &event("window-8", "organisation.window", early, window)).await;
    let source = city.key("source", &[]);
    let statuses = city.post_batch(&source, &forenoon()).await.statuses();
    assert!(statuses.iter().all(|status| status == "accepted"), "{statuses:?}");
    let staff = city.key("staff", &[]);
    (city, staff)
}

#[tokio::test]
async fn every_figure_is_the_total_of_its_list() {
    let (city, key) = city().await;
    let now = city.get(&key, "/api/v1/now").await.json();
    assert_eq!(
        (&now["basis"], &now["now"], &now["behind"]),
        (&json!("clock"), &json!("2026-11-23T04:00:00.000Z"), &json!(0))
    );
    assert_eq!(now["date"], "2026-11-23");
    let figures = [
        ("/queue/waiting", 2, "services?state=waiting"),
        ("/queue/over", 1, "services?over=true"),
        ("/queue/abandoned", 1, "services?state=abandoned"),
        // Five of the morning and N1: two of the morning lie after the clock, and a clock that runs ahead is not believed.
        ("/queue/ended", 6, "services?state=ended"),
        ("/queue/at_window", 1, "services?state=called,serving,held"),
        ("/windows/stalled", 1, "windows?state=stalled"),
        ("/windows/serving", 1, "windows?state=serving"),
        ("/windows/open", 2, "windows?state=stalled,serving,idle"),
        ("/windows/total", 2, "windows"),
        ("/cases/overdue", 1, "cases?state=overdue"),
        ("/cases/near", 1, "cases?state=near"),
        ("/cases/open", 3, "cases"),
        ("/satisfaction/ratings", 3, "ratings"),
        ("/satisfaction/active", 2, "ratings?active=true"),
        ("/satisfaction/satisfied", 1, "ratings?active=true&satisfied=true"),
    ];
    for (figure, count, list) in figures {
        assert_eq!(now.pointer(figure), Some(&json!(count)), "{figure}: {now}");
        let all = city.get(&key, &format!("/api/v1/now/{list}")).await.json();
        assert_eq!(all["total"], count, "{list}: {all}");
        assert_eq!(all["items"].as_array().map(Vec::len), Some(count), "{list}: {all}");
    }
    assert_eq!(now["satisfaction"]["percent"], "50.0");
    assert_eq!(now["satisfaction"]["active_percent"], "66.7");
    // The zones sum to the whole hall.
    let sum =
        |name: &str| now["zones"].as_array().expect("zones").iter().filter_map(|zone| zone[name].as_u64()).sum::<u64>();
    assert_eq!((sum("waiting"), sum("over"), sum("windows_open")), (2, 1, 2));
    // The points of the day are those of the day's board.
    let board = city.get(&key, "/api/v1/leaderboard?subject=person&period=2026-11-23").await.json();
    let items = board["items"].as_array().expect("items");
    let points: f64 = items.iter().filter_map(|item| item["points"].as_str()?.parse::<f64>().ok()).sum();
    assert_eq!(now["points"]["points"].as_str().and_then(|text| text.parse().ok()), Some(points));
    assert!(points != 0.0);
}

#[tokio::test]
async fn alerts_sum_to_their_figures_and_name_the_window() {
    let (city, key) = city().await;
    let now = city.get(&key, "/api/v1/now").await.json();
    let alerts = now["alerts"].as_array().expect("alerts");
    let count = |kind: &str| {
        alerts.iter().filter(|alert| alert["kind"] == kind).filter_map(|alert| alert["count"].as_u64()).sum::<u64>()
    };
    assert_eq!(count("wait_over"), 1);
    assert_eq!(count("stalled"), 1);
    assert_eq!((count("case_overdue"), count("case_near")), (1, 1));
    let stalled = alerts.iter().find(|alert| alert["kind"] == "stalled").expect("stalled");
    assert_eq!(
        stalled["windows"],
        json!([{"code": "8", "name": "八号", "person": "李四", "person_name": "李四的姓名"}])
    );
    assert_eq!(
        (&stalled["duration_ms"], &stalled["waiting"]),
        (&json!(1_200_000), &json!(2)),
        "since the first of its line came"
    );
    let over = alerts.iter().find(|alert| alert["kind"] == "wait_over").expect("over");
    assert_eq!((&over["duration_ms"], &over["department"]["name"]), (&json!(1_200_000), &json!("公安")));
}

#[tokio::test]
async fn lists_are_paged_filtered_and_refuse_what_they_do_not_know() {
    let (city, key) = city().await;
    let first = city.get(&key, "/api/v1/now/services?limit=4").await.json();
    let (mut seen, mut page) = (Vec::new(), first.clone());
    loop {
        seen.extend(page["items"].as_array().expect("items").iter().map(|item| item["service"].clone()));
        let Some(next) = page["next"].as_str().map(str::to_owned) else { break };
        page = city.get(&key, &format!("/api/v1/now/services?limit=4&cursor={next}")).await.json();
    }
    assert_eq!(first["total"], seen.len());
    assert_eq!(&seen[..2], [json!("N3"), json!("N5")], "who waits longest comes first");
    let mut unique: Vec<_> = seen.iter().map(Value::to_string).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), seen.len());
    let elsewhere = city.get(&key, "/api/v1/now?hall=H9").await.json();
    assert_eq!((&elsewhere["queue"]["waiting"], &elsewhere["windows"]["total"]), (&json!(0), &json!(0)));
    let bad = city.get(&key, "/api/v1/now/windows?state=lost").await;
    assert_eq!(bad.problem(), (400, "bad_query".to_owned()));
    let source = city.key("source", &[]);
    assert_eq!(city.get(&source, "/api/v1/now").await.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn the_picture_follows_what_is_posted_and_survives_a_restart() {
    let (city, key) = city().await;
    let before = city.get(&key, "/api/v1/now").await.json();
    let source = city.key("source", &[]);
    let called = json!({"service": "N3", "window": "8", "hall": "H1", "department": "D1"});
    city.post_one(&source, &event("N3/called", "queue.called", "2026-11-23T11:59:00+08:00", called)).await;
    let after = city.get(&key, "/api/v1/now").await.json();
    assert_eq!((&before["queue"]["waiting"], &after["queue"]["waiting"]), (&json!(2), &json!(1)));
    assert_eq!((&after["queue"]["over"], &after["windows"]["stalled"]), (&json!(0), &json!(0)));
    // Another server on the same file folds the journal anew.
    let again = city.reopened();
    assert_eq!(again.get(&key, "/api/v1/now").await.json(), after);
}

#[tokio::test]
async fn a_server_folds_the_day_on_before_anybody_asks() {
    let city = City::new();
    city.open_hall().await;
    let source = city.key("source", &[]);
    for batch in 0..6 {
        let taken = |index: i64| {
            let id = format!("{batch}/{index}");
            event(&id, "queue.taken", "2026-11-23T11:00:00+08:00", json!({"service": id, "hall": "H1"}))
        };
        city.post_batch(&source, &(0..4_000).map(taken).collect::<Vec<_>>()).await;
    }
    let kept = || city.database.projection(city.row.id, "hall/2").expect("projection");
    assert!(kept().is_none(), "nobody has read");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(jifen_server::serve::serve(city.app.clone(), listener, async { drop(stopped.await) }));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while kept().is_none() && std::time::Instant::now() < deadline {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(kept().is_some(), "a server that runs has folded the day on");
    drop(stop);
    serving.await.expect("task").expect("serve");
}
