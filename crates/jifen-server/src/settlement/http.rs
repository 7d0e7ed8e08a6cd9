//! A period's settlement over HTTP: as JSON, or as a list for spreadsheets.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use jifen_core::{rule::SubjectKind, time::Grain};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{SettlementView, seen::Seen, settlement_seen, table};
use crate::{
    app::{App, blocking},
    auth::{Caller, Permission, Reach},
    problem::Problem,
    query::{self, Query, given, parsed},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SettlementParams {
    /// `2026-11`, `2026-Q4`, `2026` …
    #[param(required = true)]
    period: Option<String>,
    /// Only results of one kind of subject: `person`, `window`, `department` or `hall`
    subject: Option<String>,
    /// `true`: only one's own results, without places in a contest, as phones show them
    own: Option<String>,
    /// `json`, `csv` or `xlsx`
    format: Option<String>,
    /// Language of a file: `zh` or `en`
    lang: Option<String>,
}

/// What a period's points lead to: composites, grades, vetoes, cards, honours, proposals, payouts; of the people and places in one's reach.
#[utoipa::path(
    get, path = "/api/v1/settlement", tag = "points", params(SettlementParams),
    responses(
        (status = 200, description = "with `format=csv` or `format=xlsx` one line a result", body = SettlementView)
    )
)]
pub(crate) async fn get_settlement(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<SettlementParams>,
) -> Result<Response, Problem> {
    let period = query::period(&params.period)?;
    if given(&params.period).is_none() || period.grain == Grain::All {
        return Err(Problem::query("period", "which period? such as `2026-11`, `2026-Q4` or `2026`"));
    }
    let format = query::file_format(&params.format)?;
    let language = query::language(&params.lang)?;
    let subjects = "`person`, `window`, `department` or `hall`";
    let kind = parsed("subject", &params.subject, subjects, SubjectKind::parse)?;
    let own = parsed("own", &params.own, "`true` or `false`", |text| text.parse().ok())?.unwrap_or(false);
    let asker = caller.0.clone();
    let read = app.read_within(&caller.0, Permission::SettlementRead, move |database, row, region, reach| {
        let reach = if own { Reach::oneself(&asker, database, row, region)? } else { reach.clone() };
        Ok(settlement_seen(database, row, region, period, &Seen { reach, kind, ranks: !own })?)
    });
    let settled = read.await?;
    let Some(format) = format else { return Ok(Json(settled).into_response()) };
    let file = blocking(move || Ok(table::file(&settled, format, language)?)).await?;
    Ok(format.download(&format!("settlement-{period}"), file))
}
