//! Setting a region up: a directory of tables that people write → organisation events; the columns are in `docs/init.md`.
//!
//! In: `region.toml` and its tables. Out: a [`Plan`] of events with fixed ids, each with the line it comes from; or every
//! fault of every file at once. Nothing is written here.

mod calendar;
mod fault;
mod organisation;
mod region_file;
mod rules;
mod source;
pub(crate) mod table;
mod write;

use std::path::{Path, PathBuf};

use jifen_core::{
    both,
    engine::Region,
    event::{Admitted, admit},
    id::RegionSecret,
    journal::{Record, SEMANTICS},
    time::{Instant, Zone},
};
use serde_json::{Map, Value, json};

pub use fault::Fault;
pub(crate) use fault::Faults;
pub(crate) use organisation::{
    DEPARTMENTS, HALLS, HOUR_MS, LEAVES, MATTERS, MINUTE_MS, PEOPLE, POSTS, ROSTER, WINDOWS, leave_code, leave_kind,
    leave_words, moment, role, role_words,
};
pub(crate) use region_file::{ROWS as REGION_ROWS, SHEET as REGION_SHEET};
pub use rules::published;
use source::Source;
pub(crate) use source::is_stem;
pub(crate) use table::Form;
pub use write::{WriteError, Written, write};

/// CloudEvents source of what `jifen init` writes.
pub const SOURCE: &str = "jifen:init";

/// Everything a directory says.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The region's code.
    pub code: String,
    /// Its events, in order.
    pub events: Vec<Planned>,
    /// Whether there were no rule files, so that the starter set is published.
    pub starter: bool,
}

/// One event and where it was written.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The CloudEvent.
    pub envelope: Map<String, Value>,
    /// Its file …
    pub file: PathBuf,
    /// … and line, from 1.
    pub line: u64,
}

/// Reads and checks a directory, or a workbook with a sheet for each of its tables; `now` bounds what may be dated.
///
/// # Errors
/// All faults of all files.
pub fn read(path: &Path, now: Instant) -> Result<Plan, Vec<Fault>> {
    let mut faults = Faults::default();
    let Some(source) = Source::open(path, &is_known, &mut faults) else { return Err(faults.list) };
    let Some(file) = region_file::read(&source, &mut faults) else { return Err(faults.list) };
    let mut draft = Draft { since: file.zone.day_start(file.since), zone: file.zone.clone(), events: Vec::new() };
    file.plan(&mut draft);
    let known = calendar::read(&source, &file, &mut draft, &mut faults);
    file.check_calendar(&known, &mut faults);
    organisation::read(&source, &known, &mut draft, &mut faults);
    let starter = rules::read(&source, file.since, &mut draft, &mut faults);
    check_events(&draft.events, now, &mut faults);
    if faults.list.is_empty() { Ok(Plan { code: file.code, events: draft.events, starter }) } else { Err(faults.list) }
}

/// The tables, as files and as sheets.
pub(crate) const FORMS: [Form; 9] =
    [HALLS, DEPARTMENTS, WINDOWS, MATTERS, PEOPLE, ROSTER, POSTS, LEAVES, calendar::CALENDAR];

/// Whether a sheet of this name is one of ours; others of the workbook are never looked at.
fn is_known(sheet: &str) -> bool {
    let known = |form: &Form| form.sheet == sheet || is_stem(sheet, form.file);
    sheet == region_file::SHEET || is_stem(sheet, "region.toml") || FORMS.iter().any(known)
}

/// Events while they are collected.
struct Draft {
    since: Instant,
    zone: Zone,
    events: Vec<Planned>,
}

impl Draft {
    /// Adds `jifen.KIND` under a fixed id. Members that are null are left out.
    fn push(&mut self, file: &Path, line: u64, kind: &str, id: String, data: Value) {
        let envelope = envelope(SOURCE, &id, kind, self.since, data);
        self.events.push(Planned { envelope, file: file.to_owned(), line });
    }
}

/// A CloudEvent of ours; members that are null are left out.
pub(crate) fn envelope(source: &str, id: &str, kind: &str, time: Instant, data: Value) -> Map<String, Value> {
    let mut data = match data {
        Value::Object(data) => data,
        _ => Map::new(),
    };
    data.retain(|_, value| !value.is_null());
    let event = json!({"specversion": "1.0", "source": source, "id": id, "type": format!("jifen.{kind}"),
        "time": time.to_rfc3339(), "data": data});
    match event {
        Value::Object(event) => event,
        _ => Map::new(),
    }
}

/// Holds every event to the catalogue and to what a region refuses, so that nothing can fail once writing begins.
fn check_events(events: &[Planned], now: Instant, faults: &mut Faults) {
    let region = Region::default();
    for planned in events {
        // Only the form is looked at, so any secret and salt will do.
        let admitted = admit(&planned.envelope, &RegionSecret::new([0; 32]), now, &mut || [0; 16]);
        let refused = match admitted {
            Ok(Admitted { event, .. }) => {
                let by = "init".to_owned();
                let refused = region.refuses(&Record { position: 1, received: now, semantics: SEMANTICS, by, event });
                refused.map(|refused| refused.reason)
            }
            Err(refusal) => {
                let pointer = refusal.pointer;
                Some(refusal.reason.and(&both!("（在 `{pointer}`）", " (at `{pointer}`)")))
            }
        };
        if let Some(reason) = refused {
            faults.at(&planned.file, planned.line, 1, reason);
        }
    }
}

#[cfg(test)]
mod tests;
