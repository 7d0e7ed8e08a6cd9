//! What the city promises: the same bytes from the same seed, events the catalogue admits, the planted dirt, the pilot's effect.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jifen_core::{
    event::admit,
    id::RegionSecret,
    time::{Date, Instant},
};
use jifen_sim::{City, Hundred, Moment, Scale, Seed, Stream, Tally};
use serde_json::Value;

fn date(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn found(number: u64, anchor: &str, scale: Scale) -> City {
    City::new(Seed { number, anchor: date(anchor), scale }).expect("city")
}

/// Events of a span, from one day's beginning to another's.
fn events(city: &City, from: &str, to: &str) -> Vec<String> {
    all_before(&mut Stream::new(city, Moment::at(date(from), 0), None), Moment::at(date(to), 0))
}

fn all_before(stream: &mut Stream<'_>, end: Moment) -> Vec<String> {
    let (mut all, mut tally) = (Vec::new(), Tally::default());
    loop {
        let more = stream.events_before(end, 1000, &mut tally);
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// The small city's whole history, made once.
static SMALL: LazyLock<Vec<String>> =
    LazyLock::new(|| events(&found(1, "2026-11-23", Scale::Small), "2026-09-24", "2026-11-23"));

fn parsed(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn text(event: &Value, pointer: &str) -> String {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned()
}

fn time(event: &Value) -> Instant {
    Instant::parse(&text(event, "/time")).expect("time")
}

#[test]
fn one_seed_gives_one_city() {
    let again = events(&found(1, "2026-11-23", Scale::Small), "2026-09-24", "2026-11-23");
    assert!(again == *SMALL);
    assert!(events(&found(2, "2026-11-23", Scale::Small), "2026-11-16", "2026-11-23") != SMALL[..1000]);
}

#[test]
fn where_a_stream_begins_does_not_change_what_arrives() {
    let city = found(1, "2026-11-23", Scale::Small);
    let late = events(&city, "2026-11-18", "2026-11-23");
    assert!(late.len() > 500 && SMALL.ends_with(&late));
    // Nor does how it is cut: what came before a moment and what comes after are all.
    let mut stream = Stream::new(&city, Moment::at(date("2026-11-18"), 0), None);
    let mut cut = all_before(&mut stream, Moment::at(date("2026-11-19"), 36_000));
    cut.extend(all_before(&mut stream, Moment::at(date("2026-11-23"), 0)));
    assert!(cut == late);
}

#[test]
fn the_catalogue_admits_every_event() {
    let received = Instant::parse("2026-11-24T00:00:00+08:00").expect("time");
    let city = found(1, "2026-11-23", Scale::City);
    let big = events(&city, "2026-11-12", "2026-11-13");
    for event in parsed(&SMALL).into_iter().chain(parsed(&big)) {
        let Value::Object(envelope) = event.clone() else { unreachable!("an event is an object") };
        if let Err(refusal) = admit(&envelope, &RegionSecret::new([1; 32]), received, &mut || [0; 16]) {
            unreachable!("{event}: {refusal}");
        }
    }
}

#[test]
fn a_day_of_the_city_has_its_volumes() {
    let city = found(1, "2026-11-23", Scale::City);
    let events = parsed(&events(&city, "2026-11-12", "2026-11-13"));
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut ratings = (0, 0);
    for event in &events {
        *kinds.entry(text(event, "/type")).or_default() += 1;
        if text(event, "/data/mode") == "active" {
            ratings.0 += 1;
            ratings.1 += usize::from(event["data"]["level"].as_i64() >= Some(3));
        }
    }
    eprintln!("{} events, {ratings:?} ratings, {kinds:#?}", events.len());
    let of = |kind: &str| kinds.get(&format!("jifen.{kind}")).copied().unwrap_or_default() as f64;
    assert!((2_800.0..4_500.0).contains(&of("service.ended")));
    assert!((0.02..0.06).contains(&(of("queue.abandoned") / of("queue.taken"))));
    assert!((0.90..0.97).contains(&(f64::from(ratings.1 as u32) / f64::from(ratings.0))));
    assert!((20_000..45_000).contains(&events.len()));
}

#[test]
fn outside_the_office_hours_the_demo_plays_on_when_live() {
    let city = found(1, "2026-11-23", Scale::City);
    // A Sunday evening.
    let live = Moment::at(date("2026-11-22"), 19 * 3600);
    let mut quiet = Stream::new(&city, live, None);
    assert_eq!(all_before(&mut quiet, live.plus(7200)), Vec::<String>::new());
    let mut stream = Stream::new(&city, live, Some(live));
    let events = parsed(&all_before(&mut stream, live.plus(7200)));
    assert!(events.iter().filter(|event| text(event, "/type") == "jifen.service.ended").count() > 100);
    let early = events.iter().filter(|event| text(event, "/type") == "jifen.queue.taken");
    assert!(
        early
            .min_by_key(|event| time(event))
            .is_some_and(|event| time(event) >= Instant::parse("2026-11-22T19:00:00+08:00").expect("time"))
    );
}

#[test]
fn the_planted_dirt_is_there() {
    let events = parsed(&SMALL);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut ids, mut repeats, mut late, mut latest) = (BTreeSet::new(), 0, 0, String::new());
    let (mut starts, mut hasty, mut ends, mut bought) = (BTreeMap::new(), 0, BTreeMap::new(), 0);
    for event in &events {
        let (kind, at, service) = (text(event, "/type"), text(event, "/time"), text(event, "/data/service"));
        *kinds.entry(kind.clone()).or_default() += 1;
        let first = ids.insert((text(event, "/source"), text(event, "/id")));
        repeats += usize::from(!first);
        late += usize::from(first && at < latest);
        latest = at.max(latest);
        match kind.as_str() {
            "jifen.service.started" => drop(starts.insert(service, time(event))),
            "jifen.service.ended" => {
                hasty += usize::from(starts.get(&service).is_some_and(|start| time(event).0 - start.0 == 10_000));
                ends.insert(service, time(event));
            }
            "jifen.rating.submitted" if text(event, "/data/device") == "PH-7731" => {
                let end = ends.get(&service).expect("rated after the end");
                assert!((0..30_000).contains(&(time(event).0 - end.0)));
                bought += 1;
            }
            _ => {}
        }
    }
    eprintln!("{} events, {repeats} repeats, {late} late, {hasty} hasty, {bought} bought, {kinds:#?}", events.len());
    assert!((20_000..120_000).contains(&events.len()));
    assert!(repeats > 500 && late > 50 && hasty > 3 && bought > 50);
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
    let pilot = Instant::parse("2026-10-24T00:00:00+08:00").expect("time");
    for event in parsed(&SMALL) {
        let service = text(&event, "/data/service");
        match text(&event, "/type").as_str() {
            "jifen.service.started" => drop(starts.insert(service, time(&event))),
            "jifen.service.ended" => {
                let Some(start) = starts.get(&service) else { continue };
                let sum = sums.entry((text(&event, "/data/hall") == "SW", *start >= pilot)).or_default();
                *sum = (sum.0 + time(&event).0 - start.0, sum.1 + 1);
            }
            _ => {}
        }
    }
    let minutes = |tax, later| sums.get(&(tax, later)).map_or(0, |(sum, count)| sum / count / 60_000);
    eprintln!("{sums:?}");
    assert!((32..39).contains(&minutes(true, false)) && (16..21).contains(&minutes(true, true)), "{sums:?}");
    assert!((minutes(false, false) - minutes(false, true)).abs() < 4, "{sums:?}");
}

#[test]
fn the_files_are_written_and_a_year_without_a_notice_is_made_up() {
    let directory = tempfile::tempdir().expect("directory");
    let city = found(3, "2030-07-01", Scale::City);
    jifen_sim::write_plan(&city, directory.path()).expect("written");
    let count = jifen_sim::write_history(&city, date("2030-06-28"), directory.path()).expect("written");
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).expect(name);
    assert!(read("region.toml").contains("simulated = true"));
    assert!(read("people.csv").lines().count() > 501);
    assert_eq!(read("windows.csv").lines().count(), 201);
    assert_eq!(read("events.jsonl").lines().count(), count);
    assert!(read("calendar.csv").contains("cn,2030"));
    let truth: Value = serde_json::from_str(&read("truth.json")).expect("JSON");
    assert_eq!(truth["phases"]["pilot"], "2030-02-01");
    for file in ["rules/starter.toml", "rules/pilot.toml"] {
        let set = jifen_core::rule::parse(&read(file)).expect(file);
        assert!(set.effective_from.is_some());
    }
}

/// What the second hall sends live follows on the history it was made with, whatever the day.
#[test]
fn the_second_halls_later_days_leave_the_earlier_as_they_were() {
    let city = found(1, "2026-11-23", Scale::Small);
    let (history, later) = (Hundred::of(&city), Hundred::until(&city, date("2027-01-05")));
    assert!(later.events.len() > history.events.len());
    assert_eq!(later.events[..history.events.len()], history.events);
    let month = |code: &str, month: &str| ("person", code.to_owned(), month.to_owned());
    assert_eq!(later.scores[&month("H101", "2026-10")], history.scores[&month("H101", "2026-10")]);
    assert!(
        later.scores.contains_key(&month("H101", "2026-12")) && !history.scores.contains_key(&month("H101", "2026-11"))
    );
    let live = Hundred::days(&city, date("2026-11-23"), date("2027-01-05"));
    let events: Vec<String> = live.iter().map(|(_, event)| event.clone()).collect();
    assert_eq!(later.events[history.events.len()..], events);
    for (at, event) in parsed(&events).iter().zip(&live).map(|(event, (at, _))| (at.to_rfc3339(), event)) {
        assert_eq!(at, text(event, "/time"));
    }
}
