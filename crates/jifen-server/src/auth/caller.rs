//! From a request's `Authorization` header, or else its session cookie, to who asks.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use jifen_core::{event::EventType, id::Digest};
use jifen_store::KeyRow;

use super::{
    Credential, Decision, Key, MUST_CHANGE, PROVE, Permission, Principal, decide, decide_append, decide_mend,
    session::{self, NOTED_MS},
};
use crate::{
    app::{App, blocking},
    problem::{Problem, ProofProblem},
};

/// The authenticated sender of a request.
#[derive(Clone, Debug)]
pub struct Caller(pub Principal);

impl Caller {
    /// Goes on only if [`decide`] allows it.
    ///
    /// # Errors
    /// [`Problem::Forbidden`] with the reason.
    pub fn may(&self, permission: Permission) -> Result<(), Problem> {
        allowed(decide(&self.0, permission))
    }

    /// Goes on only if who asks proved it as lately as the permission asks for.
    pub(super) fn has_proved(&self, permission: Permission) -> Result<(), Problem> {
        if self.0.has_proved(permission) { Ok(()) } else { Err(Problem::Proof(ProofProblem::Needed)) }
    }

    /// Whether [`decide`] allows it: for answers that leave out what one may not see.
    pub(crate) fn can(&self, permission: Permission) -> bool {
        decide(&self.0, permission) == Decision::Allowed
    }

    /// Goes on only if an event of this type may be appended.
    pub(crate) fn may_append(&self, kind: EventType) -> Result<(), Problem> {
        allowed(decide_append(&self.0, kind))
    }

    /// Goes on only if a refused event of this type may be corrected.
    pub(crate) fn may_mend(&self, kind: EventType) -> Result<(), Problem> {
        allowed(decide_mend(&self.0, kind))
    }
}

fn allowed(decision: Decision) -> Result<(), Problem> {
    match decision {
        Decision::Allowed => Ok(()),
        Decision::Refused(MUST_CHANGE) => Err(Problem::PasswordMustChange),
        Decision::Refused(PROVE) => Err(Problem::Proof(ProofProblem::Needed)),
        Decision::Refused(reason) => Err(Problem::Forbidden(reason)),
    }
}

impl Caller {
    /// Who it is now: `None` when the key is no longer there, or the session over.
    pub(crate) async fn again(&self, app: &App) -> Option<Self> {
        match &self.0.credential {
            Credential::Key(digest) => {
                let row = key_row(app, *digest).await.ok()??;
                let region = app.region_row(row.region)?;
                Principal::of(row, region).map(Self)
            }
            // To follow is not to use: a screen that only shows lets its session end.
            Credential::Session(signed) => Self::of_session(app, signed.digest, Use::Watch).await.ok(),
        }
    }

    async fn of_key(app: &App, header: &header::HeaderValue) -> Result<Self, Problem> {
        let text = header.to_str().map_err(|_| Problem::KeyUnknown)?;
        let (scheme, token) = text.split_once(' ').ok_or(Problem::KeyMissing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::KeyMissing);
        }
        let key = Key::parse(token.trim()).ok_or(Problem::KeyUnknown)?;
        let row = key_row(app, key.digest()).await?;
        let row = row.filter(|row| key.matches(&row.digest)).ok_or(Problem::KeyUnknown)?;
        let region = app.region_row(row.region).ok_or(Problem::KeyUnknown)?;
        Principal::of(row, region).map(Self).ok_or(Problem::KeyUnknown)
    }

    async fn of_session(app: &App, digest: Digest, used: Use) -> Result<Self, Problem> {
        let (database, now) = (app.database().clone(), app.now());
        let read = blocking(move || {
            let Some((session, account)) = database.session(&digest)? else { return Ok(None) };
            if account.disabled || !session::is_open(&session, now) {
                return Ok(None);
            }
            if matches!(used, Use::Ask) && now.0 - session.last_seen.0 >= NOTED_MS {
                // A disk that is full ends sessions early, but not reading.
                if let Err(error) = database.session_seen(&digest, now) {
                    tracing::warn!(%error, "the use of a session could not be noted");
                }
            }
            let grants = database.grants_of(session.region, &account.name)?;
            Ok(Some((session, account, grants)))
        });
        let (session, account, grants) = read.await?.ok_or(Problem::SessionOver)?;
        let region = app.region_row(session.region).ok_or(Problem::SessionOver)?;
        Principal::of_account(account, &grants, &session, (region, now)).map(Self).ok_or(Problem::SessionOver)
    }
}

/// The key of this digest.
///
/// PERF: a file tells within microseconds; waiting on another thread for it cost a request of one event more than its own work.
async fn key_row(app: &App, digest: Digest) -> Result<Option<KeyRow>, Problem> {
    if let Some(found) = app.database().key_at_once(&digest) {
        return Ok(found?);
    }
    let database = app.database().clone();
    blocking(move || Ok(database.key(&digest)?)).await
}

/// What a session is looked up for.
enum Use {
    /// A request: it keeps the session alive.
    Ask,
    /// A stream that goes on.
    Watch,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // The gate has asked already.
        if let Some(caller) = parts.extensions.remove::<Self>() {
            return Ok(caller);
        }
        if let Some(header) = parts.headers.get(header::AUTHORIZATION) {
            return Self::of_key(app, header).await;
        }
        let digest = session::digest_of(app, &parts.headers).ok_or(Problem::KeyMissing)?;
        session::check_origin(&parts.method, &parts.headers)?;
        Self::of_session(app, digest, Use::Ask).await
    }
}
