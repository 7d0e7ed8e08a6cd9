//! An explanation says what other facts make of an award: which time it was, what counts in its place, what its fact was made of. It
//! calls places and matters by their names.

use serde_json::{Value, json};

use crate::city::{City, event};

const RULES: &str = r#"
format = 1
[ruleset]
id = "ranked"
title = "联动"
[[reclass]]
id = "two-late"
title = "两次迟到算旷工半天"
on = "attendance"
subject = "person"
when = "fact.category == 'late'"
period = "month"
every = 2
consume = true
to = "attendance"
fields = { category = "absent", half_days = 1 }
[[rule]]
id = "late"
title = "迟到"
dimension = "quality"
on = "attendance"
subject = "person"
when = "fact.category == 'late'"
points = -1
repeat = { per = "month", steps = [{ from = 2, factor = 2 }] }
[[rule]]
id = "absent"
title = "旷工"
dimension = "quality"
on = "attendance"
subject = "person"
when = "fact.category == 'absent'"
points = -5
[[rule]]
id = "adopted"
title = "采用"
dimension = "innovation"
on = "finding"
subject = "person"
key = "fact.grade"
table = { district = 1, city = 2 }
exclusive = { key = "fact.reference", per = "year", keep = "largest" }
"#;

#[tokio::test]
async fn an_explanation_says_what_other_facts_make_of_it() {
    let city = City::new();
    city.open_hall().await;
    let (administrator, source, reader) =
        (city.key("administrator", &[]), city.key("source", &[]), city.key("administrator", &[]));
    let rules = event(
        "ranked",
        "ruleset.published",
        "2026-01-02T00:00:00+08:00",
        json!({"rules": RULES, "approval": "none", "effective_from": "2026-01-01"}),
    );
    let published = city.post_one(&administrator, &rules).await;
    assert_eq!(published.statuses(), ["accepted"], "{}", published.json());
    let late = |id: &str, day: &str| {
        let data = json!({"person": "王岚", "category": "late"});
        event(id, "attendance.recorded", &format!("2026-11-{day}T09:05:00+08:00"), data)
    };
    let adopted = |id: &str, day: &str, grade: &str| {
        let data = json!({"person": "王岚", "category": "article", "grade": grade, "reference": "A-1"});
        event(id, "finding.recorded", &format!("2026-11-{day}T10:00:00+08:00"), data)
    };
    let events = [late("l1", "17"), late("l2", "18"), adopted("f1", "18", "district"), adopted("f2", "19", "city")];
    assert!(city.post_batch(&source, &events).await.statuses().iter().all(|status| status == "accepted"));
    let mut told: Vec<(String, String, String, usize, bool)> = Vec::new();
    for position in 1..100 {
        let explained = city.get(&reader, &format!("/api/v1/entries/3301/{position}")).await;
        if explained.status.as_u16() != 200 {
            break;
        }
        let explained = explained.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = (
            text(&explained["entry"]["rule"]),
            format!("{} {}", text(&explained["entry"]["kind"]), text(&explained["entry"]["points"])),
            text(&explained["remarks"][0]["zh"]),
            explained["facts"][0]["events"].as_array().map_or(0, Vec::len),
            explained["checks"]["records"] == true && explained["checks"]["facts_digest"] == true,
        );
        told.push(line);
    }
    let of = |rule: &str, what: &str| {
        let found = told
            .iter()
            .find(|line| line.0 == rule && line.1 == what)
            .unwrap_or_else(|| panic!("{rule} {what}: {told:?}"));
        (found.2.as_str(), found.3, found.4)
    };
    assert_eq!(of("late", "award -2"), ("本期第 2 次起乘以 2：-1 × 2", 1, true));
    let (made, events, sound) = of("absent", "award -5");
    assert!(made.starts_with("由 2 件事实折算") && made.contains("两次迟到算旷工半天"), "{made}");
    assert_eq!((events, sound), (2, true), "it opens to the events of both");
    assert!(of("adopted", "clamp -1").0.contains("同一事项不重复计：计的是规则“采用”"), "{told:?}");
    assert_eq!(of("adopted", "award 2").0, "");
}

#[tokio::test]
async fn an_explanation_calls_places_and_matters_by_their_names() {
    let city = City::new();
    city.open_hall().await;
    let (administrator, source) = (city.key("administrator", &[]), city.key("source", &[]));
    let early = "2026-01-01T00:00:00+08:00";
    let named = [
        event("n1", "organisation.department", early, json!({"department": "D9", "name": "医保局", "hall": "H1"})),
        event(
            "n2",
            "organisation.window",
            early,
            json!({"window": "9", "name": "9 号窗口", "hall": "H1", "department": "D9"}),
        ),
        event("n3", "organisation.matter", early, json!({"matter": "M9", "name": "参保登记", "department": "D9"})),
    ];
    assert_eq!(city.post_batch(&administrator, &named).await.statuses(), ["accepted"; 3]);
    let at = |window: &str, matter: &str| {
        let of = |kind: &str, time: &str| {
            let data = json!({"service": format!("s{window}"), "person": "王岚", "window": window, "matter": matter});
            event(
                &format!("{kind}{window}"),
                &format!("service.{kind}"),
                &format!("2026-11-24T09:{time}:00+08:00"),
                data,
            )
        };
        [of("started", "00"), of("ended", "10")]
    };
    let events = [at("9", "M9"), at("17", "unnamed")].concat();
    assert!(city.post_batch(&source, &events).await.statuses().iter().all(|status| status == "accepted"));
    let listed = city.get(&administrator, "/api/v1/entries?period=2026-11-24").await.json();
    let entries = listed["items"].as_array().expect("items");
    let of = |window: &str| entries.iter().find(|entry| entry["window"] == window).expect("an entry");
    assert_eq!(
        ["window_name", "department", "department_name"].map(|member| of("9")[member].as_str()),
        [Some("9 号窗口"), Some("D9"), Some("医保局")]
    );
    assert_eq!(of("17")["window_name"], "17", "nobody gave it a name");
    for (window, name) in [("9", "参保登记"), ("17", "unnamed")] {
        let why = city.get(&administrator, &format!("/api/v1/entries/3301/{}", of(window)["position"])).await.json();
        assert_eq!(why["facts"][0]["matter_name"], name);
    }
}
