//! Bearer keys: `jifen_` and 32 random bytes in hexadecimal. Only their SHA-256 is stored.

use std::fmt;

use jifen_core::id::Digest;
use subtle::ConstantTimeEq;

/// What every key begins with, so that scanners find keys that leak.
const PREFIX: &str = "jifen_";

/// A secret bearer key. It is shown once, when it is made.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// Makes a new key.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(KeyError)?;
        Ok(Self(bytes))
    }

    /// Parses a key as a client sends it.
    pub fn parse(text: &str) -> Option<Self> {
        Digest::parse_hex(text.strip_prefix(PREFIX)?).map(|bytes| Self(bytes.0))
    }

    /// The text to give away, once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", Digest(self.0))
    }

    /// What is stored and looked up: SHA-256 of the secret bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Whether `stored` is this key's digest, in a time that does not depend on how much of it agrees.
    pub fn matches(&self, stored: &Digest) -> bool {
        self.digest().0.ct_eq(&stored.0).into()
    }
}

/// Never the secret.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The system gives no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes for a key: {0}")]
pub struct KeyError(getrandom::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_and_never_show() {
        let key = Key::generate().expect("random");
        let text = key.reveal();
        assert_eq!(text.len(), PREFIX.len() + 64);
        assert!(Key::parse(&text).expect("key").matches(&key.digest()));
        assert!(!Key::generate().expect("random").matches(&key.digest()));
        assert!(!format!("{key:?}").contains(&text[6..]));
        for bad in ["", "jifen_", "jifen_12", &text[6..], &text[..text.len() - 1]] {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
    }
}
