//! Keys by two: the system administrator asks for one, the security administrator issues it, and is shown its secret, once.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};

use super::{
    Act,
    http::{ApprovalView, Decided, ask, body_of, decision, settled},
};
use crate::{
    app::App,
    auth::{
        Caller,
        access::{self, NewKey},
        granting::reason_of,
        signing::http::{self as signing, NewSigningKey},
    },
    body::Body,
    problem::{Problem, ProblemBody},
};

/// How a system shows who it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyWay {
    /// By a bearer key.
    Bearer,
    /// By signing what it sends.
    Signing,
}

/// A key that is asked for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyAsked {
    /// `bearer` or `signing`.
    way: KeyWay,
    /// Name of the system.
    name: String,
    /// Its role; `source` for one that signs.
    role: String,
    /// Types, or their beginnings, that it may send; all a source may unless given.
    #[serde(default)]
    types: Vec<String>,
    /// Why.
    reason: String,
}

/// What is kept of a key that waits.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyBody {
    way: KeyWay,
    pub(super) name: String,
    pub(super) role: String,
    types: Vec<String>,
}

/// What became of a key that was asked for.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct KeyDecided {
    /// The act as it is now.
    approval: ApprovalView,
    /// The key or the signing secret, shown this once; `null` where it was refused.
    #[schema(required = true)]
    secret: Option<String>,
}

/// Ask for a key: the security administrator issues it.
#[utoipa::path(
    post, path = "/api/v1/approvals/keys", tag = "accounts", request_body = KeyAsked,
    responses((status = 201, body = ApprovalView))
)]
pub(crate) async fn ask_key(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<KeyAsked>,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    let KeyAsked { way, name, role, types, reason } = asked;
    let is_source = role == crate::auth::Role::Source.name();
    if way == KeyWay::Signing && !is_source {
        let reason = "a system that signs is a `source`".to_owned();
        return Err(Problem::MalformedBody { pointer: "/role".to_owned(), reason });
    }
    access::check_key(&name, &role, &types)?;
    let reason = reason_of(&reason)?;
    ask(&app, &caller, Act::Key, &KeyBody { way, name, role, types }, reason).await
}

/// Issue a key that was asked for, or refuse to. The answer shows its secret, once.
#[utoipa::path(
    post, path = "/api/v1/approvals/keys/{number}", tag = "accounts", request_body = Decided,
    params(("number" = u64, Path, description = "number of the approval")),
    responses(
        (status = 200, body = KeyDecided),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "decided, too late, one's own, or the name is taken", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide_key(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(decided): Body<Decided>,
) -> Result<Json<KeyDecided>, Problem> {
    let (said, row) = decision(&app, &caller, (Act::Key, number), decided).await?;
    let body: KeyBody = body_of(&row)?;
    if said.approved {
        access::check_key(&body.name, &body.role, &body.types)?;
    }
    // Decided first: of two who decide at once one makes a key. If the machine stops between the two, it is asked for again.
    let approved = said.approved;
    let Json(approval) = settled(&app, &caller, row, said).await?;
    let secret = match (approved, body.way) {
        (false, _) => None,
        (true, KeyWay::Bearer) => {
            let new = NewKey { name: body.name, role: body.role, types: body.types };
            Some(access::made_key(&app, &caller, new).await?.key)
        }
        (true, KeyWay::Signing) => {
            let new = NewSigningKey { name: body.name, types: body.types };
            Some(signing::made(&app, &caller, new).await?.secret)
        }
    };
    Ok(Json(KeyDecided { approval, secret }))
}
