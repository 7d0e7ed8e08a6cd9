//! Actors of a log: before the first event that names a code, an event says whether it is a person or a system account.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Map, Value, json};

use super::{cloud_event::CloudEvent, mapping::Mapping};

/// What becomes of codes nobody has registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actors {
    /// Mapped rows register them, lines of CloudEvents do not.
    ByForm,
    /// Each becomes a person, or a system account as the mapping says.
    Register,
    /// Awards to them wait until someone says who they are.
    Hold,
}

/// Members that name an actor, at any depth of an event's data (`shares` are objects with a `person`).
const ACTOR_MEMBERS: [&str; 4] = ["person", "owner", "provider_person", "receiver_person"];

/// Types whose data define persons instead of mentioning them.
const DEFINING_TYPES: [&str; 2] = ["jifen.organisation.", "jifen.actor."];

/// The codes met so far.
#[derive(Default)]
pub(super) struct ActorRegister {
    seen: BTreeSet<(Arc<str>, String)>,
    /// The sources met so far, so that a code does not carry a copy of its own.
    sources: BTreeSet<Arc<str>>,
}

impl ActorRegister {
    /// The events that must precede `event`: one for each code of its source that is new.
    pub(super) fn introduce(&mut self, event: &CloudEvent, mapping: Option<&Mapping>) -> Vec<CloudEvent> {
        if DEFINING_TYPES.iter().any(|prefix| event.kind.starts_with(prefix)) {
            return Vec::new();
        }
        let mut codes = Vec::new();
        collect_codes(&event.data, &mut codes);
        let source = self.source(&event.source);
        codes.retain(|code| self.seen.insert((source.clone(), (*code).to_owned())));
        codes.into_iter().map(|code| identify(event, code, mapping)).collect()
    }

    fn source(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.sources.get(name) {
            return known.clone();
        }
        let source: Arc<str> = name.into();
        self.sources.insert(source.clone());
        source
    }
}

fn collect_codes<'e>(data: &'e Map<String, Value>, codes: &mut Vec<&'e str>) {
    for (member, value) in data {
        match value {
            Value::String(code) if ACTOR_MEMBERS.contains(&member.as_str()) && !code.is_empty() => codes.push(code),
            Value::Object(inner) => collect_codes(inner, codes),
            Value::Array(items) => {
                items.iter().filter_map(Value::as_object).for_each(|item| collect_codes(item, codes))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// When imported codes are identified, whatever the file: a second file that names the code says the same, and is a repeat.
const IDENTIFIED_AT: &str = "1990-01-01T00:00:00Z";

fn identify(event: &CloudEvent, code: &str, mapping: Option<&Mapping>) -> CloudEvent {
    let is_system = mapping.is_some_and(|mapping| mapping.is_system(code));
    let data = json!({
        "actor": { "source": event.source, "code": code },
        "person": code,
        "kind": if is_system { "system" } else { "person" },
    });
    CloudEvent {
        source: event.source.clone(),
        id: format!("actor/{code}"),
        kind: "jifen.actor.identified".to_owned(),
        time: IDENTIFIED_AT.to_owned(),
        sequence: None,
        data: data.as_object().cloned().unwrap_or_default(),
    }
}
