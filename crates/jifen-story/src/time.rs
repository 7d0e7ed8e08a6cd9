//! Clock times and days of a story, in the zone of its region.

use jifen_core::time::{Date, Instant, Zone};

/// Where a story's clock stands.
pub(crate) struct Clock {
    pub(crate) zone: Zone,
    day: Option<Date>,
    last: Instant,
}

/// What is set up before the first day is set up at this day's midnight.
const SETUP_DAY: &str = "2020-01-01";

impl Clock {
    pub(crate) fn new() -> Self {
        let zone = Zone::parse("Asia/Shanghai").unwrap_or_else(Zone::utc);
        Self { last: start_of(&zone, SETUP_DAY), zone, day: None }
    }

    /// Whether no day was named yet.
    pub(crate) fn is_setup(&self) -> bool {
        self.day.is_none()
    }

    pub(crate) fn change_zone(&mut self, zone: Zone) {
        self.last = start_of(&zone, SETUP_DAY);
        self.zone = zone;
    }

    /// Begins a day.
    pub(crate) fn begin(&mut self, day: Date) {
        self.day = Some(day);
        self.last = self.zone.day_start(day);
    }

    /// The time of a line: its own, else that of the line before.
    pub(crate) fn at(&mut self, time: Option<&str>) -> Option<Instant> {
        if let Some(text) = time {
            self.last = self.read(text)?;
        }
        Some(self.last)
    }

    /// `09:00`, `09:00:20`, `09:00:20.001` of the day, or `2026-11-23T09:00`.
    pub(crate) fn read(&self, text: &str) -> Option<Instant> {
        let (day, clock) = match text.split_once('T') {
            Some((day, clock)) => (Date::parse(day)?, clock),
            None => (self.day?, text),
        };
        let mut parts = clock.split(':');
        let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (second, milli) = match parts.next() {
            None => (0, 0),
            Some(text) => {
                let (second, milli) = text.split_once('.').unwrap_or((text, "0"));
                (second.parse().ok()?, format!("{milli:0<3}").parse::<i32>().ok()?)
            }
        };
        let sound = hour < 24 && minute < 60 && second < 60 && milli < 1000 && parts.next().is_none();
        let local = sound.then(|| day.civil().at(hour, minute, second, milli * 1_000_000))?;
        self.zone.instant(local)
    }
}

fn start_of(zone: &Zone, day: &str) -> Instant {
    Date::parse(day).map_or(Instant(0), |day| zone.day_start(day))
}

/// Whether a word is a clock time.
pub(crate) fn is_clock(word: &str) -> bool {
    word.len() >= 5
        && word.as_bytes()[2] == b':'
        && word.bytes().all(|byte| byte.is_ascii_digit() || b":.".contains(&byte))
}
