//! `/api/v1/sign_in`: which ways there are to sign in; `/api/v1/sessions/provider`: signing in by the provider.
//!
//! The provider sends the browser back to the page `/sign-in`, which hands the answer on as JSON: so the session's cookie is set for a
//! request of our own page, as with a password.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use jifen_core::id::RegionSecret;
use jifen_store::{AccountRow, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    attempt::{Attempt, Come, known_name, known_text},
    provider::Provider,
};
use crate::{
    app::{App, blocking},
    audit,
    auth::{
        Key,
        access::is_over_others,
        http::{Opened, SignedIn, open_session, region_of, signing},
        session,
    },
    body::Body,
    problem::{Problem, ProblemBody, ProofProblem},
};

/// Longest code, issuer or error that comes back.
const ANSWER_BYTES_MAX: usize = 4096;

/// Ways to sign in beside a password.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SignInWays {
    /// What people call the provider; `null`: there is none.
    #[schema(required = true)]
    pub(crate) provider: Option<String>,
    /// Whether a directory knows passwords, too.
    pub(crate) directory: bool,
}

/// Where signing in goes on.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ProviderAddress {
    /// The provider's page.
    pub(crate) address: String,
}

/// What the provider sent back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderAnswer {
    /// `state` of the answer.
    state: String,
    /// `code` of the answer.
    code: Option<String>,
    /// `iss` of the answer.
    iss: Option<String>,
    /// `error` of the answer.
    error: Option<String>,
    /// A code of the account's own second factor, once `code_needed` has asked for one.
    second_factor: Option<String>,
}

type WithCookies<T> = (AppendHeaders<Vec<(HeaderName, HeaderValue)>>, T);

/// Ways to sign in beside a password.
#[utoipa::path(
    get, path = "/api/v1/sign_in", tag = "accounts", security(()),
    responses((status = 200, body = SignInWays))
)]
pub(crate) async fn get_sign_in(State(app): State<App>) -> Json<SignInWays> {
    let federation = app.federation();
    let provider = federation.provider().map(|provider| provider.settings.title.clone());
    Json(SignInWays { provider, directory: federation.has_directory() })
}

/// Begin to sign in by the provider: the answer says where the browser goes.
#[utoipa::path(
    post, path = "/api/v1/sessions/provider", tag = "accounts", security(()),
    responses(
        (status = 200, description = "`set-cookie` binds the attempt to this browser", body = ProviderAddress),
        (status = 403, description = "sent by a page of another site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "there is no provider", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "the provider cannot be reached", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn begin_provider(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<WithCookies<Json<ProviderAddress>>, Problem> {
    refuse_foreign(&headers)?;
    let federation = app.federation().clone();
    let provider = federation.provider().ok_or_else(none)?;
    let secret = Key::generate().map_err(|error| Problem::Inconsistent(error.to_string()))?;
    let attempt = Attempt::begin(&secret, app.now());
    let address = provider.address(&attempt).await.map_err(|error| {
        tracing::warn!(%error, "the provider cannot be used");
        Problem::Proof(ProofProblem::ProviderSilent)
    })?;
    let cookie = session::attempt_cookie(&app, &headers, Some((&secret, None)))?;
    Ok((AppendHeaders(vec![(header::SET_COOKIE, cookie)]), Json(ProviderAddress { address })))
}

/// End signing in by the provider: its answer, as it came with the browser. Sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/sessions/provider/answer", tag = "accounts", security(()), request_body = ProviderAnswer,
    responses(
        (status = 200, description = "signed in; `set-cookie` holds the session", body = SignedIn),
        (status = 401, description = "the answer does not count, or no account is this person's; with `code_needed` a code of the second factor is needed too", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "the account is disabled or signs in here only, or sent by a page of another site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "there is no provider", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "wrong codes too often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "the provider cannot be reached", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn end_provider(
    State(app): State<App>,
    headers: HeaderMap,
    Body(answer): Body<ProviderAnswer>,
) -> Result<(StatusCode, WithCookies<Json<SignedIn>>), NotYet> {
    refuse_foreign(&headers)?;
    let federation = app.federation().clone();
    let provider = federation.provider().ok_or_else(none)?;
    let region = region_of(&app, provider.settings.region.clone())?.ok_or_else(none)?;
    let (database, id) = (app.database().clone(), region.id);
    let region_secret = blocking(move || Ok(database.secret(id)?)).await?;
    let (name, secret) = match known(&app, provider, &headers, (&answer, &region_secret)).await {
        Ok(known) => known,
        Err(refused) => {
            // Who it is, is not known; why it does not count, is.
            let entry = jifen_store::AuditRow {
                reason: format!("provider: {}", refused.reason),
                ..signing(&app, &region, ("", ""), "session.refused")
            };
            audit::write(&app, entry).await?;
            tracing::warn!(reason = refused.reason, "an answer of the provider was refused");
            return Err(refused.problem.into());
        }
    };
    let account = account(&app, &region, &name).await?;
    let opened = open_session(
        &app,
        &headers,
        Opened {
            region: &region,
            account: &account,
            second_factor: answer.second_factor,
            better: None,
            by: "provider",
        },
    );
    match opened.await {
        Ok((cookie, signed_in)) => {
            provider.attempts.end(&answer.state, app.now());
            let begun = session::attempt_cookie(&app, &headers, None)?;
            let cookies = [cookie, begun].map(|cookie| (header::SET_COOKIE, cookie)).to_vec();
            Ok((StatusCode::OK, (AppendHeaders(cookies), Json(signed_in))))
        }
        Err(problem) if matches!(problem, Problem::Proof(_)) => {
            // The code may be typed again, at any node; the provider's own counts once.
            let found = known_text(&region_secret, &secret, &answer.state, &name);
            let cookie = session::attempt_cookie(&app, &headers, Some((&secret, Some(&found))))?;
            Err(NotYet { cookie: Some(cookie), problem })
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Why nobody is signed in yet, and what the browser keeps for the next attempt.
pub(crate) struct NotYet {
    cookie: Option<HeaderValue>,
    problem: Problem,
}

impl From<Problem> for NotYet {
    fn from(problem: Problem) -> Self {
        Self { cookie: None, problem }
    }
}

impl IntoResponse for NotYet {
    fn into_response(self) -> Response {
        let cookies = self.cookie.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
        (AppendHeaders(cookies.collect::<Vec<_>>()), self.problem).into_response()
    }
}

/// An answer that does not count.
struct Refused {
    problem: Problem,
    reason: String,
}

/// Who signed in, as the provider says now or said before the code was asked for.
async fn known(
    app: &App,
    provider: &Provider,
    headers: &HeaderMap,
    (answer, region): (&ProviderAnswer, &RegionSecret),
) -> Result<(String, Key), Refused> {
    let refused =
        |reason: &str| Refused { problem: Problem::Proof(ProofProblem::ProviderRefused), reason: reason.to_owned() };
    let too_long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > ANSWER_BYTES_MAX);
    if too_long(&answer.code) || too_long(&answer.iss) || answer.state.len() > ANSWER_BYTES_MAX {
        return Err(refused("an answer that is too long"));
    }
    let (secret, found) =
        session::attempt_of(app, headers).ok_or_else(|| refused("begun in another browser, or too long ago"))?;
    let now = app.now();
    let attempt = Attempt::resume(&secret, &answer.state, now)
        .ok_or_else(|| refused("its state is of another attempt, or of one too long ago"))?;
    let came = provider.attempts.take(&answer.state, now);
    let found = found.filter(|_| answer.second_factor.is_some() && came != Some(Come::Over));
    if let Some(name) = found.and_then(|found| known_name(region, &secret, &answer.state, &found)) {
        return Ok((name, secret));
    }
    if came.is_some() {
        return Err(refused("its state came before"));
    }
    if answer.error.is_some() {
        return Err(refused("the provider let nobody in"));
    }
    let code = answer.code.as_deref().ok_or_else(|| refused("it brings no code"))?;
    let who = provider.who(&attempt, code, answer.iss.as_deref(), now).await;
    who.map(|name| (name, secret)).map_err(|error| Refused {
        problem: Problem::Proof(if error.is_outage() {
            ProofProblem::ProviderSilent
        } else {
            ProofProblem::ProviderRefused
        }),
        reason: error.to_string(),
    })
}

/// The account of this name, which must be here and may sign in this way.
async fn account(app: &App, region: &RegionRow, name: &str) -> Result<AccountRow, Problem> {
    let (database, id, asked) = (app.database().clone(), region.id, name.to_owned());
    let account = blocking(move || Ok(database.account(id, &asked)?)).await?;
    let told = |account: Option<&AccountRow>, reason: &str| {
        let (role, name) = account.map_or(("", ""), |account| (account.role.as_str(), account.name.as_str()));
        let reason = format!("provider: {reason}");
        jifen_store::AuditRow { reason, ..signing(app, region, (role, name), "session.refused") }
    };
    let Some(account) = account else {
        audit::write(app, told(None, "nobody's account")).await?;
        return Err(Problem::Proof(ProofProblem::NoAccount));
    };
    if is_over_others(app, region.id, name).await? {
        audit::write(app, told(Some(&account), "an administrator's account")).await?;
        return Err(Problem::Proof(ProofProblem::HereOnly));
    }
    Ok(account)
}

fn refuse_foreign(headers: &HeaderMap) -> Result<(), Problem> {
    if session::is_own_origin(headers) == Some(false) { Err(Problem::OriginForeign) } else { Ok(()) }
}

fn none() -> Problem {
    Problem::NotFound("provider to sign in by".to_owned())
}
