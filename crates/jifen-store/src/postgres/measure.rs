//! Measures: daily sums per hall that commits add to.

use jifen_core::{
    measure::{Indicator, Measure, MeasureKey, Measures},
    time::Date,
};

use super::{connection::Connection, text};
use crate::{error::StoreError, row::RegionId};

/// A hall's days. One contiguous range of the primary key.
const SPAN: &str = "
    select date, indicator, facts, sum
    from measure
    where region_id = $1
      and hall = $2
      and date between $3 and $4
    order by date, indicator";

/// Hops from hall to hall along the primary key; first and last day of each are seeks.
const HALLS: &str = "
    with recursive known (hall) as (
        select min(hall) from measure where region_id = $1
        union all
        select (select min(measure.hall) from measure where region_id = $1 and measure.hall > known.hall)
        from known
        where known.hall is not null
    )
    select hall,
        (select min(date) from measure where region_id = $1 and measure.hall = known.hall),
        (select max(date) from measure where region_id = $1 and measure.hall = known.hall)
    from known
    where hall is not null
    order by hall";

pub(crate) fn halls(connection: &Connection, region: RegionId) -> Result<Vec<(String, Date, Date)>, StoreError> {
    let rows = connection.query(HALLS, &[&region.0])?;
    Ok(rows.iter().map(|row| (text::read(row.get(0)), Date(row.get(1)), Date(row.get(2)))).collect())
}

pub(crate) fn span(
    connection: &Connection,
    region: RegionId,
    hall: &str,
    from: Date,
    to: Date,
) -> Result<Measures, StoreError> {
    let rows = connection.query(SPAN, &[&region.0, &text::stored(hall), &from.0, &to.0])?;
    let mut measures = Measures::new();
    for row in &rows {
        let (date, number): (i32, i16) = (row.get(0), row.get(1));
        // A newer program may measure more.
        if let Some(indicator) = Indicator::ALL.into_iter().find(|indicator| *indicator as i16 == number) {
            let measure = Measure { facts: row.get(2), sum: row.get(3) };
            measures.insert(MeasureKey { hall: hall.to_owned(), date: Date(date), indicator }, measure);
        }
    }
    Ok(measures)
}
