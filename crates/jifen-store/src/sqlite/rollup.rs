//! Rollups: sums that commits add to, and boards that add them up.

use std::collections::BTreeMap;

use jifen_core::{
    ledger::Subject,
    points::Points,
    rollup::{BoardPart, Rollup, RollupKey, Rollups},
    rule::SubjectKind,
    time::{Date, Grain},
};
use rusqlite::{Connection, Row};

use crate::{
    code::{self, DAY_BUCKET, Span},
    error::StoreError,
    row::{BoardRow, BoardSubjects, DayPoints, RegionId, WholeBoard},
};

const ADD: &str = "
    insert into rollup (region_id, bucket, subject_kind, grain, date, subject, rule, dimension,
        own_posted, members_posted, own_provisional, members_provisional, facts)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    on conflict (region_id, bucket, subject_kind, grain, date, subject, rule, dimension) do update
    set own_posted = own_posted + excluded.own_posted,
        members_posted = members_posted + excluded.members_posted,
        own_provisional = own_provisional + excluded.own_provisional,
        members_provisional = members_provisional + excluded.members_provisional,
        facts = facts + excluded.facts";

/// A kind's board over a span of dates. One contiguous range of the primary key.
const BOARD: &str = "
    select subject, rule, dimension,
        sum(own_posted), sum(members_posted), sum(own_provisional), sum(members_provisional), sum(facts)
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
    cross join rollup
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
    select subject, date, sum(own_posted + members_posted + own_provisional + members_provisional)
    from rollup
    where region_id = $1
      and bucket = $2
      and subject_kind = $3
      and grain = $4
      and date between $5 and $6
      and dimension <> $7
      and ($8 is null or rule = $8)
      and ($9 is null or dimension = $9)
    group by date, subject";

pub(crate) fn add(connection: &Connection, region: RegionId, rollups: &Rollups) -> Result<(), StoreError> {
    let mut add = connection.prepare_cached(ADD)?;
    for (key, rollup) in rollups.iter().filter(|(_, rollup)| !rollup.is_zero()) {
        let RollupKey { bucket, subject, rule, dimension } = key;
        let (bucket, grain, date) = code::bucket(bucket);
        add.execute((
            region.0,
            bucket,
            code::subject_kind(subject.kind()),
            code::grain(grain),
            date.0,
            subject.key(),
            rule,
            code::dimension_or_none(*dimension),
            rollup.own_posted.0,
            rollup.members_posted.0,
            rollup.own_provisional.0,
            rollup.members_provisional.0,
            rollup.facts,
        ))?;
    }
    Ok(())
}

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
    let mut select = connection.prepare_cached(BOARD_DAYS)?;
    let bounds = (
        region.0,
        DAY_BUCKET,
        code::subject_kind(kind),
        code::grain(Grain::Day),
        from.0,
        to.0,
        code::dimension_or_none(None),
        rule,
        dimension.map(code::dimension),
    );
    let rows =
        select.query_map(bounds, |row| Ok((row.get::<_, Vec<u8>>(0)?, Date(row.get(1)?), Points(row.get(2)?))))?;
    let days = rows.map(|row| {
        let (subject, date, points) = row?;
        Ok((code::subject(kind, &subject)?, date, points))
    });
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
    let mut select = connection.prepare_cached(DATES)?;
    let mut dates: Option<(Date, Date)> = None;
    for kind in SubjectKind::ALL {
        let key = (region.0, DAY_BUCKET, code::subject_kind(kind), code::grain(Grain::Day));
        let found: (Option<i32>, Option<i32>) = select.query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let (Some(first), Some(last)) = found {
            let (earliest, latest) = dates.unwrap_or((Date(first), Date(last)));
            dates = Some((earliest.min(Date(first)), latest.max(Date(last))));
        }
    }
    Ok(dates)
}

/// Subject's key, rule, dimension's number.
type BoardKey = (Vec<u8>, String, i64);

fn of_kind(
    connection: &Connection,
    region: RegionId,
    kind: SubjectKind,
    span: &Span,
    take: &mut dyn FnMut((BoardKey, Rollup)),
) -> Result<(), StoreError> {
    let mut board = connection.prepare_cached(BOARD)?;
    let bounds = (region.0, span.bucket, code::subject_kind(kind), code::grain(span.grain), span.from.0, span.to.0);
    for row in board.query_map(bounds, parse)? {
        take(row?);
    }
    Ok(())
}

fn of_subject(
    connection: &Connection,
    region: RegionId,
    subject: &Subject,
    span: &Span,
    take: &mut dyn FnMut(Date, (BoardKey, Rollup)),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(OF_SUBJECT)?;
    let kind = code::subject_kind(subject.kind());
    let bounds = (region.0, span.bucket, kind, code::grain(span.grain), span.from.0, span.to.0, subject.key());
    for row in statement.query_map(bounds, |row| Ok((Date(row.get(8)?), parse(row)?)))? {
        let (date, row) = row?;
        take(date, row);
    }
    Ok(())
}

fn parse(row: &Row<'_>) -> rusqlite::Result<(BoardKey, Rollup)> {
    let rollup = Rollup {
        own_posted: Points(row.get(3)?),
        members_posted: Points(row.get(4)?),
        own_provisional: Points(row.get(5)?),
        members_provisional: Points(row.get(6)?),
        facts: row.get(7)?,
    };
    Ok(((row.get(0)?, row.get(1)?, row.get(2)?), rollup))
}
