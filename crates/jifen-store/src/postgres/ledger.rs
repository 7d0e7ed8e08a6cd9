//! Entries: listed by filter, never changed.

use jifen_core::{ledger::Subject, rule::SubjectKind, time::Grain};
use tokio_postgres::{Row, types::ToSql};

use super::{connection::Connection, text};
use crate::{
    code,
    error::StoreError,
    row::{EntryFilter, RegionId, StoredEntry},
};

/// One entry. Primary key.
const ONE: &str = "
    select position, bytes, digest, locator
    from ledger
    where region_id = $1
      and position = $2";

/// Entries in the order they were posted. Primary key.
const AFTER: &str = "
    select position, bytes, digest, locator
    from ledger
    where region_id = $1
      and position > $2
    order by position
    limit $3";

/// Business date of the last entry of the page before. Primary key.
const DATE_OF: &str = "
    select business_date
    from ledger
    where region_id = $1
      and position = $2";

pub(crate) fn entry(
    connection: &Connection,
    region: RegionId,
    position: u64,
) -> Result<Option<StoredEntry>, StoreError> {
    connection.query_opt(ONE, &[&region.0, &code::position(position)])?.as_ref().map(decode).transpose()
}

pub(crate) fn entries_after(
    connection: &Connection,
    region: RegionId,
    position: u64,
    limit: usize,
) -> Result<Vec<StoredEntry>, StoreError> {
    let rows = connection.query(AFTER, &[&region.0, &code::position(position), &code::limit(limit)])?;
    rows.iter().map(decode).collect()
}

pub(crate) fn entries(
    connection: &Connection,
    region: RegionId,
    filter: &EntryFilter,
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut query = Query { conditions: "region_id = $1".to_owned(), parameters: vec![Box::new(region.0)] };
    query.narrow("business_date >=", filter.from.0);
    if (filter.least, filter.most) != (Grain::Day, Grain::All) {
        query.narrow("grain >=", code::small(code::grain(filter.least)));
        query.narrow("grain <=", code::small(code::grain(filter.most)));
    }
    if let Some(rule) = &filter.rule {
        query.narrow("rule =", text::stored(rule).into_owned());
    }
    if let Some(dimension) = filter.dimension {
        query.narrow("dimension =", code::small(code::dimension(dimension)));
    }
    if let Some(subject) = &filter.subject {
        query.narrow_to(subject);
    }
    let mut end = (filter.to.0, i64::MAX);
    if let Some(before) = filter.before {
        let before = code::position(before);
        // No such entry: nothing can follow it.
        let Some(row) = connection.query_opt(DATE_OF, &[&region.0, &before])? else { return Ok(Vec::new()) };
        end = end.min((row.get(0), before));
    }
    // PERF: one bound, of both columns, so that a page begins where the one before ended.
    let (date, position) = (query.parameter(end.0), query.parameter(end.1));
    query.conditions.push_str(&format!("\n  and (business_date, position) < ({date}, {position})"));
    let limit = query.parameter(code::limit(filter.limit));
    let statement = format!(
        "select position, bytes, digest, locator
        from ledger
        where {}
        order by business_date desc, position desc
        limit {limit}",
        query.conditions
    );
    let parameters: Vec<&(dyn ToSql + Sync)> = query.parameters.iter().map(|value| &**value as _).collect();
    connection.query(&statement, &parameters)?.iter().map(decode).collect()
}

/// A list of entries, newest first. A person's come from `ledger_by_subject`, all others from `ledger_by_date`.
struct Query {
    conditions: String,
    parameters: Vec<Box<dyn ToSql + Sync>>,
}

impl Query {
    /// Adds a parameter and gives its name.
    fn parameter(&mut self, value: impl ToSql + Sync + 'static) -> String {
        self.parameters.push(Box::new(value));
        format!("${}", self.parameters.len())
    }

    fn narrow(&mut self, condition: &str, value: impl ToSql + Sync + 'static) {
        let name = self.parameter(value);
        self.conditions.push_str(&format!("\n  and {condition} {name}"));
    }

    fn narrow_to(&mut self, subject: &Subject) {
        let person = code::small(code::subject_kind(SubjectKind::Person));
        let place = match subject.kind() {
            SubjectKind::Person => {
                self.narrow("subject_kind =", person);
                self.narrow("subject =", subject.key().to_vec());
                return;
            }
            SubjectKind::Window => "\"window\"",
            SubjectKind::Department => "department",
            SubjectKind::Hall => "hall",
        };
        let key = subject.key().to_vec();
        // A place's key is its code.
        let code = text::stored(&String::from_utf8_lossy(&key)).into_owned();
        let kind = self.parameter(code::small(code::subject_kind(subject.kind())));
        let (key, person, code) = (self.parameter(key), self.parameter(person), self.parameter(code));
        let own = format!("subject_kind = {kind} and subject = {key}");
        self.conditions.push_str(&format!("\n  and ({own} or subject_kind = {person} and {place} = {code})"));
    }
}

fn decode(row: &Row) -> Result<StoredEntry, StoreError> {
    code::stored_entry(row.get(0), row.get(1), row.get(2), row.get(3))
}
