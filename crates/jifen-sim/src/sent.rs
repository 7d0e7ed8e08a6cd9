//! What the systems of the hall send: CloudEvents as lines, in the order in which they arrive.

use jifen_core::time::Date;
use serde_json::{Map, Value, json};

/// Seconds of a local day.
pub(crate) const DAY: i64 = 86_400;

/// A reading of the hall's wall clock: seconds since 1970-01-01T00:00 local. The demo's zone is UTC+8 all year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    pub(crate) fn at(date: Date, second: i64) -> Self {
        Self(i64::from(date.0) * DAY + second)
    }

    pub(crate) fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }

    pub(crate) fn date(self) -> Date {
        Date(self.0.div_euclid(DAY) as i32)
    }

    pub(crate) fn to_rfc3339(self) -> String {
        let second = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{}T{hour:02}:{minute:02}:{second:02}+08:00", self.date())
    }
}

/// One delivery.
#[derive(Clone)]
struct Delivery {
    at: Moment,
    number: usize,
    line: String,
}

/// All deliveries so far.
#[derive(Default)]
pub(crate) struct Sent {
    deliveries: Vec<Delivery>,
    delay: Option<(Moment, Moment)>,
}

/// One event before it is sent.
pub(crate) struct Message<'a> {
    pub(crate) source: &'a str,
    pub(crate) id: String,
    /// Type without `jifen.`.
    pub(crate) kind: &'a str,
    pub(crate) time: Moment,
    /// `data`; members that are null are left out.
    pub(crate) data: Value,
}

impl Sent {
    /// Sends one event; while a delay is set, the queue's events of its span arrive when it is over.
    pub(crate) fn send(&mut self, message: Message<'_>) {
        let mut data = match message.data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        data.retain(|_, value| !value.is_null());
        let at = match self.delay {
            Some((from, to)) if message.source == "demo:queue" && from <= message.time && message.time < to => to,
            Some(_) | None => message.time,
        };
        let event = json!({
            "specversion": "1.0",
            "source": message.source,
            "id": message.id,
            "type": format!("jifen.{}", message.kind),
            "time": message.time.to_rfc3339(),
            "data": data,
        });
        let number = self.deliveries.len();
        self.deliveries.push(Delivery { at, number, line: event.to_string() });
    }

    /// Holds back what the queue sends in this span until its end.
    pub(crate) fn delay(&mut self, from: Moment, to: Moment) {
        self.delay = Some((from, to));
    }

    /// Delivers everything that arrived in the span once more, at `again`: a source that repeats a day.
    pub(crate) fn repeat(&mut self, from: Moment, to: Moment, again: Moment) {
        let first = self.deliveries.len();
        let copies: Vec<_> =
            self.deliveries.iter().filter(|delivery| from <= delivery.at && delivery.at < to).cloned().collect();
        let numbered = copies.into_iter().enumerate();
        self.deliveries.extend(numbered.map(|(index, copy)| Delivery { at: again, number: first + index, ..copy }));
    }

    /// The lines in order of arrival, up to `end`.
    pub(crate) fn into_lines(mut self, end: Moment) -> Vec<String> {
        self.deliveries.retain(|delivery| delivery.at < end);
        self.deliveries.sort_by_key(|delivery| (delivery.at, delivery.number));
        self.deliveries.into_iter().map(|delivery| delivery.line).collect()
    }
}
