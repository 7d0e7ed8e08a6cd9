//! What the running day means at a given now: who waits too long, which window stalls, which case runs out of time.

use std::collections::BTreeMap;

use super::{CaseNow, HallDay, ServiceNow, ServiceState, Spot, WindowNow, WindowState};
use crate::{
    fact::Place,
    roster::{Organisation, Settings},
    time::Instant,
};

/// How old the newest event may be for the clock to tell the time; beyond, the data's own time does.
pub const LIVE_AGE_MS_MAX: i64 = 10 * 60_000;

/// Which clock tells now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// The wall clock: events are coming in.
    Clock,
    /// The newest event: an import, a simulated day, or nothing has come for a while.
    Business,
}

/// Now for a day: the clock while the data is fresh, else the data's own latest time.
pub fn now(day: &HallDay, clock: Instant) -> (Basis, Instant) {
    match day.latest {
        Some(latest) if (clock.0 - latest.0).abs() > LIVE_AGE_MS_MAX => (Basis::Business, latest),
        Some(latest) => (Basis::Clock, clock.max(latest)),
        None => (Basis::Clock, clock),
    }
}

/// Thresholds of the region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thresholds {
    /// Promised wait.
    pub wait_ms: i64,
    /// An open window with people waiting that calls nobody for this long stalls.
    pub stalled_ms: i64,
    /// A case due within this is nearly due.
    pub near_due_ms: i64,
}

impl Thresholds {
    /// As the region's settings say.
    pub fn of(settings: &Settings) -> Self {
        Self {
            wait_ms: settings.wait_promised_ms.unwrap_or(Settings::WAIT_PROMISED_MS),
            stalled_ms: settings.stalled_ms.unwrap_or(Settings::STALLED_MS),
            near_due_ms: settings.near_due_ms.unwrap_or(Settings::NEAR_DUE_MS),
        }
    }
}

/// Completes where something stands: the matter's department, the window's zone, department and hall.
pub fn complete(spot: &Spot, organisation: &Organisation, now: Instant) -> Spot {
    let mut spot = spot.clone();
    if spot.department.is_none() && spot.window.is_none() {
        let matter = spot.matter.as_deref().and_then(|code| organisation.matter(code, now));
        spot.department = matter.and_then(|matter| matter.department.clone());
    }
    if spot.zone.is_none()
        && let Some(window) = &spot.window
    {
        spot.zone = organisation.window(window, now).and_then(|known| known.zone.clone());
    }
    let named = Place { window: spot.window.take(), department: spot.department.take(), hall: spot.hall.take() };
    let place = organisation.complete_place(named, now);
    Spot { window: place.window, department: place.department, hall: place.hall, ..spot }
}

/// Who waits in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// How many.
    pub waiting: u64,
    /// Since when the first of them does.
    pub since: Option<Instant>,
}

impl Line {
    fn with(self, other: Self) -> Self {
        let since = [self.since, other.since].into_iter().flatten().min();
        Self { waiting: self.waiting + other.waiting, since }
    }
}

/// Who waits in each line: a number waits for its window, else for its department's windows, else for its zone's.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    windows: BTreeMap<String, Line>,
    departments: BTreeMap<String, Line>,
    zones: BTreeMap<String, Line>,
}

impl Lines {
    /// Counts a number that stands at `spot` and has waited since then.
    pub fn add(&mut self, spot: &Spot, since: Instant) {
        let line = match (&spot.window, &spot.department, &spot.zone) {
            (Some(window), _, _) => self.windows.entry(window.clone()),
            (None, Some(department), _) => self.departments.entry(department.clone()),
            (None, None, Some(zone)) => self.zones.entry(zone.clone()),
            (None, None, None) => return,
        };
        let line = line.or_default();
        *line = line.with(Line { waiting: 1, since: Some(since) });
    }

    /// Whom a window may call.
    pub fn before(&self, window: &Spot) -> Line {
        let of = |lines: &BTreeMap<String, Line>, code: &Option<String>| {
            code.as_ref().and_then(|code| lines.get(code)).copied().unwrap_or_default()
        };
        of(&self.windows, &window.window)
            .with(of(&self.departments, &window.department))
            .with(of(&self.zones, &window.zone))
    }
}

/// Since when a window calls nobody although somebody waits; who came just now has not been kept by it for hours.
pub fn silent_since(window: &WindowNow, line: Line) -> Option<Instant> {
    line.since.map(|since| since.max(window.active))
}

/// What a window is, with what waits for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum WindowJudged {
    /// Open, nobody called for too long while people waited.
    Stalled,
    /// Somebody is at the window.
    Serving,
    /// Open, nobody at it.
    Idle,
    /// Interrupted.
    Paused,
    /// Closed.
    Closed,
}

impl WindowJudged {
    /// All.
    pub const ALL: [Self; 5] = [Self::Stalled, Self::Serving, Self::Idle, Self::Paused, Self::Closed];

    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Serving => "serving",
            Self::Idle => "idle",
            Self::Paused => "paused",
            Self::Closed => "closed",
        }
    }
}

/// Judges a window: `at_it` are the numbers at it, `line` who waits for it.
pub fn window(
    window: &WindowNow,
    mut at_it: impl Iterator<Item = ServiceState>,
    line: Line,
    thresholds: Thresholds,
    now: Instant,
) -> WindowJudged {
    match window.state {
        WindowState::Paused => WindowJudged::Paused,
        WindowState::Closed => WindowJudged::Closed,
        WindowState::Open => {
            // A number that was called and does not come keeps the window waiting like no call at all.
            let (mut served, mut called) = (false, false);
            for state in &mut at_it {
                served |= matches!(state, ServiceState::Serving | ServiceState::Held);
                called |= state == ServiceState::Called;
            }
            if served {
                WindowJudged::Serving
            } else if silent_since(window, line).is_some_and(|since| now.0 - since.0 >= thresholds.stalled_ms) {
                WindowJudged::Stalled
            } else if called {
                WindowJudged::Serving
            } else {
                WindowJudged::Idle
            }
        }
    }
}

/// Whether a number waits longer than promised.
pub fn waits_over(service: &ServiceNow, thresholds: Thresholds, now: Instant) -> bool {
    service.waiting_ms(now).is_some_and(|waited| waited > thresholds.wait_ms)
}

/// A case against its due time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CaseJudged {
    /// Past its due time.
    Overdue,
    /// Due soon.
    Near,
    /// In time, or without a limit.
    Running,
    /// Its clock stands.
    Suspended,
}

impl CaseJudged {
    /// All.
    pub const ALL: [Self; 4] = [Self::Overdue, Self::Near, Self::Running, Self::Suspended];

    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Near => "near",
            Self::Running => "running",
            Self::Suspended => "suspended",
        }
    }
}

/// Judges a case by its due time.
pub fn case(case: &CaseNow, due: Option<Instant>, thresholds: Thresholds, now: Instant) -> CaseJudged {
    match due {
        _ if case.suspended_since().is_some() => CaseJudged::Suspended,
        Some(due) if due < now => CaseJudged::Overdue,
        Some(due) if due.0 - now.0 <= thresholds.near_due_ms => CaseJudged::Near,
        Some(_) | None => CaseJudged::Running,
    }
}
