//! 个人信息: what is kept of people, and how it goes: forgotten by key, kept no longer than said, shown masked, given to whom it is about
//! ([docs/privacy.md](../../../../docs/privacy.md)).
//!
//! The journal and the ledger know codes' hashes and commitments; whatever is done here changes neither.

pub(crate) mod http;
pub(crate) mod mask;
pub(crate) mod own;
mod own_file;
pub mod retention;

use std::collections::BTreeSet;

use jifen_core::{engine::Region, id::ActorId};
use jifen_store::{AuditRow, Database, RegionRow, StoreError};

/// The act in the trail.
pub const FORGET: &str = "person.forget";

/// Why nobody was forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// No source ever named such a code.
    #[error("there is no person `{0}`: give the code as the board shows it")]
    Unknown(String),
    /// Several sources mean different people by it.
    #[error("`{0}` is several people's code: identify the codes first, then forget the person's own")]
    Ambiguous(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Forgets the person of this code: names, telephone numbers and remarks about them are read no more; code, entries and journal stay.
/// Says whether there was anything to forget; `audit` is written with it.
///
/// # Errors
/// [`ForgetError`].
pub fn forget(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    code: &str,
    audit: &AuditRow,
) -> Result<bool, ForgetError> {
    let ids: Vec<ActorId> = ids_of(database, row, region, code)?.into_iter().collect();
    Ok(database.auditing(audit).forget(row.id, &ids)? > 0)
}

/// Under which names texts about the person of this code may be kept: their own, and those of codes that were identified as theirs.
fn ids_of(database: &Database, row: &RegionRow, region: &Region, code: &str) -> Result<BTreeSet<ActorId>, ForgetError> {
    let named = database.actors_by_code(row.id, code)?;
    let organisation = region.organisation();
    let people: BTreeSet<ActorId> = named.iter().map(|actor| organisation.canonical(*actor)).collect();
    // A registered code is that person's, whatever else a source calls so.
    let registered = named.iter().map(|actor| actor.plain).find(|plain| people.contains(plain));
    let person = match (registered, people.len()) {
        (Some(plain), _) => plain,
        (None, 0) => return Err(ForgetError::Unknown(code.to_owned())),
        (None, 1) => people.into_iter().next().unwrap_or(ActorId::UNKNOWN),
        (None, _) => return Err(ForgetError::Ambiguous(code.to_owned())),
    };
    let own = named.iter().filter(|actor| organisation.canonical(**actor) == person).map(|actor| actor.sourced);
    Ok(own.chain(organisation.aliases_of(person)).chain([person]).collect())
}
