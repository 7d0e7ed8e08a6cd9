//! What the demo promises: the same bytes from the same seed, events the catalogue admits, and the planted dirt.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jifen_core::{
    event::admit,
    id::RegionSecret,
    time::{Date, Instant},
};
use serde_json::Value;

/// The demo most tests look at, made once.
static DEMO: LazyLock<jifen_sim::Demo> = LazyLock::new(|| demo(1));

fn demo(seed: u64) -> jifen_sim::Demo {
    jifen_sim::demo(seed, Date::parse("2026-11-22").expect("date")).expect("demo")
}

fn parsed(demo: &jifen_sim::Demo) -> Vec<Value> {
    demo.events.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn one_seed_gives_one_demo() {
    assert!(demo(1).events == DEMO.events);
    assert!(demo(2).events != DEMO.events);
}

#[test]
fn the_catalogue_admits_every_event() {
    let received = Instant::parse("2026-11-23T00:00:00+08:00").expect("time");
    for event in parsed(&DEMO) {
        let Value::Object(envelope) = event.clone() else { unreachable!("an event is an object") };
        if let Err(refusal) = admit(&envelope, &RegionSecret::new([1; 32]), received, &mut || [0; 16]) {
            unreachable!("{event}: {refusal}");
        }
    }
}

#[test]
fn the_planted_dirt_is_there() {
    let events = parsed(&DEMO);
    let text = |event: &Value, pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut ids, mut repeats, mut late, mut latest) = (BTreeSet::new(), 0, 0, String::new());
    let (mut starts, mut hasty) = (BTreeMap::new(), 0);
    for event in &events {
        let (kind, time, service) = (text(event, "/type"), text(event, "/time"), text(event, "/data/service"));
        *kinds.entry(kind.clone()).or_default() += 1;
        let first = ids.insert((text(event, "/source"), text(event, "/id")));
        repeats += usize::from(!first);
        late += usize::from(first && time < latest);
        latest = time.clone().max(latest);
        match kind.as_str() {
            "jifen.service.started" => drop(starts.insert(service, time)),
            "jifen.service.ended" => {
                let second = |time: &str| Instant::parse(time).expect("time").0 / 1000;
                hasty += usize::from(starts.get(&service).is_some_and(|start| second(&time) - second(start) == 10));
            }
            _ => {}
        }
    }
    eprintln!("{} events, {repeats} repeats, {late} late, {hasty} hasty, {kinds:#?}", events.len());
    assert!((20_000..120_000).contains(&events.len()));
    assert!(repeats > 500 && late > 50 && hasty > 3);
    for kind in [
        "queue.taken",
        "queue.abandoned",
        "queue.recalled",
        "operator.login",
        "service.held",
        "rating.submitted",
        "case.supplement_asked",
        "case.suspended",
        "case.returned",
        "case.declined",
        "case.withdrawn",
        "case.completed",
        "data.shared",
        "suggestion.adopted",
        "complaint.filed",
        "system.outage",
    ] {
        assert!(kinds.contains_key(&format!("jifen.{kind}")), "{kind}");
    }
    let named = |code: &str| events.iter().any(|event| text(event, "/data/person") == code);
    assert!(named("sys-auto") && named("temp-07"));
}

#[test]
fn the_pilot_shortens_services_in_the_tax_hall_alone() {
    let mut sums: BTreeMap<(bool, bool), (i64, i64)> = BTreeMap::new();
    let mut starts = BTreeMap::new();
    for event in parsed(&DEMO) {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
        let (service, time) = (text("/data/service"), Instant::parse(&text("/time")).expect("time"));
        match text("/type").as_str() {
            "jifen.service.started" => drop(starts.insert(service, time)),
            "jifen.service.ended" => {
                let Some(start) = starts.get(&service) else { continue };
                let later = start.0 > Instant::parse("2026-10-24T00:00:00+08:00").expect("time").0;
                let sum = sums.entry((text("/data/hall") == "SW", later)).or_default();
                *sum = (sum.0 + time.0 - start.0, sum.1 + 1);
            }
            _ => {}
        }
    }
    let minutes = |tax, later| sums.get(&(tax, later)).map_or(0, |(sum, count)| sum / count / 60_000);
    assert!(minutes(true, false) > minutes(true, true) + 6, "{sums:?}");
    assert!((minutes(false, false) - minutes(false, true)).abs() < 4, "{sums:?}");
}

#[test]
fn the_files_are_written_and_a_year_without_a_notice_is_made_up() {
    let directory = tempfile::tempdir().expect("directory");
    let demo = jifen_sim::demo(3, Date::parse("2030-06-30").expect("date")).expect("demo");
    jifen_sim::write(&demo, directory.path()).expect("written");
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).expect(name);
    assert!(read("region.toml").contains("simulated = true"));
    assert_eq!(read("people.csv").lines().count(), 47);
    assert_eq!(read("windows.csv").lines().count(), 21);
    assert_eq!(read("events.jsonl").lines().count(), demo.events.len());
    assert!(read("calendar.csv").contains("cn,2030"));
}
