//! What nodes send each other: CBOR in bodies, and the keyed hash that says a node sent it.
//!
//! Two adjacent versions of the program may talk: fields are only added, and what cannot be read is answered as a gap.

use hmac::{Hmac, KeyInit, Mac};
use jifen_core::{
    id::ActorRef,
    language::Words,
    ledger::Subject,
    points::Points,
    rollup::{Bucket, Rollup, RollupKey, Rollups},
    rule::Dimension,
    time::{Date, Grain, Instant},
};
use jifen_store::Head;
use minicbor::{Decode, Encode};
use sha2::Sha256;

use crate::writer::{Arrival, Changed, ChangedRow, ChangedSubject, Committed, Outcome, Purpose, queue::SubmitError};

/// Header that carries the keyed hash of target and body, in hexadecimal digits.
pub(crate) const SIGNATURE: &str = "x-jifen-node";
/// Header that carries the hash of the target alone: who cannot make it need not be listened to.
pub(crate) const ENTRY: &str = "x-jifen-node-entry";
/// Where events are relayed to.
pub(crate) const EVENTS_PATH: &str = "/api/v1/node/events";
/// Where followers ask what changed.
pub(crate) const FEED_PATH: &str = "/api/v1/node/feed";

/// Keys what nodes send. Whoever can read the database can make it, and nobody else.
pub(crate) struct NodeKey(Hmac<Sha256>);

impl NodeKey {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        // A key shorter than the hash's block is padded with zeros (RFC 2104 §2).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&secret);
        Self(<Hmac<Sha256> as KeyInit>::new(&block.into()))
    }

    fn over(&self, target: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&(target.len() as u64).to_be_bytes());
        mac.update(target.as_bytes());
        mac.update(body);
        mac
    }

    /// The hash of a request to `target`, a path with its query.
    pub(crate) fn sign(&self, target: &str, body: &[u8]) -> String {
        self.over(target, body).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a node sent this.
    pub(crate) fn verifies(&self, target: &str, body: &[u8], signature: &str) -> bool {
        let digits = signature.as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        bytes.is_some_and(|bytes| self.over(target, body).verify_slice(&bytes).is_ok())
    }
}

/// Events for the node that writes the region.
#[derive(Debug, PartialEq, Encode, Decode)]
pub(crate) struct Relayed {
    #[n(0)]
    pub(crate) region: i64,
    /// What they took on the wire.
    #[n(1)]
    pub(crate) bytes: u64,
    #[n(2)]
    pub(crate) events: Vec<RelayedEvent>,
}

#[derive(Debug, PartialEq, Encode, Decode)]
pub(crate) struct RelayedEvent {
    /// JSON.
    #[n(0)]
    envelope: String,
    #[n(1)]
    by: String,
    #[n(2)]
    received: Instant,
    #[n(3)]
    for_person: bool,
    /// Number of the quarantined event it corrects.
    #[n(4)]
    mends: Option<u64>,
}

impl RelayedEvent {
    pub(crate) fn of(arrival: &Arrival) -> Self {
        Self {
            envelope: serde_json::to_string(&arrival.envelope).unwrap_or_default(),
            by: arrival.by.clone(),
            received: arrival.received,
            for_person: arrival.purpose == Purpose::Person,
            mends: if let Purpose::Mends(number) = arrival.purpose { Some(number) } else { None },
        }
    }

    /// `None`: not what this program sends.
    pub(crate) fn arrival(self) -> Option<Arrival> {
        let purpose = match (self.for_person, self.mends) {
            (false, None) => Purpose::Feed,
            (true, None) => Purpose::Person,
            (false, Some(number)) => Purpose::Mends(number),
            (true, Some(_)) => return None,
        };
        let envelope = serde_json::from_str(&self.envelope).ok()?;
        Some(Arrival { envelope, by: self.by, received: self.received, purpose })
    }
}

/// What became of relayed events.
#[derive(Debug, PartialEq, Encode, Decode)]
pub(crate) enum Relay {
    /// One outcome an event; the journal's end, from which on they are there to be read.
    #[n(0)]
    Done(#[n(0)] Vec<RelayedOutcome>, #[n(1)] u64),
    /// They were not kept.
    #[n(1)]
    Refused(#[n(0)] RelayedRefusal),
}

#[derive(Debug, PartialEq, Encode, Decode)]
pub(crate) enum RelayedOutcome {
    #[n(0)]
    Accepted(#[n(0)] u64),
    #[n(1)]
    Repeated(#[n(0)] u64),
    #[n(2)]
    Conflicting(#[n(0)] u64),
    #[n(3)]
    Rejected(#[n(0)] String, #[n(1)] String, #[n(2)] Option<String>),
    #[n(4)]
    Quarantined(#[n(0)] String, #[n(1)] String, #[n(2)] Option<String>),
}

#[derive(Debug, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum RelayedRefusal {
    #[n(0)]
    Busy,
    #[n(1)]
    TooLarge,
    #[n(2)]
    StorageFull,
    /// Or another node writes the region by now: ask who.
    #[n(3)]
    Elsewhere,
}

impl From<Outcome> for RelayedOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted { position } => Self::Accepted(position),
            Outcome::Repeated { position } => Self::Repeated(position),
            Outcome::Conflicting { position } => Self::Conflicting(position),
            Outcome::Rejected { reason, pointer } => Self::Rejected(reason.en, pointer, Some(reason.zh)),
            Outcome::Quarantined { reason, pointer } => Self::Quarantined(reason.en, pointer, Some(reason.zh)),
        }
    }
}

/// What a node of the version before tells is English only.
fn words(en: String, zh: Option<String>) -> Words {
    Words { zh: zh.unwrap_or_else(|| en.clone()), en }
}

impl From<RelayedOutcome> for Outcome {
    fn from(outcome: RelayedOutcome) -> Self {
        match outcome {
            RelayedOutcome::Accepted(position) => Self::Accepted { position },
            RelayedOutcome::Repeated(position) => Self::Repeated { position },
            RelayedOutcome::Conflicting(position) => Self::Conflicting { position },
            RelayedOutcome::Rejected(en, pointer, zh) => Self::Rejected { reason: words(en, zh), pointer },
            RelayedOutcome::Quarantined(en, pointer, zh) => Self::Quarantined { reason: words(en, zh), pointer },
        }
    }
}

impl From<SubmitError> for RelayedRefusal {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Busy => Self::Busy,
            SubmitError::TooLarge => Self::TooLarge,
            SubmitError::StorageFull => Self::StorageFull,
            // Whoever relays keeps the events and asks again: their ids tell whether they were there.
            SubmitError::Stopped | SubmitError::Unknown | SubmitError::Elsewhere => Self::Elsewhere,
        }
    }
}

/// What changed after a follower's position; no commits: it is at the end, or what lies between is forgotten.
#[derive(Debug, Default, PartialEq, Encode, Decode)]
pub(crate) struct Changes {
    #[n(0)]
    pub(crate) commits: Vec<RelayedCommit>,
    /// The end of the journal there, as far as it is told; a node of an earlier version does not say it.
    #[n(1)]
    pub(crate) head: Option<u64>,
}

#[derive(Debug, PartialEq, Encode, Decode)]
pub(crate) struct RelayedCommit {
    /// Journal and ledger before and after.
    #[n(0)]
    heads: [u64; 4],
    #[n(1)]
    received: Instant,
    #[n(2)]
    rollups: Vec<RelayedRollup>,
    #[n(3)]
    resident: bool,
    #[n(4)]
    actors: Vec<ActorRef>,
}

#[derive(Debug, PartialEq, Encode, Decode)]
struct RelayedRollup {
    #[n(0)]
    date: Date,
    /// `None` for a month's row.
    #[n(1)]
    grain: Option<Grain>,
    #[n(2)]
    subject: Subject,
    #[n(3)]
    rule: String,
    #[n(4)]
    dimension: Option<Dimension>,
    #[n(5)]
    points: [Points; 4],
    #[n(6)]
    facts: i64,
}

impl RelayedCommit {
    pub(crate) fn of(committed: &Committed) -> Self {
        let Committed { before, head, received, changed, resident, actors } = committed;
        let rows_of = |of| changed.rows_of(of).iter().map(move |row| (of, row));
        Self {
            heads: [before.journal, before.ledger, head.journal, head.ledger],
            received: *received,
            rollups: changed
                .subjects()
                .iter()
                .flat_map(rows_of)
                .map(|(of, row)| RelayedRollup::of(changed, of, row))
                .collect(),
            resident: *resident,
            actors: actors.clone(),
        }
    }
}

impl From<RelayedCommit> for Committed {
    fn from(commit: RelayedCommit) -> Self {
        let [before_journal, before_ledger, journal, ledger] = commit.heads;
        Self {
            before: Head { journal: before_journal, ledger: before_ledger },
            head: Head { journal, ledger },
            received: commit.received,
            changed: commit.rollups.into_iter().map(RelayedRollup::row).collect::<Rollups>().into(),
            resident: commit.resident,
            actors: commit.actors,
        }
    }
}

impl RelayedRollup {
    fn of(changed: &Changed, of: &ChangedSubject, row: &ChangedRow) -> Self {
        let (date, grain) = match of.bucket {
            Bucket::Day { date, grain } => (date, Some(grain)),
            Bucket::Month { first } => (first, None),
        };
        let Rollup { own_posted, members_posted, own_provisional, members_provisional, facts } = row.rollup;
        let points = [own_posted, members_posted, own_provisional, members_provisional];
        let (subject, rule, dimension) = (of.subject.clone(), changed.rule(row).to_owned(), row.dimension);
        Self { date, grain, subject, rule, dimension, points, facts }
    }

    fn row(self) -> (RollupKey, Rollup) {
        let Self { date, grain, subject, rule, dimension, points, facts } = self;
        let bucket = grain.map_or(Bucket::Month { first: date }, |grain| Bucket::Day { date, grain });
        let [own_posted, members_posted, own_provisional, members_provisional] = points;
        let rollup = Rollup { own_posted, members_posted, own_provisional, members_provisional, facts };
        (RollupKey { bucket, subject, rule, dimension }, rollup)
    }
}

/// As bytes; encoding into memory does not fail.
pub(crate) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).unwrap_or_default()
}

/// `None`: not what this program sends.
pub(crate) fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    minicbor::decode(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_commit_changed_comes_back_as_it_was() {
        let subject = Subject::Window("W1".to_owned());
        let rollup = Rollup { own_posted: Points(1), members_posted: Points(-2), facts: 3, ..Rollup::default() };
        let key = |bucket| RollupKey {
            bucket,
            subject: subject.clone(),
            rule: "r".to_owned(),
            dimension: Some(Dimension::Quality),
        };
        let day = key(Bucket::Day { date: Date(20_000), grain: Grain::Week });
        let month = RollupKey { dimension: None, ..key(Bucket::Month { first: Date(19_997) }) };
        let committed = Committed {
            before: Head { journal: 4, ledger: 2 },
            head: Head { journal: 6, ledger: 5 },
            received: Instant(-7),
            changed: Rollups::from([(day, rollup), (month, rollup)]).into(),
            resident: true,
            actors: Vec::new(),
        };
        let sent = encode(&Changes { commits: vec![RelayedCommit::of(&committed)], head: Some(6) });
        let came: Changes = decode(&sent).expect("decodes");
        let back: Vec<Committed> = came.commits.into_iter().map(Committed::from).collect();
        assert_eq!(format!("{back:?}"), format!("{:?}", [committed]));
        assert_eq!(decode::<Changes>(b"{}"), None);
    }

    #[test]
    fn only_who_has_the_secret_can_sign() {
        let key = NodeKey::new([7; 32]);
        let signature = key.sign("/a?region=1", b"body");
        assert!(key.verifies("/a?region=1", b"body", &signature));
        for (target, body, signature) in [
            ("/a?region=2", &b"body"[..], &signature[..]),
            ("/a?region=1", b"bodx", &signature),
            ("/a?region=1", b"body", &signature[2..]),
            ("/a?region=1", b"body", "zz"),
            ("/a?region=1", b"body", ""),
        ] {
            assert!(!key.verifies(target, body, signature), "{target} {signature}");
        }
        assert!(!NodeKey::new([8; 32]).verifies("/a?region=1", b"body", &signature));
    }
}
