//! Announcements: whom they are shown to and when, who places and withdraws them, what citizens see.

use axum::http::{Method, StatusCode};
use jifen_store::{AuditFilter, GrantRow};
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, City, NOW, event};

const ANNOUNCEMENTS: &str = "/api/v1/announcements";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A region of two halls that is public, with accounts of the first.
async fn opened() -> Hall {
    let city = City::new();
    city.open_hall().await;
    let early = "2026-01-01T00:00:00+08:00";
    let more = [
        event("h2", "organisation.hall", early, json!({"hall": "H2", "name": "东区大厅"})),
        event("d3", "organisation.department", early, json!({"department": "D3", "name": "公积金", "hall": "H2"})),
        event("public", "organisation.region", "2026-01-02T00:00:00+08:00", json!({"region": "3301", "public": true})),
    ];
    let answer = city.post_batch(&city.key("administrator", &[]), &more).await;
    assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
    let hall = Hall::of(city);
    for (name, role) in [("boss", "administrator"), ("chief", "none"), ("clerk", "clerk")] {
        hall.account(name, role, false);
    }
    let region = hall.city.row.id;
    let directs = GrantRow {
        region,
        number: 0,
        account: "chief".to_owned(),
        role: "hall_director".to_owned(),
        place_kind: "hall".to_owned(),
        place: "H1".to_owned(),
        begins: NOW,
        ends: None,
        reason: "任命".to_owned(),
        granted: NOW,
        granted_by: "boss".to_owned(),
        revoked: None,
        revoked_by: None,
    };
    hall.city.database.add_grant(&directs).expect("grant");
    hall
}

async fn ask(hall: &Hall, name: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let (cookie, _) = hall.sign_in(name, PASSWORD).await;
    hall.ask(&cookie, method, path, body).await
}

async fn place(hall: &Hall, name: &str, body: Value) -> Answer {
    ask(hall, name, Method::POST, ANNOUNCEMENTS, Some(body)).await
}

/// Titles and states that somebody is shown.
async fn listed(hall: &Hall, name: &str) -> Vec<(String, String)> {
    let answer = ask(hall, name, Method::GET, ANNOUNCEMENTS, None).await.json();
    let items = answer["items"].as_array().expect("items");
    let text = |item: &Value, member: &str| item[member].as_str().expect("text").to_owned();
    items.iter().map(|item| (text(item, "title"), text(item, "state"))).collect()
}

fn of(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(title, state)| ((*title).to_owned(), (*state).to_owned())).collect()
}

fn notice(title: &str, more: Value) -> Value {
    let mut notice = json!({"title": title, "text": "周六上午照常办理。\n周日休息。"});
    notice.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    notice
}

#[tokio::test]
async fn it_is_shown_to_whom_it_is_for_from_its_first_day_to_its_last() {
    let hall = opened().await;
    for (title, more) in [
        ("全区", json!({"public": true})),
        ("本厅", json!({"hall": "H1", "to": "2026-11-23", "public": true})),
        ("东区", json!({"hall": "H2"})),
        ("明天", json!({"from": "2026-11-24"})),
    ] {
        let placed = place(&hall, "boss", notice(title, more)).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{title}: {placed:?}");
    }
    assert_eq!(listed(&hall, "clerk").await, of(&[("本厅", "shown"), ("全区", "shown")]));
    let all = [("明天", "coming"), ("东区", "shown"), ("本厅", "shown"), ("全区", "shown")];
    assert_eq!(listed(&hall, "boss").await, of(&all));
    assert_eq!(listed(&hall, "chief").await, of(&[("本厅", "shown"), ("全区", "shown")]));
    let public = hall.get("", "/api/v1/public/3301").await.json();
    let titles: Vec<&Value> =
        public["announcements"].as_array().expect("list").iter().map(|one| &one["title"]).collect();
    assert_eq!(titles, ["本厅", "全区"]);
    assert!(!public["announcements"].to_string().contains("boss"), "who placed it is not told");

    hall.pass(DAY_MS);
    assert_eq!(listed(&hall, "clerk").await, of(&[("明天", "shown"), ("全区", "shown")]));
    assert_eq!(listed(&hall, "chief").await, of(&[("明天", "shown"), ("本厅", "over"), ("全区", "shown")]));
}

#[tokio::test]
async fn a_director_announces_to_their_hall_alone_and_withdraws_what_is_its() {
    let hall = opened().await;
    assert_eq!(place(&hall, "clerk", notice("我", json!({}))).await.problem(), (403, "forbidden".to_owned()));
    for (more, pointer) in [
        (json!({}), "/hall"),
        (json!({"hall": "H2"}), "/hall"),
        (json!({"hall": "H9"}), "/hall"),
        (json!({"hall": "H1", "department": "D1"}), "/department"),
        (json!({"department": "D3"}), "/department"),
        (json!({"department": "D9"}), "/department"),
        (json!({"hall": "H1", "title": " "}), "/title"),
        (json!({"hall": "H1", "text": "长".repeat(2_001)}), "/text"),
        (json!({"hall": "H1", "from": "tomorrow"}), "/from"),
        (json!({"hall": "H1", "from": "2026-11-25", "to": "2026-11-24"}), "/to"),
    ] {
        let refused = place(&hall, "chief", notice("通知", more.clone())).await;
        let said = refused.json();
        assert_eq!(
            (refused.status.as_u16(), &said["pointers"][0]["pointer"]),
            (400, &json!(pointer)),
            "{more}: {said}"
        );
    }
    let placed = place(&hall, "chief", notice("通知", json!({"hall": "H1"}))).await.json();
    assert_eq!(
        (&placed["number"], &placed["placed_by"], &placed["may_withdraw"]),
        (&json!(1), &json!("chief"), &json!(true))
    );
    place(&hall, "boss", notice("全区", json!({}))).await;
    let withdraw = async |name: &str, number: u64| {
        let path = format!("{ANNOUNCEMENTS}/{number}/withdrawal");
        ask(&hall, name, Method::POST, &path, Some(json!({"reason": "写错了"}))).await
    };
    assert_eq!(withdraw("clerk", 1).await.problem(), (403, "forbidden".to_owned()));
    assert_eq!(withdraw("chief", 2).await.problem(), (404, "not_found".to_owned()), "it is for everybody");
    assert_eq!(withdraw("chief", 1).await.json()["state"], "withdrawn");
    assert_eq!(withdraw("boss", 1).await.problem(), (409, "conflict".to_owned()), "once");
    assert_eq!(listed(&hall, "clerk").await, of(&[("全区", "shown")]));
    let filter = AuditFilter { text: Some("announcement.".to_owned()), limit: 10, ..AuditFilter::default() };
    let trail = hall.city.database.audited(hall.city.row.id, &filter).expect("trail");
    let acts: Vec<(&str, &str, &str)> =
        trail.iter().map(|entry| (&*entry.row.act, &*entry.row.object, &*entry.row.reason)).collect();
    let expected = [
        ("announcement.withdraw", "1", "写错了"),
        ("announcement.place", "全区", ""),
        ("announcement.place", "通知", ""),
    ];
    assert_eq!(acts, expected);
}

#[tokio::test]
async fn a_department_is_told_by_itself_and_an_old_one_that_stands_is_never_lost() {
    let hall = opened().await;
    place(&hall, "boss", notice("长期", json!({"to": null}))).await;
    for (title, department) in [("税务", "D1"), ("公积金", "D3")] {
        let placed = place(&hall, "boss", notice(title, json!({"department": department}))).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{placed:?}");
        assert_eq!(placed.json()["department"], department);
    }
    assert_eq!(listed(&hall, "clerk").await, of(&[("税务", "shown"), ("长期", "shown")]));
    assert_eq!(listed(&hall, "chief").await, of(&[("税务", "shown"), ("长期", "shown")]));
    let chief = ask(&hall, "chief", Method::GET, ANNOUNCEMENTS, None).await.json();
    let codes = |list: &Value| -> Vec<String> {
        list.as_array().expect("list").iter().map(|one| one["code"].as_str().expect("code").to_owned()).collect()
    };
    let to = &chief["addressees"];
    assert_eq!((codes(&to["halls"]), &to["everybody"]), (vec!["H1".to_owned()], &json!(false)), "{to}");
    assert!(codes(&to["departments"]).contains(&"D1".to_owned()), "{to}");
    assert!(!codes(&to["departments"]).contains(&"D3".to_owned()), "{to}");
    let clerk = ask(&hall, "clerk", Method::GET, ANNOUNCEMENTS, None).await.json();
    assert_eq!(clerk["addressees"], json!({"everybody": false, "halls": [], "departments": []}));

    // Behind hundreds that are over it is shown, listed and withdrawn.
    let region = hall.city.row.id;
    let mut over = hall.city.database.announcement(region, 1).expect("read").expect("the first");
    over.ends = Some(jifen_core::time::Instant(over.begins.0 + 1));
    let audit = jifen_store::AuditRow {
        region,
        at: NOW,
        kind: jifen_store::AuditKind::Change,
        actor: "boss".to_owned(),
        address: String::new(),
        act: "announcement.place".to_owned(),
        object: String::new(),
        reason: String::new(),
        request: String::new(),
    };
    for _ in 0..210 {
        hall.city.database.auditing(&audit).add_announcement(&over).expect("added");
    }
    assert_eq!(listed(&hall, "clerk").await, of(&[("税务", "shown"), ("长期", "shown")]));
    let (boss, _) = hall.sign_in("boss", PASSWORD).await;
    let standing = hall.get(&boss, &format!("{ANNOUNCEMENTS}?standing=true")).await.json();
    assert_eq!((standing["items"].as_array().map(Vec::len), &standing["next"]), (Some(3), &Value::Null));
    let (mut pages, mut titles, mut cursor) = (0, Vec::new(), String::new());
    loop {
        let page = hall.get(&boss, &format!("{ANNOUNCEMENTS}?limit=100{cursor}")).await.json();
        pages += 1;
        titles.extend(page["items"].as_array().expect("items").iter().map(|one| one["title"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((pages, titles.len(), titles.last()), (3, 213, Some(&json!("长期"))));
    let path = format!("{ANNOUNCEMENTS}/1/withdrawal");
    let gone = hall.ask(&boss, Method::POST, &path, Some(json!({"reason": "期满"}))).await;
    assert_eq!(gone.json()["state"], "withdrawn");
    assert_eq!(listed(&hall, "clerk").await, of(&[("税务", "shown")]));
    for query in ["standing=maybe", "cursor=zz", "limit=0"] {
        assert_eq!(hall.get(&boss, &format!("{ANNOUNCEMENTS}?{query}")).await.problem().0, 400, "{query}");
    }
}
