//! The whole HTTP API on one screen, with its OpenAPI document.

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tower_http::{compression::CompressionLayer, timeout::RequestBodyTimeoutLayer};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::routes;

use crate::{
    announcement,
    app::App,
    approval, audit,
    auth::{
        self, Permission,
        gate::{self, Gated},
    },
    board, catalogue, committee, drafting, effect, hall, health, intake, live, node, organisation, privacy,
    problem::Problem,
    public, quality, request, rule, screen, settlement, web, whatif,
};

/// A client that sends nothing of its body for this long is dropped.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// All routes, in the order people meet them, each with the one permission it takes (`policy.toml`).
fn routes() -> Gated {
    Gated::new(Document::openapi())
        .may(Permission::EventSend, routes!(intake::http::post_events))
        .may(Permission::CatalogueRead, routes!(catalogue::list_types))
        .may(Permission::CatalogueRead, routes!(catalogue::get_type))
        .may(Permission::RegionRead, routes!(board::http::get_region))
        .may(Permission::SumsRead, routes!(board::http::get_leaderboard))
        .may(Permission::SumsRead, routes!(board::http::get_subject))
        .may(Permission::SettlementRead, routes!(settlement::http::get_settlement))
        .may(Permission::PlaceRead, routes!(board::neighbour::get_neighbours))
        .may(Permission::PointsRead, routes!(board::http::list_entries))
        .may(Permission::PointsRead, routes!(board::http::explain_entry))
        .may(Permission::SubjectSearch, routes!(board::http::search_subjects))
        .may(Permission::CaseRead, routes!(board::http::get_case))
        .may(Permission::CaseRead, routes!(board::http::get_service))
        .may(Permission::QuarantineRead, routes!(board::http::list_quarantine))
        .may(Permission::SuspectRead, routes!(board::http::list_holds))
        .may(Permission::SuspectRead, routes!(board::http::list_anomalies))
        .may(Permission::LiveFollow, routes!(live::http::follow))
        .may(Permission::EffectRead, routes!(effect::http::get_effect))
        .may(Permission::HallRead, routes!(hall::http::get_now))
        .may(Permission::HallRead, routes!(hall::http::list_services))
        .may(Permission::HallRead, routes!(hall::http::list_windows))
        .may(Permission::HallRead, routes!(hall::http::list_cases))
        .may(Permission::HallRead, routes!(hall::http::list_ratings))
        .may(Permission::RulesRead, routes!(rule::http::get_rules))
        .may(Permission::RulesRead, routes!(rule::http::get_rule_text))
        .may(Permission::RulesTry, routes!(rule::http::get_rule_reach))
        .may(Permission::RulesTry, routes!(drafting::http::write_draft))
        .may(Permission::RulesTry, routes!(drafting::http::get_vocabulary))
        .may(Permission::RulesTry, routes!(drafting::http::list_library))
        .may(Permission::RulesTry, routes!(drafting::http::get_library_book))
        .may(Permission::RulesTry, routes!(drafting::http::read_table))
        .may(Permission::RulesTry, routes!(whatif::http::ask))
        .may(Permission::RulesTry, routes!(whatif::http::list_whatifs))
        .may(Permission::RulesTry, routes!(whatif::http::get_whatif))
        .may(Permission::RulesTry, routes!(whatif::http::cancel_whatif))
        .may(Permission::RulesRead, routes!(committee::members::get_committee))
        .may(Permission::CommitteeSeat, routes!(committee::members::add_member))
        .may(Permission::DraftPropose, routes!(committee::http::put_up))
        .may(Permission::RulesRead, routes!(committee::http::list_drafts))
        .may(Permission::RulesRead, routes!(committee::http::get_draft))
        .may(Permission::DraftApprove, routes!(committee::http::approve))
        .may(Permission::DraftApprove, routes!(committee::http::disapprove))
        .may(Permission::DraftPropose, routes!(committee::http::withdraw))
        .may(Permission::DraftOpine, routes!(committee::http::opine))
        .may(Permission::ScreenRead, routes!(screen::http::get_screen))
        .open(routes!(public::http::list_public))
        .open(routes!(public::http::get_public))
        .open(routes!(committee::open::list_public_drafts))
        .open(routes!(committee::open::opine_publicly))
        .open(routes!(auth::http::sign_in))
        .open(routes!(auth::federation::http::get_sign_in))
        .open(routes!(auth::federation::http::begin_provider))
        .open(routes!(auth::federation::http::end_provider))
        .may(Permission::SessionRead, routes!(auth::http::list_sessions))
        .may(Permission::SessionOwn, routes!(auth::http::get_current))
        .may(Permission::SessionOwn, routes!(auth::http::sign_out))
        .may(Permission::SessionRead, routes!(auth::http::end_session))
        .may(Permission::SessionOwn, routes!(auth::http::change_password))
        .may(Permission::SessionOwn, routes!(auth::factor::prove_session))
        .may(Permission::SessionOwn, routes!(auth::factor::get_factor))
        .may(Permission::FactorOwn, routes!(auth::factor::enrol_factor))
        .may(Permission::FactorOwn, routes!(auth::factor::remove_factor))
        .may(Permission::FactorOwn, routes!(auth::factor::confirm_factor))
        .may(Permission::FactorOwn, routes!(auth::factor::renew_recovery_codes))
        .may(Permission::AccountManage, routes!(auth::factor::remove_factor_of))
        .may(Permission::SessionOwn, routes!(auth::reasons::get_reasons))
        .may(Permission::RulesRead, routes!(auth::matrix::get_policy))
        .may(Permission::AccountRead, routes!(auth::access::list_accounts))
        .may(Permission::AccountManage, routes!(auth::access::add_account))
        .may(Permission::AccountManage, routes!(auth::access::reset_account))
        .may(Permission::AccountManage, routes!(auth::access::disable_account))
        .may(Permission::RoleGrant, routes!(auth::granting::grant_role))
        .may(Permission::RoleGrant, routes!(auth::granting::revoke_role))
        .may(Permission::ApprovalRead, routes!(approval::http::list_approvals))
        .may(Permission::RoleGrant, routes!(approval::http::ask_grant))
        .may(Permission::RoleAcknowledge, routes!(approval::http::decide_grant))
        .may(Permission::PeriodEnd, routes!(approval::http::ask_closing))
        .may(Permission::ClosingApprove, routes!(approval::http::decide_closing))
        .may(Permission::KeyAsk, routes!(approval::key::ask_key))
        .may(Permission::KeyIssue, routes!(approval::key::decide_key))
        .may(Permission::PersonUnmask, routes!(approval::unmask::ask_unmasking))
        .may(Permission::UnmaskApprove, routes!(approval::unmask::decide_unmasking))
        .may(Permission::CorrectionAsk, routes!(approval::correction::rehearse_correction))
        .may(Permission::CorrectionAsk, routes!(approval::correction::ask_correction))
        .may(Permission::CorrectionApprove, routes!(approval::correction::decide_correction))
        .may(Permission::AuditRead, routes!(audit::http::list_audit))
        .may(Permission::AuditRead, routes!(audit::http::get_audit_chain))
        .may(Permission::KeyRead, routes!(auth::signing::http::list_signing_keys))
        .may(Permission::KeyIssue, routes!(auth::signing::http::add_signing_key))
        .may(Permission::KeyIssue, routes!(auth::signing::http::add_signing_secret))
        .may(Permission::KeyIssue, routes!(auth::signing::http::remove_signing_secret))
        .may(Permission::KeyRead, routes!(auth::access::list_keys))
        .may(Permission::KeyIssue, routes!(auth::access::add_key))
        .may(Permission::KeyIssue, routes!(auth::access::remove_key))
        .may(Permission::SessionOwn, routes!(privacy::own::get_own_data))
        .may(Permission::PersonUnmask, routes!(privacy::http::unmask_refused))
        .may(Permission::PersonForget, routes!(privacy::http::forget_person))
        .may(Permission::OrganisationRead, routes!(organisation::http::get_organisation))
        .may(Permission::OrganisationRead, routes!(organisation::http::list_posts))
        .may(Permission::OrganisationRead, routes!(organisation::dictionary::list_dictionaries))
        .may(Permission::RosterEdit, routes!(organisation::import::http::get_template))
        .may(Permission::AnnouncementRead, routes!(announcement::http::list_announcements))
        .may(Permission::AnnouncementPlace, routes!(announcement::http::place_announcement))
        .may(Permission::AnnouncementPlace, routes!(announcement::http::withdraw_announcement))
        .may(Permission::RosterEdit, routes!(organisation::http::rehearse_changes))
        .may(Permission::RosterEdit, routes!(organisation::http::make_changes))
        .may(Permission::RosterEdit, routes!(organisation::http::list_changes))
        .may(Permission::RosterEdit, routes!(organisation::import::http::rehearse_import))
        .may(Permission::QualityRead, routes!(quality::http::get_quality))
        .may(Permission::QualityRead, routes!(quality::http::list_unknown_codes))
        .may(Permission::IdentityDecide, routes!(quality::http::identify))
        .may(Permission::HoldJudge, routes!(quality::http::judge_hold))
        .may(Permission::QuarantineMend, routes!(quality::http::mend))
        .may(Permission::QuarantineMend, routes!(quality::http::set_aside))
        .open(routes!(health::live))
        .open(routes!(health::ready))
        .may(Permission::MetricsRead, routes!(health::metrics))
}

/// The server's router.
pub fn router(app: App) -> Router {
    let (routes, table) = routes().into_parts();
    let gate = middleware::from_fn_with_state((app.clone(), Arc::new(table)), gate::around);
    complete(app, routes.split_for_parts().0.route_layer(gate))
}

/// The same routes behind another gate: for the bench, which measures what this one costs. Never served by the program.
pub fn router_behind(app: App, gate: impl FnOnce(Router<App>) -> Router<App>) -> Router {
    let (router, _) = routes().into_parts().0.split_for_parts();
    complete(app, gate(router))
}

/// What is around all routes, and beside them.
fn complete(app: App, routes: Router<App>) -> Router {
    routes
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
    let mut text = routes().into_parts().0.to_openapi().to_pretty_json().unwrap_or_default();
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
