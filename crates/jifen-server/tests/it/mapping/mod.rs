//! Files in, events out: our small logs always, the real logs where they lie in a data directory.

mod broken;
mod oracle;
mod real;
mod samples;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jifen_core::{
    event::admit,
    id::RegionSecret,
    time::{Instant, Zone},
};
use jifen_server::intake::file::{Actors, CloudEvent, Feed, FeedError, FeedOptions, Mapping};

/// The root of the workspace.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sample(name: &str) -> PathBuf {
    workspace().join("testdata/feeds").join(name)
}

fn load(path: &Path) -> Mapping {
    Mapping::load(path).unwrap_or_else(|error| panic!("{error}"))
}

fn options<'f>(actors: Actors) -> FeedOptions<'f> {
    FeedOptions { zone: Zone::parse("Asia/Shanghai").expect("zone"), actors, progress: None }
}

/// All events and errors of `files`.
fn read(mapping: Option<&Mapping>, files: &[PathBuf], actors: Actors) -> (Vec<CloudEvent>, Vec<FeedError>) {
    let mut events = Vec::new();
    let mut errors = Vec::new();
    for item in Feed::new(files, mapping, options(actors)) {
        match item {
            Ok(event) => events.push(event),
            Err(error) => errors.push(error),
        }
    }
    (events, errors)
}

/// How many events of each type, without the prefix: `case.step 13, …`.
fn counts(events: &[CloudEvent]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        *counts.entry(event.kind.strip_prefix("jifen.").expect("prefix")).or_default() += 1;
    }
    counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ")
}

/// Every event must pass the check that the journal makes, under an id of its own.
fn assert_admitted(events: &[CloudEvent]) {
    let secret = RegionSecret::new([7; 32]);
    let received = Instant::parse("2026-11-23T00:00:00Z").expect("time");
    let mut ids = std::collections::HashSet::new();
    for event in events {
        let envelope = event.to_json().as_object().expect("object").clone();
        if let Err(refusal) = admit(&envelope, &secret, received, &mut || [0; 16]) {
            panic!("{refusal}: {}", event.to_json());
        }
        assert!(ids.insert((&event.source, &event.id)), "two events called {}", event.id);
    }
}
