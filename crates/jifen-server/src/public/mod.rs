//! The public page: halls' indicators of the last thirty days and the rules in force, without signing in.
//!
//! In: measures per hall and day, rule versions. Out: [`PublicPage`], only of regions that decided so. Small cells are hidden as
//! `jifen_core::disclosure` says; nothing of a person or a window is in it. One answer serves everybody for [`KEPT_MS`].

pub(crate) mod http;
mod view;

use std::collections::BTreeMap;

use jifen_core::{
    disclosure::{CELL_MIN, hidden},
    engine::Region,
    measure::{Indicator, Measure},
    points::divide_half_away,
    roster::Settings,
    rule::SubjectKind,
    time::{Date, Instant},
};
use jifen_store::{AnnouncementRow, Database, RegionRow};

use crate::{
    announcement,
    board::{ReadError, resident},
    rule::{BookSet, book},
};
pub(crate) use view::{
    CellState, PublicAnnouncement, PublicCell, PublicFigure, PublicHall, PublicPage, PublicRegion, PublicRegions,
};

/// How long an answer serves everybody, milliseconds: however many ask, the database is read once a minute.
pub(crate) const KEPT_MS: i64 = 60_000;
/// Days the indicators sum.
const DAYS: i32 = 30;
/// Indicators shown, in the order of the page.
const SHOWN: [Indicator; 5] =
    [Indicator::Service, Indicator::Waiting, Indicator::Satisfaction, Indicator::Case, Indicator::Complaint];

/// The rules in force; of who approved them only the kinds of seats.
fn rules(region: &Region, today: Date) -> Vec<BookSet> {
    let mut sets = book(region, today, today).sets;
    let approvals = sets.iter_mut().filter_map(|set| set.approval.as_mut());
    approvals.flat_map(|approval| &mut approval.approvals).for_each(|approval| approval.account = None);
    sets
}

/// Whether the region shows anything to the public: only if it said so.
pub(crate) fn is_public(region: &Region) -> bool {
    region.organisation().latest_settings().public.unwrap_or(false)
}

/// The page of a region.
///
/// # Errors
/// Store faults.
pub(crate) fn page(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    now: Instant,
) -> Result<PublicPage, ReadError> {
    let today = region.organisation().zone().date(now);
    let measured = database.measured_halls(row.id)?;
    // Whole days only: the one that still runs would be compared with those that are over.
    let last = measured.iter().map(|(_, _, last)| *last).max().map(|last| last.min(today.plus(-1)));
    let span = last.map(|last| (last.plus(1 - DAYS), last));
    let codes: Vec<String> = measured.into_iter().map(|(hall, ..)| hall).collect();
    let sums = match span {
        Some((from, to)) => sums(database, row, &codes, from, to)?,
        None => Vec::new(),
    };
    let settings = region.organisation().latest_settings();
    let hall = |code: &String| PublicHall { name: resident::place_called(region, SubjectKind::Hall, code) };
    Ok(PublicPage {
        region: row.code.clone(),
        name: settings.name.clone().unwrap_or_else(|| row.code.clone()),
        time_zone: resident::zone_name(region),
        simulated: settings.simulated.unwrap_or(false),
        made_at: now.to_rfc3339(),
        from: span.map(|(from, _)| from.to_string()),
        to: span.map(|(_, to)| to.to_string()),
        wait_promised_ms: settings.wait_promised_ms.unwrap_or(Settings::WAIT_PROMISED_MS),
        cell_min: CELL_MIN,
        announcements: announcement::public(database, row, now)?
            .into_iter()
            .map(|one| announced(region, one))
            .collect(),
        halls: codes.iter().map(hall).collect(),
        figures: if sums.is_empty() {
            Vec::new()
        } else {
            SHOWN.into_iter().map(|indicator| figure(indicator, &sums)).collect()
        },
        rules: rules(region, today),
    })
}

/// An announcement without who placed it.
fn announced(region: &Region, row: AnnouncementRow) -> PublicAnnouncement {
    PublicAnnouncement {
        number: row.number,
        hall: row.hall.map(|hall| resident::place_called(region, SubjectKind::Hall, &hall)),
        department: row.department.map(|code| resident::place_called(region, SubjectKind::Department, &code)),
        title: row.title,
        text: row.text,
        from: region.organisation().zone().date(row.begins).to_string(),
    }
}

type Sums = BTreeMap<Indicator, Measure>;

/// Each hall's sums over the span.
fn sums(database: &Database, row: &RegionRow, halls: &[String], from: Date, to: Date) -> Result<Vec<Sums>, ReadError> {
    let of = |hall: &String| -> Result<Sums, ReadError> {
        let mut sums = Sums::new();
        for (key, measure) in database.measures(row.id, hall, from, to)? {
            let sum = sums.entry(key.indicator).or_default();
            *sum = Measure { facts: sum.facts + measure.facts, sum: sum.sum + measure.sum };
        }
        Ok(sums)
    };
    halls.iter().map(of).collect()
}

fn figure(indicator: Indicator, sums: &[Sums]) -> PublicFigure {
    let cells: Vec<Measure> = sums.iter().map(|sums| sums.get(&indicator).copied().unwrap_or_default()).collect();
    let counts: Vec<u64> = cells.iter().map(|cell| cell.facts.max(0).unsigned_abs()).collect();
    let hide = hidden(&counts);
    let all = cells
        .iter()
        .fold(Measure::default(), |sum, cell| Measure { facts: sum.facts + cell.facts, sum: sum.sum + cell.sum });
    let unit = match indicator {
        Indicator::Service | Indicator::Waiting | Indicator::Case | Indicator::Crossing => "ms",
        Indicator::Satisfaction => "permille",
        Indicator::Complaint | Indicator::Suggestion => "count",
    };
    PublicFigure {
        indicator: indicator.name().to_owned(),
        unit: unit.to_owned(),
        total: cell(all, hide.total, unit),
        halls: cells.into_iter().zip(hide.cells).map(|(measure, hidden)| cell(measure, hidden, unit)).collect(),
    }
}

fn cell(measure: Measure, is_hidden: bool, unit: &str) -> PublicCell {
    if is_hidden {
        return PublicCell { state: CellState::Hidden, facts: None, value: None };
    }
    if measure.facts <= 0 {
        return PublicCell { state: CellState::None, facts: Some(0), value: None };
    }
    let divided = |by: i128| divide_half_away(i128::from(measure.sum) * by, i128::from(measure.facts));
    let value = match unit {
        "ms" => Some(divided(1)),
        "permille" => Some(divided(1_000)),
        _ => None,
    };
    PublicCell {
        state: CellState::Shown,
        facts: Some(measure.facts.unsigned_abs()),
        value: value.and_then(|value| i64::try_from(value).ok()),
    }
}
