//! One's own place, and those next to it without names: what a clerk sees in the place of the whole board.
//!
//! In: the person of the account, a period. Out: own rank and points, and the points of the few ranked just above and below.

use axum::{Json, extract::State};
use jifen_core::{rule::SubjectKind, time::Period};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{
    ReadError,
    course::{RankBand, courses},
    kept::Reader,
    names::subjects_of,
    table::{Placed, TableKey},
};
use crate::{
    app::App,
    auth::{Caller, Permission},
    problem::{Problem, ProblemBody},
    query::{self, Query},
};

/// Neighbours shown on each side.
const EACH_SIDE: usize = 3;

/// One's own place among those next to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Neighbours {
    /// The person's code.
    pub person: String,
    /// Period as asked.
    pub period: String,
    /// Journal position up to which everything is counted.
    pub as_of_position: u64,
    /// Own rank; `null`: not ranked.
    #[schema(required = true)]
    pub rank: Option<u64>,
    /// The places whose order lies within noise of it (docs/ranks.md).
    #[schema(required = true)]
    pub band: Option<RankBand>,
    /// How many are ranked.
    pub ranked: u64,
    /// Own points.
    pub points: String,
    /// Those just above, the nearest last.
    pub above: Vec<Neighbour>,
    /// Those just below, the nearest first.
    pub below: Vec<Neighbour>,
}

/// Somebody next to one's own place: who it is, is not said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Neighbour {
    /// Rank.
    pub rank: u64,
    /// Points.
    pub points: String,
}

/// Finds the neighbours of `person`.
///
/// # Errors
/// Store faults.
pub fn neighbours(reader: &Reader<'_>, person: &str, period: Period) -> Result<Neighbours, ReadError> {
    let candidates = subjects_of(reader.database, reader.row, reader.region, SubjectKind::Person, person)?;
    reader.board(TableKey::whole(SubjectKind::Person, period), |table| {
        let courses = courses(table, &reader.row.code);
        let own = candidates.iter().find_map(|subject| table.find(subject));
        let (above, below) = match &own {
            Some(own) if own.rank.is_some() => table.around(own, EACH_SIDE),
            _ => (Vec::new(), Vec::new()),
        };
        let each = |placed: Placed<'_>| {
            Some(Neighbour { rank: placed.rank?, points: placed.line.standing.points().to_string() })
        };
        Ok(Neighbours {
            person: person.to_owned(),
            period: period.to_string(),
            as_of_position: table.position(),
            rank: own.as_ref().and_then(|own| own.rank),
            band: own.as_ref().and_then(|own| courses.band(own.index)),
            ranked: table.ranked(),
            points: own.as_ref().map_or_else(|| "0".to_owned(), |own| own.line.standing.points().to_string()),
            above: above.into_iter().filter_map(each).collect(),
            below: below.into_iter().filter_map(each).collect(),
        })
    })
}

/// Query of the neighbours.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NeighbourParams {
    /// `2026-11-23`, `2026-W47`, `2026-11` …; all time without.
    period: Option<String>,
}

/// One's own place, and the points of those next to it, without names.
#[utoipa::path(
    get, path = "/api/v1/neighbours", tag = "points", params(NeighbourParams),
    responses(
        (status = 200, body = Neighbours),
        (status = 404, description = "the account names no person", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get_neighbours(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<NeighbourParams>,
) -> Result<Json<Neighbours>, Problem> {
    let period = query::period(&params.period)?;
    let person = caller.0.person.clone();
    let person = person.ok_or_else(|| {
        Problem::NotFound("person of this account: `jifen account add --person CODE` names one".to_owned())
    })?;
    app.read_boards(&caller.0, Permission::PlaceRead, move |reader| Ok(neighbours(reader, &person, period)?))
        .await
        .map(Json)
}
