//! Personal data over HTTP.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};

use super::{FORGET, ForgetError, forget};
use crate::{
    app::App,
    audit,
    auth::{Caller, granting::reason_of},
    body::Body,
    problem::{Problem, ProblemBody},
};

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
