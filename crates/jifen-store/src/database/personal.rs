//! The vault: the surface of both databases for texts that are personal, and for forgetting them.

use std::ops::Range;

use jifen_core::{id::ActorId, time::Instant};

use super::{Backend, Database, access::Audited};
use crate::{
    error::StoreError,
    row::{PersonalRow, RegionId},
};

impl Database {
    /// Personal texts of the record at `position`, by member, as far as their keys are still there.
    pub fn personal(&self, region: RegionId, position: u64) -> Result<Vec<PersonalRow>, StoreError> {
        on!(self, store => store.personal(region, position))
    }

    /// All texts of a person (plain id) that can still be read, by member and position.
    pub fn texts_of(&self, region: RegionId, actor: ActorId) -> Result<Vec<PersonalRow>, StoreError> {
        on!(self, store => store.texts_of(region, actor))
    }

    /// Deletes keys of texts of this member that are nobody's whom the journal knows, a citizen's say, of the records in `span`; at most
    /// `limit` of them, durably. Says how many.
    pub fn forget_texts(
        &self,
        region: RegionId,
        member: &str,
        span: Range<u64>,
        limit: usize,
    ) -> Result<u64, StoreError> {
        on!(self, store => store.forget_texts(region, member, span, limit))
    }

    /// Takes the bodies of refused events that came before `before`, at most `limit` of them, durably. Says how many.
    pub fn wipe_quarantined(&self, region: RegionId, before: Instant, limit: usize) -> Result<u64, StoreError> {
        on!(self, store => store.wipe_quarantined(region, before, limit))
    }
}

impl Audited<'_> {
    /// Deletes the keys of these people (plain ids), durably: nobody reads their texts any more, also in copies made from now on, and
    /// nobody finds them by a name. Says how many had a key.
    pub fn forget(&self, region: RegionId, actors: &[ActorId]) -> Result<u64, StoreError> {
        on!(self.database, store => store.forget(region, actors, Some(self.row)))
    }
}
