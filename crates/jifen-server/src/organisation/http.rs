//! The organisation over HTTP: reading it as of a day, rehearsing changes, making them, and looking at those that were made.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use jifen_core::{
    engine::Region,
    event::{Event, member},
    id::EventKey,
    journal::Record,
    time::Date,
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::{
    change::{Change, Planned},
    plan::Ground,
    rehearse::Rehearsal,
    stage::{BACK, BATCH_MAX, BATCHES, CHANGES_MAX, IDS, batch_of, keys_of, records_of, staged},
    view::{OrganisationView, Posts, organisation, posts},
};
use crate::{
    app::App,
    audit,
    auth::{Caller, Permission, Reach, granting::reason_of},
    board::{CodeName, Names, ReadError},
    body::{Body, malformed},
    intake::own::{self, Appended},
    problem::{Problem, ProblemBody},
    query::{Query, parsed},
    writer::Purpose,
};

/// Most changes that are listed, and most batches.
const LISTED_MAX: usize = 100;
/// Longest name of a batch's file, in characters.
const FILE_CHARACTERS_MAX: usize = 100;

/// As of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DayParams {
    /// The day, `2026-11-23`; today without.
    on: Option<String>,
}

/// Changes that somebody wants.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganisationChanges)]
pub(crate) struct Changes {
    /// The changes in the order they are made; at most fifty, a thousand as a batch.
    changes: Vec<Change>,
    /// They are a batch, listed and taken back as one: the name of the file they come from, which the trail keeps.
    #[serde(default)]
    batch: Option<String>,
    /// Why: the document they rest on.
    reason: String,
}

/// Changes to be rehearsed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RehearsedChanges)]
pub(crate) struct Rehearsed {
    /// The changes, at most fifty.
    changes: Vec<Change>,
}

/// What became of changes.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ChangesMade {
    /// The events that make them.
    pub(crate) items: Vec<Appended>,
    /// What the batch is called, where they are one.
    #[schema(required = true)]
    pub(crate) batch: Option<String>,
}

/// Changes that were made on pages, newest first.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ChangesListed {
    /// The newest hundred of those made one by one.
    pub(crate) items: Vec<ChangeListed>,
    /// The newest hundred batches.
    pub(crate) batches: Vec<BatchListed>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// Changes that were made as one.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ChangeBatch)]
pub(crate) struct BatchListed {
    /// What it is called, in the ids of its events and in the trail.
    pub(crate) batch: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub(crate) made_at: String,
    /// By whom, as the journal names them.
    pub(crate) by: String,
    /// How many events it is.
    pub(crate) events: u64,
    /// When it was taken back.
    #[schema(required = true, format = DateTime)]
    pub(crate) taken_back_at: Option<String>,
    /// By whom.
    #[schema(required = true)]
    pub(crate) taken_back_by: Option<String>,
}

/// A change that was made on a page.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ChangeListed {
    /// Its journal position.
    pub(crate) position: u64,
    /// Type of the event, `jifen.roster.assigned`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub(crate) made_at: String,
    /// By whom, as the journal names them.
    pub(crate) by: String,
    /// Whom it is about, where it is about a person.
    #[schema(required = true)]
    pub(crate) person: Option<CodeName>,
    /// The window, department, hall, matter or leave it names.
    pub(crate) places: Vec<String>,
    /// The post it is about.
    #[schema(required = true)]
    pub(crate) post: Option<String>,
    /// From when.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Until when, that moment not included.
    #[schema(required = true, format = DateTime)]
    pub(crate) to: Option<String>,
    /// Whether it can be taken back.
    pub(crate) may_take_back: bool,
}

/// The organisation on a day: halls, departments, windows, people and who is assigned where, matters with their limits.
#[utoipa::path(
    get, path = "/api/v1/organisation", tag = "organisation", params(DayParams),
    responses((status = 200, body = OrganisationView))
)]
pub(crate) async fn get_organisation(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<DayParams>,
) -> Result<Json<OrganisationView>, Problem> {
    let sees_kinds = caller.can(Permission::RosterEdit);
    let view = move |database: &Database, row: &RegionRow, region: &Region, seen: (&Reach, Date)| {
        organisation(database, row, region, seen, sees_kinds)
    };
    read_day(&app, &caller, &params, view).await
}

/// Posts and who held them, from when to when.
#[utoipa::path(
    get, path = "/api/v1/posts", tag = "organisation", params(DayParams),
    responses((status = 200, body = Posts))
)]
pub(crate) async fn list_posts(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<DayParams>,
) -> Result<Json<Posts>, Problem> {
    read_day(&app, &caller, &params, posts).await
}

/// What `view` tells of the day that was asked about, today without.
async fn read_day<T: Send + 'static>(
    app: &App,
    caller: &Caller,
    params: &DayParams,
    view: impl FnOnce(&Database, &RegionRow, &Region, (&Reach, Date)) -> Result<T, ReadError> + Send + 'static,
) -> Result<Json<T>, Problem> {
    let (on, now) = (parsed("on", &params.on, "a date such as `2026-11-23`", Date::parse)?, app.now());
    let read = app.read_within(&caller.0, Permission::OrganisationRead, move |database, row, region, reach| {
        let date = on.unwrap_or_else(|| region.organisation().zone().date(now));
        Ok(view(database, row, region, (reach, date))?)
    });
    read.await.map(Json)
}

/// Work out what changes would do to points, by the engine itself, before they are made. Nothing is kept.
#[utoipa::path(
    post, path = "/api/v1/organisation/rehearsals", tag = "organisation", request_body = Rehearsed,
    responses(
        (status = 200, body = Rehearsal),
        (status = 409, description = "a recalculation is under way", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn rehearse_changes(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<Rehearsed>,
) -> Result<Json<Rehearsal>, Problem> {
    let (asker, now) = (caller.clone(), app.now());
    let read = app.read(&caller.0, move |database, row, region| {
        let staged = staged((database, row, region), (&asker, now), (&asked.changes, CHANGES_MAX))?;
        staged.stage.finish(staged.kept)
    });
    read.await.map(Json)
}

/// Make changes of the organisation, as dated events: all of them or none. What they reach is scored again.
#[utoipa::path(
    post, path = "/api/v1/organisation/changes", tag = "organisation", request_body = Changes,
    params(("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 200, body = ChangesMade),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn make_changes(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(asked): Body<Changes>,
) -> Result<(StatusCode, Json<ChangesMade>), Problem> {
    let reason = reason_of(&asked.reason)?;
    if asked.batch.as_ref().is_some_and(|file| !(1..=FILE_CHARACTERS_MAX).contains(&file.chars().count())) {
        let reason = format!("the name of a file has 1 to {FILE_CHARACTERS_MAX} characters");
        return Err(malformed("/batch", reason));
    }
    let ids = Ids::of(&asked, &own::id_of(&headers)?);
    let (asker, now, prefix) = (caller.clone(), app.now(), ids.prefix.clone());
    let max = if asked.batch.is_some() { BATCH_MAX } else { CHANGES_MAX };
    let read = app.read(&caller.0, move |database, row, region| {
        let made = keys_of(region.organisation(), |id| id.starts_with(&prefix));
        if !made.is_empty() {
            return Ok(Err(records_of(database, row, &made)?));
        }
        Ok(Ok(staged((database, row, region), (&asker, now), (&asked.changes, max))?.planned))
    });
    let planned = match read.await? {
        Ok(planned) => planned,
        // The same request again.
        Err(records) => {
            let repeated = |record: Record| Appended { status: "repeated".to_owned(), position: record.position };
            let items = records.into_iter().map(repeated).collect();
            return Ok((StatusCode::OK, Json(ChangesMade { items, batch: ids.batch })));
        }
    };
    // Said before it is done: whoever changes the organisation is told of even if the machine stops between the two.
    let object = ids.object.unwrap_or_else(|| {
        let kinds: Vec<&str> = planned.iter().map(|one| one.kind.spec().name).collect();
        kinds.join(" ")
    });
    audit::write(&app, audit::entry(&app, &caller.0, "organisation.change", &object, &reason)).await?;
    let time = now.to_rfc3339();
    let envelope = |(index, one): (usize, &Planned)| one.envelope(&format!("{}{index}", ids.prefix), &time);
    let envelopes = planned.iter().enumerate().map(envelope).collect();
    let outcomes = own::send_all(&app, &caller.0.region, caller.0.by(), envelopes, Purpose::Person).await?;
    let appended = outcomes.into_iter().enumerate();
    let items = appended.map(|(index, outcome)| own::appended(outcome, &format!("/changes/{index}")));
    Ok((StatusCode::OK, Json(ChangesMade { items: items.collect::<Result<_, _>>()?, batch: ids.batch })))
}

/// How the events of a request are called.
struct Ids {
    /// How their ids begin; the same for the same request under the same key.
    prefix: String,
    /// The batch they are.
    batch: Option<String>,
    /// What the trail calls a batch.
    object: Option<String>,
}

impl Ids {
    fn of(asked: &Changes, key: &str) -> Self {
        if let [Change::TakeBackBatch { batch }] = asked.changes.as_slice() {
            let back = format!("{batch}{BACK}");
            let object = Some(format!("{BATCHES}{back}"));
            return Self { prefix: format!("{BATCHES}{back}/"), batch: Some(back), object };
        }
        let text = serde_json::json!([key, asked.changes]).to_string();
        let name: String = Sha256::digest(text.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        match &asked.batch {
            Some(file) => {
                let object = Some(format!("{BATCHES}{name} {file}"));
                Self { prefix: format!("{BATCHES}{name}/"), batch: Some(name), object }
            }
            None => Self { prefix: format!("{IDS}{name}/"), batch: None, object: None },
        }
    }
}

/// Changes of the organisation that were made on pages, newest first.
#[utoipa::path(
    get, path = "/api/v1/organisation/changes", tag = "organisation",
    responses((status = 200, body = ChangesListed))
)]
pub(crate) async fn list_changes(State(app): State<App>, caller: Caller) -> Result<Json<ChangesListed>, Problem> {
    let now = app.now();
    let read = app.read(&caller.0, move |database, row, region| {
        let is_single = |id: &str| id.starts_with(IDS) && batch_of(id).is_none();
        let mut records = records_of(database, row, &keys_of(region.organisation(), is_single))?;
        records.reverse();
        records.truncate(LISTED_MAX);
        let people = records.iter().filter_map(|record| record.event.data.actor(member::PERSON));
        let people = people.flat_map(|actor| [actor.plain, actor.sourced]);
        let names = Names::load(database, row, region, people)?;
        let ground = Ground { database, row, region, now };
        let items = records.iter().map(|record| listed(&ground, &names, record)).collect::<Result<_, Problem>>()?;
        Ok(ChangesListed { items, batches: batches(database, row, region)?, next: None })
    });
    read.await.map(Json)
}

/// Batches by name, the newest first.
fn batches(database: &Database, row: &RegionRow, region: &Region) -> Result<Vec<BatchListed>, Problem> {
    let mut keys: BTreeMap<&str, Vec<EventKey>> = BTreeMap::new();
    for (_, _, source, id) in region.organisation().orders() {
        if let Some(batch) = batch_of(id) {
            keys.entry(batch).or_default().push(EventKey::of(source, id));
        }
    }
    let mut found = Vec::new();
    for (batch, keys_of_batch) in keys.iter().filter(|(batch, _)| !batch.ends_with(BACK)) {
        let known = |keys: &[EventKey]| Ok::<_, Problem>(database.known(row.id, keys)?.into_iter().flatten().next());
        let Some(first) = known(&keys_of_batch[..1])? else { continue };
        let back = keys.get(format!("{batch}{BACK}").as_str()).map(|keys| known(&keys[..1])).transpose()?.flatten();
        found.push((first.position, back.map(|back| back.position), (*batch).to_owned(), keys_of_batch.len()));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(LISTED_MAX);
    let positions: Vec<u64> = found.iter().flat_map(|(first, back, ..)| [Some(*first), *back]).flatten().collect();
    let records: BTreeMap<u64, Record> =
        database.records(row.id, &positions)?.into_iter().map(|record| (record.position, record)).collect();
    let made = |position: u64| {
        let record = records.get(&position);
        (
            record.map(|one| one.received.to_rfc3339()).unwrap_or_default(),
            record.map(|one| one.by.clone()).unwrap_or_default(),
        )
    };
    let listed = |(first, back, batch, events): (u64, Option<u64>, String, usize)| {
        let ((made_at, by), back) = (made(first), back.map(made));
        let (taken_back_at, taken_back_by) = back.unzip();
        BatchListed { batch, made_at, by, events: events as u64, taken_back_at, taken_back_by }
    };
    Ok(found.into_iter().map(listed).collect())
}

fn listed(ground: &Ground<'_>, names: &Names<'_>, record: &Record) -> Result<ChangeListed, Problem> {
    let Event { kind, time, data, .. } = &record.event;
    let person = data.actor(member::PERSON).map(|actor| {
        let code = names.actor_code(actor.plain).unwrap_or_else(|| names.actor(actor.sourced));
        CodeName { name: names.actor_name(actor.plain).unwrap_or_else(|| code.clone()), code }
    });
    let places = [member::WINDOW, member::DEPARTMENT, member::HALL, member::MATTER, member::LEAVE];
    Ok(ChangeListed {
        position: record.position,
        kind: kind.spec().name.to_owned(),
        made_at: record.received.to_rfc3339(),
        by: record.by.clone(),
        person,
        places: places.into_iter().filter_map(|id| data.text(id)).map(str::to_owned).collect(),
        post: data.text(member::POST).map(str::to_owned),
        from: data.time(member::FROM).unwrap_or(*time).to_rfc3339(),
        to: data.time(member::TO).map(jifen_core::time::Instant::to_rfc3339),
        may_take_back: ground.plan_back(&record.event)?.is_some(),
    })
}
