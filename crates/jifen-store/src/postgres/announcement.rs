//! Announcements: added and withdrawn, never deleted. Who may, and who sees which, is decided elsewhere.

use jifen_core::time::Instant;
use tokio_postgres::{Row, types::ToSql};

use super::{Store, number, text};
use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{AnnouncementRow, RegionId, Withdrawal},
};

const ADD: &str = "
    insert into announcement (region_id, number, title, text, hall, public, begins, ends, placed, placed_by)
    select $1, coalesce((select max(number) from announcement where region_id = $1), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9
    returning number";

/// A region's, newest first. Primary key.
const NEWEST: &str = "
    select region_id, number, title, text, hall, public, begins, ends, placed, placed_by, withdrawn, withdrawn_by
    from announcement
    where region_id = $1
    order by number desc
    limit $2";

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
                let hall = row.hall.as_deref().map(text::stored);
                let ends = row.ends.map(|ends| ends.0);
                let values: [&(dyn ToSql + Sync); 9] =
                    [&row.region.0, &title, &said, &hall, &row.public, &row.begins.0, &ends, &row.placed.0, &by];
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

    pub(crate) fn announcements(&self, region: RegionId, limit: usize) -> Result<Vec<AnnouncementRow>, StoreError> {
        let limit = code::limit(limit);
        self.read(|connection| Ok(connection.query(NEWEST, &[&region.0, &limit])?.iter().map(parse).collect()))
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
        public: row.get(5),
        begins: Instant(row.get(6)),
        ends: row.get::<_, Option<i64>>(7).map(Instant),
        placed: Instant(row.get(8)),
        placed_by: text::read(row.get(9)),
        withdrawn: row.get::<_, Option<i64>>(10).zip(by).map(|(at, by)| Withdrawal { at: Instant(at), by }),
    }
}
