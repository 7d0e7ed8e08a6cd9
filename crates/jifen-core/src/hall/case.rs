//! One open case: since when, until when, whether its clock stands.

use minicbor::{Decode, Encode};

use super::{Spot, Turn};
use crate::{
    event::{Event, EventType, member},
    id::ActorRef,
    roster::Organisation,
    time::Instant,
};

/// Most spans kept of a case whose clock was stopped again and again.
const SPANS_MAX: usize = 32;

/// A case that is not decided.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct CaseNow {
    /// When it was accepted; else its first event to arrive.
    #[n(0)]
    pub from: Instant,
    #[n(1)]
    accepted: bool,
    #[n(2)]
    turn: Turn,
    /// Where it lies now.
    #[n(3)]
    pub spot: Spot,
    /// Who owns it, else who last worked on it.
    #[n(4)]
    pub person: Option<ActorRef>,
    /// The due time that events name; the last one holds.
    #[n(5)]
    due_at: Option<(Turn, Instant)>,
    #[n(6)]
    extension_ms: i64,
    /// Stops (`true`) and restarts of its clock, in order.
    #[n(7)]
    clock: Vec<(Instant, bool)>,
}

impl CaseNow {
    pub(super) fn open(event: &Event) -> Self {
        let turn = Turn::of(event, 0);
        let mut case = Self {
            from: event.time,
            accepted: false,
            turn,
            spot: Spot::default(),
            person: None,
            due_at: None,
            extension_ms: 0,
            clock: Vec::new(),
        };
        case.absorb(event);
        case
    }

    pub(super) fn absorb(&mut self, event: &Event) {
        let turn = Turn::of(event, 0);
        let (spot, data) = (Spot::of(event), &event.data);
        let person = data.actor(member::OWNER).or_else(|| data.actor(member::PERSON));
        if turn >= self.turn {
            self.turn = turn;
            self.spot.overlay(spot);
            self.person = person.or(self.person);
        } else {
            self.spot.fill(spot);
            self.person = self.person.or(person);
        }
        if event.kind == EventType::CaseAccepted {
            self.from = if self.accepted { self.from.min(event.time) } else { event.time };
            self.accepted = true;
        } else if !self.accepted {
            self.from = self.from.min(event.time);
        }
        if let Some(due) = data.time(member::DUE_AT)
            && self.due_at.is_none_or(|(last, _)| turn >= last)
        {
            self.due_at = Some((turn, due));
        }
        self.extension_ms = self.extension_ms.saturating_add(data.integer(member::EXTENSION_MS).unwrap_or(0));
        let stops = match event.kind {
            EventType::CaseSuspended => Some(true),
            EventType::CaseResumed => Some(false),
            _ => None,
        };
        if let Some(stops) = stops
            && self.clock.len() < 2 * SPANS_MAX
        {
            let index = self.clock.partition_point(|(time, _)| *time <= event.time);
            self.clock.insert(index, (event.time, stops));
        }
    }

    /// Since when its clock stands.
    pub fn suspended_since(&self) -> Option<Instant> {
        self.spans().1
    }

    fn spans(&self) -> (Vec<(Instant, Instant)>, Option<Instant>) {
        let (mut spans, mut since) = (Vec::new(), None);
        for (time, stops) in &self.clock {
            match (stops, since) {
                (true, None) => since = Some(*time),
                (false, Some(begin)) => {
                    spans.push((begin, *time));
                    since = None;
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        (spans, since)
    }

    /// When it must be decided: what its events name, else the matter's promise in working time. `None` where nothing sets a limit,
    /// the calendar does not know the year, or the clock stands.
    pub fn due(&self, organisation: &Organisation) -> Option<Instant> {
        let (spans, stopped) = self.spans();
        if stopped.is_some() {
            return None;
        }
        if let Some((_, due)) = self.due_at {
            return Some(due);
        }
        let promise = organisation.promise(self.spot.matter.as_deref()?, self.from)?.ok()?;
        let budget = promise.promised_ms.saturating_add(self.extension_ms);
        let due = promise.calendar.due(organisation.zone(), self.from, budget, &spans);
        due.ok().filter(|due| *due != Instant::MAX)
    }
}
