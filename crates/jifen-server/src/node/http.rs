//! What nodes ask each other over HTTP. Not part of the API: bodies are [`wire`](super::wire)'s, and only nodes can sign them.

use std::sync::Arc;

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Query, Request, State},
    http::StatusCode,
    routing::post,
};
use jifen_store::RegionId;
use serde::Deserialize;

use super::wire::{
    Changes, ENTRY, EVENTS_PATH, FEED_PATH, Relay, Relayed, RelayedCommit, RelayedEvent, RelayedRefusal, SIGNATURE,
    decode, encode,
};
use crate::{
    app::App,
    writer::{Committed, queue::BATCH_BYTES_MAX},
};

/// Longest body: a batch, with what each event carries besides.
const BODY_BYTES_MAX: usize = 4 * BATCH_BYTES_MAX;
/// Most rows of one answer to a follower; it asks again for the rest.
const ROWS_MAX: usize = 16_384;

pub(crate) fn routes() -> Router<App> {
    Router::new().route(EVENTS_PATH, post(take_events)).route(FEED_PATH, post(tell_changes))
}

/// Events that another node accepted, for the region written here.
async fn take_events(State(app): State<App>, request: Request) -> Result<Vec<u8>, StatusCode> {
    let body = signed(&app, request).await?;
    let relayed: Relayed = decode(&body).ok_or(StatusCode::BAD_REQUEST)?;
    let arrivals: Option<Vec<_>> = relayed.events.into_iter().map(RelayedEvent::arrival).collect();
    let arrivals = arrivals.ok_or(StatusCode::BAD_REQUEST)?;
    let bytes = usize::try_from(relayed.bytes).map_err(|_| StatusCode::BAD_REQUEST)?;
    let answer = match app.writer_of(RegionId(relayed.region)) {
        None => Relay::Refused(RelayedRefusal::Elsewhere),
        Some(writer) => match writer.submit_relayed(arrivals, bytes).await {
            Ok(outcomes) => {
                let head = writer.head().borrow().journal;
                Relay::Done(outcomes.into_iter().map(Into::into).collect(), head)
            }
            Err(refusal) => Relay::Refused(refusal.into()),
        },
    };
    Ok(encode(&answer))
}

#[derive(Deserialize)]
struct FeedQuery {
    region: i64,
    after: u64,
}

/// What changed after a follower's position.
async fn tell_changes(
    State(app): State<App>,
    Query(query): Query<FeedQuery>,
    request: Request,
) -> Result<Vec<u8>, StatusCode> {
    signed(&app, request).await?;
    let Some(writer) = app.writer_of(RegionId(query.region)) else { return Err(StatusCode::NOT_FOUND) };
    let head = writer.head().borrow().journal;
    let found = writer.feed().since(query.after, head).unwrap_or_default();
    let commits = first_rows(&found).iter().map(|committed| RelayedCommit::of(committed)).collect();
    Ok(encode(&Changes { commits, head: Some(head) }))
}

/// As many as one answer holds, and at least one.
fn first_rows(commits: &[Arc<Committed>]) -> &[Arc<Committed>] {
    let mut rows = 0;
    let fit = commits.iter().take_while(|committed| {
        rows += committed.changed.len();
        rows <= ROWS_MAX
    });
    let count = fit.count().max(1).min(commits.len());
    &commits[..count]
}

/// The body of a request that a node of this database sent; without nodes there is nothing here. Nothing of the body is read for who
/// does not even know the secret.
async fn signed(app: &App, request: Request) -> Result<Bytes, StatusCode> {
    let node = app.node().ok_or(StatusCode::NOT_FOUND)?;
    let (parts, body) = request.into_parts();
    let target = parts.uri.to_string();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !node.key().verifies(&target, b"", header(ENTRY)) {
        return Err(StatusCode::FORBIDDEN);
    }
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    if node.key().verifies(&target, &body, header(SIGNATURE)) { Ok(body) } else { Err(StatusCode::FORBIDDEN) }
}
