//! A period's settlement over HTTP: as JSON, or as a list for spreadsheets.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jifen_core::{rule::Language, time::Grain};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{SettlementView, settlement, table};
use crate::{
    app::{App, blocking},
    auth::Caller,
    problem::{Problem, ProblemBody},
    query::{self, Query, given, parsed},
    sheet::{FileBody, TableFormat},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SettlementParams {
    /// `2026-11`, `2026-Q4`, `2026` …
    #[param(required = true)]
    period: Option<String>,
    /// `json`, `csv` or `xlsx`
    format: Option<String>,
    /// Language of a file: `zh` or `en`
    lang: Option<String>,
}

/// What a period's points lead to: composites, grades, vetoes, cards, honours, proposals, payouts. For managers: it names who is last.
#[utoipa::path(
    get, path = "/api/v1/settlement", tag = "points", params(SettlementParams),
    responses(
        (status = 200, description = "with `format=csv` or `format=xlsx` one line a result", body = SettlementView),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json")
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
    let format = |text: &str| match text {
        "json" => Some(None),
        "csv" => Some(Some(TableFormat::Csv)),
        "xlsx" => Some(Some(TableFormat::Workbook)),
        _ => None,
    };
    let format = parsed("format", &params.format, "`json`, `csv` or `xlsx`", format)?.unwrap_or_default();
    let language = |text: &str| match text {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    };
    let language = parsed("lang", &params.lang, "`zh` or `en`", language)?.unwrap_or(Language::Chinese);
    let read = app.read(&caller.0, move |database, row, region| Ok(settlement(database, row, region, period)?));
    let settled = read.await?;
    let Some(format) = format else { return Ok(Json(settled).into_response()) };
    let name = format!("attachment; filename=\"settlement-{period}.{}\"", format.suffix());
    let file = blocking(move || Ok(table::file(&settled, format, language)?)).await?;
    let headers = [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::new(FileBody::new(file))).into_response())
}
