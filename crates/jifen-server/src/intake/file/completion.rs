//! `complete = "last_event"`: when the input ends, each case is completed by the last of its events.
//!
//! Last is by (time, sequence, source, id), the order in which the core folds events. The completion has the last event's time and the
//! highest sequence there is, so that it follows all events of that time; its id holds the last event's id, so that a longer log
//! read later completes the case anew instead of contradicting itself.

use std::collections::HashMap;

use jifen_core::time::Instant;
use serde_json::{Value, json};

use super::cloud_event::CloudEvent;

/// The highest sequence: 19 digits, all nines.
const SEQUENCE_LAST: &str = "9999999999999999999";

/// Types that are events of a case; others only mention one.
const CASE_TYPES: [&str; 2] = ["jifen.case.", "jifen.material."];

/// Types that end a case by themselves; such a case needs no completion.
const ENDING_TYPES: [&str; 3] = ["jifen.case.completed", "jifen.case.withdrawn", "jifen.case.declined"];

/// What is kept of a case: its last event so far.
struct CaseEnd {
    last: Position,
    has_ended: bool,
}

/// Where an event stands in the order of the core.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    time: Instant,
    /// `None` comes first.
    sequence: Option<u64>,
    source: String,
    id: String,
}

/// The cases met so far.
#[derive(Default)]
pub(super) struct Completion {
    cases: HashMap<String, CaseEnd>,
}

impl Completion {
    /// Takes note of `event`, if it belongs to a case.
    pub(super) fn observe(&mut self, event: &CloudEvent) {
        let folds_into_case = CASE_TYPES.iter().any(|prefix| event.kind.starts_with(prefix));
        let Some(Value::String(case)) = event.data.get("case").filter(|_| folds_into_case) else { return };
        // A time the core will refuse cannot end a case.
        let Some(time) = Instant::parse(&event.time) else { return };
        let has_ended = ENDING_TYPES.contains(&event.kind.as_str());
        let sequence = event.sequence.as_deref().and_then(|digits| digits.parse().ok());
        match self.cases.get_mut(case) {
            Some(end) => {
                end.has_ended |= has_ended;
                let known = &end.last;
                let order = (time, sequence, &event.source, &event.id);
                if order > (known.time, known.sequence, &known.source, &known.id) {
                    end.last = Position { time, sequence, source: event.source.clone(), id: event.id.clone() };
                }
            }
            None => {
                let last = Position { time, sequence, source: event.source.clone(), id: event.id.clone() };
                self.cases.insert(case.clone(), CaseEnd { last, has_ended });
            }
        }
    }

    /// The completions, in the order of the cases' last events.
    pub(super) fn finish(self) -> Vec<CloudEvent> {
        let mut open: Vec<_> = self.cases.into_iter().filter(|(_, end)| !end.has_ended).collect();
        open.sort_unstable_by(|(case, end), (other, other_end)| (&end.last, case).cmp(&(&other_end.last, other)));
        open.into_iter().map(|(case, end)| complete(&case, end.last)).collect()
    }
}

fn complete(case: &str, last: Position) -> CloudEvent {
    CloudEvent {
        source: last.source,
        id: format!("{}/case.completed/{case}", last.id),
        kind: "jifen.case.completed".to_owned(),
        time: last.time.to_rfc3339(),
        sequence: Some(SEQUENCE_LAST.to_owned()),
        data: json!({ "case": case }).as_object().cloned().unwrap_or_default(),
    }
}
