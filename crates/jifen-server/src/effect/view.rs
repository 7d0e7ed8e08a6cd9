//! What the effect page shows: figures of two halls in two spans, their difference in differences, and what may be concluded.

use std::collections::BTreeMap;

use jifen_core::{
    engine::Region,
    measure::{Indicator, Measure, MeasureKey},
    time::{Date, Grain, Period},
};
use jifen_store::{Database, RegionRow, StoreError};
use serde::{Deserialize, Serialize};

use super::estimate::{DAYS_MIN, Day, Difference, FACTS_MIN, Ratio, difference, drift, ratio};
use crate::auth::Reach;

/// What is asked for; what is absent is chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct EffectQuery {
    pub(crate) hall: Option<String>,
    pub(crate) control: Option<String>,
    /// First day of the span before.
    pub(crate) from: Option<Date>,
    /// First day of the change.
    pub(crate) change: Option<Date>,
    /// Last day of the span after.
    pub(crate) to: Option<Date>,
}

/// A hall before and after a change, beside another.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Effect {
    /// Hall code; `null` when nothing was measured yet.
    #[schema(required = true)]
    pub(crate) hall: Option<String>,
    /// Hall code; `null` when no other hall was measured.
    #[schema(required = true)]
    pub(crate) control: Option<String>,
    /// First day of the span before.
    #[schema(required = true)]
    pub(crate) from: Option<String>,
    /// First day of the change.
    #[schema(required = true)]
    pub(crate) change: Option<String>,
    /// Last day of the span after.
    #[schema(required = true)]
    pub(crate) to: Option<String>,
    /// Halls that were measured.
    pub(crate) halls: Vec<MeasuredHall>,
    /// Figures, in the order of the page.
    pub(crate) figures: Vec<EffectFigure>,
    /// Rule sets that came into force within the spans.
    pub(crate) rule_changes: Vec<EffectRuleChange>,
    /// What limits every conclusion: `one_pair`, `other_changes`, `no_control`.
    pub(crate) warnings: Vec<String>,
}

/// A hall and since when it was measured.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct MeasuredHall {
    /// Code.
    pub(crate) code: String,
    /// Name; the code where nobody gave one.
    pub(crate) name: String,
    /// First measured day.
    pub(crate) first: String,
    /// Last measured day.
    pub(crate) last: String,
}

/// A rule set that came into force.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EffectRuleChange {
    /// First day.
    pub(crate) date: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
}

/// One figure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EffectFigure {
    /// `service`, `waiting`, `satisfaction`, `complaint`, `case`, `crossing` or `suggestion`.
    pub(crate) indicator: String,
    /// `ms`, `share`, `per_thousand_services` or `per_hundred_days`.
    pub(crate) unit: String,
    /// The hall before.
    #[schema(required = true)]
    pub(crate) before: Option<EffectValue>,
    /// The hall after.
    #[schema(required = true)]
    pub(crate) after: Option<EffectValue>,
    /// The other hall before.
    #[schema(required = true)]
    pub(crate) control_before: Option<EffectValue>,
    /// The other hall after.
    #[schema(required = true)]
    pub(crate) control_after: Option<EffectValue>,
    /// Change of the hall less change of the other.
    #[schema(required = true)]
    pub(crate) difference: Option<EffectDifference>,
    /// `small_sample`, `drift`, `drift_unknown`, `may_be_nothing`.
    pub(crate) warnings: Vec<String>,
    /// By week.
    pub(crate) weeks: Vec<EffectWeek>,
}

/// A ratio and what it rests on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EffectValue {
    /// In the figure's unit.
    pub(crate) value: f64,
    /// Facts: services, ratings, complaints, cases, suggestions.
    pub(crate) facts: i64,
    /// Days with data.
    pub(crate) days: u64,
}

/// A difference in differences.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EffectDifference {
    /// In the figure's unit.
    pub(crate) value: f64,
    /// Lower end of the 95 % interval.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

/// A week of both halls.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EffectWeek {
    /// Monday.
    pub(crate) first: String,
    /// The hall.
    #[schema(required = true)]
    pub(crate) hall: Option<f64>,
    /// The other.
    #[schema(required = true)]
    pub(crate) control: Option<f64>,
}

/// Shown in this order.
const FIGURES: [(Indicator, &str, f64); 7] = [
    (Indicator::Service, "ms", 1.0),
    (Indicator::Waiting, "ms", 1.0),
    (Indicator::Satisfaction, "share", 1.0),
    (Indicator::Complaint, "per_thousand_services", 1_000.0),
    (Indicator::Case, "ms", 1.0),
    (Indicator::Crossing, "ms", 1.0),
    (Indicator::Suggestion, "per_hundred_days", 100.0),
];

/// Reads and reckons.
///
/// # Errors
/// Store faults.
pub(crate) fn effect(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    query: &EffectQuery,
) -> Result<Effect, StoreError> {
    let mut measured = database.measured_halls(row.id)?;
    measured.retain(|(hall, _, _)| reach.has_hall(hall));
    let chosen = Chosen::of(query, &measured, region);
    let days = |hall: &Option<String>, from: Date, to: Date| match hall {
        Some(hall) => Ok(by_day(database.measures(row.id, hall, from, to)?)),
        None => Ok::<_, StoreError>(Days::new()),
    };
    let mut figures = Vec::new();
    let mut changes = Vec::new();
    let mut warnings = vec!["one_pair".to_owned()];
    if let (Some(_), Some((from, change, to))) = (&chosen.hall, chosen.span) {
        let (own, other) = (days(&chosen.hall, from, to)?, days(&chosen.control, from, to)?);
        figures = FIGURES.iter().map(|figure| figure_of(*figure, &own, &other, change)).collect();
        changes = rule_changes(region, from, to);
        if changes.iter().any(|other| other.date != change.to_string()) {
            warnings.push("other_changes".to_owned());
        }
    }
    if chosen.control.is_none() {
        warnings = vec!["no_control".to_owned()];
    }
    let names: BTreeMap<&str, Option<&str>> = region.organisation().halls().collect();
    let halls = measured.iter().map(|(code, first, last)| MeasuredHall {
        name: names.get(code.as_str()).copied().flatten().unwrap_or(code).to_owned(),
        code: code.clone(),
        first: first.to_string(),
        last: last.to_string(),
    });
    let text = |date: Option<Date>| date.map(|date| date.to_string());
    Ok(Effect {
        from: text(chosen.span.map(|span| span.0)),
        change: text(chosen.span.map(|span| span.1)),
        to: text(chosen.span.map(|span| span.2)),
        hall: chosen.hall,
        control: chosen.control,
        halls: halls.collect(),
        figures,
        rule_changes: changes,
        warnings,
    })
}

/// Halls and days looked at.
struct Chosen {
    hall: Option<String>,
    control: Option<String>,
    span: Option<(Date, Date, Date)>,
}

impl Chosen {
    /// What was asked for; else the newest rule set that names a hall, from its first day to its last or the last measured one, beside
    /// the hall that was measured longest.
    fn of(query: &EffectQuery, measured: &[(String, Date, Date)], region: &Region) -> Self {
        let mut versions: Vec<_> = region.versions().all().collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.from));
        let named = versions.iter().find_map(|version| {
            let (code, ..) = measured.iter().find(|(code, ..)| version.text.contains(&format!("\"{code}\"")))?;
            Some((code.clone(), version.from, version.to))
        });
        let hall = query.hall.clone().or_else(|| named.as_ref().map(|named| named.0.clone()));
        let hall = hall.or_else(|| measured.first().map(|(code, ..)| code.clone()));
        let others = measured.iter().filter(|(code, ..)| Some(code) != hall.as_ref());
        let longest = others.min_by_key(|(code, first, _)| (*first, code.clone())).map(|(code, ..)| code.clone());
        let control = query.control.clone().or(longest);
        let own = measured.iter().find(|(code, ..)| Some(code) == hall.as_ref());
        let span = own.and_then(|(code, first, last)| {
            let named = named.as_ref().filter(|named| named.0 == *code);
            let from = query.from.unwrap_or(*first);
            let middle = Date(from.0 + (last.0 - from.0) / 2);
            let change = query.change.unwrap_or_else(|| named.map_or(middle, |named| named.1));
            let to = query.to.or_else(|| named.and_then(|named| named.2)).unwrap_or(*last);
            (from < change && change <= to).then_some((from, change, to))
        });
        Self { hall, control, span }
    }
}

fn rule_changes(region: &Region, from: Date, to: Date) -> Vec<EffectRuleChange> {
    let mut changes: Vec<_> = region
        .versions()
        .all()
        .filter(|version| from < version.from && version.from <= to)
        .map(|version| EffectRuleChange {
            date: version.from.to_string(),
            title: version.set.title.clone(),
            title_en: version.set.title_en.clone().unwrap_or_else(|| version.set.title.clone()),
        })
        .collect();
    changes.sort_by(|a, b| (&a.date, &a.title).cmp(&(&b.date, &b.title)));
    changes
}

type Days = BTreeMap<Date, BTreeMap<Indicator, Measure>>;

fn by_day(measures: jifen_core::measure::Measures) -> Days {
    let mut days = Days::new();
    for (MeasureKey { date, indicator, .. }, measure) in measures {
        days.entry(date).or_default().insert(indicator, measure);
    }
    days
}

/// Days of one figure, with the number of facts.
struct Series(Vec<(Date, Day, i64)>);

impl Series {
    fn of((indicator, _, factor): (Indicator, &str, f64), days: &Days) -> Self {
        let mut series = Vec::new();
        for (date, measures) in days {
            let get = |indicator| measures.get(&indicator).copied().unwrap_or_default();
            let (own, services) = (get(indicator), get(Indicator::Service).facts);
            let day = match indicator {
                Indicator::Complaint => Day { above: own.facts as f64 * factor, below: services as f64 },
                // A day counts when the hall was open.
                Indicator::Suggestion => {
                    Day { above: own.facts as f64 * factor, below: if services > 0 { 1.0 } else { 0.0 } }
                }
                Indicator::Service
                | Indicator::Waiting
                | Indicator::Satisfaction
                | Indicator::Case
                | Indicator::Crossing => Day { above: own.sum as f64 * factor, below: own.facts as f64 },
            };
            if day != Day::default() {
                series.push((*date, day, own.facts));
            }
        }
        Self(series)
    }

    fn split(&self, change: Date) -> (Vec<Day>, Vec<Day>) {
        let (before, after): (Vec<_>, Vec<_>) = self.0.iter().partition(|(date, ..)| *date < change);
        let days = |part: Vec<&(Date, Day, i64)>| part.into_iter().map(|(_, day, _)| *day).collect();
        (days(before), days(after))
    }

    fn facts(&self, change: Date) -> (i64, i64) {
        let sum =
            |before: bool| self.0.iter().filter(|(date, ..)| (*date < change) == before).map(|(.., facts)| facts).sum();
        (sum(true), sum(false))
    }

    fn weeks(&self) -> BTreeMap<Date, f64> {
        let mut weeks: BTreeMap<Date, Vec<Day>> = BTreeMap::new();
        for (date, day, _) in &self.0 {
            weeks.entry(Period::holding(Grain::Week, *date).first).or_default().push(*day);
        }
        weeks.into_iter().filter_map(|(week, days)| Some((week, ratio(&days)?.value))).collect()
    }
}

fn figure_of(figure: (Indicator, &str, f64), own: &Days, other: &Days, change: Date) -> EffectFigure {
    let (own, other) = (Series::of(figure, own), Series::of(figure, other));
    let ((before, after), (control_before, control_after)) = (own.split(change), other.split(change));
    let spans = [&before, &after, &control_before, &control_after].map(|days| ratio(days));
    let facts = [own.facts(change), other.facts(change)];
    let facts = [facts[0].0, facts[0].1, facts[1].0, facts[1].1];
    let found = difference((spans[0], spans[1]), (spans[2], spans[3]));
    let drifted = drift(&before, &control_before);
    let mut warnings = Vec::new();
    let mut warn = |holds: bool, code: &str| {
        if holds {
            warnings.push(code.to_owned());
        }
    };
    let small =
        |(span, facts): (&Option<Ratio>, &i64)| span.is_none_or(|span| span.days < DAYS_MIN) || *facts < FACTS_MIN;
    warn(spans.iter().zip(&facts).any(small), "small_sample");
    warn(drifted.is_some_and(|drifted| !drifted.may_be_nothing()), "drift");
    warn(drifted.is_none(), "drift_unknown");
    warn(found.is_some_and(|found| found.may_be_nothing()), "may_be_nothing");
    let value = |index: usize| {
        spans[index].map(|span| EffectValue { value: span.value, facts: facts[index], days: span.days as u64 })
    };
    let (own_weeks, other_weeks) = (own.weeks(), other.weeks());
    let weeks: std::collections::BTreeSet<_> = own_weeks.keys().chain(other_weeks.keys()).copied().collect();
    let week = |first: Date| EffectWeek {
        first: first.to_string(),
        hall: own_weeks.get(&first).copied(),
        control: other_weeks.get(&first).copied(),
    };
    EffectFigure {
        indicator: figure.0.name().to_owned(),
        unit: figure.1.to_owned(),
        before: value(0),
        after: value(1),
        control_before: value(2),
        control_after: value(3),
        difference: found.map(|Difference { value, low, high }| EffectDifference { value, low, high }),
        warnings,
        weeks: weeks.into_iter().map(week).collect(),
    }
}
