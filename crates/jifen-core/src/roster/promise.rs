//! What a matter promises: so much working time by a calendar.

use super::Organisation;
use crate::{
    calendar::{Calendar, CalendarError},
    time::Instant,
};

/// A limit in working time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Promise<'o> {
    /// Code of the calendar.
    pub code: &'o str,
    /// The calendar.
    pub calendar: &'o Calendar,
    /// The promise in working days, where the matter gives it so.
    pub days: Option<i64>,
    /// The promise in working milliseconds.
    pub promised_ms: i64,
}

impl Organisation {
    /// What the matter promised to a case that begins at `from`; `None` where it promises nothing, or by a calendar nobody published.
    ///
    /// # Errors
    /// The year it begins in is unknown to the calendar, and the promise is in working days.
    pub fn promise(&self, matter: &str, from: Instant) -> Option<Result<Promise<'_>, CalendarError>> {
        let matter = self.matter(matter, from)?;
        let code = matter.calendar.as_deref().or(self.settings(from).calendar.as_deref()).unwrap_or("always");
        let calendar = self.calendar(code)?;
        let days = matter.promised_days.filter(|_| matter.promised_ms.is_none());
        let promised = match (matter.promised_ms, days) {
            (Some(promised), _) => Ok(promised),
            (None, Some(days)) => {
                let year = self.zone().date(from).civil().year();
                calendar.day_ms(year).map(|day| days.saturating_mul(day))
            }
            (None, None) => return None,
        };
        Some(promised.map(|promised_ms| Promise { code, calendar, days, promised_ms }))
    }
}
