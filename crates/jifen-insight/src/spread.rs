//! How unequal sums are: the Gini coefficient, and what separates the ends from the middle.

/// How a set of values spreads.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// Gini coefficient, from 0 (all equal) to below 1 (one has everything); `None` where a value is negative or all are zero:
    /// then it says nothing.
    pub gini: Option<f64>,
    /// The value a tenth lies at or below.
    pub p10: i64,
    /// The middle value, the lower one of two.
    pub median: i64,
    /// The value nine tenths lie at or below.
    pub p90: i64,
}

/// The spread of these values; `None` of none.
///
/// Gini as the mean absolute difference over twice the mean (C. Gini, 1912), computed from the sorted values; quantiles are values
/// themselves (nearest rank), never between two.
pub fn spread(values: &[i64]) -> Option<Spread> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let (count, least) = (sorted.len(), *sorted.first()?);
    let sum: i128 = sorted.iter().map(|value| i128::from(*value)).sum();
    let gini = (least >= 0 && sum > 0).then(|| {
        // Exact until the one division: 2·Σ i·x_i over n·Σ x_i, less (n + 1) / n.
        let weighted: i128 = sorted.iter().zip(1_i128..).map(|(value, place)| place * i128::from(*value)).sum();
        let n = count as i128;
        (2 * weighted - (n + 1) * sum) as f64 / (n * sum) as f64
    });
    let at = |tenths: usize| sorted[(count * tenths).div_ceil(10).saturating_sub(1)];
    Some(Spread { gini, p10: at(1), median: at(5), p90: at(9) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gini(values: &[i64]) -> Option<f64> {
        spread(values)?.gini
    }

    #[test]
    fn the_coefficient_of_known_distributions() {
        assert_eq!(gini(&[5, 5, 5, 5]), Some(0.0));
        assert_eq!(gini(&[0, 0, 0, 8]), Some(0.75), "one of four has everything");
        // By pairs: Σ|a-b| = 2·(1+2+1) = 8, over 2·3²·2.
        assert_eq!(gini(&[3, 1, 2]), Some(8.0 / 36.0));
        assert_eq!(gini(&[-1, 5]), None, "of a negative value it says nothing");
        assert_eq!(gini(&[0, 0]), None);
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn quantiles_are_values_themselves() {
        let values: Vec<i64> = (1..=20).rev().collect();
        let found = spread(&values).map(|spread| (spread.p10, spread.median, spread.p90));
        assert_eq!(found, Some((2, 10, 18)));
        assert_eq!(spread(&[7]).map(|spread| (spread.p10, spread.median, spread.p90)), Some((7, 7, 7)));
    }
}
