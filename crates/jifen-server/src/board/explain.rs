//! 为什么是这个分: an entry with its rule in words, the value compared, the facts and events behind it, and checks of digests.

use jifen_core::{
    engine::Region,
    id::EventKey,
    ledger::Anchor,
    points::Points,
    rule::{Language, Unit},
    time::Period,
};
use jifen_store::{Database, EntryFilter, RegionRow, StoredEntry};
use serde::{Deserialize, Serialize};

use super::{
    EntryView, ReadError,
    entries::entry_views,
    evidence::{Evidence, evidence},
    ranked::Remark,
    resident::{self, RuleWords},
};
use crate::{
    auth::Reach,
    committee::{VersionApproval, approval_of},
    query::cursor_text,
    settlement::{EntryClock, clock},
};

/// Facts of a period shown at once when nothing else is asked for.
const FACTS_DEFAULT: usize = 50;
/// Entries looked through for those of the same rule, subject and anchor.
const RELATED_MAX: usize = 1_000;

/// Why an entry stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Explanation {
    /// The entry.
    pub entry: EntryView,
    /// Its rule in the version it names.
    pub rule: RuleView,
    /// What was compared with the bands.
    #[schema(required = true)]
    pub measure: Option<MeasureView>,
    /// What the one fact weighs, by the rule's coefficients: its points are the rule's times this, rounded once.
    #[schema(required = true)]
    pub weight: Option<String>,
    /// What other facts make of it: which time it was, what counts in its place, what its fact was made of.
    pub remarks: Vec<Remark>,
    /// The facts, a page of them.
    pub facts: Vec<FactView>,
    /// How many there are.
    pub facts_total: u64,
    /// Cursor of the next facts.
    #[schema(required = true)]
    pub facts_next: Option<String>,
    /// The entry that takes this one back.
    #[schema(required = true)]
    pub reversed_by: Option<u64>,
    /// Other entries of the same rule, subject and anchor.
    pub related: Vec<EntryView>,
    /// Until when the results that it leads to are public and can be appealed against.
    pub clocks: Vec<EntryClock>,
    /// Whether what is stored agrees.
    pub checks: Checks,
}

/// A rule in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ExplainedRule)]
pub struct RuleView {
    /// Rule id.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// Dimension.
    pub dimension: String,
    /// The whole rule as one Chinese sentence.
    pub sentence_zh: String,
    /// The same in English.
    pub sentence_en: String,
    /// Set id.
    pub set: String,
    /// Title of the set.
    pub set_title: String,
    /// Version, 64 hexadecimal digits.
    pub version: String,
    /// First day in force.
    #[schema(format = Date)]
    pub effective_from: String,
    /// Last day in force.
    #[schema(required = true)]
    pub effective_to: Option<String>,
    /// Published from the command line, without a committee.
    pub without_approval: bool,
    /// Who approved it when; `null` without approval.
    #[schema(required = true)]
    pub approval: Option<VersionApproval>,
    /// Bands, none for fixed points.
    pub bands: Vec<BandView>,
}

/// One band.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Band)]
pub struct BandView {
    /// From 0.
    pub index: u32,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Points.
    pub points: String,
    /// Whether it gave the points.
    pub chosen: bool,
}

/// The value compared with the bands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Measure)]
pub struct MeasureView {
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// The value: a whole number, or a fraction `19/20`.
    pub value: String,
    /// `ms` for durations, `rate`, else empty.
    pub unit: String,
    /// The value in Chinese words: `18 分钟`.
    pub words_zh: String,
    /// The same in English.
    pub words_en: String,
}

/// A fact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Fact)]
pub struct FactView {
    /// Id, 32 hexadecimal digits.
    pub id: String,
    /// Kind; `declared` where a rule set declares the type.
    pub kind: String,
    /// Chinese title of a declared type.
    #[schema(required = true)]
    pub type_zh: Option<String>,
    /// Its English title.
    #[schema(required = true)]
    pub type_en: Option<String>,
    /// SHA-256 of the canonical bytes.
    pub digest: String,
    /// Business time.
    #[schema(format = DateTime)]
    pub occurred_at: String,
    /// Business date.
    #[schema(format = Date)]
    pub date: String,
    /// Matter.
    #[schema(required = true)]
    pub matter: Option<String>,
    /// What it is called; its code where nobody gave it a name.
    #[schema(required = true)]
    pub matter_name: Option<String>,
    /// Channel.
    #[schema(required = true)]
    pub channel: Option<String>,
    /// Who served.
    #[schema(required = true)]
    pub person: Option<String>,
    /// Their name, if known.
    #[schema(required = true)]
    pub person_name: Option<String>,
    /// Window.
    #[schema(required = true)]
    pub window: Option<String>,
    /// Department.
    #[schema(required = true)]
    pub department: Option<String>,
    /// Hall.
    #[schema(required = true)]
    pub hall: Option<String>,
    /// Why it is on hold.
    #[schema(required = true)]
    pub held: Option<String>,
    /// Its fields.
    pub fields: Vec<FieldView>,
    /// Its source events.
    pub events: Vec<EventView>,
}

/// A field of a fact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FactField)]
pub struct FieldView {
    /// Name in rules.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// `integer`, `boolean` or `text`.
    pub r#type: String,
    /// Whether an integer is a duration in milliseconds.
    pub duration: bool,
    /// Value; `null` where the source said nothing or it cannot be known.
    #[schema(required = true)]
    pub value: Option<String>,
    /// Why it cannot be known.
    #[schema(required = true)]
    pub not_evaluable: Option<String>,
}

/// A source event.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SourceEvent)]
pub struct EventView {
    /// Journal position.
    pub position: u64,
    /// CloudEvents `source`.
    pub source: String,
    /// CloudEvents `id`.
    pub id: String,
    /// CloudEvents `type`.
    pub r#type: String,
    /// When it happened.
    #[schema(format = DateTime)]
    pub time: String,
    /// When it was taken.
    #[schema(format = DateTime)]
    pub received_at: String,
    /// SHA-256 of the record.
    pub digest: String,
    /// `data`; personal texts as their commitments.
    pub data: serde_json::Map<String, serde_json::Value>,
}

/// Whether what is stored agrees with the entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Checks {
    /// The stored digest is that of the entry.
    pub entry_digest: bool,
    /// The facts have the digest the entry names; false also when the facts have changed since.
    pub facts_digest: bool,
    /// The records have the digests the facts name.
    pub records: bool,
}

/// Explains the entry at `position`; `facts_after` is the `facts_next` of the page before.
///
/// # Errors
/// [`ReadError::Absent`]; store faults.
pub fn explain(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    position: u64,
    facts_after: Option<EventKey>,
) -> Result<Explanation, ReadError> {
    explain_page(
        database,
        row,
        region,
        &Reach::whole(),
        position,
        FactsPage { after: facts_after, limit: FACTS_DEFAULT },
    )
}

/// Which facts of a period are shown.
#[derive(Clone, Copy, Debug)]
pub struct FactsPage {
    /// The last fact of the page before.
    pub after: Option<EventKey>,
    /// Most facts.
    pub limit: usize,
}

/// As [`explain`], with the page of facts that is asked for.
///
/// # Errors
/// [`ReadError::Absent`]; store faults.
pub fn explain_page(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    position: u64,
    page: FactsPage,
) -> Result<Explanation, ReadError> {
    let stored = database.entry(row.id, position)?.filter(|stored| reach.has_entry(region, &stored.entry));
    let stored = stored.ok_or_else(|| ReadError::Absent(format!("entry {position}")))?;
    let mut related = related(database, row, &stored)?;
    related.retain(|other| reach.has_entry(region, &other.entry));
    let reversed_by = related.iter().map(|other| &other.entry).find(|other| other.reverses == Some(position));
    let entry = entry_views(database, row, region, std::slice::from_ref(&stored))?.pop();
    let words = resident::rule_words(region, stored.entry.version, &stored.entry.rule);
    let unknown = || ReadError::Inconsistent(format!("no rule set holds the rule of entry {position}"));
    let words = words.ok_or_else(unknown)?;
    let evidence = evidence(database, row, region, &stored, page)?;
    Ok(Explanation {
        entry: entry.ok_or_else(|| ReadError::Absent(format!("entry {position}")))?,
        measure: measure(&words, &evidence),
        remarks: evidence.remarks,
        weight: evidence.weight.map(|weight| Points(weight).to_string()),
        rule: rule_view(region, &stored.entry.rule, stored.entry.band, words),
        facts_total: evidence.total,
        facts_next: evidence.next.map(|fact| cursor_text(&fact.to_string())),
        reversed_by: reversed_by.map(|entry| entry.position),
        related: entry_views(database, row, region, &related)?,
        clocks: clock::of_entry(region, &stored.entry),
        checks: Checks {
            entry_digest: stored.digest == stored.entry.digest(),
            facts_digest: evidence.facts_digest == Some(stored.entry.facts),
            records: evidence.records,
        },
        facts: evidence.facts,
    })
}

/// The facts behind an entry as they are now, a page of them, and where the next page begins.
///
/// # Errors
/// [`ReadError::Absent`]; store faults.
pub(crate) fn facts_behind(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    position: u64,
    page: FactsPage,
) -> Result<(Vec<FactView>, Option<EventKey>), ReadError> {
    let stored = database.entry(row.id, position)?.ok_or_else(|| ReadError::Absent(format!("entry {position}")))?;
    let evidence = evidence(database, row, region, &stored, page)?;
    Ok((evidence.facts, evidence.next))
}

fn measure(words: &RuleWords, evidence: &Evidence) -> Option<MeasureView> {
    let measured = words.measured.as_ref()?;
    let (amount, facts) = evidence.measured?;
    let unit = match measured.unit {
        Unit::Duration => "ms",
        Unit::Ratio => "rate",
        Unit::Number | Unit::Decimal => "",
    };
    Some(MeasureView {
        zh: measured.zh.clone(),
        en: measured.en.clone(),
        value: if measured.unit == Unit::Decimal {
            // Thousandths mean nothing to people.
            measured.unit.words(amount, facts, Language::English)
        } else if facts == 1 && measured.unit != Unit::Ratio {
            amount.to_string()
        } else {
            format!("{amount}/{facts}")
        },
        unit: unit.to_owned(),
        words_zh: measured.unit.words(amount, facts, Language::Chinese),
        words_en: measured.unit.words(amount, facts, Language::English),
    })
}

fn rule_view(region: &Region, id: &str, chosen: Option<u32>, words: RuleWords) -> RuleView {
    let bands = words.bands.into_iter().zip(0..).map(|(band, index)| BandView {
        index,
        zh: band.zh,
        en: band.en,
        points: band.points.to_string(),
        chosen: chosen == Some(index),
    });
    RuleView {
        id: id.to_owned(),
        title: words.title,
        title_en: words.title_en,
        dimension: words.dimension.name().to_owned(),
        sentence_zh: words.sentence_zh,
        sentence_en: words.sentence_en,
        set: words.set.id,
        set_title: words.set.title,
        version: words.set.version.to_string(),
        effective_from: words.set.from.to_string(),
        effective_to: words.set.to.map(|date| date.to_string()),
        without_approval: words.set.draft.is_none(),
        approval: words.set.draft.and_then(|draft| approval_of(region, draft)),
        bands: bands.collect(),
    }
}

/// The other entries of the same rule, subject and anchor: clamps, reversals, adjustments, what came before and after.
fn related(database: &Database, row: &RegionRow, stored: &StoredEntry) -> Result<Vec<StoredEntry>, ReadError> {
    let entry = &stored.entry;
    let filter = EntryFilter {
        subject: Some(entry.subject.clone()),
        rule: Some(entry.rule.clone()),
        // A fact's date may have changed between the entries; a period's last day never does.
        ..match entry.anchor {
            Anchor::Fact(_) => EntryFilter::all(RELATED_MAX),
            Anchor::Period(period) => within(period),
        }
    };
    let mut found = database.entries(row.id, &filter)?;
    found.retain(|other| {
        let same = other.entry.anchor == entry.anchor && other.entry.subject == entry.subject;
        same && other.entry.position != entry.position
    });
    Ok(found)
}

fn within(period: Period) -> EntryFilter {
    EntryFilter { from: period.first, to: period.last(), most: period.grain, ..EntryFilter::all(RELATED_MAX) }
}
