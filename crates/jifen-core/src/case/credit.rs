//! Who may be credited for a fact, by each of the policies a rule can choose.

use std::collections::BTreeMap;

use super::Folded;
use crate::{
    event::{Event, Value, member},
    fact::{Credited, Share},
    id::{ActorId, ActorRef},
    roster::Organisation,
};

/// Everyone named in a fact's events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Crediting {
    pub(super) served: Option<ActorRef>,
    pub(super) first: Option<ActorRef>,
    pub(super) last: Option<ActorRef>,
    pub(super) owner: Option<ActorRef>,
    pub(super) ender: Option<ActorRef>,
    shares: Vec<(ActorRef, u32)>,
}

/// The person an event names.
pub(super) fn person_of(event: &Event) -> Option<ActorRef> {
    event.data.actor(member::PERSON)
}

impl Crediting {
    /// Reads the events of one fact, in their order; `ending` is the event that ends it.
    pub(super) fn read<'a>(
        events: impl DoubleEndedIterator<Item = &'a Folded> + Clone,
        ending: Option<&Event>,
    ) -> Self {
        let mut named = events.clone().filter_map(|folded| person_of(&folded.event));
        let first = named.next();
        Self {
            served: None,
            first,
            last: named.next_back().or(first),
            owner: events.clone().rev().find_map(|folded| folded.event.data.actor(member::OWNER)),
            ender: ending.and_then(person_of),
            shares: declared_shares(events.clone()).unwrap_or_else(|| counted_shares(events)),
        }
    }

    /// Only one person counts, whatever the policy.
    pub(super) fn one(person: Option<ActorRef>) -> Self {
        Self { served: person, first: person, last: person, owner: person, ender: person, shares: Vec::new() }
    }

    /// All actors named, with repeats.
    pub(super) fn named(&self) -> impl Iterator<Item = &ActorRef> {
        [&self.served, &self.first, &self.last, &self.owner, &self.ender]
            .into_iter()
            .flatten()
            .chain(self.shares.iter().map(|(actor, _)| actor))
    }

    /// With aliases resolved.
    pub(super) fn resolve(&self, organisation: &Organisation) -> Credited {
        let who = |actor: Option<ActorRef>| actor.map_or(ActorId::UNKNOWN, |actor| organisation.canonical(actor));
        let mut weights: BTreeMap<ActorId, u32> = BTreeMap::new();
        for (actor, weight) in &self.shares {
            let sum = weights.entry(organisation.canonical(*actor)).or_default();
            *sum = sum.saturating_add(*weight);
        }
        Credited {
            served: who(self.served),
            first: who(self.first.or(self.served)),
            last: who(self.last.or(self.served)),
            owner: who(self.owner),
            ender: who(self.ender),
            shares: weights.into_iter().map(|(actor, weight)| Share { actor, weight }).collect(),
        }
    }
}

/// Collaborators that an event declares; the last declaration holds.
fn declared_shares<'a>(mut events: impl DoubleEndedIterator<Item = &'a Folded>) -> Option<Vec<(ActorRef, u32)>> {
    events.rfind(|folded| folded.event.data.get(member::SHARES).is_some()).and_then(|folded| {
        match folded.event.data.get(member::SHARES) {
            Some(Value::Shares(shares)) => Some(shares.clone()),
            _ => None,
        }
    })
}

/// Without a declaration everyone's share is the number of events that name them.
fn counted_shares<'a>(events: impl Iterator<Item = &'a Folded>) -> Vec<(ActorRef, u32)> {
    let mut counts: BTreeMap<ActorRef, u32> = BTreeMap::new();
    for actor in events.filter_map(|folded| person_of(&folded.event)) {
        *counts.entry(actor).or_default() += 1;
    }
    counts.into_iter().collect()
}
