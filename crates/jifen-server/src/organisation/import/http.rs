//! The template over HTTP, and what a file would do.

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use jifen_core::{engine::Region, language::Words, ledger::Subject, time::Date};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{
    super::{
        change::Change,
        rehearse::Rehearsal,
        stage::{BATCH_MAX, Staged, empty},
    },
    FORMS, file, is_unread,
    present::Present,
    rows::{Reading, Said},
    template::filled,
};
use crate::{
    app::App,
    auth::{Caller, Permission, Reach},
    board::Names,
    body::whole,
    problem::Problem,
    query::{Query, file_format, parsed},
    setup::{
        Fault, Faults, Form,
        table::{Row, Table, chinese},
    },
    sheet::{Filled, TableFormat, column_name, csv, workbook_of},
};

/// Most rows whose changes are shown one by one.
const SHOWN_MAX: usize = 200;

/// Which template.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TemplateParams {
    /// `xlsx` for a workbook of all tables, `csv` for one of them.
    #[param(required = true)]
    format: Option<String>,
    /// The table of a CSV file: `halls`, `departments`, `windows`, `matters`, `people`, `roster`, `posts` or `leaves`.
    table: Option<String>,
    /// As of which day, `2026-11-23`; today without.
    on: Option<String>,
}

/// Query of a file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportParams {
    /// From which day halls, departments, windows, matters and where people belong hold; today without.
    on: Option<String>,
}

/// Stands for what was where somebody does not see it.
const HIDDEN: &str = "…";

/// What a file would do.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OrganisationImport)]
pub(crate) struct Import {
    /// From which day records hold.
    #[schema(format = Date)]
    pub(crate) on: String,
    /// Everything that is wrong; nothing can be made of the file until it is mended.
    pub(crate) faults: Vec<ImportFault>,
    /// The tables that were read.
    pub(crate) tables: Vec<ImportTable>,
    /// Sheets and columns that are not read.
    pub(crate) unread: Vec<String>,
    /// What is new and what changes, row by row; the first two hundred.
    pub(crate) rows: Vec<ImportRow>,
    /// The changes it comes to, to be sent as a batch.
    pub(crate) changes: Vec<Change>,
    /// What they would do to points; `null` where there are faults or nothing changes.
    #[schema(required = true)]
    pub(crate) rehearsal: Option<Rehearsal>,
}

/// A fault of a file.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ImportFault {
    /// The sheet; empty where it is the whole file.
    pub(crate) sheet: String,
    /// Row or line, from 1; `null` where it is the whole file.
    #[schema(required = true)]
    pub(crate) row: Option<u64>,
    /// The cell, `C12`; `null` in a text, and where it is the whole file.
    #[schema(required = true)]
    pub(crate) cell: Option<String>,
    /// What is wrong and what to do, in Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
}

/// What a table comes to.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ImportTable {
    /// Its sheet.
    pub(crate) sheet: String,
    /// Rows about what there was not.
    pub(crate) added: u64,
    /// Rows that change something.
    pub(crate) changed: u64,
    /// Rows that say what holds already.
    pub(crate) unchanged: u64,
}

/// A row that is new or changes something.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ImportRow {
    /// Its sheet.
    pub(crate) sheet: String,
    /// Row or line, from 1.
    pub(crate) row: u64,
    /// What it is about.
    pub(crate) about: String,
    /// Whether there was nothing of the kind.
    pub(crate) is_new: bool,
    /// What is otherwise.
    pub(crate) differs: Vec<ImportDiffers>,
}

/// A column that a row changes.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ImportDiffers {
    /// The column.
    pub(crate) column: String,
    /// What it was; `…` where who asks does not see it.
    #[schema(required = true)]
    pub(crate) was: Option<String>,
    /// What it becomes.
    #[schema(required = true)]
    pub(crate) becomes: Option<String>,
}

/// The tables of the organisation as they stand, to be changed and sent back: a workbook, or one of them as CSV.
#[utoipa::path(
    get, path = "/api/v1/organisation/template", tag = "organisation", params(TemplateParams),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>))
)]
pub(crate) async fn get_template(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<TemplateParams>,
) -> Result<Response, Problem> {
    let on = parsed("on", &params.on, "a date such as `2026-11-23`", Date::parse)?;
    // The trail tells files by it.
    let format = file_format(&params.format)?.ok_or_else(|| Problem::query("format", "it is `csv` or `xlsx`"))?;
    let stem = |form: &&Form| form.file.trim_end_matches(".csv");
    let wanted = FORMS.iter().map(stem).collect::<Vec<_>>().join("`, `");
    let of = |name: &str| FORMS.into_iter().find(|form| stem(form) == name);
    let table = parsed("table", &params.table, &format!("one of `{wanted}`"), of)?;
    let table = match (format, table) {
        (TableFormat::Csv, None) => {
            return Err(Problem::query("table", format!("a CSV file is one table: one of `{wanted}`")));
        }
        (TableFormat::Csv, table) => table,
        (TableFormat::Workbook, _) => None,
    };
    let now = app.now();
    let read = app.read_within(&caller.0, Permission::OrganisationRead, move |database, row, region, reach| {
        let zone = region.organisation().zone();
        let date = on.unwrap_or_else(|| zone.date(now));
        let tables = filled(database, row, region, (reach, zone.day_start(date)))?;
        let bytes = match table {
            Some(form) => tables.into_iter().find(|one| one.sheet == form.sheet).map(csv_of).transpose(),
            None => workbook_of(&tables).map(Some).map_err(std::io::Error::other),
        };
        let bytes = bytes.map_err(|error| Problem::Inconsistent(format!("the template cannot be written: {error}")))?;
        Ok((date, bytes.unwrap_or_default()))
    });
    let (date, bytes) = read.await?;
    let name = format!("organisation{}-{date}", table.map(|form| format!("-{}", stem(&form))).unwrap_or_default());
    Ok((format.attachment(&name), bytes).into_response())
}

fn csv_of(table: Filled) -> Result<Vec<u8>, std::io::Error> {
    let mut output = csv::writer(csv::BYTE_ORDER_MARK.to_vec());
    csv::record(&mut output, &table.columns)?;
    for row in &table.rows {
        csv::record(&mut output, row)?;
    }
    output.into_inner().map_err(|error| error.into_error())
}

/// What a file would change and do to points: XLSX as the template is, or one of its tables as CSV. Nothing is kept; to make the
/// changes, send them as a batch (`POST /api/v1/organisation/changes`).
#[utoipa::path(
    post, path = "/api/v1/organisation/imports", tag = "organisation", params(ImportParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the file itself"),
    responses((status = 200, body = Import))
)]
pub(crate) async fn rehearse_import(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ImportParams>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Import>, Problem> {
    let (on, bytes, now) =
        (parsed("on", &params.on, "a date such as `2026-11-23`", Date::parse)?, whole(body)?, app.now());
    let asker = caller.clone();
    let read = app.read_within(&caller.0, Permission::OrganisationRead, move |database, row, region, reach| {
        let today = region.organisation().zone().date(now);
        let on = on.unwrap_or(today);
        if on > today {
            return Err(Problem::query("on", format!("{on} has not come; it is today, or a day before")));
        }
        let staged = empty((database, row, region), (&asker, now))?;
        let work = Work {
            staged,
            caller: &asker,
            import: Import::on(on),
            faults: Vec::new(),
            is_text: false,
            seen: (region, reach),
        };
        work.run((database, row, region), (on, bytes.to_vec()))
    });
    read.await.map(Json)
}

impl Import {
    fn on(date: Date) -> Self {
        Self {
            on: date.to_string(),
            faults: Vec::new(),
            tables: Vec::new(),
            unread: Vec::new(),
            rows: Vec::new(),
            changes: Vec::new(),
            rehearsal: None,
        }
    }
}

/// A file while it is worked through.
struct Work<'a> {
    staged: Staged<'a>,
    caller: &'a Caller,
    import: Import,
    faults: Vec<Fault>,
    is_text: bool,
    /// What was there is told of what they see.
    seen: (&'a Region, &'a Reach),
}

impl Work<'_> {
    fn run(
        mut self,
        (database, row, region): (&Database, &RegionRow, &Region),
        (on, bytes): (Date, Vec<u8>),
    ) -> Result<Import, Problem> {
        let read = file::read(bytes);
        self.is_text = read.is_text;
        self.import.unread = read.unread;
        self.faults = read.faults.list;
        let (secret, zone) = (database.secret(row.id)?, region.organisation().zone().clone());
        let people = read.tables.iter().filter(|(form, _)| form.sheet == "人员");
        let codes = people.flat_map(|(_, table)| table.rows.iter().filter_map(|row| table.text(row, "person")));
        let actors: Vec<_> = codes.map(|code| secret.plain_actor(code)).collect();
        let reading = Reading {
            present: Present::of(region, zone.day_start(on)),
            names: Names::load(database, row, region, actors)?,
            secret,
            zone,
            on: on.to_string(),
        };
        // A file that cannot be read as a whole has no rows worth telling of.
        let is_whole = self.faults.iter().all(|fault| fault.line > 0);
        for (form, table) in read.tables.iter().filter(|_| is_whole) {
            self.table(form, table, &reading)?;
        }
        if self.import.changes.len() > BATCH_MAX {
            let count = self.import.changes.len();
            let reason = jifen_core::both!(
                "共有 {count} 处变动，一批至多 {BATCH_MAX} 处；请分成几个文件",
                "{count} changes, at most {BATCH_MAX} make a batch; split the file"
            );
            self.faults.push(Fault { file: "".into(), line: 0, column: 0, message: reason });
        }
        let Self { staged, mut import, faults, is_text, .. } = self;
        import.faults = faults.into_iter().map(|fault| told(fault, is_text)).collect();
        if !import.faults.is_empty() {
            import.changes.clear();
        } else if !import.changes.is_empty() {
            import.rehearsal = Some(staged.stage.finish(0)?);
        }
        Ok(import)
    }

    fn table(&mut self, form: &Form, table: &Table, reading: &Reading<'_>) -> Result<(), Problem> {
        let mut count = ImportTable { sheet: form.sheet.to_owned(), added: 0, changed: 0, unchanged: 0 };
        for column in form.optional.iter().filter(|column| is_unread(form, column)) {
            if table.rows.iter().any(|row| table.text(row, column).is_some()) {
                self.import.unread.push(format!("{} · {}", form.sheet, chinese(form.sheet, column)));
            }
        }
        for row in &table.rows {
            let mut faults = Faults::default();
            let said = reading.read(form, table, row, &mut faults);
            self.faults.append(&mut faults.list);
            let Some(said) = said else { continue };
            match (&said.change, said.is_new) {
                (None, _) => count.unchanged += 1,
                (Some(_), true) => count.added += 1,
                (Some(_), false) => count.changed += 1,
            }
            self.row((form, reading), (table, row), said)?;
        }
        self.import.tables.push(count);
        Ok(())
    }

    /// Whether who asks sees what a row is about.
    fn is_seen(&self, (form, reading): (&Form, &Reading<'_>), (table, row): (&Table, &Row)) -> bool {
        let (region, reach) = self.seen;
        let code = |column| table.text(row, column).unwrap_or_default().to_owned();
        let subject = match form.sheet {
            "大厅" => Subject::Hall(code("hall")),
            "部门" => Subject::Department(code("department")),
            "窗口" | "排班" => Subject::Window(code("window")),
            "人员" | "请假" => Subject::Person(reading.secret.plain_actor(&code("person"))),
            _ => return reach.is_whole(),
        };
        reach.is_whole() || reach.has_subject(region, &subject)
    }

    fn row(
        &mut self,
        (form, reading): (&Form, &Reading<'_>),
        (table, row): (&Table, &Row),
        said: Said,
    ) -> Result<(), Problem> {
        let Some(change) = said.change else { return Ok(()) };
        let index = self.import.changes.len();
        // More than a batch holds are counted, not worked out.
        if index < BATCH_MAX
            && let Err(problem) = self.staged.push(self.caller, index, &change)
        {
            let (pointer, reason) = why(problem)?;
            let member = pointer.rsplit('/').next().unwrap_or_default();
            let mut faults = Faults::default();
            table.fault(row, column_of(form, (table, row), member), reason, &mut faults);
            self.faults.append(&mut faults.list);
            return Ok(());
        }
        self.import.changes.push(change);
        if self.import.rows.len() < SHOWN_MAX {
            let is_seen = self.is_seen((form, reading), (table, row));
            let differs = said.differs.into_iter().map(|one| ImportDiffers {
                column: one.column.to_owned(),
                was: one.was.map(|was| if is_seen { was } else { HIDDEN.to_owned() }),
                becomes: one.becomes,
            });
            self.import.rows.push(ImportRow {
                sheet: form.sheet.to_owned(),
                row: row.line,
                about: said.about,
                is_new: said.is_new,
                differs: differs.collect(),
            });
        }
        Ok(())
    }
}

/// What a refusal says of a row; other problems are the whole file's.
fn why(problem: Problem) -> Result<(String, Words), Problem> {
    match problem {
        Problem::EventRefused { pointer, reason, reason_zh } => {
            Ok((pointer, Words::new(reason_zh.unwrap_or_else(|| reason.clone()), reason)))
        }
        Problem::MalformedBody { pointer, reason } => Ok((pointer, reason.into())),
        problem => Err(problem),
    }
}

/// The column that fills a member of a change.
fn column_of(form: &Form, (table, row): (&Table, &Row), member: &str) -> &'static str {
    let own = form.key[0];
    match member {
        "place" => form.place.iter().find(|column| table.text(row, column).is_some()).copied().unwrap_or(own),
        _ => form.columns().find(|column| *column == member).unwrap_or(own),
    }
}

/// A fault as people look for it.
fn told(fault: Fault, is_text: bool) -> ImportFault {
    let column = u32::try_from(fault.column.saturating_sub(1)).unwrap_or_default();
    let is_placed = fault.line > 0;
    ImportFault {
        sheet: fault.file.to_string_lossy().into_owned(),
        row: is_placed.then_some(fault.line),
        cell: (is_placed && !is_text).then(|| format!("{}{}", column_name(column), fault.line)),
        zh: fault.message.zh,
        en: fault.message.en,
    }
}
