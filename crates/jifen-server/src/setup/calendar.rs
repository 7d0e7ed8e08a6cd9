//! Work calendars: the Chinese table where the region asks for it, and the years of `calendar.csv`.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    both,
    calendar::{CalendarYear, Span, holidays},
    time::Date,
};
use serde_json::{Value, json};

use super::{
    Draft,
    fault::Faults,
    region_file::{ALWAYS, CHINA, RegionFile},
    source::Source,
    table::{Form, Row, Table, read as read_table},
};

pub(super) const CALENDAR: Form = Form {
    file: "calendar.csv",
    sheet: "日历",
    key: &["calendar", "year"],
    filled: &[],
    place: &[],
    optional: &["week", "hours", "off_days", "work_days", "name"],
};
/// Longest range of days written `a..b`.
const RANGE_DAYS_MAX: i32 = 366;

/// Plans the years of every calendar; gives the codes that may be named.
pub(super) fn read(source: &Source, region: &RegionFile, draft: &mut Draft, faults: &mut Faults) -> BTreeSet<String> {
    let table = read_table(source, &CALENDAR, faults);
    let mut known = BTreeSet::from([ALWAYS.to_owned()]);
    let mut written: BTreeMap<(String, i64), ()> = BTreeMap::new();
    for row in &table.rows {
        let code = table.text(row, "calendar").unwrap_or_default().to_owned();
        if code == ALWAYS {
            table.fault(
                row,
                "calendar",
                both!("always 是全年全天；请换一个编号", "`always` is every hour of every day; choose another code"),
                faults,
            );
        }
        let Some(year) = table.number(row, "year", 1, faults) else { continue };
        written.insert((code.clone(), year), ());
        let mut data = json!({"calendar": code, "year": year});
        data["name"] = table.json(row, "name");
        data["week"] = table.json(row, "week");
        data["hours"] = hours(&table, row);
        data["off_days"] = days(&table, row, "off_days", faults);
        data["work_days"] = days(&table, row, "work_days", faults);
        draft.push(&table.path, row.line, "organisation.calendar", format!("calendar/{code}/{year}"), data);
        known.insert(code);
    }
    if region.calendar.as_deref() == Some(CHINA) {
        known.insert(CHINA.to_owned());
        for year in holidays::china_years().filter(|year| *year >= region.since.civil().year()) {
            if let Some(notice) =
                holidays::china(year).filter(|_| !written.contains_key(&(CHINA.to_owned(), year.into())))
            {
                plan_year(region, &notice, draft);
            }
        }
    }
    known
}

/// One year of the table the program brings along.
fn plan_year(region: &RegionFile, notice: &CalendarYear, draft: &mut Draft) {
    let days = |days: &[Date]| days.iter().map(ToString::to_string).collect::<Vec<_>>();
    let data = json!({
        "calendar": CHINA,
        "year": notice.year,
        "name": "国务院办公厅节假日安排",
        "off_days": days(&notice.off_days),
        "work_days": days(&notice.work_days),
        "hours": region.hours.clone().unwrap_or_else(|| notice.hours.iter().map(span).collect()),
    });
    draft.push(&region.path, 1, "organisation.calendar", format!("calendar/{CHINA}/{}", notice.year), data);
}

fn span(span: &Span) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", clock(span.from_minute), clock(span.to_minute))
}

/// Spans separated by spaces; office hours where none are given.
fn hours(table: &Table, row: &Row) -> Value {
    match table.text(row, "hours") {
        Some(text) => text.split_whitespace().collect(),
        None => Span::OFFICE_HOURS.iter().map(span).collect(),
    }
}

/// Days and ranges `a..b`, separated by spaces.
fn days(table: &Table, row: &Row, column: &str, faults: &mut Faults) -> Value {
    let mut all = Vec::new();
    for part in table.text(row, column).unwrap_or_default().split_whitespace() {
        let (first, last) = part.split_once("..").unwrap_or((part, part));
        match (Date::parse(first), Date::parse(last)) {
            (Some(first), Some(last)) if first <= last && last.0 - first.0 <= RANGE_DAYS_MAX => {
                all.extend((first.0..=last.0).map(|day| Value::from(Date(day).to_string())));
            }
            _ => {
                let told = both!(
                    "“{part}”不是日期；请写 2026-10-01 或 2026-10-01..2026-10-07，用空格隔开",
                    "`{part}` is no day; write days such as `2026-10-01`, or `2026-10-01..2026-10-07`, with spaces between"
                );
                table.fault(row, column, told, faults);
            }
        }
    }
    all.into()
}
