//! Vocabulary: points as exact thousandths, with the one rounding the ledger allows.

use std::{fmt, iter::Sum, ops};

use minicbor::{Decode, Encode};

use crate::{both, language::Words};

/// Points in thousandths. Decimal text has at most three places; no floating point ever reaches it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Points(#[n(0)] pub i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// Parses a decimal literal with at most three places: `5`, `-3`, `0.125`.
    pub fn parse(text: &str) -> Result<Self, PointsError> {
        let refuse = || PointsError(text.to_owned());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(places) || places.len() > 3 {
            return Err(refuse());
        }
        let whole: i64 = whole.parse().map_err(|_| refuse())?;
        let places: i64 = format!("{places:0<3}").parse().map_err(|_| refuse())?;
        let milli = whole.checked_mul(1000).and_then(|milli| milli.checked_add(places)).ok_or_else(refuse)?;
        Ok(Self(if negative { -milli } else { milli }))
    }

    /// `self × numerator ÷ denominator`, rounded once, half away from zero (四舍五入). `denominator` must not be 0.
    pub fn scale(self, numerator: i64, denominator: i64) -> Self {
        self.checked_scale(numerator, denominator).unwrap_or(Self(i64::MAX))
    }

    /// As [`Points::scale`]; `None` when the result does not fit.
    pub fn checked_scale(self, numerator: i64, denominator: i64) -> Option<Self> {
        let product = i128::from(self.0) * i128::from(numerator);
        i64::try_from(divide_half_away(product, i128::from(denominator))).ok().map(Self)
    }
}

/// `numerator ÷ denominator` as an integer, rounded half away from zero.
pub fn divide_half_away(numerator: i128, denominator: i128) -> i128 {
    let negative = (numerator < 0) != (denominator < 0);
    let (numerator, denominator) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let rounded = (numerator * 2 + denominator) / (denominator * 2);
    if negative { -(rounded as i128) } else { rounded as i128 }
}

/// Shortest decimal form: no `+`, no exponent, no trailing zeros, `-0` never.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, places) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        if places == 0 {
            return write!(f, "{sign}{whole}");
        }
        let places = format!("{places:03}");
        write!(f, "{sign}{whole}.{}", places.trim_end_matches('0'))
    }
}

impl ops::Add for Points {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl ops::Sub for Points {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl ops::Neg for Points {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl ops::AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, ops::Add::add)
    }
}

/// A text that is no decimal of at most three places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct PointsError(pub String);

impl PointsError {
    /// What is wrong with the text.
    pub fn words(&self) -> Words {
        both!("`{}` 不是至多三位小数的数", "`{}` is no decimal number with at most three places", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_form_round_trips() {
        for text in ["0", "5", "-3", "0.5", "-0.125", "1234567.001"] {
            assert_eq!(Points::parse(text).map(|p| p.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(Points::parse("2.50").map(|p| p.to_string()).as_deref(), Ok("2.5"));
        for text in ["", "+5", "1e3", ".5", "5.", "0.1234", "--1", "9223372036854775807"] {
            assert!(Points::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(Points(5).scale(1, 2), Points(3));
        assert_eq!(Points(-5).scale(1, 2), Points(-3));
        assert_eq!(Points(1000).scale(1, 3), Points(333));
        assert_eq!(Points(2000).scale(1, 3), Points(667));
    }
}
