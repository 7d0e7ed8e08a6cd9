//! Leave: spans in which somebody is not there (年休假、病假、事假、调休、外出公干), each under a code of its own. The last event under a
//! code holds. Beside it the ways by which rules are told: `leave` and `trainee` among the categories of `exempt`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Asked, Order, Organisation, Reach, Shift, Timeline,
    exemption::{said, wider},
    order_of,
};
use crate::{
    event::{Event, EventType, member},
    id::{ActorId, ActorRef},
    time::Instant,
};

/// One leave as the last event under its code says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leave {
    /// Who.
    pub person: ActorRef,
    /// What kind of leave; of some (`sick`) not everybody's business.
    pub category: String,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive).
    pub to: Instant,
}

impl Leave {
    fn of(event: &Event) -> Option<Self> {
        let data = &event.data;
        Some(Self {
            person: data.actor(member::PERSON)?,
            category: data.text(member::CATEGORY)?.to_owned(),
            from: data.time(member::FROM)?,
            to: data.time(member::TO)?,
        })
    }

    fn span(&self) -> (Instant, Instant) {
        (self.from, self.to)
    }
}

/// Leaves by code, and who they were ever said of.
#[derive(Clone, Default, Debug)]
pub(super) struct Leaves {
    /// What an event withdrew is kept as nothing.
    lines: BTreeMap<String, Timeline<Option<Leave>>>,
    /// Codes by both names of those they name.
    of: BTreeMap<ActorId, BTreeSet<String>>,
}

impl Leaves {
    /// Everything ever said under codes that name an actor so.
    fn said_of(&self, name: ActorId) -> impl Iterator<Item = &Leave> {
        let lines = self.of.get(&name).into_iter().flatten().filter_map(|code| self.lines.get(code));
        lines.flat_map(Timeline::iter).filter_map(|(_, leave)| leave.as_ref())
    }

    pub(super) fn line(&self, code: &str) -> Option<&Timeline<Option<Leave>>> {
        self.lines.get(code)
    }

    /// Where everything said of leaves stands.
    pub(super) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.lines.values().flat_map(Timeline::iter).map(|(order, _)| order)
    }
}

/// Why nothing is taken from somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exempt<'o> {
    /// By an exemption, its code.
    Granted(&'o str),
    /// They were on leave, its code.
    Leave(&'o str),
    /// They were a trainee, at this window.
    Trainee(&'o str),
}

impl Exempt<'_> {
    /// The category of rules that spare people on leave.
    pub const LEAVE: &'static str = "leave";
    /// The category of rules that spare trainees.
    pub const TRAINEE: &'static str = "trainee";

    /// Whether this is such a reason of a verdict.
    pub fn is_reason(text: &str) -> bool {
        let kinds = ["exempt", Self::LEAVE, Self::TRAINEE];
        text.split_once(':').is_some_and(|(kind, _)| kinds.contains(&kind))
    }

    /// As verdicts say it: `exempt:CODE`, `leave:CODE`, `trainee:WINDOW`.
    pub fn reason(self) -> String {
        match self {
            Self::Granted(code) => format!("exempt:{code}"),
            Self::Leave(code) => format!("{}:{code}", Self::LEAVE),
            Self::Trainee(window) => format!("{}:{window}", Self::TRAINEE),
        }
    }
}

impl Organisation {
    pub(super) fn absorb_leave(&mut self, event: &Event) -> Option<Reach> {
        let code = event.data.text(member::LEAVE)?.to_owned();
        let next = match event.kind {
            EventType::LeaveGranted => Some(Leave::of(event)?),
            _ => None,
        };
        for name in next.iter().flat_map(|leave| [leave.person.plain, leave.person.sourced]) {
            self.leaves.of.entry(name).or_default().insert(code.clone());
        }
        said(self.leaves.lines.entry(code).or_default(), event, next, Leave::span)
    }

    /// All leaves that stand, by code.
    pub fn leaves(&self) -> impl Iterator<Item = (&str, &Leave)> {
        self.leaves.lines.iter().filter_map(|(code, line)| Some((code.as_str(), line.last()?.as_ref()?)))
    }

    /// The leaves of a person that stand, by code.
    pub fn leaves_of(&self, person: ActorId) -> impl Iterator<Item = (&str, &Leave)> {
        let codes: BTreeSet<&str> = match self.leaves.of.is_empty() {
            true => BTreeSet::new(),
            false => self
                .names_of(person)
                .filter_map(|name| self.leaves.of.get(&name))
                .flatten()
                .map(String::as_str)
                .collect(),
        };
        let standing = codes.into_iter().filter_map(|code| Some((code, self.leave(code)?)));
        standing.filter(move |(_, leave)| self.canonical(leave.person) == person)
    }

    /// The leave that stands under a code.
    pub fn leave(&self, code: &str) -> Option<&Leave> {
        self.leaves.lines.get(code)?.last()?.as_ref()
    }

    /// The leave that somebody is on at `time`; of several the first code.
    pub fn leave_at(&self, person: ActorId, time: Instant) -> Option<(&str, &Leave)> {
        self.leaves_of(person).find(|(_, leave)| (leave.from..leave.to).contains(&time))
    }

    /// What stood under a leave's code before an event that is the last under it; `None` where another came after.
    pub fn leave_before(&self, event: &Event) -> Option<Option<&Leave>> {
        let line = self.leaves.lines.get(event.data.text(member::LEAVE)?)?;
        let (order, mut backwards) = (order_of(event), line.iter().rev());
        let is_last = backwards.next().is_some_and(|(last, _)| *last == order);
        is_last.then(|| backwards.next().and_then(|(_, former)| former.as_ref()))
    }

    /// Why nothing of these categories is taken: an exemption that holds, a leave, or that somebody is a trainee.
    pub fn exemption(&self, categories: &BTreeSet<String>, asked: &Asked<'_>) -> Option<Exempt<'_>> {
        let names = |category: &str| categories.contains(category);
        let leave = || self.leave_at(asked.person, asked.time).map(|(code, _)| Exempt::Leave(code));
        let trainee = || self.trained_at(asked.person, asked.time).map(Exempt::Trainee);
        (self.granted(categories, asked).map(Exempt::Granted))
            .or_else(|| names(Exempt::LEAVE).then(leave).flatten())
            .or_else(|| names(Exempt::TRAINEE).then(trainee).flatten())
    }

    /// Whether anybody could ever be spared anything: else nobody asks.
    pub fn has_exemptions(&self) -> bool {
        !self.exemptions.is_empty() || !self.leaves.lines.is_empty() || self.has_trainees()
    }

    /// From when to when an event changes whose leave, exemption or training something is: it says who an actor is that they name.
    /// Facts whose own actors it names are found by [`Organisation::reach`].
    pub fn naming_reach(&self, event: &Event) -> Option<(Instant, Instant)> {
        let (sourced, plain) = match event.kind {
            EventType::ActorIdentified => {
                let person = event.data.actor(member::PERSON).map(|person| person.plain);
                (Some(event.data.actor(member::ACTOR)?.sourced), person)
            }
            EventType::OrganisationPerson => (None, Some(event.data.actor(member::PERSON)?.plain)),
            _ => return None,
        };
        let newly_known = plain.filter(|plain| !self.is_known(*plain));
        let names: Vec<ActorId> = sourced.into_iter().chain(newly_known).collect();
        let is_named = |actor: ActorRef| names.contains(&actor.sourced) || names.contains(&actor.plain);
        let leaves = names.iter().flat_map(|name| self.leaves.said_of(*name)).map(Leave::span);
        let trained = names.iter().filter(|_| self.has_trainees()).filter_map(|name| self.stations.get(name));
        let lines = trained.flatten().filter_map(|window| self.shifts.get(window));
        let shifts = lines.flat_map(Timeline::iter).filter(|(_, shift)| is_named(shift.person));
        let shifts = shifts.map(|(_, Shift { from, to, .. })| (*from, to.unwrap_or(Instant::MAX)));
        leaves.chain(shifts).chain(self.exemptions_of(&is_named)).reduce(wider)
    }
}
