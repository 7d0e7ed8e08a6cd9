//! Evaluate: what a checked rule says of one fact or of the sums of one period.

use crate::{
    expression::{Expression, Stop},
    fact::{Fact, Place},
    points::Points,
};

use super::{
    Contribution, Measure, On, Ordered, PeriodScore, Plan, Rule, Scope, Scored, Selection, Sums, Unscored,
    amount::{Amount, Times, multiplied},
    coefficient,
    facts::FactValues,
};

impl From<Stop> for Unscored {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Absent => Self::Absent,
            Stop::NotEvaluable(reason) => Self::NotEvaluable(reason),
            Stop::Overflow | Stop::DivisionByZero => Self::NotEvaluable(stop.to_string()),
        }
    }
}

/// Whether a kind, scope and condition hold for a fact.
pub(super) fn selected(
    (on, scope, when): (&On, &Scope, Option<&Expression>),
    fact: &Fact,
    place: &Place,
    person_known: bool,
) -> Selection {
    if !on.holds(fact) || !scope.holds(place, fact.matter.as_deref()) {
        return Selection::PassedBy;
    }
    let Some(when) = when else {
        return Selection::Selected;
    };
    match when.holds(&FactValues { on, fact, person_known }).map_err(Unscored::from) {
        Ok(true) => Selection::Selected,
        Ok(false) | Err(Unscored::Absent) => Selection::PassedBy,
        Err(Unscored::NotEvaluable(reason)) => Selection::NotEvaluable(reason),
    }
}

impl Rule {
    /// Scope and condition: whether the rule reads `fact`, credited at `place` to a person who is known or not.
    pub fn select(&self, fact: &Fact, place: &Place, person_known: bool) -> Selection {
        selected((&self.on, &self.scope, self.when.as_ref()), fact, place, person_known)
    }

    /// Nominal points and band of one selected fact. For a per-period rule every fact is [`Unscored::Absent`].
    pub fn score_fact(&self, fact: &Fact, person_known: bool) -> Result<Scored, Unscored> {
        match self.plan {
            Plan::PerFact => {}
            Plan::PerPeriod { .. } => return Err(Unscored::Absent),
        }
        let values = FactValues { on: &self.on, fact, person_known };
        let value = self.compared.as_ref().map(|expression| integer(expression, &values)).transpose()?;
        let (band, points) = match &self.amount {
            Amount::Fixed(points) => (None, *points),
            Amount::Banded(bands) => {
                let (band, points) = bands.band_of(i128::from(value.ok_or(Unscored::Absent)?), 1);
                (Some(band), points)
            }
            Amount::PerUnit(amount) => {
                let points = amount.points_of(i128::from(value.ok_or(Unscored::Absent)?), 1);
                (None, points.ok_or_else(|| Unscored::from(Stop::Overflow))?)
            }
            Amount::Table(table) => {
                let (row, points) = table.row_of(&values)?;
                (Some(row), points)
            }
            Amount::Range(range) => (None, range.points_of(value.ok_or(Unscored::Absent)?)?),
        };
        let factor = match &self.times {
            Some(Times::Value(expression)) => integer(expression, &values)?,
            Some(Times::Facts) | None => 1,
        };
        let points = multiplied(points, factor).ok_or_else(|| Unscored::from(Stop::Overflow))?;
        let weight = self.coefficient.as_ref().map(|table| table.of(fact)).transpose()?;
        let points = weight.map_or(Some(points), |weight| points.checked_scale(weight, coefficient::ONE));
        Ok(Scored { points: points.ok_or_else(|| Unscored::from(Stop::Overflow))?, band, value, weight })
    }

    /// What one selected fact adds to the sums of its period. For a per-fact rule every fact is [`Unscored::Absent`].
    pub fn contribution(&self, fact: &Fact, person_known: bool) -> Result<Contribution, Unscored> {
        let Plan::PerPeriod { measure, .. } = &self.plan else {
            return Err(Unscored::Absent);
        };
        let values = FactValues { on: &self.on, fact, person_known };
        let amount = match measure {
            Measure::Rate { that } => i64::from(that.holds(&values).map_err(Unscored::from)?),
            Measure::Count => 1,
            Measure::Mean { of, .. } | Measure::Sum { of } | Measure::Percentile { of, .. } => integer(of, &values)?,
        };
        let Some(table) = &self.coefficient else {
            return Ok(Contribution { amount });
        };
        let amount = amount.checked_mul(table.of(fact)?).ok_or_else(|| Unscored::from(Stop::Overflow))?;
        Ok(Contribution { amount })
    }

    /// What contributions come to, each with how often it is there.
    pub fn sums(&self, amounts: Vec<(i64, u64)>) -> Sums {
        let facts = amounts.iter().map(|(_, times)| times).sum();
        let amount = match self.ordered() {
            None => amounts.iter().map(|(amount, times)| i128::from(*amount) * i128::from(*times)).sum(),
            Some(ordered) => ordered.of(amounts).map_or(0, i128::from),
        };
        Sums { facts, amount }
    }

    /// Points of a period with these sums. A per-fact rule has none.
    pub fn score_period(&self, sums: &Sums) -> PeriodScore {
        let insufficient = PeriodScore { points: Points::ZERO, band: None, sufficient: false };
        let Plan::PerPeriod { minimum, measure, .. } = &self.plan else {
            return insufficient;
        };
        if sums.facts == 0 || sums.facts < *minimum {
            return insufficient;
        }
        let denominator = self.divisor(measure, sums.facts);
        let (band, points) = match &self.amount {
            Amount::Fixed(points) => (None, *points),
            // The checker gives no period rule a table or range.
            Amount::Table(_) | Amount::Range(_) => (None, Points::ZERO),
            // No journal holds so many facts that this leaves 64 bits.
            Amount::PerUnit(amount) => (None, amount.points_of(sums.amount, denominator).unwrap_or_default()),
            Amount::Banded(bands) => {
                let (band, points) = bands.band_of(sums.amount, denominator);
                (Some(band), points)
            }
        };
        PeriodScore { points: self.times_facts(points, sums.facts), band, sufficient: true }
    }

    /// By what the sum of a period's contributions is divided before it is compared; `None` for a per-fact rule.
    pub fn measure_divisor(&self, facts: u64) -> Option<u64> {
        match &self.plan {
            Plan::PerFact => None,
            Plan::PerPeriod { measure, .. } => Some(self.divisor(measure, facts)),
        }
    }

    /// What a period rule takes of the amounts in their order, where their sum does not say it.
    pub fn ordered(&self) -> Option<Ordered> {
        match &self.plan {
            Plan::PerPeriod { measure: Measure::Percentile { at, .. }, .. } => Some(Ordered::Percentile(*at)),
            Plan::PerPeriod { measure: Measure::Mean { trim, .. }, .. } if *trim > 0 => Some(Ordered::Trimmed(*trim)),
            Plan::PerPeriod { .. } | Plan::PerFact => None,
        }
    }

    fn divisor(&self, measure: &Measure, facts: u64) -> u64 {
        match measure {
            Measure::Rate { .. } => facts,
            // The checker asks for more facts than are left out.
            Measure::Mean { trim, .. } => facts.saturating_sub(2 * trim).max(1),
            // Weights are thousandths.
            Measure::Count | Measure::Sum { .. } if self.coefficient.is_some() => coefficient::ONE.unsigned_abs(),
            Measure::Count | Measure::Sum { .. } | Measure::Percentile { .. } => 1,
        }
    }

    fn times_facts(&self, points: Points, facts: u64) -> Points {
        match &self.times {
            Some(Times::Facts) => {
                // No journal holds so many facts that this leaves 64 bits; the bound only keeps the function total.
                let product = i128::from(points.0) * i128::from(facts);
                Points(product.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
            }
            Some(Times::Value(_)) | None => points,
        }
    }
}

/// The value of an expression that was checked to be an integer.
fn integer(expression: &Expression, values: &FactValues<'_>) -> Result<i64, Unscored> {
    expression.integer(values).unwrap_or(Err(Stop::Absent)).map_err(Unscored::from)
}
