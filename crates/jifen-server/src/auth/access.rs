//! `/api/v1/accounts` and `/api/v1/keys`: an administrator gives access and takes it away while the server runs.
//!
//! Passwords and keys leave once, in the answer that makes them. Who loses access is out with the next request, and their streams end.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jifen_store::{AccountRow, GrantRow, KeyRow, RegionId, StoreError};
use serde::{Deserialize, Serialize};

use super::{
    Caller, Credential, Duty, Key, Permission, Role,
    grant::{GrantFault, account_fault, external_fault, key_fault},
    granting::{GrantView, known_place},
    http::time,
    password::one_time_password,
    policy,
};
use crate::{
    app::{App, blocking},
    approval::{KEY_BY_TWO, acts_alone},
    audit,
    body::{Body, malformed},
    problem::{Problem, ProblemBody},
};

/// Why an account has the role it was made with.
const FIRST_REASON: &str = "with the account";

/// Accounts, by name.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Accounts {
    /// Accounts.
    pub(crate) items: Vec<AccountView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// An account.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AccountListed)]
pub(crate) struct AccountView {
    /// Name to sign in with.
    pub(crate) name: String,
    /// Its own role; `none` where it has only granted ones.
    pub(crate) role: String,
    /// Roles granted beside it, those too that are over.
    pub(crate) grants: Vec<GrantView>,
    /// Code of the person whose account it is.
    #[schema(required = true)]
    pub(crate) person: Option<String>,
    /// Nobody may sign in with it.
    pub(crate) disabled: bool,
    /// Its password was given and not yet changed.
    pub(crate) must_change: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// Whether it is the one that asks.
    pub(crate) own: bool,
}

/// A new account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// Name to sign in with: 1 to 64 characters, no blanks.
    name: String,
    /// A role that people have; `none` to wait for one.
    role: String,
    /// Kind of place, where the role is held in more than one kind.
    place_kind: Option<String>,
    /// Code of the window, department or hall that the role is for.
    place: Option<String>,
    /// Code of the person whose account it is; a clerk's needs one.
    person: Option<String>,
    /// Whether its owner signs in by a system outside only, so that no password is given.
    #[serde(default)]
    external: bool,
}

/// A password, shown this once.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct GivenPassword {
    /// The account's name.
    pub(crate) name: String,
    /// One-time password: it must be changed at the first sign-in; `null` for an account that signs in by a system outside.
    #[schema(required = true)]
    pub(crate) password: Option<String>,
}

/// Keys, by name.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Keys {
    /// Keys.
    pub(crate) items: Vec<KeyView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A key, without its secret.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = KeyListed)]
pub(crate) struct KeyView {
    /// Name of the system or person it is for.
    pub(crate) name: String,
    /// `source`, `screen`, `staff`, `manager` or `administrator`.
    pub(crate) role: String,
    /// Types, or their beginnings, that a source may send; empty for all a source may.
    pub(crate) types: Vec<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// Whether it is the one that asks.
    pub(crate) own: bool,
}

/// A new key.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// Name of the system or person it is for: 1 to 64 characters.
    pub(crate) name: String,
    /// `source`, `screen`, `staff`, `manager` or `administrator`.
    pub(crate) role: String,
    /// Types, or their beginnings (`jifen.queue.`), that a source may send; all a source may without.
    #[serde(default)]
    pub(crate) types: Vec<String>,
}

/// A key, shown this once.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct GivenKey {
    /// Its name.
    pub(crate) name: String,
    /// The secret, to be sent as `Authorization: Bearer`.
    pub(crate) key: String,
}

/// The region's accounts.
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "accounts",
    responses((status = 200, body = Accounts))
)]
pub(crate) async fn list_accounts(State(app): State<App>, caller: Caller) -> Result<Json<Accounts>, Problem> {
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let read = move || Ok((database.accounts(region)?, database.grants(region)?));
    let ((rows, granted), now) = (blocking(read).await?, app.now());
    let mut grants: BTreeMap<String, Vec<GrantView>> = BTreeMap::new();
    for grant in granted {
        grants.entry(grant.account.clone()).or_default().push(GrantView::of(grant, now));
    }
    let items = rows.into_iter().map(|row| AccountView {
        own: is_own_account(&caller, &row.name),
        grants: grants.remove(&row.name).unwrap_or_default(),
        name: row.name,
        role: row.role,
        person: row.person,
        disabled: row.disabled,
        must_change: row.must_change,
        created_at: time(row.created),
    });
    Ok(Json(Accounts { items: items.collect(), next: None }))
}

/// Make an account: the answer shows its one-time password, once.
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses(
        (status = 201, body = GivenPassword),
        (status = 409, description = "the name is taken", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add_account(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewAccount>,
) -> Result<(StatusCode, Json<GivenPassword>), Problem> {
    let role = role_of(&new.role)?;
    if role != Role::None {
        // Who makes accounts alone gives no roles with them.
        caller.may(Permission::RoleGrant)?;
    }
    let person = new.person.filter(|code| !code.is_empty());
    refuse(account_fault(&new.name, role, person.as_deref()))?;
    let (kind, code) = (new.place_kind, new.place);
    let place = app.read(&caller.0, move |_, _, region| known_place(region, role, kind.as_deref(), code.as_deref()));
    let place = place.await?;
    let is_external = new.external;
    if let Some(fault) = is_external.then(|| external_fault(role)).flatten() {
        return Err(refused(fault));
    }
    // Of an account that signs in by a system outside nobody learns the password.
    let (password, hash) = new_password(&app).await?;
    // A role for one place is a grant; a role that has but one place is the account's own.
    let own = if place.code.is_empty() { role } else { Role::None };
    let granted = (own != role).then(|| GrantRow {
        region: caller.0.region.id,
        number: 0,
        account: new.name.clone(),
        role: role.name().to_owned(),
        place_kind: place.kind.name().to_owned(),
        place: place.code,
        begins: app.now(),
        ends: None,
        reason: FIRST_REASON.to_owned(),
        granted: app.now(),
        granted_by: caller.0.by(),
        revoked: None,
        revoked_by: None,
    });
    let row = AccountRow {
        region: caller.0.region.id,
        name: new.name.clone(),
        role: own.name().to_owned(),
        password: hash,
        must_change: !is_external,
        disabled: false,
        person,
        created: app.now(),
    };
    let database = app.database().clone();
    let audit = audit::entry(&app, &caller.0, "account.make", &format!("{} {}", new.name, role.name()), "");
    blocking(move || untaken(database.auditing(&audit).add_account(&row, granted.as_slice()))).await?;
    tell(&caller, "an account was made", role.name());
    Ok((StatusCode::CREATED, Json(GivenPassword { name: new.name, password: Some(password).filter(|_| !is_external) })))
}

/// Give an account a new one-time password: its sessions end, and a disabled one is let in again.
#[utoipa::path(
    post, path = "/api/v1/accounts/{name}/password", tag = "accounts", params(("name" = String, Path, description = "name of the account")),
    responses(
        (status = 200, body = GivenPassword),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, description = "it is the account that asks", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn reset_account(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<GivenPassword>, Problem> {
    if is_own_account(&caller, &name) {
        return Err(Problem::Conflict("change the own password with `POST /api/v1/accounts/password`".to_owned()));
    }
    refuse_office(&app, &caller, &name).await?;
    let (password, hash) = new_password(&app).await?;
    let (database, region, reset) = (app.database().clone(), caller.0.region.id, name.clone());
    let audit = audit::entry(&app, &caller.0, "account.reset", &name, "");
    if !blocking(move || Ok(database.auditing(&audit).give_password(region, &reset, &hash)?)).await? {
        return Err(Problem::NotFound("account of this name".to_owned()));
    }
    tell(&caller, "an account was given a new password", "account");
    Ok(Json(GivenPassword { name, password: Some(password) }))
}

/// Disable an account: its sessions end, and nobody may sign in with it.
#[utoipa::path(
    post, path = "/api/v1/accounts/{name}/disabling", tag = "accounts", params(("name" = String, Path, description = "name of the account")),
    responses(
        (status = 204, description = "it is disabled"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, description = "it is the account that asks", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn disable_account(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    // Who could lock themselves out would, and then nobody could let anybody in.
    if is_own_account(&caller, &name) {
        return Err(Problem::Conflict("nobody disables the account they are signed in with".to_owned()));
    }
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let audit = audit::entry(&app, &caller.0, "account.disable", &name, "");
    if !blocking(move || Ok(database.auditing(&audit).disable_account(region, &name)?)).await? {
        return Err(Problem::NotFound("account of this name".to_owned()));
    }
    tell(&caller, "an account was disabled", "account");
    Ok(StatusCode::NO_CONTENT)
}

/// The region's keys, without their secrets.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "accounts",
    responses((status = 200, body = Keys))
)]
pub(crate) async fn list_keys(State(app): State<App>, caller: Caller) -> Result<Json<Keys>, Problem> {
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let rows = blocking(move || Ok(database.keys(region)?)).await?;
    let items = rows.into_iter().map(|row| KeyView {
        own: is_own_key(&caller, &row.name),
        name: row.name,
        role: row.role,
        types: row.types,
        created_at: time(row.created),
    });
    Ok(Json(Keys { items: items.collect(), next: None }))
}

/// Make a key: the answer shows its secret, once.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "accounts", request_body = NewKey,
    responses(
        (status = 201, body = GivenKey),
        (status = 409, description = "the name is taken", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add_key(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<GivenKey>), Problem> {
    refuse_alone(&caller)?;
    check_key(&new.name, &new.role, &new.types)?;
    made_key(&app, &caller, new).await.map(|given| (StatusCode::CREATED, Json(given)))
}

/// Goes on only for whoever issues keys without somebody beside them.
pub(super) fn refuse_alone(caller: &Caller) -> Result<(), Problem> {
    if acts_alone(&caller.0) { Ok(()) } else { Err(Problem::Forbidden(KEY_BY_TWO)) }
}

/// Looks at a key before it is asked for or made.
///
/// # Errors
/// [`Problem::MalformedBody`] that points at what is wrong.
pub(crate) fn check_key(name: &str, role: &str, types: &[String]) -> Result<(), Problem> {
    let role = role_of(role)?;
    refuse(key_fault(name, role, types))
}

/// Makes a key that was looked at.
///
/// # Errors
/// [`Problem::Conflict`]: the name is taken.
pub(crate) async fn made_key(app: &App, caller: &Caller, new: NewKey) -> Result<GivenKey, Problem> {
    let role = role_of(&new.role)?;
    let key = Key::generate().map_err(|error| Problem::Inconsistent(error.to_string()))?;
    let row = KeyRow {
        region: caller.0.region.id,
        name: new.name.clone(),
        role: role.name().to_owned(),
        types: new.types,
        digest: key.digest(),
        created: app.now(),
    };
    let database = app.database().clone();
    let audit = audit::entry(app, &caller.0, "key.issue", &format!("{} {}", new.name, role.name()), "");
    blocking(move || untaken(database.auditing(&audit).add_key(&row))).await?;
    tell(caller, "a key was made", role.name());
    Ok(GivenKey { name: new.name, key: key.reveal() })
}

/// Take a key away: it opens nothing any more, and its streams end.
#[utoipa::path(
    delete, path = "/api/v1/keys/{name}", tag = "accounts", params(("name" = String, Path, description = "name of the key")),
    responses(
        (status = 204, description = "it is gone"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, description = "it is the key that asks", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn remove_key(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    if is_own_key(&caller, &name) {
        return Err(Problem::Conflict("no key takes itself away".to_owned()));
    }
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let audit = audit::entry(&app, &caller.0, "key.remove", &name, "");
    if !blocking(move || Ok(database.auditing(&audit).remove_key(region, &name)?)).await? {
        return Err(Problem::NotFound("key of this name".to_owned()));
    }
    tell(&caller, "a key was taken away", "key");
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn is_own_account(caller: &Caller, name: &str) -> bool {
    matches!(caller.0.credential, Credential::Session(_)) && caller.0.name == name
}

fn is_own_key(caller: &Caller, name: &str) -> bool {
    matches!(caller.0.credential, Credential::Key(_)) && caller.0.name == name
}

pub(super) fn role_of(word: &str) -> Result<Role, Problem> {
    let unknown = || GrantFault { member: "role", reason: format!("`{word}` is no role") };
    Role::parse(word).ok_or_else(|| refused(unknown()))
}

pub(super) fn refuse(fault: Option<GrantFault>) -> Result<(), Problem> {
    fault.map_or(Ok(()), |fault| Err(refused(fault)))
}

pub(super) fn refused(GrantFault { member, reason }: GrantFault) -> Problem {
    malformed(format!("/{member}"), reason)
}

pub(super) fn untaken<T>(added: Result<T, StoreError>) -> Result<T, Problem> {
    added.map_err(|error| match error {
        StoreError::KeyTaken(_) | StoreError::AccountTaken(_) => Problem::Conflict("the name is taken".to_owned()),
        other => other.into(),
    })
}

/// Whoever gave an officer a new password could sign in as them: that takes the machine itself.
pub(super) async fn refuse_office(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
    // The all-in-one administrator is above whoever is not one, and beside those who are.
    let duties = duties_of(app, caller.0.region.id, name).await?;
    let is_over = duties.iter().any(|duty| match duty {
        Duty::Office => true,
        Duty::Pilot => caller.0.role != Role::Administrator,
        Duty::System | Duty::Business | Duty::None => false,
    });
    if is_over {
        let reason = "an administrator's password is given anew on the server: `jifen account reset`";
        return Err(Problem::Conflict(reason.to_owned()));
    }
    Ok(())
}

/// Whether an account is an officer's or an all-in-one administrator's, or will be.
pub(super) async fn is_over_others(app: &App, region: RegionId, name: &str) -> Result<bool, Problem> {
    Ok(duties_of(app, region, name).await?.into_iter().any(is_above_duty))
}

fn is_above_duty(duty: Duty) -> bool {
    matches!(duty, Duty::Office | Duty::Pilot)
}

/// What an account's roles are for: its own, and those granted that are not over.
async fn duties_of(app: &App, region: RegionId, name: &str) -> Result<Vec<Duty>, Problem> {
    let (database, name, now) = (app.database().clone(), name.to_owned(), app.now());
    blocking(move || {
        let own = database.account(region, &name)?.map(|account| account.role);
        let grants = database.grants_of(region, &name)?.into_iter().filter(|grant| grant.stands(now));
        let duty = |word: String| Role::parse(&word).and_then(|role| policy().role(role)).map(|spec| spec.duty);
        Ok(own.into_iter().chain(grants.map(|grant| grant.role)).filter_map(duty).collect())
    })
    .await
}

async fn new_password(app: &App) -> Result<(String, String), Problem> {
    let password = one_time_password().map_err(|error| Problem::Inconsistent(error.to_string()))?;
    let hash = app.passwords().hash(password.clone()).await?;
    Ok((password, hash))
}

/// Who gave or took what kind of access: names stay out of the log.
fn tell(caller: &Caller, what: &'static str, kind: &str) {
    tracing::info!(region = caller.0.region.code, by = caller.0.role.name(), kind, "{what}");
}
