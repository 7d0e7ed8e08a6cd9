//! `GET /api/v1/live`: opens a stream of server-sent events.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{LiveMessage, frame::View, stream};
use crate::{
    app::{App, blocking},
    auth::{Caller, Permission, Reach},
    board::http::own_region,
    problem::{Problem, ProblemBody},
    query::{Query, parsed},
};

/// Header by which a client says where it was.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Query of the live stream.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiveParams {
    /// Must be the key's region.
    region: Option<String>,
    /// Journal position to go on from; the header `Last-Event-ID` goes before it. From now on without.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
}

/// What changes, as it changes: server-sent events.
///
/// `event: change` tells at most five times a second what changed since the message before, `head` that nothing did,
/// `resync` that everything must be read again, `end` that the key may no longer follow. The `id` is the journal position.
#[utoipa::path(
    get, path = "/api/v1/live", tag = "live", params(LiveParams),
    responses(
        (status = 200, description = "the data of the messages, one after another", body = LiveMessage, content_type = "text/event-stream"),
        (status = 429, description = "the account has too many streams open", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(params): Query<LiveParams>,
) -> Result<Response, Problem> {
    own_region(&caller, &params.region)?;
    let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let after = parsed("after", &last.or(params.after), "a journal position", |text| text.parse::<u64>().ok())?;
    let live = app.live(&caller.0)?;
    let place = live.take_place(&caller.0.account())?;
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let head = blocking(move || Ok(database.head(region)?.journal)).await?;
    let asker = caller.0.clone();
    let reach = app.read_within(&caller.0, Permission::LiveFollow, move |database, row, region, follows| {
        let boards = Reach::of(&asker, Permission::BoardRead, database, row, region)?;
        Ok((boards.is_whole() && follows.is_whole(), follows.clone()))
    });
    let view = match reach.await? {
        (true, _) => View::Full,
        (false, _) if !caller.can(Permission::BoardRead) => View::Own,
        (false, reach) => View::Within(reach),
    };
    let body = stream::open(app, live, caller, place, view, after, head).await;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        // A proxy that collects before it passes on would make the stream useless.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::new(body)).into_response())
}
