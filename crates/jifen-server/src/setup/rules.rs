//! Rule files: checked in full, published as they stand.

use std::path::Path;

use jifen_core::{
    both,
    rule::{self, RuleSet},
    time::{Date, Instant},
};
use serde_json::{Map, Value, json};

use super::{Draft, Planned, SOURCE, envelope, fault::Faults, source::Source};

const DIRECTORY: &str = "rules";

/// Plans every `rules/*.toml` by name, or the starter set; says whether it was the starter set.
pub(super) fn read(source: &Source, since: Date, draft: &mut Draft, faults: &mut Faults) -> bool {
    let folder = match source {
        Source::Directory(directory) => std::fs::read_dir(directory.join(DIRECTORY)).ok(),
        // Rules are texts; a workbook has none.
        Source::Workbook { .. } => None,
    };
    let mut files: Vec<_> = folder.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    if files.is_empty() {
        if let Ok(set) = rule::parse(rule::STARTER) {
            push(Path::new("starter.toml"), &set, rule::STARTER, since, draft);
        }
        return true;
    }
    for file in files {
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) => {
                faults.at(&file, 1, 1, both!("不能读：{error}", "cannot be read: {error}"));
                continue;
            }
        };
        match rule::parse(&text) {
            Ok(set) => push(&file, &set, &text, since, draft),
            Err(diagnostics) => {
                for found in diagnostics {
                    faults.at(&file, found.line as u64, found.column as u64, found.words());
                }
            }
        }
    }
    false
}

fn push(file: &Path, set: &RuleSet, text: &str, since: Date, draft: &mut Draft) {
    let envelope = published(SOURCE, set, text, draft.since, since);
    draft.events.push(Planned { envelope, file: file.to_owned(), line: 1 });
}

/// The event that publishes `set`, in force from the day its text names, else from `since`; approved by nobody.
pub fn published(source: &str, set: &RuleSet, text: &str, time: Instant, since: Date) -> Map<String, Value> {
    let from = set.effective_from.unwrap_or(since);
    let data = json!({"rules": text, "effective_from": from.to_string(), "approval": "none"});
    envelope(source, &format!("ruleset/{}/{}", set.id, set.version), "ruleset.published", time, data)
}
