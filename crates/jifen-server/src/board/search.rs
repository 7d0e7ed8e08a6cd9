//! Finding a subject by a part of its code or name, among what the organisation knows.

use jifen_core::{engine::Region, ledger::Subject, rule::SubjectKind};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    ReadError,
    names::{Names, SubjectKindWord, subjects_of},
    resident,
};

/// Most hits.
const HITS_MAX: usize = 50;

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
    /// `person`, `window`, `department` or `hall`.
    #[schema(value_type = SubjectKindWord)]
    pub kind: String,
    /// Code.
    pub code: String,
    /// Name; the code where nobody gave one.
    pub name: String,
}

/// Finds subjects; people by their exact code too when nobody registered them.
///
/// # Errors
/// Store faults.
pub fn search(database: &Database, row: &RegionRow, region: &Region, wanted: &str) -> Result<Found, ReadError> {
    let exact = subjects_of(database, row, region, SubjectKind::Person, wanted)?;
    let registered = resident::people(region).into_iter().map(Subject::Person);
    let people: Vec<Subject> =
        exact.iter().cloned().chain(registered.filter(|person| !exact.contains(person))).collect();
    let actors = people.iter().filter_map(|subject| match subject {
        Subject::Person(actor) => Some(*actor),
        Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => None,
    });
    let names = Names::load(database, row, region, actors)?;
    let people = people.iter().map(|subject| (SubjectKind::Person, names.code(subject), names.name(subject)));
    let kinds = [SubjectKind::Window, SubjectKind::Department, SubjectKind::Hall];
    let places = kinds
        .into_iter()
        .flat_map(|kind| resident::places(region, kind).into_iter().map(move |place| (kind, place.code, place.name)));
    let hit = |(_, code, name): &(SubjectKind, String, String)| code.contains(wanted) || name.contains(wanted);
    let mut hits: Vec<_> = people.chain(places).filter(hit).collect();
    hits.sort_by_key(|(_, code, _)| code != wanted);
    hits.truncate(HITS_MAX);
    let items = hits.into_iter().map(|(kind, code, name)| FoundItem { kind: kind.name().to_owned(), code, name });
    Ok(Found { items: items.collect() })
}
