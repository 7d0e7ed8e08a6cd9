//! What changes mean on the ground they are made on: the events that make them, or what is wrong and where.

use jifen_core::{
    engine::Region,
    event::EventType,
    id::ActorRef,
    roster::{Assignment, Role},
    rule::SubjectKind,
    time::Instant,
};
use jifen_store::{Database, RegionRow};
use serde_json::{Value, json};

use super::{
    change::{Change, Planned},
    leave::Asked,
};
use crate::{
    board::{Names, ReadError},
    body::{date, malformed},
    problem::Problem,
    setup::{HOUR_MS, MINUTE_MS},
};

/// What changes are looked at against.
pub(super) struct Ground<'a> {
    pub(super) database: &'a Database,
    pub(super) row: &'a RegionRow,
    pub(super) region: &'a Region,
    pub(super) now: Instant,
}

impl Ground<'_> {
    /// The events that make a change; `index` is its place among those that were sent.
    ///
    /// # Errors
    /// [`Problem::EventRefused`] that points at what is wrong.
    pub(super) fn plan(&self, index: usize, change: &Change) -> Result<Vec<Planned>, Problem> {
        let at = |member: &str| format!("/changes/{index}/{member}");
        match change {
            Change::Assign { person, window, from, to, role } => {
                self.knows_person(person, &at("person"))?;
                self.knows(SubjectKind::Window, Some(window), &at("window"))?;
                let (from, to) = self.span(from, to.as_deref(), (&at("from"), &at("to")))?;
                if let Some(word) = given(role).filter(|word| Role::parse(word).is_none()) {
                    return Err(malformed(at("role"), format!("`{word}` is none of `a`, `b` and `trainee`")));
                }
                let data = json!({"person": person, "window": window, "from": from, "to": to, "role": role});
                Ok(vec![self.sequenced(Planned::now(EventType::RosterAssigned, data))?])
            }
            Change::Unassign { person, window, from } => {
                let from = self.start(from, &at("from"))?;
                let held = self.region.organisation().assignments();
                let held = held.filter(|(code, _)| code == window).map(|(_, one)| one);
                let ends = |code: String| json!({"person": code, "window": window, "from": from.to_rfc3339()});
                self.end(held, (person, from, &at("person")), EventType::RosterUnassigned, &ends)
            }
            Change::Appoint { person, post, place_kind, place, from, to } => {
                self.knows_person(person, &at("person"))?;
                let kind = self.place_kind(place_kind, &at("place_kind"))?;
                self.knows(kind, Some(place), &at("place"))?;
                let (from, to) = self.span(from, to.as_deref(), (&at("from"), &at("to")))?;
                let mut data = json!({"person": person, "post": post, "from": from, "to": to});
                data[kind.name()] = place.as_str().into();
                Ok(vec![self.sequenced(Planned::now(EventType::PostAssigned, data))?])
            }
            Change::Dismiss { person, post, place_kind, place, from } => {
                let from = self.start(from, &at("from"))?;
                let kind = self.place_kind(place_kind, &at("place_kind"))?;
                let held = self.region.organisation().posts();
                let held = held.filter(|((name, of, code), _)| name == post && *of == kind && code == place);
                let ends = |code: String| {
                    let mut data = json!({"person": code, "post": post, "from": from.to_rfc3339()});
                    data[kind.name()] = place.as_str().into();
                    data
                };
                self.end(held.map(|(_, one)| one), (person, from, &at("person")), EventType::PostUnassigned, &ends)
            }
            Change::Leave { person, category, from, to, leave } => {
                let asked = Asked { person, category, from, to, leave: given(leave) };
                Ok(vec![self.plan_leave(&asked, &at)?])
            }
            Change::CancelLeave { leave } => Ok(vec![self.cancel_leave(leave, &at("leave"))?]),
            Change::TakeBack { position } => {
                let head = self.database.head(self.row.id)?.journal;
                let record = match (1..=head).contains(position) {
                    true => self.database.records(self.row.id, &[*position])?.pop(),
                    false => None,
                };
                let planned = record.map(|record| self.plan_back(&record.event)).transpose()?.flatten();
                planned.ok_or_else(|| Problem::EventRefused {
                    pointer: at("position"),
                    reason: "no change of the organisation that could be taken back is at this position: it was the first of its \
                             kind, was taken back already, or another took its place"
                        .to_owned(),
                    reason_zh: Some("这一条无法撤回：它是首次登记，或已经撤回，或已被后来的变动取代".to_owned()),
                })
            }
            Change::TakeBackBatch { .. } => Err(Problem::EventRefused {
                pointer: at("kind"),
                reason: "a batch is taken back in a request of its own".to_owned(),
                reason_zh: Some("撤回一批变动要单独提交，不能和别的变动一起".to_owned()),
            }),
            _ => self.plan_record(change, &at).map(|planned| vec![planned]),
        }
    }

    /// A record that takes the place of what held until then, with what it does not say as it was.
    fn plan_record(&self, change: &Change, at: &dyn Fn(&str) -> String) -> Result<Planned, Problem> {
        let held = self.region.organisation();
        let or = |new: &Option<String>, old: Option<&String>| given(new).map(str::to_owned).or_else(|| old.cloned());
        let (kind, time, data) = match change {
            Change::Hall { code, name, from } => {
                let time = self.since(from.as_deref(), &at("from"))?;
                let old = held.halls_at(time).find(|(other, _)| other == code).and_then(|(_, name)| name);
                let name = or(name, old.map(str::to_owned).as_ref());
                (EventType::OrganisationHall, time, json!({"hall": code, "name": name}))
            }
            Change::Department { code, name, hall, from } => {
                self.knows(SubjectKind::Hall, hall.as_deref(), &at("hall"))?;
                let time = self.since(from.as_deref(), &at("from"))?;
                let old = held.departments_at(time).find(|(other, _)| other == code).map(|(_, old)| old);
                let name = or(name, old.and_then(|old| old.name.as_ref()));
                let hall = or(hall, old.and_then(|old| old.hall.as_ref()));
                (EventType::OrganisationDepartment, time, json!({"department": code, "name": name, "hall": hall}))
            }
            Change::Window { code, name, hall, department, zone, from } => {
                self.knows(SubjectKind::Hall, hall.as_deref(), &at("hall"))?;
                self.knows(SubjectKind::Department, department.as_deref(), &at("department"))?;
                let time = self.since(from.as_deref(), &at("from"))?;
                let old = held.windows_at(time).find(|(other, _)| other == code).map(|(_, old)| old);
                let data = json!({
                    "window": code,
                    "name": or(name, old.and_then(|old| old.name.as_ref())),
                    "hall": or(hall, old.and_then(|old| old.hall.as_ref())),
                    "department": or(department, old.and_then(|old| old.department.as_ref())),
                    "zone": or(zone, old.and_then(|old| old.zone.as_ref())),
                });
                (EventType::OrganisationWindow, time, data)
            }
            Change::Matter {
                code,
                name,
                department,
                promised_days,
                promised_hours,
                statutory_days,
                standard_minutes,
                calendar,
                from,
            } => {
                self.knows(SubjectKind::Department, department.as_deref(), &at("department"))?;
                if let Some(unheard) = given(calendar).filter(|code| held.calendar(code).is_none()) {
                    return Err(unknown(&at("calendar"), unheard));
                }
                let time = self.since(from.as_deref(), &at("from"))?;
                let old = held.matters_at(time).find(|(other, _)| other == code).map(|(_, old)| old);
                // A limit is in days or in hours, never both.
                let promised_ms = match (promised_hours, promised_days) {
                    (Some(hours), _) => Some(hours.saturating_mul(HOUR_MS)),
                    (None, Some(_)) => None,
                    (None, None) => old.and_then(|old| old.promised_ms),
                };
                let promised_days = promised_days
                    .or_else(|| old.filter(|_| promised_hours.is_none()).and_then(|old| old.promised_days));
                let data = json!({
                    "matter": code,
                    "name": or(name, old.and_then(|old| old.name.as_ref())),
                    "department": or(department, old.and_then(|old| old.department.as_ref())),
                    "promised_days": promised_days,
                    "promised_ms": promised_ms,
                    "statutory_days": statutory_days.or_else(|| old.and_then(|old| old.statutory_days)),
                    "standard_ms": standard_minutes
                        .map(|minutes| minutes.saturating_mul(MINUTE_MS))
                        .or_else(|| old.and_then(|old| old.standard_ms)),
                    "calendar": or(calendar, old.and_then(|old| old.calendar.as_ref())),
                });
                (EventType::OrganisationMatter, time, data)
            }
            Change::Person { code, name, window, department, hall, from } => {
                self.knows(SubjectKind::Window, window.as_deref(), &at("window"))?;
                self.knows(SubjectKind::Department, department.as_deref(), &at("department"))?;
                self.knows(SubjectKind::Hall, hall.as_deref(), &at("hall"))?;
                let time = self.since(from.as_deref(), &at("from"))?;
                let actor = self.database.secret(self.row.id)?.plain_actor(code);
                let old = held.people_at(time).find(|(other, _)| *other == actor).map(|(_, old)| old);
                // Who moves takes nothing of where they were along.
                let stays = [window, department, hall].into_iter().all(|place| given(place).is_none());
                let old_home = old.filter(|_| stays);
                let data = json!({
                    "person": code,
                    "kind": old.map(|old| old.kind.name()),
                    "person_name": name,
                    "window": or(window, old_home.and_then(|old| old.window.as_ref())),
                    "department": or(department, old_home.and_then(|old| old.department.as_ref())),
                    "hall": or(hall, old_home.and_then(|old| old.hall.as_ref())),
                });
                (EventType::OrganisationPerson, time, data)
            }
            Change::Assign { .. }
            | Change::Unassign { .. }
            | Change::Appoint { .. }
            | Change::Dismiss { .. }
            | Change::Leave { .. }
            | Change::CancelLeave { .. }
            | Change::TakeBack { .. }
            | Change::TakeBackBatch { .. } => {
                return Err(Problem::Inconsistent("an assignment is no record".to_owned()));
            }
        };
        self.record(kind, time, data)
    }

    /// A record that stands behind all others of the same moment.
    pub(super) fn record(&self, kind: EventType, time: Instant, data: Value) -> Result<Planned, Problem> {
        self.sequenced(Planned { time: Some(time), ..Planned::now(kind, data) })
    }

    /// The event behind all others of the same thing at the same moment.
    pub(super) fn sequenced(&self, mut planned: Planned) -> Result<Planned, Problem> {
        let (secret, now) = (self.database.secret(self.row.id)?, self.now.to_rfc3339());
        let probe = jifen_core::event::admit(&planned.envelope("probe", &now), &secret, self.now, &mut || [0; 16]);
        // What cannot be admitted is told of where it is.
        let last = probe.ok().and_then(|probe| self.region.organisation().sequence_at(&probe.event));
        planned.sequence = Some(last.unwrap_or(0) + 1);
        Ok(planned)
    }

    /// Ends all assignments of a person that hold from a moment on: each in the name of the source whose code it is by.
    fn end<'o>(
        &self,
        held: impl Iterator<Item = Assignment<'o>>,
        (person, from, pointer): (&str, Instant, &str),
        kind: EventType,
        data: &dyn Fn(String) -> Value,
    ) -> Result<Vec<Planned>, Problem> {
        let organisation = self.region.organisation();
        let plain = self.database.secret(self.row.id)?.plain_actor(person);
        let held: Vec<_> = held
            .filter(|one| organisation.canonical(one.person) == plain || one.person.plain == plain)
            .filter(|one| one.to.is_none_or(|to| from < to))
            .collect();
        if held.is_empty() {
            return Err(Problem::EventRefused {
                pointer: pointer.to_owned(),
                reason: format!("`{person}` has no such assignment on that day or later"),
                reason_zh: Some(format!("“{person}”在这一天及以后没有这项安排")),
            });
        }
        let planned = |one: Assignment<'_>| {
            let code = self.code_of(one.person)?;
            let source = one.order.2.clone();
            self.sequenced(Planned { source, ..Planned::now(kind, data(code)) })
        };
        let mut all = held.into_iter().map(planned).collect::<Result<Vec<_>, Problem>>()?;
        all.dedup();
        Ok(all)
    }

    /// The code by which an assignment's source knows its person.
    pub(super) fn code_of(&self, person: ActorRef) -> Result<String, ReadError> {
        let names = Names::load(self.database, self.row, self.region, [person.sourced, person.plain])?;
        let code = names.actor_code(person.sourced).or_else(|| names.actor_code(person.plain));
        code.ok_or_else(|| ReadError::Inconsistent("an assignment of somebody without a code".to_owned()))
    }

    pub(super) fn knows_person(&self, code: &str, pointer: &str) -> Result<(), Problem> {
        let actor = self.database.secret(self.row.id)?.plain_actor(code);
        match self.region.organisation().person(actor, Instant::MAX) {
            Some(_) => Ok(()),
            None => Err(unknown(pointer, code)),
        }
    }

    fn knows(&self, kind: SubjectKind, code: Option<&str>, pointer: &str) -> Result<(), Problem> {
        match code.filter(|code| !code.trim().is_empty()) {
            Some(code) if !crate::board::resident::place_is_known(self.region, kind, code) => {
                Err(unknown(pointer, code))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn place_kind(&self, word: &str, pointer: &str) -> Result<SubjectKind, Problem> {
        let kind = SubjectKind::parse(word).filter(|kind| *kind != SubjectKind::Person);
        kind.ok_or_else(|| malformed(pointer, format!("`{word}` is none of `window`, `department` and `hall`")))
    }

    fn start(&self, text: &str, pointer: &str) -> Result<Instant, Problem> {
        self.moment(text, pointer, 0)
    }

    /// The beginning of a day, `days` later; or a time as it is.
    pub(super) fn moment(&self, text: &str, pointer: &str, days: i32) -> Result<Instant, Problem> {
        if text.contains('T')
            && let Some(instant) = Instant::parse(text)
        {
            return Ok(instant);
        }
        Ok(self.region.organisation().zone().day_start(date(pointer, text)?.plus(days)))
    }

    /// When a record holds from: the beginning of a day, at latest of tomorrow, for the journal takes nothing from the future.
    pub(super) fn since(&self, text: Option<&str>, pointer: &str) -> Result<Instant, Problem> {
        let zone = self.region.organisation().zone();
        let today = zone.date(self.now);
        let date = text.filter(|text| !text.is_empty()).map_or(Ok(today), |text| date(pointer, text))?;
        if date > today {
            return Err(Problem::EventRefused {
                pointer: pointer.to_owned(),
                reason: format!("{date} has not come: such a change is made on its day or later, and dated back"),
                reason_zh: Some(format!("{date} 还没有到：这类变动请在当天或以后登记，日期可以往前写")),
            });
        }
        Ok(zone.day_start(date))
    }

    /// From the beginning of the first day to the end of the last, as the journal writes them.
    pub(super) fn span(
        &self,
        from: &str,
        to: Option<&str>,
        (at_from, at_to): (&str, &str),
    ) -> Result<(String, Option<String>), Problem> {
        let first = self.moment(from, at_from, 0)?;
        let last = to.filter(|text| !text.is_empty()).map(|text| self.moment(text, at_to, 1)).transpose()?;
        if last.is_some_and(|last| last <= first) {
            let reason = "the last day lies before the first".to_owned();
            return Err(malformed(at_to, reason));
        }
        Ok((first.to_rfc3339(), last.map(Instant::to_rfc3339)))
    }
}

/// A form's empty field says nothing.
pub(super) fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

pub(super) fn unknown(pointer: &str, code: &str) -> Problem {
    Problem::EventRefused {
        pointer: pointer.to_owned(),
        reason: format!("`{code}` is not registered; check the code, or register it first"),
        reason_zh: Some(format!("没有登记过编号“{code}”：请核对，或先登记")),
    }
}
