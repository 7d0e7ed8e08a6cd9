//! 积分榜: subjects of one kind by points of a period, with shared ranks.

use jifen_core::{
    engine::Region,
    ledger::Subject,
    points::Points,
    rollup::{board_parts, ranks},
    rule::{Dimension, SubjectKind},
    time::Period,
};
use jifen_store::{BoardSubjects, Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    ReadError,
    course::{Course, RankBand, courses},
    names::{ActorKindWord, Names, SubjectKindWord},
    resident,
    standing::{DimensionPoints, Selected, Standing, standings},
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
    /// Points per dimension.
    pub dimensions: DimensionPoints,
}

/// Makes the board.
///
/// # Errors
/// Store faults.
pub fn leaderboard(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    query: &LeaderboardQuery,
) -> Result<Leaderboard, ReadError> {
    let as_of_position = database.head(row.id)?.journal;
    let places = rank_all(database, row, region, query)?;
    let start = query
        .after
        .as_ref()
        .map_or(0, |after| places.partition_point(|place| (-place.points().0, &place.code) <= (-after.0, &after.1)));
    let end = query.limit.map_or(places.len(), |limit| places.len().min(start + limit));
    let next = places[..end].last().filter(|_| end < places.len()).map(Placed::cursor);
    let courses = courses(database, row, query, &places, as_of_position)?;
    let course = |place: &Placed| courses.get(&place.subject).cloned().unwrap_or_default();
    let items = places[start..end].iter().map(|place| place.item(region, course(place))).collect();
    let (subject, period) = (query.subject.name().to_owned(), query.period.to_string());
    Ok(Leaderboard { region: row.code.clone(), subject, period, as_of_position, items, next })
}

/// A subject on the board.
pub(super) struct Placed {
    pub(super) subject: Subject,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) kind: Option<ActorKindWord>,
    pub(super) standing: Standing,
    pub(super) sufficient: bool,
    pub(super) rank: Option<u64>,
}

/// The whole board in order.
pub(super) fn rank_all(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    query: &LeaderboardQuery,
) -> Result<Vec<Placed>, ReadError> {
    let rows = database.board(row.id, BoardSubjects::Kind(query.subject), &board_parts(query.period))?;
    let standings = standings(rows, &Selected { rule: query.rule.clone(), dimension: query.dimension });
    let actors = standings.keys().filter_map(|subject| match subject {
        Subject::Person(actor) => Some(*actor),
        Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => None,
    });
    let names = Names::load(database, row, region, actors)?;
    let facts_min = query.min_facts.unwrap_or_else(|| resident::settings(region).rank_facts_min);
    let mut places: Vec<Placed> = standings
        .into_iter()
        .map(|(subject, standing)| Placed {
            code: names.code(&subject),
            name: names.name(&subject),
            kind: names.kind(&subject),
            sufficient: standing.facts >= facts_min,
            subject,
            standing,
            rank: None,
        })
        .collect();
    places.sort_by(|a, b| b.points().cmp(&a.points()).then_with(|| a.code.cmp(&b.code)));
    let points: Vec<Points> = places.iter().filter(|place| place.is_ranked()).map(Placed::points).collect();
    for (place, rank) in places.iter_mut().filter(|place| place.is_ranked()).zip(ranks(&points)) {
        place.rank = Some(rank);
    }
    Ok(places)
}

impl Placed {
    fn points(&self) -> Points {
        self.standing.points()
    }

    /// System accounts and unknown actors are shown, never ranked.
    fn is_ranked(&self) -> bool {
        let can_be = match self.kind {
            None | Some(ActorKindWord::Person) => true,
            Some(ActorKindWord::System | ActorKindWord::Unknown) => false,
        };
        can_be && self.sufficient
    }

    fn cursor(&self) -> String {
        cursor_text(&AfterItem(self.points().0, self.code.clone()))
    }

    fn item(&self, region: &Region, course: Course) -> LeaderboardItem {
        let standing = &self.standing;
        let home = match &self.subject {
            Subject::Person(actor) => resident::home_of_person(region, *actor),
            Subject::Window(code) => resident::home_of_window(region, code),
            Subject::Department(_) | Subject::Hall(_) => resident::Home::default(),
        };
        let named = |kind, code: Option<&str>| {
            code.map(|code| resident::place_name(region, kind, code).unwrap_or_else(|| code.to_owned()))
        };
        LeaderboardItem {
            rank: self.rank,
            band: course.band,
            rank_change: course.rank_change,
            trend: course.trend,
            subject: self.code.clone(),
            name: self.name.clone(),
            actor_kind: self.kind,
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
            sufficient: self.sufficient,
            dimensions: standing.dimension_points(),
        }
    }
}
