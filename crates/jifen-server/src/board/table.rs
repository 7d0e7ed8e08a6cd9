//! One board in memory: every subject's sums, in order, kept up to date by what transactions change.
//!
//! In: the rows of a board once, then the changes of every commit. Out: pages with ranks, one subject's own rank, days for bands.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jifen_core::{
    engine::Region,
    ledger::Subject,
    points::Points,
    rollup::{BoardPart, Bucket, Order, Rollup, RollupKey, board_parts},
    rule::SubjectKind,
    time::{Date, Grain, Period},
};
use jifen_store::{BoardRows, Database, RegionRow, WholeBoard};

use super::{
    ReadError,
    course::Courses,
    names::{ActorKindWord, Names, person_of},
    resident,
    standing::{Selected, Standing},
};
use crate::writer::Committed;

/// Longer boards have neither band nor course: they would hold every day of the region.
const DAYS_MAX: i64 = 400;
/// Nor have boards of more subjects.
const DAYS_SUBJECTS_MAX: usize = 5_000;

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
    by_subject: HashMap<Subject, u32>,
    order: Order<Place>,
    /// Whether the lines have days.
    has_days: bool,
    /// Last business date of the region's boards.
    last_date: Option<Date>,
    /// Courses, as of a position.
    pub(super) courses: Option<(u64, Arc<Courses>)>,
}

/// One subject of a board.
pub(super) struct Line {
    pub(super) subject: Subject,
    pub(super) code: Arc<str>,
    pub(super) kind: Option<ActorKindWord>,
    pub(super) standing: Standing,
    /// Points of each day that has rows, by date; empty where the board has no days.
    pub(super) days: BTreeMap<Date, Points>,
    listed: Option<Place>,
}

/// Where a line stands: by points from high to low, then by code.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Place {
    points: Reverse<Points>,
    // PERF: the first bytes of the code decide most ties without following the pointer.
    begin: u128,
    code: Arc<str>,
    line: u32,
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
            standing.add(&row.rule, row.dimension, row.rollup, &key.selected);
        }
        let names = Names::load(database, row, region, standings.keys().filter_map(person_of))?;
        let facts_min = key.min_facts.unwrap_or_else(|| resident::settings(region).rank_facts_min);
        let mut table = Self {
            key,
            parts,
            facts_min,
            position: head.journal,
            lines: Vec::with_capacity(standings.len()),
            by_subject: HashMap::with_capacity(standings.len()),
            order: Order::default(),
            has_days: days.is_some() && standings.len() <= DAYS_SUBJECTS_MAX,
            last_date: dates.map(|(_, last)| last),
            courses: None,
        };
        for (subject, standing) in standings {
            let index = table.add_line(subject, &names);
            table.lines[index as usize].standing = standing;
        }
        for (subject, date, points) in days.into_iter().flatten().take_while(|_| table.has_days) {
            if let Some(index) = table.by_subject.get(&subject) {
                *table.lines[*index as usize].days.entry(date).or_default() += points;
            }
        }
        let mut places = Vec::with_capacity(table.lines.len());
        for index in 0..table.lines.len() as u32 {
            let place = table.place_of(index);
            places.extend(place.clone().map(|place| (place, table.is_ranked(index))));
            table.lines[index as usize].listed = place;
        }
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
        let kind = self.key.subject;
        let mut touched: Vec<u32> = Vec::new();
        let mut unknown: Vec<(&RollupKey, &Rollup)> = Vec::new();
        for committed in commits {
            // PERF: keys are in the order of bucket, then subject; both are looked up once for a run of equal ones.
            let mut bucket = None;
            let mut last: Option<(&Subject, Option<u32>)> = None;
            for (key, change) in &committed.rollups {
                let counts = match bucket {
                    Some((known, counts)) if known == key.bucket => counts,
                    _ => {
                        if let Bucket::Day { date, .. } = key.bucket {
                            self.last_date = self.last_date.max(Some(date));
                        }
                        let counts = (self.holds(key.bucket), self.day_of(key.bucket));
                        (bucket, last) = (Some((key.bucket, counts)), None);
                        counts
                    }
                };
                if key.subject.kind() != kind || counts == (false, None) {
                    continue;
                }
                let target = match last {
                    Some((subject, target)) if *subject == key.subject => target,
                    _ => self.by_subject.get(&key.subject).copied(),
                };
                last = Some((&key.subject, target));
                match target {
                    Some(index) => {
                        self.change(index, counts, key, change);
                        touched.extend(counts.0.then_some(index).filter(|index| touched.last() != Some(index)));
                    }
                    None => unknown.push((key, change)),
                }
            }
        }
        if !unknown.is_empty() {
            let people = unknown.iter().filter_map(|(key, _)| person_of(&key.subject));
            let names = Names::load(database, row, region, people)?;
            for (key, change) in unknown {
                let index = match self.by_subject.get(&key.subject) {
                    Some(index) => *index,
                    None => self.add_line(key.subject.clone(), &names),
                };
                self.change(index, (self.holds(key.bucket), self.day_of(key.bucket)), key, change);
                touched.push(index);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        touched.into_iter().for_each(|index| self.put(index));
        if let Some(last) = commits.last() {
            self.position = last.head.journal;
        }
        Ok(())
    }

    /// The lines that come after a place given by points and code, in order; all without.
    pub(super) fn page(&self, after: Option<&(Points, &str)>) -> impl Iterator<Item = Placed<'_>> {
        let start = after.map_or(0, |(points, code)| {
            let from = (Reverse(*points), begin(code), *code);
            let precedes = |place: &Place| {
                let place = (place.points, place.begin, &*place.code);
                if place <= from { Ordering::Less } else { Ordering::Greater }
            };
            self.order.before(precedes).all
        });
        self.page_from(start)
    }

    fn page_from(&self, start: usize) -> impl Iterator<Item = Placed<'_>> {
        let mut above: Option<(Points, u64)> = None;
        let mut counted: Option<u64> = None;
        self.order.from(start).map(move |(place, ranked)| {
            let line = &self.lines[place.line as usize];
            let rank = ranked.then(|| {
                let rank = match (above, counted) {
                    (Some((points, rank)), _) if points == place.points.0 => rank,
                    (_, Some(counted)) => counted + 1,
                    (_, None) => self.rank_of(place.points.0),
                };
                // The first of a page may stand behind others of equal points.
                let before = counted.unwrap_or_else(|| self.order.before(|other| other.cmp(place)).counted as u64);
                (above, counted) = (Some((place.points.0, rank)), Some(before + 1));
                rank
            });
            Placed { index: place.line, line, rank, sufficient: self.is_sufficient(line) }
        })
    }

    /// A subject's line, if the board lists it.
    pub(super) fn find(&self, subject: &Subject) -> Option<Placed<'_>> {
        let index = *self.by_subject.get(subject)?;
        let line = &self.lines[index as usize];
        let place = line.listed.as_ref()?;
        let rank = self.is_ranked(index).then(|| self.rank_of(place.points.0));
        Some(Placed { index, line, rank, sufficient: self.is_sufficient(line) })
    }

    /// How many are ranked.
    pub(super) fn ranked(&self) -> u64 {
        self.order.size().counted as u64
    }

    /// The ranked next to a line: up to `each` before it, the nearest last, and up to `each` after it.
    pub(super) fn around(&self, own: &Placed<'_>, each: usize) -> (Vec<Placed<'_>>, Vec<Placed<'_>>) {
        let Some(place) = &own.line.listed else { return (Vec::new(), Vec::new()) };
        let at = self.order.before(|other| other.cmp(place)).all;
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

    fn holds(&self, bucket: Bucket) -> bool {
        self.parts.iter().any(|part| part.holds(bucket))
    }

    /// The day whose points a change of `bucket` changes, as far as they are kept.
    fn day_of(&self, bucket: Bucket) -> Option<Date> {
        let Bucket::Day { date, grain: Grain::Day } = bucket else { return None };
        (self.has_days && self.key.period.contains(date)).then_some(date)
    }

    fn change(&mut self, index: u32, (holds, day): (bool, Option<Date>), key: &RollupKey, change: &Rollup) {
        let line = &mut self.lines[index as usize];
        if holds {
            line.standing.add(&key.rule, key.dimension, *change, &self.key.selected);
        }
        let selected = key.dimension.is_some_and(|dimension| self.key.selected.holds(&key.rule, dimension));
        if let Some(date) = day.filter(|_| selected) {
            *line.days.entry(date).or_default() += change.posted() + change.provisional();
        }
    }

    fn add_line(&mut self, subject: Subject, names: &Names<'_>) -> u32 {
        let index = self.lines.len() as u32;
        self.by_subject.insert(subject.clone(), index);
        self.lines.push(Line {
            code: names.code(&subject).into(),
            kind: names.kind(&subject),
            subject,
            standing: Standing::default(),
            days: BTreeMap::new(),
            listed: None,
        });
        index
    }

    /// Puts a line where its sums belong now.
    fn put(&mut self, index: u32) {
        let place = self.place_of(index);
        if let Some(old) = std::mem::replace(&mut self.lines[index as usize].listed, place.clone()) {
            self.order.remove(&old);
        }
        if let Some(place) = place {
            self.order.insert(place, self.is_ranked(index));
        }
    }

    fn place_of(&self, index: u32) -> Option<Place> {
        let line = &self.lines[index as usize];
        let points = Reverse(line.standing.points());
        let place = Place { points, begin: begin(&line.code), code: Arc::clone(&line.code), line: index };
        line.standing.is_listed().then_some(place)
    }

    fn is_sufficient(&self, line: &Line) -> bool {
        line.standing.facts >= self.facts_min
    }

    /// System accounts and unknown actors are shown, never ranked.
    fn is_ranked(&self, index: u32) -> bool {
        let line = &self.lines[index as usize];
        let can_be = match line.kind {
            None | Some(ActorKindWord::Person) => true,
            Some(ActorKindWord::System | ActorKindWord::Unknown) => false,
        };
        can_be && self.is_sufficient(line)
    }
}

/// The first sixteen bytes of a code, as a number of the same order.
fn begin(code: &str) -> u128 {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(code.bytes()).for_each(|(place, byte)| *place = byte);
    u128::from_be_bytes(bytes)
}
