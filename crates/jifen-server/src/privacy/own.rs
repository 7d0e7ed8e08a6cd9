//! 本人数据: everything that is kept of who asks, as one file, written page by page into a temporary one.
//!
//! In: a signed-in account. Out: its own rows, texts and entries of its person, and the entries of the trail that concern either; of other
//! people nothing but what they did to these.

use std::{
    fs::File,
    io::{BufWriter, Seek, Write},
};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jifen_core::{engine::Region, rule::SubjectKind, time::Period};
use jifen_store::{AuditFilter, AuditKind, AuditRecord, AuditRow, Database, PersonalRow, RegionRow, StoreError};
use serde::Serialize;
use serde_json::{Value, json};

use super::ids_of;
use crate::{
    app::App,
    audit,
    auth::{Caller, Principal, Reach},
    board::{EntriesQuery, entries},
    problem::Problem,
    sheet::file_body,
};

/// Rows read at a time.
const PAGE: usize = 500;
/// The act in the trail.
const ACT: &str = "person.data";

/// Everything that is kept of who asks, as a file: account, roles, sessions, texts, entries, and what the trail tells of them.
#[utoipa::path(
    get, path = "/api/v1/accounts/data", tag = "personal data",
    responses((status = 200, description = "a file of JSON", content_type = "application/json", body = serde_json::Value))
)]
pub(crate) async fn get_own_data(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let principal = caller.0.clone();
    let made_at = app.now().to_rfc3339();
    let file = app.read(&caller.0, move |database, row, region| {
        written(database, row, region, &principal, &made_at).map_err(unmade)
    });
    let file = file.await?;
    // What is not written down is not told.
    let told = AuditRow { kind: AuditKind::Reading, ..audit::entry(&app, &caller.0, ACT, &caller.0.name, "") };
    audit::write(&app, told).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"jifen-data.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, file_body(file)).into_response())
}

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
enum Unmade {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] crate::board::ReadError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

fn unmade(error: Unmade) -> Problem {
    match error {
        Unmade::Store(error) => error.into(),
        Unmade::Read(error) => error.into(),
        Unmade::Io(_) | Unmade::Json(_) => Problem::Inconsistent(format!("the file was not made: {error}")),
    }
}

fn written(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    principal: &Principal,
    made_at: &str,
) -> Result<File, Unmade> {
    let mut output = BufWriter::new(tempfile::tempfile()?);
    let name = &principal.name;
    let account = database.account(row.id, name)?;
    let account = account.map(|account| {
        json!({
            "name": account.name, "role": account.role, "person": account.person, "disabled": account.disabled,
            "must_change": account.must_change, "created_at": account.created.to_rfc3339(),
        })
    });
    let factor = database.factor(row.id, name)?.is_some_and(|factor| factor.confirmed.is_some());
    let (made_at, code) = (Value::from(made_at), Value::from(&row.code[..]));
    let account = Value::from(account);
    write!(output, "{{\"made_at\":{made_at},\"region\":{code},\"account\":{account},\"second_factor\":{factor}")?;
    let roles = database.grants_of(row.id, name)?.into_iter().map(|grant| {
        json!({
            "role": grant.role, "place_kind": grant.place_kind, "place": grant.place, "reason": grant.reason,
            "begins_at": grant.begins.to_rfc3339(), "ends_at": grant.ends.map(|ends| ends.to_rfc3339()),
            "granted_by": grant.granted_by, "revoked_at": grant.revoked.map(|at| at.to_rfc3339()),
        })
    });
    list(&mut output, "roles", roles)?;
    let sessions = database.sessions(row.id)?.into_iter().filter(|session| session.account == *name).map(|session| {
        json!({
            "number": session.number, "agent": session.agent, "created_at": session.created.to_rfc3339(),
            "last_seen_at": session.last_seen.to_rfc3339(),
        })
    });
    list(&mut output, "sessions", sessions)?;
    let code = principal.person.as_deref();
    let ids = code.map(|code| ids_of(database, row, region, code).unwrap_or_default()).unwrap_or_default();
    let mut texts = Vec::new();
    for id in ids {
        texts.extend(database.texts_of(row.id, id)?);
    }
    list(&mut output, "texts", texts.into_iter().map(text))?;
    output.write_all(b",\"entries\":[")?;
    if let Some(code) = code {
        let reach = Reach::oneself(principal, database, row, region)?;
        write_entries(database, row, region, &reach, code, &mut output)?;
    }
    output.write_all(b"],\"trail\":[")?;
    write_trail(database, row, principal, &mut output)?;
    output.write_all(b"]}\n")?;
    let mut file = output.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

fn text(row: PersonalRow) -> Value {
    json!({"position": row.position, "member": row.member, "text": row.text})
}

fn list(output: &mut impl Write, name: &str, items: impl Iterator<Item = Value>) -> Result<(), Unmade> {
    write!(output, ",\"{name}\":[")?;
    let mut first = true;
    for item in items {
        put(output, &mut first, &item)?;
    }
    Ok(output.write_all(b"]")?)
}

fn put(output: &mut impl Write, first: &mut bool, item: &impl Serialize) -> Result<(), Unmade> {
    if !std::mem::replace(first, false) {
        output.write_all(b",")?;
    }
    Ok(serde_json::to_writer(output, item)?)
}

fn write_entries(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    code: &str,
    output: &mut impl Write,
) -> Result<(), Unmade> {
    let (mut first, mut before) = (true, None);
    loop {
        let subject = Some((SubjectKind::Person, code.to_owned()));
        let wanted = EntriesQuery { subject, period: Period::ALL, rule: None, dimension: None, before, limit: PAGE };
        let page = match entries(database, row, region, reach, &wanted) {
            Ok(page) => page,
            // Nobody who has ever been heard of.
            Err(crate::board::ReadError::Absent(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        for entry in &page.items {
            put(output, &mut first, entry)?;
        }
        match page.items.last() {
            Some(last) if page.next.is_some() => before = Some(last.position),
            Some(_) | None => return Ok(()),
        }
    }
}

/// What the account did, and what others did or read about it or its person.
fn write_trail(
    database: &Database,
    row: &RegionRow,
    principal: &Principal,
    output: &mut impl Write,
) -> Result<(), Unmade> {
    let (mut first, mut before) = (true, None);
    loop {
        let filter = AuditFilter { before, limit: PAGE, ..AuditFilter::default() };
        let records = database.audited(row.id, &filter)?;
        for record in records.iter().filter(|record| concerns(record, principal)) {
            put(output, &mut first, &told(record, principal))?;
        }
        match records.last() {
            Some(last) if records.len() == PAGE => before = Some(last.position),
            Some(_) | None => return Ok(()),
        }
    }
}

fn is_by(row: &AuditRow, principal: &Principal) -> bool {
    row.actor.strip_suffix(&principal.name).is_some_and(|before| before.ends_with(":account/"))
}

fn concerns(record: &AuditRecord, principal: &Principal) -> bool {
    let is_meant = |word: &str| word == principal.name || principal.person.as_deref() == Some(word);
    let words = |text: &str| text.split([' ', '/', '?', '&', '=', ',']).any(is_meant);
    is_by(&record.row, principal) || words(&record.row.object)
}

fn told(record: &AuditRecord, principal: &Principal) -> Value {
    let row = &record.row;
    // Where somebody else was is theirs.
    let address = if is_by(row, principal) { row.address.as_str() } else { "" };
    json!({
        "position": record.position, "at": row.at.to_rfc3339(), "kind": row.kind.name(), "actor": row.actor,
        "address": address, "act": row.act, "object": row.object, "reason": row.reason,
    })
}
