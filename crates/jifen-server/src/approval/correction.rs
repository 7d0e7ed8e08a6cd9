//! Points by hand, by two: one who leads a place asks for somebody there, or for the place; somebody else who leads it decides. What is
//! approved is an event like any other, a finding that the rules in force give points for, or do not.
//!
//! In: whom it is about, the finding, why. Out: what it would do, worked out by the engine; the event, once it is approved.
//!
//! **Invariants.** Neither of the two gains: nobody asks for points of their own, and nobody decides about a person or a window whose
//! points would change when that is they, or where they sit. Both see whom it is about by the permission they use.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jifen_core::{
    engine::Region, event::EventType, fact::Place, id::ActorId, ledger::Subject, roster::Assignment, rule::SubjectKind,
    time::Instant,
};
use jifen_store::{ApprovalRow, Database, RegionRow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Act,
    http::{ApprovalView, Decided, ask, body_of, decision, settled},
};
use crate::{
    app::App,
    auth::{Caller, Permission, Principal, Reach, granting::reason_of, reach::place_of_subject},
    board::{
        Names,
        names::{SubjectKindWord, subjects_of},
        person_of, resident,
    },
    body::{self, Body, malformed},
    intake::own,
    organisation::rehearse::{Rehearsal, Stage, SubjectChange},
    problem::{Problem, ProblemBody},
};

/// Whom a correction is about, and what is found of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Correction {
    /// `person`, `window`, `department` or `hall`
    #[schema(value_type = SubjectKindWord)]
    kind: String,
    /// Its code.
    code: String,
    /// Category of the finding, as the rules name it.
    category: String,
    /// Its grade, where the rules read one.
    #[serde(default)]
    grade: Option<String>,
    /// How many, where the rules read a number.
    #[serde(default)]
    quantity: Option<u32>,
    /// What it is about: a document, a case; the approval's number unless given.
    #[serde(default)]
    reference: Option<String>,
    /// The day it belongs to; today unless given.
    #[serde(default)]
    #[schema(format = Date)]
    date: Option<String>,
}

/// A correction that is asked for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectionAsked {
    /// The correction.
    correction: Correction,
    /// Why.
    reason: String,
}

/// What is kept of a correction that waits.
#[derive(Serialize, Deserialize)]
pub(super) struct CorrectionBody {
    pub(super) correction: Correction,
    /// When it happened: settled when it is asked for, so that deciding twice is deciding once.
    at: String,
    /// Where whom it is about belongs, by kind of place: the points are earned there.
    place: Vec<(String, String)>,
    /// How the journal names who asks.
    by: String,
    /// What it would do, as worked out when it was asked for.
    effect: Vec<Effect>,
}

/// Whose points would change, by code: names are kept in the vault alone.
#[derive(Serialize, Deserialize)]
struct Effect {
    kind: String,
    code: String,
    points: String,
}

/// An act that somebody sees.
pub(super) struct SeenAct {
    pub(super) row: ApprovalRow,
    /// Whether they may decide, as far as the people say whom it is about.
    pub(super) may_decide: bool,
    /// Whose points it would change.
    pub(super) effect: Vec<SubjectChange>,
}

/// Work out what a correction would do to points, by the rules in force. Nothing is kept.
#[utoipa::path(
    post, path = "/api/v1/approvals/corrections/rehearsals", tag = "accounts", request_body = Correction,
    responses(
        (status = 200, body = Rehearsal),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "points of one's own, or a recalculation is under way", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn rehearse_correction(
    State(app): State<App>,
    caller: Caller,
    Body(correction): Body<Correction>,
) -> Result<Json<Rehearsal>, Problem> {
    Ok(Json(tried(&app, &caller, correction).await?.1))
}

/// Ask that somebody's points, or a place's, are corrected by hand: somebody else decides.
#[utoipa::path(
    post, path = "/api/v1/approvals/corrections", tag = "accounts", request_body = CorrectionAsked,
    responses(
        (status = 201, body = ApprovalView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "points of one's own, no rule gives points for it, or a recalculation is under way", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ask_correction(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<CorrectionAsked>,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    let reason = reason_of(&asked.reason)?;
    let (mut body, rehearsal) = tried(&app, &caller, asked.correction).await?;
    if rehearsal.subjects.is_empty() {
        return Err(Problem::Conflict(NOTHING.to_owned()));
    }
    let effect = |SubjectChange { kind, code, points, .. }| Effect { kind, code, points };
    body.effect = rehearsal.subjects.into_iter().map(effect).collect();
    ask(&app, &caller, Act::Correction, &body, reason).await
}

/// Approve or refuse a correction of points. Approved, it is an event, and the rules in force give their points for it.
#[utoipa::path(
    post, path = "/api/v1/approvals/corrections/{number}", tag = "accounts", request_body = Decided,
    params(("number" = u64, Path, description = "number of the approval")),
    responses(
        (status = 200, body = ApprovalView),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "decided, too late, one's own, or one would profit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide_correction(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
    Body(decided): Body<Decided>,
) -> Result<Json<ApprovalView>, Problem> {
    let (said, row) = decision(&app, &caller, (Act::Correction, number), decided).await?;
    let body: CorrectionBody = body_of(&row)?;
    let envelope = body.envelope(&row);
    let (decider, asked, now) = (caller.0.clone(), row.clone(), app.now());
    let looked_at = app.read(&caller.0, move |database, stored, region| {
        let ground = Ground { database, row: stored, region, now };
        let body: CorrectionBody = body_of(&asked)?;
        if !ground.sees(&decider, Permission::CorrectionApprove, &body.correction)? {
            return Err(Problem::NotFound("approval of this number".to_owned()));
        }
        // As it was when it was asked for, and as it is: an event that is there already would do nothing.
        let (_, mut touched) = ground.rehearse(&body.envelope(&asked), &body.by)?;
        touched.extend(ground.touched(&body)?);
        match ground.gains(&decider, &touched)? {
            Some(why) => Err(Problem::Conflict(why.to_owned())),
            None => Ok(()),
        }
    });
    looked_at.await?;
    if said.approved {
        // First the event, under a name of its own: if the machine stops between the two, deciding again finds it there.
        let send = own::send_once(&app, &caller.0.region, body.by.clone(), |_| envelope.clone());
        send.await?;
    }
    settled(&app, &caller, row, said).await
}

/// Which acts somebody sees. Whoever answers for a place alone sees the corrections of people and places there, and what they asked for.
pub(super) fn seen(
    who: &Principal,
    (database, row, region): (&Database, &RegionRow, &Region),
    now: Instant,
    rows: Vec<ApprovalRow>,
) -> Result<Vec<SeenAct>, Problem> {
    let ground = Ground { database, row, region, now };
    let whole = who.has_whole(Permission::ApprovalRead);
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        if row.act != Act::Correction.name() {
            if whole {
                seen.push(SeenAct { row, may_decide: true, effect: Vec::new() });
            }
            continue;
        }
        let body: CorrectionBody = body_of(&row)?;
        if !whole && row.account != who.name && !ground.sees(who, Permission::ApprovalRead, &body.correction)? {
            continue;
        }
        // What is decided is decided.
        let may_decide = row.is_open(now)
            && ground.sees(who, Permission::CorrectionApprove, &body.correction)?
            && ground.gains(who, &ground.touched(&body)?)?.is_none();
        seen.push(SeenAct { effect: ground.named(&body)?, row, may_decide });
    }
    Ok(seen)
}

/// Why nothing is asked for.
const NOTHING: &str =
    "no rule in force gives or takes points for it: look at category, grade and number in the rule book";

/// What is there to look at.
struct Ground<'a> {
    database: &'a Database,
    row: &'a RegionRow,
    region: &'a Region,
    now: Instant,
}

/// What a correction would be kept as, and what it would do.
async fn tried(app: &App, caller: &Caller, correction: Correction) -> Result<(CorrectionBody, Rehearsal), Problem> {
    let (asker, now) = (caller.0.clone(), app.now());
    let read = app.read(&caller.0, move |database, row, region| {
        let ground = Ground { database, row, region, now };
        let Some(subject) = ground.seen(&asker, Permission::CorrectionAsk, &correction)? else {
            return Err(Problem::NotFound(format!("{} `{}`", correction.kind, correction.code)));
        };
        let at = ground.time_of(correction.date.as_deref())?;
        let place = places_of(region, &subject, at);
        let body = CorrectionBody { correction, at: at.to_rfc3339(), place, by: asker.by(), effect: Vec::new() };
        let (rehearsal, touched) = ground.rehearse(&body.event("rehearsal", "rehearsal", ""), &body.by)?;
        let own = Reach::oneself(&asker, database, row, region)?;
        if touched.iter().any(|subject| own.has_subject(region, subject)) {
            return Err(Problem::Conflict("nobody asks for points of their own".to_owned()));
        }
        Ok((body, rehearsal))
    });
    read.await
}

/// Windows somebody belongs to, or is rostered at now.
fn windows_of(region: &Region, actor: ActorId, now: Instant) -> BTreeSet<String> {
    let organisation = region.organisation();
    let is_now = |one: &Assignment<'_>| one.from <= now && one.to.is_none_or(|to| now < to);
    let rostered =
        organisation.assignments().filter(|(_, one)| is_now(one) && organisation.canonical(one.person) == actor);
    let rostered = rostered.map(|(window, _)| window.to_owned());
    rostered.chain(organisation.home(actor, now).window).collect()
}

/// Where somebody or something belongs at a time.
fn places_of(region: &Region, subject: &Subject, at: Instant) -> Vec<(String, String)> {
    let Place { window, department, hall } = place_of_subject(region, subject, at);
    let kinds = [SubjectKind::Window, SubjectKind::Department, SubjectKind::Hall];
    let places = kinds.into_iter().zip([window, department, hall]);
    places.filter_map(|(kind, code)| Some((kind.name().to_owned(), code?))).collect()
}

impl Ground<'_> {
    /// Whether somebody sees by a permission whom it is about.
    fn sees(&self, who: &Principal, permission: Permission, correction: &Correction) -> Result<bool, Problem> {
        Ok(self.seen(who, permission, correction)?.is_some())
    }

    /// Whom it is about, as far as somebody sees them by a permission.
    fn seen(
        &self,
        who: &Principal,
        permission: Permission,
        correction: &Correction,
    ) -> Result<Option<Subject>, Problem> {
        let Self { database, row, region, .. } = *self;
        let Some(kind) = SubjectKind::parse(&correction.kind) else {
            let reason = format!("`{}` is none of `person`, `window`, `department` and `hall`", correction.kind);
            return Err(malformed("/kind", reason));
        };
        let reach = Reach::of(who, permission, database, row, region)?;
        let found = subjects_of(database, row, region, kind, &correction.code)?;
        let is_there = |subject: &Subject| match subject {
            Subject::Person(actor) => region.organisation().person(*actor, Instant::MAX).is_some(),
            _ => resident::place_is_known(region, kind, &correction.code),
        };
        Ok(found.into_iter().find(|subject| is_there(subject) && reach.has_subject(region, subject)))
    }

    /// What it would do, and whose points it touches.
    fn rehearse(&self, envelope: &Map<String, Value>, by: &str) -> Result<(Rehearsal, BTreeSet<Subject>), Problem> {
        let Self { database, row, region, now } = *self;
        let mut stage = Stage::new(database, row, region, (by.to_owned(), now))?;
        stage.admit(envelope, "/correction")?;
        let touched = stage.touched();
        Ok((stage.finish(0)?, touched))
    }

    /// Whose points it would change, as worked out when it was asked for.
    fn touched(&self, body: &CorrectionBody) -> Result<BTreeSet<Subject>, Problem> {
        let mut touched = BTreeSet::new();
        for one in &body.effect {
            if let Some(kind) = SubjectKind::parse(&one.kind) {
                touched.extend(subjects_of(self.database, self.row, self.region, kind, &one.code)?);
            }
        }
        Ok(touched)
    }

    /// The same with names, as far as they are known.
    fn named(&self, body: &CorrectionBody) -> Result<Vec<SubjectChange>, Problem> {
        let Self { database, row, region, .. } = *self;
        let mut found = Vec::with_capacity(body.effect.len());
        for one in &body.effect {
            let Some(kind) = SubjectKind::parse(&one.kind) else { continue };
            found.push((one, subjects_of(database, row, region, kind, &one.code)?.into_iter().next()));
        }
        let people = found.iter().filter_map(|(_, subject)| person_of(subject.as_ref()?));
        let names = Names::load(database, row, region, people)?;
        let change = |(one, subject): (&Effect, Option<Subject>)| SubjectChange {
            kind: one.kind.clone(),
            code: one.code.clone(),
            name: subject.map_or_else(|| one.code.clone(), |subject| names.name(&subject)),
            points: one.points.clone(),
        };
        Ok(found.into_iter().map(change).collect())
    }

    /// Why somebody would profit who decides; `None` where they would not.
    fn gains(&self, who: &Principal, touched: &BTreeSet<Subject>) -> Result<Option<&'static str>, Problem> {
        let Self { database, row, region, now } = *self;
        let own = Reach::oneself(who, database, row, region)?;
        if touched.iter().any(|subject| own.has_subject(region, subject)) {
            return Ok(Some("nobody decides about points of their own"));
        }
        let windows: BTreeSet<String> = own.people().flat_map(|actor| windows_of(region, actor, now)).collect();
        let is_beside = touched.iter().any(|subject| match subject {
            Subject::Person(actor) => windows_of(region, *actor, now).iter().any(|window| windows.contains(window)),
            Subject::Window(code) => windows.contains(code),
            Subject::Department(_) | Subject::Hall(_) => false,
        });
        Ok(is_beside.then_some("whoever sits at the window whose points change, or beside the person, does not decide"))
    }

    /// When it happened: now, or on a day that has been, in the middle of it.
    fn time_of(&self, date: Option<&str>) -> Result<Instant, Problem> {
        let Some(text) = date.filter(|text| !text.is_empty()) else { return Ok(self.now) };
        let date = body::date("/date", text)?;
        let zone = self.region.organisation().zone();
        if date > zone.date(self.now) {
            return Err(malformed("/date", format!("{date} has not come")));
        }
        const HALF_DAY_MS: i64 = 12 * 60 * 60 * 1000;
        Ok(Instant((zone.day_start(date).0 + HALF_DAY_MS).min(self.now.0)))
    }
}

impl CorrectionBody {
    /// The event that it is once it is approved.
    fn envelope(&self, row: &ApprovalRow) -> Map<String, Value> {
        let name = format!("approval-{}", row.number);
        self.event(&format!("approval/{}", row.number), &name, &row.reason)
    }

    fn event(&self, id: &str, reference: &str, note: &str) -> Map<String, Value> {
        let Correction { kind, code, category, grade, quantity, reference: given, .. } = &self.correction;
        let mut data = Map::new();
        data.extend(self.place.iter().map(|(kind, code)| (kind.clone(), code.as_str().into())));
        data.insert(kind.clone(), code.as_str().into());
        data.insert("category".to_owned(), category.as_str().into());
        data.insert("confirmed".to_owned(), true.into());
        let given = given.as_deref().filter(|given| !given.is_empty());
        data.insert("reference".to_owned(), given.unwrap_or(reference).into());
        if let Some(grade) = grade.as_deref().filter(|grade| !grade.is_empty()) {
            data.insert("grade".to_owned(), grade.into());
        }
        if let Some(quantity) = quantity {
            data.insert("quantity".to_owned(), (*quantity).into());
        }
        if !note.is_empty() {
            data.insert("note".to_owned(), note.into());
        }
        let envelope = json!({
            "specversion": "1.0",
            "source": own::SOURCE,
            "id": id,
            "type": EventType::FindingRecorded.spec().name,
            "time": self.at,
            "data": data,
        });
        envelope.as_object().cloned().unwrap_or_default()
    }
}

impl Correction {
    /// In a line.
    pub(super) fn about(&self) -> String {
        let Self { kind, code, category, grade, quantity, .. } = self;
        let quantity = quantity.map(|quantity| format!(" ×{quantity}")).unwrap_or_default();
        let grade = grade.as_deref().map(|grade| format!(" {grade}")).unwrap_or_default();
        format!("{kind}/{code} {category}{grade}{quantity}")
    }
}
