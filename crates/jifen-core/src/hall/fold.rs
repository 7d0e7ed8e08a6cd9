//! The running day: records in, numbers, windows, ratings, open cases and sources out, each within its bound.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::{CaseNow, CodesSeen, RatingNow, ServiceNow, WindowNow};
use crate::{
    event::{Event, EventType, Family, member},
    id::EventKey,
    journal::Record,
    roster::Organisation,
    time::{Date, Instant},
};

/// Most numbers of a day; a city of 200 windows gives about 16,000. What comes beyond is counted and not listed.
pub const SERVICES_MAX: usize = 60_000;
/// Most ratings of a day.
pub const RATINGS_MAX: usize = 60_000;
/// Most open cases; beyond, the one that was accepted longest ago is let go.
pub const CASES_MAX: usize = 50_000;
/// Most decided cases remembered, so that an event that comes late does not open one again.
const DECIDED_MAX: usize = 100_000;
/// Most sources; more than any region has.
const SOURCES_MAX: usize = 1_000;
/// How far ahead of its receipt an event may lie and still move the day: clocks differ by minutes, not by days.
/// Simulated regions may run ahead of the clock.
const AHEAD_MS_MAX: i64 = 10 * 60_000;
/// What comes in later than this after it happened is late.
pub const LATE_MS: i64 = 10 * 60_000;

/// A source and what it sent.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct SourceNow {
    /// Latest business time of its events.
    #[n(0)]
    pub time: Instant,
    /// When its last event came.
    #[n(1)]
    pub received: Instant,
    /// Its events of the day.
    #[n(2)]
    pub today: u64,
    /// All its events.
    #[n(3)]
    pub events: u64,
    /// How long its last event took from happening to coming in.
    #[n(4)]
    pub delay_ms: i64,
    /// Sum of that over the day's events; one whose time lies ahead of its receipt took none.
    #[n(5)]
    delay_sum_ms: i64,
    /// Longest of the day.
    #[n(6)]
    pub delay_max_ms: i64,
    /// Events of the day that took longer than [`LATE_MS`].
    #[n(7)]
    pub late: u64,
    /// All its events whose time lay too far ahead of their receipt: its clock is wrong, and they moved nothing here.
    #[n(8)]
    pub ahead: u64,
}

impl SourceNow {
    /// Mean time from happening to coming in, of the day's events.
    pub fn delay_mean_ms(&self) -> Option<i64> {
        self.delay_sum_ms.checked_div(i64::try_from(self.today).ok()?)
    }

    fn note(&mut self, record: &Record, today: bool) {
        let (time, received) = (record.event.time, record.received);
        let delay = received.0 - time.0;
        self.time = self.time.max(time);
        self.received = self.received.max(received);
        self.delay_ms = delay;
        self.events += 1;
        if today {
            self.today += 1;
            self.delay_sum_ms = self.delay_sum_ms.saturating_add(delay.max(0));
            self.delay_max_ms = self.delay_max_ms.max(delay);
            self.late += u64::from(delay > LATE_MS);
        }
    }
}

/// The running business day of a region and its open cases, after the records up to a position.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct HallDay {
    /// Position of the last record taken in.
    #[n(0)]
    pub position: u64,
    /// The day, in the region's zone.
    #[n(1)]
    pub date: Option<Date>,
    /// Latest business time of what the halls' systems sent.
    #[n(2)]
    pub latest: Option<Instant>,
    /// Numbers of the day by their key.
    #[n(3)]
    pub services: BTreeMap<String, ServiceNow>,
    /// Windows that said anything today.
    #[n(4)]
    pub windows: BTreeMap<String, WindowNow>,
    /// Ratings of the day by their event.
    #[n(5)]
    pub ratings: BTreeMap<EventKey, RatingNow>,
    /// Open cases by code.
    #[n(6)]
    pub cases: BTreeMap<String, CaseNow>,
    /// Decided cases, and when.
    #[n(7)]
    decided: BTreeMap<String, Instant>,
    /// Sources by name.
    #[n(8)]
    pub sources: BTreeMap<String, SourceNow>,
    /// Numbers and ratings beyond the bounds.
    #[n(9)]
    pub beyond: u64,
    /// Codes that the organisation does not know.
    #[n(10)]
    pub codes: CodesSeen,
}

impl HallDay {
    /// Reads the canonical bytes of a day; `None` where they are none of this form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }

    /// Takes the next record in; one that was taken before is passed over. The organisation says the zone of dates.
    pub fn absorb(&mut self, record: &Record, organisation: &Organisation) {
        if record.position <= self.position {
            return;
        }
        self.position = record.position;
        let event = &record.event;
        let family = event.kind.spec().family;
        if matches!(family, Family::Organisation | Family::Decision | Family::Engine) {
            return;
        }
        self.codes.absorb(event, organisation);
        let simulated = organisation.latest_settings().simulated.unwrap_or(false);
        if !simulated && event.time.0 > record.received.0.saturating_add(AHEAD_MS_MAX) {
            // A clock that runs ahead must not end everybody's day.
            if let Some(source) = self.source(record) {
                source.ahead += 1;
            }
            return;
        }
        let date = organisation.zone().date(event.time);
        self.turn_to(date);
        let today = self.date == Some(date);
        if let Some(source) = self.source(record) {
            source.note(record, today);
        }
        self.latest = self.latest.max(Some(event.time));
        match family {
            Family::Case => self.absorb_case(event),
            Family::Service | Family::Rating | Family::Presence | Family::Kept if self.date == Some(date) => {
                self.absorb_today(event);
            }
            Family::Service | Family::Rating | Family::Presence | Family::Kept | Family::Single => {}
            Family::Organisation | Family::Decision | Family::Engine => {}
        }
    }

    /// A later day begins: what the day before left is forgotten.
    fn turn_to(&mut self, date: Date) {
        if self.date.is_some_and(|today| today >= date) {
            return;
        }
        self.date = Some(date);
        self.services.clear();
        self.windows.clear();
        self.ratings.clear();
        self.beyond = 0;
        for source in self.sources.values_mut() {
            (source.today, source.delay_sum_ms, source.delay_max_ms, source.late) = (0, 0, 0, 0);
        }
    }

    /// The record's source, as long as there is room for one more.
    fn source(&mut self, record: &Record) -> Option<&mut SourceNow> {
        let name = &record.event.source;
        if !self.sources.contains_key(name) && self.sources.len() >= SOURCES_MAX {
            return None;
        }
        let first = || SourceNow {
            time: record.event.time,
            received: record.received,
            today: 0,
            events: 0,
            delay_ms: 0,
            delay_sum_ms: 0,
            delay_max_ms: 0,
            late: 0,
            ahead: 0,
        };
        Some(self.sources.entry(name.clone()).or_insert_with(first))
    }

    fn absorb_today(&mut self, event: &Event) {
        if let Some(window) = event.data.text(member::WINDOW) {
            match self.windows.get_mut(window) {
                Some(known) => known.absorb(event),
                None => {
                    if let Some(opened) = WindowNow::open(event) {
                        self.windows.insert(window.to_owned(), opened);
                    }
                }
            }
        }
        if event.kind == EventType::RatingSubmitted {
            match RatingNow::of(event) {
                Some(rating) if self.ratings.len() < RATINGS_MAX => {
                    self.ratings.insert(event.key(), rating);
                }
                Some(_) => self.beyond += 1,
                None => {}
            }
            return;
        }
        let Some(key) = event.data.text(member::SERVICE) else { return };
        match self.services.get_mut(key) {
            Some(service) => service.absorb(event),
            None => match ServiceNow::open(event) {
                Some(service) if self.services.len() < SERVICES_MAX => {
                    self.services.insert(key.to_owned(), service);
                }
                Some(_) => self.beyond += 1,
                None => {}
            },
        }
    }

    fn absorb_case(&mut self, event: &Event) {
        let Some(code) = event.data.text(member::CASE) else { return };
        let decides =
            matches!(event.kind, EventType::CaseCompleted | EventType::CaseDeclined | EventType::CaseWithdrawn);
        if decides {
            self.cases.remove(code);
            self.decided.insert(code.to_owned(), event.time);
            bound(&mut self.decided, DECIDED_MAX, |time| *time);
        } else if !self.decided.contains_key(code) {
            match self.cases.get_mut(code) {
                Some(case) => case.absorb(event),
                None => {
                    self.cases.insert(code.to_owned(), CaseNow::open(event));
                    bound(&mut self.cases, CASES_MAX, |case| case.from);
                }
            }
        }
    }
}

/// Lets the oldest tenth go when there are too many, so that it happens seldom.
fn bound<V>(map: &mut BTreeMap<String, V>, most: usize, age: impl Fn(&V) -> Instant) {
    if map.len() <= most {
        return;
    }
    let mut ages: Vec<Instant> = map.values().map(&age).collect();
    let (_, limit, _) = ages.select_nth_unstable(most / 10);
    let limit = *limit;
    map.retain(|_, value| age(value) > limit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Members, Value},
        hall::{ServiceState, Spot, WindowState, judge},
    };

    const MINUTE: i64 = 60_000;

    fn record(position: u64, kind: EventType, minute: i64, members: &[(crate::event::MemberId, &str)]) -> Record {
        let mut data = Members::default();
        for (id, text) in members {
            data.set(*id, Value::Text((*text).to_owned()));
        }
        let event = Event {
            source: "queue".to_owned(),
            id: position.to_string(),
            kind,
            time: Instant(minute * MINUTE),
            sequence: None,
            data,
        };
        let received = Instant(minute * MINUTE + 1_000);
        Record { position, received, semantics: crate::journal::SEMANTICS, by: "source:queue".to_owned(), event }
    }

    type Step = (EventType, i64, Vec<(crate::event::MemberId, &'static str)>);

    fn visit() -> Vec<Step> {
        let number = (member::SERVICE, "A1");
        vec![
            (EventType::QueueTaken, 0, vec![number, (member::DEPARTMENT, "tax")]),
            (EventType::QueueCalled, 12, vec![number, (member::WINDOW, "1")]),
            (EventType::QueueTransferred, 14, vec![number, (member::TO_WINDOW, "2")]),
            (EventType::QueueCalled, 30, vec![number, (member::WINDOW, "2")]),
            (EventType::ServiceStarted, 31, vec![number, (member::WINDOW, "2")]),
            (EventType::ServiceEnded, 45, vec![number, (member::WINDOW, "2")]),
        ]
    }

    fn folded(order: &[usize]) -> HallDay {
        let (organisation, events) = (Organisation::default(), visit());
        let mut day = HallDay::default();
        for (position, index) in (1..).zip(order) {
            let (kind, minute, members) = &events[*index];
            day.absorb(&record(position, *kind, *minute, members), &organisation);
        }
        day
    }

    #[test]
    fn what_a_number_does_follows_from_its_events_whatever_their_arrival() {
        let straight = folded(&[0, 1, 2]);
        let number = &straight.services["A1"];
        assert_eq!(number.state, ServiceState::Waiting);
        assert_eq!(number.waiting_ms(Instant(20 * MINUTE)), Some(6 * MINUTE), "who is passed on waits anew");
        assert_eq!(number.spot.window.as_deref(), Some("2"));
        assert_eq!(straight.windows["1"].state, WindowState::Open, "a call shows that a window is open");
        for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]] {
            let number = folded(&order).services["A1"].clone();
            assert_eq!((number.state, number.waited_ms()), (ServiceState::Ended, Some(12 * MINUTE)), "{order:?}");
            assert_eq!(number.spot.window.as_deref(), Some("2"), "{order:?}");
            assert_eq!(number.waiting_ms(Instant(60 * MINUTE)), None);
        }
    }

    #[test]
    fn a_new_day_forgets_the_old_one_and_an_old_event_does_not_bring_it_back() {
        let organisation = Organisation::default();
        let mut day = folded(&[0]);
        let tomorrow = 24 * 60 + 5;
        day.absorb(&record(2, EventType::QueueTaken, tomorrow, &[(member::SERVICE, "B1")]), &organisation);
        day.absorb(&record(3, EventType::QueueTaken, 3, &[(member::SERVICE, "A2")]), &organisation);
        assert_eq!(day.services.keys().collect::<Vec<_>>(), ["B1"]);
        assert_eq!((day.sources["queue"].events, day.sources["queue"].today), (3, 1));
        assert_eq!(day.latest, Some(Instant(tomorrow * MINUTE)));
    }

    #[test]
    fn a_clock_that_runs_ahead_ends_nobodys_day() {
        let organisation = Organisation::default();
        let mut day = folded(&[0]);
        let mut ahead = record(2, EventType::QueueTaken, 3 * 24 * 60, &[(member::SERVICE, "Z")]);
        ahead.received = Instant(5 * MINUTE);
        day.absorb(&ahead, &organisation);
        assert_eq!(day.services.keys().collect::<Vec<_>>(), ["A1"]);
        assert_eq!(day.position, 2);
    }

    #[test]
    fn a_decided_case_is_not_opened_again_by_what_comes_late() {
        let organisation = Organisation::default();
        let mut day = HallDay::default();
        let case = (member::CASE, "C1");
        day.absorb(&record(1, EventType::CaseAccepted, 1, &[case]), &organisation);
        assert_eq!(day.cases.len(), 1);
        day.absorb(&record(2, EventType::CaseCompleted, 9, &[case]), &organisation);
        day.absorb(&record(3, EventType::CaseStep, 5, &[case]), &organisation);
        assert!(day.cases.is_empty());
    }

    #[test]
    fn a_kept_day_is_read_back_as_it_was() {
        let day = folded(&[0, 1, 2, 3]);
        assert_eq!(HallDay::from_bytes(&crate::canonical(&day)), Some(day));
        assert_eq!(HallDay::from_bytes(b"nothing"), None);
    }

    #[test]
    fn a_service_that_ends_after_closing_opens_no_window() {
        let organisation = Organisation::default();
        let mut day = folded(&[0, 3, 4]);
        day.absorb(&record(4, EventType::WindowClosed, 40, &[(member::WINDOW, "2")]), &organisation);
        let (kind, minute, members) = &visit()[5];
        day.absorb(&record(5, *kind, *minute, members), &organisation);
        assert_eq!(day.windows["2"].state, WindowState::Closed);
        day.absorb(&record(6, EventType::QueueCalled, 50, &[(member::WINDOW, "2")]), &organisation);
        assert_eq!(day.windows["2"].state, WindowState::Open);
    }

    #[test]
    fn an_open_window_stalls_only_while_people_wait() {
        let organisation = Organisation::default();
        let mut day = HallDay::default();
        day.absorb(&record(1, EventType::WindowOpened, 0, &[(member::WINDOW, "1")]), &organisation);
        let thresholds = judge::Thresholds { wait_ms: 15 * MINUTE, stalled_ms: 10 * MINUTE, near_due_ms: 0 };
        let judged = |came: Option<i64>, minute, at_it: &[ServiceState]| {
            let mut lines = judge::Lines::default();
            let spot = Spot { window: Some("1".to_owned()), ..Spot::default() };
            came.into_iter().for_each(|minute| lines.add(&spot, Instant(minute * MINUTE)));
            let line = lines.before(&spot);
            judge::window(&day.windows["1"], at_it.iter().copied(), line, thresholds, Instant(minute * MINUTE))
        };
        use judge::WindowJudged::{Idle, Serving, Stalled};
        assert_eq!(judged(Some(-5), 9, &[]), Idle);
        assert_eq!(judged(Some(-5), 10, &[]), Stalled);
        assert_eq!(judged(None, 60, &[]), Idle);
        assert_eq!(judged(Some(0), 60, &[ServiceState::Serving]), Serving);
        assert_eq!(judged(Some(0), 60, &[ServiceState::Called]), Stalled, "a number that does not come is no service");
        assert_eq!(judged(Some(51), 60, &[]), Idle, "nobody had waited before");
        assert_eq!(judged(Some(50), 60, &[]), Stalled);
    }
}
