//! Payouts: what somebody would get. A list for others to pay by.

use std::{cmp::Reverse, collections::BTreeMap};

use minicbor::{Decode, Encode};

use super::{Settling, award::titled};
use crate::{
    ledger::Subject,
    points::{Points, divide_half_away},
    rule::settlement::{Cut, Payout, WHOLE_WEIGHT, Way},
    time::Period,
};

/// What one subject would get.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Paid {
    /// The payout's id.
    #[n(0)]
    pub id: String,
    /// Who.
    #[n(1)]
    pub subject: Subject,
    /// How much, in thousandths of the unit.
    #[n(2)]
    pub amount: Points,
    /// What it comes from.
    #[n(3)]
    pub ground: Ground,
}

/// What an amount comes from.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Ground {
    /// Points out of all points.
    #[n(0)]
    Shares {
        /// Own points.
        #[n(0)]
        points: Points,
        /// Everybody's.
        #[n(1)]
        of: Points,
    },
    /// Points that are worth something.
    #[n(1)]
    Points(#[n(0)] Points),
    /// Index of the grade's band.
    #[n(2)]
    Grade(#[n(0)] u32),
    /// A title.
    #[n(3)]
    Title,
    /// The share cut from an allowance, in parts of 10⁸, and how many facts each cut counted.
    #[n(4)]
    Cut {
        /// The share; at most the whole.
        #[n(0)]
        share: i64,
        /// Facts, cut by cut.
        #[n(1)]
        facts: Vec<u64>,
    },
}

impl Settling<'_> {
    /// What a payout comes to.
    pub(super) fn payouts(&mut self, payout: &Payout, period: Period) -> Vec<Paid> {
        let members = self.members(payout.subject, period);
        let within: Vec<&Subject> = members
            .iter()
            .filter(|member| payout.scope.holds(&member.place, None))
            .map(|member| &member.subject)
            .collect();
        let found: Vec<(&Subject, Points, Ground)> = match &payout.way {
            Way::Pool { amount, basis } => {
                let scores = self.basis(basis, period);
                let shares: Vec<_> = within.iter().filter_map(|one| Some((*one, *scores.get(*one)?))).collect();
                let points: Vec<Points> = shares.iter().map(|(_, points)| (*points).max(Points::ZERO)).collect();
                let of = points.iter().copied().sum();
                let parts = divided(*amount, payout.step, &points);
                let paid = shares.into_iter().zip(points).zip(parts);
                paid.map(|(((subject, _), points), amount)| (subject, amount, Ground::Shares { points, of })).collect()
            }
            Way::PerPoint { value, over, basis } => {
                let scores = self.basis(basis, period);
                let scored = within.iter().filter_map(|one| Some((*one, *scores.get(*one)?)));
                let paid = scored.map(|(subject, score)| {
                    let points = (score - *over).max(Points::ZERO);
                    (subject, worth(points, *value, payout.step), Ground::Points(points))
                });
                paid.collect()
            }
            Way::Grade { grade, amounts } => {
                let graded =
                    self.grade_named(grade, period).map(|grade| self.grades(grade, period)).unwrap_or_default();
                let bands: BTreeMap<&Subject, u32> = graded.iter().map(|one| (&one.subject, one.band)).collect();
                let paid = within.iter().filter_map(|one| {
                    let band = *bands.get(*one)?;
                    Some((*one, *amounts.get(band as usize)?, Ground::Grade(band)))
                });
                paid.collect()
            }
            Way::Title { honour, amount } => {
                let contests = self.honour_named(honour, period).map(|honour| self.contests(honour, period));
                let contests = contests.unwrap_or_default();
                let winners: Vec<&Subject> = titled(&contests).collect();
                let paid = within.iter().filter(|one| winners.contains(one));
                paid.map(|one| (*one, *amount, Ground::Title)).collect()
            }
            Way::Allowance { amount, cuts } => {
                let facts: Vec<_> = cuts.iter().map(|cut| self.facts(&cut.counted, period)).collect();
                let paid = within.iter().map(|one| {
                    let facts: Vec<u64> =
                        facts.iter().map(|facts| facts.get(*one).copied().unwrap_or_default()).collect();
                    let share = cut_share(cuts, &facts);
                    let left = i128::from(amount.0) * i128::from(WHOLE_WEIGHT - share);
                    (*one, stepped(left, i128::from(WHOLE_WEIGHT), payout.step), Ground::Cut { share, facts })
                });
                paid.collect()
            }
        };
        let paid = |(subject, amount, ground): (&Subject, Points, Ground)| Paid {
            id: payout.face.id.clone(),
            subject: subject.clone(),
            amount,
            ground,
        };
        found.into_iter().map(paid).collect()
    }
}

/// The share that all cuts together take; at most the whole.
fn cut_share(cuts: &[Cut], facts: &[u64]) -> i64 {
    let sum: i128 = cuts.iter().zip(facts).map(|(cut, facts)| cut.share_of(*facts)).sum();
    i64::try_from(sum.min(i128::from(WHOLE_WEIGHT))).unwrap_or(WHOLE_WEIGHT)
}

/// `points × value` in whole steps.
fn worth(points: Points, value: Points, step: i64) -> Points {
    stepped(i128::from(points.0) * i128::from(value.0), 1000, step)
}

/// `numerator ÷ denominator` thousandths in whole steps, rounded half away from zero.
fn stepped(numerator: i128, denominator: i128, step: i64) -> Points {
    let steps = divide_half_away(numerator, denominator * i128::from(step));
    Points(i64::try_from(steps * i128::from(step)).unwrap_or(i64::MAX))
}

/// Divides an amount in whole steps by points, by the largest remainders: the parts sum to it exactly. Nobody has a point: no parts.
pub(super) fn divided(amount: Points, step: i64, points: &[Points]) -> Vec<Points> {
    let total: i128 = points.iter().map(|points| i128::from(points.0)).sum();
    if total == 0 {
        return vec![Points::ZERO; points.len()];
    }
    let steps = i128::from(amount.0 / step);
    let product = |points: &Points| steps * i128::from(points.0);
    let mut parts: Vec<i128> = points.iter().map(|points| product(points) / total).collect();
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|index| (Reverse(product(&points[*index]) % total), *index));
    let left = steps - parts.iter().sum::<i128>();
    for index in order.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        parts[index] += 1;
    }
    let amount = |steps: i128| Points(i64::try_from(steps * i128::from(step)).unwrap_or(i64::MAX));
    parts.into_iter().map(amount).collect()
}
