//! Case files: from the first event of a case code to its decision, with limits, suspensions, returns and materials.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Folded,
    credit::{Crediting, person_of},
    fold::{Context, Logins, is_attached, last_of, place_of, sources, text_of},
};
use crate::{
    calendar::Calendar,
    event::{Event, EventType, member},
    fact::{Fact, FactKind, Field, Place},
    id::EventKey,
    time::Instant,
};

pub(super) fn fold<L: Logins>(
    context: &mut Context<'_, L>,
    code: &str,
    events: &[Arc<Folded>],
) -> Result<(), L::Pending> {
    let events: Vec<&Folded> =
        events.iter().map(Arc::as_ref).filter(|folded| !is_attached(folded.event.kind)).collect();
    let terminal = events.iter().rposition(|folded| outcome(&folded.event).is_some());
    if let Some(accepted) = events.iter().find(|folded| folded.event.kind == EventType::CaseAccepted) {
        acceptance(context, code, &events, accepted, terminal.map(|index| events[index]))?;
    }
    if let Some(index) = terminal {
        decided(context, code, &events[..=index])?;
    }
    Ok(())
}

/// How an event ends a case: `completed`, `declined` or `withdrawn`.
pub fn outcome(event: &Event) -> Option<&str> {
    match event.kind {
        EventType::CaseCompleted => Some(event.data.text(member::OUTCOME).unwrap_or("completed")),
        EventType::CaseDeclined => Some("declined"),
        EventType::CaseWithdrawn => Some("withdrawn"),
        _ => None,
    }
}

/// The id of a case's fact comes from its code alone, so no late event can rename it. `purpose` is `case` or `case-acceptance`.
///
/// No event has an empty source, so no event's key is a case's.
pub fn fact_id(purpose: &str, code: &str) -> EventKey {
    EventKey::of("", &format!("{purpose}/{code}"))
}

fn acceptance<L: Logins>(
    context: &mut Context<'_, L>,
    code: &str,
    events: &[&Folded],
    accepted: &Folded,
    terminal: Option<&Folded>,
) -> Result<(), L::Pending> {
    let time = accepted.event.time;
    let place = context.organisation.complete_place(place_of(&accepted.event), time);
    let served = context.served(person_of(&accepted.event), place.window.as_deref(), time)?;
    let crediting = Crediting::one(served);
    let behind = events.iter().copied().filter(|folded| {
        folded.position == accepted.position || terminal.is_some_and(|end| end.position == folded.position)
    });
    let (positions, records) = sources(behind);
    let ended = terminal.and_then(|end| outcome(&end.event));
    let fact = Fact {
        id: fact_id("case-acceptance", code),
        kind: FactKind::Acceptance,
        occurred: time,
        date: context.organisation.zone().date(time),
        place,
        matter: last_of(events.iter().copied(), text_of(member::MATTER)),
        channel: last_of(events.iter().copied(), text_of(member::CHANNEL)),
        credited: crediting.resolve(context.organisation),
        provider: None,
        receiver: None,
        fields: vec![
            Field::Boolean(ended == Some("completed")),
            ended.map_or(Field::Absent, |word| Field::Text(word.to_owned())),
        ],
        sources: positions,
        records,
        departments: Vec::new(),
        derived: None,
        stated: None,
    };
    context.push(fact, None, &crediting);
    Ok(())
}

fn decided<L: Logins>(context: &mut Context<'_, L>, code: &str, events: &[&Folded]) -> Result<(), L::Pending> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(()) };
    let (from, to) = (first.event.time, last.event.time);
    let place = context.organisation.complete_place(last_place(events), to);
    let mut crediting = Crediting::read(events.iter().copied(), Some(&last.event));
    let person = person_of(&last.event).or(crediting.last);
    crediting.served = context.served(person, place.window.as_deref(), to)?;
    let (positions, records) = sources(events.iter().copied());
    let matter = last_of(events.iter().copied(), text_of(member::MATTER));
    // A clock that nobody set going again stood until the decision.
    let spans = suspensions(events.iter().map(|folded| &folded.event));
    let suspended: Vec<_> = spans.into_iter().map(|(begin, end)| (begin, end.unwrap_or(to))).collect();
    let limit = Limit::of(context, events, matter.as_deref(), &suspended);
    let tally = Tally::of(events);
    let fact = Fact {
        id: fact_id("case", code),
        kind: FactKind::Case,
        occurred: to,
        date: context.organisation.zone().date(to),
        matter,
        channel: last_of(events.iter().copied(), text_of(member::CHANNEL)),
        credited: crediting.resolve(context.organisation),
        provider: None,
        receiver: None,
        fields: vec![
            Field::Integer(to.0 - from.0),
            limit.working,
            limit.promised,
            limit.on_time,
            Field::Boolean(tally.returns == 0 && tally.supplements == 0),
            Field::Text(outcome(&last.event).unwrap_or("completed").to_owned()),
            Field::Integer(tally.steps),
            Field::Integer(tally.visits),
            Field::Integer(tally.returns),
            Field::Integer(tally.supplements),
            Field::Integer(tally.materials),
            Field::Integer(tally.materials_repeated),
            Field::Integer(tally.materials_shared),
            Field::Integer(tally.clerk_errors),
            Field::Integer(department_count(events, &place)),
            Field::Integer(suspended.iter().map(|(begin, end)| end.0 - begin.0).sum()),
        ],
        departments: elapsed_by_department(events),
        derived: None,
        stated: None,
        place,
        sources: positions,
        records,
    };
    context.push(fact, None, &crediting);
    Ok(())
}

/// Window, department and hall as the last event names them that names any window or department.
fn last_place(events: &[&Folded]) -> Place {
    let named = events.iter().rev().map(|folded| place_of(&folded.event));
    let hall = events.iter().rev().find_map(|folded| place_of(&folded.event).hall);
    let place = named.clone().find(|place| place.window.is_some() || place.department.is_some()).unwrap_or_default();
    Place { hall: place.hall.or(hall), ..place }
}

/// Spans in which the clock stood, in order; the last may not have ended.
pub fn suspensions<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<(Instant, Option<Instant>)> {
    let mut spans: Vec<(Instant, Option<Instant>)> = Vec::new();
    for event in events {
        let open = spans.last_mut().filter(|(_, end)| end.is_none());
        match (event.kind, open) {
            (EventType::CaseSuspended, None) => spans.push((event.time, None)),
            (EventType::CaseResumed, Some((_, end))) => *end = Some(event.time),
            _ => {}
        }
    }
    spans
}

/// The case against its limit.
struct Limit {
    working: Field,
    promised: Field,
    on_time: Field,
}

impl Limit {
    /// `due_at` beats the matter's limit; working time is computed only where a limit needs it.
    fn of<L>(
        context: &Context<'_, L>,
        events: &[&Folded],
        matter: Option<&str>,
        suspended: &[(Instant, Instant)],
    ) -> Self {
        let to = events.last().map_or(Instant::MIN, |folded| folded.event.time);
        let begin = events.iter().find(|folded| folded.event.kind == EventType::CaseAccepted).or(events.first());
        let from = begin.map_or(to, |folded| folded.event.time);
        let due = last_of(events.iter().copied(), |event| event.data.time(member::DUE_AT));
        let on_time = |yes| Field::Boolean(yes);
        let mut limit = Self {
            working: Field::Absent,
            promised: Field::Absent,
            on_time: due.map_or(Field::Absent, |due| on_time(to <= due)),
        };
        let organisation = context.organisation;
        let Some(matter) = matter.and_then(|code| organisation.matter(code, from)) else { return limit };
        if matter.promised_ms.is_none() && matter.promised_days.is_none() {
            return limit;
        }
        let settings = organisation.settings(from);
        let code = matter.calendar.as_deref().or(settings.calendar.as_deref()).unwrap_or("always");
        let Some(calendar) = organisation.calendar(code) else {
            return limit.not_evaluable(&format!("calendar_unknown:{code}"), due.is_some());
        };
        let extension: i64 = events.iter().filter_map(|folded| folded.event.data.integer(member::EXTENSION_MS)).sum();
        match Self::measure(context, calendar, matter, from, to, suspended) {
            Ok((working, promised)) => {
                let promised = promised.saturating_add(extension);
                limit.working = Field::Integer(working);
                limit.promised = Field::Integer(promised);
                if due.is_none() {
                    limit.on_time = on_time(working <= promised);
                }
                limit
            }
            Err(reason) => limit.not_evaluable(&reason, due.is_some()),
        }
    }

    fn measure<L>(
        context: &Context<'_, L>,
        calendar: &Calendar,
        matter: &crate::roster::Matter,
        from: Instant,
        to: Instant,
        suspended: &[(Instant, Instant)],
    ) -> Result<(i64, i64), String> {
        let zone = context.organisation.zone();
        let working = calendar.working_ms(zone, from, to, suspended).map_err(|error| error.code())?;
        let promised = match (matter.promised_ms, matter.promised_days) {
            (Some(promised), _) => promised,
            (None, Some(days)) => {
                let day = calendar.day_ms(zone.date(from).civil().year()).map_err(|error| error.code())?;
                days.saturating_mul(day)
            }
            (None, None) => 0,
        };
        Ok((working, promised))
    }

    fn not_evaluable(mut self, reason: &str, due_known: bool) -> Self {
        let field = Field::NotEvaluable(reason.to_owned());
        if !due_known {
            self.on_time = field.clone();
        }
        Self { working: field.clone(), promised: field, ..self }
    }
}

/// Countable things in a case.
#[derive(Default)]
struct Tally {
    steps: i64,
    visits: i64,
    returns: i64,
    supplements: i64,
    materials: i64,
    materials_repeated: i64,
    materials_shared: i64,
    clerk_errors: i64,
}

impl Tally {
    fn of(events: &[&Folded]) -> Self {
        let (mut tally, mut asked) = (Self::default(), BTreeSet::new());
        for Folded { event, .. } in events {
            match event.kind {
                EventType::CaseStep => tally.steps += 1,
                EventType::CaseReturned => tally.returns += 1,
                EventType::CaseSupplementAsked => tally.supplements += 1,
                EventType::MaterialReceived => tally.material(event, &mut asked),
                _ => {}
            }
            tally.visits += i64::from(event.data.boolean(member::VISIT) == Some(true));
            tally.clerk_errors += i64::from(event.data.text(member::FAULT) == Some("clerk"));
        }
        tally
    }

    fn material(&mut self, event: &Event, asked: &mut BTreeSet<String>) {
        self.materials += 1;
        match event.data.text(member::ORIGIN) {
            Some("shared" | "reused") => self.materials_shared += 1,
            _ => {
                let code = event.data.text(member::MATERIAL).unwrap_or_default();
                self.materials_repeated += i64::from(!asked.insert(code.to_owned()));
            }
        }
    }
}

fn department_count(events: &[&Folded], place: &Place) -> i64 {
    let named = events.iter().filter_map(|folded| folded.event.data.text(member::DEPARTMENT));
    named.chain(place.department.as_deref()).collect::<BTreeSet<_>>().len() as i64
}

/// The time until the next event is charged to the department that held the case last.
fn elapsed_by_department(events: &[&Folded]) -> Vec<(String, i64)> {
    let (mut sums, mut holder): (BTreeMap<String, i64>, Option<&str>) = (BTreeMap::new(), None);
    for pair in events.windows(2) {
        holder = pair[0].event.data.text(member::DEPARTMENT).or(holder);
        if let Some(department) = holder {
            *sums.entry(department.to_owned()).or_default() += pair[1].event.time.0 - pair[0].event.time.0;
        }
    }
    sums.into_iter().collect()
}
