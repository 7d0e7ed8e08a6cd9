//! Codes that events name and the organisation does not know: who or what they are is for people to say.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::{
    event::{Event, member},
    id::ActorRef,
    roster::{ActorKind, Organisation},
    time::Instant,
};

/// Most unknown codes remembered; a hall that has more has no organisation yet, and identifying begins with its files.
pub const CODES_MAX: usize = 20_000;

/// What a code stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum CodeKind {
    /// 人员: a code of one source.
    #[n(0)]
    Person,
    /// 窗口.
    #[n(1)]
    Window,
    /// 事项.
    #[n(2)]
    Matter,
    /// 部门.
    #[n(3)]
    Department,
    /// 大厅.
    #[n(4)]
    Hall,
}

impl CodeKind {
    /// All.
    pub const ALL: [Self; 5] = [Self::Person, Self::Window, Self::Matter, Self::Department, Self::Hall];

    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Window => "window",
            Self::Matter => "matter",
            Self::Department => "department",
            Self::Hall => "hall",
        }
    }
}

/// What is known of an unknown code.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct CodeSeen {
    /// Events that named it while it was unknown.
    #[n(0)]
    pub events: u64,
    /// Earliest business time of them.
    #[n(1)]
    pub first: Instant,
    /// Latest.
    #[n(2)]
    pub last: Instant,
    /// The source that named it last.
    #[n(3)]
    pub source: String,
    /// The window named beside it last.
    #[n(4)]
    pub window: Option<String>,
    /// The actor, of a person's code.
    #[n(5)]
    pub actor: Option<ActorRef>,
}

/// Unknown codes by kind and key: the code itself, of a person the hash of source and code.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct CodesSeen {
    #[n(0)]
    seen: BTreeMap<(CodeKind, String), CodeSeen>,
    /// Codes beyond the bound, counted as often as they came.
    #[n(1)]
    pub beyond: u64,
}

impl CodesSeen {
    /// Notes the codes of an event that the organisation does not know.
    pub(super) fn absorb(&mut self, event: &Event, organisation: &Organisation) {
        let places = [
            (CodeKind::Window, member::WINDOW),
            (CodeKind::Window, member::TO_WINDOW),
            (CodeKind::Matter, member::MATTER),
            (CodeKind::Department, member::DEPARTMENT),
            (CodeKind::Department, member::PROVIDER),
            (CodeKind::Department, member::RECEIVER),
            (CodeKind::Hall, member::HALL),
        ];
        for (kind, id) in places {
            if let Some(code) = event.data.text(id)
                && !code.is_empty()
                && !place_is_known(organisation, kind, code)
            {
                self.note(kind, code.to_owned(), None, event);
            }
        }
        for id in [member::PERSON, member::OWNER, member::PROVIDER_PERSON, member::RECEIVER_PERSON] {
            if let Some(actor) = event.data.actor(id)
                && !actor.sourced.is_unknown()
                && !actor_is_known(organisation, actor)
            {
                self.note(CodeKind::Person, actor.sourced.to_string(), Some(actor), event);
            }
        }
    }

    fn note(&mut self, kind: CodeKind, key: String, actor: Option<ActorRef>, event: &Event) {
        let place = (kind, key);
        if !self.seen.contains_key(&place) && self.seen.len() >= CODES_MAX {
            self.beyond += 1;
            return;
        }
        let (time, window) = (event.time, event.data.text(member::WINDOW).filter(|code| !code.is_empty()));
        let first = || CodeSeen { events: 0, first: time, last: time, source: String::new(), window: None, actor };
        let seen = self.seen.entry(place).or_insert_with(first);
        seen.events += 1;
        seen.first = seen.first.min(time);
        if time >= seen.last {
            (seen.last, seen.source) = (time, event.source.clone());
            seen.window = window.map(str::to_owned).or(seen.window.take());
        }
    }

    /// Those that are unknown still, by kind and key.
    pub fn unknown<'a>(
        &'a self,
        organisation: &'a Organisation,
    ) -> impl Iterator<Item = (CodeKind, &'a str, &'a CodeSeen)> {
        self.seen.iter().map(|((kind, key), seen)| (*kind, key.as_str(), seen)).filter(|(kind, key, seen)| {
            match seen.actor {
                Some(actor) => !actor_is_known(organisation, actor),
                None => !place_is_known(organisation, *kind, key),
            }
        })
    }
}

fn actor_is_known(organisation: &Organisation, actor: ActorRef) -> bool {
    organisation.actor_kind(organisation.canonical(actor)) != ActorKind::Unknown
}

/// Whether the organisation has this place or matter; people are asked for by [`actor_is_known`].
fn place_is_known(organisation: &Organisation, kind: CodeKind, code: &str) -> bool {
    match kind {
        CodeKind::Window => organisation.window(code, Instant::MAX).is_some(),
        CodeKind::Matter => organisation.matter(code, Instant::MAX).is_some(),
        CodeKind::Department => organisation.has_department(code),
        CodeKind::Hall => organisation.has_hall(code),
        CodeKind::Person => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventType, Members, Value};

    fn event(kind: EventType, minute: i64, members: &[(crate::event::MemberId, &str)]) -> Event {
        let mut data = Members::default();
        for (id, text) in members {
            data.set(*id, Value::Text((*text).to_owned()));
        }
        let time = Instant(minute * 60_000);
        Event { source: "queue".to_owned(), id: minute.to_string(), kind, time, sequence: None, data }
    }

    #[test]
    fn a_code_is_unknown_until_the_organisation_names_it() {
        let (mut organisation, mut codes) = (Organisation::default(), CodesSeen::default());
        let called = |minute, window| event(EventType::QueueCalled, minute, &[(member::WINDOW, window)]);
        for (minute, window) in [(1, "7"), (5, "8"), (3, "8"), (9, "")] {
            codes.absorb(&called(minute, window), &organisation);
        }
        let open = |codes: &CodesSeen, organisation: &Organisation| -> Vec<(String, u64, i64, i64)> {
            let all = codes.unknown(organisation);
            all.map(|(_, key, seen)| (key.to_owned(), seen.events, seen.first.0, seen.last.0)).collect()
        };
        let expected = vec![("7".to_owned(), 1, 60_000, 60_000), ("8".to_owned(), 2, 180_000, 300_000)];
        assert_eq!(open(&codes, &organisation), expected);
        organisation.absorb(&event(EventType::OrganisationWindow, 10, &[(member::WINDOW, "8")]));
        assert_eq!(open(&codes, &organisation), expected[..1]);
        codes.absorb(&called(11, "8"), &organisation);
        assert_eq!(open(&codes, &organisation), expected[..1], "a known code is not noted");
    }
}
