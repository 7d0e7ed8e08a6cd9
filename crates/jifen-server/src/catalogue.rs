//! The catalogue of event types with their JSON Schemas, made by the core from the table that validates.

use axum::{Json, extract::Path};
use jifen_core::event::{EventType, TYPES, schema_of, type_entry};
use serde_json::{Value, json};

use crate::problem::{Problem, ProblemBody};

/// List all event types with their schemas.
#[utoipa::path(
    get,
    path = "/api/v1/catalogue",
    tag = "events",
    responses(
        (status = 200, description = "`{items: [{type, zh, en, schema}], next: null}`", body = serde_json::Value)
    )
)]
pub(crate) async fn list_types() -> Result<Json<Value>, Problem> {
    let items: Vec<Value> = TYPES.iter().map(type_entry).collect();
    Ok(Json(json!({"items": items, "next": null})))
}

/// The JSON Schema of a type's `data`.
#[utoipa::path(
    get,
    path = "/api/v1/catalogue/{type}",
    tag = "events",
    params(("type" = String, Path, description = "event type, `jifen.rating.submitted`")),
    responses(
        (status = 200, description = "JSON Schema 2020-12", body = serde_json::Value),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_type(Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    let kind = EventType::parse(&name).ok_or_else(|| Problem::NotFound("event type of this name".to_owned()))?;
    Ok(Json(schema_of(kind.spec())))
}
