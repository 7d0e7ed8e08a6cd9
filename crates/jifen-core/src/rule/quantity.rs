//! Exact quantities: decimals, percentages and durations as fractions, compared without rounding.

use std::cmp::Ordering;

/// The most decimal places of an edge; with them every comparison fits 128 bits.
pub(super) const EDGE_PLACES_MAX: usize = 6;

/// How long a duration's units are, in milliseconds; a day is 24 hours.
const DURATION_UNITS: [(&str, i64); 5] =
    [("ms", 1), ("min", 60_000), ("s", 1_000), ("h", 3_600_000), ("d", 86_400_000)];

/// An exact fraction; the denominator is a power of ten up to 10⁸ (six places and a percent sign).
#[derive(Clone, Copy, Debug)]
pub(super) struct Fraction {
    pub(super) numerator: i64,
    pub(super) denominator: u64,
}

impl Fraction {
    /// A whole number.
    pub(super) fn whole_number(number: i64) -> Self {
        Self { numerator: number, denominator: 1 }
    }

    /// The whole number, when it is one.
    pub(super) fn whole(self) -> Option<i64> {
        let (numerator, denominator) = (i128::from(self.numerator), i128::from(self.denominator));
        (numerator % denominator == 0).then(|| i64::try_from(numerator / denominator).ok()).flatten()
    }

    /// How `numerator ÷ denominator` compares with it; `denominator` must not be 0.
    pub(super) fn compared_with(self, numerator: i128, denominator: u64) -> Ordering {
        let divisor = i128::from(denominator);
        let own_divisor = i128::from(self.denominator);
        let own = i128::from(self.numerator);
        // Whole parts first: what is left over is below 2⁶⁴, so that the products below fit whatever the numerator is.
        let whole = numerator.div_euclid(divisor).cmp(&own.div_euclid(own_divisor));
        let rest = || (numerator.rem_euclid(divisor) * own_divisor).cmp(&(own.rem_euclid(own_divisor) * divisor));
        whole.then_with(rest)
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        other.compared_with(i128::from(self.numerator), self.denominator)
    }
}

/// Parses an integer, a decimal (`0.95`) or a percentage (`95%`).
pub(super) fn parse_fraction(text: &str) -> Option<Fraction> {
    let (digits, hundredths) = text.strip_suffix('%').map_or((text, 1), |digits| (digits, 100));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let dangling = digits.contains('.') && places.is_empty();
    if unsigned.is_empty() || !all_digits(unsigned) || !all_digits(places) || dangling || places.len() > EDGE_PLACES_MAX
    {
        return None;
    }
    let numerator = format!("{whole}{places}").parse().ok()?;
    Some(Fraction { numerator, denominator: 10_u64.pow(places.len() as u32) * hundredths })
}

/// Parses a duration (`20min`, `1h30min`, `90s`, `24h`, `5d`) as milliseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let amount: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let (unit, length) = DURATION_UNITS.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total = total.checked_add(amount.checked_mul(length)?)?;
        rest = rest.get(unit.len()..)?;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, expected) in [
            ("0.95", Some((95, 100))),
            ("95%", Some((95, 100))),
            ("99.5%", Some((995, 1000))),
            ("-3", Some((-3, 1))),
            ("-0.5", Some((-5, 10))),
            ("1.1234567", None),
            ("1.", None),
            (".5", None),
            ("1e3", None),
            ("", None),
            ("-", None),
            ("%", None),
        ] {
            assert_eq!(parse_fraction(text).map(|f| (f.numerator, f.denominator)), expected, "{text}");
        }
        for (text, expected) in [
            ("20min", Some(1_200_000)),
            ("1h30min", Some(5_400_000)),
            ("90s", Some(90_000)),
            ("250ms", Some(250)),
            ("5d", Some(432_000_000)),
            ("20", None),
            ("min", None),
            ("20 min", None),
            ("", None),
            ("99999999999999999h", None),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn comparison_is_exact(
            numerator in -(1_i128 << 60)..(1_i128 << 60),
            denominator in 1_u64..1 << 40,
            own in -1_000_000_000_i64..1_000_000_000,
            places in 0_u32..=6,
        ) {
            let fraction = Fraction { numerator: own, denominator: 10_u64.pow(places) };
            let expected = (numerator * i128::from(fraction.denominator)).cmp(&(i128::from(own) * i128::from(denominator)));
            prop_assert_eq!(fraction.compared_with(numerator, denominator), expected);
        }

        #[test]
        fn equal_fractions_are_found_equal(own in -1_000_000_i64..1_000_000, factor in 1_i64..1_000_000) {
            let fraction = Fraction { numerator: own, denominator: 1000 };
            let numerator = i128::from(own) * i128::from(factor);
            prop_assert!(fraction.compared_with(numerator, 1000 * factor as u64).is_eq());
            prop_assert!(fraction.compared_with(numerator + 1, 1000 * factor as u64).is_gt());
            prop_assert!(fraction.compared_with(numerator - 1, 1000 * factor as u64).is_lt());
        }

        #[test]
        fn extremes_do_not_overflow(numerator in any::<i128>(), denominator in 1_u64.., own in any::<i64>()) {
            let fraction = Fraction { numerator: own, denominator: 100_000_000 };
            let _ = fraction.compared_with(numerator, denominator);
        }
    }
}
