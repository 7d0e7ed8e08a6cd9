//! `/api/v1/committee`: who sits on the rule committee.

use axum::{Json, extract::State, http::HeaderMap};
use jifen_core::{committee::Terms, event::EventType, time::Instant};
use serde_json::json;

use super::{CommitteeView, MemberView, NewMember, seat_word, terms};
use crate::{
    app::App,
    auth::Caller,
    body::{Body, date, malformed},
    intake::own::{self, Appended},
    problem::{Problem, ProblemBody},
};

/// The rule committee: its members, and what a draft needs.
#[utoipa::path(
    get, path = "/api/v1/committee", tag = "rules",
    responses((status = 200, body = CommitteeView))
)]
pub(crate) async fn get_committee(State(app): State<App>, caller: Caller) -> Result<Json<CommitteeView>, Problem> {
    let now = app.now();
    let read = app.read(&caller.0, move |_, _, region| {
        let committee = region.committee();
        let members = committee.members().map(|(account, term)| MemberView {
            account: account.to_owned(),
            seat: seat_word(term.seat),
            from: term.from.to_rfc3339(),
            to: term.to.map(Instant::to_rfc3339),
            in_office: committee.seat(account, now).is_some(),
        });
        Ok(CommitteeView {
            sits: committee.sits(now),
            terms: terms(Terms::of(region.organisation().latest_settings())),
            members: members.collect(),
        })
    });
    read.await.map(Json)
}

/// Give a seat to an account, or change its term. From then on rules come into force by drafts.
#[utoipa::path(
    post, path = "/api/v1/committee/members", tag = "rules", request_body = NewMember,
    params(("idempotency-key" = Option<String>, Header, description = "the same request under the same key is done once")),
    responses(
        (status = 200, body = Appended),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add_member(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(new): Body<NewMember>,
) -> Result<Json<Appended>, Problem> {
    let now = app.now();
    let read = app.read(&caller.0, move |database, row, region| {
        let known = database.account(row.id, &new.account)?.is_some_and(|account| !account.disabled);
        if !known {
            return Err(malformed("/account", format!("`{}` is no account that is in use", new.account)));
        }
        let zone = region.organisation().zone();
        let day = |pointer, text: &Option<String>| text.as_deref().map(|text| date(pointer, text)).transpose();
        let (from, to) = (day("/from", &new.from)?, day("/to", &new.to)?);
        let from = from.map_or(now, |from| zone.day_start(from));
        let to = to.map(|last| zone.day_start(last.plus(1)));
        if to.is_some_and(|to| to <= from) {
            return Err(malformed("/to", "the term ends before it begins".to_owned()));
        }
        let seat = serde_json::to_value(new.seat).unwrap_or_default();
        let mut data = json!({"account": new.account, "seat": seat, "from": from.to_rfc3339()});
        if let (Some(to), Some(data)) = (to, data.as_object_mut()) {
            data.insert("to".to_owned(), to.to_rfc3339().into());
        }
        Ok(data.as_object().cloned().unwrap_or_default())
    });
    let data = read.await?;
    let appended = own::append(&app, &caller, &headers, EventType::CommitteeMember, data).await?;
    tracing::info!(by = caller.0.role.name(), position = appended.position, "a seat on the rule committee was given");
    Ok(Json(appended))
}
