//! The rule committee: who sits on it, the drafts before it, what was approved. In: records. Out: whether a version may come into force.
//!
//! All of it follows from the journal: membership is an event, an approval is a record whose sender the server authenticated, and days
//! are counted from when records were received. So a replay proves that every version in force was put there rightly.
//!
//! **Invariants.** Where a committee is in office, a publication without a draft that is due has no effect, however it came into the
//! journal. Nobody counts who took a seat after the draft was put up: a roll cannot be packed for one vote.

mod draft;
mod refuse;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use minicbor::{Decode, Encode};

pub use draft::{Approval, Published, RuleDraft, Stage};

use crate::{
    event::{Event, EventType, Value, member},
    id::Digest,
    roster::Settings,
    time::{Date, Instant},
};

/// Most drafts that may be open at once.
pub const DRAFTS_OPEN_MAX: usize = 32;
/// Most opinions of one draft.
pub const OPINIONS_MAX: usize = 2_000;
/// Who the server names as the sender of an opinion that nobody signed.
pub const PUBLIC: &str = "public";

/// What a member sits there as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Seat {
    /// 工作人员代表: from the halls' own staff.
    Staff,
    /// 群众代表: a citizen.
    Citizen,
    /// 专家代表: an expert from outside.
    Expert,
}

impl Seat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Staff, Self::Citizen, Self::Expert];

    /// The word of events and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Citizen => "citizen",
            Self::Expert => "expert",
        }
    }

    /// Parses the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|seat| seat.name() == word)
    }
}

/// One appointment; the last one of an account holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// Journal position of the appointment.
    pub position: u64,
    /// As what.
    pub seat: Seat,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive); open without.
    pub to: Option<Instant>,
}

impl Term {
    fn covers(&self, time: Instant) -> bool {
        self.from <= time && self.to.is_none_or(|to| time < to)
    }
}

/// What a draft needs. Frozen when it is put up, so that nobody loosens it for a draft that is short of votes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Terms {
    /// How many members must approve.
    #[n(0)]
    pub approvals: u32,
    /// How many kinds of seats they must come from.
    #[n(1)]
    pub kinds: u32,
    /// Days between the last approval and the first day in force, neither counted.
    #[n(2)]
    pub notice_days: u32,
}

impl Terms {
    /// Three of the committee; two kinds at least, whatever a region sets.
    pub const DEFAULT: Self = Self { approvals: 3, kinds: 2, notice_days: 7 };

    /// What a region's settings say.
    pub fn of(settings: &Settings) -> Self {
        let number = |set: Option<i64>, default| set.and_then(|set| u32::try_from(set).ok()).unwrap_or(default);
        let kinds = number(settings.approval_kinds_min, Self::DEFAULT.kinds).max(2);
        Self {
            approvals: number(settings.approvals_min, Self::DEFAULT.approvals).max(kinds),
            kinds,
            notice_days: number(settings.notice_days, Self::DEFAULT.notice_days),
        }
    }
}

/// A record the committee has to do with, as the resident state keeps it: what it says with what held when it was taken.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Minute {
    #[n(0)]
    pub(crate) by: String,
    #[n(1)]
    pub(crate) received: Instant,
    /// The day on which it was received, in the region's zone as it was then.
    #[n(2)]
    pub(crate) today: Date,
    #[n(3)]
    pub(crate) terms: Terms,
    #[n(4)]
    pub(crate) event: Event,
}

/// The committee of a region.
#[derive(Clone, Debug, Default)]
pub struct Committee {
    members: BTreeMap<String, Vec<Term>>,
    drafts: BTreeMap<Digest, Arc<RuleDraft>>,
}

impl Committee {
    /// Takes an appointment in.
    pub(crate) fn appoint(&mut self, position: u64, event: &Event) {
        let account = event.data.text(member::ACCOUNT).unwrap_or_default().to_owned();
        let Some(seat) = event.data.text(member::SEAT).and_then(Seat::parse) else { return };
        let from = event.data.time(member::FROM).unwrap_or(event.time);
        let term = Term { position, seat, from, to: event.data.time(member::TO) };
        let line = self.members.entry(account).or_default();
        line.push(term);
        line.sort_by_key(|term| term.position);
    }

    /// Takes a record in of which [`Committee::refuses`] had nothing to say.
    pub(crate) fn absorb(&mut self, position: u64, minute: &Minute) {
        let (event, at) = (&minute.event, minute.received);
        let account = account_of(&minute.by).unwrap_or_default();
        if event.kind == EventType::RulesetDrafted {
            let Some(draft) = RuleDraft::read(position, minute, self.roll(position, at)) else { return };
            if let Some(old) = named(event).and_then(|digest| self.drafts.get_mut(&digest)) {
                Arc::make_mut(old).replaced = Some(draft.digest);
            }
            self.drafts.insert(draft.digest, Arc::new(draft));
            return;
        }
        let Some(draft) = named(event).and_then(|digest| self.drafts.get_mut(&digest)) else { return };
        let draft = Arc::make_mut(draft);
        match event.kind {
            EventType::RulesetApproved => draft.approve(account, Approval { position, at, day: minute.today }),
            EventType::ApprovalWithdrawn => draft.disapprove(account),
            EventType::DraftWithdrawn => draft.withdrawn = Some(at),
            EventType::OpinionGiven => draft.opinions.push(position),
            EventType::RulesetPublished => {
                draft.published = Some(Published { position, at, from: day_of(event).unwrap_or(draft.from) });
            }
            _ => {}
        }
    }

    /// Members in office at `time`, by account.
    pub fn in_office(&self, time: Instant) -> impl Iterator<Item = (&str, &Term)> {
        self.members.iter().filter_map(move |(account, line)| {
            let term = line.last().filter(|term| term.covers(time))?;
            Some((account.as_str(), term))
        })
    }

    /// Everybody who ever sat or will sit there, by account, with the last appointment.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Term)> {
        self.members.iter().filter_map(|(account, line)| Some((account.as_str(), line.last()?)))
    }

    /// Whether there is a committee at `time`.
    pub fn sits(&self, time: Instant) -> bool {
        self.in_office(time).next().is_some()
    }

    /// What an account sits there as at `time`.
    pub fn seat(&self, account: &str, time: Instant) -> Option<Seat> {
        self.members.get(account)?.last().filter(|term| term.covers(time)).map(|term| term.seat)
    }

    /// The draft with this digest.
    pub fn draft(&self, digest: Digest) -> Option<&RuleDraft> {
        self.drafts.get(&digest).map(Arc::as_ref)
    }

    /// Every draft there was.
    pub fn drafts(&self) -> impl Iterator<Item = &RuleDraft> {
        self.drafts.values().map(Arc::as_ref)
    }

    /// Who may approve what is put up at `position`: those in office by an appointment before it.
    fn roll(&self, position: u64, at: Instant) -> BTreeMap<String, Seat> {
        let seats = self.members.iter().filter_map(|(account, line)| {
            let term = line.iter().rev().find(|term| term.position < position).filter(|term| term.covers(at))?;
            Some((account.clone(), term.seat))
        });
        seats.collect()
    }
}

/// Whether records of this type are drafts or say something of one.
pub fn reads(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::RulesetDrafted
            | EventType::RulesetApproved
            | EventType::ApprovalWithdrawn
            | EventType::DraftWithdrawn
            | EventType::OpinionGiven
    )
}

/// The account in a record's `by`: `manager:account/lan` is `lan`. Keys and commands have none.
pub fn account_of(by: &str) -> Option<&str> {
    by.split_once(':')?.1.strip_prefix("account/")
}

/// The draft an event names.
fn named(event: &Event) -> Option<Digest> {
    match event.data.get(member::DRAFT) {
        Some(Value::Digest(digest)) => Some(*digest),
        _ => None,
    }
}

/// The first day an event names.
fn day_of(event: &Event) -> Option<Date> {
    match event.data.get(member::EFFECTIVE_FROM) {
        Some(Value::Date(date)) => Some(*date),
        _ => None,
    }
}

/// How many kinds of seats there are among these.
fn kinds<'a>(seats: impl Iterator<Item = &'a Seat>) -> usize {
    seats.collect::<BTreeSet<_>>().len()
}
