//! `/api/v1/sessions` and `/api/v1/accounts`: signing in and out, looking at sessions, changing the own password.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use jifen_core::time::Instant;
use jifen_store::{AccountRow, AuditKind, AuditRow, RegionRow, SessionRow};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Caller, Credential, Key, Permission, Reason, Role, Signed, factor,
    federation::check_password,
    password::{Checked, fault_of},
    session::{self, ABSOLUTE_MS, IDLE_MS},
};
use crate::{
    app::{App, blocking},
    audit,
    problem::{Problem, ProblemBody, ProofProblem},
    request::{self, From},
};

/// What somebody signs in with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// Region code; may be left out where there is one region only.
    region: Option<String>,
    /// The account's name.
    name: String,
    /// Its password.
    password: String,
    /// A code of the device, or a recovery code, where the account has a second factor.
    code: Option<String>,
}

/// A change of the own password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The present password.
    old: String,
    /// The new one: 12 characters or more, and not what is guessed first.
    new: String,
}

/// Who is signed in.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SignedIn {
    /// The account's name.
    pub(crate) name: String,
    /// Its role.
    pub(crate) role: String,
    /// Its region.
    pub(crate) region: String,
    /// Code of the person whose account it is.
    #[schema(required = true)]
    pub(crate) person: Option<String>,
    /// The password was given and not chosen: nothing is allowed before it is changed.
    pub(crate) must_change: bool,
    /// Whether signing in takes a code too.
    pub(crate) second_factor: bool,
    /// Number of the session.
    pub(crate) session: u64,
}

/// Sessions, newest first.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Sessions {
    /// Sessions.
    pub(crate) items: Vec<SessionView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A session.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    /// Its number.
    pub(crate) number: u64,
    /// The account's name.
    pub(crate) account: String,
    /// What it was opened with, `Chrome · Windows`; may be empty.
    pub(crate) agent: String,
    /// When it was opened.
    pub(crate) created_at: String,
    /// When it was last used, to the minute.
    pub(crate) last_seen_at: String,
    /// When it ends unless it is used.
    pub(crate) ends_at: String,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
}

type WithCookie<T> = ([(HeaderName, HeaderValue); 1], T);

/// Sign in: the answer sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "accounts", security(()), request_body = SignIn,
    responses(
        (status = 200, description = "signed in; `set-cookie` holds the session", body = SignedIn),
        (status = 401, description = "no such account or another password; with `code_needed` the password is right, and a code is needed too", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "the account is disabled, or sent by a page of another site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "wrong passwords too often; `retry-after` says how long to wait", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "the password is none that is kept here, and the directory cannot be reached", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    From(address): From,
    headers: HeaderMap,
    body: Bytes,
) -> Result<WithCookie<Json<SignedIn>>, Problem> {
    if session::is_own_origin(&headers) == Some(false) {
        return Err(Problem::OriginForeign);
    }
    let SignIn { region, name, password, code } = read(&headers, &body)?;
    let region = region_of(&app, region)?;
    let now = app.now();
    let account = match region.clone() {
        None => None,
        Some(region) => {
            let (database, name) = (app.database().clone(), name.clone());
            blocking(move || Ok(database.account(region.id, &name)?)).await?
        }
    };
    let named = (region.as_ref().map(|region| region.id), name);
    let (checked, by) = check_password(&app, (&named, &address), password, account.as_ref(), now).await?;
    let (Some(region), Some(account), Checked::Right { better }) = (&region, &account, checked) else {
        if let Some(region) = &region {
            // What was typed for a name that is not there may be anything: it is not kept. An entry is, so that both take as long.
            let (role, name) = account.as_ref().map_or(("", ""), |account| (&account.role, &account.name));
            audit::write(&app, signing(&app, region, (role, name), "session.refused")).await?;
        }
        return Err(Problem::SignInFailed);
    };
    let opened = Opened { region, account, second_factor: code, better, by };
    let (cookie, signed_in) = open_session(&app, &headers, opened).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(signed_in)))
}

/// An account whose owner has said who they are, by a password or elsewhere.
pub(super) struct Opened<'a> {
    /// Where.
    pub(super) region: &'a RegionRow,
    /// The account.
    pub(super) account: &'a AccountRow,
    /// What was typed as the code of the second factor.
    pub(super) second_factor: Option<String>,
    /// A better hash of the password.
    pub(super) better: Option<String>,
    /// By what, for the trail; empty for a password.
    pub(super) by: &'static str,
}

/// Opens a session, where the account is let in and its second factor proved; gives its cookie.
pub(super) async fn open_session(
    app: &App,
    headers: &HeaderMap,
    Opened { region, account, second_factor, better, by: first }: Opened<'_>,
) -> Result<(HeaderValue, SignedIn), Problem> {
    if account.disabled {
        let named = (account.role.as_str(), account.name.as_str());
        audit::write(app, signing(app, region, named, "session.refused")).await?;
        return Err(Problem::AccountDisabled);
    }
    let now = app.now();
    let named = (Some(region.id), account.name.clone());
    let role = role_now(app, account).await?;
    let by = |second: &str| [first, second].into_iter().filter(|by| !by.is_empty()).collect::<Vec<_>>().join(", ");
    let signing = |act, second| AuditRow { reason: by(second), ..signing(app, region, (&role, &account.name), act) };
    let factor = factor::confirmed(app, account).await?;
    let proof = factor.as_ref().map(|factor| factor::proof_of(app, &named, factor, second_factor, now)).transpose();
    let (proof, second) = match proof {
        Ok(proof) => proof.unwrap_or((None, "")),
        Err(problem) => {
            // The right password without the device is worth knowing of.
            let act = if matches!(problem, Problem::Proof(ProofProblem::CodeNeeded)) {
                "session.half"
            } else {
                "session.refused"
            };
            audit::write(app, signing(act, "code")).await?;
            return Err(problem);
        }
    };
    let (audit, refused) = (signing("session.open", second), signing("session.refused", second));
    let (id, row) = new_session(account, headers, now)?;
    let (database, old, checked) = (app.database().clone(), session::digest_of(app, headers), account.password.clone());
    let opened = blocking(move || {
        let (created, seen) = (Instant(now.0 - ABSOLUTE_MS), Instant(now.0 - IDLE_MS));
        database.end_old_sessions(row.region, created, seen)?;
        // Signing in again is another session, under another id.
        if let Some((old, _)) = old.map(|old| database.session(&old)).transpose()?.flatten() {
            database.end_session(old.region, old.number)?;
        }
        Ok(database.auditing(&audit).open_session(&row, &checked, better.as_deref(), proof.as_ref())?)
    });
    let Some(number) = opened.await? else {
        audit::write(app, refused).await?;
        return Err(if factor.is_some() { factor::WRONG } else { Problem::SignInFailed });
    };
    app.passwords().code_succeeded(&named);
    tracing::info!(region = region.code, session = number, "somebody signed in");
    Ok((session::cookie(app, headers, &id)?, signed_in(account, role, region, (number, factor.is_some()))))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/api/v1/sessions/current", tag = "accounts",
    responses((status = 200, body = SignedIn))
)]
pub(crate) async fn get_current(State(app): State<App>, caller: Caller) -> Result<Json<SignedIn>, Problem> {
    let signed = signed(&caller)?;
    let account = account_of(&app, &caller).await?;
    let role = caller.0.role.name().to_owned();
    let has_factor = factor::confirmed(&app, &account).await?.is_some();
    Ok(Json(signed_in(&account, role, &caller.0.region, (signed.number, has_factor))))
}

/// Sessions that are open: the account's own, all of the region for an administrator.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "accounts",
    responses((status = 200, body = Sessions))
)]
pub(crate) async fn list_sessions(State(app): State<App>, caller: Caller) -> Result<Json<Sessions>, Problem> {
    let all = sees_all(&caller);
    let (database, region, now) = (app.database().clone(), caller.0.region.id, app.now());
    let rows = blocking(move || Ok(database.sessions(region)?)).await?;
    let current = match &caller.0.credential {
        Credential::Session(signed) => Some(signed.digest),
        Credential::Key(_) => None,
    };
    let shown = rows.into_iter().filter(|row| session::is_open(row, now) && (all || row.account == caller.0.name));
    let items = shown.map(|row| SessionView {
        number: row.number,
        created_at: time(row.created),
        last_seen_at: time(row.last_seen),
        ends_at: time(session::ends(&row)),
        current: current == Some(row.digest),
        account: row.account,
        agent: row.agent,
    });
    Ok(Json(Sessions { items: items.collect(), next: None }))
}

/// End a session: an own one, any of the region for an administrator. Its streams end too.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{number}", tag = "accounts",
    params(("number" = u64, Path, description = "number of the session")),
    responses(
        (status = 204, description = "it is over"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn end_session(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    let all = sees_all(&caller);
    let absent = || Problem::NotFound("session of this number".to_owned());
    let number: u64 = number.parse().map_err(|_| absent())?;
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let audit = audit::entry(&app, &caller.0, "session.end", &number.to_string(), "");
    let audit = AuditRow { kind: AuditKind::SignIn, ..audit };
    let ended = blocking(move || {
        let row = database.sessions(region)?.into_iter().find(|row| row.number == number);
        let row = row.filter(|row| all || row.account == caller.0.name);
        Ok(row.map(|row| database.auditing(&audit).end_session(region, row.number)).transpose()?)
    });
    if ended.await? == Some(true) { Ok(StatusCode::NO_CONTENT) } else { Err(absent()) }
}

/// Sign out.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "accounts",
    responses((status = 204, description = "signed out"))
)]
pub(crate) async fn sign_out(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<WithCookie<StatusCode>, Problem> {
    let number = signed(&caller)?.number;
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let audit = audit::entry(&app, &caller.0, "session.end", &number.to_string(), "");
    let audit = AuditRow { kind: AuditKind::SignIn, ..audit };
    blocking(move || Ok(database.auditing(&audit).end_session(region, number)?)).await?;
    Ok(([(header::SET_COOKIE, session::no_cookie(&app, &headers))], StatusCode::NO_CONTENT))
}

/// Change the own password. Every session of the account ends; the answer sets the cookie of a new one.
#[utoipa::path(
    post, path = "/api/v1/accounts/password", tag = "accounts", request_body = PasswordChange,
    responses(
        (status = 200, description = "changed; `set-cookie` holds the new session", body = SignedIn),
        (status = 429, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn change_password(
    State(app): State<App>,
    caller: Caller,
    From(address): From,
    headers: HeaderMap,
    body: Bytes,
) -> Result<WithCookie<Json<SignedIn>>, Problem> {
    let PasswordChange { old, new } = read(&headers, &body)?;
    let account = account_of(&app, &caller).await?;
    if let Some(fault) = fault_of(&new, &account.name, &old) {
        return Err(Problem::Proof(ProofProblem::PasswordWeak(fault)));
    }
    let now = app.now();
    let named = (Some(account.region), account.name.clone());
    if app.passwords().check(&named, &address, old, Some(account.password.clone()), now).await? == Checked::Wrong {
        return Err(Problem::PasswordWrong);
    }
    let hash = app.passwords().hash(new).await?;
    let (id, mut row) = new_session(&account, &headers, now)?;
    let has_factor = factor::confirmed(&app, &account).await?.is_some();
    if has_factor && !signed(&caller)?.lately {
        // A password alone does not prove what takes a code.
        row.proved = Instant(0);
    }
    let (database, checked) = (app.database().clone(), account.password.clone());
    let audit = audit::entry(&app, &caller.0, "password.change", &account.name, "");
    let changed = blocking(move || Ok(database.auditing(&audit).set_password(&row, &checked, &hash)?)).await?;
    let number = changed.ok_or(Problem::PasswordWrong)?;
    let account = AccountRow { must_change: false, ..account };
    let cookie = session::cookie(&app, &headers, &id)?;
    let role = caller.0.role.name().to_owned();
    Ok(([(header::SET_COOKIE, cookie)], Json(signed_in(&account, role, &caller.0.region, (number, has_factor)))))
}

fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        let reason = "send `application/json`".to_owned();
        return Err(Problem::MalformedHeader { name: "content-type".to_owned(), reason });
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Problem::MalformedBody { pointer: String::new(), reason: error.to_string() }
        }
        _ => Problem::MalformedJson { line: error.line(), column: error.column(), reason: error.to_string() },
    })
}

/// The region somebody signs in to; `None` for one that is not here, which is told like a wrong password.
pub(super) fn region_of(app: &App, code: Option<String>) -> Result<Option<RegionRow>, Problem> {
    let mut regions = app.region_rows().into_iter();
    match code.filter(|code| !code.is_empty()) {
        Some(code) => Ok(regions.find(|row| row.code == code)),
        None => match (regions.next(), regions.next()) {
            (only, None) => Ok(only),
            (_, Some(_)) => Err(Problem::MalformedBody {
                pointer: "/region".to_owned(),
                reason: "this server holds several regions: name one".to_owned(),
            }),
        },
    }
}

fn new_session(account: &AccountRow, headers: &HeaderMap, now: Instant) -> Result<(Key, SessionRow), Problem> {
    let id = Key::generate().map_err(|error| Problem::Inconsistent(error.to_string()))?;
    let row = SessionRow {
        digest: id.digest(),
        region: account.region,
        number: 0,
        account: account.name.clone(),
        created: now,
        last_seen: now,
        agent: session::agent(headers),
        proved: now,
    };
    Ok((id, row))
}

/// An entry about an account that signs in, or tries to.
pub(super) fn signing(app: &App, region: &RegionRow, (role, name): (&str, &str), act: &str) -> AuditRow {
    AuditRow {
        region: region.id,
        at: app.now(),
        kind: AuditKind::SignIn,
        actor: if name.is_empty() { "unknown".to_owned() } else { format!("{role}:account/{name}") },
        address: request::current_address(),
        act: act.to_owned(),
        object: name.to_owned(),
        reason: String::new(),
        request: request::current_id(),
    }
}

/// Whether somebody sees the sessions of the whole region, and not their own alone.
fn sees_all(caller: &Caller) -> bool {
    let settled = match &caller.0.credential {
        Credential::Session(signed) => !signed.must_change,
        Credential::Key(_) => true,
    };
    settled && caller.0.has_whole(Permission::SessionRead)
}

pub(crate) fn signed(caller: &Caller) -> Result<&Signed, Problem> {
    match &caller.0.credential {
        Credential::Session(signed) => Ok(signed),
        Credential::Key(_) => {
            Err(Problem::Forbidden(Reason { zh: "密钥没有登录会话", en: "a key has no session" }))
        }
    }
}

pub(super) async fn account_of(app: &App, caller: &Caller) -> Result<AccountRow, Problem> {
    let (database, region, name) = (app.database().clone(), caller.0.region.id, caller.0.name.clone());
    blocking(move || Ok(database.account(region, &name)?)).await?.ok_or(Problem::SessionOver)
}

/// What an account is now: its own role, or for want of one the first that it was granted.
async fn role_now(app: &App, account: &AccountRow) -> Result<String, Problem> {
    let (database, region, name, now) = (app.database().clone(), account.region, account.name.clone(), app.now());
    let granted = blocking(move || Ok(database.grants_of(region, &name)?)).await?;
    let own = Role::parse(&account.role).filter(|role| *role != Role::None).map(|_| account.role.clone());
    let granted = || granted.into_iter().find(|grant| grant.is_active(now)).map(|grant| grant.role);
    Ok(own.or_else(granted).unwrap_or_else(|| account.role.clone()))
}

fn signed_in(
    account: &AccountRow,
    role: String,
    region: &RegionRow,
    (session, second_factor): (u64, bool),
) -> SignedIn {
    SignedIn {
        name: account.name.clone(),
        role,
        region: region.code.clone(),
        person: account.person.clone(),
        must_change: account.must_change,
        second_factor,
        session,
    }
}

pub(crate) fn time(at: Instant) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}
