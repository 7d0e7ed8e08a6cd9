//! What a board shows of its days: each subject's course through the period, its band of ranks, its move since the day before.
//!
//! In: the ranked board and the day rows it sums. Out: one [`Course`] a subject, kept until the region's next record. Bands are
//! `jifen-insight`'s; ranks are never changed by anything here.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use jifen_core::{ledger::Subject, points::Points, rollup::ranks, time::Date};
use jifen_insight::{Series, bands};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    ReadError,
    leaderboard::{LeaderboardQuery, Placed},
};

/// Longer boards have neither band nor course: they would read every row of the region.
const DAYS_MAX: usize = 400;
/// Only so many from the top are banded; the comparisons grow with the square.
const BANDED_MAX: usize = 1_000;
/// Points of a course that is drawn; a longer period is thinned out.
const DRAWN_MAX: usize = 31;
/// Boards kept.
const KEPT_MAX: usize = 32;

/// First and last place whose order lies within noise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RankBand {
    /// First place.
    pub first: u64,
    /// Last place; the same when nobody else is near.
    pub last: u64,
}

/// One subject's days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Course {
    pub(super) band: Option<RankBand>,
    pub(super) rank_change: Option<i64>,
    pub(super) trend: Vec<String>,
}

pub(super) type Courses = BTreeMap<Subject, Course>;

/// Courses by board, with the position they were made at.
static KEPT: Mutex<BTreeMap<String, (u64, Arc<Courses>)>> = Mutex::new(BTreeMap::new());

/// The courses of the board `places` as of `position`.
pub(super) fn courses(
    database: &Database,
    row: &RegionRow,
    query: &LeaderboardQuery,
    places: &[Placed],
    position: u64,
) -> Result<Arc<Courses>, ReadError> {
    let name = board_name(query);
    let key = format!("{}\n{}\n{name}", database.path().display(), row.code);
    if let Some((at, kept)) = KEPT.lock().unwrap_or_else(PoisonError::into_inner).get(&key)
        && *at == position
    {
        return Ok(Arc::clone(kept));
    }
    let made = Arc::new(make(database, row, query, places, seed(&format!("{}\n{name}", row.code)))?);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX && !kept.contains_key(&key) {
        kept.clear();
    }
    kept.insert(key, (position, Arc::clone(&made)));
    Ok(made)
}

fn board_name(query: &LeaderboardQuery) -> String {
    let LeaderboardQuery { subject, period, rule, dimension, min_facts, after: _, limit: _ } = query;
    format!("{}\n{period}\n{rule:?}\n{dimension:?}\n{min_facts:?}", subject.name())
}

/// FNV-1a of the board's name: the same board always draws the same days, so bands do not flicker while events come in.
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn make(
    database: &Database,
    row: &RegionRow,
    query: &LeaderboardQuery,
    places: &[Placed],
    seed: u64,
) -> Result<Courses, ReadError> {
    let span = (query.period.first, query.period.last());
    let Some((first, last)) = database.dates(row.id)? else { return Ok(Courses::new()) };
    let (from, to) = (span.0.max(first), span.1.min(last));
    if from > to || i64::from(to.0) - i64::from(from.0) >= DAYS_MAX as i64 {
        return Ok(Courses::new());
    }
    let rows = database.board_days(row.id, query.subject, (from, to), (query.rule.as_deref(), query.dimension))?;
    let dates: Vec<Date> = rows.iter().map(|(_, date, _)| *date).collect::<BTreeSet<_>>().into_iter().collect();
    let mut series: BTreeMap<&Subject, Series> = places
        .iter()
        .map(|place| (&place.subject, Series { days: vec![0; dates.len()], fixed: place.standing.points().0 }))
        .collect();
    for (subject, date, points) in &rows {
        if let (Some(series), Ok(day)) = (series.get_mut(subject), dates.binary_search(date)) {
            series.days[day] += points.0;
            series.fixed -= points.0;
        }
    }
    let mut courses: Courses = places
        .iter()
        .map(|place| {
            let trend = series.get(&place.subject).map_or_else(Vec::new, trend);
            (place.subject.clone(), Course { trend, ..Course::default() })
        })
        .collect();
    let ranked: Vec<(&Placed, &Series)> = places
        .iter()
        .filter(|place| place.rank.is_some())
        .filter_map(|place| Some((place, series.get(&place.subject)?)))
        .collect();
    let banded: Vec<Series> = ranked.iter().take(BANDED_MAX).map(|(_, series)| (*series).clone()).collect();
    for ((place, _), band) in ranked.iter().zip(bands(&banded, seed).unwrap_or_default()) {
        if let Some(course) = courses.get_mut(&place.subject) {
            course.band = Some(RankBand { first: band.first as u64, last: band.last as u64 });
        }
    }
    // Only the board that the newest day belongs to has a yesterday.
    if to == last && dates.last() == Some(&last) && dates.len() > 1 {
        changes(&ranked, &mut courses);
    }
    Ok(courses)
}

/// Rank without the newest day, less the rank now: positive for who rose.
fn changes(ranked: &[(&Placed, &Series)], courses: &mut Courses) {
    let mut before: Vec<(Points, &Placed)> = ranked
        .iter()
        .map(|(place, series)| (Points(place.standing.points().0 - series.days.last().copied().unwrap_or(0)), *place))
        .collect();
    before.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let points: Vec<Points> = before.iter().map(|(points, _)| *points).collect();
    for ((_, place), rank_before) in before.iter().zip(ranks(&points)) {
        if let (Some(rank), Some(course)) = (place.rank, courses.get_mut(&place.subject)) {
            course.rank_change =
                i64::try_from(rank_before).ok().zip(i64::try_from(rank).ok()).map(|(was, is)| was - is);
        }
    }
}

/// The running sum at the end of each day, the last one always among those kept.
fn trend(series: &Series) -> Vec<String> {
    let mut sum = 0;
    let sums: Vec<i64> = series
        .days
        .iter()
        .map(|points| {
            sum += points;
            sum
        })
        .collect();
    let step = sums.len().div_ceil(DRAWN_MAX).max(1);
    let kept = sums.iter().rev().step_by(step).map(|sum| Points(*sum).to_string());
    let mut kept: Vec<String> = kept.collect();
    kept.reverse();
    kept
}
