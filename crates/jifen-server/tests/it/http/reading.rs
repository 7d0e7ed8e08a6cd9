//! Boards, subjects, entries and explanations of a morning at the hall.

use serde_json::{Value, json};

use crate::city::{City, event};

async fn board(city: &City, key: &str, query: &str) -> Vec<Value> {
    let answer = city.get(key, &format!("/api/v1/leaderboard?{query}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{query}: {}", answer.json());
    answer.json()["items"].as_array().expect("items").clone()
}

fn brief(items: &[Value]) -> Vec<(Option<u64>, &str, &str)> {
    let text = |value: &'_ Value| -> Option<String> { value.as_str().map(str::to_owned) };
    debug_assert!(items.iter().all(|item| text(&item["points"]).is_some()));
    items
        .iter()
        .map(|item| {
            let (subject, points) = (item["subject"].as_str(), item["points"].as_str());
            (item["rank"].as_u64(), subject.expect("subject"), points.expect("points"))
        })
        .collect()
}

#[tokio::test]
async fn people_are_ranked_and_accounts_and_nobody_are_shown() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("staff", &[]);
    for period in ["2026-11", "2026-11-23", "2026-W48", "2026", "all"] {
        let items = board(&city, &key, &format!("subject=person&period={period}")).await;
        let expected = [(Some(1), "王岚", "7"), (None, "UNKNOWN", "5"), (None, "admin2", "5"), (Some(2), "李四", "0")];
        assert_eq!(brief(&items), expected, "{period}");
    }
    let items = board(&city, &key, "period=2026-11").await;
    let item = |code: &str| items.iter().find(|item| item["subject"] == code).expect("listed");
    assert_eq!(item("王岚")["facts"], 3);
    assert_eq!(item("王岚")["services"], 3);
    assert_eq!(item("王岚")["points_per_service"], "2.33");
    assert_eq!(item("王岚")["name"], "王岚的姓名");
    assert_eq!(item("王岚")["dimensions"]["efficiency"], "7");
    assert_eq!((&item("王岚")["window"], &item("王岚")["department"]), (&json!("7"), &json!("D1")));
    let kinds = ["王岚", "admin2", "UNKNOWN"].map(|code| item(code)["actor_kind"].clone());
    assert_eq!(kinds, [json!("person"), json!("system"), json!("unknown")]);
    let strict = board(&city, &key, "period=2026-11&min_facts=2").await;
    assert_eq!(strict.iter().filter(|item| item["rank"].is_u64()).count(), 1);
    assert_eq!(board(&city, &key, "period=2025").await, Vec::<Value>::new());
    assert_eq!(brief(&board(&city, &key, "period=all&dimension=quality").await).len(), 4);
    assert_eq!(board(&city, &key, "period=all&rule=nothing").await, Vec::<Value>::new());
}

#[tokio::test]
async fn places_count_their_people_apart() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("staff", &[]);
    for (kind, code, points) in [("window", "7", "12"), ("department", "D1", "12"), ("hall", "H1", "17")] {
        let items = board(&city, &key, &format!("subject={kind}&period=2026-11")).await;
        let item = items.iter().find(|item| item["subject"] == code).unwrap_or_else(|| panic!("{kind}: {items:?}"));
        assert_eq!(
            (&item["points"], &item["members_points"], &item["own_points"]),
            (&json!(points), &json!(points), &json!("0"))
        );
        assert_eq!(item["actor_kind"], Value::Null);
    }
}

#[tokio::test]
async fn provisional_points_are_marked_until_the_period_ends() {
    let city = City::new();
    city.open_hall().await;
    let source = city.key("source", &[]);
    let time = "2026-11-23T11:30:00+08:00";
    let rated = event("rate", "rating.submitted", time, json!({"level": 5, "mode": "active", "person": "王岚"}));
    assert_eq!(city.post_one(&source, &rated).await.statuses(), ["accepted"]);
    let key = city.key("staff", &[]);
    let quality = async || board(&city, &key, "period=2026-11&rule=satisfaction").await.remove(0);
    let item = quality().await;
    assert_eq!((&item["posted"], &item["provisional"]), (&json!("0"), &json!("10")));
    let manager = city.key("manager", &[]);
    let ended = event("ended", "period.ended", "2026-11-23T11:50:00+08:00", json!({"period": "2026-11-23"}));
    assert_eq!(city.post_one(&manager, &ended).await.statuses(), ["accepted"]);
    let item = quality().await;
    assert_eq!((&item["posted"], &item["provisional"]), (&json!("10"), &json!("0")));
    let entries = city.get(&key, "/api/v1/entries?rule=satisfaction").await.json();
    let position = entries["items"][0]["position"].as_u64().expect("position");
    let why = city.get(&key, &format!("/api/v1/entries/3301/{position}")).await.json();
    assert_eq!((&why["measure"]["unit"], &why["measure"]["value"]), (&json!("rate"), &json!("1/1")));
    assert_eq!(why["facts"][0]["kind"], "rating");
    assert_eq!(why["checks"], json!({"entry_digest": true, "facts_digest": true, "records": true}));
}

#[tokio::test]
async fn pages_join_to_the_whole() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("staff", &[]);
    for list in ["/api/v1/leaderboard?period=all", "/api/v1/entries?period=all"] {
        let whole = city.get(&key, list).await.json()["items"].as_array().expect("items").clone();
        assert!(whole.len() > 3);
        let (mut joined, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = city.get(&key, &format!("{list}&limit=2&cursor={cursor}")).await.json();
            joined.extend(page["items"].as_array().expect("items").clone());
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(joined, whole, "{list}");
    }
}

#[tokio::test]
async fn every_entry_opens_to_rule_fact_and_events() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("staff", &[]);
    let entries = city.get(&key, "/api/v1/entries?subject_kind=person&subject=%E7%8E%8B%E5%B2%9A").await;
    let entries = entries.json()["items"].as_array().expect("items").clone();
    let points: Vec<_> = entries.iter().map(|entry| entry["points"].as_str().expect("points")).collect();
    assert_eq!(points, ["-3", "5", "5"]);
    let position = entries[0]["position"].as_u64().expect("position");
    let why = city.get(&key, &format!("/api/v1/entries/3301/{position}")).await.json();
    assert_eq!(why["entry"], entries[0]);
    assert_eq!(why["rule"]["without_approval"], true);
    assert!(why["rule"]["sentence_zh"].as_str().is_some_and(|words| words.contains("20 分钟")), "{}", why["rule"]);
    let bands = why["rule"]["bands"].as_array().expect("bands");
    assert_eq!(
        bands.iter().map(|band| band["chosen"].as_bool().expect("chosen")).collect::<Vec<_>>(),
        [false, false, true]
    );
    assert_eq!((&why["measure"]["value"], &why["measure"]["unit"]), (&json!("2280000"), &json!("ms")));
    let fact = &why["facts"][0];
    assert_eq!(
        (&fact["kind"], &fact["person"], &fact["window"], &fact["date"]),
        (&json!("service"), &json!("王岚"), &json!("7"), &json!("2026-11-23"))
    );
    assert!(
        fact["fields"]
            .as_array()
            .expect("fields")
            .iter()
            .any(|field| field["name"] == "service_ms" && field["value"] == "2280000")
    );
    let ids: Vec<_> = fact["events"].as_array().expect("events").iter().map(|event| event["id"].clone()).collect();
    assert_eq!(ids, ["start-2", "end-2"]);
    assert_eq!(fact["events"][0]["data"]["person"], "王岚");
    assert_eq!(why["checks"], json!({"entry_digest": true, "facts_digest": true, "records": true}));
    for missing in ["/api/v1/entries/3301/99999", "/api/v1/entries/3301/x", "/api/v1/entries/9/1"] {
        assert_eq!(city.get(&key, missing).await.problem(), (404, "not_found".to_owned()), "{missing}");
    }
}

#[tokio::test]
async fn a_correction_is_a_reversal_that_points_back() {
    let city = City::new();
    city.open_hall().await;
    let source = city.key("source", &[]);
    // The first service was on hold for a quarter of an hour: 17 minutes become 2, the points stay; the third drops below 30.
    let held = [
        event("held", "service.held", "2026-11-23T10:25:00+08:00", json!({"service": "A2"})),
        event("resumed", "service.resumed", "2026-11-23T10:50:00+08:00", json!({"service": "A2"})),
    ];
    assert_eq!(city.post_batch(&source, &held).await.statuses(), ["accepted", "accepted"]);
    let key = city.key("staff", &[]);
    let entries = city.get(&key, "/api/v1/entries?limit=1000").await.json()["items"].as_array().expect("items").clone();
    let reversal = entries.iter().find(|entry| entry["kind"] == "reversal").expect("a reversal");
    let reversed = reversal["reverses"].as_u64().expect("reverses");
    let why = city.get(&key, &format!("/api/v1/entries/3301/{reversed}")).await.json();
    assert_eq!(why["reversed_by"], reversal["position"]);
    assert!(why["related"].as_array().expect("related").contains(reversal));
    // What stands behind the old entry has changed since, and the page says so.
    assert_eq!(why["checks"]["facts_digest"], false);
    assert_eq!(why["checks"]["entry_digest"], true);
}

#[tokio::test]
async fn a_subject_has_its_page() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("staff", &[]);
    let page = city.get(&key, "/api/v1/subjects/person/%E7%8E%8B%E5%B2%9A?period=2026-11").await.json();
    assert_eq!((&page["rank"], &page["points"], &page["facts"]), (&json!(1), &json!("7"), &json!(3)));
    assert_eq!(page["rules"][0]["rule"], "service-time");
    assert_eq!(page["rules"][0]["title_en"], "Service time");
    assert_eq!(page["trend"], json!([{"date": "2026-11-23", "points": "7"}]));
    let year = city.get(&key, "/api/v1/subjects/person/%E7%8E%8B%E5%B2%9A?period=2026").await.json();
    assert_eq!(year["rule_changes"][0]["date"], "2026-01-01");
    let idle = city.get(&key, "/api/v1/subjects/window/7?period=2020").await.json();
    assert_eq!((&idle["rank"], &idle["points"], &idle["name"]), (&Value::Null, &json!("0"), &json!("七号")));
    for missing in ["/api/v1/subjects/person/nobody", "/api/v1/subjects/window/99", "/api/v1/subjects/floor/1"] {
        assert_eq!(city.get(&key, missing).await.problem(), (404, "not_found".to_owned()), "{missing}");
    }
    let found = city.get(&key, "/api/v1/search?q=%E7%8E%8B").await.json();
    assert_eq!(found["items"], json!([{"kind": "person", "code": "王岚", "name": "王岚的姓名"}]));
}

#[tokio::test]
async fn the_region_and_what_is_suspect() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("staff", &[]);
    let region = city.get(&key, "/api/v1/region").await.json();
    assert_eq!(
        (&region["code"], &region["name"], &region["time_zone"]),
        (&json!("3301"), &json!("杭州"), &json!("Asia/Shanghai"))
    );
    assert_eq!((&region["first_date"], &region["last_date"]), (&json!("2026-11-23"), &json!("2026-11-23")));
    assert_eq!((&region["without_approval"], &region["recalculating"]), (&json!(true), &json!(false)));
    assert_eq!(region["halls"], json!([{"code": "H1", "name": "市民中心"}]));
    assert_eq!(region["rules"].as_array().map(Vec::len), Some(2));
    assert_eq!(region["key"]["role"], "staff");
    let holds = city.get(&key, "/api/v1/holds").await.json();
    assert_eq!(holds["items"].as_array().map(Vec::len), Some(1), "{holds}");
    assert_eq!(holds["items"][0]["person"], "李四");
    let source = city.key("source", &[]);
    let lost = event("lost", "service.ended", "2026-11-23T11:00:00+08:00", json!({"service": "Z"}));
    city.post_one(&source, &lost).await;
    let anomalies = city.get(&key, "/api/v1/anomalies").await.json();
    assert_eq!(anomalies["items"].as_array().map(Vec::len), Some(1), "{anomalies}");
    assert_eq!(anomalies["items"][0]["aggregate"], "sZ");
}

#[tokio::test]
async fn queries_say_what_is_wrong_with_them() {
    let city = City::new();
    let key = city.key("staff", &[]);
    for (path, name) in [
        ("/api/v1/leaderboard?colour=red", "?colour"),
        ("/api/v1/leaderboard?period=2026-13", "?period"),
        ("/api/v1/leaderboard?subject=floor", "?subject"),
        ("/api/v1/leaderboard?dimension=speed", "?dimension"),
        ("/api/v1/leaderboard?limit=0", "?limit"),
        ("/api/v1/leaderboard?limit=1001", "?limit"),
        ("/api/v1/leaderboard?cursor=zz", "?cursor"),
        ("/api/v1/leaderboard?min_facts=-1", "?min_facts"),
        ("/api/v1/leaderboard?period=2026&period=2025", "?period"),
        ("/api/v1/entries?subject=x", "?subject_kind"),
        ("/api/v1/region?x=1", "?x"),
        ("/api/v1/search", "?q"),
    ] {
        let answer = city.get(&key, path).await;
        assert_eq!(answer.problem(), (400, "bad_query".to_owned()), "{path}");
        assert_eq!(answer.json()["pointers"][0]["pointer"], name, "{path}");
    }
}

#[tokio::test]
async fn spreadsheets_get_the_whole_board_and_no_formulas() {
    let city = City::new();
    city.open_hall().await;
    let administrator = city.key("administrator", &[]);
    let start = |id: &str, kind: &str, time: &str| {
        event(id, kind, time, json!({"service": "F", "person": "=1+1", "window": "7"}))
    };
    let events = [
        event("formula", "organisation.person", "2026-01-01T00:00:00+08:00", json!({"person": "=1+1"})),
        start("f1", "service.started", "2026-11-23T08:00:00+08:00"),
        start("f2", "service.ended", "2026-11-23T08:35:00+08:00"),
    ];
    city.post_batch(&administrator, &events).await;
    let key = city.key("staff", &[]);
    let csv = city.get(&key, "/api/v1/leaderboard?period=all&format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("leaderboard-person-all.csv"));
    let text = String::from_utf8(csv.bytes).expect("UTF-8");
    assert_eq!(text.lines().count(), 6);
    assert!(text.contains(",'=1+1,"), "{text}");
    assert!(text.contains(",-3,"), "{text}");
}
