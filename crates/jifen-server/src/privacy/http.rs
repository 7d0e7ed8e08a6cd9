//! Personal data over HTTP.

use axum::{
    Json,
    extract::{Path, State},
};
use jifen_core::time::Instant;
use jifen_store::{AuditKind, AuditRow};
use serde::{Deserialize, Serialize};

use super::{FORGET, ForgetError, forget};
use crate::{
    app::App,
    approval::unmask::may_unmask,
    audit,
    auth::{Caller, granting::reason_of},
    body::Body,
    problem::{Problem, ProblemBody},
    quality::{http::quarantined, mend::PAST_TERM},
};

/// The act of seeing what is masked, in the trail.
const UNMASK: &str = "person.unmask";

/// Why somebody is to be forgotten.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgetting {
    /// Why, for the trail.
    reason: String,
}

/// What became of it.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Forgotten {
    /// The person's code, which stays.
    code: String,
    /// Whether there was anything to forget.
    forgotten: bool,
}

/// Forget a person: name, telephone number and remarks about them are read no more, also in backups made from now on. Entries and
/// journal stay as they are, pages show the code. It cannot be undone.
#[utoipa::path(
    post, path = "/api/v1/people/{code}/forgetting", tag = "personal data", request_body = Forgetting,
    params(("code" = String, Path, description = "the person's code")),
    responses(
        (status = 200, body = Forgotten),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "the code is several people's", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn forget_person(
    State(app): State<App>,
    caller: Caller,
    Path(code): Path<String>,
    Body(asked): Body<Forgetting>,
) -> Result<Json<Forgotten>, Problem> {
    let reason = reason_of(&asked.reason)?;
    let entry = audit::entry(&app, &caller.0, FORGET, &code, &reason);
    app.read(&caller.0, move |database, row, region| match forget(database, row, region, &code, &entry) {
        Ok(forgotten) => Ok(Json(Forgotten { code, forgotten })),
        Err(ForgetError::Unknown(_)) => Err(Problem::NotFound("person of this code".to_owned())),
        Err(error @ ForgetError::Ambiguous(_)) => Err(Problem::Conflict(error.to_string())),
        Err(ForgetError::Store(error)) => Err(error.into()),
    })
    .await
}

/// Why masked data must be seen.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unmasking {
    /// Why, for the trail.
    reason: String,
}

/// What was masked, for a while.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Unmasked {
    /// The refused event as it came in.
    event: serde_json::Value,
    /// Pages mask it again then.
    #[schema(format = DateTime)]
    until: String,
}

/// How long a page shows what was masked.
const SHOWN_MS: i64 = 5 * 60_000;

/// See a refused event as it came in, with what is personal in it. The trail tells who saw it and why.
#[utoipa::path(
    post, path = "/api/v1/quarantine/{number}/unmasking", tag = "personal data", request_body = Unmasking,
    params(("number" = u64, Path, description = "its number in the quarantine")),
    responses(
        (status = 200, body = Unmasked),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "it is past its term", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn unmask_refused(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(asked): Body<Unmasking>,
) -> Result<Json<Unmasked>, Problem> {
    let reason = reason_of(&asked.reason)?;
    let kept = quarantined(&app, &caller, &number).await?;
    may_unmask(&app, &caller, &number).await?;
    if kept.row.body.is_empty() {
        return Err(Problem::Conflict(PAST_TERM.to_owned()));
    }
    let object = format!("quarantine/{number}");
    let told = AuditRow { kind: AuditKind::Reading, ..audit::entry(&app, &caller.0, UNMASK, &object, &reason) };
    // What is not written down is not told.
    audit::write(&app, told).await?;
    let event = serde_json::from_str(&kept.row.body).unwrap_or(serde_json::Value::String(kept.row.body));
    Ok(Json(Unmasked { event, until: Instant(app.now().0 + SHOWN_MS).to_rfc3339() }))
}
