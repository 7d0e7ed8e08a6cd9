//! What somebody sees of a settlement: results of the people and places in their reach, of one kind if asked.
//!
//! In: all results. Out: those that may leave. The digest and the places of a contest are of all of them.

use jifen_core::{engine::Region, ledger::Subject, rule::SubjectKind, settlement::Settlement};

use crate::auth::Reach;

/// Whose results leave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) reach: Reach,
    /// Only those of one kind of subject.
    pub(crate) kind: Option<SubjectKind>,
    /// Whether places in a contest are told: no phone shows one.
    pub(crate) ranks: bool,
}

impl Seen {
    /// Everything.
    pub(crate) fn whole() -> Self {
        Self { reach: Reach::whole(), kind: None, ranks: true }
    }

    /// Leaves out what is not seen. Proposals are for those who decide on people, not for whom they are about.
    pub(super) fn narrow(&self, region: &Region, settled: &mut Settlement) {
        let sees = |subject: &Subject| {
            self.kind.is_none_or(|kind| subject.kind() == kind) && self.reach.has_subject(region, subject)
        };
        settled.composites.retain(|one| sees(&one.subject));
        settled.grades.retain(|one| sees(&one.subject));
        settled.vetoes.retain(|one| sees(&one.subject));
        settled.cards.retain(|one| sees(&one.subject));
        for contest in &mut settled.contests {
            contest.contestants.retain(|one| sees(&one.subject));
        }
        settled.contests.retain(|contest| self.is_all() || !contest.contestants.is_empty());
        settled.proposals.retain(|one| !self.reach.is_oneself() && sees(&one.subject));
        settled.payouts.retain(|one| sees(&one.subject));
    }

    /// Whether nothing is left out; a definition without results is told only then.
    pub(super) fn is_all(&self) -> bool {
        self.kind.is_none() && self.reach.is_whole()
    }
}
