//! Questions to a few calendars: those of `vectors.txt` answered by hand, those of `counted.txt` by counting minutes.

use super::*;

const VECTORS: [&str; 2] = [include_str!("vectors.txt"), include_str!("counted.txt")];

#[test]
fn vectors_hold() {
    let lines =
        || VECTORS.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert!(lines().count() >= 500);
    let wrong: Vec<String> = lines().filter_map(check).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with a line, if anything.
fn check(line: &str) -> Option<String> {
    let (question, expected) = line.split_once(" = ").expect(line);
    let words: Vec<&str> = question.split_whitespace().collect();
    let (calendar, zone) = calendar(words[1]);
    let suspended: Vec<_> = words[2..].iter().filter_map(|word| suspension(&zone, word)).collect();
    let time = |text: &str| instant(&zone, text).0;
    let date = |text: &str| Date::parse(text).expect(text);
    let answer = match words[0] {
        "work" => calendar
            .working_ms(&zone, Instant(time(words[2])), Instant(time(words[3])), &suspended)
            .map(|found| (found.to_string(), found == duration(expected))),
        "due" => calendar
            .due(&zone, Instant(time(words[2])), duration(words[3]), &suspended)
            .map(|found| (found.to_rfc3339(), found == instant(&zone, expected))),
        "day" => calendar
            .nth_working_day(date(words[2]), words[3].parse().expect(line))
            .map(|found| (found.to_string(), found.to_string() == expected)),
        "open" => calendar.is_working(date(words[2])).map(|found| (found.to_string(), found == (expected == "yes"))),
        other => unreachable!("no question `{other}`"),
    };
    let (found, right) = answer.unwrap_or_else(|error| (error.code(), error.code() == expected));
    (!right).then(|| format!("{line}\n  found {found}"))
}

fn calendar(name: &str) -> (Calendar, Zone) {
    let known = |years: &[i16], notice: &dyn Fn(i16) -> CalendarYear| {
        let mut calendar = Calendar::default();
        years.iter().for_each(|&year| calendar.insert(notice(year)));
        calendar
    };
    let china = |year| holidays::china(year).expect("a known year");
    let hours = |spans: &[(u16, u16)]| -> Vec<Span> {
        spans.iter().map(|&(from, to)| Span { from_minute: from * 60, to_minute: to * 60 }).collect()
    };
    let (calendar, zone) = match name {
        "china" => (known(&[2024, 2025, 2026], &china), "Asia/Shanghai"),
        "gap" => (known(&[2023, 2025], &china), "Asia/Shanghai"),
        "none" => (Calendar::default(), "Asia/Shanghai"),
        "saturday" => {
            let week = [true, true, true, true, true, true, false];
            (known(&[2026], &|year| CalendarYear { week, ..china(year) }), "Asia/Shanghai")
        }
        "half" => {
            let week = [true, true, true, true, true, true, false];
            let date = |text: &str| On::Date(Date::parse(text).expect(text));
            let own_hours = [
                (On::Weekday(5), hours(&[(9, 12)])),
                (date("2026-02-13"), hours(&[(9, 12)])),
                (date("2026-03-05"), vec![]),
                (date("2026-10-17"), hours(&[(9, 12), (13, 15)])),
                (date("2026-06-21"), hours(&[(10, 11)])),
            ];
            let own_hours = own_hours.map(|(on, hours)| OwnHours { on, hours }).to_vec();
            let notice = |year| CalendarYear { week, own_hours: own_hours.clone(), ..china(year) };
            (known(&[2026], &notice), "Asia/Shanghai")
        }
        "night" => {
            let hours = hours(&[(0, 6), (22, 24)]);
            let notice = |year| CalendarYear { hours: hours.clone(), ..CalendarYear::new(year) };
            (known(&[2025, 2026], &notice), "Asia/Shanghai")
        }
        "closed" => {
            (known(&[2026], &|year| CalendarYear { hours: vec![], ..CalendarYear::new(year) }), "Asia/Shanghai")
        }
        "shut" => (Calendar::every_day(&[]), "Asia/Shanghai"),
        "always" => (Calendar::always(), "Asia/Shanghai"),
        "always-nl" => (Calendar::always(), "Europe/Amsterdam"),
        "early-nl" => (Calendar::every_day(&hours(&[(0, 6)])), "Europe/Amsterdam"),
        "early-lord-howe" => (Calendar::every_day(&hours(&[(0, 6)])), "Australia/Lord_Howe"),
        "nl" => {
            let hours = hours(&[(8, 17)]);
            let notice = |year| CalendarYear { hours: hours.clone(), ..CalendarYear::new(year) };
            (known(&[2026], &notice), "Europe/Amsterdam")
        }
        "office-apia" => (Calendar::every_day(&Span::OFFICE_HOURS), "Pacific/Apia"),
        other => unreachable!("no calendar `{other}`"),
    };
    (calendar, Zone::parse(zone).expect(zone))
}

fn suspension(zone: &Zone, word: &str) -> Option<(Instant, Instant)> {
    let (from, to) = word.strip_prefix('-')?.split_once('/')?;
    Some((instant(zone, from), instant(zone, to)))
}

fn instant(zone: &Zone, text: &str) -> Instant {
    match text {
        "forever" | "never" => Instant(i64::MAX),
        text => Instant::parse(text).or_else(|| zone.instant(text.parse().ok()?)).unwrap_or(Instant(i64::MIN)),
    }
}

/// `1h30m`, `5s`, `1ms` in milliseconds.
fn duration(text: &str) -> i64 {
    let mut sum = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let factor = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return i64::MIN,
        };
        let Ok(number) = number.parse::<i64>() else { return i64::MIN };
        sum += number * factor;
        rest = tail;
    }
    sum
}
