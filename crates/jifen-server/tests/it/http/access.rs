//! Who may do what: every role against every kind of request.

use axum::{
    body::Body,
    http::{Method, Request},
};
use jifen_core::{
    event::{EventType, Family, TYPES},
    id::Digest,
};
use jifen_server::auth::{Credential, Decision, Grant, Permission, Principal, Role, decide_append};
use jifen_store::{RegionId, RegionRow};
use serde_json::json;

use crate::city::{City, event, rating};

const READS: [&str; 15] = [
    "/api/v1/region",
    "/api/v1/rules",
    "/api/v1/leaderboard",
    "/api/v1/entries",
    "/api/v1/search?q=a",
    "/api/v1/holds",
    "/api/v1/anomalies",
    "/api/v1/now",
    "/api/v1/now/services",
    "/api/v1/now/windows",
    "/api/v1/now/cases",
    "/api/v1/now/ratings",
    "/api/v1/data_quality",
    "/api/v1/unknown_codes",
    "/metrics",
];

#[tokio::test]
async fn keys_are_needed_and_checked() {
    let city = City::new();
    for path in READS.into_iter().chain(["/api/v1/catalogue", "/api/v1/quarantine"]) {
        let without = city.send(Request::get(path).body(Body::empty()).expect("request")).await;
        assert_eq!(without.problem(), (401, "key_missing".to_owned()), "{path}");
        assert!(without.header("www-authenticate").starts_with("Bearer"));
        for bad in ["jifen_00", "x", &format!("jifen_{}", "0".repeat(64))] {
            assert_eq!(city.get(bad, path).await.problem(), (401, "key_unknown".to_owned()), "{path}");
        }
    }
    for path in ["/healthz", "/readyz", "/api/openapi.json"] {
        let open = city.send(Request::get(path).body(Body::empty()).expect("request")).await;
        assert_eq!(open.status.as_u16(), 200, "{path}");
    }
}

#[tokio::test]
async fn sources_read_the_catalogue_only() {
    let city = City::new();
    let source = city.key("source", &[]);
    for path in READS.into_iter().chain(["/api/v1/quarantine", "/api/v1/entries/3301/1", "/api/v1/subjects/person/a"]) {
        assert_eq!(city.get(&source, path).await.problem(), (403, "forbidden".to_owned()), "{path}");
    }
    assert_eq!(city.get(&source, "/api/v1/catalogue").await.status.as_u16(), 200);
    let schema = city.get(&source, "/api/v1/catalogue/jifen.rating.submitted").await.json();
    assert_eq!(schema["properties"]["level"]["maximum"], 5);
    let unknown = city.get(&source, "/api/v1/catalogue/jifen.rating.lost").await;
    assert_eq!(unknown.problem(), (404, "not_found".to_owned()));
    for role in ["staff", "manager", "administrator"] {
        let key = city.key(role, &[]);
        for path in READS {
            assert_eq!(city.get(&key, path).await.status.as_u16(), 200, "{role} {path}");
        }
    }
    let staff = city.key("staff", &[]);
    assert_eq!(city.get(&staff, "/api/v1/quarantine").await.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn a_key_sees_its_own_region_only() {
    let city = City::new();
    city.open_hall().await;
    let other = city.database.region("3302").expect("read").expect("region");
    let stranger = city.key_of(&other, "staff", &[]);
    for path in ["/api/v1/leaderboard?region=3301", "/api/v1/entries?region=3301", "/api/v1/entries/3301/1"] {
        assert_eq!(city.get(&stranger, path).await.problem(), (404, "not_found".to_owned()), "{path}");
    }
    let own = city.get(&stranger, "/api/v1/leaderboard?region=3302").await.json();
    assert_eq!(own["items"], json!([]));
    let source = city.key_of(&other, "source", &[]);
    let posted = city.post_one(&source, &rating("1", 5)).await;
    assert_eq!(posted.json()["results"][0]["position"], 1);
    assert_eq!(city.database.head(other.id).expect("head").journal, 1);
}

#[tokio::test]
async fn rights_are_decided_per_event() {
    let city = City::new();
    let time = "2026-11-23T10:00:00+08:00";
    let batch = [
        rating("1", 5),
        event("2", "queue.taken", time, json!({"service": "A1"})),
        event("3", "hold.placed", time, json!({"fact": "0".repeat(32)})),
        event("4", "organisation.hall", time, json!({"hall": "H"})),
        event("5", "recalculation.step", time, json!({"intent": 1})),
        event("6", "engine.adopted", time, json!({"semantics": 1})),
    ];
    for (role, types, accepted) in [
        ("source", &[][..], &["1", "2"][..]),
        ("source", &["jifen.queue."], &["2"]),
        ("manager", &[], &["3"]),
        ("administrator", &[], &["1", "2", "3", "4"]),
    ] {
        let key = city.key(role, types);
        let answer = city.post_batch(&key, &batch).await.json();
        for result in answer["results"].as_array().expect("results") {
            let id = result["id"].as_str().expect("id");
            let taken = result["status"] == "accepted" || result["status"] == "repeated";
            assert_eq!(taken, accepted.contains(&id), "{role} {types:?}: {result}");
            assert!(taken || (result["status"] == "rejected" && result["pointer"] == "/type"), "{role}: {result}");
        }
    }
    for role in ["screen", "staff"] {
        let refused = city.post_batch(&city.key(role, &[]), &batch).await;
        assert_eq!(refused.problem(), (403, "forbidden".to_owned()), "{role} sends nothing at all");
    }
}

#[test]
fn every_type_has_a_decision_for_every_role() {
    let region = RegionRow { id: RegionId(1), code: "r".to_owned() };
    let may = |role, kind| {
        let credential = Credential::Key(Digest([0; 32]));
        let (name, region) = ("n".to_owned(), region.clone());
        let grants = vec![Grant::of(role)];
        let principal = Principal { name, role, grants, region, types: Vec::new(), person: None, credential };
        decide_append(&principal, kind) == Decision::Allowed
    };
    for spec in TYPES {
        let world = !matches!(spec.family, Family::Organisation | Family::Decision | Family::Engine);
        let managed = [
            "jifen.period.",
            "jifen.hold.",
            "jifen.roster.",
            "jifen.post.",
            "jifen.actor.",
            "jifen.exemption.",
            "jifen.leave.",
        ];
        let managed = managed.iter().any(|prefix| spec.name.starts_with(prefix));
        let engine = [EventType::RecalculationStep, EventType::EngineAdopted].contains(&spec.kind);
        // Drafts and approvals have a way of their own, which needs an account.
        let draft = spec.name.starts_with("jifen.ruleset.") && spec.kind != EventType::RulesetPublished;
        assert_eq!(may(Role::Source, spec.kind), world, "{}", spec.name);
        let reads = [Role::Screen, Role::Clerk, Role::Staff];
        assert!(reads.into_iter().all(|role| !may(role, spec.kind)), "{}", spec.name);
        assert_eq!(may(Role::Manager, spec.kind), managed, "{}", spec.name);
        assert_eq!(may(Role::Administrator, spec.kind), !engine && !draft, "{}", spec.name);
    }
}

/// Staff read what is wrong; managers mend it; windows and matters are the administrator's.
#[tokio::test]
async fn decisions_on_data_quality_need_their_role() {
    let city = City::new();
    city.open_hall().await;
    let source = city.key("source", &[]);
    city.post_one(&source, &rating("bad", 9)).await;
    let fact = "0".repeat(32);
    let person = json!({"kind": "person", "source": "hall", "code": "x1"});
    let window = json!({"kind": "window", "code": "9"});
    let hold = json!({"verdict": "released", "digest": "", "reason": "seen"});
    let (hold_path, mend_path) = (format!("/api/v1/holds/{fact}/judgements"), "/api/v1/quarantine/1/mending");
    let mending = json!({"event": rating("bad", 8)});
    let aside = ("/api/v1/quarantine/1/setting_aside", json!({"reason": "a test"}));
    let requests = [
        ("/api/v1/identifications", &person, ["manager", "administrator"].as_slice(), 200),
        ("/api/v1/identifications", &window, &["administrator"], 200),
        (&hold_path, &hold, &["manager", "administrator"], 404),
        (mend_path, &mending, &["manager", "administrator"], 422),
        (aside.0, &aside.1, &["manager"], 204),
    ];
    for (path, body, allowed, status) in requests {
        for role in ["source", "staff", "manager", "administrator"] {
            let answer = city.post_json(&city.key(role, &[]), path, body).await;
            if allowed.contains(&role) {
                assert_eq!(answer.status.as_u16(), status, "{role} {path}: {answer:?}");
            } else if !(path == aside.0 && role == "administrator") {
                assert_eq!(answer.problem(), (403, "forbidden".to_owned()), "{role} {path}");
            }
        }
        let without = Request::post(path).header("content-type", "application/json");
        let without = city.send(without.body(body.to_string().into()).expect("request")).await;
        assert_eq!(without.problem(), (401, "key_missing".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let city = City::new();
    let key = city.key("staff", &[]);
    assert_eq!(city.get(&key, "/api/v1/nothing").await.problem(), (404, "not_found".to_owned()));
    let deleted = Request::builder().method(Method::DELETE).uri("/api/v1/leaderboard");
    let deleted = city.send(deleted.body(Body::empty()).expect("request")).await;
    assert_eq!(deleted.problem(), (405, "method_not_allowed".to_owned()));
}

/// Rule R1: deny by default, and one permission for each operation.
#[test]
fn every_operation_names_one_permission_or_is_for_everybody() {
    const OPEN: [&str; 10] = [
        "get /api/v1/public",
        "get /api/v1/public/{region}",
        "get /api/v1/public/{region}/drafts",
        "get /api/v1/sign_in",
        "get /healthz",
        "get /readyz",
        "post /api/v1/public/{region}/drafts/{digest}/opinions",
        "post /api/v1/sessions",
        "post /api/v1/sessions/provider",
        "post /api/v1/sessions/provider/answer",
    ];
    let document: serde_json::Value = serde_json::from_str(&jifen_server::router::openapi()).expect("document");
    let mut open = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let named = operation["x-permission"].as_str();
            let named = named.unwrap_or_else(|| panic!("{method} {path} names no permission"));
            if named == "public" {
                open.push(format!("{method} {path}"));
                assert_eq!(operation["security"], json!([{}]), "{method} {path}");
            } else {
                assert!(Permission::parse(named).is_some(), "{method} {path}: {named}");
                assert!(operation["security"].is_null(), "{method} {path} is not for everybody");
            }
        }
    }
    open.sort();
    assert_eq!(open, OPEN);
}

/// Rule R4: who has one role fewer may do nothing more.
#[test]
fn taking_a_role_away_adds_nothing() {
    let region = RegionRow { id: RegionId(1), code: "r".to_owned() };
    let of = |roles: &[Role]| {
        let grants = roles.iter().copied().map(Grant::of).collect();
        let credential = Credential::Key(Digest([0; 32]));
        let (name, role, region) = ("n".to_owned(), roles[0], region.clone());
        Principal { name, role, grants, region, types: Vec::new(), person: None, credential }
    };
    let may = |roles: &[Role]| of(roles).permissions().collect::<Vec<_>>();
    for one in Role::ALL.iter().copied() {
        for other in Role::ALL.iter().copied() {
            let both = may(&[one, other]);
            assert!(may(&[one]).iter().all(|permission| both.contains(permission)), "{one:?} {other:?}");
        }
    }
    assert_eq!(may(&[Role::None]), []);
}
