//! Announcements: added and withdrawn, never deleted. Who may, and who sees which, is decided elsewhere.

use jifen_core::time::Instant;
use tokio_postgres::{Row, types::ToSql};

use super::{Store, number, text};
use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{AnnouncementFilter, AnnouncementRow, RegionId, Withdrawal},
};

const ADD: &str = "
    insert into announcement (region_id, number, title, text, hall, public, begins, ends, placed, placed_by, department)
    select $1, coalesce((select max(number) from announcement where region_id = $1), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10
    returning number";

/// A region's before a number, newest first. Primary key.
const NEWEST: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by, department
    from announcement
    where region_id = $1
      and number < $2
    order by number desc
    limit $3";

/// Those of them that stand. Index announcement_standing: they are few however many are over, and so sorted by something that is no key.
const STANDING: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by, department
    from announcement
    where region_id = $1
      and number < $2
      and withdrawn is null
      and coalesce(ends, 9223372036854775807) > $4
    order by number + 0 desc
    limit $3";

/// One. Primary key.
const ONE: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by, department
    from announcement
    where region_id = $1
      and number = $2";

const WITHDRAW: &str = "
    update announcement
    set withdrawn = $3, withdrawn_by = $4
    where region_id = $1
      and number = $2
      and withdrawn is null";

impl Store {
    pub(crate) fn add_announcement(&self, row: &AnnouncementRow, audit: &AuditRow) -> Result<u64, StoreError> {
        self.write_told(
            Some(audit),
            |_| true,
            |connection| {
                number::alone(connection, number::List::Announcements, row.region)?;
                let [title, said, by] = [&row.title, &row.text, &row.placed_by].map(|of| text::stored(of));
                let [hall, department] = [&row.hall, &row.department].map(|of| of.as_deref().map(text::stored));
                let ends = row.ends.map(|ends| ends.0);
                let values: [&(dyn ToSql + Sync); 10] = [
                    &row.region.0,
                    &title,
                    &said,
                    &hall,
                    &row.public,
                    &row.begins.0,
                    &ends,
                    &row.placed.0,
                    &by,
                    &department,
                ];
                let number: i64 = connection.query_one(ADD, &values)?.get(0);
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
            |connection| {
                let by = text::stored(&withdrawal.by);
                let values: [&(dyn ToSql + Sync); 4] = [&region.0, &number.cast_signed(), &withdrawal.at.0, &by];
                Ok(connection.execute(WITHDRAW, &values)? > 0)
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
                Some(now) => connection.query(STANDING, &[&region.0, &before, &limit, &now.0])?,
                None => connection.query(NEWEST, &[&region.0, &before, &limit])?,
            };
            Ok(rows.iter().map(parse).collect())
        })
    }

    pub(crate) fn announcement(&self, region: RegionId, number: u64) -> Result<Option<AnnouncementRow>, StoreError> {
        let number = number.cast_signed();
        self.read(|connection| Ok(connection.query_opt(ONE, &[&region.0, &number])?.as_ref().map(parse)))
    }
}

fn parse(row: &Row) -> AnnouncementRow {
    let number: i64 = row.get(1);
    let by = row.get::<_, Option<String>>(11).map(text::read);
    AnnouncementRow {
        region: RegionId(row.get(0)),
        number: number.cast_unsigned(),
        title: text::read(row.get(2)),
        text: text::read(row.get(3)),
        hall: row.get::<_, Option<String>>(4).map(text::read),
        department: row.get::<_, Option<String>>(12).map(text::read),
        public: row.get(5),
        begins: Instant(row.get(6)),
        ends: row.get::<_, Option<i64>>(7).map(Instant),
        placed: Instant(row.get(8)),
        placed_by: text::read(row.get(9)),
        withdrawn: row.get::<_, Option<i64>>(10).zip(by).map(|(at, by)| Withdrawal { at: Instant(at), by }),
    }
}
