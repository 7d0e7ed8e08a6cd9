//! The vault's keys: each person's and each citizen's text is sealed under a key of its own, those under one that is in no database.
//!
//! In: a database's address. Out: the master key that its vault was sealed with, and nothing else. A key that is deleted takes its texts
//! with it, in every copy made afterwards ([why](../../../../docs/decisions/0035-the-vault-is-sealed-and-shredded-by-key.md)).

mod file;
mod seal;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

use jifen_core::{event::member, id::ActorId};

pub(crate) use seal::{BEGINNING_LENGTH, MARK_LENGTH, Master};
use seal::{Key, random};

use crate::{
    code,
    error::StoreError,
    row::{PersonalRow, RegionId},
};

/// Names the file of the master key; where it names a folder, the one of databases on servers lies in it.
pub(crate) const NAMED: &str = "JIFEN_VAULT_KEY";

/// Whose key it is, as bytes that sort.
pub(crate) type Holder = Vec<u8>;

/// A database's master key, read when it is first needed.
pub(crate) struct Vault {
    /// `None`: nobody named one, for a database on a server.
    place: Option<PathBuf>,
    master: OnceLock<Master>,
    /// Regions whose proof this master opened.
    proved: Mutex<BTreeSet<RegionId>>,
}

impl Vault {
    /// Of the database in this file: beside it, unless named.
    pub(crate) fn of_file(path: &Path) -> Self {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".key");
        Self::at(Some(named().filter(|named| !named.is_dir()).unwrap_or_else(|| beside.into())))
    }

    /// Of a database on a server: named.
    pub(crate) fn of_server() -> Self {
        Self::at(named().map(|named| if named.is_dir() { named.join("vault.key") } else { named }))
    }

    fn at(place: Option<PathBuf>) -> Self {
        Self { place, master: OnceLock::new(), proved: Mutex::default() }
    }

    /// The master, if it was proved for this region before.
    pub(crate) fn proved(&self, region: RegionId) -> Option<&Master> {
        // Valid after every statement.
        let proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        self.master.get().filter(|_| proved.contains(&region))
    }

    /// The master that this proof of the region was made with.
    pub(crate) fn prove(&self, region: RegionId, proof: &[u8]) -> Result<&Master, StoreError> {
        let master = self.load()?;
        if master.unwrap(region, &proof_holder(), proof).is_none() {
            let why = "is not the one that this database's vault was sealed with: put the right file there, or name it";
            return Err(self.fault(why));
        }
        self.proved.lock().unwrap_or_else(PoisonError::into_inner).insert(region);
        Ok(master)
    }

    /// A proof for a region that has none. A key is made only where no region of the database has one yet.
    pub(crate) fn first_proof(&self, region: RegionId, is_first: bool) -> Result<Vec<u8>, StoreError> {
        let master = if is_first { self.load_or_make()? } else { self.load()? };
        master.wrap(region, &proof_holder(), &Key::new()?)
    }

    pub(crate) fn load(&self) -> Result<&Master, StoreError> {
        if let Some(master) = self.master.get() {
            return Ok(master);
        }
        let bytes = file::read(self.place()?)?;
        let bytes =
            bytes.ok_or_else(|| self.fault("is not there: put the key file of this database there, or name it"))?;
        let master =
            Master::new(&file::parse(&bytes).ok_or_else(|| self.fault("is no key file: put the right one there"))?);
        Ok(self.master.get_or_init(|| master))
    }

    fn load_or_make(&self) -> Result<&Master, StoreError> {
        let place = self.place()?;
        if file::read(place)?.is_none() {
            file::make(place, &random()?)?;
            tracing::warn!(
                "已生成保险库的主密钥 {0}：请另存一份，且不与备份放在一起 / made the key of the vault, {0}: keep a copy of it, and not with the backups",
                place.display()
            );
        }
        self.load()
    }

    fn place(&self) -> Result<&Path, StoreError> {
        self.place.as_deref().ok_or_else(|| {
            StoreError::VaultKey(format!(
                "is needed for personal texts in a database on a server: name its file in {NAMED}, the same for every node"
            ))
        })
    }

    fn fault(&self, why: &str) -> StoreError {
        let place = self.place.as_deref().unwrap_or(Path::new("")).display();
        StoreError::VaultKey(format!("at `{place}` {why} in {NAMED}"))
    }
}

fn named() -> Option<PathBuf> {
    env::var_os(NAMED).filter(|named| !named.is_empty()).map(PathBuf::from)
}

/// Under which the key lies that proves a master.
pub(crate) fn proof_holder() -> Holder {
    vec![0]
}

pub(crate) fn person_holder(actor: ActorId) -> Holder {
    [&[1][..], &actor.0].concat()
}

/// Of a text that is nobody's whom the journal knows: a citizen's.
fn text_holder(position: u64, member: &str) -> Holder {
    [&[2][..], &code::position(position).to_be_bytes(), member.as_bytes()].concat()
}

/// Of the body of the refused event of this number, as it is stored.
pub(crate) fn body_holder(number: i64) -> Holder {
    [&[3][..], &number.to_be_bytes()].concat()
}

/// Whether this is of a text of a record after `position`, as it is stored.
pub(crate) fn is_of_text_after(holder: &[u8], position: i64) -> bool {
    matches!(holder.split_first(), Some((2, rest))
        if rest.first_chunk().is_some_and(|of| i64::from_be_bytes(*of) > position))
}

/// Where the member begins in the holder of such a text, counted from 1.
pub(crate) const MEMBER_AT: i32 = 10;

/// Where holders of texts of the record at `position`, and later ones, begin.
pub(crate) fn texts_from(position: u64) -> Holder {
    text_holder(position, "")
}

/// Whether this is a person's name, by which people are found.
fn is_name(row: &PersonalRow) -> bool {
    row.actor.is_some() && row.member == member::PERSON_NAME.spec().name
}

fn holder(row: &PersonalRow) -> Holder {
    row.actor.map_or_else(|| text_holder(row.position, &row.member), person_holder)
}

/// Texts as they are stored.
#[derive(Default)]
pub(crate) struct Sealed {
    pub(crate) texts: Vec<SealedText>,
    /// Keys that were not there: holder, and the key under the master.
    pub(crate) keys: Vec<(Holder, Vec<u8>)>,
    /// Beginnings of names, and the record that has the name.
    pub(crate) names: Vec<([u8; BEGINNING_LENGTH], i64)>,
}

pub(crate) struct SealedText {
    pub(crate) position: i64,
    pub(crate) member: String,
    pub(crate) actor: Option<ActorId>,
    pub(crate) holder: Holder,
    pub(crate) bytes: Vec<u8>,
}

/// People whose keys may be there already.
pub(crate) fn people(rows: &[PersonalRow]) -> BTreeSet<Holder> {
    rows.iter().filter_map(|row| row.actor).map(person_holder).collect()
}

/// Seals texts under the keys of those they are of; `there` are keys that exist.
pub(crate) fn seal(
    master: &Master,
    region: RegionId,
    rows: &[PersonalRow],
    there: &BTreeMap<Holder, Vec<u8>>,
) -> Result<Sealed, StoreError> {
    let mut sealed = Sealed::default();
    let mut keys: BTreeMap<Holder, Key> = BTreeMap::new();
    for (holder, wrapped) in there {
        let key = master.unwrap(region, holder, wrapped);
        keys.insert(holder.clone(), key.ok_or_else(|| damaged("a person's key"))?);
    }
    for row in rows {
        let holder = holder(row);
        if !keys.contains_key(&holder) {
            let key = Key::new()?;
            sealed.keys.push((holder.clone(), master.wrap(region, &holder, &key)?));
            keys.insert(holder.clone(), key);
        }
        let position = code::position(row.position);
        let bytes = keys[&holder].seal(region, position, row)?;
        let (member, actor) = (row.member.clone(), row.actor);
        sealed.texts.push(SealedText { position, member, actor, holder, bytes });
    }
    sealed.names = names(master, region, rows);
    Ok(sealed)
}

/// By what the people are found whose names are among these texts.
pub(crate) fn names(master: &Master, region: RegionId, rows: &[PersonalRow]) -> Vec<([u8; BEGINNING_LENGTH], i64)> {
    let named = rows.iter().filter(|row| is_name(row));
    let of = |row: &PersonalRow| {
        let position = code::position(row.position);
        master.beginnings(region, &row.text).map(move |beginning| (beginning, position)).collect::<Vec<_>>()
    };
    named.flat_map(of).collect()
}

/// Opens a stored text; nothing where its key is gone, or another has taken its place.
pub(crate) fn open(
    master: &Master,
    region: RegionId,
    text: &SealedText,
    wrapped: &[u8],
) -> Result<Option<PersonalRow>, StoreError> {
    let key = master.unwrap(region, &text.holder, wrapped).ok_or_else(|| damaged("a key"))?;
    if !key.sealed(&text.bytes) {
        return Ok(None);
    }
    let opened = key.open(region, text.position, &text.member, &text.bytes);
    let (salt, words) = opened.ok_or_else(|| damaged("a text"))?;
    Ok(Some(PersonalRow {
        position: code::parse_position(text.position)?,
        member: text.member.clone(),
        actor: text.actor,
        salt,
        text: words,
    }))
}

/// The body of a refused event as it is stored, and its key under the master.
pub(crate) struct SealedBody {
    pub(crate) holder: Holder,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    /// By what it is known when it is sent again.
    pub(crate) mark: [u8; MARK_LENGTH],
}

/// Seals the body of the refused event of this number under a key of its own.
pub(crate) fn seal_body(master: &Master, region: RegionId, number: i64, body: &str) -> Result<SealedBody, StoreError> {
    let (holder, key) = (body_holder(number), Key::new()?);
    let wrapped = master.wrap(region, &holder, &key)?;
    let bytes = key.seal_body(region, &holder, body)?;
    Ok(SealedBody { holder, wrapped, bytes, mark: master.mark(region, body) })
}

/// Opens the body of the refused event of this number.
pub(crate) fn open_body(
    master: &Master,
    region: RegionId,
    number: i64,
    bytes: &[u8],
    wrapped: &[u8],
) -> Result<String, StoreError> {
    let holder = body_holder(number);
    let key = master.unwrap(region, &holder, wrapped).ok_or_else(|| damaged("a key"))?;
    key.open_body(region, &holder, bytes).ok_or_else(|| damaged("the body of a refused event"))
}

/// Texts are there, and no proof of the master that sealed them.
pub(crate) fn unproved() -> StoreError {
    damaged("what proves the key")
}

fn damaged(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} of the vault cannot be opened"))
}
