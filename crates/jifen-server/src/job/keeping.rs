//! `retention`: once a day, what is past its term is taken away (`retention.toml`): keys of texts, and bodies of refused events.
//!
//! Done twice it finds nothing the second time. Journal, ledger and trail are left as they are; the trail tells what went.

use jifen_core::time::Instant;
use jifen_store::{AuditKind, AuditRow, Database, JobRow, RegionRow, StoreError};

use super::{Ending, store};
use crate::{
    app::App,
    privacy::retention::{Kept, kept},
    problem::Problem,
};

/// The jobs' kind; their id is the day.
pub(super) const KIND: &str = "retention";
/// Who did it, in the trail.
const ACTOR: &str = "job:retention";
/// Keys, or bodies, that go in one transaction: who writes events waits for no more.
const AT_A_TIME: usize = 2_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// Enqueues today's.
pub(super) async fn plan(app: &App, row: &RegionRow) -> Result<(), Problem> {
    let Some(region) = app.resident(row.id) else { return Ok(()) };
    let (database, id, now) = (app.database().clone(), row.id, app.now());
    let today = region.organisation().zone().date(now).to_string();
    store(move || {
        if database.job(id, KIND, &today)?.is_none() {
            database.enqueue_job(id, KIND, &today, now)?;
        }
        Ok(())
    })
    .await
}

/// Takes away what is past its term now.
pub(super) async fn keep(app: &App, row: &RegionRow, _: &JobRow) -> Ending {
    let (database, region, now) = (app.database().clone(), row.clone(), app.now());
    let done = store(move || {
        let gone = expire(&database, &region, now)?;
        if !gone.is_empty() {
            database.audit(&told(&region, now, &gone))?;
        }
        Ok(gone)
    });
    match done.await {
        Ok(gone) => {
            gone.iter().for_each(|(name, count)| tracing::info!(region = row.code, name, count, "kept to its term"));
            Ending::Done
        }
        Err(problem) => Ending::Failed(format!("{problem:?}")),
    }
}

/// What went, and how many.
fn expire(database: &Database, row: &RegionRow, now: Instant) -> Result<Vec<(&'static str, u64)>, StoreError> {
    let mut gone = Vec::new();
    for kept in kept() {
        let Some(days) = kept.days else { continue };
        let count = expired(database, row, kept, Instant(now.0 - i64::from(days) * DAY_MS))?;
        if count > 0 {
            gone.push((&kept.name[..], count));
        }
    }
    Ok(gone)
}

fn expired(database: &Database, row: &RegionRow, kept: &Kept, before: Instant) -> Result<u64, StoreError> {
    let mut count = 0;
    if kept.bodies {
        count += all(|| database.wipe_quarantined(row.id, before, AT_A_TIME))?;
    }
    if !kept.texts.is_empty() {
        let end = first_since(database, row, before)?;
        for member in &kept.texts {
            count += all(|| database.forget_texts(row.id, member, 0..end, AT_A_TIME))?;
        }
    }
    Ok(count)
}

/// Some at a time, until there are no more.
fn all(mut some: impl FnMut() -> Result<u64, StoreError>) -> Result<u64, StoreError> {
    let mut count = 0;
    loop {
        match some()? {
            0 => return Ok(count),
            more => count += more,
        }
    }
}

/// Position of the first record that was received at this time or later; clocks that went back make it an earlier one or a later.
fn first_since(database: &Database, row: &RegionRow, time: Instant) -> Result<u64, StoreError> {
    let (mut from, mut to) = (1, database.head(row.id)?.journal + 1);
    while from < to {
        let middle = from + (to - from) / 2;
        let record = database.records_after(row.id, middle - 1, 1)?.pop();
        if record.is_some_and(|record| record.received < time) { from = middle + 1 } else { to = middle }
    }
    Ok(from)
}

fn told(row: &RegionRow, now: Instant, gone: &[(&str, u64)]) -> AuditRow {
    let object = gone.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ");
    AuditRow {
        region: row.id,
        at: now,
        kind: AuditKind::Change,
        actor: ACTOR.to_owned(),
        address: String::new(),
        act: "retention.expire".to_owned(),
        object,
        reason: "docs/privacy.md".to_owned(),
        request: String::new(),
    }
}
