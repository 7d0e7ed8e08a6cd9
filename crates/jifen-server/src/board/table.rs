//! One board in memory: every subject's sums, in order, kept up to date by what transactions change.
//!
//! In: the rows of a board once, then the changes of every commit. Out: pages with ranks, one subject's own rank, days for bands.

use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use hashbrown::HashTable;
use jifen_core::{
    engine::Region,
    id::ActorId,
    ledger::Subject,
    points::Points,
    rollup::{BoardPart, Bucket, Order, Ordered, Step, board_parts},
    rule::SubjectKind,
    time::{Date, Grain, Period},
};
use jifen_store::{BoardRows, Database, RegionRow, WholeBoard};

use super::{
    ReadError,
    course::Courses,
    names::{ActorKindWord, Names, person_of},
    resident,
    standing::{Counted, RuleOn, Selected, Standing},
};
use crate::writer::{Changed, ChangedSubject, Committed};

/// Longer boards have neither band nor course: they would hold every day of the region.
const DAYS_MAX: i64 = 400;
/// Nor have boards of more subjects.
const DAYS_SUBJECTS_MAX: usize = 5_000;

/// Room kept for newcomers when a board is read: of so many lines one, and so many at least.
const NEWCOMERS_SHARE: usize = 16;
const NEWCOMERS_MIN: usize = 64;

/// Lines looked at on each side for neighbours.
const AROUND_MAX: usize = 64;

/// Which board a table is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct TableKey {
    pub(super) subject: SubjectKind,
    pub(super) period: Period,
    pub(super) selected: Selected,
    pub(super) min_facts: Option<i64>,
}

impl TableKey {
    /// What the board is called in `region`: it seeds the draws of its bands.
    pub(super) fn name_in(&self, region: &str) -> String {
        let Self { subject, period, selected: Selected { rule, dimension }, min_facts } = self;
        format!("{region}\n{}\n{period}\n{rule:?}\n{dimension:?}\n{min_facts:?}", subject.name())
    }

    /// The board of everybody of a kind.
    pub(super) fn whole(subject: SubjectKind, period: Period) -> Self {
        Self { subject, period, selected: Selected::default(), min_facts: None }
    }
}

/// A board.
pub(super) struct Table {
    key: TableKey,
    parts: Vec<BoardPart>,
    facts_min: i64,
    position: u64,
    lines: Vec<Line>,
    subjects: Subjects,
    order: Order<Place>,
    /// Whether the lines have days.
    has_days: bool,
    /// Last business date of the region's boards.
    last_date: Option<Date>,
    /// Courses, as of a position.
    pub(super) courses: Option<(u64, Arc<Courses>)>,
}

/// One subject of a board.
///
/// PERF: among many people every line is cold; what following a commit looks at lies side by side, the rest at the end.
#[repr(C, align(64))]
pub(super) struct Line {
    pub(super) subject: Subject,
    pub(super) standing: Standing,
    /// Its place; `None` while it is not listed.
    listed: Option<Place>,
    pub(super) kind: Option<ActorKindWord>,
    /// See [`begin`].
    begin: u64,
    /// A trainee in the period, who is not ranked.
    pub(super) is_trainee: bool,
    pub(super) code: Arc<str>,
    /// Points of each day that has rows, by date; empty where the board has no days.
    pub(super) days: BTreeMap<Date, Points>,
}

/// Where a line stands: by points from high to low, then by code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    points: Reverse<Points>,
    // PERF: the first bytes of the code decide most ties without looking at the line.
    begin: u64,
    line: u32,
    is_ranked: bool,
}

impl Place {
    /// Points from high to low and the beginning of the code, as a number of the same order.
    #[inline]
    fn number(&self) -> u128 {
        // Flipping the sign makes the order of signed numbers that of unsigned ones; flipping all the rest reverses it.
        let from_high = !(self.points.0.0.cast_unsigned() ^ (1 << 63));
        u128::from(from_high) << 64 | u128::from(self.begin)
    }
}

impl Ordered for Place {
    fn is_counted(&self) -> bool {
        self.is_ranked
    }
}

/// Finds a subject's line.
///
/// PERF: it keeps line numbers only and compares subjects where they lie, in lines that are wanted next anyway: with the subjects
/// in it, it would be eight times as large and each look-up wait for memory twice.
#[derive(Default)]
struct Subjects {
    lines: HashTable<u32>,
    hashes: RandomState,
}

impl Subjects {
    fn hash(&self, subject: &Subject) -> u64 {
        hash_of(&self.hashes, subject)
    }

    fn find(&self, lines: &[Line], hash: u64, subject: &Subject) -> Option<u32> {
        self.lines.find(hash, |line| lines[*line as usize].subject == *subject).copied()
    }

    /// Adds the last line, whose subject is not yet there.
    fn add_last(&mut self, lines: &[Line]) {
        let Some((last, line)) = lines.len().checked_sub(1).map(|last| (last as u32, &lines[last])) else { return };
        let hash = self.hash(&line.subject);
        self.lines.insert_unique(hash, last, |line| hash_of(&self.hashes, &lines[*line as usize].subject));
    }
}

fn hash_of(hashes: &RandomState, subject: &Subject) -> u64 {
    match subject {
        // PERF: an actor is a keyed hash already, which nobody who chooses codes can choose.
        Subject::Person(ActorId([a, b, c, d, e, f, g, h, ..])) => u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        place => hashes.hash_one(place),
    }
}

/// What one transaction changed, and what its rules are to this board.
#[derive(Clone, Copy)]
struct Followed<'a> {
    changed: &'a Changed,
    rules: &'a [RuleOn],
}

/// What one transaction changed of one subject in one bucket.
struct Change<'a> {
    of: &'a ChangedSubject,
    hash: u64,
    /// Whether the board sums it.
    holds: bool,
    /// The day whose points it changes, as far as they are kept.
    day: Option<Date>,
}

/// A line with its place on the board.
pub(super) struct Placed<'a> {
    pub(super) index: u32,
    pub(super) line: &'a Line,
    pub(super) rank: Option<u64>,
    pub(super) sufficient: bool,
}

impl Table {
    /// Reads the board.
    pub(super) fn read(
        database: &Database,
        row: &RegionRow,
        region: &Region,
        key: TableKey,
    ) -> Result<Self, ReadError> {
        let parts = board_parts(key.period);
        let BoardRows { head, rows, dates, days } = database.whole_board(
            row.id,
            &WholeBoard {
                kind: key.subject,
                parts: &parts,
                span: (key.period.first, key.period.last()),
                days_max: DAYS_MAX,
                rule: key.selected.rule.as_deref(),
                dimension: key.selected.dimension,
            },
        )?;
        let mut standings: BTreeMap<Subject, Standing> = BTreeMap::new();
        for row in rows {
            let standing = standings.entry(row.subject).or_default();
            standing.add(row.rollup, key.selected.counted(key.selected.rule(&row.rule), row.dimension));
        }
        let names = Names::load(database, row, region, standings.keys().filter_map(person_of))?;
        let facts_min = key.min_facts.unwrap_or_else(|| resident::settings(region).rank_facts_min);
        let mut table = Self {
            key,
            parts,
            facts_min,
            position: head.journal,
            // PERF: the first newcomers should not make all lines move to a larger place.
            lines: Vec::with_capacity(standings.len() + standings.len() / NEWCOMERS_SHARE + NEWCOMERS_MIN),
            subjects: Subjects::default(),
            order: Order::default(),
            has_days: days.is_some() && standings.len() <= DAYS_SUBJECTS_MAX,
            last_date: dates.map(|(_, last)| last),
            courses: None,
        };
        for (subject, standing) in standings {
            let index = table.add_line(region, subject, &names);
            table.lines[index as usize].standing = standing;
        }
        for (subject, date, points) in days.into_iter().flatten().take_while(|_| table.has_days) {
            if let Some(index) = table.index_of(&subject) {
                *table.lines[index as usize].days.entry(date).or_default() += points;
            }
        }
        let mut places = Vec::with_capacity(table.lines.len());
        for index in 0..table.lines.len() as u32 {
            let listed = table.place_of(index);
            places.extend(listed);
            table.lines[index as usize].listed = listed;
        }
        places.sort_unstable_by(|a, b| compare(&table.lines, a, b));
        table.order = Order::of(places);
        Ok(table)
    }

    /// As of which journal position.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Which board it is.
    pub(super) fn key(&self) -> &TableKey {
        &self.key
    }

    /// Which board it was.
    pub(super) fn into_key(self) -> TableKey {
        self.key
    }

    /// How much it holds.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Brings the board up to the end of `commits`, which go on from its position.
    pub(super) fn follow(
        &mut self,
        database: &Database,
        row: &RegionRow,
        region: &Region,
        commits: &[Arc<Committed>],
    ) -> Result<(), ReadError> {
        let mut touched: Vec<u32> = Vec::new();
        let mut unknown: Vec<(Followed<'_>, Change<'_>)> = Vec::new();
        let rules: Vec<Vec<RuleOn>> = commits.iter().map(|committed| self.rules_of(&committed.changed)).collect();
        for (Committed { changed, .. }, rules) in commits.iter().map(AsRef::as_ref).zip(&rules) {
            self.last_date = self.last_date.max(changed.last_date());
            let followed = Followed { changed, rules };
            let changes = self.changes_of(changed);
            // PERF: one kind of step at a time: the look-ups of many subjects wait for memory together, not one after another.
            let found: Vec<Option<u32>> =
                changes.iter().map(|change| self.subjects.find(&self.lines, change.hash, &change.of.subject)).collect();
            for (change, index) in changes.into_iter().zip(found) {
                match index {
                    Some(index) => touched.extend(self.add(index, &change, followed).then_some(index)),
                    None => unknown.push((followed, change)),
                }
            }
        }
        if !unknown.is_empty() {
            let people = unknown.iter().filter_map(|(_, change)| person_of(&change.of.subject));
            let names = Names::load(database, row, region, people)?;
            for (followed, change) in unknown {
                let subject = &change.of.subject;
                let index = match self.index_of(subject) {
                    Some(index) => index,
                    None => self.add_line(region, subject.clone(), &names),
                };
                self.add(index, &change, followed);
                touched.push(index);
            }
        }
        self.put(touched);
        if let Some(last) = commits.last() {
            self.position = last.head.journal;
        }
        Ok(())
    }

    /// The lines that come after a place given by points and code, in order; all without.
    pub(super) fn page(&self, after: Option<&(Points, &str)>) -> impl Iterator<Item = Placed<'_>> {
        let start = after.map_or(0, |(points, code)| {
            let from = (Reverse(*points), *code);
            let precedes = |place: &Place| {
                let place = (place.points, &*self.lines[place.line as usize].code);
                if place <= from { Ordering::Less } else { Ordering::Greater }
            };
            self.order.before(precedes).all
        });
        self.page_from(start)
    }

    fn page_from(&self, start: usize) -> impl Iterator<Item = Placed<'_>> {
        let mut above: Option<(Points, u64)> = None;
        let mut counted: Option<u64> = None;
        self.order.from(start, |one, other| compare(&self.lines, one, other)).map(move |place| {
            let line = &self.lines[place.line as usize];
            let rank = place.is_ranked.then(|| {
                let rank = match (above, counted) {
                    (Some((points, rank)), _) if points == place.points.0 => rank,
                    (_, Some(counted)) => counted + 1,
                    (_, None) => self.rank_of(place.points.0),
                };
                // The first of a page may stand behind others of equal points.
                let before = counted
                    .unwrap_or_else(|| self.order.before(|other| compare(&self.lines, other, &place)).counted as u64);
                (above, counted) = (Some((place.points.0, rank)), Some(before + 1));
                rank
            });
            Placed { index: place.line, line, rank, sufficient: self.is_sufficient(line) }
        })
    }

    /// A subject's line, if the board lists it.
    pub(super) fn find(&self, subject: &Subject) -> Option<Placed<'_>> {
        let index = self.index_of(subject)?;
        let line = &self.lines[index as usize];
        let place = line.listed?;
        let rank = place.is_ranked.then(|| self.rank_of(place.points.0));
        Some(Placed { index, line, rank, sufficient: self.is_sufficient(line) })
    }

    /// How many are ranked.
    pub(super) fn ranked(&self) -> u64 {
        self.order.size().counted as u64
    }

    /// The ranked next to a line: up to `each` before it, the nearest last, and up to `each` after it.
    pub(super) fn around(&self, own: &Placed<'_>, each: usize) -> (Vec<Placed<'_>>, Vec<Placed<'_>>) {
        let Some(place) = &own.line.listed else { return (Vec::new(), Vec::new()) };
        let at = self.order.before(|other| compare(&self.lines, other, place)).all;
        // Those who are not ranked stand among those who are; a few more are looked at than are wanted.
        let start = at.saturating_sub(AROUND_MAX);
        let ranked = |placed: &Placed<'_>| placed.rank.is_some();
        let mut above: Vec<Placed<'_>> = self.page_from(start).take(at - start).filter(ranked).collect();
        above.drain(..above.len().saturating_sub(each));
        let below = self.page_from(at + 1).take(AROUND_MAX).filter(ranked).take(each).collect();
        (above, below)
    }

    /// The last business date of the region, when this board has days and is short enough for courses.
    pub(super) fn last_date(&self) -> Option<Date> {
        self.last_date.filter(|_| self.has_days)
    }

    /// Competition rank: one more than those ranked with more points.
    fn rank_of(&self, points: Points) -> u64 {
        let above = self.order.before(|place| place.points.cmp(&Reverse(points)));
        above.counted as u64 + 1
    }

    /// The first and the last bucket whose changes can matter.
    fn buckets(&self) -> (Bucket, Bucket) {
        let days =
            |from, to| (Bucket::Day { date: from, grain: Grain::Day }, Bucket::Day { date: to, grain: Grain::All });
        let parts = self.parts.iter().map(|part| match *part {
            BoardPart::Months { from, to } => (Bucket::Month { first: from }, Bucket::Month { first: to }),
            BoardPart::Days { from, to, .. } => days(from, to),
        });
        let whole = days(self.key.period.first, self.key.period.last());
        let spans = parts.chain(self.has_days.then_some(whole));
        spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))).unwrap_or(whole)
    }

    fn holds(&self, bucket: Bucket) -> bool {
        self.parts.iter().any(|part| part.holds(bucket))
    }

    /// The day whose points a change of `bucket` changes, as far as they are kept.
    fn day_of(&self, bucket: Bucket) -> Option<Date> {
        let Bucket::Day { date, grain: Grain::Day } = bucket else { return None };
        (self.has_days && self.key.period.contains(date)).then_some(date)
    }

    /// The subjects of this board that changed, in the buckets that matter.
    fn changes_of<'a>(&self, changed: &'a Changed) -> Vec<Change<'a>> {
        let (from, to) = self.buckets();
        let subjects = changed.subjects();
        let subjects = &subjects[subjects.partition_point(|of| of.bucket < from)..];
        let subjects = &subjects[..subjects.partition_point(|of| of.bucket <= to)];
        let mut changes: Vec<Change<'a>> = Vec::with_capacity(subjects.len());
        for of_bucket in subjects.chunk_by(|one, other| one.bucket == other.bucket) {
            let bucket = of_bucket[0].bucket;
            let (holds, day) = (self.holds(bucket), self.day_of(bucket));
            if holds || day.is_some() {
                let own = of_bucket.iter().filter(|of| of.subject.kind() == self.key.subject);
                changes.extend(own.map(|of| Change { of, hash: self.subjects.hash(&of.subject), holds, day }));
            }
        }
        changes
    }

    fn rules_of(&self, changed: &Changed) -> Vec<RuleOn> {
        changed.rules().iter().map(|rule| self.key.selected.rule(rule)).collect()
    }

    /// Adds a change to a line; says whether its place may be another now.
    fn add(&mut self, index: u32, change: &Change<'_>, Followed { changed, rules }: Followed<'_>) -> bool {
        let line = &mut self.lines[index as usize];
        for row in changed.rows_of(change.of) {
            let counted = self.key.selected.counted(rules[row.rule as usize], row.dimension);
            if change.holds {
                line.standing.add(row.rollup, counted);
            }
            if let (Some(date), Counted::Points { .. }) = (change.day, counted) {
                *line.days.entry(date).or_default() += row.rollup.posted() + row.rollup.provisional();
            }
        }
        change.holds
    }

    fn index_of(&self, subject: &Subject) -> Option<u32> {
        self.subjects.find(&self.lines, self.subjects.hash(subject), subject)
    }

    fn add_line(&mut self, region: &Region, subject: Subject, names: &Names<'_>) -> u32 {
        let index = self.lines.len() as u32;
        let code: Arc<str> = names.code(&subject).into();
        self.lines.push(Line {
            kind: names.kind(&subject),
            begin: begin(&code),
            is_trainee: region.organisation().is_trainee_in(&subject, self.key.period),
            code,
            subject,
            standing: Standing::default(),
            days: BTreeMap::new(),
            listed: None,
        });
        self.subjects.add_last(&self.lines);
        index
    }

    /// Puts lines where their sums belong now.
    fn put(&mut self, mut indexes: Vec<u32>) {
        indexes.sort_unstable();
        indexes.dedup();
        let mut steps: Vec<Step<Place>> = Vec::with_capacity(2 * indexes.len());
        for index in indexes {
            let place = self.place_of(index);
            let old = std::mem::replace(&mut self.lines[index as usize].listed, place);
            if place != old {
                steps.extend(old.map(|item| Step { item, comes: false }));
                steps.extend(place.map(|item| Step { item, comes: true }));
            }
        }
        let lines = &self.lines;
        self.order.change(&mut steps, |one, other| compare(lines, one, other));
    }

    fn place_of(&self, index: u32) -> Option<Place> {
        let line = &self.lines[index as usize];
        let (points, is_ranked) = (Reverse(line.standing.points()), self.is_ranked(line));
        line.standing.is_listed().then_some(Place { points, begin: line.begin, line: index, is_ranked })
    }

    fn is_sufficient(&self, line: &Line) -> bool {
        line.standing.facts >= self.facts_min
    }

    /// System accounts, unknown actors and trainees are shown, never ranked.
    fn is_ranked(&self, line: &Line) -> bool {
        let can_be = match line.kind {
            None | Some(ActorKindWord::Person) => true,
            Some(ActorKindWord::System | ActorKindWord::Unknown) => false,
        };
        can_be && !line.is_trainee && self.is_sufficient(line)
    }
}

/// Which of two places comes first.
///
/// PERF: one comparison of two numbers decides nearly always, without a branch that a search could not foresee.
#[inline]
fn compare(lines: &[Line], one: &Place, other: &Place) -> Ordering {
    match one.number().cmp(&other.number()) {
        Ordering::Equal if one.line == other.line => Ordering::Equal,
        Ordering::Equal => compare_codes(lines, one, other),
        unequal => unequal,
    }
}

#[cold]
fn compare_codes(lines: &[Line], one: &Place, other: &Place) -> Ordering {
    let code = |place: &Place| &*lines[place.line as usize].code;
    code(one).cmp(code(other)).then(one.line.cmp(&other.line))
}

/// The first eight bytes of a code, as a number of the same order.
fn begin(code: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(code.bytes()).for_each(|(place, byte)| *place = byte);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_places_number_is_in_the_order_of_points_then_code() {
        let place = |points, code: &str| {
            let (points, begin) = (Reverse(Points(points)), begin(code));
            Place { points, begin, line: 0, is_ranked: true }.number()
        };
        let all: Vec<u128> = [i64::MAX, 1_000, 1, 0, -1, -1_000, i64::MIN]
            .into_iter()
            .flat_map(|points| ["", "P1", "P10", "P2", "王", "王岚"].map(|code| place(points, code)))
            .collect();
        assert!(all.is_sorted(), "{all:?}");
        assert!(place(0, "12345678") == place(0, "123456789"), "what lies beyond is compared as text");
    }
}
