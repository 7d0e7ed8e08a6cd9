//! One queue number of the day, from the moment it is taken until it is served or given up; and one rating.

use minicbor::{Decode, Encode};

use super::Turn;
use crate::{
    event::{Event, EventType, member},
    id::ActorRef,
    time::Instant,
};

/// Where something stands, as its events name it. Unlike a fact's place it has a zone, and nothing is filled in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Spot {
    /// Hall code.
    #[n(0)]
    pub hall: Option<String>,
    /// Zone inside the hall.
    #[n(1)]
    pub zone: Option<String>,
    /// Department code.
    #[n(2)]
    pub department: Option<String>,
    /// Window code.
    #[n(3)]
    pub window: Option<String>,
    /// Matter code.
    #[n(4)]
    pub matter: Option<String>,
}

impl Spot {
    pub(super) fn of(event: &Event) -> Self {
        let text = |id| event.data.text(id).map(str::to_owned);
        let window = if event.kind == EventType::QueueTransferred { member::TO_WINDOW } else { member::WINDOW };
        Self {
            hall: text(member::HALL),
            zone: text(member::ZONE),
            department: text(member::DEPARTMENT),
            window: text(window),
            matter: text(member::MATTER),
        }
    }

    /// Takes what `other` names; what it leaves open stays.
    pub(super) fn overlay(&mut self, other: Self) {
        let older = std::mem::replace(self, other);
        self.fill(older);
    }

    /// Takes from `other` what is open here.
    pub fn fill(&mut self, other: Self) {
        let open = |own: &mut Option<String>, theirs: Option<String>| {
            if own.is_none() {
                *own = theirs;
            }
        };
        open(&mut self.hall, other.hall);
        open(&mut self.zone, other.zone);
        open(&mut self.department, other.department);
        open(&mut self.window, other.window);
        open(&mut self.matter, other.matter);
    }
}

/// What a queue number is doing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum ServiceState {
    /// 在候: waits to be called.
    #[n(0)]
    Waiting,
    /// 已叫号: called, has not begun.
    #[n(1)]
    Called,
    /// 办理中.
    #[n(2)]
    Serving,
    /// 暂停办理.
    #[n(3)]
    Held,
    /// 办结 at the counter.
    #[n(4)]
    Ended,
    /// 过号: called, did not come.
    #[n(5)]
    NoShow,
    /// 弃号: left.
    #[n(6)]
    Abandoned,
}

impl ServiceState {
    /// All, in the order of a visit.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Called, Self::Serving, Self::Held, Self::Ended, Self::NoShow, Self::Abandoned];

    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::Serving => "serving",
            Self::Held => "held",
            Self::Ended => "ended",
            Self::NoShow => "no_show",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether somebody sits or stands at the window.
    pub fn is_at_window(self) -> bool {
        matches!(self, Self::Called | Self::Serving | Self::Held)
    }
}

/// What an event makes of a number, and its place in the usual order of such events.
fn step(kind: EventType) -> Option<(ServiceState, u8)> {
    Some(match kind {
        EventType::QueueTaken => (ServiceState::Waiting, 0),
        EventType::QueueJoined => (ServiceState::Waiting, 1),
        EventType::QueueTransferred => (ServiceState::Waiting, 2),
        EventType::QueueCalled => (ServiceState::Called, 3),
        EventType::QueueRecalled => (ServiceState::Called, 4),
        EventType::QueueNoShow => (ServiceState::NoShow, 5),
        EventType::ServiceStarted => (ServiceState::Serving, 6),
        EventType::ServiceHeld => (ServiceState::Held, 7),
        EventType::ServiceResumed => (ServiceState::Serving, 8),
        EventType::ServiceEnded => (ServiceState::Ended, 9),
        EventType::QueueAbandoned => (ServiceState::Abandoned, 10),
        _ => return None,
    })
}

/// One number of the day.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct ServiceNow {
    /// What it is doing.
    #[n(0)]
    pub state: ServiceState,
    /// The event that says so.
    #[n(1)]
    turn: Turn,
    /// Where.
    #[n(2)]
    pub spot: Spot,
    /// When it joined the queue, else took the number.
    #[n(3)]
    pub queued: Option<Instant>,
    /// When it was passed on to another window: it waits from then.
    #[n(4)]
    pub passed_on: Option<Instant>,
    /// First call.
    #[n(5)]
    pub called: Option<Instant>,
    /// First start.
    #[n(6)]
    pub started: Option<Instant>,
    /// Who serves, as the last event that names somebody says.
    #[n(7)]
    pub person: Option<ActorRef>,
    /// The case it is about.
    #[n(8)]
    pub case: Option<String>,
    /// Whether `queued` comes from joining, which beats taking the number.
    #[n(9)]
    joined: bool,
}

impl ServiceNow {
    /// A number by its first event to arrive; `None` where that event is not about a number.
    pub(super) fn open(event: &Event) -> Option<Self> {
        let (state, kind) = step(event.kind)?;
        let mut service = Self {
            state,
            turn: Turn::of(event, kind),
            spot: Spot::of(event),
            queued: None,
            passed_on: None,
            called: None,
            started: None,
            person: event.data.actor(member::PERSON),
            case: event.data.text(member::CASE).map(str::to_owned),
            joined: false,
        };
        service.note_time(event);
        Some(service)
    }

    /// Takes one more event in.
    pub(super) fn absorb(&mut self, event: &Event) {
        let Some((state, kind)) = step(event.kind) else { return };
        let turn = Turn::of(event, kind);
        let (spot, person) = (Spot::of(event), event.data.actor(member::PERSON));
        if turn >= self.turn {
            (self.state, self.turn) = (state, turn);
            self.spot.overlay(spot);
            self.person = person.or(self.person);
        } else {
            self.spot.fill(spot);
            self.person = self.person.or(person);
        }
        if self.case.is_none() {
            self.case = event.data.text(member::CASE).map(str::to_owned);
        }
        self.note_time(event);
    }

    fn note_time(&mut self, event: &Event) {
        let earliest = |slot: &mut Option<Instant>| *slot = Some(slot.map_or(event.time, |old| old.min(event.time)));
        match event.kind {
            EventType::QueueTaken if !self.joined => earliest(&mut self.queued),
            EventType::QueueJoined => {
                if !self.joined {
                    self.queued = None;
                }
                self.joined = true;
                earliest(&mut self.queued);
            }
            EventType::QueueTransferred => self.passed_on = self.passed_on.max(Some(event.time)),
            EventType::QueueCalled => earliest(&mut self.called),
            EventType::ServiceStarted => earliest(&mut self.started),
            _ => {}
        }
    }

    /// When it began to do what it does.
    pub fn since(&self) -> Instant {
        self.turn.time
    }

    /// How long it has waited at `now`; `None` unless it waits. Who was passed on waits anew.
    pub fn waiting_ms(&self, now: Instant) -> Option<i64> {
        let from = self.passed_on.or(self.queued)?;
        (self.state == ServiceState::Waiting).then(|| (now.0 - from.0).max(0))
    }

    /// How long it waited for its first call, else for its start.
    pub fn waited_ms(&self) -> Option<i64> {
        let to = self.called.or(self.started)?;
        self.queued.map(|from| (to.0 - from.0).max(0))
    }
}

/// One rating of the day.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct RatingNow {
    /// When.
    #[n(0)]
    pub time: Instant,
    /// 5 very satisfied … 1 very dissatisfied.
    #[n(1)]
    pub level: u8,
    /// Given by the citizen, not stored by default.
    #[n(2)]
    pub active: bool,
    /// Where.
    #[n(3)]
    pub spot: Spot,
    /// The number it is about.
    #[n(4)]
    pub service: Option<String>,
    /// The case it is about.
    #[n(5)]
    pub case: Option<String>,
}

impl RatingNow {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let level = event.data.integer(member::LEVEL)?;
        Some(Self {
            time: event.time,
            level: u8::try_from(level).ok()?,
            active: event.data.text(member::MODE) != Some("default"),
            spot: Spot::of(event),
            service: event.data.text(member::SERVICE).map(str::to_owned),
            case: event.data.text(member::CASE).map(str::to_owned),
        })
    }
}
