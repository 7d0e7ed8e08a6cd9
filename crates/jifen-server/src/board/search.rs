//! Finding people, places, cases and numbers. People, cases and numbers are found by the beginning of a code or name, through an
//! index; places and matters, of which there are some hundreds, by any part of it.

use std::collections::BTreeSet;

use jifen_core::{
    case::AggregateKey,
    engine::Region,
    ledger::Subject,
    rule::SubjectKind,
    state::{Need, StateKind, prefix_end},
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{ReadError, names::Names, resident};
use crate::auth::Reach;

/// Most hits.
const HITS_MAX: usize = 50;
/// Most people looked at: a name that changed, or a code of several sources, is found more than once.
const PEOPLE_MAX: usize = 100;
/// Most cases, and most numbers.
const CASES_MAX: usize = 10;
/// Longest text looked for, in characters; a longer one begins no code.
pub(crate) const WANTED_LENGTH_MAX: usize = 128;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SearchList)]
pub struct Found {
    /// The hits, exact codes first.
    pub items: Vec<FoundItem>,
}

/// One hit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SearchItem)]
pub struct FoundItem {
    /// `person`, `window`, `department`, `hall`, `case` or `service`.
    pub kind: String,
    /// Code, or the number of a service.
    pub code: String,
    /// Name; the code where nobody gave one.
    pub name: String,
}

/// Whether cases and numbers may be found too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cases {
    /// Those that this sees.
    Shown(Reach),
    /// The reader may not see them.
    Hidden,
}

/// Finds what is called so.
///
/// # Errors
/// Store faults.
pub fn search(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    wanted: &str,
    cases: &Cases,
) -> Result<Found, ReadError> {
    let kinds = [SubjectKind::Window, SubjectKind::Department, SubjectKind::Hall];
    let places = kinds.into_iter().flat_map(|kind| {
        let places = resident::places(region, kind).into_iter();
        let is_seen = move |code: &str| {
            Subject::from_key(kind, code.as_bytes()).is_some_and(|place| reach.has_subject(region, &place))
        };
        let seen = places.filter(move |place| is_seen(&place.code));
        seen.map(move |place| (kind.name(), place.code, place.name))
    });
    let hit = |(_, code, name): &(&str, String, String)| code.contains(wanted) || name.contains(wanted);
    let mut hits = people(database, row, region, reach, wanted)?;
    hits.extend(places.filter(hit));
    if let Cases::Shown(reach) = cases {
        hits.extend(files(database, row, region, reach, wanted)?);
    }
    hits.sort_by_key(|(_, code, _)| code != wanted);
    hits.truncate(HITS_MAX);
    let items = hits.into_iter().map(|(kind, code, name)| FoundItem { kind: kind.to_owned(), code, name });
    Ok(Found { items: items.collect() })
}

type Hit = (&'static str, String, String);

fn people(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    wanted: &str,
) -> Result<Vec<Hit>, ReadError> {
    let mut seen = BTreeSet::new();
    let named = database.actors_beginning(row.id, wanted, PEOPLE_MAX)?.into_iter();
    let actors: Vec<_> =
        named.map(|actor| resident::canonical_actor(region, actor)).filter(|actor| seen.insert(*actor)).collect();
    let names = Names::load(database, row, region, actors.iter().copied())?;
    let people = actors.into_iter().map(Subject::Person).filter(|person| reach.has_subject(region, person));
    let hits = people.map(|person| (SubjectKind::Person.name(), names.code(&person), names.name(&person)));
    // A name somebody had once finds nobody.
    Ok(hits.filter(|(_, code, name)| code.starts_with(wanted) || name.starts_with(wanted)).collect())
}

/// Cases and services whose key begins so.
fn files(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    wanted: &str,
) -> Result<Vec<Hit>, ReadError> {
    let range = |key: AggregateKey| {
        let from = key.to_bytes();
        Need::Range { kind: StateKind::Aggregate, to: prefix_end(&from), from, limit: CASES_MAX }
    };
    let needs = [range(AggregateKey::Case(wanted.to_owned())), range(AggregateKey::Service(wanted.to_owned()))];
    let mut hits = Vec::new();
    for (key, _) in database.load(row.id, &needs)?.into_iter().flatten() {
        let hit = match AggregateKey::from_bytes(&key) {
            Some(AggregateKey::Case(code)) => ("case", code.clone(), code),
            Some(AggregateKey::Service(key)) => ("service", key.clone(), key),
            Some(AggregateKey::Single(_) | AggregateKey::Made(_)) | None => continue,
        };
        if reach.has_file(database, row, region, &key)? {
            hits.push(hit);
        }
    }
    Ok(hits)
}
