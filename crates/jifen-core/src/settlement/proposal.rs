//! Proposals for people: whom a period reaches, and streaks of such periods. Nothing is ever done by itself.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use super::{
    Settling,
    award::{last_of, league_of},
};
use crate::{
    ledger::Subject,
    points::Points,
    rule::settlement::{OnGap, Proposal, STREAK_MAX, Trigger},
    time::Period,
};

/// Something that people are asked to decide about somebody.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Proposed {
    /// The proposal's id.
    #[n(0)]
    pub id: String,
    /// About whom.
    #[n(1)]
    pub subject: Subject,
    /// The periods that led to it, with the scores, the first first.
    #[n(2)]
    pub periods: Vec<(Period, Points)>,
}

/// Whom one period reaches, and everybody's scores.
#[derive(Default)]
struct Reached {
    subjects: BTreeSet<Subject>,
    scores: BTreeMap<Subject, Points>,
}

impl Settling<'_> {
    /// The proposals of a period.
    pub(super) fn proposals(&mut self, proposal: &Proposal, period: Period) -> Vec<Proposed> {
        let now = self.reached_by(proposal, period);
        let found = |subject: &Subject, reached: &Reached, period: Period| {
            (period, reached.scores.get(subject).copied().unwrap_or_default())
        };
        let mut open: BTreeMap<Subject, Vec<(Period, Points)>> =
            now.subjects.iter().map(|subject| (subject.clone(), vec![found(subject, &now, period)])).collect();
        let mut full = Vec::new();
        let mut each = period;
        for _ in 0..=2 * STREAK_MAX {
            let is_full = |periods: &Vec<(Period, Points)>| periods.len() >= proposal.periods as usize;
            let done: Vec<Subject> =
                open.iter().filter(|(_, periods)| is_full(periods)).map(|(one, _)| one.clone()).collect();
            full.extend(done.into_iter().filter_map(|subject| open.remove_entry(&subject)));
            each = Period::holding(each.grain, each.first.plus(-1));
            // A streak lies in settled periods, and begins with the proposal.
            if open.is_empty() || !(self.input.ended)(each) {
                break;
            }
            let Some(before) = self.proposal_named(&proposal.face.id, each) else { break };
            let reached = self.reached_by(before, each);
            open.retain(|subject, periods| {
                if reached.subjects.contains(subject) {
                    periods.push(found(subject, &reached, each));
                    return true;
                }
                !reached.scores.contains_key(subject) && proposal.on_gap == OnGap::Skip
            });
        }
        full.sort();
        let proposed = full.into_iter().map(|(subject, mut periods)| {
            periods.reverse();
            Proposed { id: proposal.face.id.clone(), subject, periods }
        });
        proposed.collect()
    }

    fn reached_by(&mut self, proposal: &Proposal, period: Period) -> Reached {
        let scores = self.basis(&proposal.basis, period);
        let members = self.members(proposal.basis.subject, period);
        let within = members.iter().filter(|member| proposal.scope.holds(&member.place, None));
        let scored = within.filter_map(|member| Some((member, *scores.get(&member.subject)?)));
        match &proposal.trigger {
            Trigger::Below(limit) => {
                let scores: BTreeMap<_, _> = scored.map(|(member, points)| (member.subject.clone(), points)).collect();
                let below = scores.iter().filter(|(_, points)| *points < limit).map(|(subject, _)| subject.clone());
                Reached { subjects: below.collect(), scores }
            }
            Trigger::Bottom { number, league } => {
                let mut leagues: BTreeMap<String, Vec<(Subject, Points)>> = BTreeMap::new();
                for (member, points) in
                    scored.filter(|(member, _)| !self.input.organisation.is_trainee_in(&member.subject, period))
                {
                    if let Some(league) = league_of(league, member) {
                        leagues.entry(league).or_default().push((member.subject.clone(), points));
                    }
                }
                let scores = leagues.values().flatten().cloned().collect();
                Reached {
                    subjects: leagues.into_values().flat_map(|scored| last_of(*number, scored)).collect(),
                    scores,
                }
            }
        }
    }
}
