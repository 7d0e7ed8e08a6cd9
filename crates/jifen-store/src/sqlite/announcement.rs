//! Announcements: added and withdrawn, never deleted. Who may, and who sees which, is decided elsewhere.

use jifen_core::time::Instant;
use rusqlite::{OptionalExtension, Row};

use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{AnnouncementFilter, AnnouncementRow, RegionId, Withdrawal},
    sqlite::Store,
};

const ADD: &str = "
    insert into announcement (region_id, number, title, text, hall, public, begins, ends, placed, placed_by, department)
    select ?1, coalesce((select max(number) from announcement where region_id = ?1), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
    returning number";

/// A region's before a number, newest first. Primary key.
const NEWEST: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by, department
    from announcement
    where region_id = ?1
      and number < ?2
    order by number desc
    limit ?3";

/// Those of them that stand. Index announcement_standing: they are few however many are over, and so sorted by something that is no key.
const STANDING: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by, department
    from announcement
    where region_id = ?1
      and number < ?2
      and withdrawn is null
      and coalesce(ends, 9223372036854775807) > ?4
    order by number + 0 desc
    limit ?3";

/// One. Primary key.
const ONE: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by, department
    from announcement
    where region_id = ?1
      and number = ?2";

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
                let AnnouncementRow { region, title, text, hall, department, public, .. } = row;
                let AnnouncementRow { begins, ends, placed, placed_by, .. } = row;
                let ends = ends.map(|ends| ends.0);
                let values = (region.0, title, text, hall, public, begins.0, ends, placed.0, placed_by, department);
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

    pub(crate) fn announcements(
        &self,
        region: RegionId,
        filter: AnnouncementFilter,
    ) -> Result<Vec<AnnouncementRow>, StoreError> {
        let AnnouncementFilter { standing, before, limit } = filter;
        let (before, limit) = (before.map_or(i64::MAX, u64::cast_signed), code::limit(limit));
        self.read(|connection| {
            let rows = match standing {
                Some(now) => {
                    let mut statement = connection.prepare_cached(STANDING)?;
                    let rows = statement.query_map((region.0, before, limit, now.0), parse)?;
                    rows.collect::<Result<_, _>>()?
                }
                None => {
                    let mut statement = connection.prepare_cached(NEWEST)?;
                    let rows = statement.query_map((region.0, before, limit), parse)?;
                    rows.collect::<Result<_, _>>()?
                }
            };
            Ok(rows)
        })
    }

    pub(crate) fn announcement(&self, region: RegionId, number: u64) -> Result<Option<AnnouncementRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(ONE)?;
            Ok(statement.query_row((region.0, number.cast_signed()), parse).optional()?)
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
        department: row.get(12)?,
        public: row.get(5)?,
        begins: Instant(row.get(6)?),
        ends: row.get::<_, Option<i64>>(7)?.map(Instant),
        placed: Instant(row.get(8)?),
        placed_by: row.get(9)?,
        withdrawn: withdrawn.zip(by).map(|(at, by)| Withdrawal { at: Instant(at), by }),
    })
}
