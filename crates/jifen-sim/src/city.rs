//! The simulated span: which days work, who sits where, what changes when, what is planted.

use jifen_core::{
    calendar::{Calendar, CalendarYear, holidays},
    time::{Date, Grain, Period, Zone},
};

use crate::{
    leave::Leaves,
    plan::{CONTROL_HALL, PILOT_HALL, Person, Plan, Post, Presence, Scale},
    random::Random,
    sent::{DAY, Moment},
};

/// The demo's zone.
pub(crate) const ZONE: &str = "Asia/Shanghai";
/// No case is open for longer than this many days: what a moment delivers comes from so many days before it.
pub(crate) const CASE_DAYS_MAX: i32 = 60;
/// The roster is written this many weeks beyond the day the demo was made.
const ROSTER_WEEKS_AHEAD: i32 = 26;
/// Leave is known this many days beyond it.
const LEAVE_DAYS_AHEAD: i32 = 30;

/// Why there is no demo.
#[derive(Debug)]
pub struct SimError(pub(crate) String);

impl std::fmt::Display for SimError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SimError {}

/// What makes a city: the same three give the same bytes on every machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seed {
    /// Of all chance.
    pub number: u64,
    /// The day the demo was made: history ends before it.
    pub anchor: Date,
    /// How large.
    pub scale: Scale,
}

/// Days on which something changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phases {
    /// First day of the pilot hall and its control.
    pub(crate) first: Date,
    /// First day of all others.
    pub(crate) elsewhere: Date,
    /// First day of the pilot: the two indicators hold and service times fall in its hall.
    pub(crate) pilot: Date,
    /// First day after it: the full rules hold everywhere. `None`: they hold from the first day.
    pub(crate) after: Option<Date>,
}

impl Phases {
    fn of(anchor: Date, scale: Scale) -> Self {
        match scale {
            Scale::Small => {
                let first = anchor.plus(-60);
                Self { first, elsewhere: first, pilot: first.plus(30), after: None }
            }
            Scale::City => {
                let month = |date| Period::holding(Grain::Month, date).first;
                let after = month(month(anchor.plus(-1)).plus(-1));
                let pilot = month(month(month(after.plus(-1)).plus(-1)).plus(-1));
                Self { first: anchor.plus(-180), elsewhere: anchor.plus(-60), pilot, after: Some(after) }
            }
        }
    }
}

/// What is wrong on purpose, for those who look for it.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    /// Index of a person who buys ratings.
    pub(crate) buyer: usize,
    /// Index of a person who ends services early.
    pub(crate) early_closer: usize,
    /// Index of a window whose clock is fast.
    pub(crate) fast_window: usize,
    /// Day on which the queue system's line is down from [`OUTAGE_FROM`] to [`OUTAGE_TO`].
    pub(crate) outage: Option<Date>,
    /// Day whose events are delivered twice.
    pub(crate) repeated: Option<Date>,
}

/// Seconds of the day of the outage; what was noted meanwhile arrives at the end of the day.
pub(crate) const OUTAGE_FROM: i64 = 10 * 3600 + 300;
/// Its end.
pub(crate) const OUTAGE_TO: i64 = 10 * 3600 + 2700;
const OUTAGE_DELIVERY: i64 = DAY - 3600;
/// How fast the fast clock is, in seconds.
pub(crate) const CLOCK_FAST: i64 = 420;

/// How somebody differs from the mean.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Factor on service times.
    pub(crate) pace: f64,
    /// Added to the log-odds of a bad rating.
    pub(crate) brusqueness: f64,
    /// Factor on the shares of cases that come back.
    pub(crate) carelessness: f64,
}

/// The city and everything true about it before the first event.
pub struct City {
    pub(crate) seed: Seed,
    pub(crate) plan: Plan,
    pub(crate) manners: Vec<Manner>,
    pub(crate) calendar: Calendar,
    pub(crate) zone: Zone,
    pub(crate) phases: Phases,
    pub(crate) planted: Planted,
    pub(crate) leaves: Leaves,
    /// Years without a notice of the State Council, which the demo makes up.
    pub(crate) invented_years: Vec<CalendarYear>,
}

/// One week of one person at a window.
pub(crate) struct Turn {
    pub(crate) person: String,
    pub(crate) window: String,
    pub(crate) role: &'static str,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

impl City {
    /// Founds the city.
    ///
    /// # Errors
    /// [`SimError`] when the anchor is out of range.
    pub fn new(seed: Seed) -> Result<Self, SimError> {
        let Seed { number, anchor, scale } = seed;
        if !(Date::new(2000, 7, 1)..=Date::new(2199, 6, 30)).contains(&Some(anchor)) {
            return Err(SimError("the day must lie between 2000-07-01 and 2199-06-30".to_owned()));
        }
        let zone = Zone::parse(ZONE).ok_or_else(|| SimError("the time zone database is missing".to_owned()))?;
        let plan = Plan::of(scale).map_err(|error| SimError(format!("a table of the crate is broken: {error}")))?;
        let phases = Phases::of(anchor, scale);
        let (calendar, invented_years) = calendar(phases.first, anchor);
        let mut random = Random::of(number, "people");
        let manners = plan.people.iter().map(|_| Manner {
            pace: random.lognormal(1.0, 0.15),
            brusqueness: random.normal(0.4),
            carelessness: random.lognormal(1.0, 0.6),
        });
        let manners = manners.collect();
        let planted = Planted { buyer: 0, early_closer: 0, fast_window: 0, outage: None, repeated: None };
        let leaves = Leaves::default();
        let mut city = Self { seed, plan, manners, calendar, zone, phases, planted, leaves, invented_years };
        city.plant();
        city.send_on_leave();
        Ok(city)
    }

    /// Chooses who and what is wrong; only in halls that are neither the pilot's nor its control, so that the pilot stays clean.
    fn plant(&mut self) {
        let elsewhere = |window: &usize| {
            let hall = &self.plan.department(self.plan.windows[*window].department).hall;
            hall != PILOT_HALL && hall != CONTROL_HALL
        };
        let windows: Vec<usize> = (0..self.plan.windows.len()).filter(elsewhere).collect();
        let nth = |n: usize| windows[n % windows.len()];
        self.planted.buyer = self.plan.windows[nth(1)].people[0];
        self.planted.early_closer = self.plan.windows[nth(2)].people[0];
        self.planted.fast_window = nth(4);
        let days = self.working_days(self.phases.elsewhere, self.seed.anchor.plus(-1));
        self.planted.outage = days.len().checked_sub(4).and_then(|index| days.get(index)).copied();
        self.planted.repeated = days.len().checked_sub(3).and_then(|index| days.get(index)).copied();
    }

    /// Whole months, so that a day is the same whenever the demo was made.
    fn send_on_leave(&mut self) {
        let present = [self.planted.buyer, self.planted.early_closer];
        let mut leaves = Leaves::default();
        let mut month = Period::holding(Grain::Month, self.phases.first);
        while month.first <= self.seed.anchor.plus(LEAVE_DAYS_AHEAD) {
            let days = self.working_days(month.first, month.last());
            leaves.add((self.seed.number, &self.plan), &days, &present);
            month = month.next();
        }
        self.leaves = leaves;
    }

    /// First simulated day.
    pub fn first(&self) -> Date {
        self.phases.first
    }

    pub(crate) fn working_days(&self, from: Date, to: Date) -> Vec<Date> {
        (from.0..=to.0).map(Date).filter(|date| self.is_working(*date)).collect()
    }

    pub(crate) fn is_working(&self, date: Date) -> bool {
        self.calendar.is_working(date).unwrap_or(false)
    }

    /// Whether a department has data on `date`.
    pub(crate) fn is_simulated(&self, department: usize, date: Date) -> bool {
        let hall = &self.plan.department(department).hall;
        let early = hall == PILOT_HALL || hall == CONTROL_HALL;
        date >= if early { self.phases.first } else { self.phases.elsewhere }
    }

    /// Whether the pilot's effect is there.
    pub(crate) fn is_changed(&self, hall: &str, date: Date) -> bool {
        hall == PILOT_HALL && date >= self.phases.pilot
    }

    /// Index of who sits at a window on `date`: who has the week, or the other while they are on leave.
    pub(crate) fn sitting(&self, window: usize, date: Date) -> usize {
        let [own, other] = self.turn(window, date);
        if self.leaves.is_away(own, date) { other } else { own }
    }

    /// Indexes of a window's two people: who has the week first.
    fn turn(&self, window: usize, date: Date) -> [usize; 2] {
        let [a, b] = self.plan.windows[window].people;
        if turn_of_week(date) == 0 { [a, b] } else { [b, a] }
    }

    pub(crate) fn person(&self, index: usize) -> &Person {
        &self.plan.people[index]
    }

    /// People of a department who do not sit at a window on `date`: its back office and who has the other week.
    pub(crate) fn back_office(&self, department: usize, date: Date) -> Vec<usize> {
        let free = |index: usize| match self.person(index).post {
            Post::Back => true,
            Post::Window { window, .. } => self.sitting(window, date) != index && !self.leaves.is_away(index, date),
            Post::System => false,
        };
        let people = 0..self.plan.people.len();
        people.filter(|index| self.person(*index).department == department && free(*index)).collect()
    }

    /// How fast the clock of a window is, in seconds.
    pub(crate) fn skew(&self, window: usize) -> i64 {
        if window == self.planted.fast_window { CLOCK_FAST } else { 0 }
    }

    /// The span of `date` in which the queue's line is down, and when its events arrive.
    pub(crate) fn outage(&self, date: Date) -> Option<(Moment, Moment, Moment)> {
        let at = |second| Moment::at(date, second);
        (self.planted.outage == Some(date)).then(|| (at(OUTAGE_FROM), at(OUTAGE_TO), at(OUTAGE_DELIVERY)))
    }

    /// Shifts of the departments whose sources name nobody, by weeks: who has the week is the A, the other the B.
    pub(crate) fn turns(&self) -> Vec<Turn> {
        let mut turns = Vec::new();
        let mut week = Period::holding(Grain::Week, self.phases.first);
        let end = self.seed.anchor.plus(7 * ROSTER_WEEKS_AHEAD);
        while week.first <= end {
            for (index, window) in self.plan.windows.iter().enumerate() {
                if self.plan.department(window.department).presence != Presence::Roster {
                    continue;
                }
                for (person, role) in self.turn(index, week.first).into_iter().zip(["a", "b"]) {
                    let (person, window) = (self.person(person).code.clone(), window.code.clone());
                    turns.push(Turn { person, window, role, from: week.first, to: week.last() });
                }
            }
            week = week.next();
        }
        turns
    }
}

/// Which of a window's two people has this week.
fn turn_of_week(date: Date) -> usize {
    (date.0 + 3).div_euclid(7).rem_euclid(2) as usize
}

/// Every year the demo can touch: cases may fall due long after its last day.
fn calendar(first: Date, anchor: Date) -> (Calendar, Vec<CalendarYear>) {
    let (mut calendar, mut invented) = (Calendar::default(), Vec::new());
    for year in first.civil().year()..=anchor.plus(2 * 366).civil().year() {
        let notice = holidays::china(year).unwrap_or_else(|| {
            invented.push(CalendarYear::new(year));
            CalendarYear::new(year)
        });
        calendar.insert(notice);
    }
    (calendar, invented)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_before_and_an_after_on_every_day_of_the_year() {
        for day in 0..366 {
            let anchor = Date(20_500 + day);
            let phases = Phases::of(anchor, Scale::City);
            let after = phases.after.expect("after");
            assert!(phases.pilot.0 - phases.first.0 >= 25, "{anchor}: {phases:?}");
            assert!((89..=92).contains(&(after.0 - phases.pilot.0)), "{anchor}: {phases:?}");
            assert!(anchor.0 - after.0 >= 28, "{anchor}: {phases:?}");
        }
    }
}
