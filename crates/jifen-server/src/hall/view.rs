//! What goes over the wire of the hall now.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::board::CodeName;

/// The hall at a glance. Every figure is the `total` of the list it opens.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HallNow {
    /// Region code.
    pub region: String,
    /// Journal position of the last record in it.
    pub as_of_position: u64,
    /// Records of the journal that are not in it yet; 0 but for the first seconds after a large import.
    pub behind: u64,
    /// `clock`: events are coming in; `business`: now is the newest event's time.
    pub basis: String,
    /// Now.
    #[schema(format = DateTime)]
    pub now: String,
    /// Business date of now; `null` before the first event.
    #[schema(required = true)]
    pub date: Option<String>,
    /// Business time of the newest event.
    #[schema(required = true, format = DateTime)]
    pub latest: Option<String>,
    /// Thresholds.
    pub thresholds: ThresholdsView,
    /// Halls to choose from.
    pub halls: Vec<CodeName>,
    /// Numbers of the day.
    pub queue: QueueFigures,
    /// Windows.
    pub windows: WindowFigures,
    /// Open cases.
    pub cases: CaseFigures,
    /// Ratings of the day.
    pub satisfaction: Satisfaction,
    /// Points of the day.
    pub points: PointsOfDay,
    /// The queue by zone, the longest wait first.
    pub zones: Vec<ZoneView>,
    /// What somebody should do now, the most pressing first. The counts of a kind sum to its figure.
    pub alerts: Vec<AlertView>,
    /// Numbers and ratings beyond what a day can hold; not in any figure.
    pub beyond: u64,
}

/// The region's thresholds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Thresholds)]
pub struct ThresholdsView {
    /// Promised wait, milliseconds.
    pub wait_promised_ms: i64,
    /// No call for this long while people wait: stalled, milliseconds.
    pub stalled_ms: i64,
    /// Due within this: nearly due, milliseconds.
    pub near_due_ms: i64,
    /// Levels from here on are satisfied.
    pub satisfied_level: i64,
}

/// Numbers of the day.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct QueueFigures {
    /// Wait now.
    pub waiting: u64,
    /// Wait longer than promised.
    pub over: u64,
    /// Mean wait so far of those who wait, milliseconds.
    #[schema(required = true)]
    pub wait_mean_ms: Option<i64>,
    /// Longest wait so far, milliseconds.
    #[schema(required = true)]
    pub wait_longest_ms: Option<i64>,
    /// Mean wait of those called today, milliseconds.
    #[schema(required = true)]
    pub waited_mean_ms: Option<i64>,
    /// Called today.
    pub called_today: u64,
    /// Of those, called within the promise.
    pub called_in_time: u64,
    /// At a window now: called, served or on hold.
    pub at_window: u64,
    /// Served today.
    pub ended: u64,
    /// Left without service today.
    pub abandoned: u64,
    /// Called and did not come today.
    pub no_show: u64,
}

/// Windows.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct WindowFigures {
    /// Take people: serving, idle or stalled.
    pub open: u64,
    /// Somebody is at it.
    pub serving: u64,
    /// Nobody is at it.
    pub idle: u64,
    /// Nobody called for too long although people wait.
    pub stalled: u64,
    /// Interrupted.
    pub paused: u64,
    /// Closed, or silent today.
    pub closed: u64,
    /// All the organisation has.
    pub total: u64,
}

/// Open cases.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CaseFigures {
    /// All open ones.
    pub open: u64,
    /// Past their due time.
    pub overdue: u64,
    /// Due soon.
    pub near: u64,
    /// In time, or without a limit.
    pub running: u64,
    /// Their clock stands.
    pub suspended: u64,
}

/// Ratings of the day.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Satisfaction {
    /// All ratings, those stored by default too.
    pub ratings: u64,
    /// Given by citizens.
    pub active: u64,
    /// Of those, satisfied.
    pub satisfied: u64,
    /// Satisfied of active, per cent with one place; `null` without active ones.
    #[schema(required = true)]
    pub percent: Option<String>,
    /// The same share's 95 % interval (Wilson), from …
    #[schema(required = true)]
    pub percent_low: Option<String>,
    /// … to.
    #[schema(required = true)]
    pub percent_high: Option<String>,
    /// Active of all, per cent with one place.
    #[schema(required = true)]
    pub active_percent: Option<String>,
}

/// Points of the day: of people, or of the chosen hall and its people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PointsOfDay {
    /// Posted and provisional.
    pub points: String,
    /// Of those, provisional.
    pub provisional: String,
}

/// One zone's queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = HallZone)]
pub struct ZoneView {
    /// Key for the lists' `zone` parameter.
    pub zone: String,
    /// Name of the zone or department.
    pub name: String,
    /// Hall.
    #[schema(required = true)]
    pub hall: Option<String>,
    /// Wait now.
    pub waiting: u64,
    /// Longer than promised.
    pub over: u64,
    /// Mean wait so far, milliseconds.
    #[schema(required = true)]
    pub wait_mean_ms: Option<i64>,
    /// Longest wait so far, milliseconds.
    #[schema(required = true)]
    pub wait_longest_ms: Option<i64>,
    /// Windows that take people.
    pub windows_open: u64,
    /// All its windows.
    pub windows_total: u64,
    /// Served today.
    pub ended: u64,
    /// Today by half hours, from the first with an event.
    pub half_hours: Vec<HalfHour>,
}

/// Half an hour of a zone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HalfHour {
    /// Its beginning.
    #[schema(format = DateTime)]
    pub from: String,
    /// Numbers taken.
    pub taken: u64,
    /// Numbers called for the first time.
    pub called: u64,
}

/// Something to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = HallAlert)]
pub struct AlertView {
    /// `wait_over`, `stalled`, `case_overdue` or `case_near`.
    pub kind: String,
    /// Numbers, windows or cases it is about.
    pub count: u64,
    /// Longest wait, time without a call, time since or until the first due time; milliseconds.
    pub duration_ms: i64,
    /// When the oldest began to wait, the last call was, the first is due.
    #[schema(format = DateTime)]
    pub since: String,
    /// Numbers that wait at a stalled window.
    pub waiting: u64,
    /// The zone it is about.
    #[schema(required = true)]
    pub zone: Option<CodeName>,
    /// The department it is about.
    #[schema(required = true)]
    pub department: Option<CodeName>,
    /// The responsible windows: at most three, the one that has been silent longest first.
    pub windows: Vec<WindowRef>,
}

/// A window and who sits there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WindowRef {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Person's code.
    #[schema(required = true)]
    pub person: Option<String>,
    /// Person's name.
    #[schema(required = true)]
    pub person_name: Option<String>,
}

/// A list behind a figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListOf<T> {
    /// Now, as at the picture.
    #[schema(format = DateTime)]
    pub now: String,
    /// `clock` or `business`.
    pub basis: String,
    /// Journal position of the last record in it.
    pub as_of_position: u64,
    /// All rows: the figure.
    pub total: u64,
    /// The rows of this page.
    pub items: Vec<T>,
    /// Cursor of the next page; `null` at the end.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// A number of the day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceLine {
    /// Key of the service: the queue number.
    pub service: String,
    /// `waiting`, `called`, `serving`, `held`, `ended`, `no_show` or `abandoned`.
    pub state: String,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
    /// Zone or department.
    #[schema(required = true)]
    pub zone: Option<CodeName>,
    /// Department.
    #[schema(required = true)]
    pub department: Option<CodeName>,
    /// Window.
    #[schema(required = true)]
    pub window: Option<CodeName>,
    /// Matter.
    #[schema(required = true)]
    pub matter: Option<CodeName>,
    /// Person who serves.
    #[schema(required = true)]
    pub person: Option<CodeName>,
    /// Case.
    #[schema(required = true)]
    pub case: Option<String>,
    /// When it was taken or joined.
    #[schema(required = true, format = DateTime)]
    pub queued_at: Option<String>,
    /// First call.
    #[schema(required = true, format = DateTime)]
    pub called_at: Option<String>,
    /// Wait so far, or until the first call; milliseconds.
    #[schema(required = true)]
    pub wait_ms: Option<i64>,
    /// Whether that is longer than promised.
    pub over: bool,
}

/// A window.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WindowLine {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// `stalled`, `serving`, `idle`, `paused` or `closed`.
    pub state: String,
    /// Since when; `null` where it was silent today.
    #[schema(required = true, format = DateTime)]
    pub since: Option<String>,
    /// When it last opened, called, began or ended something.
    #[schema(required = true, format = DateTime)]
    pub active_at: Option<String>,
    /// Time since then, milliseconds.
    #[schema(required = true)]
    pub silent_ms: Option<i64>,
    /// Why it paused or closed.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// Zone or department.
    #[schema(required = true)]
    pub zone: Option<CodeName>,
    /// Department.
    #[schema(required = true)]
    pub department: Option<CodeName>,
    /// Who sits there.
    #[schema(required = true)]
    pub person: Option<CodeName>,
    /// The number at it.
    #[schema(required = true)]
    pub service: Option<String>,
    /// Numbers it may call.
    pub waiting: u64,
    /// Served today.
    pub ended: u64,
}

/// An open case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseLine {
    /// Code.
    pub case: String,
    /// `overdue`, `near`, `running` or `suspended`.
    pub state: String,
    /// When it was accepted.
    #[schema(format = DateTime)]
    pub accepted_at: String,
    /// When it must be decided.
    #[schema(required = true, format = DateTime)]
    pub due_at: Option<String>,
    /// Time until then, negative after it; milliseconds of the clock.
    #[schema(required = true)]
    pub left_ms: Option<i64>,
    /// Matter.
    #[schema(required = true)]
    pub matter: Option<CodeName>,
    /// Department.
    #[schema(required = true)]
    pub department: Option<CodeName>,
    /// Window.
    #[schema(required = true)]
    pub window: Option<CodeName>,
    /// Owner, else who last worked on it.
    #[schema(required = true)]
    pub person: Option<CodeName>,
}

/// A rating of the day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RatingLine {
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
    /// 5 very satisfied … 1 very dissatisfied.
    pub level: u8,
    /// Given by the citizen.
    pub active: bool,
    /// Whether it counts as satisfied.
    pub satisfied: bool,
    /// Zone or department.
    #[schema(required = true)]
    pub zone: Option<CodeName>,
    /// Window.
    #[schema(required = true)]
    pub window: Option<CodeName>,
    /// The number it is about.
    #[schema(required = true)]
    pub service: Option<String>,
    /// The case it is about.
    #[schema(required = true)]
    pub case: Option<String>,
}
