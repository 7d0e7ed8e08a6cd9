//! One draft: its text and what-if, who approved it when, and how far it is.

use std::collections::BTreeMap;

use super::{Minute, Seat, Terms, account_of, day_of, kinds};
use crate::{
    event::{Event, member},
    id::Digest,
    rule::RuleSet,
    time::{Date, Instant},
};

/// A draft of a rule set before the committee.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleDraft {
    /// What an approval names: text, first day and what-if in one digest ([`RuleDraft::digest_of`]).
    pub digest: Digest,
    /// Journal position at which it was put up.
    pub position: u64,
    /// The account that put it up.
    pub author: String,
    /// When.
    pub at: Instant,
    /// The day on which it was put up.
    pub day: Date,
    /// The set it would be a version of.
    pub set: RuleSet,
    /// Its whole text.
    pub text: String,
    /// The first day it names.
    pub from: Date,
    /// What the what-if said, as it was frozen with it.
    pub whatif: String,
    /// Why, in its author's words.
    pub reason: Option<String>,
    /// What it needs.
    pub terms: Terms,
    /// Who may approve it.
    pub roll: BTreeMap<String, Seat>,
    /// Who did.
    pub approvals: BTreeMap<String, Approval>,
    /// The day on which the approvals were enough; none while they are not.
    pub agreed: Option<Date>,
    /// Journal positions of the opinions.
    pub opinions: Vec<u64>,
    /// When it was withdrawn.
    pub withdrawn: Option<Instant>,
    /// The draft that took its place.
    pub replaced: Option<Digest>,
    /// How it came into force.
    pub published: Option<Published>,
}

/// A member's approval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Approval {
    /// Journal position.
    pub position: u64,
    /// When it was received.
    pub at: Instant,
    /// On which day.
    pub day: Date,
}

/// How a draft came into force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Published {
    /// Journal position.
    pub position: u64,
    /// When it was received.
    pub at: Instant,
    /// First day in force.
    pub from: Date,
}

/// How far a draft is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Approvals are missing.
    Collecting,
    /// There are enough; until this day, included, everybody may look at it.
    Notice(Date),
    /// The notice is over: it is published next.
    Due,
    /// It is a version.
    Published(Published),
    /// It was withdrawn.
    Withdrawn,
    /// Another draft took its place.
    Replaced(Digest),
}

impl RuleDraft {
    /// What approvals are bound to: any edit of the text, another day or another what-if is another digest.
    pub fn digest_of(text: &str, from: Date, whatif: &str) -> Digest {
        let parts = (Digest::of(text.as_bytes()), from, Digest::of(whatif.as_bytes()));
        Digest::of(&crate::canonical(&parts))
    }

    /// The digest of the draft an event puts up.
    pub(super) fn digest_in(event: &Event) -> Option<Digest> {
        let (text, whatif) = (event.data.text(member::RULES)?, event.data.text(member::WHATIF)?);
        Some(Self::digest_of(text, day_of(event)?, whatif))
    }

    pub(super) fn read(position: u64, minute: &Minute, roll: BTreeMap<String, Seat>) -> Option<Self> {
        let event = &minute.event;
        let text = event.data.text(member::RULES)?.to_owned();
        let set = crate::rule::parse(&text).ok()?;
        Some(Self {
            digest: Self::digest_in(event)?,
            position,
            author: account_of(&minute.by)?.to_owned(),
            at: minute.received,
            day: minute.today,
            set,
            text,
            from: day_of(event)?,
            whatif: event.data.text(member::WHATIF)?.to_owned(),
            reason: event.data.text(member::REASON).map(str::to_owned),
            terms: minute.terms,
            roll,
            approvals: BTreeMap::new(),
            agreed: None,
            opinions: Vec::new(),
            withdrawn: None,
            replaced: None,
            published: None,
        })
    }

    pub(super) fn approve(&mut self, account: &str, approval: Approval) {
        self.approvals.insert(account.to_owned(), approval);
        if self.agreed.is_none() && self.is_enough() {
            self.agreed = Some(approval.day);
        }
    }

    pub(super) fn disapprove(&mut self, account: &str) {
        self.approvals.remove(account);
        if !self.is_enough() {
            self.agreed = None;
        }
    }

    fn is_enough(&self) -> bool {
        self.approvals.len() >= self.terms.approvals as usize && self.kinds() >= self.terms.kinds as usize
    }

    /// From how many kinds of seats its approvals come.
    pub fn kinds(&self) -> usize {
        kinds(self.approvals.keys().filter_map(|account| self.roll.get(account)))
    }

    /// Whether it says that it works back: its first day was not to come when it was put up.
    pub fn works_back(&self) -> bool {
        self.from <= self.day
    }

    /// The last day of the notice; none while approvals are missing.
    pub fn notice_until(&self) -> Option<Date> {
        self.agreed.map(|day| day.plus(i32::try_from(self.terms.notice_days).unwrap_or(i32::MAX)))
    }

    /// The first day in force, as far as can be told: a draft that does not say it works back never does, however long its approval takes.
    pub fn first_day(&self) -> Date {
        match self.notice_until() {
            Some(until) if !self.works_back() => self.from.max(until.plus(1)),
            Some(_) | None => self.from,
        }
    }

    /// How far it is on the day `today`.
    pub fn stage(&self, today: Date) -> Stage {
        match (self.published, self.withdrawn, self.replaced, self.notice_until()) {
            (Some(published), ..) => Stage::Published(published),
            (None, Some(_), ..) => Stage::Withdrawn,
            (None, None, Some(other), _) => Stage::Replaced(other),
            (None, None, None, None) => Stage::Collecting,
            (None, None, None, Some(until)) if today <= until => Stage::Notice(until),
            (None, None, None, Some(_)) => Stage::Due,
        }
    }

    /// Whether something can still become of it.
    pub fn is_open(&self) -> bool {
        self.published.is_none() && self.withdrawn.is_none() && self.replaced.is_none()
    }
}
