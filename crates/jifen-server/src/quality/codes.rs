//! Codes that nobody has identified, the ones most events name first, with the points that wait for them.

use jifen_core::{
    hall::{CodeKind, CodeSeen},
    state::{Need, StateKind, prefix_end},
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use crate::{
    board::{Page, ReadError, names::Names},
    hall::Scene,
    query::cursor_text,
};

/// Facts that wait for a code are counted up to this.
const WAITING_COUNTED_MAX: usize = 1_000;

/// A code that the organisation does not know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = UnknownCode)]
pub(crate) struct CodeView {
    /// `person`, `window`, `matter`, `department` or `hall`.
    pub(crate) kind: String,
    /// The code as its source uses it.
    pub(crate) code: String,
    /// The source that named it last; a person's code is of this source.
    pub(crate) source: String,
    /// Events that name it.
    pub(crate) events: u64,
    /// Earliest business time of them.
    #[schema(format = DateTime)]
    pub(crate) first_at: String,
    /// Latest.
    #[schema(format = DateTime)]
    pub(crate) last_at: String,
    /// The window named beside it last.
    #[schema(required = true)]
    pub(crate) window: Option<String>,
    /// Facts whose points wait for this code, counted up to 1,000; `null` for what is no person.
    #[schema(required = true)]
    pub(crate) facts_waiting: Option<u64>,
}

/// Where a page ends: events, kind, key.
pub(crate) type Place = (u64, u8, String);

/// Unknown codes, of one kind only where it is named.
pub(crate) fn unknown_codes(
    database: &Database,
    row: &RegionRow,
    scene: &Scene<'_>,
    wanted: Option<CodeKind>,
    after: Option<Place>,
    limit: usize,
) -> Result<Page<CodeView>, ReadError> {
    let all = scene.day.codes.unknown(scene.organisation());
    let mut rows: Vec<(CodeKind, &str, &CodeSeen)> =
        all.filter(|(kind, ..)| wanted.is_none_or(|wanted| wanted == *kind)).collect();
    let order = |events: u64, kind: u8, key: &str| (u64::MAX - events, kind, key.to_owned());
    rows.sort_by_cached_key(|(kind, key, seen)| order(seen.events, *kind as u8, key));
    if let Some((events, kind, key)) = after {
        let end = order(events, kind, &key);
        rows.drain(..rows.partition_point(|(kind, key, seen)| order(seen.events, *kind as u8, key) <= end));
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(kind, key, seen)| cursor_text(&(seen.events, *kind as u8, *key)));
    let actors = rows.iter().filter_map(|(_, _, seen)| seen.actor.map(|actor| actor.sourced));
    let names = Names::load(database, row, scene.region(), actors)?;
    let waiting = waiting(database, row, rows.iter().map(|(_, _, seen)| *seen))?;
    let items = rows.into_iter().zip(waiting).map(|((kind, key, seen), facts_waiting)| CodeView {
        kind: kind.name().to_owned(),
        code: seen.actor.map_or_else(|| key.to_owned(), |actor| names.actor(actor.sourced)),
        source: seen.source.clone(),
        events: seen.events,
        first_at: seen.first.to_rfc3339(),
        last_at: seen.last.to_rfc3339(),
        window: seen.window.clone(),
        facts_waiting,
    });
    Ok(Page { items: items.collect(), next })
}

/// How many facts wait for each code.
fn waiting<'a>(
    database: &Database,
    row: &RegionRow,
    rows: impl Iterator<Item = &'a CodeSeen> + Clone,
) -> Result<Vec<Option<u64>>, ReadError> {
    let needs: Vec<Need> = rows
        .clone()
        .filter_map(|seen| seen.actor)
        .map(|actor| Need::Range {
            kind: StateKind::Waiting,
            from: actor.plain.0.to_vec(),
            to: prefix_end(&actor.plain.0),
            limit: WAITING_COUNTED_MAX,
        })
        .collect();
    let mut counts = database.load(row.id, &needs)?.into_iter().map(|rows| rows.len() as u64);
    Ok(rows.map(|seen| seen.actor.and_then(|_| counts.next())).collect())
}
