//! Stage 8, measures: what facts say, summed per hall and day, for looking at a change before and after. They move no points.
//!
//! In: a fact's state before and after a record. Out: differences that a commit adds to the sums, in the transaction of the ledger.

use std::collections::BTreeMap;

use crate::{
    case::FactState,
    fact::{FactKind, Field, fields_of},
    time::Date,
};

/// What is measured. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Indicator {
    /// Counter services; the sum is their milliseconds, holds out.
    Service = 0,
    /// Counter services whose wait is known; the sum is its milliseconds.
    Waiting = 1,
    /// Active ratings; the sum counts the satisfied.
    Satisfaction = 2,
    /// Complaints; the sum counts those found true.
    Complaint = 3,
    /// Decided cases with a limit; the sum is their working milliseconds.
    Case = 4,
    /// Decided cases that more than one department held; the sum is the milliseconds at departments other than the deciding one.
    Crossing = 5,
    /// Adopted suggestions.
    Suggestion = 6,
}

impl Indicator {
    /// All, by number.
    pub const ALL: [Self; 7] = [
        Self::Service,
        Self::Waiting,
        Self::Satisfaction,
        Self::Complaint,
        Self::Case,
        Self::Crossing,
        Self::Suggestion,
    ];

    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Waiting => "waiting",
            Self::Satisfaction => "satisfaction",
            Self::Complaint => "complaint",
            Self::Case => "case",
            Self::Crossing => "crossing",
            Self::Suggestion => "suggestion",
        }
    }
}

/// Whose day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MeasureKey {
    /// Hall code.
    pub hall: String,
    /// Business date.
    pub date: Date,
    /// What.
    pub indicator: Indicator,
}

/// A sum, or what a change adds to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Measure {
    /// Facts.
    pub facts: i64,
    /// Sum of what the indicator sums.
    pub sum: i64,
}

/// Changes of a record or batch.
pub type Measures = BTreeMap<MeasureKey, Measure>;

/// Adds `more` to `sums`; what cancels out goes.
pub fn add(sums: &mut Measures, more: Measures) {
    for (key, change) in more {
        change_one(sums, key, change);
    }
}

/// Notes what a fact measured before no longer, and what it measures now.
pub(crate) fn note(sums: &mut Measures, old: Option<&FactState>, new: Option<&FactState>) {
    let (before, after) = (old.map(of).unwrap_or_default(), new.map(of).unwrap_or_default());
    if before == after {
        return;
    }
    for (key, Measure { facts, sum }) in before {
        change_one(sums, key, Measure { facts: -facts, sum: -sum });
    }
    for (key, measure) in after {
        change_one(sums, key, measure);
    }
}

fn change_one(sums: &mut Measures, key: MeasureKey, change: Measure) {
    let sum = sums.entry(key.clone()).or_default();
    *sum = Measure { facts: sum.facts + change.facts, sum: sum.sum + change.sum };
    if *sum == Measure::default() {
        sums.remove(&key);
    }
}

/// What one fact measures; held facts and facts without a hall measure nothing.
fn of(state: &FactState) -> Vec<(MeasureKey, Measure)> {
    let fact = &state.fact;
    let Some(hall) = fact.place.hall.as_ref().filter(|_| state.held.is_none()) else { return Vec::new() };
    let field = |name: &str| {
        let index = fields_of(fact.kind).iter().position(|spec| spec.name == name)?;
        match fact.fields.get(index)? {
            Field::Integer(value) => Some(*value),
            Field::Boolean(value) => Some(i64::from(*value)),
            Field::Absent | Field::Text(_) | Field::NotEvaluable(_) => None,
        }
    };
    let crossing = || -> Option<i64> {
        let elsewhere = fact.departments.iter().filter(|(code, _)| fact.place.department.as_ref() != Some(code));
        let spans: Vec<i64> = elsewhere.map(|(_, span)| *span).collect();
        (!spans.is_empty()).then(|| spans.iter().sum())
    };
    let sums: Vec<(Indicator, Option<i64>)> = match fact.kind {
        FactKind::Service => {
            vec![(Indicator::Service, field("service_ms")), (Indicator::Waiting, field("waiting_ms"))]
        }
        FactKind::Rating if field("active") == Some(1) => vec![(Indicator::Satisfaction, field("satisfied"))],
        FactKind::Complaint => vec![(Indicator::Complaint, field("confirmed").or(Some(0)))],
        FactKind::Case => vec![(Indicator::Case, field("working_ms")), (Indicator::Crossing, crossing())],
        FactKind::Suggestion => vec![(Indicator::Suggestion, Some(0))],
        FactKind::Rating | FactKind::Acceptance | FactKind::Share | FactKind::Attendance | FactKind::Finding => {
            Vec::new()
        }
        // Indicators are the same in every hall.
        FactKind::Declared => Vec::new(),
    };
    let known = sums.into_iter().filter_map(|(indicator, sum)| Some((indicator, sum?)));
    known
        .map(|(indicator, sum)| {
            (MeasureKey { hall: hall.clone(), date: fact.date, indicator }, Measure { facts: 1, sum })
        })
        .collect()
}
