//! What stays in memory of a region, and how it is stored: the events that made it, the periods that ended, the work pending.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use super::Corrupt;
use crate::{
    committee::{Committee, Minute, Terms},
    event::{Event, EventType},
    id::ActorId,
    journal::Record,
    language::Words,
    roster::Organisation,
    scoring::Versions,
    state::Rows,
    time::{Date, Grain, Instant, Period},
};

/// First byte of a resident row's key.
mod class {
    pub(super) const HEAD: u8 = 0;
    pub(super) const EVENT: u8 = 1;
    pub(super) const ENDED: u8 = 2;
    pub(super) const CLOSED: u8 = 3;
    pub(super) const INTENT: u8 = 4;
    pub(super) const MINUTE: u8 = 5;
}

/// Counters of the region.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Counters {
    /// Position of the last entry.
    #[n(0)]
    pub(super) ledger: u64,
    /// Latest business time of any fact.
    #[n(1)]
    pub(super) latest_fact: Instant,
    /// Number of the last recalculation.
    #[n(2)]
    pub(super) intent: u64,
}

/// What a recalculation looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) enum Scope {
    /// Business time in `from..to`.
    #[n(0)]
    Span(#[n(0)] Instant, #[n(1)] Instant),
    /// Awards waiting for this actor, by its plain name.
    #[n(1)]
    Actor(#[n(0)] ActorId),
    /// Not facts but tallies: those of periods that end after this time, whose subjects may belong elsewhere.
    #[n(2)]
    Homes(#[n(0)] Instant),
    /// Not facts but the score sheets of everybody who has one, in open or ended periods that hold a day from the first date to the second.
    #[n(3)]
    Sheets(#[n(0)] Date, #[n(1)] Date),
}

/// A recalculation under way; facts whose index key is before `cursor` are done.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Intent {
    #[n(0)]
    pub(super) scope: Scope,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) cursor: Vec<u8>,
}

/// A change to what is resident.
#[derive(Clone, Debug)]
pub(super) enum ResidentChange {
    Counters(Counters),
    Event { position: u64, event: Box<Event> },
    Ended(Period),
    Closed(Date),
    Intent { number: u64, intent: Option<Intent> },
    Minute { position: u64, minute: Box<Minute> },
}

impl ResidentChange {
    /// The row that stores it.
    pub(super) fn row(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let key = |class: u8, rest: &[u8]| [&[class], rest].concat();
        match self {
            Self::Counters(counters) => (vec![class::HEAD], Some(crate::canonical(counters))),
            Self::Event { position, event } => {
                (key(class::EVENT, &position.to_be_bytes()), Some(crate::canonical(event.as_ref())))
            }
            Self::Ended(period) => (key(class::ENDED, &crate::canonical(period)), Some(Vec::new())),
            Self::Closed(month) => (key(class::CLOSED, &crate::canonical(month)), Some(Vec::new())),
            Self::Intent { number, intent } => {
                (key(class::INTENT, &number.to_be_bytes()), intent.as_ref().map(crate::canonical))
            }
            Self::Minute { position, minute } => {
                (key(class::MINUTE, &position.to_be_bytes()), Some(crate::canonical(minute.as_ref())))
            }
        }
    }
}

/// Everything resident.
#[derive(Clone, Debug)]
pub(super) struct Resident {
    pub(super) organisation: Organisation,
    pub(super) versions: Versions,
    pub(super) committee: Committee,
    pub(super) ended: BTreeSet<Period>,
    pub(super) closed: BTreeSet<Date>,
    pub(super) intents: BTreeMap<u64, Intent>,
    pub(super) counters: Counters,
}

impl Default for Resident {
    fn default() -> Self {
        Self {
            organisation: Organisation::default(),
            versions: Versions::default(),
            committee: Committee::default(),
            ended: BTreeSet::new(),
            closed: BTreeSet::new(),
            intents: BTreeMap::new(),
            counters: Counters { ledger: 0, latest_fact: Instant::MIN, intent: 0 },
        }
    }
}

impl Resident {
    pub(super) fn restore(rows: &Rows) -> Result<Self, Corrupt> {
        let mut resident = Self::default();
        for (key, value) in rows {
            resident.restore_row(key, value).map_err(|error| Corrupt(error.to_string()))?;
        }
        Ok(resident)
    }

    fn restore_row(&mut self, key: &[u8], value: &[u8]) -> Result<(), minicbor::decode::Error> {
        let missing = || minicbor::decode::Error::message("resident row of an unknown class");
        let (class, rest) = key.split_first().ok_or_else(missing)?;
        let number = || rest.try_into().map(u64::from_be_bytes).map_err(|_| missing());
        let change = match *class {
            class::HEAD => ResidentChange::Counters(minicbor::decode(value)?),
            class::EVENT => ResidentChange::Event { position: number()?, event: Box::new(minicbor::decode(value)?) },
            class::ENDED => ResidentChange::Ended(minicbor::decode(rest)?),
            class::CLOSED => ResidentChange::Closed(minicbor::decode(rest)?),
            class::INTENT => ResidentChange::Intent { number: number()?, intent: Some(minicbor::decode(value)?) },
            class::MINUTE => ResidentChange::Minute { position: number()?, minute: Box::new(minicbor::decode(value)?) },
            _ => return Err(missing()),
        };
        self.absorb(change);
        Ok(())
    }

    pub(super) fn absorb(&mut self, change: ResidentChange) {
        match change {
            ResidentChange::Counters(counters) => self.counters = counters,
            ResidentChange::Event { position, event } => {
                if event.kind == EventType::RulesetPublished {
                    self.versions.absorb(&event, self.organisation.zone());
                    return;
                }
                if event.kind == EventType::CommitteeMember {
                    self.committee.appoint(position, &event);
                    return;
                }
                let zone = self.organisation.zone().name().to_owned();
                self.organisation.absorb(&event);
                if zone != self.organisation.zone().name() {
                    self.versions.change_zone(self.organisation.zone());
                }
            }
            // Appointments are among the events above, and a row of theirs is read before any of these.
            ResidentChange::Minute { position, minute } => self.committee.absorb(position, &minute),
            ResidentChange::Ended(period) => {
                self.ended.insert(period);
            }
            ResidentChange::Closed(month) => {
                self.closed.insert(month);
            }
            ResidentChange::Intent { number, intent: Some(intent) } => {
                self.intents.insert(number, intent);
            }
            ResidentChange::Intent { number, intent: None } => {
                self.intents.remove(&number);
            }
        }
    }

    /// Why the committee's rules do not take a record.
    pub(super) fn refuses_by_committee(&self, record: &Record) -> Option<Words> {
        let today = self.organisation.zone().date(record.received);
        self.committee.refuses(record, today, Terms::of(self.organisation.latest_settings()))
    }

    /// The accounting month points of `date` are booked in now, and whether their own month is closed.
    pub(super) fn booking_month(&self, date: Date) -> (Date, bool) {
        let mut month = Period::holding(Grain::Month, date);
        let closed = self.closed.contains(&month.first);
        while self.closed.contains(&month.first) {
            month = month.next();
        }
        (month.first, closed)
    }
}
