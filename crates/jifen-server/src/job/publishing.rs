//! `ruleset.published`: a draft that was approved is published when its days of notice are over.

use jifen_core::{
    committee::{RuleDraft, Stage},
    event::EventType,
    id::Digest,
    time::Instant,
};
use jifen_store::{JobRow, RegionRow};
use serde_json::{Map, Value, json};

use super::{Ending, store};
use crate::{
    app::App,
    intake::own,
    problem::Problem,
    writer::{Outcome, Purpose},
};

/// The jobs' kind; their id is the draft's digest and the day on which it had its approvals: given again, they are another job.
pub(super) const KIND: &str = "ruleset.published";

/// Enqueues drafts whose notice is over.
pub(super) async fn plan(app: &App, row: &RegionRow) -> Result<(), Problem> {
    let Some(region) = app.resident(row.id) else { return Ok(()) };
    let zone = region.organisation().zone();
    let today = zone.date(app.now());
    let due: Vec<(String, Instant)> = region
        .committee()
        .drafts()
        .filter(|draft| draft.stage(today) == Stage::Due)
        .filter_map(|draft| {
            let (agreed, until) = (draft.agreed?, draft.notice_until()?);
            Some((format!("{}/{agreed}", draft.digest), zone.day_start(until.plus(1))))
        })
        .collect();
    let (database, id) = (app.database().clone(), row.id);
    store(move || {
        for (job, due) in due {
            database.enqueue_job(id, KIND, &job, due)?;
        }
        Ok(())
    })
    .await
}

/// Appends the publication under an id of the draft, so that it happens once.
pub(super) async fn publish(app: &App, row: &RegionRow, job: &JobRow) -> Ending {
    let digest = job.id.split_once('/').and_then(|(digest, _)| Digest::parse_hex(digest));
    let region = app.resident(row.id);
    let draft = region.as_ref().zip(digest).and_then(|(region, digest)| region.committee().draft(digest));
    let Some(draft) = draft else {
        return Ending::Refused(format!("`{}` is no draft of a region served here", job.id));
    };
    if draft.published.is_some() {
        return Ending::Done;
    }
    let envelope = publication(draft, app.now());
    match own::send(app, row, "job:ruleset.published".to_owned(), envelope, Purpose::Person).await {
        Ok(Outcome::Accepted { position }) => {
            tracing::info!(region = row.code, position, %draft.digest, "a draft came into force as approved");
            Ending::Done
        }
        Ok(Outcome::Repeated { .. } | Outcome::Conflicting { .. }) => Ending::Done,
        // An approval was taken back in the meantime, or another set has the rules' ids: the page says so too.
        Ok(Outcome::Rejected { reason, .. } | Outcome::Quarantined { reason, .. }) => Ending::Refused(reason.en),
        Err(problem) => Ending::Failed(format!("{problem:?}")),
    }
}

fn publication(draft: &RuleDraft, now: Instant) -> Map<String, Value> {
    let event = json!({
        "specversion": "1.0",
        "source": own::SOURCE,
        "id": format!("draft/{}", draft.digest),
        "type": EventType::RulesetPublished.spec().name,
        "time": now.to_rfc3339(),
        "data": {
            "rules": draft.text,
            "effective_from": draft.first_day().to_string(),
            "approval": "committee",
            "draft": draft.digest.to_string(),
        },
    });
    event.as_object().cloned().unwrap_or_default()
}
