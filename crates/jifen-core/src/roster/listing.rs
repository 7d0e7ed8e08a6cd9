//! The organisation as lists for people: what there was at a time, who held what from when to when, and what a record stood in place of.

use std::collections::BTreeMap;

use super::{
    Department, Matter, Order, Organisation, Person, Role, Shift, Timeline, Window, order_of,
    post::{PostKey, key_of},
};
use crate::{
    event::{Event, EventType, member},
    id::{ActorId, ActorRef},
    time::Instant,
};

/// An assignment as it stands after all that was said of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Assignment<'o> {
    /// The event that made it.
    pub order: &'o Order,
    /// Who.
    pub person: ActorRef,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive); open without.
    pub to: Option<Instant>,
    /// As what.
    pub role: Role,
}

/// What was true before a record took its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Former<'o> {
    /// A hall's name.
    Hall(Option<&'o str>),
    /// A department.
    Department(&'o Department),
    /// A window.
    Window(&'o Window),
    /// A matter.
    Matter(&'o Matter),
    /// A person's home.
    Person(&'o Person),
}

/// Assignments to one place, of those whom `is_wanted` takes, that were not taken back, each cut where a later event ended it.
pub(super) fn assignments(
    line: &Timeline<Shift>,
    is_wanted: impl Fn(ActorRef) -> bool,
) -> impl Iterator<Item = Assignment<'_>> {
    let wanted = line.iter().filter(move |(_, shift)| shift.assigned && is_wanted(shift.person));
    wanted.filter_map(move |(order, shift)| {
        let ends = line.iter().filter(|(later, end)| *later > order && !end.assigned && end.person == shift.person);
        let end = ends.map(|(_, end)| end.from).chain(shift.to).min();
        let stands = end.is_none_or(|end| shift.from < end);
        stands.then_some(Assignment { order, person: shift.person, from: shift.from, to: end, role: shift.role })
    })
}

/// What holds at a time, of what was set up by then.
fn at<'o, K, T>(lines: impl Iterator<Item = (K, &'o Timeline<T>)>, time: Instant) -> impl Iterator<Item = (K, &'o T)>
where
    T: 'o,
{
    let since = move |line: &Timeline<T>| line.since().is_some_and(|since| since <= time);
    lines.filter(move |(_, line)| since(line)).filter_map(move |(key, line)| Some((key, line.at(time)?)))
}

/// The value before an event's own; `None` where it was the first, or another of the same moment came after it.
fn before<'o, T>(line: Option<&'o Timeline<T>>, order: &Order) -> Option<&'o T> {
    let all: Vec<_> = line?.iter().collect();
    let own = all.iter().position(|(other, _)| *other == order)?;
    let is_replaced = all.get(own + 1).is_some_and(|(next, _)| next.0 == order.0);
    let former = all.get(own.checked_sub(1)?)?;
    (!is_replaced).then_some(former.1)
}

impl Organisation {
    /// Halls at a time.
    pub fn halls_at(&self, time: Instant) -> impl Iterator<Item = (&str, Option<&str>)> {
        at(self.halls.iter(), time).map(|(code, name)| (code.as_str(), name.as_deref()))
    }

    /// Departments at a time.
    pub fn departments_at(&self, time: Instant) -> impl Iterator<Item = (&str, &Department)> {
        at(self.departments.iter(), time).map(|(code, department)| (code.as_str(), department))
    }

    /// Windows at a time.
    pub fn windows_at(&self, time: Instant) -> impl Iterator<Item = (&str, &Window)> {
        at(self.windows.iter(), time).map(|(code, window)| (code.as_str(), window))
    }

    /// Matters at a time.
    pub fn matters_at(&self, time: Instant) -> impl Iterator<Item = (&str, &Matter)> {
        at(self.matters.iter(), time).map(|(code, matter)| (code.as_str(), matter))
    }

    /// People and system accounts that were registered by a time.
    pub fn people_at(&self, time: Instant) -> impl Iterator<Item = (ActorId, &Person)> {
        at(self.people.iter(), time).map(|(actor, person)| (*actor, person))
    }

    /// Everybody's assignments to windows.
    pub fn assignments(&self) -> impl Iterator<Item = (&str, Assignment<'_>)> {
        self.shifts.iter().flat_map(|(window, line)| assignments(line, |_| true).map(move |one| (window.as_str(), one)))
    }

    /// Everybody's posts.
    pub fn posts(&self) -> impl Iterator<Item = (&PostKey, Assignment<'_>)> {
        self.posts.iter().flat_map(|(key, line)| assignments(line, |_| true).map(move |one| (key, one)))
    }

    /// Everything said of who is at the place of an event about a window or a post.
    fn said_there(&self, event: &Event) -> Option<&Timeline<Shift>> {
        match event.kind {
            EventType::RosterAssigned | EventType::RosterUnassigned => {
                self.shifts.get(event.data.text(member::WINDOW)?)
            }
            EventType::PostAssigned | EventType::PostUnassigned => self.posts.get(&key_of(event)?),
            _ => None,
        }
    }

    /// What else an end from where an assignment begins would end: everything that was said of the same person at the same place and
    /// reaches beyond, in its order, from there on.
    pub fn beside(&self, event: &Event) -> Option<Vec<Assignment<'_>>> {
        let (line, order, own) = (self.said_there(event)?, order_of(event), Shift::of(event, true)?);
        let others = assignments(line, |_| true).filter(|one| *one.order != order && one.person == own.person);
        let beyond = others.filter(|one| one.to.is_none_or(|to| own.from < to));
        let mut found: Vec<_> = beyond.map(|one| Assignment { from: one.from.max(own.from), ..one }).collect();
        found.sort_by_key(|one| one.order);
        Some(found)
    }

    /// What an event that ended an assignment took from it: from when to when somebody would be there again without it. `None` where it
    /// ended nothing, or they are there again. With the role they had.
    pub fn cut_by(&self, end: &Event) -> Option<(ActorRef, Instant, Option<Instant>, Role)> {
        let (line, order, ended) = (self.said_there(end)?, order_of(end), Shift::of(end, false)?);
        let theirs = || line.iter().filter(|(_, shift)| shift.person == ended.person);
        let cut = theirs().filter(|(at, shift)| **at < order && shift.assigned);
        let (at, shift) = cut.rev().find(|(_, shift)| shift.to.is_none_or(|to| ended.from < to))?;
        let from = shift.from.max(ended.from);
        let others = theirs().filter(|(other, end)| *other > at && **other != order && !end.assigned);
        let to = others.map(|(_, end)| end.from).chain(shift.to).min();
        let is_again =
            assignments(line, |_| true).any(|one| *one.order > order && one.person == ended.person && one.from <= from);
        (to.is_none_or(|to| from < to) && !is_again).then_some((shift.person, from, to, shift.role))
    }

    /// Where all records, assignments and ends of them stand, in no order.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        fn of<'o, K: 'o, T: 'o>(lines: &'o BTreeMap<K, Timeline<T>>) -> impl Iterator<Item = &'o Order> {
            lines.values().flat_map(Timeline::iter).map(|(order, _)| order)
        }
        (of(&self.halls).chain(of(&self.departments)).chain(of(&self.windows)).chain(of(&self.matters)))
            .chain(of(&self.people))
            .chain(of(&self.shifts))
            .chain(of(&self.posts))
            .chain(self.leaves.orders())
    }

    /// Calendars by code.
    pub fn calendars(&self) -> impl Iterator<Item = &str> {
        self.calendars.keys().map(String::as_str)
    }

    /// What an organisation event took the place of, where it is still what holds from its own time on.
    pub fn former(&self, event: &Event) -> Option<Former<'_>> {
        let (order, code) = (order_of(event), |id| event.data.text(id));
        match event.kind {
            EventType::OrganisationHall => {
                let name = before(self.halls.get(code(member::HALL)?), &order)?;
                Some(Former::Hall(name.as_deref()))
            }
            EventType::OrganisationDepartment => {
                before(self.departments.get(code(member::DEPARTMENT)?), &order).map(Former::Department)
            }
            EventType::OrganisationWindow => {
                before(self.windows.get(code(member::WINDOW)?), &order).map(Former::Window)
            }
            EventType::OrganisationMatter => {
                before(self.matters.get(code(member::MATTER)?), &order).map(Former::Matter)
            }
            EventType::OrganisationPerson => {
                let person = event.data.actor(member::PERSON)?.plain;
                before(self.people.get(&person), &order).map(Former::Person)
            }
            _ => None,
        }
    }

    /// The last sequence of a record of the same thing at the same moment as an event; `None` where there is none, or none has one.
    pub fn sequence_at(&self, event: &Event) -> Option<u64> {
        fn last<T>(line: Option<&Timeline<T>>, time: Instant) -> Option<u64> {
            line?.iter().filter(|(order, _)| order.0 == time).filter_map(|(order, _)| order.1).max()
        }
        let (time, code) = (event.time, |id| event.data.text(id));
        match event.kind {
            EventType::OrganisationHall => last(self.halls.get(code(member::HALL)?), time),
            EventType::OrganisationDepartment => last(self.departments.get(code(member::DEPARTMENT)?), time),
            EventType::OrganisationWindow => last(self.windows.get(code(member::WINDOW)?), time),
            EventType::OrganisationMatter => last(self.matters.get(code(member::MATTER)?), time),
            EventType::OrganisationPerson => last(self.people.get(&event.data.actor(member::PERSON)?.plain), time),
            EventType::RosterAssigned
            | EventType::RosterUnassigned
            | EventType::PostAssigned
            | EventType::PostUnassigned => last(self.said_there(event), time),
            EventType::LeaveGranted | EventType::LeaveWithdrawn => last(self.leaves.line(code(member::LEAVE)?), time),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{event::admit, id::RegionSecret};

    fn event(id: &str, kind: &str, time: &str, data: serde_json::Value) -> Event {
        let envelope = json!({"specversion": "1.0", "source": "test", "id": id, "type": format!("jifen.{kind}"),
            "time": time, "data": data});
        let now = Instant::parse("2026-11-27T00:00:00Z").expect("time");
        let envelope = envelope.as_object().expect("object");
        admit(envelope, &RegionSecret::new([0; 32]), now, &mut || [0; 16]).expect("admitted").event
    }

    fn shift(id: &str, kind: &str, time: &str, from: &str, to: Option<&str>) -> Event {
        let day = |day: &str| format!("2026-{day}T00:00:00Z");
        let mut data = json!({"person": "P1", "window": "W1", "from": day(from)});
        if let Some(to) = to {
            data["to"] = day(to).into();
        }
        event(id, kind, &day(time), data)
    }

    #[test]
    fn an_assignment_ends_where_it_was_ended_and_is_gone_when_taken_back() {
        let mut organisation = Organisation::default();
        let spans = |organisation: &Organisation| {
            let day = |instant: Instant| instant.to_rfc3339()[5..10].to_owned();
            let all = organisation.assignments();
            all.map(|(_, one)| (day(one.from), one.to.map(day))).collect::<Vec<_>>()
        };
        organisation.absorb(&shift("a", "roster.assigned", "01-01", "02-01", Some("06-01")));
        organisation.absorb(&shift("b", "roster.assigned", "01-02", "07-01", None));
        let text = str::to_owned;
        assert_eq!(spans(&organisation), [(text("02-01"), Some(text("06-01"))), (text("07-01"), None)]);
        organisation.absorb(&shift("c", "roster.unassigned", "08-01", "08-01", None));
        assert_eq!(spans(&organisation), [(text("02-01"), Some(text("06-01"))), (text("07-01"), Some(text("08-01")))]);
        organisation.absorb(&shift("d", "roster.unassigned", "08-02", "07-01", None));
        assert_eq!(spans(&organisation), [(text("02-01"), Some(text("06-01")))]);
        // Without the second end it would go on to the first, without the first it is over anyway.
        let cut = |organisation: &Organisation, end: &Event| {
            organisation.cut_by(end).map(|(_, from, to, _)| {
                (from.to_rfc3339()[5..10].to_owned(), to.map(|to| to.to_rfc3339()[5..10].to_owned()))
            })
        };
        let (first, second) = (
            shift("c", "roster.unassigned", "08-01", "08-01", None),
            shift("d", "roster.unassigned", "08-02", "07-01", None),
        );
        assert_eq!(cut(&organisation, &second), Some((text("07-01"), Some(text("08-01")))));
        assert_eq!(cut(&organisation, &first), None);
        // An end that came before an assignment says nothing of it.
        organisation.absorb(&shift("e", "roster.assigned", "08-03", "07-01", None));
        assert_eq!(spans(&organisation).len(), 2);
        assert_eq!(cut(&organisation, &second), None, "they are there again");
    }

    #[test]
    fn a_record_knows_what_it_took_the_place_of() {
        let mut organisation = Organisation::default();
        let window = |id: &str, day: &str, department: &str| {
            event(
                id,
                "organisation.window",
                &format!("2026-{day}T00:00:00Z"),
                json!({"window": "W1", "department": department}),
            )
        };
        let (first, second, same) =
            (window("a", "01-01", "D1"), window("b", "03-01", "D2"), window("c", "03-01", "D3"));
        organisation.absorb(&first);
        organisation.absorb(&second);
        assert_eq!(organisation.former(&first), None, "there was nothing before");
        let former = organisation.former(&second);
        assert!(matches!(former, Some(Former::Window(old)) if old.department.as_deref() == Some("D1")), "{former:?}");
        organisation.absorb(&same);
        assert_eq!(organisation.former(&second), None, "another of the same moment holds");
        let days = |day: &str| Instant::parse(&format!("2026-{day}T12:00:00Z")).expect("time");
        assert_eq!(organisation.windows_at(days("01-01")).count(), 1);
        let found: Vec<_> =
            organisation.windows_at(days("03-02")).map(|(_, window)| window.department.clone()).collect();
        assert_eq!(found, [Some("D3".to_owned())]);
        let early = Instant::parse("2025-12-31T12:00:00Z").expect("time");
        assert_eq!(organisation.windows_at(early).count(), 0, "it was not set up yet");
    }
}
