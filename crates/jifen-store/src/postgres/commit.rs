//! The commit: everything a batch changes, in one durable transaction, in two ways there and back.
//!
//! The first locks the region's head and reads it, the second carries all rows as arrays, one statement a table, and the `commit`
//! behind them, which undoes all where one of them failed. A large batch's rows that meet none that are there go by `COPY` in between.

use std::{borrow::Cow, collections::BTreeMap};

use jifen_core::{
    id::ActorId,
    measure::{Measure, MeasureKey},
    rollup::RollupKey,
    state::Change,
};
use tokio_postgres::types::{ToSql, Type};

use super::{
    Rows,
    connection::{Call, Connection},
    journal, quarantine, region, state, text, vault as texts,
};
use crate::{
    code,
    error::StoreError,
    packed,
    row::{Commit, Known, RegionId},
    segment,
    vault::{Sealed, Vault},
};

/// Ends of both logs, for this transaction alone until it ends.
const LOCK_HEAD: &str = "
    select journal, ledger
    from region_head
    where region_id = $1
    for update";

const MOVE_HEAD: &str = "
    update region_head
    set journal = $2, ledger = $3
    where region_id = $1";

const SEGMENTS: &str = "
    insert into journal_segment (region_id, first_position, last_position, bytes)
    select $1, first_position, last_position, bytes
    from unnest($2::bigint[], $3::bigint[], $4::bytea[]) as new (first_position, last_position, bytes)";

const KEYS: &str = "
    insert into journal_key (region_id, key, position, body)
    select $1, key, position, body
    from unnest($2::bytea[], $3::bigint[], $4::bytea[]) as new (key, position, body)";

const COPY_KEYS: &str = "copy journal_key (region_id, key, position, body) from stdin binary";

const STATE: &str = "
    insert into state (region_id, kind, key, value)
    select $1, kind, key, value
    from unnest($2::smallint[], $3::bytea[], $4::bytea[]) as new (kind, key, value)
    on conflict (region_id, kind, key) do update
    set value = excluded.value";

const COPY_STATE: &str = "copy state (region_id, kind, key, value) from stdin binary";

const STATE_GONE: &str = "
    delete from state
    using unnest($2::smallint[], $3::bytea[]) as gone (kind, key)
    where state.region_id = $1
      and state.kind = gone.kind
      and state.key = gone.key";

const LEDGER: &str = "
    insert into ledger (region_id, position, subject_kind, subject, rule, dimension, grain, business_date,
        \"window\", department, hall, bytes, digest, locator)
    select $1, position, subject_kind, subject, rule, dimension, grain, business_date,
        \"window\", department, hall, bytes, digest, locator
    from unnest($2::bigint[], $3::smallint[], $4::bytea[], $5::text[], $6::smallint[], $7::smallint[], $8::integer[],
        $9::text[], $10::text[], $11::text[], $12::bytea[], $13::bytea[], $14::bytea[])
        as new (position, subject_kind, subject, rule, dimension, grain, business_date,
            \"window\", department, hall, bytes, digest, locator)";

const COPY_LEDGER: &str = "
    copy ledger (region_id, position, subject_kind, subject, rule, dimension, grain, business_date,
        \"window\", department, hall, bytes, digest, locator)
    from stdin binary";

/// The types of the columns above.
const LEDGER_TYPES: [Type; 14] = [
    Type::INT8,
    Type::INT8,
    Type::INT2,
    Type::BYTEA,
    Type::TEXT,
    Type::INT2,
    Type::INT2,
    Type::INT4,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BYTEA,
    Type::BYTEA,
    Type::BYTEA,
];

const ROLLUP: &str = "
    insert into rollup (region_id, bucket, subject_kind, grain, date, subject, rule, dimension,
        own_posted, members_posted, own_provisional, members_provisional, facts)
    select $1, bucket, subject_kind, grain, date, subject, rule, dimension,
        own_posted, members_posted, own_provisional, members_provisional, facts
    from unnest($2::smallint[], $3::smallint[], $4::smallint[], $5::integer[], $6::bytea[], $7::text[], $8::smallint[],
        $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
        as new (bucket, subject_kind, grain, date, subject, rule, dimension,
            own_posted, members_posted, own_provisional, members_provisional, facts)
    on conflict (region_id, bucket, subject_kind, grain, date, subject, rule, dimension) do update
    set own_posted = rollup.own_posted + excluded.own_posted,
        members_posted = rollup.members_posted + excluded.members_posted,
        own_provisional = rollup.own_provisional + excluded.own_provisional,
        members_provisional = rollup.members_provisional + excluded.members_provisional,
        facts = rollup.facts + excluded.facts";

const MEASURE: &str = "
    insert into measure (region_id, hall, date, indicator, facts, sum)
    select $1, hall, date, indicator, facts, sum
    from unnest($2::text[], $3::integer[], $4::smallint[], $5::bigint[], $6::bigint[])
        as new (hall, date, indicator, facts, sum)
    on conflict (region_id, hall, date, indicator) do update
    set facts = measure.facts + excluded.facts,
        sum = measure.sum + excluded.sum";

const VAULT: &str = "
    insert into vault (region_id, position, member, actor, holder, sealed)
    select $1, position, member, actor, holder, sealed
    from unnest($2::bigint[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
        as new (position, member, actor, holder, sealed)";

const VAULT_KEYS: &str = "
    insert into vault_key (region_id, holder, wrapped)
    select $1, holder, wrapped
    from unnest($2::bytea[], $3::bytea[]) as new (holder, wrapped)";

const VAULT_NAMES: &str = "
    insert into vault_name (region_id, beginning, position)
    select $1, beginning, position
    from unnest($2::bytea[], $3::bigint[]) as new (beginning, position)
    on conflict do nothing";

const ACTORS: &str = "
    insert into actor_code (region_id, sourced, plain, source, code)
    select $1, sourced, plain, source, code
    from unnest($2::bytea[], $3::bytea[], $4::text[], $5::text[]) as new (sourced, plain, source, code)
    on conflict (region_id, sourced) do nothing";

/// From so many rows on a table's go by `COPY`, where they can: below, a further way there and back costs more than it saves.
const COPY_ROWS_MIN: usize = 1_024;

/// Whether the batch of an earlier call, whose answer never came, is there: its last record under its own key and body.
pub(crate) fn is_stored(connection: &Connection, region: RegionId, batch: &Commit) -> Result<bool, StoreError> {
    // A batch without records only keeps and resolves quarantined events, which bear being written twice.
    let Some(last) = batch.records.last() else { return Ok(false) };
    let known = journal::known(connection, region, &[last.key])?;
    Ok(known == [Some(Known { position: last.position, body: last.body })])
}

pub(crate) fn commit(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    batch: &Commit,
) -> Result<(), StoreError> {
    connection.batch("begin")?;
    let committed = within(connection, region, vault, batch);
    if committed.is_err() {
        // A connection that cannot roll back is closed, and the server rolls back.
        drop(connection.batch("rollback"));
    }
    committed
}

fn within(connection: &Connection, region: RegionId, vault: &Vault, batch: &Commit) -> Result<(), StoreError> {
    let row = connection.query_opt(LOCK_HEAD, &[&region.0])?.ok_or(StoreError::RegionAbsent(region))?;
    let head = region::parse_head(&row)?;
    if head.journal != batch.expected_head {
        return Err(StoreError::HeadMoved { expected: batch.expected_head, found: head.journal });
    }
    code::dense("records", head.journal, batch.records.iter().map(|row| row.position))?;
    code::dense("entries", head.ledger, batch.entries.iter().map(|row| row.entry.position))?;
    quarantine::append(connection, region, vault, &batch.quarantine)?;
    quarantine::mend(connection, region, &batch.mended)?;
    let sealed = texts::sealed(connection, region, vault, &batch.personal)?;

    let journal = batch.records.last().map_or(batch.expected_head, |row| row.position);
    let ledger = batch.entries.last().map_or(head.ledger, |row| row.entry.position);
    let (journal, ledger) = (code::position(journal), code::position(ledger));
    let [added, changed] = changes(&batch.changes)?;
    let tables = [
        segments(batch),
        keys(batch)?,
        added,
        changed,
        gone(&batch.changes),
        entries(batch),
        rollups(batch),
        measures(batch),
        personal(&sealed),
        vault_keys(&sealed),
        vault_names(&sealed),
        actors(batch),
    ];
    let mut calls: Vec<Call<'_>> = vec![(MOVE_HEAD, vec![&region.0, &journal, &ledger])];
    for table in tables.iter().flatten() {
        match table.copied() {
            Some(copy) => copy.run(connection, region, table)?,
            None => calls.push(table.call(&region)),
        }
    }
    calls.push(("commit", Vec::new()));
    connection.execute_all(&calls).map(drop)
}

/// Writes sealed texts, with the keys and names that are new, in the transaction that this is asked in.
pub(crate) fn keep(connection: &Connection, region: RegionId, sealed: &Sealed) -> Result<(), StoreError> {
    let tables = [personal(sealed), vault_keys(sealed), vault_names(sealed)];
    let calls: Vec<Call<'_>> = tables.iter().flatten().map(|table| table.call(&region)).collect();
    connection.execute_all(&calls).map(drop)
}

/// What goes into one table: a statement and its columns as arrays.
struct Table<'a> {
    statement: &'static str,
    copy: Option<ByCopy>,
    columns: Vec<Box<dyn Column + 'a>>,
}

/// The statement by which a table's rows can be copied, and the types of its columns, the region's first.
struct ByCopy {
    statement: &'static str,
    types: &'static [Type],
}

/// One column's values of all rows.
trait Column {
    fn len(&self) -> usize;
    fn array(&self) -> &(dyn ToSql + Sync);
    fn cell(&self, row: usize) -> &(dyn ToSql + Sync);
}

impl<T: ToSql + Sync> Column for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn array(&self) -> &(dyn ToSql + Sync) {
        self
    }

    fn cell(&self, row: usize) -> &(dyn ToSql + Sync) {
        &self[row]
    }
}

impl<'a> Table<'a> {
    fn new(statement: &'static str) -> Self {
        Self { statement, copy: None, columns: Vec::new() }
    }

    fn or_copied(self, statement: &'static str, types: &'static [Type]) -> Self {
        Self { copy: Some(ByCopy { statement, types }), ..self }
    }

    fn column<T: ToSql + Sync + 'a>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.columns.push(Box::new(values.into_iter().collect::<Vec<T>>()));
        self
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.len())
    }

    /// How its rows are copied, where they are so many that it pays.
    fn copied(&self) -> Option<&ByCopy> {
        self.copy.as_ref().filter(|_| self.rows() >= COPY_ROWS_MIN)
    }

    /// Its statement, for a region.
    fn call<'t>(&'t self, region: &'t RegionId) -> Call<'t> {
        let columns = self.columns.iter().map(|column| column.array());
        (self.statement, std::iter::once(&region.0 as _).chain(columns).collect())
    }
}

impl ByCopy {
    fn run(&self, connection: &Connection, region: RegionId, table: &Table<'_>) -> Result<(), StoreError> {
        let mut rows = Rows::of(self.types);
        for row in 0..table.rows() {
            rows.push(std::iter::once(&region.0 as _).chain(table.columns.iter().map(|column| column.cell(row))))?;
        }
        rows.copy(connection, self.statement)
    }
}

fn segments(batch: &Commit) -> Option<Table<'_>> {
    let packed: Vec<segment::Packed> = segment::split(&batch.records).map(segment::pack).collect();
    let table = Table::new(SEGMENTS)
        .column(packed.iter().map(|segment| segment.first))
        .column(packed.iter().map(|segment| segment.last));
    (!packed.is_empty()).then(|| table.column(packed.into_iter().map(|segment| segment.bytes)))
}

fn keys(batch: &Commit) -> Result<Option<Table<'_>>, StoreError> {
    // In key order, because neighbours share pages.
    let mut rows: Vec<_> = batch.records.iter().collect();
    rows.sort_unstable_by_key(|row| row.key);
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].key == pair[1].key) {
        return Err(StoreError::Invariant(format!("event {} is appended twice", pair[0].key)));
    }
    Ok((!rows.is_empty()).then(|| {
        Table::new(KEYS)
            .or_copied(COPY_KEYS, &[Type::INT8, Type::BYTEA, Type::INT8, Type::BYTEA])
            .column(rows.iter().map(|row| &row.key.0[..]))
            .column(rows.iter().map(|row| code::position(row.position)))
            .column(rows.iter().map(|row| &row.body[..]))
    }))
}

/// Rows that meet none that are there, where they are many, and the others.
fn changes(changes: &[Change]) -> Result<[Option<Table<'_>>; 2], StoreError> {
    let sorted = code::sorted_changes(changes)?;
    let written: Vec<_> = sorted.into_iter().filter_map(|change| Some((change, change.value.as_deref()?))).collect();
    let pays = written.iter().filter(|(change, _)| change.is_new).count() >= COPY_ROWS_MIN;
    let (new, met): (Vec<_>, Vec<_>) = written.into_iter().partition(|(change, _)| pays && change.is_new);
    let types = &[Type::INT8, Type::INT2, Type::BYTEA, Type::BYTEA];
    Ok([state_rows(&new).map(|table| table.or_copied(COPY_STATE, types)), state_rows(&met)])
}

fn state_rows<'a>(rows: &[(&'a Change, &'a [u8])]) -> Option<Table<'a>> {
    (!rows.is_empty()).then(|| {
        Table::new(STATE)
            .column(rows.iter().map(|(change, _)| state::number(change.kind)))
            .column(rows.iter().map(|(change, _)| &change.key[..]))
            .column(rows.iter().map(|(_, value)| packed::pack(value)))
    })
}

fn gone(changes: &[Change]) -> Option<Table<'_>> {
    let gone: Vec<_> = changes.iter().filter(|change| change.value.is_none()).collect();
    (!gone.is_empty()).then(|| {
        Table::new(STATE_GONE)
            .column(gone.iter().map(|change| state::number(change.kind)))
            .column(gone.iter().map(|change| &change.key[..]))
    })
}

fn entries(batch: &Commit) -> Option<Table<'_>> {
    let rows = &batch.entries;
    let place = |code: &'_ Option<String>| code.as_deref().map(text::stored).map(Cow::into_owned);
    (!rows.is_empty()).then(|| {
        Table::new(LEDGER)
            .or_copied(COPY_LEDGER, &LEDGER_TYPES)
            .column(rows.iter().map(|row| code::position(row.entry.position)))
            .column(rows.iter().map(|row| code::small(code::subject_kind(row.entry.subject.kind()))))
            .column(rows.iter().map(|row| row.entry.subject.key()))
            .column(rows.iter().map(|row| text::stored(&row.entry.rule)))
            .column(rows.iter().map(|row| code::small(code::dimension(row.entry.dimension))))
            .column(rows.iter().map(|row| code::small(code::grain(code::entry_grain(&row.entry)))))
            .column(rows.iter().map(|row| row.entry.business_date.0))
            .column(rows.iter().map(|row| place(&row.entry.place.window)))
            .column(rows.iter().map(|row| place(&row.entry.place.department)))
            .column(rows.iter().map(|row| place(&row.entry.place.hall)))
            .column(rows.iter().map(|row| &row.bytes[..]))
            .column(rows.iter().map(|row| &row.digest.0[..]))
            .column(rows.iter().map(|row| &row.locator[..]))
    })
}

fn rollups(batch: &Commit) -> Option<Table<'_>> {
    let rows: Vec<_> = batch.rollups.iter().filter(|(_, rollup)| !rollup.is_zero()).collect();
    let bucket = |key: &RollupKey| code::bucket(&key.bucket);
    (!rows.is_empty()).then(|| {
        Table::new(ROLLUP)
            .column(rows.iter().map(|(key, _)| code::small(bucket(key).0)))
            .column(rows.iter().map(|(key, _)| code::small(code::subject_kind(key.subject.kind()))))
            .column(rows.iter().map(|(key, _)| code::small(code::grain(bucket(key).1))))
            .column(rows.iter().map(|(key, _)| bucket(key).2.0))
            .column(rows.iter().map(|(key, _)| key.subject.key()))
            .column(rows.iter().map(|(key, _)| text::stored(&key.rule)))
            .column(rows.iter().map(|(key, _)| code::small(code::dimension_or_none(key.dimension))))
            .column(rows.iter().map(|(_, rollup)| rollup.own_posted.0))
            .column(rows.iter().map(|(_, rollup)| rollup.members_posted.0))
            .column(rows.iter().map(|(_, rollup)| rollup.own_provisional.0))
            .column(rows.iter().map(|(_, rollup)| rollup.members_provisional.0))
            .column(rows.iter().map(|(_, rollup)| rollup.facts))
    })
}

fn measures(batch: &Commit) -> Option<Table<'_>> {
    let rows: Vec<(&MeasureKey, &Measure)> = batch.measures.iter().collect();
    (!rows.is_empty()).then(|| {
        Table::new(MEASURE)
            .column(rows.iter().map(|(key, _)| text::stored(&key.hall)))
            .column(rows.iter().map(|(key, _)| key.date.0))
            .column(rows.iter().map(|(key, _)| key.indicator as i16))
            .column(rows.iter().map(|(_, measure)| measure.facts))
            .column(rows.iter().map(|(_, measure)| measure.sum))
    })
}

fn personal(sealed: &Sealed) -> Option<Table<'_>> {
    let rows = &sealed.texts;
    (!rows.is_empty()).then(|| {
        Table::new(VAULT)
            .column(rows.iter().map(|row| row.position))
            .column(rows.iter().map(|row| text::stored(&row.member)))
            .column(rows.iter().map(|row| row.actor.map(|actor| actor.0.to_vec())))
            .column(rows.iter().map(|row| &row.holder[..]))
            .column(rows.iter().map(|row| &row.bytes[..]))
    })
}

fn vault_keys(sealed: &Sealed) -> Option<Table<'_>> {
    let rows = &sealed.keys;
    (!rows.is_empty()).then(|| {
        Table::new(VAULT_KEYS)
            .column(rows.iter().map(|(holder, _)| &holder[..]))
            .column(rows.iter().map(|(_, wrapped)| &wrapped[..]))
    })
}

fn vault_names(sealed: &Sealed) -> Option<Table<'_>> {
    let rows = &sealed.names;
    (!rows.is_empty()).then(|| {
        Table::new(VAULT_NAMES)
            .column(rows.iter().map(|(beginning, _)| &beginning[..]))
            .column(rows.iter().map(|(_, position)| *position))
    })
}

fn actors(batch: &Commit) -> Option<Table<'_>> {
    // A batch names the same few actors again and again.
    let distinct: BTreeMap<ActorId, _> = batch.actors.iter().map(|row| (row.0.sourced, row)).collect();
    (!distinct.is_empty()).then(|| {
        Table::new(ACTORS)
            .column(distinct.values().map(|(actor, ..)| &actor.sourced.0[..]))
            .column(distinct.values().map(|(actor, ..)| &actor.plain.0[..]))
            .column(distinct.values().map(|(_, source, _)| text::stored(source)))
            .column(distinct.values().map(|(.., code)| text::stored(code)))
    })
}
