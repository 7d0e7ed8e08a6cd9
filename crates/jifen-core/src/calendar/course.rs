//! A span day by day: what kind of day each was, and how much of it counted. The sums of [`Calendar::working_ms`], laid open.

use super::{Calendar, CalendarError, On};
use crate::time::{Date, Instant, Zone};

/// Longest course, in days.
pub const COURSE_DAYS_MAX: usize = 1_000;

/// What a calendar makes of a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DayOf {
    /// 工作日.
    Working,
    /// 调休上班: worked, though the week has it off.
    MakeUp,
    /// With hours of its own, as a half day.
    OwnHours,
    /// 公休日: the week has it off.
    Weekend,
    /// 放假: off by the notice.
    Holiday,
    /// 停办: closed by the notice.
    Closed,
}

impl DayOf {
    /// Stable word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::MakeUp => "make_up",
            Self::OwnHours => "own_hours",
            Self::Weekend => "weekend",
            Self::Holiday => "holiday",
            Self::Closed => "closed",
        }
    }
}

/// One day of a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DayCourse {
    /// The day.
    pub date: Date,
    /// What kind of day.
    pub day: DayOf,
    /// Working milliseconds of the span on this day, suspensions out.
    pub worked_ms: i64,
    /// Those that suspensions took.
    pub suspended_ms: i64,
}

impl Calendar {
    /// What kind of day it is.
    ///
    /// # Errors
    /// A year no notice describes.
    pub fn day_of(&self, date: Date) -> Result<DayOf, CalendarError> {
        let works = self.is_working(date)?;
        let year = self.years.get(&date.civil().year());
        let Some(notice) = year.map(|year| year.notice()) else { return Ok(DayOf::Working) };
        let weekly = notice.week[usize::from(date.weekday())];
        let own = |on: On| notice.own_hours.iter().any(|own| own.on == on);
        let made_up = notice.work_days.contains(&date);
        Ok(match works {
            true if own(On::Date(date)) || (!made_up && own(On::Weekday(date.weekday()))) => DayOf::OwnHours,
            true if made_up && !weekly => DayOf::MakeUp,
            true => DayOf::Working,
            false if notice.off_days.contains(&date) => DayOf::Holiday,
            false if weekly => DayOf::Closed,
            false => DayOf::Weekend,
        })
    }

    /// The days that [`from`, `to`) touches, at most [`COURSE_DAYS_MAX`].
    ///
    /// # Errors
    /// A year no notice describes.
    pub fn course(
        &self,
        zone: &Zone,
        from: Instant,
        to: Instant,
        suspended: &[(Instant, Instant)],
    ) -> Result<Vec<DayCourse>, CalendarError> {
        let mut days = Vec::new();
        let (mut date, mut at) = (zone.date(from), from);
        while at < to && days.len() < COURSE_DAYS_MAX {
            // A zone may leave a day out (Samoa, 2011-12-30): the next begins with the one after it.
            let end = zone.day_start(date.plus(1)).max(at).min(to);
            if at < end {
                let worked_ms = self.working_ms(zone, at, end, suspended)?;
                let suspended_ms = self.working_ms(zone, at, end, &[])? - worked_ms;
                days.push(DayCourse { date, day: self.day_of(date)?, worked_ms, suspended_ms });
            }
            (date, at) = (date.plus(1), end);
        }
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{OwnHours, Span, holidays};

    #[test]
    fn every_day_says_what_it_was() {
        let mut notice = holidays::china(2026).expect("a known year");
        let date = |text: &str| Date::parse(text).expect(text);
        notice.own_hours = vec![
            OwnHours { on: On::Date(date("2026-09-29")), hours: vec![] },
            OwnHours { on: On::Date(date("2026-09-30")), hours: vec![Span { from_minute: 540, to_minute: 720 }] },
        ];
        let mut calendar = Calendar::default();
        calendar.insert(notice);
        let zone = Zone::parse("Asia/Shanghai").expect("zone");
        let at = |text: &str| Instant::parse(text).expect(text);
        // From 2026-09-26 10:00, in the Mid-Autumn holiday, to 2026-10-10 10:00 (a Saturday worked), with a morning's suspension.
        let stop = [(at("2026-10-08T09:00:00+08:00"), at("2026-10-08T12:00:00+08:00"))];
        let (from, to) = (at("2026-09-26T10:00:00+08:00"), at("2026-10-10T10:00:00+08:00"));
        let course = calendar.course(&zone, from, to, &stop).expect("known years");
        let told: Vec<(String, &str, i64, i64)> = course
            .iter()
            .map(|day| {
                let hours = |ms: i64| ms / 3_600_000;
                (day.date.to_string()[5..].to_owned(), day.day.name(), hours(day.worked_ms), hours(day.suspended_ms))
            })
            .collect();
        let expected = [
            ("09-26", "holiday", 0, 0),
            ("09-27", "holiday", 0, 0),
            ("09-28", "working", 7, 0),
            ("09-29", "closed", 0, 0),
            ("09-30", "own_hours", 3, 0),
            ("10-01", "holiday", 0, 0),
            ("10-02", "holiday", 0, 0),
            ("10-03", "holiday", 0, 0),
            ("10-04", "holiday", 0, 0),
            ("10-05", "holiday", 0, 0),
            ("10-06", "holiday", 0, 0),
            ("10-07", "holiday", 0, 0),
            ("10-08", "working", 4, 3),
            ("10-09", "working", 7, 0),
            ("10-10", "make_up", 1, 0),
        ];
        let expected: Vec<_> = expected.iter().map(|(a, b, c, d)| ((*a).to_owned(), *b, *c, *d)).collect();
        assert_eq!(told, expected);
        let sum: i64 = course.iter().map(|day| day.worked_ms).sum();
        assert_eq!(Ok(sum), calendar.working_ms(&zone, from, to, &stop));
    }
}
