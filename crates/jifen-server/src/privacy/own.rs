//! 本人数据: everything that is kept of who asks, as one file, written page by page into a temporary one.
//!
//! In: a signed-in account. Out: its own rows, texts and entries of its person, the facts behind those, and the entries of the trail that
//! concern either; of other people nothing but what they did to these.

use std::fs::File;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jifen_core::{engine::Region, rule::SubjectKind, time::Period};
use jifen_store::{AuditFilter, AuditKind, AuditRecord, AuditRow, Database, PersonalRow, RegionRow, StoreError};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::{
    ids_of,
    own_file::{DataFile, DataFormat, List},
};
use crate::{
    app::App,
    audit,
    auth::{Caller, Principal, Reach},
    board::{EntriesQuery, EventView, FactView, FactsPage, entries, facts_behind},
    problem::Problem,
    query::{self, Query, parsed},
    sheet::file_body,
};

/// Rows read at a time.
const PAGE: usize = 500;
/// The act in the trail.
const ACT: &str = "person.data";

/// As what the file is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DataParams {
    /// `json`, with everything, unless given; `xlsx`, a workbook with a sheet for each list
    #[param(value_type = Option<String>)]
    format: Option<String>,
    /// `zh`, unless given, or `en`: the titles of a workbook
    #[param(value_type = Option<String>)]
    lang: Option<String>,
}

/// Everything that is kept of who asks, as a file: account, roles, sessions, texts, entries, the facts behind them, and what the trail
/// tells of them.
#[utoipa::path(
    get, path = "/api/v1/accounts/data", tag = "personal data", params(DataParams),
    responses((status = 200, description = "a file of JSON, or a workbook", content_type = "application/json", body = serde_json::Value))
)]
pub(crate) async fn get_own_data(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<DataParams>,
) -> Result<Response, Problem> {
    let language = query::language(&params.lang)?;
    let format = parsed("format", &params.format, "`json` or `xlsx`", |text| match text {
        "json" => Some(DataFormat::Json),
        "xlsx" => Some(DataFormat::Workbook(language)),
        _ => None,
    });
    let format = format?.unwrap_or(DataFormat::Json);
    let principal = caller.0.clone();
    let made_at = app.now().to_rfc3339();
    let file = app.read(&caller.0, move |database, row, region| {
        Own { database, row, region, principal: &principal }.written(format, &made_at).map_err(unmade)
    });
    let file = file.await?;
    // What is not written down is not told.
    let told = AuditRow { kind: AuditKind::Reading, ..audit::entry(&app, &caller.0, ACT, &caller.0.name, "") };
    audit::write(&app, told).await?;
    let unkept = [(header::CACHE_CONTROL, "no-store")];
    Ok((unkept, format.attachment("jifen-data"), file_body(file)).into_response())
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

/// Whose data, and where they are.
struct Own<'a> {
    database: &'a Database,
    row: &'a RegionRow,
    region: &'a Region,
    principal: &'a Principal,
}

const ACCOUNT: List = List {
    name: "account",
    zh: "账号",
    en: "Account",
    columns: &[
        ("name", "账号", "Account"),
        ("role", "角色", "Role"),
        ("person", "人员编号", "Person"),
        ("second_factor", "二次验证", "Second factor"),
        ("created_at", "建立", "Made"),
        ("region", "区划", "Region"),
        ("made_at", "本文件生成", "This file was made"),
    ],
};
const ROLES: List = List {
    name: "roles",
    zh: "角色",
    en: "Roles",
    columns: &[
        ("role", "角色", "Role"),
        ("place_kind", "范围", "Of"),
        ("place", "地点", "Place"),
        ("begins_at", "自", "From"),
        ("ends_at", "至", "To"),
        ("revoked_at", "收回", "Revoked"),
        ("granted_by", "授予人", "Granted by"),
        ("reason", "理由", "Reason"),
    ],
};
const SESSIONS: List = List {
    name: "sessions",
    zh: "登录",
    en: "Sessions",
    columns: &[
        ("number", "编号", "Number"),
        ("created_at", "登录", "Signed in"),
        ("last_seen_at", "最近使用", "Last used"),
        ("agent", "浏览器", "Browser"),
    ],
};
const TEXTS: List = List {
    name: "texts",
    zh: "个人信息",
    en: "Personal data",
    columns: &[("position", "日志位置", "Position"), ("member", "字段", "Member"), ("text", "内容", "Text")],
};
const ENTRIES: List = List {
    name: "entries",
    zh: "流水",
    en: "Entries",
    columns: &[
        ("position", "流水号", "Entry"),
        ("business_date", "日期", "Date"),
        ("rule_title", "规则", "Rule"),
        ("points", "分值", "Points"),
        ("kind", "类别", "Kind"),
        ("dimension", "维度", "Dimension"),
        ("window", "窗口", "Window"),
        ("department", "部门", "Department"),
        ("hall", "大厅", "Hall"),
        ("booked_month", "入账月份", "Booked in"),
        ("reverses", "冲正的流水号", "Takes back"),
    ],
};
const FACTS: List = List {
    name: "facts",
    zh: "依据",
    en: "Facts",
    columns: &[
        ("entry", "流水号", "Entry"),
        ("id", "事实编号", "Fact"),
        ("kind", "种类", "Kind"),
        ("occurred_at", "时间", "Time"),
        ("matter", "事项", "Matter"),
        ("channel", "渠道", "Channel"),
        ("window", "窗口", "Window"),
        ("department", "部门", "Department"),
        ("hall", "大厅", "Hall"),
        ("held", "存疑", "Held"),
        ("fields", "内容", "Content"),
        ("events", "来源事件", "Source events"),
    ],
};
const TRAIL: List = List {
    name: "trail",
    zh: "操作日志",
    en: "Trail",
    columns: &[
        ("position", "序号", "Position"),
        ("at", "时间", "Time"),
        ("kind", "类别", "Kind"),
        ("actor", "谁", "Who"),
        ("act", "做了什么", "What"),
        ("object", "对象", "About"),
        ("reason", "理由", "Reason"),
        ("address", "地址", "Address"),
    ],
};

impl Own<'_> {
    fn written(&self, format: DataFormat, made_at: &str) -> Result<File, Unmade> {
        let Self { database, row, region, principal } = *self;
        let mut output = DataFile::new(format)?;
        let name = &principal.name;
        let account = database.account(row.id, name)?.map(|account| {
            json!({
                "name": account.name, "role": account.role, "person": account.person, "disabled": account.disabled,
                "must_change": account.must_change, "created_at": account.created.to_rfc3339(),
            })
        });
        let mut members = Map::new();
        members.insert("made_at".to_owned(), made_at.into());
        members.insert("region".to_owned(), row.code.as_str().into());
        let factor = database.factor(row.id, name)?.is_some_and(|factor| factor.confirmed.is_some());
        members.insert("second_factor".to_owned(), factor.into());
        let mut all = members.clone();
        all.extend(account.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
        members.insert("account".to_owned(), account.into());
        output.head(&ACCOUNT, &members, &Value::Object(all))?;
        output.begin(&ROLES)?;
        for grant in database.grants_of(row.id, name)? {
            output.push(&json!({
                "role": grant.role, "place_kind": grant.place_kind, "place": grant.place, "reason": grant.reason,
                "begins_at": grant.begins.to_rfc3339(), "ends_at": grant.ends.map(|ends| ends.to_rfc3339()),
                "granted_by": grant.granted_by, "revoked_at": grant.revoked.map(|at| at.to_rfc3339()),
            }))?;
        }
        output.begin(&SESSIONS)?;
        for session in database.sessions(row.id)?.into_iter().filter(|session| session.account == *name) {
            output.push(&json!({
                "number": session.number, "agent": session.agent, "created_at": session.created.to_rfc3339(),
                "last_seen_at": session.last_seen.to_rfc3339(),
            }))?;
        }
        output.begin(&TEXTS)?;
        let code = principal.person.as_deref();
        let ids = code.map(|code| ids_of(database, row, region, code).unwrap_or_default()).unwrap_or_default();
        for id in ids {
            for row in database.texts_of(row.id, id)? {
                output.push(&text(&row))?;
            }
        }
        let positions = self.write_entries(&mut output)?;
        output.begin(&FACTS)?;
        for position in positions {
            self.write_facts(position, &mut output)?;
        }
        self.write_trail(&mut output)?;
        Ok(output.finish()?)
    }

    /// Writes the entries, newest first; gives their positions.
    fn write_entries(&self, output: &mut DataFile) -> Result<Vec<u64>, Unmade> {
        let Self { database, row, region, principal } = *self;
        output.begin(&ENTRIES)?;
        let (mut positions, mut before) = (Vec::new(), None);
        let Some(code) = &principal.person else { return Ok(positions) };
        let reach = Reach::oneself(principal, database, row, region)?;
        loop {
            let subject = Some((SubjectKind::Person, code.clone()));
            let wanted =
                EntriesQuery { subject, period: Period::ALL, rule: None, dimension: None, before, limit: PAGE };
            let page = match entries(database, row, region, &reach, &wanted) {
                Ok(page) => page,
                // Nobody who has ever been heard of.
                Err(crate::board::ReadError::Absent(_)) => return Ok(positions),
                Err(error) => return Err(error.into()),
            };
            for entry in &page.items {
                output.push(&serde_json::to_value(entry)?)?;
                positions.push(entry.position);
            }
            match page.items.last() {
                Some(last) if page.next.is_some() => before = Some(last.position),
                Some(_) | None => return Ok(positions),
            }
        }
    }

    /// Writes the facts behind an entry, as they are now, each with the events that made it; of who else was there, nothing.
    fn write_facts(&self, position: u64, output: &mut DataFile) -> Result<(), Unmade> {
        let Self { database, row, region, .. } = *self;
        let mut after = None;
        loop {
            let (facts, next) = facts_behind(database, row, region, position, FactsPage { after, limit: PAGE })?;
            for fact in &facts {
                output.push(&fact_of(position, fact))?;
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// What the account did, and what others did or read about it or its person.
    fn write_trail(&self, output: &mut DataFile) -> Result<(), Unmade> {
        let Self { database, row, principal, .. } = *self;
        output.begin(&TRAIL)?;
        let mut before = None;
        loop {
            let filter = AuditFilter { before, limit: PAGE, ..AuditFilter::default() };
            let records = database.audited(row.id, &filter)?;
            for record in records.iter().filter(|record| concerns(record, principal)) {
                output.push(&told(record, principal))?;
            }
            match records.last() {
                Some(last) if records.len() == PAGE => before = Some(last.position),
                Some(_) | None => return Ok(()),
            }
        }
    }
}

fn text(row: &PersonalRow) -> Value {
    json!({"position": row.position, "member": row.member, "text": row.text})
}

/// What is one's own of a fact: what happened, where, and by which events; not who else had a part in it.
fn fact_of(entry: u64, fact: &FactView) -> Value {
    let fields = fact.fields.iter().filter_map(|field| Some((field.name.clone(), field.value.clone()?.into())));
    let event = |event: &EventView| json!({"position": event.position, "type": event.r#type, "source": event.source, "time": event.time});
    json!({
        "entry": entry, "id": fact.id, "kind": fact.kind, "type_zh": fact.type_zh, "type_en": fact.type_en,
        "occurred_at": fact.occurred_at, "matter": fact.matter, "channel": fact.channel, "window": fact.window,
        "department": fact.department, "hall": fact.hall, "held": fact.held,
        "fields": fields.collect::<serde_json::Map<String, Value>>(),
        "events": fact.events.iter().map(event).collect::<Vec<_>>(),
    })
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
