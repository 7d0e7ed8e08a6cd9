//! Payouts as a rule file says them.

use super::{Basis, Counted, Face, Share};
use crate::{
    points::Points,
    rule::{Scope, SubjectKind},
    time::Grain,
};

/// Money that follows (奖金、补助). A list for others to pay by; nothing is paid here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payout {
    /// What it is called.
    pub face: Face,
    /// Whose.
    pub subject: SubjectKind,
    /// Of which periods.
    pub period: Grain,
    /// Who takes part, by where a subject belongs at the period's end.
    pub scope: Scope,
    /// The currency, as people write it.
    pub unit: String,
    /// Amounts are whole multiples of this, in thousandths of the unit.
    pub step: i64,
    /// How much.
    pub way: Way,
}

/// How much somebody gets. Amounts are in thousandths of the unit and never negative.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// A pool divided exactly by points; who has none or fewer gets nothing.
    Pool {
        /// The pool.
        amount: Points,
        /// The score.
        basis: Basis,
    },
    /// So much for each point.
    PerPoint {
        /// The value of one point.
        value: Points,
        /// Points up to here are worth nothing.
        over: Points,
        /// The score.
        basis: Basis,
    },
    /// By grade.
    Grade {
        /// The grade's id.
        grade: String,
        /// The amount of each of its bands.
        amounts: Vec<Points>,
    },
    /// For a title.
    Title {
        /// The honour's id.
        honour: String,
        /// The amount.
        amount: Points,
    },
    /// An allowance less what facts cut from it.
    Allowance {
        /// The whole allowance.
        amount: Points,
        /// What is cut; together never more than all of it.
        cuts: Vec<Cut>,
    },
}

/// What facts cut from an allowance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The facts.
    pub counted: Counted,
    /// From so many facts on, this share; ascending.
    pub steps: Vec<(u64, Share)>,
    /// For each fact beyond the last step's number.
    pub beyond: Option<Share>,
}

impl Cut {
    /// The share that so many facts cut; may exceed the whole.
    pub fn share_of(&self, facts: u64) -> i128 {
        let step = self.steps.iter().rev().find(|(from, _)| *from <= facts);
        let last = self.steps.last().map_or(0, |(from, _)| *from);
        let further = i128::from(facts.saturating_sub(last));
        let beyond = self.beyond.map_or(0, |share| i128::from(share.0) * further);
        step.map_or(0, |(_, share)| i128::from(share.0)) + beyond
    }
}
