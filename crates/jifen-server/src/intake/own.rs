//! Events that a person's decision on a page makes. They take the way of every other event, under that person's own right and name.
//!
//! In: a type and its data. Out: where the record stands, or a problem that says what is wrong; nothing of it is quarantined.

use axum::http::HeaderMap;
use jifen_core::event::EventType;
use jifen_store::RegionRow;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    app::{App, blocking},
    auth::Caller,
    problem::Problem,
    writer::{Arrival, Outcome, Purpose},
};

/// Source of these events.
pub(crate) const SOURCE: &str = "jifen:pages";
/// The header under which a client may send a request again without doing it twice.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Longest such key.
const KEY_LENGTH_MAX: usize = 100;

/// Where an event stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Appended {
    /// `accepted`, or `repeated` where it was there already.
    pub(crate) status: String,
    /// Journal position.
    pub(crate) position: u64,
}

/// Appends an event of the caller's.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::EventRefused`]; [`Problem::Conflict`]; what the queue refuses.
pub(crate) async fn append(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    kind: EventType,
    data: Map<String, Value>,
) -> Result<Appended, Problem> {
    caller.may_append(kind)?;
    append_by(app, &caller.0.region, caller.0.by(), headers, kind, data).await
}

/// Appends an event of somebody whose right was looked at.
///
/// # Errors
/// As [`append`], without [`Problem::Forbidden`].
pub(crate) async fn append_by(
    app: &App,
    region: &RegionRow,
    by: String,
    headers: &HeaderMap,
    kind: EventType,
    data: Map<String, Value>,
) -> Result<Appended, Problem> {
    let id = id_of(headers)?;
    let envelope = |time: &str| {
        let envelope = json!({
            "specversion": "1.0",
            "source": SOURCE,
            "id": id,
            "type": kind.spec().name,
            "time": time,
            "data": data,
        });
        envelope.as_object().cloned().unwrap_or_default()
    };
    send_once(app, region, by, envelope).await
}

/// Sends an event that is made for the time of its sending, once, however often it is sent under its id.
///
/// # Errors
/// As [`append_by`].
pub(crate) async fn send_once(
    app: &App,
    region: &RegionRow,
    by: String,
    envelope: impl Fn(&str) -> Map<String, Value>,
) -> Result<Appended, Problem> {
    let outcome = send(app, region, by.clone(), envelope(&app.now().to_rfc3339()), Purpose::Person).await?;
    let Outcome::Conflicting { position } = outcome else { return appended(outcome, "") };
    // The same request again, but later: under the time of the first it is a repeat, unless it asks for something else.
    let (database, number) = (app.database().clone(), region.id);
    let first = blocking(move || Ok(database.records(number, &[position])?)).await?;
    let time = first.first().map(|record| record.event.time.to_rfc3339()).unwrap_or_default();
    appended(send(app, region, by, envelope(&time), Purpose::Person).await?, "")
}

/// Sends one envelope the way of every event.
pub(crate) async fn send(
    app: &App,
    region: &RegionRow,
    by: String,
    envelope: Map<String, Value>,
    purpose: Purpose,
) -> Result<Outcome, Problem> {
    let outcomes = send_all(app, region, by, vec![envelope], purpose).await?;
    outcomes.into_iter().next().ok_or_else(|| Problem::Inconsistent("the writer gave no answer".to_owned()))
}

/// Sends envelopes in one transaction.
pub(crate) async fn send_all(
    app: &App,
    region: &RegionRow,
    by: String,
    envelopes: Vec<Map<String, Value>>,
    purpose: Purpose,
) -> Result<Vec<Outcome>, Problem> {
    let bytes = envelopes.iter().map(|envelope| Value::Object(envelope.clone()).to_string().len()).sum();
    let received = app.now();
    let arrival = |envelope| Arrival { envelope, by: by.clone(), received, purpose };
    let writer = app.writer_of(region.id).ok_or_else(|| Problem::NotFound("region".to_owned()))?;
    Ok(writer.submit(envelopes.into_iter().map(arrival).collect(), bytes).await?)
}

/// What became of an event, where `root` leads to it in the request.
pub(crate) fn appended(outcome: Outcome, root: &str) -> Result<Appended, Problem> {
    match outcome {
        Outcome::Accepted { position } => Ok(Appended { status: "accepted".to_owned(), position }),
        Outcome::Repeated { position } => Ok(Appended { status: "repeated".to_owned(), position }),
        Outcome::Conflicting { position } => Err(Problem::Conflict(format!(
            "another event was accepted under this source and id, at position {position}"
        ))),
        Outcome::Rejected { reason, pointer } | Outcome::Quarantined { reason, pointer } => {
            Err(Problem::EventRefused {
                pointer: format!("{root}{pointer}"),
                reason_zh: reason.zh_apart(),
                reason: reason.en,
            })
        }
    }
}

/// The id of what a request asks for: by its key, or one of its own.
///
/// # Errors
/// [`Problem::MalformedHeader`].
pub(crate) fn id_of(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return random_id() };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_LENGTH_MAX);
    key.map(|key| format!("key/{key}")).ok_or_else(|| Problem::MalformedHeader {
        name: IDEMPOTENCY_KEY.to_owned(),
        reason: format!("it has 1 to {KEY_LENGTH_MAX} ASCII characters"),
    })
}

fn random_id() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Problem::Inconsistent(format!("no random bytes: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
