//! Laws of working time: it adds up, `due` is its inverse, and a count minute by minute, made from the notices alone, agrees.

use proptest::{collection::vec, prelude::*};

use super::*;

/// With whole and half hours of change, and a day that never was (Samoa, 2011-12-30).
const ZONES: [&str; 5] =
    ["Asia/Shanghai", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];
const MINUTE_MS: i64 = 60_000;
/// The notices run from 2011 to 2013.
const FIRST_YEAR: i16 = 2011;

/// A zone and the notices of three years, sound but otherwise anything.
fn settings() -> impl Strategy<Value = (Zone, Vec<CalendarYear>)> {
    let years: Vec<_> = (FIRST_YEAR..FIRST_YEAR + 3).map(notice).collect();
    (prop::sample::select(ZONES.to_vec()), years)
        .prop_map(|(zone, years)| (Zone::parse(zone).expect("a known zone"), years))
}

fn notice(year: i16) -> impl Strategy<Value = CalendarYear> {
    let first = Date::new(year, 1, 1).expect("a day");
    let marks = vec((0..365_i32, any::<bool>()), 0..40);
    let own = vec((prop_oneof![(0..7_u8).prop_map(Ok), (0..365_i32).prop_map(Err)], vec(0..=1440_u16, 0..5)), 0..6);
    (marks, any::<[bool; 7]>(), vec(0..=1440_u16, 0..6), own).prop_map(move |(marks, week, edges, own)| {
        let marks: BTreeMap<i32, bool> = marks.into_iter().collect();
        let days = |worked: bool| {
            marks.iter().filter(|mark| *mark.1 == worked).map(|mark| first.plus(*mark.0)).collect::<Vec<_>>()
        };
        let hours = |mut edges: Vec<u16>| {
            edges.sort_unstable();
            edges.dedup();
            edges.chunks_exact(2).map(|edge| Span { from_minute: edge[0], to_minute: edge[1] }).collect()
        };
        let on = |on: Result<u8, i32>| on.map_or_else(|day| On::Date(first.plus(day)), On::Weekday);
        let own_hours = own.into_iter().map(|(days, edges)| OwnHours { on: on(days), hours: hours(edges) }).collect();
        CalendarYear { year, off_days: days(false), work_days: days(true), week, hours: hours(edges), own_hours }
    })
}

fn calendar(years: &[CalendarYear]) -> Calendar {
    let mut calendar = Calendar::default();
    years.iter().for_each(|year| calendar.insert(year.clone()));
    calendar
}

/// An instant well inside the known years, `unit_ms` fine.
fn instant(unit_ms: i64) -> impl Strategy<Value = i64> {
    let (first, last) = (Date::new(2011, 1, 3).expect("a day"), Date::new(2013, 12, 1).expect("a day"));
    let bounds = |date: Date| i64::from(date.0) * crate::time::DAY_MS / unit_ms;
    (bounds(first)..bounds(last)).prop_map(move |units| units * unit_ms)
}

fn suspensions(from: i64, length: i64) -> impl Strategy<Value = Vec<(Instant, Instant)>> {
    let pair = (-20..=120_i64, -10..=60_i64).prop_map(move |(start, percent)| {
        let start = from + length / MINUTE_MS * start / 100 * MINUTE_MS;
        (Instant(start), Instant(start + length / MINUTE_MS * percent / 100 * MINUTE_MS))
    });
    vec(pair, 0..5)
}

/// The definition, read off the notices: minute by minute, does the wall clock show an open hour of a working day?
fn by_minutes(years: &[CalendarYear], zone: &Zone, from: i64, to: i64, suspended: &[(Instant, Instant)]) -> i64 {
    let works = |at: i64| {
        let local = zone.local_ms(Instant(at));
        let date = zone.date(Instant(at));
        let minute = (local.rem_euclid(crate::time::DAY_MS) / MINUTE_MS) as u16;
        let year = &years[(date.civil().year() - FIRST_YEAR) as usize];
        let weekly = |own: &&OwnHours| own.on == On::Weekday(date.weekday()) && !year.work_days.contains(&date);
        let dated = year.own_hours.iter().rev().find(|own| own.on == On::Date(date));
        let own = dated.or_else(|| year.own_hours.iter().rev().find(weekly));
        let day = year.work_days.contains(&date)
            || (year.week[usize::from(date.weekday())] && !year.off_days.contains(&date));
        let day = if dated.is_some() { true } else { day };
        day && own
            .map_or(&year.hours, |own| &own.hours)
            .iter()
            .any(|span| (span.from_minute..span.to_minute).contains(&minute))
            && !suspended.iter().any(|(start, end)| (start.0..end.0).contains(&at))
    };
    (from / MINUTE_MS..to / MINUTE_MS).filter(|minute| works(minute * MINUTE_MS)).count() as i64 * MINUTE_MS
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_count_by_minutes_agrees(
        (zone, years) in settings(),
        (from, length, suspended) in (instant(MINUTE_MS), 0..30_000_i64)
            .prop_flat_map(|(from, minutes)| (Just(from), Just(minutes * MINUTE_MS), suspensions(from, minutes * MINUTE_MS))),
    ) {
        let fast = calendar(&years).working_ms(&zone, Instant(from), Instant(from + length), &suspended);
        prop_assert_eq!(fast, Ok(by_minutes(&years, &zone, from, from + length, &suspended)));
    }

    #[test]
    fn a_count_by_minutes_agrees_at_clock_changes(
        (zone, years) in settings(), start in instant(MINUTE_MS), before in 0..3_000_i64, after in 0..3_000_i64,
    ) {
        let change = zone.next_change(Instant(start)).map_or(start, |change| change.0);
        prop_assume!(zone.date(Instant(change)).civil().year() < 2014);
        let (from, to) = (change - before * MINUTE_MS, change + after * MINUTE_MS);
        let fast = calendar(&years).working_ms(&zone, Instant(from), Instant(to), &[]);
        prop_assert_eq!(fast, Ok(by_minutes(&years, &zone, from, to, &[])));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn working_time_adds_up(
        (zone, years) in settings(),
        mut times in [instant(1), instant(1), instant(1)],
        suspended in suspensions(1_330_000_000_000, 40_000_000_000),
    ) {
        times.sort_unstable();
        let calendar = calendar(&years);
        let between = |from: i64, to: i64| calendar.working_ms(&zone, Instant(from), Instant(to), &suspended);
        let [from, middle, to] = times;
        prop_assert_eq!(between(from, to)?, between(from, middle)? + between(middle, to)?);
    }

    #[test]
    fn due_is_the_inverse_of_working_time(
        (zone, years) in settings(),
        from in instant(1),
        budget in prop_oneof![0..1000_i64, 0..3_000_000_000_i64],
        suspended in suspensions(1_330_000_000_000, 40_000_000_000),
    ) {
        let calendar = calendar(&years);
        let until = |to: i64| calendar.working_ms(&zone, Instant(from), Instant(to), &suspended);
        match calendar.due(&zone, Instant(from), budget, &suspended) {
            Ok(due) if budget == 0 => prop_assert_eq!(due.0, from),
            Ok(due) => {
                prop_assert_eq!(until(due.0)?, budget);
                prop_assert_eq!(until(due.0 - 1)?, budget - 1);
            }
            Err(error) => {
                prop_assert_eq!(error, CalendarError::UnknownYear(2014));
                prop_assert!(until(zone.day_start(Date::new(2014, 1, 1).expect("a day")).0)? < budget);
            }
        }
    }

    #[test]
    fn the_nth_working_day_is_found_day_by_day((_, years) in settings(), from in instant(crate::time::DAY_MS), n in 0..300_u32) {
        let calendar = calendar(&years);
        let from = Date((from / crate::time::DAY_MS) as i32);
        let mut expected = Ok(from);
        for _ in 0..n {
            let mut next = expected;
            loop {
                next = next.map(|date| date.plus(1));
                match next.and_then(|date| calendar.is_working(date)) {
                    Ok(false) => {}
                    Ok(true) => break,
                    Err(error) => {
                        next = Err(error);
                        break;
                    }
                }
            }
            expected = next;
            if expected.is_err() {
                break;
            }
        }
        prop_assert_eq!(calendar.nth_working_day(from, n), expected);
    }

    #[test]
    fn always_is_elapsed_time(zone in prop::sample::select(ZONES.to_vec()), from in instant(1), length in 0..9_000_000_000_000_i64) {
        let zone = Zone::parse(zone).expect("a known zone");
        let calendar = Calendar::always();
        prop_assert_eq!(calendar.working_ms(&zone, Instant(from), Instant(from + length), &[]), Ok(length));
        prop_assert_eq!(calendar.due(&zone, Instant(from), length, &[]), Ok(Instant(from + length)));
    }
}
