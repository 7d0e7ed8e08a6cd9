//! `/api/v1/approvals`: what waits for a second person, asking for it, and deciding.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode},
};
use jifen_core::{
    event::EventType,
    time::{Grain, Period},
};
use jifen_store::{ApprovalDecision, ApprovalRow};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Act, WAITS_MS,
    correction::{self, CorrectionBody, SeenAct},
    fault_of,
    key::KeyBody,
    still_may, takes_two,
    unmask::UnmaskBody,
};
use crate::{
    app::{App, blocking},
    audit,
    auth::{
        Caller,
        granting::{NewGrant, prepared, reason_of, why_of},
    },
    body::Body,
    intake::own,
    organisation::rehearse::SubjectChange,
    problem::{Problem, ProblemBody},
};

/// Most that are listed.
const LISTED_MAX: usize = 200;

/// What waits for a second person, and what was decided, newest first.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Approvals {
    /// The newest two hundred.
    pub(crate) items: Vec<ApprovalView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// An act that takes two.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ActOfTwo)]
pub(crate) struct ApprovalView {
    /// Its number in the region.
    pub(crate) number: u64,
    /// `role.grant`, `period.close`, `key.issue`, `person.unmask` or `points.correct`.
    pub(crate) act: String,
    /// What it is about: an account, a role and its place; a month; a key's name and role; a refused event; whose points, and for what.
    pub(crate) object: String,
    /// In the list: whose points a correction would change, as worked out when it was asked for.
    pub(crate) effect: Vec<SubjectChange>,
    /// Why.
    pub(crate) reason: String,
    /// The account that asks.
    pub(crate) asked_by: String,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) asked_at: String,
    /// After this nobody decides any more.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
    /// `open`, `approved`, `refused` or `expired`.
    pub(crate) state: String,
    /// The account that decided.
    #[schema(required = true)]
    pub(crate) decided_by: Option<String>,
    /// When.
    #[schema(required = true, format = DateTime)]
    pub(crate) decided_at: Option<String>,
    /// Why.
    #[schema(required = true)]
    pub(crate) note: Option<String>,
    /// Whether the one that asks for this list may decide about it.
    pub(crate) may_decide: bool,
}

/// What is kept of a grant that waits.
#[derive(Serialize, Deserialize)]
struct GrantBody {
    account: String,
    grant: NewGrant,
    /// How the store names who asks.
    by: String,
}

/// What is kept of a closing that waits.
#[derive(Serialize, Deserialize)]
struct ClosingBody {
    period: String,
    /// How the journal names who asks.
    by: String,
}

/// A role that takes two to grant.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantAsked {
    /// Name of the account.
    account: String,
    /// The grant.
    grant: NewGrant,
}

/// A month to be closed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosingAsked {
    /// The month, `2026-11`.
    period: String,
    /// Why, and what it was checked against.
    reason: String,
}

/// What the second person says.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecondDecision)]
pub(crate) struct Decided {
    /// Whether it is approved; else it is refused.
    approve: bool,
    /// Why.
    note: String,
}

/// What waits for a second person, and what was decided.
#[utoipa::path(
    get, path = "/api/v1/approvals", tag = "accounts",
    responses((status = 200, body = Approvals))
)]
pub(crate) async fn list_approvals(State(app): State<App>, caller: Caller) -> Result<Json<Approvals>, Problem> {
    let (asker, now) = (caller.0.clone(), app.now());
    let read = app.read(&caller.0, move |database, row, region| {
        let rows = database.approvals(row.id, LISTED_MAX)?;
        correction::seen(&asker, (database, row, region), now, rows)
    });
    let items = read.await?.into_iter().map(|SeenAct { row, may_decide, effect }| {
        let view = view(&app, &caller, row);
        ApprovalView { may_decide: view.may_decide && may_decide, effect, ..view }
    });
    Ok(Json(Approvals { items: items.collect(), next: None }))
}

/// Ask that an office, or the all-in-one role, is granted: somebody else acknowledges it.
#[utoipa::path(
    post, path = "/api/v1/approvals/grants", tag = "accounts", request_body = GrantAsked,
    responses(
        (status = 201, body = ApprovalView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "the account has a role that excludes it, or is the one that asks, or one person is enough", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ask_grant(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<GrantAsked>,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    let GrantAsked { account, grant } = asked;
    let (now, by) = (app.now(), caller.0.by());
    let body = GrantBody { account: account.clone(), grant: grant.clone(), by: by.clone() };
    let asker = caller.clone();
    let prepared = app.read(&caller.0, move |database, row, region| {
        prepared(&asker, (database, row, region), (account, grant), (now, by))
    });
    let prepared = prepared.await?;
    if !crate::auth::Role::parse(&prepared.role).is_some_and(takes_two) {
        let reason = "this role takes nobody else: grant it by `POST /api/v1/accounts/{name}/grants`";
        return Err(Problem::Conflict(reason.to_owned()));
    }
    ask(&app, &caller, Act::Grant, &body, prepared.reason).await
}

/// Ask that a month is closed: somebody else approves it.
#[utoipa::path(
    post, path = "/api/v1/approvals/closings", tag = "accounts", request_body = ClosingAsked,
    responses(
        (status = 201, body = ApprovalView),
        (status = 403, description = "a key, or no right to close months", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ask_closing(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<ClosingAsked>,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    if Period::parse(&asked.period).is_none_or(|period| period.grain != Grain::Month) {
        let reason = format!("`{}` is no month such as `2026-11`", asked.period);
        return Err(Problem::MalformedBody { pointer: "/period".to_owned(), reason });
    }
    let reason = reason_of(&asked.reason)?;
    let body = ClosingBody { period: asked.period, by: caller.0.by() };
    ask(&app, &caller, Act::Closing, &body, reason).await
}

/// Acknowledge or refuse the grant of an office.
#[utoipa::path(
    post, path = "/api/v1/approvals/grants/{number}", tag = "accounts", request_body = Decided,
    params(("number" = u64, Path, description = "number of the approval")),
    responses(
        (status = 200, body = ApprovalView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "decided, too late, one's own, or no longer possible", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide_grant(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(decided): Body<Decided>,
) -> Result<Json<ApprovalView>, Problem> {
    let (decision, row) = decision(&app, &caller, (Act::Grant, number), decided).await?;
    let audit = entry(&app, &caller, &row, &decision);
    let (asker, asked, said, now) = (caller.clone(), row.clone(), decision.clone(), app.now());
    let done = app.read(&caller.0, move |database, stored, resident| {
        let granted = match said.approved {
            false => None,
            true => {
                let GrantBody { account, grant, by } = body_of(&asked)?;
                Some(prepared(&asker, (database, stored, resident), (account, grant), (now, by))?)
            }
        };
        Ok(database.auditing(&audit).decide_approval((stored.id, asked.number), &said, granted.as_ref())?)
    });
    decided_view(&app, &caller, row, decision, done.await?)
}

/// Approve or refuse the closing of a month.
#[utoipa::path(
    post, path = "/api/v1/approvals/closings/{number}", tag = "accounts", request_body = Decided,
    params(("number" = u64, Path, description = "number of the approval")),
    responses(
        (status = 200, body = ApprovalView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "decided, too late, one's own, or no longer possible", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "the month cannot be closed", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide_closing(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(decided): Body<Decided>,
) -> Result<Json<ApprovalView>, Problem> {
    let (decision, row) = decision(&app, &caller, (Act::Closing, number), decided).await?;
    if decision.approved {
        let ClosingBody { period, by } = body_of(&row)?;
        // First the event, under a name of its own: if the machine stops between the two, deciding again finds it there.
        let mut headers = HeaderMap::new();
        let key = HeaderValue::from_str(&format!("approval/{}", row.number));
        headers.insert(own::IDEMPOTENCY_KEY, key.map_err(|error| Problem::Inconsistent(error.to_string()))?);
        let data = [("period", period), ("reason", row.reason.clone())];
        let data = data.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
        own::append_by(&app, &caller.0.region, by, &headers, EventType::PeriodClosed, data).await?;
    }
    settled(&app, &caller, row, decision).await
}

/// Keeps a decision that grants nothing by itself.
pub(super) async fn settled(
    app: &App,
    caller: &Caller,
    row: ApprovalRow,
    decision: ApprovalDecision,
) -> Result<Json<ApprovalView>, Problem> {
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let (audit, said, number) = (entry(app, caller, &row, &decision), decision.clone(), row.number);
    let done = blocking(move || Ok(database.auditing(&audit).decide_approval((region, number), &said, None)?));
    decided_view(app, caller, row, decision, done.await?)
}

/// An act as it is after a decision; one that somebody else decided first is in the way.
fn decided_view(
    app: &App,
    caller: &Caller,
    row: ApprovalRow,
    decision: ApprovalDecision,
    is_done: bool,
) -> Result<Json<ApprovalView>, Problem> {
    if !is_done {
        return Err(Problem::Conflict("it is decided already".to_owned()));
    }
    Ok(Json(view(app, caller, ApprovalRow { decided: Some(decision), ..row })))
}

pub(super) async fn ask(
    app: &App,
    caller: &Caller,
    act: Act,
    body: &impl Serialize,
    reason: String,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    // A key is nobody who could be one of two.
    crate::auth::signed_in(caller)?;
    let now = app.now();
    let mut row = ApprovalRow {
        region: caller.0.region.id,
        number: 0,
        act: act.name().to_owned(),
        account: caller.0.name.clone(),
        asked: now,
        expires: jifen_core::time::Instant(now.0 + WAITS_MS),
        body: serde_json::to_string(body).map_err(|error| Problem::Inconsistent(error.to_string()))?,
        reason,
        decided: None,
    };
    let audit = audit::entry(app, &caller.0, "approval.ask", &format!("{} {}", row.act, about(&row)), &row.reason);
    let (database, stored) = (app.database().clone(), row.clone());
    row.number = blocking(move || Ok(database.auditing(&audit).add_approval(&stored)?)).await?;
    Ok((StatusCode::CREATED, Json(view(app, caller, row))))
}

/// What somebody decides about an open act that they may decide about.
pub(super) async fn decision(
    app: &App,
    caller: &Caller,
    (act, number): (Act, String),
    decided: Decided,
) -> Result<(ApprovalDecision, ApprovalRow), Problem> {
    crate::auth::signed_in(caller)?;
    let note = why_of("note", &decided.note)?;
    let absent = || Problem::NotFound("approval of this number".to_owned());
    let number: u64 = number.parse().map_err(|_| absent())?;
    let (database, region, decider, now) =
        (app.database().clone(), caller.0.region.clone(), caller.0.clone(), app.now());
    blocking(move || {
        let row = database.approval(region.id, number)?.filter(|row| row.act == act.name()).ok_or_else(absent)?;
        let asker = database.account(region.id, &row.account)?.ok_or_else(absent)?;
        let beneficiary = match act {
            Act::Grant => database.account(region.id, &body_of::<GrantBody>(&row)?.account)?,
            Act::Closing | Act::Key | Act::Unmask | Act::Correction => None,
        };
        let fault = fault_of((&row, &asker), &decider, beneficiary.as_ref(), now);
        let fault = match fault {
            None if !still_may(&database, &region, &asker, act.permissions().0, now)? => {
                Some("whoever asked may not do it any more")
            }
            fault => fault,
        };
        if let Some(fault) = fault {
            return Err(Problem::Conflict(fault.to_owned()));
        }
        let said = ApprovalDecision { at: now, by: decider.name, approved: decided.approve, note };
        Ok((said, row))
    })
    .await
}

fn entry(app: &App, caller: &Caller, row: &ApprovalRow, decision: &ApprovalDecision) -> jifen_store::AuditRow {
    let act = if decision.approved { "approval.approve" } else { "approval.refuse" };
    audit::entry(app, &caller.0, act, &format!("{} {} {}", row.number, row.act, about(row)), &decision.note)
}

/// What is asked for.
pub(super) fn body_of<T: DeserializeOwned>(row: &ApprovalRow) -> Result<T, Problem> {
    serde_json::from_str(&row.body).map_err(|error| Problem::Inconsistent(format!("an approval's body: {error}")))
}

/// What an act is about, in a line.
fn about(row: &ApprovalRow) -> String {
    let about = match Act::parse(&row.act) {
        Some(Act::Grant) => {
            body_of(row).map(|GrantBody { account, grant, .. }| format!("{account} {}", grant.object()))
        }
        Some(Act::Key) => body_of(row).map(|KeyBody { name, role, .. }| format!("{name} {role}")),
        Some(Act::Unmask) => body_of(row).map(|UnmaskBody { number }| format!("quarantine/{number}")),
        Some(Act::Correction) => body_of(row).map(|CorrectionBody { correction, .. }| correction.about()),
        Some(Act::Closing) | None => body_of(row).map(|ClosingBody { period, .. }| period),
    };
    about.unwrap_or_default()
}

fn view(app: &App, caller: &Caller, row: ApprovalRow) -> ApprovalView {
    let now = app.now();
    let state = match &row.decided {
        Some(decision) if decision.approved => "approved",
        Some(_) => "refused",
        None if row.is_open(now) => "open",
        None => "expired",
    };
    let may = Act::parse(&row.act).is_some_and(|act| caller.can(act.permissions().1));
    let time = crate::auth::time;
    ApprovalView {
        number: row.number,
        object: about(&row),
        effect: Vec::new(),
        may_decide: may && state == "open" && row.account != caller.0.name,
        state: state.to_owned(),
        act: row.act,
        reason: row.reason,
        asked_by: row.account,
        asked_at: time(row.asked),
        expires_at: time(row.expires),
        decided_by: row.decided.as_ref().map(|decision| decision.by.clone()),
        decided_at: row.decided.as_ref().map(|decision| time(decision.at)),
        note: row.decided.map(|decision| decision.note),
    }
}
