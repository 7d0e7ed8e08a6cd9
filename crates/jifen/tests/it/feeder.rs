//! Sends events at least once and remembers what was acknowledged; what the journal holds, to compare with.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use jifen_store::{Database, RegionRow};
use serde_json::{Value, json};

use crate::harness::{Client, event, service};

/// Longest that nodes may take before one of them acknowledges something again.
const PATIENCE: Duration = Duration::from_secs(120);

/// Most services of one batch.
const BATCH_SERVICES_MAX: usize = 12;

/// Sends at least once: what was not acknowledged is sent again after the restart.
#[derive(Default)]
pub(crate) struct Feeder {
    services: usize,
    pending: Vec<Value>,
    /// Positions by id.
    pub(crate) acknowledged: BTreeMap<String, u64>,
}

impl Feeder {
    /// One whose ids are its own among feeders of other numbers.
    pub(crate) fn numbered(number: usize) -> Self {
        Self { services: number * 1_000_000, ..Self::default() }
    }

    /// Posts batches until told to stop, each to one node after the other until it is acknowledged.
    pub(crate) fn feed_nodes(
        &mut self,
        addresses: &[String],
        key: &str,
        random: &mut fastrand::Rng,
        go_on: impl Fn(usize) -> bool,
    ) {
        let (mut batches, mut last, mut status) = (0, Instant::now(), None);
        while go_on(batches) {
            assert!(
                last.elapsed() < PATIENCE,
                "nothing was acknowledged for {PATIENCE:?}; the last answer: {status:?}"
            );
            status = self.try_batch(random.choice(addresses).expect("a node"), key, random);
            match status {
                Some(200) => (batches, last) = (batches + 1, Instant::now()),
                Some(_) => std::thread::sleep(Duration::from_millis(50)),
                None => {}
            }
        }
    }

    /// Posts one batch once; its status, where there was an answer. One that was not acknowledged is posted again the next time.
    pub(crate) fn try_batch(&mut self, address: &str, key: &str, random: &mut fastrand::Rng) -> Option<u16> {
        if self.pending.is_empty() {
            self.pending = self.batch(random);
        }
        let body = Value::from(self.pending.clone()).to_string();
        let mut client = Client::connect(address, key).ok()?;
        let answer = client.request("POST", "/api/v1/events", "application/cloudevents-batch+json", &body);
        let (status, body) = answer.ok()?;
        // Busy, outcome unknown, disk full.
        if ![429, 503, 507].contains(&status) {
            assert_eq!(status, 200, "{body}");
            self.take(&serde_json::from_str(&body).expect("JSON"));
            self.pending.clear();
        }
        Some(status)
    }

    /// Posts so many batches, fewer when the server goes away.
    pub(crate) fn feed(&mut self, address: &str, key: &str, random: &mut fastrand::Rng, batches: usize) {
        let Ok(mut client) = Client::connect(address, key) else { return };
        for _ in 0..batches {
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

/// Positions by id of what the source `q` sent; an id that stands twice is wrong.
pub(crate) fn journal_of(database: &Database, row: &RegionRow) -> Result<BTreeMap<String, u64>, String> {
    let mut found = BTreeMap::new();
    let mut after = 0;
    loop {
        let records = database.records_after(row.id, after, 1_000).map_err(|error| error.to_string())?;
        let Some(last) = records.last() else { return Ok(found) };
        after = last.position;
        for record in records.into_iter().filter(|record| record.event.source == "q") {
            if found.insert(record.event.id.clone(), record.position).is_some() {
                return Err(format!("{} stands twice", record.event.id));
            }
        }
    }
}
