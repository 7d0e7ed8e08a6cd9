//! The big screen: what everybody in a hall may see. Queue against promise, satisfaction, the best windows and teams, points gained.
//!
//! In: the hall now, boards of the month, the newest entries. Out: [`ScreenView`]. Praise is public and help is private: only gains
//! and the tops of boards leave here, names masked, and a satisfaction of too few ratings not at all.

pub(crate) mod http;
mod view;

use std::collections::BTreeMap;

use jifen_core::{
    disclosure::{CELL_MIN, masked},
    engine::Region,
    ledger::EntryKind,
    points::Points,
    rollup::ranks,
    rule::SubjectKind,
    time::{Date, Grain, Instant, Period},
};
use jifen_store::{Database, RegionRow, StoredEntry};

use crate::{
    board::{LeaderboardItem, LeaderboardQuery, ReadError, Reader, leaderboard, names::Names, resident},
    hall::{Kept, Scene, picture},
};
pub(crate) use view::{ScreenGain, ScreenPlace, ScreenQueue, ScreenSatisfaction, ScreenView, ScreenZone};

/// Windows and teams named: as many as fit a screen that is read from five metres.
const WINDOWS_MAX: usize = 8;
const TEAMS_MAX: usize = 5;
/// Gains listed.
const GAINS_MAX: usize = 12;
/// Newest entries looked at for gains of the day; while older days fill in behind, most are not.
const ENTRIES_LOOKED_AT: u64 = 400;

/// What the screen of a hall, or of the region, shows.
///
/// # Errors
/// [`ReadError::Absent`] for a hall nobody knows; store faults.
pub(crate) fn screen(
    reader: &Reader<'_>,
    kept: &Kept,
    clock: Instant,
    hall: Option<String>,
) -> Result<ScreenView, ReadError> {
    let Reader { database, row, region, .. } = *reader;
    let hall = hall.or_else(|| reader.reach.only_hall().map(str::to_owned));
    let is_seen = hall.as_deref().map_or(reader.reach.is_whole(), |hall| reader.reach.has_hall(hall));
    if !is_seen {
        return Err(ReadError::Absent("hall of this screen; name one: `?hall=`".to_owned()));
    }
    let hall_name = match &hall {
        None => None,
        Some(code) => {
            let name = resident::place_name(region, SubjectKind::Hall, code);
            Some(name.ok_or_else(|| ReadError::Absent(format!("hall `{code}`")))?)
        }
    };
    let scene = Scene::new(&kept.day, region, clock, hall.clone());
    let now = picture(database, row, &scene, kept.behind)?;
    let settings = resident::settings(region);
    let month =
        Period::holding(Grain::Month, kept.day.date.unwrap_or_else(|| region.organisation().zone().date(clock)));
    let queue = ScreenQueue {
        waiting: now.queue.waiting,
        over: now.queue.over,
        wait_mean_ms: now.queue.wait_mean_ms,
        waited_mean_ms: now.queue.waited_mean_ms,
        called_today: now.queue.called_today,
        called_in_time: now.queue.called_in_time,
        ended: now.queue.ended,
        windows_open: now.windows.open,
        windows_total: now.windows.total,
    };
    let zones = now.zones.into_iter().filter(|zone| zone.waiting > 0 || zone.ended > 0);
    Ok(ScreenView {
        region: row.code.clone(),
        name: settings.name.unwrap_or_else(|| row.code.clone()),
        hall: hall_name,
        time_zone: resident::zone_name(region),
        simulated: settings.simulated,
        as_of_position: now.as_of_position,
        behind: now.behind,
        now: now.now,
        date: now.date,
        wait_promised_ms: now.thresholds.wait_promised_ms,
        queue,
        zones: zones
            .map(|zone| ScreenZone {
                name: zone.name,
                waiting: zone.waiting,
                over: zone.over,
                wait_mean_ms: zone.wait_mean_ms,
                wait_longest_ms: zone.wait_longest_ms,
            })
            .collect(),
        satisfaction: now.satisfaction.percent.filter(|_| now.satisfaction.active >= CELL_MIN).map(|percent| {
            ScreenSatisfaction {
                percent,
                percent_low: now.satisfaction.percent_low.unwrap_or_default(),
                percent_high: now.satisfaction.percent_high.unwrap_or_default(),
                active: now.satisfaction.active,
            }
        }),
        month: month.to_string(),
        windows: best(reader, SubjectKind::Window, month, hall.as_deref(), WINDOWS_MAX)?,
        teams: best(reader, SubjectKind::Department, month, hall.as_deref(), TEAMS_MAX)?,
        gains: gains(database, row, region, kept.day.date, hall.as_deref())?,
    })
}

/// The top of a board; of one hall, ranked among its own.
fn best(
    reader: &Reader<'_>,
    kind: SubjectKind,
    period: Period,
    hall: Option<&str>,
    most: usize,
) -> Result<Vec<ScreenPlace>, ReadError> {
    let query = LeaderboardQuery {
        subject: kind,
        period,
        rule: None,
        dimension: None,
        min_facts: None,
        after: None,
        // Of a hall's own, nobody knows how far down they stand.
        limit: hall.is_none().then_some(most),
    };
    let homes = homes(reader.region, kind);
    let praised = |item: &LeaderboardItem| {
        let here = hall.is_none_or(|hall| homes.get(&item.subject).is_some_and(|home| home == hall));
        let points = Points::parse(&item.points).unwrap_or(Points::ZERO);
        (here && item.rank.is_some() && points > Points::ZERO).then_some(points)
    };
    let board = leaderboard(reader, &query)?;
    let praised: Vec<(LeaderboardItem, Points)> =
        board.items.into_iter().filter_map(|item| praised(&item).map(|points| (item, points))).collect();
    let places = ranks(&praised.iter().map(|(_, points)| *points).collect::<Vec<_>>());
    let place = |((item, _), rank): ((LeaderboardItem, Points), u64)| {
        // Bands are the whole region's; among a hall's own they say nothing.
        let band = item.band.filter(|_| hall.is_none());
        ScreenPlace {
            first: band.map_or(rank, |band| band.first),
            last: band.map_or(rank, |band| band.last),
            name: item.name,
            department: item.department_name,
            points: item.points,
        }
    };
    Ok(praised.into_iter().zip(places).take(most).map(place).collect())
}

/// The halls of windows or departments, by code.
fn homes(region: &Region, kind: SubjectKind) -> BTreeMap<String, String> {
    let organisation = region.organisation();
    let departments = || organisation.departments().filter_map(|(code, found)| Some((code, found.hall.as_ref()?)));
    match kind {
        SubjectKind::Window => {
            let of_department: BTreeMap<&str, &String> = departments().collect();
            let home =
                |department: Option<&String>| department.and_then(|code| of_department.get(code.as_str()).copied());
            let windows = organisation.windows().filter_map(|(code, window)| {
                Some((code.to_owned(), window.hall.as_ref().or_else(|| home(window.department.as_ref()))?.clone()))
            });
            windows.collect()
        }
        SubjectKind::Department => departments().map(|(code, hall)| (code.to_owned(), hall.clone())).collect(),
        SubjectKind::Person | SubjectKind::Hall => BTreeMap::new(),
    }
}

/// The newest awards of the day that gave points, newest first.
fn gains(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    today: Option<Date>,
    hall: Option<&str>,
) -> Result<Vec<ScreenGain>, ReadError> {
    let Some(today) = today else { return Ok(Vec::new()) };
    let head = database.head(row.id)?.ledger;
    let from = head.saturating_sub(ENTRIES_LOOKED_AT);
    let mut stored = database.entries_after(row.id, from, ENTRIES_LOOKED_AT as usize)?;
    stored.retain(|StoredEntry { entry, .. }| {
        let here = hall.is_none_or(|hall| entry.place.hall.as_deref() == Some(hall));
        here && entry.kind == EntryKind::Award && entry.points > Points::ZERO && entry.business_date == today
    });
    stored.reverse();
    stored.truncate(GAINS_MAX);
    let names = Names::load(database, row, region, stored.iter().filter_map(|stored| stored.entry.person))?;
    let causes: Vec<u64> = stored.iter().map(|stored| stored.entry.cause).collect();
    let times: BTreeMap<u64, Instant> =
        database.records(row.id, &causes)?.into_iter().map(|record| (record.position, record.event.time)).collect();
    let gain = |StoredEntry { entry, .. }: &StoredEntry| {
        let rule = resident::rule_words(region, entry.version, &entry.rule);
        let place = |kind, code: &Option<String>| code.as_ref().map(|code| resident::place_called(region, kind, code));
        let department = place(SubjectKind::Department, &entry.place.department);
        let (place, department) = match place(SubjectKind::Window, &entry.place.window) {
            Some(window) => (Some(window), department),
            None => (department, None),
        };
        ScreenGain {
            position: entry.position,
            time: times.get(&entry.cause).map(|time| time.to_rfc3339()),
            place,
            department,
            person: entry.person.and_then(|person| names.actor_name(person)).and_then(|name| masked(&name)),
            rule_title: rule.as_ref().map_or_else(|| entry.rule.clone(), |rule| rule.title.clone()),
            rule_title_en: rule.map_or_else(|| entry.rule.clone(), |rule| rule.title_en),
            points: entry.points.to_string(),
        }
    };
    Ok(stored.iter().map(gain).collect())
}
