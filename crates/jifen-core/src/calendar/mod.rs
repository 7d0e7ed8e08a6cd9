//! Work calendars: notices of `organisation.calendar` events in, working time, working days and due times out.
//!
//! Scoring reads only what the journal brought; `holidays` is for those who write such events.
//!
//! **Meaning.** An instant is working time when the zone's wall clock then shows a working day and an hour that is open. So a change of the clock
//! counts the time that really passed: an hour that is skipped is no working time, an hour that comes twice counts twice.
//!
//! **Invariant.** A year without a notice is an error that names it, never "weekends only".

mod clock;
mod course;
pub mod holidays;
#[cfg(test)]
mod laws;
mod suspension;
#[cfg(test)]
mod vectors;
mod year;

use std::collections::BTreeMap;

use crate::time::{Date, Instant, Zone};
use clock::{DayHours, YearClock, YearView};
pub use course::{COURSE_DAYS_MAX, DayCourse, DayOf};
pub use year::{CalendarYear, CalendarYearError, On, OwnHours, Span};

/// The work calendar of one code: what is known of each year.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Calendar {
    years: BTreeMap<i16, YearClock>,
    /// The hours of every day of a year without a notice; `None` makes such a year unknown.
    otherwise: Option<DayHours>,
}

/// Why a calendar gives no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarError {
    /// The question touches a year that no notice describes. Years beyond `i16` show as its limits.
    #[error("the calendar knows nothing of year `{0}`; publish an `organisation.calendar` event for it")]
    UnknownYear(i16),
}

impl CalendarError {
    /// Stable text for facts, logs and locales: `calendar_year_unknown:2031`.
    pub fn code(&self) -> String {
        match self {
            Self::UnknownYear(year) => format!("calendar_year_unknown:{year}"),
        }
    }
}

impl Calendar {
    /// Works day and night in every year: the calendar of a region made by `import`.
    pub fn always() -> Self {
        Self::every_day(&[Span::WHOLE_DAY])
    }

    /// Works in `hours` on each day of every year, weekends and holidays too.
    pub fn every_day(hours: &[Span]) -> Self {
        Self { years: BTreeMap::new(), otherwise: Some(DayHours::new(hours)) }
    }

    /// Takes a year's notice, in place of an earlier one for the same year.
    pub fn insert(&mut self, notice: CalendarYear) {
        self.years.insert(notice.year, YearClock::new(notice));
    }

    /// The notices in force, by year.
    pub fn notices(&self) -> impl Iterator<Item = &CalendarYear> {
        self.years.values().map(YearClock::notice)
    }

    /// Whether `date` is a working day.
    pub fn is_working(&self, date: Date) -> Result<bool, CalendarError> {
        let day = i64::from(date.0);
        Ok(self.year_holding(day)?.is_working(day))
    }

    /// Working milliseconds of one full working day of `year`, for limits given in working days: half days do not shorten it.
    pub fn day_ms(&self, year: i16) -> Result<i64, CalendarError> {
        Ok(self.year_holding(clock::first_day(i64::from(year)))?.day_ms())
    }

    /// Working milliseconds in [`from`, `to`) without those in `suspended`; 0 when `to` is not after `from`.
    ///
    /// Suspensions are half open, may overlap and come in any order. Only years with time that counts must be known.
    /// Costs some steps per year and per change of the clock, however long the span.
    pub fn working_ms(
        &self,
        zone: &Zone,
        from: Instant,
        to: Instant,
        suspended: &[(Instant, Instant)],
    ) -> Result<i64, CalendarError> {
        let mut sum = 0;
        for (start, end) in suspension::running(from, to, suspended) {
            for stretch in stretches(zone, start, end) {
                sum += self.worked(stretch.local_from, stretch.local_to)?;
            }
        }
        Ok(sum)
    }

    /// The first instant at which `budget_ms` working milliseconds after `from` are used up; `from` itself when there is no budget.
    ///
    /// A budget that lasts exactly to closing time is due then, not when the next day opens.
    /// `Instant(i64::MAX)` when a suspension that never ends keeps it from being used up.
    pub fn due(
        &self,
        zone: &Zone,
        from: Instant,
        budget_ms: i64,
        suspended: &[(Instant, Instant)],
    ) -> Result<Instant, CalendarError> {
        if budget_ms <= 0 {
            return Ok(from);
        }
        let mut left = budget_ms;
        for (start, end) in suspension::running(from, Instant(i64::MAX), suspended) {
            for stretch in stretches(zone, start, end) {
                match self.spend(stretch.local_from, stretch.local_to, left)? {
                    Spent::UsedUpAt(local) => return Ok(Instant(local - stretch.offset_ms)),
                    Spent::Left(rest) => left = rest,
                }
            }
        }
        Ok(Instant(i64::MAX))
    }

    /// The `n`-th working day after `date`, which itself is not counted; `date` when `n` is 0.
    pub fn nth_working_day(&self, date: Date, n: u32) -> Result<Date, CalendarError> {
        let mut left = i64::from(n);
        let mut day = i64::from(date.0);
        if left == 0 {
            return Ok(date);
        }
        day += 1;
        loop {
            let year = self.year_holding(day)?;
            let before = year.working_days_before(day);
            let remaining = year.working_days_before(year.end_day()) - before;
            if left <= remaining {
                let found = year.working_day(before + left);
                return i32::try_from(found).map(Date).map_err(|_| CalendarError::UnknownYear(i16::MAX));
            }
            left -= remaining;
            day = year.end_day();
        }
    }

    /// Working milliseconds between two readings of an even wall clock.
    fn worked(&self, local_from: i64, local_to: i64) -> Result<i64, CalendarError> {
        let (mut sum, mut at) = (0, local_from);
        while at < local_to {
            let year = self.year_holding(clock::day_of(at))?;
            let end = local_to.min(year.end_ms());
            sum += year.worked_before(end) - year.worked_before(at);
            at = end;
        }
        Ok(sum)
    }

    /// Spends `budget_ms` (above 0) from one reading of an even wall clock to another.
    fn spend(&self, local_from: i64, local_to: i64, budget_ms: i64) -> Result<Spent, CalendarError> {
        let (mut left, mut at) = (budget_ms, local_from);
        while at < local_to {
            let year = self.year_holding(clock::day_of(at))?;
            let end = local_to.min(year.end_ms());
            let before = year.worked_before(at);
            let available = year.worked_before(end) - before;
            if left <= available {
                return Ok(Spent::UsedUpAt(year.reached_at(before + left)));
            }
            left -= available;
            at = end;
        }
        Ok(Spent::Left(left))
    }

    fn year_holding(&self, day: i64) -> Result<YearView<'_>, CalendarError> {
        let year = clock::year_of(day);
        let Ok(number) = i16::try_from(year) else {
            return Err(CalendarError::UnknownYear(if year < 0 { i16::MIN } else { i16::MAX }));
        };
        match (self.years.get(&number), &self.otherwise) {
            (Some(known), _) => Ok(known.view()),
            (None, Some(hours)) => Ok(YearView::every_day(year, hours)),
            (None, None) => Err(CalendarError::UnknownYear(number)),
        }
    }
}

/// What became of a budget.
enum Spent {
    /// Used up when the wall clock showed this.
    UsedUpAt(i64),
    /// So much is left at the end.
    Left(i64),
}

/// A part of a span in which the wall clock runs evenly.
struct Stretch {
    local_from: i64,
    local_to: i64,
    offset_ms: i64,
}

/// Cuts [`from`, `to`) where the zone's clock changes.
fn stretches(zone: &Zone, from: Instant, to: Instant) -> Stretches<'_> {
    Stretches { zone, at: from, end: to }
}

struct Stretches<'a> {
    zone: &'a Zone,
    at: Instant,
    end: Instant,
}

impl Iterator for Stretches<'_> {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        if self.at >= self.end {
            return None;
        }
        let offset_ms = self.zone.local_ms(self.at) - self.at.0;
        let stop = self.zone.next_change(self.at).filter(|change| *change < self.end).unwrap_or(self.end);
        let stretch = Stretch {
            local_from: self.at.0.saturating_add(offset_ms),
            local_to: stop.0.saturating_add(offset_ms),
            offset_ms,
        };
        self.at = stop;
        Some(stretch)
    }
}
