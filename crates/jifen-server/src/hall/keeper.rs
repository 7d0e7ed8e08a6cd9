//! The keeper of a region's hall day: folds the journal on when somebody reads, and keeps the fold in the store now and then.
//!
//! Why not in the writer: nobody waits for a picture while a hundred thousand events are imported; folding when read costs the
//! writer nothing, and the journal's order is the only order there is. Why it is bounded: see `docs/decisions/0007`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant as Monotonic},
};

use jifen_core::{engine::Region, hall::HallDay};
use jifen_store::{Database, RegionRow, StoreError};

/// Name and form of the kept fold.
const PROJECTION: &str = "hall/2";
/// Records folded before the fold is kept again: what a restart may have to fold, some 50 ms of work.
const RECORDS_KEPT: u64 = 20_000;
/// Records read at once.
const RECORDS_READ: usize = 4_096;
/// How long one reader folds; a reader that finds more to do is told how far behind the picture is.
pub(crate) const READER_TIME: Duration = Duration::from_millis(1_500);

/// A region's hall day, shared by all readers.
#[derive(Default)]
pub struct HallKeeper(Mutex<Option<Fold>>);

struct Fold {
    day: Arc<HallDay>,
    kept: u64,
}

/// A hall day as read, and how many records of the journal it does not know yet.
pub(crate) struct Kept {
    pub(crate) day: Arc<HallDay>,
    pub(crate) behind: u64,
}

/// Folds the journal on for at most `time`, and gives the day.
///
/// # Errors
/// Store faults.
pub(crate) fn fold_on(
    keeper: &HallKeeper,
    database: &Database,
    row: &RegionRow,
    region: &Region,
    time: Duration,
) -> Result<Kept, StoreError> {
    // A reader that panicked leaves a day that is whole up to its position: records are folded one by one.
    let mut slot = keeper.0.lock().unwrap_or_else(PoisonError::into_inner);
    let fold = match slot.take() {
        Some(fold) => slot.insert(fold),
        None => slot.insert(restore(database, row)?),
    };
    let head = database.head(row.id)?.journal;
    let started = Monotonic::now();
    while fold.day.position < head && started.elapsed() < time {
        let records = database.records_after(row.id, fold.day.position, RECORDS_READ)?;
        if records.is_empty() {
            break;
        }
        // PERF: readers of the picture before hold it for milliseconds; a copy is made only if one still does.
        let day = Arc::make_mut(&mut fold.day);
        for record in &records {
            day.absorb(record, region.organisation());
        }
    }
    if fold.day.position >= fold.kept + RECORDS_KEPT {
        keep(fold, database, row);
    }
    Ok(Kept { day: Arc::clone(&fold.day), behind: head.saturating_sub(fold.day.position) })
}

fn restore(database: &Database, row: &RegionRow) -> Result<Fold, StoreError> {
    let kept = database.projection(row.id, PROJECTION)?;
    let day = kept.and_then(|(position, bytes)| match HallDay::from_bytes(&bytes) {
        Some(day) if day.position == position => Some(day),
        // Nothing depends on it: it is folded again.
        Some(_) | None => None,
    });
    let day = day.unwrap_or_default();
    Ok(Fold { kept: day.position, day: Arc::new(day) })
}

fn keep(fold: &mut Fold, database: &Database, row: &RegionRow) {
    let position = fold.day.position;
    match database.keep_projection(row.id, PROJECTION, position, &jifen_core::canonical(fold.day.as_ref())) {
        Ok(()) => fold.kept = position,
        // The fold goes on in memory; the next reader tries again.
        Err(error) => tracing::warn!(region = row.code, %error, "the hall's day could not be kept"),
    }
}
