//! One event on its way from a file to the journal.

use serde_json::{Map, Value, json};

/// A CloudEvent 1.0 of our catalogue, not yet checked against its schema.
#[derive(Clone, PartialEq, Debug)]
pub struct CloudEvent {
    /// Who says so; `source` and `id` together are unique.
    pub source: String,
    /// Stable id: the same row always gets the same one.
    pub id: String,
    /// The CloudEvents `type`, such as `jifen.case.step`.
    pub kind: String,
    /// Business time, RFC 3339 with offset.
    pub time: String,
    /// Order among events of one time: 1–19 decimal digits, compared as a number, absent first.
    pub sequence: Option<String>,
    /// The members the catalogue names for this type.
    pub data: Map<String, Value>,
}

impl CloudEvent {
    /// The structured JSON form.
    pub fn to_json(&self) -> Value {
        let mut event = json!({
            "specversion": "1.0",
            "source": self.source,
            "id": self.id,
            "type": self.kind,
            "time": self.time,
            "data": self.data,
        });
        if let Some(sequence) = &self.sequence {
            event["sequence"] = json!(sequence);
        }
        event
    }
}
