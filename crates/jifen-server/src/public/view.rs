//! What goes over the wire of the public page.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rule::BookSet;

/// Regions that show something to the public.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicRegions {
    /// By code.
    pub(crate) items: Vec<PublicRegion>,
}

/// A region.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicRegion {
    /// Code.
    pub(crate) code: String,
    /// Name.
    pub(crate) name: String,
}

/// What a region shows to the public.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicPage {
    /// Region code.
    pub(crate) region: String,
    /// Name.
    pub(crate) name: String,
    /// IANA name.
    pub(crate) time_zone: String,
    /// Whether the data is simulated.
    pub(crate) simulated: bool,
    /// When this was made; it is kept for a minute.
    #[schema(format = DateTime)]
    pub(crate) made_at: String,
    /// First day of the indicators; `null` while nothing was measured.
    #[schema(required = true, format = Date)]
    pub(crate) from: Option<String>,
    /// Last day of the indicators.
    #[schema(required = true, format = Date)]
    pub(crate) to: Option<String>,
    /// Promised wait, milliseconds.
    pub(crate) wait_promised_ms: i64,
    /// Counts of at least one and less than this are hidden.
    pub(crate) cell_min: u64,
    /// What is announced to everybody, newest first.
    pub(crate) announcements: Vec<PublicAnnouncement>,
    /// Halls, in the order of the figures' cells.
    pub(crate) halls: Vec<PublicHall>,
    /// Indicators.
    pub(crate) figures: Vec<PublicFigure>,
    /// Rule sets in force today.
    pub(crate) rules: Vec<BookSet>,
}

/// An announcement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicAnnouncement {
    /// Its number in the region.
    pub(crate) number: u64,
    /// Title.
    pub(crate) title: String,
    /// Text; its lines are paragraphs.
    pub(crate) text: String,
    /// The hall it is about; `null`: all, unless it is about a department.
    #[schema(required = true)]
    pub(crate) hall: Option<String>,
    /// The department it is about.
    #[schema(required = true)]
    pub(crate) department: Option<String>,
    /// First day.
    #[schema(format = Date)]
    pub(crate) from: String,
}

/// A hall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicHall {
    /// Name.
    pub(crate) name: String,
}

/// An indicator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicFigure {
    /// `service`, `waiting`, `satisfaction`, `case` or `complaint`.
    pub(crate) indicator: String,
    /// Of the values: `ms`, `permille`, or `count` where the number of facts is all there is.
    pub(crate) unit: String,
    /// All halls together.
    pub(crate) total: PublicCell,
    /// Each hall.
    pub(crate) halls: Vec<PublicCell>,
}

/// A number of an indicator, or why there is none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicCell {
    /// What it is.
    pub(crate) state: CellState,
    /// Services, ratings, cases or complaints.
    #[schema(required = true)]
    pub(crate) facts: Option<u64>,
    /// Mean, or share of them.
    #[schema(required = true)]
    pub(crate) value: Option<i64>,
}

/// What a cell is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CellState {
    /// There.
    Shown,
    /// Hidden: small, or it would tell a small one.
    Hidden,
    /// Nothing happened.
    None,
}
