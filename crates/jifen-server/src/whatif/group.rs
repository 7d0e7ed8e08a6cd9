//! Points of single facts by what the facts are: how long their matter takes by its standard, in which shift they lie, where.
//!
//! In: the state's aggregates, as they stand or as a trial made them. Out: a line a group. Awards of single facts are summed as the rules
//! gave them, before caps and sheets; what a period earns has no matter and no shift.

use std::collections::BTreeMap;

use jifen_core::{
    both,
    case::FactState,
    engine::{Region, facts_of},
    language::Words,
    ledger::Subject,
    points::Points,
    scoring::Outcome,
    state::{Need, StateKind, prefix_end},
    time::{Date, Instant},
};
use jifen_store::{Database, RegionRow};

use super::{
    WhatIfError,
    view::{GroupPair, Grouping, Pair},
};
use crate::{board::Names, rerun::PAGE, setup::MINUTE_MS};

/// Classes of difficulty, by the standard minutes up to which they reach.
const MINUTES: [i64; 3] = [10, 20, 30];
const NOON_MS: i64 = 12 * 60 * MINUTE_MS;

/// Facts and points of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counted {
    facts: u64,
    points: Points,
}

/// Groups of the facts of a span.
pub(super) struct Groups<'r> {
    region: &'r Region,
    span: (Date, Date),
    /// Facts with later records are left out.
    head: u64,
    /// When a day begins, and whether it is worked.
    days: BTreeMap<Date, (Instant, bool)>,
    found: BTreeMap<(Grouping, String), Counted>,
}

impl<'r> Groups<'r> {
    pub(super) fn new(region: &'r Region, span: (Date, Date), head: u64) -> Self {
        Self { region, span, head, days: BTreeMap::new(), found: BTreeMap::new() }
    }

    /// Adds everything that stands in a store.
    pub(super) fn add_all(&mut self, database: &Database, row: &RegionRow) -> Result<(), WhatIfError> {
        let (mut from, to) = (Vec::new(), prefix_end(&[]));
        loop {
            let need = Need::Range { kind: StateKind::Aggregate, from, to: to.clone(), limit: PAGE };
            let rows = database.load(row.id, &[need])?.pop().unwrap_or_default();
            for (_, aggregate) in &rows {
                self.add(aggregate)?;
            }
            match rows.into_iter().nth(PAGE - 1) {
                Some((last, _)) => from = [last, vec![0]].concat(),
                None => return Ok(()),
            }
        }
    }

    /// Adds the facts of an aggregate's row.
    pub(super) fn add(&mut self, row: &[u8]) -> Result<(), WhatIfError> {
        let unread = |error| WhatIfError::Read(crate::board::ReadError::Inconsistent(format!("a state row: {error}")));
        for state in facts_of(row).map_err(unread)? {
            let fact = &state.fact;
            let is_in = (self.span.0..=self.span.1).contains(&fact.date) && state.held.is_none();
            if is_in && fact.sources.iter().all(|position| *position <= self.head) {
                self.add_fact(&state);
            }
        }
        Ok(())
    }

    fn add_fact(&mut self, state: &FactState) {
        let awards = state.evaluations.iter().map(|evaluation| match &evaluation.outcome {
            Outcome::Award { points, .. } => *points,
            Outcome::Part { .. } => Points::ZERO,
        });
        let points: Points = awards.sum();
        let department = state.fact.place.department.clone().unwrap_or_default();
        let groups = [
            (Grouping::Difficulty, self.difficulty(state).to_owned()),
            (Grouping::Shift, self.shift(state.fact.occurred).to_owned()),
            (Grouping::League, department),
        ];
        for key in groups {
            let counted = self.found.entry(key).or_default();
            counted.facts += 1;
            counted.points += points;
        }
    }

    fn difficulty(&self, state: &FactState) -> &'static str {
        let fact = &state.fact;
        let matter = fact.matter.as_deref().and_then(|code| self.region.organisation().matter(code, fact.occurred));
        match matter.and_then(|matter| matter.standard_ms) {
            None => "none",
            Some(standard) if standard <= MINUTES[0] * MINUTE_MS => "10",
            Some(standard) if standard <= MINUTES[1] * MINUTE_MS => "20",
            Some(standard) if standard <= MINUTES[2] * MINUTE_MS => "30",
            Some(_) => "longer",
        }
    }

    fn shift(&mut self, time: Instant) -> &'static str {
        let organisation = self.region.organisation();
        let date = organisation.zone().date(time);
        let (begins, is_worked) = *self.days.entry(date).or_insert_with(|| {
            let calendar = organisation.calendar_of(None, date).ok();
            let is_worked = calendar.and_then(|calendar| calendar.is_working(date).ok()).unwrap_or(true);
            (organisation.zone().day_start(date), is_worked)
        });
        match (is_worked, time.0 - begins.0 < NOON_MS) {
            (false, _) => "rest",
            (true, true) => "am",
            (true, false) => "pm",
        }
    }
}

/// Both sides, group by group.
pub(super) fn pairs(before: Groups<'_>, after: Groups<'_>, names: &Names<'_>) -> Vec<GroupPair> {
    let mut both: BTreeMap<(Grouping, String), (Counted, Counted)> = BTreeMap::new();
    before.found.into_iter().for_each(|(key, counted)| both.entry(key).or_default().0 = counted);
    after.found.into_iter().for_each(|(key, counted)| both.entry(key).or_default().1 = counted);
    let pair = |((by, code), (before, after)): ((Grouping, String), (Counted, Counted))| {
        let Words { zh, en } = called(by, &code, names);
        let points = Pair::of((before.points, after.points));
        GroupPair { by, code, zh, en, facts: after.facts, points }
    };
    both.into_iter().map(pair).collect()
}

fn called(by: Grouping, code: &str, names: &Names<'_>) -> Words {
    match (by, code) {
        (Grouping::Difficulty, "none") => both!("没有标准时长", "without standard minutes"),
        (Grouping::Difficulty, "longer") => both!("标准时长 30 分钟以上", "more than 30 standard minutes"),
        (Grouping::Difficulty, minutes) => {
            both!("标准时长至多 {minutes} 分钟", "at most {minutes} standard minutes")
        }
        (Grouping::Shift, "am") => both!("上午", "before noon"),
        (Grouping::Shift, "pm") => both!("下午", "after noon"),
        (Grouping::Shift, _) => both!("休息日", "days off"),
        (Grouping::League, "") => both!("没有部门", "no department"),
        (Grouping::League, code) => {
            let name = names.name(&Subject::Department(code.to_owned()));
            Words::new(name.clone(), name)
        }
    }
}
