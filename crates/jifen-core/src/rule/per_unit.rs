//! Points for each unit beyond a threshold: `每超过 1 天扣 1 分`. Exact; the one rounding is that of the entry.

use toml::Spanned;

use crate::{
    both,
    points::{Points, divide_half_away},
};

use super::{
    check::start,
    check_amount::{self, Compared, edge_at},
    diagnostic::Report,
    file::{Number, PerUnitTable},
    quantity::Fraction,
};

/// Points for each unit by which a value lies beyond a threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PerUnit {
    pub(super) side: Side,
    pub(super) threshold: Fraction,
    /// More than zero.
    pub(super) unit: Fraction,
    pub(super) points: Points,
    pub(super) partial: Partial,
}

/// On which side of the threshold values count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// Above it.
    Over,
    /// Below it.
    Under,
}

/// What a part of a unit is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Partial {
    /// Nothing.
    Floor,
    /// As much as a whole one.
    Ceil,
    /// Its part of the points.
    Exact,
}

impl Partial {
    pub(super) const ALL: [Self; 3] = [Self::Floor, Self::Ceil, Self::Exact];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Ceil => "ceil",
            Self::Exact => "exact",
        }
    }
}

impl PerUnit {
    /// Points of `numerator ÷ denominator`, `None` when they do not fit; `denominator` must not be 0.
    pub(super) fn points_of(&self, numerator: i128, denominator: u64) -> Option<Points> {
        let (threshold, unit) = (self.threshold, self.unit);
        let own = i128::from(threshold.denominator);
        let difference = numerator
            .checked_mul(own)?
            .checked_sub(i128::from(threshold.numerator).checked_mul(i128::from(denominator))?)?;
        let beyond = match self.side {
            Side::Over => difference,
            Side::Under => difference.checked_neg()?,
        };
        if beyond <= 0 {
            return Some(Points::ZERO);
        }
        // units = beyond ÷ (denominator × own) ÷ unit
        let dividend = beyond.checked_mul(i128::from(unit.denominator))?;
        let divisor = i128::from(denominator).checked_mul(own)?.checked_mul(i128::from(unit.numerator))?;
        let points = i128::from(self.points.0);
        let total = match self.partial {
            Partial::Floor => points.checked_mul(dividend / divisor)?,
            Partial::Ceil => points.checked_mul(dividend / divisor + i128::from(dividend % divisor != 0))?,
            Partial::Exact => {
                // The double of the dividend must fit, for the rounding.
                points.checked_mul(dividend)?.checked_mul(2)?;
                divisor.checked_mul(4)?;
                divide_half_away(points * dividend, divisor)
            }
        };
        i64::try_from(total).ok().map(Points)
    }
}

/// Checks `per_unit = { … }`; `None` after a fault.
pub(super) fn check(report: &mut Report<'_>, written: &Spanned<PerUnitTable>, compared: Compared) -> Option<PerUnit> {
    let table = written.get_ref();
    let (side, at) = match (&table.over, &table.under) {
        (Some(over), None) => (Side::Over, over),
        (None, Some(under)) => (Side::Under, under),
        (Some(_), Some(one)) => {
            report
                .fault(start(one), both!("只算一边：`over` 或 `under`", "units count on one side: `over` or `under`"));
            return None;
        }
        (None, None) => {
            report.fault(
                start(written),
                both!(
                    "超过或低于多少起算？请加 `over = …` 或 `under = …`",
                    "units beyond what? add `over = …` or `under = …`"
                ),
            );
            return None;
        }
    };
    let threshold = quantity(report, at, compared);
    let unit = quantity(report, &table.unit, compared);
    if let Some(size) = unit
        && size <= Fraction::whole_number(0)
    {
        report.fault(start(&table.unit), both!("单位要大于 0", "a unit must be more than zero"));
        return None;
    }
    let points = check_amount::points(report, &table.points);
    let partial = Partial::ALL.into_iter().find(|partial| partial.name() == table.partial.get_ref().as_str());
    if partial.is_none() {
        report.fault(
            start(&table.partial),
            both!("不足一个单位怎么算？`floor` 不计，`ceil` 按一个计，`exact` 按比例计", "what is a part of a unit worth? `floor` (nothing 不足不计), `ceil` (a whole one 不足按一个计) or `exact` (its part 按比例)"),
        );
    }
    Some(PerUnit { side, threshold: threshold?, unit: unit?, points: points?, partial: partial? })
}

fn quantity(report: &mut Report<'_>, written: &Spanned<Number>, compared: Compared) -> Option<Fraction> {
    match edge_at(&written.get_ref().0, compared) {
        Ok(quantity) => Some(quantity),
        Err(message) => {
            report.fault(start(written), message);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn per_unit(side: Side, threshold: (i64, u64), unit: (i64, u64), points: i64, partial: Partial) -> PerUnit {
        let fraction = |(numerator, denominator)| Fraction { numerator, denominator };
        PerUnit { side, threshold: fraction(threshold), unit: fraction(unit), points: Points(points), partial }
    }

    #[test]
    fn parts_of_units_as_said() {
        let cases = [
            // Leave above two days, −1 a day: 3.5 days in halves.
            (Side::Over, (4, 1), (2, 1), -1000, 7, 1, [-1000, -2000, -1500]),
            (Side::Over, (4, 1), (2, 1), -1000, 4, 1, [0, 0, 0]),
            // +1 for each 10 % finished early: 34 of 100.
            (Side::Over, (0, 1), (10, 100), 1000, 34, 100, [3000, 4000, 3400]),
            // −1 for each per cent below 100 %: 926 of 1000.
            (Side::Under, (100, 100), (1, 100), -1000, 926, 1000, [-7000, -8000, -7400]),
            // A third, rounded once, half away from zero.
            (Side::Over, (0, 1), (1, 1), -500, 1, 3, [0, -500, -167]),
        ];
        for (side, threshold, unit, points, numerator, denominator, expected) in cases {
            let found = [Partial::Floor, Partial::Ceil, Partial::Exact]
                .map(|partial| per_unit(side, threshold, unit, points, partial).points_of(numerator, denominator));
            assert_eq!(found, expected.map(|points| Some(Points(points))), "{numerator}/{denominator}");
        }
    }

    proptest! {
        #[test]
        fn never_overflows_and_never_falls(value: i64, more in 0..i64::MAX, threshold: i64, unit in 1..i64::MAX, points in 0..i64::MAX, kind in 0_usize..3) {
            let rule = per_unit(Side::Over, (threshold, 100_000_000), (unit, 1_000_000), points, Partial::ALL[kind]);
            let above = i128::from(value) + i128::from(more);
            if let (Some(low), Some(high)) = (rule.points_of(value.into(), 7), rule.points_of(above, 7)) {
                prop_assert!(low <= high);
            }
        }
    }
}
