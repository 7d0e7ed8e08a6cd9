//! What stands behind an entry: its facts as they are now, their source events, and whether their digests agree.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    case::FactState,
    engine::{FactLine, Region, facts_of, tally_fact_range, tally_of},
    event::{Event, Said, Value, reveal},
    fact::{Fact, FactType, Field, FieldSpec, FieldType, fields_of},
    id::{ActorId, ActorRef, Digest, EventKey},
    journal::Record,
    language::Language,
    ledger::Anchor,
    rule::{Rule, Sheet},
    state::{Need, StateKind},
};
use jifen_store::{Database, RegionRow, StoredEntry};

use super::{
    ReadError,
    explain::{EventView, FactView, FactsPage, FieldView},
    names::Names,
    ranked::{Remark, remarks},
    resident,
};

/// Most facts of a period that the digest is computed over.
const DIGEST_FACTS_MAX: usize = 1_000_000;
/// Source events shown of one fact; the first ones.
const EVENTS_MAX: usize = 200;

/// Facts and what they come to.
pub(super) struct Evidence {
    pub(super) facts: Vec<FactView>,
    pub(super) total: u64,
    /// The last fact shown, where there are more.
    pub(super) next: Option<EventKey>,
    /// Amount and number of facts compared with the bands; 1 fact where nothing is divided.
    pub(super) measured: Option<(i128, u64)>,
    /// What the one fact weighs, in thousandths.
    pub(super) weight: Option<i64>,
    /// What other facts make of the award.
    pub(super) remarks: Vec<Remark>,
    /// Digest of the facts as they are now.
    pub(super) facts_digest: Option<Digest>,
    /// Whether the records shown have the digests their facts name.
    pub(super) records: bool,
}

/// A fact and why it is held.
type Held = (Fact, Option<String>);

/// Gathers the evidence of an entry.
pub(super) fn evidence(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    stored: &StoredEntry,
    page: FactsPage,
) -> Result<Evidence, ReadError> {
    let rule = resident::rule(region, stored.entry.version, &stored.entry.rule);
    match stored.entry.anchor {
        Anchor::Fact(id) => of_fact(database, row, region, stored, id, rule.as_ref()),
        Anchor::Period(_) => of_period(database, row, region, stored, page, rule.as_ref()),
    }
}

fn of_fact(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    stored: &StoredEntry,
    id: EventKey,
    rule: Option<&Rule>,
) -> Result<Evidence, ReadError> {
    let found = states_at(database, row, std::slice::from_ref(&stored.locator))?;
    let state = found.into_iter().find(|state| state.fact.id == id);
    let remarks = state.as_ref().map(|state| remarks(region, state, stored)).unwrap_or_default();
    let fact = state.map(|state| (state.fact, state.held));
    let person_known =
        stored.entry.person.is_some_and(|person| resident::actor_kind(region, person) != super::ActorKindWord::Unknown);
    let scored = fact.as_ref().zip(rule).and_then(|((fact, _), rule)| rule.score_fact(fact, person_known).ok());
    let facts: Vec<Held> = fact.into_iter().collect();
    let (views, records) = fact_views(database, row, region, &facts)?;
    Ok(Evidence {
        facts: views,
        total: stored.entry.facts_count,
        next: None,
        weight: scored.and_then(|scored| scored.weight),
        remarks,
        measured: scored.and_then(|scored| scored.value).map(|value| (i128::from(value), 1)),
        facts_digest: facts.first().map(|(fact, _)| fact.digest()),
        records,
    })
}

fn of_period(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    stored: &StoredEntry,
    page: FactsPage,
    rule: Option<&Rule>,
) -> Result<Evidence, ReadError> {
    if Sheet::is_base(&stored.entry.rule) {
        // Everybody begins with it: no fact stands behind.
        let facts_digest = Some(Digest::of_parts([]));
        let facts = Vec::new();
        return Ok(Evidence {
            facts,
            total: 0,
            next: None,
            measured: None,
            weight: None,
            remarks: Vec::new(),
            facts_digest,
            records: true,
        });
    }
    let tally = Need::Row(StateKind::Tally, stored.locator.clone());
    let needs = [tally, tally_fact_range(&stored.locator, None, DIGEST_FACTS_MAX)];
    let mut answers = database.load(row.id, &needs)?;
    let lines = answers.pop().unwrap_or_default();
    let lines: Option<Vec<FactLine>> = lines.iter().map(|(key, value)| FactLine::parse(key, value)).collect();
    let mut lines = lines.ok_or_else(|| ReadError::Inconsistent("a tally's fact cannot be read".to_owned()))?;
    let facts_digest = Digest::of_parts(lines.iter().flat_map(|line| [&line.fact.0[..], &line.line.digest.0[..]]));
    let total = lines.len() as u64;
    let measured = match answers.pop().unwrap_or_default().first() {
        None => None,
        Some((_, value)) => {
            let tally = tally_of(value).map_err(|error| ReadError::Inconsistent(error.to_string()))?;
            rule.and_then(|rule| divided(rule, tally.measured(rule)?, tally.facts))
        }
    };
    // A score sheet's are by rule, and several may rest on one fact.
    lines.sort_by_key(|line| line.fact);
    lines.dedup_by_key(|line| line.fact);
    lines.retain(|line| page.after.is_none_or(|after| line.fact > after));
    let more = lines.len() > page.limit;
    lines.truncate(page.limit);
    let next = lines.last().filter(|_| more).map(|line| line.fact);
    let wanted: BTreeSet<EventKey> = lines.iter().map(|line| line.fact).collect();
    let locators: BTreeSet<Vec<u8>> = lines.into_iter().map(|line| line.line.locator).collect();
    let mut facts = facts_at(database, row, &locators.into_iter().collect::<Vec<_>>())?;
    facts.retain(|(fact, _)| wanted.contains(&fact.id));
    facts.sort_by_key(|(fact, _)| fact.id);
    let (views, records) = fact_views(database, row, region, &facts)?;
    Ok(Evidence {
        facts: views,
        total,
        next,
        measured,
        weight: None,
        remarks: Vec::new(),
        facts_digest: Some(facts_digest),
        records,
    })
}

/// What a period's measure compares: rates and means are divided by the number of facts, weighted counts by what 1 weighs.
fn divided(rule: &Rule, amount: i64, facts: i64) -> Option<(i128, u64)> {
    let divisor = rule.measure_divisor(u64::try_from(facts).ok()?)?;
    Some((i128::from(amount), divisor))
}

fn facts_at(database: &Database, row: &RegionRow, locators: &[Vec<u8>]) -> Result<Vec<Held>, ReadError> {
    let states = states_at(database, row, locators)?;
    Ok(states.into_iter().map(|state| (state.fact, state.held)).collect())
}

fn states_at(database: &Database, row: &RegionRow, locators: &[Vec<u8>]) -> Result<Vec<FactState>, ReadError> {
    let needs: Vec<Need> = locators.iter().map(|key| Need::Row(StateKind::Aggregate, key.clone())).collect();
    let mut facts = Vec::new();
    for (_, value) in database.load(row.id, &needs)?.into_iter().flatten() {
        let states = facts_of(&value).map_err(|error| ReadError::Inconsistent(error.to_string()))?;
        facts.extend(states);
    }
    Ok(facts)
}

/// The facts for people, and whether their records have the digests they name.
fn fact_views(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    facts: &[Held],
) -> Result<(Vec<FactView>, bool), ReadError> {
    let mut records = BTreeMap::new();
    for (fact, _) in facts {
        let found = database.records(row.id, &fact.sources)?;
        records.insert(fact.id, found);
    }
    let actors = records.values().flatten().flat_map(|record| actors_of(&record.event));
    let served = facts.iter().map(|(fact, _)| fact.credited.served);
    let names = Names::load(database, row, region, actors.map(|actor| actor.sourced).chain(served))?;
    let mut agree = !facts.is_empty();
    let mut views = Vec::with_capacity(facts.len());
    for (fact, held) in facts {
        let records = records.get(&fact.id).map(Vec::as_slice).unwrap_or_default();
        let digests: Vec<Digest> = records.iter().map(Record::digest).collect();
        agree &= Digest::of_parts(digests.iter().map(|digest| &digest.0[..])) == fact.records;
        let events = records.iter().zip(digests).take(EVENTS_MAX);
        let events = events.map(|(record, digest)| event_view(record, digest, &names)).collect();
        views.push(fact_view(fact, held.clone(), events, &names));
    }
    Ok((views, agree))
}

pub(super) fn actors_of(event: &Event) -> Vec<ActorRef> {
    let named = event.data.iter().flat_map(|(_, value)| match value {
        Value::Actor(actor) => vec![*actor],
        Value::Shares(shares) => shares.iter().map(|(actor, _)| *actor).collect(),
        _ => Vec::new(),
    });
    named.collect()
}

pub(super) fn fact_view(fact: &Fact, held: Option<String>, events: Vec<EventView>, names: &Names<'_>) -> FactView {
    let served: ActorId = fact.credited.served;
    let declared = fact.stated.as_deref().and_then(|stated| names.declared(fact).map(|declared| (declared, stated)));
    let fields: Vec<FieldView> = match declared {
        Some((declared, stated)) => stated.fields.iter().map(|said| stated_view(declared, said)).collect(),
        None => fields_of(fact.kind).iter().zip(&fact.fields).map(|(spec, field)| field_view(spec, field)).collect(),
    };
    FactView {
        id: fact.id.to_string(),
        kind: fact.kind.name().to_owned(),
        type_zh: declared.map(|(declared, _)| declared.title.clone()),
        type_en: declared.map(|(declared, _)| declared.title_in(Language::English).to_owned()),
        digest: fact.digest().to_string(),
        occurred_at: fact.occurred.to_rfc3339(),
        date: fact.date.to_string(),
        matter: fact.matter.clone(),
        matter_name: fact.matter.as_deref().map(|code| names.matter(code)),
        channel: fact.channel.clone(),
        person: Some(names.actor(served)),
        person_name: names.actor_name(served),
        window: fact.place.window.clone(),
        department: fact.place.department.clone(),
        hall: fact.place.hall.clone(),
        held,
        fields,
        events,
    }
}

fn field_view(spec: &FieldSpec, field: &Field) -> FieldView {
    let (value, not_evaluable) = match field {
        Field::Absent => (None, None),
        Field::Integer(number) => (Some(number.to_string()), None),
        Field::Boolean(yes) => (Some(yes.to_string()), None),
        Field::Text(text) => (Some(text.clone()), None),
        Field::NotEvaluable(reason) => (None, Some(reason.clone())),
    };
    let kind = match spec.kind {
        FieldType::Integer => "integer",
        FieldType::Boolean => "boolean",
        FieldType::Text => "text",
    };
    FieldView {
        name: spec.name.to_string(),
        zh: spec.zh.to_string(),
        en: spec.en.to_string(),
        r#type: kind.to_owned(),
        duration: spec.duration,
        value,
        not_evaluable,
    }
}

/// What an event said of a declared field; one that its type no longer has goes by its name.
fn stated_view(declared: &FactType, (name, said): &(String, Said)) -> FieldView {
    let known = declared.fields.iter().zip(&declared.specs).find(|(field, _)| field.name == *name);
    let read = known.and_then(|(field, spec)| Some((spec, field.kind.read(said)?)));
    match read {
        // A decimal is shown as it was said: what rules count are its thousandths.
        Some((spec, field)) if !spec.decimal => field_view(spec, &field),
        _ => FieldView {
            name: name.clone(),
            zh: known.map_or_else(|| name.clone(), |(_, spec)| spec.zh.to_string()),
            en: known.map_or_else(|| name.clone(), |(_, spec)| spec.en.to_string()),
            r#type: "text".to_owned(),
            duration: false,
            value: Some(match said {
                Said::Text(text) => text.clone(),
                Said::Integer(number) => number.to_string(),
                Said::Boolean(yes) => yes.to_string(),
            }),
            not_evaluable: None,
        },
    }
}

pub(super) fn event_view(record: &Record, digest: Digest, names: &Names<'_>) -> EventView {
    let event = &record.event;
    EventView {
        position: record.position,
        source: event.source.clone(),
        id: event.id.clone(),
        r#type: event.kind.spec().name.to_owned(),
        time: event.time.to_rfc3339(),
        received_at: record.received.to_rfc3339(),
        digest: digest.to_string(),
        data: reveal(&event.data, &|actor| names.actor_code(actor.sourced)),
    }
}
