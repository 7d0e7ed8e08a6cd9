//! Taking changes back: the events after which it is as it was before them.

use jifen_core::{
    event::{Event, EventType, Value as Held, member},
    id::ActorRef,
    roster::{Assignment, Former, Role},
    time::Instant,
};
use serde_json::{Value, json};

use super::{change::Planned, plan::Ground};
use crate::{
    board::{Names, ReadError},
    problem::Problem,
};

impl Ground<'_> {
    /// The events that take back what `event` said; `None` where there is nothing to go back to.
    ///
    /// # Errors
    /// Store faults.
    pub(super) fn plan_back(&self, event: &Event) -> Result<Option<Vec<Planned>>, Problem> {
        let organisation = self.region.organisation();
        let code = |id| event.data.text(id).unwrap_or_default().to_owned();
        let of_event = |one: &Assignment<'_>| one.order == &jifen_core::roster::order_of(event);
        match event.kind {
            EventType::RosterAssigned | EventType::PostAssigned => {
                let shift = organisation.assignments().map(|(_, one)| one).find(of_event);
                let Some(one) = shift.or_else(|| organisation.posts().map(|(_, one)| one).find(of_event)) else {
                    return Ok(None);
                };
                let data = self.span_data(event, one.person, one.from)?;
                let kind = match event.kind {
                    EventType::RosterAssigned => EventType::RosterUnassigned,
                    _ => EventType::PostUnassigned,
                };
                let back = Planned { source: event.source.clone(), ..Planned::now(kind, data) };
                let back = self.sequenced(back)?;
                let again = self.beside_again(event, back.sequence.unwrap_or_default())?;
                Ok(Some(std::iter::once(back).chain(again).collect()))
            }
            EventType::RosterUnassigned | EventType::PostUnassigned => {
                Ok(self.assigned_again(event)?.map(|one| vec![one]))
            }
            EventType::LeaveGranted | EventType::LeaveWithdrawn => Ok(self.leave_back(event)?.map(|one| vec![one])),
            _ => {
                let Some(former) = organisation.former(event) else { return Ok(None) };
                let data = match former {
                    Former::Hall(name) => json!({"hall": code(member::HALL), "name": name}),
                    Former::Department(old) => {
                        json!({"department": code(member::DEPARTMENT), "name": old.name, "hall": old.hall})
                    }
                    Former::Window(old) => json!({
                        "window": code(member::WINDOW), "name": old.name, "hall": old.hall,
                        "department": old.department, "zone": old.zone,
                    }),
                    Former::Matter(old) => json!({
                        "matter": code(member::MATTER), "name": old.name, "department": old.department,
                        "promised_ms": old.promised_ms, "promised_days": old.promised_days,
                        "statutory_days": old.statutory_days, "standard_ms": old.standard_ms, "calendar": old.calendar,
                    }),
                    Former::Person(old) => {
                        let Some(Held::Actor(actor)) = event.data.get(member::PERSON) else { return Ok(None) };
                        let names = Names::load(self.database, self.row, self.region, [actor.plain])?;
                        json!({
                            "person": names.actor(actor.plain), "kind": old.kind.name(), "window": old.window,
                            "department": old.department, "hall": old.hall,
                        })
                    }
                };
                Ok(Some(vec![self.record(event.kind, event.time, data)?]))
            }
        }
    }

    /// Who is or was where, from when on, as an event about the same place says it.
    fn span_data(&self, event: &Event, person: ActorRef, from: Instant) -> Result<Value, ReadError> {
        let mut data = json!({"person": self.code_of(person)?, "from": from.to_rfc3339()});
        for id in [member::WINDOW, member::DEPARTMENT, member::HALL, member::POST] {
            data[id.spec().name] = event.data.text(id).map_or(Value::Null, Value::from);
        }
        Ok(data)
    }

    /// What the end of an assignment ends too, said again behind it: the role or the end it had before, and what was said later.
    fn beside_again(&self, event: &Event, after: u64) -> Result<Vec<Planned>, Problem> {
        let beside = self.region.organisation().beside(event).unwrap_or_default();
        let said = |(number, one): (u64, Assignment<'_>)| {
            let again = self.assigned(event, (one.person, one.from, one.to, one.role))?;
            Ok(Planned { sequence: Some(after + number), ..again })
        };
        (1..).zip(beside).map(said).collect()
    }

    /// The assignment that an end cut short, from there on as it was.
    fn assigned_again(&self, end: &Event) -> Result<Option<Planned>, Problem> {
        let Some(cut) = self.region.organisation().cut_by(end) else { return Ok(None) };
        let again = self.assigned(end, cut)?;
        self.sequenced(again).map(Some)
    }

    /// An assignment to the place of `event`, in the name of its source.
    fn assigned(
        &self,
        event: &Event,
        (person, from, to, role): (ActorRef, Instant, Option<Instant>, Role),
    ) -> Result<Planned, ReadError> {
        let is_shift = matches!(event.kind, EventType::RosterAssigned | EventType::RosterUnassigned);
        let kind = if is_shift { EventType::RosterAssigned } else { EventType::PostAssigned };
        let mut data = self.span_data(event, person, from)?;
        data["to"] = to.map_or(Value::Null, |to| to.to_rfc3339().into());
        if is_shift {
            data["role"] = role.name().into();
        }
        Ok(Planned { source: event.source.clone(), ..Planned::now(kind, data) })
    }
}
