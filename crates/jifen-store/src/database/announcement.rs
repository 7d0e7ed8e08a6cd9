//! Announcements: the surface of both databases.

use super::{Backend, Database, access::Audited};
use crate::{
    error::StoreError,
    row::{AnnouncementRow, RegionId, Withdrawal},
};

impl Database {
    /// The region's newest announcements, newest first, those too that are over or withdrawn.
    pub fn announcements(&self, region: RegionId, limit: usize) -> Result<Vec<AnnouncementRow>, StoreError> {
        on!(self, store => store.announcements(region, limit))
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
