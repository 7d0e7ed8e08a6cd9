//! The hall now over HTTP: thin handlers around `picture` and `lists`.

use axum::{Json, extract::State};
use jifen_core::hall::{
    ServiceState,
    judge::{CaseJudged, WindowJudged},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    CaseLine, CasesQuery, HallNow, ListOf, RatingLine, RatingsQuery, Scene, ServiceLine, ServicesQuery, WindowLine,
    WindowsQuery, cases, lists::Cut, picture, ratings, services, windows,
};
use crate::{
    app::App,
    auth::{Caller, Permission},
    problem::Problem,
    query::{self, Query, given, parsed},
};

const YES_OR_NO: &str = "`true` or `false`";

/// The hall now: queue, windows, open cases, satisfaction, points, and what somebody should do.
#[utoipa::path(
    get, path = "/api/v1/now", tag = "now", params(HallParams),
    responses((status = 200, body = HallNow))
)]
pub(crate) async fn get_now(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<HallParams>,
) -> Result<Json<HallNow>, Problem> {
    let hall = given(&params.hall).map(str::to_owned);
    let read = app.read_hall(&caller.0, Permission::HallRead, move |database, row, region, seen| {
        let scene = Scene::of(seen, region, hall);
        Ok(picture(database, row, &scene, seen.kept.behind)?)
    });
    read.await.map(Json)
}

/// Queue numbers of the day.
#[utoipa::path(
    get, path = "/api/v1/now/services", tag = "now", params(ServicesParams),
    responses((status = 200, body = ListOf<ServiceLine>))
)]
pub(crate) async fn list_services(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ServicesParams>,
) -> Result<Json<ListOf<ServiceLine>>, Problem> {
    let hall = given(&params.hall).map(str::to_owned);
    let wanted = ServicesQuery {
        states: states(&params.state, &ServiceState::ALL, ServiceState::name)?,
        over: parsed("over", &params.over, YES_OR_NO, |text| text.parse().ok())?.unwrap_or(false),
        zone: given(&params.zone).map(str::to_owned),
        window: given(&params.window).map(str::to_owned),
        cut: Cut { after: query::cursor(&params.cursor)?, limit: query::limit(&params.limit)? },
    };
    let read = app.read_hall(&caller.0, Permission::HallRead, move |database, row, region, seen| {
        let scene = Scene::of(seen, region, hall);
        Ok(services(database, row, &scene, &wanted)?)
    });
    read.await.map(Json)
}

/// Windows and what they are doing.
#[utoipa::path(
    get, path = "/api/v1/now/windows", tag = "now", params(WindowsParams),
    responses((status = 200, body = ListOf<WindowLine>))
)]
pub(crate) async fn list_windows(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<WindowsParams>,
) -> Result<Json<ListOf<WindowLine>>, Problem> {
    let hall = given(&params.hall).map(str::to_owned);
    let wanted = WindowsQuery {
        states: states(&params.state, &WindowJudged::ALL, WindowJudged::name)?,
        zone: given(&params.zone).map(str::to_owned),
        cut: Cut { after: query::cursor(&params.cursor)?, limit: query::limit(&params.limit)? },
    };
    let read = app.read_hall(&caller.0, Permission::HallRead, move |database, row, region, seen| {
        let scene = Scene::of(seen, region, hall);
        Ok(windows(database, row, &scene, &wanted)?)
    });
    read.await.map(Json)
}

/// Open cases against their limits.
#[utoipa::path(
    get, path = "/api/v1/now/cases", tag = "now", params(CasesParams),
    responses((status = 200, body = ListOf<CaseLine>))
)]
pub(crate) async fn list_cases(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<CasesParams>,
) -> Result<Json<ListOf<CaseLine>>, Problem> {
    let hall = given(&params.hall).map(str::to_owned);
    let wanted = CasesQuery {
        states: states(&params.state, &CaseJudged::ALL, CaseJudged::name)?,
        department: given(&params.department).map(str::to_owned),
        cut: Cut { after: query::cursor(&params.cursor)?, limit: query::limit(&params.limit)? },
    };
    let read = app.read_hall(&caller.0, Permission::HallRead, move |database, row, region, seen| {
        let scene = Scene::of(seen, region, hall);
        Ok(cases(database, row, &scene, &wanted)?)
    });
    read.await.map(Json)
}

/// Ratings of the day.
#[utoipa::path(
    get, path = "/api/v1/now/ratings", tag = "now", params(RatingsParams),
    responses((status = 200, body = ListOf<RatingLine>))
)]
pub(crate) async fn list_ratings(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<RatingsParams>,
) -> Result<Json<ListOf<RatingLine>>, Problem> {
    let hall = given(&params.hall).map(str::to_owned);
    let wanted = RatingsQuery {
        active: parsed("active", &params.active, YES_OR_NO, |text| text.parse().ok())?,
        satisfied: parsed("satisfied", &params.satisfied, YES_OR_NO, |text| text.parse().ok())?,
        window: given(&params.window).map(str::to_owned),
        cut: Cut { after: query::cursor(&params.cursor)?, limit: query::limit(&params.limit)? },
    };
    let read = app.read_hall(&caller.0, Permission::HallRead, move |_, _, region, seen| {
        Ok(ratings(&Scene::of(seen, region, hall), &wanted))
    });
    read.await.map(Json)
}

/// Words of a list, separated by commas.
fn states<T: Copy>(value: &Option<String>, all: &[T], name: fn(T) -> &'static str) -> Result<Vec<T>, Problem> {
    let words: Vec<String> = all.iter().map(|state| format!("`{}`", name(*state))).collect();
    let wanted = format!("one or more of {}, separated by commas", words.join(", "));
    let list = parsed("state", value, &wanted, |text| {
        text.split(',').map(|word| all.iter().copied().find(|state| name(*state) == word)).collect()
    })?;
    Ok(list.unwrap_or_default())
}

/// Query of the picture.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HallParams {
    /// Of one hall only.
    hall: Option<String>,
}

/// Query of the numbers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ServicesParams {
    /// Of one hall only.
    hall: Option<String>,
    /// `waiting`, `called`, `serving`, `held`, `ended`, `no_show`, `abandoned`; several with commas; all without.
    state: Option<String>,
    /// `true`: waiting longer than promised only.
    #[param(value_type = Option<bool>)]
    over: Option<String>,
    /// Of one zone only: `zone` of the picture.
    zone: Option<String>,
    /// Of one window only.
    window: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// Query of the windows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WindowsParams {
    /// Of one hall only.
    hall: Option<String>,
    /// `stalled`, `serving`, `idle`, `paused`, `closed`; several with commas; all without.
    state: Option<String>,
    /// Of one zone only: `zone` of the picture.
    zone: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// Query of the cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CasesParams {
    /// Of one hall only.
    hall: Option<String>,
    /// `overdue`, `near`, `running`, `suspended`; several with commas; all without.
    state: Option<String>,
    /// Of one department only.
    department: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// Query of the ratings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RatingsParams {
    /// Of one hall only.
    hall: Option<String>,
    /// `true`: given by citizens; `false`: stored by default.
    #[param(value_type = Option<bool>)]
    active: Option<String>,
    /// Satisfied or not.
    #[param(value_type = Option<bool>)]
    satisfied: Option<String>,
    /// Of one window only.
    window: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}
