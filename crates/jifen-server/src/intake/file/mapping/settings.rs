//! `[settings]` of a mapping: what the region is told when the import makes it.

use jifen_core::time::Date;

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

/// `[settings.calendar]`: working time of the region.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CalendarSettings {
    /// Weekdays that are worked, 1 = Monday … 7 = Sunday, ascending.
    pub weekdays: Vec<u8>,
    /// Working hours of a working day, ascending, apart from one another.
    pub hours: Vec<Hours>,
    /// Days off that would be worked by their weekday.
    pub holidays: Vec<Date>,
    /// Make-up days: worked although their weekday is not.
    pub workdays: Vec<Date>,
}

/// A span of a day in minutes since midnight, the end exclusive (at most 1,440).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Hours {
    /// First minute.
    pub from: u16,
    /// Minute after the last.
    pub to: u16,
}

/// Reads the table.
pub(super) fn read_settings(mut section: Section<'_>) -> Result<Settings, MappingError> {
    let limit = |item: Item<'_>| item.as_integer(0, SUSPICION_MS_MAX);
    let settings = Settings {
        suspicion_min_ms: section.take("suspicion_min_ms").map(limit).transpose()?,
        suspicion_max_ms: section.take("suspicion_max_ms").map(limit).transpose()?,
        satisfied_level: section.take("satisfied_level").map(|item| item.as_integer(1, 5)).transpose()?.map(|n| n as u8),
        calendar: section.take("calendar").map(|item| read_calendar(item.as_section()?)).transpose()?,
    };
    section.finish()?;
    Ok(settings)
}

fn read_calendar(mut section: Section<'_>) -> Result<CalendarSettings, MappingError> {
    let calendar = CalendarSettings {
        weekdays: section.take("weekdays").map_or_else(|| Ok(vec![1, 2, 3, 4, 5]), |item| read_weekdays(&item))?,
        hours: read_all_hours(&section.require("hours", "for example `hours = [\"09:00-12:00\", \"13:00-17:00\"]`")?)?,
        holidays: read_dates(section.take("holidays"))?,
        workdays: read_dates(section.take("workdays"))?,
    };
    section.finish()?;
    Ok(calendar)
}

fn read_weekdays(item: &Item<'_>) -> Result<Vec<u8>, MappingError> {
    let mut days = Vec::new();
    for day in item.as_list()? {
        days.push(day.as_integer(1, 7)? as u8);
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn read_all_hours(item: &Item<'_>) -> Result<Vec<Hours>, MappingError> {
    let mut all: Vec<Hours> = Vec::new();
    for span in item.as_list()? {
        let hours = parse_hours(span.as_text()?)
            .filter(|hours| all.last().is_none_or(|before| before.to <= hours.from))
            .ok_or_else(|| span.refuse("write ascending spans such as `09:00-12:00`, the end at most `24:00`"))?;
        all.push(hours);
    }
    Ok(all)
}

fn parse_hours(text: &str) -> Option<Hours> {
    let (from, to) = text.split_once('-')?;
    let hours = Hours { from: parse_minute(from)?, to: parse_minute(to)? };
    (hours.from < hours.to).then_some(hours)
}

fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && total <= 1_440).then_some(total)
}

fn read_dates(item: Option<Item<'_>>) -> Result<Vec<Date>, MappingError> {
    let mut dates = Vec::new();
    let Some(item) = item else { return Ok(dates) };
    for date in item.as_list()? {
        let text = date.as_text()?;
        dates.push(Date::parse(text).ok_or_else(|| date.refuse(format!("`{text}` is no date; write `2011-10-03`")))?);
    }
    Ok(dates)
}
