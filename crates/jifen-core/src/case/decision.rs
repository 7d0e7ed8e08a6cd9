//! Holds: which facts wait for a person's judgement, and what people decided.

use crate::{
    event::{Event, EventType, Value, member},
    fact::Fact,
    id::EventKey,
};

use super::Folded;
use std::sync::Arc;

/// The fact a hold event judges.
pub(super) fn judged(event: &Event) -> Option<EventKey> {
    match event.kind {
        EventType::HoldPlaced | EventType::HoldReleased | EventType::HoldDiscarded => {
            match event.data.get(member::FACT) {
                Some(Value::Fact(fact)) => Some(*fact),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What people decided about a fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Decision {
    Placed,
    Released,
    Discarded,
}

/// The last decision on `fact` as it is now: one that names another digest judged another fact.
pub(super) fn decided(events: &[Arc<Folded>], fact: &Fact) -> Option<Decision> {
    let mut of_fact = events.iter().rev().map(|folded| &folded.event).filter(|event| judged(event) == Some(fact.id));
    let event = of_fact.find(|event| match event.data.get(member::FACT_DIGEST) {
        Some(Value::Digest(digest)) => *digest == fact.digest(),
        _ => true,
    })?;
    match event.kind {
        EventType::HoldPlaced => Some(Decision::Placed),
        EventType::HoldReleased => Some(Decision::Released),
        EventType::HoldDiscarded => Some(Decision::Discarded),
        _ => None,
    }
}
