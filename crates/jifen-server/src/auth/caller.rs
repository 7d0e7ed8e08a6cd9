//! From a request's `Authorization` header to who asks.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use super::{Action, Credential, Decision, Key, Principal, decide};
use crate::{
    app::{App, blocking},
    problem::Problem,
};

/// The authenticated sender of a request.
#[derive(Clone, Debug)]
pub struct Caller(pub Principal);

impl Caller {
    /// Goes on only if [`decide`] allows it.
    ///
    /// # Errors
    /// [`Problem::Forbidden`] with the reason.
    pub fn may(&self, action: Action) -> Result<(), Problem> {
        match decide(&self.0, action) {
            Decision::Allowed => Ok(()),
            Decision::Refused(reason) => Err(Problem::Forbidden(reason)),
        }
    }
}

impl Caller {
    /// Who it is now: `None` when the key is no longer there.
    pub(crate) async fn again(&self, app: &App) -> Option<Self> {
        let database = app.database().clone();
        let Credential::Key(digest) = self.0.credential;
        let row = blocking(move || Ok(database.key(&digest)?)).await.ok()??;
        let region = app.region_row(row.region)?;
        Principal::of(row, region).map(Self)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).ok_or(Problem::KeyMissing)?;
        let text = header.to_str().map_err(|_| Problem::KeyUnknown)?;
        let (scheme, token) = text.split_once(' ').ok_or(Problem::KeyMissing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::KeyMissing);
        }
        let key = Key::parse(token.trim()).ok_or(Problem::KeyUnknown)?;
        let database = app.database().clone();
        let digest = key.digest();
        let row = blocking(move || Ok(database.key(&digest)?)).await?;
        let row = row.filter(|row| key.matches(&row.digest)).ok_or(Problem::KeyUnknown)?;
        let region = app.region_row(row.region).ok_or(Problem::KeyUnknown)?;
        Principal::of(row, region).map(Self).ok_or(Problem::KeyUnknown)
    }
}
