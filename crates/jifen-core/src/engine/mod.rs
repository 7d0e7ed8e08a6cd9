//! The only place that knows all stages: applies one record to the region and the working set.
//!
//! In: a record, what is resident, what was loaded. Out: state changes, entries and rollup changes, or the rows it still needs.

mod cohort;
mod explain;
mod pairing;
mod pool;
mod rank;
mod reconcile;
mod refuse;
mod resident;
mod settle;
mod sheet;
mod tally;
mod transaction;
mod working_set;

pub use cohort::{Cohort, CohortClass, CohortKey, CohortLine, Source, Standing};
pub use explain::{
    FactLine, HeldFact, NamedAnomaly, aggregate_of, anomaly_row, facts_of, held_row, tally_fact_range, tally_of,
};
pub use refuse::Refused;
pub use tally::{SheetTally, Tally, TallyClass, TallyFact, TallyKey};
pub use working_set::WorkingSet;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    case::{AggregateKey, Folded, Logins, Presence, fold},
    committee::{self, Committee, Minute, Terms},
    event::{Event, EventType, Family, Value, member},
    id::{ActorId, ActorRef, Digest, EventKey},
    journal::Record,
    ledger::Entry,
    measure::Measures,
    rollup::Lines,
    roster::{Organisation, Reach},
    scoring::{Scoring, Versions, desired},
    state::{Need, Rows, StateKind, prefix_end},
    time::{Date, Grain, Instant, Period},
};
use pairing::side_by_side;
use rank::Work;
use reconcile::{Difference, TallyChange, TallyChanges, time_key};
use resident::{Intent, Resident, ResidentChange, Scope};
use tally::period_prefix;
use transaction::{Pending, Step, Transaction};

/// A recalculation looks at this many facts per step: a step stays well below a second.
pub const RECALCULATION_FACTS: usize = 256;

/// A posted entry and where the facts behind it lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posted {
    /// The entry.
    pub entry: Entry,
    /// State key of the aggregate (per-fact entries) or tally (period entries) it came from.
    pub locator: Vec<u8>,
}

/// What one record did; the changed state rows come from [`WorkingSet::drain_changes`], once per batch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Applied {
    /// Entries posted, in order.
    pub entries: Vec<Posted>,
    /// What it adds to the boards.
    pub rollups: Lines,
    /// What it adds to the measures.
    pub measures: Measures,
    /// Whether anything resident changed (organisation, rules, periods): readers take a new copy.
    pub resident: bool,
}

/// Rows that must be loaded before the record can be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needs(pub Vec<Need>);

/// Stored state that this program cannot read: written by a newer program, or damaged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("stored state cannot be read: {0}")]
pub struct Corrupt(pub String);

/// One region's resident state: organisation, rules, calendars, periods, pending recalculations, ledger head.
#[derive(Clone, Debug, Default)]
pub struct Region {
    resident: Resident,
}

impl Region {
    /// Restores the resident state from all rows of [`StateKind::Resident`] (none: a new region).
    ///
    /// # Errors
    /// [`Corrupt`] when a row cannot be read.
    pub fn restore(rows: &Rows) -> Result<Self, Corrupt> {
        Resident::restore(rows).map(|resident| Self { resident })
    }

    /// The organisation.
    pub fn organisation(&self) -> &Organisation {
        &self.resident.organisation
    }

    /// The rule committee and the drafts before it.
    pub fn committee(&self) -> &Committee {
        &self.resident.committee
    }

    /// The rule sets.
    pub fn versions(&self) -> &Versions {
        &self.resident.versions
    }

    /// The periods that have ended.
    pub fn ended(&self) -> impl Iterator<Item = Period> {
        self.resident.ended.iter().copied()
    }

    /// Whether a period has ended.
    pub fn has_ended(&self, period: Period) -> bool {
        self.resident.ended.contains(&period)
    }

    /// Closed accounting months, by their first day.
    pub fn closed_months(&self) -> impl Iterator<Item = Date> {
        self.resident.closed.iter().copied()
    }

    /// The number of a pending recalculation; the writer appends a `jifen.recalculation.step` for it.
    pub fn pending(&self) -> Option<u64> {
        self.resident.intents.keys().next().copied()
    }

    /// Position of the last entry.
    pub fn ledger_head(&self) -> u64 {
        self.resident.counters.ledger
    }

    /// Rows that applying `event` will surely need: lets the shell load a whole batch at once.
    pub fn first_needs(&self, event: &Event) -> Vec<Need> {
        let aggregate = AggregateKey::of(event).map(|key| Need::Row(StateKind::Aggregate, key.to_bytes()));
        aggregate.into_iter().collect()
    }

    /// Applies a record. On success the region and the working set hold the new state; on [`Needs`] nothing has changed.
    ///
    /// # Errors
    /// [`Needs`]: rows to load before calling again.
    pub fn apply(&mut self, record: &Record, digest: Digest, working_set: &mut WorkingSet) -> Result<Applied, Needs> {
        let mut transaction = Transaction::new(&self.resident, working_set, record.position);
        let done = transaction.apply(record, digest);
        let effects = transaction.finish(done)?;
        let (changes, entries, rollups, measures) = effects.lay(working_set);
        let counters_only = changes.iter().all(|change| matches!(change, ResidentChange::Counters(_)));
        for change in changes {
            self.resident.absorb(change);
        }
        Ok(Applied { entries, rollups, measures, resident: !counters_only })
    }
}

impl Transaction<'_> {
    fn apply(&mut self, record: &Record, digest: Digest) -> Step<()> {
        let event = &record.event;
        if let Some(key) = AggregateKey::of(event) {
            let folded = Arc::new(Folded::of(record.position, digest, event));
            return self.refold(BTreeMap::from([(key.to_bytes(), Some(folded))]));
        }
        match event.kind.spec().family {
            Family::Presence => self.sign_in(event),
            Family::Organisation => self.organise(event),
            Family::Decision | Family::Engine => self.decide(record),
            Family::Service | Family::Case | Family::Rating | Family::Single | Family::Kept => Ok(()),
        }
    }

    /// Folds aggregates again, each with at most one new event, and reconciles all their facts, and those of others whose points
    /// they change.
    fn refold(&mut self, dirty: BTreeMap<Vec<u8>, Option<Arc<Folded>>>) -> Step<()> {
        let (mut work, mut cohorts, mut next) = (Work::default(), BTreeMap::new(), dirty);
        while !next.is_empty() {
            self.fold_all(next, &mut work);
            self.complete()?;
            self.derive(&mut work)?;
            let further = self.rank(&mut work, &mut cohorts)?;
            next = further.into_iter().map(|locator| (locator, None)).collect();
        }
        self.put_cohorts(cohorts);
        let Work { aggregates, mut differences, .. } = work;
        let scorings = differences.iter_mut().filter_map(|(_, difference)| difference.new.as_mut());
        scorings.for_each(|(_, scoring)| scoring.follow(&self.resident.versions));
        differences.sort_by_key(|(fact, _)| *fact);
        let (mut tallies, mut states) = (TallyChanges::default(), BTreeMap::<Vec<u8>, Vec<_>>::new());
        for (_, difference) in differences {
            let locator = difference.locator.clone();
            states.entry(locator).or_default().extend(self.reconcile(difference, &mut tallies));
        }
        for (locator, mut aggregate) in aggregates {
            aggregate.facts = states.remove(&locator).unwrap_or_default();
            // PERF: they are kept by the ten thousand, and a vector that grew has room for four.
            aggregate.facts.shrink_to_fit();
            self.put_aggregate(locator, aggregate);
        }
        self.settle_tallies(tallies, None)
    }

    fn fold_all(&mut self, dirty: BTreeMap<Vec<u8>, Option<Arc<Folded>>>, work: &mut Work) {
        for (locator, folded) in dirty {
            let Some(key) = AggregateKey::from_bytes(&locator) else { continue };
            if let AggregateKey::Made(pool) = &key {
                work.touched.extend(CohortKey::from_bytes(pool));
                continue;
            }
            let Ok(mut aggregate) = self.aggregate(&locator) else { continue };
            folded.into_iter().for_each(|folded| aggregate.insert(folded));
            let resident = self.resident;
            let asking = &mut Asking { transaction: self, locator: &locator };
            let Ok(folding) = fold(&key, &aggregate, &resident.organisation, asking) else { continue };
            self.note_anomalies(&locator, &mut aggregate, folding.anomalies);
            work.differences.extend(self.differences(&locator, std::mem::take(&mut aggregate.facts), folding.drafts));
            work.aggregates.insert(locator, aggregate);
        }
    }

    pub(super) fn differences(
        &self,
        locator: &[u8],
        old: Vec<crate::case::FactState>,
        drafts: Vec<crate::case::Draft>,
    ) -> Vec<(EventKey, Difference)> {
        let scored = |mut draft: crate::case::Draft| {
            let scoring = match draft.held {
                Some(_) => Scoring::default(),
                None => {
                    let (versions, organisation) = (&self.resident.versions, &self.resident.organisation);
                    let mut scoring = desired(&draft.fact, versions, organisation);
                    scoring.exempt(&draft.fact, versions, organisation);
                    if !scoring.waits.is_empty() {
                        draft.waits.append(&mut scoring.waits);
                        draft.waits.sort();
                        draft.waits.dedup();
                    }
                    scoring
                }
            };
            (draft, scoring)
        };
        let facts = side_by_side(old, drafts, |state, draft| state.fact.id.cmp(&draft.fact.id)).into_iter();
        facts
            .filter_map(|(old, new)| {
                let fact = old.as_ref().map(|state| &state.fact).or(new.as_ref().map(|draft| &draft.fact))?.id;
                Some((fact, Difference { locator: locator.to_vec(), old, new: new.map(scored) }))
            })
            .collect()
    }

    fn note_anomalies(
        &mut self,
        locator: &[u8],
        aggregate: &mut crate::case::Aggregate,
        anomalies: Vec<crate::case::Anomaly>,
    ) {
        let next: Vec<_> = anomalies.into_iter().map(|anomaly| (anomaly.event, anomaly.reason.to_owned())).collect();
        let key = |event: &EventKey| [&[0][..], &event.0[..]].concat();
        for (event, _) in aggregate.anomalies.iter().filter(|old| !next.contains(old)) {
            self.put_row(StateKind::Anomaly, key(event), None);
        }
        for (event, reason) in next.iter().filter(|new| !aggregate.anomalies.contains(new)) {
            let row = crate::canonical(&(reason, locator));
            match aggregate.anomalies.iter().any(|(known, _)| known == event) {
                true => self.put_row(StateKind::Anomaly, key(event), Some(row)),
                // PERF: every service under way is one that never ended, until it ends, mostly before the batch is written.
                false => self.put_new_row(StateKind::Anomaly, key(event), row),
            }
        }
        aggregate.anomalies = next;
    }

    fn sign_in(&mut self, event: &Event) -> Step<()> {
        let Some(window) = event.data.text(member::WINDOW) else { return Ok(()) };
        let key = Presence::key(window, event.time);
        let mut presence: Presence = self.row(StateKind::Presence, &key)?.unwrap_or_default();
        presence.absorb(event);
        let dependents = presence.dependents.iter().map(|locator| (locator.clone(), None)).collect();
        self.put_row(StateKind::Presence, key, Some(crate::canonical(&presence)));
        self.refold(dependents)
    }

    /// Organisation events take effect with the next record; facts they reach are looked at again from then on.
    fn organise(&mut self, event: &Event) -> Step<()> {
        let organisation = &self.resident.organisation;
        let (reach, homes, named) = match self.counters.latest_fact {
            Instant::MIN => (None, None, None),
            _ => (organisation.reach(event), organisation.home_reach(event), organisation.naming_reach(event)),
        };
        let staff = self.resident.versions.has_staff_links().then(|| organisation.staff_reach(event)).flatten();
        let position = self.position;
        self.changes.push(ResidentChange::Event { position, event: Box::new(event.clone()) });
        if let Some(from) = staff.filter(|_| self.counters.latest_fact != Instant::MIN) {
            self.recalculate(from, Instant::MAX);
        }
        if let Some((from, to)) = named {
            self.recalculate(from, to);
        }
        match reach {
            None => {}
            Some(Reach::From(from)) => self.recalculate(from, Instant::MAX),
            Some(Reach::Span(from, to)) => self.recalculate(from, to),
            Some(Reach::Actors(actors)) => self.identify(&actors)?,
        }
        if let Some(from) = homes {
            self.intend(Intent { scope: Scope::Homes(from), cursor: Vec::new() });
        }
        self.organise_sheets(event);
        Ok(())
    }

    /// The identity holds from the next record on; the facts that waited for it are looked at by recalculation steps.
    fn identify(&mut self, actors: &[ActorId]) -> Step<()> {
        for plain in actors {
            let (rows, _) = self.range(StateKind::Waiting, &plain.0, &prefix_end(&plain.0), RECALCULATION_FACTS)?;
            if !rows.is_empty() {
                self.intend(Intent { scope: Scope::Actor(*plain), cursor: Vec::new() });
            }
        }
        Ok(())
    }

    fn decide(&mut self, record: &Record) -> Step<()> {
        let event = &record.event;
        if committee::reads(event.kind) {
            self.minute(record);
            return Ok(());
        }
        let period = match event.data.get(member::PERIOD) {
            Some(Value::Period(period)) => Some(*period),
            _ => None,
        };
        match (event.kind, period) {
            (EventType::RulesetPublished, _) => {
                // INVARIANT: what the committee's rules do not allow has no effect, however it came into the journal.
                if !self.minute(record) {
                    return Ok(());
                }
                let zone = self.resident.organisation.zone();
                let mut versions = self.resident.versions.clone();
                let from = versions.absorb(event, zone);
                let sheets = versions.has_sheets();
                let (position, event) = (self.position, Box::new(event.clone()));
                self.changes.push(ResidentChange::Event { position, event });
                if let Some(from) = from {
                    self.recalculate(zone.day_start(from), Instant::MAX);
                    if sheets {
                        self.look_at_sheets(zone.day_start(from));
                    }
                }
                Ok(())
            }
            (EventType::PeriodEnded, Some(period)) => self.end_period(period),
            (EventType::PeriodClosed, Some(period)) => {
                self.changes.push(ResidentChange::Closed(Period::holding(Grain::Month, period.first).first));
                Ok(())
            }
            (EventType::RecalculationStep, _) => {
                let number = event.data.integer(member::INTENT).and_then(|number| u64::try_from(number).ok());
                number.map_or(Ok(()), |number| self.recalculation_step(number))
            }
            _ => Ok(()),
        }
    }

    /// Notes what the committee has to do with, unless its rules refuse the record; says whether they do not.
    fn minute(&mut self, record: &Record) -> bool {
        if self.resident.refuses_by_committee(record).is_some() {
            return false;
        }
        let mut event = record.event.clone();
        if event.kind == EventType::RulesetPublished {
            if event.data.get(member::DRAFT).is_none() {
                return true;
            }
            // The version keeps the text.
            event.data = event.data.only(|id| id == member::DRAFT || id == member::EFFECTIVE_FROM);
        }
        let organisation = &self.resident.organisation;
        let minute = Minute {
            by: record.by.clone(),
            received: record.received,
            today: organisation.zone().date(record.received),
            terms: Terms::of(organisation.latest_settings()),
            event,
        };
        self.changes.push(ResidentChange::Minute { position: self.position, minute: Box::new(minute) });
        true
    }

    fn end_period(&mut self, period: Period) -> Step<()> {
        if self.resident.ended.contains(&period) || period.grain == Grain::All {
            return Ok(());
        }
        self.changes.push(ResidentChange::Ended(period));
        let mut keys = self.tallies_of(period)?;
        // Sheets of the next period begin: those that there are already, the others step by step.
        let next = period.next();
        if self.resident.versions.sheets_of(next).next().is_some() {
            keys.extend(self.tallies_of(next)?.into_iter().filter(|key| key.class == TallyClass::Sheet));
        }
        let changes = TallyChanges(keys.into_iter().map(|key| (key, TallyChange::default())).collect());
        self.settle_tallies(changes, Some(period))?;
        self.open_sheets(period);
        Ok(())
    }

    fn tallies_of(&mut self, period: Period) -> Step<Vec<TallyKey>> {
        let prefix = period_prefix(period);
        let (keys, _) = self.tally_keys(&prefix, &prefix_end(&prefix), usize::MAX)?;
        Ok(keys.iter().filter_map(|bytes| TallyKey::from_bytes(bytes)).collect())
    }

    fn recalculation_step(&mut self, number: u64) -> Step<()> {
        let Some(intent) = self.resident.intents.get(&number).cloned() else { return Ok(()) };
        self.forced = true;
        let (kind, from, to) = match intent.scope {
            // No fact is later than the latest, whose key ends below the next millisecond's.
            Scope::Span(from, to) => {
                let last = Instant(to.0.min(self.counters.latest_fact.0.saturating_add(1)));
                (StateKind::FactByTime, time_key(from), time_key(last))
            }
            Scope::Actor(plain) => (StateKind::Waiting, plain.0.to_vec(), prefix_end(&plain.0)),
            Scope::Homes(from) => return self.homes_step(number, intent, from),
            Scope::Sheets(from, to) => return self.sheets_step(number, intent, (from, to)),
        };
        let from = from.max(intent.cursor.clone());
        let (rows, end) = match from < to {
            true => self.range(kind, &from, &to, RECALCULATION_FACTS)?,
            false => (Vec::new(), to.clone()),
        };
        let next = (end < to).then_some(Intent { cursor: end, ..intent });
        self.changes.push(ResidentChange::Intent { number, intent: next });
        self.refold(rows.into_iter().map(|(_, locator)| (locator, None)).collect())
    }
}

impl Transaction<'_> {
    /// Settles the next tallies again: the subjects of period awards may belong elsewhere now.
    fn homes_step(&mut self, number: u64, intent: Intent, from: Instant) -> Step<()> {
        let date = self.resident.organisation.zone().date(from);
        let parts = Grain::ENDING.map(|grain| {
            let first = match from {
                Instant::MIN => vec![grain as u8],
                _ => period_prefix(Period::holding(grain, date)),
            };
            (first.max(intent.cursor.clone()), vec![grain as u8 + 1])
        });
        let mut found = Vec::new();
        for (from, to) in parts.into_iter().filter(|(from, to)| from < to) {
            if let Ok((keys, end)) = self.tally_keys(&from, &to, RECALCULATION_FACTS) {
                found.push((keys, end, to));
            }
        }
        self.complete()?;
        let (mut changes, mut next) = (TallyChanges::default(), None);
        for (keys, end, to) in found {
            let keys = keys.iter().filter_map(|bytes| TallyKey::from_bytes(bytes));
            changes.0.extend(keys.map(|key| (key, TallyChange::default())));
            if end < to {
                next = Some(Intent { cursor: end, ..intent });
                break;
            }
        }
        self.changes.push(ResidentChange::Intent { number, intent: next });
        self.settle_tallies(changes, None)
    }
}

/// Asks the transaction who was signed in, and notes who asked.
struct Asking<'t, 'a> {
    transaction: &'t mut Transaction<'a>,
    locator: &'t [u8],
}

impl Logins for Asking<'_, '_> {
    type Pending = Pending;

    fn signed_in(&mut self, window: &str, time: Instant) -> Step<Option<ActorRef>> {
        let zone = self.transaction.resident.organisation.zone();
        // A sign-in holds until the end of the local day, which lies in two days of UTC as a rule.
        let midnight = zone.day_start(zone.date(time));
        let keys: BTreeSet<_> = [midnight, time].map(|time| Presence::key(window, time)).into();
        keys.iter().for_each(|key| self.transaction.want(StateKind::Presence, key));
        let mut person = None;
        for key in keys {
            let mut presence: Presence = self.transaction.row(StateKind::Presence, &key)?.unwrap_or_default();
            person = presence.signed_in(person, midnight, time);
            if presence.dependents.insert(self.locator.to_vec()) {
                self.transaction.put_row(StateKind::Presence, key, Some(crate::canonical(&presence)));
            }
        }
        Ok(person)
    }
}
