//! The audit trail's entries and their chain: what is the same on both databases.
//!
//! In: what somebody did. Out: bytes of one form, and a digest over them and the digest before.

use jifen_core::{id::Digest, time::Instant};
use minicbor::Encode;

use crate::row::RegionId;

/// What kind of act an entry tells of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuditKind {
    /// Something was changed.
    Change,
    /// Personal data was read.
    Reading,
    /// Somebody signed in, tried to, or signed out.
    SignIn,
}

impl AuditKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Change, Self::Reading, Self::SignIn];

    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Reading => "reading",
            Self::SignIn => "sign_in",
        }
    }

    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Change => 1,
            Self::Reading => 2,
            Self::SignIn => 3,
        }
    }

    pub(crate) fn of(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// An act to be written down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRow {
    /// Region it belongs to.
    pub region: RegionId,
    /// When.
    pub at: Instant,
    /// Of what kind.
    pub kind: AuditKind,
    /// Who, as the journal names them.
    pub actor: String,
    /// Where from; empty on the server itself.
    pub address: String,
    /// What: `account.make`, `quarantine.read` …
    pub act: String,
    /// Of what.
    pub object: String,
    /// Why, where somebody said.
    pub reason: String,
    /// The request's id.
    pub request: String,
}

/// An act in its place in the trail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRecord {
    /// From 1 without gaps.
    pub position: u64,
    /// The act.
    pub row: AuditRow,
    /// SHA-256 over the digest before and the act.
    pub digest: Digest,
}

/// Which entries to read, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// Of one kind only.
    pub kind: Option<AuditKind>,
    /// Of one actor only, exactly as written.
    pub actor: Option<String>,
    /// Whose actor, act, object or reason holds this.
    pub text: Option<String>,
    /// From this moment on.
    pub from: Option<Instant>,
    /// Before this moment.
    pub to: Option<Instant>,
    /// Below this position.
    pub before: Option<u64>,
    /// Most entries.
    pub limit: usize,
}

/// What the first digest covers in the place of one before it.
pub(crate) const BEGINNING: Digest = Digest([0; 32]);

/// The form that digests are made of: array of nine, never changed.
#[derive(Encode)]
struct Form<'a> {
    #[n(0)]
    position: u64,
    #[n(1)]
    at: i64,
    #[n(2)]
    kind: i16,
    #[n(3)]
    actor: &'a str,
    #[n(4)]
    address: &'a str,
    #[n(5)]
    act: &'a str,
    #[n(6)]
    object: &'a str,
    #[n(7)]
    reason: &'a str,
    #[n(8)]
    request: &'a str,
}

impl AuditRow {
    /// The digest of this act at a position after `previous`.
    pub(crate) fn digest(&self, position: u64, previous: &Digest) -> Digest {
        let form = Form {
            position,
            at: self.at.0,
            kind: self.kind.code(),
            actor: &self.actor,
            address: &self.address,
            act: &self.act,
            object: &self.object,
            reason: &self.reason,
            request: &self.request,
        };
        let mut bytes = previous.0.to_vec();
        // Encoding into memory cannot fail.
        minicbor::encode(&form, &mut bytes).ok();
        Digest::of(&bytes)
    }
}

/// How far a trail is whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditVerdict {
    /// Entries that were looked at.
    pub entries: u64,
    /// The last digest: keep it elsewhere, to know later that nothing before it changed.
    pub digest: Digest,
    /// The first position that does not fit; `None`: all do.
    pub broken: Option<u64>,
    /// Whether the digest that was asked for is one of the chain's.
    pub holds: bool,
}

/// Follows the chain over entries in order.
pub(crate) struct Chain(AuditVerdict, Option<String>);

impl Chain {
    /// A chain that should go through a digest, in hexadecimal.
    pub(crate) fn through(digest: Option<&str>) -> Self {
        let verdict = AuditVerdict { entries: 0, digest: BEGINNING, broken: None, holds: false };
        Self(verdict, digest.map(str::to_lowercase))
    }

    /// Takes the next entry in.
    pub(crate) fn follow(&mut self, record: &AuditRecord) {
        let verdict = &mut self.0;
        let fits = record.position == verdict.entries + 1
            && record.row.digest(record.position, &verdict.digest) == record.digest;
        if !fits && verdict.broken.is_none() {
            verdict.broken = Some(verdict.entries + 1);
        }
        verdict.entries += 1;
        verdict.digest = record.digest;
        verdict.holds |= self.1.as_ref().is_some_and(|wanted| *wanted == record.digest.to_string());
    }

    pub(crate) fn verdict(self) -> AuditVerdict {
        self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

    use super::*;

    fn trail() -> Vec<AuditRecord> {
        let mut previous = BEGINNING;
        let act = |position: u64| AuditRow {
            region: RegionId(1),
            at: Instant(position as i64),
            kind: AuditKind::Change,
            actor: "a".to_owned(),
            address: "b".to_owned(),
            act: "c".to_owned(),
            object: "d".to_owned(),
            reason: "e".to_owned(),
            request: "f".to_owned(),
        };
        let records = (1..=5).map(|position| {
            let row = act(position);
            previous = row.digest(position, &previous);
            AuditRecord { position, row, digest: previous }
        });
        records.collect()
    }

    fn broken(records: &[AuditRecord]) -> Option<u64> {
        let mut chain = Chain::through(None);
        records.iter().for_each(|record| chain.follow(record));
        chain.verdict().broken
    }

    #[test]
    fn any_change_of_any_entry_is_found_and_named() {
        let whole = trail();
        assert_eq!(broken(&whole), None);
        let changes: [fn(&mut AuditRecord); 9] = [
            |record| record.row.at.0 += 1,
            |record| record.row.kind = AuditKind::Reading,
            |record| record.row.actor.push('x'),
            |record| record.row.address.clear(),
            |record| record.row.act.push('x'),
            |record| record.row.object.push('x'),
            |record| record.row.reason.push('x'),
            |record| record.row.request.push('x'),
            |record| record.digest.0[31] ^= 1,
        ];
        for (index, change) in (0..5).flat_map(|index| changes.iter().map(move |change| (index, change))) {
            let mut records = whole.clone();
            change(&mut records[index]);
            assert_eq!(broken(&records), Some(index as u64 + 1));
        }
        let without = |index: usize| [&whole[..index], &whole[index + 1..]].concat();
        assert_eq!(
            (0..4).map(|index| broken(&without(index))).collect::<Vec<_>>(),
            (1..5).map(Some).collect::<Vec<_>>()
        );
        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        assert_eq!(broken(&swapped), Some(2));
        // The end of a trail cannot tell of itself: whoever keeps the last digest elsewhere knows.
        assert_eq!(broken(&without(4)), None);
    }
}
