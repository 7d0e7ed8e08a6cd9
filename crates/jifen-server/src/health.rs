//! Whether the process lives, whether it can serve, and its metrics.

use axum::{Json, extract::State, http::header, response::IntoResponse};
use serde_json::{Value, json};

use crate::{
    app::{App, blocking},
    problem::{Problem, ProblemBody},
    space,
};

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()), responses((status = 200, body = serde_json::Value)))]
pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Whether the database answers and every region's writer runs; `disk` is `low` when its disk is nearly full.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    security(()),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 503, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Value>, Problem> {
    let running = app.writers().all(|(_, writer)| writer.is_running());
    let database = app.database().clone();
    let answers = blocking(move || Ok(database.regions()?)).await.is_ok();
    if !running || !answers {
        return Err(Problem::NotReady);
    }
    // A disk that is nearly full still serves: an alarm, and no reason to send clients elsewhere.
    let disk = match blocking(move || Ok(space::measure(&app)?)).await {
        Ok(Some(space)) if space.is_low => "low",
        Ok(Some(_)) => "ok",
        // On a database server it is that server's to say.
        Ok(None) | Err(_) => "unknown",
    };
    Ok(Json(json!({"status": "ready", "disk": disk})))
}

/// Metrics in Prometheus' text form.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    responses(
        (status = 200, body = String, content_type = "text/plain")
    )
)]
pub(crate) async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    for (region, writer) in app.writers() {
        metrics::gauge!("jifen_writer_waiting_events", "region" => region.to_owned()).set(writer.waiting() as f64);
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics().render()))
}
