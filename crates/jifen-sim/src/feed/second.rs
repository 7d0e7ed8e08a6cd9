//! The second hall goes on live after the history it was made with: what happens there today, when it happens, and the ends of its
//! periods. Nothing is kept of how far it came: what it sends twice is a repeat.

use std::time::Instant as Ticks;

use jifen_core::time::Date;

use super::{ATTEMPTS, BATCH, SecondHall, TICK, client::Client, office};
use crate::{
    city::{City, SimError},
    hundred::Hundred,
    sent::Moment,
};

/// The second hall while it goes on.
pub(super) struct Second<'a> {
    city: &'a City,
    source: Client,
    office: Client,
    /// What is still to be sent, the earliest last.
    due: Vec<(Moment, String)>,
    /// Everything before this day was sent or is due.
    until: Date,
    looked: Option<Ticks>,
}

impl<'a> Second<'a> {
    pub(super) fn new(city: &'a City, url: &str, hall: &SecondHall) -> Result<Self, SimError> {
        Ok(Self {
            city,
            source: Client::new(url, &hall.key, ATTEMPTS)?,
            office: Client::new(url, &hall.administrator, ATTEMPTS)?,
            due: Vec::new(),
            until: city.seed.anchor,
            looked: None,
        })
    }

    /// Sends what has happened by now; looks no more often than the clock is looked at.
    pub(super) fn go_on(&mut self, now: Moment) -> Result<(), SimError> {
        if self.looked.is_some_and(|looked| looked.elapsed() < TICK) {
            return Ok(());
        }
        self.looked = Some(Ticks::now());
        let today = now.date();
        let is_new_day = self.until <= today;
        if is_new_day {
            let mut days = Hundred::days(self.city, self.until, today.plus(1));
            days.sort_by(|(one, _), (other, _)| other.cmp(one));
            // What is left of yesterday comes first.
            days.append(&mut self.due);
            (self.due, self.until) = (days, today.plus(1));
        }
        let begin = self.due.partition_point(|(at, _)| *at > now);
        let happened: Vec<String> = self.due.drain(begin..).rev().map(|(_, event)| event).collect();
        for events in happened.chunks(BATCH) {
            self.source.post(events)?;
        }
        if is_new_day {
            let ends = office::ends(self.city, self.city.seed.anchor, today.plus(-1));
            self.office.post(&ends)?;
        }
        Ok(())
    }
}
