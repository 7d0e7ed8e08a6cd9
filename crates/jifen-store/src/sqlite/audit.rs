//! The audit trail in a file: appended in the transaction of what it tells of.

use jifen_core::{id::Digest, time::Instant};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use crate::{
    audit::{AuditFilter, AuditKind, AuditRecord, AuditRow, AuditVerdict, BEGINNING, Chain},
    code,
    error::StoreError,
    row::RegionId,
};

/// Primary key, from its end.
const LAST: &str = "
    select position, digest
    from audit
    where region_id = ?1
    order by position desc
    limit 1";

const APPEND: &str = "
    insert into audit (region_id, position, at, kind, actor, address, act, object, reason, request, digest)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// Primary key, from its end; a search for a text reads what it passes.
const FILTERED: &str = "
    select region_id, position, at, kind, actor, address, act, object, reason, request, digest
    from audit
    where region_id = ?1
      and position < ?2
      and (?3 is null or kind = ?3)
      and (?4 is null or actor = ?4)
      and (?5 is null or at >= ?5)
      and (?6 is null or at < ?6)
      and (?7 is null or instr(actor, ?7) or instr(act, ?7) or instr(object, ?7) or instr(reason, ?7))
    order by position desc
    limit ?8";

/// Primary key.
const IN_ORDER: &str = "
    select region_id, position, at, kind, actor, address, act, object, reason, request, digest
    from audit
    where region_id = ?1
    order by position
    limit -1";

/// Runs `act` in one transaction with the entry that tells of it, where `done` says that it did anything.
pub(crate) fn with<T>(
    connection: &mut Connection,
    row: Option<&AuditRow>,
    done: impl FnOnce(&T) -> bool,
    act: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = act(&transaction)?;
    if let Some(row) = row.filter(|_| done(&result)) {
        append(&transaction, row)?;
    }
    transaction.commit()?;
    Ok(result)
}

fn append(connection: &Connection, row: &AuditRow) -> Result<(), StoreError> {
    let last = connection.prepare_cached(LAST)?.query_row([row.region.0], |row| Ok((row.get(0)?, row.get(1)?)));
    let last: Option<(i64, [u8; 32])> = last.optional()?;
    let (position, previous) = last.map_or((0, BEGINNING), |(position, digest)| (position, Digest(digest)));
    let position = position + 1;
    let digest = row.digest(position.cast_unsigned(), &previous);
    connection.prepare_cached(APPEND)?.execute((
        row.region.0,
        position,
        row.at.0,
        row.kind.code(),
        &row.actor,
        &row.address,
        &row.act,
        &row.object,
        &row.reason,
        &row.request,
        digest.0,
    ))?;
    Ok(())
}

pub(crate) fn filtered(
    connection: &Connection,
    region: RegionId,
    filter: &AuditFilter,
) -> Result<Vec<AuditRecord>, StoreError> {
    let mut statement = connection.prepare_cached(FILTERED)?;
    let values = (
        region.0,
        filter.before.map_or(i64::MAX, |before| before.min(i64::MAX as u64) as i64),
        filter.kind.map(AuditKind::code),
        &filter.actor,
        filter.from.map(|from| from.0),
        filter.to.map(|to| to.0),
        &filter.text,
        code::limit(filter.limit),
    );
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(parse(row)?);
    }
    Ok(found)
}

pub(crate) fn verify(
    connection: &Connection,
    region: RegionId,
    through: Option<&str>,
) -> Result<AuditVerdict, StoreError> {
    let mut statement = connection.prepare_cached(IN_ORDER)?;
    let mut rows = statement.query([region.0])?;
    let mut chain = Chain::through(through);
    while let Some(row) = rows.next()? {
        chain.follow(&parse(row)?);
    }
    Ok(chain.verdict())
}

fn parse(row: &Row<'_>) -> Result<AuditRecord, StoreError> {
    let position: i64 = row.get(1)?;
    let kind = AuditKind::of(row.get(3)?).ok_or_else(|| StoreError::Corrupt("a kind of the audit trail".to_owned()))?;
    Ok(AuditRecord {
        position: position.cast_unsigned(),
        row: AuditRow {
            region: RegionId(row.get(0)?),
            at: Instant(row.get(2)?),
            kind,
            actor: row.get(4)?,
            address: row.get(5)?,
            act: row.get(6)?,
            object: row.get(7)?,
            reason: row.get(8)?,
            request: row.get(9)?,
        },
        digest: Digest(row.get(10)?),
    })
}
