//! 公告: what is announced to the people of the region, of a hall or of a department, from a day to a day; some of it to citizens too.
//!
//! In: texts of whoever may announce. Out: what is shown to whom now. Nothing is deleted: it ends, or is withdrawn, and the trail tells of it.

pub(crate) mod http;

use jifen_core::{engine::Region, ledger::Subject, time::Instant};
use jifen_store::{AnnouncementFilter, AnnouncementRow, Database, RegionRow, StoreError};

use crate::auth::{Reach, reach::place_of_subject};

/// Most that citizens are shown.
const PUBLIC_MAX: usize = 50;
/// So many are read at once while those are looked for that somebody sees.
const READ_AT_ONCE: usize = 200;

/// The first `limit` announcements of the region that are `wanted`, newest first, and whether there are more behind the last.
///
/// # Errors
/// Store faults.
pub(crate) fn found(
    database: &Database,
    row: &RegionRow,
    (standing, before): (Option<Instant>, Option<u64>),
    (limit, wanted): (usize, &dyn Fn(&AnnouncementRow) -> bool),
) -> Result<(Vec<AnnouncementRow>, bool), StoreError> {
    let (mut all, mut filter) = (Vec::new(), AnnouncementFilter { standing, before, limit: READ_AT_ONCE });
    loop {
        let rows = database.announcements(row.id, filter)?;
        let is_last = rows.len() < READ_AT_ONCE;
        filter.before = rows.last().map(|row| row.number);
        all.extend(rows.into_iter().filter(|row| wanted(row)));
        if is_last || all.len() > limit {
            let more = all.len() > limit;
            all.truncate(limit);
            return Ok((all, more));
        }
    }
}

/// What citizens are shown now, newest first.
///
/// # Errors
/// Store faults.
pub(crate) fn public(database: &Database, row: &RegionRow, now: Instant) -> Result<Vec<AnnouncementRow>, StoreError> {
    let is_wanted = |row: &AnnouncementRow| row.public && row.is_shown(now);
    Ok(found(database, row, (Some(now), None), (PUBLIC_MAX, &is_wanted))?.0)
}

/// Whether an announcement is for somebody who sees `reach`: for everybody, or for a hall or department where anything is that they see.
fn is_for(reach: &Reach, region: &Region, row: &AnnouncementRow) -> bool {
    let held = region.organisation();
    let windows = held.windows().map(|(code, _)| Subject::Window(code.to_owned()));
    let departments = held.departments().map(|(code, _)| Subject::Department(code.to_owned()));
    let is_there = |subject: &Subject| {
        let place = place_of_subject(region, subject, Instant::MAX);
        match (&row.department, &row.hall) {
            (Some(department), _) => place.department.as_ref() == Some(department),
            (None, hall) => place.hall == *hall,
        }
    };
    let is_everybodys = row.hall.is_none() && row.department.is_none();
    let has_hall = || row.hall.as_deref().is_some_and(|hall| reach.has_hall(hall));
    is_everybodys
        || has_hall()
        || windows.chain(departments).any(|subject| is_there(&subject) && reach.has_subject(region, &subject))
}
