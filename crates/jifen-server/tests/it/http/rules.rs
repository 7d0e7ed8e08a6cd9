//! The rule book: what is in force on a day, and what each version changed.

use serde_json::{Value, json};

use crate::city::{City, event};

/// A set of two rules whose first one gives `points`; the second is there only with `second`.
fn set(from: &str, points: &str, second: Option<&str>) -> String {
    let rule = |id: &str, points: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ntitle = \"规则 {id}\"\ndimension = \"innovation\"\non = \"suggestion\"\nsubject = \"person\"\npoints = {points}\nscope = {{ halls = [\"H1\"] }}\n"
        )
    };
    let second = second.map(|id| rule(id, "1")).unwrap_or_default();
    format!(
        "format = 1\n[ruleset]\nid = \"extra\"\ntitle = \"加分办法\"\nbasis = \"公示〔2026〕1号\"\neffective_from = {from}\n{}{second}",
        rule("first", points)
    )
}

async fn publish(city: &City, id: &str, rules: String) {
    let key = city.key("administrator", &[]);
    let event =
        event(id, "ruleset.published", "2026-01-02T00:00:00+08:00", json!({"rules": rules, "approval": "none"}));
    let answer = city.post_one(&key, &event).await;
    assert_eq!(answer.statuses(), ["accepted"], "{}", answer.json());
}

async fn book(city: &City, query: &str) -> Value {
    let answer = city.get(&city.key("staff", &[]), &format!("/api/v1/rules{query}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.json());
    answer.json()
}

fn extra(book: &Value) -> Option<Value> {
    book["sets"].as_array().expect("sets").iter().find(|set| set["id"] == "extra").cloned()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("list").iter().map(|change| change["id"].as_str().expect("id")).collect()
}

#[tokio::test]
async fn a_day_has_its_rules_in_words() {
    let city = City::new();
    city.open_hall().await;
    publish(&city, "extra-1", set("2026-02-01", "15", None)).await;
    let today = book(&city, "").await;
    assert_eq!(today["date"], "2026-11-23");
    let own = today["sets"].as_array().expect("sets").iter().find(|set| set["id"] == "test").expect("set");
    assert_eq!(
        (&own["effective_from"], &own["effective_to"], &own["without_approval"]),
        (&json!("2026-01-01"), &json!(null), &json!(true))
    );
    let rule = &own["rules"][0];
    assert_eq!(rule["sentence_zh"], "办理时长：每件不超过 20 分钟加 5 分，超过 30 分钟扣 3 分，其余不计分。");
    assert_eq!(rule["bands"].as_array().map(Vec::len), Some(3));
    assert_eq!(rule["bands"][2], json!({"zh": "超过 30 分钟", "en": "above 30 min", "points": "-3"}));
    assert_eq!(
        rule["examples"],
        json!([{"facts_zh": "办理时长 18 分钟", "facts_en": "service time 18 min", "points": "5"}])
    );
    let extra = extra(&today).expect("in force");
    assert_eq!((&extra["basis"], &extra["without_approval"]), (&json!("公示〔2026〕1号"), &json!(true)));
    assert_eq!(extra["rules"][0]["points"], "15");
    let scope = extra["rules"][0]["clauses"].as_array().expect("clauses").last().expect("scope");
    assert_eq!(scope, &json!({"part": "scope", "zh": "只限大厅：市民中心", "en": "only halls: 市民中心"}));
    assert_eq!(self::extra(&book(&city, "?date=2026-01-31").await), None);
    assert_eq!(book(&city, "?date=2025-12-31").await["sets"], json!([]));
    let wrong = city.get(&city.key("staff", &[]), "/api/v1/rules?date=2026-02-30").await;
    assert_eq!(wrong.problem(), (400, "bad_query".to_owned()));
}

#[tokio::test]
async fn versions_say_what_they_changed() {
    let city = City::new();
    city.open_hall().await;
    publish(&city, "extra-1", set("2026-02-01", "15", Some("second"))).await;
    publish(&city, "extra-2", set("2026-05-01", "15", Some("third"))).await;
    publish(&city, "extra-3", set("2026-08-01", "99", Some("third"))).await;
    publish(&city, "extra-4", set("2026-08-01", "20", Some("third"))).await;
    publish(&city, "extra-5", set("2027-01-01", "25", Some("third"))).await;
    let today = book(&city, "").await;
    let versions = today["versions"].as_array().expect("versions");
    let lines: Vec<_> = versions.iter().filter(|version| version["set"] == "extra").collect();
    let brief: Vec<_> = lines
        .iter()
        .map(|line| (line["effective_from"].as_str(), line["effective_to"].as_str(), line["state"].as_str()))
        .collect();
    assert_eq!(
        brief,
        [
            (Some("2027-01-01"), None, Some("coming")),
            (Some("2026-08-01"), None, Some("replaced")),
            (Some("2026-08-01"), Some("2026-12-31"), Some("in_force")),
            (Some("2026-05-01"), Some("2026-07-31"), Some("past")),
            (Some("2026-02-01"), Some("2026-04-30"), Some("past")),
        ]
    );
    assert_eq!(ids(&lines[4]["added"]), Vec::<&str>::new(), "the first version adds nothing to nothing");
    assert_eq!(
        (ids(&lines[3]["added"]), ids(&lines[3]["removed"]), ids(&lines[3]["changed"])),
        (vec!["third"], vec!["second"], vec![])
    );
    assert_eq!(ids(&lines[0]["changed"]), ["first"]);
    let rules = extra(&today).expect("in force")["rules"].clone();
    assert_eq!((&rules[0]["points"], &rules[0]["since"]), (&json!("20"), &json!("2026-08-01")));
    assert_eq!(rules[1]["since"], "2026-05-01", "it stood unchanged over three versions");
    let earlier = extra(&book(&city, "?date=2026-06-01").await).expect("in force")["rules"].clone();
    assert_eq!((&earlier[0]["points"], &earlier[0]["since"]), (&json!("15"), &json!("2026-02-01")));
}

#[tokio::test]
async fn a_score_sheet_stands_with_the_rules_that_point_at_it() {
    let city = City::new();
    city.open_hall().await;
    let sheet = "[[sheet]]\nid = \"month\"\ntitle = \"月度评分\"\ndimension = \"quality\"\nsubject = \"person\"\nperiod = \"month\"\nbase = 100\nfloor = 0\n[[sheet.item]]\nid = \"ideas\"\ntitle = \"建议\"\nbase = 10\nfloor = 4\nmax = 12\n";
    let rules = set("2026-02-01", "15", Some("second")).replacen(
        "[[rule]]",
        &format!("{sheet}[[rule]]\nsheet = \"month\"\nitem = \"ideas\""),
        1,
    );
    publish(&city, "extra-1", rules).await;
    let extra = extra(&book(&city, "").await).expect("in force");
    let sheet = &extra["sheets"][0];
    assert_eq!(
        (&sheet["base"], &sheet["subject"], &sheet["period"]),
        (&json!("100"), &json!("person"), &json!("month"))
    );
    assert!(sheet["sentence_zh"].as_str().is_some_and(|words| words.contains("基础分 100 分")), "{sheet}");
    let item = json!({
        "id": "ideas", "title": "建议", "title_en": "建议", "base": "10", "deduct_at_most": "6", "max": "12", "bonus": false,
        "rules": ["first"],
    });
    assert_eq!(sheet["items"], json!([item]));
}
