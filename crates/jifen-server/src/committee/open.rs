//! Drafts in their days of notice, for everybody: read and spoken about without signing in, in regions that show themselves.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use jifen_core::{
    committee::{PUBLIC, RuleDraft, Stage},
    disclosure::CELL_MIN,
    event::EventType,
};
use jifen_store::RegionRow;
use serde_json::{Map, Value};

use super::{NewOpinion, PublicDraft, PublicDrafts, differs, found, freeze, http::words_of, line};
use crate::{
    app::App,
    body::Body,
    intake::own,
    problem::{Problem, ProblemBody},
    public::is_public,
    request::From,
};

/// Drafts of rules in their days of notice.
#[utoipa::path(
    get, path = "/api/v1/public/{region}/drafts", tag = "public", security(()),
    params(("region" = String, Path, description = "region code")),
    responses((status = 200, body = PublicDrafts), (status = 404, description = "no such region, or it shows nothing to the public", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn list_public_drafts(
    State(app): State<App>,
    Path(code): Path<String>,
) -> Result<Json<PublicDrafts>, Problem> {
    let (_, region) = shown(&app, &code)?;
    let today = region.organisation().zone().date(app.now());
    let mut drafts: Vec<&RuleDraft> =
        region.committee().drafts().filter(|draft| matches!(draft.stage(today), Stage::Notice(_))).collect();
    drafts.sort_by_key(|draft| draft.position);
    let items = drafts.into_iter().map(|draft| {
        let mut shown = line(&region, draft, today);
        // The public sees kinds of seats, not who sits there; what the author wrote was written for the committee.
        shown.approvals.iter_mut().for_each(|approval| approval.account = None);
        shown.author.clear();
        shown.reason = None;
        // Sums over few people would tell of each of them.
        let told =
            freeze::thaw(&draft.whatif).filter(|whatif| whatif.gaining + whatif.losing + whatif.unchanged >= CELL_MIN);
        let whatif = told.map(|mut whatif| {
            whatif.places.clear();
            (whatif.most_gained, whatif.most_lost) = (None, None);
            whatif.rules.iter_mut().for_each(|rule| rule.reach = None);
            whatif
        });
        PublicDraft { draft: shown, difference: differs(&region, draft), whatif }
    });
    Ok(Json(PublicDrafts { items: items.collect() }))
}

/// Give an opinion on a draft in its days of notice, without signing in.
#[utoipa::path(
    post, path = "/api/v1/public/{region}/drafts/{digest}/opinions", tag = "public", security(()), request_body = NewOpinion,
    params(("region" = String, Path, description = "region code"), ("digest" = String, Path, description = "digest of the draft")),
    responses(
        (status = 204, description = "it was taken"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too many opinions; `retry-after` says how long to wait", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn opine_publicly(
    State(app): State<App>,
    From(address): From,
    Path((code, digest)): Path<(String, String)>,
    headers: HeaderMap,
    Body(new): Body<NewOpinion>,
) -> Result<axum::http::StatusCode, Problem> {
    let (row, region) = shown(&app, &code)?;
    found(&region, &digest)?;
    let words = words_of(new)?;
    app.public_kept().opinions.take(&address, app.now()).map_err(|seconds| Problem::TooManyOpinions { seconds })?;
    let data = Map::from_iter([("draft".to_owned(), Value::String(digest)), ("opinion".to_owned(), words.into())]);
    own::append_by(&app, &row, PUBLIC.to_owned(), &headers, EventType::OpinionGiven, data).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// The region, if it shows itself; one that does not is not told from one that is not there.
fn shown(app: &App, code: &str) -> Result<(RegionRow, std::sync::Arc<jifen_core::engine::Region>), Problem> {
    let row = app.region_rows().into_iter().find(|row| row.code == code);
    let found = row.and_then(|row| Some((app.resident(row.id).filter(|region| is_public(region))?, row)));
    let (region, row) = found.ok_or_else(|| Problem::NotFound("public page of this region".to_owned()))?;
    Ok((row, region))
}
