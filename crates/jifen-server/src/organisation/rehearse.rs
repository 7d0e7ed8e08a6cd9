//! What events would do to points, by the engine itself over what is stored; nothing of it is kept.
//!
//! In: events that were not appended, each taken on the ground of those before. Out: [`Rehearsal`], or why one cannot be taken. The recalculations they cause are run to
//! their end, or as far as [`STEPS_MAX`] reaches: then the answer says that there is more.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    both,
    engine::{Applied, Needs, RECALCULATION_FACTS, Region, WorkingSet},
    event::{Admitted, Event, EventType, Members, Refusal, Value, admit, member},
    journal::{Record, SEMANTICS},
    language::Words,
    ledger::Subject,
    points::Points,
    state::{Need, StateKind},
    time::{Date, Instant},
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::plan::Ground;
use crate::{
    board::{Names, names::SubjectKindWord, person_of},
    problem::Problem,
    writer::{ENGINE_SOURCE, LOAD_ROUNDS_MAX},
};

/// Most steps of recalculation that are run: a hundred thousand facts, some seconds.
const STEPS_MAX: usize = 100_000 / RECALCULATION_FACTS;
/// Most subjects that are named.
const NAMED_MAX: usize = 100;

/// What changes would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ChangeRehearsal)]
pub(crate) struct Rehearsal {
    /// Journal position it was worked out at.
    pub(crate) position: u64,
    /// Events that would be appended.
    pub(crate) events: u64,
    /// Of a batch to be taken back, what cannot be and stays: what was registered for the first time, or replaced since.
    pub(crate) kept: u64,
    /// Facts that would be looked at again.
    pub(crate) facts: u64,
    /// Entries that would be posted: what is taken back and what stands in its place.
    pub(crate) entries: u64,
    /// Whether all of it was worked out; else there is more than the numbers say.
    pub(crate) complete: bool,
    /// Accounting months in which entries would be booked, with their points.
    pub(crate) months: Vec<MonthChange>,
    /// Whose points would change, the largest change first; the first hundred.
    pub(crate) subjects: Vec<SubjectChange>,
    /// How many those are.
    pub(crate) subjects_count: u64,
}

/// What would be booked in a month.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct MonthChange {
    /// The month.
    pub(crate) month: String,
    /// Entries.
    pub(crate) entries: u64,
    /// Their points, a decimal.
    pub(crate) points: String,
}

/// What would become of somebody's points.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SubjectChange {
    /// Kind of subject.
    #[schema(value_type = SubjectKindWord)]
    pub(crate) kind: String,
    /// Code.
    pub(crate) code: String,
    /// Name; the code where there is none.
    pub(crate) name: String,
    /// The change, a decimal.
    pub(crate) points: String,
}

fn record(position: u64, by: &str, received: Instant, event: Event) -> Record {
    Record { position, received, semantics: SEMANTICS, by: by.to_owned(), event }
}

/// The region as it would be, over what is stored.
pub(crate) struct Stage<'a> {
    database: &'a Database,
    row: &'a RegionRow,
    /// As it is.
    present: &'a Region,
    /// As it would be.
    region: Region,
    working_set: WorkingSet,
    head: u64,
    position: u64,
    events: u64,
    by: String,
    now: Instant,
    seen: Seen,
}

impl<'a> Stage<'a> {
    /// The region as it is, where `by` decides something now.
    pub(crate) fn new(
        database: &'a Database,
        row: &'a RegionRow,
        present: &'a Region,
        (by, now): (String, Instant),
    ) -> Result<Self, Problem> {
        let (region, head) = (present.clone(), database.head(row.id)?.journal);
        let (working_set, seen) = (WorkingSet::default(), Seen::default());
        Ok(Self { database, row, present, region, working_set, head, position: head, events: 0, by, now, seen })
    }

    /// What the next change is looked at against.
    pub(super) fn ground(&self) -> Ground<'_> {
        Ground { database: self.database, row: self.row, region: &self.region, now: self.now }
    }

    /// Takes an event as the writer would admit it now; `pointer` leads to what asked for it.
    ///
    /// # Errors
    /// [`Problem::EventRefused`].
    pub(crate) fn admit(&mut self, envelope: &Map<String, Json>, pointer: &str) -> Result<(), Problem> {
        let refused = |reason: Words| Problem::EventRefused {
            pointer: pointer.to_owned(),
            reason_zh: reason.zh_apart(),
            reason: reason.en,
        };
        let secret = self.database.secret(self.row.id)?;
        // Nothing of it is kept, so any salt will do.
        let Admitted { event, .. } = admit(envelope, &secret, self.now, &mut || [0; 16]).map_err(
            |Refusal { reason: Words { zh, en }, pointer: at, .. }| {
                refused(both!("{zh}（在 `{at}`）", "{en} (at `{at}`)"))
            },
        )?;
        let record = record(self.position + 1, &self.by, self.now, event);
        if let Some(found) = self.region.refuses(&record) {
            return Err(refused(found.reason));
        }
        self.events += 1;
        self.take(record)
    }

    /// Whose points the events that were taken change, also where in sum they stay what they are. What recalculations do comes at the end.
    pub(crate) fn touched(&self) -> BTreeSet<Subject> {
        self.seen.subjects.keys().cloned().collect()
    }

    /// Works out to the end what was taken, whose names whoever asked may see.
    ///
    /// # Errors
    /// [`Problem::Conflict`] while a recalculation is under way; store faults.
    pub(crate) fn finish(mut self, kept: u64) -> Result<Rehearsal, Problem> {
        if self.present.pending().is_some() {
            return Err(Problem::Conflict("a recalculation is under way; try again when it is done".to_owned()));
        }
        let complete = self.recalculate()?;
        let Self { seen, database, row, present, head: position, events, .. } = self;
        let names = Names::load(database, row, present, seen.subjects.keys().filter_map(person_of))?;
        let mut subjects: Vec<_> = seen.subjects.iter().filter(|(_, points)| **points != Points::ZERO).collect();
        subjects.sort_by_key(|(subject, points)| (std::cmp::Reverse(points.0.unsigned_abs()), *subject));
        Ok(Rehearsal {
            position,
            events,
            kept,
            facts: seen.facts.len() as u64,
            entries: seen.entries,
            complete,
            months: seen
                .months
                .iter()
                .map(|(month, (entries, points))| MonthChange {
                    month: month.to_string()[..7].to_owned(),
                    entries: *entries,
                    points: points.to_string(),
                })
                .collect(),
            subjects_count: subjects.len() as u64,
            subjects: subjects
                .into_iter()
                .take(NAMED_MAX)
                .map(|(subject, points)| SubjectChange {
                    kind: subject.kind().name().to_owned(),
                    code: names.code(subject),
                    name: names.name(subject),
                    points: points.to_string(),
                })
                .collect(),
        })
    }
}

/// What was done so far.
#[derive(Default)]
struct Seen {
    facts: BTreeSet<Vec<u8>>,
    entries: u64,
    months: BTreeMap<Date, (u64, Points)>,
    subjects: BTreeMap<Subject, Points>,
}

impl Seen {
    fn count(&mut self, applied: Applied) {
        for posted in applied.entries {
            let entry = posted.entry;
            self.entries += 1;
            let month = self.months.entry(entry.booked_month).or_default();
            *month = (month.0 + 1, month.1 + entry.points);
            *self.subjects.entry(entry.subject).or_default() += entry.points;
        }
    }
}

impl Stage<'_> {
    fn take(&mut self, record: Record) -> Result<(), Problem> {
        self.position = record.position;
        let digest = record.digest();
        for _ in 0..LOAD_ROUNDS_MAX {
            match self.region.apply(&record, digest, &mut self.working_set) {
                Ok(applied) => {
                    self.seen.count(applied);
                    return Ok(());
                }
                Err(Needs(needs)) => self.load(&needs)?,
            }
        }
        Err(Problem::Inconsistent(format!("a rehearsed record still needs rows after {LOAD_ROUNDS_MAX} rounds")))
    }

    fn load(&mut self, needs: &[Need]) -> Result<(), Problem> {
        let answers = self.database.load(self.row.id, needs)?;
        for (need, rows) in needs.iter().zip(answers) {
            if let Need::Range { kind: StateKind::FactByTime | StateKind::Waiting, .. } = need {
                self.seen.facts.extend(rows.iter().map(|(key, _)| key.clone()));
            }
            self.working_set.provide(need, rows);
        }
        Ok(())
    }

    /// Runs the recalculations; says whether none is left.
    fn recalculate(&mut self) -> Result<bool, Problem> {
        for _ in 0..STEPS_MAX {
            let Some(intent) = self.region.pending() else { return Ok(true) };
            let mut data = Members::default();
            data.set(member::INTENT, Value::Integer(i64::try_from(intent).unwrap_or(i64::MAX)));
            let event = Event {
                source: ENGINE_SOURCE.to_owned(),
                id: format!("rehearsal/{intent}/{}", self.position),
                kind: EventType::RecalculationStep,
                time: self.now,
                sequence: None,
                data,
            };
            self.take(record(self.position + 1, &self.by, self.now, event))?;
        }
        Ok(self.region.pending().is_none())
    }
}
