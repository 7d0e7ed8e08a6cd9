//! Points by hand, by two: asked for within a place, decided by somebody who does not gain, given by the rules in force.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use jifen_store::{AccountRow, AuditFilter, GrantRow};
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, City, NOW, RULES, STRUCTURED, event};

const CORRECTIONS: &str = "/api/v1/approvals/corrections";

/// What `mei` is called: kept in the vault, and nowhere beside it.
const NAME: &str = "金丝雀";

/// Points for what is commended, from 1 to 10, for persons; for windows when they are.
const BOOK: &str = r#"
[[rule]]
id = "commended"
title = "表扬"
dimension = "quality"
on = "finding"
subject = "person"
when = 'fact.category == "commended" && fact.confirmed'
value = "fact.quantity"
range = { from = 1, to = 10, points = 1 }
[[rule]]
id = "window-commended"
title = "窗口表扬"
dimension = "quality"
on = "finding"
subject = "window"
when = 'fact.category == "window" && fact.confirmed'
points = 2
"#;

/// A hall of three windows with a lead, a head and two managers; `lan` and `mei` sit at window 7, `bo` at 8.
struct Led {
    hall: Hall,
}

impl Led {
    async fn new() -> Self {
        let city = City::new();
        let early = "2026-01-01T00:00:00+08:00";
        let mut events = vec![
            event(
                "region",
                "organisation.region",
                early,
                json!({"region": "3301", "time_zone": "Asia/Shanghai", "rank_facts_min": 1}),
            ),
            event("rules", "ruleset.published", early, json!({"rules": format!("{RULES}{BOOK}")})),
            event("h1", "organisation.hall", early, json!({"hall": "H1"})),
            event("h2", "organisation.hall", early, json!({"hall": "H2"})),
        ];
        for (window, department, hall) in [("7", "D1", "H1"), ("8", "D1", "H1"), ("9", "D2", "H2")] {
            events.push(event(
                &format!("d{window}"),
                "organisation.department",
                early,
                json!({"department": department, "hall": hall}),
            ));
            let data = json!({"window": window, "department": department, "hall": hall});
            events.push(event(&format!("w{window}"), "organisation.window", early, data));
        }
        for (person, place) in [
            ("lan", json!({"window": "7"})),
            ("mei", json!({"window": "7"})),
            ("bo", json!({"window": "8"})),
            ("far", json!({"window": "9"})),
            ("head", json!({"department": "D1"})),
            ("boss", json!({"hall": "H1"})),
            ("other", json!({"hall": "H2"})),
        ] {
            let mut data = place;
            data["person"] = person.into();
            if person == "mei" {
                data["person_name"] = NAME.into();
            }
            events.push(event(&format!("p{person}"), "organisation.person", early, data));
        }
        let answer = city.post_batch(&city.key("administrator", &[]), &events).await;
        assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
        let led = Self { hall: Hall::of(city) };
        for (name, role, kind, place) in [
            ("lan", "window_lead", "window", "7"),
            ("mei", "department_head", "department", "D1"),
            ("bo", "department_head", "department", "D1"),
            ("head", "department_head", "department", "D1"),
            ("boss", "hall_director", "hall", "H1"),
            ("other", "hall_director", "hall", "H2"),
            ("region", "manager", "region", ""),
        ] {
            led.add(name, role, (kind, place));
        }
        led
    }

    fn add(&self, name: &str, role: &str, (kind, place): (&str, &str)) {
        let region = self.hall.city.row.id;
        let row = AccountRow { person: Some(name.to_owned()), ..self.hall.row(name, "none", false) };
        let grant = GrantRow {
            region,
            number: 0,
            account: name.to_owned(),
            role: role.to_owned(),
            place_kind: kind.to_owned(),
            place: place.to_owned(),
            begins: NOW,
            ends: None,
            reason: "a test".to_owned(),
            granted: NOW,
            granted_by: "test".to_owned(),
            revoked: None,
            revoked_by: None,
        };
        self.hall.city.database.add_account_with(&row, &[grant]).expect("account");
    }

    async fn post(&self, name: &str, path: &str, body: Value) -> Answer {
        let (cookie, _) = self.hall.sign_in(name, PASSWORD).await;
        self.hall.ask(&cookie, Method::POST, path, Some(body)).await
    }

    async fn get(&self, name: &str, path: &str) -> Value {
        let (cookie, _) = self.hall.sign_in(name, PASSWORD).await;
        self.hall.get(&cookie, path).await.json()
    }

    async fn ask(&self, name: &str, correction: Value) -> Answer {
        self.post(name, CORRECTIONS, json!({"correction": correction, "reason": "文件 12 号"})).await
    }

    async fn asked(&self, name: &str, correction: Value) -> u64 {
        let asked = self.ask(name, correction).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{asked:?}");
        asked.json()["number"].as_u64().expect("number")
    }

    async fn decide(&self, name: &str, number: u64, approve: bool) -> Answer {
        self.post(name, &format!("{CORRECTIONS}/{number}"), json!({"approve": approve, "note": "seen"})).await
    }

    /// Points of all that was given for findings.
    async fn given(&self) -> Vec<(String, String)> {
        let listed = self.get("region", "/api/v1/entries?limit=100").await;
        let of = |item: &Value, member: &str| item[member].as_str().unwrap_or_default().to_owned();
        let mut all: Vec<_> = listed["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| (of(item, "subject"), of(item, "points")))
            .collect();
        all.sort();
        all
    }

    /// The numbers somebody sees, and whether they may decide.
    async fn listed(&self, name: &str) -> Vec<(u64, bool)> {
        let listed = self.get(name, "/api/v1/approvals").await;
        let of = |item: &Value| (item["number"].as_u64().expect("number"), item["may_decide"] == true);
        listed["items"].as_array().unwrap_or_else(|| unreachable!("{listed}")).iter().map(of).collect()
    }
}

fn commended(person: &str, quantity: u32) -> Value {
    json!({"kind": "person", "code": person, "category": "commended", "quantity": quantity})
}

#[tokio::test]
async fn points_by_hand_are_asked_for_by_one_and_given_by_the_rules_once_another_agrees() {
    let led = Led::new().await;
    let rehearsed = led.post("lan", &format!("{CORRECTIONS}/rehearsals"), commended("mei", 3)).await.json();
    assert_eq!((&rehearsed["entries"], &rehearsed["subjects"][0]["points"]), (&json!(1), &json!("3")), "{rehearsed}");
    let number = led.asked("lan", commended("mei", 3)).await;
    assert_eq!(led.given().await, [], "nothing before somebody else agrees");
    let waiting = led.get("boss", "/api/v1/approvals").await["items"][0].clone();
    assert_eq!(waiting["object"], "person/mei commended ×3");
    assert_eq!(waiting["effect"], json!([{"kind": "person", "code": "mei", "name": NAME, "points": "3"}]));
    let kept = led.hall.city.database.approval(led.hall.city.row.id, number).expect("store").expect("it");
    assert!(kept.body.contains("mei") && !kept.body.contains(NAME), "{}", kept.body);
    assert_eq!(led.decide("boss", number, false).await.json()["state"], "refused");
    assert_eq!(led.given().await, []);
    let number = led.asked("lan", commended("mei", 3)).await;
    let approved = led.decide("boss", number, true).await;
    assert_eq!((approved.status, &approved.json()["state"]), (StatusCode::OK, &json!("approved")), "{approved:?}");
    assert_eq!(led.given().await, [("mei".to_owned(), "3".to_owned())]);
    assert_eq!(led.decide("boss", number, true).await.problem(), (409, "conflict".to_owned()), "once");
    assert_eq!(led.given().await.len(), 1);
    // It is explained like any other: the rule, the finding, who asked; the trail tells who agreed.
    let entry = led.get("region", "/api/v1/entries?limit=1").await["items"][0].clone();
    let why = led.get("region", &format!("/api/v1/entries/3301/{}", entry["position"])).await.to_string();
    for said in ["commended", "finding", &format!("approval-{number}"), r#""window":"7""#, r#""hall":"H1""#] {
        assert!(why.contains(said), "{said}: {why}");
    }
    let (database, region) = (&led.hall.city.database, led.hall.city.row.id);
    let head = database.head(region).expect("head").journal;
    assert_eq!(database.records(region, &[head]).expect("records")[0].by, "window_lead:account/lan");
    let filter = AuditFilter { text: Some("approval.".to_owned()), limit: 100, ..Default::default() };
    let trail = led.hall.city.database.audited(led.hall.city.row.id, &filter).expect("trail");
    let told: Vec<_> = trail.iter().map(|one| (&one.row.actor[..], &one.row.act[..])).collect();
    assert_eq!(told[0], ("hall_director:account/boss", "approval.approve"), "{told:?}");
    assert!(trail[0].row.object.contains("person/mei commended"), "{:?}", trail[0].row);
    assert_eq!(told[1], ("window_lead:account/lan", "approval.ask"));
    // A past day, and the rule that is for windows.
    let window = json!({"kind": "window", "code": "7", "category": "window", "date": "2026-11-20"});
    let number = led.asked("boss", window).await;
    assert_eq!(led.decide("region", number, true).await.status, StatusCode::OK);
    assert_eq!(led.given().await[0], ("7".to_owned(), "2".to_owned()));
    let listed = led.get("region", "/api/v1/entries").await;
    let of_window = listed["items"].as_array().expect("items").iter().find(|item| item["subject"] == "7");
    assert_eq!(of_window.expect("its entry")["business_date"], "2026-11-20", "{listed}");
}

#[tokio::test]
async fn nobody_asks_or_decides_who_gains_or_sits_beside() {
    let led = Led::new().await;
    // One's own; somebody who is not there, or of another place; what no rule knows; what is out of the rule's range.
    for (name, correction, expected) in [
        ("lan", commended("lan", 3), 409),
        ("lan", commended("bo", 3), 404),
        ("lan", commended("nobody", 3), 404),
        ("boss", commended("far", 3), 404),
        ("boss", json!({"kind": "person", "code": "mei", "category": "unheard"}), 409),
        ("boss", commended("mei", 11), 409),
        ("boss", json!({"kind": "wizard", "code": "mei", "category": "commended"}), 400),
        ("boss", json!({"kind": "person", "code": "mei", "category": "commended", "date": "2026-11-24"}), 400),
        ("boss", json!({"kind": "person", "code": "mei", "category": "commended", "date": "soon"}), 400),
        ("boss", json!({"kind": "person", "code": "mei", "category": "x".repeat(200), "quantity": 3}), 422),
        ("boss", json!({"kind": "person", "code": "mei", "category": "commended", "points": 3}), 400),
    ] {
        let refused = led.ask(name, correction.clone()).await;
        assert_eq!(refused.status.as_u16(), expected, "{name} {correction}: {refused:?}");
    }
    let number = led.asked("boss", commended("lan", 3)).await;
    // Who asks; whose points they are; who sits beside; who is of another hall.
    for (name, expected) in [("boss", 409), ("lan", 403), ("mei", 409), ("other", 404)] {
        assert_eq!(led.decide(name, number, true).await.status.as_u16(), expected, "{name}");
        assert_eq!(led.decide(name, number, false).await.status.as_u16(), expected, "{name}");
    }
    assert_eq!(led.given().await, []);
    for (name, expected) in [
        ("boss", vec![(number, false)]),
        ("mei", vec![(number, false)]),
        ("lan", vec![(number, false)]),
        ("bo", vec![(number, true)]),
        ("head", vec![(number, true)]),
        ("region", vec![(number, true)]),
        ("other", vec![]),
    ] {
        assert_eq!(led.listed(name).await, expected, "{name}");
    }
    // A window's points: whoever is rostered there today is one of those who gain.
    let window = json!({"kind": "window", "code": "7", "category": "window"});
    let of_window = led.asked("boss", window).await;
    let shift = json!({"person": "bo", "window": "7", "from": "2026-11-23T08:00:00+08:00"});
    let shift = event("shift", "roster.assigned", "2026-11-23T08:00:00+08:00", shift);
    let request = Request::post("/api/v1/events")
        .header("authorization", format!("Bearer {}", led.hall.city.key("administrator", &[])))
        .header("content-type", STRUCTURED)
        .body(Body::from(shift.to_string()));
    assert_eq!(led.hall.send(request.expect("request")).await.statuses(), ["accepted"]);
    for name in ["mei", "bo"] {
        assert_eq!(led.decide(name, of_window, true).await.problem(), (409, "conflict".to_owned()), "{name}");
    }
    assert_eq!(led.decide("bo", number, true).await.status.as_u16(), 409, "beside her today");
    assert_eq!(led.decide("head", of_window, true).await.status, StatusCode::OK);
    assert_eq!(led.decide("head", number, true).await.status, StatusCode::OK);
    assert_eq!(led.given().await, [("7", "2"), ("lan", "3")].map(|(who, points)| (who.to_owned(), points.to_owned())));
    // Other acts of two are not shown to who answers for a place.
    led.add("sec", "security_administrator", ("region", ""));
    led.add("new", "none", ("region", ""));
    let office = json!({"account": "new", "grant": {"role": "audit_administrator", "reason": "文件"}});
    let asked = led.post("sec", "/api/v1/approvals/grants", office).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{asked:?}");
    assert_eq!((led.listed("boss").await.len(), led.listed("region").await.len()), (2, 3));
}
