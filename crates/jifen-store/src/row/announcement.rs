//! Announcements, and which of them are wanted.

use jifen_core::time::Instant;

use super::RegionId;

/// An announcement to the people of a region, a hall or a department.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnnouncementRow {
    /// Region.
    pub region: RegionId,
    /// What people call it; given by the store.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
    /// The hall whose people it is for; everybody where there is no department either.
    pub hall: Option<String>,
    /// The department whose people it is for.
    pub department: Option<String>,
    /// Whether citizens see it too.
    pub public: bool,
    /// From when it is shown.
    pub begins: Instant,
    /// Until when; `None`: until it is withdrawn.
    pub ends: Option<Instant>,
    /// When it was placed.
    pub placed: Instant,
    /// Account or key that placed it.
    pub placed_by: String,
    /// When it was withdrawn, and by whom.
    pub withdrawn: Option<Withdrawal>,
}

/// Which announcements are wanted, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnnouncementFilter {
    /// Only those that are neither over nor withdrawn at this time.
    pub standing: Option<Instant>,
    /// Only those with a smaller number.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

/// When something was withdrawn, and by whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdrawal {
    /// When.
    pub at: Instant,
    /// Account or key.
    pub by: String,
}

impl AnnouncementRow {
    /// Whether it is shown.
    pub fn is_shown(&self, now: Instant) -> bool {
        self.withdrawn.is_none() && self.begins <= now && self.ends.is_none_or(|ends| now < ends)
    }
}
