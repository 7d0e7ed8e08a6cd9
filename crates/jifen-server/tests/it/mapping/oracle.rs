//! The reference rules calculated anew from the events alone, by the definitions of the logs' READMEs; no code of the product takes part.

use std::collections::{BTreeMap, VecDeque};

use jifen_server::intake::file::CloudEvent;

/// The code of nobody.
const UNKNOWN: &str = "UNKNOWN";

/// What came of one case.
pub(super) struct CaseSum {
    /// First event, milliseconds.
    pub(super) first_ms: i64,
    /// Last event.
    pub(super) last_ms: i64,
    /// The last person an event names.
    pub(super) person: String,
    /// Whether no event is a return.
    pub(super) first_pass: bool,
    /// Whether the last event is not after the due time.
    pub(super) on_time: bool,
    /// Whether the last event of all is the completion.
    pub(super) completed_last: bool,
}

/// One service.
pub(super) struct ServiceSum {
    /// Start, milliseconds.
    pub(super) start_ms: i64,
    /// Duration.
    pub(super) duration_ms: i64,
    /// Whoever ended it.
    pub(super) person: String,
}

fn milliseconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
}

fn ordered(events: &[CloudEvent]) -> Vec<&CloudEvent> {
    let mut sorted: Vec<_> = events.iter().collect();
    sorted.sort_by_cached_key(|event| {
        let sequence = event.sequence.as_ref().map(|digits| digits.parse::<u64>().expect("a sequence"));
        (milliseconds(&event.time), sequence, event.source.clone(), event.id.clone())
    });
    sorted
}

/// Cases by code.
pub(super) fn cases(events: &[CloudEvent]) -> BTreeMap<String, CaseSum> {
    let mut cases: BTreeMap<String, CaseSum> = BTreeMap::new();
    let mut due: BTreeMap<String, i64> = BTreeMap::new();
    for event in ordered(events).into_iter().filter(|event| event.kind.starts_with("jifen.case.")) {
        let code = event.data["case"].as_str().expect("a case").to_owned();
        let time = milliseconds(&event.time);
        let sum = cases.entry(code.clone()).or_insert_with(|| CaseSum {
            first_ms: time,
            last_ms: time,
            person: UNKNOWN.to_owned(),
            first_pass: true,
            on_time: true,
            completed_last: false,
        });
        sum.last_ms = time;
        if let Some(person) = event.data.get("person") {
            sum.person = person.as_str().expect("a code").to_owned();
        }
        if let Some(time) = event.data.get("due_at") {
            due.insert(code.clone(), milliseconds(time.as_str().expect("a time")));
        }
        sum.on_time = due.get(&code).is_none_or(|due| time <= *due);
        sum.first_pass &= event.kind != "jifen.case.returned";
        sum.completed_last = event.kind == "jifen.case.completed";
    }
    cases
}

/// Services, ends closing the oldest start of the same key.
pub(super) fn services(events: &[CloudEvent]) -> Vec<ServiceSum> {
    let mut open: BTreeMap<&str, VecDeque<i64>> = BTreeMap::new();
    let mut services = Vec::new();
    for event in ordered(events) {
        let Some(key) = event.data.get("service").and_then(|key| key.as_str()) else { continue };
        let time = milliseconds(&event.time);
        match event.kind.as_str() {
            "jifen.service.started" => open.entry(key).or_default().push_back(time),
            "jifen.service.ended" => {
                if let Some(start_ms) = open.entry(key).or_default().pop_front() {
                    let person = event.data.get("person").map_or(UNKNOWN, |person| person.as_str().expect("a code"));
                    services.push(ServiceSum { start_ms, duration_ms: time - start_ms, person: person.to_owned() });
                }
            }
            _ => {}
        }
    }
    services
}

/// R1: up to S +5, over 1.5 S -3, else 0.
pub(super) fn points_r1(sum: &CaseSum, standard_ms: i64) -> i64 {
    let duration = sum.last_ms - sum.first_ms;
    match duration {
        _ if duration <= standard_ms => 5,
        _ if 2 * duration > 3 * standard_ms => -3,
        _ => 0,
    }
}

/// Local date in `zone`, `2011-05-07`.
pub(super) fn date(time_ms: i64, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).expect("a zone");
    let stamp = jiff::Timestamp::from_millisecond(time_ms).expect("a time");
    stamp.to_zoned_datetime(zone).date().to_string()
}

/// Local month in `zone`, `2011-05`.
pub(super) fn month(time_ms: i64, zone: &str) -> String {
    date(time_ms, zone)[..7].to_owned()
}
