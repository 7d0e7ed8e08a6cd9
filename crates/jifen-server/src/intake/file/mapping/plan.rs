//! What one row becomes: for each `[[event]]` whose condition holds, one event.

use jifen_core::{both, expression::Expression};
use serde_json::{Map, Value as Json};

use super::value::{RowView, ValuePlan, explain_stop};
use crate::intake::file::{cloud_event::CloudEvent, content_id::ContentIds, error::RowProblem};

/// One `[[event]]`.
#[derive(Debug)]
pub(super) struct EventPlan {
    /// The CloudEvents type.
    pub(super) kind: String,
    /// Condition over the row.
    pub(super) when: Option<Expression>,
    /// Its id.
    pub(super) id: IdPlan,
    /// Its source.
    pub(super) source: ValuePlan,
    /// Its time.
    pub(super) time: ValuePlan,
    /// Its sequence.
    pub(super) sequence: Option<ValuePlan>,
    /// Its data.
    pub(super) data: Vec<Member>,
}

/// How an event gets its id.
#[derive(Debug)]
pub(super) enum IdPlan {
    /// Written for this event alone: used as it is.
    Own(IdText),
    /// Written for all events of a row: the suffix tells them apart.
    Shared(IdText, String),
    /// A hash of the row's content and its nth occurrence, with the suffix.
    Content(String),
}

/// The text of an id.
#[derive(Debug)]
pub(super) enum IdText {
    /// Values of columns, joined by `/`.
    Columns(Vec<ValuePlan>),
    /// One value.
    Value(Box<ValuePlan>),
}

/// One member of the data.
#[derive(Debug)]
pub(super) enum Member {
    /// A value.
    Value(String, Box<ValuePlan>),
    /// An object of its own.
    Object(String, Vec<Member>),
}

/// Makes the events of the row; a row is taken whole or not at all.
pub(super) fn map_row(
    plans: &[EventPlan],
    view: &RowView<'_>,
    content_ids: &mut ContentIds,
) -> Result<Vec<CloudEvent>, RowProblem> {
    let by_content = plans.iter().any(|plan| matches!(plan.id, IdPlan::Content(_)));
    let content = if by_content { content_ids.next(view.row)? } else { String::new() };
    let mut events: Vec<CloudEvent> = Vec::with_capacity(plans.len());
    for plan in plans {
        if plan.applies(view)? {
            let event = plan.event(view, &content)?;
            if events.iter().any(|other| other.id == event.id && other.source == event.source) {
                return Err(RowProblem::SameId { id: event.id });
            }
            events.push(event);
        }
    }
    Ok(events)
}

impl EventPlan {
    fn applies(&self, view: &RowView<'_>) -> Result<bool, RowProblem> {
        let Some(when) = &self.when else { return Ok(true) };
        when.holds(view)
            .map_err(|stop| RowProblem::Expression { member: "when".to_owned(), reason: explain_stop(&stop) })
    }

    fn event(&self, view: &RowView<'_>, content: &str) -> Result<CloudEvent, RowProblem> {
        Ok(CloudEvent {
            source: required(&self.source, view)?,
            id: self.id.text(view, content)?,
            kind: self.kind.clone(),
            time: self.time.instant(view)?.to_rfc3339(),
            sequence: self.sequence(view)?,
            data: object(&self.data, view)?,
        })
    }

    fn sequence(&self, view: &RowView<'_>) -> Result<Option<String>, RowProblem> {
        let Some(plan) = &self.sequence else { return Ok(None) };
        let Some(text) = plan.text(view)? else { return Ok(None) };
        let is_sequence = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_sequence {
            Ok(Some(text.into_owned()))
        } else {
            Err(plan.not(&text, both!("1 到 19 位数字", "1 to 19 decimal digits")))
        }
    }
}

fn required(plan: &ValuePlan, view: &RowView<'_>) -> Result<String, RowProblem> {
    match plan.text(view)? {
        Some(text) if !text.is_empty() => Ok(text.into_owned()),
        Some(_) | None => Err(plan.is_empty()),
    }
}

fn object(members: &[Member], view: &RowView<'_>) -> Result<Map<String, Json>, RowProblem> {
    let mut object = Map::new();
    for member in members {
        match member {
            Member::Value(name, plan) => {
                if let Some(value) = plan.value(view)? {
                    object.insert(name.clone(), value);
                }
            }
            Member::Object(name, members) => {
                let inner = self::object(members, view)?;
                if !inner.is_empty() {
                    object.insert(name.clone(), Json::Object(inner));
                }
            }
        }
    }
    Ok(object)
}

impl IdPlan {
    fn text(&self, view: &RowView<'_>, content: &str) -> Result<String, RowProblem> {
        match self {
            Self::Own(text) => text.text(view),
            Self::Shared(text, suffix) => Ok(text.text(view)? + "/" + suffix),
            Self::Content(suffix) => Ok(format!("row/{content}/{suffix}")),
        }
    }
}

impl IdText {
    fn text(&self, view: &RowView<'_>) -> Result<String, RowProblem> {
        match self {
            Self::Value(plan) => required(plan, view),
            Self::Columns(plans) => join(plans, view),
        }
    }
}

/// Joins columns by `/`. A `/` within a value is written `~1` and a `~` `~0`, or `a/b`+`c` and `a`+`b/c` were one id.
fn join(plans: &[ValuePlan], view: &RowView<'_>) -> Result<String, RowProblem> {
    let mut id = String::new();
    let mut any = false;
    for (index, plan) in plans.iter().enumerate() {
        if index > 0 {
            id.push('/');
        }
        let text = plan.text(view)?.unwrap_or_default();
        any |= !text.is_empty();
        for character in text.chars() {
            match character {
                '~' => id.push_str("~0"),
                '/' => id.push_str("~1"),
                other => id.push(other),
            }
        }
    }
    match (any, plans.first()) {
        (false, Some(plan)) => Err(plan.is_empty()),
        (false, None) | (true, _) => Ok(id),
    }
}
