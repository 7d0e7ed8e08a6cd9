//! Data quality over HTTP: two readings, and the decisions people take on what they see.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use jifen_core::hall::CodeKind;
use jifen_store::Quarantined;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    codes::{CodeView, unknown_codes},
    identify::Identification,
    judge::{Judgement, fact_id},
    mend::{Mending, SettingAside, kind_of, told_in_chinese},
    summary::{QualityView, summary},
};
use crate::{
    app::{App, blocking},
    audit,
    auth::{Caller, Permission},
    board::{Page, held},
    body::Body,
    hall::Scene,
    intake::own::{self, Appended},
    problem::{Problem, ProblemBody},
    query::{self, Query, parsed},
    space,
    writer::{Outcome, Purpose},
};

/// How data comes in: sources, unknown codes, holds, refused events.
#[utoipa::path(
    get, path = "/api/v1/data_quality", tag = "data quality",
    responses((status = 200, body = QualityView))
)]
pub(crate) async fn get_quality(State(app): State<App>, caller: Caller) -> Result<Json<QualityView>, Problem> {
    let of_disk = caller.can(Permission::SpaceRead).then(|| app.clone());
    let read = app.read_hall(&caller.0, Permission::QualityRead, move |database, row, region, seen| {
        let scene = Scene::of(seen, region, None);
        let disk = of_disk.map(|app| space::measure(&app)).transpose()?.flatten();
        Ok(QualityView { disk, ..summary(database, row, &scene, seen.kept, seen.clock)? })
    });
    read.await.map(Json)
}

/// Codes that nobody has identified, the ones most events name first.
#[utoipa::path(
    get, path = "/api/v1/unknown_codes", tag = "data quality", params(CodesParams),
    responses((status = 200, body = Page<CodeView>))
)]
pub(crate) async fn list_unknown_codes(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<CodesParams>,
) -> Result<Json<Page<CodeView>>, Problem> {
    let kinds = "`person`, `window`, `matter`, `department` or `hall`";
    let kind = parsed("kind", &params.kind, kinds, |text| CodeKind::ALL.into_iter().find(|kind| kind.name() == text))?;
    let (after, limit) = (query::cursor(&params.cursor)?, query::limit(&params.limit)?);
    let read = app.read_hall(&caller.0, Permission::QualityRead, move |database, row, region, seen| {
        let scene = Scene::of(seen, region, None);
        Ok(unknown_codes(database, row, &scene, kind, after, limit)?)
    });
    read.await.map(Json)
}

/// Say who or what an unknown code is. What waited for it is scored again.
#[utoipa::path(
    post, path = "/api/v1/identifications", tag = "data quality", request_body = Identification,
    params(("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 200, body = Appended),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn identify(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(identification): Body<Identification>,
) -> Result<Json<Appended>, Problem> {
    let (kind, data) = identification.clone().event();
    caller.may_append(kind)?;
    let check =
        app.read(&caller.0, move |database, row, region| identification.check(region, &database.secret(row.id)?));
    check.await?;
    own::append(&app, &caller, &headers, kind, data).await.map(Json)
}

/// Release or discard a fact on hold.
#[utoipa::path(
    post, path = "/api/v1/holds/{fact}/judgements", tag = "data quality", request_body = Judgement,
    params(
        ("fact" = String, Path, description = "the fact's id"),
        ("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")
    ),
    responses(
        (status = 200, body = Appended),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn judge_hold(
    State(app): State<App>,
    caller: Caller,
    Path(fact): Path<String>,
    headers: HeaderMap,
    Body(judgement): Body<Judgement>,
) -> Result<Json<Appended>, Problem> {
    let fact = fact_id(&fact)?;
    let read = app.read_within(&caller.0, Permission::HoldJudge, move |database, row, region, reach| {
        Ok(held(database, row, region, reach, fact)?)
    });
    let hold = read.await?.ok_or_else(|| Problem::NotFound("hold of this fact".to_owned()))?;
    let (kind, data) = judgement.event(&hold)?;
    own::append_by(&app, &caller.0.region, caller.0.by(), &headers, kind, data).await.map(Json)
}

/// Correct a refused event and send it again.
///
/// Accepted, the refused one is marked as mended by it; else the answer says what is wrong still, and nothing changes.
#[utoipa::path(
    post, path = "/api/v1/quarantine/{number}/mending", tag = "data quality", request_body = Mending,
    params(("number" = u64, Path, description = "its number in the quarantine")),
    responses(
        (status = 200, body = Appended),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn mend(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(mending): Body<Mending>,
) -> Result<Json<Appended>, Problem> {
    let kept = quarantined(&app, &caller, &number).await?;
    let number = kept.number;
    let kind = mending.check(&kept)?;
    caller.may_mend(kind)?;
    match &kept.resolution {
        Some(resolution) if resolution.position.is_none() => {
            return Err(Problem::Conflict(format!("{} has set it aside", resolution.by)));
        }
        Some(_) | None => {}
    }
    let outcome =
        own::send(&app, &caller.0.region, caller.0.by(), mending.event(&kept), Purpose::Mends(number)).await?;
    if let Outcome::Accepted { position } | Outcome::Repeated { position } = outcome {
        tracing::info!(by = caller.0.by(), number, position, "a refused event was mended");
    }
    own::appended(outcome, "/event").map(Json).map_err(|problem| told_in_chinese(problem, kind))
}

/// Mark a refused event as not to be mended.
#[utoipa::path(
    post, path = "/api/v1/quarantine/{number}/setting_aside", tag = "data quality", request_body = SettingAside,
    params(("number" = u64, Path, description = "its number in the quarantine")),
    responses(
        (status = 204),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"), (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn set_aside(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(aside): Body<SettingAside>,
) -> Result<axum::http::StatusCode, Problem> {
    let kept = quarantined(&app, &caller, &number).await?;
    let number = kept.number;
    caller.may_mend(kind_of(&kept)?)?;
    let (database, region, at, by) = (app.database().clone(), caller.0.region.id, app.now(), caller.0.by());
    let note = aside.note()?;
    let audit = audit::entry(&app, &caller.0, "quarantine.set_aside", &number.to_string(), &note);
    if !blocking(move || Ok(database.auditing(&audit).set_aside(region, number, at, &by, &note)?)).await? {
        return Err(Problem::Conflict("it has been mended or set aside already".to_owned()));
    }
    tracing::info!(by = caller.0.by(), number, "a refused event was set aside");
    Ok(axum::http::StatusCode::NO_CONTENT)
}

pub(crate) async fn quarantined(app: &App, caller: &Caller, number: &str) -> Result<Quarantined, Problem> {
    let absent = || Problem::NotFound("refused event of this number".to_owned());
    // SQLite's numbers end where i64 ends.
    let number: u64 = number.parse().ok().filter(|number| i64::try_from(*number).is_ok()).ok_or_else(absent)?;
    let kept = app.read(&caller.0, move |database, row, _| Ok(database.quarantined(row.id, number)?)).await?;
    kept.ok_or_else(absent)
}

/// Query of the unknown codes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CodesParams {
    /// `person`, `window`, `matter`, `department` or `hall`; all without.
    kind: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}
