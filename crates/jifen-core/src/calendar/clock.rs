//! The arithmetic of one year by an even wall clock: sums of working days made once per notice, so that a span costs a look-up at each end.
//!
//! Days are counted from 1970-01-01 and readings of the wall clock in milliseconds from its midnight, both as `i64`.

use super::year::{CalendarYear, On, Span};
use crate::time::{DAY_MS, Date};

/// The opening hours of a day, sorted and apart.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct DayHours {
    spans_ms: Vec<(i64, i64)>,
    day_ms: i64,
}

impl DayHours {
    /// Hours that overlap are merged, those beyond the day are cut off.
    pub(super) fn new(hours: &[Span]) -> Self {
        let mut sorted = hours.to_vec();
        sorted.sort_unstable();
        let mut spans_ms: Vec<(i64, i64)> = Vec::new();
        let mut open_until = 0;
        for span in sorted {
            let start = (i64::from(span.from_minute) * 60_000).max(open_until);
            let end = (i64::from(span.to_minute) * 60_000).min(DAY_MS);
            if start < end {
                spans_ms.push((start, end));
                open_until = end;
            }
        }
        let day_ms = spans_ms.iter().map(|(start, end)| end - start).sum();
        Self { spans_ms, day_ms }
    }

    /// Working milliseconds from midnight to `time_ms`.
    fn worked_before(&self, time_ms: i64) -> i64 {
        self.spans_ms.iter().map(|&(start, end)| (time_ms.min(end) - start).max(0)).sum()
    }

    /// The first time of day with `worked_ms` behind it, which lies above 0 and within the day's hours.
    fn reached_at(&self, worked_ms: i64) -> i64 {
        let mut left = worked_ms;
        for &(start, end) in &self.spans_ms {
            if left <= end - start {
                return start + left;
            }
            left -= end - start;
        }
        DAY_MS
    }
}

/// A notice with its sums.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct YearClock {
    notice: CalendarYear,
    /// The notice's own, then those of some days.
    hours: Vec<DayHours>,
    /// At index i: which of `hours` the year's i-th day has.
    day_hours: Vec<u16>,
    /// At index i: how many of the year's first i days are worked; one entry more than the year has days.
    working_days: Vec<u16>,
    /// At index i: their working milliseconds.
    working_ms: Vec<i64>,
}

impl YearClock {
    /// Days of other years are ignored; a day both off and worked is worked.
    pub(super) fn new(notice: CalendarYear) -> Self {
        let (first, end) = (first_day(i64::from(notice.year)), first_day(i64::from(notice.year) + 1));
        let mut works: Vec<bool> =
            (first..end).map(|day| notice.week[usize::from(Date(day as i32).weekday())]).collect();
        let days = notice.off_days.iter().map(|day| (day, false)).chain(notice.work_days.iter().map(|day| (day, true)));
        for (day, worked) in days {
            let index = usize::try_from(i64::from(day.0) - first).ok();
            if let Some(entry) = index.and_then(|index| works.get_mut(index)) {
                *entry = worked;
            }
        }
        let (hours, day_hours) = Self::own_hours(&notice, first, &mut works);
        let (mut working_days, mut working_ms) = (vec![0], vec![0]);
        let (mut count, mut sum) = (0, 0);
        for (worked, own) in works.into_iter().zip(&day_hours) {
            count += u16::from(worked);
            sum += if worked { hours[usize::from(*own)].day_ms } else { 0 };
            working_days.push(count);
            working_ms.push(sum);
        }
        Self { notice, hours, day_hours, working_days, working_ms }
    }

    /// The different hours there are, and which of them each day has; closes and opens days that have their own.
    fn own_hours(notice: &CalendarYear, first: i64, works: &mut [bool]) -> (Vec<DayHours>, Vec<u16>) {
        let mut hours = vec![DayHours::new(&notice.hours)];
        hours.extend(notice.own_hours.iter().map(|own| DayHours::new(&own.hours)));
        let day_hours = works.iter_mut().enumerate().map(|(index, works)| {
            let day = Date((first + index as i64) as i32);
            let last = |on: On| notice.own_hours.iter().rposition(|own| own.on == on);
            let weekly = || last(On::Weekday(day.weekday())).filter(|_| !notice.work_days.contains(&day));
            let dated = last(On::Date(day));
            let Some(own) = dated.or_else(weekly) else { return 0 };
            let open = !notice.own_hours[own].hours.is_empty();
            *works = open && (*works || dated.is_some());
            own as u16 + 1
        });
        let day_hours = day_hours.collect();
        (hours, day_hours)
    }

    pub(super) fn notice(&self) -> &CalendarYear {
        &self.notice
    }

    pub(super) fn view(&self) -> YearView<'_> {
        YearView { days: Days::Counted(self), ..YearView::every_day(i64::from(self.notice.year), &self.hours[0]) }
    }
}

/// A year to ask, with a notice or without.
pub(super) struct YearView<'a> {
    first_day: i64,
    end_day: i64,
    days: Days<'a>,
    hours: &'a DayHours,
}

/// Which days of a year are worked.
enum Days<'a> {
    /// All of them.
    Every,
    /// As the notice says.
    Counted(&'a YearClock),
}

impl<'a> YearView<'a> {
    /// A year that works on all its days.
    pub(super) fn every_day(year: i64, hours: &'a DayHours) -> Self {
        Self { first_day: first_day(year), end_day: first_day(year + 1), days: Days::Every, hours }
    }

    /// The first day of the next year.
    pub(super) fn end_day(&self) -> i64 {
        self.end_day
    }

    /// The wall clock at the year's end.
    pub(super) fn end_ms(&self) -> i64 {
        self.end_day * DAY_MS
    }

    /// Working milliseconds of a day without hours of its own.
    pub(super) fn day_ms(&self) -> i64 {
        self.hours.day_ms
    }

    pub(super) fn is_working(&self, day: i64) -> bool {
        self.working_days_before(day + 1) > self.working_days_before(day)
    }

    /// Working days of this year before `day`, which lies within it or is its end.
    pub(super) fn working_days_before(&self, day: i64) -> i64 {
        let index = (day.min(self.end_day) - self.first_day).max(0);
        match self.days {
            Days::Every => index,
            Days::Counted(year) => i64::from(year.working_days[index as usize]),
        }
    }

    /// The year's `number`-th working day, counted from 1; it must have so many.
    pub(super) fn working_day(&self, number: i64) -> i64 {
        let index = match self.days {
            Days::Every => number - 1,
            Days::Counted(year) => year.working_days.partition_point(|&count| i64::from(count) < number) as i64 - 1,
        };
        self.first_day + index
    }

    /// Working milliseconds of this year before the wall clock shows `local_ms`, within the year or at its end.
    pub(super) fn worked_before(&self, local_ms: i64) -> i64 {
        let day = day_of(local_ms);
        let whole_days = self.worked_days_ms(day);
        if day < self.end_day && self.is_working(day) {
            whole_days + self.hours_of(day).worked_before(local_ms - day * DAY_MS)
        } else {
            whole_days
        }
    }

    /// Working milliseconds of this year's days before `day`, which lies within it or is its end.
    fn worked_days_ms(&self, day: i64) -> i64 {
        let index = (day.min(self.end_day) - self.first_day).max(0);
        match self.days {
            Days::Every => index * self.hours.day_ms,
            Days::Counted(year) => year.working_ms[index as usize],
        }
    }

    /// The hours of a day of this year.
    fn hours_of(&self, day: i64) -> &DayHours {
        match self.days {
            Days::Every => self.hours,
            Days::Counted(year) => &year.hours[usize::from(year.day_hours[(day - self.first_day) as usize])],
        }
    }

    /// What the wall clock shows when `worked_ms` of this year's working time have first passed; above 0 and within the year's sum.
    pub(super) fn reached_at(&self, worked_ms: i64) -> i64 {
        let day = match self.days {
            Days::Every => self.first_day + (worked_ms - 1) / self.hours.day_ms,
            Days::Counted(year) => {
                self.first_day + year.working_ms.partition_point(|&before| before < worked_ms) as i64 - 1
            }
        };
        day * DAY_MS + self.hours_of(day).reached_at(worked_ms - self.worked_days_ms(day))
    }
}

/// The day of a reading of the wall clock.
pub(super) fn day_of(local_ms: i64) -> i64 {
    local_ms.div_euclid(DAY_MS)
}

/// The first day of `year`.
pub(super) fn first_day(year: i64) -> i64 {
    let before = year - 1;
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - DAYS_TO_1970
}

/// The year of a day. Unlike `jiff`, good for any day an `i64` of milliseconds can name.
pub(super) fn year_of(day: i64) -> i64 {
    // A year is never further than one from this estimate by mean length (400 years have 146,097 days).
    let estimate = (day * 400).div_euclid(146_097) + 1970;
    if day < first_day(estimate) {
        estimate - 1
    } else if day >= first_day(estimate + 1) {
        estimate + 1
    } else {
        estimate
    }
}

/// Days from 0001-01-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_162;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_agree_with_the_civil_calendar() {
        for year in -9_000..9_900 {
            let first = Date::new(year, 1, 1).expect("a day");
            assert_eq!(first_day(i64::from(year)), i64::from(first.0));
            assert_eq!(year_of(i64::from(first.0)), i64::from(year));
            assert_eq!(year_of(i64::from(first.0) - 1), i64::from(year) - 1);
        }
    }

    #[test]
    fn hours_are_sorted_merged_and_cut() {
        let span = |from_minute, to_minute| Span { from_minute, to_minute };
        let hours = DayHours::new(&[span(1380, 2000), span(60, 120), span(90, 180), span(100, 110), span(300, 300)]);
        assert_eq!(hours.day_ms, 180 * 60_000);
        assert_eq!(hours.worked_before(100 * 60_000), 40 * 60_000);
        assert_eq!(hours.reached_at(121 * 60_000), 1381 * 60_000);
    }
}
