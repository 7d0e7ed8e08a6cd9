//! The audit trail: every change and every reading of what is personal leaves one entry; the audit administrator reads them all.

use axum::http::Method;
use jifen_server::auth::hash_password;
use jifen_store::AccountRow;
use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::{City, NOW, rating};

const AUDIT: &str = "/api/v1/audit";

struct Trail {
    hall: Hall,
    office: String,
    shen: String,
}

impl Trail {
    async fn new() -> Self {
        let city = City::new();
        city.open_hall().await;
        let source = city.key("source", &[]);
        city.post_one(&source, &rating("bad", 9)).await;
        let hall = Hall::of(city);
        hall.account("office", "administrator", false);
        hall.account("shen", "audit_administrator", false);
        let (office, _) = hall.sign_in("office", PASSWORD).await;
        let (shen, _) = hall.sign_in("shen", PASSWORD).await;
        Self { hall, office, shen }
    }

    async fn listed(&self, query: &str) -> Vec<Value> {
        let answer = self.hall.get(&self.shen, &format!("{AUDIT}{query}")).await;
        assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
        answer.json()["items"].as_array().expect("items").clone()
    }

    async fn newest(&self) -> Value {
        // Reading the trail is an entry itself, written after what it reads.
        self.listed("?limit=1").await.remove(0)
    }

    async fn does(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        status: u16,
        (act, object, reason): (&str, &str, &str),
    ) {
        let answer = self.hall.ask(&self.office, method.clone(), path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {answer:?}");
        let told = self.newest().await;
        assert_eq!(
            (&told["act"], &told["object"], &told["reason"]),
            (&json!(act), &json!(object), &json!(reason)),
            "{told}"
        );
        assert_eq!(told["actor"], "administrator:account/office");
        assert_eq!(told["request"], answer.header("x-request-id"), "an entry names its request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_leaves_one_entry() {
    let trail = Trail::new().await;
    let accounts = "/api/v1/accounts";
    trail
        .does(
            Method::POST,
            accounts,
            Some(json!({"name": "lan", "role": "staff"})),
            201,
            ("account.make", "lan staff", ""),
        )
        .await;
    trail.does(Method::POST, "/api/v1/accounts/lan/password", None, 200, ("account.reset", "lan", "")).await;
    let grant = json!({"role": "window_lead", "place": "7", "reason": "rota"});
    trail
        .does(
            Method::POST,
            "/api/v1/accounts/lan/grants",
            Some(grant),
            201,
            ("role.grant", "lan window_lead 7", "rota"),
        )
        .await;
    let revocation = Some(json!({"reason": "moved"}));
    trail
        .does(
            Method::POST,
            "/api/v1/accounts/lan/grants/1/revocation",
            revocation,
            204,
            ("role.revoke", "lan 1", "moved"),
        )
        .await;
    trail.does(Method::POST, "/api/v1/accounts/lan/disabling", None, 204, ("account.disable", "lan", "")).await;
    let key = json!({"name": "queue", "role": "source"});
    trail.does(Method::POST, "/api/v1/keys", Some(key), 201, ("key.issue", "queue source", "")).await;
    trail.does(Method::DELETE, "/api/v1/keys/queue", None, 204, ("key.remove", "queue", "")).await;
    let aside = Some(json!({"reason": "a test"}));
    trail
        .does(Method::POST, "/api/v1/quarantine/1/setting_aside", aside, 204, ("quarantine.set_aside", "1", "a test"))
        .await;
    let person = Some(json!({"kind": "person", "source": "hall", "code": "x1"}));
    trail.does(Method::POST, "/api/v1/identifications", person, 200, ("identity.decide", "identifications", "")).await;
    let seat = Some(json!({"account": "shen", "seat": "staff"}));
    trail.does(Method::POST, "/api/v1/committee/members", seat, 200, ("committee.seat", "committee/members", "")).await;
    // What failed changed nothing and leaves nothing.
    let before = trail.listed("?kind=change&limit=1000").await.len();
    for (method, path) in [
        (Method::POST, "/api/v1/accounts/nobody/password"),
        (Method::POST, "/api/v1/accounts/nobody/disabling"),
        (Method::DELETE, "/api/v1/keys/nobody"),
    ] {
        assert_eq!(trail.hall.ask(&trail.office, method, path, None).await.status.as_u16(), 404, "{path}");
    }
    let taken = json!({"name": "lan", "role": "staff"});
    assert_eq!(trail.hall.ask(&trail.office, Method::POST, accounts, Some(taken)).await.status.as_u16(), 409);
    assert_eq!(trail.listed("?kind=change&limit=1000").await.len(), before);
    // Ten here, and the organisation that an administrator's key sent before.
    assert_eq!(before, 11);
    let verdict = trail.hall.city.database.verify_audit(trail.hall.city.row.id, None).expect("store");
    assert_eq!(verdict.broken, None);
    assert!(verdict.entries > before as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_of_what_is_personal_leave_entries_and_others_do_not() {
    let trail = Trail::new().await;
    for (path, object) in [
        ("/api/v1/quarantine", "quarantine"),
        ("/api/v1/services/A1", "services/A1"),
        ("/api/v1/leaderboard?format=csv", "leaderboard?format=csv"),
        ("/api/v1/entries?format=xlsx", "entries?format=xlsx"),
    ] {
        assert_eq!(trail.hall.get(&trail.office, path).await.status.as_u16(), 200, "{path}");
        let told = trail.newest().await;
        assert_eq!((&told["kind"], &told["object"]), (&json!("reading"), &json!(object)), "{told}");
    }
    for path in ["/api/v1/leaderboard", "/api/v1/region", "/api/v1/rules", "/api/v1/services/nothing"] {
        trail.hall.get(&trail.office, path).await;
        assert_eq!(trail.newest().await["act"], "audit.read", "{path}: who reads the trail is in it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_and_failing_to_is_told_without_what_was_typed() {
    let trail = Trail::new().await;
    let (lan, _) = {
        let row = AccountRow {
            region: trail.hall.city.row.id,
            name: "lan".to_owned(),
            role: "staff".to_owned(),
            password: hash_password(PASSWORD).expect("hash"),
            must_change: false,
            disabled: false,
            person: None,
            created: NOW,
        };
        trail.hall.city.database.add_account(&row).expect("account");
        trail.hall.sign_in("lan", PASSWORD).await
    };
    trail.hall.try_in("lan", "canary-password").await;
    trail.hall.try_in("canary-typed-in-the-wrong-box", PASSWORD).await;
    trail.hall.ask(&lan, Method::DELETE, "/api/v1/sessions/current", None).await;
    let told = trail.listed("?kind=sign_in").await;
    let brief: Vec<_> = told.iter().map(|entry| (entry["act"].as_str(), entry["actor"].as_str())).collect();
    let lan = Some("staff:account/lan");
    assert_eq!(
        brief[..4],
        [
            (Some("session.end"), lan),
            (Some("session.refused"), Some("unknown")),
            (Some("session.refused"), lan),
            (Some("session.open"), lan)
        ]
    );
    assert!(!json!(told).to_string().contains("canary"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_searched_paged_and_shown_to_whom_it_is_for() {
    let trail = Trail::new().await;
    for (name, role) in [("xi", "system_administrator"), ("lan", "manager")] {
        trail.hall.account(name, role, false);
    }
    let (xi, _) = trail.hall.sign_in("xi", PASSWORD).await;
    let (lan, _) = trail.hall.sign_in("lan", PASSWORD).await;
    assert_eq!(trail.hall.get(&lan, AUDIT).await.problem(), (403, "forbidden".to_owned()));
    let body = json!({"name": "new", "role": "none"});
    assert_eq!(trail.hall.ask(&xi, Method::POST, "/api/v1/accounts", Some(body)).await.status.as_u16(), 201);
    let own = trail.hall.get(&xi, AUDIT).await.json()["items"].as_array().expect("items").clone();
    assert_eq!(own.len(), 2, "{own:?}");
    assert!(own.iter().all(|entry| entry["actor"] == "system_administrator:account/xi"), "{own:?}");
    let others = trail.hall.get(&xi, &format!("{AUDIT}?actor=administrator:account/office")).await.json();
    assert_eq!(others["items"], json!([]), "the system administrator sees his own acts");
    assert_eq!(trail.listed("?q=new%20none").await.len(), 1);
    assert_eq!(trail.listed("?actor=system_administrator:account/xi&kind=change").await.len(), 1);
    assert_eq!(trail.listed("?from=2026-11-24").await.len(), 0);
    assert_eq!(trail.listed("?to=2026-11-22").await.len(), 0);
    let mut positions = Vec::new();
    let mut query = "?limit=2&to=2026-11-23&kind=sign_in".to_owned();
    loop {
        let page = trail.hall.get(&trail.shen, &format!("{AUDIT}{query}")).await.json();
        positions.extend(
            page["items"].as_array().expect("items").iter().map(|item| item["position"].as_u64().expect("position")),
        );
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&to=2026-11-23&kind=sign_in&cursor={next}");
    }
    assert_eq!(positions.len(), 4, "each once: {positions:?}");
    assert!(positions.windows(2).all(|pair| pair[0] > pair[1]), "{positions:?}");
    for path in ["?kind=everything", "?from=yesterday", "?limit=0", "?who=lan"] {
        assert_eq!(trail.hall.get(&trail.shen, &format!("{AUDIT}{path}")).await.status.as_u16(), 400, "{path}");
    }
    for (method, path) in [(Method::DELETE, AUDIT), (Method::POST, AUDIT)] {
        assert_eq!(
            trail.hall.ask(&trail.shen, method, path, None).await.status.as_u16(),
            405,
            "nothing writes or deletes it"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_leaves_as_a_file_and_its_chain_is_told() {
    let trail = Trail::new().await;
    let shen = async |path: String| trail.hall.get(&trail.shen, &path).await;
    let signed = shen(format!("{AUDIT}?kind=sign_in&format=csv")).await;
    assert_eq!(signed.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let text = String::from_utf8(signed.bytes).expect("UTF-8");
    assert_eq!(text.lines().count(), 3, "a header and two who signed in: {text}");
    assert!(text.contains("administrator:account/office") && !text.contains("change"), "{text}");
    assert!(shen(format!("{AUDIT}?format=xlsx")).await.bytes.starts_with(b"PK"));
    assert_eq!(shen(format!("{AUDIT}?format=pdf")).await.problem().0, 400);
    let chain = shen(format!("{AUDIT}/chain")).await.json();
    let verdict = trail.hall.city.database.verify_audit(trail.hall.city.row.id, None).expect("store");
    assert_eq!((&chain["broken"], verdict.entries), (&json!(null), chain["entries"].as_u64().expect("entries") + 1));
    // An officer's file has their own acts alone.
    trail.hall.account("an", "security_administrator", false);
    let (an, _) = trail.hall.sign_in("an", PASSWORD).await;
    for query in ["format=csv", "format=csv&actor=administrator:account/office"] {
        let own = trail.hall.get(&an, &format!("{AUDIT}?{query}")).await;
        assert!(!String::from_utf8_lossy(&own.bytes).contains("office"), "{query}");
    }
}
