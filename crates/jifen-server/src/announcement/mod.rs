//! 公告: what is announced to the people of the region, or of a hall, from a day to a day; some of it to citizens too.
//!
//! In: texts of whoever may announce. Out: what is shown to whom now. Nothing is deleted: it ends, or is withdrawn, and the trail tells of it.

pub(crate) mod http;

use jifen_core::{engine::Region, ledger::Subject, rule::SubjectKind, time::Instant};
use jifen_store::{AnnouncementRow, Database, RegionRow, StoreError};

use crate::{
    auth::{Reach, reach::place_of_subject},
    board::resident,
};

/// Most that are looked at: the newest.
const LISTED_MAX: usize = 200;

/// What citizens are shown now, newest first.
///
/// # Errors
/// Store faults.
pub(crate) fn public(database: &Database, row: &RegionRow, now: Instant) -> Result<Vec<AnnouncementRow>, StoreError> {
    let mut all = database.announcements(row.id, LISTED_MAX)?;
    all.retain(|announcement| announcement.public && announcement.is_shown(now));
    Ok(all)
}

/// Whether an announcement is for somebody who sees `reach`: for everybody, or for a hall where anything is that they see.
fn is_for(reach: &Reach, region: &Region, hall: Option<&str>) -> bool {
    let Some(hall) = hall else { return true };
    let held = region.organisation();
    let windows = held.windows().map(|(code, _)| Subject::Window(code.to_owned()));
    let departments = held.departments().map(|(code, _)| Subject::Department(code.to_owned()));
    let is_there = |subject: &Subject| place_of_subject(region, subject, Instant::MAX).hall.as_deref() == Some(hall);
    reach.has_hall(hall)
        || windows.chain(departments).any(|subject| is_there(&subject) && reach.has_subject(region, &subject))
}

/// What a hall is called.
pub(crate) fn hall_name(region: &Region, code: &str) -> String {
    resident::place_name(region, SubjectKind::Hall, code).unwrap_or_else(|| code.to_owned())
}
