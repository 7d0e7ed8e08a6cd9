//! Jobs: enqueued once, leased to one worker at a time, done at least once.

use jifen_core::time::Instant;
use tokio_postgres::Row;

use super::{connection::Connection, text};
use crate::{
    error::StoreError,
    row::{JobRow, JobState, RegionId},
};

const ENQUEUE: &str = "
    insert into job (region_id, kind, id, due)
    values ($1, $2, $3, $4)
    on conflict do nothing";

/// Takes the job that has waited longest, passing over those another worker is just taking. `job_by_due`.
const LEASE: &str = "
    update job
    set holder = $3,
        leased_until = $4,
        attempts = attempts + 1
    where (region_id, kind, id) = (
        select region_id, kind, id
        from job
        where region_id = $1
          and state = 0
          and due <= $2
          and (leased_until is null or leased_until <= $2)
        order by due, kind, id
        limit 1
        for update skip locked
    )
    returning kind, id, due, state, attempts, failure";

/// Ends a lease; a worker whose lease has run out and was given to another changes nothing.
const SETTLE: &str = "
    update job
    set state = $5,
        due = coalesce($6, due),
        failure = $7,
        holder = null,
        leased_until = null
    where region_id = $1
      and kind = $2
      and id = $3
      and holder = $4
      and state = 0";

const ONE: &str = "
    select kind, id, due, state, attempts, failure
    from job
    where region_id = $1
      and kind = $2
      and id = $3";

pub(crate) fn enqueue(
    connection: &Connection,
    region: RegionId,
    kind: &str,
    id: &str,
    due: Instant,
) -> Result<bool, StoreError> {
    Ok(connection.execute(ENQUEUE, &[&region.0, &text::stored(kind), &text::stored(id), &due.0])? > 0)
}

pub(crate) fn lease(
    connection: &Connection,
    region: RegionId,
    holder: &str,
    now: Instant,
    until: Instant,
) -> Result<Option<JobRow>, StoreError> {
    let row = connection.query_opt(LEASE, &[&region.0, &now.0, &text::stored(holder), &until.0])?;
    row.as_ref().map(parse).transpose()
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
    let (kind, id, holder) = (text::stored(&job.kind), text::stored(&job.id), text::stored(holder));
    let (state, next, failure) =
        (crate::code::small(state.number()), next.map(|next| next.0), failure.map(text::stored));
    Ok(connection.execute(SETTLE, &[&region.0, &kind, &id, &holder, &state, &next, &failure])? > 0)
}

pub(crate) fn job(
    connection: &Connection,
    region: RegionId,
    kind: &str,
    id: &str,
) -> Result<Option<JobRow>, StoreError> {
    let row = connection.query_opt(ONE, &[&region.0, &text::stored(kind), &text::stored(id)])?;
    row.as_ref().map(parse).transpose()
}

fn parse(row: &Row) -> Result<JobRow, StoreError> {
    let number: i16 = row.get(3);
    let attempts: i64 = row.get(4);
    let corrupt = |what: &str| StoreError::Corrupt(format!("a job's {what} cannot be"));
    Ok(JobRow {
        kind: text::read(row.get(0)),
        id: text::read(row.get(1)),
        due: Instant(row.get(2)),
        state: JobState::of(i64::from(number)).ok_or_else(|| corrupt("state"))?,
        attempts: u32::try_from(attempts).map_err(|_| corrupt("count of attempts"))?,
        failure: row.get::<_, Option<String>>(5).map(text::read),
    })
}
