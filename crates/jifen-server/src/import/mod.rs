//! Importing files: the region if absent, rules, the feed in batches, then the ends and closings that were asked for.
//!
//! In: files under a mapping, or lines of CloudEvents. Out: the same journal, facts and ledger as any source would make, and a
//! [`Summary`]. Every event has a fixed id, so a second run changes nothing.

mod closing;
mod opening;
mod summary;

use std::{path::PathBuf, sync::mpsc, thread};

use jifen_core::{
    rule::RuleSet,
    time::{Instant, Period, Zone},
};
use jifen_store::{Database, StoreError};
use serde_json::{Map, Value};

use crate::{
    intake::file::{Actors, Feed, FeedError, FeedOptions, Mapping, Progress},
    writer::{Arrival, BATCH_EVENTS_MAX, Outcome, Purpose, RegionWriter, WriterError},
};

use closing::Closing;
pub(crate) use closing::ended;
pub use closing::{MonthError, check_month};
pub use summary::{Problem, Summary};

/// CloudEvents source of what an import itself writes.
pub const SOURCE: &str = "jifen:import";
/// How the journal names who brought the events.
const BY: &str = "operator";
/// Events of one transaction. Half of what the writer takes: a file that completes its cases at its end makes batches that load as
/// many cases whole, and the memory for those is what an import takes at most.
const BATCH_EVENTS: usize = BATCH_EVENTS_MAX / 2;

/// What to import, and how.
pub struct Import<'m> {
    /// Region code.
    pub region: String,
    /// Zone of a region that has to be made, unless the mapping names one.
    pub time_zone: Option<Zone>,
    /// Rule sets to publish first, with their texts.
    pub rules: Vec<(RuleSet, String)>,
    /// What rows mean; lines of CloudEvents need none.
    pub mapping: Option<&'m Mapping>,
    /// What becomes of unknown actors.
    pub actors: Actors,
    /// Month through which periods end and months close.
    pub close_through: Option<Period>,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// An import that could not go on. What was acknowledged before stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The writer failed.
    #[error(transparent)]
    Writer(#[from] WriterError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the import writes itself was refused.
    #[error("{0}")]
    Refused(String),
}

/// Runs the import. `clock` gives the receive times; `progress` hears how far the reading is.
///
/// # Errors
/// [`ImportError`]. Bad rows and files are no errors: the summary has them.
pub fn import(
    database: &Database,
    import: &Import<'_>,
    clock: &(dyn Fn() -> Instant + Sync),
    progress: Box<dyn FnMut(Progress) + Send + '_>,
) -> Result<Summary, ImportError> {
    let (zone, made_here) = opening::open_region(database, import)?;
    let writer = RegionWriter::open(database, &import.region)?;
    let mut target = Target { writer, clock, summary: Summary::default(), closing: Closing::default() };
    let before = target.writer.head();
    target.append_own(&opening::events(import, &zone, made_here))?;
    read_files(import, zone, progress, &mut target)?;
    target.writer.settle()?;
    if let Some(month) = import.close_through
        && !target.summary.broke_off()
    {
        let zone = target.writer.region().organisation().zone().clone();
        let (ends, closings) = (target.closing.ends(month, &zone), target.closing.closings(month, &zone));
        target.append_own(&ends)?;
        target.writer.settle()?;
        target.append_own(&closings)?;
    }
    let after = target.writer.head();
    let mut summary = target.summary;
    summary.count_state(database, &import.region)?;
    summary.records = after.journal - before.journal;
    summary.entries = after.ledger - before.ledger;
    Ok(summary)
}

/// Where events go.
struct Target<'c> {
    writer: RegionWriter,
    clock: &'c (dyn Fn() -> Instant + Sync),
    summary: Summary,
    closing: Closing,
}

impl Target<'_> {
    fn append(&mut self, batch: Vec<Map<String, Value>>) -> Result<(), WriterError> {
        let text = |event: &Map<String, Value>, name| event.get(name).cloned().unwrap_or_default();
        let about: Vec<_> =
            batch.iter().map(|event| (text(event, "source"), text(event, "id"), closing::time_of(event))).collect();
        let received = (self.clock)();
        let arrival = |envelope| Arrival { envelope, by: BY.to_owned(), received, purpose: Purpose::Feed };
        let outcomes = self.writer.append(batch.into_iter().map(arrival).collect())?;
        for (outcome, (source, id, time)) in outcomes.into_iter().zip(about) {
            if matches!(outcome, Outcome::Accepted { .. } | Outcome::Repeated { .. }) {
                self.closing.observe(time);
            }
            self.summary.count(outcome, &source, &id);
        }
        Ok(())
    }

    /// Appends what the import writes itself. Such events must not fail.
    fn append_own(&mut self, events: &[Map<String, Value>]) -> Result<(), ImportError> {
        for batch in events.chunks(BATCH_EVENTS_MAX) {
            let received = (self.clock)();
            let arrival = |envelope: &Map<String, Value>| Arrival {
                envelope: envelope.clone(),
                by: BY.to_owned(),
                received,
                purpose: Purpose::Feed,
            };
            let outcomes = self.writer.append(batch.iter().map(arrival).collect())?;
            for (outcome, event) in outcomes.into_iter().zip(batch) {
                match outcome {
                    Outcome::Accepted { .. } | Outcome::Repeated { .. } => {}
                    Outcome::Conflicting { position } => {
                        let id = event.get("id").and_then(Value::as_str).unwrap_or_default();
                        let advice = "the region was set up otherwise before; import into a new region";
                        return Err(ImportError::Refused(format!(
                            "`{id}` stands at record {position} with another content; {advice}"
                        )));
                    }
                    Outcome::Rejected { reason, pointer } | Outcome::Quarantined { reason, pointer } => {
                        return Err(ImportError::Refused(format!("{reason} (at `{pointer}`)")));
                    }
                }
            }
        }
        Ok(())
    }
}

/// One batch, or what is wrong with the input.
enum Read {
    Batch(Vec<Map<String, Value>>),
    Fault(FeedError),
}

/// Reads on one thread, writes on this one.
fn read_files(
    import: &Import<'_>,
    zone: Zone,
    progress: Box<dyn FnMut(Progress) + Send + '_>,
    target: &mut Target<'_>,
) -> Result<(), ImportError> {
    let options = FeedOptions { zone, actors: import.actors, progress: Some(progress) };
    let mut feed = Feed::new(&import.files, import.mapping, options);
    // A batch is read while the one before is written, and none ahead of it: reading is the quicker, and a batch takes some 8 MiB.
    let (sender, receiver) = mpsc::sync_channel(0);
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            // The other side hangs up when writing failed; there is nothing more to read for then.
            if read_all(&mut feed, &sender).is_err() {
                return Vec::new();
            }
            feed.columns_never_seen().map(str::to_owned).collect()
        });
        for read in &receiver {
            match read {
                Read::Batch(batch) => target.append(batch)?,
                Read::Fault(fault) => target.summary.complain(fault),
            }
        }
        target.summary.columns_never_seen = reader.join().unwrap_or_default();
        Ok(())
    })
}

fn read_all(feed: &mut Feed<'_>, sender: &mpsc::SyncSender<Read>) -> Result<(), mpsc::SendError<Read>> {
    let mut batch = Vec::with_capacity(BATCH_EVENTS);
    for item in feed.by_ref() {
        match item {
            Ok(event) => {
                if let Value::Object(envelope) = event.to_json() {
                    batch.push(envelope);
                }
                if batch.len() == BATCH_EVENTS {
                    sender.send(Read::Batch(std::mem::take(&mut batch)))?;
                }
            }
            Err(fault) => sender.send(Read::Fault(fault))?,
        }
    }
    if batch.is_empty() { Ok(()) } else { sender.send(Read::Batch(batch)) }
}
