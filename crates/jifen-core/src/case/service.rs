//! Counter services: starts and ends under one key, paired first in, first out; waiting and holds apart.

use std::{collections::VecDeque, sync::Arc};

use super::{
    Folded,
    credit::{Crediting, person_of},
    fold::{Context, Logins, is_attached, last_of, place_of, sources, text_of},
};
use crate::{
    event::{EventType, member},
    fact::{Fact, FactKind, Field},
    time::Instant,
};

/// A service under way.
struct Open<'a> {
    start: &'a Folded,
    queue: Vec<&'a Folded>,
    between: Vec<&'a Folded>,
    held_since: Option<Instant>,
    held_ms: i64,
}

/// Queue events since the last start.
#[derive(Default)]
struct Queue<'a> {
    events: Vec<&'a Folded>,
}

pub(super) fn fold<L: Logins>(context: &mut Context<'_, L>, events: &[Arc<Folded>]) -> Result<(), L::Pending> {
    let mut queue = Queue::default();
    let mut open: VecDeque<Open<'_>> = VecDeque::new();
    let mut stray: VecDeque<&Folded> = VecDeque::new();
    for folded in events.iter().filter(|folded| !is_attached(folded.event.kind)) {
        match folded.event.kind {
            EventType::ServiceStarted => {
                let queue = std::mem::take(&mut queue.events);
                open.push_back(Open { start: folded, queue, between: Vec::new(), held_since: None, held_ms: 0 });
            }
            EventType::ServiceHeld | EventType::ServiceResumed => {
                if let Some(service) = open.front_mut() {
                    service.hold(folded);
                }
            }
            EventType::ServiceEnded => match open.pop_front() {
                Some(service) => service.end(context, folded)?,
                None => stray.push_back(folded),
            },
            _ => queue.events.push(folded),
        }
    }
    settle(context, open, stray)
}

/// Ends that came before their starts are paired as what they are, an impossible time, and held; the rest are anomalies.
fn settle<'a, L: Logins>(
    context: &mut Context<'_, L>,
    open: VecDeque<Open<'a>>,
    mut stray: VecDeque<&'a Folded>,
) -> Result<(), L::Pending> {
    for service in open {
        let near = service.start.event.time.0 - NEGATIVE_MS_MAX;
        while let Some(end) = stray.pop_front_if(|end| end.event.time.0 < near) {
            context.anomaly(end, "end_without_start");
        }
        match stray.pop_front() {
            Some(end) => service.end(context, end)?,
            None => context.anomaly(service.start, "never_ended"),
        }
    }
    for end in stray {
        context.anomaly(end, "end_without_start");
    }
    Ok(())
}

/// An end at most this long before an unmatched start is taken for a clock that went wrong, not for another service.
const NEGATIVE_MS_MAX: i64 = 24 * 3_600_000;

impl<'a> Open<'a> {
    fn hold(&mut self, folded: &'a Folded) {
        let time = folded.event.time;
        match (folded.event.kind, self.held_since) {
            (EventType::ServiceHeld, None) => self.held_since = Some(time),
            (EventType::ServiceResumed, Some(since)) => {
                self.held_ms += time.0 - since.0;
                self.held_since = None;
            }
            _ => {}
        }
        self.between.push(folded);
    }

    fn end<L: Logins>(self, context: &mut Context<'_, L>, end: &'a Folded) -> Result<(), L::Pending> {
        let (start, time) = (self.start, self.start.event.time);
        // A hold that nobody resumed lasts until the end.
        let held_ms = self.held_ms + self.held_since.map_or(0, |since| (end.event.time.0 - since.0).max(0));
        let service_ms = end.event.time.0 - time.0 - held_ms;
        let all = self.queue.iter().chain([&start]).chain(&self.between).chain([&end]).copied();
        let all: Vec<&Folded> = all.collect();
        // What was named before a number was passed on is about the window it left.
        let passed = all.iter().rposition(|folded| folded.event.kind == EventType::QueueTransferred);
        let here = &all[passed.unwrap_or(0)..];
        let named = last_named(here);
        let place = context.organisation.complete_place(named, time);
        let mut crediting = Crediting::read(all.iter().copied(), Some(&end.event));
        let last = || here[usize::from(passed.is_some())..].iter().rev().find_map(|folded| person_of(&folded.event));
        let person = person_of(&start.event).or_else(|| person_of(&end.event)).or_else(last);
        crediting.served = context.served(person, place.window.as_deref(), time)?;
        let (positions, records) = sources(all.iter().copied());
        let fact = Fact {
            id: start.event.key(),
            kind: FactKind::Service,
            occurred: time,
            date: context.organisation.zone().date(time),
            matter: last_of(all.iter().copied(), text_of(member::MATTER)),
            channel: last_of(all.iter().copied(), text_of(member::CHANNEL)),
            credited: crediting.resolve(context.organisation),
            provider: None,
            receiver: None,
            fields: vec![
                Field::Integer(service_ms),
                waiting(&self.queue, time).map_or(Field::Absent, Field::Integer),
                Field::Integer(held_ms),
                Field::Integer(count(&self.queue, EventType::QueueRecalled)),
                Field::Integer(count(&self.queue, EventType::QueueTransferred)),
            ],
            departments: Vec::new(),
            derived: None,
            stated: None,
            place,
            sources: positions,
            records,
        };
        let held = suspicion(context, end.event.time < time, service_ms, time);
        context.push(fact, held, &crediting);
        Ok(())
    }
}

/// Window, department and hall, each as the last event names it.
fn last_named(events: &[&Folded]) -> crate::fact::Place {
    let mut place = crate::fact::Place::default();
    for folded in events {
        let named = match folded.event.kind {
            EventType::QueueTransferred => {
                let window = text_of(member::TO_WINDOW)(&folded.event);
                crate::fact::Place { window, ..crate::fact::Place::default() }
            }
            _ => place_of(&folded.event),
        };
        place.window = named.window.or(place.window);
        place.department = named.department.or(place.department);
        place.hall = named.hall.or(place.hall);
    }
    place
}

/// From joining the queue (else taking the number) to the first call (else the start).
fn waiting(queue: &[&Folded], start: Instant) -> Option<i64> {
    let first = |kind| queue.iter().find(|folded| folded.event.kind == kind).map(|folded| folded.event.time);
    let from = first(EventType::QueueJoined).or_else(|| first(EventType::QueueTaken))?;
    let to = first(EventType::QueueCalled).unwrap_or(start);
    Some(to.0 - from.0)
}

fn count(queue: &[&Folded], kind: EventType) -> i64 {
    queue.iter().filter(|folded| folded.event.kind == kind).count() as i64
}

fn suspicion<L>(context: &Context<'_, L>, backwards: bool, service_ms: i64, time: Instant) -> Option<String> {
    use crate::roster::Settings;
    let settings = context.organisation.settings(time);
    let least = settings.suspicion_min_ms.unwrap_or(Settings::SUSPICION_MIN_MS);
    let most = settings.suspicion_max_ms.unwrap_or(Settings::SUSPICION_MAX_MS);
    let reason = if backwards || service_ms < 0 {
        "end_before_start"
    } else if least > 0 && service_ms < least {
        "too_short"
    } else if most > 0 && service_ms > most {
        "too_long"
    } else {
        return None;
    };
    Some(reason.to_owned())
}
