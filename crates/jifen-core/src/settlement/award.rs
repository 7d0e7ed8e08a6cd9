//! Honours: who is compared with whom, who is eligible, who has the titles.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use minicbor::{Decode, Encode};

use super::{Member, Settling};
use crate::{
    ledger::Subject,
    points::Points,
    rollup::ranks,
    rule::settlement::{Equal, Gate, Heads, Honour, League, Quota, Round, Source, Tie, WHOLE_WEIGHT, periods_within},
    time::Period,
};

/// One league's contest for an honour.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Contest {
    /// The honour's id.
    #[n(0)]
    pub id: String,
    /// The league: a code, or the Chinese name of a class; empty where there is one for all.
    #[n(1)]
    pub league: String,
    /// How many there are in it, trainees left out.
    #[n(2)]
    pub heads: u64,
    /// How many titles there are.
    #[n(3)]
    pub quota: u64,
    /// Those with a score, the best first.
    #[n(4)]
    pub contestants: Vec<Contestant>,
}

/// Somebody with a score.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Contestant {
    /// Who.
    #[n(0)]
    pub subject: Subject,
    /// Competition rank by score in the league (1, 2, 2, 4); a trainee has none.
    #[n(1)]
    pub rank: Option<u64>,
    /// The score.
    #[n(2)]
    pub score: Points,
    /// What decides between equal scores, as far as the honour says; more is better.
    #[n(3)]
    pub ties: Vec<Option<Points>>,
    /// What came of it.
    #[n(4)]
    pub outcome: Outcome,
}

/// What came of a contest for one subject.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Outcome {
    /// Has the title.
    #[n(0)]
    Titled,
    /// Equal to others at the last title; people decide.
    #[n(1)]
    Equal,
    /// No title was left.
    #[n(2)]
    Behind,
    /// Not eligible.
    #[n(3)]
    Barred(#[n(0)] Bar),
}

/// Why somebody is not eligible.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Bar {
    /// A veto, by its id.
    #[n(0)]
    Veto(#[n(0)] String),
    /// A gate, by its place in the file from 0.
    #[n(1)]
    Gate(#[n(0)] u32),
    /// A trainee in the period, who is not ranked.
    #[n(2)]
    Trainee,
}

impl Contestant {
    fn is_trainee(&self) -> bool {
        self.outcome == Outcome::Barred(Bar::Trainee)
    }
}

impl Settling<'_> {
    /// The contests of an honour, by league.
    pub(super) fn contests(&mut self, honour: &Honour, period: Period) -> Rc<Vec<Contest>> {
        let key = (honour.face.id.clone(), period);
        if let Some(known) = self.contests.get(&key) {
            return Rc::clone(known);
        }
        let (scores, shut_out) = (self.basis(&honour.basis, period), self.shut_out(period));
        let passed: Vec<BTreeSet<Subject>> =
            honour.gates.iter().map(|gate| self.passed(gate, honour, period)).collect();
        let members = self.members(honour.basis.subject, period);
        let mut leagues: BTreeMap<String, (u64, Vec<Contestant>)> = BTreeMap::new();
        for member in members.iter().filter(|member| honour.scope.holds(&member.place, None)) {
            let Some(league) = league_of(&honour.league, member) else { continue };
            let (heads, contestants) = leagues.entry(league).or_default();
            let trainee = self.input.organisation.is_trainee_in(&member.subject, period).then_some(Bar::Trainee);
            *heads += u64::from(trainee.is_none());
            let Some(score) = scores.get(&member.subject) else { continue };
            let gate = passed.iter().position(|passed| !passed.contains(&member.subject));
            let veto = shut_out.get(&member.subject).cloned().map(Bar::Veto);
            let bar = trainee.or(veto).or_else(|| gate.map(|gate| Bar::Gate(gate as u32)));
            let subject = member.subject.clone();
            let ties = honour.ties.iter().map(|tie| self.tie(tie, honour, &subject, period)).collect();
            let outcome = bar.map_or(Outcome::Behind, Outcome::Barred);
            contestants.push(Contestant { subject, rank: None, score: *score, ties, outcome });
        }
        let contests =
            leagues.into_iter().map(|(league, (heads, contestants))| contest(honour, league, heads, contestants));
        let contests = Rc::new(contests.collect());
        self.contests.insert(key, Rc::clone(&contests));
        contests
    }

    /// Who passes a gate.
    fn passed(&mut self, gate: &Gate, honour: &Honour, period: Period) -> BTreeSet<Subject> {
        let kind = honour.basis.subject;
        match gate {
            Gate::Score { figure, at_least } => {
                let readings = self.figure(figure, kind, period).into_iter();
                readings.filter(|(_, reading)| reading.points >= *at_least).map(|(subject, _)| subject).collect()
            }
            Gate::Grade { grade, at_least } => {
                let graded = self.grade_named(grade, period).map(|grade| self.grades(grade, period));
                let good = graded.into_iter().flatten().filter(|graded| graded.band as usize >= *at_least);
                good.map(|graded| graded.subject).collect()
            }
            Gate::Facts { counted, at_least, at_most } => {
                let facts = self.facts(counted, period);
                let good = |subject: &Subject| {
                    let found = facts.get(subject).copied().unwrap_or_default();
                    at_least.is_none_or(|least| found >= least) && at_most.is_none_or(|most| found <= most)
                };
                let members = self.members(kind, period);
                members.iter().map(|member| &member.subject).filter(|subject| good(subject)).cloned().collect()
            }
            Gate::Titles { honour, each, at_least } => {
                let mut titles: BTreeMap<Subject, u64> = BTreeMap::new();
                for each in periods_within(period, *each).filter(|each| (self.input.ended)(*each)) {
                    let Some(other) = self.honour_named(honour, each) else { continue };
                    for subject in titled(&self.contests(other, each)) {
                        *titles.entry(subject.clone()).or_default() += 1;
                    }
                }
                titles.into_iter().filter(|(_, count)| count >= at_least).map(|(subject, _)| subject).collect()
            }
        }
    }

    fn tie(&mut self, tie: &Tie, honour: &Honour, subject: &Subject, period: Period) -> Option<Points> {
        match (tie, &honour.basis.source) {
            (Tie::FewestDeductions, _) => Some(self.deductions(subject, period)),
            (Tie::Part(part), Source::Composite(id)) => {
                let composite = self.composite_named(id, period)?;
                let composed = self.composite(composite, period);
                let own = composed.iter().find(|one| one.subject == *subject)?;
                own.parts.get(*part)?.value.as_ref().map(|value| value.points)
            }
            (Tie::Part(_), Source::Sheet(_) | Source::Rules { .. }) => None,
        }
    }
}

/// Who has a title.
pub(super) fn titled(contests: &[Contest]) -> impl Iterator<Item = &Subject> {
    let contestants = contests.iter().flat_map(|contest| &contest.contestants);
    contestants.filter(|one| one.outcome == Outcome::Titled).map(|one| &one.subject)
}

/// The league of a member; `None`: it takes no part.
pub(super) fn league_of(league: &League, member: &Member) -> Option<String> {
    match league {
        League::All => Some(String::new()),
        League::Window => member.place.window.clone(),
        League::Department => member.place.department.clone(),
        League::Hall => member.place.hall.clone(),
        League::Classes(classes) => {
            let holds = |codes: &BTreeSet<String>, code: &Option<String>| {
                code.as_ref().is_some_and(|code| codes.contains(code))
            };
            let place = &member.place;
            let class = classes.iter().find(|(_, scope)| {
                holds(&scope.windows, &place.window)
                    || holds(&scope.departments, &place.department)
                    || holds(&scope.halls, &place.hall)
            });
            class.map(|(name, _)| name.zh.clone())
        }
    }
}

/// Ranks a league and gives the titles.
pub(super) fn contest(honour: &Honour, league: String, heads: u64, mut contestants: Vec<Contestant>) -> Contest {
    contestants.sort_by(|a, b| strength(b).cmp(&strength(a)).then_with(|| a.subject.cmp(&b.subject)));
    let points: Vec<Points> = contestants.iter().filter(|one| !one.is_trainee()).map(|one| one.score).collect();
    for (one, rank) in contestants.iter_mut().filter(|one| !one.is_trainee()).zip(ranks(&points)) {
        one.rank = Some(rank);
    }
    let eligible = contestants.iter().filter(|one| one.outcome == Outcome::Behind).count() as u64;
    let quota = match honour.quota {
        Quota::Number(number) => number,
        Quota::Share { share, of, round, at_least } => {
            let heads = match of {
                Heads::All => heads,
                Heads::Scored => points.len() as u64,
                Heads::Eligible => eligible,
            };
            let (product, whole) = (i128::from(heads) * i128::from(share.0), i128::from(WHOLE_WEIGHT));
            let up = i128::from(round == Round::Ceil && product % whole != 0);
            u64::try_from(product / whole + up).unwrap_or(u64::MAX).max(at_least.min(heads))
        }
    };
    give(honour.equal, quota, &mut contestants);
    Contest { id: honour.face.id.clone(), league, heads, quota, contestants }
}

fn strength(one: &Contestant) -> (Points, &[Option<Points>]) {
    (one.score, &one.ties)
}

/// Gives the titles from the best down; who is equal to others at the last one shares it or waits for people.
pub(super) fn give(equal: Equal, quota: u64, contestants: &mut [Contestant]) {
    let mut left = quota;
    let mut start = 0;
    while start < contestants.len() && left > 0 {
        let first = &contestants[start];
        let end = start + contestants[start..].iter().take_while(|one| strength(one) == strength(first)).count();
        let group = &mut contestants[start..end];
        let takers = group.iter().filter(|one| one.outcome == Outcome::Behind).count() as u64;
        let outcome = if takers <= left || equal == Equal::Share { Outcome::Titled } else { Outcome::Equal };
        for one in group.iter_mut().filter(|one| one.outcome == Outcome::Behind) {
            one.outcome = outcome.clone();
        }
        left = left.saturating_sub(takers);
        start = end;
    }
}

/// The last of a league: the lowest scores, those equal at the edge all among them; nobody where all are equal.
pub(super) fn last_of(number: u64, mut scored: Vec<(Subject, Points)>) -> BTreeSet<Subject> {
    scored.sort_by_key(|(_, points)| Reverse(*points));
    let (Some((_, best)), Some(edge)) = (scored.first(), scored.iter().rev().nth(number.saturating_sub(1) as usize))
    else {
        // Fewer than `number`: all but the best are last.
        let best = scored.first().map(|(_, points)| *points);
        return scored.into_iter().filter(|(_, points)| Some(*points) < best).map(|(subject, _)| subject).collect();
    };
    let (best, edge) = (*best, edge.1);
    let is_last = |points: Points| points <= edge && points < best;
    scored.into_iter().filter(|(_, points)| is_last(*points)).map(|(subject, _)| subject).collect()
}
