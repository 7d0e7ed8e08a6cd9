//! What somebody sees by a permission: the people and places that their grants reach, as the organisation is today.
//!
//! In: a principal, a permission, the organisation. Out: one answer per person, place or entry, asked beneath every list, count, file
//! and stream. What lies outside is answered like what is not there.

use std::collections::BTreeSet;

use jifen_core::{
    engine::{Region, aggregate_of},
    event::{Event, member},
    fact::Place,
    id::ActorId,
    ledger::{Entry, Subject},
    state::{Need, StateKind},
    time::Instant,
};
use jifen_store::{Database, RegionRow, StoreError};

use super::{Grant, Permission, PlaceKind, Principal, Scope};
use crate::board::resident;

/// Events of a case that are looked at for where it was.
const EVENTS_MAX: usize = 500;

/// The people and places that somebody sees.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reach {
    whole: bool,
    /// Themselves: a code may stand for one person of each source.
    own: BTreeSet<ActorId>,
    windows: BTreeSet<String>,
    departments: BTreeSet<String>,
    halls: BTreeSet<String>,
}

impl Reach {
    /// Everything: for the command line, and for what is about everybody.
    pub fn whole() -> Self {
        Self { whole: true, ..Self::default() }
    }

    /// What a principal sees by a permission.
    ///
    /// # Errors
    /// Store faults.
    pub fn of(
        principal: &Principal,
        permission: Permission,
        database: &Database,
        row: &RegionRow,
        region: &Region,
    ) -> Result<Self, StoreError> {
        if principal.has_whole(permission) {
            return Ok(Self::whole());
        }
        let own = Self::oneself(principal, database, row, region)?.own;
        let mut reach = Self::default();
        for (scope, grant) in principal.scopes(permission) {
            reach.add(scope, grant, &own, region);
            // Whoever sees anything sees themselves.
            reach.own.extend(&own);
        }
        Ok(reach)
    }

    /// What one grant shows to whom is only `own` by themselves.
    pub(super) fn by_grant((scope, grant): (Scope, &Grant), own: &Self, region: &Region) -> Self {
        let mut reach = own.clone();
        reach.add(scope, grant, &own.own, region);
        reach
    }

    /// The principal's own person and nothing else, whatever they may see.
    ///
    /// # Errors
    /// Store faults.
    pub(crate) fn oneself(
        principal: &Principal,
        database: &Database,
        row: &RegionRow,
        region: &Region,
    ) -> Result<Self, StoreError> {
        let Some(code) = &principal.person else { return Ok(Self::default()) };
        let actors = database.actors_by_code(row.id, code)?.into_iter();
        Ok(Self { own: actors.map(|actor| resident::canonical_actor(region, actor)).collect(), ..Self::default() })
    }

    /// The people who they are themselves.
    pub(crate) fn people(&self) -> impl Iterator<Item = ActorId> {
        self.own.iter().copied()
    }

    /// Whether nobody and nothing but oneself is seen.
    pub(crate) fn is_oneself(&self) -> bool {
        !self.whole && self.windows.is_empty() && self.departments.is_empty() && self.halls.is_empty()
    }

    fn add(&mut self, scope: Scope, grant: &Grant, own: &BTreeSet<ActorId>, region: &Region) {
        let at = place_of(grant, own, region);
        match scope {
            Scope::Own => self.own.extend(own),
            Scope::Region => self.whole = true,
            Scope::Window => self.windows.extend(at.window),
            Scope::Department => self.departments.extend(at.department),
            // A region of one hall is that hall.
            Scope::Hall if region.organisation().halls().count() <= 1 => self.whole = true,
            Scope::Hall => self.halls.extend(at.hall),
            Scope::Place => match grant.place.kind {
                PlaceKind::Person => self.own.extend(own),
                PlaceKind::Window => self.windows.extend(at.window),
                PlaceKind::Department => self.departments.extend(at.department),
                PlaceKind::Hall => self.halls.extend(at.hall),
                PlaceKind::Region => self.whole = true,
            },
        }
    }

    /// Whether everything is seen.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The subject by whose entries a list may begin, where it is one.
    pub(crate) fn only_subject(&self) -> Option<Subject> {
        let mut subjects = (self.own.iter().copied().map(Subject::Person))
            .chain(self.windows.iter().cloned().map(Subject::Window))
            .chain(self.departments.iter().cloned().map(Subject::Department))
            .chain(self.halls.iter().cloned().map(Subject::Hall));
        match (subjects.next(), subjects.next()) {
            (Some(only), None) if !self.whole => Some(only),
            _ => None,
        }
    }

    /// Whether what happened at a place is seen; the place says all it knows.
    pub fn has_place(&self, place: &Place) -> bool {
        let holds =
            |set: &BTreeSet<String>, code: &Option<String>| code.as_ref().is_some_and(|code| set.contains(code));
        self.whole
            || holds(&self.windows, &place.window)
            || holds(&self.departments, &place.department)
            || holds(&self.halls, &place.hall)
    }

    /// Whether a person's own page, or a place's, is seen: a person is where they belong today.
    pub fn has_subject(&self, region: &Region, subject: &Subject) -> bool {
        if self.whole {
            return true;
        }
        match subject {
            Subject::Person(actor) => {
                self.own.contains(actor) || self.has_place(&region.organisation().home(*actor, Instant::MAX))
            }
            Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => {
                self.has_place(&place_of_subject(region, subject, Instant::MAX))
            }
        }
    }

    /// Whether an entry is seen: one's own, or one that was earned at a place that is.
    pub fn has_entry(&self, region: &Region, entry: &Entry) -> bool {
        let is_own = matches!(&entry.subject, Subject::Person(actor) if self.own.contains(actor));
        let of_place = match &entry.subject {
            Subject::Person(_) => false,
            place => self.has_subject(region, place),
        };
        self.whole || is_own || of_place || self.has_place(&entry.place)
    }

    /// Whether a hall is seen.
    pub(crate) fn has_hall(&self, code: &str) -> bool {
        self.whole || self.halls.contains(code)
    }

    /// The hall that a screen shows where none is named: the only one that is seen.
    pub(crate) fn only_hall(&self) -> Option<&str> {
        let mut halls = self.halls.iter();
        halls.next().filter(|_| halls.next().is_none()).map(String::as_str)
    }

    /// Whether a case or counter service is seen, by the key of its aggregate: one of whose events was at a place that is.
    pub(crate) fn has_file(
        &self,
        database: &Database,
        row: &RegionRow,
        region: &Region,
        key: &[u8],
    ) -> Result<bool, StoreError> {
        if self.whole {
            return Ok(true);
        }
        let found = database.load(row.id, &[Need::Row(StateKind::Aggregate, key.to_vec())])?;
        let Some((_, bytes)) = found.into_iter().flatten().next() else { return Ok(false) };
        // What cannot be read is nobody's to see here; whoever may see all of it is told.
        let Ok(aggregate) = aggregate_of(&bytes) else { return Ok(false) };
        if aggregate.facts.iter().any(|state| self.has_place(&state.fact.place)) {
            return Ok(true);
        }
        let positions: Vec<u64> = aggregate.events.iter().map(|folded| folded.position).take(EVENTS_MAX).collect();
        let records = database.records(row.id, &positions)?;
        Ok(records.iter().any(|record| self.has_place(&place_of_event(region, &record.event))))
    }
}

/// The place of a grant, completed: a window's department and hall, a person's own.
fn place_of(grant: &Grant, own: &BTreeSet<ActorId>, region: &Region) -> Place {
    let code = || Some(grant.place.code.clone()).filter(|code| !code.is_empty());
    let subject = |named: Place| region.organisation().complete_place(named, Instant::MAX);
    match grant.place.kind {
        PlaceKind::Region => Place::default(),
        PlaceKind::Person => {
            own.first().map_or_else(Place::default, |actor| region.organisation().home(*actor, Instant::MAX))
        }
        PlaceKind::Window => subject(Place { window: code(), ..Place::default() }),
        PlaceKind::Department => subject(Place { department: code(), ..Place::default() }),
        PlaceKind::Hall => Place { hall: code(), ..Place::default() },
    }
}

/// Where a person or place belongs at a time.
pub(crate) fn place_of_subject(region: &Region, subject: &Subject, at: Instant) -> Place {
    let complete = |named: Place| region.organisation().complete_place(named, at);
    match subject {
        Subject::Person(actor) => region.organisation().home(*actor, at),
        Subject::Window(code) => complete(Place { window: Some(code.clone()), ..Place::default() }),
        Subject::Department(code) => complete(Place { department: Some(code.clone()), ..Place::default() }),
        Subject::Hall(code) => Place { hall: Some(code.clone()), ..Place::default() },
    }
}

fn place_of_event(region: &Region, event: &Event) -> Place {
    let text = |id| event.data.text(id).filter(|code| !code.is_empty()).map(str::to_owned);
    let named = Place { window: text(member::WINDOW), department: text(member::DEPARTMENT), hall: text(member::HALL) };
    region.organisation().complete_place(named, event.time)
}
