//! What goes over the wire of the big screen.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A hall's big screen.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Screen)]
pub(crate) struct ScreenView {
    /// Region code.
    pub(crate) region: String,
    /// The region's name.
    pub(crate) name: String,
    /// The hall's name; `null` for all halls.
    #[schema(required = true)]
    pub(crate) hall: Option<String>,
    /// IANA name.
    pub(crate) time_zone: String,
    /// Whether the data is simulated.
    pub(crate) simulated: bool,
    /// Journal position of the last record in it.
    pub(crate) as_of_position: u64,
    /// Records of the journal that are not in it yet.
    pub(crate) behind: u64,
    /// Now: the clock's, or the newest event's while nothing comes in.
    #[schema(format = DateTime)]
    pub(crate) now: String,
    /// Business date; `null` before the first event.
    #[schema(required = true)]
    pub(crate) date: Option<String>,
    /// Promised wait, milliseconds.
    pub(crate) wait_promised_ms: i64,
    /// The queue.
    pub(crate) queue: ScreenQueue,
    /// The queue by zone, the longest wait first.
    pub(crate) zones: Vec<ScreenZone>,
    /// Satisfaction of the day; `null` with too few ratings to be shown.
    #[schema(required = true)]
    pub(crate) satisfaction: Option<ScreenSatisfaction>,
    /// The month of the boards, `2026-11`.
    pub(crate) month: String,
    /// Best windows of the month.
    pub(crate) windows: Vec<ScreenPlace>,
    /// Best departments of the month.
    pub(crate) teams: Vec<ScreenPlace>,
    /// Points gained today, newest first.
    pub(crate) gains: Vec<ScreenGain>,
}

/// The queue of the day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ScreenQueue {
    /// Wait now.
    pub(crate) waiting: u64,
    /// Of those, longer than promised.
    pub(crate) over: u64,
    /// Their mean wait so far, milliseconds.
    #[schema(required = true)]
    pub(crate) wait_mean_ms: Option<i64>,
    /// Mean wait of those called today, milliseconds.
    #[schema(required = true)]
    pub(crate) waited_mean_ms: Option<i64>,
    /// Called today.
    pub(crate) called_today: u64,
    /// Of those, within the promise.
    pub(crate) called_in_time: u64,
    /// Served today.
    pub(crate) ended: u64,
    /// Windows that take people.
    pub(crate) windows_open: u64,
    /// All windows.
    pub(crate) windows_total: u64,
}

/// A zone's queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ScreenZone {
    /// Name.
    pub(crate) name: String,
    /// Wait now.
    pub(crate) waiting: u64,
    /// Of those, longer than promised.
    pub(crate) over: u64,
    /// Mean wait so far, milliseconds.
    #[schema(required = true)]
    pub(crate) wait_mean_ms: Option<i64>,
    /// Longest wait so far, milliseconds.
    #[schema(required = true)]
    pub(crate) wait_longest_ms: Option<i64>,
}

/// Satisfaction of the day's active ratings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ScreenSatisfaction {
    /// Per cent, one place.
    pub(crate) percent: String,
    /// Its 95 % interval, from …
    pub(crate) percent_low: String,
    /// … to.
    pub(crate) percent_high: String,
    /// Active ratings.
    pub(crate) active: u64,
}

/// A window or department among the best.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ScreenPlace {
    /// Its rank, or the first place whose order lies within noise of it.
    pub(crate) first: u64,
    /// The last such place.
    pub(crate) last: u64,
    /// Name.
    pub(crate) name: String,
    /// The window's department.
    #[schema(required = true)]
    pub(crate) department: Option<String>,
    /// Points of the month.
    pub(crate) points: String,
}

/// An award that gave points.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ScreenGain {
    /// Place in the ledger.
    pub(crate) position: u64,
    /// When it happened.
    #[schema(required = true, format = DateTime)]
    pub(crate) time: Option<String>,
    /// Name of the window, else the department.
    #[schema(required = true)]
    pub(crate) place: Option<String>,
    /// The window's department.
    #[schema(required = true)]
    pub(crate) department: Option<String>,
    /// The person's name, masked: `王*`.
    #[schema(required = true)]
    pub(crate) person: Option<String>,
    /// Chinese title of the rule.
    pub(crate) rule_title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) rule_title_en: String,
    /// Points, more than zero.
    pub(crate) points: String,
}
