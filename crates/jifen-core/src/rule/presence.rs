//! Presence: a score sheet whose base is prorated by the days somebody was there, and who was there too little to have one.
//!
//! The days due are the working days of the period; from them go the half days of attendance that the sheet's `away` selects, counted by
//! a period rule of its own, `SHEET/away`, which gives no points, and the half days that leave of its `leave` covers.

use std::collections::BTreeSet;

use toml::Spanned;

use crate::{
    both,
    event::CODE_LENGTH_MAX,
    expression::{Expression, Type},
    fact::FactKind,
    points::Points,
};

use super::{
    Card, Credit, Measure, On, Party, Plan, Rule, Scope, Sheet, SubjectKind,
    amount::Amount,
    check::{categories, start, word},
    compile::compile,
    diagnostic::Report,
    facts::FactSchema,
    file::{PresenceTable, SheetTable},
};

/// What stands as the item of what is counted as away; no item of a file has an empty id.
pub const AWAY: &str = "";
/// What the id of a sheet's count of half days away ends with.
const AWAY_RULE: &str = "/away";
/// More working days than the longest period has.
const DAYS_MAX: i64 = 366;

/// How a sheet looks at the days of its period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Presence {
    /// Which records of attendance count as away, by their half days.
    pub(super) away: Expression,
    /// Kinds of leave whose half days count as away beside those.
    pub leave: BTreeSet<String>,
    /// Whether the days before somebody was registered are days away.
    pub joiners: Joiners,
    /// Whether the base is prorated.
    pub base: BaseOf,
    /// Code of the calendar; `None`: the region's.
    pub calendar: Option<String>,
    /// Who was there for fewer days has no sheet in the period.
    pub min_days: Option<i64>,
}

/// What the days before somebody was registered are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Joiners {
    /// Days away.
    Absent,
    /// Days like any other.
    Present,
}

impl Joiners {
    pub(super) const ALL: [Self; 2] = [Self::Absent, Self::Present];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Present => "present",
        }
    }
}

/// What becomes of the base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BaseOf {
    /// It is given by the part of the days somebody was there.
    Prorated,
    /// It is given whole.
    Full,
}

impl BaseOf {
    pub(super) const ALL: [Self; 2] = [Self::Prorated, Self::Full];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Prorated => "prorate",
            Self::Full => "full",
        }
    }
}

/// The half days of a period: how many were due, and in how many somebody was there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HalfDays {
    /// At least 1.
    pub due: i64,
    /// From 0 to those due.
    pub there: i64,
}

impl HalfDays {
    /// What is left of those due after those away; `None` where none are due, so that there is nothing to be a part of.
    pub fn new(due: i64, away: i64) -> Option<Self> {
        (due > 0).then(|| Self { due, there: due.saturating_sub(away.max(0)).max(0) })
    }

    /// The part of points for the days there, rounded once, half away from zero.
    pub(super) fn part_of(self, points: Points) -> Points {
        // A part of a number lies within its range.
        points.checked_scale(self.there, self.due).unwrap_or(points)
    }
}

impl Presence {
    /// Whether somebody was there often enough to have the sheet.
    pub fn suffices(&self, days: HalfDays) -> bool {
        self.min_days.is_none_or(|min| days.there >= 2 * min)
    }
}

impl Sheet {
    /// The id of the rule that counts who was away.
    pub fn away_rule(&self) -> String {
        format!("{}{AWAY_RULE}", self.id)
    }

    /// The id of the sheet for which a rule counts who was away.
    pub fn of_away_rule(rule: &str) -> Option<&str> {
        rule.strip_suffix(AWAY_RULE)
    }
}

/// The `presence` of a sheet; `None` after a fault.
pub(super) fn check(
    report: &mut Report<'_>,
    written: &Spanned<PresenceTable>,
    of: &SheetTable,
    subject: Option<SubjectKind>,
) -> Option<Presence> {
    let table = written.get_ref();
    let away = compile(report, &FactKind::Attendance.into(), "away", &table.away, Type::Boolean);
    let leave = match &table.leave {
        None => Some(BTreeSet::new()),
        Some(written) => categories(report, written, "leave", "annual"),
    };
    let joiners = word(report, "way of joiners", &table.joiners, &Joiners::ALL, Joiners::name);
    let base = word(report, "way of a base", &table.base, &BaseOf::ALL, BaseOf::name);
    if subject.is_some_and(|subject| subject != SubjectKind::Person) {
        let message = both!(
            "在岗的是人；请去掉 `presence`，或把 `subject` 改为 `person`",
            "only people are there or away; drop `presence`, or make the `subject` `person`"
        );
        report.fault(start(&of.subject), message);
        return None;
    }
    if Points::parse(&of.base.get_ref().0) == Ok(Points::ZERO) {
        let message = both!(
            "基础分是 0，没有可折算的；请去掉 `presence`",
            "the base is 0, so there is nothing to prorate; drop `presence`"
        );
        report.fault(start(&of.base), message);
        return None;
    }
    let min_days = match &table.min_days {
        None => None,
        Some(days) if (1..=DAYS_MAX).contains(days.get_ref()) => Some(*days.get_ref()),
        Some(days) => {
            report.fault(
                start(days),
                both!("`min_days` 是 1 到 {DAYS_MAX} 天", "`min_days` is from 1 to {DAYS_MAX} days"),
            );
            return None;
        }
    };
    if base == Some(BaseOf::Full) && min_days.is_none() {
        let message = both!(
            "基础分不折算，也没有最少天数，`presence` 不起作用；请写 `base = \"prorate\"` 或 `min_days`",
            "the base is given whole and no days are asked for, so `presence` does nothing; write `base = \"prorate\"` or `min_days`"
        );
        report.fault(start(&table.base), message);
        return None;
    }
    let calendar = calendar(report, table.calendar.as_ref())?;
    Some(Presence { away: away?, leave: leave?, joiners: joiners?, base: base?, calendar, min_days })
}

/// The code of a calendar, where one is named; `None` after a fault. Whether there is one is known when it is asked.
pub(super) fn calendar(report: &mut Report<'_>, written: Option<&Spanned<String>>) -> Option<Option<String>> {
    let Some(written) = written else { return Some(None) };
    if !(1..=CODE_LENGTH_MAX).contains(&written.get_ref().chars().count()) {
        report.fault(
            start(written),
            both!(
                "日历的代码有 1 到 {CODE_LENGTH_MAX} 个字符",
                "a calendar's code has from 1 to {CODE_LENGTH_MAX} characters"
            ),
        );
        return None;
    }
    Some(Some(written.get_ref().clone()))
}

/// The rule that counts who was away, for a sheet that asks.
pub(super) fn rule(sheet: &Sheet) -> Option<Rule> {
    let presence = sheet.presence.as_ref()?;
    let on = On::from(FactKind::Attendance);
    let of = Expression::compile("fact.half_days", &FactSchema(&on)).ok()?;
    Some(Rule {
        id: sheet.away_rule(),
        title: format!("{}（不在岗）", sheet.title),
        title_en: sheet.title_en.as_ref().map(|title| format!("{title} (away)")),
        card: Card::default(),
        dimension: sheet.dimension,
        on,
        subject: sheet.subject,
        party: Party::Own,
        credit: Credit::Served,
        scope: Scope::default(),
        plan: Plan::PerPeriod { grain: sheet.period, minimum: 1, measure: Measure::Sum { of } },
        repeat: None,
        exclusive: None,
        exempt: BTreeSet::new(),
        cap: None,
        item: None,
        link: None,
        examples: Vec::new(),
        when: Some(presence.away.clone()),
        compared: None,
        amount: Amount::Fixed(Points::ZERO),
        times: None,
        coefficient: None,
    })
}
