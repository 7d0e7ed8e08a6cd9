//! What-ifs under way and done: one at a time per region, the latest answers kept until the server stops.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use jifen_core::time::Instant;
use jifen_store::RegionId;

use super::{Checked, Comparison, WhatIf, WhatIfDraft, WhatIfError, WhatIfSpan, WhatIfState};

/// Most answers kept per region.
const KEPT_MAX: usize = 16;

/// The what-ifs of all regions.
#[derive(Default)]
pub(crate) struct WhatIfs(Mutex<BTreeMap<RegionId, Region>>);

#[derive(Default)]
struct Region {
    last: u64,
    runs: BTreeMap<u64, Arc<Run>>,
}

/// One what-if.
pub(crate) struct Run {
    id: u64,
    text: String,
    draft: WhatIfDraft,
    span: WhatIfSpan,
    by: String,
    asked: Instant,
    position: AtomicU64,
    head: AtomicU64,
    cancelled: AtomicBool,
    ended: Mutex<Option<Result<Comparison, WhatIfError>>>,
}

impl WhatIfs {
    /// Notes a new what-if; `Err` is the number of the one that is still running.
    pub(super) fn begin(
        &self,
        region: RegionId,
        checked: &Checked,
        by: String,
        asked: Instant,
    ) -> Result<Arc<Run>, u64> {
        let mut regions = lock(&self.0);
        let region = regions.entry(region).or_default();
        if let Some(running) = region.runs.values().find(|run| lock(&run.ended).is_none()) {
            return Err(running.id);
        }
        region.last += 1;
        let (set, (from, to)) = (checked.set(), checked.span());
        let run = Arc::new(Run {
            id: region.last,
            text: checked.question.text.clone(),
            draft: WhatIfDraft {
                set: set.id.clone(),
                title: set.title.clone(),
                title_en: set.title_en.clone().unwrap_or_else(|| set.title.clone()),
                version: set.version.to_string(),
            },
            span: WhatIfSpan { from: from.to_string(), to: to.to_string() },
            by,
            asked,
            position: AtomicU64::new(0),
            head: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            ended: Mutex::default(),
        });
        region.runs.insert(run.id, Arc::clone(&run));
        while region.runs.len() > KEPT_MAX {
            region.runs.pop_first();
        }
        Ok(run)
    }

    /// All of a region, newest first.
    pub(super) fn all(&self, region: RegionId) -> Vec<Arc<Run>> {
        let regions = lock(&self.0);
        regions.get(&region).into_iter().flat_map(|region| region.runs.values().rev().cloned()).collect()
    }

    /// The text and answer of one that is done.
    pub(crate) fn answer(&self, region: RegionId, id: u64) -> Option<(String, Comparison)> {
        let run = self.one(region, id)?;
        let ended = lock(&run.ended);
        let found = ended.as_ref()?.as_ref().ok()?.clone();
        Some((run.text.clone(), found))
    }

    /// One of them.
    pub(super) fn one(&self, region: RegionId, id: u64) -> Option<Arc<Run>> {
        lock(&self.0).get(&region)?.runs.get(&id).cloned()
    }
}

impl Run {
    /// Notes how far it is; whether to go on.
    pub(super) fn progress(&self, position: u64, head: u64) -> bool {
        self.position.store(position, Ordering::Relaxed);
        self.head.store(head, Ordering::Relaxed);
        !self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks it to end without an answer.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Notes how it ended.
    pub(super) fn end(&self, answer: Result<Comparison, WhatIfError>) {
        *lock(&self.ended) = Some(answer);
    }

    /// As it goes over the wire, with or without the answer itself.
    pub(super) fn view(&self, whole: bool) -> WhatIf {
        let ended = lock(&self.ended);
        let (state, failure) = match ended.as_ref() {
            None => (WhatIfState::Running, None),
            Some(Ok(_)) => (WhatIfState::Done, None),
            Some(Err(WhatIfError::Cancelled)) => (WhatIfState::Cancelled, None),
            Some(Err(error)) => (WhatIfState::Failed, Some(error.to_string())),
        };
        WhatIf {
            id: self.id,
            state,
            draft: self.draft.clone(),
            span: self.span.clone(),
            by: self.by.clone(),
            asked: self.asked.to_rfc3339(),
            position: self.position.load(Ordering::Relaxed),
            head: self.head.load(Ordering::Relaxed),
            result: ended.as_ref().filter(|_| whole).and_then(|ended| ended.as_ref().ok().cloned()),
            failure,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
