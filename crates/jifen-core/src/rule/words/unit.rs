//! How measured values are written for people; only display rounds, never a comparison.

use crate::{fact::FieldSpec, points::divide_half_away, rule::quantity::Fraction};

use super::Language;

/// How a measured value is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Milliseconds, written as hours, minutes and seconds.
    Duration,
    /// A plain number.
    Number,
    /// Thousandths, written as a decimal.
    Decimal,
    /// A part of a whole, written as a percentage.
    Ratio,
}

impl Unit {
    /// How values of a field are written.
    pub fn of(spec: &FieldSpec) -> Self {
        match (spec.duration, spec.decimal) {
            (true, _) => Self::Duration,
            (false, true) => Self::Decimal,
            (false, false) => Self::Number,
        }
    }

    /// `amount ÷ facts` in words: `18 分钟`, `27/28（96.43%）`. `facts` is 1 for what is no mean and no rate.
    pub fn words(self, amount: i128, facts: u64, language: Language) -> String {
        let facts = facts.max(1);
        let divisor = i128::from(facts);
        match self {
            Self::Ratio => {
                let percent = decimal(divide_half_away(amount * 10_000, divisor), 100);
                language.choose(format!("{amount}/{facts}（{percent}%）"), format!("{amount}/{facts} ({percent}%)"))
            }
            Self::Duration => duration(divide_half_away(amount, divisor), language),
            Self::Number => decimal(divide_half_away(amount * 1000, divisor), 1000),
            Self::Decimal => decimal(divide_half_away(amount, divisor), 1000),
        }
    }

    /// An edge in words, exactly.
    pub(super) fn edge(self, at: Fraction, language: Language) -> String {
        match (self, at.whole()) {
            (Self::Duration, Some(milliseconds)) => duration(i128::from(milliseconds), language),
            (Self::Duration, None) => {
                let number = decimal(i128::from(at.numerator), at.denominator);
                language.choose(format!("{number} 毫秒"), format!("{number} ms"))
            }
            (Self::Ratio, _) => format!("{}%", decimal(i128::from(at.numerator) * 100, at.denominator)),
            (Self::Number, _) => decimal(i128::from(at.numerator), at.denominator),
            // No edge has more than six places: eight and three fit.
            (Self::Decimal, _) => decimal(i128::from(at.numerator), at.denominator.saturating_mul(1000)),
        }
    }
}

/// A number over a power of ten, in its shortest decimal form.
fn decimal(numerator: i128, power: u64) -> String {
    let sign = if numerator < 0 { "-" } else { "" };
    let (whole, rest) = (numerator.unsigned_abs() / u128::from(power), numerator.unsigned_abs() % u128::from(power));
    let places = power.ilog10() as usize;
    let digits = format!("{rest:0places$}");
    match digits.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{digits}"),
    }
}

/// Hours, minutes, seconds and milliseconds; a working day is no fixed number of hours, so days are not written.
fn duration(milliseconds: i128, language: Language) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let total = milliseconds.unsigned_abs();
    let (hour, minute, second, milli) = language.choose(("小时", "分钟", "秒", "毫秒"), ("h", "min", "s", "ms"));
    let parts =
        [(total / 3_600_000, hour), (total / 60_000 % 60, minute), (total / 1000 % 60, second), (total % 1000, milli)];
    let words: Vec<String> =
        parts.iter().filter(|(amount, _)| *amount > 0).map(|(amount, unit)| format!("{amount} {unit}")).collect();
    if words.is_empty() { format!("0 {second}") } else { format!("{sign}{}", words.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_words() {
        for (unit, amount, facts, expected) in [
            (Unit::Duration, 1_080_000, 1, "18 分钟"),
            (Unit::Duration, 5_400_250, 1, "1 小时 30 分钟 250 毫秒"),
            (Unit::Duration, -1_000, 1, "-1 秒"),
            (Unit::Duration, 0, 1, "0 秒"),
            (Unit::Duration, 100, 3, "33 毫秒"),
            (Unit::Ratio, 27, 28, "27/28（96.43%）"),
            (Unit::Ratio, 19, 20, "19/20（95%）"),
            (Unit::Number, 9, 2, "4.5"),
            (Unit::Number, -7, 1, "-7"),
            (Unit::Decimal, 4_500, 1, "4.5"),
            (Unit::Decimal, -13_000, 2, "-6.5"),
        ] {
            assert_eq!(unit.words(amount, facts, Language::Chinese), expected);
        }
        assert_eq!(Unit::Duration.words(86_400_000, 1, Language::English), "24 h");
    }
}
