//! Roles of assignments: who stands at a window first (A 岗), who stands in while they are away (B 岗), who is being trained there.

use std::collections::BTreeSet;

use super::{Organisation, Timeline, listing::assignments, order_of};
use crate::{
    both,
    event::{Event, EventType, member},
    id::{ActorId, ActorRef},
    language::Words,
    ledger::Subject,
    roster::{Reach, Shift},
    time::{Grain, Instant, Period},
};

/// What an assignment makes of somebody; who comes first stands at the window.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// The window is theirs (A 岗), also where no role is said.
    A,
    /// They stand in while nobody of the first is there (B 岗).
    B,
    /// They are being trained (实习、带教).
    Trainee,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::Trainee];
    /// The words that events use; a lead is one whose window it is.
    pub const WORDS: [(&str, Self); 4] =
        [("a", Self::A), ("lead", Self::A), ("b", Self::B), ("trainee", Self::Trainee)];

    /// The word of events and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Trainee => "trainee",
        }
    }

    /// What a word of events means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, role)| role)
    }

    /// The role an event names; the first where it names none, or one that was taken before roles were read.
    pub(super) fn of(event: &Event) -> Self {
        event.data.text(member::ROLE).and_then(Self::parse).unwrap_or(Self::A)
    }
}

impl Organisation {
    pub(super) fn absorb_shift(&mut self, event: &Event) -> Option<Reach> {
        let window = event.data.text(member::WINDOW)?.to_owned();
        let shift = Shift::of(event, event.kind == EventType::RosterAssigned)?;
        let reach = Reach::Span(shift.from, shift.to.unwrap_or(Instant::MAX));
        let ActorRef { plain, sourced } = shift.person;
        for name in [plain, sourced] {
            self.stations.entry(name).or_default().insert(window.clone());
            if shift.role == Role::Trainee {
                self.trainees.insert(name);
            }
        }
        self.shifts.entry(window).or_default().insert(order_of(event), shift);
        Some(reach)
    }

    /// Why an assignment cannot be taken.
    pub fn refuses_role(event: &Event) -> Option<Words> {
        let word = event.data.text(member::ROLE)?;
        Role::parse(word).is_none().then(|| {
            both!(
                "`role` 是 `a`（A 岗）、`b`（B 岗）、`trainee`（实习、带教）或 `lead`（同 A 岗），不写即 A 岗；`{word}` 不是其中之一",
                "`role` is `a`, `b` (stands in), `trainee` or `lead` (as `a`), and `a` where it is left out; `{word}` is none of them"
            )
        })
    }

    /// The person rostered at `window` at `time`. Of those who are assigned then, were not taken off and are not on leave: an A before a B
    /// before a trainee; of several the last in the events' order. What was said last of somebody is their role.
    pub fn rostered(&self, window: &str, time: Instant) -> Option<ActorRef> {
        let mut seen = BTreeSet::new();
        let assigned = Shift::standing(self.shifts.get(window)?, time);
        let own = assigned.filter(|shift| seen.insert(self.canonical(shift.person)));
        let there = own.filter(|shift| self.leave_at(self.canonical(shift.person), time).is_none());
        there.min_by_key(|shift| shift.role).map(|shift| shift.person)
    }

    /// The windows that somebody was ever assigned to, with what was said of them.
    fn stations_of(&self, person: ActorId) -> impl Iterator<Item = (&str, &Timeline<Shift>)> {
        let windows: BTreeSet<&String> =
            self.names_of(person).filter_map(|name| self.stations.get(&name)).flatten().collect();
        windows.into_iter().filter_map(|window| Some((window.as_str(), self.shifts.get(window)?)))
    }

    /// The window at which somebody is being trained at `time`; `None` where they are also assigned otherwise.
    pub fn trained_at(&self, person: ActorId, time: Instant) -> Option<&str> {
        if !self.was_trained(person) {
            return None;
        }
        let role = |line| {
            let mut standing = Shift::standing(line, time);
            standing.find(|shift| self.canonical(shift.person) == person).map(|shift| shift.role)
        };
        let roles = self.stations_of(person).filter_map(|(window, line)| Some((window, role(line)?)));
        let roles: Vec<_> = roles.collect();
        roles.iter().all(|(_, role)| *role == Role::Trainee).then(|| roles.first().map(|(window, _)| *window)).flatten()
    }

    /// Whether a subject is somebody who is a trainee in a period: the last they are assigned in it, they are a trainee and nothing
    /// else. They keep their points and are not ranked.
    pub fn is_trainee_in(&self, subject: &Subject, period: Period) -> bool {
        let person = match subject {
            Subject::Person(actor) if self.was_trained(*actor) => *actor,
            _ => return false,
        };
        let (first, end) = match period.grain {
            Grain::All => (Instant::MIN, Instant::MAX),
            _ => (self.zone.day_start(period.first), self.zone.day_start(period.next().first)),
        };
        let theirs = |actor| self.canonical(actor) == person;
        let all = self.stations_of(person).flat_map(|(_, line)| assignments(line, theirs));
        let ends = all.filter(|one| one.from < end).map(|one| one.to.unwrap_or(Instant::MAX).min(end));
        let last = ends.max().filter(|last| *last > first);
        last.is_some_and(|last| self.trained_at(person, Instant(last.0 - 1)).is_some())
    }

    /// Whether anybody was ever assigned as a trainee: without one nobody asks.
    pub(super) fn has_trainees(&self) -> bool {
        !self.trainees.is_empty()
    }

    fn was_trained(&self, person: ActorId) -> bool {
        self.has_trainees() && self.names_of(person).any(|name| self.trainees.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        event::admit,
        id::RegionSecret,
        roster::{Asked, Exempt},
        time::Period,
    };

    const SECRET: [u8; 32] = [0; 32];

    fn event(source: &str, id: &str, kind: &str, time: &str, data: serde_json::Value) -> Event {
        let envelope = json!({"specversion": "1.0", "source": source, "id": id, "type": format!("jifen.{kind}"),
            "time": format!("2026-{time}T00:00:00Z"), "data": data});
        let now = Instant::parse("2026-11-27T00:00:00Z").expect("time");
        admit(envelope.as_object().expect("object"), &RegionSecret::new(SECRET), now, &mut || [0; 16])
            .expect("admitted")
            .event
    }

    fn at(day: &str) -> Instant {
        Instant::parse(&format!("2026-{day}T10:00:00Z")).expect("time")
    }

    fn day(day: &str) -> String {
        format!("2026-{day}T00:00:00Z")
    }

    fn plain(code: &str) -> ActorId {
        RegionSecret::new(SECRET).plain_actor(code)
    }

    fn shift(person: &str, role: Option<&str>, (from, to): (&str, &str)) -> Event {
        let id = format!("{person}{from}");
        event(
            "test",
            &id,
            "roster.assigned",
            "01-02",
            json!({"person": person, "window": "W1", "role": role, "from": day(from), "to": day(to)}),
        )
    }

    fn leave(code: &str, person: &str, time: &str, (from, to): (&str, &str)) -> Event {
        event(
            "test",
            &format!("{code}{time}"),
            "leave.granted",
            time,
            json!({"leave": code, "person": person, "category": "sick", "from": day(from), "to": day(to)}),
        )
    }

    fn hall(events: &[Event]) -> Organisation {
        let mut organisation = Organisation::default();
        for code in ["P1", "P2", "P3"] {
            organisation.absorb(&event("test", code, "organisation.person", "01-01", json!({"person": code})));
        }
        events.iter().for_each(|event| drop(organisation.absorb(event)));
        organisation
    }

    fn stands(organisation: &Organisation, day: &str) -> Option<ActorId> {
        organisation.rostered("W1", at(day)).map(|actor| organisation.canonical(actor))
    }

    #[test]
    fn an_a_stands_before_a_b_before_a_trainee_whoever_was_said_last() {
        let (a, b, c) = (
            shift("P1", None, ("02-01", "02-10")),
            shift("P2", Some("b"), ("02-01", "02-20")),
            shift("P3", Some("trainee"), ("02-01", "03-01")),
        );
        let organisation = hall(&[a.clone(), b.clone(), c.clone()]);
        assert_eq!(stands(&organisation, "02-05"), Some(plain("P1")));
        assert_eq!(stands(&organisation, "02-15"), Some(plain("P2")), "the A is gone");
        assert_eq!(stands(&organisation, "02-25"), Some(plain("P3")), "only the trainee is there");
        assert_eq!(stands(&organisation, "03-05"), None);
        // What is said of somebody last is their role.
        let later = event(
            "test",
            "y",
            "roster.assigned",
            "01-03",
            json!({"person": "P1", "window": "W1", "role": "trainee", "from": day("02-04"), "to": day("02-06")}),
        );
        let organisation = hall(&[later, shift("P2", Some("b"), ("02-01", "02-20")), a.clone()]);
        let seen = ["02-03", "02-05", "02-07"].map(|day| stands(&organisation, day));
        assert_eq!(seen, [Some(plain("P1")), Some(plain("P2")), Some(plain("P1"))]);
        // Two of one class: the last in the events' order.
        let again = event(
            "test",
            "z",
            "roster.assigned",
            "01-03",
            json!({"person": "P3", "window": "W1", "role": "lead", "from": day("02-01"), "to": day("02-04")}),
        );
        let organisation = hall(&[again, c, b, a]);
        assert_eq!(stands(&organisation, "02-02"), Some(plain("P3")));
        assert_eq!(stands(&organisation, "02-05"), Some(plain("P1")));
    }

    #[test]
    fn a_b_stands_in_exactly_while_the_a_is_on_leave() {
        let shifts = [shift("P1", Some("a"), ("02-01", "03-01")), shift("P2", Some("b"), ("02-01", "03-01"))];
        let granted = leave("L1", "P1", "02-01", ("02-10", "02-12"));
        let mut organisation = hall(&[&shifts[..], std::slice::from_ref(&granted)].concat());
        let seen = |organisation: &Organisation| {
            ["02-09", "02-10", "02-11", "02-12", "02-13"].map(|day| stands(organisation, day) == Some(plain("P2")))
        };
        assert_eq!(seen(&organisation), [false, true, true, false, false]);
        // Another event under the code takes its place, and covers what either of them did.
        let reach = organisation.absorb(&leave("L1", "P1", "02-02", ("02-11", "02-13")));
        assert_eq!(seen(&organisation), [false, false, true, true, false]);
        let instant = |text: &str| Instant::parse(&day(text)).expect("time");
        assert_eq!(reach, Some(Reach::Span(instant("02-10"), instant("02-13"))));
        // What was said earlier comes late and changes nothing.
        organisation.absorb(&granted);
        assert_eq!(seen(&organisation), [false, false, true, true, false]);
        organisation.absorb(&event("test", "w", "leave.withdrawn", "02-03", json!({"leave": "L1"})));
        assert_eq!(seen(&organisation), [false; 5]);
        // While both are away nobody stands there.
        let both = hall(&[&shifts[..], &[granted, leave("L2", "P2", "02-01", ("02-11", "02-12"))]].concat());
        assert_eq!((stands(&both, "02-10"), stands(&both, "02-11")), (Some(plain("P2")), None));
    }

    #[test]
    fn a_leave_holds_for_whoever_its_actor_is_identified_as() {
        let mut organisation =
            hall(&[shift("P1", None, ("02-01", "03-01")), leave("L1", "X9", "02-01", ("02-10", "02-12"))]);
        assert_eq!(stands(&organisation, "02-10"), Some(plain("P1")));
        let alias = event(
            "test",
            "i",
            "actor.identified",
            "02-01",
            json!({"actor": {"source": "test", "code": "X9"}, "person": "P1"}),
        );
        let instant = |text: &str| Instant::parse(&day(text)).expect("time");
        assert_eq!(organisation.naming_reach(&alias), Some((instant("02-10"), instant("02-12"))));
        organisation.absorb(&alias);
        assert_eq!(stands(&organisation, "02-10"), None);
        assert_eq!(organisation.naming_reach(&shift("P1", None, ("02-01", "03-01"))), None);
    }

    #[test]
    fn rules_are_told_of_leave_and_training() {
        let organisation = hall(&[
            shift("P1", Some("trainee"), ("02-01", "02-10")),
            shift("P1", None, ("02-08", "03-01")),
            leave("L1", "P1", "02-01", ("02-05", "02-06")),
        ]);
        let place = crate::fact::Place::default();
        let found = |category: &str, day: &str| {
            let asked = Asked { time: at(day), place: &place, matter: None, person: plain("P1") };
            organisation.exemption(&[category.to_owned()].into(), &asked)
        };
        assert_eq!(found("leave", "02-05"), Some(Exempt::Leave("L1")));
        assert_eq!(found("leave", "02-06"), None);
        assert_eq!(found("sick", "02-05"), None, "rules name leave, never why");
        assert_eq!(found("trainee", "02-05"), Some(Exempt::Trainee("W1")));
        assert_eq!(found("trainee", "02-09"), None, "they are no trainee only");
        assert_eq!(found("outage", "02-05"), None);
    }

    #[test]
    fn who_is_a_trainee_the_last_they_are_assigned_is_one_for_the_whole_period() {
        let organisation = hall(&[
            shift("P1", Some("trainee"), ("02-01", "02-20")),
            shift("P2", Some("trainee"), ("02-01", "02-20")),
            shift("P2", None, ("02-20", "04-01")),
            shift("P3", Some("b"), ("02-01", "02-20")),
        ]);
        let of = |code: &str, period: &str| {
            organisation.is_trainee_in(&Subject::Person(plain(code)), Period::parse(period).expect("a period"))
        };
        assert!(of("P1", "2026-02"), "whose last week was spent as one");
        assert!(of("P1", "2026"));
        assert!(!of("P1", "2026-01") && !of("P1", "2026-03"));
        assert!(!of("P2", "2026-02"), "who was taken on");
        assert!(of("P2", "2026-02-10"));
        assert!(!of("P3", "2026-02"));
        assert!(of("P1", "all") && !of("P2", "all"));
    }

    #[test]
    fn an_unknown_role_is_refused_and_an_old_one_is_an_a() {
        let odd = shift("P1", Some("intern"), ("02-01", "02-10"));
        assert!(Organisation::refuses_role(&odd).is_some_and(|words| words.zh.contains("intern")));
        assert_eq!(Organisation::refuses_role(&shift("P1", Some("lead"), ("02-01", "02-10"))), None);
        let organisation = hall(&[shift("P2", Some("b"), ("02-01", "02-10")), odd]);
        assert_eq!(stands(&organisation, "02-05"), Some(plain("P1")));
    }
}
