//! Acts that take a second person. Who may ask and who may decide, and what an approved act does, is decided elsewhere.

use jifen_core::time::Instant;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{ApprovalDecision, ApprovalRow, GrantRow, RegionId},
    sqlite::{Store, grant},
};

const ADD: &str = "
    insert into approval (region_id, number, act, account, asked, expires, body, reason)
    select ?1, coalesce((select max(number) from approval where region_id = ?1), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7
    returning number";

/// One. Primary key.
const ONE: &str = "
    select region_id, number, act, account, asked, expires, body, reason, decided, decided_by, approved, note
    from approval
    where region_id = ?1
      and number = ?2";

/// A region's, newest first. Primary key.
const NEWEST: &str = "
    select region_id, number, act, account, asked, expires, body, reason, decided, decided_by, approved, note
    from approval
    where region_id = ?1
    order by number desc
    limit ?2";

/// Whoever is second decides, once, in time.
const DECIDE: &str = "
    update approval
    set decided = ?3, decided_by = ?4, approved = ?5, note = ?6
    where region_id = ?1
      and number = ?2
      and decided is null
      and account <> ?4
      and expires > ?3";

fn decide(
    transaction: &Connection,
    region: RegionId,
    number: u64,
    decision: &ApprovalDecision,
) -> Result<bool, StoreError> {
    let values = (region.0, number.cast_signed(), decision.at.0, &decision.by, decision.approved, &decision.note);
    Ok(transaction.prepare_cached(DECIDE)?.execute(values)? > 0)
}

impl Store {
    pub(crate) fn add_approval(&self, row: &ApprovalRow, audit: Option<&AuditRow>) -> Result<u64, StoreError> {
        self.write_told(
            audit,
            |_| true,
            |transaction| {
                let values = (row.region.0, &row.act, &row.account, row.asked.0, row.expires.0, &row.body, &row.reason);
                let number: i64 = transaction.prepare_cached(ADD)?.query_row(values, |row| row.get(0))?;
                Ok(number.cast_unsigned())
            },
        )
    }

    pub(crate) fn approval(&self, region: RegionId, number: u64) -> Result<Option<ApprovalRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(ONE)?;
            Ok(statement.query_row((region.0, number.cast_signed()), parse).optional()?)
        })
    }

    pub(crate) fn approvals(&self, region: RegionId, limit: usize) -> Result<Vec<ApprovalRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(NEWEST)?;
            let rows = statement.query_map((region.0, code::limit(limit)), parse)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
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
            |transaction| {
                let done = decide(transaction, region, number, decision)?;
                if let Some(granted) = granted.filter(|_| done) {
                    grant::add(transaction, granted)?;
                }
                Ok(done)
            },
        )
    }
}

fn parse(row: &Row<'_>) -> rusqlite::Result<ApprovalRow> {
    let (number, decided): (i64, Option<i64>) = (row.get(1)?, row.get(8)?);
    let decided = match decided {
        None => None,
        Some(at) => Some(ApprovalDecision {
            at: Instant(at),
            by: row.get(9)?,
            approved: row.get(10)?,
            note: row.get::<_, Option<String>>(11)?.unwrap_or_default(),
        }),
    };
    Ok(ApprovalRow {
        region: RegionId(row.get(0)?),
        number: number.cast_unsigned(),
        act: row.get(2)?,
        account: row.get(3)?,
        asked: Instant(row.get(4)?),
        expires: Instant(row.get(5)?),
        body: row.get(6)?,
        reason: row.get(7)?,
        decided,
    })
}
