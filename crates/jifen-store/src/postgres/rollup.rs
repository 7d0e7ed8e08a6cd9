//! Rollups: sums that commits add to, and boards that add them up.

use std::collections::BTreeMap;

use jifen_core::{
    ledger::Subject,
    points::Points,
    rollup::{BoardPart, Rollup},
    rule::SubjectKind,
    time::{Date, Grain},
};
use tokio_postgres::Row;

use super::{connection::Connection, text};
use crate::{
    code::{self, DAY_BUCKET, Span},
    error::StoreError,
    row::{BoardRow, BoardSubjects, DayPoints, RegionId, WholeBoard},
};

/// A kind's board over a span of dates. One contiguous range of the primary key.
const BOARD: &str = "
    select subject, rule, dimension,
        sum(own_posted)::bigint, sum(members_posted)::bigint,
        sum(own_provisional)::bigint, sum(members_provisional)::bigint, sum(facts)::bigint
    from rollup
    where region_id = $1
      and bucket = $2
      and subject_kind = $3
      and grain = $4
      and date between $5 and $6
    group by subject, rule, dimension";

/// One subject's rows over a span of dates: hops from date to date along the primary key, so that others' rows are not read
/// and no index by subject is needed.
const OF_SUBJECT: &str = "
    with recursive day (date) as (
        select min(date)
        from rollup
        where region_id = $1
          and bucket = $2
          and subject_kind = $3
          and grain = $4
          and date between $5 and $6
        union all
        select (
            select min(rollup.date)
            from rollup
            where region_id = $1
              and bucket = $2
              and subject_kind = $3
              and grain = $4
              and rollup.date > day.date
              and rollup.date <= $6
        )
        from day
        where day.date is not null
    )
    select rollup.subject, rollup.rule, rollup.dimension, rollup.own_posted, rollup.members_posted,
        rollup.own_provisional, rollup.members_provisional, rollup.facts, rollup.date
    from day
    join rollup
      on rollup.region_id = $1
     and rollup.bucket = $2
     and rollup.subject_kind = $3
     and rollup.grain = $4
     and rollup.date = day.date
     and rollup.subject = $7
    order by rollup.date, rollup.rule, rollup.dimension";

/// First and last date of a kind's day rows. Two seeks in the primary key.
const DATES: &str = "
    select
        (select min(date) from rollup where region_id = $1 and bucket = $2 and subject_kind = $3 and grain = $4),
        (select max(date) from rollup where region_id = $1 and bucket = $2 and subject_kind = $3 and grain = $4)";

/// A kind's points of every day, of one rule or dimension where asked. The same range of the primary key as a board of days.
const BOARD_DAYS: &str = "
    select subject, date, sum(own_posted + members_posted + own_provisional + members_provisional)::bigint
    from rollup
    where region_id = $1
      and bucket = $2
      and subject_kind = $3
      and grain = $4
      and date between $5 and $6
      and dimension <> $7
      and ($8::text is null or rule = $8)
      and ($9::smallint is null or dimension = $9)
    group by date, subject";

/// Subject's key, rule, dimension's number.
type BoardKey = (Vec<u8>, String, i64);

pub(crate) fn board(
    connection: &Connection,
    region: RegionId,
    subjects: &BoardSubjects,
    parts: &[BoardPart],
) -> Result<Vec<BoardRow>, StoreError> {
    let mut sums: BTreeMap<_, Rollup> = BTreeMap::new();
    for span in parts.iter().flat_map(Span::of) {
        let mut take = |(key, rollup): (BoardKey, Rollup)| *sums.entry(key).or_default() += rollup;
        match subjects {
            BoardSubjects::Kind(kind) => of_kind(connection, region, *kind, &span, &mut take)?,
            BoardSubjects::One(subject) => {
                of_subject(connection, region, subject, &span, &mut |_, row| take(row))?;
            }
        }
    }
    let kind = match subjects {
        BoardSubjects::Kind(kind) => *kind,
        BoardSubjects::One(subject) => subject.kind(),
    };
    let rows = sums.into_iter().map(|((subject, rule, dimension), rollup)| {
        let (subject, dimension) = (code::subject(kind, &subject)?, code::parse_dimension(dimension)?);
        Ok(BoardRow { subject, rule, dimension, rollup })
    });
    rows.collect()
}

/// Nothing when the days that have rows would be more than wanted.
pub(crate) fn board_days(
    connection: &Connection,
    region: RegionId,
    wanted: &WholeBoard<'_>,
    dates: Option<(Date, Date)>,
) -> Result<Option<Vec<DayPoints>>, StoreError> {
    let WholeBoard { kind, parts: _, span: (first, last), days_max, rule, dimension } = *wanted;
    let Some((earliest, latest)) = dates else { return Ok(Some(Vec::new())) };
    let (from, to) = (first.max(earliest), last.min(latest));
    if i64::from(to.0) - i64::from(from.0) >= days_max {
        return Ok(None);
    }
    let rows = connection.query(
        BOARD_DAYS,
        &[
            &region.0,
            &code::small(DAY_BUCKET),
            &code::small(code::subject_kind(kind)),
            &code::small(code::grain(Grain::Day)),
            &from.0,
            &to.0,
            &code::small(code::dimension_or_none(None)),
            &rule.map(text::stored),
            &dimension.map(|dimension| code::small(code::dimension(dimension))),
        ],
    )?;
    let days = rows.iter().map(|row| Ok((code::subject(kind, row.get(0))?, Date(row.get(1)), Points(row.get(2)))));
    days.collect::<Result<_, StoreError>>().map(Some)
}

pub(crate) fn trend(
    connection: &Connection,
    region: RegionId,
    subject: &Subject,
    from: Date,
    to: Date,
) -> Result<Vec<(Date, Rollup)>, StoreError> {
    let span = Span { bucket: DAY_BUCKET, grain: Grain::Day, from, to };
    let mut days: BTreeMap<Date, Rollup> = BTreeMap::new();
    of_subject(connection, region, subject, &span, &mut |date, ((_, _, dimension), rollup)| {
        if dimension != code::dimension_or_none(None) {
            *days.entry(date).or_default() += rollup;
        }
    })?;
    Ok(days.into_iter().collect())
}

pub(crate) fn dates(connection: &Connection, region: RegionId) -> Result<Option<(Date, Date)>, StoreError> {
    let mut dates: Option<(Date, Date)> = None;
    for kind in SubjectKind::ALL {
        let (bucket, kind) = (code::small(DAY_BUCKET), code::small(code::subject_kind(kind)));
        let grain = code::small(code::grain(Grain::Day));
        let row = connection.query_one(DATES, &[&region.0, &bucket, &kind, &grain])?;
        if let (Some(first), Some(last)) = (row.get::<_, Option<i32>>(0), row.get::<_, Option<i32>>(1)) {
            let (earliest, latest) = dates.unwrap_or((Date(first), Date(last)));
            dates = Some((earliest.min(Date(first)), latest.max(Date(last))));
        }
    }
    Ok(dates)
}

fn of_kind(
    connection: &Connection,
    region: RegionId,
    kind: SubjectKind,
    span: &Span,
    take: &mut dyn FnMut((BoardKey, Rollup)),
) -> Result<(), StoreError> {
    let (bucket, kind) = (code::small(span.bucket), code::small(code::subject_kind(kind)));
    let grain = code::small(code::grain(span.grain));
    let rows = connection.query(BOARD, &[&region.0, &bucket, &kind, &grain, &span.from.0, &span.to.0])?;
    rows.iter().for_each(|row| take(parse(row)));
    Ok(())
}

fn of_subject(
    connection: &Connection,
    region: RegionId,
    subject: &Subject,
    span: &Span,
    take: &mut dyn FnMut(Date, (BoardKey, Rollup)),
) -> Result<(), StoreError> {
    let (bucket, kind) = (code::small(span.bucket), code::small(code::subject_kind(subject.kind())));
    let grain = code::small(code::grain(span.grain));
    let (from, to, key) = (span.from.0, span.to.0, subject.key());
    let rows = connection.query(OF_SUBJECT, &[&region.0, &bucket, &kind, &grain, &from, &to, &key])?;
    rows.iter().for_each(|row| take(Date(row.get(8)), parse(row)));
    Ok(())
}

fn parse(row: &Row) -> (BoardKey, Rollup) {
    let rollup = Rollup {
        own_posted: Points(row.get(3)),
        members_posted: Points(row.get(4)),
        own_provisional: Points(row.get(5)),
        members_provisional: Points(row.get(6)),
        facts: row.get(7),
    };
    ((row.get(0), text::read(row.get(1)), i64::from(row.get::<_, i16>(2))), rollup)
}
