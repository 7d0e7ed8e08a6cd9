//! Unmasking by two: a data steward asks to see what is personal in a refused event, the security administrator says yes or no; then, while
//! the approval lasts, the steward sees it, each time told in the trail.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};

use super::{
    Act, UNMASK_BY_TWO,
    http::{ApprovalView, Decided, ask, body_of, decision, settled},
    unmasks_by_two,
};
use crate::{
    app::{App, blocking},
    auth::{Caller, granting::reason_of},
    body::Body,
    problem::{Problem, ProblemBody},
    quality::http::quarantined,
};

/// Most approvals that are looked through for one that lasts.
const LOOKED_MAX: usize = 1_000;

/// What is asked to be seen.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnmaskAsked {
    /// Number of the refused event in the quarantine.
    number: u64,
    /// Why.
    reason: String,
}

/// What is kept of it.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UnmaskBody {
    pub(super) number: u64,
}

/// Ask to see what is personal in a refused event: somebody else says whether.
#[utoipa::path(
    post, path = "/api/v1/approvals/unmaskings", tag = "personal data", request_body = UnmaskAsked,
    responses(
        (status = 201, body = ApprovalView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "one's own right is enough", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ask_unmasking(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<UnmaskAsked>,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    let reason = reason_of(&asked.reason)?;
    if !unmasks_by_two(&caller.0) {
        let reason = "your own right is enough: `POST /api/v1/quarantine/{number}/unmasking`".to_owned();
        return Err(Problem::Conflict(reason));
    }
    quarantined(&app, &caller, &asked.number.to_string()).await?;
    ask(&app, &caller, Act::Unmask, &UnmaskBody { number: asked.number }, reason).await
}

/// Say whether a data steward may see what is personal in a refused event.
#[utoipa::path(
    post, path = "/api/v1/approvals/unmaskings/{number}", tag = "personal data", request_body = Decided,
    params(("number" = u64, Path, description = "number of the approval")),
    responses(
        (status = 200, body = ApprovalView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "decided, too late, or one's own", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide_unmasking(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(decided): Body<Decided>,
) -> Result<Json<ApprovalView>, Problem> {
    let (said, row) = decision(&app, &caller, (Act::Unmask, number), decided).await?;
    settled(&app, &caller, row, said).await
}

/// Goes on only for whoever sees it alone, or has been told within three days of asking that they may.
///
/// # Errors
/// [`Problem::Forbidden`] that names the way.
pub(crate) async fn may_unmask(app: &App, caller: &Caller, number: &str) -> Result<(), Problem> {
    if !unmasks_by_two(&caller.0) {
        return Ok(());
    }
    let (database, region, name, now) = (app.database().clone(), caller.0.region.id, caller.0.name.clone(), app.now());
    let rows = blocking(move || Ok(database.approvals(region, LOOKED_MAX)?)).await?;
    let lasts = rows.iter().any(|row| {
        let said = row.decided.as_ref().is_some_and(|decision| decision.approved);
        let is_about = body_of::<UnmaskBody>(row).is_ok_and(|body| body.number.to_string() == number);
        row.act == Act::Unmask.name() && row.account == name && said && now < row.expires && is_about
    });
    if lasts {
        return Ok(());
    }
    Err(Problem::Forbidden(UNMASK_BY_TWO))
}
