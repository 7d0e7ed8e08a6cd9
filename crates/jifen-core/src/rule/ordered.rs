//! Measures of values in their order, which are known when a period ends: percentiles by nearest rank, means without the extremes.

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
/// The most values that a mean leaves out at each end.
const TRIM_MAX: u64 = 100;

/// Which percentile: above 0, at most 100 %.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Percentile(pub(super) Fraction);

/// What is taken of a period's amounts in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ordered {
    /// One of them.
    Percentile(Percentile),
    /// The sum of all but so many of the highest and as many of the lowest.
    Trimmed(u64),
}

impl Ordered {
    /// What it comes to, of amounts each with how often it is there; `None` where none is left.
    pub fn of(self, mut amounts: Vec<(i64, u64)>) -> Option<i64> {
        let trim = match self {
            Self::Percentile(at) => return at.of(amounts),
            Self::Trimmed(trim) => trim,
        };
        amounts.sort_unstable();
        let count: u64 = amounts.iter().map(|(_, times)| times).sum();
        let (mut below, mut left) = (trim, count.checked_sub(trim.checked_mul(2)?).filter(|left| *left > 0)?);
        let mut sum: i128 = 0;
        for (amount, times) in amounts {
            let dropped = below.min(times);
            below -= dropped;
            let kept = left.min(times - dropped);
            left -= kept;
            sum = sum.saturating_add(i128::from(amount).saturating_mul(i128::from(kept)));
        }
        // No journal holds so many facts that this leaves 64 bits.
        Some(sum.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }
}

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

/// How many of the highest and of the lowest a mean leaves out; 0 where nothing is said, `None` after a fault.
pub(super) fn trim(
    report: &mut Report<'_>,
    written: Option<&Spanned<i64>>,
    is_mean: bool,
    minimum: Option<&Spanned<i64>>,
) -> Option<u64> {
    let Some(written) = written else { return Some(0) };
    if !is_mean {
        report.fault(
            start(written),
            both!("只有 `measure = \"mean\"` 才写 `trim`；请去掉", "only the measure `mean` has `trim`; drop it"),
        );
        return None;
    }
    let Some(trim) = u64::try_from(*written.get_ref()).ok().filter(|trim| (1..=TRIM_MAX).contains(trim)) else {
        let message = both!(
            "`trim` 是去掉几个最高、几个最低：1 到 {TRIM_MAX}",
            "`trim` is how many of the highest and of the lowest are left out: from 1 to {TRIM_MAX}"
        );
        report.fault(start(written), message);
        return None;
    };
    let least = 2 * trim + 1;
    let enough = minimum.is_some_and(|minimum| u64::try_from(*minimum.get_ref()).is_ok_and(|minimum| minimum >= least));
    if !enough {
        let message = both!(
            "去掉以后至少要剩一个；请写 `min_facts = {least}` 或更多",
            "at least one must be left; write `min_facts = {least}` or more"
        );
        report.fault(start(written), message);
        return None;
    }
    Some(trim)
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

    #[test]
    fn extremes_are_left_out_of_a_mean() {
        let values = || vec![(60, 1), (90, 3), (100, 2)];
        assert_eq!(Ordered::Trimmed(1).of(values()), Some(90 * 3 + 100));
        assert_eq!(Ordered::Trimmed(2).of(values()), Some(180), "two at each end");
        assert_eq!((Ordered::Trimmed(3).of(values()), Ordered::Trimmed(9).of(values())), (None, None), "none is left");
        assert_eq!(Ordered::Trimmed(1).of(vec![(7, 1), (-3, 1), (5, 1)]), Some(5));
    }

    proptest! {
        #[test]
        fn one_extreme_vote_moves_a_trimmed_mean_no_further_than_the_others_reach(
            values in prop::collection::vec(-50..50_i64, 2..40), extreme in -1_000_000..1_000_000_i64,
        ) {
            let all = values.iter().copied().chain([extreme]).map(|value| (value, 1)).collect();
            let kept = values.len() as i64 - 1;
            let sum = Ordered::Trimmed(1).of(all).expect("one is left");
            let (low, high) = (values.iter().min().expect("a value"), values.iter().max().expect("a value"));
            prop_assert!((low * kept..=high * kept).contains(&sum));
        }

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
