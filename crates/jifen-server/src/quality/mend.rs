//! Mend and retry: a corrected event goes the way of every event; accepted, it resolves the quarantined one in the same transaction.

use jifen_core::event::{EventType, expected_zh};
use jifen_store::Quarantined;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{privacy::mask::restored, problem::Problem};

/// Longest reason for setting an event aside, in characters.
const NOTE_LENGTH_MAX: usize = 500;

/// What is said of an event whose body was taken away.
pub(crate) const PAST_TERM: &str = "its body is past its term and was taken away";

/// A corrected event.
#[derive(Clone, PartialEq, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mending {
    /// The whole event; `source`, `id` and `type` are those of the refused one.
    #[schema(value_type = serde_json::Value)]
    pub(crate) event: Map<String, Value>,
}

/// Why an event is not to be mended.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingAside {
    /// Why, at most 500 characters.
    reason: String,
}

impl Mending {
    /// The type of event, if this corrects the quarantined one and no other.
    ///
    /// # Errors
    /// [`Problem::EventRefused`] that points at what differs.
    pub(crate) fn check(&self, kept: &Quarantined) -> Result<EventType, Problem> {
        let kind = kind_of(kept)?;
        let before: Map<String, Value> = serde_json::from_str(&kept.row.body).unwrap_or_default();
        for name in ["source", "id", "type"] {
            if self.event.get(name) != before.get(name) {
                return Err(Problem::EventRefused {
                    pointer: format!("/event/{name}"),
                    reason: format!("`{name}` must be that of the refused event; correct its time and data"),
                    reason_zh: Some(format!("`{name}` 不能改动，只改时间和内容")),
                });
            }
        }
        Ok(kind)
    }

    /// The corrected event; what was left masked is as it came.
    pub(crate) fn event(self, kept: &Quarantined) -> Map<String, Value> {
        restored(self.event, &serde_json::from_str(&kept.row.body).unwrap_or_default())
    }
}

/// The type of a quarantined event.
///
/// # Errors
/// [`Problem::Inconsistent`]: only events of a known type are kept.
pub(crate) fn kind_of(kept: &Quarantined) -> Result<EventType, Problem> {
    if kept.row.body.is_empty() {
        return Err(Problem::Conflict(PAST_TERM.to_owned()));
    }
    let event: Map<String, Value> = serde_json::from_str(&kept.row.body).unwrap_or_default();
    let kind = event.get("type").and_then(Value::as_str).and_then(EventType::parse);
    kind.ok_or_else(|| Problem::Inconsistent(format!("the quarantined event {} has no known type", kept.number)))
}

/// The refusal of a correction, with what must stand where it points in Chinese too.
pub(crate) fn told_in_chinese(problem: Problem, kind: EventType) -> Problem {
    match problem {
        Problem::EventRefused { pointer, reason, reason_zh } => {
            let expected = || pointer.strip_prefix("/event").and_then(|pointer| expected_zh(kind, pointer));
            let reason_zh = reason_zh.or_else(expected);
            Problem::EventRefused { pointer, reason, reason_zh }
        }
        other => other,
    }
}

impl SettingAside {
    /// The reason.
    ///
    /// # Errors
    /// [`Problem::EventRefused`] where there is none, or too much of it.
    pub(crate) fn note(self) -> Result<String, Problem> {
        let note = self.reason.trim().to_owned();
        if (1..=NOTE_LENGTH_MAX).contains(&note.chars().count()) {
            return Ok(note);
        }
        let reason = format!("say why, in 1 to {NOTE_LENGTH_MAX} characters");
        let reason_zh = Some(format!("请写明理由，1 到 {NOTE_LENGTH_MAX} 字"));
        Err(Problem::EventRefused { pointer: "/reason".to_owned(), reason, reason_zh })
    }
}
