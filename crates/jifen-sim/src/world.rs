//! The simulated span: which days work, who sits where, what is planted; runs it day by day.

use std::collections::BTreeMap;

use jifen_core::{
    calendar::{Calendar, CalendarYear, holidays},
    time::{Date, Period, Zone},
};

use crate::{
    day,
    plan::{Person, Post, Window, staff},
    random::Random,
    sent::{DAY, Moment, Sent},
};

/// Days of the demo, the last one included.
const DAYS: i32 = 60;
/// The demo's zone.
pub(crate) const ZONE: &str = "Asia/Shanghai";

/// A finished demo.
pub struct Demo {
    /// CloudEvents, one a line, in the order in which they arrived.
    pub events: Vec<String>,
    pub(crate) first: Date,
    pub(crate) windows: Vec<Window>,
    pub(crate) people: Vec<Person>,
    /// Years without a notice of the State Council, which the demo makes up.
    pub(crate) invented_years: Vec<CalendarYear>,
    pub(crate) turns: Vec<Turn>,
}

/// One week of one person at a window.
pub(crate) struct Turn {
    pub(crate) person: String,
    pub(crate) window: String,
    pub(crate) role: &'static str,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

/// Why there is no demo.
#[derive(Debug)]
pub struct SimError(&'static str);

impl std::fmt::Display for SimError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SimError {}

/// How somebody differs from the mean.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Factor on service times.
    pub(crate) pace: f64,
    /// Added to the log-odds of a bad rating.
    pub(crate) brusqueness: f64,
}

/// Everything the day's simulation reads and writes.
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) sent: Sent,
    pub(crate) windows: Vec<Window>,
    pub(crate) people: Vec<Person>,
    pub(crate) manners: BTreeMap<String, Manner>,
    pub(crate) calendar: Calendar,
    pub(crate) zone: Zone,
    /// First day of the pilot in the tax hall.
    pub(crate) pilot: Date,
    /// Somebody who ends services seconds after their start.
    pub(crate) hasty: String,
    /// Number of the last case.
    pub(crate) cases: u64,
}

/// Simulates the [`DAYS`] days that end with `until`.
pub fn demo(seed: u64, until: Date) -> Result<Demo, SimError> {
    if !(Date::new(2000, 1, 1)..=Date::new(2199, 12, 31)).contains(&Some(until)) {
        return Err(SimError("the last day must lie in the years 2000 to 2199"));
    }
    let zone = Zone::parse(ZONE).ok_or(SimError("the time zone database is missing"))?;
    let first = until.plus(1 - DAYS);
    let (calendar, invented_years) = calendar(first, until);
    let (windows, people) = staff();
    let mut random = Random::new(seed);
    let manners = people
        .iter()
        .map(|person| {
            let manner = Manner { pace: random.lognormal(1.0, 0.15), brusqueness: random.normal(0.4) };
            (person.code.clone(), manner)
        })
        .collect();
    let hasty = people.get(9).map(|person| person.code.clone()).unwrap_or_default();
    let (pilot, sent) = (first.plus(DAYS / 2), Sent::default());
    let mut world = World { random, sent, windows, people, manners, calendar, zone, pilot, hasty, cases: 0 };

    let working: Vec<Date> = (0..DAYS).map(|day| first.plus(day)).filter(|date| world.is_working(*date)).collect();
    let outage = working.get(working.len() / 2).copied();
    for date in &working {
        if Some(*date) == outage {
            // The queue system's line is down for 40 minutes; what it noted meanwhile arrives that night.
            world.sent.delay(Moment::at(*date, 10 * 3600 + 300), Moment::at(*date, DAY - 3600));
        }
        day::run(&mut world, *date, Some(*date) == outage);
    }
    if let Some(date) = working.get(working.len() * 3 / 4) {
        // A connector is restarted and delivers a whole day again the next noon.
        world.sent.repeat(Moment::at(*date, 0), Moment::at(*date, DAY), Moment::at(*date, DAY + DAY / 2));
    }
    let turns = turns(&world.people, first, until);
    let World { sent, windows, people, .. } = world;
    Ok(Demo { events: sent.into_lines(Moment::at(until, DAY)), first, windows, people, invented_years, turns })
}

impl World {
    pub(crate) fn is_working(&self, date: Date) -> bool {
        self.calendar.is_working(date).unwrap_or(false)
    }

    /// Who sits at `window` on `date`.
    pub(crate) fn sitting(&self, window: &str, date: Date) -> Option<&Person> {
        let role = role_of_week(date);
        self.people.iter().find(
            |person| matches!(&person.post, Post::Window { window: own, role: turn } if own == window && *turn == role),
        )
    }

    /// People of `department` who do not sit at a window on `date`: its back office, else who has the other week.
    pub(crate) fn back_office(&self, department: &str, date: Date) -> Vec<String> {
        let role = role_of_week(date);
        let free = |post: &Post| match post {
            Post::Back => true,
            Post::Window { role: turn, .. } => *turn != role,
            Post::System => false,
        };
        let people = self.people.iter().filter(|person| person.department == department && free(&person.post));
        people.map(|person| person.code.clone()).collect()
    }
}

fn role_of_week(date: Date) -> &'static str {
    if (date.0 + 3).div_euclid(7) % 2 == 0 { "a" } else { "b" }
}

/// Every year the demo can touch: cases may fall due after its last day.
fn calendar(first: Date, until: Date) -> (Calendar, Vec<CalendarYear>) {
    let (mut calendar, mut invented) = (Calendar::default(), Vec::new());
    for year in first.civil().year()..=until.plus(366).civil().year() {
        let notice = holidays::china(year).unwrap_or_else(|| {
            invented.push(CalendarYear::new(year));
            CalendarYear::new(year)
        });
        calendar.insert(notice);
    }
    (calendar, invented)
}

fn turns(people: &[Person], first: Date, until: Date) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut week = Period::holding(jifen_core::time::Grain::Week, first);
    while week.first <= until {
        for person in people {
            if let Post::Window { window, role } = &person.post
                && *role == role_of_week(week.first)
            {
                let (person, window) = (person.code.clone(), window.clone());
                turns.push(Turn { person, window, role, from: week.first, to: week.last() });
            }
        }
        week = week.next();
    }
    turns
}
