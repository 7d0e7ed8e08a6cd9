//! Announcements: added and withdrawn, never deleted. Who may, and who sees which, is decided elsewhere.

use jifen_core::time::Instant;
use rusqlite::Row;

use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{AnnouncementRow, RegionId, Withdrawal},
    sqlite::Store,
};

const ADD: &str = "
    insert into announcement (region_id, number, title, text, hall, public, begins, ends, placed, placed_by)
    select ?1, coalesce((select max(number) from announcement where region_id = ?1), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
    returning number";

/// A region's, newest first. Primary key.
const NEWEST: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by
    from announcement
    where region_id = ?1
    order by number desc
    limit ?2";

const WITHDRAW: &str = "
    update announcement
    set withdrawn = ?3, withdrawn_by = ?4
    where region_id = ?1
      and number = ?2
      and withdrawn is null";

impl Store {
    pub(crate) fn add_announcement(&self, row: &AnnouncementRow, audit: &AuditRow) -> Result<u64, StoreError> {
        self.write_told(
            Some(audit),
            |_| true,
            |transaction| {
                let AnnouncementRow { region, title, text, hall, public, begins, ends, placed, placed_by, .. } = row;
                let ends = ends.map(|ends| ends.0);
                let values = (region.0, title, text, hall, public, begins.0, ends, placed.0, placed_by);
                let number: i64 = transaction.prepare_cached(ADD)?.query_row(values, |row| row.get(0))?;
                Ok(number.cast_unsigned())
            },
        )
    }

    pub(crate) fn withdraw_announcement(
        &self,
        (region, number): (RegionId, u64),
        withdrawal: &Withdrawal,
        audit: &AuditRow,
    ) -> Result<bool, StoreError> {
        self.write_told(
            Some(audit),
            |done| *done,
            |transaction| {
                let values = (region.0, number.cast_signed(), withdrawal.at.0, &withdrawal.by);
                Ok(transaction.prepare_cached(WITHDRAW)?.execute(values)? > 0)
            },
        )
    }

    pub(crate) fn announcements(&self, region: RegionId, limit: usize) -> Result<Vec<AnnouncementRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(NEWEST)?;
            let rows = statement.query_map((region.0, code::limit(limit)), parse)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn parse(row: &Row<'_>) -> rusqlite::Result<AnnouncementRow> {
    let number: i64 = row.get(1)?;
    let withdrawn: Option<i64> = row.get(10)?;
    let by: Option<String> = row.get(11)?;
    Ok(AnnouncementRow {
        region: RegionId(row.get(0)?),
        number: number.cast_unsigned(),
        title: row.get(2)?,
        text: row.get(3)?,
        hall: row.get(4)?,
        public: row.get(5)?,
        begins: Instant(row.get(6)?),
        ends: row.get::<_, Option<i64>>(7)?.map(Instant),
        placed: Instant(row.get(8)?),
        placed_by: row.get(9)?,
        withdrawn: withdrawn.zip(by).map(|(at, by)| Withdrawal { at: Instant(at), by }),
    })
}
