//! One window of the day: open, paused or closed, who sits there, and when it last did something.

use minicbor::{Decode, Encode};

use super::Turn;
use crate::{
    event::{Event, EventType, member},
    id::ActorRef,
    time::Instant,
};

/// Whether a window takes people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum WindowState {
    /// Takes people.
    #[n(0)]
    Open,
    /// Interrupted.
    #[n(1)]
    Paused,
    /// Closed, or nobody signed in.
    #[n(2)]
    Closed,
}

/// A window that said anything today.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct WindowNow {
    /// Whether it takes people.
    #[n(0)]
    pub state: WindowState,
    /// The event that says so.
    #[n(1)]
    turn: Turn,
    /// When it last opened, called, began or ended something.
    #[n(2)]
    pub active: Instant,
    /// Who sits there.
    #[n(3)]
    pub person: Option<ActorRef>,
    /// Why it paused or closed.
    #[n(4)]
    pub reason: Option<String>,
    /// Its hall, if an event says so.
    #[n(5)]
    pub hall: Option<String>,
    /// Its department, if an event says so.
    #[n(6)]
    pub department: Option<String>,
}

/// What an event says of its window. Calling or serving at a window shows that it is open.
fn says(kind: EventType) -> Option<(WindowState, u8)> {
    Some(match kind {
        EventType::WindowOpened | EventType::OperatorLogin => (WindowState::Open, 0),
        EventType::QueueCalled | EventType::QueueRecalled | EventType::ServiceStarted | EventType::ServiceResumed => {
            (WindowState::Open, 1)
        }
        EventType::ServiceEnded | EventType::QueueNoShow => (WindowState::Open, 2),
        EventType::WindowPaused => (WindowState::Paused, 3),
        EventType::WindowClosed | EventType::OperatorLogout => (WindowState::Closed, 4),
        _ => return None,
    })
}

impl WindowNow {
    /// The window of an event, and what it says of it.
    pub(super) fn open(event: &Event) -> Option<Self> {
        let (state, kind) = says(event.kind)?;
        let text = |id| event.data.text(id).map(str::to_owned);
        Some(Self {
            state,
            turn: Turn::of(event, kind),
            active: event.time,
            person: person_left(event, state),
            reason: text(member::REASON).filter(|_| state != WindowState::Open),
            hall: text(member::HALL),
            department: text(member::DEPARTMENT),
        })
    }

    /// Takes one more event in.
    pub(super) fn absorb(&mut self, event: &Event) {
        let Some(next) = Self::open(event) else { return };
        if next.state == WindowState::Open {
            self.active = self.active.max(next.active);
        }
        // What was being served when a window closed or paused ends after it; that opens nothing.
        let ends = matches!(event.kind, EventType::ServiceEnded | EventType::QueueNoShow);
        if next.turn >= self.turn && !(ends && self.state != WindowState::Open) {
            // Whoever calls from a window that paused has gone back to work; a pause by somebody else names nobody.
            let keeps = next.state != WindowState::Closed;
            self.person = next.person.or(self.person.filter(|_| keeps));
            (self.state, self.turn, self.reason) = (next.state, next.turn, next.reason);
        }
        self.hall = self.hall.take().or(next.hall);
        self.department = self.department.take().or(next.department);
    }

    /// When it began to be what it is.
    pub fn since(&self) -> Instant {
        self.turn.time
    }
}

/// Nobody sits at a closed window.
fn person_left(event: &Event, state: WindowState) -> Option<ActorRef> {
    event.data.actor(member::PERSON).filter(|_| state != WindowState::Closed)
}
