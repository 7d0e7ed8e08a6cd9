//! Entries: appended, listed by filter, never changed.

use jifen_core::{ledger::Subject, rule::SubjectKind, time::Grain};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, types::Value};

use crate::{
    code,
    error::StoreError,
    row::{EntryFilter, LedgerRow, RegionId, StoredEntry},
};

const INSERT: &str = "
    insert into ledger (region_id, position, subject_kind, subject, rule, dimension, grain, business_date,
        window, department, hall, bytes, digest, locator)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

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

pub(crate) fn append(connection: &Connection, region: RegionId, entries: &[LedgerRow]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(INSERT)?;
    for row in entries {
        let entry = &row.entry;
        insert.execute((
            region.0,
            code::position(entry.position),
            code::subject_kind(entry.subject.kind()),
            entry.subject.key(),
            &entry.rule,
            code::dimension(entry.dimension),
            code::grain(code::entry_grain(entry)),
            entry.business_date.0,
            &entry.place.window,
            &entry.place.department,
            &entry.place.hall,
            &row.bytes,
            row.digest.0,
            &row.locator,
        ))?;
    }
    Ok(())
}

pub(crate) fn entry(
    connection: &Connection,
    region: RegionId,
    position: u64,
) -> Result<Option<StoredEntry>, StoreError> {
    let mut one = connection.prepare_cached(ONE)?;
    one.query_row((region.0, code::position(position)), stored).optional()?.map(decode).transpose()
}

pub(crate) fn entries_after(
    connection: &Connection,
    region: RegionId,
    position: u64,
    limit: usize,
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut after = connection.prepare_cached(AFTER)?;
    let rows = after.query_map((region.0, code::position(position), code::limit(limit)), stored)?;
    rows.map(|row| decode(row?)).collect()
}

pub(crate) fn entries(
    connection: &Connection,
    region: RegionId,
    filter: &EntryFilter,
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut query = Query::new(region);
    query.narrow("business_date >=", filter.from.0);
    if (filter.least, filter.most) != (Grain::Day, Grain::All) {
        query.narrow("grain >=", code::grain(filter.least));
        query.narrow("grain <=", code::grain(filter.most));
    }
    if let Some(rule) = &filter.rule {
        query.narrow("rule =", rule.clone());
    }
    if let Some(dimension) = filter.dimension {
        query.narrow("dimension =", code::dimension(dimension));
    }
    if let Some(subject) = &filter.subject {
        query.narrow_to(subject);
    }
    let mut end = (i64::from(filter.to.0), i64::MAX);
    if let Some(before) = filter.before {
        let before = code::position(before);
        let date: Option<i64> =
            connection.prepare_cached(DATE_OF)?.query_row((region.0, before), |row| row.get(0)).optional()?;
        // No such entry: nothing can follow it.
        let Some(date) = date else { return Ok(Vec::new()) };
        end = end.min((date, before));
    }
    query.narrow_before(end);
    let text = query.text(filter.limit);
    let mut statement = connection.prepare_cached(&text)?;
    let parameters: Vec<&dyn ToSql> = query.parameters.iter().map(|value| value as &dyn ToSql).collect();
    let rows = statement.query_map(&parameters[..], stored)?;
    rows.map(|row| decode(row?)).collect()
}

/// A list of entries, newest first. A person's come from `ledger_by_subject`; all others from `ledger_by_date`, which
/// holds all that is asked for, so that rows are only fetched once they are chosen.
struct Query {
    index: &'static str,
    conditions: String,
    parameters: Vec<Value>,
}

impl Query {
    fn new(region: RegionId) -> Self {
        let conditions = "region_id = ?".to_owned();
        Self { index: "ledger_by_date", conditions, parameters: vec![region.0.into()] }
    }

    fn narrow(&mut self, condition: &str, value: impl Into<Value>) {
        self.conditions.push_str(&format!("\n  and {condition} ?"));
        self.parameters.push(value.into());
    }

    fn narrow_to(&mut self, subject: &Subject) {
        let place = match subject.kind() {
            SubjectKind::Person => {
                self.index = "ledger_by_subject";
                self.narrow("subject_kind =", code::subject_kind(SubjectKind::Person));
                self.narrow("subject =", subject.key().to_vec());
                return;
            }
            SubjectKind::Window => "window",
            SubjectKind::Department => "department",
            SubjectKind::Hall => "hall",
        };
        let own = "subject_kind = ? and subject = ?";
        self.conditions.push_str(&format!("\n  and ({own} or subject_kind = ? and {place} = cast(? as text))"));
        let kinds = [subject.kind(), SubjectKind::Person].map(|kind| Value::from(code::subject_kind(kind)));
        let [own_kind, member_kind] = kinds;
        let key = || Value::from(subject.key().to_vec());
        self.parameters.extend([own_kind, key(), member_kind, key()]);
    }

    // PERF: one bound, of both columns. Beside another one of the date alone SQLite begins at that, and each page of a long
    // list walks all pages before it.
    fn narrow_before(&mut self, (date, position): (i64, i64)) {
        self.conditions.push_str("\n  and (business_date, position) < (?, ?)");
        self.parameters.extend([date.into(), position.into()]);
    }

    /// The inner query walks the index alone; the outer one fetches the chosen rows.
    fn text(&mut self, limit: usize) -> String {
        self.parameters.push(code::limit(limit).into());
        self.parameters.push(self.parameters[0].clone());
        format!(
            "with chosen as materialized (
                select position, business_date
                from ledger indexed by {}
                where {}
                order by business_date desc, position desc
                limit ?
            )
            select ledger.position, ledger.bytes, ledger.digest, ledger.locator
            from chosen
            cross join ledger on ledger.region_id = ? and ledger.position = chosen.position
            order by chosen.business_date desc, chosen.position desc",
            self.index, self.conditions
        )
    }
}

type Stored = (i64, Vec<u8>, Vec<u8>, Vec<u8>);

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn decode((position, bytes, digest, locator): Stored) -> Result<StoredEntry, StoreError> {
    code::stored_entry(position, &bytes, &digest, locator)
}
