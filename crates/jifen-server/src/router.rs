//! The whole HTTP API on one screen, with its OpenAPI document.

use std::time::Duration;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tower_http::{compression::CompressionLayer, timeout::RequestBodyTimeoutLayer};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App, auth, board, catalogue, committee, effect, hall, health, intake, live, node, problem::Problem, public,
    quality, request, rule, screen, web, whatif,
};

/// A client that sends nothing of its body for this long is dropped.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// All routes, in the order people meet them.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(intake::http::post_events))
        .routes(routes!(catalogue::list_types))
        .routes(routes!(catalogue::get_type))
        .routes(routes!(board::http::get_region))
        .routes(routes!(board::http::get_leaderboard))
        .routes(routes!(board::http::get_subject))
        .routes(routes!(board::neighbour::get_neighbours))
        .routes(routes!(board::http::list_entries))
        .routes(routes!(board::http::explain_entry))
        .routes(routes!(board::http::search_subjects))
        .routes(routes!(board::http::get_case))
        .routes(routes!(board::http::get_service))
        .routes(routes!(board::http::list_quarantine))
        .routes(routes!(board::http::list_holds))
        .routes(routes!(board::http::list_anomalies))
        .routes(routes!(live::http::follow))
        .routes(routes!(effect::http::get_effect))
        .routes(routes!(hall::http::get_now))
        .routes(routes!(hall::http::list_services))
        .routes(routes!(hall::http::list_windows))
        .routes(routes!(hall::http::list_cases))
        .routes(routes!(hall::http::list_ratings))
        .routes(routes!(rule::http::get_rules))
        .routes(routes!(rule::http::get_rule_text))
        .routes(routes!(whatif::http::ask, whatif::http::list_whatifs))
        .routes(routes!(whatif::http::get_whatif, whatif::http::cancel_whatif))
        .routes(routes!(committee::members::get_committee))
        .routes(routes!(committee::members::add_member))
        .routes(routes!(committee::http::put_up, committee::http::list_drafts))
        .routes(routes!(committee::http::get_draft))
        .routes(routes!(committee::http::approve))
        .routes(routes!(committee::http::disapprove))
        .routes(routes!(committee::http::withdraw))
        .routes(routes!(committee::http::opine))
        .routes(routes!(screen::http::get_screen))
        .routes(routes!(public::http::list_public))
        .routes(routes!(public::http::get_public))
        .routes(routes!(committee::open::list_public_drafts))
        .routes(routes!(committee::open::opine_publicly))
        .routes(routes!(auth::http::sign_in, auth::http::list_sessions))
        .routes(routes!(auth::http::get_current, auth::http::sign_out))
        .routes(routes!(auth::http::end_session))
        .routes(routes!(auth::http::change_password))
        .routes(routes!(auth::access::list_accounts, auth::access::add_account))
        .routes(routes!(auth::access::reset_account))
        .routes(routes!(auth::access::disable_account))
        .routes(routes!(auth::access::list_keys, auth::access::add_key))
        .routes(routes!(auth::access::remove_key))
        .routes(routes!(quality::http::get_quality))
        .routes(routes!(quality::http::list_unknown_codes))
        .routes(routes!(quality::http::identify))
        .routes(routes!(quality::http::judge_hold))
        .routes(routes!(quality::http::mend))
        .routes(routes!(quality::http::set_aside))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// The server's router.
pub fn router(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .route("/api/openapi.json", axum::routing::get(document))
        .fallback(web::page)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(DefaultBodyLimit::max(intake::http::BODY_BYTES_MAX))
        .layer(middleware::from_fn(intake::http::refuse_long_bodies))
        // What nodes send each other may be longer.
        .merge(node::http::routes())
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(request::around))
        .with_state(app)
}

/// The OpenAPI 3.1 document; `docs/openapi.json` holds it and a test keeps it fresh.
pub fn openapi() -> String {
    let mut text = routes().to_openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

async fn document() -> ([(axum::http::HeaderName, &'static str); 1], String) {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], openapi())
}

#[derive(OpenApi)]
#[openapi(
    info(title = "jifen 积分", description = "Events in, an exact and explained ledger of points out."),
    security(("key" = []), ("session" = [])),
    modifiers(&Keys)
)]
struct Document;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("jifen_…").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
        let cookie = ApiKeyValue::with_description("jifen", "`__Host-jifen` over TLS; set by signing in");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}
