//! The matrix over HTTP: every route × every role in every place × {own, same window, same department, same hall, other hall, other
//! region} must answer as `policy.toml` says, and nothing of the other hall may be in any answer to whoever sees one hall.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use jifen_server::auth::{HolderKind, Key, Permission, PlaceKind, Role, Scope, policy};
use jifen_store::{AccountRow, GrantRow, RegionRow, SessionRow};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::city::{City, NOW, RULES, event};

/// What somebody asks about, from their own to what is not theirs at all.
const RELATIONS: [&str; 6] = ["own", "window", "department", "hall", "canary", "far"];
/// How far one must see to see the person of a relation; nobody sees another region.
const REGION: usize = 4;
const NOBODY: usize = 5;
/// In every code and name of the other hall.
const CANARY: &str = "canary";

/// Where each relation's person sits: hall, department, window.
fn seat(relation: &str) -> (&'static str, &'static str, &'static str) {
    match relation {
        "own" | "window" => ("H1", "D1", "W1"),
        "department" => ("H1", "D1", "W2"),
        "hall" => ("H1", "D2", "W3"),
        "canary" => ("canary-hall", "canary-department", "canary-window"),
        _ => ("far-hall", "far-department", "far-window"),
    }
}

/// Organisation and a morning of a region: each person served somebody, accepted a case, was rated, and has a service on hold.
fn morning(region: &str, relations: &[&str]) -> Vec<Value> {
    let early = "2026-01-01T00:00:00+08:00";
    let settings = json!({"region": region, "name": region, "time_zone": "Asia/Shanghai", "rank_facts_min": 1});
    let mut events = vec![
        event("region", "organisation.region", early, settings),
        event("rules", "ruleset.published", early, json!({"rules": RULES})),
    ];
    for relation in relations {
        let (hall, department, window) = seat(relation);
        let name = |code: &str| format!("{code} name");
        for (kind, data) in [
            ("hall", json!({"hall": hall, "name": name(hall)})),
            ("department", json!({"department": department, "name": name(department), "hall": hall})),
            ("window", json!({"window": window, "name": name(window), "hall": hall, "department": department})),
        ] {
            events.push(event(&format!("{kind}-{relation}"), &format!("organisation.{kind}"), early, data));
        }
        let post = json!({"person": format!("{relation}-person"), "post": "lead", "window": window, "from": early});
        events.push(event(&format!("post-{relation}"), "post.assigned", early, post));
        let person = json!({"person": format!("{relation}-person"), "person_name": format!("{relation} name"), "window": window});
        events.push(event(&format!("person-{relation}"), "organisation.person", early, person));
    }
    for (number, relation) in relations.iter().enumerate() {
        let (_, _, window) = seat(relation);
        let person = format!("{relation}-person");
        let at = |minute: usize, second: i64| format!("2026-11-23T09:{minute:02}:{second:02}+08:00");
        let service = json!({"service": format!("{relation}-service"), "person": person, "window": window});
        let brief = json!({"service": format!("{relation}-brief"), "person": person, "window": window});
        let case = json!({"case": format!("{relation}-case"), "person": person, "window": window});
        let rated = json!({"service": format!("{relation}-service"), "level": 5, "mode": "active"});
        let mut add = |id: &str, kind: &str, time: String, data: &Value| {
            events.push(event(&format!("{id}-{relation}"), kind, &time, data.clone()));
        };
        add("start", "service.started", at(number, 0), &service);
        add("end", "service.ended", at(number + 17, 0), &service);
        add("brief", "service.started", at(number + 20, 0), &brief);
        add("briefly", "service.ended", at(number + 20, 5), &brief);
        add("accept", "case.accepted", at(number + 30, 0), &case);
        add("rate", "rating.submitted", at(number + 31, 0), &rated);
    }
    events
}

/// One who asks: a role in a place.
struct Asker {
    role: Role,
    place: PlaceKind,
    header: (header::HeaderName, String),
}

impl Asker {
    fn words(&self) -> String {
        format!("{} of a {} by {}", self.role.name(), self.place.name(), self.header.0)
    }

    fn is_account(&self) -> bool {
        self.header.0 == header::COOKIE
    }

    /// How far the asker sees by a permission; `None`: not at all.
    fn level(&self, permission: Permission) -> Option<usize> {
        let of_place = match self.place {
            PlaceKind::Person => 0,
            PlaceKind::Window => 1,
            PlaceKind::Department => 2,
            PlaceKind::Hall => 3,
            PlaceKind::Region => REGION,
        };
        let level = match policy().scope(self.role, permission)? {
            Scope::Own => 0,
            Scope::Place => of_place,
            Scope::Window => 1,
            Scope::Department => 2,
            Scope::Hall => 3,
            Scope::Region => REGION,
        };
        let personal = [
            Permission::DraftApprove,
            Permission::DraftPropose,
            Permission::RoleAcknowledge,
            Permission::ClosingApprove,
            Permission::UnmaskApprove,
            Permission::CorrectionAsk,
            Permission::CorrectionApprove,
        ]
        .contains(&permission);
        let own = [Permission::SessionOwn, Permission::SessionRead, Permission::FactorOwn].contains(&permission);
        let by_key = self.is_account() || !(personal || (own && level < REGION));
        (by_key && (level == REGION || !policy().is_region_wide(permission))).then_some(level)
    }
}

struct World {
    city: City,
    askers: Vec<Asker>,
    /// The ledger's position of each relation's entry, and the fact on hold.
    entries: BTreeMap<String, u64>,
    holds: BTreeMap<String, (String, String)>,
}

impl World {
    async fn new() -> Self {
        let city = City::new();
        let administrator = city.key("administrator", &[]);
        let answer = city.post_batch(&administrator, &morning("3301", &RELATIONS[..5])).await;
        assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
        let far = city.database.region("3302").expect("read").expect("region");
        let far_key = city.key_of(&far, "administrator", &[]);
        let answer = city.post_batch(&far_key, &morning("3302", &RELATIONS[5..])).await;
        assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
        let (mut entries, mut holds) = (BTreeMap::new(), BTreeMap::new());
        for (key, relations) in [(&administrator, &RELATIONS[..5]), (&far_key, &RELATIONS[5..])] {
            let listed = city.get(key, "/api/v1/entries?limit=1000").await.json();
            let held = city.get(key, "/api/v1/holds").await.json();
            for relation in relations {
                let of = |item: &&Value, member: &str| item[member] == format!("{relation}-person");
                let entry = listed["items"].as_array().expect("entries").iter().find(|item| of(item, "subject"));
                let hold = held["items"].as_array().expect("holds").iter().find(|item| of(item, "person"));
                let (entry, hold) = (entry.expect("an entry"), hold.expect("a hold"));
                entries.insert((*relation).to_owned(), entry["position"].as_u64().expect("position"));
                let text = |member: &str| hold[member].as_str().expect("text").to_owned();
                holds.insert((*relation).to_owned(), (text("fact"), text("digest")));
            }
        }
        for (key, hall) in [(&administrator, "H1"), (&administrator, "canary-hall"), (&far_key, "far-hall")] {
            let notice = json!({"title": format!("to {hall}"), "text": "closed on Saturday", "hall": hall});
            let placed = city.post_json(key, "/api/v1/announcements", &notice).await;
            assert_eq!(placed.status, StatusCode::CREATED, "{placed:?}");
        }
        let askers = askers(&city, &city.row);
        Self { city, askers, entries, holds }
    }

    async fn ask(&self, asker: &Asker, method: &str, path: &str, body: &Value) -> (u16, String) {
        let request = Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(path)
            .header(header::HOST, "hall.example")
            .header(header::ORIGIN, "http://hall.example")
            .header(&asker.header.0, &asker.header.1)
            .header(header::CONTENT_TYPE, "application/json");
        let body = if method == "get" { Body::empty() } else { Body::from(body.to_string()) };
        let response =
            self.city.router.clone().oneshot(request.body(body).expect("request")).await.expect("infallible");
        let status = response.status().as_u16();
        // A stream has no end.
        if path.starts_with("/api/v1/live") {
            return (status, String::new());
        }
        let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("body");
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Every role in every place it is held, by account and by key.
fn askers(city: &City, row: &RegionRow) -> Vec<Asker> {
    let mut askers = Vec::new();
    for role in Role::ALL.iter().copied() {
        let spec = policy().role(role).expect("role");
        if spec.holders.contains(&HolderKind::Key) {
            let bearer = format!("Bearer {}", city.key(role.name(), &[]));
            askers.push(Asker { role, place: PlaceKind::Region, header: (header::AUTHORIZATION, bearer) });
        }
        for place in spec.places.iter().copied().filter(|_| spec.holders.contains(&HolderKind::Account)) {
            let name = format!("{}-{}", role.name(), place.name());
            let cookie = signed_in(city, row, &name, role, place);
            askers.push(Asker { role, place, header: (header::COOKIE, cookie) });
        }
    }
    askers
}

/// An account of the person `own-person` with a role in their place, and the cookie of its session.
fn signed_in(city: &City, row: &RegionRow, name: &str, role: Role, place: PlaceKind) -> String {
    let (hall, department, window) = seat("own");
    let code = match place {
        PlaceKind::Window => window,
        PlaceKind::Department => department,
        PlaceKind::Hall => hall,
        PlaceKind::Person | PlaceKind::Region => "",
    };
    let of_place = !code.is_empty();
    let account = AccountRow {
        region: row.id,
        name: name.to_owned(),
        role: if of_place { "none" } else { role.name() }.to_owned(),
        password: "checked".to_owned(),
        must_change: false,
        disabled: false,
        person: Some("own-person".to_owned()),
        created: NOW,
    };
    let grant = GrantRow {
        region: row.id,
        number: 0,
        account: name.to_owned(),
        role: role.name().to_owned(),
        place_kind: place.name().to_owned(),
        place: code.to_owned(),
        begins: NOW,
        ends: None,
        reason: "a test".to_owned(),
        granted: NOW,
        granted_by: "test".to_owned(),
        revoked: None,
        revoked_by: None,
    };
    let grants = if of_place { vec![grant] } else { Vec::new() };
    city.database.add_account_with(&account, &grants).expect("account");
    let id = Key::generate().expect("id");
    let session = SessionRow {
        digest: id.digest(),
        region: row.id,
        number: 0,
        account: name.to_owned(),
        created: NOW,
        last_seen: NOW,
        agent: String::new(),
        proved: NOW,
    };
    city.database.open_session(&session, "checked", None, None).expect("store").expect("opened");
    format!("jifen={}", id.reveal())
}

/// Something that is asked about a relation: by which permissions, and how far one must see.
struct Probe {
    route: &'static str,
    /// All of these; the last one's scope decides.
    permissions: &'static [Permission],
    /// The path of a relation.
    path: fn(&World, &str) -> String,
    /// How far one must see, by relation.
    levels: [usize; 6],
    shape: Shape,
}

enum Shape {
    /// 200 or 404.
    One,
    /// 200, and it holds this code or does not.
    List(fn(&str) -> String),
}

/// One's own, then ever farther.
const PERSON: [usize; 6] = [0, 1, 2, 3, REGION, NOBODY];
/// A counter, or what happened at one: one's own window is not oneself.
const AT_WINDOW: [usize; 6] = [1, 1, 2, 3, REGION, NOBODY];
/// As that; whoever sees the whole region is told that a code it does not know has no entries.
const UNKNOWN_WINDOW: [usize; 6] = [1, 1, 2, 3, REGION, REGION];
/// What is told to everybody of a hall.
const IN_HALL: [usize; 6] = [0, 0, 0, 0, REGION, NOBODY];
const DEPARTMENT: [usize; 6] = [2, 2, 2, 3, REGION, NOBODY];
const HALL: [usize; 6] = [3, 3, 3, 3, REGION, NOBODY];

fn probes() -> Vec<Probe> {
    use Permission::{BoardRead, CaseRead, EffectRead, HallRead, PointsRead, SubjectSearch, SumsRead, SuspectRead};
    let person = |relation: &str| format!("\"{relation}-person\"");
    let window = |relation: &str| format!("\"{}\"", seat(relation).2);
    let one = |route, permissions, levels, path| Probe { route, permissions, path, levels, shape: Shape::One };
    let list =
        |route, permissions, levels, path, code| Probe { route, permissions, path, levels, shape: Shape::List(code) };
    vec![
        one("get /api/v1/subjects/{kind}/{code}", &[SumsRead, PointsRead], PERSON, |_, of| {
            format!("/api/v1/subjects/person/{of}-person")
        }),
        one("get /api/v1/subjects/{kind}/{code}", &[SumsRead], AT_WINDOW, |_, of| {
            format!("/api/v1/subjects/window/{}", seat(of).2)
        }),
        one("get /api/v1/subjects/{kind}/{code}", &[SumsRead], DEPARTMENT, |_, of| {
            format!("/api/v1/subjects/department/{}", seat(of).1)
        }),
        one("get /api/v1/subjects/{kind}/{code}", &[SumsRead], HALL, |_, of| {
            format!("/api/v1/subjects/hall/{}", seat(of).0)
        }),
        one("get /api/v1/entries", &[PointsRead], PERSON, |_, of| {
            format!("/api/v1/entries?subject_kind=person&subject={of}-person")
        }),
        one("get /api/v1/entries", &[PointsRead], UNKNOWN_WINDOW, |_, of| {
            format!("/api/v1/entries?subject_kind=window&subject={}", seat(of).2)
        }),
        list("get /api/v1/entries", &[PointsRead], PERSON, |_, _| "/api/v1/entries".to_owned(), person),
        list(
            "get /api/v1/entries",
            &[PointsRead],
            PERSON,
            |_, _| "/api/v1/entries?format=csv".to_owned(),
            |of| format!("{of}-person"),
        ),
        one("get /api/v1/entries/{region}/{position}", &[PointsRead], PERSON, |world, of| {
            let region = if of == "far" { "3302" } else { "3301" };
            format!("/api/v1/entries/{region}/{}", world.entries[of])
        }),
        list(
            "get /api/v1/leaderboard",
            &[SumsRead, BoardRead],
            PERSON,
            |_, _| "/api/v1/leaderboard".to_owned(),
            person,
        ),
        list(
            "get /api/v1/leaderboard",
            &[SumsRead, BoardRead],
            PERSON,
            |_, _| "/api/v1/leaderboard?format=csv".to_owned(),
            |of| format!("{of}-person"),
        ),
        list(
            "get /api/v1/leaderboard",
            &[SumsRead],
            AT_WINDOW,
            |_, _| "/api/v1/leaderboard?subject=window".to_owned(),
            window,
        ),
        list(
            "get /api/v1/leaderboard",
            &[SumsRead],
            HALL,
            |_, _| "/api/v1/leaderboard?subject=hall".to_owned(),
            |of| format!("\"{}\"", seat(of).0),
        ),
        list("get /api/v1/search", &[SubjectSearch], PERSON, |_, of| format!("/api/v1/search?q={of}-person"), person),
        list(
            "get /api/v1/search",
            &[SubjectSearch],
            AT_WINDOW,
            |_, of| format!("/api/v1/search?q={}", seat(of).2),
            window,
        ),
        list(
            "get /api/v1/search",
            &[SubjectSearch, CaseRead],
            AT_WINDOW,
            |_, of| format!("/api/v1/search?q={of}-case"),
            |of| format!("\"{of}-case\""),
        ),
        one("get /api/v1/cases/{code}", &[CaseRead], AT_WINDOW, |_, of| format!("/api/v1/cases/{of}-case")),
        one("get /api/v1/services/{key}", &[CaseRead], AT_WINDOW, |_, of| format!("/api/v1/services/{of}-service")),
        list(
            "get /api/v1/holds",
            &[SuspectRead],
            AT_WINDOW,
            |_, _| "/api/v1/holds".to_owned(),
            |of| format!("\"{of}-brief\""),
        ),
        list("get /api/v1/now/windows", &[HallRead], AT_WINDOW, |_, _| "/api/v1/now/windows".to_owned(), window),
        list(
            "get /api/v1/now/services",
            &[HallRead],
            AT_WINDOW,
            |_, _| "/api/v1/now/services".to_owned(),
            |of| format!("\"{of}-service\""),
        ),
        list(
            "get /api/v1/now/cases",
            &[HallRead],
            AT_WINDOW,
            |_, _| "/api/v1/now/cases".to_owned(),
            |of| format!("\"{of}-case\""),
        ),
        list(
            "get /api/v1/now/ratings",
            &[HallRead],
            AT_WINDOW,
            |_, _| "/api/v1/now/ratings".to_owned(),
            |of| format!("\"{of}-service\""),
        ),
        list(
            "get /api/v1/now",
            &[HallRead],
            HALL,
            |_, _| "/api/v1/now".to_owned(),
            |of| format!("{{\"code\":\"{}\"", seat(of).0),
        ),
        list(
            "get /api/v1/announcements",
            &[Permission::AnnouncementRead],
            IN_HALL,
            |_, _| "/api/v1/announcements".to_owned(),
            |of| format!("\"hall\":\"{}\"", seat(of).0),
        ),
        list(
            "get /api/v1/organisation",
            &[Permission::OrganisationRead],
            AT_WINDOW,
            |_, _| "/api/v1/organisation".to_owned(),
            |of| format!("{{\"code\":\"{}\",", seat(of).2),
        ),
        list(
            "get /api/v1/organisation",
            &[Permission::OrganisationRead],
            PERSON,
            |_, _| "/api/v1/organisation".to_owned(),
            |of| format!("{{\"code\":\"{of}-person\","),
        ),
        list(
            "get /api/v1/organisation",
            &[Permission::OrganisationRead],
            DEPARTMENT,
            |_, _| "/api/v1/organisation".to_owned(),
            |of| format!("{{\"code\":\"{}\",", seat(of).1),
        ),
        list(
            "get /api/v1/organisation/template",
            &[Permission::RosterEdit, Permission::OrganisationRead],
            AT_WINDOW,
            |_, _| "/api/v1/organisation/template?format=csv&table=windows".to_owned(),
            |of| format!("\n{},", seat(of).2),
        ),
        list(
            "get /api/v1/organisation/template",
            &[Permission::RosterEdit, Permission::OrganisationRead],
            PERSON,
            |_, _| "/api/v1/organisation/template?format=csv&table=people".to_owned(),
            |of| format!("\n{of}-person,"),
        ),
        list(
            "get /api/v1/posts",
            &[Permission::OrganisationRead],
            AT_WINDOW,
            |_, _| "/api/v1/posts".to_owned(),
            |of| format!("\"place\":\"{}\"", seat(of).2),
        ),
        list(
            "get /api/v1/dictionaries",
            &[Permission::OrganisationRead],
            HALL,
            |_, _| "/api/v1/dictionaries".to_owned(),
            |of| format!("{{\"code\":\"{}\",", seat(of).0),
        ),
        list(
            "get /api/v1/effect",
            &[EffectRead],
            HALL,
            |_, _| "/api/v1/effect".to_owned(),
            |of| format!("{{\"code\":\"{}\"", seat(of).0),
        ),
        list(
            "get /api/v1/region",
            &[Permission::RegionRead, SumsRead],
            HALL,
            |_, _| "/api/v1/region".to_owned(),
            |of| format!("{{\"code\":\"{}\"", seat(of).0),
        ),
    ]
}

/// Every role × every relation, of what is about somebody or some place.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_outside_a_scope_is_not_there() {
    let world = World::new().await;
    let mut differences = Vec::new();
    // What each asker sees, for the rule that a wider place never shows less.
    let mut seen: BTreeMap<(Role, PlaceKind), BTreeSet<String>> = BTreeMap::new();
    for asker in &world.askers {
        for probe in probes() {
            let missing = probe.permissions.iter().any(|permission| asker.level(*permission).is_none());
            let level = probe.permissions.last().and_then(|permission| asker.level(*permission));
            for (relation, needed) in RELATIONS.into_iter().zip(probe.levels) {
                let path = (probe.path)(&world, relation);
                let (status, body) = world.ask(asker, "get", &path, &Value::Null).await;
                // One who has no place of their own in a list of places is still oneself.
                let is_seen = level.is_some_and(|level| needed <= level);
                let (expected, found) = match probe.shape {
                    // The region's own answer has no halls for whoever reads no sums; a search has no cases.
                    Shape::List(code)
                        if missing && asker.level(probe.permissions[0]).is_some() && is_optional(probe.route) =>
                    {
                        ("200 without".to_owned(), list_word(status, body.contains(&code(relation))))
                    }
                    _ if missing => ("403".to_owned(), status.to_string()),
                    Shape::One => (if is_seen { "200" } else { "404" }.to_owned(), status.to_string()),
                    Shape::List(code) => (list_word(200, is_seen), list_word(status, body.contains(&code(relation)))),
                };
                if expected != found {
                    differences.push(format!("{}: {path} ({relation}) answers {found}, not {expected}", asker.words()));
                }
                if is_seen && expected == found && asker.is_account() {
                    seen.entry((asker.role, asker.place)).or_default().insert(format!("{path} {relation}"));
                }
                let tells = |secret: &str| status == 200 && body.contains(secret);
                if asker.place != PlaceKind::Region && tells(CANARY) || tells("far name") || tells("\"far-service\"") {
                    differences.push(format!("{}: {path} tells of another hall or region: {body}", asker.words()));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    let places = [PlaceKind::Window, PlaceKind::Department, PlaceKind::Hall, PlaceKind::Region];
    for role in Role::ALL.iter().copied() {
        let of_role: Vec<_> = places.iter().filter_map(|place| seen.get(&(role, *place))).collect();
        for pair in of_role.windows(2) {
            assert!(pair[0].is_subset(pair[1]), "{role:?}: a wider place shows less");
        }
    }
    assert!(seen[&(Role::Staff, PlaceKind::Window)].len() < seen[&(Role::Staff, PlaceKind::Region)].len());
}

fn is_optional(route: &str) -> bool {
    ["get /api/v1/region", "get /api/v1/search"].contains(&route)
}

fn list_word(status: u16, holds: bool) -> String {
    format!("{status} {}", if holds { "with" } else { "without" })
}

/// Every operation of the document × every role: refused exactly where the policy does not give its permission.
#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_refused_to_whom_the_policy_does_not_give_it() {
    let world = World::new().await;
    let document: Value = serde_json::from_str(&jifen_server::router::openapi()).expect("document");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if let Some(permission) = operation["x-permission"].as_str().and_then(Permission::parse) {
                // What the path names is not there, or is nobody's.
                let filled = path.replace("{region}", "3301").replace("{kind}", "hall");
                let parts = filled.split('/').map(|part| if part.starts_with('{') { "0" } else { part });
                operations.push((method.clone(), parts.collect::<Vec<_>>().join("/"), permission));
            }
        }
    }
    // Signing out ends what is asked with.
    operations.sort_by_key(|(method, path, _)| (method == "delete" && path.ends_with("/current"), path.clone()));
    assert!(operations.len() > 50, "{}", operations.len());
    let mut differences = Vec::new();
    for asker in &world.askers {
        for (method, path, permission) in &operations {
            let (status, body) = world.ask(asker, method, path, &json!({})).await;
            let allowed = asker.level(*permission).is_some();
            // Rule R7.
            if asker.place != PlaceKind::Region && status == 200 && body.contains(CANARY) {
                differences.push(format!("{}: {method} {path} tells of the other hall: {body}", asker.words()));
            }
            // Boards of people, which `/leaderboard` begins with, take a permission of their own.
            let board = path == "/api/v1/leaderboard" && asker.level(Permission::BoardRead).is_none();
            if (status == 403) != (!allowed || board) {
                differences.push(format!(
                    "{}: {method} {path} ({}) answers {status} {body}",
                    asker.words(),
                    permission.name()
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// A judgement is of a hold one sees; elsewhere there is none.
#[tokio::test(flavor = "multi_thread")]
async fn holds_are_judged_where_one_sees_them() {
    let world = World::new().await;
    for asker in world.askers.iter().filter(|asker| asker.level(Permission::HoldJudge).is_some()) {
        let level = asker.level(Permission::HoldJudge).expect("level");
        for (relation, needed) in RELATIONS.into_iter().zip(AT_WINDOW) {
            let (fact, _) = &world.holds[relation];
            let body = json!({"verdict": "released", "digest": "another", "reason": "a test"});
            let path = format!("/api/v1/holds/{fact}/judgements");
            let (status, said) = world.ask(asker, "post", &path, &body).await;
            // Seen, but not as it was read: a conflict.
            let expected = if needed <= level { 409 } else { 404 };
            assert_eq!(status, expected, "{} {relation}: {said}", asker.words());
        }
    }
}
