//! What-ifs over HTTP: asked for, followed, called off.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jifen_core::language::Words;

use super::{AskWhatIf, Checked, Question, WhatIf, WhatIfError, WhatIfList, compare, kept::Run};
use crate::{
    app::App,
    auth::Caller,
    body::{Body, date},
    problem::{Problem, ProblemBody},
};

/// Try a draft of a rule set on days that have been. The answer is asked for by its number until it is there.
///
/// The draft takes the place of its set's versions from the first day on; everything else stays as it was. One runs at a time.
#[utoipa::path(
    post, path = "/api/v1/whatifs", tag = "rules", request_body = AskWhatIf,
    responses(
        (status = 202, body = WhatIf),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ask(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<AskWhatIf>,
) -> Result<(StatusCode, Json<WhatIf>), Problem> {
    let question = Question { from: date("/from", &asked.from)?, to: date("/to", &asked.to)?, text: asked.rules };
    let check = app.read(&caller.0, move |_, _, region| Checked::of(question, region).map_err(refused)).await?;
    let run = app.whatifs().begin(caller.0.region.id, &check, caller.0.by(), app.now()).map_err(|running| {
        Problem::Conflict(format!("what-if {running} is still running; wait for it or call it off"))
    })?;
    tracing::info!(by = caller.0.by(), set = check.set().id, version = %check.set().version, "a draft is tried");
    let answer = run.view(false);
    tokio::spawn(answer_in_time(app, caller, check, run));
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Works it out, on a thread that may block.
async fn answer_in_time(app: App, caller: Caller, checked: Checked, run: Arc<Run>) {
    let (followed, stopping) = (Arc::clone(&run), app.stopping());
    let read = app.read(&caller.0, move |database, row, region| {
        let mut progress = |position, head| followed.progress(position, head) && !*stopping.borrow();
        followed.end(compare(database, row, region, &checked, &mut progress));
        Ok(())
    });
    if let Err(problem) = read.await {
        tracing::error!(?problem, "a what-if broke off");
        run.end(Err(WhatIfError::Record { position: 0, reason: "the server's log says why".to_owned() }));
    }
}

fn refused(error: WhatIfError) -> Problem {
    match error {
        WhatIfError::Draft(faults) => Problem::DraftRefused(
            faults.iter().map(|fault| Words::of(|language| fault.told_with_place(language))).collect(),
        ),
        WhatIfError::Span(reason) => Problem::MalformedBody { pointer: "/from".to_owned(), reason },
        WhatIfError::Clash(reason) => Problem::DraftRefused(vec![reason]),
        WhatIfError::Read(error) => error.into(),
        other @ (WhatIfError::Cancelled | WhatIfError::Record { .. } | WhatIfError::Outrun) => {
            Problem::Inconsistent(other.to_string())
        }
    }
}

/// What-ifs since the server started, without their answers.
#[utoipa::path(
    get, path = "/api/v1/whatifs", tag = "rules",
    responses((status = 200, body = WhatIfList))
)]
pub(crate) async fn list_whatifs(State(app): State<App>, caller: Caller) -> Result<Json<WhatIfList>, Problem> {
    let items = app.whatifs().all(caller.0.region.id).iter().map(|run| run.view(false)).collect();
    Ok(Json(WhatIfList { items }))
}

/// A what-if, with its answer once it is there.
#[utoipa::path(
    get, path = "/api/v1/whatifs/{id}", tag = "rules", params(("id" = u64, Path, description = "its number")),
    responses(
        (status = 200, body = WhatIf),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_whatif(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WhatIf>, Problem> {
    Ok(Json(run_of(&app, &caller, &id)?.view(true)))
}

/// Call a what-if off.
#[utoipa::path(
    delete, path = "/api/v1/whatifs/{id}", tag = "rules", params(("id" = u64, Path, description = "its number")),
    responses(
        (status = 204),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn cancel_whatif(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    run_of(&app, &caller, &id)?.cancel();
    Ok(StatusCode::NO_CONTENT)
}

fn run_of(app: &App, caller: &Caller, id: &str) -> Result<Arc<Run>, Problem> {
    let run = id.parse().ok().and_then(|id| app.whatifs().one(caller.0.region.id, id));
    run.ok_or_else(|| Problem::NotFound("what-if of this number; they last until the server stops".to_owned()))
}
