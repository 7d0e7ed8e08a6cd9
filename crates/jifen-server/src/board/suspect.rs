//! What people should look at: facts on hold, events that make no fact, events that were refused.

use jifen_core::{
    engine::{Region, anomaly_row, facts_of, held_row},
    state::{Need, Rows, StateKind},
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{Page, ReadError, names::Names};
use crate::query::cursor_text;

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
    /// JSON pointer into the event.
    pub pointer: String,
    /// The event as received.
    pub event: serde_json::Value,
}

/// Facts on hold, by id.
///
/// # Errors
/// Store faults.
pub fn holds(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Page<HoldView>, ReadError> {
    let (rows, next) = state_page(database, row, StateKind::Held, after, limit)?;
    let mut items = Vec::with_capacity(rows.len());
    for (key, value) in rows {
        let held = held_row(&key, &value).ok_or_else(|| ReadError::Inconsistent("a hold cannot be read".to_owned()))?;
        let aggregate = Need::Row(StateKind::Aggregate, held.locator);
        let aggregate = database.load(row.id, &[aggregate])?.into_iter().flatten().next();
        let states = aggregate.map(|(_, value)| facts_of(&value)).transpose();
        let states = states.map_err(|error| ReadError::Inconsistent(error.to_string()))?.unwrap_or_default();
        let state = states.into_iter().find(|state| state.fact.id == held.fact);
        let names = Names::load(database, row, region, state.as_ref().map(|state| state.fact.credited.served))?;
        let fact = state.as_ref().map(|state| &state.fact);
        items.push(HoldView {
            fact: held.fact.to_string(),
            digest: fact.map(|fact| fact.digest().to_string()),
            kind: fact.map(|fact| fact.kind.name().to_owned()),
            reason: state.as_ref().and_then(|state| state.held.clone()),
            occurred_at: fact.map(|fact| fact.occurred.to_rfc3339()),
            person: fact.map(|fact| names.actor(fact.credited.served)),
            window: fact.and_then(|fact| fact.place.window.clone()),
        });
    }
    Ok(Page { items, next })
}

/// Events that make no fact, by key.
///
/// # Errors
/// Store faults.
pub fn anomalies(
    database: &Database,
    row: &RegionRow,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Page<AnomalyView>, ReadError> {
    let (rows, next) = state_page(database, row, StateKind::Anomaly, after, limit)?;
    let items = rows.iter().map(|(key, value)| {
        let unreadable = || ReadError::Inconsistent("an anomaly cannot be read".to_owned());
        let anomaly = anomaly_row(key, value).ok_or_else(unreadable)?;
        let single = anomaly.locator.first() == Some(&b'x');
        Ok(AnomalyView {
            key: anomaly.key.to_string(),
            rule: anomaly.rule,
            reason: anomaly.reason,
            aggregate: if single { String::new() } else { String::from_utf8_lossy(&anomaly.locator).into_owned() },
        })
    });
    Ok(Page { items: items.collect::<Result<_, ReadError>>()?, next })
}

/// Quarantined events, oldest first.
///
/// # Errors
/// Store faults.
pub fn quarantine(
    database: &Database,
    row: &RegionRow,
    after: u64,
    limit: usize,
) -> Result<Page<QuarantineView>, ReadError> {
    let mut rows = database.quarantine(row.id, after, limit.saturating_add(1))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(number, _)| cursor_text(number));
    let items = rows.into_iter().map(|(number, kept)| QuarantineView {
        number,
        received_at: kept.received.to_rfc3339(),
        by: kept.by,
        source: kept.source,
        id: kept.id,
        reason: kept.reason,
        pointer: kept.pointer,
        event: serde_json::from_str(&kept.body).unwrap_or(serde_json::Value::String(kept.body)),
    });
    Ok(Page { items: items.collect(), next })
}

fn state_page(
    database: &Database,
    row: &RegionRow,
    kind: StateKind,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<(Rows, Option<String>), ReadError> {
    let from = after.map_or_else(Vec::new, |mut key| {
        key.push(0);
        key
    });
    let need = Need::Range { kind, from, to: vec![u8::MAX; 64], limit: limit.saturating_add(1) };
    let mut rows = database.load(row.id, &[need])?.pop().unwrap_or_default();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(key, _)| cursor_text(key));
    Ok((rows, next))
}
