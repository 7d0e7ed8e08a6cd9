//! What happens around every request: an id, a log line without codes or tokens, metrics, security headers.

use std::{convert::Infallible, net::IpAddr, time::Instant};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};

tokio::task_local! {
    static REQUEST_ID: String;
    static ADDRESS: String;
}

/// The header that carries a request's id back.
pub(crate) const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Whom a proxy speaks for.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

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

/// Where the request being answered comes from, as [`From`] says; empty outside of one.
pub(crate) fn current_address() -> String {
    ADDRESS.try_with(Clone::clone).unwrap_or_default()
}

/// The other end of the connection.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Where a request comes from, as far as one can know: the other end of the connection, or, when that is a proxy on this
/// machine, whom the proxy names last in `X-Forwarded-For`. Empty when nobody says.
pub(crate) struct From(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, &parts.headers))
    }
}

impl From {
    fn of(extensions: &Extensions, headers: &HeaderMap) -> Self {
        let Some(Peer(peer)) = extensions.get().copied() else { return Self(String::new()) };
        let peer = peer.to_canonical();
        let forwarded = headers.get_all(FORWARDED_FOR).into_iter().next_back();
        let forwarded =
            forwarded.and_then(|list| list.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
        let forwarded = forwarded.map(|address| address.to_canonical());
        let from = if peer.is_loopback() { forwarded.unwrap_or(peer) } else { peer };
        Self(match from {
            // Whoever has one IPv6 address has 2⁶⁴ of them.
            IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
            IpAddr::V4(v4) => v4.to_string(),
        })
    }
}

/// The middleware around the whole router.
pub(crate) async fn around(request: Request, next: Next) -> Response {
    let id = new_id();
    let started = Instant::now();
    let method = request.method().clone();
    // The route's pattern, never the path itself: paths hold people's codes.
    let route = request.extensions().get::<MatchedPath>().map_or("(none)".to_owned(), |path| path.as_str().to_owned());
    let From(address) = From::of(request.extensions(), request.headers());
    let mut response = REQUEST_ID.scope(id.clone(), ADDRESS.scope(address, next.run(request))).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn from(peer: Option<&str>, forwarded: Option<&'static str>) -> String {
        let (mut parts, ()) = Request::new(()).into_parts();
        if let Some(peer) = peer {
            parts.extensions.insert(Peer(peer.parse().expect("address")));
        }
        if let Some(forwarded) = forwarded {
            parts.headers.insert(FORWARDED_FOR, HeaderValue::from_static(forwarded));
        }
        From::from_request_parts(&mut parts, &()).await.expect("infallible").0
    }

    #[tokio::test]
    async fn only_a_proxy_on_this_machine_speaks_for_others() {
        assert_eq!(from(Some("10.1.2.3"), None).await, "10.1.2.3");
        assert_eq!(from(Some("10.1.2.3"), Some("10.9.9.9")).await, "10.1.2.3", "anybody can write that header");
        assert_eq!(
            from(Some("127.0.0.1"), Some("10.6.6.6, 10.9.9.9")).await,
            "10.9.9.9",
            "the last is the proxy's own"
        );
        assert_eq!(from(Some("::ffff:127.0.0.1"), Some("10.9.9.9")).await, "10.9.9.9");
        assert_eq!(from(Some("127.0.0.1"), Some("nonsense")).await, "127.0.0.1");
        assert_eq!(from(Some("2001:db8:1:2:3::1"), None).await, from(Some("2001:db8:1:2:9::7"), None).await);
        assert_eq!(from(None, Some("10.9.9.9")).await, "");
    }
}
