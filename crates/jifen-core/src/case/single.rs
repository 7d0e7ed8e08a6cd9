//! Facts of one event: ratings and complaints (beside the service or case they name), data shares, adopted suggestions, attendance,
//! findings, and facts of the types that rule sets declare.

use std::sync::Arc;

use super::{
    Folded,
    credit::{Crediting, person_of},
    fold::{Context, Logins, place_of, sources},
};
use crate::{
    event::{Event, EventType, MemberId, member},
    fact::{Fact, FactKind, Field, Place, Side, Stated},
    roster::Settings,
};

pub(super) fn fold<L: Logins>(context: &mut Context<'_, L>, events: &[Arc<Folded>]) -> Result<(), L::Pending> {
    for folded in events {
        match folded.event.kind {
            EventType::RatingSubmitted => attached(context, folded, FactKind::Rating, rating_fields)?,
            EventType::ComplaintFiled => attached(context, folded, FactKind::Complaint, complaint_fields)?,
            EventType::SuggestionAdopted => attached(context, folded, FactKind::Suggestion, suggestion_fields)?,
            EventType::AttendanceRecorded => attached(context, folded, FactKind::Attendance, attendance_fields)?,
            EventType::FindingRecorded => attached(context, folded, FactKind::Finding, finding_fields)?,
            EventType::FactRecorded => attached(context, folded, FactKind::Declared, |_, _| Vec::new())?,
            EventType::DataShared => share(context, folded),
            _ => {}
        }
    }
    Ok(())
}

type Fields = fn(&Folded, &Settings) -> Vec<Field>;

/// A fact credited to who is named, else to who served at that time in the same aggregate, else to who sat there.
fn attached<L: Logins>(
    context: &mut Context<'_, L>,
    folded: &Folded,
    kind: FactKind,
    fields: Fields,
) -> Result<(), L::Pending> {
    let event = &folded.event;
    let served = context.folding.drafts.iter().map(|draft| &draft.fact).filter(|fact| is_work(fact.kind));
    let about = served
        .clone()
        .filter(|fact| fact.occurred <= event.time)
        .max_by_key(|fact| (fact.occurred, fact.id))
        .or_else(|| served.min_by_key(|fact| (fact.occurred, fact.id)))
        .cloned();
    let mut named = place_of(event);
    if let Some(fact) = &about {
        let same_window = named.window.is_none() || named.window == fact.place.window;
        if same_window {
            named.window = named.window.or(fact.place.window.clone());
            named.department = named.department.or(fact.place.department.clone());
            named.hall = named.hall.or(fact.place.hall.clone());
        }
    }
    let place = context.organisation.complete_place(named, event.time);
    let person = person_of(event);
    let mut crediting = Crediting::one(person);
    let mut credited = None;
    match (&about, person) {
        (Some(fact), None) => credited = Some(one(fact)),
        (None, None) => {
            crediting = Crediting::one(context.served(None, place.window.as_deref(), event.time)?);
        }
        (_, Some(_)) => {}
    }
    let waits = about.as_ref().filter(|_| person.is_none()).map(|fact| waits_of(context, fact)).unwrap_or_default();
    let (positions, records) = sources([folded]);
    let settings = context.organisation.settings(event.time);
    let fact = Fact {
        id: event.key(),
        kind,
        occurred: event.time,
        date: context.organisation.zone().date(event.time),
        matter: text(folded, member::MATTER).or_else(|| about.as_ref().and_then(|fact| fact.matter.clone())),
        channel: text(folded, member::CHANNEL),
        credited: credited.unwrap_or_else(|| crediting.resolve(context.organisation)),
        provider: None,
        receiver: None,
        fields: fields(folded, settings),
        departments: Vec::new(),
        derived: None,
        stated: stated(event),
        place,
        sources: positions,
        records,
    };
    context.push(fact, None, &crediting);
    if let Some(draft) = context.folding.drafts.last_mut() {
        draft.waits.extend(waits);
        draft.waits.sort();
        draft.waits.dedup();
    }
    Ok(())
}

/// What an event of a declared type says; what it means is asked of the rules that read it.
fn stated(event: &Event) -> Option<Box<Stated>> {
    let fact_type = event.data.text(member::FACT_TYPE)?.to_owned();
    Some(Box::new(Stated { fact_type, fields: event.data.fields(member::FIELDS).to_vec() }))
}

fn is_work(kind: FactKind) -> bool {
    matches!(kind, FactKind::Service | FactKind::Case)
}

fn one(fact: &Fact) -> crate::fact::Credited {
    let actor = fact.credited.served;
    crate::fact::Credited { served: actor, first: actor, last: actor, owner: actor, ender: actor, shares: Vec::new() }
}

fn waits_of<L>(context: &Context<'_, L>, fact: &Fact) -> Vec<crate::id::ActorId> {
    let draft = context.folding.drafts.iter().find(|draft| draft.fact.id == fact.id);
    draft.map(|draft| draft.waits.clone()).unwrap_or_default()
}

fn text(folded: &Folded, id: MemberId) -> Option<String> {
    folded.event.data.text(id).map(str::to_owned)
}

fn text_field(folded: &Folded, id: MemberId) -> Field {
    text(folded, id).map_or(Field::Absent, Field::Text)
}

fn rating_fields(folded: &Folded, settings: &Settings) -> Vec<Field> {
    let level = folded.event.data.integer(member::LEVEL).unwrap_or_default();
    let satisfied = settings.satisfied_level.unwrap_or(Settings::SATISFIED_LEVEL);
    vec![
        Field::Integer(level),
        Field::Boolean(folded.event.data.text(member::MODE) != Some("default")),
        Field::Boolean(level >= satisfied),
        text_field(folded, member::DEVICE),
    ]
}

fn complaint_fields(folded: &Folded, _: &Settings) -> Vec<Field> {
    let confirmed = folded.event.data.boolean(member::CONFIRMED).map_or(Field::Absent, Field::Boolean);
    vec![text_field(folded, member::CATEGORY), confirmed]
}

fn suggestion_fields(folded: &Folded, _: &Settings) -> Vec<Field> {
    vec![text_field(folded, member::ADOPTION)]
}

fn integer_field(folded: &Folded, id: MemberId) -> Field {
    folded.event.data.integer(id).map_or(Field::Absent, Field::Integer)
}

fn attendance_fields(folded: &Folded, _: &Settings) -> Vec<Field> {
    vec![
        text_field(folded, member::CATEGORY),
        integer_field(folded, member::DURATION_MS),
        integer_field(folded, member::HALF_DAYS),
        // Punch clocks say nothing of what is in order.
        Field::Boolean(folded.event.data.boolean(member::EXCUSED).unwrap_or(false)),
    ]
}

fn finding_fields(folded: &Folded, _: &Settings) -> Vec<Field> {
    let confirmed = folded.event.data.boolean(member::CONFIRMED).map_or(Field::Absent, Field::Boolean);
    let mut fields = vec![
        text_field(folded, member::CATEGORY),
        text_field(folded, member::GRADE),
        integer_field(folded, member::QUANTITY),
        confirmed,
    ];
    // Facts made before there was such a field keep their bytes.
    fields.extend(text(folded, member::REFERENCE).map(Field::Text));
    fields
}

fn share<L: Logins>(context: &mut Context<'_, L>, folded: &Folded) {
    let (event, time) = (&folded.event, folded.event.time);
    let side = |department, person| {
        let named = Place { department: text(folded, department), ..Place::default() };
        let person = event.data.actor(person);
        let place = context.organisation.complete_place(named, time);
        (Side { place, person: person.map(|person| context.organisation.canonical(person)) }, person)
    };
    let (provider, provider_person) = side(member::PROVIDER, member::PROVIDER_PERSON);
    let (receiver, receiver_person) = side(member::RECEIVER, member::RECEIVER_PERSON);
    let mut crediting = Crediting::one(provider_person);
    let credited = crediting.resolve(context.organisation);
    // The receiver's person may be unidentified too: awards to either wait.
    crediting.last = receiver_person;
    let (positions, records) = sources([folded]);
    let fact = Fact {
        id: event.key(),
        kind: FactKind::Share,
        occurred: time,
        date: context.organisation.zone().date(time),
        place: provider.place.clone(),
        matter: text(folded, member::MATTER),
        channel: None,
        credited,
        provider: Some(Box::new(provider)),
        receiver: Some(Box::new(receiver)),
        fields: vec![text_field(folded, member::ITEM)],
        departments: Vec::new(),
        derived: None,
        stated: None,
        sources: positions,
        records,
    };
    context.push(fact, None, &crediting);
}
