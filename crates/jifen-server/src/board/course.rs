//! What a board shows of its days: each subject's course through the period, its band of ranks, its move since the day before.
//!
//! In: a board in memory. Out: its [`Courses`], kept with it until something changes. Bands are `jifen-insight`'s; ranks are
//! never changed by anything here.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jifen_core::{points::Points, rollup::ranks, time::Date};
use jifen_insight::{Series, bands};
use serde::{Deserialize, Serialize};

use super::table::{Line, Placed, Table};

/// Only so many from the top are banded; the comparisons grow with the square.
const BANDED_MAX: usize = 1_000;
/// Points of a course that is drawn; a longer period is thinned out.
const DRAWN_MAX: usize = 31;

/// First and last place whose order lies within noise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RankBand {
    /// First place.
    pub first: u64,
    /// Last place; the same when nobody else is near.
    pub last: u64,
}

/// The courses of a board.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Courses {
    /// Days on which anybody has a row.
    dates: Vec<Date>,
    by_line: HashMap<u32, Course>,
}

/// Of one subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Course {
    band: Option<RankBand>,
    rank_change: Option<i64>,
}

impl Courses {
    pub(super) fn band(&self, line: u32) -> Option<RankBand> {
        self.by_line.get(&line)?.band
    }

    /// Rank without the newest day, less the rank now: positive for who rose.
    pub(super) fn rank_change(&self, line: u32) -> Option<i64> {
        self.by_line.get(&line)?.rank_change
    }

    /// The running sum at the end of each day, the last one always among those kept.
    pub(super) fn trend(&self, line: &Line) -> Vec<String> {
        let mut sum = Points::ZERO;
        let sums: Vec<Points> = self
            .dates
            .iter()
            .map(|date| {
                sum += line.days.get(date).copied().unwrap_or_default();
                sum
            })
            .collect();
        let step = sums.len().div_ceil(DRAWN_MAX).max(1);
        let mut kept: Vec<String> = sums.iter().rev().step_by(step).map(Points::to_string).collect();
        kept.reverse();
        kept
    }
}

/// The courses of `table`, a board of `region`, made anew when it has changed.
pub(super) fn courses(table: &mut Table, region: &str) -> Arc<Courses> {
    let position = table.position();
    if let Some((at, kept)) = &table.courses
        && *at == position
    {
        return Arc::clone(kept);
    }
    let made = Arc::new(make(table, seed(&table.key().name_in(region))));
    table.courses = Some((position, Arc::clone(&made)));
    made
}

/// FNV-1a of the board's name: the same board always draws the same days, so bands do not flicker while events come in.
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn make(table: &Table, seed: u64) -> Courses {
    let Some(last) = table.last_date() else { return Courses::default() };
    let dates: BTreeSet<Date> = table.page(None).flat_map(|placed| placed.line.days.keys().copied()).collect();
    let dates: Vec<Date> = dates.into_iter().collect();
    let ranked: Vec<(Placed<'_>, Series)> = table
        .page(None)
        .filter(|placed| placed.rank.is_some())
        .map(|placed| {
            let days: Vec<i64> = dates.iter().map(|date| placed.line.days.get(date).map_or(0, |day| day.0)).collect();
            let fixed = placed.line.standing.points().0 - days.iter().sum::<i64>();
            (placed, Series { days, fixed })
        })
        .collect();
    let mut by_line: HashMap<u32, Course> = HashMap::new();
    let banded: Vec<Series> = ranked.iter().take(BANDED_MAX).map(|(_, series)| series.clone()).collect();
    for ((placed, _), band) in ranked.iter().zip(bands(&banded, seed).unwrap_or_default()) {
        let band = RankBand { first: band.first as u64, last: band.last as u64 };
        by_line.entry(placed.index).or_default().band = Some(band);
    }
    // Only the board that the newest day belongs to has a yesterday.
    if dates.last() == Some(&last) && dates.len() > 1 {
        changes(&ranked, &mut by_line);
    }
    Courses { dates, by_line }
}

fn changes(ranked: &[(Placed<'_>, Series)], by_line: &mut HashMap<u32, Course>) {
    let mut before: Vec<(Points, &Placed<'_>)> = ranked
        .iter()
        .map(|(placed, series)| {
            let newest = series.days.last().copied().unwrap_or(0);
            (Points(placed.line.standing.points().0 - newest), placed)
        })
        .collect();
    before.sort_by_key(|(points, _)| Reverse(*points));
    let points: Vec<Points> = before.iter().map(|(points, _)| *points).collect();
    for ((_, placed), rank_before) in before.iter().zip(ranks(&points)) {
        let moved = i64::try_from(rank_before).ok().zip(placed.rank.and_then(|rank| i64::try_from(rank).ok()));
        by_line.entry(placed.index).or_default().rank_change = moved.map(|(was, is)| was - is);
    }
}
