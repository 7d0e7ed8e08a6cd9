//! Stage 3, cases: events of one service, one case or one matter of their own, folded in their own order into facts.
//!
//! In: an [`Aggregate`]'s events and what the organisation says. Out: drafts of facts, and anomalies that make none.

mod credit;
mod decision;
mod file;
mod fold;
mod service;
mod single;

use std::sync::Arc;

use minicbor::{Decode, Encode};

pub use file::{fact_id, outcome, suspensions};
pub use fold::{Anomaly, Draft, Folding, Logins, fold};

use crate::{
    event::{Event, EventType, Family, MemberId, member},
    fact::Fact,
    id::{ActorId, ActorRef, Digest, EventKey},
    scoring::{Evaluation, Pooled},
    time::{DAY_MS, Instant},
};

/// What events are folded under.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AggregateKey {
    /// Counter services of one `service` key.
    Service(String),
    /// A case code.
    Case(String),
    /// An event of its own.
    Single(EventKey),
    /// No event: what re-classification makes of a pool of facts, by the pool's state key.
    Made(Vec<u8>),
}

impl AggregateKey {
    /// The key an event is folded under; `None` for events that make no facts.
    pub fn of(event: &Event) -> Option<Self> {
        let service = || event.data.text(member::SERVICE).map(|key| Self::Service(key.to_owned()));
        let case = || event.data.text(member::CASE).map(|key| Self::Case(key.to_owned()));
        match event.kind.spec().family {
            Family::Service => service(),
            Family::Case => case(),
            Family::Rating => Some(service().or_else(case).unwrap_or(Self::Single(event.key()))),
            Family::Single if event.kind == EventType::ComplaintFiled => {
                Some(service().or_else(case).unwrap_or(Self::Single(event.key())))
            }
            Family::Single => Some(Self::Single(event.key())),
            Family::Decision => {
                decision::judged(event).map(|fact| service().or_else(case).unwrap_or(Self::Single(fact)))
            }
            Family::Presence | Family::Kept | Family::Organisation | Family::Engine => None,
        }
    }

    /// Bytes for state keys and locators.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (family, key) = match self {
            Self::Service(key) => (b's', key.as_bytes()),
            Self::Case(key) => (b'c', key.as_bytes()),
            Self::Single(key) => (b'x', &key.0[..]),
            Self::Made(pool) => (b'r', pool.as_slice()),
        };
        let mut bytes = Vec::with_capacity(1 + key.len());
        bytes.push(family);
        bytes.extend_from_slice(key);
        bytes
    }

    /// Reads [`AggregateKey::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (family, key) = bytes.split_first()?;
        Some(match family {
            b's' => Self::Service(String::from_utf8(key.to_vec()).ok()?),
            b'c' => Self::Case(String::from_utf8(key.to_vec()).ok()?),
            b'x' => Self::Single(EventKey(key.try_into().ok()?)),
            b'r' => Self::Made(key.to_vec()),
            _ => return None,
        })
    }
}

/// One folded event with its place in the journal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Folded {
    /// Journal position.
    #[n(0)]
    pub position: u64,
    /// The record's digest.
    #[n(1)]
    pub digest: Digest,
    /// The event.
    #[n(2)]
    pub event: Event,
}

/// A fact as scored.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct FactState {
    /// The fact.
    #[n(0)]
    pub fact: Fact,
    /// Why it is held; a held fact is not scored.
    #[n(1)]
    pub held: Option<String>,
    /// What each rule made of it, sorted by (rule, subject).
    #[n(2)]
    pub evaluations: Vec<Evaluation>,
    /// Rules that cannot evaluate it, and why.
    #[n(3)]
    pub not_evaluable: Vec<(String, String)>,
    /// Plain names of unidentified actors its awards wait for.
    #[n(4)]
    pub waits: Vec<ActorId>,
    /// The pools of facts it lies in that others are made of; `None` for none.
    #[n(5)]
    pub pooled: Option<Vec<Pooled>>,
}

/// Events folded under one key, and the facts they make.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Aggregate {
    /// Events in their own order: time, sequence (absent first), source, id.
    #[n(0)]
    #[cbor(encode_with = "shared::encode", decode_with = "shared::decode")]
    pub events: Vec<Arc<Folded>>,
    /// Facts, sorted by id.
    #[n(1)]
    pub facts: Vec<FactState>,
    /// Events that make no fact: (event, reason).
    #[n(2)]
    pub anomalies: Vec<(EventKey, String)>,
}

/// Shared events as a plain CBOR array: a copy of an aggregate shares its events with the original.
mod shared {
    use std::sync::Arc;

    use minicbor::{Decode, Decoder, Encode, Encoder};

    use super::Folded;

    pub(super) fn encode<C, W: minicbor::encode::Write>(
        events: &[Arc<Folded>],
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(events.len() as u64)?;
        events.iter().try_for_each(|folded| folded.encode(e, ctx))
    }

    pub(super) fn decode<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<Vec<Arc<Folded>>, minicbor::decode::Error> {
        let length = d.array()?.ok_or_else(|| minicbor::decode::Error::message("events have no definite length"))?;
        (0..length).map(|_| Folded::decode(d, ctx).map(Arc::new)).collect()
    }
}

/// Members that folding never reads stay in the journal alone: aggregates are read and written often.
const JOURNAL_ONLY: [MemberId; 8] = [
    member::SERVICE,
    member::CASE,
    member::ACTIVITY,
    member::REASON,
    member::COMMENT,
    member::PHONE,
    member::TITLE,
    member::TAGS,
];

impl Folded {
    /// What an aggregate keeps of a record.
    pub fn of(position: u64, digest: Digest, event: &Event) -> Self {
        let Event { source, id, kind, time, sequence, data } = event;
        let data = data.only(|id| !JOURNAL_ONLY.contains(&id));
        let (source, id) = (source.clone(), id.clone());
        Self { position, digest, event: Event { source, id, kind: *kind, time: *time, sequence: *sequence, data } }
    }
}

impl Aggregate {
    /// Roughly how much memory it takes, counted in events.
    pub fn weight(&self) -> usize {
        self.events.len() + 2 * self.facts.len()
    }

    /// Puts an event where it belongs.
    pub fn insert(&mut self, folded: Arc<Folded>) {
        let order = |event: &Event| (event.time, event.sequence);
        let index = self.events.partition_point(|other| {
            (order(&other.event), &other.event.source, &other.event.id)
                < (order(&folded.event), &folded.event.source, &folded.event.id)
        });
        self.events.insert(index, folded);
    }
}

/// Sign-ins at one window on one day of UTC, and the aggregates whose facts they decided.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Presence {
    /// Sign-ins and sign-outs by (time, sequence, source, id).
    #[n(0)]
    pub logins: Vec<Login>,
    /// State keys of aggregates that asked.
    #[n(1)]
    pub dependents: std::collections::BTreeSet<Vec<u8>>,
}

/// A sign-in or sign-out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Login {
    /// When.
    #[n(0)]
    pub time: Instant,
    /// The event's sequence.
    #[n(1)]
    pub sequence: Option<u64>,
    /// The event's source.
    #[n(2)]
    pub source: String,
    /// The event's id.
    #[n(3)]
    pub id: String,
    /// Who; a sign-out may name nobody.
    #[n(4)]
    pub person: Option<ActorRef>,
    /// Whether it is a sign-in.
    #[n(5)]
    pub signed_in: bool,
}

impl Presence {
    /// The state key of a window's day. It is a day of UTC, so that a change of the region's zone moves no row.
    pub fn key(window: &str, time: Instant) -> Vec<u8> {
        let mut key = window.as_bytes().to_vec();
        key.push(0);
        key.extend_from_slice(&time.0.div_euclid(DAY_MS).to_be_bytes());
        key
    }

    /// Takes a sign-in or sign-out event in.
    pub fn absorb(&mut self, event: &Event) {
        let login = Login {
            time: event.time,
            sequence: event.sequence,
            source: event.source.clone(),
            id: event.id.clone(),
            person: event.data.actor(member::PERSON),
            signed_in: event.kind == EventType::OperatorLogin,
        };
        if let Err(index) = self.logins.binary_search(&login) {
            self.logins.insert(index, login);
        }
    }

    /// Who is signed in at `to` if `before` was at `from`. Who was relieved and signs out later signs nobody else out.
    pub fn signed_in(&self, before: Option<ActorRef>, from: Instant, to: Instant) -> Option<ActorRef> {
        let within = self.logins.iter().filter(|login| from <= login.time && login.time <= to);
        within.fold(before, |who, login| match (login.signed_in, login.person) {
            (true, person) => person,
            (false, Some(other)) if who != Some(other) => who,
            (false, _) => None,
        })
    }
}
