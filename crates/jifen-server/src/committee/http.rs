//! `/api/v1/drafts`: drafts of rules are put up, approved, taken back, and spoken about.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use jifen_core::{committee::RuleDraft, event::EventType, id::Digest};
use serde_json::{Map, Value, json};

use super::{Because, DraftList, DraftPutUp, DraftView, NewDraft, NewOpinion, found, freeze, line, whole};
use crate::{
    app::App,
    auth::Caller,
    body::{Body, date, malformed},
    intake::own::{self, Appended},
    problem::{Problem, ProblemBody},
};

/// Drafts of rules: those that are open first, then newest first.
#[utoipa::path(
    get, path = "/api/v1/drafts", tag = "rules",
    responses((status = 200, body = DraftList))
)]
pub(crate) async fn list_drafts(State(app): State<App>, caller: Caller) -> Result<Json<DraftList>, Problem> {
    let now = app.now();
    let read = app.read(&caller.0, move |_, _, region| {
        let today = region.organisation().zone().date(now);
        let mut drafts: Vec<&RuleDraft> = region.committee().drafts().collect();
        drafts.sort_by_key(|draft| (!draft.is_open(), std::cmp::Reverse(draft.position)));
        Ok(DraftList { items: drafts.into_iter().map(|draft| line(region, draft, today)).collect() })
    });
    read.await.map(Json)
}

/// A draft: its text, what it changes, what the what-if said, who approved it, what people think.
#[utoipa::path(
    get, path = "/api/v1/drafts/{digest}", tag = "rules", params(("digest" = String, Path, description = "digest of the draft")),
    responses((status = 200, body = DraftView), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn get_draft(
    State(app): State<App>,
    caller: Caller,
    Path(digest): Path<String>,
) -> Result<Json<DraftView>, Problem> {
    let (now, reader) = (app.now(), caller.clone());
    let read = app.read(&caller.0, move |database, row, region| whole(database, row, region, &reader, &digest, now));
    read.await.map(Json)
}

/// Put a draft before the committee: the text of a what-if that is done, with what it said frozen.
#[utoipa::path(
    post, path = "/api/v1/drafts", tag = "rules", request_body = NewDraft,
    params(("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 201, body = DraftPutUp),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn put_up(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(new): Body<NewDraft>,
) -> Result<(StatusCode, Json<DraftPutUp>), Problem> {
    let (text, result) = app
        .whatifs()
        .answer(caller.0.region.id, new.whatif)
        .ok_or_else(|| Problem::NotFound("what-if of this number that is done; try the draft again".to_owned()))?;
    let from = date("/effective_from", &new.effective_from)?;
    let whatif = freeze::freeze(&result);
    let digest = RuleDraft::digest_of(&text, from, &whatif);
    let mut data = json!({"rules": text, "effective_from": from.to_string(), "whatif": whatif});
    if let Some(members) = data.as_object_mut() {
        if let Some(replaces) = new.replaces {
            let known = Digest::parse_hex(&replaces).is_some();
            if !known {
                return Err(malformed("/replaces", "this is no digest".to_owned()));
            }
            members.insert("draft".to_owned(), replaces.into());
        }
        members.extend(reason(new.reason));
    }
    let data = data.as_object().cloned().unwrap_or_default();
    let put = append(&app, &caller, &headers, EventType::RulesetDrafted, data).await?;
    Ok((StatusCode::CREATED, Json(DraftPutUp { digest: digest.to_string(), position: put.position })))
}

/// Approve a draft, as a member of the committee.
#[utoipa::path(
    post, path = "/api/v1/drafts/{digest}/approvals", tag = "rules", request_body = Because,
    params(("digest" = String, Path, description = "digest of the draft"), ("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 200, body = Appended),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(digest): Path<String>,
    headers: HeaderMap,
    Body(because): Body<Because>,
) -> Result<Json<Appended>, Problem> {
    say(&app, &caller, &headers, digest, EventType::RulesetApproved, reason(because.reason)).await
}

/// Take an approval back, before the draft is published. Its days of notice begin again when there are enough.
#[utoipa::path(
    post, path = "/api/v1/drafts/{digest}/approval_withdrawals", tag = "rules", request_body = Because,
    params(("digest" = String, Path, description = "digest of the draft"), ("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 200, body = Appended),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn disapprove(
    State(app): State<App>,
    caller: Caller,
    Path(digest): Path<String>,
    headers: HeaderMap,
    Body(because): Body<Because>,
) -> Result<Json<Appended>, Problem> {
    say(&app, &caller, &headers, digest, EventType::ApprovalWithdrawn, reason(because.reason)).await
}

/// Withdraw a draft: its author's, or an administrator's.
#[utoipa::path(
    post, path = "/api/v1/drafts/{digest}/withdrawals", tag = "rules", request_body = Because,
    params(("digest" = String, Path, description = "digest of the draft"), ("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 200, body = Appended),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(digest): Path<String>,
    headers: HeaderMap,
    Body(because): Body<Because>,
) -> Result<Json<Appended>, Problem> {
    say(&app, &caller, &headers, digest, EventType::DraftWithdrawn, reason(because.reason)).await
}

/// Give an opinion on a draft. Its words go to the vault, the journal keeps a commitment.
#[utoipa::path(
    post, path = "/api/v1/drafts/{digest}/opinions", tag = "rules", request_body = NewOpinion,
    params(("digest" = String, Path, description = "digest of the draft"), ("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 200, body = Appended),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn opine(
    State(app): State<App>,
    caller: Caller,
    Path(digest): Path<String>,
    headers: HeaderMap,
    Body(new): Body<NewOpinion>,
) -> Result<Json<Appended>, Problem> {
    let words = words_of(new)?;
    say(&app, &caller, &headers, digest, EventType::OpinionGiven, Some(("opinion".to_owned(), words.into()))).await
}

/// The words of an opinion; blanks alone are none.
pub(super) fn words_of(new: NewOpinion) -> Result<String, Problem> {
    let words = new.opinion.trim().to_owned();
    if words.is_empty() {
        return Err(malformed("/opinion", "say something".to_owned()));
    }
    Ok(words)
}

fn reason(given: Option<String>) -> Option<(String, Value)> {
    given.filter(|reason| !reason.trim().is_empty()).map(|reason| ("reason".to_owned(), reason.into()))
}

async fn say(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    digest: String,
    kind: EventType,
    more: Option<(String, Value)>,
) -> Result<Json<Appended>, Problem> {
    let named = digest.clone();
    app.read(&caller.0, move |_, _, region| found(region, &named).map(|_| ())).await?;
    let mut data = Map::from_iter([("draft".to_owned(), Value::String(digest))]);
    data.extend(more);
    append(app, caller, headers, kind, data).await.map(Json)
}

async fn append(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    kind: EventType,
    data: Map<String, Value>,
) -> Result<Appended, Problem> {
    own::append_by(app, &caller.0.region, caller.0.by(), headers, kind, data).await
}
