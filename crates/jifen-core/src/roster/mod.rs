//! The organisation as the journal tells it: settings, halls, departments, windows, matters, people, calendars, who sat where when.
//!
//! In: organisation, roster and identity events. Out: what was true at a business time. Everything is kept in timelines sorted by
//! the events' own order, so the order of arrival never shows.

mod exemption;
mod items;
mod leave;
mod listing;
mod place;
mod post;
mod promise;
mod role;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

pub use exemption::{Asked, Exemption};
pub use items::{
    ActorKind, Department, Identity, Matter, Person, Settings, Shift, Timeline, Window, calendar_is_sound,
};

pub use leave::{Exempt, Leave};
pub use listing::{Assignment, Former};
pub use post::PostKey;
pub use promise::Promise;
pub use role::Role;

use crate::{
    calendar::Calendar,
    event::{Event, EventType, member},
    id::{ActorId, ActorRef},
    time::{Date, Instant, Zone},
};

/// Where an event stands among others: time, sequence (absent first), source, id.
pub type Order = (Instant, Option<u64>, String, String);

/// An event's order.
pub fn order_of(event: &Event) -> Order {
    (event.time, event.sequence, event.source.clone(), event.id.clone())
}

/// The organisation of one region.
#[derive(Clone, Debug)]
pub struct Organisation {
    settings: Timeline<Settings>,
    merged: Vec<(Instant, Settings)>,
    unset: Settings,
    halls: BTreeMap<String, Timeline<Option<String>>>,
    departments: BTreeMap<String, Timeline<Department>>,
    windows: BTreeMap<String, Timeline<Window>>,
    matters: BTreeMap<String, Timeline<Matter>>,
    people: BTreeMap<ActorId, Timeline<Person>>,
    identities: BTreeMap<ActorId, Timeline<Identity>>,
    /// The actors that were ever identified as a person.
    aliases: BTreeMap<ActorId, BTreeSet<ActorId>>,
    /// Kinds of the actors that identities speak of, each by the last event that does.
    identified: BTreeMap<ActorId, Timeline<ActorKind>>,
    shifts: BTreeMap<String, Timeline<Shift>>,
    /// The windows that somebody was ever assigned to, by both their names.
    stations: BTreeMap<ActorId, BTreeSet<String>>,
    /// Both names of those who were ever assigned as trainees.
    trainees: BTreeSet<ActorId>,
    posts: BTreeMap<post::PostKey, Timeline<Shift>>,
    calendars: BTreeMap<String, Calendar>,
    /// Which event a calendar's year comes from: the last in the events' own order holds.
    notices: BTreeMap<(String, i16), Order>,
    exemptions: exemption::Exemptions,
    leaves: leave::Leaves,
    zone: Zone,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            settings: Timeline::default(),
            merged: Vec::new(),
            unset: Settings::default(),
            halls: BTreeMap::new(),
            departments: BTreeMap::new(),
            windows: BTreeMap::new(),
            matters: BTreeMap::new(),
            people: BTreeMap::new(),
            identities: BTreeMap::new(),
            aliases: BTreeMap::new(),
            identified: BTreeMap::new(),
            shifts: BTreeMap::new(),
            stations: BTreeMap::new(),
            trainees: BTreeSet::new(),
            posts: BTreeMap::new(),
            calendars: BTreeMap::from([("always".to_owned(), Calendar::always())]),
            notices: BTreeMap::new(),
            exemptions: BTreeMap::new(),
            leaves: leave::Leaves::default(),
            zone: Zone::utc(),
        }
    }
}

/// How far back an organisation event changes what facts say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    /// Facts from this time on.
    From(Instant),
    /// Facts in this span.
    Span(Instant, Instant),
    /// Facts that wait for these actors to be identified (by their plain names).
    Actors(Vec<ActorId>),
}

impl Organisation {
    /// Takes an event in and says which facts it may change.
    pub fn absorb(&mut self, event: &Event) -> Option<Reach> {
        let (order, data) = (order_of(event), &event.data);
        let code = |id| data.text(id).unwrap_or_default().to_owned();
        let optional = |id| data.text(id).map(str::to_owned);
        let from = match event.kind {
            EventType::OrganisationRegion => self.absorb_settings(event),
            EventType::OrganisationHall => {
                self.halls.entry(code(member::HALL)).or_default().insert(order, optional(member::NAME));
                // A second hall takes away what "the only hall" said.
                Instant::MIN
            }
            EventType::OrganisationDepartment => {
                let department = Department { name: optional(member::NAME), hall: optional(member::HALL) };
                self.departments.entry(code(member::DEPARTMENT)).or_default().insert(order, department)
            }
            EventType::OrganisationWindow => {
                let window = Window {
                    name: optional(member::NAME),
                    hall: optional(member::HALL),
                    department: optional(member::DEPARTMENT),
                    zone: optional(member::ZONE),
                };
                self.windows.entry(code(member::WINDOW)).or_default().insert(order, window)
            }
            EventType::OrganisationMatter => {
                self.matters.entry(code(member::MATTER)).or_default().insert(order, Matter::of(data))
            }
            EventType::OrganisationPerson => return self.absorb_person(event),
            EventType::OrganisationCalendar => return self.absorb_calendar(event),
            EventType::ActorIdentified => return self.absorb_identity(event),
            EventType::RosterAssigned | EventType::RosterUnassigned => return self.absorb_shift(event),
            EventType::PostAssigned | EventType::PostUnassigned => return self.absorb_post(event),
            EventType::ExemptionGranted | EventType::ExemptionWithdrawn => return self.absorb_exemption(event),
            EventType::LeaveGranted | EventType::LeaveWithdrawn => return self.absorb_leave(event),
            _ => return None,
        };
        Some(Reach::From(from))
    }

    /// Which facts an event may change, without taking it in.
    pub fn reach(&self, event: &Event) -> Option<Reach> {
        match event.kind {
            EventType::OrganisationPerson => Some(Reach::Actors(vec![event.data.actor(member::PERSON)?.plain])),
            EventType::ActorIdentified => self.identity_reach(event),
            // The others are rare, and a copy is the surest way to ask.
            _ => self.clone().absorb(event),
        }
    }

    /// From which time an event changes where subjects of period awards belong, beyond what [`Organisation::reach`] finds.
    pub fn home_reach(&self, event: &Event) -> Option<Instant> {
        let (order, code) = (order_of(event), |id| event.data.text(id));
        let of = |reach: Option<Instant>| Some(reach.unwrap_or(Instant::MIN));
        match event.kind {
            EventType::OrganisationWindow => of(self.windows.get(code(member::WINDOW)?).map(|line| line.reach(&order))),
            EventType::OrganisationDepartment => {
                of(self.departments.get(code(member::DEPARTMENT)?).map(|line| line.reach(&order)))
            }
            EventType::OrganisationPerson => {
                let person = event.data.actor(member::PERSON)?.plain;
                // Nothing was counted yet for somebody who was not known.
                self.is_known(person).then(|| self.people.get(&person).map_or(Instant::MIN, |line| line.reach(&order)))
            }
            _ => None,
        }
    }

    fn absorb_settings(&mut self, event: &Event) -> Instant {
        let from = self.settings.insert(order_of(event), Settings::of(&event.data));
        let mut sum = Settings::default();
        self.merged.clear();
        for (order, next) in self.settings.iter() {
            sum.overlay(next);
            self.merged.push((order.0, sum.clone()));
        }
        let zone = sum.time_zone.as_deref().and_then(Zone::parse);
        let changed = zone.as_ref().is_some_and(|zone| zone.name() != self.zone.name());
        self.zone = zone.unwrap_or_else(|| self.zone.clone());
        if changed { Instant::MIN } else { from }
    }

    fn absorb_person(&mut self, event: &Event) -> Option<Reach> {
        let actor = event.data.actor(member::PERSON)?.plain;
        let text = |id| event.data.text(id).map(str::to_owned);
        let person = Person {
            kind: ActorKind::parse(event.data.text(member::KIND)),
            department: text(member::DEPARTMENT),
            window: text(member::WINDOW),
            hall: text(member::HALL),
        };
        self.people.entry(actor).or_default().insert(order_of(event), person);
        Some(Reach::Actors(vec![actor]))
    }

    /// An alias makes its target known too; one for a code that is known already takes facts from whom it meant so far,
    /// which no index finds, so everything is looked at again.
    fn identity_reach(&self, event: &Event) -> Option<Reach> {
        let actor = event.data.actor(member::ACTOR)?;
        let known = self.identities.contains_key(&actor.sourced) || self.is_known(actor.plain);
        let target = event.data.actor(member::PERSON).map(|person| person.plain);
        let waited_for = || std::iter::once(actor.plain).chain(target).collect();
        Some(if known { Reach::From(Instant::MIN) } else { Reach::Actors(waited_for()) })
    }

    fn absorb_identity(&mut self, event: &Event) -> Option<Reach> {
        let reach = self.identity_reach(event);
        let actor = event.data.actor(member::ACTOR)?;
        let identity = Identity {
            person: event.data.actor(member::PERSON).map(|person| person.plain),
            kind: ActorKind::parse(event.data.text(member::KIND)),
        };
        let subject = identity.person.unwrap_or(actor.sourced);
        self.aliases.entry(subject).or_default().insert(actor.sourced);
        self.identified.entry(subject).or_default().insert(order_of(event), identity.kind);
        self.identities.entry(actor.sourced).or_default().insert(order_of(event), identity);
        reach
    }

    fn absorb_calendar(&mut self, event: &Event) -> Option<Reach> {
        let year = items::calendar_year(&event.data)?;
        let first = Date::new(year.year, 1, 1)?;
        let from = self.zone.day_start(first);
        let code = event.data.text(member::CALENDAR)?.to_owned();
        let order = order_of(event);
        match self.notices.get(&(code.clone(), year.year)) {
            Some(later) if *later > order => return None,
            _ => self.notices.insert((code.clone(), year.year), order),
        };
        self.calendars.entry(code).or_default().insert(year);
        Some(Reach::From(from))
    }

    /// The region's zone: the last that settings named.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Settings in force at `time`, each the last one set; before the first event, the first.
    pub fn settings(&self, time: Instant) -> &Settings {
        let after = self.merged.partition_point(|(from, _)| *from <= time);
        self.merged.get(after.saturating_sub(1)).map_or(&self.unset, |(_, settings)| settings)
    }

    /// Settings after all events.
    pub fn latest_settings(&self) -> &Settings {
        self.settings(Instant::MAX)
    }

    /// The calendar of this code.
    pub fn calendar(&self, code: &str) -> Option<&Calendar> {
        self.calendars.get(code)
    }

    /// The calendar of this code, or the region's on `date`: one that works every day where it names none.
    ///
    /// # Errors
    /// `calendar_unknown:CODE`.
    pub fn calendar_of(&self, code: Option<&str>, date: Date) -> Result<&Calendar, String> {
        let settings = self.settings(self.zone().day_start(date));
        let code = code.or(settings.calendar.as_deref()).unwrap_or("always");
        self.calendar(code).ok_or_else(|| format!("calendar_unknown:{code}"))
    }

    /// The matter as it was at `time`.
    pub fn matter(&self, code: &str, time: Instant) -> Option<&Matter> {
        self.matters.get(code)?.at(time)
    }

    /// The window as it was at `time`.
    pub fn window(&self, code: &str, time: Instant) -> Option<&Window> {
        self.windows.get(code)?.at(time)
    }

    /// The person's record as it was at `time`.
    pub fn person(&self, actor: ActorId, time: Instant) -> Option<&Person> {
        self.people.get(&actor)?.at(time)
    }

    /// Who an actor named by an event is: an alias's target, else the registered person of that code, else itself.
    pub fn canonical(&self, actor: ActorRef) -> ActorId {
        if let Some(identity) = self.identities.get(&actor.sourced).and_then(Timeline::last) {
            return identity.person.unwrap_or(actor.sourced);
        }
        if self.is_known(actor.plain) { actor.plain } else { actor.sourced }
    }

    /// Actors that were identified as this one.
    pub fn aliases_of(&self, person: ActorId) -> impl Iterator<Item = ActorId> {
        let is_theirs = move |line: &Timeline<Identity>| line.last().is_some_and(|last| last.person == Some(person));
        let named = self.aliases.get(&person).into_iter().flatten().copied();
        named.filter(move |actor| self.identities.get(actor).is_some_and(is_theirs))
    }

    /// All names under which events may speak of a canonical actor.
    fn names_of(&self, person: ActorId) -> impl Iterator<Item = ActorId> {
        std::iter::once(person).chain(self.aliases_of(person))
    }

    /// Whether a plain name is a person's: registered, or the target of an alias.
    fn is_known(&self, plain: ActorId) -> bool {
        self.people.contains_key(&plain) || self.identified.contains_key(&plain)
    }

    /// What kind of account a canonical actor is.
    pub fn actor_kind(&self, actor: ActorId) -> ActorKind {
        let registered = self.people.get(&actor).and_then(Timeline::last).map(|person| person.kind);
        let identified = || self.identified.get(&actor).and_then(Timeline::last).copied();
        registered.or_else(identified).unwrap_or(ActorKind::Unknown)
    }

    /// Halls by code.
    pub fn halls(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.halls.iter().map(|(code, names)| (code.as_str(), names.last().and_then(|name| name.as_deref())))
    }

    /// Departments by code.
    pub fn departments(&self) -> impl Iterator<Item = (&str, &Department)> {
        self.departments.iter().filter_map(|(code, line)| line.last().map(|last| (code.as_str(), last)))
    }

    /// Windows by code.
    pub fn windows(&self) -> impl Iterator<Item = (&str, &Window)> {
        self.windows.iter().filter_map(|(code, line)| line.last().map(|last| (code.as_str(), last)))
    }

    /// Whether there is such a hall.
    pub fn has_hall(&self, code: &str) -> bool {
        self.halls.contains_key(code)
    }

    /// Whether there is such a department.
    pub fn has_department(&self, code: &str) -> bool {
        self.departments.contains_key(code)
    }

    /// What the hall is called now.
    pub fn hall_name(&self, code: &str) -> Option<&str> {
        self.halls.get(code)?.last()?.as_deref()
    }

    /// What the department is called now.
    pub fn department_name(&self, code: &str) -> Option<&str> {
        self.departments.get(code)?.last()?.name.as_deref()
    }

    /// What the window is called now.
    pub fn window_name(&self, code: &str) -> Option<&str> {
        self.windows.get(code)?.last()?.name.as_deref()
    }

    /// Matters by code.
    pub fn matters(&self) -> impl Iterator<Item = (&str, &Matter)> {
        self.matters.iter().filter_map(|(code, line)| line.last().map(|last| (code.as_str(), last)))
    }

    /// Registered people and system accounts.
    pub fn people(&self) -> impl Iterator<Item = (ActorId, &Person)> {
        self.people.iter().filter_map(|(actor, line)| line.last().map(|last| (*actor, last)))
    }
}

/// Whether the organisation reads events of this type.
pub fn reads(kind: EventType) -> bool {
    kind.spec().family == crate::event::Family::Organisation
}
