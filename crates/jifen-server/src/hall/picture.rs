//! The picture: figures, zones and alerts of a scene.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    hall::{
        ServiceState,
        judge::{self, CaseJudged, WindowJudged},
    },
    ledger::Subject,
    points::Points,
    rollup::board_parts,
    rule::SubjectKind,
    time::{Grain, Instant, Period},
};
use jifen_store::{BoardSubjects, Database, RegionRow};

use super::{
    scene::{Counter, File, Number, Rated, Scene},
    view::{
        AlertView, CaseFigures, HalfHour, HallNow, PointsOfDay, QueueFigures, Satisfaction, WindowFigures, WindowRef,
        ZoneView,
    },
};
use crate::board::{CodeName, ReadError, names::Names, resident};

/// Length of a zone's columns.
const HALF_HOUR_MS: i64 = 30 * 60_000;
/// Most windows an alert names; its list names them all.
const WINDOWS_NAMED: usize = 3;

/// Draws the picture. `behind` is how many records it does not know.
///
/// # Errors
/// Store faults.
pub(crate) fn picture(
    database: &Database,
    row: &RegionRow,
    scene: &Scene<'_>,
    behind: u64,
) -> Result<HallNow, ReadError> {
    let numbers = scene.numbers();
    let counters = scene.counters(&numbers);
    let (files, rated) = (scene.files(), scene.rated());
    let people = counters.iter().filter_map(|counter| counter.window?.person);
    let people = people.map(|actor| resident::canonical_actor(scene.region, actor));
    let names = Names::load(database, row, scene.region, people)?;
    let mut alerts = waits_over(scene, &numbers, &counters, &names);
    alerts.extend(stalled(scene, &counters, &names));
    alerts.extend(cases_due(scene, &files, &counters, &names));
    Ok(HallNow {
        region: row.code.clone(),
        as_of_position: scene.day.position,
        behind,
        basis: scene.basis_word().to_owned(),
        now: scene.now.to_rfc3339(),
        date: scene.day.date.map(|date| date.to_string()),
        latest: scene.day.latest.map(Instant::to_rfc3339),
        thresholds: scene.thresholds_view(),
        halls: scene.halls(),
        queue: queue(scene, &numbers),
        windows: windows(&counters),
        cases: cases(&files),
        satisfaction: satisfaction(scene, &rated),
        points: points(database, row, scene)?,
        zones: zones(scene, &numbers, &counters),
        alerts,
        beyond: scene.day.beyond,
    })
}

fn queue(scene: &Scene<'_>, numbers: &[Number<'_>]) -> QueueFigures {
    let mut figures = QueueFigures::default();
    let (mut waits, mut waited) = (Waits::default(), Waits::default());
    for Number { service, .. } in numbers {
        match service.state {
            ServiceState::Waiting => figures.waiting += 1,
            ServiceState::Called | ServiceState::Serving | ServiceState::Held => figures.at_window += 1,
            ServiceState::Ended => figures.ended += 1,
            ServiceState::NoShow => figures.no_show += 1,
            ServiceState::Abandoned => figures.abandoned += 1,
        }
        waits.add(service.waiting_ms(scene.now));
        figures.over += u64::from(judge::waits_over(service, scene.thresholds, scene.now));
        let until_called = service.waited_ms();
        waited.add(until_called);
        figures.called_in_time += u64::from(until_called.is_some_and(|ms| ms <= scene.thresholds.wait_ms));
    }
    figures.called_today = waited.count;
    (figures.wait_mean_ms, figures.wait_longest_ms) = (waits.mean(), waits.longest);
    figures.waited_mean_ms = waited.mean();
    figures
}

#[derive(Default)]
struct Waits {
    count: u64,
    sum: i64,
    longest: Option<i64>,
}

impl Waits {
    fn add(&mut self, wait: Option<i64>) {
        let Some(wait) = wait else { return };
        self.count += 1;
        self.sum += wait;
        self.longest = self.longest.max(Some(wait));
    }

    fn mean(&self) -> Option<i64> {
        self.sum.checked_div(i64::try_from(self.count).ok()?)
    }
}

fn windows(counters: &[Counter<'_>]) -> WindowFigures {
    let mut figures = WindowFigures { total: counters.len() as u64, ..WindowFigures::default() };
    for counter in counters {
        match counter.judged {
            WindowJudged::Stalled => figures.stalled += 1,
            WindowJudged::Serving => figures.serving += 1,
            WindowJudged::Idle => figures.idle += 1,
            WindowJudged::Paused => figures.paused += 1,
            WindowJudged::Closed => figures.closed += 1,
        }
    }
    figures.open = figures.stalled + figures.serving + figures.idle;
    figures
}

fn cases(files: &[File<'_>]) -> CaseFigures {
    let mut figures = CaseFigures { open: files.len() as u64, ..CaseFigures::default() };
    for file in files {
        match file.judged {
            CaseJudged::Overdue => figures.overdue += 1,
            CaseJudged::Near => figures.near += 1,
            CaseJudged::Running => figures.running += 1,
            CaseJudged::Suspended => figures.suspended += 1,
        }
    }
    figures
}

fn satisfaction(scene: &Scene<'_>, rated: &[Rated<'_>]) -> Satisfaction {
    let active = rated.iter().filter(|rated| rated.rating.active).count() as u64;
    let satisfied = rated.iter().filter(|rated| rated.rating.active && scene.is_satisfied(rated.rating)).count() as u64;
    let interval = wilson(satisfied, active);
    Satisfaction {
        ratings: rated.len() as u64,
        active,
        satisfied,
        percent: percent(satisfied, active),
        percent_low: interval.map(|(low, _)| format!("{low:.1}")),
        percent_high: interval.map(|(_, high)| format!("{high:.1}")),
        active_percent: percent(active, rated.len() as u64),
    }
}

/// Per cent with one place, half up; exact, because a share of 100 must not come from rounding.
pub(super) fn percent(part: u64, whole: u64) -> Option<String> {
    let permille = (u128::from(part) * 2_000 + u128::from(whole)).checked_div(2 * u128::from(whole))?;
    let permille = if part < whole { permille.min(999) } else { permille };
    Some(format!("{}.{}", permille / 10, permille % 10))
}

/// 95 % score interval of a share (E. B. Wilson 1927), per cent.
fn wilson(part: u64, whole: u64) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_963_985;
    if whole == 0 {
        return None;
    }
    let (n, share) = (whole as f64, part as f64 / whole as f64);
    let middle = share + Z * Z / (2.0 * n);
    let reach = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 100.0 / (1.0 + Z * Z / n);
    Some((((middle - reach) * scale).max(0.0), ((middle + reach) * scale).min(100.0)))
}

/// What the day's board of people sums to; with a hall, what that hall's own page shows.
fn points(database: &Database, row: &RegionRow, scene: &Scene<'_>) -> Result<PointsOfDay, ReadError> {
    let (mut all, mut provisional) = (Points::ZERO, Points::ZERO);
    if let Some(date) = scene.day.date {
        let subjects = match (scene.hall(), scene.reach().is_whole()) {
            (Some(hall), _) => BoardSubjects::One(Subject::Hall(hall.to_owned())),
            (None, true) => BoardSubjects::Kind(SubjectKind::Person),
            // What a hall's people gave is in the hall's own sum.
            (None, false) => BoardSubjects::Kind(SubjectKind::Hall),
        };
        let parts = board_parts(Period::holding(Grain::Day, date));
        for line in database.board(row.id, subjects, &parts)? {
            if line.dimension.is_some() && scene.reach().has_subject(scene.region, &line.subject) {
                all += line.rollup.posted() + line.rollup.provisional();
                provisional += line.rollup.provisional();
            }
        }
    }
    Ok(PointsOfDay { points: all.to_string(), provisional: provisional.to_string() })
}

/// Numbers taken and called by half hour since 1970.
type Columns = BTreeMap<i64, (u64, u64)>;

fn zones(scene: &Scene<'_>, numbers: &[Number<'_>], counters: &[Counter<'_>]) -> Vec<ZoneView> {
    let mut zones: BTreeMap<String, (ZoneView, Waits, Columns)> = BTreeMap::new();
    let mut of = |named: CodeName, hall: &Option<String>| -> String {
        let CodeName { code, name } = named;
        zones.entry(code.clone()).or_insert_with(|| {
            let zone = ZoneView {
                zone: code.clone(),
                name,
                hall: hall.clone(),
                waiting: 0,
                over: 0,
                wait_mean_ms: None,
                wait_longest_ms: None,
                windows_open: 0,
                windows_total: 0,
                ended: 0,
                half_hours: Vec::new(),
            };
            (zone, Waits::default(), BTreeMap::new())
        });
        code
    };
    let keys: Vec<Option<String>> =
        numbers.iter().map(|number| scene.zone_of(&number.spot).map(|zone| of(zone, &number.spot.hall))).collect();
    let windows: Vec<Option<String>> =
        counters.iter().map(|counter| scene.zone_of(&counter.spot).map(|zone| of(zone, &counter.spot.hall))).collect();
    for (Number { service, .. }, key) in numbers.iter().zip(keys) {
        let Some((zone, waits, columns)) = key.and_then(|key| zones.get_mut(&key)) else { continue };
        let waiting = service.waiting_ms(scene.now);
        zone.waiting += u64::from(service.state == ServiceState::Waiting);
        zone.over += u64::from(judge::waits_over(service, scene.thresholds, scene.now));
        zone.ended += u64::from(service.state == ServiceState::Ended);
        waits.add(waiting);
        if let Some(queued) = service.queued {
            columns.entry(queued.0.div_euclid(HALF_HOUR_MS)).or_default().0 += 1;
        }
        if let Some(called) = service.called {
            columns.entry(called.0.div_euclid(HALF_HOUR_MS)).or_default().1 += 1;
        }
    }
    for (counter, key) in counters.iter().zip(windows) {
        let Some((zone, ..)) = key.and_then(|key| zones.get_mut(&key)) else { continue };
        zone.windows_total += 1;
        let open = !matches!(counter.judged, WindowJudged::Paused | WindowJudged::Closed);
        zone.windows_open += u64::from(open);
    }
    let mut views: Vec<ZoneView> = zones
        .into_values()
        .map(|(mut zone, waits, columns)| {
            (zone.wait_mean_ms, zone.wait_longest_ms) = (waits.mean(), waits.longest);
            zone.half_hours = half_hours(&columns, scene.now);
            zone
        })
        .collect();
    let pressing = |zone: &ZoneView| (zone.wait_longest_ms, zone.waiting, zone.ended);
    views.sort_by(|a, b| pressing(b).cmp(&pressing(a)).then(a.zone.cmp(&b.zone)));
    views
}

/// Columns without a gap from the first to now.
fn half_hours(columns: &Columns, now: Instant) -> Vec<HalfHour> {
    /// A day.
    const COLUMNS_MAX: i64 = 48;
    let Some((first, _)) = columns.first_key_value() else { return Vec::new() };
    let last = now.0.div_euclid(HALF_HOUR_MS).max(*first).min(first + COLUMNS_MAX - 1);
    let column = |at: i64| {
        let (taken, called) = columns.get(&at).copied().unwrap_or_default();
        HalfHour { from: Instant(at * HALF_HOUR_MS).to_rfc3339(), taken, called }
    };
    (*first..=last).map(column).collect()
}

/// One alert for each zone in which somebody waits longer than promised.
fn waits_over(
    scene: &Scene<'_>,
    numbers: &[Number<'_>],
    counters: &[Counter<'_>],
    names: &Names<'_>,
) -> Vec<AlertView> {
    let mut zones: BTreeMap<Option<String>, Vec<&Number<'_>>> = BTreeMap::new();
    for number in numbers {
        if judge::waits_over(number.service, scene.thresholds, scene.now) {
            zones.entry(scene.zone_of(&number.spot).map(|zone| zone.code)).or_default().push(number);
        }
    }
    let mut alerts: Vec<AlertView> = Vec::new();
    for (key, over) in zones {
        let Some(worst) = over.iter().max_by_key(|number| number.service.waiting_ms(scene.now)) else { continue };
        let waited = worst.service.waiting_ms(scene.now).unwrap_or(0);
        let named: BTreeSet<&str> = over.iter().filter_map(|number| number.spot.window.as_deref()).collect();
        // The windows the numbers name, else those that take people in the zone.
        let responsible = counters.iter().filter(|counter| {
            if named.is_empty() {
                let open = !matches!(counter.judged, WindowJudged::Closed);
                open && scene.zone_of(&counter.spot).map(|zone| zone.code) == key
            } else {
                named.contains(counter.code)
            }
        });
        alerts.push(AlertView {
            kind: "wait_over".to_owned(),
            count: over.len() as u64,
            duration_ms: waited,
            since: Instant(scene.now.0 - waited).to_rfc3339(),
            waiting: 0,
            zone: scene.zone_of(&worst.spot),
            department: scene.department_of(&worst.spot),
            windows: responsible_windows(scene, responsible.collect(), names),
        });
    }
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.duration_ms));
    alerts
}

/// One alert for each window that stalls.
fn stalled(scene: &Scene<'_>, counters: &[Counter<'_>], names: &Names<'_>) -> Vec<AlertView> {
    let stalled = counters.iter().filter(|counter| counter.judged == WindowJudged::Stalled);
    let alert = |counter: &Counter<'_>| {
        let since = counter.window.and_then(|window| judge::silent_since(window, counter.line)).unwrap_or(scene.now);
        AlertView {
            kind: "stalled".to_owned(),
            count: 1,
            duration_ms: scene.now.0 - since.0,
            since: since.to_rfc3339(),
            waiting: counter.line.waiting,
            zone: scene.zone_of(&counter.spot),
            department: scene.department_of(&counter.spot),
            windows: responsible_windows(scene, vec![counter], names),
        }
    };
    let mut alerts: Vec<AlertView> = stalled.map(alert).collect();
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.duration_ms));
    alerts
}

/// One alert for each department with cases past or near their due time.
fn cases_due(scene: &Scene<'_>, files: &[File<'_>], counters: &[Counter<'_>], names: &Names<'_>) -> Vec<AlertView> {
    let kinds = [(CaseJudged::Overdue, "case_overdue"), (CaseJudged::Near, "case_near")];
    let mut alerts = Vec::new();
    for (judged, kind) in kinds {
        let mut departments: BTreeMap<Option<String>, Vec<&File<'_>>> = BTreeMap::new();
        for file in files.iter().filter(|file| file.judged == judged) {
            departments.entry(file.spot.department.clone()).or_default().push(file);
        }
        let mut found: Vec<AlertView> = Vec::new();
        for files in departments.into_values() {
            let Some(first) = files.iter().min_by_key(|file| file.due) else { continue };
            let due = first.due.unwrap_or(scene.now);
            let named: BTreeSet<&str> = files.iter().filter_map(|file| file.spot.window.as_deref()).collect();
            let responsible = counters.iter().filter(|counter| named.contains(counter.code)).collect();
            found.push(AlertView {
                kind: kind.to_owned(),
                count: files.len() as u64,
                duration_ms: (scene.now.0 - due.0).abs(),
                since: due.to_rfc3339(),
                waiting: 0,
                zone: None,
                department: scene.department_of(&first.spot),
                windows: responsible_windows(scene, responsible, names),
            });
        }
        found.sort_by(|a, b| a.since.cmp(&b.since));
        alerts.extend(found);
    }
    alerts
}

fn responsible_windows(scene: &Scene<'_>, mut counters: Vec<&Counter<'_>>, names: &Names<'_>) -> Vec<WindowRef> {
    counters.sort_by_key(|counter| (counter.window.map(|window| window.active), counter.code));
    counters.truncate(WINDOWS_NAMED);
    let name = |counter: &Counter<'_>| {
        let named = scene.window_named(counter.code);
        let person = counter.window.and_then(|window| window.person);
        let person = person.map(|actor| resident::canonical_actor(scene.region, actor));
        WindowRef {
            code: named.code,
            name: named.name,
            person: person.and_then(|actor| names.actor_code(actor)),
            person_name: person.and_then(|actor| names.actor_name(actor)),
        }
    };
    counters.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_full_only_when_all_are_in_it() {
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(1, 3).as_deref(), Some("33.3"));
        assert_eq!(percent(2, 3).as_deref(), Some("66.7"));
        assert_eq!(percent(9_999, 10_000).as_deref(), Some("99.9"));
        assert_eq!(percent(7, 7).as_deref(), Some("100.0"));
    }

    #[test]
    fn the_interval_is_wilsons() {
        // 8 of 10: 49.0 to 94.3, as the literature's tables have it.
        let (low, high) = wilson(8, 10).expect("interval");
        assert_eq!((format!("{low:.1}"), format!("{high:.1}")), ("49.0".to_owned(), "94.3".to_owned()));
        assert_eq!(wilson(0, 0), None);
    }
}
