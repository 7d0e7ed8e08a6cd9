//! `GET /api/v1/audit`: the trail, newest first, searched, as a page or a file. Whoever sees their own acts alone sees no others.
//! `GET /api/v1/audit/chain`: whether the chain of its digests holds.

use std::fs::File;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use jifen_core::time::{Date, Instant};
use jifen_store::{AuditFilter, AuditKind, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::table;
use crate::{
    app::App,
    auth::{Caller, Permission},
    board::http::NoParams,
    problem::Problem,
    query::{self, Query, cursor_text, given, parsed},
    sheet::TableFormat,
};

/// Entries of the trail, newest first.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AuditPage {
    /// Entries.
    pub(crate) items: Vec<AuditView>,
    /// Cursor of the next page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// Somebody did or read something.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditView {
    /// Place in the region's trail, from 1 without gaps.
    pub(crate) position: u64,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// `change`, `reading` or `sign_in`.
    pub(crate) kind: String,
    /// Who, as the journal names them: `manager:account/lan`, `source:queue`.
    pub(crate) actor: String,
    /// Where from; empty on the server itself.
    pub(crate) address: String,
    /// What: `role.grant`, `quarantine.read` …
    pub(crate) act: String,
    /// Of what.
    pub(crate) object: String,
    /// Why, where somebody said.
    pub(crate) reason: String,
    /// Id of the request.
    pub(crate) request: String,
    /// SHA-256 over the digest before and this entry.
    pub(crate) digest: String,
}

impl AuditView {
    fn of(record: AuditRecord) -> Self {
        let row = record.row;
        Self {
            position: record.position,
            at: row.at.to_rfc3339(),
            kind: row.kind.name().to_owned(),
            actor: row.actor,
            address: row.address,
            act: row.act,
            object: row.object,
            reason: row.reason,
            request: row.request,
            digest: record.digest.to_string(),
        }
    }
}

/// Query of the trail.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// `change`, `reading` or `sign_in`; all without.
    kind: Option<String>,
    /// Whose, exactly as an entry says.
    actor: Option<String>,
    /// What actor, act, object or reason hold.
    q: Option<String>,
    /// First day.
    #[param(value_type = Option<String>)]
    from: Option<String>,
    /// Last day.
    #[param(value_type = Option<String>)]
    to: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 1000, default 50; a file has all.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// `json`, `csv` or `xlsx`
    format: Option<String>,
    /// Language of a file: `zh` or `en`
    lang: Option<String>,
}

/// Whether the trail's chain holds.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AuditChain {
    /// Entries that were followed.
    pub(crate) entries: u64,
    /// The last digest: kept elsewhere, it shows later that nothing before it was cut off or replaced.
    pub(crate) digest: String,
    /// The first position that does not fit; `null`: all do.
    #[schema(required = true)]
    pub(crate) broken: Option<u64>,
}

/// Follows the trail's chain from its first entry to its last.
#[utoipa::path(
    get, path = "/api/v1/audit/chain", tag = "accounts", params(NoParams),
    responses((status = 200, body = AuditChain))
)]
pub(crate) async fn get_audit_chain(
    State(app): State<App>,
    caller: Caller,
    Query(NoParams {}): Query<NoParams>,
) -> Result<Json<AuditChain>, Problem> {
    let verdict = app.read(&caller.0, |database, row, _| Ok(database.verify_audit(row.id, None)?)).await?;
    let digest = verdict.digest.to_string();
    Ok(Json(AuditChain { entries: verdict.entries, digest, broken: verdict.broken }))
}

/// The audit trail: who did or read what, when, from where, why.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "accounts", params(AuditParams),
    responses((status = 200, description = "with `format=csv` or `format=xlsx` all entries that fit, a line each", body = AuditPage))
)]
pub(crate) async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<AuditParams>,
) -> Result<Response, Problem> {
    let format = query::file_format(&params.format)?;
    let language = query::language(&params.lang)?;
    let kind = parsed("kind", &params.kind, "`change`, `reading` or `sign_in`", |text| {
        AuditKind::ALL.into_iter().find(|kind| kind.name() == text)
    })?;
    let date = |name, value| parsed(name, value, "a date such as `2026-11-23`", Date::parse);
    let (from, to) = (date("from", &params.from)?, date("to", &params.to)?);
    let limit = query::limit(&params.limit)?;
    let own = (!caller.0.has_whole(Permission::AuditRead)).then(|| caller.0.by());
    let mut filter = AuditFilter {
        kind,
        actor: given(&params.actor).map(str::to_owned),
        text: given(&params.q).map(str::to_owned),
        from: None,
        to: None,
        before: query::cursor(&params.cursor)?,
        limit: limit + 1,
    };
    if let Some(own) = own {
        // Who asks for another's acts is shown none.
        if filter.actor.as_ref().is_some_and(|actor| *actor != own) {
            filter.before = Some(0);
        }
        filter.actor = Some(own);
    }
    let read = app.read(&caller.0, move |database, row, region| {
        let zone = region.organisation().zone();
        filter.from = from.map(|from| zone.day_start(from));
        filter.to = to.map(|to| zone.day_start(to.plus(1))).map(|to| Instant(to.0));
        match format {
            None => Ok(Answer::Page(database.audited(row.id, &filter)?)),
            Some(format) => Ok(Answer::File(table::file(database, row, filter, format, language)?, format)),
        }
    });
    let mut records = match read.await? {
        Answer::Page(records) => records,
        Answer::File(file, format) => return Ok(format.download("audit", file)),
    };
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records.last().filter(|_| more).map(|last| cursor_text(&last.position));
    Ok(Json(AuditPage { items: records.into_iter().map(AuditView::of).collect(), next }).into_response())
}

/// As what the trail is answered.
enum Answer {
    Page(Vec<AuditRecord>),
    File(File, TableFormat),
}
