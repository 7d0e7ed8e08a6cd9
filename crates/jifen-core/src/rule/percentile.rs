//! Percentiles by nearest rank: the value at that part of the way through all of them, never one between two.

use toml::Spanned;

use crate::both;

use super::{
    check::start,
    diagnostic::Report,
    file::Number,
    quantity::{Fraction, parse_fraction},
};

/// The measure's name.
pub(super) const NAME: &str = "percentile";

/// Which percentile: above 0, at most 100 %.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Percentile(pub(super) Fraction);

impl Percentile {
    /// The percentile of amounts, each with how often it is there: of n in rising order the one at place ⌈part × n⌉.
    pub fn of(self, mut amounts: Vec<(i64, u64)>) -> Option<i64> {
        amounts.sort_unstable();
        let count: u128 = amounts.iter().map(|(_, times)| u128::from(*times)).sum();
        let part = u128::from(self.0.numerator.unsigned_abs());
        let mut before = (part * count).div_ceil(u128::from(self.0.denominator));
        amounts.into_iter().find_map(|(amount, times)| match before.checked_sub(u128::from(times)) {
            Some(rest) if rest > 0 => {
                before = rest;
                None
            }
            Some(_) | None => Some(amount),
        })
    }
}

/// The `at` of a measure; `Some(None)` where it needs none.
pub(super) fn check(
    report: &mut Report<'_>,
    measure: &Spanned<String>,
    written: Option<&Spanned<Number>>,
) -> Option<Option<Percentile>> {
    match (measure.get_ref() == NAME, written) {
        (false, None) => Some(None),
        (true, None) => {
            report.fault(
                start(measure),
                both!(
                    "`measure` 是 `percentile` 时要写第几百分位，如 `at = \"90%\"`",
                    "the measure `percentile` needs to say which one, as in `at = \"90%\"`"
                ),
            );
            None
        }
        (false, Some(written)) => {
            report.fault(
                start(written),
                both!(
                    "只有 `measure = \"percentile\"` 才写 `at`；请去掉",
                    "only the measure `percentile` has `at`; drop it"
                ),
            );
            None
        }
        (true, Some(written)) => {
            let found = parse_fraction(&written.get_ref().0);
            let found = found.filter(|at| *at > Fraction::whole_number(0) && *at <= Fraction::whole_number(1));
            if found.is_none() {
                report.fault(
                    start(written),
                    both!(
                        "`at` 大于 0，至多 100%，如 `\"90%\"`，最多六位小数",
                        "`at` lies above 0 and is at most 100%, as in `\"90%\"`, with at most six places"
                    ),
                );
            }
            found.map(|at| Some(Percentile(at)))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Percentile {
        Percentile(parse_fraction(text).expect("a part"))
    }

    #[test]
    fn the_nearest_rank_is_one_of_the_values() {
        let values = || [15, 20, 35, 40, 50].map(|value| (value, 1)).to_vec();
        for (text, expected) in
            [("5%", 15), ("30%", 20), ("40%", 20), ("50%", 35), ("0.8", 40), ("81%", 50), ("100%", 50)]
        {
            assert_eq!(at(text).of(values()), Some(expected), "{text}");
        }
        assert_eq!(at("50%").of(Vec::new()), None);
        assert_eq!(at("50%").of(vec![(9, 1), (1, 1)]), Some(1), "of two the lower one");
        assert_eq!(at("90%").of(vec![(7, 9), (9, 1)]), Some(7), "nine of ten");
    }

    proptest! {
        #[test]
        fn at_least_that_part_is_no_greater_and_less_than_it_is_smaller(
            values in prop::collection::vec(-50..50_i64, 1..60), per_cent in 1..=100_u64,
        ) {
            let found = at(&format!("{per_cent}%")).of(values.iter().map(|value| (*value, 1)).collect()).expect("a value");
            let count = |holds: &dyn Fn(i64) -> bool| values.iter().filter(|value| holds(**value)).count() as u64;
            let all = values.len() as u64;
            prop_assert!(values.contains(&found));
            prop_assert!(count(&|value| value <= found) * 100 >= per_cent * all);
            prop_assert!(count(&|value| value < found) * 100 < per_cent * all);
        }

        #[test]
        fn a_greater_value_never_lowers_it(
            mut values in prop::collection::vec(-50..50_i64, 1..60), which: prop::sample::Index, more in 0..50_i64, per_cent in 1..=100_u64,
        ) {
            let of = |values: &[i64]| at(&format!("{per_cent}%")).of(values.iter().map(|value| (*value, 1)).collect());
            let before = of(&values);
            *which.get_mut(&mut values) += more;
            prop_assert!(of(&values) >= before);
        }
    }
}
