//! Arrivals in order: days are simulated as they are needed, what they send later waits here.

use std::collections::BTreeMap;

use jifen_core::time::Date;

use crate::{
    city::{CASE_DAYS_MAX, City},
    day,
    sent::{Delivery, Moment, What},
    tally::Tally,
};

/// The arrivals of a span, in order. Where it begins does not change what arrives: it looks back as far as cases last.
pub struct Stream<'a> {
    city: &'a City,
    live: Option<Moment>,
    from: Moment,
    next: Date,
    waiting: BTreeMap<(Moment, Date, usize), What>,
}

impl<'a> Stream<'a> {
    /// Arrivals from `from` on, of the city's whole history.
    pub fn new(city: &'a City, from: Moment, live: Option<Moment>) -> Self {
        Self::since(city, city.phases.first, from, live)
    }

    /// Arrivals from `from` on, of days not before `first`, as though the city had been empty then; with `live`, the demo plays
    /// on outside the office hours from then on.
    pub fn since(city: &'a City, first: Date, from: Moment, live: Option<Moment>) -> Self {
        let next = city.phases.first.max(first).max(from.date().plus(-CASE_DAYS_MAX));
        Self { city, live, from, next, waiting: BTreeMap::new() }
    }

    /// Takes what arrives before `end`, at most `limit`.
    fn take_before(&mut self, end: Moment, limit: usize) -> Vec<What> {
        let mut arrivals = Vec::new();
        while arrivals.len() < limit {
            let first = self.waiting.first_key_value().map(|((at, ..), _)| *at);
            // A day sends nothing before it begins but what is dated by a clock that is fast.
            if first.is_none_or(|at| Moment::at(self.next, 0) <= at) && Moment::at(self.next, 0) < end {
                self.simulate();
                continue;
            }
            match self.waiting.first_entry() {
                Some(entry) if entry.key().0 < end => arrivals.push(entry.remove()),
                Some(_) | None => break,
            }
        }
        arrivals
    }

    /// The next events before `end`, at most `limit`, as JSON texts; what became true meanwhile goes to the tally. Empty when
    /// there are no more.
    pub fn events_before(&mut self, end: Moment, limit: usize, tally: &mut Tally) -> Vec<String> {
        let mut events = Vec::new();
        while events.is_empty() {
            let arrivals = self.take_before(end, limit);
            if arrivals.is_empty() {
                break;
            }
            for what in arrivals {
                match what {
                    What::Event(event) => events.push(event),
                    What::Mark(mark) => tally.take(&self.city.phases, &mark),
                }
            }
        }
        events
    }

    fn simulate(&mut self) {
        for Delivery { at, day, number, what } in day::run(self.city, self.next, self.live).into_deliveries() {
            if at >= self.from {
                self.waiting.insert((at, day, number), what);
            }
        }
        self.next = self.next.plus(1);
    }
}
