//! `/api/v1/accounts/factor`: the second step of signing in, for one's own account. `/api/v1/sessions/current/proof`: proving again
//! who one is, before closings, roles and keys.
//!
//! The secret and the recovery codes leave once, in the answer that makes them.
//!
//! **Invariants.** A code, and a recovery code, counts once, on whatever node it is typed: the store decides.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jifen_core::{id::Digest, time::Instant};
use jifen_store::{AccountRow, AuditKind, AuditRow, FactorProof, FactorRow};
use serde::{Deserialize, Serialize};

use super::{
    Caller, Signed,
    access::refuse_office,
    federation::check_password,
    http::{account_of, signed, time},
    password::{Checked, PasswordError},
    throttle::Named,
    totp,
};
use crate::{
    app::{App, blocking},
    audit,
    body::Body,
    problem::{Problem, ProblemBody, ProofProblem},
    request::From,
};

/// Whose codes a device shows, where it shows several.
const ISSUER: &str = "积分";

/// The own second factor.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SecondFactor)]
pub(crate) struct FactorView {
    /// Since when signing in takes a code; `null`: it does not.
    #[schema(required = true, format = DateTime)]
    pub(crate) confirmed_at: Option<String>,
    /// Recovery codes that are left.
    pub(crate) recovery_codes_left: u64,
}

/// A secret, shown this once.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SecondFactorSecret)]
pub(crate) struct FactorSecret {
    /// To be typed into the device, in base 32.
    pub(crate) secret: String,
    /// The same as an address that authenticator programs read.
    pub(crate) address: String,
    /// The address as a QR code: rows of `0` and `1`, `1` being dark.
    pub(crate) qr: Vec<String>,
}

/// A code of the device.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecondFactorCode)]
pub(crate) struct FactorCode {
    /// Six digits.
    code: String,
}

/// Recovery codes, shown this once.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Each opens once, in the place of a code of the device.
    pub(crate) codes: Vec<String>,
}

/// What proves who one is: a code where the account has a second factor, else the password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    /// The password.
    password: Option<String>,
    /// A code of the device, or a recovery code.
    code: Option<String>,
}

/// The own second factor: whether there is one, and how many recovery codes are left.
#[utoipa::path(
    get, path = "/api/v1/accounts/factor", tag = "accounts",
    responses((status = 200, body = FactorView))
)]
pub(crate) async fn get_factor(State(app): State<App>, caller: Caller) -> Result<Json<FactorView>, Problem> {
    signed(&caller)?;
    let factor = confirmed(&app, &account_of(&app, &caller).await?).await?;
    let confirmed_at = factor.as_ref().and_then(|factor| factor.confirmed).map(time);
    Ok(Json(FactorView { confirmed_at, recovery_codes_left: factor.map_or(0, |factor| factor.codes_left) }))
}

/// Begin a second factor: the answer shows its secret, once. It counts when a code of it has been typed.
#[utoipa::path(
    post, path = "/api/v1/accounts/factor", tag = "accounts",
    responses(
        (status = 201, body = FactorSecret),
        (status = 409, description = "there is one already", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn enrol_factor(
    State(app): State<App>,
    caller: Caller,
) -> Result<(StatusCode, Json<FactorSecret>), Problem> {
    let secret = totp::new_secret().map_err(unmade)?;
    let (database, region, name) = (app.database().clone(), caller.0.region.id, caller.0.name.clone());
    let audit = audit::entry(&app, &caller.0, "factor.enrol", &name, "");
    if !blocking(move || Ok(database.auditing(&audit).enrol_factor(region, &name, &secret)?)).await? {
        return Err(Problem::Conflict("a second factor is on: turn it off before another is begun".to_owned()));
    }
    let address = totp::address(ISSUER, &caller.0.name, &secret);
    let qr = totp::qr(&address);
    Ok((StatusCode::CREATED, Json(FactorSecret { secret: totp::base32(&secret), address, qr })))
}

/// Confirm the second factor with a code of it: from now on signing in takes one. The answer shows the recovery codes, once.
#[utoipa::path(
    post, path = "/api/v1/accounts/factor/confirmation", tag = "accounts", request_body = FactorCode,
    responses(
        (status = 200, body = RecoveryCodes),
        (status = 401, description = "another code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "none is to be confirmed", body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn confirm_factor(
    State(app): State<App>,
    caller: Caller,
    Body(typed): Body<FactorCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let none = || Problem::Conflict("no second factor waits to be confirmed".to_owned());
    let account = account_of(&app, &caller).await?;
    let factor = of_account(&app, &account).await?.filter(|factor| factor.confirmed.is_none()).ok_or_else(none)?;
    let (named, now) = (named(&account), app.now());
    app.passwords().begin_code(&named, now)?;
    let step = totp::step_of(&factor.secret, &typed.code, now, factor.step).ok_or(WRONG)?;
    let (codes, digests) = new_codes()?;
    let database = app.database().clone();
    let audit = audit::entry(&app, &caller.0, "factor.confirm", &account.name, "");
    if !blocking(move || Ok(database.auditing(&audit).confirm_factor(&factor, (step, now), &digests)?)).await? {
        return Err(none());
    }
    app.passwords().code_succeeded(&named);
    Ok(Json(RecoveryCodes { codes }))
}

/// New recovery codes in the place of all old ones; the answer shows them, once.
#[utoipa::path(
    post, path = "/api/v1/accounts/factor/recovery_codes", tag = "accounts",
    responses(
        (status = 200, body = RecoveryCodes),
        (status = 409, description = "no second factor is on", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn renew_recovery_codes(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<RecoveryCodes>, Problem> {
    let (codes, digests) = new_codes()?;
    let (database, region, name) = (app.database().clone(), caller.0.region.id, caller.0.name.clone());
    let audit = audit::entry(&app, &caller.0, "factor.codes", &name, "");
    if !blocking(move || Ok(database.auditing(&audit).give_recovery_codes(region, &name, &digests)?)).await? {
        return Err(Problem::Conflict("no second factor is on".to_owned()));
    }
    Ok(Json(RecoveryCodes { codes }))
}

/// Turn the own second factor off.
#[utoipa::path(
    delete, path = "/api/v1/accounts/factor", tag = "accounts",
    responses(
        (status = 204, description = "it is off"),
        (status = 404, description = "there was none", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn remove_factor(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    let name = caller.0.name.clone();
    removed(&app, &caller, name).await
}

/// Turn off the second factor of somebody who has lost both the device and the recovery codes.
#[utoipa::path(
    delete, path = "/api/v1/accounts/{name}/factor", tag = "accounts", params(("name" = String, Path, description = "name of the account")),
    responses(
        (status = 204, description = "it is off"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, description = "it is an administrator's", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn remove_factor_of(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    refuse_office(&app, &caller, &name).await?;
    removed(&app, &caller, name).await
}

async fn removed(app: &App, caller: &Caller, name: String) -> Result<StatusCode, Problem> {
    let (database, region) = (app.database().clone(), caller.0.region.id);
    let audit = audit::entry(app, &caller.0, "factor.remove", &name, "");
    if !blocking(move || Ok(database.auditing(&audit).remove_factor(region, &name)?)).await? {
        return Err(Problem::NotFound("second factor of this account".to_owned()));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Prove again who one is: for a quarter of an hour closings, roles and keys are allowed then.
#[utoipa::path(
    post, path = "/api/v1/sessions/current/proof", tag = "accounts", request_body = Proof,
    responses(
        (status = 204, description = "proved"),
        (status = 403, description = "another password", body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "the directory cannot be reached", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn prove_session(
    State(app): State<App>,
    caller: Caller,
    From(address): From,
    Body(given): Body<Proof>,
) -> Result<StatusCode, Problem> {
    let Signed { digest, .. } = *signed(&caller)?;
    let account = account_of(&app, &caller).await?;
    let (factor, now, named) = (confirmed(&app, &account).await?, app.now(), named(&account));
    let (proof, by) = match &factor {
        Some(factor) => proof_of(&app, &named, factor, given.code, now)?,
        None => {
            let reason = "the account has no second factor: its password proves who it is".to_owned();
            let missing = Problem::MalformedBody { pointer: "/password".to_owned(), reason };
            let password = given.password.ok_or(missing)?;
            let (checked, by) = check_password(&app, (&named, &address), password, Some(&account), now).await?;
            if checked == Checked::Wrong {
                return Err(Problem::PasswordWrong);
            }
            (None, if by.is_empty() { "password" } else { by })
        }
    };
    let audit =
        AuditRow { kind: AuditKind::SignIn, ..audit::entry(&app, &caller.0, "session.prove", &account.name, by) };
    let (database, session) = (app.database().clone(), (digest, now));
    let done = blocking(move || {
        let (digest, now) = session;
        Ok(database.auditing(&audit).prove_session(account.region, &account.name, proof.as_ref(), (&digest, now))?)
    });
    if !done.await? {
        return Err(WRONG);
    }
    app.passwords().code_succeeded(&named);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) const WRONG: Problem = Problem::Proof(ProofProblem::CodeWrong);

/// What a typed code proves, if anything; counts as a failed attempt until the store has taken it.
pub(super) fn proof_of(
    app: &App,
    named: &Named,
    factor: &FactorRow,
    typed: Option<String>,
    now: Instant,
) -> Result<(Option<FactorProof>, &'static str), Problem> {
    let typed = typed.filter(|typed| !typed.trim().is_empty()).ok_or(Problem::Proof(ProofProblem::CodeNeeded))?;
    app.passwords().begin_code(named, now)?;
    if let Some(step) = totp::step_of(&factor.secret, &typed, now, factor.step) {
        return Ok((Some(FactorProof::Step(step)), "code"));
    }
    if totp::is_recovery_code(&typed) {
        return Ok((Some(FactorProof::Code(totp::recovery_digest(&typed))), "recovery code"));
    }
    Err(WRONG)
}

/// The second factor that an account signs in with.
pub(super) async fn confirmed(app: &App, account: &AccountRow) -> Result<Option<FactorRow>, Problem> {
    Ok(of_account(app, account).await?.filter(|factor| factor.confirmed.is_some()))
}

async fn of_account(app: &App, account: &AccountRow) -> Result<Option<FactorRow>, Problem> {
    let (database, region, name) = (app.database().clone(), account.region, account.name.clone());
    blocking(move || Ok(database.factor(region, &name)?)).await
}

fn named(account: &AccountRow) -> Named {
    (Some(account.region), account.name.clone())
}

fn new_codes() -> Result<(Vec<String>, Vec<Digest>), Problem> {
    let codes = totp::recovery_codes().map_err(unmade)?;
    let digests = codes.iter().map(|code| totp::recovery_digest(code)).collect();
    Ok((codes, digests))
}

fn unmade(error: PasswordError) -> Problem {
    Problem::Inconsistent(error.to_string())
}
