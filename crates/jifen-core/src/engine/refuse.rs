//! What the region cannot take now: events whose application could only fail, refused before they reach the journal.

use super::Region;
use crate::{
    committee,
    event::{Event, EventType, Value, member},
    journal::{Record, SEMANTICS},
    roster::{self, Organisation},
    time::{Grain, Period, Zone},
};

impl Region {
    /// Why the record cannot be appended now, in words that say how to go on; `None` if it can.
    pub fn refuses(&self, record: &Record) -> Option<String> {
        let event = &record.event;
        match event.kind {
            EventType::RulesetPublished | EventType::RulesetDrafted => {
                if let Some(reason) = self.resident.refuses_by_committee(record) {
                    return Some(reason);
                }
                let text = event.data.text(member::RULES).unwrap_or_default();
                let problems = match crate::rule::parse(text) {
                    Ok(_) => vec![self.versions().clash(event, self.organisation().zone())?.en],
                    Err(problems) => problems.iter().map(ToString::to_string).collect(),
                };
                Some(format!("the rule set cannot come into force: {}", problems.join("; ")))
            }
            kind if committee::reads(kind) => self.resident.refuses_by_committee(record),
            EventType::OrganisationCalendar if !roster::calendar_is_sound(&event.data) => Some(
                "`week` must be seven digits 0 or 1, `hours` spans such as `09:00-12:00` that do not overlap, for some days \
                 `sat/09:00-12:00`, `2026-02-16/09:00-12:00` or `2026-03-05/closed`, none of them a day off"
                    .to_owned(),
            ),
            EventType::PostAssigned | EventType::PostUnassigned => Organisation::refuses_post(event),
            EventType::ExemptionGranted if event.data.time(member::TO) <= event.data.time(member::FROM) => {
                Some("`to` must lie after `from`; to take an exemption back send `jifen.exemption.withdrawn`".to_owned())
            }
            EventType::OrganisationRegion => {
                let zone = event.data.text(member::TIME_ZONE)?;
                Zone::parse(zone).is_none().then(|| format!("`{zone}` is no IANA time zone, such as `Asia/Shanghai`"))
            }
            EventType::PeriodEnded => match period_of(event) {
                Some(period) if period.grain == Grain::All => Some("all time never ends".to_owned()),
                _ => None,
            },
            EventType::PeriodClosed => self.refuses_closing(period_of(event)?),
            EventType::RecalculationStep => {
                let number = event.data.integer(member::INTENT).and_then(|number| u64::try_from(number).ok());
                (number != self.pending()).then(|| "no such recalculation is pending".to_owned())
            }
            EventType::EngineAdopted if event.data.integer(member::SEMANTICS) != Some(i64::from(SEMANTICS)) => {
                Some(format!("this program knows semantics number {SEMANTICS} only"))
            }
            _ => None,
        }
    }

    fn refuses_closing(&self, period: Period) -> Option<String> {
        if period.grain != Grain::Month {
            return Some("only an accounting month closes, such as `2026-11`".to_owned());
        }
        if self.pending().is_some() {
            return Some("a recalculation is pending; close the month when it is done".to_owned());
        }
        (!self.has_ended(period)).then(|| format!("{period} has not ended; end it with `jifen.period.ended` first"))
    }
}

fn period_of(event: &Event) -> Option<Period> {
    match event.data.get(member::PERIOD) {
        Some(Value::Period(period)) => Some(*period),
        _ => None,
    }
}
