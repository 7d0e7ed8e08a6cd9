//! The writer of one region: arrivals → admitted events → records → applied effects → one durable transaction.
//!
//! In: arrivals as JSON. Out: one outcome per arrival, true only once the transaction that holds it is durable.
//!
//! **Invariants.** Only the writer gives positions. A failed call leaves nothing behind in the store, and the writer that
//! failed is poisoned: its region may be ahead of the store, so it must be dropped and opened again.

mod again;
mod changed;
mod committed;
mod draft;
mod fault;
mod follower;
pub mod queue;
mod thread;

use std::collections::BTreeSet;

use foldhash::HashMap;
use jifen_core::{
    both,
    engine::{Needs, Refused, Region, WorkingSet},
    event::{Admitted, Event, EventType, Members, RefusalKind, Value, admit, member},
    id::{Digest, EventKey, RegionSecret},
    journal::{Record, SEMANTICS},
    language::Words,
    state::{Need, StateKind},
    time::Instant,
};
use jifen_store::{Database, Head, Known, QuarantineRow, RegionRow};
use serde_json::{Map, Value as Json};

pub use changed::{Changed, ChangedRow, ChangedSubject};
pub use committed::{Committed, Feed};
use draft::Draft;
pub use fault::WriterError;

/// Most events of one transaction.
pub const BATCH_EVENTS_MAX: usize = 8_192;
/// The working set is dropped between batches when it holds more rows and events than this (about 1 KiB each).
pub const WORKING_SET_ROWS_MAX: usize = 40_000;
/// Most rounds of loading for one record. Needs shrink to a fixed point in a few; where awards count how often, each cohort that a
/// moved fact comes into takes a few more.
pub(crate) const LOAD_ROUNDS_MAX: usize = 4_096;
/// Recalculation steps of one transaction while nothing else is queued.
const SETTLE_STEPS_MAX: usize = 256;
/// Source of the records the writer appends itself; no arrival may use it.
pub const ENGINE_SOURCE: &str = "jifen:engine";

/// One event as it came in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The CloudEvent in structured JSON form.
    pub envelope: Map<String, Json>,
    /// The key or command that brought it (`source:queue`, `operator`).
    pub by: String,
    /// When it came.
    pub received: Instant,
    /// What becomes of it if its values fail the schema, or succeed at last.
    pub purpose: Purpose,
}

/// Why an event comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A system sent it: one whose values fail the schema is quarantined.
    Feed,
    /// A person waits for the answer: what is wrong is told, and nothing is kept.
    Person,
    /// A person corrects the quarantined event of this number: accepted, it mends that one; else what is wrong is told.
    Mends(u64),
}

/// What became of an arrival.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Appended to the journal.
    Accepted {
        /// Journal position.
        position: u64,
    },
    /// The same event with the same body is there already.
    Repeated {
        /// Position of the first.
        position: u64,
    },
    /// Another body is there under the same (source, id).
    Conflicting {
        /// Position of the first.
        position: u64,
    },
    /// Not kept.
    Rejected {
        /// What is wrong.
        reason: Words,
        /// JSON pointer into the event.
        pointer: String,
    },
    /// Kept outside the journal, can be mended.
    Quarantined {
        /// What is wrong.
        reason: Words,
        /// JSON pointer into the event.
        pointer: String,
    },
}

/// Owns the resident state and the working set of one region.
pub struct RegionWriter {
    database: Database,
    row: RegionRow,
    secret: RegionSecret,
    region: Region,
    working_set: WorkingSet,
    head: Head,
    /// Time and receive time of the last record: what a recalculation step is dated by.
    last: Option<(Instant, Instant)>,
    /// How often records changed what pages read of the region.
    revision: u64,
    /// What the last transaction changed, until it is taken.
    committed: Option<Committed>,
    poisoned: bool,
}

impl RegionWriter {
    /// Opens the region of this code at its committed head.
    ///
    /// # Errors
    /// [`WriterError::UnknownRegion`]; store faults; state that this program cannot read.
    pub fn open(database: &Database, region: &str) -> Result<Self, WriterError> {
        let row = database.region(region)?.ok_or_else(|| WriterError::UnknownRegion(region.to_owned()))?;
        let secret = database.secret(row.id)?;
        let head = database.head(row.id)?;
        let region = restore_region(database, &row)?;
        let last = database
            .records_after(row.id, head.journal.saturating_sub(1), 1)?
            .pop()
            .map(|record| (record.event.time, record.received));
        Ok(Self {
            database: database.clone(),
            row,
            secret,
            region,
            working_set: WorkingSet::default(),
            head,
            last,
            revision: 0,
            committed: None,
            poisoned: false,
        })
    }

    /// Appends a batch of at most [`BATCH_EVENTS_MAX`] in one durable transaction; outcome i belongs to arrival i.
    ///
    /// # Errors
    /// See [`WriterError`]; nothing of the batch is kept and the writer must be opened again.
    pub fn append(&mut self, arrivals: Vec<Arrival>) -> Result<Vec<Outcome>, WriterError> {
        if arrivals.len() > BATCH_EVENTS_MAX {
            return Err(WriterError::BatchTooLarge(arrivals.len()));
        }
        self.guarded(|writer| writer.append_batch(arrivals))
    }

    /// Runs pending recalculations to their end.
    ///
    /// # Errors
    /// As [`RegionWriter::append`].
    pub fn settle(&mut self) -> Result<(), WriterError> {
        while self.settle_some()? {}
        Ok(())
    }

    /// Runs a bounded part of the pending recalculations; says whether more are pending.
    ///
    /// # Errors
    /// As [`RegionWriter::append`].
    pub fn settle_some(&mut self) -> Result<bool, WriterError> {
        self.guarded(|writer| {
            let mut draft = Draft::new(writer.head);
            for _ in 0..SETTLE_STEPS_MAX {
                if !writer.append_step(&mut draft)? {
                    break;
                }
            }
            writer.commit(draft)?;
            Ok(writer.region.pending().is_some())
        })
    }

    /// The resident state at the committed head.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The committed head.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Grows whenever records changed what pages read of the region (organisation, rules, periods, recalculations).
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What the last transaction changed; each is given once.
    pub fn take_committed(&mut self) -> Option<Committed> {
        self.committed.take()
    }

    fn guarded<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, WriterError>) -> Result<T, WriterError> {
        if self.poisoned {
            return Err(WriterError::Poisoned);
        }
        let result = run(self);
        self.poisoned = result.is_err();
        result
    }

    fn append_batch(&mut self, arrivals: Vec<Arrival>) -> Result<Vec<Outcome>, WriterError> {
        if self.working_set.len() > WORKING_SET_ROWS_MAX {
            self.working_set = WorkingSet::default();
        }
        let mut draft = Draft::new(self.head);
        let admissions =
            arrivals.into_iter().map(|arrival| self.admit(arrival, &mut draft)).collect::<Result<Vec<_>, _>>()?;
        self.prefetch(&admissions, &mut draft)?;
        let mut outcomes = Vec::with_capacity(admissions.len());
        for admission in admissions {
            outcomes.push(match admission {
                Admission::Refused(outcome) => outcome,
                Admission::Admitted(admitted, sent) => self.take(*admitted, sent, &mut draft)?,
            });
        }
        self.commit(draft)?;
        Ok(outcomes)
    }

    fn admit(&self, arrival: Arrival, draft: &mut Draft) -> Result<Admission, WriterError> {
        let Arrival { envelope, by, received, purpose } = arrival;
        if envelope.get("source").and_then(Json::as_str) == Some(ENGINE_SOURCE) {
            let reason = both!(
                "来源 `{ENGINE_SOURCE}` 是保留的；请写自己系统的名称",
                "the source `{ENGINE_SOURCE}` is reserved; name your own system"
            );
            return Ok(Admission::Refused(Outcome::Rejected { reason, pointer: "/source".to_owned() }));
        }
        let mut random = Ok(());
        let mut salt = || {
            let mut salt = [0; 16];
            if let Err(error) = getrandom::fill(&mut salt) {
                random = Err(error);
            }
            salt
        };
        let admitted = admit(&envelope, &self.secret, received, &mut salt);
        random.map_err(WriterError::Random)?;
        Ok(match admitted {
            Ok(admitted) => {
                // Facts of declared types are judged by the region when their turn comes, and kept like any other if they do not fit.
                let kept = (admitted.event.kind == EventType::FactRecorded).then_some(envelope);
                Admission::Admitted(Box::new(admitted), Sent { by, received, purpose, envelope: kept })
            }
            Err(refusal) => {
                let (kept, pointer) = (refusal.kind == RefusalKind::Quarantined, refusal.pointer);
                let sent = Sent { by, received, purpose, envelope: Some(envelope) };
                Admission::Refused(refuse(Refused { reason: refusal.reason, pointer, kept }, sent, draft))
            }
        })
    }

    /// Looks all keys up at once, and loads at once what the new events will surely need.
    fn prefetch(&mut self, admissions: &[Admission], draft: &mut Draft) -> Result<(), WriterError> {
        let admitted: Vec<&Admitted> = admissions
            .iter()
            .filter_map(|admission| match admission {
                Admission::Admitted(admitted, ..) => Some(admitted.as_ref()),
                Admission::Refused(_) => None,
            })
            .collect();
        let keys: Vec<EventKey> = admitted.iter().map(|admitted| admitted.key).collect();
        let known = self.database.known(self.row.id, &keys)?;
        let mut needs = BTreeSet::new();
        for (admitted, known) in admitted.into_iter().zip(known) {
            match known {
                Some(known) => draft.know(admitted.key, known),
                None => needs.extend(self.region.first_needs(&admitted.event)),
            }
        }
        self.load(&needs.into_iter().collect::<Vec<_>>())
    }

    fn load(&mut self, needs: &[Need]) -> Result<(), WriterError> {
        if needs.is_empty() {
            return Ok(());
        }
        let answers = self.database.load(self.row.id, needs)?;
        for (need, rows) in needs.iter().zip(answers) {
            self.working_set.provide(need, rows);
        }
        Ok(())
    }

    fn take(&mut self, admitted: Admitted, sent: Sent, draft: &mut Draft) -> Result<Outcome, WriterError> {
        if let Some(known) = draft.known(admitted.key) {
            let position = known.position;
            return Ok(match known.body == admitted.body {
                true => {
                    // Its source may have sent the right event in the meantime.
                    draft.mend(&sent, position);
                    Outcome::Repeated { position }
                }
                false => Outcome::Conflicting { position },
            });
        }
        let position = draft.next_position();
        let (by, received) = (sent.by.clone(), sent.received);
        let record = Record { position, received, semantics: SEMANTICS, by, event: admitted.event };
        if let Some(refused) = self.region.refuses(&record) {
            return Ok(refuse(refused, sent, draft));
        }
        draft.personal(&record, self.region.organisation(), admitted.personal);
        draft.actors(admitted.codes);
        draft.mend(&sent, position);
        self.append_record(record, admitted.key, admitted.body, draft)?;
        self.append_step(draft)?;
        Ok(Outcome::Accepted { position })
    }

    /// Appends one step of the pending recalculation; says whether there was one.
    fn append_step(&mut self, draft: &mut Draft) -> Result<bool, WriterError> {
        let Some(intent) = self.region.pending() else { return Ok(false) };
        let Some((time, received)) = self.last else { return Ok(false) };
        let position = draft.next_position();
        let mut data = Members::default();
        data.set(member::INTENT, Value::Integer(i64::try_from(intent).unwrap_or(i64::MAX)));
        let event = Event {
            source: ENGINE_SOURCE.to_owned(),
            id: format!("recalculation/{intent}/{position}"),
            kind: EventType::RecalculationStep,
            time,
            sequence: None,
            data,
        };
        let (key, body) = (event.key(), self.secret.body(&jifen_core::canonical(&event)));
        let record = Record { position, received, semantics: SEMANTICS, by: "engine".to_owned(), event };
        self.append_record(record, key, body, draft)?;
        Ok(true)
    }

    fn append_record(
        &mut self,
        record: Record,
        key: EventKey,
        body: [u8; 16],
        draft: &mut Draft,
    ) -> Result<(), WriterError> {
        let bytes = jifen_core::canonical(&record);
        let digest = Digest::of(&bytes);
        let mut rounds = 0;
        let applied = loop {
            match self.region.apply(&record, digest, &mut self.working_set) {
                Ok(applied) => break applied,
                Err(Needs(_)) if rounds == LOAD_ROUNDS_MAX => {
                    return Err(WriterError::Broken(format!(
                        "record {} still needs rows after {LOAD_ROUNDS_MAX} rounds of loading",
                        record.position
                    )));
                }
                Err(Needs(needs)) => self.load(&needs)?,
            }
            rounds += 1;
        };
        self.revision += u64::from(applied.resident);
        self.last = Some((record.event.time, record.received));
        draft.record(record.position, bytes, key, body, applied)
    }

    fn commit(&mut self, draft: Draft) -> Result<(), WriterError> {
        let resident = draft.is_resident();
        let (head, commit) = draft.finish(self.working_set.drain_changes());
        if commit.records.is_empty() && commit.quarantine.is_empty() && commit.mended.is_empty() {
            return Ok(());
        }
        self.database.commit(self.row.id, &commit)?;
        let before = std::mem::replace(&mut self.head, head);
        self.committed = (before != head).then(|| Committed {
            before,
            head,
            received: self.last.map_or(Instant::MIN, |(_, received)| received),
            changed: commit.rollups.into(),
            resident,
            actors: commit.actors.into_iter().map(|(actor, ..)| actor).collect(),
        });
        Ok(())
    }
}

/// Restores a region's resident state as of the last commit.
///
/// # Errors
/// Store faults; state that this program cannot read.
pub fn restore_region(database: &Database, row: &RegionRow) -> Result<Region, WriterError> {
    let every = Need::Range { kind: StateKind::Resident, from: Vec::new(), to: vec![u8::MAX; 64], limit: usize::MAX };
    let rows = database.load(row.id, &[every])?.pop().unwrap_or_default();
    Ok(Region::restore(&rows)?)
}

enum Admission {
    Admitted(Box<Admitted>, Sent),
    Refused(Outcome),
}

/// Who sent an event, when and why.
struct Sent {
    by: String,
    received: Instant,
    purpose: Purpose,
    /// What came, where it may have to be kept.
    envelope: Option<Map<String, Json>>,
}

/// What becomes of an event that is refused: what a system sent and can be mended is kept.
fn refuse(refused: Refused, sent: Sent, draft: &mut Draft) -> Outcome {
    let Refused { reason, pointer, kept } = refused;
    if !kept {
        return Outcome::Rejected { reason, pointer };
    }
    if let (Purpose::Feed, Some(envelope)) = (sent.purpose, sent.envelope) {
        let attribute = |name| envelope.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        draft.quarantine(QuarantineRow {
            received: sent.received,
            by: sent.by,
            source: attribute("source"),
            id: attribute("id"),
            reason: reason.en.clone(),
            pointer: pointer.clone(),
            body: Json::Object(envelope).to_string(),
        });
    }
    Outcome::Quarantined { reason, pointer }
}

/// Known events of a batch by key.
type Seen = HashMap<EventKey, Known>;
