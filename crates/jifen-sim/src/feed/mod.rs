//! Feeds a city's events to the public HTTP API like any other source: the newest days first, older ones behind, then live.

mod client;
mod office;
mod progress;
mod second;

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant as Ticks, SystemTime, UNIX_EPOCH},
};

use jifen_core::time::{Date, Instant};

pub use client::{Client, Outcome};
pub use progress::Progress;
use second::Second;

use crate::{
    city::{City, SimError},
    sent::{DAY, Moment},
    stream::Stream,
    tally::Tally,
};

/// Events of one request; the API takes 8,192.
pub(crate) const BATCH: usize = 4_000;
/// Days that are there before anything older is sent.
const NEWEST_DAYS: i32 = 7;
/// Seconds for which visitors of a closed hall have been coming when the feed begins: the first look finds it at work.
const UNDER_WAY: i64 = 3 * 3600;
/// How often the clock is looked at when there is nothing to send.
const TICK: Duration = Duration::from_millis(250);
/// Attempts to reach the server before giving up: some minutes.
const ATTEMPTS: u32 = 60;

/// What is fed where, and how fast.
pub struct Feed {
    /// `http://host:port`.
    pub url: String,
    /// A source's key.
    pub key: String,
    /// An administrator's key: ends periods, closes months, says on every page that older days still fill in.
    pub administrator: Option<String>,
    /// Where progress is kept.
    pub progress: PathBuf,
    /// Begins with this day instead of seven days ago, as though the city had been empty before.
    pub from: Option<Moment>,
    /// Ends here instead of never.
    pub until: Option<Moment>,
    /// Ends after so long.
    pub lasting: Option<Duration>,
    /// Simulated seconds a second until the present is reached; as fast as possible unless given.
    pub speed: Option<f64>,
    /// Whether nothing happens outside the office hours.
    pub office_hours: bool,
    /// The second hall, once the newest days of the first are there.
    pub second: Option<SecondHall>,
}

/// The keys to the second hall.
pub struct SecondHall {
    /// A source's key.
    pub key: String,
    /// An administrator's key: ends periods.
    pub administrator: String,
}

/// The present by the demo's clock.
pub fn now() -> Moment {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::of(Instant(since_epoch.as_millis() as i64))
}

/// Feeds until it is told to end; `on_newest` is called once everything until the present is there.
///
/// # Errors
/// The server refuses, or does not come back.
pub fn feed(city: &City, feed: &Feed, mut on_newest: impl FnMut(Outcome)) -> Result<Outcome, SimError> {
    let start = now();
    let mut progress = match Progress::load(&feed.progress, city.seed)? {
        Some(progress) => progress,
        None => fresh(city, feed, start),
    };
    let mut run = Run::new(city, feed, &progress)?;
    if progress.is_filling() {
        run.say(&office::filling(city, start))?;
    }
    let mut told = false;
    loop {
        let due = run.clock(start).min(feed.until.unwrap_or(Moment(i64::MAX)));
        run.send_newest(due, &mut progress)?;
        if !told && due.0 + DAY / 24 >= now().0.min(feed.until.map_or(i64::MAX, |until| until.0)) {
            told = true;
            on_newest(run.outcome);
        }
        let over = feed.until.is_some_and(|until| until <= due)
            || feed.lasting.is_some_and(|lasting| run.began.elapsed() >= lasting);
        if over {
            return Ok(run.outcome);
        }
        if let Some(second) = run.second.as_mut().filter(|_| told) {
            second.go_on(now())?;
        }
        if told && progress.is_filling() {
            run.send_older(&mut progress)?;
            if !progress.is_filling() {
                run.say(&office::filled(city, now()))?;
            }
            continue;
        }
        run.end_periods(&mut progress)?;
        thread::sleep(TICK);
    }
}

fn fresh(city: &City, feed: &Feed, start: Moment) -> Progress {
    let first = Moment::at(city.phases.first, 0);
    let (newest, older) = match feed.from {
        Some(from) => (from, from),
        None => (Moment::at(start.date().plus(-NEWEST_DAYS), 0).max(first), first),
    };
    let goes_on = !feed.office_hours && feed.until.is_none_or(|until| until > start);
    let live_since = goes_on.then(|| Moment(start.0 - UNDER_WAY).max(newest));
    Progress::new(city.seed, newest, older, live_since)
}

struct Run<'a> {
    city: &'a City,
    feed: &'a Feed,
    client: Client,
    office: Option<Client>,
    second: Option<Second<'a>>,
    newest: Stream<'a>,
    older: Stream<'a>,
    outcome: Outcome,
    began: Ticks,
    base: Moment,
}

impl<'a> Run<'a> {
    fn new(city: &'a City, feed: &'a Feed, progress: &Progress) -> Result<Self, SimError> {
        let office = feed.administrator.as_ref().map(|key| Client::new(&feed.url, key, ATTEMPTS)).transpose()?;
        let base = Moment(progress.sent_until);
        Ok(Self {
            city,
            feed,
            client: Client::new(&feed.url, &feed.key, ATTEMPTS)?,
            office,
            second: feed.second.as_ref().map(|hall| Second::new(city, &feed.url, hall)).transpose()?,
            newest: Stream::since(city, progress.first(), base, progress.live_since.map(Moment)),
            older: Stream::new(city, Moment(progress.older_until), None),
            outcome: Outcome::default(),
            began: Ticks::now(),
            base,
        })
    }

    /// The simulated present: the real one, or on the way to it at the chosen speed.
    fn clock(&self, start: Moment) -> Moment {
        let passed = self.began.elapsed().as_secs_f64();
        match self.feed.speed {
            // A whole second later: what happened in this one is known when it is over.
            None => now(),
            Some(speed) => Moment(self.base.0 + (passed * speed) as i64).min(now()).max(self.base.min(start)),
        }
    }

    fn post(&mut self, events: &[String]) -> Result<(), SimError> {
        let Outcome { accepted, repeated, refused } = self.client.post(events)?;
        self.outcome.accepted += accepted;
        self.outcome.repeated += repeated;
        self.outcome.refused += refused;
        Ok(())
    }

    fn say(&mut self, events: &[String]) -> Result<(), SimError> {
        match &mut self.office {
            Some(office) => events.chunks(BATCH).try_for_each(|events| office.post(events).map(drop)),
            None => Ok(()),
        }
    }

    fn send_newest(&mut self, due: Moment, progress: &mut Progress) -> Result<(), SimError> {
        if due.0 <= progress.sent_until {
            return Ok(());
        }
        loop {
            let events = self.newest.events_before(due, BATCH, &mut Tally::default());
            if events.is_empty() {
                break;
            }
            self.post(&events)?;
        }
        progress.sent_until = due.0;
        progress.save(&self.feed.progress)
    }

    /// One older day.
    fn send_older(&mut self, progress: &mut Progress) -> Result<(), SimError> {
        let end = Moment::at(Moment(progress.older_until).date().plus(1), 0).0.min(progress.newest_from);
        loop {
            let events = self.older.events_before(Moment(end), BATCH, &mut Tally::default());
            if events.is_empty() {
                break;
            }
            self.post(&events)?;
        }
        progress.older_until = end;
        progress.save(&self.feed.progress)
    }

    /// Ends the periods that are over and closes the months that were over when the demo was made.
    fn end_periods(&mut self, progress: &mut Progress) -> Result<(), SimError> {
        let through = now().date().plus(-1);
        if self.office.is_none() || progress.is_filling() || progress.ended_through.is_some_and(|day| day >= through.0)
        {
            return Ok(());
        }
        let from = progress
            .ended_through
            .map_or(Moment(progress.newest_from).date().min(self.city.phases.first), |day| Date(day + 1));
        self.say(&office::ends(self.city, from, through))?;
        progress.ended_through = Some(through.0);
        progress.save(&self.feed.progress)
    }
}
