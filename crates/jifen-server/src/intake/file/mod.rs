//! Intake of files: a log of any shape goes in, CloudEvents of our catalogue come out, one at a time.
//!
//! ```text
//! file ─ input (plain or gzip) ─ reader (CSV, XES, JSON lines; workbooks by their path) ─ row ─ mapping ─ register actors ─ complete cases ─ event
//! ```
//!
//! [`Feed`] is the whole way; [`Mapping`] is the file that says what a row means (`docs/mapping.md`).
//!
//! **Invariants.** Nothing here writes, reads a clock or draws random numbers: the same files under the same mapping give the same
//! events with the same ids. Memory does not grow with the file, apart from what is kept per actor, per case and, where rows carry
//! no id of their own, per row (bounded by [`CONTENT_IDS_MAX`]).

mod actor;
mod cloud_event;
mod cloud_event_lines;
mod completion;
mod content_id;
mod csv_rows;
mod dry_run;
mod error;
mod feed;
mod input;
mod mapping;
mod row;
mod sheet_rows;
mod xes_rows;

pub use actor::Actors;
pub use cloud_event::CloudEvent;
pub use content_id::CONTENT_IDS_MAX;
pub use dry_run::{DryRun, dry_run};
pub use error::{FeedError, RowProblem};
pub use feed::{Feed, FeedOptions, Progress};
pub use input::ROW_BYTES_MAX;
pub use mapping::{CalendarSettings, Mapping, MappingError, MappingFault, Settings};
