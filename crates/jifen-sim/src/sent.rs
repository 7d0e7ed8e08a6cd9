//! What the systems of the city send: CloudEvents with the moment at which each arrives, and marks of what is true beside them.

use jifen_core::time::{Date, Instant};
use serde_json::{Map, Value, json};

use crate::tally::Mark;

/// Seconds of a local day.
pub(crate) const DAY: i64 = 86_400;
/// The demo's offset from UTC, all year, in seconds.
const OFFSET: i64 = 8 * 3600;

/// A reading of the city's wall clock: seconds since 1970-01-01T00:00 local. The demo's zone is UTC+8 all year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment(pub i64);

impl Moment {
    /// A second of a day.
    pub fn at(date: Date, second: i64) -> Self {
        Self(i64::from(date.0) * DAY + second)
    }

    /// Local reading of an instant.
    pub fn of(instant: Instant) -> Self {
        Self(instant.0.div_euclid(1000) + OFFSET)
    }

    /// So many seconds later.
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }

    /// Local date.
    pub fn date(self) -> Date {
        Date(self.0.div_euclid(DAY) as i32)
    }

    pub(crate) fn instant(self) -> Instant {
        Instant((self.0 - OFFSET) * 1000)
    }

    /// As in events.
    pub fn to_rfc3339(self) -> String {
        let second = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{}T{hour:02}:{minute:02}:{second:02}+08:00", self.date())
    }
}

/// One event before it is sent.
pub(crate) struct Message<'a> {
    pub(crate) source: &'a str,
    pub(crate) id: String,
    /// Type without `jifen.`.
    pub(crate) kind: &'a str,
    /// What the source's clock says.
    pub(crate) time: Moment,
    /// `data`; members that are null are left out.
    pub(crate) data: Value,
}

/// What arrives.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum What {
    /// A CloudEvent as JSON text.
    Event(String),
    /// Something became true; nobody is told but the tally.
    Mark(Mark),
}

/// One arrival. The order is (moment, day it comes from, number).
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Delivery {
    pub(crate) at: Moment,
    pub(crate) day: Date,
    pub(crate) number: usize,
    pub(crate) what: What,
}

/// The arrivals that one day gives rise to; those of its cases come weeks later.
pub(crate) struct Sent {
    day: Date,
    deliveries: Vec<Delivery>,
    /// While the queue's line is down in `.0 .. .1`, what it notes arrives at `.2`.
    delay: Option<(Moment, Moment, Moment)>,
}

impl Sent {
    pub(crate) fn new(day: Date, delay: Option<(Moment, Moment, Moment)>) -> Self {
        Self { day, deliveries: Vec::new(), delay }
    }

    /// When the queue's event of `real` arrives.
    pub(crate) fn queue_arrival(&self, real: Moment) -> Moment {
        match self.delay {
            Some((from, to, arrival)) if from <= real && real < to => arrival,
            Some(_) | None => real,
        }
    }

    /// Sends one event at its own time.
    pub(crate) fn send(&mut self, message: Message<'_>) {
        let at = message.time;
        self.send_at(at, message);
    }

    /// Sends one event that arrives at `at`.
    pub(crate) fn send_at(&mut self, at: Moment, message: Message<'_>) {
        let mut data = match message.data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        data.retain(|_, value| !value.is_null());
        let event = json!({
            "specversion": "1.0",
            "source": message.source,
            "id": message.id,
            "type": format!("jifen.{}", message.kind),
            "time": message.time.to_rfc3339(),
            "data": data,
        });
        self.push(at, What::Event(event.to_string()));
    }

    /// Notes what is true from `at` on.
    pub(crate) fn mark(&mut self, at: Moment, mark: Mark) {
        self.push(at, What::Mark(mark));
    }

    fn push(&mut self, at: Moment, what: What) {
        let number = self.deliveries.len();
        self.deliveries.push(Delivery { at, day: self.day, number, what });
    }

    /// Delivers every event of the day itself once more, at `again`: a source that repeats a day.
    pub(crate) fn repeat(&mut self, again: Moment) {
        let end = Moment::at(self.day, DAY);
        let mut copies: Vec<_> = self.deliveries.iter().filter(|delivery| delivery.at < end).cloned().collect();
        copies.retain(|copy| matches!(copy.what, What::Event(_)));
        copies.sort_by_key(|copy| (copy.at, copy.number));
        copies.into_iter().for_each(|copy| self.push(again, copy.what));
    }

    pub(crate) fn into_deliveries(self) -> Vec<Delivery> {
        self.deliveries
    }
}
