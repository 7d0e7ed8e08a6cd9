//! The quarantine: events with a good envelope whose values fail the schema, kept to be mended.

use std::collections::BTreeMap;

use jifen_core::time::Instant;
use tokio_postgres::Row;

use super::{connection::Connection, text, vault as texts};
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
    order by source";

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
      and number = any($2)";

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
    set sealed = $3, mark = $4, body = ''
    where region_id = $1
      and number = $2";

/// Bodies taken at a time from what an earlier program left.
const BODIES_AT_A_TIME: usize = 500;

/// Destroys the keys of the bodies of events that came before `before`, at most `limit`, and takes what they sealed; says how many.
pub(crate) fn wipe(
    connection: &Connection,
    region: RegionId,
    before: Instant,
    limit: usize,
) -> Result<u64, StoreError> {
    let rows = connection.query(PAST, &[&region.0, &before.0, &code::limit(limit)])?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    for number in &numbers {
        texts::destroy(connection, region, &vault::body_holder(*number))?;
    }
    connection.execute(WIPE, &[&region.0, &numbers])
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
    // Few, and each looks at those before it.
    for row in rows {
        let QuarantineRow { received, by, source, id, reason, pointer, body } = row;
        let [by, source, id, reason, pointer] = [by, source, id, reason, pointer].map(|of| text::stored(of));
        let mark = master.mark(region, body);
        let next = connection.query_one(NEXT, &[&region.0, &source, &id, &&mark[..]])?;
        let (number, is_there): (i64, bool) = (next.get(0), next.get(1));
        if !is_there {
            let sealed = vault::seal_body(master, region, number, body)?;
            texts::replace_key(connection, region, &sealed)?;
            connection.execute(
                INSERT,
                &[&region.0, &number, &received.0, &by, &source, &id, &reason, &pointer, &sealed.bytes, &&mark[..]],
            )?;
        }
    }
    Ok(())
}

/// Seals what an earlier program left plain, some bodies a transaction. Cut short it goes on from there the next time.
pub(crate) fn seal_plain(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    for region in super::region::regions(connection)? {
        while connection.in_transaction(|connection| seal_some(connection, region.id, vault))? {}
    }
    Ok(())
}

/// Whether there were any.
fn seal_some(connection: &Connection, region: RegionId, vault: &Vault) -> Result<bool, StoreError> {
    let rows = connection.query(PLAIN, &[&region.0, &code::limit(BODIES_AT_A_TIME)])?;
    if rows.is_empty() {
        return Ok(false);
    }
    let master = texts::master(connection, region, vault)?;
    for row in &rows {
        let (number, body): (i64, String) = (row.get(0), text::read(row.get(1)));
        let sealed = vault::seal_body(master, region, number, &body)?;
        texts::replace_key(connection, region, &sealed)?;
        connection.execute(SEAL, &[&region.0, &number, &sealed.bytes, &&sealed.mark[..]])?;
    }
    Ok(true)
}

pub(crate) fn mend(connection: &Connection, region: RegionId, rows: &[Mended]) -> Result<(), StoreError> {
    for Mended { number, at, by, position } in rows {
        let (number, position) = (code::position(*number), code::position(*position));
        connection.execute(RESOLVE, &[&at.0, &text::stored(by), &position, &None::<&str>, &region.0, &number])?;
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
    let (by, note, number) = (text::stored(by), text::stored(note), code::position(number));
    Ok(connection.execute(RESOLVE, &[&at.0, &by, &None::<i64>, &note, &region.0, &number])? > 0)
}

pub(crate) fn after(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    (open, after, limit): (bool, u64, usize),
) -> Result<Vec<Quarantined>, StoreError> {
    let statement = if open { OPEN_AFTER } else { AFTER };
    let rows = connection.query(statement, &[&region.0, &code::position(after), &code::limit(limit)])?;
    opened(connection, region, vault, &rows)
}

pub(crate) fn one(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    number: u64,
) -> Result<Option<Quarantined>, StoreError> {
    let rows = connection.query(ONE, &[&region.0, &code::position(number)])?;
    Ok(opened(connection, region, vault, &rows)?.pop())
}

/// Those of the rows, with their bodies as long as the keys are there.
fn opened(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    rows: &[Row],
) -> Result<Vec<Quarantined>, StoreError> {
    let sealed = rows.iter().filter_map(|row| Some((row.get::<_, i64>(0), row.get::<_, Option<&[u8]>>(7)?)));
    let mut bodies = texts::bodies(connection, region, vault, &sealed.collect::<Vec<_>>())?;
    rows.iter().map(|row| parse(row, bodies.remove(&row.get(0)).unwrap_or_default())).collect()
}

pub(crate) fn open_by_source(connection: &Connection, region: RegionId) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows = connection.query(OPEN_BY_SOURCE, &[&region.0])?;
    rows.iter().map(|row| Ok((text::read(row.get(0)), code::parse_position(row.get(1))?))).collect()
}

fn parse(row: &Row, body: String) -> Result<Quarantined, StoreError> {
    let text_at = |index: usize| text::read(row.get(index));
    let text_or_none = |index: usize| row.get::<_, Option<String>>(index).map(text::read);
    let resolution = match row.get::<_, Option<i64>>(8) {
        None => None,
        Some(at) => Some(Resolution {
            at: Instant(at),
            by: text_or_none(9).unwrap_or_default(),
            position: row.get::<_, Option<i64>>(10).map(code::parse_position).transpose()?,
            note: text_or_none(11),
        }),
    };
    Ok(Quarantined {
        number: code::parse_position(row.get(0))?,
        row: QuarantineRow {
            received: Instant(row.get(1)),
            by: text_at(2),
            source: text_at(3),
            id: text_at(4),
            reason: text_at(5),
            pointer: text_at(6),
            body,
        },
        resolution,
    })
}
