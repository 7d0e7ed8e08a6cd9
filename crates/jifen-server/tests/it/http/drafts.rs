//! Drafts of rules over HTTP: put up, approved, noticed, in force by the clock; and who may do what.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use jifen_server::job;
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{Answer, City, RULES, STRUCTURED, event};

const DAY_MS: i64 = 24 * 3_600_000;
const MEMBERS: &str = "/api/v1/committee/members";
const DRAFTS: &str = "/api/v1/drafts";

/// A hall with a morning, accounts, and a committee of three kinds; the cookies of `chen` the manager, `root` the administrator
/// and the members.
struct Board {
    hall: Hall,
    root: String,
    chen: String,
    members: Vec<String>,
}

impl Board {
    async fn new() -> Self {
        let hall = Hall::new();
        for (name, role) in
            [("root", "administrator"), ("chen", "manager"), ("wang", "staff"), ("zhao", "staff"), ("sun", "clerk")]
        {
            hall.account(name, role, false);
        }
        let cookie = async |name: &str| hall.sign_in(name, PASSWORD).await.0;
        let (root, chen) = (cookie("root").await, cookie("chen").await);
        let members = vec![cookie("wang").await, cookie("zhao").await, cookie("sun").await];
        let board = Self { hall, root, chen, members };
        board.open_hall().await;
        for (account, seat) in [("wang", "staff"), ("zhao", "citizen"), ("sun", "expert")] {
            let given = board.post(&board.root, MEMBERS, json!({"account": account, "seat": seat})).await;
            assert_eq!(given.status.as_u16(), 200, "{}", given.json());
        }
        board
    }

    /// The events go to this server's own writer.
    async fn open_hall(&self) {
        for event in crate::city::morning() {
            let taken = self.event(event).await;
            assert_eq!(taken.statuses(), ["accepted"], "{}", taken.json());
        }
    }

    /// Sends an event as the administrator.
    async fn event(&self, event: Value) -> Answer {
        let request = Request::post("/api/v1/events")
            .header(header::HOST, "hall.example")
            .header(header::ORIGIN, "http://hall.example")
            .header(header::COOKIE, &self.root)
            .header(header::CONTENT_TYPE, STRUCTURED);
        self.hall.send(request.body(Body::from(event.to_string())).expect("request")).await
    }

    async fn post(&self, cookie: &str, path: &str, body: Value) -> Answer {
        self.hall.ask(cookie, Method::POST, path, Some(body)).await
    }

    async fn get(&self, cookie: &str, path: &str) -> Value {
        let answer = self.hall.get(cookie, path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.json());
        answer.json()
    }

    /// Tries a text and gives the what-if's number once it is done.
    async fn tried(&self, rules: &str) -> u64 {
        let asked = json!({"rules": rules, "from": "2026-11-23", "to": "2026-11-23"});
        let asked = self.post(&self.chen, "/api/v1/whatifs", asked).await;
        assert_eq!(asked.status.as_u16(), 202, "{}", asked.json());
        let id = asked.json()["id"].as_u64().expect("number");
        for _ in 0..2_000 {
            if self.get(&self.chen, &format!("/api/v1/whatifs/{id}")).await["state"] == "done" {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the what-if does not end")
    }

    async fn put_up(&self, rules: &str, from: &str) -> String {
        let whatif = self.tried(rules).await;
        let put = self
            .post(&self.chen, DRAFTS, json!({"whatif": whatif, "effective_from": from, "reason": "窗口反映时长偏紧"}))
            .await;
        assert_eq!(put.status.as_u16(), 201, "{}", put.json());
        put.json()["digest"].as_str().expect("digest").to_owned()
    }

    async fn approve(&self, cookie: &str, draft: &str) -> Answer {
        self.post(cookie, &format!("{DRAFTS}/{draft}/approvals"), json!({})).await
    }

    async fn days_pass(&self, days: i64) {
        // Sessions end before days do: everything after is asked by keys or signed in anew.
        self.hall.pass(days * DAY_MS);
        job::look(&self.hall.app, "test").await.expect("looked");
    }
}

/// Twenty-five minutes in place of twenty, and seven points in place of five.
fn edited() -> String {
    RULES
        .replace("20min", "25min")
        .replace("points = 5\n[[rule.band]]", "points = 7\n[[rule.band]]")
        .replace("effective_from = 2026-01-01\n", "")
        .replace("facts = [{ service_ms = \"18min\" }]\npoints = 5", "facts = [{ service_ms = \"18min\" }]\npoints = 7")
}

#[tokio::test(flavor = "multi_thread")]
async fn from_draft_to_explanation() {
    let board = Board::new().await;
    let draft = board.put_up(&edited(), "2026-11-23").await;
    let seen = board.get(&board.members[0], &format!("{DRAFTS}/{draft}")).await;
    assert_eq!(seen["draft"]["stage"], "collecting", "{seen}");
    assert_eq!((&seen["draft"]["works_back"], &seen["draft"]["author"]), (&json!(true), &json!("chen")));
    let parts = seen["difference"]["rules"][0]["parts"].as_array().expect("parts");
    assert!(parts.iter().any(|part| part["after"]["zh"] == "不超过 25 分钟：加 7 分"), "{parts:?}");
    assert_ne!(seen["whatif"]["total"]["change"], "0", "{}", seen["whatif"]);
    assert!(!seen["whatif"].to_string().contains("王岚"), "people are counted, not named");
    assert_eq!(
        seen["own"],
        json!({"approve": true, "disapprove": false, "withdraw": false, "replace": false, "opine": true})
    );

    for (cookie, stage) in board.members.iter().zip(["collecting", "collecting", "notice"]) {
        let approved = board.approve(cookie, &draft).await;
        assert_eq!(approved.status.as_u16(), 200, "{}", approved.json());
        assert_eq!(board.get(&board.chen, &format!("{DRAFTS}/{draft}")).await["draft"]["stage"], stage);
    }
    let listed = board.get(&board.chen, DRAFTS).await;
    assert_eq!(listed["items"][0]["notice_until"], "2026-11-30", "{listed}");
    assert_eq!(listed["items"][0]["approvals"][1]["seat"], "citizen");

    board.days_pass(7).await;
    let key = board.hall.city.key("manager", &[]);
    let with = async |path: &str| board.with_key(&key, path).await;
    assert_eq!(with(DRAFTS).await["items"][0]["stage"], "notice", "the last day counts in full");
    board.days_pass(1).await;
    let line = with(DRAFTS).await["items"][0].clone();
    assert_eq!((&line["stage"], &line["effective_from"]), (&json!("published"), &json!("2026-11-23")), "{line}");
    let book = with("/api/v1/rules?date=2026-11-23").await;
    assert_eq!(book["sets"][0]["without_approval"], false);
    assert_eq!(book["sets"][0]["approval"]["approvals"].as_array().map(Vec::len), Some(3), "{book}");
    // What was given is taken back and given anew, and the explanation cites the version and who approved it.
    let entries = with("/api/v1/entries?rule=service-time&period=2026-11-23&limit=100").await;
    let entries = entries["items"].as_array().expect("entries");
    assert!(entries.iter().any(|entry| entry["kind"] == "reversal"), "differences are posted visibly: {entries:?}");
    let newest = entries.iter().find(|entry| entry["points"] == "7").expect("an award of the draft");
    let why = with(&format!("/api/v1/entries/3301/{}", newest["position"])).await;
    assert_eq!(why["rule"]["version"], line["version"], "{}", why["rule"]);
    assert_eq!(why["rule"]["without_approval"], false);
    assert_eq!(why["rule"]["approval"]["draft"], json!(draft), "{}", why["rule"]);
    // Nothing of it twice.
    let head = board.hall.city.database.head(board.hall.city.row.id).expect("head");
    job::look(&board.hall.app, "another").await.expect("looked");
    assert_eq!(board.hall.city.database.head(board.hall.city.row.id).expect("head"), head);
}

impl Board {
    async fn with_key(&self, key: &str, path: &str) -> Value {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        let answer = self.hall.send(request.body(Body::empty()).expect("request")).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.json());
        answer.json()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_members_approve_and_only_people_put_up() {
    let board = Board::new().await;
    let draft = board.put_up(&edited(), "2027-01-01").await;
    let approvals = format!("{DRAFTS}/{draft}/approvals");
    for cookie in [&board.root, &board.chen] {
        assert_eq!(board.approve(cookie, &draft).await.problem(), (422, "event_refused".to_owned()));
    }
    let twin: City = board.hall.city.reopened();
    for role in ["staff", "manager", "administrator"] {
        let key = twin.key(role, &[]);
        assert_eq!(twin.post_json(&key, &approvals, &json!({})).await.problem().0, 403, "{role}");
        let new = json!({"whatif": 1, "effective_from": "2027-01-01"});
        assert_eq!(twin.post_json(&key, DRAFTS, &new).await.problem().0, 403, "{role}");
    }
    // Neither by the way of every event, nor past the committee.
    let forged = event("a", "ruleset.approved", "2026-11-23T12:00:00+08:00", json!({"draft": draft}));
    let refused = board.event(forged).await;
    assert_eq!(refused.statuses(), ["rejected"], "{}", refused.json());
    let past = event(
        "b",
        "ruleset.published",
        "2026-11-23T12:00:00+08:00",
        json!({"rules": edited(), "effective_from": "2026-11-23"}),
    );
    let refused = board.event(past).await;
    assert!(refused.json().to_string().contains("this region has a rule committee"), "{}", refused.json());
    assert_eq!(board.post(&board.chen, MEMBERS, json!({"account": "chen", "seat": "staff"})).await.problem().0, 403);
    assert_eq!(board.post(&board.root, MEMBERS, json!({"account": "nobody", "seat": "staff"})).await.problem().0, 400);
    let missing = format!("{DRAFTS}/{}/approvals", "ab".repeat(32));
    assert_eq!(board.post(&board.members[0], &missing, json!({})).await.problem().0, 404);
    // What was not tried cannot be put up.
    let untried = json!({"whatif": 99, "effective_from": "2027-01-01"});
    assert_eq!(board.post(&board.chen, DRAFTS, untried).await.problem().0, 404);
    let twice = board.approve(&board.members[0], &draft).await;
    assert_eq!(twice.status.as_u16(), 200);
    assert_eq!(board.approve(&board.members[0], &draft).await.problem().0, 422);
    let back = board.post(&board.members[0], &format!("{DRAFTS}/{draft}/approval_withdrawals"), json!({})).await;
    assert_eq!(back.status.as_u16(), 200, "{}", back.json());
    assert_eq!(board.get(&board.chen, &format!("{DRAFTS}/{draft}")).await["draft"]["approvals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_reads_and_speaks_in_the_days_of_notice() {
    let board = Board::new().await;
    let draft = board.put_up(&edited(), "2027-01-01").await;
    let hostile = "<script>alert(1)</script>\u{202e}';--";
    let opinion = json!({"opinion": hostile});
    let public = format!("/api/v1/public/3301/drafts/{draft}/opinions");
    assert_eq!(board.post("", &public, opinion.clone()).await.problem().0, 404, "the region shows nothing yet");
    let shows = event("public", "organisation.region", "2026-11-23T12:00:00+08:00", json!({"public": true}));
    assert_eq!(board.event(shows).await.statuses(), ["accepted"]);
    assert_eq!(board.get("", "/api/v1/public/3301/drafts").await["items"], json!([]));
    assert_eq!(board.post("", &public, opinion.clone()).await.problem().0, 422, "not before the notice");
    for cookie in &board.members {
        board.approve(cookie, &draft).await;
    }
    let shown = board.get("", "/api/v1/public/3301/drafts").await;
    assert_eq!(shown["items"][0]["draft"]["stage"], "notice");
    let text = shown.to_string();
    for name in ["wang", "chen", "七号", "偏紧"] {
        assert!(!text.contains(name), "{name} is not the public's: {text}");
    }
    for _ in 0..4 {
        assert_eq!(board.post("", &public, opinion.clone()).await.status.as_u16(), 204);
    }
    let signed = board.post(&board.members[2], &format!("{DRAFTS}/{draft}/opinions"), json!({"opinion": "同意"})).await;
    assert_eq!(signed.status.as_u16(), 200, "{}", signed.json());
    // One was counted before the notice began.
    let flood = board.post("", &public, opinion.clone()).await;
    assert_eq!(flood.problem(), (429, "too_many_opinions".to_owned()));
    assert_ne!(flood.header("retry-after"), "");
    assert_eq!(board.post("", &public, json!({"opinion": "  "})).await.problem().0, 400);
    assert_eq!(board.post("", &public, json!({"opinion": "长".repeat(2_001)})).await.problem().0, 429);
    let opinions = board.get(&board.chen, &format!("{DRAFTS}/{draft}")).await["opinions"].clone();
    assert_eq!((&opinions[0]["by"], &opinions[0]["text"]), (&json!("sun"), &json!("同意")));
    assert_eq!((&opinions[1]["by"], &opinions[1]["text"]), (&Value::Null, &json!(hostile)));
    let journal = board.hall.city.database.records_after(board.hall.city.row.id, 0, 1_000).expect("records");
    assert!(!format!("{journal:?}").contains("alert"), "the words are in the vault alone");
}
