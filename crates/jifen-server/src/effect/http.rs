//! `GET /api/v1/effect`: parses the query, reads, renders.

use axum::{Json, extract::State};
use jifen_core::time::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{Effect, EffectQuery, effect};
use crate::{
    app::App,
    auth::{Caller, Permission},
    problem::{Problem, ProblemBody},
    query::{Query, given, parsed},
};

/// A hall before and after a change, beside another hall.
#[utoipa::path(
    get, path = "/api/v1/effect", tag = "points", params(EffectParams),
    responses(
        (status = 200, body = Effect),
        (status = 404, description = "no hall of this code that the caller may read", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_effect(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<EffectParams>,
) -> Result<Json<Effect>, Problem> {
    let date = |name, value| parsed(name, value, "a date such as `2026-11-23`", Date::parse);
    let wanted = EffectQuery {
        hall: given(&params.hall).map(str::to_owned),
        control: given(&params.control).map(str::to_owned),
        from: date("from", &params.from)?,
        change: date("change", &params.change)?,
        to: date("to", &params.to)?,
    };
    let read = app.read_within(&caller.0, Permission::EffectRead, move |database, row, region, reach| {
        let named = [&wanted.hall, &wanted.control].into_iter().flatten();
        if let Some(unseen) = named.into_iter().find(|hall| !reach.has_hall(hall)) {
            return Err(Problem::NotFound(format!("hall `{unseen}`")));
        }
        Ok(effect(database, row, region, reach, &wanted)?)
    });
    read.await.map(Json)
}

/// Query of an effect; what is absent is chosen.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EffectParams {
    /// Hall that changed.
    hall: Option<String>,
    /// Hall beside it.
    control: Option<String>,
    /// First day of the span before.
    #[param(value_type = Option<String>)]
    from: Option<String>,
    /// First day of the change.
    #[param(value_type = Option<String>)]
    change: Option<String>,
    /// Last day of the span after.
    #[param(value_type = Option<String>)]
    to: Option<String>,
}
