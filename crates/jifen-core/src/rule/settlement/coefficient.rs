//! Weights and full marks as whole numbers over one denominator, so that a composite rounds once.

use super::{Part, WHOLE_WEIGHT};
use crate::points::Points;

/// The greatest denominator; with it scores below 10¹² points stay within 128 bits.
const DENOMINATOR_MAX: i128 = 1_000_000_000_000_000;

/// Gives every part its coefficient and the common denominator; `None` when that is too great.
///
/// weight × full marks of the whole ÷ full marks of the part = coefficient ÷ denominator
pub(super) fn settle(parts: &mut [Part], full: Points) -> Option<i128> {
    let ratio = |part: &Part| {
        let (numerator, denominator) =
            (i128::from(part.weight) * i128::from(full.0), i128::from(WHOLE_WEIGHT) * i128::from(part.full.0));
        let common = divisor(numerator, denominator);
        (numerator / common, denominator / common)
    };
    let mut whole: i128 = 1;
    for part in parts.iter() {
        let (_, denominator) = ratio(part);
        whole =
            (whole / divisor(whole, denominator)).checked_mul(denominator).filter(|whole| *whole <= DENOMINATOR_MAX)?;
    }
    for part in parts {
        let (numerator, denominator) = ratio(part);
        part.coefficient = numerator * (whole / denominator);
    }
    Some(whole)
}

/// The greatest common divisor of two positive numbers.
fn divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a.max(1) } else { divisor(b, a % b) }
}
