//! What the region cannot take now: events whose application could only fail, refused before they reach the journal.

use super::Region;
use crate::{
    both, committee,
    event::{Event, EventType, Value, member},
    fact::Unfit,
    journal::{Record, SEMANTICS},
    language::Words,
    roster::{self, Organisation},
    time::{Grain, Period, Zone},
};

/// Why a record cannot be appended now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// What is wrong and how to go on.
    pub reason: Words,
    /// JSON pointer into the event; empty where it is about the whole of it.
    pub pointer: String,
    /// Whether what its source sent is kept, to be mended.
    pub kept: bool,
}

impl From<Words> for Refused {
    fn from(reason: Words) -> Self {
        Self { reason, pointer: String::new(), kept: false }
    }
}

impl From<Unfit> for Refused {
    fn from(Unfit { pointer, reason }: Unfit) -> Self {
        Self { reason, pointer, kept: true }
    }
}

impl Region {
    /// Why the record cannot be appended now, in words that say how to go on; `None` if it can.
    pub fn refuses(&self, record: &Record) -> Option<Refused> {
        match record.event.kind {
            EventType::FactRecorded => self.refuses_fact(&record.event).map(Refused::from),
            _ => self.refuses_whole(record).map(Refused::from),
        }
    }

    /// Why a fact of a declared type does not fit its type.
    fn refuses_fact(&self, event: &Event) -> Option<Unfit> {
        let name = event.data.text(member::FACT_TYPE).unwrap_or_default();
        let date = self.organisation().zone().date(event.time);
        match self.versions().fact_type(name, date) {
            Some(declared) => declared.refuses(&event.data),
            None => Some(Unfit {
                pointer: "/data/fact_type".to_owned(),
                reason: both!(
                    "没有哪套规则声明过事实类型 `{name}`：先公布写有 `[[fact]]` 的规则集，再送一次",
                    "no rule set declares a fact type `{name}`: publish one with its `[[fact]]`, then send the event again"
                ),
            }),
        }
    }

    fn refuses_whole(&self, record: &Record) -> Option<Words> {
        let event = &record.event;
        match event.kind {
            EventType::RulesetPublished | EventType::RulesetDrafted => {
                if let Some(reason) = self.resident.refuses_by_committee(record) {
                    return Some(reason);
                }
                let text = event.data.text(member::RULES).unwrap_or_default();
                let problems = match crate::rule::parse(text) {
                    Ok(_) => self.versions().clash(event, self.organisation().zone())?,
                    Err(problems) => {
                        let told =
                            |problem: &crate::rule::Diagnostic| Words::of(|language| problem.told_with_place(language));
                        Words::listed(&problems.iter().map(told).collect::<Vec<_>>())
                    }
                };
                Some(both!("规则集不能施行：", "the rule set cannot come into force: ").and(&problems))
            }
            kind if committee::reads(kind) => self.resident.refuses_by_committee(record),
            EventType::OrganisationCalendar if !roster::calendar_is_sound(&event.data) => Some(both!(
                "`week` 是七个 0 或 1；`hours` 是互不重叠的时段，如 `09:00-12:00`，个别日子如 `sat/09:00-12:00`、`2026-02-16/09:00-12:00`、\
                 `2026-03-05/closed`，且不在放假日",
                "`week` must be seven digits 0 or 1, `hours` spans such as `09:00-12:00` that do not overlap, for some days \
                 `sat/09:00-12:00`, `2026-02-16/09:00-12:00` or `2026-03-05/closed`, none of them a day off"
            )),
            EventType::PostAssigned | EventType::PostUnassigned => Organisation::refuses_post(event),
            EventType::RosterAssigned => Organisation::refuses_role(event),
            EventType::LeaveGranted if event.data.time(member::TO) <= event.data.time(member::FROM) => Some(both!(
                "`to` 须晚于 `from`；要撤销请假请送 `jifen.leave.withdrawn`",
                "`to` must lie after `from`; to take a leave back send `jifen.leave.withdrawn`"
            )),
            EventType::ExemptionGranted if event.data.time(member::TO) <= event.data.time(member::FROM) => Some(both!(
                "`to` 须晚于 `from`；要撤销免责请送 `jifen.exemption.withdrawn`",
                "`to` must lie after `from`; to take an exemption back send `jifen.exemption.withdrawn`"
            )),
            EventType::OrganisationRegion => {
                let zone = event.data.text(member::TIME_ZONE)?;
                Zone::parse(zone).is_none().then(|| {
                    both!(
                        "`{zone}` 不是 IANA 时区名，如 `Asia/Shanghai`",
                        "`{zone}` is no IANA time zone, such as `Asia/Shanghai`"
                    )
                })
            }
            EventType::PeriodEnded => match period_of(event) {
                Some(period) if period.grain == Grain::All => {
                    Some(both!("“全部时间”没有结束的一天", "all time never ends"))
                }
                _ => None,
            },
            EventType::PeriodClosed => self.refuses_closing(period_of(event)?),
            EventType::RecalculationStep => {
                let number = event.data.integer(member::INTENT).and_then(|number| u64::try_from(number).ok());
                (number != self.pending()).then(|| both!("没有这一项重算在等待", "no such recalculation is pending"))
            }
            EventType::EngineAdopted if event.data.integer(member::SEMANTICS) != Some(i64::from(SEMANTICS)) => {
                Some(both!("本程序只认语义版本 {SEMANTICS}", "this program knows semantics number {SEMANTICS} only"))
            }
            _ => None,
        }
    }

    fn refuses_closing(&self, period: Period) -> Option<Words> {
        if period.grain != Grain::Month {
            return Some(both!("只有月份才关账，如 `2026-11`", "only an accounting month closes, such as `2026-11`"));
        }
        if self.pending().is_some() {
            return Some(both!(
                "重算还没有完；算完再关账",
                "a recalculation is pending; close the month when it is done"
            ));
        }
        (!self.has_ended(period)).then(|| {
            both!(
                "{period} 还没有结束；先用 `jifen.period.ended` 结束它",
                "{period} has not ended; end it with `jifen.period.ended` first"
            )
        })
    }
}

fn period_of(event: &Event) -> Option<Period> {
    match event.data.get(member::PERIOD) {
        Some(Value::Period(period)) => Some(*period),
        _ => None,
    }
}
