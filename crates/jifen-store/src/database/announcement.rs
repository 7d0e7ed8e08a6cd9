//! Announcements: the surface of both databases.

use super::{Backend, Database, access::Audited};
use crate::{
    error::StoreError,
    row::{AnnouncementFilter, AnnouncementRow, RegionId, Withdrawal},
};

impl Database {
    /// Announcements of the region, newest first.
    pub fn announcements(
        &self,
        region: RegionId,
        filter: AnnouncementFilter,
    ) -> Result<Vec<AnnouncementRow>, StoreError> {
        on!(self, store => store.announcements(region, filter))
    }

    /// The announcement of this number.
    pub fn announcement(&self, region: RegionId, number: u64) -> Result<Option<AnnouncementRow>, StoreError> {
        on!(self, store => store.announcement(region, number))
    }
}

impl Audited<'_> {
    /// Adds an announcement; gives its number.
    pub fn add_announcement(&self, row: &AnnouncementRow) -> Result<u64, StoreError> {
        on!(self.database, store => store.add_announcement(row, self.row))
    }

    /// Withdraws an announcement; `false` when it is withdrawn already, or not there.
    pub fn withdraw_announcement(&self, which: (RegionId, u64), withdrawal: &Withdrawal) -> Result<bool, StoreError> {
        on!(self.database, store => store.withdraw_announcement(which, withdrawal, self.row))
    }
}
