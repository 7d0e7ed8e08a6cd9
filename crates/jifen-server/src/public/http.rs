//! The public page over HTTP: no key, no cookie, one kept answer for everybody.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use hyper::body::Bytes;
use jifen_core::time::Instant;
use jifen_store::RegionId;
use tokio::sync::Mutex;

use super::{KEPT_MS, PublicPage, PublicRegion, PublicRegions, is_public, page};
use crate::{
    app::{App, blocking},
    committee::OpinionThrottle,
    problem::{Problem, ProblemBody},
};

/// What is kept for people who did not sign in.
#[derive(Clone, Default)]
pub(crate) struct PublicKept {
    /// Answers by region, with the time they were made. Whoever finds one too old makes the next; all others wait for it.
    answers: Arc<Mutex<BTreeMap<RegionId, (Instant, Bytes)>>>,
    /// How many opinions they gave.
    pub(crate) opinions: Arc<OpinionThrottle>,
}

/// Browsers and proxies may keep it as long as the server does.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Regions that show something to the public.
#[utoipa::path(
    get, path = "/api/v1/public", tag = "public", security(()),
    responses((status = 200, body = PublicRegions))
)]
pub(crate) async fn list_public(State(app): State<App>) -> Json<PublicRegions> {
    let rows = app.region_rows().into_iter();
    let shown = rows.filter_map(|row| {
        let region = app.resident(row.id).filter(|region| is_public(region))?;
        let name = region.organisation().latest_settings().name.clone();
        Some(PublicRegion { name: name.unwrap_or_else(|| row.code.clone()), code: row.code })
    });
    Json(PublicRegions { items: shown.collect() })
}

/// What a region shows to the public: hall indicators of thirty days, and the rules in force. Small cells are hidden.
#[utoipa::path(
    get, path = "/api/v1/public/{region}", tag = "public", security(()),
    params(("region" = String, Path, description = "region code")),
    responses((status = 200, body = PublicPage), (status = 404, description = "no such region, or it shows nothing to the public", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn get_public(State(app): State<App>, Path(code): Path<String>) -> Result<Response, Problem> {
    let row = app.region_rows().into_iter().find(|row| row.code == code);
    // A region that shows nothing is not told from one that does not exist.
    let found = row.and_then(|row| Some((app.resident(row.id).filter(|region| is_public(region))?, row)));
    let (region, row) = found.ok_or_else(|| Problem::NotFound("public page of this region".to_owned()))?;
    let now = app.now();
    let mut kept = app.public_kept().answers.lock().await;
    let bytes = match kept.get(&row.id) {
        Some((made, bytes)) if (0..KEPT_MS).contains(&(now.0 - made.0)) => bytes.clone(),
        Some(_) | None => {
            let (database, id) = (app.database().clone(), row.id);
            let made = blocking(move || {
                let page = page(&database, &row, &region, now)?;
                serde_json::to_vec(&page).map_err(|error| Problem::Inconsistent(error.to_string()))
            });
            let bytes = Bytes::from(made.await?);
            kept.insert(id, (now, bytes.clone()));
            bytes
        }
    };
    drop(kept);
    let headers: [(HeaderName, HeaderValue); 2] =
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/json")), (header::CACHE_CONTROL, CACHED)];
    Ok((headers, bytes).into_response())
}
