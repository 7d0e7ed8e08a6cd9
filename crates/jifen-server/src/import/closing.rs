//! `--close-through`: the ends of all periods up to a month, then the closings of its months, under fixed ids.

use jifen_core::time::{Date, Grain, Instant, Period, Zone};
use serde_json::{Map, Value, json};

use super::SOURCE;
use crate::setup::envelope;

/// Why a month cannot be closed through.
#[derive(Debug, thiserror::Error)]
pub enum MonthError {
    /// Not `YYYY-MM`.
    #[error("`{0}` is no month; write one such as `2011-12`")]
    Form(String),
    /// It is not over.
    #[error("month {0} is not over yet")]
    NotOver(Period),
}

/// Parses the month and makes sure that it is over, by the latest clock on earth.
///
/// # Errors
/// [`MonthError`].
pub fn check_month(text: &str, now: Instant) -> Result<Period, MonthError> {
    let month = Period::parse(text).filter(|period| period.grain == Grain::Month);
    let month = month.ok_or_else(|| MonthError::Form(text.to_owned()))?;
    let today = Zone::parse("UTC").map_or(Date(i32::MIN), |zone| zone.date(now));
    if month.last() >= today { Err(MonthError::NotOver(month)) } else { Ok(month) }
}

/// Knows the day from which on periods end.
#[derive(Default)]
pub(super) struct Closing {
    first: Option<Instant>,
}

impl Closing {
    /// Takes note of an event's time.
    pub(super) fn observe(&mut self, time: Option<Instant>) {
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
        }
    }

    /// `period.ended` of every day, week, month, quarter and year that ends by the month's last day; earlier ends first, at
    /// one end the shorter first.
    pub(super) fn ends(&self, month: Period, zone: &Zone) -> Vec<Map<String, Value>> {
        let Some(first) = self.first.map(|first| zone.date(first)) else { return Vec::new() };
        let mut periods = Vec::new();
        for grain in Grain::ENDING {
            let mut period = Period::holding(grain, first);
            while period.last() <= month.last() {
                periods.push(period);
                period = period.next();
            }
        }
        periods.sort_by_key(|period| (period.last(), period.grain));
        periods.into_iter().map(|period| event("ended", period, zone)).collect()
    }

    /// `period.closed` of every month through this one.
    pub(super) fn closings(&self, month: Period, zone: &Zone) -> Vec<Map<String, Value>> {
        let Some(first) = self.first.map(|first| zone.date(first)) else { return Vec::new() };
        let months = std::iter::successors(Some(Period::holding(Grain::Month, first)), |month| Some(month.next()));
        months.take_while(|next| *next <= month).map(|next| event("closed", next, zone)).collect()
    }
}

/// The time of an event of the input; `None` for what sets the region up, which says nothing about its first day.
pub(super) fn time_of(event: &Map<String, Value>) -> Option<Instant> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let sets_up = ["jifen.organisation.", "jifen.roster.", "jifen.ruleset.", "jifen.actor."];
    let says_nothing = sets_up.iter().any(|prefix| text("type").starts_with(prefix));
    Instant::parse(text("time")).filter(|_| !says_nothing)
}

/// `period.ended` of a period, as every source of it writes it.
pub(crate) fn ended(period: Period, zone: &Zone) -> Map<String, Value> {
    event("ended", period, zone)
}

/// The event is dated by its period's end, so that a second run says the same.
fn event(what: &str, period: Period, zone: &Zone) -> Map<String, Value> {
    let time = zone.day_start(period.last().plus(1));
    let id = format!("period.{what}/{period}");
    envelope(SOURCE, &id, &format!("period.{what}"), time, json!({"period": period.to_string()}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(events: &[Map<String, Value>]) -> Vec<&str> {
        events.iter().filter_map(|event| event["id"].as_str()).collect()
    }

    #[test]
    fn every_period_that_is_over_ends_once_and_months_close_after() {
        let zone = Zone::parse("Asia/Shanghai").expect("zone");
        let month = Period::parse("2012-01").expect("month");
        let mut closing = Closing::default();
        let event = json!({"type": "jifen.case.step", "time": "2011-12-29T17:00:00Z"});
        closing.observe(time_of(event.as_object().expect("object")));
        let setup = json!({"type": "jifen.actor.identified", "time": "2001-12-29T17:00:00Z"});
        closing.observe(time_of(setup.as_object().expect("object")));
        let ends = closing.ends(month, &zone);
        let ids_of = ids(&ends);
        // 30 and 31 December by local date, all of January: 33 days; weeks 52 to 4; two months, one quarter, one year.
        assert_eq!(ids_of.len(), 33 + 5 + 2 + 1 + 1);
        assert_eq!(&ids_of[..2], ["period.ended/2011-12-30", "period.ended/2011-12-31"]);
        assert_eq!(
            &ids_of[2..6],
            ["period.ended/2011-12", "period.ended/2011-Q4", "period.ended/2011", "period.ended/2012-01-01"]
        );
        assert_eq!(ends[0]["time"], "2011-12-30T16:00:00.000Z");
        assert_eq!(ids(&closing.closings(month, &zone)), ["period.closed/2011-12", "period.closed/2012-01"]);
        assert!(Closing::default().ends(month, &zone).is_empty());
    }

    #[test]
    fn a_month_must_be_over() {
        let now = Instant::parse("2026-11-30T23:00:00Z").expect("time");
        assert!(check_month("2026-10", now).is_ok());
        assert!(matches!(check_month("2026-11", now), Err(MonthError::NotOver(_))));
        assert!(matches!(check_month("2026", now), Err(MonthError::Form(_))));
        assert!(matches!(check_month("x", now), Err(MonthError::Form(_))));
    }
}
