//! `kill -9` while events come in: nothing acknowledged is lost, nothing is doubled, and a replay agrees.
//!
//! `JIFEN_KILL_ROUNDS` sets the number of rounds, `JIFEN_KILL_SEED` repeats a run.

use std::{
    collections::BTreeMap,
    env, thread,
    time::{Duration, Instant},
};

use jifen_store::{Access, Database};
use serde_json::{Value, json};

use crate::harness::{Client, Scratch, event, service};

/// Rounds unless `JIFEN_KILL_ROUNDS` says otherwise.
const ROUNDS: u64 = 100;
/// Longest life of a server after its start, in milliseconds.
const LIFE_MS_MAX: u64 = 250;
/// Most services of one batch.
const BATCH_SERVICES_MAX: usize = 12;

#[test]
fn nothing_acknowledged_is_lost_or_doubled() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("JIFEN_KILL_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("JIFEN_KILL_SEED").unwrap_or_else(|| fastrand::u64(..));
    eprintln!("JIFEN_KILL_SEED={seed} JIFEN_KILL_ROUNDS={rounds}");
    let mut random = fastrand::Rng::with_seed(seed);

    let scratch = Scratch::with_hall();
    let key = scratch.key("source");
    let mut feeder = Feeder::default();
    let start = Instant::now();
    for _ in 0..rounds {
        let mut server = scratch.serve();
        let address = server.address.clone();
        let life = Duration::from_millis(random.u64(1..LIFE_MS_MAX));
        thread::scope(|scope| {
            scope.spawn(move || {
                thread::sleep(life);
                server.child.kill().expect("killed");
                server.child.wait().expect("ended");
            });
            feeder.feed(&address, &key, &mut random);
        });
    }
    eprintln!("{} acknowledged in {:?}", feeder.acknowledged.len(), start.elapsed());
    assert!(feeder.acknowledged.len() as u64 > rounds, "the rounds were too short to try anything");
    check(&scratch, &feeder);
}

/// Sends at least once: what was not acknowledged is sent again after the restart.
#[derive(Default)]
struct Feeder {
    services: usize,
    pending: Vec<Value>,
    /// Positions by id.
    acknowledged: BTreeMap<String, u64>,
}

impl Feeder {
    /// Posts batches until the server is gone.
    fn feed(&mut self, address: &str, key: &str, random: &mut fastrand::Rng) {
        let Ok(mut client) = Client::connect(address, key) else { return };
        loop {
            if self.pending.is_empty() {
                self.pending = self.batch(random);
            }
            let body = Value::from(self.pending.clone()).to_string();
            let answer = client.request("POST", "/api/v1/events", "application/cloudevents-batch+json", &body);
            let Ok((status, body)) = answer else { return };
            assert_eq!(status, 200, "{body}");
            self.take(&serde_json::from_str(&body).expect("JSON"));
            self.pending.clear();
        }
    }

    fn batch(&mut self, random: &mut fastrand::Rng) -> Vec<Value> {
        let mut batch = Vec::new();
        for _ in 0..random.usize(1..=BATCH_SERVICES_MAX) {
            self.services += 1;
            let (person, window) = if random.bool() { ("P1", "W1") } else { ("P2", "W2") };
            let number = self.services;
            batch.extend(service(number, person, window, random.u32(1..=28), random.u32(1..=59)));
            let rating = json!({"service": format!("A{number}"), "level": random.u32(1..=5), "mode": "active"});
            batch.push(event(&format!("{number}/rating"), "rating.submitted", "2026-10-30T09:00:00+08:00", rating));
        }
        batch
    }

    fn take(&mut self, answer: &Value) {
        for result in answer["results"].as_array().expect("results") {
            let good = ["accepted", "repeated"].iter().any(|status| result["status"] == *status);
            assert!(good, "{result}");
            let (id, position) = (result["id"].as_str().expect("id"), result["position"].as_u64().expect("position"));
            let before = self.acknowledged.insert(id.to_owned(), position);
            assert!(before.is_none_or(|before| before == position), "{id} was at {before:?}, now at {position}");
        }
    }
}

/// Every acknowledged event stands once, where it was acknowledged; the ledger follows from the journal.
fn check(scratch: &Scratch, feeder: &Feeder) {
    let database = Database::open(&scratch.db(), Access::Read).expect("open");
    let row = database.region("t").expect("read").expect("region");
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let mut after = 0;
    loop {
        let records = database.records_after(row.id, after, 1_000).expect("records");
        let Some(last) = records.last() else { break };
        after = last.position;
        for record in records.into_iter().filter(|record| record.event.source == "q") {
            let doubled = found.insert(record.event.id.clone(), record.position);
            assert_eq!(doubled, None, "{} stands twice", record.event.id);
        }
    }
    for (id, position) in &feeder.acknowledged {
        assert_eq!(found.get(id), Some(position), "{id} was acknowledged");
    }
    drop(database);
    scratch.good(&["replay", "--db", &scratch.db(), "--region", "t"]);
}
