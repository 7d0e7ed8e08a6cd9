//! One subject's page: its place on the board, its rules, its days, and when rules changed.

use std::collections::BTreeMap;

use jifen_core::{
    engine::Region,
    ledger::Subject,
    points::Points,
    rollup::{Rollup, board_parts},
    rule::{Dimension, SubjectKind},
    time::{Date, Grain, Period},
};
use jifen_store::{BoardSubjects, Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    ReadError,
    kept::Reader,
    names::{ActorKindWord, Names, SubjectKindWord, person_of, subjects_of},
    resident,
    standing::{DimensionPoints, Standing, by_rule},
    table::{Placed, TableKey},
};

/// Most days of a trend, the latest ones.
const TREND_DAYS_MAX: usize = 366;

/// Whose page.
#[derive(Clone, Debug)]
pub struct SubjectQuery {
    /// Kind.
    pub kind: SubjectKind,
    /// Code.
    pub code: String,
    /// When.
    pub period: Period,
}

/// A subject's page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Subject)]
pub struct SubjectView {
    /// Region code.
    pub region: String,
    /// `person`, `window`, `department` or `hall`.
    #[schema(value_type = SubjectKindWord)]
    pub kind: String,
    /// Code.
    pub code: String,
    /// Name; the code where nobody gave one.
    pub name: String,
    /// What a person subject is; `null` for places.
    #[schema(required = true)]
    pub actor_kind: Option<ActorKindWord>,
    /// Period as asked.
    pub period: String,
    /// Journal position up to which everything is counted.
    pub as_of_position: u64,
    /// Competition rank; `null`: not ranked.
    #[schema(required = true)]
    pub rank: Option<u64>,
    /// `posted` + `provisional`.
    pub points: String,
    /// Of the subject itself.
    pub own_points: String,
    /// Of its people.
    pub members_points: String,
    /// In the ledger.
    pub posted: String,
    /// Not yet posted.
    pub provisional: String,
    /// Facts counted.
    pub facts: i64,
    /// Counter services.
    pub services: i64,
    /// Points per counter service, two places.
    #[schema(required = true)]
    pub points_per_service: Option<String>,
    /// Whether there are facts enough to be ranked.
    pub sufficient: bool,
    /// Whether they are a trainee in the period, who is not ranked.
    pub trainee: bool,
    /// Points per dimension.
    pub dimensions: DimensionPoints,
    /// Points per rule.
    pub rules: Vec<RuleStanding>,
    /// Points per business day that has any booking.
    pub trend: Vec<TrendPoint>,
    /// Rule sets that came into force in the period.
    pub rule_changes: Vec<RuleChange>,
}

/// A subject's points of one rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SubjectRule)]
pub struct RuleStanding {
    /// Rule id.
    pub rule: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// Dimension.
    pub dimension: String,
    /// `posted` + `provisional`.
    pub points: String,
    /// In the ledger.
    pub posted: String,
    /// Not yet posted.
    pub provisional: String,
    /// Facts the rule looked at.
    pub facts: i64,
}

/// The points of one business day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TrendPoint {
    /// Business date.
    #[schema(format = Date)]
    pub date: String,
    /// Points.
    pub points: String,
}

/// A rule set that came into force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuleChange {
    /// First day in force.
    #[schema(format = Date)]
    pub date: String,
    /// Set id.
    pub set: String,
    /// Version, 64 hexadecimal digits.
    pub version: String,
    /// Title.
    pub title: String,
}

/// Makes the page.
///
/// # Errors
/// [`ReadError::Absent`] for a code nobody knows; store faults.
pub fn subject(reader: &Reader<'_>, query: &SubjectQuery) -> Result<SubjectView, ReadError> {
    let (database, row, region) = (reader.database, reader.row, reader.region);
    let Place { subject, as_of_position, code, kind, standing, rank, sufficient } = place(reader, query)?;
    let names = Names::load(database, row, region, person_of(&subject))?;
    let rows = database.board(row.id, BoardSubjects::One(subject.clone()), &board_parts(query.period))?;
    Ok(SubjectView {
        region: row.code.clone(),
        kind: query.kind.name().to_owned(),
        code,
        name: names.name(&subject),
        actor_kind: kind,
        period: query.period.to_string(),
        as_of_position,
        rank,
        points: standing.points().to_string(),
        own_points: standing.own_points().to_string(),
        members_points: standing.members_points().to_string(),
        posted: standing.sum.posted().to_string(),
        provisional: standing.sum.provisional().to_string(),
        facts: standing.facts,
        services: standing.services,
        points_per_service: standing.points_per_service(),
        sufficient,
        trainee: region.organisation().is_trainee_in(&subject, query.period),
        dimensions: standing.dimension_points(),
        rules: rules(region, by_rule(&rows)),
        trend: trend(database, row, &subject, query.period)?,
        rule_changes: rule_changes(region, query.period),
    })
}

/// The subject's rank on the board of its kind; `None`: not ranked.
///
/// # Errors
/// As [`subject`].
pub fn own_rank(reader: &Reader<'_>, query: &SubjectQuery) -> Result<Option<u64>, ReadError> {
    Ok(place(reader, query)?.rank)
}

struct Place {
    subject: Subject,
    as_of_position: u64,
    code: String,
    kind: Option<ActorKindWord>,
    standing: Standing,
    rank: Option<u64>,
    sufficient: bool,
}

/// The subject's line on the board of its kind, or an empty one where it is known but has no points.
fn place(reader: &Reader<'_>, query: &SubjectQuery) -> Result<Place, ReadError> {
    let (database, row, region) = (reader.database, reader.row, reader.region);
    let mut candidates = subjects_of(database, row, region, query.kind, &query.code)?;
    candidates.retain(|subject| reader.reach.has_subject(region, subject));
    let (as_of_position, found) = reader.board(TableKey::whole(query.kind, query.period), |table| {
        let place = |placed: Placed<'_>| Place {
            subject: placed.line.subject.clone(),
            as_of_position: table.position(),
            code: placed.line.code.to_string(),
            kind: placed.line.kind,
            standing: placed.line.standing.clone(),
            rank: placed.rank,
            sufficient: placed.sufficient,
        };
        Ok((table.position(), candidates.iter().find_map(|subject| table.find(subject)).map(place)))
    })?;
    if let Some(found) = found {
        return Ok(found);
    }
    for subject in candidates {
        let known = match &subject {
            Subject::Person(_) => true,
            Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => {
                resident::place_is_known(region, query.kind, code) || has_points(database, row, &subject)?
            }
        };
        if known {
            let kind = Names::load(database, row, region, person_of(&subject))?.kind(&subject);
            let (code, standing) = (query.code.clone(), Standing::default());
            return Ok(Place { subject, as_of_position, code, kind, standing, rank: None, sufficient: false });
        }
    }
    Err(ReadError::Absent(format!("{} `{}`", query.kind.name(), query.code)))
}

fn has_points(database: &Database, row: &RegionRow, subject: &Subject) -> Result<bool, ReadError> {
    let rows = database.board(row.id, BoardSubjects::One(subject.clone()), &board_parts(Period::ALL))?;
    Ok(rows.iter().any(|row| !row.rollup.is_zero()))
}

fn rules(region: &Region, rules: BTreeMap<String, (Dimension, Rollup)>) -> Vec<RuleStanding> {
    let rules = rules.into_iter().map(|(id, (dimension, rollup))| {
        let (title, title_en) = resident::rule_title(region, &id).unwrap_or_else(|| (id.clone(), id.clone()));
        RuleStanding {
            rule: id,
            title,
            title_en,
            dimension: dimension.name().to_owned(),
            points: (rollup.posted() + rollup.provisional()).to_string(),
            posted: rollup.posted().to_string(),
            provisional: rollup.provisional().to_string(),
            facts: rollup.facts,
        }
    });
    rules.collect()
}

fn trend(
    database: &Database,
    row: &RegionRow,
    subject: &Subject,
    period: Period,
) -> Result<Vec<TrendPoint>, ReadError> {
    let mut days: Vec<(Date, Points)> = Vec::new();
    for (date, rollup) in database.trend(row.id, subject, period.first, period.last())? {
        let points = rollup.posted() + rollup.provisional();
        match days.last_mut() {
            Some((last, sum)) if *last == date => *sum += points,
            _ => days.push((date, points)),
        }
    }
    let skip = days.len().saturating_sub(TREND_DAYS_MAX);
    let shown = days.into_iter().skip(skip);
    Ok(shown.map(|(date, points)| TrendPoint { date: date.to_string(), points: points.to_string() }).collect())
}

fn rule_changes(region: &Region, period: Period) -> Vec<RuleChange> {
    let begins = |date: Date| period.grain == Grain::All || period.contains(date);
    let versions = resident::set_versions(region).into_iter().filter(|version| begins(version.from));
    versions
        .map(|version| RuleChange {
            date: version.from.to_string(),
            set: version.id,
            version: version.version.to_string(),
            title: version.title,
        })
        .collect()
}
