//! What-if: a draft of a rule set over days that have been, through the real engine, beside what stands.
//!
//! In: the text of a draft and a span of days. Out: [`Comparison`]: points and ranks of everybody under both, who gains and who loses.
//! The journal is applied again from nothing as a replay does ([`crate::rerun`]), with the draft in force from the span's first day in
//! place of its set's versions; organisation, facts, holds, other sets and the ends of periods are what they were.

mod group;
pub(crate) mod http;
mod kept;
mod payout;
pub(crate) mod reach;
mod trial;
mod view;

use std::collections::BTreeMap;

use jifen_core::{
    engine::Region,
    language::Words,
    ledger::Subject,
    points::Points,
    rollup::{BoardPart, Rollup},
    rule::{self, Diagnostic, Dimension, RuleSet, SubjectKind},
    state::StateKind,
    time::{Date, Grain},
};
use jifen_insight::spread;
use jifen_store::{BoardSubjects, Database, RegionRow, StoreError};

pub(crate) use self::{
    kept::WhatIfs,
    view::{AskWhatIf, WhatIf, WhatIfDraft, WhatIfList, WhatIfState},
};
pub use self::{
    reach::DAYS as REACH_DAYS,
    view::{
        Comparison, DimensionPair, GroupPair, Grouping, Pair, PayoutPair, ReachedSubject, RulePair, RuleReach,
        RuleReached, SpreadFigures, SubjectPair, WhatIfSpan,
    },
};
use crate::board::{ActorKindWord, Names, ReadError, person_of, resident};
use group::Groups;
use trial::Trial;

/// How often the journal's growth is followed before a comparison gives up: each time only what came in meanwhile is left.
const CATCH_UPS_MAX: usize = 1_000;

/// A draft and the days to try it on.
#[derive(Clone, Debug)]
pub struct Question {
    /// Whole text of the rule set.
    pub text: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// A question that can be answered.
#[derive(Clone, Debug)]
pub struct Checked {
    question: Question,
    set: RuleSet,
}

/// Why a question cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum WhatIfError {
    /// The draft has faults.
    #[error("{}", told(.0))]
    Draft(Vec<Diagnostic>),
    /// The span has no days, or the draft none in it.
    #[error("{0}")]
    Span(String),
    /// A rule of the draft is another set's as well.
    #[error("{0}")]
    Clash(Words),
    /// Somebody called it off.
    #[error("cancelled")]
    Cancelled,
    /// The journal cannot be applied again.
    #[error("record {position} cannot be applied: {reason}")]
    Record {
        /// Which.
        position: u64,
        /// Why.
        reason: String,
    },
    /// The journal grew faster than it could be followed.
    #[error("the journal grew faster than it could be followed; try again when it is quieter")]
    Outrun,
    /// A reading failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<StoreError> for WhatIfError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

fn told(faults: &[Diagnostic]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Checked {
    /// Checks the draft by itself, against the span, and against the other sets.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(question: Question, region: &Region) -> Result<Self, WhatIfError> {
        let set = rule::parse(&question.text).map_err(WhatIfError::Draft)?;
        let Question { from, to, .. } = question;
        if to < from {
            return Err(WhatIfError::Span(format!("the span ends on {to}, before it begins on {from}")));
        }
        if let Some(end) = set.effective_to.filter(|end| *end < from) {
            return Err(WhatIfError::Span(format!(
                "the draft says it ends on {end}, before the span begins on {from}"
            )));
        }
        let checked = Self { question, set };
        match region.versions().clash(&trial::publication(&checked), region.organisation().zone()) {
            Some(clash) => Err(WhatIfError::Clash(clash)),
            None => Ok(checked),
        }
    }

    /// The draft.
    pub fn set(&self) -> &RuleSet {
        &self.set
    }

    /// First and last day.
    pub fn span(&self) -> (Date, Date) {
        (self.question.from, self.question.to)
    }
}

/// Sums by whose, rule and dimension, of the days of a span.
pub(crate) type Sums = BTreeMap<(Subject, String, Dimension), Counted>;

/// What came together over the days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counted {
    sum: Rollup,
    /// The subject's own points of each day, where they are looked at by day.
    days: BTreeMap<Date, Points>,
}

/// Answers a question; `progress` hears the position reached and the head, and says whether to go on.
///
/// # Errors
/// [`WhatIfError`].
pub fn compare(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    checked: &Checked,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Comparison, WhatIfError> {
    let mut trial = Trial::new(checked)?;
    for _ in 0..CATCH_UPS_MAX {
        let head = database.head(row.id)?;
        trial.advance(database, row, head.journal, progress)?;
        let standing = standing(database, row, checked.span())?;
        // A server may be writing: then what stands is ahead of the trial, which goes on from there.
        if database.head(row.id)? == head {
            return comparison((database, row, region), checked, (&standing, trial), head.journal);
        }
    }
    Err(WhatIfError::Outrun)
}

/// What stands.
fn standing(database: &Database, row: &RegionRow, (from, to): (Date, Date)) -> Result<Sums, StoreError> {
    let days = [BoardPart::Days { from, to, least: Grain::Day, most: Grain::All }];
    let mut sums = Sums::new();
    for kind in SubjectKind::ALL {
        for found in database.board(row.id, BoardSubjects::Kind(kind), &days)? {
            if let Some(dimension) = found.dimension {
                let counted = Counted { sum: found.rollup, days: BTreeMap::new() };
                sums.insert((found.subject, found.rule, dimension), counted);
            }
        }
    }
    Ok(sums)
}

fn own(rollup: &Rollup) -> Points {
    rollup.own_posted + rollup.own_provisional
}

fn all(rollup: &Rollup) -> Points {
    rollup.posted() + rollup.provisional()
}

fn comparison(
    (database, row, region): (&Database, &RegionRow, &Region),
    checked: &Checked,
    (before, trial): (&Sums, Trial),
    position: u64,
) -> Result<Comparison, WhatIfError> {
    let ((rerun, rollups), (from, to)) = (trial.end(), checked.span());
    let after = &trial::sums_of_days(&rollups);
    let mut rules: BTreeMap<&str, (Dimension, (Points, Points))> = BTreeMap::new();
    let mut dimensions: BTreeMap<Dimension, (Points, Points)> = BTreeMap::new();
    let mut subjects: BTreeMap<&Subject, (Points, Points)> = BTreeMap::new();
    for (sums, is_after) in [(before, false), (after, true)] {
        // What was all taken back stands nowhere: of an actor identified since, for one.
        let sums = sums.iter().map(|(key, counted)| (key, &counted.sum));
        for ((subject, rule, dimension), rollup) in sums.filter(|(_, rollup)| !rollup.is_zero()) {
            let add = |pair: &mut (Points, Points), points| match is_after {
                false => pair.0 += points,
                true => pair.1 += points,
            };
            // Own points: those of people are not counted again for their window, department and hall.
            let line = rules.entry(rule).or_insert((*dimension, Default::default()));
            line.0 = *dimension;
            add(&mut line.1, own(rollup));
            add(dimensions.entry(*dimension).or_default(), own(rollup));
            add(subjects.entry(subject).or_default(), all(rollup));
        }
    }
    // A rule that nothing met is told as well.
    for rule in checked.set.rules.iter().filter(|rule| checked.set.is_written(rule)) {
        rules.entry(&rule.id).or_insert((rule.dimension, Default::default()));
    }
    let reached = reach::of_rules(&checked.set, after);
    let names = Names::load(database, row, region, subjects.keys().copied().filter_map(person_of))?;
    let ranked = |subject: &Subject| names.kind(subject).is_none_or(|kind| kind == ActorKindWord::Person);
    let ranks_before =
        ranks(subjects.iter().filter(|(subject, _)| ranked(subject)).map(|(subject, pair)| (*subject, pair.0)));
    let ranks_after =
        ranks(subjects.iter().filter(|(subject, _)| ranked(subject)).map(|(subject, pair)| (*subject, pair.1)));
    let mut lines: Vec<SubjectPair> = subjects
        .iter()
        .map(|(subject, pair)| SubjectPair {
            kind: subject.kind().name().to_owned(),
            subject: names.code(subject),
            name: names.name(subject),
            actor_kind: names.kind(subject),
            points: Pair::of(*pair),
            rank_before: ranks_before.get(subject).copied(),
            rank_after: ranks_after.get(subject).copied(),
        })
        .collect();
    lines.sort_by(|a, b| (&a.kind, a.rank_after, &a.subject).cmp(&(&b.kind, b.rank_after, &b.subject)));
    let persons: Vec<(Points, Points)> = subjects
        .iter()
        .filter(|(subject, _)| subject.kind() == SubjectKind::Person && ranked(subject))
        .map(|(_, pair)| *pair)
        .collect();
    let count = |which: fn(&(Points, Points)) -> bool| persons.iter().filter(|pair| which(pair)).count() as u64;
    let mut standing = Groups::new(region, (from, to), position);
    standing.add_all(database, row)?;
    let mut tried = Groups::new(region, (from, to), position);
    rerun.rows(StateKind::Aggregate).try_for_each(|(_, row)| tried.add(row))?;
    let total = dimensions.values().fold((Points::ZERO, Points::ZERO), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    Ok(Comparison {
        as_of_position: position,
        span: WhatIfSpan { from: from.to_string(), to: to.to_string() },
        set: checked.set.id.clone(),
        version: checked.set.version.to_string(),
        replaces: replaced(region, checked),
        total: Pair::of(total),
        gaining: count(|(before, after)| after > before),
        losing: count(|(before, after)| after < before),
        unchanged: count(|(before, after)| after == before),
        spread_before: figures(persons.iter().map(|pair| pair.0)),
        spread_after: figures(persons.iter().map(|pair| pair.1)),
        dimensions: dimensions
            .into_iter()
            .map(|(dimension, pair)| DimensionPair { dimension: dimension.name().to_owned(), points: Pair::of(pair) })
            .collect(),
        payouts: payout::pairs((database, row, region), (rerun.region(), &rollups), (from, to))?,
        groups: group::pairs(standing, tried, &names),
        rules: rules
            .into_iter()
            .map(|(id, (dimension, pair))| {
                let reach = reached.get(id).map(reach::Reached::view);
                RulePair { reach, ..rule_pair(region, checked, id, dimension, pair) }
            })
            .collect(),
        subjects: lines,
        reached: reach::lines(&reached, &names),
    })
}

/// Digests of the versions of the draft's set that were in force in the span.
fn replaced(region: &Region, checked: &Checked) -> Vec<String> {
    let versions = region.versions();
    let (from, to) = checked.span();
    let in_span = |version: &&jifen_core::scoring::RuleVersion| {
        version.set.id == checked.set.id
            && versions.days(version).is_some_and(|(first, last)| first <= to && last.is_none_or(|last| from <= last))
    };
    versions.all().filter(in_span).map(|version| version.set.version.to_string()).collect()
}

fn rule_pair(region: &Region, checked: &Checked, id: &str, dimension: Dimension, pair: (Points, Points)) -> RulePair {
    let drafted = resident::titles_in(&checked.set, id);
    let is_drafted = drafted.is_some();
    let (title, title_en) =
        drafted.or_else(|| resident::rule_title(region, id)).unwrap_or_else(|| (id.to_owned(), id.to_owned()));
    RulePair {
        rule: id.to_owned(),
        title,
        title_en,
        dimension: dimension.name().to_owned(),
        drafted: is_drafted,
        points: Pair::of(pair),
        reach: None,
    }
}

/// Competition ranks per kind of subject.
fn ranks<'a>(points: impl Iterator<Item = (&'a Subject, Points)>) -> BTreeMap<&'a Subject, u64> {
    let mut kinds: BTreeMap<SubjectKind, Vec<(Points, &Subject)>> = BTreeMap::new();
    for (subject, points) in points {
        kinds.entry(subject.kind()).or_default().push((points, subject));
    }
    let mut found = BTreeMap::new();
    for mut line in kinds.into_values() {
        line.sort_by(|a, b| b.cmp(a));
        let sorted: Vec<Points> = line.iter().map(|(points, _)| *points).collect();
        found.extend(line.iter().map(|(_, subject)| *subject).zip(jifen_core::rollup::ranks(&sorted)));
    }
    found
}

fn figures(points: impl Iterator<Item = Points>) -> Option<SpreadFigures> {
    let found = spread(&points.map(|points| points.0).collect::<Vec<_>>())?;
    let points = |value: i64| Points(value).to_string();
    Some(SpreadFigures {
        gini: found.gini,
        p10: points(found.p10),
        median: points(found.median),
        p90: points(found.p90),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_points_share_a_rank_within_their_kind() {
        let hall = |code: &str| Subject::Hall(code.to_owned());
        let window = |code: &str| Subject::Window(code.to_owned());
        let subjects = [hall("a"), hall("b"), hall("c"), window("w")];
        let found = ranks(subjects.iter().zip([Points(5), Points(9), Points(9), Points(1)]));
        let ranks: Vec<u64> = subjects.iter().map(|subject| found[subject]).collect();
        assert_eq!(ranks, [3, 1, 1, 1]);
    }
}
