//! The quarantine: events with a good envelope whose values fail the schema, kept to be mended.

use std::collections::BTreeMap;

use jifen_core::time::Instant;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use super::vault as texts;
use crate::{
    code,
    error::StoreError,
    row::{Mended, QuarantineRow, Quarantined, RegionId, Resolution},
    vault::{self, Vault},
};

/// The next number is one more than the last (primary key, from its end). A source that sends a bad event again has it there
/// already, mended or not: `quarantine_by_event`.
const NEXT: &str = "
    select
        (select coalesce(max(number), 0) + 1 from quarantine where region_id = $1),
        exists (
            select 1
            from quarantine
            where region_id = $1
              and source = $2
              and id = $3
              and mark = $4
        )";

const INSERT: &str = "
    insert into quarantine (region_id, number, received, by, source, id, reason, pointer, sealed, mark)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// In the order they came. Primary key.
const AFTER: &str = "
    select
        number, received, by, source, id, reason, pointer, sealed,
        resolved, resolved_by, mended_position, resolved_note
    from quarantine
    where region_id = $1
      and number > $2
    order by number
    limit $3";

/// Open ones in the order they came. `quarantine_open`.
const OPEN_AFTER: &str = "
    select
        number, received, by, source, id, reason, pointer, sealed,
        resolved, resolved_by, mended_position, resolved_note
    from quarantine
    where region_id = $1
      and number > $2
      and resolved is null
    order by number
    limit $3";

/// Primary key.
const ONE: &str = "
    select
        number, received, by, source, id, reason, pointer, sealed,
        resolved, resolved_by, mended_position, resolved_note
    from quarantine
    where region_id = $1
      and number = $2";

/// How many are open, by source. `quarantine_open` covers it.
const OPEN_BY_SOURCE: &str = "
    select source, count(*)
    from quarantine
    where region_id = $1
      and resolved is null
    group by source
    order by source
    limit -1";

/// The first resolution holds. Primary key.
const RESOLVE: &str = "
    update quarantine
    set resolved = $1, resolved_by = $2, mended_position = $3, resolved_note = $4
    where region_id = $5
      and number = $6
      and resolved is null";

/// Those that came before a time and have a body. The scan ends with the last of them.
const PAST: &str = "
    select number
    from quarantine
    where region_id = $1
      and received < $2
      and sealed is not null
    order by number
    limit $3";

/// Primary key.
const WIPE: &str = "
    update quarantine
    set sealed = null, mark = null
    where region_id = $1
      and number = $2";

/// Bodies that an earlier program left plain. The scan ends with the last of them.
const PLAIN: &str = "
    select number, body
    from quarantine
    where region_id = $1
      and body <> ''
    order by number
    limit $2";

/// Primary key.
const SEAL: &str = "
    update quarantine
    set sealed = ?3, mark = ?4, body = ''
    where region_id = ?1
      and number = ?2";

/// Bodies taken at a time from what an earlier program left.
const BODIES_AT_A_TIME: usize = 500;

/// Destroys the keys of the bodies of events that came before `before`, at most `limit`, and takes what they sealed; says how many.
pub(crate) fn wipe(
    connection: &Connection,
    region: RegionId,
    before: Instant,
    limit: usize,
) -> Result<u64, StoreError> {
    let mut past = connection.prepare_cached(PAST)?;
    let numbers = past.query_map((region.0, before.0, code::limit(limit)), |row| row.get(0))?;
    let numbers: Vec<i64> = numbers.collect::<Result<_, _>>()?;
    let mut wipe = connection.prepare_cached(WIPE)?;
    for number in &numbers {
        texts::destroy(connection, region, &vault::body_holder(*number))?;
        wipe.execute((region.0, number))?;
    }
    Ok(numbers.len() as u64)
}

pub(crate) fn append(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    rows: &[QuarantineRow],
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let master = texts::master(connection, region, vault)?;
    let mut next = connection.prepare_cached(NEXT)?;
    let mut insert = connection.prepare_cached(INSERT)?;
    for row in rows {
        let QuarantineRow { received, by, source, id, reason, pointer, body } = row;
        let values = (region.0, source, id, master.mark(region, body));
        let (number, is_there): (i64, bool) = next.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        if !is_there {
            let sealed = vault::seal_body(master, region, number, body)?;
            texts::replace_key(connection, region, &sealed)?;
            let (bytes, mark) = (sealed.bytes, sealed.mark);
            insert.execute((region.0, number, received.0, by, source, id, reason, pointer, bytes, mark))?;
        }
    }
    Ok(())
}

/// Seals what an earlier program left plain, some bodies a transaction. Cut short it goes on from there the next time.
pub(crate) fn seal_plain(connection: &mut Connection, vault: &Vault) -> Result<(), StoreError> {
    for region in super::region::regions(connection)? {
        loop {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let bodies = plain(&transaction, region.id)?;
            if bodies.is_empty() {
                break;
            }
            let master = texts::master(&transaction, region.id, vault)?;
            for (number, body) in bodies {
                let sealed = vault::seal_body(master, region.id, number, &body)?;
                texts::replace_key(&transaction, region.id, &sealed)?;
                transaction.prepare_cached(SEAL)?.execute((region.id.0, number, sealed.bytes, sealed.mark))?;
            }
            transaction.commit()?;
        }
    }
    Ok(())
}

fn plain(connection: &Connection, region: RegionId) -> Result<Vec<(i64, String)>, StoreError> {
    let mut plain = connection.prepare_cached(PLAIN)?;
    let rows = plain.query_map((region.0, code::limit(BODIES_AT_A_TIME)), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn mend(connection: &Connection, region: RegionId, rows: &[Mended]) -> Result<(), StoreError> {
    let mut resolve = connection.prepare_cached(RESOLVE)?;
    for Mended { number, at, by, position } in rows {
        let (number, position) = (code::position(*number), code::position(*position));
        resolve.execute((at.0, by, position, None::<&str>, region.0, number))?;
    }
    Ok(())
}

/// Says whether it was open.
pub(crate) fn set_aside(
    connection: &Connection,
    region: RegionId,
    number: u64,
    at: Instant,
    by: &str,
    note: &str,
) -> Result<bool, StoreError> {
    let mut resolve = connection.prepare_cached(RESOLVE)?;
    let changed = resolve.execute((at.0, by, None::<i64>, note, region.0, code::position(number)))?;
    Ok(changed > 0)
}

pub(crate) fn after(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    (open, after, limit): (bool, u64, usize),
) -> Result<Vec<Quarantined>, StoreError> {
    let mut statement = connection.prepare_cached(if open { OPEN_AFTER } else { AFTER })?;
    let mut rows = statement.query((region.0, code::position(after), code::limit(limit)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(parse(connection, region, vault, row)?);
    }
    Ok(found)
}

pub(crate) fn one(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    number: u64,
) -> Result<Option<Quarantined>, StoreError> {
    let mut statement = connection.prepare_cached(ONE)?;
    let values = (region.0, code::position(number));
    let row = statement.query_row(values, |row| Ok(parse(connection, region, vault, row))).optional()?;
    row.transpose()
}

pub(crate) fn open_by_source(connection: &Connection, region: RegionId) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut statement = connection.prepare_cached(OPEN_BY_SOURCE)?;
    let mut rows = statement.query((region.0,))?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        found.insert(row.get(0)?, code::parse_position(row.get(1)?)?);
    }
    Ok(found)
}

fn parse(connection: &Connection, region: RegionId, vault: &Vault, row: &Row<'_>) -> Result<Quarantined, StoreError> {
    let number: i64 = row.get(0)?;
    let sealed: Option<Vec<u8>> = row.get(7)?;
    let body = sealed.map(|sealed| texts::body(connection, region, vault, (number, &sealed))).transpose()?;
    let resolved: Option<i64> = row.get(8)?;
    let position: Option<i64> = row.get(10)?;
    let resolution = match resolved {
        None => None,
        Some(at) => Some(Resolution {
            at: Instant(at),
            by: row.get(9)?,
            position: position.map(code::parse_position).transpose()?,
            note: row.get(11)?,
        }),
    };
    Ok(Quarantined {
        number: code::parse_position(number)?,
        row: QuarantineRow {
            received: Instant(row.get(1)?),
            by: row.get(2)?,
            source: row.get(3)?,
            id: row.get(4)?,
            reason: row.get(5)?,
            pointer: row.get(6)?,
            body: body.flatten().unwrap_or_default(),
        },
        resolution,
    })
}
