//! `POST /api/v1/events`: who may send what is decided per event, then everything goes to the writer as one submission.

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use jifen_core::{both, event::EventType, language::Words};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::cloud_event::{self, Content, Envelope};
use crate::{
    app::App,
    auth::{Caller, Decision, Principal, decide_append},
    body::whole,
    problem::{Problem, ProblemBody},
    writer::{Arrival, BATCH_EVENTS_MAX, Outcome, Purpose, queue::BATCH_BYTES_MAX},
};

/// Longest body of a request, in bytes.
pub const BODY_BYTES_MAX: usize = BATCH_BYTES_MAX;

/// What became of a request's events, in their order.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventResults {
    /// One per event.
    pub results: Vec<EventResult>,
}

/// What became of one event.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventResult {
    /// CloudEvents `source`, if it could be read.
    #[schema(required = true)]
    pub source: Option<String>,
    /// CloudEvents `id`, if it could be read.
    #[schema(required = true)]
    pub id: Option<String>,
    /// Outcome.
    pub status: EventStatus,
    /// Journal position of the event, or of the first that came under its (source, id).
    #[schema(required = true)]
    pub position: Option<u64>,
    /// Why it was not accepted.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// The same in Chinese, where it is known.
    #[schema(required = true)]
    pub reason_zh: Option<String>,
    /// JSON pointer into the event.
    #[schema(required = true)]
    pub pointer: Option<String>,
}

/// An event's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventStatus {
    /// In the journal, durably.
    Accepted,
    /// It was there already, with the same body.
    Repeated,
    /// It was there already, with another body; the first stands.
    Conflicting,
    /// Not kept.
    Rejected,
    /// Kept outside the journal, can be mended.
    Quarantined,
}

impl EventStatus {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Conflicting => "conflicting",
            Self::Rejected => "rejected",
            Self::Quarantined => "quarantined",
        }
    }
}

/// Send events: one (structured or binary CloudEvent) or a batch of at most 8,192.
///
/// One bad event never rejects the others, and a retried batch is idempotent: (source, id) is the key.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    tag = "events",
    request_body(
        description = "CloudEvents 1.0; binary mode sends the attributes as `ce-*` headers and `data` as the body",
        content(
            (serde_json::Value = "application/cloudevents+json"),
            (Vec<serde_json::Value> = "application/cloudevents-batch+json"),
            (serde_json::Value = "application/json"),
        )
    ),
    responses(
        (status = 200, description = "accepted or repeated; always for a batch", body = EventResults),
        (status = 409, description = "a single event conflicts with the first of its id", body = EventResults),
        (status = 422, description = "a single event was rejected or quarantined", body = EventResults),
        (status = 400, description = "no JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "no key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "other media type", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "queue full, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 507, description = "disk full", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn post_events(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = whole(body)?;
    let content = cloud_event::read(&headers, &body)?;
    let (single, envelopes) = match content {
        Content::Single(envelope) => (true, vec![envelope]),
        Content::Batch(envelopes) => (false, envelopes),
    };
    if envelopes.len() > BATCH_EVENTS_MAX {
        return Err(Problem::TooManyEvents { limit: BATCH_EVENTS_MAX });
    }
    let results = submit(&app, &caller.0, envelopes, body.len()).await?;
    for result in &results {
        metrics::counter!("jifen_intake_events_total", "status" => result.status.name()).increment(1);
    }
    let status = if single { single_status(&results) } else { StatusCode::OK };
    Ok((status, Json(EventResults { results })).into_response())
}

/// Refuses a body whose length is announced over the limit before any of it is read.
pub async fn refuse_long_bodies(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > BODY_BYTES_MAX) {
        return Problem::BodyTooLarge { limit: BODY_BYTES_MAX }.into_response();
    }
    next.run(request).await
}

async fn submit(
    app: &App,
    principal: &Principal,
    envelopes: Vec<Envelope>,
    bytes: usize,
) -> Result<Vec<EventResult>, Problem> {
    let received = app.now();
    let by = principal.by();
    let mut results: Vec<EventResult> = Vec::with_capacity(envelopes.len());
    let (mut arrivals, mut slots) = (Vec::new(), Vec::new());
    for envelope in envelopes {
        let (source, id) = envelope.as_ref().map_or((None, None), |event| (text(event, "source"), text(event, "id")));
        let refused = |reason: Words, pointer| Outcome::Rejected { reason, pointer };
        let outcome = match envelope {
            Err(reason) => Some(refused(reason.into(), String::new())),
            Ok(envelope) => match right(principal, &envelope) {
                Decision::Refused(reason) => Some(refused(Words::new(reason.zh, reason.en), "/type".to_owned())),
                Decision::Allowed => {
                    slots.push(results.len());
                    arrivals.push(Arrival { envelope, by: by.clone(), received, purpose: Purpose::Feed });
                    None
                }
            },
        };
        // What is still open gets its outcome from the writer below.
        let outcome = outcome.unwrap_or(refused(String::new().into(), String::new()));
        results.push(EventResult { source, id, ..result(outcome) });
    }
    if arrivals.is_empty() {
        return Ok(results);
    }
    let outcomes = app.writer(principal)?.submit(arrivals, bytes).await?;
    for (slot, outcome) in slots.into_iter().zip(outcomes) {
        let EventResult { source, id, .. } = std::mem::replace(&mut results[slot], result(outcome));
        (results[slot].source, results[slot].id) = (source, id);
    }
    Ok(results)
}

/// Whether the principal may append the event; one of an unknown type goes on, to be rejected with the better reason.
fn right(principal: &Principal, envelope: &Map<String, Value>) -> Decision {
    let kind = envelope.get("type").and_then(Value::as_str).and_then(EventType::parse);
    kind.map_or(Decision::Allowed, |kind| decide_append(principal, kind))
}

fn text(envelope: &Map<String, Value>, name: &str) -> Option<String> {
    envelope.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn result(outcome: Outcome) -> EventResult {
    let (status, position, refusal) = match outcome {
        Outcome::Accepted { position } => (EventStatus::Accepted, Some(position), None),
        Outcome::Repeated { position } => (EventStatus::Repeated, Some(position), None),
        Outcome::Conflicting { position } => {
            let reason = both!(
                "这个来源和编号下已收过另一个事件；改了内容请换编号",
                "another event was accepted under this source and id; give a changed event a new id"
            );
            (EventStatus::Conflicting, Some(position), Some((reason, "/id".to_owned())))
        }
        Outcome::Rejected { reason, pointer } => (EventStatus::Rejected, None, Some((reason, pointer))),
        Outcome::Quarantined { reason, pointer } => (EventStatus::Quarantined, None, Some((reason, pointer))),
    };
    let (reason, pointer) = refusal.unzip();
    // What the catalogue refuses is told in English; people who mend it are told in Chinese what must stand there.
    let reason_zh = reason.as_ref().and_then(Words::zh_apart);
    let reason = reason.map(|reason| reason.en);
    EventResult { source: None, id: None, status, position, reason, reason_zh, pointer }
}

fn single_status(results: &[EventResult]) -> StatusCode {
    match results.first().map(|result| result.status) {
        Some(EventStatus::Accepted | EventStatus::Repeated) | None => StatusCode::OK,
        Some(EventStatus::Conflicting) => StatusCode::CONFLICT,
        Some(EventStatus::Rejected | EventStatus::Quarantined) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
