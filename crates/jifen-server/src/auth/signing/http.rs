//! `/api/v1/signing_keys`: systems that sign what they send, and their secrets, of which two may be alive while one is changed.
//!
//! A secret leaves once, in the answer that makes it.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jifen_core::id::Digest;
use jifen_store::{SecretRow, StoreError};
use serde::{Deserialize, Serialize};

use super::SECRETS_MAX;
use crate::{
    app::{App, blocking},
    audit,
    auth::{
        Caller, Role,
        access::{refuse, refuse_alone, untaken},
        http::time,
        key_fault,
    },
    body::Body,
    problem::{Problem, ProblemBody},
};

/// Systems that sign, by name.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SigningKeys {
    /// Systems.
    pub(crate) items: Vec<SigningKeyView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A system that signs, without its secrets.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SigningKeyListed)]
pub(crate) struct SigningKeyView {
    /// Name of the system.
    pub(crate) name: String,
    /// Types, or their beginnings, that it may send; empty for all a source may.
    pub(crate) types: Vec<String>,
    /// Secrets that are alive: one, or two while it changes over.
    pub(crate) secrets: Vec<SecretView>,
}

/// A secret, without itself.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SigningSecretListed)]
pub(crate) struct SecretView {
    /// Its number.
    pub(crate) number: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
}

/// A new system that signs.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSigningKey {
    /// Name of the system: 1 to 64 characters.
    pub(crate) name: String,
    /// Types, or their beginnings, that it may send; all a source may unless given.
    #[serde(default)]
    pub(crate) types: Vec<String>,
}

/// A secret, shown this once.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct GivenSecret {
    /// Name of the system.
    pub(crate) name: String,
    /// Number of the secret.
    pub(crate) number: u64,
    /// The secret: 32 bytes in hexadecimal.
    pub(crate) secret: String,
}

/// Systems that sign what they send.
#[utoipa::path(
    get, path = "/api/v1/signing_keys", tag = "accounts",
    responses((status = 200, body = SigningKeys))
)]
pub(crate) async fn list_signing_keys(State(app): State<App>, caller: Caller) -> Result<Json<SigningKeys>, Problem> {
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let rows = blocking(move || Ok(database.signing_secrets(region)?)).await?;
    let mut items: Vec<SigningKeyView> = Vec::new();
    for row in rows {
        let secret = SecretView { number: row.number, created_at: time(row.created) };
        match items.last_mut().filter(|last| last.name == row.name) {
            Some(last) => last.secrets.push(secret),
            None => items.push(SigningKeyView { name: row.name, types: row.types, secrets: vec![secret] }),
        }
    }
    Ok(Json(SigningKeys { items, next: None }))
}

/// Let a system sign what it sends: the answer shows its secret, once.
#[utoipa::path(
    post, path = "/api/v1/signing_keys", tag = "accounts", request_body = NewSigningKey,
    responses(
        (status = 201, body = GivenSecret),
        (status = 409, description = "the name is taken", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add_signing_key(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewSigningKey>,
) -> Result<(StatusCode, Json<GivenSecret>), Problem> {
    refuse_alone(&caller)?;
    refuse(key_fault(&new.name, Role::Source, &new.types))?;
    made(&app, &caller, new).await.map(|given| (StatusCode::CREATED, Json(given)))
}

/// Makes a signing key that was looked at.
///
/// # Errors
/// [`Problem::Conflict`]: the name is taken.
pub(crate) async fn made(app: &App, caller: &Caller, new: NewSigningKey) -> Result<GivenSecret, Problem> {
    let taken = || Problem::Conflict("the name is taken".to_owned());
    add(app, caller, new, 0, "signing_key.issue", taken).await
}

/// Give a system another secret beside the one it has, so that it can change over without a gap.
#[utoipa::path(
    post, path = "/api/v1/signing_keys/{name}/secrets", tag = "accounts", params(("name" = String, Path, description = "name of the system")),
    responses(
        (status = 201, body = GivenSecret),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, description = "it has two", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add_signing_secret(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<GivenSecret>), Problem> {
    let first = of_name(&app, &caller, &name).await?.into_iter().next().ok_or_else(absent)?;
    let new = NewSigningKey { name, types: first.types };
    let two = || Problem::Conflict("two secrets are alive: take the old one away first".to_owned());
    let given = add(&app, &caller, new, SECRETS_MAX - 1, "signing_key.renew", two).await?;
    Ok((StatusCode::CREATED, Json(given)))
}

/// Take a secret away: what it signs is refused from now on. With its last secret the system is gone.
#[utoipa::path(
    delete, path = "/api/v1/signing_keys/{name}/secrets/{number}", tag = "accounts",
    params(("name" = String, Path, description = "name of the system"), ("number" = u64, Path, description = "number of the secret")),
    responses(
        (status = 204, description = "it is gone"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn remove_signing_secret(
    State(app): State<App>,
    caller: Caller,
    Path((name, number)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let number: u64 = number.parse().map_err(|_| absent())?;
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let audit = audit::entry(&app, &caller.0, "signing_key.remove", &format!("{name} {number}"), "");
    if !blocking(move || Ok(database.auditing(&audit).remove_signing_secret(region, &name, number)?)).await? {
        return Err(absent());
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn add(
    app: &App,
    caller: &Caller,
    new: NewSigningKey,
    alive: usize,
    act: &str,
    otherwise: impl Fn() -> Problem,
) -> Result<GivenSecret, Problem> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Problem::Inconsistent(error.to_string()))?;
    let row = SecretRow {
        region: caller.0.region.id,
        name: new.name.clone(),
        number: 0,
        types: new.types,
        secret,
        created: app.now(),
    };
    let database = app.database().clone();
    let audit = audit::entry(app, &caller.0, act, &new.name, "");
    let added: Result<Option<u64>, StoreError> =
        blocking(move || Ok(database.auditing(&audit).add_signing_secret(&row, alive))).await?;
    let number = untaken(added)?.ok_or_else(otherwise)?;
    Ok(GivenSecret { name: new.name, number, secret: Digest(secret).to_string() })
}

async fn of_name(app: &App, caller: &Caller, name: &str) -> Result<Vec<SecretRow>, Problem> {
    let (database, region, name) = (app.database().clone(), caller.0.region.id, name.to_owned());
    blocking(move || Ok(database.signing_secrets_of(region, &name)?)).await
}

fn absent() -> Problem {
    Problem::NotFound("signing key of this name, or secret of this number".to_owned())
}
