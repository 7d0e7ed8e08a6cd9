//! When results are published, and until when they can be appealed against: the clocks of a book, by the calendar.

use minicbor::{Decode, Encode};

use crate::{
    calendar::Calendar,
    roster::Organisation,
    rule::settlement::{AppealFrom, Publicity},
    time::{Date, Period},
};

/// The days of some results.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Publicized {
    /// The definition's id.
    #[n(0)]
    pub id: String,
    /// The last day on which they are published, and the first on which they are public.
    #[n(1)]
    pub publish_by: Option<Date>,
    /// The last day on which they are public.
    #[n(2)]
    pub public_until: Option<Date>,
    /// The first day on which they can be appealed against.
    #[n(3)]
    pub appeal_from: Option<Date>,
    /// The last one.
    #[n(4)]
    pub appeal_until: Option<Date>,
    /// The last day on which an appeal is answered.
    #[n(5)]
    pub answer_by: Option<Date>,
    /// Why the days are not known yet: `calendar_year_unknown:2031`, `calendar_unknown:CODE`.
    #[n(6)]
    pub waiting: Option<String>,
}

impl Publicized {
    /// The days of a period's results. Without a day of publication no day follows: the book says how long, and nobody knows from when.
    pub fn of(publicity: &Publicity, period: Period, organisation: &Organisation) -> Self {
        let calendar = organisation.calendar_of(publicity.calendar.as_deref(), period.last());
        let found = calendar.and_then(|calendar| days(publicity, calendar, period));
        found.unwrap_or_else(|reason| Self { waiting: Some(reason), ..Self::unknown(publicity) })
    }

    fn unknown(publicity: &Publicity) -> Self {
        Self {
            id: publicity.face.id.clone(),
            publish_by: None,
            public_until: None,
            appeal_from: None,
            appeal_until: None,
            answer_by: None,
            waiting: None,
        }
    }
}

/// The days of a period's results by a calendar, or why they are not known.
pub(super) fn days(publicity: &Publicity, calendar: &Calendar, period: Period) -> Result<Publicized, String> {
    let mut found = Publicized::unknown(publicity);
    let nth = |after: Date, n: u32| calendar.nth_working_day(after, n).map_err(|error| error.code());
    let Some(within) = publicity.within else { return Ok(found) };
    let first = nth(period.last(), within)?;
    // The first day counts as the first of them.
    let before = first.plus(-1);
    found.publish_by = Some(first);
    found.public_until = publicity.days.map(|days| nth(before, days)).transpose()?;
    let Some(appeal) = publicity.appeal else { return Ok(found) };
    let after = match (appeal.from, found.public_until) {
        (AppealFrom::End, Some(last)) => last,
        (AppealFrom::Start, _) | (AppealFrom::End, None) => before,
    };
    let last = nth(after, appeal.days)?;
    (found.appeal_from, found.appeal_until) = (Some(nth(after, 1)?), Some(last));
    found.answer_by = appeal.answer.map(|days| nth(last, days)).transpose()?;
    Ok(found)
}
