//! A list of changes, each planned on the ground of those before it, so that what one registers another may name.
//!
//! In: changes. Out: their events, and the region as it would be; or the first fault. Batches are named by the ids of their events:
//! `organisation/batch/BATCH/7` in the journal, `organisation/batch/BATCH-back/7` for what takes it back.

use jifen_core::{engine::Region, id::EventKey, journal::Record, roster::Organisation, time::Instant};
use jifen_store::{Database, RegionRow};

use super::{
    change::{Change, Planned},
    rehearse::Stage,
};
use crate::{auth::Caller, body::malformed, problem::Problem};

/// How the ids of these events begin.
pub(super) const IDS: &str = "organisation/";
/// How the ids of a batch's events begin.
pub(super) const BATCHES: &str = "organisation/batch/";
/// How the name of what takes a batch back ends.
pub(super) const BACK: &str = "-back";
/// Most changes of one request.
pub(super) const CHANGES_MAX: usize = 50;
/// Most changes of a batch: a hall's people, or a region's windows.
pub(super) const BATCH_MAX: usize = 1_000;

/// What a list of changes comes to.
pub(super) struct Staged<'a> {
    pub(super) planned: Vec<Planned>,
    pub(super) stage: Stage<'a>,
    /// Of a batch to be taken back, what stays.
    pub(super) kept: u64,
}

/// The batch of an event's id.
pub(super) fn batch_of(id: &str) -> Option<&str> {
    id.strip_prefix(BATCHES)?.rsplit_once('/').map(|(batch, _)| batch)
}

/// The keys of the events whose ids begin so.
pub(super) fn keys_of(organisation: &Organisation, is_wanted: impl Fn(&str) -> bool) -> Vec<EventKey> {
    let orders = organisation.orders().filter(|(.., id)| is_wanted(id));
    orders.map(|(_, _, source, id)| EventKey::of(source, id)).collect()
}

/// The journal's records of events, the oldest first.
///
/// # Errors
/// Store faults.
pub(super) fn records_of(database: &Database, row: &RegionRow, keys: &[EventKey]) -> Result<Vec<Record>, Problem> {
    let known = database.known(row.id, keys)?;
    let mut positions: Vec<u64> = known.into_iter().flatten().map(|known| known.position).collect();
    positions.sort_unstable();
    let mut records = database.records(row.id, &positions)?;
    records.sort_by_key(|record| record.position);
    Ok(records)
}

/// Plans changes, each of which who asks may append; at most `max` of them.
///
/// # Errors
/// [`Problem::EventRefused`], [`Problem::MalformedBody`] and [`Problem::Forbidden`] for the first that cannot be; store faults.
pub(super) fn staged<'a>(
    (database, row, region): (&'a Database, &'a RegionRow, &'a Region),
    (caller, now): (&Caller, Instant),
    (changes, max): (&[Change], usize),
) -> Result<Staged<'a>, Problem> {
    if changes.is_empty() || changes.len() > max {
        let reason = format!("there must be 1 to {max} changes");
        return Err(malformed("/changes", reason));
    }
    let mut staged = empty((database, row, region), (caller, now))?;
    match changes {
        [Change::TakeBackBatch { batch }] => staged.take_back(caller, (database, row, region), batch)?,
        _ => {
            for (index, change) in changes.iter().enumerate() {
                staged.push(caller, index, change)?;
            }
        }
    }
    Ok(staged)
}

/// Nothing planned yet.
///
/// # Errors
/// Store faults.
pub(super) fn empty<'a>(
    (database, row, region): (&'a Database, &'a RegionRow, &'a Region),
    (caller, now): (&Caller, Instant),
) -> Result<Staged<'a>, Problem> {
    let stage = Stage::new(database, row, region, (caller.0.by(), now))?;
    Ok(Staged { planned: Vec::new(), stage, kept: 0 })
}

impl Staged<'_> {
    /// Plans one change more; `index` is its place among those that were sent.
    ///
    /// # Errors
    /// As [`staged`]; then nothing of the change is planned.
    pub(super) fn push(&mut self, caller: &Caller, index: usize, change: &Change) -> Result<(), Problem> {
        let planned = self.stage.ground().plan(index, change)?;
        self.add(caller, planned, &format!("/changes/{index}"))
    }

    fn add(&mut self, caller: &Caller, planned: Vec<Planned>, pointer: &str) -> Result<(), Problem> {
        let now = self.stage.ground().now.to_rfc3339();
        for one in planned {
            caller.may_append(one.kind)?;
            let id = format!("{IDS}rehearsal/{}", self.planned.len());
            self.stage.admit(&one.envelope(&id, &now), pointer)?;
            self.planned.push(one);
        }
        Ok(())
    }

    fn take_back(
        &mut self,
        caller: &Caller,
        (database, row, region): (&Database, &RegionRow, &Region),
        batch: &str,
    ) -> Result<(), Problem> {
        let refused = |zh: &str, en: &str| Problem::EventRefused {
            pointer: "/changes/0/batch".to_owned(),
            reason: en.to_owned(),
            reason_zh: Some(zh.to_owned()),
        };
        let keys = |name: &str| keys_of(region.organisation(), |id| batch_of(id) == Some(name));
        if !keys(&format!("{batch}{BACK}")).is_empty() {
            return Err(refused("这一批已经撤回", "this batch was taken back already"));
        }
        let records = records_of(database, row, &keys(batch))?;
        if records.is_empty() || batch.ends_with(BACK) {
            return Err(refused(
                "没有这一批变动；要恢复撤回了的，请重新导入",
                "there is no such batch; what was taken back is imported again",
            ));
        }
        for record in records.iter().rev() {
            match self.stage.ground().plan_back(&record.event)? {
                Some(planned) => self.add(caller, planned, "/changes/0/batch")?,
                None => self.kept += 1,
            }
        }
        if self.planned.is_empty() {
            return Err(refused(
                "这一批全是首次登记或已被后来的变动取代，没有可以撤回的；登记过的编号会一直保留，要改请再导入或登记变动",
                "everything of this batch was registered for the first time or replaced since, so nothing can be taken back; \
                 codes once registered stay, and are changed by another import or change",
            ));
        }
        Ok(())
    }
}
