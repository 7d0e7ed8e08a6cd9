//! The audit trail on a server: appended in the transaction of what it tells of.

use jifen_core::time::Instant;
use tokio_postgres::Row;

use super::{connection::Connection, text};
use crate::{
    audit::{AuditFilter, AuditKind, AuditRecord, AuditRow, AuditVerdict, BEGINNING, Chain},
    code,
    error::StoreError,
    row::RegionId,
};

/// Two nodes that append at once must not fork the chain: held until the transaction ends.
const CHAINING: &str = "select pg_advisory_xact_lock($1, $2::bigint::integer)";

/// First half of that lock's number: `jifa`.
const CHAINING_LOCK: i32 = 0x6a69_6661;

/// Primary key, from its end.
const LAST: &str = "
    select position, digest
    from audit
    where region_id = $1
    order by position desc
    limit 1";

const APPEND: &str = "
    insert into audit (region_id, position, at, kind, actor, address, act, object, reason, request, digest)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Primary key, from its end; a search for a text reads what it passes.
const FILTERED: &str = "
    select region_id, position, at, kind, actor, address, act, object, reason, request, digest
    from audit
    where region_id = $1
      and position < $2
      and ($3::smallint is null or kind = $3)
      and ($4::text is null or actor = $4)
      and ($5::bigint is null or at >= $5)
      and ($6::bigint is null or at < $6)
      and ($7::text is null or strpos(actor, $7) > 0 or strpos(act, $7) > 0 or strpos(object, $7) > 0 or strpos(reason, $7) > 0)
    order by position desc
    limit $8";

/// Primary key; a page after a position.
const IN_ORDER: &str = "
    select region_id, position, at, kind, actor, address, act, object, reason, request, digest
    from audit
    where region_id = $1
      and position > $2
    order by position
    limit $3";

/// Entries read at once.
const PAGE: i64 = 10_000;

/// Runs `act` in one transaction with the entry that tells of it, where `done` says that it did anything.
pub(crate) fn with<T>(
    connection: &Connection,
    row: Option<&AuditRow>,
    done: impl FnOnce(&T) -> bool,
    act: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.in_transaction(|connection| {
        let result = act(connection)?;
        if let Some(row) = row.filter(|_| done(&result)) {
            append(connection, row)?;
        }
        Ok(result)
    })
}

fn append(connection: &Connection, row: &AuditRow) -> Result<(), StoreError> {
    connection.query_one(CHAINING, &[&CHAINING_LOCK, &row.region.0])?;
    let last = connection.query_opt(LAST, &[&row.region.0])?;
    let (position, previous) = match last {
        None => (0, BEGINNING),
        Some(last) => (last.get::<_, i64>(0), code::digest(last.get(1))?),
    };
    let position = position + 1;
    let digest = row.digest(position.cast_unsigned(), &previous);
    let [actor, address, act] = [&row.actor, &row.address, &row.act].map(|of| text::stored(of));
    let [object, reason, request] = [&row.object, &row.reason, &row.request].map(|of| text::stored(of));
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 11] = [
        &row.region.0,
        &position,
        &row.at.0,
        &row.kind.code(),
        &actor,
        &address,
        &act,
        &object,
        &reason,
        &request,
        &&digest.0[..],
    ];
    connection.execute(APPEND, &values)?;
    Ok(())
}

pub(crate) fn filtered(
    connection: &Connection,
    region: RegionId,
    filter: &AuditFilter,
) -> Result<Vec<AuditRecord>, StoreError> {
    let actor = filter.actor.as_deref().map(text::stored);
    let wanted = filter.text.as_deref().map(text::stored);
    let before = filter.before.map_or(i64::MAX, |before| before.min(i64::MAX as u64) as i64);
    let (from, to) = (filter.from.map(|from| from.0), filter.to.map(|to| to.0));
    let (kind, limit) = (filter.kind.map(AuditKind::code), code::limit(filter.limit));
    let rows = connection.query(FILTERED, &[&region.0, &before, &kind, &actor, &from, &to, &wanted, &limit])?;
    rows.iter().map(parse).collect()
}

pub(crate) fn verify(
    connection: &Connection,
    region: RegionId,
    through: Option<&str>,
) -> Result<AuditVerdict, StoreError> {
    let (mut chain, mut after) = (Chain::through(through), 0_i64);
    loop {
        let rows = connection.query(IN_ORDER, &[&region.0, &after, &PAGE])?;
        for row in &rows {
            chain.follow(&parse(row)?);
            after = row.get(1);
        }
        if (rows.len() as i64) < PAGE {
            return Ok(chain.verdict());
        }
    }
}

fn parse(row: &Row) -> Result<AuditRecord, StoreError> {
    let position: i64 = row.get(1);
    let kind = AuditKind::of(row.get(3)).ok_or_else(|| StoreError::Corrupt("a kind of the audit trail".to_owned()))?;
    Ok(AuditRecord {
        position: position.cast_unsigned(),
        row: AuditRow {
            region: RegionId(row.get(0)),
            at: Instant(row.get(2)),
            kind,
            actor: text::read(row.get(4)),
            address: text::read(row.get(5)),
            act: text::read(row.get(6)),
            object: text::read(row.get(7)),
            reason: text::read(row.get(8)),
            request: text::read(row.get(9)),
        },
        digest: code::digest(row.get(10))?,
    })
}
