//! The amount of a rule: fixed points or bands with exact edges.

use crate::{expression::Expression, points::Points};

use super::{
    choice::{Range, Table},
    per_unit::PerUnit,
    quantity::Fraction,
};

/// What a rule gives for one fact or one period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Amount {
    /// The same whatever is measured.
    Fixed(Points),
    /// By the band that holds the compared value.
    Banded(Bands),
    /// For each unit by which the compared value lies beyond a threshold.
    PerUnit(PerUnit),
    /// By the row of a table.
    Table(Table),
    /// For each of a number that a person chose.
    Range(Range),
}

/// Bands with ascending edges; the last one has none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Bands {
    /// Every band but the last.
    pub(super) edged: Vec<(Edge, Points)>,
    /// Points above the last edge.
    pub(super) last: Points,
}

impl Bands {
    /// Index and points of the band that holds `numerator ÷ denominator`; `denominator` must not be 0.
    pub(super) fn band_of(&self, numerator: i128, denominator: u64) -> (u32, Points) {
        let holds = |edge: &Edge| edge.holds(numerator, denominator);
        let found = self.edged.iter().enumerate().find(|(_, (edge, _))| holds(edge));
        found.map_or((self.edged.len() as u32, self.last), |(index, (_, points))| (index as u32, *points))
    }
}

/// The upper edge of a band.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Edge {
    pub(super) at: Fraction,
    /// `upto` holds the edge itself, `below` does not; of two edges at one place `below` comes first.
    pub(super) inclusive: bool,
}

impl Edge {
    /// The same edge of whole numbers as an inclusive one: below 6 is up to 5.
    pub(super) fn among_integers(self) -> Self {
        match (self.inclusive, self.at.whole()) {
            (false, Some(at)) => Self { at: Fraction::whole_number(at.saturating_sub(1)), inclusive: true },
            (true, _) | (_, None) => self,
        }
    }

    pub(super) fn holds(self, numerator: i128, denominator: u64) -> bool {
        let ordering = self.at.compared_with(numerator, denominator);
        ordering.is_lt() || (self.inclusive && ordering.is_eq())
    }
}

/// By what the points are multiplied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Times {
    /// By an integer of the fact; below zero it counts as zero.
    Value(Expression),
    /// By the number of facts of the period.
    Facts,
}

/// `points × factor`, `None` when it does not fit; a negative factor counts as zero, so that a deduction never turns into an award.
pub(super) fn multiplied(points: Points, factor: i64) -> Option<Points> {
    points.0.checked_mul(factor.max(0)).map(Points)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bands(edges: &[(i64, bool)]) -> Bands {
        let edge = |(at, inclusive): &(i64, bool)| Edge {
            at: Fraction { numerator: *at, denominator: 100 },
            inclusive: *inclusive,
        };
        Bands { edged: edges.iter().map(|e| (edge(e), Points(0))).collect(), last: Points(0) }
    }

    #[test]
    fn edges_are_inclusive_or_not() {
        let at_least_95 = bands(&[(90, false), (95, false)]);
        for (satisfied, all, band) in
            [(89, 100, 0), (90, 100, 1), (94, 100, 1), (95, 100, 2), (19, 20, 2), (18, 19, 1), (1, 1, 2)]
        {
            assert_eq!(at_least_95.band_of(satisfied, all).0, band, "{satisfied}/{all}");
        }
        let above_95 = bands(&[(95, true)]);
        for (satisfied, all, band) in [(95, 100, 0), (19, 20, 0), (20, 21, 1), (950_000_001, 1_000_000_000, 1)] {
            assert_eq!(above_95.band_of(satisfied, all).0, band, "{satisfied}/{all}");
        }
        let point = bands(&[(50, false), (50, true)]);
        assert_eq!([(49, 100), (1, 2), (51, 100)].map(|(n, d)| point.band_of(n, d).0), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn a_rate_falls_where_whole_numbers_say(satisfied in 0_i128..5_000, more in 0_u64..5_000, percent in 1_i64..100, inclusive: bool) {
            let all = satisfied as u64 + more;
            prop_assume!(all > 0);
            let (scaled, wanted) = (satisfied * 100, i128::from(percent) * i128::from(all));
            let inside = if inclusive { scaled <= wanted } else { scaled < wanted };
            prop_assert_eq!(bands(&[(percent, inclusive)]).band_of(satisfied, all).0, u32::from(!inside));
        }
    }
}
