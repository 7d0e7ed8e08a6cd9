//! A mapping: a TOML file that says what events a row of some log stands for. The language is described in `docs/mapping.md`.
//!
//! `parse` turns the text into plans once, with every expression, format and glob compiled; `plan` and `value` run them on rows.

mod document;
mod glob;
mod parse;
mod plan;
mod settings;
mod time;
mod value;

use std::path::Path;

use jifen_core::time::Zone;

pub use document::{MappingError, MappingFault};
pub use settings::{CalendarSettings, Settings};
use value::{Position, ROW_NUMBER};
pub(super) use value::{Positions, RowView};

use self::{document::Text, glob::Glob, plan::EventPlan};
use super::{
    cloud_event::CloudEvent,
    content_id::ContentIds,
    error::RowProblem,
    row::{Header, Row},
};

/// A checked mapping.
#[derive(Debug)]
pub struct Mapping {
    /// What the log is, for people.
    pub title: Option<String>,
    /// Zone of times that name none, if it is not the region's.
    pub zone: Option<Zone>,
    /// What the region is told when the import makes it.
    pub settings: Settings,
    delimiter: u8,
    sheet: Option<String>,
    completes_cases: bool,
    system: Vec<Glob>,
    columns: Vec<String>,
    events: Vec<EventPlan>,
}

impl Mapping {
    /// Reads and checks the mapping file at `path`.
    pub fn load(path: &Path) -> Result<Self, MappingError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(error) => {
                let text = Text { file: &file, text: "" };
                Err(text.error(0, MappingFault::Unreadable(error.to_string())))
            }
        }
    }

    /// The mapping of the sheet of services that `jifen template` writes.
    pub fn template() -> Result<Self, MappingError> {
        Self::parse("template.toml", include_str!("../../../../../../mappings/template.toml"))
    }

    /// Checks the mapping `text`, called `file` in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        parse::parse(Text { file, text })
    }

    /// Every column it reads from the file, in the order of first use.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str).filter(|name| *name != ROW_NUMBER)
    }

    /// Whether the actor `code` is a system account, not a person.
    pub fn is_system(&self, code: &str) -> bool {
        self.system.iter().any(|glob| glob.matches(code))
    }

    /// Whether cases are completed by their last event when the input ends.
    pub(super) fn completes_cases(&self) -> bool {
        self.completes_cases
    }

    /// What separates the values of a CSV file.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The sheet of a workbook that it is about; else the first with all its columns.
    pub(super) fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }

    /// Where its columns stand under `header`.
    pub(super) fn positions(&self, header: &Header) -> Positions {
        let position = |name: &String| match (name.as_str(), header.position(name)) {
            (ROW_NUMBER, _) => Position::RowNumber,
            (_, Some(position)) => Position::At(position),
            (_, None) => Position::Nowhere,
        };
        self.columns.iter().map(position).collect()
    }

    /// The events of one row.
    pub(super) fn events(
        &self,
        row: &Row,
        positions: &Positions,
        region_zone: &Zone,
        content_ids: &mut ContentIds,
    ) -> Result<Vec<CloudEvent>, RowProblem> {
        let view = RowView { row, positions, zone: self.zone.as_ref().unwrap_or(region_zone) };
        plan::map_row(&self.events, &view, content_ids)
    }
}
