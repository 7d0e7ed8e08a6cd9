//! How far a feed has come, in a file: it resumes there, and what it sends twice is a repeat.

use std::{fs, path::Path};

use jifen_core::time::Date;
use serde::{Deserialize, Serialize};

use crate::{
    city::{Seed, SimError},
    plan::Scale,
    sent::Moment,
};

/// Moments are local seconds, as [`Moment`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Progress {
    seed: u64,
    anchor: String,
    scale: String,
    /// The first moment of all that is sent.
    first: i64,
    /// The newest days begin here; what is older fills in behind.
    pub(super) newest_from: i64,
    /// Everything from `newest_from` until here was sent.
    pub(super) sent_until: i64,
    /// From then on the demo plays on outside the office hours, if it does.
    pub(super) live_since: Option<i64>,
    /// Older days were sent until here; equal to `newest_from` when all were.
    pub(super) older_until: i64,
    /// Periods that have ended were ended, and months closed, through this day.
    pub(super) ended_through: Option<i32>,
}

impl Progress {
    pub(super) fn new(seed: Seed, newest_from: Moment, older_from: Moment, live_since: Option<Moment>) -> Self {
        Self {
            seed: seed.number,
            anchor: seed.anchor.to_string(),
            scale: seed.scale.name().to_owned(),
            first: older_from.0.min(newest_from.0),
            newest_from: newest_from.0,
            sent_until: newest_from.0,
            live_since: live_since.map(|moment| moment.0),
            older_until: older_from.0.min(newest_from.0),
            ended_through: None,
        }
    }

    /// Reads the file, if it is there.
    ///
    /// # Errors
    /// It cannot be read, or belongs to another city.
    pub fn load(file: &Path, seed: Seed) -> Result<Option<Self>, SimError> {
        let Ok(text) = fs::read(file) else { return Ok(None) };
        let at = |why: String| SimError(format!("`{}`: {why}", file.display()));
        let progress: Self = serde_json::from_slice(&text).map_err(|error| at(error.to_string()))?;
        let same = (progress.seed, progress.anchor.as_str(), progress.scale.as_str())
            == (seed.number, seed.anchor.to_string().as_str(), seed.scale.name());
        if same { Ok(Some(progress)) } else { Err(at("it belongs to another city".to_owned())) }
    }

    /// Writes the file whole.
    pub(super) fn save(&self, file: &Path) -> Result<(), SimError> {
        let text = serde_json::to_vec(self).map_err(|error| SimError(error.to_string()))?;
        let next = file.with_extension("next");
        let written = fs::write(&next, text).and_then(|()| fs::rename(&next, file));
        written.map_err(|error| SimError(format!("`{}`: {error}", file.display())))
    }

    /// The city the file was written for.
    ///
    /// # Errors
    /// The file is not there or no such file.
    pub fn seed_of(file: &Path) -> Result<Seed, SimError> {
        let at = |why: &str| SimError(format!("`{}`: {why}", file.display()));
        let text = fs::read(file).map_err(|error| at(&error.to_string()))?;
        let progress: Self = serde_json::from_slice(&text).map_err(|error| at(&error.to_string()))?;
        let anchor = Date::parse(&progress.anchor).ok_or_else(|| at("`anchor` is no date"))?;
        let scale = if progress.scale == Scale::Small.name() { Scale::Small } else { Scale::City };
        Ok(Seed { number: progress.seed, anchor, scale })
    }

    /// The whole span that was sent.
    ///
    /// # Errors
    /// Older days are still to come, so it is no one span.
    pub fn span(&self) -> Result<(Moment, Moment), SimError> {
        if self.is_filling() {
            return Err(SimError("older days are still to come; check when they are there".to_owned()));
        }
        Ok((Moment(self.first), Moment(self.sent_until)))
    }

    /// The first day of all that is sent.
    pub fn first(&self) -> Date {
        Moment(self.first).date()
    }

    /// Since when the demo plays on outside the office hours.
    pub fn live_since(&self) -> Option<Moment> {
        self.live_since.map(Moment)
    }

    /// Whether older days are still to come.
    pub fn is_filling(&self) -> bool {
        self.older_until < self.newest_from
    }
}
