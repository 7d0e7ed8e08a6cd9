//! What happens around every request: an id, a log line without codes or tokens, metrics, security headers.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The header that carries a request's id back.
pub(crate) const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// What the pages may load: only what this server sends, no inline scripts. Element Plus positions its popups by inline
/// style attributes, hence `style-src-attr`.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
    style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Headers of every answer.
const SECURITY: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The id of the request being answered; empty outside of one.
pub(crate) fn current_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// The middleware around the whole router.
pub(crate) async fn around(request: Request, next: Next) -> Response {
    let id = new_id();
    let started = Instant::now();
    let method = request.method().clone();
    // The route's pattern, never the path itself: paths hold people's codes.
    let route = request.extensions().get::<MatchedPath>().map_or("(none)".to_owned(), |path| path.as_str().to_owned());
    let mut response = REQUEST_ID.scope(id.clone(), next.run(request)).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    tracing::info!(request_id = id, %method, route, status, ms = (seconds * 1000.0) as u64, "answered a request");
    metrics::histogram!("jifen_http_request_seconds", "route" => route, "status" => status.to_string()).record(seconds);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID_HEADER, value);
    }
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Answers hold points of people; only hashed assets of the web app say otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn new_id() -> String {
    let mut bytes = [0; 8];
    // An id only joins log and answer; without random bytes all requests share the zero id.
    getrandom::fill(&mut bytes).ok();
    format!("{:016x}", u64::from_be_bytes(bytes))
}
