//! Acts that take a second person. Who may ask and who may decide, and what an approved act does, is decided elsewhere.

use jifen_core::time::Instant;
use tokio_postgres::Row;

use super::{Store, connection::Connection, grant, number, text};
use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{ApprovalDecision, ApprovalRow, GrantRow, RegionId},
};

const ADD: &str = "
    insert into approval (region_id, number, act, account, asked, expires, body, reason)
    select $1, coalesce((select max(number) from approval where region_id = $1), 0) + 1, $2, $3, $4, $5, $6, $7
    returning number";

/// One. Primary key.
const ONE: &str = "
    select region_id, number, act, account, asked, expires, body, reason, decided, decided_by, approved, note
    from approval
    where region_id = $1
      and number = $2";

/// A region's, newest first. Primary key.
const NEWEST: &str = "
    select region_id, number, act, account, asked, expires, body, reason, decided, decided_by, approved, note
    from approval
    where region_id = $1
    order by number desc
    limit $2";

/// Whoever is second decides, once, in time.
const DECIDE: &str = "
    update approval
    set decided = $3, decided_by = $4, approved = $5, note = $6
    where region_id = $1
      and number = $2
      and decided is null
      and account <> $4
      and expires > $3";

fn decide(
    connection: &Connection,
    region: RegionId,
    number: u64,
    decision: &ApprovalDecision,
) -> Result<bool, StoreError> {
    let (by, note) = (text::stored(&decision.by), text::stored(&decision.note));
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&region.0, &number.cast_signed(), &decision.at.0, &by, &decision.approved, &note];
    Ok(connection.execute(DECIDE, &values)? > 0)
}

impl Store {
    pub(crate) fn add_approval(&self, row: &ApprovalRow, audit: Option<&AuditRow>) -> Result<u64, StoreError> {
        self.write_told(
            audit,
            |_| true,
            |connection| {
                number::alone(connection, number::List::Approvals, row.region)?;
                let [act, account, body, reason] =
                    [&row.act, &row.account, &row.body, &row.reason].map(|of| text::stored(of));
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
                    [&row.region.0, &act, &account, &row.asked.0, &row.expires.0, &body, &reason];
                let number: i64 = connection.query_one(ADD, &values)?.get(0);
                Ok(number.cast_unsigned())
            },
        )
    }

    pub(crate) fn approval(&self, region: RegionId, number: u64) -> Result<Option<ApprovalRow>, StoreError> {
        self.read(|connection| Ok(connection.query_opt(ONE, &[&region.0, &number.cast_signed()])?.as_ref().map(parse)))
    }

    pub(crate) fn approvals(&self, region: RegionId, limit: usize) -> Result<Vec<ApprovalRow>, StoreError> {
        let limit = code::limit(limit);
        self.read(|connection| Ok(connection.query(NEWEST, &[&region.0, &limit])?.iter().map(parse).collect()))
    }

    pub(crate) fn decide_approval(
        &self,
        (region, number): (RegionId, u64),
        decision: &ApprovalDecision,
        granted: Option<&GrantRow>,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(
            audit,
            |done| *done,
            |connection| {
                let done = decide(connection, region, number, decision)?;
                if let Some(granted) = granted.filter(|_| done) {
                    grant::add(connection, granted)?;
                }
                Ok(done)
            },
        )
    }
}

fn parse(row: &Row) -> ApprovalRow {
    let number: i64 = row.get(1);
    let decided = row.get::<_, Option<i64>>(8).map(|at| ApprovalDecision {
        at: Instant(at),
        by: row.get::<_, Option<String>>(9).map(text::read).unwrap_or_default(),
        approved: row.get::<_, Option<bool>>(10).unwrap_or_default(),
        note: row.get::<_, Option<String>>(11).map(text::read).unwrap_or_default(),
    });
    ApprovalRow {
        region: RegionId(row.get(0)),
        number: number.cast_unsigned(),
        act: text::read(row.get(2)),
        account: text::read(row.get(3)),
        asked: Instant(row.get(4)),
        expires: Instant(row.get(5)),
        body: text::read(row.get(6)),
        reason: text::read(row.get(7)),
        decided,
    }
}
