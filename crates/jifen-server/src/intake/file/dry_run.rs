//! `--dry-run`: what an import would bring, without bringing it.

use std::collections::BTreeMap;

use super::{cloud_event::CloudEvent, error::FeedError, feed::Feed};

/// Most errors that are kept; the others are counted.
const ERRORS_KEPT_MAX: usize = 100;

/// What a feed holds.
#[derive(Debug, Default)]
pub struct DryRun {
    /// Events by type.
    pub counts: BTreeMap<String, u64>,
    /// The first event of each type.
    pub examples: BTreeMap<String, CloudEvent>,
    /// The first errors.
    pub errors: Vec<FeedError>,
    /// How many errors there are.
    pub errors_count: u64,
    /// Columns the mapping names that the XES logs never had.
    pub columns_never_seen: Vec<String>,
}

/// Reads `feed` to its end.
pub fn dry_run(mut feed: Feed<'_>) -> DryRun {
    let mut found = DryRun::default();
    for item in feed.by_ref() {
        match item {
            Ok(event) => found.count(event),
            Err(error) => found.complain(error),
        }
    }
    found.columns_never_seen = feed.columns_never_seen().map(str::to_owned).collect();
    found
}

impl DryRun {
    fn count(&mut self, event: CloudEvent) {
        match self.counts.get_mut(&event.kind) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(event.kind.clone(), 1);
                self.examples.insert(event.kind.clone(), event);
            }
        }
    }

    fn complain(&mut self, error: FeedError) {
        self.errors_count += 1;
        if self.errors.len() < ERRORS_KEPT_MAX {
            self.errors.push(error);
        }
    }
}
