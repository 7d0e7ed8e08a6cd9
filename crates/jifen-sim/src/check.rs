//! Holds the ledger against the simulator's own tally: person by person and rule by rule, and event by event if asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    city::{City, SimError},
    feed::{BATCH, Client, Outcome},
    sent::Moment,
    stream::Stream,
    tally::{Holder, Tally},
};

/// Most differences that are told.
const TOLD: usize = 20;

/// What was compared.
pub struct Checked {
    /// Sums compared: one per holder and rule, one per person for services.
    pub sums: usize,
    /// Events of the simulator in the span that was sent.
    pub events: u64,
    /// Services in the tally.
    pub services: i64,
    /// Points in the tally, all holders.
    pub points: i64,
    /// What came of sending every event once more, if asked: all must be repeats.
    pub resent: Option<Outcome>,
    /// Where ledger and tally differ, in words.
    pub differences: Vec<String>,
}

/// Compares after everything from `from` until `until` was sent; `live` as it was sent.
///
/// # Errors
/// The server refuses or is away.
pub fn check(
    city: &City,
    client: &mut Client,
    mut source: Option<&mut Client>,
    (from, until): (Moment, Moment),
    live: Option<Moment>,
) -> Result<Checked, SimError> {
    let (mut tally, mut stream) = (Tally::default(), Stream::since(city, from.date(), from, live));
    let (mut events, mut resent) = (0, source.as_ref().map(|_| Outcome::default()));
    loop {
        let batch = stream.events_before(until, BATCH, &mut tally);
        if batch.is_empty() {
            break;
        }
        events += batch.len() as u64;
        if let (Some(source), Some(sum)) = (&mut source, &mut resent) {
            let outcome = source.post(&batch)?;
            sum.accepted += outcome.accepted;
            sum.repeated += outcome.repeated;
            sum.refused += outcome.refused;
        }
    }
    let mine = tally.points();
    let theirs = ledger(client)?;
    let mut differences = Vec::new();
    let keys: BTreeSet<_> = mine.keys().map(|(holder, rule)| (holder.clone(), (*rule).to_owned())).collect();
    let keys: BTreeSet<_> = keys.into_iter().chain(theirs.points.keys().cloned()).collect();
    for (holder, rule) in &keys {
        let own =
            mine.iter().find(|((other, name), _)| other == holder && name == rule).map_or(0, |(_, points)| *points);
        let booked = theirs.points.get(&(holder.clone(), rule.clone())).map_or("0", String::as_str);
        if own.to_string() != booked {
            differences.push(format!("{} {}, {rule}: tally {own}, ledger {booked}", holder.0, holder.1));
        }
    }
    let people: BTreeSet<_> = tally.services.keys().chain(theirs.services.keys()).collect();
    for person in &people {
        let of = |counts: &BTreeMap<String, i64>| counts.get(*person).copied().unwrap_or_default();
        if of(&tally.services) != of(&theirs.services) {
            let (own, booked) = (of(&tally.services), of(&theirs.services));
            differences.push(format!("person {person}: {own} services in the tally, {booked} in the ledger"));
        }
    }
    differences.truncate(TOLD);
    let (services, points) = (tally.services.values().sum(), mine.values().sum());
    Ok(Checked { sums: keys.len() + people.len(), events, services, points, resent, differences })
}

/// What the server says.
#[derive(Default)]
struct Ledger {
    /// Decimal points by holder and rule; zeros left out.
    points: BTreeMap<(Holder, String), String>,
    services: BTreeMap<String, i64>,
}

fn ledger(client: &mut Client) -> Result<Ledger, SimError> {
    let mut ledger = Ledger::default();
    let region = client.get("/api/v1/region")?;
    for rule in region["rules"].as_array().into_iter().flatten().filter_map(|rule| rule["id"].as_str()) {
        for kind in ["person", "department"] {
            for item in board(client, &format!("subject={kind}&rule={rule}"))? {
                let code = item["subject"].as_str().unwrap_or_default().to_owned();
                let points = item["own_points"].as_str().unwrap_or_default();
                if points != "0" {
                    ledger.points.insert(((kind, code), rule.to_owned()), points.to_owned());
                }
            }
        }
    }
    for item in board(client, "subject=person")? {
        let (code, services) = (item["subject"].as_str().unwrap_or_default(), item["services"].as_i64());
        ledger.services.insert(code.to_owned(), services.unwrap_or_default());
    }
    ledger.services.retain(|_, services| *services != 0);
    Ok(ledger)
}

fn board(client: &mut Client, query: &str) -> Result<Vec<serde_json::Value>, SimError> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/api/v1/leaderboard?period=all&limit=1000&{query}{cursor}"))?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}
