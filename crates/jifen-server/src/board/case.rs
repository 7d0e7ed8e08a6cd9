//! One case or counter service: its events in their own order, its clock, what is true about it, and what that gave.
//!
//! In: its key. Out: everything the journal and the ledger hold of it. Personal texts stay in the vault.

use jifen_core::{
    case::{Aggregate, AggregateKey, FactState, outcome, suspensions},
    engine::{Region, aggregate_of},
    event::member,
    hall::{CaseNow, judge},
    journal::Record,
    rule::SubjectKind,
    scoring::Outcome,
    state::{Need, StateKind},
    time::Instant,
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    CodeName, EntryView, EventView, FactView, ReadError,
    clock::{ClockView, clock},
    entries::entry_views,
    evidence::{actors_of, event_view, fact_view},
    names::{Names, SubjectKindWord, person_of},
    resident,
};
use crate::auth::Reach;

/// Events shown; the first ones. A case has tens.
const EVENTS_MAX: usize = 500;
/// Entries and contributions shown of all its facts.
const VERDICTS_MAX: usize = 200;

/// A case or a counter service with all that followed from it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CaseFile)]
pub struct CaseFileView {
    /// `case` or `service`.
    pub kind: String,
    /// Case code or number.
    pub key: String,
    /// Of a case: `overdue`, `near`, `running` or `suspended` while it is open, else `completed`, `declined` or `withdrawn`.
    #[schema(required = true)]
    pub state: Option<String>,
    /// Matter, as the last event that names one says.
    #[schema(required = true)]
    pub matter: Option<CodeName>,
    /// Department, as well.
    #[schema(required = true)]
    pub department: Option<CodeName>,
    /// Window, as well.
    #[schema(required = true)]
    pub window: Option<CodeName>,
    /// When an open case must be decided.
    #[schema(required = true, format = DateTime)]
    pub due_at: Option<String>,
    /// Time until then, negative after it; milliseconds, to the hall's now.
    #[schema(required = true)]
    pub left_ms: Option<i64>,
    /// How its time is counted, where a matter's promise in working time sets the limit.
    #[schema(required = true)]
    pub clock: Option<ClockView>,
    /// Spans in which its clock stood.
    pub suspensions: Vec<SuspensionView>,
    /// Events in their own order, at most 500.
    pub events: Vec<EventView>,
    /// How many there are.
    pub events_total: u64,
    /// What is true about it; their `events` are empty here.
    pub facts: Vec<FactView>,
    /// Entries that stand because of it.
    pub entries: Vec<EntryView>,
    /// What it adds to measures of a period.
    pub contributions: Vec<ContributionView>,
    /// Rules that could not judge it, and why.
    pub not_evaluable: Vec<NotEvaluableView>,
}

/// A span in which the clock of a case stood.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CaseSuspension)]
pub struct SuspensionView {
    /// From.
    #[schema(format = DateTime)]
    pub from: String,
    /// Until; `null`: it stands still.
    #[schema(required = true, format = DateTime)]
    pub to: Option<String>,
}

/// What a fact adds to a measure of a period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Contribution)]
pub struct ContributionView {
    /// Rule id.
    pub rule: String,
    /// Chinese title.
    pub rule_title: String,
    /// English title; the Chinese one where there is none.
    pub rule_title_en: String,
    /// Whose measure.
    #[schema(value_type = SubjectKindWord)]
    pub subject_kind: String,
    /// Code.
    pub subject: String,
    /// Name; the code where nobody gave one.
    pub subject_name: String,
    /// The period.
    pub period: String,
}

/// A rule that could not judge a fact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NotEvaluable)]
pub struct NotEvaluableView {
    /// Rule id.
    pub rule: String,
    /// Stable code of the reason.
    pub reason: String,
}

/// An open case as the hall's day has it, at a now.
pub(crate) struct OpenCase<'a> {
    pub(crate) case: Option<&'a CaseNow>,
    pub(crate) now: Instant,
}

/// Reads a case or service.
///
/// # Errors
/// [`ReadError::Absent`] where no event named it; store faults.
pub(crate) fn case_file(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    key: &AggregateKey,
    open: &OpenCase<'_>,
) -> Result<CaseFileView, ReadError> {
    let (kind, name) = match key {
        AggregateKey::Case(code) => ("case", code.clone()),
        AggregateKey::Service(key) => ("service", key.clone()),
        AggregateKey::Single(key) => ("event", key.to_string()),
        AggregateKey::Made(_) => ("made", String::new()),
    };
    let absent = || ReadError::Absent(format!("{kind} `{name}`"));
    if !reach.has_file(database, row, region, &key.to_bytes())? {
        return Err(absent());
    }
    let found = database.load(row.id, &[Need::Row(StateKind::Aggregate, key.to_bytes())])?;
    let (_, bytes) = found.into_iter().flatten().next().ok_or_else(absent)?;
    let aggregate = aggregate_of(&bytes).map_err(|error| ReadError::Inconsistent(error.to_string()))?;
    let positions: Vec<u64> = aggregate.events.iter().map(|folded| folded.position).take(EVENTS_MAX).collect();
    let records = database.records(row.id, &positions)?;
    let named = records.iter().flat_map(|record| actors_of(&record.event)).map(|actor| actor.sourced);
    let served = aggregate.facts.iter().map(|state| state.fact.credited.served);
    let subjects = aggregate.facts.iter().flat_map(|state| &state.evaluations).map(|evaluation| &evaluation.subject);
    let people = subjects.filter_map(person_of);
    let names = Names::load(database, row, region, named.chain(served).chain(people))?;
    let last = |id| records.iter().rev().find_map(|record| record.event.data.text(id).filter(|code| !code.is_empty()));
    let place = |kind, code: &str| CodeName { code: code.to_owned(), name: resident::place_called(region, kind, code) };
    let due = open.case.and_then(|case| case.due(region.organisation()));
    Ok(CaseFileView {
        kind: kind.to_owned(),
        key: name,
        state: state(key, &records, open, due, region),
        matter: last(member::MATTER).map(|code| matter(region, code)),
        department: last(member::DEPARTMENT).map(|code| place(SubjectKind::Department, code)),
        window: last(member::WINDOW).map(|code| place(SubjectKind::Window, code)),
        due_at: due.map(|due| due.to_rfc3339()),
        left_ms: due.map(|due| due.0 - open.now.0),
        clock: match key {
            AggregateKey::Case(_) => clock(region, &records, open.now),
            AggregateKey::Service(_) | AggregateKey::Single(_) | AggregateKey::Made(_) => None,
        },
        suspensions: suspensions(records.iter().map(|record| &record.event))
            .into_iter()
            .map(|(from, to)| SuspensionView { from: from.to_rfc3339(), to: to.map(|to| to.to_rfc3339()) })
            .collect(),
        events: records.iter().map(|record| event_view(record, record.digest(), &names)).collect(),
        events_total: aggregate.events.len() as u64,
        facts: aggregate
            .facts
            .iter()
            .map(|state| fact_view(&state.fact, state.held.clone(), Vec::new(), &names))
            .collect(),
        entries: standing(database, row, region, &aggregate)?,
        contributions: contributions(region, &aggregate.facts, &names),
        not_evaluable: aggregate
            .facts
            .iter()
            .flat_map(|state| &state.not_evaluable)
            .map(|(rule, reason)| NotEvaluableView { rule: rule.clone(), reason: reason.clone() })
            .collect(),
    })
}

/// Open ones are judged by their limit, decided ones are what the last event that decides says.
fn state(
    key: &AggregateKey,
    records: &[Record],
    open: &OpenCase<'_>,
    due: Option<Instant>,
    region: &Region,
) -> Option<String> {
    if !matches!(key, AggregateKey::Case(_)) {
        return None;
    }
    if let Some(case) = open.case {
        let thresholds = judge::Thresholds::of(region.organisation().settings(open.now));
        return Some(judge::case(case, due, thresholds, open.now).name().to_owned());
    }
    records.iter().rev().find_map(|record| outcome(&record.event)).map(str::to_owned)
}

fn matter(region: &Region, code: &str) -> CodeName {
    CodeName { code: code.to_owned(), name: resident::matter_called(region, code) }
}

fn standing(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    aggregate: &Aggregate,
) -> Result<Vec<EntryView>, ReadError> {
    let mut positions: Vec<u64> = aggregate
        .facts
        .iter()
        .flat_map(|state| &state.evaluations)
        .filter_map(|evaluation| match &evaluation.outcome {
            Outcome::Award { booked, .. } => booked.as_ref().map(|booked| booked.position),
            Outcome::Part { .. } => None,
        })
        .collect();
    positions.sort_unstable();
    positions.truncate(VERDICTS_MAX);
    let mut entries = Vec::with_capacity(positions.len());
    for position in positions {
        entries.extend(database.entry(row.id, position)?);
    }
    entry_views(database, row, region, &entries)
}

fn contributions(region: &Region, facts: &[FactState], names: &Names<'_>) -> Vec<ContributionView> {
    let evaluations = facts.iter().filter(|state| state.held.is_none()).flat_map(|state| &state.evaluations);
    let parts = evaluations.filter_map(|evaluation| {
        let Outcome::Part { period, .. } = &evaluation.outcome else { return None };
        let words = resident::rule_words(region, evaluation.version, &evaluation.rule);
        let titles = words.map(|words| (words.title, words.title_en));
        let (rule_title, rule_title_en) = titles.unwrap_or_else(|| (evaluation.rule.clone(), evaluation.rule.clone()));
        Some(ContributionView {
            rule: evaluation.rule.clone(),
            rule_title,
            rule_title_en,
            subject_kind: evaluation.subject.kind().name().to_owned(),
            subject: names.code(&evaluation.subject),
            subject_name: names.name(&evaluation.subject),
            period: period.to_string(),
        })
    });
    parts.take(VERDICTS_MAX).collect()
}
