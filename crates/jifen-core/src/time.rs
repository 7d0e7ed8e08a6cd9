//! Vocabulary: instants, civil dates, zones and the periods that boards and awards are counted by.

use std::fmt;

use jiff::{Timestamp, civil, tz::TimeZone};
use minicbor::{Decode, Encode};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, finer parts floored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Instant(#[n(0)] pub i64);

impl Instant {
    /// Before every event.
    pub const MIN: Self = Self(i64::MIN);
    /// After every event.
    pub const MAX: Self = Self(i64::MAX);

    /// Parses an RFC 3339 time with an offset.
    pub fn parse(text: &str) -> Option<Self> {
        let stamp: Timestamp = text.parse().ok()?;
        Some(Self(stamp.as_nanosecond().div_euclid(1_000_000) as i64))
    }

    /// RFC 3339 in UTC with milliseconds, `2026-11-23T10:42:07.000Z`.
    pub fn to_rfc3339(self) -> String {
        Timestamp::from_millisecond(self.0).map_or_else(|_| self.0.to_string(), |stamp| format!("{stamp:.3}"))
    }
}

/// A civil date: days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Date(#[n(0)] pub i32);

impl Date {
    /// Year, month and day; `None` when there is no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self::from)
    }

    /// Parses `2026-11-23`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        text.parse::<civil::Date>().ok().map(Self::from)
    }

    /// The civil calendar's date.
    pub fn civil(self) -> civil::Date {
        let epoch = civil::date(1970, 1, 1);
        epoch.saturating_add(jiff::Span::new().days(self.0.clamp(-4_000_000, 2_900_000)))
    }

    /// The day `days` later.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// 0 = Monday … 6 = Sunday.
    pub fn weekday(self) -> u8 {
        (self.0 + 3).rem_euclid(7) as u8
    }
}

impl From<civil::Date> for Date {
    fn from(date: civil::Date) -> Self {
        let (mut year, month, day) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
        // Days from civil (H. Hinnant, "chrono-compatible low-level date algorithms").
        year -= i32::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.civil(), f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self})")
    }
}

/// A region's time zone (IANA name).
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// Looks `name` up in the time zone database that is compiled in.
    pub fn parse(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Civil date of `instant` in this zone.
    pub fn date(&self, instant: Instant) -> Date {
        Date(self.local_ms(instant).div_euclid(DAY_MS) as i32)
    }

    /// Local wall-clock time as milliseconds since 1970-01-01T00:00 local.
    pub fn local_ms(&self, instant: Instant) -> i64 {
        let offset = Timestamp::from_millisecond(instant.0).map_or(0, |stamp| self.0.to_offset(stamp).seconds());
        instant.0 + i64::from(offset) * 1000
    }

    /// The first change of the zone's clock after `instant`; until then the offset of `instant` holds.
    pub fn next_change(&self, instant: Instant) -> Option<Instant> {
        let stamp = Timestamp::from_millisecond(instant.0).ok()?;
        self.0.following(stamp).next().map(|change| Instant(change.timestamp().as_millisecond()))
    }

    /// The instant of a local wall-clock time; in a gap the later, in a fold the earlier reading.
    pub fn instant(&self, local: civil::DateTime) -> Option<Instant> {
        let zoned = self.0.to_ambiguous_zoned_datetime(local).compatible().ok()?;
        Some(Instant(zoned.timestamp().as_millisecond()))
    }

    /// The instant at which `date` begins.
    pub fn day_start(&self, date: Date) -> Instant {
        self.instant(date.civil().at(0, 0, 0, 0)).unwrap_or(Instant(i64::from(date.0) * DAY_MS))
    }
}

/// Milliseconds of a civil day without clock changes.
pub const DAY_MS: i64 = 86_400_000;

/// How long a period is. The order is from short to long; `All` is longest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Grain {
    /// One business date.
    #[n(0)]
    Day,
    /// An ISO 8601 week, Monday to Sunday.
    #[n(1)]
    Week,
    /// A calendar month.
    #[n(2)]
    Month,
    /// Three calendar months.
    #[n(3)]
    Quarter,
    /// A calendar year.
    #[n(4)]
    Year,
    /// All time; nothing ends it.
    #[n(5)]
    All,
}

impl Grain {
    /// Every grain that can end, from short to long.
    pub const ENDING: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// Parses `day`, `week`, `month`, `quarter`, `year` or `all`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            "all" => Self::All,
            _ => return None,
        })
    }

    /// The word of rule files and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::All => "all",
        }
    }
}

/// A period by business date: `2011-05-07`, `2011-W18`, `2011-05`, `2011-Q2`, `2011`, `all`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Period {
    /// How long it is.
    #[n(0)]
    pub grain: Grain,
    /// Its first day; `Date(i32::MIN)` for `all`.
    #[n(1)]
    pub first: Date,
}

impl Period {
    /// All time.
    pub const ALL: Self = Self { grain: Grain::All, first: Date(i32::MIN) };

    /// The period of `grain` that holds `date`.
    pub fn holding(grain: Grain, date: Date) -> Self {
        let civil = date.civil();
        let first_of = |month: i8| Date::from(civil::date(civil.year(), month, 1));
        let first = match grain {
            Grain::Day => date,
            Grain::Week => date.plus(-i32::from(date.weekday())),
            Grain::Month => first_of(civil.month()),
            Grain::Quarter => first_of((civil.month() - 1) / 3 * 3 + 1),
            Grain::Year => first_of(1),
            Grain::All => return Self::ALL,
        };
        Self { grain, first }
    }

    /// Parses the text forms named at the type.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "all" {
            return Some(Self::ALL);
        }
        let bytes = text.as_bytes();
        let year: i16 = text.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
        let two = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<i8>().ok()).flatten();
        match (text.len(), bytes.get(4), bytes.get(5)) {
            (4, None, None) => Some(Self { grain: Grain::Year, first: Date::new(year, 1, 1)? }),
            (7, Some(b'-'), Some(b'Q')) => {
                let quarter = two(text.get(6..)?).filter(|q| (1..=4).contains(q))?;
                Some(Self { grain: Grain::Quarter, first: Date::new(year, quarter * 3 - 2, 1)? })
            }
            (7, Some(b'-'), Some(_)) => {
                Some(Self { grain: Grain::Month, first: Date::new(year, two(text.get(5..)?)?, 1)? })
            }
            (8, Some(b'-'), Some(b'W')) => {
                let week = two(text.get(6..)?)?;
                let date = civil::ISOWeekDate::new(year, week, civil::Weekday::Monday).ok()?;
                Some(Self { grain: Grain::Week, first: date.date().into() })
            }
            (10, ..) => Some(Self { grain: Grain::Day, first: Date::parse(text)? }),
            _ => None,
        }
    }

    /// Its last day; `Date(i32::MAX)` for `all`.
    pub fn last(self) -> Date {
        match self.grain {
            Grain::All => Date(i32::MAX),
            _ => self.next().first.plus(-1),
        }
    }

    /// The period of the same length that follows; `all` follows itself.
    pub fn next(self) -> Self {
        let days = match self.grain {
            Grain::Day => 1,
            Grain::Week => 7,
            Grain::Month => 31,
            Grain::Quarter => 92,
            Grain::Year => 366,
            Grain::All => return self,
        };
        Self::holding(self.grain, self.first.plus(days))
    }

    /// Whether `date` lies in it.
    pub fn contains(self, date: Date) -> bool {
        self.grain == Grain::All || (self.first <= date && date <= self.last())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.grain == Grain::All {
            return f.write_str("all");
        }
        let civil = self.first.civil();
        match self.grain {
            Grain::Day | Grain::All => write!(f, "{civil}"),
            Grain::Week => {
                let week = civil.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Grain::Month => write!(f, "{:04}-{:02}", civil.year(), civil.month()),
            Grain::Quarter => write!(f, "{:04}-Q{}", civil.year(), (civil.month() - 1) / 3 + 1),
            Grain::Year => write!(f, "{:04}", civil.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_round_trip_and_hold_their_days() {
        for text in ["2011-05-07", "2011-W18", "2011-05", "2011-Q2", "2011", "all", "2020-W53", "2024-02-29"] {
            let period = Period::parse(text).expect(text);
            assert_eq!(period.to_string(), text);
        }
        for text in ["2011-5", "2011-13", "2011-Q5", "2011-W54", "2011-02-30", "11", "+011", "ALL", "2011-W1"] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
        let date = Date::parse("2011-05-07").expect("date");
        assert_eq!(Period::holding(Grain::Week, date).to_string(), "2011-W18");
        assert_eq!(Period::holding(Grain::Quarter, date).last().to_string(), "2011-06-30");
        assert_eq!(Period::holding(Grain::Year, date).next().to_string(), "2012");
        assert_eq!(Period::holding(Grain::Month, date).next().to_string(), "2011-06");
    }

    #[test]
    fn dates_agree_with_the_civil_calendar() {
        for days in (-200_000..200_000).step_by(97) {
            assert_eq!(Date::from(Date(days).civil()), Date(days));
        }
        assert_eq!(Date::parse("2026-11-23").map(Date::weekday), Some(0));
    }

    #[test]
    fn local_dates_follow_the_zone() {
        let zone = Zone::parse("Asia/Shanghai").expect("zone");
        let instant = Instant::parse("2011-05-06T16:00:00Z").expect("time");
        assert_eq!(zone.date(instant).to_string(), "2011-05-07");
        assert_eq!(zone.day_start(zone.date(instant)), instant);
        assert_eq!(Instant::parse("2011-05-06T16:00:00.1239Z").map(|i| i.0 % 1000), Some(123));
    }
}
