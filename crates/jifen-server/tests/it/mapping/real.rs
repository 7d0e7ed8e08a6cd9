//! The real logs, where they are present: events by type, and the reference points calculated anew from the events.

use std::io::Read;

use super::{
    oracle::{CaseSum, cases, date, month, points_r1, services},
    *,
};

/// The folder of a log, announced if it is absent.
fn log(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("JIFEN_DATA").map_or_else(|| workspace().join("../shared/data"), PathBuf::from);
    let folder = data.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("not run: no log `{}`; set JIFEN_DATA to the folder that holds it", folder.display());
    None
}

fn events(mapping: &str, file: PathBuf) -> Vec<CloudEvent> {
    let mapping = load(&workspace().join("mappings").join(mapping));
    let (events, errors) = read(Some(&mapping), &[file], Actors::ByForm);
    assert!(errors.is_empty(), "{} errors, first: {}", errors.len(), errors[0]);
    events
}

/// Rows of an expected table.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let bytes = std::fs::read(path).expect("a table");
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8");
    }
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().expect("a table")
}

fn number(row: &BTreeMap<String, String>, column: &str) -> i64 {
    row[column].parse().expect("a number")
}

type Points = BTreeMap<(String, String, String), (i64, i64)>;

/// R1 by zone, month and person: cases and points.
fn r1(cases: &BTreeMap<String, CaseSum>, standard_ms: i64) -> Points {
    let mut points = Points::new();
    for zone in ["Asia/Shanghai", "Europe/Amsterdam"] {
        for case in cases.values() {
            let sum = points.entry((zone.to_owned(), month(case.last_ms, zone), case.person.clone())).or_default();
            sum.0 += 1;
            sum.1 += points_r1(case, standard_ms);
        }
    }
    points
}

fn expected_r1(folder: &Path) -> Points {
    let rows = table(&folder.join("expected_points_by_resource_month.csv")).into_iter();
    rows.map(|row| {
        let sums = (number(&row, "cases"), number(&row, "points"));
        ((row["tz"].clone(), row["month"].clone(), row["resource"].clone()), sums)
    })
    .collect()
}

fn assert_r1(folder: &Path, events: &[CloudEvent], standard_ms: i64) {
    let cases = cases(events);
    assert!(cases.values().all(|case| case.completed_last));
    assert_eq!(r1(&cases, standard_ms), expected_r1(folder));
}

#[test]
fn wabo_in_both_forms() {
    let Some(folder) = log("wabo-receipt") else { return };
    let csv = events("wabo-receipt.toml", folder.join("events.csv.gz"));
    let xes = events("wabo-receipt-xes.toml", folder.join("receipt.xes.gz"));
    for events in [&csv, &xes] {
        assert_eq!(counts(events), "actor.identified 48, case.completed 1434, case.step 8577");
        assert_admitted(events);
        assert_r1(&folder, events, 2_800_432);
        assert_r2(&folder, events);
    }
    assert_eq!(csv, events("wabo-receipt.toml", folder.join("events.csv.gz")), "a second reading gives the same");
    assert_eq!(xes, events("wabo-receipt-xes.toml", folder.join("receipt.xes.gz")));
    let systems = csv.iter().filter(|event| event.data.get("kind").is_some_and(|kind| kind == "system")).count();
    assert_eq!(systems, 5, "admin1 to admin3, TEST, test");
}

fn assert_r2(folder: &Path, events: &[CloudEvent]) {
    let mut found: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for case in cases(events).into_values() {
        let sum = found.entry((month(case.last_ms, "Asia/Shanghai"), case.person)).or_default();
        sum.0 += 1;
        sum.1 += i64::from(case.on_time);
    }
    let expected = table(&folder.join("expected_R2_ontime_by_resource_month.csv")).into_iter();
    let expected = expected.map(|row| {
        let sums = (number(&row, "cases"), number(&row, "ontime"));
        ((row["month"].clone(), row["resource"].clone()), sums)
    });
    assert_eq!(found, expected.collect());
}

#[test]
fn bpi2020_steps_and_returns() {
    let Some(folder) = log("bpi2020-domestic") else { return };
    let events = events("bpi2020-domestic.toml", folder.join("events.csv.gz"));
    assert_eq!(counts(&events), "actor.identified 7, case.completed 10357, case.returned 1365, case.step 54263");
    assert_admitted(&events);
    assert_r1(&folder, &events, 631_780_000);
    let mut found: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for case in cases(&events).into_values() {
        let sum = found.entry(month(case.last_ms, "Asia/Shanghai")).or_default();
        sum.0 += 1;
        sum.1 += i64::from(case.first_pass);
    }
    let expected = table(&folder.join("expected_R3_first_pass_by_month.csv")).into_iter();
    let expected = expected.map(|row| (row["month"].clone(), (number(&row, "cases"), number(&row, "first_pass"))));
    assert_eq!(found, expected.collect());
}

#[test]
fn bpi2012_cases() {
    let Some(folder) = log("bpi2012-loan") else { return };
    let events = events("bpi2012-loan.toml", folder.join("events.csv.gz"));
    assert_eq!(counts(&events), "actor.identified 68, case.completed 13087, case.step 262200");
    assert_r1(&folder, &events, 69_857_434);
}

#[test]
fn bpi2012_manual_work() {
    let Some(folder) = log("bpi2012-loan") else { return };
    let events = events("bpi2012-loan-r4.toml", folder.join("events.csv.gz"));
    assert_eq!(counts(&events), "actor.identified 59, service.ended 72413, service.started 71376");
    assert_admitted(&events);
    let mut found: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for service in services(&events) {
        let sum = found.entry(service.person).or_default();
        sum.0 += 1;
        sum.1 += points(service.duration_ms, 1_200_000, 1_800_000);
    }
    assert_eq!(found.values().map(|sum| sum.1).sum::<i64>(), 325_130);
    let expected = table(&folder.join("expected_R4_by_resource.csv")).into_iter();
    let expected = expected.map(|row| (row["resource"].clone(), (number(&row, "services"), number(&row, "points"))));
    assert_eq!(found, expected.collect());
}

#[test]
fn hospital_with_its_unknown_actors() {
    let Some(folder) = log("hospital-billing-10k") else { return };
    let events = events("hospital-billing-10k.toml", folder.join("events.csv.gz"));
    assert_eq!(counts(&events), "actor.identified 565, case.completed 10000, case.step 49951");
    let steps = events.iter().filter(|event| event.kind == "jifen.case.step");
    assert_eq!(steps.clone().filter(|event| !event.data.contains_key("person")).count(), 23_576);
    assert_eq!(steps.filter(|event| event.data["case"] == "").count(), 1);
    assert_admitted(&events);
    assert_r1(&folder, &events, 12_998_651_000);
}

#[test]
fn bank_calls() {
    let Some(folder) = log("bank-calls-1999-02a") else { return };
    let events = events("bank-calls-1999-02a.toml", folder.join("calls.csv.gz"));
    assert_eq!(
        counts(&events),
        "actor.identified 24, queue.abandoned 2908, queue.joined 8871, queue.taken 17313, service.ended 14380, service.started 14380"
    );
    assert_admitted(&events);
    let mut found: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for service in
        services(&events).into_iter().filter(|service| service.person != "UNKNOWN" && service.duration_ms > 0)
    {
        let sum = found.entry((date(service.start_ms, "Asia/Shanghai"), service.person)).or_default();
        sum.0 += 1;
        sum.1 += points(service.duration_ms, 180_000, 270_000);
    }
    assert_eq!(found.values().map(|sum| sum.1).sum::<i64>(), 42_700);
    let expected = table(&folder.join("expected_R5_by_server_day.csv")).into_iter();
    let expected = expected
        .map(|row| ((row["date"].clone(), row["server"].clone()), (number(&row, "calls"), number(&row, "points"))));
    assert_eq!(found, expected.collect());
}

/// R4 and R5: up to the first limit +5, over the second -3, else 0.
fn points(duration_ms: i64, good_ms: i64, bad_ms: i64) -> i64 {
    match duration_ms {
        _ if duration_ms <= good_ms => 5,
        _ if duration_ms > bad_ms => -3,
        _ => 0,
    }
}
