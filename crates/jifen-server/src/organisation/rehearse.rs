//! What events would do to points, by the engine itself over what is stored; nothing of it is kept.
//!
//! In: events that were not appended. Out: [`Rehearsal`], or why the first of them cannot be taken. The recalculations they cause are run to
//! their end, or as far as [`STEPS_MAX`] reaches: then the answer says that there is more.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    engine::{Applied, Needs, RECALCULATION_FACTS, Region, WorkingSet},
    event::{Admitted, Event, EventType, Members, Value, admit, member},
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

/// Admits events as the writer would: the first that cannot be taken is told, by its place among them.
///
/// # Errors
/// [`Problem::EventRefused`].
pub(super) fn admitted(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    (envelopes, by, now): (&[Map<String, Json>], &str, Instant),
) -> Result<Vec<Event>, Problem> {
    let (secret, head) = (database.secret(row.id)?, database.head(row.id)?.journal);
    let one = |(index, envelope): (usize, &Map<String, Json>)| {
        let refused = |reason: Words| Problem::EventRefused {
            pointer: format!("/changes/{index}"),
            reason_zh: reason.zh_apart(),
            reason: reason.en,
        };
        // Nothing of it is kept, so any salt will do.
        let Admitted { event, .. } =
            admit(envelope, &secret, now, &mut || [0; 16]).map_err(|refusal| refused(refusal.to_string().into()))?;
        let record = record(head + 1, by, now, event);
        match region.refuses(&record) {
            Some(found) => Err(refused(found.reason)),
            None => Ok(record.event),
        }
    };
    envelopes.iter().enumerate().map(one).collect()
}

fn record(position: u64, by: &str, received: Instant, event: Event) -> Record {
    Record { position, received, semantics: SEMANTICS, by: by.to_owned(), event }
}

/// Works out what events would do, whose names `reader` may see.
///
/// # Errors
/// [`Problem::Conflict`] while a recalculation is under way; store faults.
pub(super) fn rehearse(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    (events, by, now): (Vec<Event>, &str, Instant),
) -> Result<Rehearsal, Problem> {
    if region.pending().is_some() {
        return Err(Problem::Conflict("a recalculation is under way; try again when it is done".to_owned()));
    }
    let position = database.head(row.id)?.journal;
    let mut stage = Stage {
        database,
        row,
        region: region.clone(),
        working_set: WorkingSet::default(),
        position,
        seen: Seen::default(),
    };
    let events_count = events.len() as u64;
    for event in events {
        stage.take(record(position, by, now, event))?;
    }
    let complete = stage.recalculate((by, now))?;
    let Stage { seen, .. } = stage;
    let names = Names::load(database, row, region, seen.subjects.keys().filter_map(person_of))?;
    let mut subjects: Vec<_> = seen.subjects.iter().filter(|(_, points)| **points != Points::ZERO).collect();
    subjects.sort_by_key(|(subject, points)| (std::cmp::Reverse(points.0.unsigned_abs()), *subject));
    Ok(Rehearsal {
        position,
        events: events_count,
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

/// The region as it would be, over what is stored.
struct Stage<'a> {
    database: &'a Database,
    row: &'a RegionRow,
    region: Region,
    working_set: WorkingSet,
    position: u64,
    seen: Seen,
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
        self.position += 1;
        let record = Record { position: self.position, ..record };
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
    fn recalculate(&mut self, (by, now): (&str, Instant)) -> Result<bool, Problem> {
        for _ in 0..STEPS_MAX {
            let Some(intent) = self.region.pending() else { return Ok(true) };
            let mut data = Members::default();
            data.set(member::INTENT, Value::Integer(i64::try_from(intent).unwrap_or(i64::MAX)));
            let event = Event {
                source: ENGINE_SOURCE.to_owned(),
                id: format!("rehearsal/{intent}/{}", self.position),
                kind: EventType::RecalculationStep,
                time: now,
                sequence: None,
                data,
            };
            self.take(record(self.position, by, now, event))?;
        }
        Ok(self.region.pending().is_none())
    }
}
