//! Names of facts and events: `A001` the service of that key (`A001/2` its second start), `case:C1`, `acceptance:C1`, `@label`, else `verb:key`.

use std::collections::BTreeMap;

use jifen_core::{case::fact_id, id::EventKey};
use serde_json::{Map, Value};

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) fact: EventKey,
    /// The key it is folded under: member and value.
    pub(crate) under: Option<(&'static str, String)>,
}

/// All names of a story.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    by_name: BTreeMap<String, Named>,
    by_key: BTreeMap<EventKey, String>,
}

impl Names {
    /// Learns an event's name.
    pub(crate) fn learn(&mut self, verb: &str, label: Option<&str>, event: &Map<String, Value>) {
        let text = |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(source), Some(id)) = (text(event, "source"), text(event, "id")) else { return };
        let data = event.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
        let service = text(&data, "service").map(|key| ("service", key));
        let under = service.or_else(|| text(&data, "case").map(|key| ("case", key)));
        let key = under.as_ref().map(|(_, key)| key.clone()).unwrap_or_default();
        if let Some(("case", code)) = &under {
            for (purpose, word) in [("case", "case"), ("case-acceptance", "acceptance")] {
                self.insert(format!("{word}:{code}"), fact_id(purpose, code), under.clone());
            }
        }
        let name = match (label, verb) {
            (Some(label), _) => format!("@{label}"),
            (None, "start") => self.unused(&key, '/'),
            (None, _) => self.unused(&format!("{verb}:{key}"), '/'),
        };
        self.insert(name, EventKey::of(&source, &id), under);
    }

    /// `key`, or `key/2` … where that is taken.
    fn unused(&self, key: &str, separator: char) -> String {
        let numbered = |number: usize| if number == 1 { key.to_owned() } else { format!("{key}{separator}{number}") };
        (1..).map(numbered).find(|name| !self.by_name.contains_key(name)).unwrap_or_default()
    }

    fn insert(&mut self, name: String, fact: EventKey, under: Option<(&'static str, String)>) {
        self.by_key.insert(fact, name.clone());
        self.by_name.insert(name, Named { fact, under });
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Named> {
        self.by_name.get(name)
    }

    /// The name of a fact or event.
    pub(crate) fn name_of(&self, key: EventKey) -> String {
        self.by_key.get(&key).cloned().unwrap_or_else(|| key.to_string())
    }
}
