//! A person's judgement of a fact on hold becomes a hold event that names the digest they saw.

use jifen_core::{
    event::{EventType, member},
    id::EventKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{board::HoldView, problem::Problem};

/// What somebody decides of a held fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// 放行: it counts.
    Released,
    /// 作废: it never counts.
    Discarded,
}

/// A judgement.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HoldJudgement)]
pub(crate) struct Judgement {
    /// `released` or `discarded`.
    verdict: Verdict,
    /// `digest` of the hold as it was read.
    digest: String,
    /// Why.
    reason: String,
}

impl Judgement {
    /// The type of event it makes.
    pub(crate) fn kind(&self) -> EventType {
        match self.verdict {
            Verdict::Released => EventType::HoldReleased,
            Verdict::Discarded => EventType::HoldDiscarded,
        }
    }

    /// The event that says it of `hold`.
    ///
    /// # Errors
    /// [`Problem::Conflict`] when the fact has changed since it was read.
    pub(crate) fn event(self, hold: &HoldView) -> Result<(EventType, Map<String, Value>), Problem> {
        if hold.digest.as_deref() != Some(self.digest.as_str()) {
            return Err(Problem::Conflict("the fact has changed since it was read; look at it again".to_owned()));
        }
        if self.reason.trim().is_empty() {
            return Err(Problem::EventRefused {
                pointer: "/reason".to_owned(),
                reason: "say why".to_owned(),
                reason_zh: Some("请写明理由".to_owned()),
            });
        }
        let kind = self.kind();
        let members = [
            (member::FACT, Some(hold.fact.clone())),
            (member::FACT_DIGEST, Some(self.digest)),
            (member::SERVICE, hold.service.clone()),
            (member::CASE, hold.case.clone()),
            (member::REASON, Some(self.reason)),
        ];
        let given = members.into_iter().filter_map(|(id, text)| Some((id.spec().name.to_owned(), text?.into())));
        Ok((kind, given.collect()))
    }
}

/// A fact's id in a path.
pub(crate) fn fact_id(text: &str) -> Result<EventKey, Problem> {
    EventKey::parse_hex(text).ok_or_else(|| Problem::NotFound("hold of this fact".to_owned()))
}
