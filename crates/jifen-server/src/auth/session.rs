//! Sessions: a cookie with 32 random bytes, of which the store keeps the SHA-256, and how long it is good for.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use jifen_core::{id::Digest, time::Instant};
use jifen_store::SessionRow;

use super::Key;
use crate::{app::App, problem::Problem};

/// A session that is not used for so many ms is over.
pub const IDLE_MS: i64 = 30 * 60 * 1000;
/// A session is over so many ms after it was opened, used or not.
pub const ABSOLUTE_MS: i64 = 12 * 60 * 60 * 1000;
/// For so many ms after proving who one is, what takes a proof is allowed.
pub const PROVED_MS: i64 = 15 * 60 * 1000;
/// Use is written down when the last note is so many ms old: not every request writes.
pub(super) const NOTED_MS: i64 = 60 * 1000;
/// Name of the cookie over TLS: the prefix binds it to this host.
const COOKIE_SECURE: &str = "__Host-jifen";
/// Name of the cookie over plain HTTP, where browsers refuse the other.
const COOKIE_PLAIN: &str = "jifen";
/// Name of the cookie of an attempt to sign in by a provider, over TLS and over plain HTTP.
const ATTEMPT_SECURE: &str = "__Host-jifen-begun";
const ATTEMPT_PLAIN: &str = "jifen-begun";
/// Seconds that such an attempt may take.
const ATTEMPT_S: u32 = 10 * 60;
/// Says by what a proxy was asked.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whether the session is still good.
pub(super) fn is_open(session: &SessionRow, now: Instant) -> bool {
    now.0 - session.last_seen.0 < IDLE_MS && now.0 - session.created.0 < ABSOLUTE_MS
}

/// When it ends if nobody uses it any more.
pub(super) fn ends(session: &SessionRow) -> Instant {
    Instant((session.last_seen.0 + IDLE_MS).min(session.created.0 + ABSOLUTE_MS))
}

fn is_secure(app: &App, headers: &HeaderMap) -> bool {
    app.is_https() || headers.get(FORWARDED_PROTO).is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// The digest of the session id that a request carries.
pub(super) fn digest_of(app: &App, headers: &HeaderMap) -> Option<Digest> {
    let name = if is_secure(app, headers) { COOKIE_SECURE } else { COOKIE_PLAIN };
    Some(key_in(headers, name)?.digest())
}

/// The secret of the attempt to sign in by a provider that a request carries, and what was found out in it so far.
pub(super) fn attempt_of(app: &App, headers: &HeaderMap) -> Option<(Key, Option<String>)> {
    let value = cookie_in(headers, if is_secure(app, headers) { ATTEMPT_SECURE } else { ATTEMPT_PLAIN })?;
    match value.split_once('.') {
        Some((secret, found)) => Some((Key::parse(secret)?, Some(found.to_owned()))),
        None => Some((Key::parse(value)?, None)),
    }
}

fn key_in(headers: &HeaderMap, name: &str) -> Option<Key> {
    Key::parse(cookie_in(headers, name)?)
}

fn cookie_in<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(cookie, _)| *cookie == name)?;
    Some(value)
}

/// The header that binds an attempt to sign in by a provider to a browser, with what was found out in it so far, or takes it back.
pub(super) fn attempt_cookie(
    app: &App,
    headers: &HeaderMap,
    attempt: Option<(&Key, Option<&str>)>,
) -> Result<HeaderValue, Problem> {
    let (name, secure) = if is_secure(app, headers) { (ATTEMPT_SECURE, "; Secure") } else { (ATTEMPT_PLAIN, "") };
    let value = |(secret, found): (&Key, Option<&str>)| match found {
        Some(found) => format!("{}.{found}", secret.reveal()),
        None => secret.reveal(),
    };
    let (value, age) = attempt.map_or((String::new(), 0), |attempt| (value(attempt), ATTEMPT_S));
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).map_err(|error| Problem::Inconsistent(error.to_string()))
}

/// The header that hands a session to a browser.
pub(super) fn cookie(app: &App, headers: &HeaderMap, id: &Key) -> Result<HeaderValue, Problem> {
    let text = if is_secure(app, headers) {
        format!("{COOKIE_SECURE}={}; Path=/; HttpOnly; SameSite=Strict; Secure", id.reveal())
    } else {
        format!("{COOKIE_PLAIN}={}; Path=/; HttpOnly; SameSite=Strict", id.reveal())
    };
    HeaderValue::from_str(&text).map_err(|error| Problem::Inconsistent(error.to_string()))
}

/// The header that takes it back.
pub(super) fn no_cookie(app: &App, headers: &HeaderMap) -> HeaderValue {
    HeaderValue::from_static(if is_secure(app, headers) {
        "__Host-jifen=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0"
    } else {
        "jifen=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    })
}

/// Whether a page of this server sent the request; `None` when nothing says where it comes from.
pub(super) fn is_own_origin(headers: &HeaderMap) -> Option<bool> {
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    Some(!host.is_empty() && authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host)))
}

/// A browser adds the cookie to whatever any page sends: what changes something must come from our own.
pub(super) fn check_origin(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() || is_own_origin(headers) == Some(true) { Ok(()) } else { Err(Problem::OriginForeign) }
}

/// What a session was opened with, in two words; never the whole header.
pub(super) fn agent(headers: &HeaderMap) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Windows", "Windows"),
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named =
        |table: &[(&str, &'static str)]| table.iter().find(|(part, _)| text.contains(part)).map(|(_, name)| *name);
    [named(&BROWSERS), named(&SYSTEMS)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn an_origin_is_own_only_when_it_is_the_host() {
        for (origin, host, own) in [
            ("https://hall.example", "hall.example", true),
            ("http://127.0.0.1:8787", "127.0.0.1:8787", true),
            ("https://hall.example.evil", "hall.example", false),
            ("https://evil/hall.example", "hall.example", false),
            ("null", "hall.example", false),
            ("https://", "", false),
        ] {
            let headers = headers(&[(header::ORIGIN, origin), (header::HOST, host)]);
            assert_eq!(is_own_origin(&headers), Some(own), "{origin}");
            assert_eq!(check_origin(&Method::POST, &headers).is_ok(), own, "{origin}");
        }
        assert!(check_origin(&Method::POST, &HeaderMap::new()).is_err(), "who does not say is refused");
        assert!(check_origin(&Method::GET, &HeaderMap::new()).is_ok());
    }

    #[test]
    fn agents_are_told_in_two_words() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0";
        assert_eq!(agent(&headers(&[(header::USER_AGENT, edge)])), "Edge · Windows");
        assert_eq!(agent(&HeaderMap::new()), "");
    }
}
