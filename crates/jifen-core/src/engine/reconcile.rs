//! Reconciliation: what should stand for each (rule, subject, anchor) minus what does, posted as entries.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    pairing::side_by_side,
    sheet::{Contribution, signed},
    tally::{TallyClass, TallyFact, TallyKey},
    transaction::{Transaction, holders},
};
use crate::{
    case::{Draft, FactState},
    fact::{Fact, FactKind},
    id::{ActorId, Digest, EventKey},
    ledger::{Anchor, Entry, EntryKind, Subject, SubjectRef},
    points::Points,
    rollup::Rollup,
    roster::ActorKind,
    rule::{Dimension, ItemSums},
    scoring::{Booked, Evaluation, Outcome, Scoring, SheetPart},
    state::StateKind,
    time::{Date, Grain, Instant},
};

/// A fact before and after the record.
pub(super) struct Difference {
    pub(super) locator: Vec<u8>,
    pub(super) old: Option<FactState>,
    pub(super) new: Option<(Draft, Scoring)>,
}

/// Changes to tallies, gathered over all facts of the record.
#[derive(Default)]
pub(super) struct TallyChanges(pub(super) BTreeMap<TallyKey, TallyChange>);

/// A change to one tally.
#[derive(Default)]
pub(super) struct TallyChange {
    pub(super) facts: i64,
    pub(super) amount: i64,
    pub(super) lines: BTreeMap<EventKey, Option<TallyFact>>,
    /// Of a score sheet: what its items' sums change by.
    pub(super) items: BTreeMap<String, ItemSums>,
    /// Of a score sheet, in place of `lines`: what it is added up from, by state key.
    pub(super) contributions: BTreeMap<Vec<u8>, Option<TallyFact>>,
}

/// The parts of an entry that do not depend on what stands.
pub(super) struct Posting<'a> {
    pub(super) rule: &'a str,
    pub(super) version: Digest,
    pub(super) band: Option<u32>,
    pub(super) subject: &'a Subject,
    pub(super) anchor: Anchor,
    pub(super) kind: EntryKind,
    pub(super) grain: Grain,
    pub(super) facts_count: u64,
    pub(super) facts: Digest,
    pub(super) records: Digest,
    pub(super) locator: &'a [u8],
}

impl Transaction<'_> {
    /// Reconciles one fact; gives its new state.
    pub(super) fn reconcile(&mut self, difference: Difference, tallies: &mut TallyChanges) -> Option<FactState> {
        let Difference { locator, old, new } = difference;
        let new = new.map(|(draft, scoring)| FactState {
            held: draft.held,
            evaluations: scoring.evaluations,
            not_evaluable: scoring.not_evaluable,
            waits: draft.waits,
            pooled: (!scoring.pooled.is_empty()).then_some(scoring.pooled),
            fact: draft.fact,
        });
        // Whoever comes first, a recalculation or an event of the fact, takes the fact off the list of those that wait.
        let waited = old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| old.waits != new.waits);
        let forced = self.forced || waited;
        self.index(&locator, old.as_ref(), new.as_ref());
        self.count(old.as_ref(), new.as_ref());
        crate::measure::note(&mut self.measures, old.as_ref(), new.as_ref());
        let any = new.as_ref().or(old.as_ref())?;
        let anchor = any.fact.clone();
        let before = match old {
            Some(state) => (Some(state.fact.digest()), state.evaluations),
            None => (None, Vec::new()),
        };
        let mut state = new;
        let after = state.as_mut().map(|state| std::mem::take(&mut state.evaluations)).unwrap_or_default();
        let evaluations = self.reconcile_evaluations(&anchor, &locator, (before, forced), after, tallies);
        if let Some(state) = &mut state {
            state.evaluations = evaluations;
        }
        state
    }

    fn reconcile_evaluations(
        &mut self,
        fact: &Fact,
        locator: &[u8],
        ((old_digest, old), forced): ((Option<Digest>, Vec<Evaluation>), bool),
        new: Vec<Evaluation>,
        tallies: &mut TallyChanges,
    ) -> Vec<Evaluation> {
        let digest = fact.digest();
        let moved = match (old_digest == Some(digest), forced) {
            (false, _) => Moved::Changed,
            (true, true) => Moved::Forced,
            (true, false) => Moved::Still,
        };
        let mut standing = Vec::with_capacity(new.len());
        for (old, mut new) in side_by_side(old, new, |old, new| old.key().cmp(&new.key())) {
            self.award(fact, digest, locator, old.as_ref(), new.as_mut());
            let line = |evaluation: &Evaluation| self.line(evaluation);
            let (before, after) = (old.as_ref().and_then(line), new.as_ref().and_then(line));
            tallies.replace(fact.id, digest, locator, before, after, moved);
            if let Some(cite) = old.as_ref().or(new.as_ref()) {
                let (subject, rule) = (&cite.subject, cite.rule.as_str());
                let source = Contribution { subject, rule, id: fact.id, digest, locator, parts: signed };
                tallies.replace_part(&source, old.as_ref().and_then(part), new.as_ref().and_then(part), moved);
            }
            standing.extend(new);
        }
        standing
    }

    /// Posts the difference between what stands and what should, for one fact, rule and subject.
    fn award(
        &mut self,
        fact: &Fact,
        digest: Digest,
        locator: &[u8],
        old: Option<&Evaluation>,
        new: Option<&mut Evaluation>,
    ) {
        let booked = match old.map(|evaluation| &evaluation.outcome) {
            Some(Outcome::Award { booked, .. }) => booked.clone(),
            _ => None,
        };
        let Some(cite) = new.as_deref().or(old) else { return };
        let (target, band, counted) = match new.as_deref().map(|evaluation| &evaluation.outcome) {
            Some(Outcome::Award { points, band, .. }) if self.is_postable(&cite.subject) => {
                (*points, *band, self.resident.versions.is_counted(cite.date, &cite.rule))
            }
            _ => (Points::ZERO, None, false),
        };
        let posting = Posting {
            rule: &cite.rule,
            version: cite.version,
            band,
            subject: &cite.subject,
            anchor: Anchor::Fact(fact.id),
            kind: EntryKind::Award,
            grain: Grain::Day,
            facts_count: 1,
            facts: digest,
            records: fact.records,
            locator,
        };
        let wanted = Wanted {
            points: target,
            counted,
            date: cite.date,
            place: cite.place.clone(),
            person: Some(cite.person),
            dimension: cite.dimension,
        };
        let standing = self.settle_difference(&posting, booked, wanted);
        let before = old.and_then(|old| old.contested.as_ref()).and_then(|contested| contested.clamp.clone());
        let left_out = new.as_deref().is_some_and(Evaluation::is_left_out);
        let clamp = match (&before, left_out) {
            (None, false) => None,
            _ => {
                let points = if left_out { -target } else { Points::ZERO };
                let posting = Posting { kind: EntryKind::Clamp, band: None, ..posting };
                let (place, person) = (cite.place.clone(), Some(cite.person));
                let wanted =
                    Wanted { points, counted: false, date: cite.date, place, person, dimension: cite.dimension };
                self.settle_difference(&posting, before, wanted)
            }
        };
        let Some(new) = new else { return };
        if let Some(contested) = &mut new.contested {
            contested.clamp = clamp;
        }
        if let Outcome::Award { booked, .. } = &mut new.outcome {
            *booked = standing;
        }
    }

    /// Whether awards to the subject are posted; those to an unidentified actor wait.
    pub(super) fn is_postable(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Person(actor) => {
                actor.is_unknown() || self.resident.organisation.actor_kind(*actor) != ActorKind::Unknown
            }
            Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => true,
        }
    }

    /// The tally an evaluation belongs to, and what it adds there.
    fn line(&self, evaluation: &Evaluation) -> Option<(TallyKey, i64)> {
        let key = |period, class| TallyKey {
            period,
            rule: evaluation.rule.clone(),
            subject: evaluation.subject.clone(),
            class,
        };
        match &evaluation.outcome {
            Outcome::Part { period, amount } => Some((key(*period, TallyClass::Measure), *amount)),
            Outcome::Award { cap: Some(period), booked: Some(booked), .. } if !evaluation.is_left_out() => {
                Some((key(*period, TallyClass::Cap), booked.points.0))
            }
            Outcome::Award { .. } => None,
        }
    }

    /// Posts what takes `booked` to `wanted`; gives what stands then.
    pub(super) fn settle_difference(
        &mut self,
        posting: &Posting<'_>,
        booked: Option<Booked>,
        wanted: Wanted,
    ) -> Option<Booked> {
        if wanted.stands_as(booked.as_ref()) {
            return booked;
        }
        match booked {
            None => Some(self.book(posting, posting.kind, wanted.points, wanted, None)),
            Some(booked) => self.correct(posting, booked, wanted),
        }
    }

    fn correct(&mut self, posting: &Posting<'_>, booked: Booked, wanted: Wanted) -> Option<Booked> {
        let (_, closed) = self.resident.booking_month(booked.date);
        let (points, reverses) = (booked.points, Some(booked.position));
        let is_something = wanted.is_something();
        if closed && wanted.is_home_of(&booked) {
            let difference = wanted.points - points;
            let stands = self.book(posting, EntryKind::Adjustment, difference, wanted, reverses);
            return is_something.then_some(stands);
        }
        let kind = if closed { EntryKind::Adjustment } else { EntryKind::Reversal };
        let Booked { date, place, person, dimension, .. } = booked;
        let back = Wanted { points: Points::ZERO, counted: false, date, place, person, dimension };
        self.book(posting, kind, -points, back, reverses);
        if !is_something {
            return None;
        }
        Some(self.book(posting, posting.kind, wanted.points, wanted, None))
    }

    fn book(
        &mut self,
        posting: &Posting<'_>,
        kind: EntryKind,
        points: Points,
        stands: Wanted,
        reverses: Option<u64>,
    ) -> Booked {
        let (booked_month, closed) = self.resident.booking_month(stands.date);
        let entry = Entry {
            position: 0,
            kind: if closed { EntryKind::Adjustment } else { kind },
            rule: posting.rule.to_owned(),
            version: posting.version,
            band: posting.band,
            dimension: stands.dimension,
            subject: posting.subject.clone(),
            points,
            business_date: stands.date,
            booked_month,
            anchor: posting.anchor,
            person: stands.person,
            place: stands.place.clone(),
            reverses,
            facts_count: posting.facts_count,
            facts: posting.facts,
            records: posting.records,
            cause: 0,
        };
        let position = self.post(entry, posting.grain, posting.locator.to_vec());
        let Wanted { points, date, place, person, dimension, .. } = stands;
        Booked { points, position, date, place, person, dimension }
    }

    /// Keeps the indexes of facts: by time, held, waiting, not evaluable.
    fn index(&mut self, locator: &[u8], old: Option<&FactState>, new: Option<&FactState>) {
        let by_time = |state: &FactState| fact_time_key(state.fact.occurred, state.fact.id);
        let (before, after) = (old.map(by_time), new.map(by_time));
        if before != after {
            before.into_iter().for_each(|key| self.put_row(StateKind::FactByTime, key, None));
            after.into_iter().for_each(|key| self.put_new_row(StateKind::FactByTime, key, locator.to_vec()));
        }
        if let Some(state) = new {
            self.counters.latest_fact = self.counters.latest_fact.max(state.fact.occurred);
        }
        let held = |state: Option<&FactState>| {
            let state = state?;
            Some((state.fact.id, state.held.clone()?))
        };
        if held(old) != held(new) {
            old.filter(|state| state.held.is_some())
                .into_iter()
                .for_each(|state| self.put_row(StateKind::Held, state.fact.id.0.to_vec(), None));
            new.filter(|state| state.held.is_some())
                .into_iter()
                .for_each(|state| self.put_row(StateKind::Held, state.fact.id.0.to_vec(), Some(locator.to_vec())));
        }
        let waits = |state: Option<&FactState>| -> BTreeSet<Vec<u8>> {
            state
                .into_iter()
                .flat_map(|state| state.waits.iter().map(|plain| waiting_key(*plain, state.fact.id)))
                .collect()
        };
        let (before, after) = (waits(old), waits(new));
        before.difference(&after).for_each(|key| self.put_row(StateKind::Waiting, key.clone(), None));
        after.difference(&before).for_each(|key| self.put_row(StateKind::Waiting, key.clone(), Some(locator.to_vec())));
        let unclear = |state: Option<&FactState>| -> BTreeMap<Vec<u8>, String> {
            let lines = |state: &FactState| {
                let id = state.fact.id;
                state
                    .not_evaluable
                    .iter()
                    .map(move |(rule, why)| (not_evaluable_key(id, rule), why.clone()))
                    .collect::<Vec<_>>()
            };
            state.into_iter().flat_map(lines).collect()
        };
        let (before, after) = (unclear(old), unclear(new));
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            self.put_row(StateKind::Anomaly, key.clone(), None);
        }
        for (key, why) in after.iter().filter(|(key, why)| before.get(*key) != Some(why)) {
            self.put_row(StateKind::Anomaly, key.clone(), Some(crate::canonical(&(why, locator))));
        }
    }

    /// Counts facts on the boards: per rule, per kind, and distinct ones any rule looked at.
    fn count(&mut self, old: Option<&FactState>, new: Option<&FactState>) {
        let mut count = |state: &FactState, sign| {
            let change = Rollup { facts: sign, ..Rollup::default() };
            for (subject, rule, dimension) in counted(state) {
                self.rollups.add(state.fact.date, Grain::Day, subject, rule, dimension, change);
            }
        };
        match (old, new) {
            (Some(old), Some(new)) if old.fact.date == new.fact.date && counted(old) == counted(new) => {}
            (old, new) => {
                old.into_iter().for_each(|old| count(old, -1));
                new.into_iter().for_each(|new| count(new, 1));
            }
        }
    }
}

/// The item of a sheet that an evaluation's points count in.
fn part(evaluation: &Evaluation) -> Option<(SheetPart, Points)> {
    match &evaluation.outcome {
        Outcome::Award { part: Some(part), booked: Some(booked), .. } if !evaluation.is_left_out() => {
            Some((part.clone(), booked.points))
        }
        Outcome::Award { .. } | Outcome::Part { .. } => None,
    }
}

/// What should stand.
pub(super) struct Wanted {
    pub(super) points: Points,
    /// Whether it has an entry even if it gives no points.
    pub(super) counted: bool,
    pub(super) date: Date,
    pub(super) place: crate::fact::Place,
    pub(super) person: Option<ActorId>,
    pub(super) dimension: Dimension,
}

impl Wanted {
    /// That nothing stands, where `booked` does.
    pub(super) fn nothing_of(booked: Option<&Booked>) -> Option<Self> {
        let Booked { date, place, person, dimension, .. } = booked?.clone();
        Some(Self { points: Points::ZERO, counted: false, date, place, person, dimension })
    }

    /// Whether it stands already.
    pub(super) fn stands_as(&self, booked: Option<&Booked>) -> bool {
        match booked {
            None => !self.is_something(),
            Some(booked) => self.is_something() && booked.points == self.points && self.is_home_of(booked),
        }
    }

    /// Whether it leaves an entry that stands.
    fn is_something(&self) -> bool {
        self.points != Points::ZERO || self.counted
    }

    /// Whether it counts on the same boards.
    fn is_home_of(&self, booked: &Booked) -> bool {
        (booked.date, &booked.place, booked.person, booked.dimension)
            == (self.date, &self.place, self.person, self.dimension)
    }
}

/// Whether a fact's lines in tallies must be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// The fact changed.
    Changed,
    /// It did not, but what its tallies give may have: their rules, or whether their subjects are known.
    Forced,
    /// Nothing did.
    Still,
}

impl TallyChanges {
    fn replace(
        &mut self,
        fact: EventKey,
        digest: Digest,
        locator: &[u8],
        before: Option<(TallyKey, i64)>,
        after: Option<(TallyKey, i64)>,
        moved: Moved,
    ) {
        if before == after && moved != Moved::Changed {
            for (key, _) in before.into_iter().filter(|_| moved == Moved::Forced) {
                self.0.entry(key).or_default();
            }
            return;
        }
        if let Some((key, amount)) = before {
            let change = self.0.entry(key).or_default();
            change.facts -= 1;
            change.amount -= amount;
            change.lines.insert(fact, None);
        }
        if let Some((key, amount)) = after {
            let change = self.0.entry(key).or_default();
            change.facts += 1;
            change.amount += amount;
            change.lines.insert(fact, Some(TallyFact { digest, locator: locator.to_vec(), amount }));
        }
    }
}

/// The rows of its day that a fact is counted in, each once, in one order: subject, rule (or count), dimension.
fn counted(state: &FactState) -> Vec<(SubjectRef<'_>, &str, Option<Dimension>)> {
    let mut rows = Vec::new();
    if state.held.is_some() {
        return rows;
    }
    for evaluation in &state.evaluations {
        let holders = matches!(evaluation.subject, Subject::Person(_)).then(|| holders(&evaluation.place));
        for subject in std::iter::once(evaluation.subject.as_ref()).chain(holders.into_iter().flatten()) {
            rows.push((subject, evaluation.rule.as_str(), Some(evaluation.dimension)));
            rows.push((subject, "", None));
        }
    }
    if state.fact.kind == FactKind::Service {
        let server = SubjectRef::Person(state.fact.credited.served);
        for subject in std::iter::once(server).chain(holders(&state.fact.place)) {
            rows.push((subject, "#service", None));
        }
    }
    // Several rules may have looked at it for one subject, one rule for several people of one place.
    if state.evaluations.len() > 1 {
        rows.sort_unstable();
        rows.dedup();
    }
    rows
}

/// State key of a fact by its business time.
pub(super) fn fact_time_key(time: Instant, fact: EventKey) -> Vec<u8> {
    let mut key = time_key(time);
    key.extend_from_slice(&fact.0);
    key
}

/// Bytes whose order is the order of time.
pub(super) fn time_key(time: Instant) -> Vec<u8> {
    ((time.0 as u64) ^ (1 << 63)).to_be_bytes().to_vec()
}

fn waiting_key(plain: ActorId, fact: EventKey) -> Vec<u8> {
    [&plain.0[..], &fact.0[..]].concat()
}

fn not_evaluable_key(fact: EventKey, rule: &str) -> Vec<u8> {
    [&[1][..], &fact.0[..], rule.as_bytes()].concat()
}
