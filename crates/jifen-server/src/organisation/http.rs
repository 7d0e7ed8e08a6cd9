//! The organisation over HTTP: reading it as of a day, rehearsing changes, making them, and looking at those that were made.

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
use utoipa::IntoParams;

use super::{
    change::{Change, Ground, Planned},
    rehearse::{Rehearsal, admitted, rehearse},
    view::{OrganisationView, Posts, organisation, posts},
};
use crate::{
    app::App,
    audit,
    auth::{Caller, Permission, Reach, granting::reason_of},
    board::{CodeName, Names, ReadError},
    body::Body,
    intake::own::{self, Appended},
    problem::{Problem, ProblemBody},
    query::{Query, parsed},
};

/// Most changes of one request.
const CHANGES_MAX: usize = 50;
/// Most changes that are listed.
const LISTED_MAX: usize = 100;
/// How the ids of these events begin.
const IDS: &str = "organisation/";

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
    /// The changes, at most fifty, in the order they are made.
    changes: Vec<Change>,
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
}

/// Changes that were made on pages, newest first.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ChangesListed {
    /// The newest hundred.
    pub(crate) items: Vec<ChangeListed>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
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
    /// The window, department, hall or matter it names.
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
    read_day(&app, &caller, &params, organisation).await
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
        let (_, events) = tried(&Ground { database, row, region, now }, &asker, (&asked.changes, "rehearsal"))?;
        rehearse(database, row, region, (events, &asker.0.by(), now))
    });
    read.await.map(Json)
}

/// Make changes of the organisation, as dated events. What they reach is scored again.
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
    let id = format!("{IDS}{}", own::id_of(&headers)?);
    let (asker, now, known) = (caller.clone(), app.now(), id.clone());
    let read = app.read(&caller.0, move |database, row, region| {
        Ok(tried(&Ground { database, row, region, now }, &asker, (&asked.changes, &known))?.0)
    });
    let planned = read.await?;
    // Said before it is done: whoever changes the organisation is told of even if the machine stops between the two.
    let object = planned.iter().map(|one| one.kind.spec().name).collect::<Vec<_>>().join(" ");
    audit::write(&app, audit::entry(&app, &caller.0, "organisation.change", &object, &reason)).await?;
    let mut items = Vec::with_capacity(planned.len());
    for (index, one) in planned.iter().enumerate() {
        let envelope = |time: &str| one.envelope(&format!("{id}/{index}"), time);
        items.push(own::send_once(&app, &caller.0.region, caller.0.by(), envelope).await?);
    }
    Ok((StatusCode::OK, Json(ChangesMade { items })))
}

/// Changes of the organisation that were made on pages, newest first.
#[utoipa::path(
    get, path = "/api/v1/organisation/changes", tag = "organisation",
    responses((status = 200, body = ChangesListed))
)]
pub(crate) async fn list_changes(State(app): State<App>, caller: Caller) -> Result<Json<ChangesListed>, Problem> {
    let now = app.now();
    let read = app.read(&caller.0, move |database, row, region| {
        let orders = region.organisation().orders().filter(|(.., id)| id.starts_with(IDS));
        let keys: Vec<EventKey> = orders.map(|(_, _, source, id)| EventKey::of(source, id)).collect();
        let known = database.known(row.id, &keys)?;
        let mut positions: Vec<u64> = known.into_iter().flatten().map(|known| known.position).collect();
        positions.sort_unstable_by(|a, b| b.cmp(a));
        positions.truncate(LISTED_MAX);
        let mut records = database.records(row.id, &positions)?;
        records.sort_by_key(|record| std::cmp::Reverse(record.position));
        let people = records.iter().filter_map(|record| record.event.data.actor(member::PERSON));
        let people = people.flat_map(|actor| [actor.plain, actor.sourced]);
        let names = Names::load(database, row, region, people)?;
        let ground = Ground { database, row, region, now };
        let items = records.iter().map(|record| listed(&ground, &names, record)).collect::<Result<_, Problem>>()?;
        Ok(ChangesListed { items, next: None })
    });
    read.await.map(Json)
}

fn listed(ground: &Ground<'_>, names: &Names<'_>, record: &Record) -> Result<ChangeListed, Problem> {
    let Event { kind, time, data, .. } = &record.event;
    let person = data.actor(member::PERSON).map(|actor| {
        let code = names.actor_code(actor.plain).unwrap_or_else(|| names.actor(actor.sourced));
        CodeName { name: names.actor_name(actor.plain).unwrap_or_else(|| code.clone()), code }
    });
    let places = [member::WINDOW, member::DEPARTMENT, member::HALL, member::MATTER];
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

/// The events of changes, each of which who asks may append.
fn planned(ground: &Ground<'_>, caller: &Caller, changes: &[Change]) -> Result<Vec<Planned>, Problem> {
    if changes.is_empty() || changes.len() > CHANGES_MAX {
        let reason = format!("there must be 1 to {CHANGES_MAX} changes");
        return Err(Problem::MalformedBody { pointer: "/changes".to_owned(), reason });
    }
    let mut all = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        for one in ground.plan(index, change)? {
            caller.may_append(one.kind)?;
            all.push(one);
        }
    }
    Ok(all)
}

/// What changes plan, and the events of it as the journal would admit them now, their ids beginning with `id`.
fn tried(
    ground: &Ground<'_>,
    caller: &Caller,
    (changes, id): (&[Change], &str),
) -> Result<(Vec<Planned>, Vec<Event>), Problem> {
    let Ground { database, row, region, now } = *ground;
    let (planned, at) = (planned(ground, caller, changes)?, now.to_rfc3339());
    let envelopes: Vec<_> =
        planned.iter().enumerate().map(|(index, one)| one.envelope(&format!("{id}/{index}"), &at)).collect();
    let events = admitted(database, row, region, (&envelopes, &caller.0.by(), now))?;
    Ok((planned, events))
}
