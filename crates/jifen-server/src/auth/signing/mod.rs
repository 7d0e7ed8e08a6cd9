//! Requests that are signed and carry no secret: HMAC-SM3 over what is asked, when, and the body (docs/signing.md).
//!
//! In: a request with `authorization: JIFEN-HMAC-SM3 …`. Out: who sent it, and its body, or a refusal.
//!
//! **Invariants.** What is not covered by the signature decides nothing. A signature is good for five minutes and once on a node; on
//! another, or after a restart, the same events are known by their (source, id) and change nothing.

pub(crate) mod http;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, header, request::Parts},
};
use hmac::{Hmac, KeyInit, Mac};
use jifen_core::{id::Digest, time::Instant};
use jifen_store::SecretRow;
use percent_encoding::percent_decode_str;
use sm3::{Digest as _, Sm3};

use super::{Caller, Principal};
use crate::{
    app::{App, blocking},
    intake::http::BODY_BYTES_MAX,
    problem::{Problem, ProofProblem},
};

/// First word of the header of a signed request.
const SCHEME: &str = "JIFEN-HMAC-SM3";
/// A signature is good for so many ms before and after the time it names.
pub const SIGNED_MS: i64 = 5 * 60 * 1000;
/// Secrets of one name that may be alive: the old one and the new.
pub(super) const SECRETS_MAX: usize = 2;
/// Signatures remembered at most; those that will be forgotten first go when more come.
const REMEMBERED_MAX: usize = 262_144;
/// Bytes of a nonce.
const NONCE_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// What the header of a signed request says.
#[derive(PartialEq, Eq, Debug)]
struct Signature {
    region: String,
    key: String,
    time: String,
    at: Instant,
    nonce: String,
    signature: Digest,
}

impl Signature {
    fn parse(header: &str) -> Option<Self> {
        let mut members = BTreeMap::new();
        for pair in header.strip_prefix(SCHEME)?.split(',') {
            let (name, value) = pair.trim().split_once('=')?;
            if members.insert(name, value).is_some() {
                return None;
            }
        }
        let mut take = |name| members.remove(name);
        let (region, key, time) = (take("region")?, take("key")?, take("time")?);
        let (nonce, signature) = (take("nonce")?, take("signature")?);
        let is_plain = nonce.bytes().all(|byte| byte.is_ascii_graphic());
        if !members.is_empty() || !NONCE_BYTES.contains(&nonce.len()) || !is_plain {
            return None;
        }
        Some(Self {
            region: region.to_owned(),
            key: percent_decode_str(key).decode_utf8().ok()?.into_owned(),
            time: time.to_owned(),
            at: Instant(time.parse::<jiff::Timestamp>().ok()?.as_millisecond()),
            nonce: nonce.to_owned(),
            signature: Digest::parse_hex(signature)?,
        })
    }
}

/// What is signed: a line each for the scheme, the method, path and query, the content type, time, nonce and the body's SM3.
pub fn text_to_sign(method: &str, path: &str, content_type: &str, (time, nonce): (&str, &str), body: &[u8]) -> String {
    let body = Digest(Sm3::digest(body).into());
    format!("{SCHEME}\n{method}\n{path}\n{content_type}\n{time}\n{nonce}\n{body}")
}

/// The signature of a text by a secret.
pub fn sign(secret: &[u8; 32], text: &str) -> Digest {
    Digest(mac(secret, text).map_or([0; 32], |mac| mac.finalize().into_bytes().into()))
}

fn mac(secret: &[u8; 32], text: &str) -> Option<Hmac<Sm3>> {
    let mut mac = Hmac::<Sm3>::new_from_slice(secret).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

fn is_signed_by(secret: &[u8; 32], text: &str, signature: &Digest) -> bool {
    mac(secret, text).is_some_and(|mac| mac.verify_slice(&signature.0).is_ok())
}

/// Whether a request says that it is signed.
pub(super) fn is_signed(headers: &HeaderMap) -> bool {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    header.is_some_and(|header| header.starts_with(SCHEME))
}

/// Who signed a request, and its body.
pub(super) async fn verified(app: &App, parts: &Parts, body: Body) -> Result<(Caller, Bytes), Problem> {
    let wrong = || Problem::Proof(ProofProblem::SignatureWrong);
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = Signature::parse(text(header::AUTHORIZATION)).ok_or_else(wrong)?;
    if let Some(name) = parts.headers.keys().find(|name| name.as_str().starts_with("ce-")) {
        let reason = "a signature covers the body: send the event in it (`application/cloudevents+json`)".to_owned();
        return Err(Problem::MalformedHeader { name: name.to_string(), reason });
    }
    let now = app.now();
    if (now.0 - said.at.0).abs() > SIGNED_MS {
        return Err(Problem::Proof(ProofProblem::SignatureStale { now: now.to_rfc3339() }));
    }
    let region = app.region_rows().into_iter().find(|row| row.code == said.region).ok_or_else(wrong)?;
    let (database, id, key) = (app.database().clone(), region.id, said.key.clone());
    let secrets = blocking(move || Ok(database.signing_secrets_of(id, &key)?)).await?;
    // Only who is known makes the server read a body.
    if secrets.is_empty() {
        return Err(wrong());
    }
    let too_large = |_| Problem::BodyTooLarge { limit: BODY_BYTES_MAX };
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(too_large)?;
    let path = parts.uri.path_and_query().map_or(parts.uri.path(), |both| both.as_str());
    let when = (said.time.as_str(), said.nonce.as_str());
    let signed = text_to_sign(parts.method.as_str(), path, text(header::CONTENT_TYPE), when, &body);
    let secret = secrets.into_iter().find(|row| is_signed_by(&row.secret, &signed, &said.signature));
    let secret = secret.ok_or_else(wrong)?;
    let nonce = Digest::of(format!("{}\n{}\n{}", id.0, said.key, said.nonce).as_bytes());
    if !app.signatures().is_new(nonce, said.at, now) {
        return Err(Problem::Proof(ProofProblem::SignatureReplayed));
    }
    Ok((Caller(Principal::of_secret(secret, region)), body))
}

/// Nonces that came while their signatures were good.
#[derive(Default)]
pub(crate) struct Signatures(Mutex<BTreeMap<Digest, Instant>>);

impl Signatures {
    /// Whether a nonce has not come before with a time that is still good; then it is remembered.
    fn is_new(&self, nonce: Digest, at: Instant, now: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED_MAX {
            seen.retain(|_, at| now.0 - at.0 <= SIGNED_MS);
        }
        if seen.len() >= REMEMBERED_MAX {
            let mut times: Vec<i64> = seen.values().map(|at| at.0).collect();
            times.sort_unstable();
            let early = times[times.len() / 4];
            seen.retain(|_, at| at.0 > early);
        }
        let is_new = seen.get(&nonce).is_none_or(|at| now.0 - at.0 > SIGNED_MS);
        if is_new {
            seen.insert(nonce, at);
        }
        is_new
    }
}

impl Principal {
    /// The source that signed with a secret.
    fn of_secret(secret: SecretRow, region: jifen_store::RegionRow) -> Self {
        let role = super::Role::Source;
        let credential = super::Credential::Key(Digest::of(&secret.secret));
        let (name, types) = (secret.name, secret.types);
        Self { role, grants: vec![super::Grant::of(role)], name, region, types, person: None, credential }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_hmac_sm3() {
        // openssl mac -digest SM3 -macopt hexkey:000102…1f HMAC, over `abc`.
        let secret: [u8; 32] = std::array::from_fn(|n| n as u8);
        let signature = sign(&secret, "abc");
        assert_eq!(signature.to_string(), "a8f95cf26f204957e7ca73c9602a25dda35f168b28103b51dfc968c810416b63");
        assert!(is_signed_by(&secret, "abc", &signature) && !is_signed_by(&secret, "abd", &signature));
        assert!(!is_signed_by(&[0; 32], "abc", &signature));
        assert_eq!(
            text_to_sign("POST", "/api/v1/events", "application/cloudevents+json", ("T", "n"), b"abc"),
            "JIFEN-HMAC-SM3\nPOST\n/api/v1/events\napplication/cloudevents+json\nT\nn\n\
             66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
    }

    #[test]
    fn headers_are_read_whole_or_not_at_all() {
        let hex = "ab".repeat(32);
        let good = format!(
            "JIFEN-HMAC-SM3 region=3301, key=%E5%8F%AB, time=2026-11-27T03:00:00Z, nonce=12345678, signature={hex}"
        );
        let said = Signature::parse(&good).expect("read");
        assert_eq!((said.key.as_str(), said.region.as_str(), said.at), ("叫", "3301", Instant(1_795_748_400_000)));
        for (from, to) in [
            ("JIFEN-HMAC-SM3", "JIFEN-HMAC-SHA256"),
            ("region=3301, ", ""),
            ("region=3301", "region=3301, region=3302"),
            ("nonce=12345678", "nonce=1"),
            ("nonce=12345678", "nonce=1234 5678"),
            ("2026-11-27T03:00:00Z", "2026-11-27"),
            ("abab", "abzz"),
            ("signature", "more=1, signature"),
        ] {
            assert_eq!(Signature::parse(&good.replacen(from, to, 1)), None, "{to}");
        }
    }

    #[test]
    fn a_nonce_counts_once_while_its_signature_is_good() {
        let (seen, nonce) = (Signatures::default(), Digest::of(b"n"));
        let (at, later) = (Instant(1_000), Instant(1_000 + SIGNED_MS));
        assert!(seen.is_new(nonce, at, at) && !seen.is_new(nonce, at, at) && !seen.is_new(nonce, at, later));
        assert!(seen.is_new(Digest::of(b"m"), at, later));
        assert!(seen.is_new(nonce, later, Instant(later.0 + 1)), "by then the first is too old anyway");
    }
}
