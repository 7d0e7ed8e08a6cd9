//! The day with its places completed, at a now and for a hall: what both the picture and the lists count.

use std::collections::BTreeMap;

use jifen_core::{
    engine::Region,
    fact::Place,
    hall::{
        CaseNow, HallDay, RatingNow, ServiceNow, ServiceState, Spot, WindowNow,
        judge::{self, Basis, CaseJudged, Line, Lines, Thresholds, WindowJudged},
    },
    roster::{Organisation, Settings},
    rule::SubjectKind,
    time::Instant,
};

use super::view::ThresholdsView;
use crate::{
    app::Hall,
    auth::Reach,
    board::{CodeName, resident},
};

/// A number with its place.
pub(super) struct Number<'a> {
    pub(super) key: &'a str,
    pub(super) service: &'a ServiceNow,
    pub(super) spot: Spot,
}

/// A window with what waits for it.
pub(super) struct Counter<'a> {
    pub(super) code: &'a str,
    pub(super) spot: Spot,
    /// `None` where it was silent today.
    pub(super) window: Option<&'a WindowNow>,
    pub(super) judged: WindowJudged,
    pub(super) line: Line,
    pub(super) ended: u64,
    /// The number at it, the last to come first.
    pub(super) service: Option<&'a str>,
}

/// A case with its due time.
pub(super) struct File<'a> {
    pub(super) code: &'a str,
    pub(super) case: &'a CaseNow,
    pub(super) spot: Spot,
    pub(super) due: Option<Instant>,
    pub(super) judged: CaseJudged,
}

/// A rating with its place.
pub(super) struct Rated<'a> {
    pub(super) rating: &'a RatingNow,
    pub(super) spot: Spot,
}

/// See the module.
pub(crate) struct Scene<'a> {
    pub(crate) day: &'a HallDay,
    pub(super) region: &'a Region,
    pub(crate) now: Instant,
    pub(crate) basis: Basis,
    pub(super) thresholds: Thresholds,
    pub(super) satisfied_level: i64,
    hall: Option<String>,
    reach: Reach,
    departments: BTreeMap<String, String>,
}

impl<'a> Scene<'a> {
    /// The day as somebody may see it.
    pub(crate) fn of(seen: &Hall<'a>, region: &'a Region, hall: Option<String>) -> Self {
        Self { reach: seen.reach.clone(), ..Self::new(&seen.kept.day, region, seen.clock, hall) }
    }

    /// All of the day.
    pub(crate) fn new(day: &'a HallDay, region: &'a Region, clock: Instant, hall: Option<String>) -> Self {
        let (basis, now) = judge::now(day, clock);
        let settings = region.organisation().settings(now);
        let departments = resident::places(region, SubjectKind::Department);
        Self {
            day,
            region,
            now,
            basis,
            thresholds: Thresholds::of(settings),
            satisfied_level: settings.satisfied_level.unwrap_or(Settings::SATISFIED_LEVEL),
            hall,
            reach: Reach::whole(),
            departments: departments.into_iter().map(|place| (place.code, place.name)).collect(),
        }
    }

    pub(crate) fn region(&self) -> &'a Region {
        self.region
    }

    pub(crate) fn organisation(&self) -> &'a Organisation {
        self.region.organisation()
    }

    pub(crate) fn basis_word(&self) -> &'static str {
        match self.basis {
            Basis::Clock => "clock",
            Basis::Business => "business",
        }
    }

    pub(super) fn thresholds_view(&self) -> ThresholdsView {
        ThresholdsView {
            wait_promised_ms: self.thresholds.wait_ms,
            stalled_ms: self.thresholds.stalled_ms,
            near_due_ms: self.thresholds.near_due_ms,
            satisfied_level: self.satisfied_level,
        }
    }

    fn here(&self, spot: &Spot) -> Option<Spot> {
        let spot = judge::complete(spot, self.organisation(), self.now);
        let place = Place { window: spot.window.clone(), department: spot.department.clone(), hall: spot.hall.clone() };
        let is_seen = self.reach.is_whole() || self.reach.has_place(&place);
        (is_seen && (self.hall.is_none() || self.hall == spot.hall)).then_some(spot)
    }

    pub(super) fn hall(&self) -> Option<&str> {
        self.hall.as_deref()
    }

    /// What the reader sees of the region.
    pub(super) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The halls that the reader sees.
    pub(super) fn halls(&self) -> Vec<CodeName> {
        let halls = resident::places(self.region, SubjectKind::Hall).into_iter();
        halls.filter(|hall| self.reach.has_hall(&hall.code)).collect()
    }

    /// Numbers of the day, by key.
    pub(super) fn numbers(&self) -> Vec<Number<'a>> {
        let numbers = self.day.services.iter();
        let here = numbers.filter_map(|(key, service)| {
            let spot = self.here(&service.spot)?;
            Some(Number { key, service, spot })
        });
        here.collect()
    }

    /// Windows the organisation knows and windows that said anything today, by code.
    pub(super) fn counters(&self, numbers: &[Number<'a>]) -> Vec<Counter<'a>> {
        let mut codes: BTreeMap<&'a str, Spot> = BTreeMap::new();
        for (code, known) in self.organisation().windows() {
            let spot = Spot {
                window: Some(code.to_owned()),
                zone: known.zone.clone(),
                department: known.department.clone(),
                hall: known.hall.clone(),
                matter: None,
            };
            codes.insert(code, spot);
        }
        for (code, window) in &self.day.windows {
            let spot = codes.entry(code).or_default();
            spot.window = Some(code.clone());
            spot.department = spot.department.take().or_else(|| window.department.clone());
            spot.hall = spot.hall.take().or_else(|| window.hall.clone());
        }
        let mut at: BTreeMap<&str, Vec<&Number<'_>>> = BTreeMap::new();
        let mut lines = Lines::default();
        for number in numbers {
            if let Some(waiting_ms) = number.service.waiting_ms(self.now) {
                lines.add(&number.spot, Instant(self.now.0 - waiting_ms));
            } else if number.service.state == ServiceState::Waiting {
                // Whoever the events do not say since when they wait has just come.
                lines.add(&number.spot, self.now);
            } else if let Some(code) = &number.spot.window {
                at.entry(code).or_default().push(number);
            }
        }
        let counters = codes.into_iter().filter_map(|(code, spot)| {
            let spot = self.here(&spot)?;
            let own = at.get(code).map(Vec::as_slice).unwrap_or_default();
            let window = self.day.windows.get(code);
            let line = lines.before(&spot);
            let at_it = own.iter().map(|number| number.service.state);
            let judged = window
                .map_or(WindowJudged::Closed, |window| judge::window(window, at_it, line, self.thresholds, self.now));
            let present = own.iter().filter(|number| number.service.state.is_at_window());
            let service = present.max_by_key(|number| number.service.since()).map(|number| number.key);
            let ended = own.iter().filter(|number| number.service.state == ServiceState::Ended).count() as u64;
            Some(Counter { code, spot, window, judged, line, ended, service })
        });
        counters.collect()
    }

    /// Open cases, by code.
    pub(super) fn files(&self) -> Vec<File<'a>> {
        let files = self.day.cases.iter().filter_map(|(code, case)| {
            let spot = self.here(&case.spot)?;
            let due = case.due(self.organisation());
            Some(File { code, case, spot, due, judged: judge::case(case, due, self.thresholds, self.now) })
        });
        files.collect()
    }

    /// Ratings of the day, here.
    pub(super) fn rated(&self) -> Vec<Rated<'a>> {
        self.rated_or_not().flatten().collect()
    }

    /// Every rating of the day in the day's order; `None` for those of another hall.
    pub(super) fn rated_or_not(&self) -> impl Iterator<Item = Option<Rated<'a>>> {
        self.day.ratings.values().map(|rating| {
            let mut spot = rating.spot.clone();
            // A rating stands where the number it is about was served.
            if let Some(service) = rating.service.as_ref().and_then(|key| self.day.services.get(key)) {
                spot.fill(service.spot.clone());
            }
            Some(Rated { rating, spot: self.here(&spot)? })
        })
    }

    pub(super) fn is_satisfied(&self, rating: &RatingNow) -> bool {
        i64::from(rating.level) >= self.satisfied_level
    }

    /// The group something waits in: its zone, else its department. The key tells them apart.
    pub(super) fn zone_of(&self, spot: &Spot) -> Option<CodeName> {
        match (&spot.zone, &spot.department) {
            // Halls without zones of their own often name the department there.
            (Some(zone), _) => Some(CodeName {
                code: zone.clone(),
                name: self.departments.get(zone).cloned().unwrap_or_else(|| zone.clone()),
            }),
            (None, Some(_)) => self.department_of(spot),
            (None, None) => None,
        }
    }

    pub(super) fn department_of(&self, spot: &Spot) -> Option<CodeName> {
        let code = spot.department.clone()?;
        let name = self.departments.get(&code).cloned().unwrap_or_else(|| code.clone());
        Some(CodeName { code, name })
    }

    pub(super) fn window_of(&self, spot: &Spot) -> Option<CodeName> {
        spot.window.as_deref().map(|code| self.window_named(code))
    }

    pub(super) fn window_named(&self, code: &str) -> CodeName {
        let known = self.organisation().window(code, self.now).and_then(|window| window.name.clone());
        CodeName { code: code.to_owned(), name: known.unwrap_or_else(|| code.to_owned()) }
    }

    pub(super) fn matter_of(&self, spot: &Spot) -> Option<CodeName> {
        let code = spot.matter.clone()?;
        let known = self.organisation().matter(&code, self.now).and_then(|matter| matter.name.clone());
        Some(CodeName { name: known.unwrap_or_else(|| code.clone()), code })
    }
}
