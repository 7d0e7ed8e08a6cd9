//! Writing a plan: the region if absent, then its events; all or nothing as far as people can tell.

use jifen_core::{both, event::admit, time::Instant};
use jifen_store::{Database, StoreError};

use super::{Fault, Plan, Planned};
use crate::writer::{Arrival, BATCH_EVENTS_MAX, Outcome, Purpose, RegionWriter, WriterError};

/// How the journal names who set the region up.
const BY: &str = "operator";

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// Whether the region is new.
    pub made: bool,
    /// Events appended.
    pub accepted: u64,
    /// Events that were there already.
    pub repeated: u64,
}

/// Why a plan was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Rows whose events are there with another content.
    #[error("the region is there with another content")]
    Conflicts(Vec<Fault>),
    /// The writer failed.
    #[error(transparent)]
    Writer(#[from] WriterError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes `plan`. A second time it changes nothing.
///
/// # Errors
/// [`WriteError::Conflicts`] before anything is written; faults of the store.
pub fn write(database: &Database, plan: &Plan, now: Instant) -> Result<Written, WriteError> {
    let made = match database.region(&plan.code)? {
        Some(row) => {
            let conflicts = conflicts(database, &row, &plan.events, now)?;
            if !conflicts.is_empty() {
                return Err(WriteError::Conflicts(conflicts));
            }
            false
        }
        None => {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(WriterError::Random)?;
            database.create_region(&plan.code, secret)?;
            true
        }
    };
    let mut writer = RegionWriter::open(database, &plan.code)?;
    let mut written = Written { made, accepted: 0, repeated: 0 };
    for batch in plan.events.chunks(BATCH_EVENTS_MAX) {
        let arrival = |planned: &Planned| Arrival {
            envelope: planned.envelope.clone(),
            by: BY.to_owned(),
            received: now,
            purpose: Purpose::Feed,
        };
        for (outcome, planned) in writer.append(batch.iter().map(arrival).collect())?.into_iter().zip(batch) {
            match outcome {
                Outcome::Accepted { .. } => written.accepted += 1,
                Outcome::Repeated { .. } => written.repeated += 1,
                Outcome::Conflicting { .. } => return Err(WriteError::Conflicts(vec![conflict(planned)])),
                Outcome::Rejected { reason, .. } | Outcome::Quarantined { reason, .. } => {
                    let fault = Fault { message: reason, ..conflict(planned) };
                    return Err(WriteError::Conflicts(vec![fault]));
                }
            }
        }
    }
    writer.settle()?;
    Ok(written)
}

/// Rows whose events the journal holds with another body.
fn conflicts(
    database: &Database,
    row: &jifen_store::RegionRow,
    events: &[Planned],
    now: Instant,
) -> Result<Vec<Fault>, StoreError> {
    let secret = database.secret(row.id)?;
    let mut conflicts = Vec::new();
    for planned in events {
        // The plan was checked, and a salt does not change the body's digest.
        let Ok(admitted) = admit(&planned.envelope, &secret, now, &mut || [0; 16]) else { continue };
        let known = database.known(row.id, &[admitted.key])?.pop().flatten();
        if known.is_some_and(|known| known.body != admitted.body) {
            conflicts.push(conflict(planned));
        }
    }
    Ok(conflicts)
}

fn conflict(planned: &Planned) -> Fault {
    let id = planned.envelope.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
    let message = both!(
        "日志里已有 `{id}`，内容不同，而日志从不改动；有变动请另送事件（`jifen import`，docs/init.md）",
        "`{id}` is in the journal with another content, and the journal never changes; \
         send what is new as an event of its own (`jifen import`, docs/init.md)"
    );
    Fault { file: planned.file.clone(), line: planned.line, column: 1, message }
}
