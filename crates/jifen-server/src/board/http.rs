//! The reading endpoints: each parses its query, reads, and renders. All need a key that may read points.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use jifen_core::{
    case::AggregateKey,
    hall::judge,
    id::EventKey,
    rule::{Dimension, SubjectKind},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    AnomalyView, CaseFileView, Cases, EntriesQuery, EntryView, Explanation, FactsPage, Found, HoldView, Leaderboard,
    LeaderboardQuery, OpenCase, Page, QuarantineView, ReadError, RegionView, SubjectQuery, SubjectView,
    WANTED_LENGTH_MAX, anomalies, case_file, entries, explain_page, holds, leaderboard, leaderboard_csv,
    names::SubjectKindWord,
    quarantine, regard,
    regard::KeyView,
    search, subject,
    workbook::{ENTRIES_MAX, entries_file, leaderboard_workbook},
};
use crate::{
    app::{App, blocking},
    auth::{Caller, Permission, Principal, Reach},
    problem::{Problem, ProblemBody},
    query::{self, Query, given, parsed},
    sheet::TableFormat,
};

const SUBJECT_KINDS: &str = "`person`, `window`, `department` or `hall`";
const DIMENSIONS: &str = "`efficiency`, `quality`, `innovation` or `collaboration`";

/// The region of the key.
#[utoipa::path(
    get, path = "/api/v1/region", tag = "points", params(NoParams),
    responses((status = 200, body = RegionView))
)]
pub(crate) async fn get_region(
    State(app): State<App>,
    caller: Caller,
    Query(NoParams {}): Query<NoParams>,
) -> Result<Json<RegionView>, Problem> {
    let permissions = caller.0.permissions().collect();
    let Principal { name, role, person, .. } = caller.0.clone();
    let key = KeyView { name, role: role.name().to_owned(), person, permissions };
    let now = app.now();
    let asker = caller.0.clone();
    let read = app.read(&caller.0, move |database, row, region| {
        let mut view = regard(database, row, region, key, now)?;
        let reach = Reach::of(&asker, Permission::SumsRead, database, row, region)?;
        view.halls.retain(|hall| reach.has_hall(&hall.code));
        Ok(view)
    });
    read.await.map(Json)
}

/// The leaderboard of one kind of subject.
#[utoipa::path(
    get, path = "/api/v1/leaderboard", tag = "points", params(LeaderboardParams),
    responses(
        (status = 200, description = "with `format=csv` the same as `text/csv`, with `format=xlsx` what the page lists as a workbook", body = Leaderboard),
        (status = 404, description = "no region of this code that the caller may read", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_leaderboard(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<LeaderboardParams>,
) -> Result<Response, Problem> {
    let kind = parsed("subject", &params.subject, SUBJECT_KINDS, SubjectKind::parse)?.unwrap_or(SubjectKind::Person);
    let permission = if kind == SubjectKind::Person { Permission::BoardRead } else { Permission::SumsRead };
    caller.may(permission)?;
    own_region(&caller, &params.region)?;
    let format = query::file_format(&params.format)?;
    let language = query::language(&params.lang)?;
    let wanted = LeaderboardQuery {
        subject: kind,
        period: query::period(&params.period)?,
        rule: given(&params.rule).map(str::to_owned),
        dimension: parsed("dimension", &params.dimension, DIMENSIONS, Dimension::parse)?,
        min_facts: parsed("min_facts", &params.min_facts, "a whole number", |text| {
            text.parse().ok().filter(|facts| *facts >= 0)
        })?,
        after: query::cursor(&params.cursor)?,
        // What a spreadsheet gets is the whole board.
        limit: match (format, &params.limit) {
            (None, limit) => Some(query::limit(limit)?),
            (Some(_), None) => None,
            (Some(_), Some(_)) => Some(rows(&params.limit)?),
        },
    };
    let board = app.read_boards(&caller.0, permission, move |reader| Ok(leaderboard(reader, &wanted)?));
    let board = board.await?;
    // The name has only what this program wrote: kind and period.
    let name = format!("leaderboard-{}-{}", board.subject, board.period);
    match format {
        None => Ok(Json(board).into_response()),
        Some(TableFormat::Csv) => {
            let bytes = leaderboard_csv(&board).map_err(ReadError::from)?;
            Ok((TableFormat::Csv.attachment(&name), bytes).into_response())
        }
        Some(TableFormat::Workbook) => {
            let file = blocking(move || Ok(leaderboard_workbook(&board, language)?)).await?;
            Ok(TableFormat::Workbook.download(&name, file))
        }
    }
}

/// Rows of a file: as many as a sheet holds.
fn rows(limit: &Option<String>) -> Result<usize, Problem> {
    let rows = parsed("limit", limit, &format!("a whole number from 1 to {ENTRIES_MAX}"), |text| {
        text.parse().ok().filter(|rows| (1..=ENTRIES_MAX).contains(rows))
    })?;
    Ok(rows.unwrap_or(ENTRIES_MAX))
}

/// One subject's points.
#[utoipa::path(
    get, path = "/api/v1/subjects/{kind}/{code}", tag = "points",
    params(
        ("kind" = SubjectKindWord, Path, description = "`person`, `window`, `department` or `hall`"),
        ("code" = String, Path, description = "the source's own code"),
        SubjectParams
    ),
    responses(
        (status = 200, body = SubjectView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_subject(
    State(app): State<App>,
    caller: Caller,
    Path((kind, code)): Path<(String, String)>,
    Query(params): Query<SubjectParams>,
) -> Result<Json<SubjectView>, Problem> {
    own_region(&caller, &params.region)?;
    let kind = SubjectKind::parse(&kind);
    let kind = kind.ok_or_else(|| Problem::NotFound("kind of subject of this name".to_owned()))?;
    let permission = if kind == SubjectKind::Person { Permission::PointsRead } else { Permission::SumsRead };
    caller.may(permission)?;
    let wanted = SubjectQuery { kind, code, period: query::period(&params.period)? };
    let read = app.read_boards(&caller.0, permission, move |reader| Ok(subject(reader, &wanted)?));
    read.await.map(Json)
}

/// Entries of the ledger, newest first.
#[utoipa::path(
    get, path = "/api/v1/entries", tag = "points", params(EntriesParams),
    responses(
        (status = 200, description = "with `format=csv` and `format=xlsx` what the page lists, as a file", body = Page<EntryView>),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list_entries(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<EntriesParams>,
) -> Result<Response, Problem> {
    own_region(&caller, &params.region)?;
    let format = query::file_format(&params.format)?;
    let kind = parsed("subject_kind", &params.subject_kind, SUBJECT_KINDS, SubjectKind::parse)?;
    let subject = match (kind, given(&params.subject)) {
        (Some(kind), Some(code)) => Some((kind, code.to_owned())),
        (None, None) => None,
        (Some(_), None) => return Err(Problem::query("subject", "`subject_kind` needs `subject`, a code")),
        (None, Some(_)) => {
            return Err(Problem::query("subject_kind", format!("`subject` needs `subject_kind`: {SUBJECT_KINDS}")));
        }
    };
    let wanted = EntriesQuery {
        subject,
        period: query::period(&params.period)?,
        rule: given(&params.rule).map(str::to_owned),
        dimension: parsed("dimension", &params.dimension, DIMENSIONS, Dimension::parse)?,
        before: query::cursor(&params.cursor)?,
        limit: if format.is_some() { rows(&params.limit)? } else { query::limit(&params.limit)? },
    };
    if let Some(format) = format {
        let language = query::language(&params.lang)?;
        let name = format!("entries-{}", wanted.period);
        let read = app.read_within(&caller.0, Permission::PointsRead, move |database, row, region, reach| {
            Ok(entries_file(database, row, region, reach, wanted, (format, language))?)
        });
        let too_many = || Problem::query("period", format!("more than {ENTRIES_MAX} entries; choose a shorter one"));
        let file = read.await?.ok_or_else(too_many)?;
        return Ok(format.download(&name, file));
    }
    let read = app.read_within(&caller.0, Permission::PointsRead, move |database, row, region, reach| {
        Ok(entries(database, row, region, reach, &wanted)?)
    });
    read.await.map(|page| Json(page).into_response())
}

/// Why an entry stands: rule, value, band, facts, events, digests.
#[utoipa::path(
    get, path = "/api/v1/entries/{region}/{position}", tag = "points",
    params(
        ("region" = String, Path, description = "region code"),
        ("position" = u64, Path, description = "place in the region's ledger"),
        ExplainParams
    ),
    responses(
        (status = 200, body = Explanation),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn explain_entry(
    State(app): State<App>,
    caller: Caller,
    Path((region, position)): Path<(String, String)>,
    Query(params): Query<ExplainParams>,
) -> Result<Json<Explanation>, Problem> {
    own_region(&caller, &Some(region))?;
    let position: u64 = position.parse().map_err(|_| Problem::NotFound("entry of this position".to_owned()))?;
    let after = query::cursor::<String>(&params.cursor)?;
    let wanted = "the `facts_next` of the page before";
    let after = parsed("cursor", &after, wanted, EventKey::parse_hex)?;
    let page = FactsPage { after, limit: query::limit(&params.limit)? };
    let read = app.read_within(&caller.0, Permission::PointsRead, move |database, row, region, reach| {
        Ok(explain_page(database, row, region, reach, position, page)?)
    });
    read.await.map(Json)
}

/// Find people, windows, departments, halls, cases and numbers by code or name.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "points", params(SearchParams),
    responses((status = 200, body = Found))
)]
pub(crate) async fn search_subjects(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<SearchParams>,
) -> Result<Json<Found>, Problem> {
    let wanted = given(&params.q).ok_or_else(|| Problem::query("q", "say what to look for"))?.to_owned();
    if wanted.chars().count() > WANTED_LENGTH_MAX {
        return Err(Problem::query("q", format!("look for at most {WANTED_LENGTH_MAX} characters")));
    }
    let asker = caller.0.clone();
    let sees_cases = caller.can(Permission::CaseRead);
    let read = app.read_within(&caller.0, Permission::SubjectSearch, move |database, row, region, reach| {
        let cases = if sees_cases {
            Cases::Shown(Reach::of(&asker, Permission::CaseRead, database, row, region)?)
        } else {
            Cases::Hidden
        };
        Ok(search(database, row, region, reach, &wanted, &cases)?)
    });
    read.await.map(Json)
}

/// Events kept outside the journal, oldest first, as they came in.
#[utoipa::path(
    get, path = "/api/v1/quarantine", tag = "suspects", params(QuarantineParams),
    responses((status = 200, body = Page<QuarantineView>))
)]
pub(crate) async fn list_quarantine(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<QuarantineParams>,
) -> Result<Json<Page<QuarantineView>>, Problem> {
    let (after, limit) = (query::cursor(&params.cursor)?.unwrap_or(0), query::limit(&params.limit)?);
    let open = parsed("open", &params.open, "`true` or `false`", |text| text.parse().ok())?.unwrap_or(false);
    app.read(&caller.0, move |database, row, region| Ok(quarantine(database, (row, region), open, after, limit)?))
        .await
        .map(Json)
}

/// Facts on hold.
#[utoipa::path(
    get, path = "/api/v1/holds", tag = "suspects", params(HoldsParams),
    responses((status = 200, body = Page<HoldView>))
)]
pub(crate) async fn list_holds(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<HoldsParams>,
) -> Result<Json<Page<HoldView>>, Problem> {
    let (after, limit) = (query::cursor(&params.cursor)?, query::limit(&params.limit)?);
    let discarded = parsed("discarded", &params.discarded, "`true` or `false`", |text| text.parse().ok())?;
    let discarded = discarded.unwrap_or(false);
    let read = app.read_within(&caller.0, Permission::SuspectRead, move |database, row, region, reach| {
        Ok(holds(database, row, region, reach, discarded, after, limit)?)
    });
    read.await.map(Json)
}

/// Events that make no fact, and rules that cannot evaluate one.
#[utoipa::path(
    get, path = "/api/v1/anomalies", tag = "suspects", params(PageParams),
    responses((status = 200, body = Page<AnomalyView>))
)]
pub(crate) async fn list_anomalies(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<PageParams>,
) -> Result<Json<Page<AnomalyView>>, Problem> {
    let (after, limit) = (query::cursor(&params.cursor)?, query::limit(&params.limit)?);
    let read = app.read_within(&caller.0, Permission::SuspectRead, move |database, row, region, reach| {
        Ok(anomalies(database, row, region, reach, after, limit)?)
    });
    read.await.map(Json)
}

/// No parameters at all.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParams {}

/// Query of the leaderboard.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LeaderboardParams {
    /// Must be the key's region.
    region: Option<String>,
    /// `person` (default), `window`, `department` or `hall`.
    #[param(value_type = Option<SubjectKindWord>)]
    subject: Option<String>,
    /// `2026-11-23`, `2026-W48`, `2026-11`, `2026-Q4`, `2026` or `all` (default).
    period: Option<String>,
    /// Of one rule only.
    rule: Option<String>,
    /// Of one dimension only.
    dimension: Option<String>,
    /// Facts needed to be ranked; the region's setting without.
    #[param(value_type = Option<i64>, minimum = 0)]
    min_facts: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// `json` (default), `csv` or `xlsx`; a file holds the whole board unless `limit` says otherwise.
    format: Option<String>,
    /// Language of a workbook, `zh` (default) or `en`.
    lang: Option<String>,
}

/// Query of a subject.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubjectParams {
    /// Must be the key's region.
    region: Option<String>,
    /// As at the leaderboard.
    period: Option<String>,
}

/// Query of entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesParams {
    /// Must be the key's region.
    region: Option<String>,
    /// With `subject`.
    #[param(value_type = Option<SubjectKindWord>)]
    subject_kind: Option<String>,
    /// Code; a place gives its own entries and its people's.
    subject: Option<String>,
    /// As at the leaderboard.
    period: Option<String>,
    /// Of one rule only.
    rule: Option<String>,
    /// Of one dimension only.
    dimension: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// `json` (default), `csv` or `xlsx`; a file holds all entries unless `limit` says otherwise.
    format: Option<String>,
    /// Language of a workbook, `zh` (default) or `en`.
    lang: Option<String>,
}

/// Query of an explanation.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExplainParams {
    /// `facts_next` of the page before.
    cursor: Option<String>,
    /// Facts of a period, 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// Query of the search.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// The beginning of a code or name; of a place any part of it.
    q: Option<String>,
}

/// Query of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// Query of the holds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HoldsParams {
    /// `true`: those that somebody discarded too.
    #[param(value_type = Option<bool>)]
    discarded: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// One case: its events, its clock, what is true about it and what that gave.
#[utoipa::path(
    get, path = "/api/v1/cases/{code}", tag = "points", params(("code" = String, Path, description = "the case code")),
    responses(
        (status = 200, body = CaseFileView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_case(
    State(app): State<App>,
    caller: Caller,
    Path(code): Path<String>,
    Query(NoParams {}): Query<NoParams>,
) -> Result<Json<CaseFileView>, Problem> {
    let read = app.read_hall(&caller.0, Permission::CaseRead, move |database, row, region, seen| {
        let (_, now) = judge::now(&seen.kept.day, seen.clock);
        let open = OpenCase { case: seen.kept.day.cases.get(&code), now };
        Ok(case_file(database, row, region, seen.reach, &AggregateKey::Case(code.clone()), &open)?)
    });
    read.await.map(Json)
}

/// One counter service: its events, what is true about it and what that gave.
#[utoipa::path(
    get, path = "/api/v1/services/{key}", tag = "points", params(("key" = String, Path, description = "key of the service: the queue number")),
    responses(
        (status = 200, body = CaseFileView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_service(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(NoParams {}): Query<NoParams>,
) -> Result<Json<CaseFileView>, Problem> {
    let now = app.now();
    let read = app.read_within(&caller.0, Permission::CaseRead, move |database, row, region, reach| {
        let open = OpenCase { case: None, now };
        Ok(case_file(database, row, region, reach, &AggregateKey::Service(key), &open)?)
    });
    read.await.map(Json)
}

/// Query of the quarantine.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuarantineParams {
    /// `true`: those that nobody has mended or set aside.
    #[param(value_type = Option<bool>)]
    open: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// A region named in a request must be the key's; others do not exist for this key.
pub(crate) fn own_region(caller: &Caller, named: &Option<String>) -> Result<(), Problem> {
    match given(named) {
        Some(region) if region != caller.0.region.code => Err(Problem::NotFound("region of this code".to_owned())),
        _ => Ok(()),
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Absent(what) => Self::NotFound(what),
            ReadError::Store(error) => error.into(),
            ReadError::Inconsistent(cause) => Self::Inconsistent(cause),
            ReadError::Output(error) => Self::Inconsistent(error.to_string()),
        }
    }
}
