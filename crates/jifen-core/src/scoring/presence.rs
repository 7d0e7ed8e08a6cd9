//! How many half days of a period somebody was there, for a score sheet that asks.

use crate::{
    ledger::Subject,
    roster::Organisation,
    rule::{HalfDays, Joiners, Presence},
    time::{Date, Instant, Period},
};

/// Half days due and there. `None`: the calendar does not know all of the period's days, or none of them is a working day.
pub fn half_days(
    presence: &Presence,
    organisation: &Organisation,
    (subject, period): (&Subject, Period),
    away: i64,
) -> Option<HalfDays> {
    let zone = organisation.zone();
    let settings = organisation.settings(zone.day_start(period.last()));
    let code = presence.calendar.as_deref().or(settings.calendar.as_deref()).unwrap_or("always");
    let calendar = organisation.calendar(code)?;
    let joined = match presence.joiners {
        Joiners::Present => None,
        Joiners::Absent => organisation.known_since(subject).filter(|since| *since > Instant::MIN),
    };
    let joined = joined.map_or(period.first, |since| zone.date(since));
    let (mut due, mut before) = (0, 0);
    for date in (period.first.0..=period.last().0).map(Date) {
        if calendar.is_working(date).ok()? {
            due += 2;
            before += if date < joined { 2 } else { 0 };
        }
    }
    HalfDays::new(due, away.saturating_add(before))
}
