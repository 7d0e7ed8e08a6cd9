//! The OpenID Connect provider: what it publishes, where people are sent, and what its answer says (authorization code with PKCE).
//!
//! In: an attempt, the code that came back. Out: who signed in, as the declared claim says.

use std::{
    sync::Arc,
    time::{Duration, Instant as Tick},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hyper::StatusCode;
use jifen_core::time::Instant;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::Mutex;

use super::{
    attempt::{Attempt, Attempts},
    outbound::{Outbound, OutboundError},
    settings::{ProviderSettings, SettingsError},
    token::{Expected, Keys, TokenFault, verified},
};

/// What the provider publishes is asked for again after so long.
const METADATA_AGE_MAX: Duration = Duration::from_secs(60 * 60);
/// Keys are asked for again, for one that is not known, at most so often.
const KEYS_AGE_MIN: Duration = Duration::from_secs(10);

/// A provider, and what it published last.
pub(super) struct Provider {
    pub(super) settings: ProviderSettings,
    pub(super) attempts: Attempts,
    outbound: Outbound,
    published: Mutex<Option<Published>>,
}

struct Published {
    at: Tick,
    metadata: Arc<Metadata>,
    keys: Arc<Keys>,
    /// When newer keys were last looked for.
    newer_at: Option<Tick>,
}

/// What is read of its metadata (OpenID Connect Discovery 1.0).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
}

/// Why the provider's word does not count; for the log and the trail, and without anything that it sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderError {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("`{0}` was answered {1}")]
    Status(&'static str, StatusCode),
    #[error("`{0}` was answered with what cannot be read")]
    Unread(&'static str),
    #[error("its metadata name another issuer")]
    Metadata,
    #[error("the answer is of another issuer")]
    MixedUp,
    #[error("the code counts no more")]
    Code,
    #[error("the token does not count: {0}")]
    Token(TokenFault),
}

impl ProviderError {
    /// Whether it is the provider that cannot be used now, and not its answer that does not count.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self, Self::Outbound(_) | Self::Status(..) | Self::Unread(_) | Self::Metadata)
    }
}

impl Provider {
    pub(super) fn new(settings: ProviderSettings) -> Result<Self, SettingsError> {
        let roots = settings.roots.as_deref();
        let outbound = Outbound::to(&settings.issuer, roots)
            .map_err(|reason| SettingsError::of_roots("provider", roots, reason))?;
        Ok(Self { settings, attempts: Attempts::default(), outbound, published: Mutex::new(None) })
    }

    /// Where the browser goes.
    pub(super) async fn address(&self, attempt: &Attempt) -> Result<String, ProviderError> {
        let (metadata, _) = self.published(None).await?;
        let settings = &self.settings;
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &settings.client),
            ("redirect_uri", &settings.redirect),
            ("scope", &settings.scopes.join(" ")),
            ("state", &attempt.state()),
            ("nonce", &attempt.nonce()),
            ("code_challenge", &attempt.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        let endpoint = &metadata.authorization_endpoint;
        Ok(format!("{endpoint}{}{query}", if endpoint.contains('?') { '&' } else { '?' }))
    }

    /// Who signed in: the declared claim of the token that the code is worth.
    pub(super) async fn who(
        &self,
        attempt: &Attempt,
        code: &str,
        issuer: Option<&str>,
        now: Instant,
    ) -> Result<String, ProviderError> {
        let (metadata, keys) = self.published(None).await?;
        // RFC 9207: which of several providers an answer is of must be said where it can be.
        let is_of_issuer = match issuer {
            Some(issuer) => issuer == self.settings.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if !is_of_issuer {
            return Err(ProviderError::MixedUp);
        }
        let tokens = self.tokens(&metadata, attempt, code).await?;
        let nonce = attempt.nonce();
        let expected = Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client,
            nonce: &nonce,
            algorithms: &self.settings.algorithms,
            access_token: &tokens.access_token,
            now_s: now.0.div_euclid(1000),
        };
        let claim = &self.settings.claim;
        let named = match verified(&tokens.id_token, &keys, &expected, claim) {
            // Keys change: a newer one is looked for once.
            Err(TokenFault::KeyUnknown) => {
                let (_, newer) = self.published(Some(&keys)).await?;
                verified(&tokens.id_token, &newer, &expected, claim)
            }
            other => other,
        };
        named.map_err(ProviderError::Token)
    }

    async fn tokens(&self, metadata: &Metadata, attempt: &Attempt, code: &str) -> Result<Tokens, ProviderError> {
        const WHAT: &str = "token_endpoint";
        let settings = &self.settings;
        let (client, secret) = (settings.client.as_str(), settings.secret.reveal());
        let verifier = attempt.verifier();
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", settings.redirect.as_str()),
            ("code_verifier", verifier.as_str()),
        ];
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|one| one == method);
        // Without a list it is `client_secret_basic`, with both halves as forms have them (RFC 6749, 2.3.1).
        let authorization = if has("client_secret_post") && !has("client_secret_basic") {
            pairs.extend([("client_id", client), ("client_secret", secret)]);
            None
        } else {
            Some(format!("Basic {}", BASE64.encode(format!("{}:{}", encoded(client), encoded(secret)))))
        };
        let answer = self.outbound.post(&metadata.token_endpoint, authorization, form(&pairs)).await?;
        match answer.status {
            StatusCode::OK => serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Unread(WHAT)),
            StatusCode::BAD_REQUEST if error_of(&answer.body) == "invalid_grant" => Err(ProviderError::Code),
            status => Err(ProviderError::Status(WHAT, status)),
        }
    }

    /// What the provider publishes, as last read; `stale` keys are asked for again.
    async fn published(&self, stale: Option<&Arc<Keys>>) -> Result<(Arc<Metadata>, Arc<Keys>), ProviderError> {
        // One asks, the others wait for its answer.
        let mut published = self.published.lock().await;
        if let Some(kept) = published.as_mut().filter(|kept| kept.at.elapsed() < METADATA_AGE_MAX) {
            let is_stale = stale.is_some_and(|stale| Arc::ptr_eq(stale, &kept.keys));
            if is_stale && kept.newer_at.is_none_or(|at| at.elapsed() >= KEYS_AGE_MIN) {
                kept.newer_at = Some(Tick::now());
                kept.keys = Arc::new(self.document("jwks_uri", &kept.metadata.jwks_uri).await?);
            }
            return Ok((kept.metadata.clone(), kept.keys.clone()));
        }
        let issuer = self.settings.issuer.trim_end_matches('/');
        let address = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = self.document("openid-configuration", &address).await?;
        if metadata.issuer != self.settings.issuer {
            return Err(ProviderError::Metadata);
        }
        let keys = Arc::new(self.document("jwks_uri", &metadata.jwks_uri).await?);
        let metadata = Arc::new(metadata);
        let (at, newer_at) = (Tick::now(), None);
        *published = Some(Published { at, metadata: metadata.clone(), keys: Arc::clone(&keys), newer_at });
        Ok((metadata, keys))
    }

    async fn document<T: DeserializeOwned>(&self, what: &'static str, address: &str) -> Result<T, ProviderError> {
        let answer = self.outbound.get(address).await?;
        if answer.status != StatusCode::OK {
            return Err(ProviderError::Status(what, answer.status));
        }
        serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Unread(what))
    }
}

/// The word for what is wrong, where the answer has one (RFC 6749, 5.2).
fn error_of(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    serde_json::from_slice(body).map(|Refusal { error }| error).unwrap_or_default()
}

fn form(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
