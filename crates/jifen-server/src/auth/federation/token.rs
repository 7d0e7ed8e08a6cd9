//! ID tokens (OpenID Connect Core 1.0, 3.1.3.7): JSON web signatures by the provider's keys, and what they must say to count.
//!
//! In: a token, the keys, what is expected. Out: its claims, or which check it fails.
//!
//! **Invariants.** The algorithm is one that the settings list and that fits the kind of key; `none` and shared secrets are not in any
//! list. A claim of the wrong type is no claim that is absent: it is a fault.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// How far the provider's clock may be off, either way.
pub(super) const SKEW_S: i64 = 60;
/// A token that was issued so long ago is of another time, whatever it says of its end.
const AGE_MAX_S: i64 = 10 * 60;
/// Longest token.
const TOKEN_BYTES_MAX: usize = 32 * 1024;

/// How a provider may sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Algorithm {
    /// RSA PKCS#1 with SHA-256.
    Rs256,
    /// RSA PKCS#1 with SHA-384.
    Rs384,
    /// RSA PKCS#1 with SHA-512.
    Rs512,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

impl Algorithm {
    const ALL: [(Self, &str); 6] = [
        (Self::Rs256, "RS256"),
        (Self::Rs384, "RS384"),
        (Self::Rs512, "RS512"),
        (Self::Ps256, "PS256"),
        (Self::Es256, "ES256"),
        (Self::Es384, "ES384"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, word)| *word == name).map(|(algorithm, _)| algorithm)
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(algorithm, _)| *algorithm == self).map_or("", |(_, word)| word)
    }

    /// The left half of a text's hash, as `at_hash` has it.
    fn half_hash(self, text: &str) -> String {
        let hash = match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Sha256::digest(text).to_vec(),
            Self::Rs384 | Self::Es384 => Sha384::digest(text).to_vec(),
            Self::Rs512 => Sha512::digest(text).to_vec(),
        };
        BASE64.encode(&hash[..hash.len() / 2])
    }
}

/// The provider's keys (RFC 7517); those for anything but signatures, or of a kind that is not known, are left out when used.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Keys {
    keys: Vec<KeyOfProvider>,
}

#[derive(Clone, Debug, Deserialize)]
struct KeyOfProvider {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeyOfProvider {
    /// Whether a key may have made signatures of this kind; `alg` and `use` of the key bind it further.
    fn fits(&self, kid: Option<&str>, algorithm: Algorithm) -> bool {
        let (kind, curve) = match algorithm {
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Ps256 => ("RSA", None),
            Algorithm::Es256 => ("EC", Some("P-256")),
            Algorithm::Es384 => ("EC", Some("P-384")),
        };
        self.kty == kind
            && (curve.is_none() || self.crv.as_deref() == curve)
            && self.r#use.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm.name())
            && kid.is_none_or(|kid| self.kid.as_deref() == Some(kid))
    }

    fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let bytes = |text: &Option<String>| text.as_ref().and_then(|text| BASE64.decode(text).ok());
        let rsa = |how: &'static signature::RsaParameters| {
            let (Some(n), Some(e)) = (bytes(&self.n), bytes(&self.e)) else { return false };
            RsaPublicKeyComponents { n, e }.verify(how, message, signature).is_ok()
        };
        let curve = |how: &'static signature::EcdsaVerificationAlgorithm| {
            let (Some(x), Some(y)) = (bytes(&self.x), bytes(&self.y)) else { return false };
            let point = [&[4][..], &x, &y].concat();
            UnparsedPublicKey::new(how, point).verify(message, signature).is_ok()
        };
        match algorithm {
            Algorithm::Rs256 => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Ps256 => rsa(&signature::RSA_PSS_2048_8192_SHA256),
            Algorithm::Es256 => curve(&signature::ECDSA_P256_SHA256_FIXED),
            Algorithm::Es384 => curve(&signature::ECDSA_P384_SHA384_FIXED),
        }
    }
}

/// What a token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) algorithms: &'a [Algorithm],
    /// The token for the provider that came with it.
    pub(super) access_token: &'a str,
    /// Now, in seconds since 1970.
    pub(super) now_s: i64,
}

/// Which check a token fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum TokenFault {
    #[error("it is no signed token")]
    Malformed,
    #[error("it is signed by an algorithm that the settings do not list")]
    Algorithm,
    /// No key of this name: perhaps a newer one.
    #[error("it is signed by a key that the provider does not publish")]
    KeyUnknown,
    #[error("its signature does not fit")]
    Signature,
    #[error("its issuer is another")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it is over")]
    Expired,
    #[error("it is not of now: the clocks differ")]
    Time,
    #[error("its nonce is another")]
    Nonce,
    #[error("it belongs to another access token")]
    AccessToken,
    #[error("it does not say who signed in")]
    Claim,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    at_hash: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Checks a token; gives the claim that is the account's name.
pub(super) fn verified(token: &str, keys: &Keys, expected: &Expected<'_>, claim: &str) -> Result<String, TokenFault> {
    let (algorithm, claims) = signed(token, keys, expected.algorithms)?;
    check(&claims, algorithm, expected)?;
    named(&claims, claim).ok_or(TokenFault::Claim)
}

fn signed(token: &str, keys: &Keys, allowed: &[Algorithm]) -> Result<(Algorithm, Claims), TokenFault> {
    let malformed = TokenFault::Malformed;
    let (message, signature) = Some(token)
        .filter(|token| token.len() <= TOKEN_BYTES_MAX)
        .and_then(|token| token.rsplit_once('.'))
        .ok_or(malformed)?;
    let (header, claims) = message.split_once('.').ok_or(malformed)?;
    let decode = |part: &str| BASE64.decode(part).map_err(|_| malformed);
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed)?;
    // Whatever is critical is not known here.
    if header.crit.is_some() {
        return Err(malformed);
    }
    let algorithm =
        Algorithm::parse(&header.alg).filter(|algorithm| allowed.contains(algorithm)).ok_or(TokenFault::Algorithm)?;
    let signature = decode(signature)?;
    let mut fitting = keys.keys.iter().filter(|key| key.fits(header.kid.as_deref(), algorithm)).peekable();
    if fitting.peek().is_none() {
        return Err(TokenFault::KeyUnknown);
    }
    if !fitting.any(|key| key.signed(algorithm, message.as_bytes(), &signature)) {
        // Without a name any key may be meant, and perhaps a newer one.
        return Err(if header.kid.is_none() { TokenFault::KeyUnknown } else { TokenFault::Signature });
    }
    let claims = serde_json::from_slice(&decode(claims)?).map_err(|_| malformed)?;
    Ok((algorithm, claims))
}

fn check(claims: &Claims, algorithm: Algorithm, expected: &Expected<'_>) -> Result<(), TokenFault> {
    if claims.iss != expected.issuer {
        return Err(TokenFault::Issuer);
    }
    let is_for_us = match &claims.aud {
        Audience::One(one) => one == expected.client,
        Audience::Several(several) => {
            // One of several must be told apart by `azp`.
            several.iter().any(|one| one == expected.client) && (several.len() == 1 || claims.azp.is_some())
        }
    };
    if !is_for_us || claims.azp.as_ref().is_some_and(|azp| azp != expected.client) {
        return Err(TokenFault::Audience);
    }
    let now = expected.now_s;
    if claims.exp.saturating_add(SKEW_S) <= now {
        return Err(TokenFault::Expired);
    }
    let is_of_now = claims.iat <= now + SKEW_S
        && claims.iat.saturating_add(AGE_MAX_S) >= now
        && claims.nbf.is_none_or(|begins| begins <= now + SKEW_S);
    if !is_of_now {
        return Err(TokenFault::Time);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenFault::Nonce);
    }
    if claims.at_hash.as_ref().is_some_and(|half| *half != algorithm.half_hash(expected.access_token)) {
        return Err(TokenFault::AccessToken);
    }
    Ok(())
}

/// The claim that is the account's name. An address of mail counts only where the provider has verified it.
fn named(claims: &Claims, claim: &str) -> Option<String> {
    let text = match claim {
        "sub" => Some(claims.sub.as_str()),
        "email" if claims.others.get("email_verified") != Some(&Value::Bool(true)) => None,
        other => claims.others.get(other).and_then(Value::as_str),
    };
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
