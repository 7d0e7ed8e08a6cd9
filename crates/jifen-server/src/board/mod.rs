//! Reading: leaderboards, subjects, entries and why each entry stands. HTTP and the command line print the same structs.
//!
//! In: a database, a region, a query. Out: serializable answers. Everything but `http` is free of HTTP.

mod case;
mod clock;
mod course;
mod csv;
mod entries;
mod evidence;
mod explain;
mod export;
pub(crate) mod http;
mod kept;
mod leaderboard;
pub(crate) mod names;
pub(crate) mod neighbour;
mod ranked;
mod regard;
pub(crate) mod resident;
mod search;
mod standing;
mod subject;
mod suspect;
mod table;
mod workbook;

pub use case::{CaseFileView, ContributionView, NotEvaluableView, SuspensionView};
pub use clock::{ClockDayView, ClockView};
pub use course::RankBand;
pub use csv::leaderboard_csv;
pub use entries::{EntriesQuery, EntryView, entries};
pub(crate) use explain::facts_behind;
pub use explain::{Checks, EventView, Explanation, FactView, FactsPage, explain, explain_page};
pub use export::{ExportFormat, LedgerLine, export_ledger};
pub use kept::{Boards, Reader};
pub use leaderboard::{AfterItem, Leaderboard, LeaderboardItem, LeaderboardQuery, leaderboard};
pub use names::ActorKindWord;
pub use neighbour::{Neighbour, Neighbours, neighbours};
pub use regard::{CodeName, DimensionName, KeyView, RegionView, RuleSummary, regard};
pub use search::{Cases, Found, FoundItem, search};
pub use subject::{RuleChange, RuleStanding, SubjectQuery, SubjectView, TrendPoint, own_rank, subject};

pub use suspect::{AnomalyView, HoldView, QuarantineView, ResolutionView, anomalies, holds, quarantine};

pub(crate) use case::{OpenCase, case_file};
pub(crate) use entries::entry_views;
pub(crate) use names::{Names, SubjectKindWord, codes, person_of};
pub(crate) use search::WANTED_LENGTH_MAX;
pub(crate) use suspect::held;

use jifen_store::StoreError;

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing there.
    #[error("there is no {0}")]
    Absent(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored data does not fit together.
    #[error("stored data does not fit together: {0}")]
    Inconsistent(String),
    /// The answer cannot be written out.
    #[error("cannot write the answer: {0}")]
    Output(#[from] std::io::Error),
}

/// A list of `T`, a page at a time.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page; `null` at the end.
    #[schema(required = true)]
    pub next: Option<String>,
}
