//! `GET /api/v1/reasons`: why who asks sees somebody or something, or why not: which role, in which scope, for how long.
//!
//! In: a person's or a place's code. Out: by each permission that reads them, the grants that could give it, and whether each reaches
//! so far; from the same policy and the same [`Reach`] that every answer is made by. What is not there is told like what lies outside.

use axum::{Json, extract::State};
use jifen_core::{engine::Region, ledger::Subject, rule::SubjectKind, time::Instant};
use jifen_store::GrantRow;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{Caller, Grant, Permission, Principal, Reach, Role, Scope, policy};
use crate::{
    app::App,
    board::{names::subjects_of, resident},
    problem::Problem,
    query::{Query, parsed},
};

/// What reads a person.
const OF_PEOPLE: [Permission; 5] = [
    Permission::PointsRead,
    Permission::BoardRead,
    Permission::SubjectSearch,
    Permission::SettlementRead,
    Permission::SuspectRead,
];
/// What reads a window, a department or a hall.
const OF_PLACES: [Permission; 5] = [
    Permission::SumsRead,
    Permission::PointsRead,
    Permission::SubjectSearch,
    Permission::SettlementRead,
    Permission::SuspectRead,
];

/// Why somebody or something is seen, or is not.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Reasons {
    /// One per permission that reads it.
    pub(crate) items: Vec<ReasonView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// Whether it is seen by a permission, and why.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AccessReason)]
pub(crate) struct ReasonView {
    /// The permission.
    pub(crate) permission: Permission,
    /// What it allows, in Chinese.
    pub(crate) zh: String,
    /// What it allows.
    pub(crate) en: String,
    /// Whether it is seen.
    pub(crate) seen: bool,
    /// The roles of who asks that have the permission, each for its place.
    pub(crate) grants: Vec<GrantReason>,
    /// Roles that have the permission, whoever holds them.
    pub(crate) roles: Vec<String>,
}

/// What one role gives.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct GrantReason {
    /// The role.
    pub(crate) role: String,
    /// How far it reaches: `own`, `window`, `department`, `hall`, `region`, or `place`, that of the grant.
    pub(crate) scope: String,
    /// For what kind of place it is held.
    pub(crate) place_kind: String,
    /// Code of the place; empty for the region and the person.
    pub(crate) place: String,
    /// Until when, where it ends by itself.
    #[schema(required = true, format = DateTime)]
    pub(crate) to: Option<String>,
    /// Whether it reaches what was asked about.
    pub(crate) reaches: bool,
}

/// About whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReasonParams {
    /// `person`, `window`, `department` or `hall`
    #[param(value_type = String, required = true)]
    kind: Option<String>,
    /// Its code.
    #[param(value_type = String, required = true)]
    code: Option<String>,
}

/// Why one sees a person or a place, or why not.
#[utoipa::path(
    get, path = "/api/v1/reasons", tag = "accounts", params(ReasonParams),
    responses((status = 200, body = Reasons))
)]
pub(crate) async fn get_reasons(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ReasonParams>,
) -> Result<Json<Reasons>, Problem> {
    let words = "`person`, `window`, `department` or `hall`";
    let kind = parsed("kind", &params.kind, words, SubjectKind::parse)?.ok_or_else(|| Problem::query("kind", words))?;
    let code = params.code.filter(|code| !code.is_empty()).ok_or_else(|| Problem::query("code", "a code"))?;
    let (principal, now) = (caller.0.clone(), app.now());
    let read = app.read(&caller.0, move |database, row, region| {
        let found = subjects_of(database, row, region, kind, &code)?;
        let found: Vec<Subject> = found.into_iter().filter(|subject| is_there(region, kind, subject, &code)).collect();
        let own = Reach::oneself(&principal, database, row, region)?;
        let granted = database.grants_of(row.id, &principal.name)?;
        let permissions = if kind == SubjectKind::Person { OF_PEOPLE } else { OF_PLACES };
        let one = |permission| {
            let reaches = |scope, grant: &Grant| {
                let reach = Reach::by_grant((scope, grant), &own, region);
                found.iter().any(|subject| reach.has_subject(region, subject))
            };
            reason(&principal, permission, (&granted, now), reaches)
        };
        Ok(permissions.into_iter().map(one).collect())
    });
    Ok(Json(Reasons { items: read.await?, next: None }))
}

fn is_there(region: &Region, kind: SubjectKind, subject: &Subject, code: &str) -> bool {
    matches!(subject, Subject::Person(_)) || resident::place_is_known(region, kind, code)
}

fn reason(
    principal: &Principal,
    permission: Permission,
    (granted, now): (&[GrantRow], Instant),
    reaches: impl Fn(Scope, &Grant) -> bool,
) -> ReasonView {
    let end = |grant: &Grant| {
        let same = |row: &&GrantRow| {
            row.is_active(now)
                && row.role == grant.role.name()
                && row.place_kind == grant.place.kind.name()
                && row.place == grant.place.code
        };
        granted.iter().find(same).and_then(|row| row.ends).map(|ends| ends.to_rfc3339())
    };
    let grants: Vec<GrantReason> = principal
        .scopes(permission)
        .map(|(scope, grant)| GrantReason {
            role: grant.role.name().to_owned(),
            scope: scope.name().to_owned(),
            place_kind: grant.place.kind.name().to_owned(),
            place: grant.place.code.clone(),
            to: end(grant),
            reaches: reaches(scope, grant),
        })
        .collect();
    let (zh, en) =
        policy().permission(permission).map_or_else(Default::default, |spec| (spec.zh.clone(), spec.en.clone()));
    let roles = Role::ALL.iter().filter(|role| policy().scope(**role, permission).is_some());
    let roles = roles.map(|role| role.name().to_owned()).collect();
    let seen = grants.iter().any(|grant| grant.reaches);
    ReasonView { permission, zh, en, seen, roles, grants }
}
