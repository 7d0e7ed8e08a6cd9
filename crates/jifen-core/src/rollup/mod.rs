//! Stage 8, rollups: sums per subject, rule and period, changed in the same transaction as the ledger; ranks are made on reading.
//!
//! A row is kept per day and per month. A board of a day or week sums day rows; of a month, month rows; of a quarter, a year or
//! all time, month rows plus the day rows of awards whose own period is a quarter or a year (they count on no shorter board).

mod order;

use std::{
    collections::{BTreeMap, hash_map::Entry},
    ops,
};

use foldhash::HashMap;

use crate::{
    ledger::{Subject, SubjectRef},
    points::Points,
    rule::Dimension,
    time::{Date, Grain, Period},
};

pub use order::{Order, Ordered, Size, Step};

/// Which board rows a change goes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Bucket {
    /// One business date; `grain` is the shortest board it counts on (day for per-fact awards).
    Day {
        /// The date.
        date: Date,
        /// Shortest board.
        grain: Grain,
    },
    /// A month's sum over all grains up to the month, by its first day.
    Month {
        /// First day.
        first: Date,
    },
}

impl Bucket {
    /// The buckets that points of `date` and `grain` go to.
    pub fn of(date: Date, grain: Grain) -> impl Iterator<Item = Self> {
        let month = (grain <= Grain::Month).then(|| Self::Month { first: Period::holding(Grain::Month, date).first });
        [Some(Self::Day { date, grain }), month].into_iter().flatten()
    }
}

/// Key of one rollup row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RollupKey {
    /// When.
    pub bucket: Bucket,
    /// Whose.
    pub subject: Subject,
    /// Rule id; `""` counts distinct facts any rule looked at, `"#service"` … the facts of a kind.
    pub rule: String,
    /// The rule's dimension; `None` for the counting rows.
    pub dimension: Option<Dimension>,
}

/// What a row holds, and what a change adds to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rollup {
    /// Posted points of the subject itself.
    pub own_posted: Points,
    /// Posted points of its people.
    pub members_posted: Points,
    /// Provisional points of the subject itself.
    pub own_provisional: Points,
    /// Provisional points of its people.
    pub members_provisional: Points,
    /// Facts.
    pub facts: i64,
}

impl Rollup {
    /// Whether adding it changes nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Posted points, own and members'.
    pub fn posted(&self) -> Points {
        self.own_posted + self.members_posted
    }

    /// Provisional points, own and members'.
    pub fn provisional(&self) -> Points {
        self.own_provisional + self.members_provisional
    }
}

impl ops::AddAssign for Rollup {
    fn add_assign(&mut self, other: Self) {
        self.own_posted += other.own_posted;
        self.members_posted += other.members_posted;
        self.own_provisional += other.own_provisional;
        self.members_provisional += other.members_provisional;
        self.facts += other.facts;
    }
}

/// Changes of a batch, summed per row.
pub type Rollups = BTreeMap<RollupKey, Rollup>;

/// What a record adds to day rows, in the order of happening. [`rows_of`] says which rows that changes.
///
/// PERF: one line per subject and day, since a fact changes several rows of each of its few subjects; with a key per row,
/// hashing and comparing keys cost a tenth of ingest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lines(Vec<Line>);

/// Changes of one subject's rows of one day.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    day: Day,
    parts: Vec<Part>,
}

/// Whose rows, of which date, counting on boards from which length.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Day {
    date: Date,
    grain: Grain,
    subject: Subject,
}

type Part = (String, Option<Dimension>, Rollup);

impl Lines {
    /// Adds to the row of a rule (or a count) of a subject's day.
    pub fn add(
        &mut self,
        date: Date,
        grain: Grain,
        subject: SubjectRef<'_>,
        rule: &str,
        of: Option<Dimension>,
        change: Rollup,
    ) {
        let is_of =
            |line: &&mut Line| (line.day.date, line.day.grain) == (date, grain) && line.day.subject.as_ref() == subject;
        match self.0.iter_mut().find(is_of) {
            Some(line) => add_part(&mut line.parts, rule, of, change),
            None => {
                let mut parts = Vec::with_capacity(4);
                add_part(&mut parts, rule, of, change);
                self.0.push(Line { day: Day { date, grain, subject: subject.into_owned() }, parts });
            }
        }
    }
}

fn add_part(parts: &mut Vec<Part>, rule: &str, of: Option<Dimension>, change: Rollup) {
    match parts.iter_mut().find(|(known, dimension, _)| *dimension == of && known == rule) {
        Some((_, _, sum)) => *sum += change,
        None => parts.push((rule.to_owned(), of, change)),
    }
}

impl Line {
    fn rows(self) -> impl Iterator<Item = (RollupKey, Rollup)> {
        let Line { day: Day { date, grain, subject }, parts } = self;
        parts.into_iter().flat_map(move |(rule, dimension, change)| {
            let key = RollupKey { bucket: Bucket::Day { date, grain }, subject: subject.clone(), rule, dimension };
            let month = Bucket::of(date, grain).nth(1).map(|bucket| (RollupKey { bucket, ..key.clone() }, change));
            std::iter::once((key, change)).chain(month)
        })
    }
}

/// The rows that a record's lines change: of days, and of months where they count on a month's board.
pub fn rows_of(lines: Lines) -> impl Iterator<Item = (RollupKey, Rollup)> {
    lines.0.into_iter().flat_map(Line::rows)
}

/// Sums the lines of many records.
#[derive(Debug, Default)]
pub struct Sum(HashMap<Day, Vec<Part>>);

impl Sum {
    /// Adds a record's lines.
    pub fn add(&mut self, lines: Lines) {
        for Line { day, parts } in lines.0 {
            match self.0.entry(day) {
                Entry::Occupied(mut known) => {
                    parts.into_iter().for_each(|(rule, of, change)| add_part(known.get_mut(), &rule, of, change));
                }
                Entry::Vacant(vacant) => drop(vacant.insert(parts)),
            }
        }
    }

    /// The rows that change. Their order is that of the keys, never the table's.
    pub fn rows(self) -> Rollups {
        let mut rows = Rollups::new();
        for (key, change) in self.0.into_iter().flat_map(|(day, parts)| Line { day, parts }.rows()) {
            *rows.entry(key).or_default() += change;
        }
        rows.retain(|_, change| !change.is_zero());
        rows
    }
}

/// The rows a board of `period` sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BoardPart {
    /// Month rows whose first day lies in `from..=to`.
    Months {
        /// From this first day …
        from: Date,
        /// … to this one.
        to: Date,
    },
    /// Day rows with date in `from..=to` and grain in `least..=most`.
    Days {
        /// From this day …
        from: Date,
        /// … to this day.
        to: Date,
        /// Shortest grain …
        least: Grain,
        /// … and longest.
        most: Grain,
    },
}

/// Which rows make the board of `period`.
pub fn board_parts(period: Period) -> Vec<BoardPart> {
    let (from, to) = (period.first, period.last());
    match period.grain {
        Grain::Day | Grain::Week => vec![BoardPart::Days { from, to, least: Grain::Day, most: period.grain }],
        Grain::Month => vec![BoardPart::Months { from, to }],
        Grain::Quarter | Grain::Year | Grain::All => vec![
            BoardPart::Months { from, to },
            BoardPart::Days { from, to, least: Grain::Quarter, most: period.grain },
        ],
    }
}

/// Competition ranks (1, 2, 2, 4) of points sorted from high to low.
pub fn ranks(sorted: &[Points]) -> Vec<u64> {
    let mut ranks: Vec<u64> = Vec::with_capacity(sorted.len());
    for (index, points) in sorted.iter().enumerate() {
        let tied = index > 0 && sorted[index - 1] == *points;
        ranks.push(if tied { ranks[index - 1] } else { index as u64 + 1 });
    }
    ranks
}

impl BoardPart {
    /// Whether a row of `bucket` belongs to this part.
    pub fn holds(&self, bucket: Bucket) -> bool {
        match (*self, bucket) {
            (Self::Months { from, to }, Bucket::Month { first }) => from <= first && first <= to,
            (Self::Days { from, to, least, most }, Bucket::Day { date, grain }) => {
                from <= date && date <= to && least <= grain && grain <= most
            }
            (Self::Months { .. }, Bucket::Day { .. }) | (Self::Days { .. }, Bucket::Month { .. }) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_points_share_a_rank() {
        let points: Vec<_> = [9, 7, 7, 3].map(Points).to_vec();
        assert_eq!(ranks(&points), [1, 2, 2, 4]);
    }

    #[test]
    fn an_award_counts_on_boards_of_its_length_or_longer() {
        let date = Date::parse("2026-11-30").expect("date");
        let counts = |grain: Grain, period: &str| {
            let period = Period::parse(period).expect("period");
            let parts = board_parts(period);
            Bucket::of(date, grain).filter(|bucket| parts.iter().any(|part| part.holds(*bucket))).count()
        };
        for (grain, periods) in [
            (Grain::Day, [1, 1, 1, 1, 1, 1]),
            (Grain::Week, [0, 1, 1, 1, 1, 1]),
            (Grain::Month, [0, 0, 1, 1, 1, 1]),
            (Grain::Quarter, [0, 0, 0, 1, 1, 1]),
            (Grain::Year, [0, 0, 0, 0, 1, 1]),
        ] {
            let found = ["2026-11-30", "2026-W49", "2026-11", "2026-Q4", "2026", "all"].map(|p| counts(grain, p));
            assert_eq!(found, periods, "{grain:?}");
        }
    }
}
