//! Vocabulary: digests, actor tokens, codes and keys that every stage shares.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteArray};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest of canonical bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Digest of several parts in order; the caller makes the parts unambiguous.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Parses 64 lower- or upper-case hexadecimal digits.
    pub fn parse_hex(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }
}

/// An actor as the journal knows it: a keyed hash of its code, never the code itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub [u8; 16]);

impl ActorId {
    /// No actor at all: scored, shown, never ranked.
    pub const UNKNOWN: Self = Self([0; 16]);

    /// Whether this is [`ActorId::UNKNOWN`].
    pub fn is_unknown(self) -> bool {
        self == Self::UNKNOWN
    }

    /// Parses 32 hexadecimal digits.
    pub fn parse_hex(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }
}

/// The 128-bit key of one event, a hash of (source, id) alone: the journal's dedupe key, and the id of a fact opened by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey(pub [u8; 16]);

impl EventKey {
    /// Key of the event `id` of `source`.
    pub fn of(source: &str, id: &str) -> Self {
        let digest = Digest::of_parts([&(source.len() as u64).to_be_bytes()[..], source.as_bytes(), id.as_bytes()]);
        Self(first_16(digest))
    }

    /// Parses 32 hexadecimal digits.
    pub fn parse_hex(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }
}

/// How the journal names an actor that an event mentions: once by (source, code), once by the code alone,
/// so that a code equal to a registered person's is that person for every source unless an alias says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(array)]
pub struct ActorRef {
    /// Keyed hash of (source, code).
    #[n(0)]
    pub sourced: ActorId,
    /// Keyed hash of the code alone.
    #[n(1)]
    pub plain: ActorId,
}

/// The region's secret; every keyed hash of the region uses it. Never leaves the store.
#[derive(Clone)]
pub struct RegionSecret(Hmac<Sha256>);

impl RegionSecret {
    /// The secret with these bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        // A key shorter than the hash's block is padded with zeros (RFC 2104 §2).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&secret);
        // PERF: the key's own two blocks are hashed once here, not once a hash.
        Self(<Hmac<Sha256> as KeyInit>::new(&block.into()))
    }

    /// The journal's name for `code` as `source` uses it.
    pub fn actor(&self, source: &str, code: &str) -> ActorRef {
        ActorRef {
            sourced: ActorId(self.keyed(b"actor-sourced", &[source.as_bytes(), code.as_bytes()])),
            plain: self.plain_actor(code),
        }
    }

    /// The journal's name for a registered person's `code`, whatever the source.
    pub fn plain_actor(&self, code: &str) -> ActorId {
        ActorId(self.keyed(b"actor-plain", &[code.as_bytes()]))
    }

    /// Keyed digest of an event's canonical body: equal bodies under one id are repeats, others conflicts.
    pub fn body(&self, canonical: &[u8]) -> [u8; 16] {
        self.keyed(b"event-body", &[canonical])
    }

    /// What shows that this region said something to whoever holds the parts.
    pub fn said(&self, parts: &[&[u8]]) -> [u8; 16] {
        self.keyed(b"said", parts)
    }

    fn keyed(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = self.0.clone();
        for part in std::iter::once(&purpose).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        first_16(Digest(mac.finalize().into_bytes().into()))
    }
}

fn first_16(digest: Digest) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&digest.0[..16]);
    out
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(out)
}

macro_rules! byte_newtype {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                ByteArray::decode(d, ctx).map(|bytes| Self(bytes.into()))
            }
        }
    };
}

byte_newtype!(Digest);
byte_newtype!(ActorId);
byte_newtype!(EventKey);
