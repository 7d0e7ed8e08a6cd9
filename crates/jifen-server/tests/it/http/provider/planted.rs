//! A provider of our own that lies as it is told to.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use super::CLIENT;

/// A key that signs tokens.
pub(super) struct Signer {
    kid: String,
    pair: EcdsaKeyPair,
}

impl Signer {
    pub(super) fn new(kid: &str) -> Self {
        let (how, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(how, &random).expect("key");
        Self { kid: kid.to_owned(), pair: EcdsaKeyPair::from_pkcs8(how, made.as_ref(), &random).expect("key") }
    }

    fn published(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid,
            "x": BASE64.encode(&point[1..33]), "y": BASE64.encode(&point[33..])}]})
    }

    pub(super) fn token(&self, claims: &Value) -> String {
        self.with(&json!({"alg": "ES256", "kid": self.kid, "typ": "JWT"}), claims, true)
    }

    /// With any header; signed or not.
    pub(super) fn with(&self, header: &Value, claims: &Value, is_signed: bool) -> String {
        let message = message(header, claims);
        let signed = || self.pair.sign(&SystemRandom::new(), message.as_bytes()).expect("signature");
        let signature = if is_signed { BASE64.encode(signed()) } else { String::new() };
        format!("{message}.{signature}")
    }

    /// By a secret that both sides have, as if that were a key.
    pub(super) fn shared(&self, secret: &str, claims: &Value) -> String {
        let message = message(&json!({"alg": "HS256", "kid": self.kid}), claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("key");
        mac.update(message.as_bytes());
        format!("{message}.{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

pub(super) fn challenge(verifier: &str) -> String {
    BASE64.encode(Sha256::digest(verifier))
}

struct Told {
    metadata: Value,
    keys: Value,
    token: String,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Told>>;

/// A provider that answers what it was told to.
pub(super) struct Planted {
    pub(super) issuer: String,
    pub(super) signer: Signer,
    told: Shared,
}

impl Planted {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let issuer = format!("http://{}", listener.local_addr().expect("address"));
        let signer = Signer::new("k1");
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token_endpoint"),
            "jwks_uri": format!("{issuer}/jwks_uri"),
            "authorization_response_iss_parameter_supported": true,
        });
        let told = Told { metadata, keys: signer.published(), token: String::new(), asked: Vec::new() };
        let told = Arc::new(Mutex::new(told));
        let router = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(async |State(told): State<Shared>| Json(told.lock().expect("told").metadata.clone())),
            )
            .route("/jwks_uri", get(async |State(told): State<Shared>| Json(told.lock().expect("told").keys.clone())))
            .route("/token_endpoint", post(exchanged))
            .fallback(noted)
            .with_state(told.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, signer, told }
    }

    pub(super) fn claims(&self, nonce: &str, name: &str, now: i64) -> Value {
        json!({"iss": self.issuer, "sub": "s-1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
            "at_hash": BASE64.encode(&Sha256::digest("for the provider")[..16]), "preferred_username": name})
    }

    /// What the next code is worth.
    pub(super) fn answer(&self, token: &str) {
        token.clone_into(&mut self.told.lock().expect("told").token);
    }

    /// Changes what is published.
    pub(super) fn publish(&self, name: &str, value: &str) {
        self.told.lock().expect("told").metadata[name] = json!(value);
    }

    /// What was asked beside the documents: forms, and paths that are not there.
    pub(super) fn asked(&self) -> Vec<String> {
        self.told.lock().expect("told").asked.clone()
    }
}

async fn exchanged(State(told): State<Shared>, form: String) -> impl IntoResponse {
    let mut told = told.lock().expect("told");
    told.asked.push(form);
    Json(json!({"access_token": "for the provider", "token_type": "Bearer", "id_token": told.token}))
}

async fn noted(State(told): State<Shared>, uri: Uri) -> StatusCode {
    told.lock().expect("told").asked.push(uri.to_string());
    StatusCode::NOT_FOUND
}
