//! The simulator's own count of points: from what it knows to be true, not from events, and not by jifen's rule engine.
//!
//! In: marks as they become true. Out: points per subject and rule, posted and provisional together. It knows the two rule sets
//! of the demo by heart; where it and the ledger differ, one of them is wrong.

use std::collections::BTreeMap;

use jifen_core::time::{Date, Grain, Period};

use crate::{city::Phases, day::is_known, plan::PILOT_HALL};

/// Something that became true.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Mark {
    /// A counter service ended; `ms` without holds.
    Service { person: String, hall: String, date: Date, ms: i64 },
    /// A citizen rated, or did not and five stars were stored.
    Rating { person: String, hall: String, date: Date, active: bool, satisfied: bool },
    /// A case was accepted.
    Accepted { department: String, date: Date },
    /// A case was decided.
    Decided(Decided),
    /// Data was shared between two departments.
    Shared { provider: String, receiver: String, date: Date },
    /// A suggestion was adopted.
    Suggestion { person: String, hall: String, date: Date },
    /// Somebody complained.
    Complaint { hall: String, date: Date },
}

/// A decided case.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Decided {
    /// Named last.
    pub(crate) person: String,
    /// Named first.
    pub(crate) first: String,
    pub(crate) department: String,
    pub(crate) accepted: Date,
    pub(crate) decided: Date,
    pub(crate) working_ms: i64,
    pub(crate) promised_ms: i64,
    pub(crate) first_pass: bool,
    pub(crate) clerk_errors: i64,
    pub(crate) completed: bool,
}

/// Shortest service that is not held: the region's default.
const SUSPICION_MS: i64 = 30_000;
const MINUTE_MS: i64 = 60_000;

/// Whose points: kind and code.
pub type Holder = (&'static str, String);

/// How often, and how often well.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Rate {
    all: i64,
    good: i64,
}

/// The count so far.
#[derive(Default)]
pub struct Tally {
    /// Whole points that single facts gave, by holder and rule.
    awards: BTreeMap<(Holder, &'static str), i64>,
    rates: BTreeMap<(Holder, &'static str, Date), Rate>,
    /// Services that ended and are not held, by person.
    pub services: BTreeMap<String, i64>,
    /// Marks seen.
    pub marks: u64,
}

/// Which rules hold.
#[derive(Clone, Copy, PartialEq)]
enum Rules {
    None,
    /// Service time and satisfaction, in the pilot's hall.
    Pilot,
    All,
}

impl Phases {
    fn rules(&self, date: Date) -> Rules {
        match self.after {
            None => Rules::All,
            Some(after) if date >= after => Rules::All,
            Some(_) if date >= self.pilot => Rules::Pilot,
            Some(_) => Rules::None,
        }
    }

    fn indicators_hold(&self, hall: &str, date: Date) -> bool {
        match self.rules(date) {
            Rules::None => false,
            Rules::Pilot => hall == PILOT_HALL,
            Rules::All => true,
        }
    }

    fn all_hold(&self, date: Date) -> bool {
        self.rules(date) == Rules::All
    }
}

impl Tally {
    pub(crate) fn take(&mut self, phases: &Phases, mark: &Mark) {
        self.marks += 1;
        match mark {
            Mark::Service { person, hall, date, ms } => {
                if *ms < SUSPICION_MS {
                    return;
                }
                *self.services.entry(person.clone()).or_default() += 1;
                if phases.indicators_hold(hall, *date) {
                    self.award(person, "service-time", band(*ms, [(20 * MINUTE_MS, 5), (30 * MINUTE_MS, 0)], -3));
                }
            }
            Mark::Rating { person, hall, date, active, satisfied } => {
                if *active && phases.indicators_hold(hall, *date) {
                    self.rate(("person", person.clone()), "satisfaction", *date, *satisfied);
                }
            }
            Mark::Accepted { department, date } => {
                let month = month_of(*date);
                if phases.all_hold(month) {
                    let key = (("department", department.clone()), "completion-rate", month);
                    self.rates.entry(key).or_default().all += 1;
                }
            }
            Mark::Decided(case) => self.decided(phases, case),
            Mark::Shared { provider, receiver, date } => {
                if phases.all_hold(*date) {
                    for department in [provider, receiver] {
                        *self.awards.entry((("department", department.clone()), "data-shared")).or_default() += 2;
                    }
                }
            }
            Mark::Suggestion { person, date, .. } => {
                if phases.all_hold(*date) {
                    self.award(person, "suggestion", 15);
                }
            }
            Mark::Complaint { .. } => {}
        }
    }

    fn decided(&mut self, phases: &Phases, case: &Decided) {
        let accepted = month_of(case.accepted);
        if case.completed && phases.all_hold(accepted) {
            let key = (("department", case.department.clone()), "completion-rate", accepted);
            self.rates.entry(key).or_default().good += 1;
        }
        if phases.all_hold(month_of(case.decided)) {
            let month = month_of(case.decided);
            self.rate(("person", case.person.clone()), "first-pass", month, case.first_pass);
        }
        if phases.all_hold(case.decided) {
            if 2 * case.working_ms <= case.promised_ms {
                self.award(&case.person, "decided-early", 1);
            }
            if case.working_ms > case.promised_ms {
                self.award(&case.person, "decided-late", -5);
            }
            self.award(&case.first, "material-error", -2 * case.clerk_errors);
        }
    }

    fn award(&mut self, person: &str, rule: &'static str, points: i64) {
        *self.awards.entry((("person", person.to_owned()), rule)).or_default() += points;
    }

    fn rate(&mut self, holder: Holder, rule: &'static str, period: Date, good: bool) {
        let rate = self.rates.entry((holder, rule, period)).or_default();
        rate.all += 1;
        rate.good += i64::from(good);
    }

    /// Whole points per holder and rule; nothing that is zero, and nobody whom jifen cannot know.
    pub fn points(&self) -> BTreeMap<(Holder, &'static str), i64> {
        let mut points = self.awards.clone();
        for ((holder, rule, _), rate) in &self.rates {
            *points.entry((holder.clone(), rule)).or_default() += verdict(rule, *rate);
        }
        points.retain(|((_, code), _), points| *points != 0 && is_known(code));
        points
    }
}

fn month_of(date: Date) -> Date {
    Period::holding(Grain::Month, date).first
}

fn band(value: i64, bands: [(i64, i64); 2], otherwise: i64) -> i64 {
    bands.iter().find(|(upto, _)| value <= *upto).map_or(otherwise, |(_, points)| *points)
}

/// What a period's rate gives.
fn verdict(rule: &str, Rate { all, good }: Rate) -> i64 {
    match rule {
        "satisfaction" if all < 5 => 0,
        "satisfaction" if 100 * good < 90 * all => -5,
        "satisfaction" if 100 * good < 95 * all => 0,
        "satisfaction" => 10,
        "first-pass" if all >= 20 && 100 * good > 95 * all => 5,
        "completion-rate" if all < 10 => 0,
        "completion-rate" if 100 * good < 90 * all => -5,
        "completion-rate" if 100 * good < 98 * all => 0,
        "completion-rate" => 5,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_those_of_the_rules() {
        let of = |rule, good, all| verdict(rule, Rate { all, good });
        assert_eq!([4, 5, 9, 10, 19, 20].map(|all| of("satisfaction", all, all)), [0, 10, 10, 10, 10, 10]);
        assert_eq!((of("satisfaction", 9, 10), of("satisfaction", 19, 20), of("satisfaction", 8, 10)), (0, 10, -5));
        assert_eq!((of("first-pass", 19, 20), of("first-pass", 20, 20), of("first-pass", 19, 19)), (0, 5, 0));
        assert_eq!((of("completion-rate", 49, 50), of("completion-rate", 9, 9)), (5, 0));
        assert_eq!(band(20 * MINUTE_MS, [(20 * MINUTE_MS, 5), (30 * MINUTE_MS, 0)], -3), 5);
        assert_eq!(band(30 * MINUTE_MS + 1, [(20 * MINUTE_MS, 5), (30 * MINUTE_MS, 0)], -3), -3);
    }
}
