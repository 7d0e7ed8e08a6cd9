//! How a case's time was counted: its promise, and its days one by one.

use jifen_core::{
    case::{outcome, suspensions},
    engine::Region,
    event::{EventType, member},
    journal::Record,
    time::Instant,
};
use serde::{Deserialize, Serialize};

/// A promise in working time, and what of it was used on which day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CaseClock)]
pub struct ClockView {
    /// Code of the work calendar.
    pub calendar: String,
    /// The promise in working days; `null` where the matter gives it in hours.
    #[schema(required = true)]
    pub promised_days: Option<i64>,
    /// The promise in working milliseconds.
    pub promised_ms: i64,
    /// What extensions added.
    pub extension_ms: i64,
    /// When the clock began.
    #[schema(format = DateTime)]
    pub from: String,
    /// When the promise is, or was, used up; `null` where suspensions or an unknown year leave it open.
    #[schema(required = true, format = DateTime)]
    pub due: Option<String>,
    /// When the case was decided; `null` while it is open.
    #[schema(required = true, format = DateTime)]
    pub decided: Option<String>,
    /// Working time used until the decision, or until now.
    pub used_ms: i64,
    /// From the first day to the decision, or, while the case is open, to the later of today and the day it is due; at most 1,000.
    pub days: Vec<ClockDayView>,
}

/// A day of a case's clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CaseClockDay)]
pub struct ClockDayView {
    /// The day.
    #[schema(format = Date)]
    pub date: String,
    /// `working`, `make_up`, `own_hours`, `weekend`, `holiday` or `closed`.
    pub day: String,
    /// Working time that counts, up to where the days end.
    pub worked_ms: i64,
    /// Working time in which the clock stood.
    pub suspended_ms: i64,
}

/// Lays the clock of a case open; `None` where its matter promises nothing, its events name a due time, or a year is unknown.
pub(super) fn clock(region: &Region, records: &[Record], now: Instant) -> Option<ClockView> {
    let organisation = region.organisation();
    let events = || records.iter().map(|record| &record.event);
    if events().any(|event| event.data.time(member::DUE_AT).is_some()) {
        return None;
    }
    let from = events().find(|event| event.kind == EventType::CaseAccepted).or(events().next())?.time;
    let decided = events().rev().find(|event| outcome(event).is_some()).map(|event| event.time);
    let matter = events().rev().find_map(|event| event.data.text(member::MATTER))?;
    let promise = organisation.promise(matter, from)?.ok()?;
    let extension_ms: i64 = events().filter_map(|event| event.data.integer(member::EXTENSION_MS)).sum();
    let end = decided.unwrap_or(Instant::MAX);
    let spans = suspensions(events()).into_iter();
    let spans: Vec<_> = spans.map(|(begin, stop)| (begin, stop.unwrap_or(end))).collect();
    let (calendar, zone) = (promise.calendar, organisation.zone());
    let budget = promise.promised_ms.saturating_add(extension_ms);
    let due = calendar.due(zone, from, budget, &spans).ok().filter(|due| *due != Instant::MAX);
    let until = decided.unwrap_or(now);
    let shown = decided.unwrap_or_else(|| due.map_or(now, |due| due.max(now)));
    let days = calendar.course(zone, from, shown, &spans).ok()?;
    Some(ClockView {
        calendar: promise.code.to_owned(),
        promised_days: promise.days,
        promised_ms: promise.promised_ms,
        extension_ms,
        from: from.to_rfc3339(),
        due: due.map(|due| due.to_rfc3339()),
        decided: decided.map(|decided| decided.to_rfc3339()),
        used_ms: calendar.working_ms(zone, from, until, &spans).ok()?,
        days: days
            .into_iter()
            .map(|day| ClockDayView {
                date: day.date.to_string(),
                day: day.day.name().to_owned(),
                worked_ms: day.worked_ms,
                suspended_ms: day.suspended_ms,
            })
            .collect(),
    })
}
