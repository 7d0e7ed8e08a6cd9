//! Stories: a timeline in, a ledger out. One text runs on the pure core, on a database and over HTTP.
//!
//! In: `testdata/stories/*.story`, whose format is `testdata/stories/README.md`. Out: CloudEvents as JSON, and the check of a ledger against
//! what the story expects. Only tests depend on this crate.

mod expect;
mod fact;
mod line;
mod parse;
mod time;
mod value;
mod verbs;

use std::{fs, path::Path};

use jifen_core::{
    id::{ActorId, EventKey},
    ledger::Entry,
};
use serde_json::{Map, Value};

pub use expect::Shown;
pub use parse::parse;

/// A parsed story.
#[derive(Clone, Debug)]
pub struct Story {
    /// Name of the file without its extension.
    pub name: String,
    steps: Vec<Step>,
    names: fact::Names,
    expected: expect::Expected,
}

/// One event of a story, in the order of arrival.
#[derive(Clone, Debug)]
pub struct Step {
    /// Line of the file, from 1.
    pub line: usize,
    /// The CloudEvent in structured form.
    pub event: Map<String, Value>,
    /// What must become of it.
    pub outcome: Outcome,
    /// The fact whose digest, as it is when the event comes, the runner must put into `data.fact_digest`.
    pub seen: Option<EventKey>,
}

/// What must become of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is new.
    Accepted,
    /// It came before.
    Repeated,
    /// Another event came before under the same source and id.
    Conflicting,
    /// It is refused, for a reason that contains this text.
    Refused(String),
}

/// Something wrong in a story's text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// All stories of a directory, by name.
///
/// # Errors
/// The first [`Fault`].
pub fn stories(directory: &Path) -> Result<Vec<Story>, Fault> {
    let fault =
        |error: std::io::Error| Fault { file: directory.display().to_string(), line: 0, message: error.to_string() };
    let mut files = Vec::new();
    for file in fs::read_dir(directory).map_err(fault)? {
        let path = file.map_err(fault)?.path();
        if path.extension().is_some_and(|extension| extension == "story") {
            files.push(path);
        }
    }
    files.sort();
    files.iter().map(|path| parse(path, &fs::read_to_string(path).map_err(fault)?)).collect()
}

impl Story {
    /// The events in the order of arrival, with what must become of them.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The events alone, without those that must be refused or are repeats.
    pub fn events(&self) -> Vec<Map<String, Value>> {
        let accepted = self.steps.iter().filter(|step| step.outcome == Outcome::Accepted);
        accepted.map(|step| step.event.clone()).collect()
    }

    /// Compares a ledger with the expected one. `codes` knows actors by their codes.
    ///
    /// # Errors
    /// The difference, line by line.
    pub fn check(&self, entries: &[Entry], codes: &dyn Fn(ActorId) -> Option<String>) -> Result<(), String> {
        self.expected.check(&self.name, entries, codes)
    }

    /// Compares what people see beside the ledger: provisional points, held facts, anomalies.
    ///
    /// # Errors
    /// The difference, line by line.
    pub fn check_shown(&self, shown: &[Shown], codes: &dyn Fn(ActorId) -> Option<String>) -> Result<(), String> {
        self.expected.check_shown(&self.name, &self.names, shown, codes)
    }
}
