//! 流水: entries of the ledger as people read them, newest first.

use jifen_core::{
    engine::Region,
    id::ActorId,
    ledger::{Anchor, Entry},
    rule::{Dimension, SubjectKind},
    time::{Grain, Period},
};
use jifen_store::{Database, EntryFilter, RegionRow, StoredEntry};
use serde::{Deserialize, Serialize};

use super::{
    Page, ReadError,
    names::{EntryKindWord, Names, SubjectKindWord, person_of, subjects_of},
    resident,
};
use crate::{auth::Reach, query::cursor_text};

/// Most entries looked at for one page, where a reader sees some of them only.
const SCANNED_MAX: usize = 20_000;
/// Looked at in one go.
const SCANNED_STEP: usize = 500;

/// Which entries.
#[derive(Clone, Debug)]
pub struct EntriesQuery {
    /// Whose: kind and code. A place gives its own and its people's.
    pub subject: Option<(SubjectKind, String)>,
    /// By business date.
    pub period: Period,
    /// Of one rule only.
    pub rule: Option<String>,
    /// Of one dimension only.
    pub dimension: Option<Dimension>,
    /// Position of the last entry of the page before.
    pub before: Option<u64>,
    /// Most entries.
    pub limit: usize,
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Entry)]
pub struct EntryView {
    /// Region code.
    pub region: String,
    /// Place in the region's ledger.
    pub position: u64,
    /// `award`, `reversal`, `adjustment` or `clamp`.
    #[schema(value_type = EntryKindWord)]
    pub kind: String,
    /// Rule id.
    pub rule: String,
    /// Chinese title of the rule as of its version.
    pub rule_title: String,
    /// English title; the Chinese one where there is none.
    pub rule_title_en: String,
    /// Dimension.
    pub dimension: String,
    /// Version of the rule set, 64 hexadecimal digits.
    pub version: String,
    /// Band that gave the points, from 0.
    #[schema(required = true)]
    pub band: Option<u32>,
    /// `person`, `window`, `department` or `hall`.
    #[schema(value_type = SubjectKindWord)]
    pub subject_kind: String,
    /// Code.
    pub subject: String,
    /// Name; the code where nobody gave one.
    pub subject_name: String,
    /// Points, a decimal string.
    pub points: String,
    /// Day they belong to.
    #[schema(format = Date)]
    pub business_date: String,
    /// Accounting month they are booked in.
    pub booked_month: String,
    /// `fact:HEX` or `period:2026-11`.
    pub anchor: String,
    /// `fact` or `period`.
    pub anchor_kind: String,
    /// The credited person at business time.
    #[schema(required = true)]
    pub person: Option<String>,
    /// Window at business time.
    #[schema(required = true)]
    pub window: Option<String>,
    /// What it is called; its code where nobody gave it a name.
    #[schema(required = true)]
    pub window_name: Option<String>,
    /// Department at business time.
    #[schema(required = true)]
    pub department: Option<String>,
    /// What it is called; its code where nobody gave it a name.
    #[schema(required = true)]
    pub department_name: Option<String>,
    /// Hall at business time.
    #[schema(required = true)]
    pub hall: Option<String>,
    /// The entry this one takes back or corrects.
    #[schema(required = true)]
    pub reverses: Option<u64>,
    /// SHA-256 of the canonical bytes.
    pub digest: String,
    /// What kind of fact it rests on.
    #[schema(required = true)]
    pub fact_kind: Option<String>,
}

/// Lists the entries that `reach` sees.
///
/// # Errors
/// [`ReadError::Absent`] for a subject nobody knows, or that is not seen; store faults.
pub fn entries(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    query: &EntriesQuery,
) -> Result<Page<EntryView>, ReadError> {
    let mut filter = EntryFilter {
        subject: None,
        from: query.period.first,
        to: query.period.last(),
        least: Grain::Day,
        most: query.period.grain,
        rule: query.rule.clone(),
        dimension: query.dimension,
        before: query.before,
        // One more than wanted tells whether there is another page.
        limit: query.limit.saturating_add(1),
    };
    let mut seen = Seen::default();
    match &query.subject {
        None => {
            filter.subject = reach.only_subject();
            seen = seen_of(database, row, region, reach, filter)?;
        }
        Some((kind, code)) => {
            let mut subjects = subjects_of(database, row, region, *kind, code)?;
            subjects.retain(|subject| reach.has_subject(region, subject));
            if subjects.is_empty() {
                return Err(ReadError::Absent(format!("{} `{code}`", kind.name())));
            }
            for subject in subjects {
                filter.subject = Some(subject);
                seen = seen_of(database, row, region, reach, filter.clone())?;
                if !seen.entries.is_empty() {
                    break;
                }
            }
        }
    }
    let mut stored = seen.entries;
    let more = stored.len() > query.limit;
    stored.truncate(query.limit);
    let last = if more { stored.last().map(|last| last.entry.position) } else { seen.goes_on };
    Ok(Page { items: entry_views(database, row, region, &stored)?, next: last.map(|last| cursor_text(&last)) })
}

/// Entries that were looked at and are seen.
#[derive(Default)]
struct Seen {
    entries: Vec<StoredEntry>,
    /// Where looking stopped before there were enough.
    goes_on: Option<u64>,
}

/// Looks at entries until there are as many as wanted, or [`SCANNED_MAX`] were looked at.
fn seen_of(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    mut filter: EntryFilter,
) -> Result<Seen, ReadError> {
    let (wanted, mut scanned) = (filter.limit, 0);
    let mut seen = Seen::default();
    if !reach.is_whole() {
        filter.limit = filter.limit.max(SCANNED_STEP);
    }
    loop {
        let found = database.entries(row.id, &filter)?;
        let (all, last) = (found.len(), found.last().map(|last| last.entry.position));
        seen.entries.extend(found.into_iter().filter(|stored| reach.has_entry(region, &stored.entry)));
        scanned += all;
        if seen.entries.len() >= wanted || all < filter.limit {
            return Ok(seen);
        }
        if scanned >= SCANNED_MAX {
            seen.goes_on = last;
            return Ok(seen);
        }
        filter.before = last;
    }
}

/// Entries with the codes and titles people know.
pub(crate) fn entry_views(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    stored: &[StoredEntry],
) -> Result<Vec<EntryView>, ReadError> {
    let names = Names::load(database, row, region, stored.iter().flat_map(|stored| actors_of(&stored.entry)))?;
    Ok(stored.iter().map(|stored| entry_view(row, region, &names, stored)).collect())
}

fn actors_of(entry: &Entry) -> impl Iterator<Item = ActorId> {
    person_of(&entry.subject).into_iter().chain(entry.person)
}

fn entry_view(row: &RegionRow, region: &Region, names: &Names<'_>, stored: &StoredEntry) -> EntryView {
    let entry = &stored.entry;
    let rule = resident::rule_words(region, entry.version, &entry.rule);
    EntryView {
        region: row.code.clone(),
        position: entry.position,
        kind: entry.kind.name().to_owned(),
        rule: entry.rule.clone(),
        rule_title: rule.as_ref().map_or_else(|| entry.rule.clone(), |rule| rule.title.clone()),
        rule_title_en: rule.as_ref().map_or_else(|| entry.rule.clone(), |rule| rule.title_en.clone()),
        dimension: entry.dimension.name().to_owned(),
        version: entry.version.to_string(),
        band: entry.band,
        subject_kind: entry.subject.kind().name().to_owned(),
        subject: names.code(&entry.subject),
        subject_name: names.name(&entry.subject),
        points: entry.points.to_string(),
        business_date: entry.business_date.to_string(),
        booked_month: Period { grain: Grain::Month, first: entry.booked_month }.to_string(),
        anchor: entry.anchor.to_string(),
        anchor_kind: match entry.anchor {
            Anchor::Fact(_) => "fact".to_owned(),
            Anchor::Period(_) => "period".to_owned(),
        },
        person: entry.person.map(|actor| names.actor(actor)),
        window: entry.place.window.clone(),
        window_name: entry.place.window.as_deref().map(|code| names.place(SubjectKind::Window, code)),
        department: entry.place.department.clone(),
        department_name: entry.place.department.as_deref().map(|code| names.place(SubjectKind::Department, code)),
        hall: entry.place.hall.clone(),
        reverses: entry.reverses,
        digest: stored.digest.to_string(),
        fact_kind: rule.and_then(|rule| rule.fact_kind).map(str::to_owned),
    }
}
