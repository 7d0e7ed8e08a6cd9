//! Sealing: AES-256-GCM, and what is hashed under the master.
//!
//! Bytes of a sealed text, never changed: 1 (the scheme), 8 bytes that name the key, 12 of nonce, then salt and text, sealed, with what
//! they belong to (region, position, member) as additional data. A refused event's body is sealed alike, without salt, with region and
//! holder as what it belongs to. Bytes of a key under the master: 1, nonce, the key, sealed.

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::{
    error::StoreError,
    row::{PersonalRow, RegionId},
};

/// The only scheme so far.
const SCHEME: u8 = 1;
/// Bytes that name a key.
const NAME_LENGTH: usize = 8;
const NONCE_LENGTH: usize = 12;
const SALT_LENGTH: usize = 16;
/// Bytes of the hash of a name's beginning.
pub(crate) const BEGINNING_LENGTH: usize = 8;
/// Bytes of the hash of a refused event's body.
pub(crate) const MARK_LENGTH: usize = 16;
/// Characters of a name by which people are found.
const BEGINNING_CHARACTERS: usize = 8;

/// Random bytes of the system.
pub(super) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], StoreError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Unfit {
        place: "this machine".to_owned(),
        why: format!("no random bytes: {error}"),
    })?;
    Ok(bytes)
}

/// The key over all keys of a database.
pub(crate) struct Master {
    cipher: Aes256Gcm,
    /// Hashes beginnings of names.
    beginnings: [u8; 32],
    /// Hashes bodies of refused events.
    bodies: [u8; 32],
}

/// The key of a person, of one text or of one refused event.
pub(super) struct Key {
    bytes: [u8; 32],
    cipher: Aes256Gcm,
}

impl Master {
    pub(super) fn new(bytes: &[u8; 32]) -> Self {
        Self {
            cipher: Aes256Gcm::new(bytes.into()),
            beginnings: hash(bytes, &[b"beginnings of names"]),
            bodies: hash(bytes, &[b"bodies of refused events"]),
        }
    }

    pub(super) fn wrap(&self, region: RegionId, holder: &[u8], key: &Key) -> Result<Vec<u8>, StoreError> {
        sealed(&self.cipher, &[SCHEME], &key.bytes, &about(region, &[holder]))
    }

    /// Nothing where the bytes are not what this master sealed.
    pub(super) fn unwrap(&self, region: RegionId, holder: &[u8], wrapped: &[u8]) -> Option<Key> {
        let rest = wrapped.strip_prefix(&[SCHEME])?;
        let bytes: [u8; 32] = opened(&self.cipher, rest, &about(region, &[holder]))?.try_into().ok()?;
        Some(Key::of(bytes))
    }

    /// The hash of a beginning that is looked for; beyond its first characters it is for the reader to compare.
    pub(crate) fn beginning(&self, region: RegionId, beginning: &str) -> [u8; BEGINNING_LENGTH] {
        short(&self.beginnings, region, beginning_of(beginning))
    }

    /// By what a refused event is known when it is sent again.
    pub(crate) fn mark(&self, region: RegionId, body: &str) -> [u8; MARK_LENGTH] {
        short(&self.bodies, region, body)
    }

    /// Hashes of all beginnings of a name.
    pub(super) fn beginnings(&self, region: RegionId, name: &str) -> impl Iterator<Item = [u8; BEGINNING_LENGTH]> {
        let ends = name.char_indices().map(|(start, character)| start + character.len_utf8());
        ends.take(BEGINNING_CHARACTERS).map(move |end| self.beginning(region, &name[..end]))
    }
}

/// As much of a name as its hashes know.
fn beginning_of(name: &str) -> &str {
    let end = name.char_indices().nth(BEGINNING_CHARACTERS).map_or(name.len(), |(end, _)| end);
    &name[..end]
}

impl Key {
    pub(super) fn new() -> Result<Self, StoreError> {
        Ok(Self::of(random()?))
    }

    fn of(bytes: [u8; 32]) -> Self {
        Self { cipher: Aes256Gcm::new((&bytes).into()), bytes }
    }

    fn name(&self) -> [u8; NAME_LENGTH] {
        let mut name = [0; NAME_LENGTH];
        name.copy_from_slice(&Sha256::digest(self.bytes)[..NAME_LENGTH]);
        name
    }

    pub(super) fn seal(&self, region: RegionId, position: i64, row: &PersonalRow) -> Result<Vec<u8>, StoreError> {
        let plain = [&row.salt[..], row.text.as_bytes()].concat();
        self.seal_bytes(&plain, &about(region, &[&position.to_be_bytes(), row.member.as_bytes()]))
    }

    pub(super) fn seal_body(&self, region: RegionId, holder: &[u8], body: &str) -> Result<Vec<u8>, StoreError> {
        self.seal_bytes(body.as_bytes(), &about(region, &[holder]))
    }

    fn seal_bytes(&self, plain: &[u8], about: &[u8]) -> Result<Vec<u8>, StoreError> {
        sealed(&self.cipher, &[&[SCHEME][..], &self.name()].concat(), plain, about)
    }

    /// Whether this key sealed the text.
    pub(super) fn sealed(&self, bytes: &[u8]) -> bool {
        bytes.get(1..=NAME_LENGTH) == Some(&self.name()[..])
    }

    /// Salt and text.
    pub(super) fn open(
        &self,
        region: RegionId,
        position: i64,
        member: &str,
        bytes: &[u8],
    ) -> Option<([u8; SALT_LENGTH], String)> {
        let plain = self.open_bytes(bytes, &about(region, &[&position.to_be_bytes(), member.as_bytes()]))?;
        let (salt, text) = plain.split_first_chunk()?;
        Some((*salt, String::from_utf8(text.to_vec()).ok()?))
    }

    pub(super) fn open_body(&self, region: RegionId, holder: &[u8], bytes: &[u8]) -> Option<String> {
        String::from_utf8(self.open_bytes(bytes, &about(region, &[holder]))?).ok()
    }

    fn open_bytes(&self, bytes: &[u8], about: &[u8]) -> Option<Vec<u8>> {
        opened(&self.cipher, bytes.strip_prefix(&[SCHEME])?.get(NAME_LENGTH..)?, about)
    }
}

/// What sealed bytes belong to: elsewhere they do not open.
fn about(region: RegionId, parts: &[&[u8]]) -> Vec<u8> {
    let mut about = region.0.to_be_bytes().to_vec();
    parts.iter().for_each(|part| about.extend_from_slice(part));
    about
}

fn sealed(cipher: &Aes256Gcm, head: &[u8], plain: &[u8], about: &[u8]) -> Result<Vec<u8>, StoreError> {
    let nonce: [u8; NONCE_LENGTH] = random()?;
    let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: about });
    let sealed = sealed.map_err(|_| StoreError::Invariant("a text is too long to be sealed".to_owned()))?;
    Ok([head, &nonce, &sealed].concat())
}

fn opened(cipher: &Aes256Gcm, bytes: &[u8], about: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
    cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: about }).ok()
}

#[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// The beginning of the hash of a region's text.
fn short<const LENGTH: usize>(key: &[u8], region: RegionId, text: &str) -> [u8; LENGTH] {
    let hash = hash(key, &[&region.0.to_be_bytes(), text.as_bytes()]);
    let mut short = [0; LENGTH];
    short.copy_from_slice(&hash[..LENGTH]);
    short
}
