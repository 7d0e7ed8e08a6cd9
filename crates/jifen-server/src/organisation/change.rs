//! Changes of the organisation that people make on a page, as the events that say them, and the events that take one back.

use jifen_core::{
    engine::Region,
    event::{Event, EventType, Value as Held, member},
    id::ActorRef,
    roster::{Assignment, Former},
    rule::SubjectKind,
    time::Instant,
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    board::{Names, ReadError, names::SubjectKindWord},
    body::date,
    problem::Problem,
};

/// A change of who is where, or of what belongs to what, from a day on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = OrganisationChange)]
pub(crate) enum Change {
    /// Somebody is assigned to a window.
    Assign {
        /// The person's code.
        person: String,
        /// The window.
        window: String,
        /// First day.
        #[schema(format = Date)]
        from: String,
        /// Last day; until it is ended without.
        #[schema(format = Date)]
        to: Option<String>,
    },
    /// Their assignment to a window ends.
    Unassign {
        /// The person's code.
        person: String,
        /// The window.
        window: String,
        /// First day on which they are no longer there.
        #[schema(format = Date)]
        from: String,
    },
    /// Somebody holds a post of a window, department or hall.
    Appoint {
        /// The person's code.
        person: String,
        /// The post, such as 首席代表.
        post: String,
        /// `window`, `department` or `hall`.
        #[schema(value_type = SubjectKindWord)]
        place_kind: String,
        /// Its code.
        place: String,
        /// First day.
        #[schema(format = Date)]
        from: String,
        /// Last day; until it is ended without.
        #[schema(format = Date)]
        to: Option<String>,
    },
    /// They hold it no longer.
    Dismiss {
        /// The person's code.
        person: String,
        /// The post.
        post: String,
        /// `window`, `department` or `hall`.
        #[schema(value_type = SubjectKindWord)]
        place_kind: String,
        /// Its code.
        place: String,
        /// First day on which they hold it no longer.
        #[schema(format = Date)]
        from: String,
    },
    /// A hall is set up or called otherwise.
    Hall {
        /// Code.
        code: String,
        /// Name; as it was without.
        name: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// A department is set up, called otherwise or moved. What is left out stays as it was.
    Department {
        /// Code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Hall code.
        hall: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// A window is set up, called otherwise or serves for another department. What is left out stays as it was.
    Window {
        /// Code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Hall code.
        hall: Option<String>,
        /// Department code.
        department: Option<String>,
        /// Zone inside the hall.
        zone: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// A matter is set up, or its limits change. What is left out stays as it was.
    Matter {
        /// Code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Department in charge.
        department: Option<String>,
        /// Promised limit in working days; takes the place of one in hours.
        promised_days: Option<i64>,
        /// Statutory limit in working days.
        statutory_days: Option<i64>,
        /// Standard service time in minutes.
        standard_minutes: Option<i64>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// An earlier change is taken back: what it took the place of holds again, or nothing where there was nothing.
    TakeBack {
        /// Its journal position.
        position: u64,
    },
    /// Somebody is registered, or belongs elsewhere. What is left out stays as it was; a window that is named brings its department and hall.
    Person {
        /// Code.
        code: String,
        /// Name, kept in the vault.
        name: Option<String>,
        /// Window they belong to.
        window: Option<String>,
        /// Department they belong to.
        department: Option<String>,
        /// Hall they belong to.
        hall: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
}

/// Source of these events, but for those that end what another source began.
const SOURCE: &str = "jifen:organisation";
const MINUTE_MS: i64 = 60_000;

/// An event to be appended.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Planned {
    pub(super) kind: EventType,
    source: String,
    /// When it holds from; now without.
    time: Option<Instant>,
    sequence: Option<u64>,
    data: Map<String, Value>,
}

impl Planned {
    /// Under pages' own source, decided now.
    fn now(kind: EventType, data: Value) -> Self {
        Self { kind, source: SOURCE.to_owned(), time: None, sequence: None, data: filled(data) }
    }

    /// The CloudEvent under an id; `now` is RFC 3339.
    pub(super) fn envelope(&self, id: &str, now: &str) -> Map<String, Value> {
        let time = self.time.map_or_else(|| now.to_owned(), Instant::to_rfc3339);
        let envelope = json!({
            "specversion": "1.0", "source": self.source, "id": id, "type": self.kind.spec().name, "time": time,
            "sequence": self.sequence.map(|number| number.to_string()), "data": self.data,
        });
        filled(envelope)
    }
}

/// Without members that say nothing.
fn filled(value: Value) -> Map<String, Value> {
    let mut members = value.as_object().cloned().unwrap_or_default();
    members.retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()));
    members
}

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
            Change::Assign { person, window, from, to } => {
                self.knows_person(person, &at("person"))?;
                self.knows(SubjectKind::Window, Some(window), &at("window"))?;
                let (from, to) = self.span(from, to.as_deref(), (&at("from"), &at("to")))?;
                let data = json!({"person": person, "window": window, "from": from, "to": to});
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
            Change::TakeBack { position } => {
                let record = self.database.records(self.row.id, &[*position])?.pop();
                let planned = record.map(|record| self.plan_back(&record.event)).transpose()?.flatten();
                planned.ok_or_else(|| Problem::EventRefused {
                    pointer: at("position"),
                    reason: "no change of the organisation that could be taken back is at this position: it was the first of its \
                             kind, was taken back already, or another took its place"
                        .to_owned(),
                    reason_zh: Some("这一条无法撤回：它是首次登记，或已经撤回，或已被后来的变动取代".to_owned()),
                })
            }
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
            Change::Matter { code, name, department, promised_days, statutory_days, standard_minutes, from } => {
                self.knows(SubjectKind::Department, department.as_deref(), &at("department"))?;
                let time = self.since(from.as_deref(), &at("from"))?;
                let old = held.matters_at(time).find(|(other, _)| other == code).map(|(_, old)| old);
                // A limit is in days or in hours, never both.
                let promised_ms = old.filter(|_| promised_days.is_none()).and_then(|old| old.promised_ms);
                let data = json!({
                    "matter": code,
                    "name": or(name, old.and_then(|old| old.name.as_ref())),
                    "department": or(department, old.and_then(|old| old.department.as_ref())),
                    "promised_days": promised_days.or_else(|| old.and_then(|old| old.promised_days)),
                    "promised_ms": promised_ms,
                    "statutory_days": statutory_days.or_else(|| old.and_then(|old| old.statutory_days)),
                    "standard_ms": standard_minutes
                        .map(|minutes| minutes.saturating_mul(MINUTE_MS))
                        .or_else(|| old.and_then(|old| old.standard_ms)),
                    "calendar": old.and_then(|old| old.calendar.as_ref()),
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
            | Change::TakeBack { .. } => {
                return Err(Problem::Inconsistent("an assignment is no record".to_owned()));
            }
        };
        self.record(kind, time, data)
    }

    /// A record that stands behind all others of the same moment.
    fn record(&self, kind: EventType, time: Instant, data: Value) -> Result<Planned, Problem> {
        self.sequenced(Planned { time: Some(time), ..Planned::now(kind, data) })
    }

    /// The event behind all others of the same thing at the same moment.
    fn sequenced(&self, mut planned: Planned) -> Result<Planned, Problem> {
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
    fn code_of(&self, person: ActorRef) -> Result<String, ReadError> {
        let names = Names::load(self.database, self.row, self.region, [person.sourced, person.plain])?;
        let code = names.actor_code(person.sourced).or_else(|| names.actor_code(person.plain));
        code.ok_or_else(|| ReadError::Inconsistent("an assignment of somebody without a code".to_owned()))
    }

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
                Ok(Some(vec![self.sequenced(back)?]))
            }
            EventType::RosterUnassigned | EventType::PostUnassigned => {
                Ok(self.assigned_again(event)?.map(|one| vec![one]))
            }
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

    /// The assignment that an end cut short, from there on as it was.
    fn assigned_again(&self, end: &Event) -> Result<Option<Planned>, Problem> {
        let Some((person, from, to)) = self.region.organisation().cut_by(end) else { return Ok(None) };
        let kind =
            if end.kind == EventType::RosterUnassigned { EventType::RosterAssigned } else { EventType::PostAssigned };
        let mut data = self.span_data(end, person, from)?;
        data["to"] = to.map_or(Value::Null, |to| to.to_rfc3339().into());
        self.sequenced(Planned { source: end.source.clone(), ..Planned::now(kind, data) }).map(Some)
    }

    fn knows_person(&self, code: &str, pointer: &str) -> Result<(), Problem> {
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
        kind.ok_or_else(|| Problem::MalformedBody {
            pointer: pointer.to_owned(),
            reason: format!("`{word}` is none of `window`, `department` and `hall`"),
        })
    }

    fn start(&self, text: &str, pointer: &str) -> Result<Instant, Problem> {
        Ok(self.region.organisation().zone().day_start(date(pointer, text)?))
    }

    /// When a record holds from: the beginning of a day, at latest of tomorrow, for the journal takes nothing from the future.
    fn since(&self, text: Option<&str>, pointer: &str) -> Result<Instant, Problem> {
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
    fn span(
        &self,
        from: &str,
        to: Option<&str>,
        (at_from, at_to): (&str, &str),
    ) -> Result<(String, Option<String>), Problem> {
        let first = date(at_from, from)?;
        let last = to.filter(|text| !text.is_empty()).map(|text| date(at_to, text)).transpose()?;
        if last.is_some_and(|last| last < first) {
            let reason = "the last day lies before the first".to_owned();
            return Err(Problem::MalformedBody { pointer: at_to.to_owned(), reason });
        }
        let zone = self.region.organisation().zone();
        Ok((zone.day_start(first).to_rfc3339(), last.map(|last| zone.day_start(last.plus(1)).to_rfc3339())))
    }
}

/// A form's empty field says nothing.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

fn unknown(pointer: &str, code: &str) -> Problem {
    Problem::EventRefused {
        pointer: pointer.to_owned(),
        reason: format!("`{code}` is not registered; check the code, or register it first"),
        reason_zh: Some(format!("没有登记过编号“{code}”：请核对，或先登记")),
    }
}
