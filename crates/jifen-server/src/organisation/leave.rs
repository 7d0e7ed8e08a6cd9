//! Leave on pages: registering it, taking it back, and what stood before.

use jifen_core::event::{Event, EventType, member};
use serde_json::json;

use super::{
    change::Planned,
    plan::{Ground, unknown},
};
use crate::{board::Names, body::malformed, problem::Problem, setup};

/// A leave as somebody asks for it.
pub(super) struct Asked<'a> {
    pub(super) person: &'a str,
    pub(super) category: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) leave: Option<&'a str>,
}

impl Ground<'_> {
    /// The event that puts somebody on leave.
    pub(super) fn plan_leave(&self, asked: &Asked<'_>, at: &dyn Fn(&str) -> String) -> Result<Planned, Problem> {
        self.knows_person(asked.person, &at("person"))?;
        if asked.category.trim().is_empty() {
            return Err(malformed(at("category"), "the kind of leave is missing, such as `annual`".to_owned()));
        }
        if asked.to.trim().is_empty() {
            return Err(malformed(at("to"), "the last day is missing".to_owned()));
        }
        let (from, to) = self.span(asked.from, Some(asked.to), (&at("from"), &at("to")))?;
        let (held, plain) = (self.region.organisation(), self.database.secret(self.row.id)?.plain_actor(asked.person));
        // Whoever registered it: `jifen init` and systems give codes of their own.
        let begun = || held.leaves_of(plain).find(|(_, leave)| leave.from.to_rfc3339() == from).map(|(code, _)| code);
        let code = match asked.leave.or_else(begun) {
            Some(code) => code.to_owned(),
            None => self.leave_code(asked.person, &from)?,
        };
        if held.leave(&code).is_some_and(|leave| held.canonical(leave.person) != plain) {
            return Err(Problem::EventRefused {
                pointer: at("leave"),
                reason: format!("the leave `{code}` is somebody else's; name another code, or none"),
                reason_zh: Some(format!("请假编号“{code}”是别人的：请换一个编号，或不填")),
            });
        }
        let data = json!({"leave": code, "person": asked.person, "category": asked.category, "from": from, "to": to});
        self.sequenced(Planned::now(EventType::LeaveGranted, data))
    }

    /// A code that is the same for the same person and beginning, and tells of neither.
    fn leave_code(&self, person: &str, from: &str) -> Result<String, Problem> {
        let digest = self.database.secret(self.row.id)?.said(&[b"leave", person.as_bytes(), from.as_bytes()]);
        Ok(setup::leave_code(&digest))
    }

    /// The event that takes a leave back.
    pub(super) fn cancel_leave(&self, code: &str, pointer: &str) -> Result<Planned, Problem> {
        match self.region.organisation().leave(code) {
            Some(_) => self.sequenced(Planned::now(EventType::LeaveWithdrawn, json!({"leave": code}))),
            None => Err(unknown(pointer, code)),
        }
    }

    /// The event after which a leave is what it was before `event`; `None` where another came after it, or there is nothing to go back to.
    pub(super) fn leave_back(&self, event: &Event) -> Result<Option<Planned>, Problem> {
        let held = self.region.organisation();
        let code = event.data.text(member::LEAVE).unwrap_or_default();
        let data = match (held.leave_before(event), event.kind) {
            (None, _) => return Ok(None),
            (Some(None), EventType::LeaveGranted) => return self.cancel_leave(code, "").map(Some),
            (Some(None), _) => return Ok(None),
            (Some(Some(old)), _) => {
                let person = held.canonical(old.person);
                let names = Names::load(self.database, self.row, self.region, [person])?;
                let Some(person) = names.actor_code(person) else { return Ok(None) };
                json!({
                    "leave": code, "person": person, "category": old.category,
                    "from": old.from.to_rfc3339(), "to": old.to.to_rfc3339(),
                })
            }
        };
        self.sequenced(Planned::now(EventType::LeaveGranted, data)).map(Some)
    }
}
