//! Work that a clock starts: planned, leased and done by a loop beside the server, at least once and never by two at a time.
//!
//! In: the clock and the region's state. Out: jobs in the store, and what doing them appends. A killed process loses nothing: its
//! lease runs out and the next loop takes the job again, so every kind must bear being done twice.

mod ending;
mod keeping;
mod publishing;

use std::time::Duration;

use jifen_core::time::Instant;
use jifen_store::{JobRow, JobState, RegionRow, StoreError};

use crate::{
    app::{App, blocking},
    problem::Problem,
};

/// How often the loop looks for work.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long one worker may take for one job.
const LEASE_MS: i64 = 5 * 60_000;
/// Jobs of a region done in one look, so that no region starves the others.
const JOBS_PER_LOOK: usize = 512;
/// After this many failures a job is given up, listed with its failure.
const ATTEMPTS_MAX: u32 = 10;
/// The first wait after a failure; each further one doubles it.
const RETRY_MS: i64 = 30_000;

/// How doing a job ended.
enum Ending {
    Done,
    /// It may work later.
    Failed(String),
    /// It never will.
    Refused(String),
}

/// Looks for work until the server stops.
pub async fn run(app: App) {
    let node = app.node().map(|node| format!(" on node {}", node.name())).unwrap_or_default();
    let holder = format!("jifen serve {}{node}", std::process::id());
    let (mut ticks, mut stopping) = (tokio::time::interval(LOOK_EVERY), app.stopping());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        if let Err(error) = look(&app, &holder).await {
            tracing::warn!(?error, "jobs wait; they are looked at again");
        }
    }
}

/// Plans what the clock says and does what is due, once over all regions.
///
/// # Errors
/// Faults of the store; jobs that fail are put off instead.
pub async fn look(app: &App, holder: &str) -> Result<(), Problem> {
    for region in app.region_rows() {
        ending::plan(app, &region).await?;
        publishing::plan(app, &region).await?;
        keeping::plan(app, &region).await?;
        for _ in 0..JOBS_PER_LOOK {
            let now = app.now();
            let Some(job) = lease(app, &region, holder, now).await? else { break };
            let ending = match job.kind.as_str() {
                ending::KIND => ending::end(app, &region, &job).await,
                publishing::KIND => publishing::publish(app, &region, &job).await,
                keeping::KIND => keeping::keep(app, &region, &job).await,
                other => Ending::Refused(format!("this program knows no job `{other}`")),
            };
            settle(app, &region, holder, job, ending).await?;
        }
    }
    Ok(())
}

async fn lease(app: &App, region: &RegionRow, holder: &str, now: Instant) -> Result<Option<JobRow>, Problem> {
    let (database, id, holder) = (app.database().clone(), region.id, holder.to_owned());
    store(move || database.lease_job(id, &holder, now, Instant(now.0 + LEASE_MS))).await
}

async fn settle(app: &App, region: &RegionRow, holder: &str, job: JobRow, ending: Ending) -> Result<(), Problem> {
    let (state, next, failure) = match ending {
        Ending::Done => (JobState::Done, None, None),
        Ending::Refused(why) => (JobState::GivenUp, None, Some(why)),
        Ending::Failed(why) if job.attempts >= ATTEMPTS_MAX => (JobState::GivenUp, None, Some(why)),
        Ending::Failed(why) => {
            let wait = RETRY_MS << job.attempts.saturating_sub(1).min(10);
            (JobState::Waiting, Some(Instant(app.now().0 + wait)), Some(why))
        }
    };
    if state == JobState::GivenUp {
        tracing::error!(kind = job.kind, id = job.id, ?failure, "a job was given up");
    }
    let (database, id, holder) = (app.database().clone(), region.id, holder.to_owned());
    store(move || database.settle_job(id, &job, &holder, state, next, failure.as_deref())).await.map(|_| ())
}

async fn store<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, Problem> {
    blocking(move || work().map_err(Problem::from)).await
}
