//! Publicity: how long results are shown and can be appealed against (公示期、申诉期), as a book says it, in working days.

use toml::Spanned;

use super::{
    Face, Plan,
    check::{Heads, face, whole},
    table::PublicityTable,
};
use crate::{
    both,
    expression::offer,
    rule::{
        check::{start, word},
        diagnostic::Report,
        presence::calendar,
    },
    time::Grain,
};

/// The most working days of one clock.
const DAYS_MAX: u64 = 250;

/// The clocks of some results.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publicity {
    /// What it is called.
    pub face: Face,
    /// The sheets and definitions whose results it is about.
    pub of: Vec<String>,
    /// Of which periods they are.
    pub period: Grain,
    /// Code of the calendar; `None`: the region's.
    pub calendar: Option<String>,
    /// They are published on this working day after the period's end, at the latest.
    pub within: Option<u32>,
    /// They stay public for so many working days, the first one counted.
    pub days: Option<u32>,
    /// How they are appealed against.
    pub appeal: Option<Appeal>,
}

/// How results are appealed against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appeal {
    /// For so many working days, the first one counted.
    pub days: u32,
    /// From when on.
    pub from: AppealFrom,
    /// It is answered on this working day after the last one, at the latest.
    pub answer: Option<u32>,
}

/// From when on results can be appealed against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AppealFrom {
    /// The first day they are public.
    Start,
    /// The working day after the last one.
    End,
}

impl AppealFrom {
    pub(super) const ALL: [Self; 2] = [Self::Start, Self::End];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

/// The clocks of some results; `None` after a fault.
pub(super) fn publicity(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    plan: &Plan,
    table: &PublicityTable,
) -> Option<Publicity> {
    let face = face(report, &table.id, &table.title, table.title_en.as_ref());
    let results = results(report, heads, plan, &table.of);
    let mut days = |name: &str, written: Option<&Spanned<i64>>| match written {
        None => Some(None),
        Some(written) => whole(report, name, written, 1, DAYS_MAX).and_then(|days| u32::try_from(days).ok()).map(Some),
    };
    let within = days("within", table.within.as_ref());
    let public = days("days", table.days.as_ref());
    let appeal_days = days("appeal_days", table.appeal_days.as_ref());
    let answer = days("answer_days", table.answer_days.as_ref());
    let (within, public, appeal_days, answer) = (within?, public?, appeal_days?, answer?);
    if within.or(public).or(appeal_days).is_none() {
        report.fault(
            start(&table.id),
            both!(
                "没有一个时限；请写 `within`（几日内公布）、`days`（公示几日）、`appeal_days`（几日内可申诉）",
                "there is no clock; add `within`, `days` or `appeal_days`"
            ),
        );
        return None;
    }
    let appeal = appeal(report, table, public, (appeal_days, answer))?;
    let calendar = calendar(report, table.calendar.as_ref())?;
    let (of, period) = results?;
    Some(Publicity { face, of, period, calendar, within, days: public, appeal })
}

/// What is published, and of which periods.
fn results(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    plan: &Plan,
    written: &Spanned<Vec<Spanned<String>>>,
) -> Option<(Vec<String>, Grain)> {
    let sheets = heads.sheets.iter().filter_map(|head| Some((head.id, head.period?)));
    let known: Vec<(&str, Grain)> = sheets.chain(plan.shown()).collect();
    let (mut of, mut period): (Vec<String>, Option<Grain>) = (Vec::new(), None);
    for id in written.get_ref() {
        let Some((_, own)) = known.iter().find(|(known, _)| known == id.get_ref()) else {
            let names: Vec<String> = known.iter().map(|(known, _)| (*known).to_owned()).collect();
            let message = both!(
                "没有可公示的 `{0}`：评分表、综合分、等次、否决、预警牌、荣誉、奖金都可以，规则和建议不可以",
                "nothing to publish is called `{0}`: sheets, composites, grades, vetoes, cards, honours and payouts are, rules and proposals are not",
                id.get_ref()
            );
            report.fault(start(id), message.and(&offer(id.get_ref(), &names)));
            return None;
        };
        if period.is_some_and(|period| period != *own) {
            report.fault(
                start(id),
                both!(
                    "一起公示的须是同样长的期；请分成两项",
                    "what is published together is of periods of one length; make two of it"
                ),
            );
            return None;
        }
        period = Some(*own);
        of.push(id.get_ref().clone());
    }
    if period.is_none() {
        report.fault(start(written), both!("公示什么？列表是空的", "publish what? the list is empty"));
    }
    Some((of, period?))
}

/// Texts often say a number of days and not from when: it changes the last day.
fn appeal(
    report: &mut Report<'_>,
    table: &PublicityTable,
    public: Option<u32>,
    (days, answer): (Option<u32>, Option<u32>),
) -> Option<Option<Appeal>> {
    let from = table.appeal_from.as_ref().map(|from| word(report, "day", from, &AppealFrom::ALL, AppealFrom::name));
    let alone = [table.answer_days.as_ref().map(start), table.appeal_from.as_ref().map(start)];
    match (days, from) {
        (None, _) if let Some(at) = alone.into_iter().flatten().next() => {
            report.fault(
                at,
                both!(
                    "没有申诉期；请加 `appeal_days`，或去掉它",
                    "there is no time to appeal; add `appeal_days`, or drop it"
                ),
            );
            None
        }
        (None, _) => Some(None),
        (Some(_), None) => {
            report.fault(
                table.appeal_days.as_ref().map_or(0, start),
                both!(
                    "申诉期从哪天起算？请写 `appeal_from = \"start\"`（公示首日）或 `\"end\"`（公示期满后）",
                    "from which day on? write `appeal_from = \"start\"` (the first public day) or `\"end\"` (after the last)"
                ),
            );
            None
        }
        (Some(_), Some(Some(AppealFrom::End))) if public.is_none() => {
            report.fault(
                table.appeal_from.as_ref().map_or(0, start),
                both!("没有写公示几日；请加 `days`", "how long are they public? add `days`"),
            );
            None
        }
        (Some(days), Some(from)) => Some(Some(Appeal { days, from: from?, answer })),
    }
}
