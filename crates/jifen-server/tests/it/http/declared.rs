//! Facts of types that a rule set declares, over the API: judged, mended, scored and explained.

use serde_json::{Value, json};

use crate::city::{City, event};

/// The sample of `docs/rules.md`.
fn sample() -> &'static str {
    let document = include_str!("../../../../../docs/rules.md");
    let (_, rest) = document.split_once("### 自定的事实").expect("the section");
    let (_, rest) = rest.split_once("```toml\n").expect("a sample");
    rest.split_once("```").expect("its end").0
}

fn lesson(id: &str, fields: &Value) -> Value {
    let data = json!({"fact_type": "coaching", "person": "王岚", "fields": fields});
    event(id, "fact.recorded", "2026-11-23T10:00:00+08:00", data)
}

#[tokio::test]
async fn what_does_not_fit_is_mended_and_what_fits_is_explained() {
    let city = City::new();
    city.open_hall().await;
    let (source, manager) = (city.key("source", &[]), city.key("manager", &[]));
    let administrator = city.key("administrator", &[]);
    // Nobody has declared the type yet: kept, with what to do.
    let early = city.post_one(&source, &lesson("1", &json!({"lessons": 3, "learner": "新进"}))).await;
    assert_eq!(early.statuses(), ["quarantined"]);
    assert_eq!(early.json()["results"][0]["pointer"], "/data/fact_type");
    let told = early.json()["results"][0]["reason_zh"].as_str().unwrap_or_default().to_owned();
    assert!(told.contains("没有哪套规则声明过事实类型 `coaching`"), "{told}");
    let published = json!({"rules": sample(), "effective_from": "2026-01-01", "approval": "none"});
    let rules = event("coaching", "ruleset.published", "2026-01-02T00:00:00+08:00", published);
    assert_eq!(city.post_one(&administrator, &rules).await.statuses(), ["accepted"]);
    // The source sends it again, and one with a bad value, which a person mends.
    let good = lesson("1", &json!({"lessons": 3, "learner": "新进"}));
    assert_eq!(city.post_one(&source, &good).await.statuses(), ["accepted"]);
    let bad = lesson("2", &json!({"lessons": 1, "mark": "10.5"}));
    assert_eq!(city.post_one(&source, &bad).await.statuses(), ["quarantined"]);
    let kept = city.get(&manager, "/api/v1/quarantine?open=true").await.json();
    let kept = kept["items"].as_array().expect("items");
    let told: Vec<_> = kept.iter().map(|row| (row["pointer"].clone(), row["reason_zh"].clone())).collect();
    let said = "`mark`（学员评分）应为小数，至多三位，写成文本，如 `\"4.5\"`，不小于 0，不大于 10";
    let since = "事实类型 `coaching`（带教）后来声明了，再送一次即可";
    assert_eq!(told, [(json!("/data/fact_type"), json!(since)), (json!("/data/fields/mark"), json!(said))]);
    let path = format!("/api/v1/quarantine/{}/mending", kept[1]["number"]);
    let still = lesson("2", &json!({"lessons": 1, "mark": "11"}));
    let wrong = city.post_json(&manager, &path, &json!({"event": still})).await;
    assert_eq!(wrong.json()["pointers"][0]["pointer"], "/event/data/fields/mark");
    assert_eq!(wrong.json()["detail_zh"], said);
    let right = lesson("2", &json!({"lessons": 1, "mark": "8.75"}));
    let done = city.post_json(&manager, &path, &json!({"event": right})).await;
    assert_eq!(done.json()["status"], "accepted", "{done:?}");
    // Both facts gave points, which explain themselves by the words of the declaration.
    let board = city.get(&manager, "/api/v1/entries?limit=50").await.json();
    let entries: Vec<&Value> = board["items"].as_array().expect("entries").iter().collect();
    let entry = |rule: &str| {
        let found = entries.iter().find(|entry| entry["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {board}"));
        (found["points"].clone(), found["position"].clone())
    };
    assert_eq!(entry("lessons").0, "6");
    let (points, position) = entry("marks");
    assert_eq!(points, "1");
    let why = city.get(&manager, &format!("/api/v1/entries/3301/{position}")).await.json();
    assert_eq!((&why["measure"]["zh"], &why["measure"]["value"]), (&json!("学员评分"), &json!("8.75")), "{why}");
    let fact = &why["facts"][0];
    assert_eq!(
        (&fact["kind"], &fact["type_zh"], &fact["type_en"]),
        (&json!("declared"), &json!("带教"), &json!("coaching"))
    );
    let told: Vec<_> = fact["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| (field["zh"].clone(), field["value"].clone()))
        .collect();
    assert_eq!(told, [(json!("课时（节）"), json!("1")), (json!("学员评分"), json!("8.75"))]);
    assert_eq!(why["checks"]["facts_digest"], true, "{why}");
}

#[tokio::test]
async fn the_desk_knows_what_a_text_declares() {
    let city = City::new();
    let key = city.key("manager", &[]);
    let desk = city.post_json(&key, "/api/v1/drafting", &json!({"text": sample()})).await.json();
    assert_eq!(desk["faults"], json!([]), "{desk}");
    assert_eq!(desk["facts"][0]["kind"], "fact:coaching");
    let mark = desk["facts"][0]["fields"].as_array().expect("fields").iter().find(|field| field["name"] == "mark");
    assert_eq!(mark.expect("the field")["holds"], "decimal");
    let words = desk["sentences"].as_array().expect("sentences");
    let told = words.iter().find(|sentence| sentence["kind"] == "fact").expect("the type in words");
    assert_eq!(
        told["zh"],
        "带教（自定事实，关于人）：课时（节），整数，不小于 1，不大于 40，必填；对象，新进、转岗 之一；学员评分，小数，不小于 0，不大于 10；出师，是或否。"
    );
    let rule = words.iter().find(|sentence| sentence["id"] == "marks").expect("the rule");
    assert_eq!(
        rule["zh"],
        "带教评分：每次带教学员评分低于 6 扣 1 分，不低于 8.5 加 1 分，其余不计分（条件：非已知(出师) 或 学员评分 > 4.5）。"
    );
}
