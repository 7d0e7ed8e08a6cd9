//! Jobs: enqueued once, leased to one worker at a time, done at least once.

use jifen_core::time::Instant;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    error::StoreError,
    row::{JobRow, JobState, RegionId},
};

const ENQUEUE: &str = "
    insert into job (region_id, kind, id, due)
    values (?1, ?2, ?3, ?4)
    on conflict do nothing";

/// Takes the job that has waited longest. `job_by_due`.
const LEASE: &str = "
    update job
    set holder = ?3,
        leased_until = ?4,
        attempts = attempts + 1
    where (region_id, kind, id) = (
        select region_id, kind, id
        from job
        where region_id = ?1
          and state = 0
          and due <= ?2
          and (leased_until is null or leased_until <= ?2)
        order by due, kind, id
        limit 1
    )
    returning kind, id, due, state, attempts, failure";

/// Ends a lease; a worker whose lease has run out and was given to another changes nothing.
const SETTLE: &str = "
    update job
    set state = ?5,
        due = coalesce(?6, due),
        failure = ?7,
        holder = null,
        leased_until = null
    where region_id = ?1
      and kind = ?2
      and id = ?3
      and holder = ?4
      and state = 0";

const ONE: &str = "
    select kind, id, due, state, attempts, failure
    from job
    where region_id = ?1
      and kind = ?2
      and id = ?3";

pub(crate) fn enqueue(
    connection: &Connection,
    region: RegionId,
    kind: &str,
    id: &str,
    due: Instant,
) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(ENQUEUE)?.execute((region.0, kind, id, due.0))? > 0)
}

pub(crate) fn lease(
    connection: &Connection,
    region: RegionId,
    holder: &str,
    now: Instant,
    until: Instant,
) -> Result<Option<JobRow>, StoreError> {
    let mut statement = connection.prepare_cached(LEASE)?;
    Ok(statement.query_row((region.0, now.0, holder, until.0), parse).optional()?)
}

pub(crate) fn settle(
    connection: &Connection,
    region: RegionId,
    job: &JobRow,
    holder: &str,
    state: JobState,
    next: Option<Instant>,
    failure: Option<&str>,
) -> Result<bool, StoreError> {
    let next = next.map(|next| next.0);
    let settled = connection.prepare_cached(SETTLE)?.execute((
        region.0,
        &job.kind,
        &job.id,
        holder,
        state.number(),
        next,
        failure,
    ))?;
    Ok(settled > 0)
}

pub(crate) fn job(
    connection: &Connection,
    region: RegionId,
    kind: &str,
    id: &str,
) -> Result<Option<JobRow>, StoreError> {
    Ok(connection.prepare_cached(ONE)?.query_row((region.0, kind, id), parse).optional()?)
}

fn parse(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let number: i64 = row.get(3)?;
    let state = JobState::of(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(3, number))?;
    let (kind, id, due) = (row.get(0)?, row.get(1)?, Instant(row.get(2)?));
    Ok(JobRow { kind, id, due, state, attempts: row.get(4)?, failure: row.get(5)? })
}
