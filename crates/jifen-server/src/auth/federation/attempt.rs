//! One attempt to sign in at the provider. All that must come back is derived from a secret in the browser's cookie, so that any node can
//! finish what another began.
//!
//! In: the cookie's secret, the state that came back. Out: whether they belong together, in time and for the first time.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use jifen_core::{id::RegionSecret, time::Instant};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::auth::Key;

/// How long somebody may take at the provider.
pub(super) const ATTEMPT_MS: i64 = 10 * 60 * 1000;
/// Most attempts that are remembered; the oldest go first.
const REMEMBERED_MAX: usize = 16_384;

/// An attempt, as its secret and its beginning make it.
pub(super) struct Attempt {
    key: Vec<u8>,
    begun: [u8; 8],
}

impl Attempt {
    /// A new one.
    pub(super) fn begin(secret: &Key, now: Instant) -> Self {
        Self { key: secret.reveal().into_bytes(), begun: now.0.to_be_bytes() }
    }

    /// The one that this secret and state belong to; `None` when they do not, or it took too long.
    pub(super) fn resume(secret: &Key, state: &str, now: Instant) -> Option<Self> {
        let begun: [u8; 8] = BASE64.decode(state).ok()?.get(..8)?.try_into().ok()?;
        let attempt = Self { key: secret.reveal().into_bytes(), begun };
        let is_own: bool = attempt.state().as_bytes().ct_eq(state.as_bytes()).into();
        let age = now.0 - i64::from_be_bytes(begun);
        (is_own && (0..ATTEMPT_MS).contains(&age)).then_some(attempt)
    }

    /// What comes back with the answer.
    pub(super) fn state(&self) -> String {
        BASE64.encode([&self.begun[..], &self.derived(b"state")].concat())
    }

    /// What the token must repeat.
    pub(super) fn nonce(&self) -> String {
        BASE64.encode(self.derived(b"nonce"))
    }

    /// What only who began can show (RFC 7636).
    pub(super) fn verifier(&self) -> String {
        BASE64.encode(self.derived(b"verifier"))
    }

    /// What the provider is told of it beforehand.
    pub(super) fn challenge(&self) -> String {
        BASE64.encode(Sha256::digest(self.verifier()))
    }

    fn derived(&self, what: &[u8]) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return Vec::new() };
        mac.update(&self.begun);
        mac.update(what);
        mac.finalize().into_bytes().to_vec()
    }
}

/// Who the provider says it is, while a code of the second factor is awaited: kept by the browser, under the region's own word for it, so
/// that whatever node is asked next knows too.
pub(super) fn known_text(region: &RegionSecret, secret: &Key, state: &str, name: &str) -> String {
    let said = region.said(&[secret.reveal().as_bytes(), state.as_bytes(), name.as_bytes()]);
    format!("{}.{}", BASE64.encode(name), BASE64.encode(said))
}

/// Reads what [`known_text`] wrote; `None` where it was of another region, browser or attempt.
pub(super) fn known_name(region: &RegionSecret, secret: &Key, state: &str, found: &str) -> Option<String> {
    let name = String::from_utf8(BASE64.decode(found.split('.').next()?).ok()?).ok()?;
    let is_own: bool = known_text(region, secret, state, &name).as_bytes().ct_eq(found.as_bytes()).into();
    is_own.then_some(name)
}

/// How far an attempt has come here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Come {
    /// Its answer is being looked at, or was refused.
    Used,
    /// It opened a session.
    Over,
}

/// Attempts whose answers came.
#[derive(Default)]
pub(super) struct Attempts(Mutex<BTreeMap<String, (i64, Come)>>);

impl Attempts {
    /// Takes an attempt: how far it had come, `None` for one that is new here. Whoever asks next finds it used.
    pub(super) fn take(&self, state: &str, now: Instant) -> Option<Come> {
        let mut all = self.all();
        all.retain(|_, (at, _)| now.0 - *at < ATTEMPT_MS);
        if all.len() >= REMEMBERED_MAX
            && let Some(oldest) = all.iter().min_by_key(|(_, (at, _))| *at).map(|(state, _)| state.clone())
        {
            all.remove(&oldest);
        }
        let before = all.get(state).map(|(_, come)| *come);
        all.insert(state.to_owned(), (now.0, before.unwrap_or(Come::Used)));
        before
    }

    /// Notes that it opened a session.
    pub(super) fn end(&self, state: &str, now: Instant) {
        self.all().insert(state.to_owned(), (now.0, Come::Over));
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, (i64, Come)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
