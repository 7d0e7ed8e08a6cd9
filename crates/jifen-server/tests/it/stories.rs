//! The same stories as on the pure core: on a database through the writer, and over HTTP.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use jifen_core::{
    engine::facts_of,
    id::{ActorId, EventKey},
    ledger::Entry,
    state::{Need, StateKind},
    time::Instant,
};
use jifen_scratch::Scratch;
use jifen_server::{
    app::{App, Options},
    auth::Key,
    router::router,
    writer::{Arrival, Outcome, Purpose, RegionWriter},
};
use jifen_store::{Access, Database, KeyRow, RegionRow};
use jifen_story::{Outcome as Wanted, Step, Story};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// Stories end periods that lie ahead of today: every event is received long after.
const RECEIVED: Instant = Instant(4_000_000_000_000);

fn all() -> Vec<Story> {
    let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/stories"));
    jifen_story::stories(directory).map_err(|fault| fault.to_string()).expect("sound stories")
}

/// A region without anything in it.
struct Empty {
    database: Database,
    row: RegionRow,
    _scratch: Scratch,
}

impl Empty {
    fn new() -> Self {
        let scratch = Scratch::new();
        let access = Access::Write { holder: "story".to_owned() };
        let database = Database::open(scratch.url(), access).expect("database");
        let row = database.create_region("story", [7; 32]).expect("region");
        Self { database, row, _scratch: scratch }
    }

    /// The step's event, with the digest of the fact it has seen.
    fn event(&self, step: &Step) -> Map<String, Value> {
        let mut event = step.event.clone();
        if let Some(fact) = step.seen {
            event["data"]["fact_digest"] = json!(self.digest(fact));
        }
        event
    }

    fn digest(&self, fact: EventKey) -> Option<String> {
        let need =
            Need::Range { kind: StateKind::Aggregate, from: Vec::new(), to: vec![u8::MAX; 64], limit: usize::MAX };
        let rows = self.database.load(self.row.id, &[need]).expect("rows").remove(0);
        let facts = rows.iter().flat_map(|(_, row)| facts_of(row).expect("facts"));
        facts.map(|state| state.fact).find(|found| found.id == fact).map(|fact| fact.digest().to_string())
    }

    fn check(&self, story: &Story) -> Result<(), String> {
        let stored = self.database.entries_after(self.row.id, 0, 100_000).expect("entries");
        let entries: Vec<Entry> = stored.into_iter().map(|stored| stored.entry).collect();
        let codes = |actor: ActorId| {
            let actors = self.database.actors(self.row.id, &[actor]).expect("actors");
            actors.get(&actor).map(|actor| actor.code.clone())
        };
        story.check(&entries, &codes)
    }
}

fn judge(story: &Story, step: &Step, status: &str, reason: &str) -> Result<(), String> {
    let as_wanted = match &step.outcome {
        Wanted::Accepted => status == "accepted",
        Wanted::Repeated => status == "repeated",
        Wanted::Conflicting => status == "conflicting",
        Wanted::Refused(part) => matches!(status, "rejected" | "quarantined") && reason.contains(part.as_str()),
    };
    let (name, line, wanted) = (&story.name, step.line, &step.outcome);
    if as_wanted { Ok(()) } else { Err(format!("{name}, line {line}: {status} ({reason}), not {wanted:?}")) }
}

fn on_a_database(story: &Story) -> Result<(), String> {
    let region = Empty::new();
    let mut writer = RegionWriter::open(&region.database, "story").expect("writer");
    for step in story.steps() {
        let arrival = Arrival {
            envelope: region.event(step),
            by: "story".to_owned(),
            received: RECEIVED,
            purpose: Purpose::Feed,
        };
        let outcome = writer.append(vec![arrival]).expect("appended").remove(0);
        writer.settle().expect("settled");
        let (status, reason) = match outcome {
            Outcome::Accepted { .. } => ("accepted", String::new()),
            Outcome::Repeated { .. } => ("repeated", String::new()),
            Outcome::Conflicting { .. } => ("conflicting", String::new()),
            Outcome::Rejected { reason, .. } => ("rejected", reason.en),
            Outcome::Quarantined { reason, .. } => ("quarantined", reason.en),
        };
        judge(story, step, status, &reason)?;
    }
    region.check(story)
}

async fn over_http(story: &Story) -> Result<(), String> {
    let region = Empty::new();
    let key = Key::generate().expect("key");
    let row = KeyRow {
        region: region.row.id,
        name: "story".to_owned(),
        role: "administrator".to_owned(),
        types: Vec::new(),
        digest: key.digest(),
        created: RECEIVED,
    };
    region.database.add_key(&row).expect("key is stored");
    let options = Options { on_fatal: Arc::new(|_| {}), clock: Arc::new(|| RECEIVED), ..Options::default() };
    let router = router(App::open(region.database.clone(), options).expect("app"));
    for step in story.steps() {
        let result = post(&router, &key.reveal(), region.event(step)).await;
        let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
        judge(story, step, &text("status"), &text("reason"))?;
    }
    region.check(story)
}

async fn post(router: &Router, key: &str, event: Map<String, Value>) -> Value {
    let request = Request::post("/api/v1/events")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/cloudevents+json")
        .body(Body::from(Value::Object(event).to_string()))
        .expect("request");
    let response = router.clone().oneshot(request).await.expect("infallible");
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("body");
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    answer["results"][0].clone()
}

#[test]
fn stories_come_true_on_a_database() {
    let stories = all();
    assert!(stories.len() >= 25, "the stories are in testdata/stories");
    let failed: Vec<String> = stories.iter().filter_map(|story| on_a_database(story).err()).collect();
    assert!(failed.is_empty(), "{} stories came out otherwise\n\n{}", failed.len(), failed.join("\n\n"));
}

#[tokio::test]
async fn stories_come_true_over_http() {
    let mut failed = Vec::new();
    for story in all() {
        failed.extend(over_http(&story).await.err());
    }
    assert!(failed.is_empty(), "{} stories came out otherwise\n\n{}", failed.len(), failed.join("\n\n"));
}
