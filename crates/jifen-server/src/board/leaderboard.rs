//! 积分榜: subjects of one kind by points of a period, with shared ranks.

use jifen_core::{
    engine::Region,
    ledger::Subject,
    points::Points,
    rule::{Dimension, SubjectKind},
    time::Period,
};
use serde::{Deserialize, Serialize};

use super::{
    ReadError,
    course::{Courses, RankBand, courses},
    kept::Reader,
    names::{ActorKindWord, Names, SubjectKindWord, person_of},
    resident,
    standing::{DimensionPoints, Selected},
    table::{Placed, TableKey},
};
use crate::query::cursor_text;

/// Which board.
#[derive(Clone, Debug)]
pub struct LeaderboardQuery {
    /// Whose.
    pub subject: SubjectKind,
    /// When, by business date.
    pub period: Period,
    /// Of one rule only.
    pub rule: Option<String>,
    /// Of one dimension only.
    pub dimension: Option<Dimension>,
    /// Facts needed to be ranked; the region's setting without.
    pub min_facts: Option<i64>,
    /// The last item of the page before.
    pub after: Option<AfterItem>,
    /// Most items; all without.
    pub limit: Option<usize>,
}

/// Where a page ended: points in thousandths, and code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AfterItem(pub i64, pub String);

/// A leaderboard.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Leaderboard {
    /// Region code.
    pub region: String,
    /// `person`, `window`, `department` or `hall`.
    #[schema(value_type = SubjectKindWord)]
    pub subject: String,
    /// Period as asked.
    pub period: String,
    /// Journal position up to which everything is counted.
    pub as_of_position: u64,
    /// By points, then code.
    pub items: Vec<LeaderboardItem>,
    /// Cursor of the next page.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// One line of a leaderboard. Points are decimal strings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeaderboardItem {
    /// Competition rank (1, 2, 2, 4); `null`: not ranked.
    #[schema(required = true)]
    pub rank: Option<u64>,
    /// The places whose order lies within noise of this one's (docs/ranks.md); `null`: not ranked, or too few days to say.
    #[schema(required = true)]
    pub band: Option<RankBand>,
    /// Places gained since the day before the newest; `null` where there is no such day.
    #[schema(required = true)]
    pub rank_change: Option<i64>,
    /// Running sum at the end of each day with entries, at most 31 of them.
    pub trend: Vec<String>,
    /// The source's own code.
    pub subject: String,
    /// Name; the code where nobody gave one.
    pub name: String,
    /// What a person subject is; `null` for places.
    #[schema(required = true)]
    pub actor_kind: Option<ActorKindWord>,
    /// The person's window.
    #[schema(required = true)]
    pub window: Option<String>,
    /// What that window is called.
    #[schema(required = true)]
    pub window_name: Option<String>,
    /// The person's or window's department.
    #[schema(required = true)]
    pub department: Option<String>,
    /// What that department is called.
    #[schema(required = true)]
    pub department_name: Option<String>,
    /// `posted` + `provisional`.
    pub points: String,
    /// Of the subject itself.
    pub own_points: String,
    /// Of its people.
    pub members_points: String,
    /// In the ledger.
    pub posted: String,
    /// Not yet posted: periods that have not ended.
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
}

/// Makes the board.
///
/// # Errors
/// Store faults.
pub fn leaderboard(reader: &Reader<'_>, query: &LeaderboardQuery) -> Result<Leaderboard, ReadError> {
    reader.board(query.table(), |table| {
        let courses = courses(table, &reader.row.code);
        let after = query.after.as_ref().map(|AfterItem(points, code)| (Points(*points), code.as_str()));
        let limit = query.limit.unwrap_or(usize::MAX);
        let seen = |placed: &Placed<'_>| reader.reach.has_subject(reader.region, &placed.line.subject);
        let page = table.page(after.as_ref()).filter(seen);
        let mut places: Vec<Placed<'_>> = page.take(limit.saturating_add(1)).collect();
        let more = places.len() > limit;
        places.truncate(limit);
        let next = places.last().filter(|_| more).map(cursor);
        let subjects = places.iter().map(|placed| &placed.line.subject);
        let names = Names::load(reader.database, reader.row, reader.region, subjects.filter_map(person_of))?;
        let items = places.iter().map(|placed| item(reader.region, &names, &courses, placed)).collect();
        Ok(Leaderboard {
            region: reader.row.code.clone(),
            subject: query.subject.name().to_owned(),
            period: query.period.to_string(),
            as_of_position: table.position(),
            items,
            next,
        })
    })
}

impl LeaderboardQuery {
    fn table(&self) -> TableKey {
        TableKey {
            subject: self.subject,
            period: self.period,
            selected: Selected { rule: self.rule.clone(), dimension: self.dimension },
            min_facts: self.min_facts,
        }
    }
}

fn cursor(placed: &Placed<'_>) -> String {
    cursor_text(&AfterItem(placed.line.standing.points().0, placed.line.code.to_string()))
}

fn item(region: &Region, names: &Names<'_>, courses: &Courses, placed: &Placed<'_>) -> LeaderboardItem {
    let (line, standing) = (placed.line, &placed.line.standing);
    let home = match &line.subject {
        Subject::Person(actor) => resident::home_of_person(region, *actor),
        Subject::Window(code) => resident::home_of_window(region, code),
        Subject::Department(_) | Subject::Hall(_) => resident::Home::default(),
    };
    let named = |kind, code: Option<&str>| code.map(|code| resident::place_called(region, kind, code));
    LeaderboardItem {
        rank: placed.rank,
        band: courses.band(placed.index),
        rank_change: courses.rank_change(placed.index),
        trend: courses.trend(line),
        subject: line.code.to_string(),
        name: names.name(&line.subject),
        actor_kind: line.kind,
        window_name: named(SubjectKind::Window, home.window.as_deref()),
        window: home.window,
        department_name: named(SubjectKind::Department, home.department.as_deref()),
        department: home.department,
        points: standing.points().to_string(),
        own_points: standing.own_points().to_string(),
        members_points: standing.members_points().to_string(),
        posted: standing.sum.posted().to_string(),
        provisional: standing.sum.provisional().to_string(),
        facts: standing.facts,
        services: standing.services,
        points_per_service: standing.points_per_service(),
        sufficient: placed.sufficient,
        trainee: line.is_trainee,
        dimensions: standing.dimension_points(),
    }
}
