//! Exemptions: spans of time in which deductions of some rules are not made, in a scope (停电、系统故障、不可抗力、因公外出). Granted and
//! withdrawn by people, as events; facts stay as they are. Leave and training spare people too: [`Organisation::exemption`].

use std::collections::{BTreeMap, BTreeSet};

use super::{Organisation, Reach, Timeline, order_of};
use crate::{
    event::{Event, EventType, member},
    fact::Place,
    id::{ActorId, ActorRef},
    time::Instant,
};

/// One exemption as the last event under its code says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exemption {
    /// Why: the word that rules name (`outage`).
    pub category: String,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive).
    pub to: Instant,
    hall: Option<String>,
    department: Option<String>,
    window: Option<String>,
    matter: Option<String>,
    person: Option<ActorRef>,
}

impl Exemption {
    fn of(event: &Event) -> Option<Self> {
        let data = &event.data;
        let text = |id| data.text(id).map(str::to_owned);
        Some(Self {
            category: text(member::CATEGORY)?,
            from: data.time(member::FROM)?,
            to: data.time(member::TO)?,
            hall: text(member::HALL),
            department: text(member::DEPARTMENT),
            window: text(member::WINDOW),
            matter: text(member::MATTER),
            person: data.actor(member::PERSON),
        })
    }

    fn holds(&self, asked: &Asked<'_>, organisation: &Organisation) -> bool {
        let within = |scope: &Option<String>, code: Option<&str>| scope.is_none() || scope.as_deref() == code;
        let person = |actor: ActorRef| organisation.canonical(actor) == asked.person;
        (self.from..self.to).contains(&asked.time)
            && within(&self.hall, asked.place.hall.as_deref())
            && within(&self.department, asked.place.department.as_deref())
            && within(&self.window, asked.place.window.as_deref())
            && within(&self.matter, asked.matter)
            && self.person.is_none_or(person)
    }
}

/// What happened, where and to whom, as an exemption looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// When.
    pub time: Instant,
    /// Where.
    pub place: &'a Place,
    /// Which matter.
    pub matter: Option<&'a str>,
    /// The credited person.
    pub person: ActorId,
}

/// Exemptions by code; what an event withdrew is kept as nothing.
pub(super) type Exemptions = BTreeMap<String, Timeline<Option<Exemption>>>;

/// Takes what an event says under a code in, nothing where it withdrew it, and says which facts that may change: what an earlier
/// event under the code covered may be covered no more.
pub(super) fn said<T>(
    line: &mut Timeline<Option<T>>,
    event: &Event,
    next: Option<T>,
    span_of: impl Fn(&T) -> (Instant, Instant),
) -> Option<Reach> {
    let all = line.iter().filter_map(|(_, one)| one.as_ref()).chain(next.as_ref());
    let span = all.map(span_of).reduce(wider);
    line.insert(order_of(event), next);
    span.map(|(from, to)| Reach::Span(from, to))
}

/// The span that holds both.
pub(super) fn wider(one: (Instant, Instant), other: (Instant, Instant)) -> (Instant, Instant) {
    (one.0.min(other.0), one.1.max(other.1))
}

impl Organisation {
    pub(super) fn absorb_exemption(&mut self, event: &Event) -> Option<Reach> {
        let code = event.data.text(member::EXEMPTION)?.to_owned();
        let next = match event.kind {
            EventType::ExemptionGranted => Some(Exemption::of(event)?),
            _ => None,
        };
        said(self.exemptions.entry(code).or_default(), event, next, |exemption| (exemption.from, exemption.to))
    }

    /// The code of an exemption of one of these categories that holds; of several the first.
    pub(super) fn granted(&self, categories: &BTreeSet<String>, asked: &Asked<'_>) -> Option<&str> {
        let standing = self.exemptions.iter().filter_map(|(code, line)| Some((code, line.last()?.as_ref()?)));
        let mut holding = standing.filter(|(_, exemption)| categories.contains(&exemption.category));
        holding.find(|(_, exemption)| exemption.holds(asked, self)).map(|(code, _)| code.as_str())
    }

    /// The spans of everything ever granted to people of whom `is_named` says so.
    pub(super) fn exemptions_of(
        &self,
        is_named: &dyn Fn(ActorRef) -> bool,
    ) -> impl Iterator<Item = (Instant, Instant)> {
        let granted = self.exemptions.values().flat_map(Timeline::iter).filter_map(|(_, exemption)| exemption.as_ref());
        let theirs = granted.filter(move |exemption| exemption.person.is_some_and(is_named));
        theirs.map(|exemption| (exemption.from, exemption.to))
    }
}
