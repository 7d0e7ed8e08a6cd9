//! What people should look at: facts on hold, events that make no fact, events that were refused.

use jifen_core::{
    case::AggregateKey,
    engine::{HeldFact, Region, anomaly_row, facts_of, held_row},
    event::{EventType, expected_zh},
    fact::{Fact, FactKind, Field, fields_of},
    id::EventKey,
    state::{Need, Rows, StateKind},
    time::Instant,
};
use jifen_store::{Database, Quarantined, RegionRow};
use serde::{Deserialize, Serialize};

use super::{Page, ReadError, names::Names};
use crate::{auth::Reach, privacy::mask::masked, query::cursor_text};

/// Why a fact is held that somebody discarded.
const DISCARDED: &str = "discarded";
/// Most rows one page looks at when it passes over discarded ones.
const HOLDS_SCANNED_MAX: usize = 5_000;

/// A fact on hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Hold)]
pub struct HoldView {
    /// The fact's id: `data.fact` of a `jifen.hold.released`.
    pub fact: String,
    /// Its digest: a release names what was judged.
    #[schema(required = true)]
    pub digest: Option<String>,
    /// Kind of fact.
    #[schema(required = true)]
    pub kind: Option<String>,
    /// Why it is held.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// Business time.
    #[schema(required = true)]
    pub occurred_at: Option<String>,
    /// Who served.
    #[schema(required = true)]
    pub person: Option<String>,
    /// Window.
    #[schema(required = true)]
    pub window: Option<String>,
    /// Key of the service it belongs to: `data.service` of a decision on it.
    #[schema(required = true)]
    pub service: Option<String>,
    /// Code of the case it belongs to: `data.case` of a decision on it.
    #[schema(required = true)]
    pub case: Option<String>,
    /// How long it took, of a service; milliseconds.
    #[schema(required = true)]
    pub duration_ms: Option<i64>,
}

/// An event that makes no fact, or a rule that cannot evaluate one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Anomaly)]
pub struct AnomalyView {
    /// Key of the event, or id of the fact where a rule is named.
    pub key: String,
    /// The rule that cannot evaluate the fact.
    #[schema(required = true)]
    pub rule: Option<String>,
    /// Stable code of the reason.
    pub reason: String,
    /// The service or case it belongs to: `s` or `c` and its key; empty for single events.
    pub aggregate: String,
}

/// An event kept outside the journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = QuarantinedEvent)]
pub struct QuarantineView {
    /// Number in the quarantine.
    pub number: u64,
    /// When it came.
    #[schema(format = DateTime)]
    pub received_at: String,
    /// The key that sent it.
    pub by: String,
    /// CloudEvents `source`.
    pub source: String,
    /// CloudEvents `id`.
    pub id: String,
    /// What is wrong.
    pub reason: String,
    /// What must stand at the pointer, in Chinese; `null` where only the reason says it.
    #[schema(required = true)]
    pub reason_zh: Option<String>,
    /// JSON pointer into the event.
    pub pointer: String,
    /// The event as received, with what is personal masked; `POST /api/v1/quarantine/{number}/unmasking` shows it.
    pub event: serde_json::Value,
    /// What became of it; `null` while it is open.
    #[schema(required = true)]
    pub resolution: Option<ResolutionView>,
}

/// How a refused event was resolved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Resolution)]
pub struct ResolutionView {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who, as the journal names them.
    pub by: String,
    /// Position of the record that mended it; `null`: it was set aside.
    #[schema(required = true)]
    pub position: Option<u64>,
    /// Id of the event that mended it.
    #[schema(required = true)]
    pub event: Option<String>,
    /// Why it was set aside.
    #[schema(required = true)]
    pub note: Option<String>,
}

/// Facts on hold, by id; those that somebody discarded only where asked for.
///
/// # Errors
/// Store faults.
pub fn holds(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    discarded: bool,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Page<HoldView>, ReadError> {
    let (mut items, mut after, mut scanned) = (Vec::new(), after, 0);
    loop {
        let wanted = limit - items.len();
        let (rows, last) = state_page(database, row, StateKind::Held, after, wanted)?;
        scanned += rows.len();
        for (key, value) in rows {
            let unreadable = || ReadError::Inconsistent("a hold cannot be read".to_owned());
            let held = held_row(&key, &value).ok_or_else(unreadable)?;
            if !reach.has_file(database, row, region, &held.locator)? {
                continue;
            }
            let view = hold(database, row, region, held)?;
            if discarded || view.reason.as_deref() != Some(DISCARDED) {
                items.push(view);
            }
        }
        if last.is_none() || items.len() >= limit || scanned >= HOLDS_SCANNED_MAX {
            return Ok(Page { items, next: last.map(|key| cursor_text(&key)) });
        }
        after = last;
    }
}

/// The fact of this id, if it is on hold.
pub(crate) fn held(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    fact: EventKey,
) -> Result<Option<HoldView>, ReadError> {
    let need = Need::Row(StateKind::Held, fact.0.to_vec());
    let found = database.load(row.id, &[need])?.into_iter().flatten().next();
    let held = found.and_then(|(key, value)| held_row(&key, &value));
    if let Some(held) = &held
        && !reach.has_file(database, row, region, &held.locator)?
    {
        return Ok(None);
    }
    held.map(|held| hold(database, row, region, held)).transpose()
}

fn hold(database: &Database, row: &RegionRow, region: &Region, held: HeldFact) -> Result<HoldView, ReadError> {
    let key = AggregateKey::from_bytes(&held.locator);
    let aggregate = Need::Row(StateKind::Aggregate, held.locator);
    let aggregate = database.load(row.id, &[aggregate])?.into_iter().flatten().next();
    let states = aggregate.map(|(_, value)| facts_of(&value)).transpose();
    let states = states.map_err(|error| ReadError::Inconsistent(error.to_string()))?.unwrap_or_default();
    let state = states.into_iter().find(|state| state.fact.id == held.fact);
    let names = Names::load(database, row, region, state.as_ref().map(|state| state.fact.credited.served))?;
    let fact = state.as_ref().map(|state| &state.fact);
    let (service, case) = match key {
        Some(AggregateKey::Service(key)) => (Some(key), None),
        Some(AggregateKey::Case(code)) => (None, Some(code)),
        Some(AggregateKey::Single(_) | AggregateKey::Made(_)) | None => (None, None),
    };
    Ok(HoldView {
        fact: held.fact.to_string(),
        digest: fact.map(|fact| fact.digest().to_string()),
        kind: fact.map(|fact| fact.kind.name().to_owned()),
        reason: state.as_ref().and_then(|state| state.held.clone()),
        occurred_at: fact.map(|fact| fact.occurred.to_rfc3339()),
        person: fact.map(|fact| names.actor(fact.credited.served)),
        window: fact.and_then(|fact| fact.place.window.clone()),
        service,
        case,
        duration_ms: fact.filter(|fact| fact.kind == FactKind::Service).and_then(duration),
    })
}

/// How long a service took at the counter.
fn duration(fact: &Fact) -> Option<i64> {
    let index = fields_of(fact.kind).iter().position(|field| field.name == "service_ms")?;
    match fact.fields.get(index) {
        Some(Field::Integer(ms)) => Some(*ms),
        Some(_) | None => None,
    }
}

/// Events that make no fact, by key.
///
/// # Errors
/// Store faults.
pub fn anomalies(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Page<AnomalyView>, ReadError> {
    let (rows, last) = state_page(database, row, StateKind::Anomaly, after, limit)?;
    let mut items = Vec::new();
    for (key, value) in rows {
        let unreadable = || ReadError::Inconsistent("an anomaly cannot be read".to_owned());
        let anomaly = anomaly_row(&key, &value).ok_or_else(unreadable)?;
        if !reach.has_file(database, row, region, &anomaly.locator)? {
            continue;
        }
        let single = anomaly.locator.first() == Some(&b'x');
        items.push(AnomalyView {
            key: anomaly.key.to_string(),
            rule: anomaly.rule,
            reason: anomaly.reason,
            aggregate: if single { String::new() } else { String::from_utf8_lossy(&anomaly.locator).into_owned() },
        });
    }
    Ok(Page { items, next: last.map(|key| cursor_text(&key)) })
}

/// Quarantined events, oldest first; with `open` those nobody has resolved.
///
/// # Errors
/// Store faults.
pub fn quarantine(
    database: &Database,
    (row, region): (&RegionRow, &Region),
    open: bool,
    after: u64,
    limit: usize,
) -> Result<Page<QuarantineView>, ReadError> {
    let mut rows = database.quarantine(row.id, open, after, limit.saturating_add(1))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|kept| cursor_text(&kept.number));
    let positions: Vec<u64> =
        rows.iter().filter_map(|kept| kept.resolution.as_ref().and_then(|resolution| resolution.position)).collect();
    let records = database.records(row.id, &positions)?;
    let event_at = |position: u64| {
        let found = records.iter().find(|record| record.position == position);
        found.map(|record| format!("{} #{}", record.event.source, record.event.id))
    };
    let items = rows.into_iter().map(|Quarantined { number, row, resolution }| {
        let event = serde_json::from_str(&row.body).unwrap_or(serde_json::Value::String(row.body));
        let kind = event["type"].as_str().and_then(EventType::parse);
        QuarantineView {
            number,
            reason_zh: kind.and_then(|kind| wanted_zh(region, kind, &event, &row.pointer)),
            received_at: row.received.to_rfc3339(),
            by: row.by,
            source: row.source,
            id: row.id,
            reason: row.reason,
            pointer: row.pointer,
            event: masked(&event),
            resolution: resolution.map(|resolution| ResolutionView {
                at: resolution.at.to_rfc3339(),
                by: resolution.by,
                position: resolution.position,
                event: resolution.position.and_then(event_at),
                note: resolution.note,
            }),
        }
    });
    Ok(Page { items: items.collect(), next })
}

/// What must stand where a refusal points: of facts of declared types, as their type says it now.
fn wanted_zh(region: &Region, kind: EventType, event: &serde_json::Value, pointer: &str) -> Option<String> {
    if kind != EventType::FactRecorded {
        return expected_zh(kind, pointer);
    }
    let name = event["data"]["fact_type"].as_str().unwrap_or_default();
    let date = event["time"].as_str().and_then(Instant::parse).map(|time| region.organisation().zone().date(time));
    let declared = date.and_then(|date| region.versions().fact_type(name, date));
    match (declared, pointer.strip_prefix("/data/fields/")) {
        (None, _) if pointer == "/data/fact_type" => {
            Some(format!("没有哪套规则声明过事实类型 `{name}`：先公布写有 `[[fact]]` 的规则集，或改正编号"))
        }
        (Some(declared), Some(field)) => Some(match declared.field(field) {
            Some(field) => field.wanted().zh,
            None => format!("“{}”没有字段 `{field}`，请去掉或改名", declared.title),
        }),
        (Some(declared), None) if pointer == "/data/fact_type" => {
            Some(format!("事实类型 `{name}`（{}）后来声明了，再送一次即可", declared.title))
        }
        _ => expected_zh(kind, pointer),
    }
}

/// Rows after a key, and the last one's key where there are more.
fn state_page(
    database: &Database,
    row: &RegionRow,
    kind: StateKind,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<(Rows, Option<Vec<u8>>), ReadError> {
    let from = after.map_or_else(Vec::new, |mut key| {
        key.push(0);
        key
    });
    let need = Need::Range { kind, from, to: vec![u8::MAX; 64], limit: limit.saturating_add(1) };
    let mut rows = database.load(row.id, &[need])?.pop().unwrap_or_default();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more).map(|(key, _)| key.clone());
    Ok((rows, last))
}
