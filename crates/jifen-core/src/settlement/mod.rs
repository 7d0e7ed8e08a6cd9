//! What settled points lead to: composites, grades, vetoes, warning cards, honours, proposals and payouts of a period.
//!
//! In: the rule sets in force on a period's first day, the organisation, sums of rules per subject and period, which periods have ended.
//! Out: a [`Settlement`], or the sums it still needs. A total function of its input: exact integers, and it never changes a point.
//!
//! It is worked out when it is read and kept nowhere, so replays, late facts and corrections need no path of their own.

mod award;
mod clock;
mod figure;
mod grade;
mod payout;
mod proposal;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use minicbor::{Decode, Encode};

use crate::{
    engine::Region,
    fact::Place,
    id::Digest,
    ledger::Subject,
    points::Points,
    rollup::Rollup,
    roster::{ActorKind, Organisation},
    rule::{
        RuleSet, Sheet, SubjectKind,
        settlement::{Composite, Grade, Honour, Proposal, Veto},
    },
    scoring::{RuleVersion, Versions, unknown_days},
    time::Period,
};

pub use award::{Bar, Contest, Contestant, Outcome};
pub use clock::Publicized;
pub use figure::{Composed, PartValue, Reading};
pub use grade::{Carded, Graded, Vetoed};
pub use payout::{Ground, Paid};
pub use proposal::Proposed;

/// What one rule came to for a subject and period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RuleSum {
    /// Points of the subject itself, posted and provisional.
    pub points: Points,
    /// Facts the rule looked at.
    pub facts: u64,
}

impl RuleSum {
    /// Adds a row of the boards: the subject's own points, and the facts.
    pub fn add(&mut self, row: &Rollup) {
        self.points += row.own_posted + row.own_provisional;
        self.facts = self.facts.saturating_add_signed(row.facts);
    }
}

/// What all rules came to for the subjects of a kind in a period.
pub type Sums = BTreeMap<Subject, BTreeMap<String, RuleSum>>;

/// All that results depend on.
pub struct Input<'a> {
    /// The rule sets.
    pub versions: &'a Versions,
    /// Who there is, and where they belong.
    pub organisation: &'a Organisation,
    /// Whether a period has ended.
    pub ended: &'a dyn Fn(Period) -> bool,
    /// Sums that were loaded so far.
    pub sums: &'a BTreeMap<(SubjectKind, Period), Sums>,
}

/// Sums that are missing from the input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needs(pub BTreeSet<(SubjectKind, Period)>);

/// What a period comes to.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Settlement {
    /// The period.
    #[n(0)]
    pub period: Period,
    /// Whether it has ended; before that everything is provisional.
    #[n(1)]
    pub ended: bool,
    /// The versions that ruled it.
    #[n(2)]
    pub versions: Vec<Digest>,
    /// Composites, by definition and subject.
    #[n(3)]
    pub composites: Vec<Composed>,
    /// Grades, by definition and subject.
    #[n(4)]
    pub grades: Vec<Graded>,
    /// Vetoes that have an effect in this period.
    #[n(5)]
    pub vetoes: Vec<Vetoed>,
    /// Warning cards.
    #[n(6)]
    pub cards: Vec<Carded>,
    /// Honours, one a league.
    #[n(7)]
    pub contests: Vec<Contest>,
    /// Proposals for people.
    #[n(8)]
    pub proposals: Vec<Proposed>,
    /// Payouts.
    #[n(9)]
    pub payouts: Vec<Paid>,
    /// Sheets that nobody has, because it cannot be said yet which days were due.
    #[n(10)]
    pub waiting: Vec<Waiting>,
    /// When results are published and appealed against.
    #[n(11)]
    pub publicized: Vec<Publicized>,
}

/// A sheet that waits.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Waiting {
    /// The sheet's id.
    #[n(0)]
    pub sheet: String,
    /// For what: `calendar_year_unknown:2031`, `calendar_unknown:CODE`.
    #[n(1)]
    pub reason: String,
}

impl Settlement {
    /// SHA-256 over its canonical bytes: what a later record of the settlement would freeze.
    pub fn digest(&self) -> Digest {
        Digest::of(&crate::canonical(self))
    }
}

/// Settles a period by the versions in force on its first day.
///
/// # Errors
/// [`Needs`]: sums to load before asking again.
pub fn settle(input: &Input<'_>, period: Period) -> Result<Settlement, Needs> {
    let mut settling = Settling::new(input);
    let settlement = settling.settle(period);
    if settling.needs.is_empty() { Ok(settlement) } else { Err(Needs(settling.needs)) }
}

/// Settles a period of a region; sums are loaded as they are needed.
///
/// # Errors
/// Whatever `load` answers.
pub fn settle_region<E>(
    region: &Region,
    period: Period,
    mut load: impl FnMut(SubjectKind, Period) -> Result<Sums, E>,
) -> Result<Settlement, E> {
    let ended = |period: Period| region.has_ended(period);
    let mut sums = BTreeMap::new();
    loop {
        let input =
            Input { versions: region.versions(), organisation: region.organisation(), ended: &ended, sums: &sums };
        match settle(&input, period) {
            Ok(settlement) => return Ok(settlement),
            Err(Needs(needs)) => {
                for (kind, period) in needs {
                    sums.insert((kind, period), load(kind, period)?);
                }
            }
        }
    }
}

/// Somebody of a kind in a period, and where they belong then.
struct Member {
    subject: Subject,
    place: Place,
}

type Members = Rc<Vec<Member>>;
type Scores = Rc<BTreeMap<Subject, Points>>;

/// What was worked out so far, each thing once.
struct Settling<'a> {
    input: &'a Input<'a>,
    needs: BTreeSet<(SubjectKind, Period)>,
    members: BTreeMap<(SubjectKind, Period), Members>,
    composed: BTreeMap<(String, Period), Rc<Vec<Composed>>>,
    contests: BTreeMap<(String, Period), Rc<Vec<Contest>>>,
}

impl<'a> Settling<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        Self {
            input,
            needs: BTreeSet::new(),
            members: BTreeMap::new(),
            composed: BTreeMap::new(),
            contests: BTreeMap::new(),
        }
    }

    fn settle(&mut self, period: Period) -> Settlement {
        let versions: Vec<&'a RuleVersion> = self.input.versions.in_force(period.first).collect();
        let mut settlement = Settlement {
            period,
            ended: (self.input.ended)(period),
            versions: versions.iter().map(|version| version.set.version).collect(),
            composites: Vec::new(),
            grades: Vec::new(),
            vetoes: self.vetoes(period),
            cards: Vec::new(),
            contests: Vec::new(),
            proposals: Vec::new(),
            payouts: Vec::new(),
            waiting: Vec::new(),
            publicized: Vec::new(),
        };
        for version in versions {
            for sheet in version.set.sheets.iter().filter(|sheet| sheet.period == period.grain) {
                let waiting = self.unknown_days(sheet, period);
                settlement.waiting.extend(waiting.map(|reason| Waiting { sheet: sheet.id.clone(), reason }));
            }
            let plan = &version.set.settlement;
            for composite in plan.composites.iter().filter(|composite| composite.period == period.grain) {
                settlement.composites.extend(self.composite(composite, period).iter().cloned());
            }
            for grade in plan.grades.iter().filter(|grade| grade.basis.period == period.grain) {
                settlement.grades.extend(self.grades(grade, period));
            }
            for card in plan.cards.iter().filter(|card| card.counted.per == period.grain) {
                settlement.cards.extend(self.cards(card, period));
            }
            for honour in plan.honours.iter().filter(|honour| honour.basis.period == period.grain) {
                settlement.contests.extend(self.contests(honour, period).iter().cloned());
            }
            for proposal in plan.proposals.iter().filter(|proposal| proposal.basis.period == period.grain) {
                settlement.proposals.extend(self.proposals(proposal, period));
            }
            for payout in plan.payouts.iter().filter(|payout| payout.period == period.grain) {
                settlement.payouts.extend(self.payouts(payout, period));
            }
            let publicities = plan.publicities.iter().filter(|publicity| publicity.period == period.grain);
            settlement
                .publicized
                .extend(publicities.map(|publicity| Publicized::of(publicity, period, self.input.organisation)));
        }
        settlement
    }

    /// Why the days that a sheet asks for are not known yet.
    fn unknown_days(&self, sheet: &Sheet, period: Period) -> Option<String> {
        unknown_days(sheet.presence.as_ref()?, self.input.organisation, period)
    }

    /// Everybody of a kind who was set up by the period's end, system accounts left out.
    fn members(&mut self, kind: SubjectKind, period: Period) -> Members {
        let organisation = self.input.organisation;
        let make = || {
            let end = organisation.zone().day_start(period.next().first);
            let is_there = |subject: &Subject| organisation.known_since(subject).is_some_and(|since| since < end);
            let is_scored = |subject: &Subject| match subject {
                Subject::Person(actor) => organisation.actor_kind(*actor) == ActorKind::Person,
                Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => true,
            };
            let subjects = organisation.subjects(kind).filter(|subject| is_there(subject) && is_scored(subject));
            Rc::new(
                subjects.map(|subject| Member { place: place_of(organisation, &subject, period), subject }).collect(),
            )
        };
        Rc::clone(self.members.entry((kind, period)).or_insert_with(make))
    }

    /// The sums of a kind and period; asked for where they are not there yet.
    fn sums(&mut self, kind: SubjectKind, period: Period) -> Option<&'a Sums> {
        let sums = self.input.sums.get(&(kind, period));
        if sums.is_none() {
            self.needs.insert((kind, period));
        }
        sums
    }

    /// The definition of this id as in force on the period's first day.
    fn defined<T>(&self, period: Period, of: impl Fn(&'a RuleSet) -> Option<&'a T>) -> Option<&'a T> {
        self.input.versions.in_force(period.first).find_map(|version| of(&version.set))
    }

    fn composite_named(&self, id: &str, period: Period) -> Option<&'a Composite> {
        self.defined(period, |set| set.settlement.composites.iter().find(|found| found.face.id == id))
            .filter(|found| found.period == period.grain)
    }

    fn grade_named(&self, id: &str, period: Period) -> Option<&'a Grade> {
        self.defined(period, |set| set.settlement.grades.iter().find(|found| found.face.id == id))
            .filter(|found| found.basis.period == period.grain)
    }

    fn honour_named(&self, id: &str, period: Period) -> Option<&'a Honour> {
        self.defined(period, |set| set.settlement.honours.iter().find(|found| found.face.id == id))
            .filter(|found| found.basis.period == period.grain)
    }

    fn proposal_named(&self, id: &str, period: Period) -> Option<&'a Proposal> {
        self.defined(period, |set| set.settlement.proposals.iter().find(|found| found.face.id == id))
            .filter(|found| found.basis.period == period.grain)
    }

    /// Vetoes of all sets in force on the period's first day: one book may shut out of what another gives.
    fn vetoes_in_force(&self, period: Period) -> Vec<&'a Veto> {
        self.input.versions.in_force(period.first).flat_map(|version| &version.set.settlement.vetoes).collect()
    }
}

/// Where a subject belongs at the end of a period, as for its score sheet.
fn place_of(organisation: &Organisation, subject: &Subject, period: Period) -> Place {
    let time = organisation.zone().day_start(period.last());
    let of = |window: Option<String>, department: Option<String>| {
        organisation.complete_place(Place { window, department, hall: None }, time)
    };
    match subject {
        Subject::Person(actor) => organisation.home(*actor, time),
        Subject::Window(code) => of(Some(code.clone()), None),
        Subject::Department(code) => of(None, Some(code.clone())),
        Subject::Hall(code) => Place { hall: Some(code.clone()), ..Place::default() },
    }
}
