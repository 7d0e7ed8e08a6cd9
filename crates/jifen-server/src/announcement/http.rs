//! `/api/v1/announcements`: what is announced, announcing, and withdrawing.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jifen_core::{engine::Region, ledger::Subject, rule::SubjectKind, time::Instant};
use jifen_store::{AnnouncementRow, RegionId, Withdrawal};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{found, is_for};
use crate::{
    app::App,
    audit,
    auth::{Caller, Permission, Reach, granting::reason_of},
    board::{CodeName, resident},
    body::{Body, date, malformed},
    problem::{Problem, ProblemBody},
    query::{self, Query, cursor_text, parsed},
};

/// Longest title, in characters.
const TITLE_CHARACTERS_MAX: usize = 60;
/// Longest text, in characters.
const TEXT_CHARACTERS_MAX: usize = 2_000;

/// Announcements, newest first.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Announcements {
    /// Those that are shown now; whoever may announce sees those of their places that are to come, over or withdrawn too.
    pub(crate) items: Vec<AnnouncementView>,
    /// Where the next page begins; `null` at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
    /// To whom the one that asks may announce.
    pub(crate) addressees: Addressees,
}

/// To whom somebody may announce.
#[derive(Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AnnouncementAddressees)]
pub(crate) struct Addressees {
    /// Whether to everybody.
    pub(crate) everybody: bool,
    /// To the people of which halls.
    pub(crate) halls: Vec<CodeName>,
    /// Of which departments.
    pub(crate) departments: Vec<CodeName>,
}

/// Query of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// `true`: only those that are shown or to come.
    #[param(value_type = Option<bool>)]
    standing: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page, 1 to 1000; 50 without.
    #[param(value_type = Option<usize>)]
    limit: Option<String>,
}

/// What became of an announcement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnnouncementState {
    /// Its first day has not come.
    Coming,
    /// It is shown.
    Shown,
    /// Its last day is over.
    Over,
    /// It was withdrawn.
    Withdrawn,
}

/// An announcement.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Announcement)]
pub(crate) struct AnnouncementView {
    /// Its number in the region.
    pub(crate) number: u64,
    /// Title.
    pub(crate) title: String,
    /// Text; its lines are paragraphs.
    pub(crate) text: String,
    /// Code of the hall whose people it is for; `null`: everybody, or a department's.
    #[schema(required = true)]
    pub(crate) hall: Option<String>,
    /// What that hall is called.
    #[schema(required = true)]
    pub(crate) hall_name: Option<String>,
    /// Code of the department whose people it is for; `null`: a hall's, or everybody.
    #[schema(required = true)]
    pub(crate) department: Option<String>,
    /// What that department is called.
    #[schema(required = true)]
    pub(crate) department_name: Option<String>,
    /// Whether citizens see it too.
    pub(crate) public: bool,
    /// First day.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// Last day; `null`: until it is withdrawn.
    #[schema(required = true, format = Date)]
    pub(crate) to: Option<String>,
    /// What became of it.
    pub(crate) state: AnnouncementState,
    /// When it was placed.
    #[schema(format = DateTime)]
    pub(crate) placed_at: String,
    /// Who placed it: for whoever may.
    #[schema(required = true)]
    pub(crate) placed_by: Option<String>,
    /// When it was withdrawn.
    #[schema(required = true, format = DateTime)]
    pub(crate) withdrawn_at: Option<String>,
    /// Who withdrew it: for whoever may.
    #[schema(required = true)]
    pub(crate) withdrawn_by: Option<String>,
    /// Whether the one that asks may withdraw it now.
    pub(crate) may_withdraw: bool,
}

/// What is to be announced.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAnnouncement {
    /// Title, at most sixty characters.
    title: String,
    /// Text, at most two thousand characters.
    text: String,
    /// Code of the hall whose people it is for; everybody without, unless a department is named.
    hall: Option<String>,
    /// Code of the department whose people it is for.
    department: Option<String>,
    /// Whether citizens see it too, on the public page.
    #[serde(default)]
    public: bool,
    /// First day; today without.
    #[schema(format = Date)]
    from: Option<String>,
    /// Last day; until it is withdrawn without.
    #[schema(format = Date)]
    to: Option<String>,
}

/// Why an announcement is withdrawn.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnnouncementWithdrawn {
    /// The reason.
    reason: String,
}

/// What is announced, newest first, a page at a time.
#[utoipa::path(
    get, path = "/api/v1/announcements", tag = "announcements", params(ListParams),
    responses((status = 200, body = Announcements))
)]
pub(crate) async fn list_announcements(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<Announcements>, Problem> {
    let standing = parsed("standing", &params.standing, "`true` or `false`", |text| text.parse::<bool>().ok())?;
    let (before, limit) = (query::cursor::<u64>(&params.cursor)?, query::limit(&params.limit)?);
    let (asker, now) = (caller.0.clone(), app.now());
    let listed = app.read_within(&caller.0, Permission::AnnouncementRead, move |database, row, region, reach| {
        let own = Reach::of(&asker, Permission::AnnouncementPlace, database, row, region)?;
        let may = asker.scopes(Permission::AnnouncementPlace).next().is_some();
        let is_own = |row: &AnnouncementRow| may && places_for(&own, region, row);
        let is_seen = |row: &AnnouncementRow| is_own(row) || (row.is_shown(now) && is_for(reach, region, row));
        // Who announces nothing sees what is shown alone, and that stands.
        let standing = (standing == Some(true) || !may).then_some(now);
        let (rows, more) = found(database, row, (standing, before), (limit, &is_seen))?;
        let next = rows.last().filter(|_| more).map(|last| cursor_text(&last.number));
        let views = rows.into_iter().map(|row| {
            let is_own = is_own(&row);
            view(region, row, is_own, now)
        });
        let addressees = if may { addressees(region, &own) } else { Addressees::default() };
        Ok(Announcements { items: views.collect(), next, addressees })
    });
    listed.await.map(Json)
}

fn addressees(region: &Region, own: &Reach) -> Addressees {
    let (mut halls, mut departments) =
        (resident::places(region, SubjectKind::Hall), resident::places(region, SubjectKind::Department));
    halls.retain(|hall| own.has_hall(&hall.code));
    departments.retain(|one| own.has_subject(region, &Subject::Department(one.code.clone())));
    Addressees { everybody: own.is_whole(), halls, departments }
}

/// Announce something to everybody, or to the people of a hall or a department.
#[utoipa::path(
    post, path = "/api/v1/announcements", tag = "announcements", request_body = NewAnnouncement,
    responses((status = 201, body = AnnouncementView))
)]
pub(crate) async fn place_announcement(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewAnnouncement>,
) -> Result<(StatusCode, Json<AnnouncementView>), Problem> {
    let (now, by) = (app.now(), caller.0.name.clone());
    let audit = audit::entry(&app, &caller.0, "announcement.place", new.title.trim(), "");
    let placed = app.read_within(&caller.0, Permission::AnnouncementPlace, move |database, row, region, reach| {
        let mut new = checked(region, new, (row.id, by, now))?;
        if !places_for(reach, region, &new) {
            return Err(match (new.department, new.hall) {
                (Some(code), _) => malformed("/department", format!("no department `{code}` that you announce to")),
                (None, Some(hall)) => malformed("/hall", format!("no hall `{hall}` that you announce to")),
                (None, None) => malformed("/hall", "name the hall or department: you do not announce to everybody"),
            });
        }
        new.number = database.auditing(&audit).add_announcement(&new)?;
        Ok(view(region, new, true, now))
    });
    Ok((StatusCode::CREATED, Json(placed.await?)))
}

/// Withdraw an announcement: it is shown no more, and stays in the list of whoever may announce.
#[utoipa::path(
    post, path = "/api/v1/announcements/{number}/withdrawal", tag = "announcements", request_body = AnnouncementWithdrawn,
    params(("number" = u64, Path, description = "number of the announcement")),
    responses(
        (status = 200, body = AnnouncementView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "it is over, or withdrawn already", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn withdraw_announcement(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(AnnouncementWithdrawn { reason }): Body<AnnouncementWithdrawn>,
) -> Result<Json<AnnouncementView>, Problem> {
    let reason = reason_of(&reason)?;
    let withdrawal = Withdrawal { at: app.now(), by: caller.0.name.clone() };
    let audit = audit::entry(&app, &caller.0, "announcement.withdraw", &number, &reason);
    let withdrawn = app.read_within(&caller.0, Permission::AnnouncementPlace, move |database, row, region, reach| {
        let asked = number.parse::<u64>().ok();
        let found = asked.map(|number| database.announcement(row.id, number)).transpose()?.flatten();
        let found = found.filter(|row| places_for(reach, region, row));
        let found = found.ok_or_else(|| Problem::NotFound("announcement of this number".to_owned()))?;
        if found.ends.is_some_and(|ends| ends <= withdrawal.at) {
            return Err(Problem::Conflict("it is over".to_owned()));
        }
        if !database.auditing(&audit).withdraw_announcement((row.id, found.number), &withdrawal)? {
            return Err(Problem::Conflict("it is withdrawn already".to_owned()));
        }
        let now = withdrawal.at;
        Ok(view(region, AnnouncementRow { withdrawn: Some(withdrawal), ..found }, true, now))
    });
    withdrawn.await.map(Json)
}

/// Whether somebody who announces within `reach` announces to whom this is for.
fn places_for(reach: &Reach, region: &Region, row: &AnnouncementRow) -> bool {
    match (&row.department, &row.hall) {
        (Some(code), _) => reach.has_subject(region, &Subject::Department(code.clone())),
        (None, Some(hall)) => reach.has_hall(hall),
        (None, None) => reach.is_whole(),
    }
}

/// What is to be announced, in which region, by whom and when; its number is left open.
fn checked(
    region: &Region,
    new: NewAnnouncement,
    (id, by, now): (RegionId, String, Instant),
) -> Result<AnnouncementRow, Problem> {
    let text = |pointer: &str, text: &str, most: usize| {
        let text = text.trim();
        let is_fit = (1..=most).contains(&text.chars().count());
        if is_fit { Ok(text.to_owned()) } else { Err(malformed(pointer, format!("write from 1 to {most} characters"))) }
    };
    let zone = region.organisation().zone();
    let day = |pointer: &str, text: Option<String>| {
        text.filter(|text| !text.trim().is_empty()).map(|text| date(pointer, &text)).transpose()
    };
    let today = zone.date(now);
    let (from, to) = (day("/from", new.from)?.unwrap_or(today), day("/to", new.to)?);
    if to.is_some_and(|to| to < from || to < today) {
        return Err(malformed("/to", "the last day lies before the first, or before today"));
    }
    let [hall, department] = [new.hall, new.department].map(|code| code.filter(|code| !code.trim().is_empty()));
    if hall.is_some() && department.is_some() {
        return Err(malformed("/department", "name a hall or a department, not both"));
    }
    for (kind, code) in [(SubjectKind::Department, &department), (SubjectKind::Hall, &hall)] {
        if let Some(code) = code.as_ref().filter(|code| !resident::place_is_known(region, kind, code)) {
            return Err(malformed(format!("/{}", kind.name()), format!("no {} `{code}`", kind.name())));
        }
    }
    Ok(AnnouncementRow {
        region: id,
        number: 0,
        title: text("/title", &new.title, TITLE_CHARACTERS_MAX)?,
        text: text("/text", &new.text, TEXT_CHARACTERS_MAX)?,
        hall,
        department,
        public: new.public,
        begins: zone.day_start(from),
        ends: to.map(|to| zone.day_start(to.plus(1))),
        placed: now,
        placed_by: by,
        withdrawn: None,
    })
}

fn view(region: &Region, row: AnnouncementRow, is_own: bool, now: Instant) -> AnnouncementView {
    let zone = region.organisation().zone();
    let state = match &row {
        AnnouncementRow { withdrawn: Some(_), .. } => AnnouncementState::Withdrawn,
        AnnouncementRow { ends: Some(ends), .. } if *ends <= now => AnnouncementState::Over,
        AnnouncementRow { begins, .. } if now < *begins => AnnouncementState::Coming,
        AnnouncementRow { .. } => AnnouncementState::Shown,
    };
    let (withdrawn_at, withdrawn_by) = row.withdrawn.map(|done| (done.at.to_rfc3339(), done.by)).unzip();
    AnnouncementView {
        number: row.number,
        hall_name: row.hall.as_deref().map(|hall| resident::place_called(region, SubjectKind::Hall, hall)),
        hall: row.hall,
        department_name: row
            .department
            .as_deref()
            .map(|code| resident::place_called(region, SubjectKind::Department, code)),
        department: row.department,
        title: row.title,
        text: row.text,
        public: row.public,
        from: zone.date(row.begins).to_string(),
        to: row.ends.map(|ends| zone.date(ends).plus(-1).to_string()),
        may_withdraw: is_own && matches!(state, AnnouncementState::Coming | AnnouncementState::Shown),
        state,
        placed_at: row.placed.to_rfc3339(),
        placed_by: Some(row.placed_by).filter(|_| is_own),
        withdrawn_at,
        withdrawn_by: withdrawn_by.filter(|_| is_own),
    }
}
