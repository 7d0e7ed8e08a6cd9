//! The records of the organisation, and the timelines that keep them in the events' own order.

use minicbor::{Decode, Encode};

use super::{Order, Role};
use crate::{
    calendar::{CalendarYear, On, OwnHours, Span},
    event::{Event, Members, Value, member},
    id::{ActorId, ActorRef},
    time::{Date, Instant},
};

/// Values in the order of the events that set them.
#[derive(Clone, Debug)]
pub struct Timeline<T>(Vec<(Order, T)>);

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Timeline<T> {
    /// Puts a value where its event stands; gives the time from which it changes what [`Timeline::at`] says.
    pub fn insert(&mut self, order: Order, value: T) -> Instant {
        let from = order.0;
        let index = match self.0.binary_search_by(|(other, _)| other.cmp(&order)) {
            Ok(index) => {
                self.0[index].1 = value;
                index
            }
            Err(index) => {
                self.0.insert(index, (order, value));
                index
            }
        };
        if index == 0 { Instant::MIN } else { from }
    }

    /// The time from which a value put at `order` would change what [`Timeline::at`] says.
    pub(super) fn reach(&self, order: &Order) -> Instant {
        match self.0.first() {
            Some((first, _)) if first < order => order.0,
            _ => Instant::MIN,
        }
    }

    /// The last value.
    pub fn last(&self) -> Option<&T> {
        self.0.last().map(|(_, value)| value)
    }

    /// The value at `time`; before the first one, the first (what was set up late holds from the beginning).
    pub fn at(&self, time: Instant) -> Option<&T> {
        let after = self.0.partition_point(|(order, _)| order.0 <= time);
        self.0.get(after.saturating_sub(1)).map(|(_, value)| value)
    }

    /// When the first value was set.
    pub fn since(&self) -> Option<Instant> {
        self.0.first().map(|(order, _)| order.0)
    }

    /// All values in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Order, &T)> {
        self.0.iter().map(|(order, value)| (order, value))
    }
}

/// Kind of an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum ActorKind {
    /// A person: scored and ranked.
    #[n(0)]
    Person,
    /// A system account: scored, never ranked.
    #[n(1)]
    System,
    /// Not yet identified: awards wait.
    #[n(2)]
    Unknown,
}

impl ActorKind {
    /// The word of events and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::System => "system",
            Self::Unknown => "unknown",
        }
    }

    /// The kind an event names; a person where it names none.
    pub(super) fn parse(word: Option<&str>) -> Self {
        match word {
            Some("system") => Self::System,
            _ => Self::Person,
        }
    }
}

/// A department.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Department {
    /// Name.
    pub name: Option<String>,
    /// Its hall.
    pub hall: Option<String>,
}

/// A window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// Name.
    pub name: Option<String>,
    /// Its hall.
    pub hall: Option<String>,
    /// The department it serves for.
    pub department: Option<String>,
    /// Zone inside the hall.
    pub zone: Option<String>,
}

/// A matter and its limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matter {
    /// Name.
    pub name: Option<String>,
    /// Department in charge.
    pub department: Option<String>,
    /// Promised limit in milliseconds of working time.
    pub promised_ms: Option<i64>,
    /// Promised limit in working days.
    pub promised_days: Option<i64>,
    /// Statutory limit in working days.
    pub statutory_days: Option<i64>,
    /// Standard service time in milliseconds.
    pub standard_ms: Option<i64>,
    /// Calendar of its limits, else the region's.
    pub calendar: Option<String>,
}

impl Matter {
    pub(super) fn of(data: &Members) -> Self {
        Self {
            name: data.text(member::NAME).map(str::to_owned),
            department: data.text(member::DEPARTMENT).map(str::to_owned),
            promised_ms: data.integer(member::PROMISED_MS),
            promised_days: data.integer(member::PROMISED_DAYS),
            statutory_days: data.integer(member::STATUTORY_DAYS),
            standard_ms: data.integer(member::STANDARD_MS),
            calendar: data.text(member::CALENDAR).map(str::to_owned),
        }
    }
}

/// A registered person or system account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Kind of account.
    pub kind: ActorKind,
    /// Home department.
    pub department: Option<String>,
    /// Home window.
    pub window: Option<String>,
    /// Home hall.
    pub hall: Option<String>,
}

/// What an `actor.identified` event said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The person it is; `None`: a person or account of its own.
    pub person: Option<ActorId>,
    /// Kind of account.
    pub kind: ActorKind,
}

/// A roster event, or one about a post.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shift {
    /// Who.
    pub person: ActorRef,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive); open without.
    pub to: Option<Instant>,
    /// Assigned, or an assignment ended at `from`.
    pub assigned: bool,
    /// As what; a post has none, and is its first.
    pub role: Role,
}

impl Shift {
    /// Reads an event about who is where from when on.
    pub(super) fn of(event: &Event, assigned: bool) -> Option<Self> {
        let data = &event.data;
        let (from, to) = (data.time(member::FROM)?, data.time(member::TO));
        Some(Self { person: data.actor(member::PERSON)?, from, to, assigned, role: Role::of(event) })
    }

    /// Of all events about one place the assignments that cover `time` and were not ended, the last in the events' order first.
    pub(super) fn standing(line: &Timeline<Self>, time: Instant) -> impl Iterator<Item = &Self> {
        let ends = move |order: &Order, shift: &Self, (later, end): (&Order, &Self)| {
            !end.assigned && end.person == shift.person && end.from <= time && later > order
        };
        let stands = move |order: &Order, shift: &Self| !line.iter().any(|end| ends(order, shift, end));
        let covering = line.iter().rev().filter(move |(_, shift)| shift.assigned && shift.covers(time));
        covering.filter(move |(order, shift)| stands(order, shift)).map(|(_, shift)| shift)
    }

    fn covers(&self, time: Instant) -> bool {
        self.from <= time && self.to.is_none_or(|to| time < to)
    }
}

/// The region's settings; each `None` until an event sets it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Name of the region.
    pub name: Option<String>,
    /// Time zone.
    pub time_zone: Option<String>,
    /// Services shorter than this are held; 0 = no limit.
    pub suspicion_min_ms: Option<i64>,
    /// Services longer than this are held; 0 = no limit.
    pub suspicion_max_ms: Option<i64>,
    /// Levels from here on count as satisfied.
    pub satisfied_level: Option<i64>,
    /// Calendar of limits.
    pub calendar: Option<String>,
    /// Facts needed to be ranked.
    pub rank_facts_min: Option<i64>,
    /// Simulated data.
    pub simulated: Option<bool>,
    /// Promised wait.
    pub wait_promised_ms: Option<i64>,
    /// An open window with people waiting that calls nobody for this long stalls.
    pub stalled_ms: Option<i64>,
    /// Cases due within this are nearly due.
    pub near_due_ms: Option<i64>,
    /// Whether the public sees the halls' indicators.
    pub public: Option<bool>,
    /// Approvals a draft of rules needs; what without is in [`crate::committee::Terms`], as for the next two.
    pub approvals_min: Option<i64>,
    /// Kinds of members they must come from.
    pub approval_kinds_min: Option<i64>,
    /// Days of notice before rules come into force.
    pub notice_days: Option<i64>,
}

impl Settings {
    /// Default of [`Settings::suspicion_min_ms`]: shorter services are mostly mis-clicks.
    pub const SUSPICION_MIN_MS: i64 = 30_000;
    /// Default of [`Settings::suspicion_max_ms`]: a longer one was never ended by hand.
    pub const SUSPICION_MAX_MS: i64 = 24 * 3_600_000;
    /// Default of [`Settings::satisfied_level`]: 基本满意 and above.
    pub const SATISFIED_LEVEL: i64 = 3;
    /// Default of [`Settings::rank_facts_min`].
    pub const RANK_FACTS_MIN: i64 = 1;
    /// Default of [`Settings::wait_promised_ms`].
    pub const WAIT_PROMISED_MS: i64 = 15 * 60_000;
    /// Default of [`Settings::stalled_ms`].
    pub const STALLED_MS: i64 = 10 * 60_000;
    /// Default of [`Settings::near_due_ms`].
    pub const NEAR_DUE_MS: i64 = 24 * 3_600_000;

    pub(super) fn of(data: &Members) -> Self {
        Self {
            name: data.text(member::NAME).map(str::to_owned),
            time_zone: data.text(member::TIME_ZONE).map(str::to_owned),
            suspicion_min_ms: data.integer(member::SUSPICION_MIN_MS),
            suspicion_max_ms: data.integer(member::SUSPICION_MAX_MS),
            satisfied_level: data.integer(member::SATISFIED_LEVEL),
            calendar: data.text(member::CALENDAR).map(str::to_owned),
            rank_facts_min: data.integer(member::RANK_FACTS_MIN),
            simulated: data.boolean(member::SIMULATED),
            wait_promised_ms: data.integer(member::WAIT_PROMISED_MS),
            stalled_ms: data.integer(member::STALLED_MS),
            near_due_ms: data.integer(member::NEAR_DUE_MS),
            public: data.boolean(member::PUBLIC),
            approvals_min: data.integer(member::APPROVALS_MIN),
            approval_kinds_min: data.integer(member::APPROVAL_KINDS_MIN),
            notice_days: data.integer(member::NOTICE_DAYS),
        }
    }

    pub(super) fn overlay(&mut self, next: &Self) {
        let next = next.clone();
        self.name = next.name.or(self.name.take());
        self.time_zone = next.time_zone.or(self.time_zone.take());
        self.suspicion_min_ms = next.suspicion_min_ms.or(self.suspicion_min_ms);
        self.suspicion_max_ms = next.suspicion_max_ms.or(self.suspicion_max_ms);
        self.satisfied_level = next.satisfied_level.or(self.satisfied_level);
        self.calendar = next.calendar.or(self.calendar.take());
        self.rank_facts_min = next.rank_facts_min.or(self.rank_facts_min);
        self.simulated = next.simulated.or(self.simulated);
        self.wait_promised_ms = next.wait_promised_ms.or(self.wait_promised_ms);
        self.stalled_ms = next.stalled_ms.or(self.stalled_ms);
        self.near_due_ms = next.near_due_ms.or(self.near_due_ms);
        self.public = next.public.or(self.public);
        self.approvals_min = next.approvals_min.or(self.approvals_min);
        self.approval_kinds_min = next.approval_kinds_min.or(self.approval_kinds_min);
        self.notice_days = next.notice_days.or(self.notice_days);
    }
}

/// Reads an `organisation.calendar` event; `None` where its texts are malformed.
pub(super) fn calendar_year(data: &Members) -> Option<CalendarYear> {
    let dates = |id| match data.get(id) {
        Some(Value::Dates(dates)) => dates.clone(),
        _ => Vec::new(),
    };
    let week = match data.text(member::WEEK) {
        None => CalendarYear::WEEKDAYS,
        Some(text) => {
            let days: Vec<bool> = text.chars().map(|c| c == '1').collect();
            days.try_into().ok()?
        }
    };
    let (hours, own_hours) = match data.get(member::HOURS) {
        Some(Value::Texts(texts)) => calendar_hours(texts)?,
        _ => (vec![Span::WHOLE_DAY], Vec::new()),
    };
    let year = CalendarYear {
        year: i16::try_from(data.integer(member::YEAR)?).ok()?,
        off_days: dates(member::OFF_DAYS),
        work_days: dates(member::WORK_DAYS),
        week,
        hours,
        own_hours,
    };
    year.check().is_ok().then_some(year)
}

/// `09:00-12:00` for every day; `sat/09:00-12:00` and `2026-02-16/09:00-12:00` for some, `2026-03-05/closed` for none.
fn calendar_hours(texts: &[String]) -> Option<(Vec<Span>, Vec<OwnHours>)> {
    let (mut hours, mut own) = (Vec::new(), Vec::<OwnHours>::new());
    for text in texts {
        let Some((days, times)) = text.split_once('/') else {
            hours.push(span(text)?);
            continue;
        };
        let weekday = WEEKDAYS.iter().position(|name| *name == days).and_then(|index| u8::try_from(index).ok());
        let on = weekday.map(On::Weekday).or_else(|| Date::parse(days).map(On::Date))?;
        let index = own.iter().position(|own| own.on == on).unwrap_or(own.len());
        if index == own.len() {
            own.push(OwnHours { on, hours: Vec::new() });
        }
        match times {
            // Closed, and nothing else that day.
            "closed" if own[index].hours.is_empty() => {}
            _ => own[index].hours.push(span(times)?),
        }
    }
    Some((hours, own))
}

/// As `hours` names them.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `09:00-12:00`.
fn span(text: &str) -> Option<Span> {
    let minute = |clock: &str| {
        let (hour, minute) = clock.split_once(':')?;
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
    };
    let (from, to) = text.split_once('-')?;
    Some(Span { from_minute: minute(from)?, to_minute: minute(to)? })
}

/// Whether an `organisation.calendar` event's texts are well formed.
pub fn calendar_is_sound(data: &Members) -> bool {
    calendar_year(data).is_some()
}
