//! Folding: dispatches an aggregate to its state machine, completes places and people, judges holds.

use std::sync::Arc;

use super::{
    Aggregate, AggregateKey, Folded,
    credit::Crediting,
    decision::{self, Decision},
    file, service, single,
};
use crate::{
    event::{Event, EventType, member},
    fact::{Fact, Place},
    id::{ActorId, ActorRef, Digest, EventKey},
    roster::{ActorKind, Organisation},
    time::Instant,
};

/// Who was signed in; asking may have to wait for a row to be loaded.
pub trait Logins {
    /// What stops the folding.
    type Pending;
    /// The person signed in at `window` at `time`.
    fn signed_in(&mut self, window: &str, time: Instant) -> Result<Option<ActorRef>, Self::Pending>;
}

/// A fact as folded, before scoring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// The fact.
    pub fact: Fact,
    /// Why it is held.
    pub held: Option<String>,
    /// Plain names of unidentified actors in it.
    pub waits: Vec<ActorId>,
}

/// An event that makes no fact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Anomaly {
    /// The event.
    pub event: EventKey,
    /// Stable code of the reason: `end_without_start`, `never_ended`.
    pub reason: &'static str,
}

/// What an aggregate folds to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Folding {
    /// Facts, sorted by id.
    pub drafts: Vec<Draft>,
    /// Anomalies, sorted.
    pub anomalies: Vec<Anomaly>,
}

/// What folding reads besides the events.
pub(super) struct Context<'a, L> {
    pub(super) organisation: &'a Organisation,
    pub(super) logins: &'a mut L,
    pub(super) folding: Folding,
}

/// Folds an aggregate's events.
///
/// # Errors
/// What `logins` gives when it must load a row first.
pub fn fold<L: Logins>(
    key: &AggregateKey,
    aggregate: &Aggregate,
    organisation: &Organisation,
    logins: &mut L,
) -> Result<Folding, L::Pending> {
    let mut context = Context { organisation, logins, folding: Folding::default() };
    let events = &aggregate.events;
    match key {
        AggregateKey::Service(_) => service::fold(&mut context, events)?,
        AggregateKey::Case(code) => file::fold(&mut context, code, events)?,
        AggregateKey::Single(_) | AggregateKey::Made(_) => {}
    }
    single::fold(&mut context, events)?;
    let mut folding = context.folding;
    for draft in &mut folding.drafts {
        judge(draft, events);
    }
    folding.drafts.sort_by_key(|draft| draft.fact.id);
    folding.anomalies.sort();
    Ok(folding)
}

fn judge(draft: &mut Draft, events: &[Arc<Folded>]) {
    match decision::decided(events, &draft.fact) {
        None => {}
        Some(Decision::Placed) => draft.held = Some("placed".to_owned()),
        Some(Decision::Released) => draft.held = None,
        Some(Decision::Discarded) => draft.held = Some("discarded".to_owned()),
    }
}

impl<L: Logins> Context<'_, L> {
    /// Who served at a place at `time`: named, else signed in, else rostered.
    pub(super) fn served(
        &mut self,
        named: Option<ActorRef>,
        window: Option<&str>,
        time: Instant,
    ) -> Result<Option<ActorRef>, L::Pending> {
        let (None, Some(window)) = (named, window) else { return Ok(named) };
        let signed_in = self.logins.signed_in(window, time)?;
        Ok(signed_in.or_else(|| self.organisation.rostered(window, time)))
    }

    /// Adds a fact.
    pub(super) fn push(&mut self, fact: Fact, held: Option<String>, crediting: &Crediting) {
        let waits = crediting
            .named()
            .filter(|actor| self.kind_of(**actor) == ActorKind::Unknown)
            .map(|actor| actor.plain)
            .collect::<std::collections::BTreeSet<_>>();
        self.folding.drafts.push(Draft { fact, held, waits: waits.into_iter().collect() });
    }

    fn kind_of(&self, actor: ActorRef) -> ActorKind {
        self.organisation.actor_kind(self.organisation.canonical(actor))
    }

    pub(super) fn anomaly(&mut self, folded: &Folded, reason: &'static str) {
        self.folding.anomalies.push(Anomaly { event: folded.event.key(), reason });
    }
}

/// The place an event names.
pub(super) fn place_of(event: &Event) -> Place {
    let text = |id| event.data.text(id).map(str::to_owned);
    Place { window: text(member::WINDOW), department: text(member::DEPARTMENT), hall: text(member::HALL) }
}

/// The last value that `read` finds, going back from the end.
pub(super) fn last_of<'a, T>(
    events: impl DoubleEndedIterator<Item = &'a Folded>,
    read: impl Fn(&'a Event) -> Option<T>,
) -> Option<T> {
    events.rev().find_map(|folded| read(&folded.event))
}

/// Text of a member, if the event carries it.
pub(super) fn text_of(id: crate::event::MemberId) -> impl Fn(&Event) -> Option<String> {
    move |event| event.data.text(id).map(str::to_owned)
}

/// Positions and the combined digest of the records behind a fact.
pub(super) fn sources<'a>(events: impl IntoIterator<Item = &'a Folded>) -> (Vec<u64>, Digest) {
    let (positions, digests): (Vec<_>, Vec<_>) =
        events.into_iter().map(|folded| (folded.position, folded.digest)).unzip();
    (positions, Digest::of_parts(digests.iter().map(|digest| &digest.0[..])))
}

/// Ratings, complaints and holds stand beside the events they are about; they are no part of a service or a case.
pub(super) fn is_attached(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::RatingSubmitted
            | EventType::ComplaintFiled
            | EventType::HoldPlaced
            | EventType::HoldReleased
            | EventType::HoldDiscarded
    )
}
