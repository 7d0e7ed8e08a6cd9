//! `region.toml`: the region's code, name, zone, calendar and settings.

use std::{collections::BTreeSet, path::PathBuf};

use jifen_core::{
    both, division,
    language::Words,
    time::{Date, Zone},
};
use serde::Deserialize;
use serde_json::json;
use toml::Spanned;

use super::{Draft, fault::Faults, source::Source};
use crate::sheet::Sheet;

/// The Chinese table that the program brings along.
pub(super) const CHINA: &str = "cn";
/// Every hour of every day; needs no table.
pub(super) const ALWAYS: &str = "always";
const FILE: &str = "region.toml";
/// Zone of a region that names none.
const ZONE: &str = "Asia/Shanghai";
/// First day of a region that names none: early enough for any history.
const SINCE: &str = "2000-01-01";
const CODE_LENGTH_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    code: Option<Spanned<String>>,
    name: Option<String>,
    time_zone: Option<Spanned<String>>,
    since: Option<Spanned<toml::Value>>,
    calendar: Option<Spanned<String>>,
    hours: Option<Vec<String>>,
    settings: Option<Settings>,
}

/// As `organisation.region` takes them.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Settings {
    suspicion_min_ms: Option<i64>,
    suspicion_max_ms: Option<i64>,
    satisfied_level: Option<i64>,
    rank_facts_min: Option<i64>,
    simulated: Option<bool>,
    wait_promised_ms: Option<i64>,
    stalled_ms: Option<i64>,
    near_due_ms: Option<i64>,
    public: Option<bool>,
    approvals_min: Option<i64>,
    approval_kinds_min: Option<i64>,
    notice_days: Option<i64>,
}

/// A read `region.toml`.
pub(super) struct RegionFile {
    pub(super) code: String,
    pub(super) zone: Zone,
    pub(super) since: Date,
    pub(super) path: PathBuf,
    /// Calendar of limits, and where it is named.
    pub(super) calendar: Option<String>,
    /// Hours of the Chinese calendar instead of 9–12 and 13–17.
    pub(super) hours: Option<Vec<String>>,
    text: String,
    calendar_offset: usize,
    name: Option<String>,
    settings: Settings,
}

/// Names of the rows of the sheet.
pub(crate) const SHEET: &str = "区划";
pub(crate) const ROWS: [(&str, &str); 8] = [
    ("区划代码", "code"),
    ("名称", "name"),
    ("时区", "time_zone"),
    ("起始日", "since"),
    ("日历", "calendar"),
    ("上班时段", "hours"),
    ("排名最少件数", "settings.rank_facts_min"),
    ("模拟数据", "settings.simulated"),
];

/// The sheet's rows, a name and a value each, as the text of the file: on the same lines, so that faults lead to their rows.
fn text_of(sheet: &Sheet) -> String {
    let mut text = String::new();
    let mut line = 1;
    for (number, cells) in sheet.rows() {
        let cell = |column: u32| cells.iter().find(|cell| cell.column == column).map(|cell| cell.text);
        let Some(name) = cell(0) else { continue };
        let name = name.trim_end_matches(['*', '＊']).trim_end();
        let key = ROWS.iter().find(|(chinese, _)| *chinese == name).map_or(name, |(_, key)| key);
        // A code that is left out is told where it belongs.
        let Some(value) = cell(1).or((key == "code").then_some("")) else { continue };
        // The header, for people.
        if number == 1 && key == "项目" {
            continue;
        }
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let value = match (key, value) {
            ("hours", value) => format!("[{}]", value.split_whitespace().map(quoted).collect::<Vec<_>>().join(", ")),
            (_, "是") if key.starts_with("settings.") => "true".to_owned(),
            (_, "否") if key.starts_with("settings.") => "false".to_owned(),
            (_, value) if key.starts_with("settings.") => value.to_owned(),
            (_, value) => quoted(value),
        };
        let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        let key = if is_bare { key.to_owned() } else { quoted(key) };
        text.push_str(&"\n".repeat((number - line) as usize));
        text.push_str(&format!("{key} = {value}"));
        line = number;
    }
    text
}

/// Reads the file; `None` when it cannot be made sense of, with the faults said.
pub(super) fn read(source: &Source, faults: &mut Faults) -> Option<RegionFile> {
    let Source::Directory(directory) = source else {
        let (place, sheet) = source.sheet(SHEET, FILE)?;
        let Some(sheet) = sheet else {
            let told = both!(
                "没有这个工作表，而它要写明区划；`jifen template` 写出模板",
                "there is no such sheet, and it must name the region; `jifen template` writes one"
            );
            faults.at(&place, 1, 1, told);
            return None;
        };
        let before = faults.list.len();
        let file = parse(place, text_of(sheet), faults);
        // The value is in the second column of the row.
        faults.list[before..].iter_mut().for_each(|fault| fault.column = 2);
        return file;
    };
    let path = directory.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(path, text, faults),
        Err(error) => {
            let told = both!(
                "不能读：{error}；它要写明区划，见 docs/init.md",
                "cannot be read: {error}; it must name the region, see docs/init.md"
            );
            faults.at(&path, 1, 1, told);
            None
        }
    }
}

fn parse(path: PathBuf, text: String, faults: &mut Faults) -> Option<RegionFile> {
    let document: Document = match toml::from_str(&text) {
        Ok(document) => document,
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let message = error.message().trim();
            faults.in_text(&path, &text, offset, both!("这里看不懂：{message}", "{message}"));
            return None;
        }
    };
    let before = faults.list.len();
    let mut fault = |offset: usize, message: Words| faults.in_text(&path, &text, offset, message);
    let Some(code) = document.code else {
        fault(0, both!("缺少区划代码 `code`", "the region's code `code` is missing"));
        return None;
    };
    let (offset, code) = (code.span().start, code.into_inner());
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if code.is_empty() || code.len() > CODE_LENGTH_MAX || !code.chars().all(good) {
        let told = both!(
            "区划代码是 1 到 {CODE_LENGTH_MAX} 个字母、数字、`-`、`_` 或 `.`",
            "a region code has 1 to {CODE_LENGTH_MAX} letters, digits, `-`, `_` or `.`"
        );
        fault(offset, told);
    }
    let zone_name = document.time_zone.as_ref().map_or(ZONE, |zone| zone.get_ref());
    let zone = Zone::parse(zone_name);
    if let (None, Some(written)) = (&zone, &document.time_zone) {
        let told = both!(
            "`{zone_name}` 不是时区；请写成 `Asia/Shanghai` 这样",
            "`{zone_name}` is no time zone; write one such as `Asia/Shanghai`"
        );
        fault(written.span().start, told);
    }
    let since = document.since.as_ref().map_or_else(|| Date::parse(SINCE), |since| date(since.get_ref()));
    if let (None, Some(written)) = (since, &document.since) {
        let value = written.get_ref();
        let told = both!(
            "{value} 不是日期；请写成 `since = \"2026-01-01\"` 这样",
            "{value} is no date; write one such as `since = \"2026-01-01\"`"
        );
        fault(written.span().start, told);
    }
    if faults.list.len() > before {
        return None;
    }
    let name = document.name.or_else(|| division::name_of(&code));
    let calendar_offset = document.calendar.as_ref().map_or(0, |calendar| calendar.span().start);
    Some(RegionFile {
        code,
        zone: zone?,
        since: since?,
        path,
        calendar: document.calendar.map(Spanned::into_inner),
        hours: document.hours,
        text,
        calendar_offset,
        name,
        settings: document.settings.unwrap_or_default(),
    })
}

/// A quoted date or TOML's own.
fn date(value: &toml::Value) -> Option<Date> {
    match value {
        toml::Value::String(text) => Date::parse(text),
        toml::Value::Datetime(datetime) => Date::parse(&datetime.to_string()),
        _ => None,
    }
}

impl RegionFile {
    /// The region's own event.
    pub(super) fn plan(&self, draft: &mut Draft) {
        let settings = &self.settings;
        let data = json!({
            "region": self.code,
            "name": self.name,
            "time_zone": self.zone.name(),
            "calendar": self.calendar,
            "suspicion_min_ms": settings.suspicion_min_ms,
            "suspicion_max_ms": settings.suspicion_max_ms,
            "satisfied_level": settings.satisfied_level,
            "rank_facts_min": settings.rank_facts_min,
            "simulated": settings.simulated,
            "wait_promised_ms": settings.wait_promised_ms,
            "stalled_ms": settings.stalled_ms,
            "near_due_ms": settings.near_due_ms,
            "public": settings.public,
            "approvals_min": settings.approvals_min,
            "approval_kinds_min": settings.approval_kinds_min,
            "notice_days": settings.notice_days,
        });
        draft.push(&self.path, 1, "organisation.region", "region".to_owned(), data);
    }

    /// The calendar it names must be there.
    pub(super) fn check_calendar(&self, known: &BTreeSet<String>, faults: &mut Faults) {
        let Some(calendar) = &self.calendar else { return };
        if !known.contains(calendar) {
            let message = both!(
                "calendar.csv 里没有日历 `{calendar}`；请在那里加上它的各年，或写 `cn`、`always`",
                "calendar `{calendar}` is not in calendar.csv; add its years there, or write `cn` or `always`"
            );
            faults.in_text(&self.path, &self.text, self.calendar_offset, message);
        }
    }
}
