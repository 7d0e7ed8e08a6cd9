//! The big screen over HTTP.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ScreenView, screen};
use crate::{
    app::App,
    auth::Caller,
    problem::{Problem, ProblemBody},
    query::{Query, given},
};

/// Query of the screen.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScreenParams {
    /// Of one hall only.
    hall: Option<String>,
}

/// What a hall's big screen shows: nothing that not everybody in the hall may see.
#[utoipa::path(
    get, path = "/api/v1/screen", tag = "now", params(ScreenParams),
    responses((status = 200, body = ScreenView), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn get_screen(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ScreenParams>,
) -> Result<Json<ScreenView>, Problem> {
    let hall = given(&params.hall).map(str::to_owned);
    let read = app.read_screen(&caller.0, move |reader, kept, clock| Ok(screen(reader, kept, clock, hall)?));
    read.await.map(Json)
}
