//! Who is away when: leave of the people at windows, so that the other of the window's two stands in.
//!
//! In: the seed and the working days of a month. Out: leaves, never of both people of a window on one day, and none of those who
//! are planted. The rates are of our own making: about a day a month, as the statutory annual leave and a little sickness come to.

use std::collections::BTreeSet;

use jifen_core::time::Date;

use crate::{
    plan::{Plan, Post},
    random::Random,
};

/// Share of months in which somebody is away.
const MONTHLY: f64 = 0.3;
/// Kinds of leave, how often each is taken, and the most working days.
const KINDS: [(&str, f64, i64); 5] =
    [("annual", 0.4, 5), ("sick", 0.25, 2), ("personal", 0.1, 1), ("compensatory", 0.15, 1), ("duty", 0.1, 2)];

/// One leave.
pub(crate) struct Leave {
    /// Index of the person.
    pub(crate) person: usize,
    pub(crate) category: &'static str,
    /// First day.
    pub(crate) from: Date,
    /// Last day.
    pub(crate) to: Date,
}

/// Leaves, and whom they take away on which day.
#[derive(Default)]
pub(crate) struct Leaves {
    pub(crate) list: Vec<Leave>,
    away: BTreeSet<(usize, Date)>,
}

impl Leaves {
    /// Adds the leaves of a month, whose working days are given; nobody in `present` takes any.
    pub(crate) fn add(&mut self, (number, plan): (u64, &Plan), month: &[Date], present: &[usize]) {
        let Some(first) = month.first() else { return };
        let mut random = Random::of(number, &format!("leave/{first}"));
        for (person, own) in plan.people.iter().enumerate() {
            let Post::Window { window, .. } = own.post else { continue };
            let (takes, kind) = (random.chance(MONTHLY), random.weighted(KINDS.iter().map(|(_, weight, _)| *weight)));
            let (category, _, most) = KINDS[kind];
            let days = random.between(1, most + 1) as usize;
            let begins = random.between(0, month.len() as i64) as usize;
            let days = &month[begins..month.len().min(begins + days)];
            let partner = plan.windows[window].people.into_iter().find(|other| *other != person);
            let is_covered = |date: &Date| partner.is_some_and(|partner| !self.is_away(partner, *date));
            let (Some(from), Some(to)) = (days.first(), days.last()) else { continue };
            if takes && !present.contains(&person) && days.iter().all(is_covered) {
                self.away.extend((from.0..=to.0).map(|date| (person, Date(date))));
                self.list.push(Leave { person, category, from: *from, to: *to });
            }
        }
    }

    /// Whether somebody is away on a day.
    pub(crate) fn is_away(&self, person: usize, date: Date) -> bool {
        self.away.contains(&(person, date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{City, Scale, Seed};

    #[test]
    fn a_window_is_never_left_and_its_other_person_stands_in() {
        let anchor = Date::parse("2026-11-27").expect("a date");
        let city = City::new(Seed { number: 1, anchor, scale: Scale::City }).expect("a city");
        let days = city.working_days(city.first(), anchor);
        let people: Vec<usize> = city.plan.windows.iter().flat_map(|window| window.people).collect();
        let away = days.iter().flat_map(|date| people.iter().filter(|person| city.leaves.is_away(**person, *date)));
        let share = away.count() as f64 / (days.len() * people.len()) as f64;
        assert!((0.01..0.06).contains(&share), "{share}");
        let mut covered = 0;
        for (index, window) in city.plan.windows.iter().enumerate() {
            for date in &days {
                let sitting = city.sitting(index, *date);
                assert!(!city.leaves.is_away(sitting, *date), "{} is left on {date}", window.code);
                covered += usize::from(window.people.iter().any(|person| city.leaves.is_away(*person, *date)));
            }
        }
        assert!(covered > 100);
        assert!(!city.leaves.list.iter().any(|leave| leave.person == city.planted.buyer));
    }
}
