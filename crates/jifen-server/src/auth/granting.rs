//! `/api/v1/accounts/{name}/grants`: roles are granted for a place and a time, and revoked. Whoever loses one is without it at the next
//! request, and their streams end.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jifen_core::{engine::Region, rule::SubjectKind, time::Instant};
use jifen_store::{Database, GrantRow, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    Caller, GrantPlace, PlaceKind, Role,
    access::{is_own_account, refused, role_of},
    grant::{combination_fault, place_of},
    http::time,
};
use crate::{
    app::{App, blocking},
    approval, audit,
    board::resident,
    body::{Body, date, malformed},
    problem::{Problem, ProblemBody},
};

/// Longest reason, in characters.
const REASON_CHARACTERS_MAX: usize = 200;

/// A role that is or was granted to an account.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoleGrant)]
pub(crate) struct GrantView {
    /// Its number in the region.
    pub(crate) number: u64,
    /// The role.
    pub(crate) role: String,
    /// `region`, `hall`, `department`, `window` or `person`.
    pub(crate) place_kind: String,
    /// Code of the place; empty for the region and the person.
    pub(crate) place: String,
    /// From when.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Until when; `null`: until it is revoked.
    #[schema(required = true, format = DateTime)]
    pub(crate) to: Option<String>,
    /// Why.
    pub(crate) reason: String,
    /// Who granted it.
    pub(crate) granted_by: String,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) granted_at: String,
    /// Who revoked it.
    #[schema(required = true)]
    pub(crate) revoked_by: Option<String>,
    /// Whether it holds now.
    pub(crate) active: bool,
}

impl GrantView {
    pub(crate) fn of(row: GrantRow, now: Instant) -> Self {
        Self {
            active: row.is_active(now),
            number: row.number,
            role: row.role,
            place_kind: row.place_kind,
            place: row.place,
            from: time(row.begins),
            to: row.ends.map(time),
            reason: row.reason,
            granted_by: row.granted_by,
            granted_at: time(row.granted),
            revoked_by: row.revoked_by,
        }
    }
}

/// A role to be granted.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGrant {
    /// The role.
    role: String,
    /// Kind of place, where the role is held in more than one kind.
    place_kind: Option<String>,
    /// Code of the place: a window's, department's or hall's.
    place: Option<String>,
    /// First day, `2026-12-01`; at once without.
    #[schema(format = Date)]
    from: Option<String>,
    /// Last day; until it is revoked without.
    #[schema(format = Date)]
    to: Option<String>,
    /// Why: the document or the absence it stands in for.
    pub(crate) reason: String,
}

impl NewGrant {
    /// What is granted, in a line.
    pub(crate) fn object(&self) -> String {
        let parts = [Some(self.role.as_str()), self.place_kind.as_deref(), self.place.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Why a grant is revoked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    /// Why.
    reason: String,
}

/// Grant a role to an account, for a place and a time.
#[utoipa::path(
    post, path = "/api/v1/accounts/{name}/grants", tag = "accounts", request_body = NewGrant,
    params(("name" = String, Path, description = "name of the account")),
    responses(
        (status = 201, body = GrantView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "the account has a role that excludes it, or is the one that asks", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn grant_role(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(new): Body<NewGrant>,
) -> Result<(StatusCode, Json<GrantView>), Problem> {
    let (now, by) = (app.now(), caller.0.by());
    let reason = reason_of(&new.reason)?;
    let audit = audit::entry(&app, &caller.0, "role.grant", &format!("{name} {}", new.object()), &reason);
    let asker = caller.clone();
    let granted = app.read(&caller.0, move |database, row, region| {
        let mut granted = prepared(&asker, (database, row, region), (name, new), (now, by))?;
        if approval::takes_two(role_of(&granted.role)?) && !approval::acts_alone(&asker.0) {
            return Err(Problem::Conflict(TWO.to_owned()));
        }
        granted.number = database.auditing(&audit).add_grant(&granted)?;
        Ok(granted)
    });
    let granted = granted.await?;
    tracing::info!(region = caller.0.region.code, by = caller.0.role.name(), role = granted.role, "a role was granted");
    Ok((StatusCode::CREATED, Json(GrantView::of(granted, now))))
}

/// Why an office is not granted by one alone.
const TWO: &str = "an office, and the all-in-one role, take two: ask by `POST /api/v1/approvals/grants`, and an audit administrator \
                   acknowledges it";

/// The grant that somebody asks for, looked at in full: the account, its other roles, the place and the time.
pub(crate) fn prepared(
    caller: &Caller,
    (database, row, region): (&Database, &RegionRow, &Region),
    (name, new): (String, NewGrant),
    (now, by): (Instant, String),
) -> Result<GrantRow, Problem> {
    if is_own_account(caller, &name) {
        return Err(Problem::Conflict("nobody grants a role to the account they are signed in with".to_owned()));
    }
    let role = role_of(&new.role)?;
    let reason = reason_of(&new.reason)?;
    let absent = || Problem::NotFound("account of this name".to_owned());
    let account = database.account(row.id, &name)?.ok_or_else(absent)?;
    let grants = database.grants_of(row.id, &name)?;
    let standing = grants.iter().filter(|grant| grant.stands(now)).map(|grant| grant.role.as_str());
    if let Some(other) = combination_fault(role, standing.chain([account.role.as_str()])) {
        return Err(Problem::Conflict(other));
    }
    let place = known_place(region, role, new.place_kind.as_deref(), new.place.as_deref())?;
    if place.kind == PlaceKind::Person && account.person.is_none() {
        return Err(malformed("/role", "this role is a person's, and the account names none"));
    }
    let (begins, ends) = span(region, now, &new.from, &new.to)?;
    Ok(GrantRow {
        region: row.id,
        number: 0,
        account: name,
        role: role.name().to_owned(),
        place_kind: place.kind.name().to_owned(),
        place: place.code,
        begins,
        ends,
        reason,
        granted: now,
        granted_by: by,
        revoked: None,
        revoked_by: None,
    })
}

/// Revoke a granted role: the account is without it at the next request, and its streams end.
#[utoipa::path(
    post, path = "/api/v1/accounts/{name}/grants/{number}/revocation", tag = "accounts", request_body = Revocation,
    params(("name" = String, Path, description = "name of the account"), ("number" = u64, Path, description = "number of the grant")),
    responses(
        (status = 204, description = "it is revoked"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn revoke_role(
    State(app): State<App>,
    caller: Caller,
    Path((name, number)): Path<(String, String)>,
    Body(revocation): Body<Revocation>,
) -> Result<StatusCode, Problem> {
    let reason = reason_of(&revocation.reason)?;
    let absent = || Problem::NotFound("grant of this number that holds".to_owned());
    let number: u64 = number.parse().ok().filter(|number| i64::try_from(*number).is_ok()).ok_or_else(absent)?;
    let (database, region, now, by) = (app.database().clone(), caller.0.region.id, app.now(), caller.0.by());
    let audit = audit::entry(&app, &caller.0, "role.revoke", &format!("{name} {number}"), &reason);
    if !blocking(move || Ok(database.auditing(&audit).revoke_grant(region, &name, number, now, &by)?)).await? {
        return Err(absent());
    }
    tracing::info!(region = caller.0.region.code, by = caller.0.role.name(), number, "a role was revoked");
    Ok(StatusCode::NO_CONTENT)
}

/// The place of a grant, which the organisation must know.
pub(super) fn known_place(
    region: &Region,
    role: Role,
    kind: Option<&str>,
    code: Option<&str>,
) -> Result<GrantPlace, Problem> {
    let place = place_of(role, kind, code).map_err(refused)?;
    let kind = match place.kind {
        PlaceKind::Window => SubjectKind::Window,
        PlaceKind::Department => SubjectKind::Department,
        PlaceKind::Hall => SubjectKind::Hall,
        PlaceKind::Region | PlaceKind::Person => return Ok(place),
    };
    if resident::place_is_known(region, kind, &place.code) {
        return Ok(place);
    }
    Err(malformed("/place", format!("there is no {} `{}`", kind.name(), place.code)))
}

/// From the beginning of the first day to the end of the last.
fn span(
    region: &Region,
    now: Instant,
    from: &Option<String>,
    to: &Option<String>,
) -> Result<(Instant, Option<Instant>), Problem> {
    let zone = region.organisation().zone();
    let day = |pointer, text: &Option<String>| text.as_deref().map(|text| date(pointer, text)).transpose();
    // A day that has begun counts from now: nothing was granted before it was.
    let begins = day("/from", from)?.map_or(now, |from| zone.day_start(from).max(now));
    let ends = day("/to", to)?.map(|last| zone.day_start(last.plus(1)));
    match ends {
        Some(ends) if ends <= begins => Err(malformed("/to", "the grant would end before it begins")),
        ends => Ok((begins, ends)),
    }
}

pub(crate) fn reason_of(text: &str) -> Result<String, Problem> {
    why_of("reason", text)
}

/// What a member of a body gives as the reason.
pub(crate) fn why_of(member: &str, text: &str) -> Result<String, Problem> {
    let reason = text.trim().to_owned();
    let length = reason.chars().count();
    if (1..=REASON_CHARACTERS_MAX).contains(&length) {
        return Ok(reason);
    }
    Err(malformed(format!("/{member}"), format!("say why, in at most {REASON_CHARACTERS_MAX} characters")))
}
