//! A region on a real database with a real router, for tests.

use std::{
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use jifen_core::time::Instant;
use jifen_scratch::Scratch;
use jifen_server::{
    app::{App, Options},
    auth::Key,
    live::LiveOptions,
    router::router,
    writer::{
        Arrival, Purpose, RegionWriter,
        queue::{OnFatal, QueueBounds},
    },
};
use jifen_store::{Access, Database, KeyRow, RegionRow};
use serde_json::{Value, json};
use tower::ServiceExt;

/// 2026-11-23T12:00:00+08:00: the clock of every test.
pub(crate) const NOW: Instant = Instant(1_795_406_400_000);
pub(crate) const STRUCTURED: &str = "application/cloudevents+json";
pub(crate) const BATCHED: &str = "application/cloudevents-batch+json";

pub(crate) struct City {
    pub(crate) database: Database,
    pub(crate) row: RegionRow,
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) fatal: Arc<Mutex<Vec<String>>>,
    scratch: Option<Scratch>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
    }

    /// Status and code of a problem, after checking its shape.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        let code = problem["code"].as_str().expect("code").to_owned();
        assert_eq!(problem["type"], format!("urn:jifen:problem:{code}"));
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        for text in ["title", "title_en", "detail", "request_id"] {
            assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {problem}");
        }
        assert!(problem["pointers"].is_array());
        (self.status.as_u16(), code)
    }

    /// The statuses of the events.
    pub(crate) fn statuses(&self) -> Vec<String> {
        let results = self.json()["results"].as_array().expect("results").clone();
        results.iter().map(|result| result["status"].as_str().expect("status").to_owned()).collect()
    }
}

impl City {
    pub(crate) fn new() -> Self {
        Self::on(Scratch::new())
    }

    /// For what only files have.
    pub(crate) fn on_file() -> Self {
        Self::on(Scratch::sqlite())
    }

    fn on(scratch: Scratch) -> Self {
        let mut city = Self::open(scratch.url(), QueueBounds::default());
        city.scratch = Some(scratch);
        city
    }

    /// A city whose database is a file in `folder`.
    pub(crate) fn at(folder: &Path, bounds: QueueBounds) -> Self {
        Self::open(&format!("sqlite:{}", folder.join("jifen.db").display()), bounds)
    }

    fn open(url: &str, bounds: QueueBounds) -> Self {
        let database = Database::open(url, Access::Write { holder: "test".to_owned() }).expect("database");
        let row = database.create_region("3301", [7; 32]).expect("region");
        database.create_region("3302", [8; 32]).expect("region");
        let fatal = Arc::new(Mutex::new(Vec::new()));
        let on_fatal: OnFatal = {
            let fatal = fatal.clone();
            Arc::new(move |error| fatal.lock().expect("lock").push(error.to_string()))
        };
        let options = Options { bounds, on_fatal, clock: Arc::new(|| NOW), ..Options::default() };
        let app = App::open(database.clone(), options).expect("app");
        let router = router(app.clone());
        Self { database, row, app, router, fatal, scratch: None }
    }

    /// The same city under another server, which remembers nothing of what this one did.
    pub(crate) fn restarted(&self, live: LiveOptions) -> App {
        let options = Options { on_fatal: Arc::new(|_| {}), clock: Arc::new(|| NOW), live, ..Options::default() };
        App::open(self.database.clone(), options).expect("app")
    }

    /// Another server on this city's database, which knows nothing of what the first has in memory.
    pub(crate) fn reopened(&self) -> Self {
        let options = Options { clock: Arc::new(|| NOW), ..Options::default() };
        let app = App::open(self.database.clone(), options).expect("app");
        let router = router(app.clone());
        let (database, row, fatal) = (self.database.clone(), self.row.clone(), self.fatal.clone());
        Self { database, row, app, router, fatal, scratch: None }
    }

    /// A new key of the region.
    pub(crate) fn key(&self, role: &str, types: &[&str]) -> String {
        self.key_of(&self.row, role, types)
    }

    pub(crate) fn key_of(&self, row: &RegionRow, role: &str, types: &[&str]) -> String {
        let key = Key::generate().expect("key");
        let text = key.reveal();
        let types = types.iter().map(|&prefix| prefix.to_owned()).collect();
        let name = format!("{role}-{}", &text[6..14]);
        let row = KeyRow { region: row.id, name, role: role.to_owned(), types, digest: key.digest(), created: NOW };
        self.database.add_key(&row).expect("key is stored");
        text
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("body").to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub(crate) async fn get(&self, key: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        self.send(request.body(Body::empty()).expect("request")).await
    }

    pub(crate) async fn post(&self, key: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, content_type);
        self.send(request.body(body.into()).expect("request")).await
    }

    /// Posts JSON to any path.
    pub(crate) async fn post_json(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).expect("request")).await
    }

    /// Posts a file to any path.
    pub(crate) async fn post_bytes(&self, key: &str, path: &str, body: Vec<u8>) -> Answer {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/octet-stream");
        self.send(request.body(body.into()).expect("request")).await
    }

    /// Deletes what a path names.
    pub(crate) async fn delete(&self, key: &str, path: &str) -> Answer {
        let request = Request::delete(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        self.send(request.body(Body::empty()).expect("request")).await
    }

    pub(crate) async fn post_one(&self, key: &str, event: &Value) -> Answer {
        self.post(key, STRUCTURED, event.to_string()).await
    }

    pub(crate) async fn post_batch(&self, key: &str, events: &[Value]) -> Answer {
        self.post(key, BATCHED, json!(events).to_string()).await
    }

    /// Publishes rules and an organisation, then two served people and a system account: see [`morning`].
    pub(crate) async fn open_hall(&self) {
        let administrator = self.key("administrator", &[]);
        let answer = self.post_batch(&administrator, &morning()).await;
        let statuses = answer.statuses();
        assert!(statuses.iter().all(|status| status == "accepted"), "{}", answer.json());
    }
}

/// An event of the source `hall`.
pub(crate) fn event(id: &str, kind: &str, time: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "source": "hall", "id": id, "type": format!("jifen.{kind}"), "time": time, "data": data})
}

/// A rating that every source key may send.
pub(crate) fn rating(id: &str, level: i64) -> Value {
    event(id, "rating.submitted", "2026-11-23T10:42:07+08:00", json!({"level": level}))
}

/// The rule set that [`morning`] publishes.
pub(crate) const RULES: &str = r#"
format = 1
[ruleset]
id = "test"
title = "试用办法"
effective_from = 2026-01-01
[[rule]]
id = "service-time"
title = "办理时长"
title_en = "Service time"
dimension = "efficiency"
on = "service"
subject = "person"
value = "fact.service_ms"
[[rule.band]]
upto = "20min"
points = 5
[[rule.band]]
upto = "30min"
points = 0
[[rule.band]]
points = -3
[[rule.example]]
facts = [{ service_ms = "18min" }]
points = 5
[[rule]]
id = "satisfaction"
title = "满意度"
dimension = "quality"
on = "rating"
subject = "person"
period = "day"
measure = "rate"
when = "fact.active"
that = "fact.satisfied"
min_facts = 1
[[rule.band]]
below = "90%"
points = -5
[[rule.band]]
points = 10
[[rule.example]]
facts = [{ active = true, satisfied = true }]
points = 10
"#;

/// 3 services of 王岚 (17, 18, 38 minutes), 1 of 李四 (25 minutes), 1 of admin2 (5 minutes), 1 of nobody, and a held one.
pub(crate) fn morning() -> Vec<Value> {
    let early = "2026-01-01T00:00:00+08:00";
    let person = |code: &str, kind: &str| {
        event(
            &format!("person-{code}"),
            "organisation.person",
            early,
            json!({"person": code, "kind": kind, "person_name": format!("{code}的姓名"), "window": "7"}),
        )
    };
    let mut events = vec![
        event(
            "region",
            "organisation.region",
            early,
            json!({"region": "3301", "name": "杭州", "time_zone": "Asia/Shanghai"}),
        ),
        event("hall", "organisation.hall", early, json!({"hall": "H1", "name": "市民中心"})),
        event(
            "department",
            "organisation.department",
            early,
            json!({"department": "D1", "name": "公安", "hall": "H1"}),
        ),
        event(
            "window",
            "organisation.window",
            early,
            json!({"window": "7", "name": "七号", "hall": "H1", "department": "D1"}),
        ),
        person("王岚", "person"),
        person("李四", "person"),
        person("admin2", "system"),
        event("rules", "ruleset.published", early, json!({"rules": RULES})),
    ];
    let services = [("王岚", 17), ("王岚", 18), ("王岚", 38), ("李四", 25), ("admin2", 5), ("", 10), ("李四", 0)];
    for (number, (who, minutes)) in services.into_iter().enumerate() {
        let start = 9 * 60 + number as i64 * 40;
        let at =
            |minute: i64, second: i64| format!("2026-11-23T{:02}:{:02}:{second:02}+08:00", minute / 60, minute % 60);
        let data = match who {
            "" => json!({"service": format!("A{number}"), "hall": "H1"}),
            _ => json!({"service": format!("A{number}"), "person": who, "window": "7"}),
        };
        events.push(event(&format!("start-{number}"), "service.started", &at(start, 0), data.clone()));
        events.push(event(
            &format!("end-{number}"),
            "service.ended",
            &at(start + minutes, i64::from(minutes == 0) * 5),
            data,
        ));
    }
    events
}

/// Polls `future` once: a submission is queued then.
pub(crate) async fn start<F: Future + Unpin>(future: &mut F) {
    let pending = std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context).is_pending())).await;
    assert!(pending, "it was answered at once");
}

/// Arrivals for a writer without HTTP.
pub(crate) fn arrivals(events: &[Value]) -> Vec<Arrival> {
    let arrival = |event: &Value| Arrival {
        envelope: event.as_object().expect("object").clone(),
        by: "operator".to_owned(),
        received: NOW,
        purpose: Purpose::Feed,
    };
    events.iter().map(arrival).collect()
}

/// A database of its own with one region and its writer.
pub(crate) fn writer() -> (Scratch, Database, RegionWriter) {
    let scratch = Scratch::new();
    let database = Database::open(scratch.url(), Access::Write { holder: "test".to_owned() }).expect("database");
    database.create_region("3301", [7; 32]).expect("region");
    let writer = RegionWriter::open(&database, "3301").expect("writer");
    (scratch, database, writer)
}
