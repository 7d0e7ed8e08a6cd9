//! One subject's page: its place on the board, its rules, its days, and when rules changed.

use jifen_core::{
    engine::Region,
    id::ActorId,
    ledger::Subject,
    points::Points,
    rollup::board_parts,
    rule::SubjectKind,
    time::{Date, Grain, Period},
};
use jifen_store::{BoardSubjects, Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    LeaderboardQuery, ReadError,
    leaderboard::{Placed, rank_all},
    names::{ActorKindWord, Names, SubjectKindWord, subjects_of},
    resident,
    standing::{DimensionPoints, Selected, Standing, standings},
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
pub fn subject(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    query: &SubjectQuery,
) -> Result<SubjectView, ReadError> {
    let as_of_position = database.head(row.id)?.journal;
    let placed = place(database, row, region, query)?;
    let standing = &placed.standing;
    let trend = trend(database, row, &placed, query.period)?;
    Ok(SubjectView {
        region: row.code.clone(),
        kind: query.kind.name().to_owned(),
        code: placed.code.clone(),
        name: placed.name.clone(),
        actor_kind: placed.kind,
        period: query.period.to_string(),
        as_of_position,
        rank: placed.rank,
        points: standing.points().to_string(),
        own_points: standing.own_points().to_string(),
        members_points: standing.members_points().to_string(),
        posted: standing.sum.posted().to_string(),
        provisional: standing.sum.provisional().to_string(),
        facts: standing.facts,
        services: standing.services,
        points_per_service: standing.points_per_service(),
        sufficient: placed.sufficient,
        dimensions: standing.dimension_points(),
        rules: rules(region, standing),
        trend,
        rule_changes: rule_changes(region, query.period),
    })
}

/// The subject's line on the board of its kind, or an empty one where it is known but has no points.
fn place(database: &Database, row: &RegionRow, region: &Region, query: &SubjectQuery) -> Result<Placed, ReadError> {
    let candidates = subjects_of(database, row, region, query.kind, &query.code)?;
    let board = LeaderboardQuery {
        subject: query.kind,
        period: query.period,
        rule: None,
        dimension: None,
        min_facts: None,
        after: None,
        limit: None,
    };
    let mut places = rank_all(database, row, region, &board)?;
    for candidate in &candidates {
        if let Some(index) = places.iter().position(|place| place.subject == *candidate) {
            return Ok(places.swap_remove(index));
        }
    }
    for subject in candidates {
        let known = match &subject {
            Subject::Person(_) => true,
            Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => {
                resident::place_is_known(region, query.kind, code) || has_points(database, row, &subject)?
            }
        };
        if known {
            let names = Names::load(database, row, region, person_of(&subject))?;
            let (code, name, kind) = (query.code.clone(), names.name(&subject), names.kind(&subject));
            let standing = Standing::default();
            return Ok(Placed { subject, code, name, kind, standing, sufficient: false, rank: None });
        }
    }
    Err(ReadError::Absent(format!("{} `{}`", query.kind.name(), query.code)))
}

fn person_of(subject: &Subject) -> Option<ActorId> {
    match subject {
        Subject::Person(actor) => Some(*actor),
        Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => None,
    }
}

fn has_points(database: &Database, row: &RegionRow, subject: &Subject) -> Result<bool, ReadError> {
    let rows = database.board(row.id, BoardSubjects::One(subject.clone()), &board_parts(Period::ALL))?;
    Ok(!standings(rows, &Selected::default()).is_empty())
}

fn rules(region: &Region, standing: &Standing) -> Vec<RuleStanding> {
    let rules = standing.rules.iter().map(|(id, (dimension, rollup))| {
        let (title, title_en) = resident::rule_title(region, id).unwrap_or_else(|| (id.clone(), id.clone()));
        RuleStanding {
            rule: id.clone(),
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

fn trend(database: &Database, row: &RegionRow, placed: &Placed, period: Period) -> Result<Vec<TrendPoint>, ReadError> {
    let mut days: Vec<(Date, Points)> = Vec::new();
    for (date, rollup) in database.trend(row.id, &placed.subject, period.first, period.last())? {
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
