//! `[settings]` of a mapping: what the region is told when the import makes it.

use jifen_core::{both, time::Date};

use super::document::{Item, MappingError, Section};

/// Longest limit of suspicion: ten years.
const SUSPICION_MS_MAX: i64 = 10 * 366 * 86_400_000;

/// Settings of the region a log makes. What is `None` keeps the product's default.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Services shorter than this are held for a second look; 0 switches the limit off.
    pub suspicion_min_ms: Option<i64>,
    /// Services longer than this are held for a second look; 0 switches the limit off.
    pub suspicion_max_ms: Option<i64>,
    /// Lowest level (1–5) of a rating that counts as satisfied.
    pub satisfied_level: Option<u8>,
    /// Working time; without it every day has 24 working hours and there are no holidays.
    pub calendar: Option<CalendarSettings>,
}

/// `[settings.calendar]`: working time of the region, as `organisation.calendar` takes it for each of its years.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CalendarSettings {
    /// The years it is known for, ascending; limits that reach into another year cannot be evaluated.
    pub years: Vec<i16>,
    /// Seven digits from Monday on, 1 = worked: `1111100`.
    pub week: String,
    /// Working hours of a working day, ascending, apart from one another: `09:00-12:00`.
    pub hours: Vec<String>,
    /// Days off although their weekday is worked.
    pub off_days: Vec<Date>,
    /// Make-up days: worked although their weekday is not.
    pub work_days: Vec<Date>,
}

/// Reads the table.
pub(super) fn read_settings(mut section: Section<'_>) -> Result<Settings, MappingError> {
    let limit = |item: Item<'_>| item.as_integer(0, SUSPICION_MS_MAX);
    let settings = Settings {
        suspicion_min_ms: section.take("suspicion_min_ms").map(limit).transpose()?,
        suspicion_max_ms: section.take("suspicion_max_ms").map(limit).transpose()?,
        satisfied_level: section
            .take("satisfied_level")
            .map(|item| item.as_integer(1, 5))
            .transpose()?
            .map(|n| n as u8),
        calendar: section.take("calendar").map(|item| read_calendar(item.as_section()?)).transpose()?,
    };
    section.finish()?;
    Ok(settings)
}

fn read_calendar(mut section: Section<'_>) -> Result<CalendarSettings, MappingError> {
    let years = read_years(
        &section.require("years", both!("如 `years = [2011, 2012]`", "for example `years = [2011, 2012]`"))?,
    )?;
    let calendar = CalendarSettings {
        week: section.take("week").map_or_else(|| Ok("1111100".to_owned()), |item| read_week(&item))?,
        hours: read_all_hours(&section.require(
            "hours",
            both!(
                "如 `hours = [\"09:00-12:00\", \"13:00-17:00\"]`",
                "for example `hours = [\"09:00-12:00\", \"13:00-17:00\"]`"
            ),
        )?)?,
        off_days: read_dates(section.take("off_days"), &years)?,
        work_days: read_dates(section.take("work_days"), &years)?,
        years,
    };
    section.finish()?;
    Ok(calendar)
}

fn read_years(item: &Item<'_>) -> Result<Vec<i16>, MappingError> {
    let mut years = Vec::new();
    for year in item.as_list()? {
        years.push(year.as_integer(1900, 2200)? as i16);
    }
    years.sort_unstable();
    years.dedup();
    Ok(years)
}

fn read_week(item: &Item<'_>) -> Result<String, MappingError> {
    let week = item.as_text()?;
    if week.len() == 7 && week.bytes().all(|byte| matches!(byte, b'0' | b'1')) {
        return Ok(week.to_owned());
    }
    Err(item.refuse(both!(
        "请写七个数字，从周一起，1 为上班：`1111100`",
        "write seven digits from Monday on, 1 = worked: `1111100`"
    )))
}

fn read_all_hours(item: &Item<'_>) -> Result<Vec<String>, MappingError> {
    let mut all = Vec::new();
    let mut free_from = 0;
    for span in item.as_list()? {
        let text = span.as_text()?;
        let (_, to) = parse_hours(text).filter(|(from, _)| *from >= free_from).ok_or_else(|| {
            span.refuse(both!(
                "请写逐段在后的时段，如 `09:00-12:00`，最晚到 `24:00`",
                "write ascending spans such as `09:00-12:00`, the end at most `24:00`"
            ))
        })?;
        free_from = to;
        all.push(text.to_owned());
    }
    Ok(all)
}

/// Minutes since midnight of `09:00-12:00`.
fn parse_hours(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (parse_minute(from)?, parse_minute(to)?);
    (from < to).then_some((from, to))
}

fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 1_440).then_some(total)
}

fn read_dates(item: Option<Item<'_>>, years: &[i16]) -> Result<Vec<Date>, MappingError> {
    let mut dates = Vec::new();
    let Some(item) = item else { return Ok(dates) };
    for date in item.as_list()? {
        let text = date.as_text()?;
        let parsed = Date::parse(text).filter(|parsed| years.contains(&parsed.civil().year()));
        dates.push(parsed.ok_or_else(|| {
            date.refuse(both!(
                "`{text}` 不是 `years` 里的日期；请写 `2011-10-03`",
                "`{text}` is no date of `years`; write `2011-10-03`"
            ))
        })?);
    }
    Ok(dates)
}
