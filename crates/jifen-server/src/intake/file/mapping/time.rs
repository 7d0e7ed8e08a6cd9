//! How a log writes its times, and what instant such a text means.

use jifen_core::{
    both,
    language::Words,
    time::{Instant, Zone},
};
use jiff::{Timestamp, civil, fmt::strtime::BrokenDownTime};

/// One way to write a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum TimeFormat {
    /// ISO 8601 or RFC 3339, with or without offset: `2011-05-07T09:30:00.250+08:00`, `2011-05-07 09:30`, `2011-05-07`.
    Iso,
    /// Seconds since 1970-01-01T00:00:00Z, whole.
    UnixSeconds,
    /// Milliseconds since then.
    UnixMilliseconds,
    /// A pattern such as `%d.%m.%Y %H:%M:%S`.
    Pattern(String),
}

impl TimeFormat {
    /// The format a mapping names; the error says what can be written.
    pub(super) fn parse(name: &str) -> Result<Self, Words> {
        match name {
            "iso" => Ok(Self::Iso),
            "unix_s" => Ok(Self::UnixSeconds),
            "unix_ms" => Ok(Self::UnixMilliseconds),
            pattern if pattern.contains('%') => Self::check_pattern(pattern),
            other => Err(both!(
                "`{other}` 不是时间格式；请写 `iso`、`unix_s`、`unix_ms`，或模式如 `%d.%m.%Y %H:%M:%S`",
                "`{other}` is no time format; write `iso`, `unix_s`, `unix_ms` or a pattern such as `%d.%m.%Y %H:%M:%S`"
            )),
        }
    }

    /// A pattern must be able to read back what it writes, or a typing error would show up on every row instead of here.
    fn check_pattern(pattern: &str) -> Result<Self, Words> {
        let sample = Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC);
        let written = jiff::fmt::strtime::format(pattern, &sample);
        written
            .and_then(|text| BrokenDownTime::parse(pattern, &text))
            .and_then(|time| time.to_datetime())
            .map(|_| Self::Pattern(pattern.to_owned()))
            .map_err(|error| {
                both!("时间模式 `{pattern}` 不能用：{error}", "the time pattern `{pattern}` cannot be used: {error}")
            })
    }

    /// The instant `text` means; a time without offset is wall-clock time in `zone`.
    pub(super) fn read(&self, text: &str, zone: &Zone) -> Option<Instant> {
        match self {
            Self::Iso => read_iso(text, zone),
            Self::UnixSeconds => text.parse::<i64>().ok()?.checked_mul(1_000).and_then(checked),
            Self::UnixMilliseconds => text.parse().ok().and_then(checked),
            Self::Pattern(pattern) => read_pattern(pattern, text, zone),
        }
    }
}

fn read_iso(text: &str, zone: &Zone) -> Option<Instant> {
    // An offset can only stand after the date; asking first spares a failed parse for every row of a naive log.
    let has_offset = text.bytes().skip(10).any(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'));
    if has_offset { Instant::parse(text) } else { zone.instant(text.parse::<civil::DateTime>().ok()?) }
}

fn read_pattern(pattern: &str, text: &str, zone: &Zone) -> Option<Instant> {
    let time = BrokenDownTime::parse(pattern, text).ok()?;
    if time.offset().is_some() {
        let stamp = time.to_timestamp().ok()?;
        return Some(Instant(stamp.as_nanosecond().div_euclid(1_000_000) as i64));
    }
    zone.instant(time.to_datetime().ok()?)
}

fn checked(milliseconds: i64) -> Option<Instant> {
    Timestamp::from_millisecond(milliseconds).ok().map(|_| Instant(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, text: &str, expected: &str) {
        let shanghai = Zone::parse("Asia/Shanghai").expect("a zone");
        let read = TimeFormat::parse(format).expect("a format").read(text, &shanghai);
        assert_eq!(read.map_or("none".to_owned(), Instant::to_rfc3339), expected, "{format} {text}");
    }

    #[test]
    fn formats_read_what_logs_write() {
        check("iso", "2011-05-07T09:30:00.250+02:00", "2011-05-07T07:30:00.250Z");
        check("iso", "2011-05-07T09:30:00Z", "2011-05-07T09:30:00.000Z");
        check("iso", "2011-05-07 09:30", "2011-05-07T01:30:00.000Z");
        check("iso", "2011-05-07", "2011-05-06T16:00:00.000Z");
        check("iso", "2010-11-12T12:40:44.661.0Z", "none");
        check("iso", "0000-00-00 00:00:00", "none");
        check("iso", "2011-02-30T00:00:00", "none");
        check("unix_s", "-1", "1969-12-31T23:59:59.000Z");
        check("unix_ms", "1318333540276", "2011-10-11T11:45:40.276Z");
        check("unix_ms", "9223372036854775807", "none");
        check("%d.%m.%Y %H:%M:%S", "07.05.2011 09:30:00", "2011-05-07T01:30:00.000Z");
        check("%Y/%m/%d %H:%M:%S%.f", "2011/5/7 9:30:00.25", "2011-05-07T01:30:00.250Z");
        check("%Y年%m月%d日 %H时%M分", "2011年05月07日 09时30分", "2011-05-07T01:30:00.000Z");
        check("%Y-%m-%d %H:%M:%S %z", "2011-05-07 09:30:00 +0200", "2011-05-07T07:30:00.000Z");
        check("%Y%m%d", "20110507", "2011-05-06T16:00:00.000Z");
        check("%Y%m%d", "2011050799", "none");
    }

    #[test]
    fn clock_changes_have_one_reading() {
        let amsterdam = Zone::parse("Europe/Amsterdam").expect("a zone");
        let read = |text| TimeFormat::Iso.read(text, &amsterdam).map(Instant::to_rfc3339);
        assert_eq!(read("2011-10-30T02:30:00").as_deref(), Some("2011-10-30T00:30:00.000Z"), "the earlier of two");
        assert_eq!(read("2011-03-27T02:30:00").as_deref(), Some("2011-03-27T01:30:00.000Z"), "the later of none");
    }

    #[test]
    fn a_wrong_pattern_is_refused_when_the_mapping_loads() {
        assert!(TimeFormat::parse("%d.%Q.%Y").is_err());
        assert!(TimeFormat::parse("dd.mm.yyyy").is_err());
        assert!(TimeFormat::parse("%H:%M").is_err(), "no date");
    }
}
