//! Measures: daily sums per hall that commits add to.

use jifen_core::{
    measure::{Indicator, Measure, MeasureKey, Measures},
    time::Date,
};
use rusqlite::Connection;

use crate::{error::StoreError, row::RegionId};

const ADD: &str = "
    insert into measure (region_id, hall, date, indicator, facts, sum)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (region_id, hall, date, indicator) do update
    set facts = facts + excluded.facts,
        sum = sum + excluded.sum";

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
    let mut halls = connection.prepare_cached(HALLS)?;
    let rows = halls.query_map((region.0,), |row| Ok((row.get(0)?, Date(row.get(1)?), Date(row.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn add(connection: &Connection, region: RegionId, measures: &Measures) -> Result<(), StoreError> {
    let mut add = connection.prepare_cached(ADD)?;
    for (MeasureKey { hall, date, indicator }, Measure { facts, sum }) in measures {
        add.execute((region.0, hall, date.0, *indicator as i64, facts, sum))?;
    }
    Ok(())
}

pub(crate) fn span(
    connection: &Connection,
    region: RegionId,
    hall: &str,
    from: Date,
    to: Date,
) -> Result<Measures, StoreError> {
    let mut span = connection.prepare_cached(SPAN)?;
    let rows = span.query_map((region.0, hall, from.0, to.0), |row| {
        Ok((Date(row.get(0)?), row.get::<_, i64>(1)?, Measure { facts: row.get(2)?, sum: row.get(3)? }))
    })?;
    let mut measures = Measures::new();
    for row in rows {
        let (date, number, measure) = row?;
        // A newer program may measure more.
        if let Some(indicator) = Indicator::ALL.into_iter().find(|indicator| *indicator as i64 == number) {
            measures.insert(MeasureKey { hall: hall.to_owned(), date, indicator }, measure);
        }
    }
    Ok(measures)
}
