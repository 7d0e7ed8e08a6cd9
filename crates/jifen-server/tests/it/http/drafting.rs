//! The desk of a draft: one text, changed by its form, checked, and said in words.

use serde_json::{Value, json};

use crate::city::{City, RULES};

const DESK: &str = "/api/v1/drafting";

fn sentence<'v>(desk: &'v Value, id: &str) -> Option<&'v str> {
    let found = desk["sentences"].as_array().expect("sentences").iter().find(|each| each["id"] == id);
    found.and_then(|each| each["zh"].as_str())
}

#[tokio::test]
async fn a_change_of_the_form_is_one_of_the_text_and_of_the_sentence() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("administrator", &[]);
    let text = format!("# 说明\n{RULES}");
    let read = city.post_json(&key, DESK, &json!({"text": text})).await.json();
    assert_eq!((&read["text"], &read["faults"]), (&json!(text), &json!([])), "{read}");
    let rule = read["document"]["rule"][0]["id"].as_str().expect("a rule").to_owned();
    let before = sentence(&read, &rule).expect("a sentence").to_owned();
    let changes = json!([
        {"path": ["rule", 0, "title"], "value": "新的名称"},
        {"path": ["rule", 0, "example"], "value": null},
    ]);
    let made = city.post_json(&key, DESK, &json!({"text": text, "changes": changes})).await.json();
    let written = made["text"].as_str().expect("a text");
    assert!(written.starts_with("# 说明\n") && written.contains("title = \"新的名称\""), "{written}");
    let after = sentence(&made, &rule).expect("a sentence");
    assert!(after.starts_with("新的名称：") && after != before, "{after}");
    assert_eq!(made["document"]["rule"][0]["title"], "新的名称");
    assert!(made["warnings"].as_array().is_some_and(|warnings| !warnings.is_empty()), "no example, and no warning");
    let line = written.lines().position(|line| line == "[[rule]]").expect("a rule") + 1;
    let places = made["lines"].as_array().expect("lines");
    assert!(places.contains(&json!({"table": "rule", "index": 0, "line": line})), "{places:?}");
}

#[tokio::test]
async fn what_is_sound_is_said_beside_the_faults() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("administrator", &[]);
    let rule = |id: &str, points: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ntitle = \"{id}\"\ndimension = \"quality\"\non = \"complaint\"\nsubject = \"person\"\npoints = {points}\n"
        )
    };
    let text =
        format!("format = 1\n[ruleset]\nid = \"x\"\ntitle = \"x\"\n{}{}", rule("good", "-1"), rule("bad", "\"few\""));
    let read = city.post_json(&key, DESK, &json!({"text": text})).await.json();
    assert!(sentence(&read, "good").is_some_and(|words| words.contains("扣 1 分")), "{read}");
    assert_eq!(sentence(&read, "bad"), None);
    let fault = &read["faults"][0];
    assert_eq!((&fault["rule"], &fault["line"]), (&json!("bad"), &json!(18)), "{fault}");
    assert_ne!(fault["text"], fault["text_en"]);
    // What is no TOML has no values to change.
    let broken = city.post_json(&key, DESK, &json!({"text": "id = "})).await.json();
    assert_eq!((&broken["document"], &broken["text"]), (&Value::Null, &json!("id = ")));
    let changes = json!([{"path": ["id"], "value": 1}]);
    let refused = city.post_json(&key, DESK, &json!({"text": "id = ", "changes": changes})).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.json());
    // Whoever may not try drafts has no desk.
    assert_eq!(city.post_json(&city.key("staff", &[]), DESK, &json!({"text": text})).await.status.as_u16(), 403);
}

#[tokio::test]
async fn the_vocabulary_holds_what_may_be_written() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("administrator", &[]);
    let vocabulary = city.get(&key, "/api/v1/drafting/vocabulary").await.json();
    let tables = vocabulary["tables"].as_array().expect("tables");
    let table = |place: &str| tables.iter().find(|table| table["place"] == place).expect("a table");
    let key = |place: &str, name: &str| {
        table(place)["keys"].as_array().expect("keys").iter().find(|key| key["name"] == name).expect("a key").clone()
    };
    assert_eq!(key("rule", "when")["takes"], "expression");
    assert_eq!(key("ruleset", "effective_from")["takes"], "date");
    assert_eq!(key("rule.per_unit", "partial")["words"].as_array().map(Vec::len), Some(3));
    let facts = vocabulary["facts"].as_array().expect("facts");
    let service = facts.iter().find(|fact| fact["kind"] == "service").expect("services");
    assert_eq!(
        service["fields"][0],
        json!({"name": "service_ms", "zh": "办理时长", "en": "service time", "holds": "duration"})
    );
}

#[tokio::test]
async fn a_ready_book_or_a_table_is_a_draft_to_start_from() {
    let city = City::new();
    city.open_hall().await;
    let key = city.key("administrator", &[]);
    let library = city.get(&key, "/api/v1/drafting/library").await.json();
    let books = library["books"].as_array().expect("books");
    assert_eq!(books[0]["name"], "starter");
    assert!(books.len() > 20 && books.iter().all(|book| book["rules"].as_u64() > Some(0)), "{books:?}");
    let book = city.get(&key, "/api/v1/drafting/library/05-red-flag").await.json();
    let read = city.post_json(&key, DESK, &json!({"text": book["text"]})).await.json();
    assert_eq!(read["faults"], json!([]), "{read}");
    assert_eq!(city.get(&key, "/api/v1/drafting/library/05-red-flag.cases").await.problem().0, 404);
    let table = "考核内容,评分标准,周期\n上班迟到,每次扣2分,月\n满意率,95%以上加5分,月\n";
    let path = "/api/v1/drafting/table?name=%E8%80%83%E6%A0%B8%E8%A1%A8";
    let made = city.post_bytes(&key, path, table.as_bytes().to_vec()).await;
    assert_eq!(made.status.as_u16(), 200, "{}", made.json());
    let made = made.json();
    assert!(made["text"].as_str().is_some_and(|text| text.contains("上班迟到") && text.contains("考核表")), "{made}");
    let asked = made["questions"].as_array().expect("questions");
    assert!(
        asked.iter().any(|one| one["row"] == 3 && one["zh"].as_str().is_some_and(|zh| zh.contains("含不含"))),
        "{asked:?}"
    );
    // A GB18030 file says the same; what is no table says what is missing.
    let (bytes, ..) = encoding_rs::GB18030.encode(table);
    assert_eq!(city.post_bytes(&key, path, bytes.into_owned()).await.json(), made);
    let wrong = city.post_bytes(&key, path, "姓名,工号\n王岚,7\n".as_bytes().to_vec()).await;
    assert_eq!(wrong.problem(), (422, "draft_refused".to_owned()));
    let broken = city.post_bytes(&key, path, b"PK\x03\x04 no archive".to_vec()).await;
    assert_eq!(broken.problem(), (422, "draft_refused".to_owned()), "{}", broken.json());
    assert_eq!(city.post_bytes(&city.key("staff", &[]), path, Vec::new()).await.status.as_u16(), 403);
}
