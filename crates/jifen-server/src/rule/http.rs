//! The rule book over HTTP.

use axum::{
    Json,
    extract::{Path, State},
};
use jifen_core::time::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{RuleBook, RuleText, VersionReach, book, text_of, version_of};
use crate::{
    app::App,
    auth::Caller,
    problem::{Problem, ProblemBody},
    query::{Query, parsed},
    whatif::reach,
};

/// Query of the rule book.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RulesParams {
    /// The day, `2026-11-23`; today without.
    #[param(value_type = Option<String>, format = Date)]
    date: Option<String>,
}

/// Query of what rules did.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReachParams {
    /// The last day, `2026-11-23`; today without.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
}

/// The rules in force on a day in plain words, and every version there is.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "rules", params(RulesParams),
    responses((status = 200, body = RuleBook))
)]
pub(crate) async fn get_rules(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<RulesParams>,
) -> Result<Json<RuleBook>, Problem> {
    let date = parsed("date", &params.date, "a date such as `2026-11-23`", Date::parse)?;
    let now = app.now();
    let read = app.read(&caller.0, move |_, _, region| {
        let today = region.organisation().zone().date(now);
        Ok(book(region, date.unwrap_or(today), today))
    });
    read.await.map(Json)
}

/// The whole text of a version, as it was published.
#[utoipa::path(
    get, path = "/api/v1/rules/{version}", tag = "rules", params(("version" = String, Path, description = "SHA-256 of the text")),
    responses((status = 200, body = RuleText), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn get_rule_text(
    State(app): State<App>,
    caller: Caller,
    Path(version): Path<String>,
) -> Result<Json<RuleText>, Problem> {
    let read = app.read(&caller.0, move |_, _, region| {
        text_of(region, &version).ok_or_else(|| Problem::NotFound("version of a rule set".to_owned()))
    });
    read.await.map(Json)
}

/// What the rules of a version did over the last ninety days it was in force, and to whom, as it stands in the ledger.
#[utoipa::path(
    get, path = "/api/v1/rules/{version}/reach", tag = "rules",
    params(("version" = String, Path, description = "SHA-256 of the text"), ReachParams),
    responses((status = 200, body = VersionReach), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn get_rule_reach(
    State(app): State<App>,
    caller: Caller,
    Path(version): Path<String>,
    Query(params): Query<ReachParams>,
) -> Result<Json<VersionReach>, Problem> {
    let to = parsed("to", &params.to, "a date such as `2026-11-23`", Date::parse)?;
    let now = app.now();
    let read = app.read(&caller.0, move |database, row, region| {
        let to = to.unwrap_or_else(|| region.organisation().zone().date(now));
        let none = || Problem::NotFound("version of a rule set in force by that day".to_owned());
        let version = version_of(region, &version).ok_or_else(none)?;
        let found = reach::in_force(database, row, region, version, to)?.ok_or_else(none)?;
        Ok(VersionReach { from: found.from.to_string(), to: found.to.to_string(), rules: found.rules })
    });
    read.await.map(Json)
}
