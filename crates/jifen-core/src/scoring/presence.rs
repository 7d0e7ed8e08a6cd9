//! How many half days of a period somebody was there, for a score sheet that asks.

use crate::{
    ledger::Subject,
    roster::Organisation,
    rule::{HalfDays, Joiners, Presence},
    time::{Date, Instant, Period},
};

/// Half days due and there; `None`: no day of the period is a working day, so none is missed.
///
/// # Errors
/// Why it cannot be known yet, as [`unknown_days`] says.
pub fn half_days(
    presence: &Presence,
    organisation: &Organisation,
    (subject, period): (&Subject, Period),
    away: i64,
) -> Result<Option<HalfDays>, String> {
    let joined = match presence.joiners {
        Joiners::Present => None,
        Joiners::Absent => organisation.known_since(subject).filter(|since| *since > Instant::MIN),
    };
    let joined = joined.map_or(period.first, |since| organisation.zone().date(since));
    let (mut due, mut before) = (0, 0);
    each_working_day(presence, organisation, period, |date| {
        due += 2;
        before += if date < joined { 2 } else { 0 };
    })?;
    Ok(HalfDays::new(due, away.saturating_add(before)))
}

/// Why the days due in a period are not known: `calendar_year_unknown:2031`, `calendar_unknown:CODE`. Until they are, nobody has the sheet.
pub fn unknown_days(presence: &Presence, organisation: &Organisation, period: Period) -> Option<String> {
    each_working_day(presence, organisation, period, |_| {}).err()
}

fn each_working_day(
    presence: &Presence,
    organisation: &Organisation,
    period: Period,
    mut each: impl FnMut(Date),
) -> Result<(), String> {
    let calendar = organisation.calendar_of(presence.calendar.as_deref(), period.last())?;
    for date in (period.first.0..=period.last().0).map(Date) {
        if calendar.is_working(date).map_err(|error| error.code())? {
            each(date);
        }
    }
    Ok(())
}
