//! Requests to one origin outside: a name is resolved once for each connection, the answer's size and time are bounded, and no
//! redirect is followed.
//!
//! **Invariants.** What is not of the origin that the settings name is never asked, whatever an answer says. Plain HTTP goes to this
//! machine only.

use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};

use axum::body::{Body, Bytes, to_bytes};
use hyper::{Method, Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long an answer may take, with everything before it.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// Longest answer.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Requests that are under way at once; more are refused, so that who signs in cannot make this server flood another.
const REQUESTS_MAX: usize = 16;

/// Scheme, host and port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Origin {
    is_tls: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an address; says what is wrong with one that is not to be asked.
    pub(super) fn of(address: &str) -> Result<Self, String> {
        let (is_tls, rest) = match address.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err(format!("`{address}` is no `https://HOST/…`")),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if authority.is_empty() || !authority.chars().all(is_plain) {
            return Err(format!("`{address}` names no host that can be asked"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let port = match port {
            None => {
                if is_tls {
                    443
                } else {
                    80
                }
            }
            Some(port) => port.parse().map_err(|_| format!("`{port}` is no port"))?,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let origin = Self { is_tls, host, port };
        if !is_tls && !origin.is_here() {
            return Err(format!(
                "`{address}`: whoever is between could be anybody; only `https://` leaves this machine"
            ));
        }
        Ok(origin)
    }

    fn is_here(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.is_tls, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

/// Why there is no answer; for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutboundError {
    /// The address is of another origin.
    #[error("`{0}` is not of the issuer's origin, so it is not asked")]
    Foreign(String),
    /// Too many requests are under way.
    #[error("too many sign in at once")]
    Busy,
    /// No connection, no answer, or not in time.
    #[error("no answer: {0}")]
    Silent(String),
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// The one origin that is asked.
pub(super) struct Outbound {
    origin: Origin,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    places: Semaphore,
}

impl Outbound {
    /// To the origin of `address`, trusting the roots of a file or the system's.
    pub(super) fn to(address: &str, roots: Option<&Path>) -> Result<Self, String> {
        let origin = Origin::of(address)?;
        let tls = if origin.is_tls {
            let config: ClientConfig = jifen_store::client_tls(roots)?;
            let name = ServerName::try_from(origin.host.clone()).map_err(|error| error.to_string())?;
            Some((TlsConnector::from(Arc::new(config)), name))
        } else {
            None
        };
        Ok(Self { origin, tls, places: Semaphore::new(REQUESTS_MAX) })
    }

    pub(super) async fn get(&self, address: &str) -> Result<Answer, OutboundError> {
        self.ask(Method::GET, address, None, String::new()).await
    }

    /// Posts a form, with an `Authorization` where there is one.
    pub(super) async fn post(
        &self,
        address: &str,
        authorization: Option<String>,
        form: String,
    ) -> Result<Answer, OutboundError> {
        self.ask(Method::POST, address, authorization, form).await
    }

    async fn ask(
        &self,
        method: Method,
        address: &str,
        authorization: Option<String>,
        form: String,
    ) -> Result<Answer, OutboundError> {
        if Origin::of(address).ok().as_ref() != Some(&self.origin) {
            return Err(OutboundError::Foreign(address.to_owned()));
        }
        let _place = self.places.try_acquire().map_err(|_| OutboundError::Busy)?;
        let after_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
        let target = after_scheme.find('/').map_or("/", |from| &after_scheme[from..]);
        let mut request = Request::builder()
            .method(method.clone())
            .uri(target)
            .header(header::HOST, self.origin.authority())
            .header(header::ACCEPT, "application/json");
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Body::from(form)).map_err(|error| OutboundError::Silent(error.to_string()))?;
        let silent = |why: String| OutboundError::Silent(why);
        timeout(ANSWER_WAIT, self.answered(request)).await.map_err(|_| silent("it took too long".to_owned()))?
    }

    async fn answered(&self, request: Request<Body>) -> Result<Answer, OutboundError> {
        let silent = |error: &dyn std::fmt::Display| OutboundError::Silent(error.to_string());
        let stream = TcpStream::connect((self.origin.host.as_str(), self.origin.port)).await;
        let stream = stream.map_err(|error| silent(&error))?;
        match &self.tls {
            None => exchanged(stream, request).await,
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await.map_err(|error| silent(&error))?;
                exchanged(stream, request).await
            }
        }
    }
}

async fn exchanged(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Body>,
) -> Result<Answer, OutboundError> {
    let silent = |error: &dyn std::fmt::Display| OutboundError::Silent(error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| silent(&error))?;
    // It ends with the sender.
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| silent(&error))?;
    let status = response.status();
    let body = to_bytes(Body::new(response.into_body()), ANSWER_BYTES_MAX).await.map_err(|error| silent(&error))?;
    Ok(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_it_says_and_plain_http_stays_here() {
        let same = |a: &str, b: &str| Origin::of(a).expect(a) == Origin::of(b).expect(b);
        assert!(same("https://sso.example/a?b", "https://SSO.example:443"));
        assert!(!same("https://sso.example", "https://sso.example:8443"));
        assert!(!same("https://sso.example", "https://sso.example.evil"));
        assert!(same("http://127.0.0.1:9/x", "http://127.0.0.1:9"));
        assert!(same("http://[::1]:9/x", "http://[::1]:9"));
        for refused in [
            "http://sso.example",
            "http://169.254.169.254/latest",
            "https://sso.example@evil.example/",
            "https://",
            "ftp://sso.example",
            "sso.example",
            "https://sso.example:http",
            "https://sso.example\\@evil.example",
        ] {
            Origin::of(refused).expect_err(refused);
        }
    }
}
