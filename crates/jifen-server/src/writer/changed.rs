//! The rows that a transaction changed, laid side by side for those who follow it and read them all.
//!
//! PERF: in a map of rows each has two texts and a place of its own, written by another thread: a board that follows would wait for
//! memory several times a row. Here a subject's rows are a stretch of numbers, and rules are named once.

use std::ops::Range;

use foldhash::{HashMap, HashMapExt};
use jifen_core::{
    ledger::Subject,
    rollup::{Bucket, Rollup, RollupKey, Rollups},
    rule::Dimension,
    time::Date,
};

/// Changed rows, in the order of their keys.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    rules: Vec<String>,
    subjects: Vec<ChangedSubject>,
    rows: Vec<ChangedRow>,
}

/// What changed of one subject in one bucket.
#[derive(Clone, Debug)]
pub struct ChangedSubject {
    /// When.
    pub bucket: Bucket,
    /// Whose.
    pub subject: Subject,
    rows: Range<u32>,
}

/// What was added to one row.
#[derive(Clone, Copy, Debug)]
pub struct ChangedRow {
    /// Which of [`Changed::rules`].
    pub rule: u32,
    /// The rule's dimension; `None` for counts.
    pub dimension: Option<Dimension>,
    /// What was added.
    pub rollup: Rollup,
}

impl Changed {
    /// Rules and counts that rows name.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// The rule or count of a row.
    pub fn rule(&self, row: &ChangedRow) -> &str {
        &self.rules[row.rule as usize]
    }

    /// Subjects in the order of their buckets.
    pub fn subjects(&self) -> &[ChangedSubject] {
        &self.subjects
    }

    /// The rows of one of the subjects.
    pub fn rows_of(&self, subject: &ChangedSubject) -> &[ChangedRow] {
        &self.rows[subject.rows.start as usize..subject.rows.end as usize]
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The last day that changed.
    pub fn last_date(&self) -> Option<Date> {
        let days = self.subjects.partition_point(|subject| matches!(subject.bucket, Bucket::Day { .. }));
        match self.subjects.get(days.checked_sub(1)?)?.bucket {
            Bucket::Day { date, .. } => Some(date),
            Bucket::Month { .. } => None,
        }
    }
}

impl From<Rollups> for Changed {
    fn from(rollups: Rollups) -> Self {
        let mut changed = Self { rows: Vec::with_capacity(rollups.len()), ..Self::default() };
        let mut known: HashMap<String, u32> = HashMap::new();
        for (RollupKey { bucket, subject, rule, dimension }, rollup) in rollups {
            let rule = *known.entry(rule).or_insert_with_key(|rule| {
                changed.rules.push(rule.clone());
                changed.rules.len() as u32 - 1
            });
            let row = changed.rows.len() as u32;
            changed.rows.push(ChangedRow { rule, dimension, rollup });
            match changed.subjects.last_mut().filter(|last| last.bucket == bucket && last.subject == subject) {
                Some(last) => last.rows.end = row + 1,
                None => changed.subjects.push(ChangedSubject { bucket, subject, rows: row..row + 1 }),
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use jifen_core::{points::Points, time::Grain};

    use super::*;

    #[test]
    fn every_row_is_found_under_its_subject_and_names_its_rule() {
        let day = |date| Bucket::Day { date: Date(date), grain: Grain::Day };
        let window = |code: &str| Subject::Window(code.to_owned());
        let mut rollups = Rollups::new();
        for (points, (bucket, subject, rule)) in [
            (day(20_000), window("W1"), "a"),
            (day(20_000), window("W1"), "b"),
            (day(20_000), window("W2"), "a"),
            (day(20_001), window("W2"), "b"),
            (Bucket::Month { first: Date(20_020) }, window("W2"), "b"),
        ]
        .into_iter()
        .enumerate()
        {
            let key = RollupKey { bucket, subject, rule: rule.to_owned(), dimension: Some(Dimension::Quality) };
            rollups.insert(key, Rollup { own_posted: Points(points as i64), ..Rollup::default() });
        }
        let changed = Changed::from(rollups.clone());
        let back = changed.subjects().iter().flat_map(|of| {
            changed.rows_of(of).iter().map(|row| {
                let (bucket, subject, rule) = (of.bucket, of.subject.clone(), changed.rule(row).to_owned());
                (RollupKey { bucket, subject, rule, dimension: row.dimension }, row.rollup)
            })
        });
        assert_eq!(back.collect::<Rollups>(), rollups);
        assert_eq!(
            (changed.len(), changed.subjects().len(), changed.rules()),
            (5, 4, &["a".to_owned(), "b".to_owned()][..])
        );
        assert_eq!(changed.last_date(), Some(Date(20_001)), "a month begins on no day that changed");
        assert_eq!(Changed::default().last_date(), None);
    }
}
