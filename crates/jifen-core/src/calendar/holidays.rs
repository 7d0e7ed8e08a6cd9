//! The Chinese statutory holidays that `init` and the demo write as calendar events; nothing that scores reads them.

use std::ops::RangeInclusive;

use super::year::CalendarYear;
use crate::time::Date;

/// Our table of the State Council's notices; its head names the source.
const TABLE: &str = include_str!("../../tables/holidays-cn.csv");

/// The years of which every day is known. When the next notice comes, its days go into the table and the end moves.
pub fn china_years() -> RangeInclusive<i16> {
    2007..=2026
}

/// `year` by the notices of the State Council, in office hours; `None` outside `china_years`.
pub fn china(year: i16) -> Option<CalendarYear> {
    if !china_years().contains(&year) {
        return None;
    }
    let mut notice = CalendarYear::new(year);
    for row in rows().filter_map(parse) {
        let list = match row.kind {
            Kind::Off => &mut notice.off_days,
            Kind::Work => &mut notice.work_days,
        };
        list.extend((row.first.0..=row.last.0).map(Date).filter(|day| day.civil().year() == year));
    }
    Some(notice)
}

/// One row of the table.
struct Row {
    first: Date,
    last: Date,
    kind: Kind,
}

enum Kind {
    Off,
    Work,
}

/// The rows below the heading.
fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#')).skip(1)
}

fn parse(line: &str) -> Option<Row> {
    let (days, rest) = line.split_once(',')?;
    let (first, last) = days.split_once("..").unwrap_or((days, days));
    let (kind, _name) = rest.split_once(',')?;
    let kind = match kind {
        "off" => Kind::Off,
        "work" => Kind::Work,
        _ => return None,
    };
    Some(Row { first: Date::parse(first)?, last: Date::parse(last)?, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        let mut previous = Date(i32::MIN);
        for line in rows() {
            let row = parse(line).unwrap_or_else(|| unreachable!("bad row `{line}`"));
            assert!(previous < row.first && row.first <= row.last, "out of order: `{line}`");
            assert!(!matches!(row.kind, Kind::Work) || row.first.weekday() >= 5, "not a weekend: `{line}`");
            previous = row.last;
        }
    }

    #[test]
    fn notices_are_whole_and_sound() {
        for (year, off, worked) in [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)] {
            let notice = china(year).expect("a known year");
            assert_eq!((notice.off_days.len(), notice.work_days.len()), (off, worked), "{year}");
        }
        for year in china_years() {
            let notice = china(year).expect("a known year");
            assert_eq!(notice.check(), Ok(()));
            assert!(notice.off_days.len() >= 20, "{year}");
        }
        assert_eq!(china(2006), None);
        assert_eq!(china(2027), None);
    }
}
