//! Difference in differences of ratios, with days as the units of chance. Numbers in, numbers with intervals out.
//!
//! A figure is a ratio of two sums over a span's days (milliseconds by services, satisfied by ratings, complaints by services). Its
//! variance is that of a ratio estimator over the days: `n ÷ (n−1) · Σ (y − R·x)² ÷ (Σx)²` (W. Cochran, Sampling Techniques, 6.4).
//! Days of one hall are taken as independent, spans and halls too, so the four variances add up.

/// Quantile of the normal law for 95 %.
const NORMAL_95: f64 = 1.959_964;
/// Quantile of the normal law for 99 %: seven figures are checked for drift, and few days make the normal law too bold.
const NORMAL_99: f64 = 2.575_829;
/// Fewer days or facts than these in any of the four spans, and the sample is called small.
pub(crate) const DAYS_MIN: usize = 10;
pub(crate) const FACTS_MIN: i64 = 30;

/// One day: what is divided, and by what.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Day {
    pub(crate) above: f64,
    pub(crate) below: f64,
}

/// A ratio over some days.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Ratio {
    pub(crate) value: f64,
    pub(crate) variance: f64,
    pub(crate) days: usize,
    pub(crate) below: f64,
}

/// The ratio of a span; `None` when there is nothing to divide by.
pub(crate) fn ratio(days: &[Day]) -> Option<Ratio> {
    let (above, below) = days.iter().fold((0.0, 0.0), |(above, below), day| (above + day.above, below + day.below));
    if below <= 0.0 {
        return None;
    }
    let (value, count) = (above / below, days.len() as f64);
    let squares: f64 = days.iter().map(|day| (day.above - value * day.below).powi(2)).sum();
    let variance = if days.len() > 1 { count / (count - 1.0) * squares / (below * below) } else { f64::INFINITY };
    Some(Ratio { value, variance, days: days.len(), below })
}

/// How much more one hall changed than the other, with its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Difference {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Difference {
    /// Whether chance alone could give it.
    pub(crate) fn may_be_nothing(&self) -> bool {
        !(self.low > 0.0 || self.high < 0.0)
    }
}

/// Before and after of one hall.
pub(crate) type Change = (Option<Ratio>, Option<Ratio>);

/// The difference in differences; `None` when a span has no data.
pub(crate) fn difference(pilot: Change, control: Change) -> Option<Difference> {
    let ((pb, pa), (cb, ca)) = ((pilot.0?, pilot.1?), (control.0?, control.1?));
    let value = (pa.value - pb.value) - (ca.value - cb.value);
    let half = NORMAL_95 * (pa.variance + pb.variance + ca.variance + cb.variance).sqrt();
    half.is_finite().then_some(Difference { value, low: value - half, high: value + half })
}

/// The same between the two halves of the span before, with a 99 % interval: where this is not nothing, the halls were already drifting apart.
pub(crate) fn drift(pilot: &[Day], control: &[Day]) -> Option<Difference> {
    let halves = |days: &[Day]| {
        let (first, second) = days.split_at(days.len() / 2);
        (first.len() >= DAYS_MIN / 2).then(|| (ratio(first), ratio(second)))
    };
    let found = difference(halves(pilot)?, halves(control)?)?;
    let half = (found.high - found.value) * NORMAL_99 / NORMAL_95;
    Some(Difference { low: found.value - half, high: found.value + half, ..found })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(values: &[f64]) -> Vec<Day> {
        values.iter().map(|value| Day { above: value * 10.0, below: 10.0 }).collect()
    }

    #[test]
    fn a_ratio_of_equal_days_has_no_variance() {
        let found = ratio(&days(&[3.0, 3.0, 3.0])).expect("ratio");
        assert_eq!((found.value, found.variance, found.days), (3.0, 0.0, 3));
        assert_eq!(ratio(&[]), None);
        assert!(ratio(&days(&[3.0])).expect("ratio").variance.is_infinite());
    }

    #[test]
    fn with_equal_weights_the_variance_is_that_of_a_mean() {
        // Values 1, 2, 3, 4: variance of the mean is s²/n = (5/3)/4.
        let found = ratio(&days(&[1.0, 2.0, 3.0, 4.0])).expect("ratio");
        assert!((found.variance - 5.0 / 12.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_both_halls_share_is_no_effect() {
        let change = |before: &[f64], after: &[f64]| (ratio(&days(before)), ratio(&days(after)));
        let pilot = change(&[35.0, 36.0, 34.0], &[18.0, 19.0, 17.0]);
        let control = change(&[35.0, 34.0, 36.0], &[33.0, 32.0, 34.0]);
        let found = difference(pilot, control).expect("difference");
        assert!((found.value + 15.0).abs() < 1e-9 && found.high < -10.0 && !found.may_be_nothing(), "{found:?}");
        let same = difference(control, control).expect("difference");
        assert!(same.may_be_nothing() && same.value == 0.0);
        assert_eq!(difference(pilot, (None, None)), None);
    }

    #[test]
    fn halls_that_drift_apart_before_the_change_are_seen() {
        let flat = days(&[20.0, 21.0, 20.0, 19.0, 20.0, 21.0, 20.0, 19.0, 20.0, 20.0]);
        let falling = days(&[30.0, 29.0, 28.0, 27.0, 26.0, 25.0, 24.0, 23.0, 22.0, 21.0]);
        assert!(!drift(&falling, &flat).expect("drift").may_be_nothing());
        assert!(drift(&flat, &flat).expect("drift").may_be_nothing());
        assert_eq!(drift(&flat[..6], &flat), None);
    }
}
