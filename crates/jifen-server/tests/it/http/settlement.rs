//! What a period's points lead to, over HTTP: the same figures as the worked cases of the book, names on, for those whom they concern.

use std::collections::BTreeSet;

use jifen_store::AccountRow;
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{City, event};

const RULES: &str = include_str!("../../../../../testdata/rules/corpus/00-consequences.toml");

/// A month in five windows: the first worked case of the book.
async fn month() -> (City, String) {
    let city = City::new();
    let administrator = city.key("administrator", &[]);
    let (early, middle) = ("2026-01-01T00:00:00+08:00", "2026-10-04T12:00:00+08:00");
    let mut events =
        vec![event("region", "organisation.region", early, json!({"region": "3301", "time_zone": "Asia/Shanghai"}))];
    for window in ["w1", "w2", "w3", "w4", "w5"] {
        events.push(event(
            window,
            "organisation.window",
            early,
            json!({"window": window, "name": format!("窗口{window}")}),
        ));
    }
    for (person, window) in [("a", "w1"), ("b", "w1"), ("c", "w2")] {
        events.push(event(person, "organisation.person", early, json!({"person": person, "window": window})));
    }
    events.push(event("rules", "ruleset.published", early, json!({"rules": RULES, "effective_from": "2026-01-01"})));
    for (person, quantity) in [("a", 6), ("c", 5)] {
        let data = json!({"person": person, "category": "fault", "quantity": quantity});
        events.push(event(&format!("fault-{person}"), "finding.recorded", middle, data));
    }
    events.push(event("untidy", "finding.recorded", middle, json!({"window": "w2", "category": "untidy"})));
    for (window, times) in [("w3", 4), ("w4", 3)] {
        for number in 0..times {
            let data = json!({"window": window, "category": "overdue"});
            events.push(event(&format!("{window}/{number}"), "finding.recorded", middle, data));
        }
    }
    for period in ["2026-09", "2026-10"] {
        events.push(event(period, "period.ended", "2026-11-01T00:00:00+08:00", json!({"period": period})));
    }
    let answer = city.post_batch(&administrator, &events).await;
    assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
    let key = city.key("manager", &[]);
    (city, key)
}

fn row<'a>(rows: &'a Value, code: &str) -> &'a Value {
    rows.as_array().expect("rows").iter().find(|row| row["who"]["code"] == code).expect("the row")
}

#[tokio::test]
async fn a_month_is_settled_with_names_and_reasons() {
    let (city, key) = month().await;
    let found = city.get(&key, "/api/v1/settlement?period=2026-10").await.json();
    assert_eq!((&found["ended"], &found["period"]), (&json!(true), &json!("2026-10")));
    let first = row(&found["composites"][0]["rows"], "w1");
    assert_eq!((&first["score"], &first["who"]["name"]), (&json!("98.8"), &json!("窗口w1")));
    assert_eq!(
        [&first["parts"][1]["value"], &first["parts"][1]["adds"], &first["parts"][1]["heads"]],
        [&json!("97"), &json!("38.8"), &json!(2)]
    );
    let flag = found["honours"]
        .as_array()
        .expect("honours")
        .iter()
        .find(|one| one["definition"]["id"] == "flag")
        .expect("flag");
    let leagues = flag["leagues"].as_array().expect("leagues");
    assert_eq!(leagues.iter().map(|league| &league["league"]).collect::<Vec<_>>(), ["A类", "B类"]);
    assert_eq!(row(&leagues[0]["rows"], "w1")["outcome"], "titled");
    let barred = row(&leagues[0]["rows"], "w3");
    assert_eq!(
        [&barred["rank"], &barred["outcome"], &barred["reason_zh"]],
        [&json!(1), &json!("barred"), &json!("否决：红牌不评优")]
    );
    assert_eq!(row(&found["cards"][0]["rows"], "w4")["card"], "黄牌");
    let pool = &found["payouts"][0];
    assert_eq!((&pool["total"], &row(&pool["rows"], "w1")["amount"]), (&json!("1000"), &json!("199.84")));
    // Nothing changed, so the digest stays; a fact that comes late changes it.
    let again = city.get(&key, "/api/v1/settlement?period=2026-10").await.json();
    assert_eq!(again["digest"], found["digest"]);
    let late =
        event("late", "finding.recorded", "2026-10-05T12:00:00+08:00", json!({"window": "w4", "category": "overdue"}));
    city.post_batch(&city.key("administrator", &[]), &[late]).await;
    let after = city.get(&key, "/api/v1/settlement?period=2026-10").await.json();
    assert_ne!(after["digest"], found["digest"]);
    assert_eq!(row(&after["cards"][0]["rows"], "w4")["card"], "红牌");
}

#[tokio::test]
async fn who_holds_no_place_sees_their_own_results_and_a_period_must_be_named() {
    let (city, key) = month().await;
    for role in ["source", "screen"] {
        let answer = city.get(&city.key(role, &[]), "/api/v1/settlement?period=2026-10").await;
        assert_eq!(answer.status.as_u16(), 403, "{role}");
    }
    for query in ["", "?period=all", "?period=soon", "?period=2026-10&format=pdf"] {
        assert_eq!(city.get(&key, &format!("/api/v1/settlement{query}")).await.problem().0, 400, "{query}");
    }
    // Before the rules: no results, and no error.
    let empty = city.get(&key, "/api/v1/settlement?period=2020-01").await.json();
    assert_eq!((&empty["composites"], &empty["ended"]), (&json!([]), &json!(false)));
}

/// Everybody whom an answer names.
fn named(settled: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| walk(one, found)),
            Value::Object(members) => {
                found.extend(members.get("code").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|one| walk(one, found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(settled, &mut found);
    found
}

#[tokio::test]
async fn a_clerk_sees_nobody_else_and_phones_no_place() {
    let (city, manager) = month().await;
    // One more book, with a contest and a proposal about people.
    let more = r#"
format = 1
[ruleset]
id = "more"
title = "人员"
[[honour]]
id = "star"
title = "服务明星"
sheet = "staff"
quota = 1
equal = "ask"
[[proposal]]
id = "talk"
title = "约谈"
sheet = "staff"
below = 95
"#;
    let both = format!("{RULES}\n{}", &more[more.find("[[honour]]").expect("honour")..]);
    let published = json!({"rules": both, "effective_from": "2026-02-01"});
    let answer = city
        .post_batch(
            &city.key("administrator", &[]),
            &[event("both", "ruleset.published", "2026-02-01T00:00:00+08:00", published)],
        )
        .await;
    assert_eq!(answer.statuses(), ["accepted"], "{}", answer.json());
    let digest = city.get(&manager, "/api/v1/settlement?period=2026-10").await.json()["digest"].clone();
    let hall = Hall::of(city);
    let account = AccountRow { person: Some("a".to_owned()), ..hall.row("lan", "clerk", false) };
    hall.city.database.add_account(&account).expect("account");
    let (lan, _) = hall.sign_in("lan", PASSWORD).await;
    let own = hall.get(&lan, "/api/v1/settlement?period=2026-10").await.json();
    assert_eq!((named(&own), &own["digest"]), (BTreeSet::from(["a".to_owned()]), &digest));
    assert_eq!(own["honours"][0]["leagues"][0]["rows"][0]["rank"], 3);
    assert_eq!(own["proposals"], json!([]), "what is proposed about somebody is for those who decide");
    let phone = hall.get(&lan, "/api/v1/settlement?period=2026-10&own=true").await.json();
    assert_eq!((named(&phone), &phone["honours"][0]["leagues"][0]["rows"][0]["rank"]), (named(&own), &Value::Null));
    // A manager sees everybody, by kind if asked, and nobody where only their own is asked for.
    let people = hall.city.get(&manager, "/api/v1/settlement?period=2026-10&subject=person").await.json();
    assert_eq!(named(&people), ["a", "b", "c"].map(str::to_owned).into());
    assert_eq!(people["proposals"][0]["rows"][0]["who"]["code"], "a");
    let mine = hall.city.get(&manager, "/api/v1/settlement?period=2026-10&own=true").await.json();
    assert_eq!(named(&mine), BTreeSet::new());
}

#[tokio::test]
async fn it_goes_out_as_a_list() {
    let (city, key) = month().await;
    let answer = city.get(&key, "/api/v1/settlement?period=2026-10&format=csv").await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"settlement-2026-10.csv\"");
    let text = String::from_utf8(answer.bytes).expect("UTF-8");
    assert!(text.contains("荣誉,红旗窗口,A类,窗口w1,w1,2,98.8,授予,,"), "{text}");
    let english = city.get(&key, "/api/v1/settlement?period=2026-10&format=csv&lang=en").await;
    assert!(String::from_utf8_lossy(&english.bytes).contains("Payout,Pool,,窗口w1,w1,,,,199.84,98.8 of 494.4 points"));
    let workbook = city.get(&key, "/api/v1/settlement?period=2026-10&format=xlsx").await;
    assert!(workbook.bytes.starts_with(b"PK"));
}

const CLOCKED: &str = r#"
format = 1
[ruleset]
id = "clocked"
title = "公示"
[[sheet]]
id = "month"
title = "月度评分"
title_en = "Month"
dimension = "quality"
subject = "person"
period = "month"
base = 100
floor = 0
[[sheet.item]]
id = "voice"
title = "投诉"
[[rule]]
id = "complaint"
title = "投诉"
dimension = "quality"
on = "complaint"
subject = "person"
sheet = "month"
item = "voice"
points = -4
[[rule]]
id = "suggested"
title = "建议"
dimension = "innovation"
on = "suggestion"
subject = "person"
points = 1
[[grade]]
id = "month-grade"
title = "等次"
title_en = "Grade"
sheet = "month"
[[grade.band]]
below = 90
name = "合格"
[[grade.band]]
name = "优秀"
[[publicity]]
id = "public"
title = "月度公示"
of = ["month-grade"]
within = 5
days = 7
appeal_days = 3
appeal_from = "end"
answer_days = 2
"#;

#[tokio::test]
async fn an_entry_says_until_when_what_it_leads_to_can_be_appealed_against() {
    let city = City::new();
    let (source, administrator) = (city.key("source", &[]), city.key("administrator", &[]));
    let early = "2026-01-01T00:00:00+08:00";
    let setup = [
        event("region", "organisation.region", early, json!({"time_zone": "Asia/Shanghai"})),
        event("li", "organisation.person", early, json!({"person": "li"})),
        event(
            "rules",
            "ruleset.published",
            early,
            json!({"rules": CLOCKED, "effective_from": "2026-01-01", "approval": "none"}),
        ),
    ];
    city.post_batch(&administrator, &setup).await;
    let facts = [
        event("c", "complaint.filed", "2026-11-10T10:00:00+08:00", json!({"person": "li"})),
        event("s", "suggestion.adopted", "2026-11-11T10:00:00+08:00", json!({"person": "li"})),
    ];
    assert_eq!(city.post_batch(&source, &facts).await.statuses(), ["accepted", "accepted"]);
    let entries = city.get(&administrator, "/api/v1/entries?limit=50").await.json();
    let position = |rule: &str| {
        let of_rule = entries["items"].as_array().expect("entries").iter().find(|entry| entry["rule"] == rule);
        of_rule.unwrap_or_else(|| panic!("{rule}: {entries}"))["position"].clone()
    };
    let clocks = async |rule: &str| {
        city.get(&administrator, &format!("/api/v1/entries/3301/{}", position(rule))).await.json()["clocks"].clone()
    };
    let told = clocks("complaint").await;
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(
        (&told[0]["period"], &told[0]["results"], &told[0]["results_en"]),
        (&json!("2026-11"), &json!("等次"), &json!("Grade"))
    );
    let day = |name: &str| told[0]["days"][name].clone();
    // Without a calendar every day works.
    assert_eq!((day("publish_by"), day("public_until")), (json!("2026-12-05"), json!("2026-12-11")));
    assert_eq!(
        (day("appeal_from"), day("appeal_until"), day("answer_by")),
        (json!("2026-12-12"), json!("2026-12-14"), json!("2026-12-16"))
    );
    // What leads to nothing that is published has no clock.
    assert_eq!(clocks("suggested").await, json!([]));
    let settled = city.get(&administrator, "/api/v1/settlement?period=2026-11").await.json();
    assert_eq!(settled["publicities"][0]["publish_by"], told[0]["days"]["publish_by"]);
}
