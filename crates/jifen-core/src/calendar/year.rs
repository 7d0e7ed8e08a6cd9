//! One year's notice of a work calendar, as the journal carries it, and what intake refuses in one.

use minicbor::{Decode, Encode};

use crate::time::Date;

/// Minutes of a day.
const DAY_MINUTES: u16 = 1440;

/// Opening hours within a day: minutes since midnight by the wall clock, the end excluded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Span {
    /// First minute that counts.
    #[n(0)]
    pub from_minute: u16,
    /// First minute that does not, at most 1440.
    #[n(1)]
    pub to_minute: u16,
}

impl Span {
    /// Midnight to midnight.
    pub const WHOLE_DAY: Self = Self { from_minute: 0, to_minute: DAY_MINUTES };
    /// 9:00–12:00 and 13:00–17:00, the hours of a hall that names no others.
    pub const OFFICE_HOURS: [Self; 2] =
        [Self { from_minute: 540, to_minute: 720 }, Self { from_minute: 780, to_minute: 1020 }];
}

/// Hours of some days in place of the notice's: half days, short days, closures.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct OwnHours {
    /// Which days.
    #[n(0)]
    pub on: On,
    /// Their hours; none: the hall is closed.
    #[n(1)]
    pub hours: Vec<Span>,
}

/// The days that have hours of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum On {
    /// Every working day of this day of the week, Monday 0, that `week` has worked; a make-up day keeps the notice's hours.
    #[n(0)]
    Weekday(#[n(0)] u8),
    /// One day, worked whatever `week` says, unless it is closed.
    #[n(1)]
    Date(#[n(0)] Date),
}

/// One year's notice of a calendar. A night shift is two spans, one up to midnight and one from it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct CalendarYear {
    /// The year, by the local calendar.
    #[n(0)]
    pub year: i16,
    /// Days off. One that `week` has off anyway changes nothing, but matters to a hall that opens at weekends.
    #[n(1)]
    pub off_days: Vec<Date>,
    /// Days worked that `week` has off (调休).
    #[n(2)]
    pub work_days: Vec<Date>,
    /// Which days of the week are worked, Monday first.
    #[n(3)]
    pub week: [bool; 7],
    /// The hours of every working day that has none of its own.
    #[n(4)]
    pub hours: Vec<Span>,
    /// Hours of some days; a date goes before a day of the week, the later of two before the earlier.
    #[n(5)]
    #[cbor(default)]
    pub own_hours: Vec<OwnHours>,
}

/// Why a notice is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarYearError {
    /// A day of another year.
    #[error("day `{0}` is not in the year of the notice; put it in the notice of its own year")]
    OtherYear(Date),
    /// A day both off and worked.
    #[error("day `{0}` is both off and worked; remove it from one of the lists")]
    OffAndWorked(Date),
    /// A day off that has hours.
    #[error("day `{0}` is off and has hours of its own; remove it from the days off")]
    OffWithHours(Date),
    /// Hours that are empty, end before they begin or go beyond the day.
    #[error("hours `{}`–`{}` must begin before they end, by minute 1440 at the latest", .0.from_minute, .0.to_minute)]
    BadHours(Span),
    /// Hours that begin before the hours listed ahead of them end.
    #[error("hours `{}`–`{}` overlap others or are out of order", .0.from_minute, .0.to_minute)]
    OverlappingHours(Span),
}

impl CalendarYearError {
    /// Stable text for problems, logs and locales.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherYear(_) => "calendar_day_of_other_year",
            Self::OffAndWorked(_) => "calendar_day_off_and_worked",
            Self::OffWithHours(_) => "calendar_day_off_with_hours",
            Self::BadHours(_) => "calendar_hours_invalid",
            Self::OverlappingHours(_) => "calendar_hours_overlap",
        }
    }
}

impl CalendarYear {
    /// Monday to Friday.
    pub const WEEKDAYS: [bool; 7] = [true, true, true, true, true, false, false];

    /// A year of office hours from Monday to Friday without holidays.
    pub fn new(year: i16) -> Self {
        Self {
            year,
            off_days: Vec::new(),
            work_days: Vec::new(),
            week: Self::WEEKDAYS,
            hours: Span::OFFICE_HOURS.to_vec(),
            own_hours: Vec::new(),
        }
    }

    /// Checks what intake must refuse; no hours at all means that nothing is ever worked.
    pub fn check(&self) -> Result<(), CalendarYearError> {
        for &day in self.off_days.iter().chain(&self.work_days) {
            if day.civil().year() != self.year {
                return Err(CalendarYearError::OtherYear(day));
            }
        }
        if let Some(&day) = self.off_days.iter().find(|day| self.work_days.contains(day)) {
            return Err(CalendarYearError::OffAndWorked(day));
        }
        check_hours(&self.hours)?;
        for OwnHours { on, hours } in &self.own_hours {
            match on {
                On::Date(day) if day.civil().year() != self.year => return Err(CalendarYearError::OtherYear(*day)),
                On::Date(day) if self.off_days.contains(day) => return Err(CalendarYearError::OffWithHours(*day)),
                On::Date(_) | On::Weekday(_) => check_hours(hours)?,
            }
        }
        Ok(())
    }
}

fn check_hours(hours: &[Span]) -> Result<(), CalendarYearError> {
    let mut open_until = 0;
    for &span in hours {
        if span.from_minute >= span.to_minute || span.to_minute > DAY_MINUTES {
            return Err(CalendarYearError::BadHours(span));
        }
        if span.from_minute < open_until {
            return Err(CalendarYearError::OverlappingHours(span));
        }
        open_until = span.to_minute;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect(text)
    }

    fn span(from_minute: u16, to_minute: u16) -> Span {
        Span { from_minute, to_minute }
    }

    #[test]
    fn notices_are_checked() {
        let code = |change: fn(&mut CalendarYear)| {
            let mut notice = CalendarYear::new(2026);
            change(&mut notice);
            notice.check().err().map(|error| error.code())
        };
        assert_eq!(code(|_| ()), None);
        assert_eq!(code(|n| n.hours = vec![Span::WHOLE_DAY]), None);
        assert_eq!(code(|n| n.hours = vec![]), None);
        assert_eq!(code(|n| n.off_days = vec![date("2027-01-01")]), Some("calendar_day_of_other_year"));
        assert_eq!(code(|n| n.work_days = vec![date("2025-12-31")]), Some("calendar_day_of_other_year"));
        assert_eq!(
            code(|n| {
                n.off_days = vec![date("2026-10-01")];
                n.work_days = vec![date("2026-10-01")];
            }),
            Some("calendar_day_off_and_worked")
        );
        assert_eq!(code(|n| n.hours = vec![span(600, 600)]), Some("calendar_hours_invalid"));
        assert_eq!(code(|n| n.hours = vec![span(600, 1441)]), Some("calendar_hours_invalid"));
        assert_eq!(code(|n| n.hours = vec![span(540, 720), span(700, 900)]), Some("calendar_hours_overlap"));
        let own = |day: &str, hours: Vec<Span>| vec![OwnHours { on: On::Date(date(day)), hours }];
        assert_eq!(code(|n| n.own_hours = vec![OwnHours { on: On::Weekday(5), hours: vec![span(540, 720)] }]), None);
        let mut notice = CalendarYear { off_days: vec![date("2026-10-01")], ..CalendarYear::new(2026) };
        for (hours, expected) in [
            (own("2026-10-08", vec![]), None),
            (own("2026-10-01", vec![span(540, 720)]), Some("calendar_day_off_with_hours")),
            (own("2027-01-04", vec![]), Some("calendar_day_of_other_year")),
            (own("2026-10-08", vec![span(600, 500)]), Some("calendar_hours_invalid")),
        ] {
            notice.own_hours = hours;
            assert_eq!(notice.check().err().map(|error| error.code()), expected, "{notice:?}");
        }
    }

    #[test]
    fn notices_survive_their_bytes() {
        let own_hours = vec![OwnHours { on: On::Weekday(5), hours: vec![span(540, 720)] }];
        let notice = CalendarYear { off_days: vec![date("2026-10-01")], own_hours, ..CalendarYear::new(2026) };
        let bytes = crate::canonical(&notice);
        assert_eq!(minicbor::decode::<CalendarYear>(&bytes).expect("decodes"), notice);
    }
}
