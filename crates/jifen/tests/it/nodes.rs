//! Several `jifen serve` on one PostgreSQL database: any takes events, one writes a region, and what was acknowledged stands once,
//! whichever of them is stopped or killed.
//!
//! `JIFEN_NODES_ROUNDS` sets the number of rounds of the long test, `JIFEN_NODES_SEED` repeats a run.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use jifen_store::{Access, Database};
use serde_json::Value;

use crate::{
    feeder::{Feeder, journal_of},
    harness::{Client, Scratch, Server, number_and_seed, service},
};

/// Rounds of the long test unless `JIFEN_NODES_ROUNDS` says otherwise.
const ROUNDS: u64 = 4;
/// Clients of the long test.
const CLIENTS: usize = 8;
/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Nodes on one database, and what to post with.
struct Nodes {
    scratch: Scratch,
    servers: Vec<Server>,
    key: String,
    reader: String,
}

impl Nodes {
    fn start(count: usize) -> Self {
        Self::serving(Scratch::with_hall_on_server(), count)
    }

    fn serving(scratch: Scratch, count: usize) -> Self {
        let (key, reader) = (scratch.key("source"), scratch.key("staff"));
        let servers = (0..count).map(|_| scratch.serve()).collect();
        Self { scratch, servers, key, reader }
    }

    fn addresses(&self) -> Vec<String> {
        self.servers.iter().map(|server| server.address.clone()).collect()
    }

    fn database(&self) -> Database {
        Database::open(&self.scratch.db(), Access::Read).expect("open")
    }

    /// Index of the node that writes the region.
    fn writing(&self) -> usize {
        let database = self.database();
        wait_for("a node that writes", || {
            let holders = database.holders().expect("holders");
            let address = holders.into_iter().find_map(|(_, holder)| holder.node)?.address;
            self.servers.iter().position(|server| address == format!("http://{}", server.address))
        })
    }

    /// How many nodes write a region, and how many regions are written.
    fn spread(&self) -> (usize, usize) {
        let holders = self.database().holders().expect("holders");
        let written: Vec<String> =
            holders.into_iter().filter_map(|(_, holder)| holder.node).map(|node| node.address).collect();
        (written.iter().collect::<BTreeSet<_>>().len(), written.len())
    }

    fn post(&self, node: usize, events: &[Value]) -> (u16, Value) {
        let mut client = Client::connect(&self.servers[node].address, &self.key).expect("connected");
        let body = Value::from(events.to_vec()).to_string();
        let answer = client.request("POST", "/api/v1/events", "application/cloudevents-batch+json", &body);
        let (status, body) = answer.expect("answered");
        (status, serde_json::from_str(&body).expect("JSON"))
    }

    fn check(&self, feeders: &[Feeder]) {
        check(&self.scratch, feeders);
    }
}

/// Every acknowledged event stands once, where it was acknowledged; the ledger follows from the journal.
pub(crate) fn check(scratch: &Scratch, feeders: &[Feeder]) {
    let database = Database::open(&scratch.db(), Access::Read).expect("open");
    let row = database.region("t").expect("read").expect("region");
    let found = journal_of(&database, &row).expect("each id stands once");
    for (id, position) in feeders.iter().flat_map(|feeder| &feeder.acknowledged) {
        assert_eq!(found.get(id), Some(position), "{id} was acknowledged");
    }
    scratch.good(&["replay", "--db", &scratch.db(), "--region", "t"]);
}

pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a client per feeder on all nodes while `meanwhile` does its work.
pub(crate) fn under_load(nodes: &[String], key: &str, feeders: &mut [Feeder], seed: u64, meanwhile: impl FnOnce()) {
    let go_on = AtomicBool::new(true);
    thread::scope(|scope| {
        for (index, feeder) in feeders.iter_mut().enumerate() {
            let (go_on, mut random) = (&go_on, fastrand::Rng::with_seed(seed + index as u64));
            scope.spawn(move || feeder.feed_nodes(nodes, key, &mut random, |_| go_on.load(Ordering::Relaxed)));
        }
        // Also when it panics: the clients must end for the test to fail.
        let _stop = Stop(&go_on);
        meanwhile();
    });
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[test]
fn events_posted_to_all_nodes_at_once_stand_once_in_one_order() {
    let nodes = Nodes::start(3);
    let addresses = nodes.addresses();
    let mut feeders: Vec<Feeder> = (0..6).map(Feeder::numbered).collect();
    thread::scope(|scope| {
        for (index, feeder) in feeders.iter_mut().enumerate() {
            let (address, key) = (&addresses[index % 3..=index % 3], &nodes.key);
            let mut random = fastrand::Rng::with_seed(index as u64);
            scope.spawn(move || feeder.feed_nodes(address, key, &mut random, |batches| batches < 12));
        }
    });
    nodes.check(&feeders);
    // One batch to all at once: it stands where the first of them put it.
    let batch = service(7_000_001, "P1", "W1", 12, 18);
    let answers: Vec<Value> = thread::scope(|scope| {
        let posted: Vec<_> = (0..3)
            .map(|node| {
                scope.spawn({
                    let (nodes, batch) = (&nodes, &batch);
                    move || nodes.post(node, batch)
                })
            })
            .collect();
        posted.into_iter().map(|posted| posted.join().expect("posted")).map(|(_, answer)| answer).collect()
    });
    let positions = |answer: &Value| -> Vec<u64> {
        let results = answer["results"].as_array().expect("results");
        results.iter().map(|result| result["position"].as_u64().expect("position")).collect()
    };
    let accepted = |answer: &Value| answer["results"][0]["status"] == "accepted";
    assert!(answers.iter().all(|answer| positions(answer) == positions(&answers[0])), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| accepted(answer)).count(), 1, "{answers:?}");
}

#[test]
fn a_refused_event_is_refused_alike_on_every_node() {
    let nodes = Nodes::start(2);
    let mut bad = service(1, "P1", "W1", 12, 18);
    bad[0]["data"]["window"] = 7.into();
    bad[1]["type"] = "jifen.no.such".into();
    let answers: Vec<_> = (0..2).map(|node| nodes.post(node, &bad)).collect();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].1["results"][0]["status"], "quarantined", "{answers:?}");
    let database = nodes.database();
    let row = database.region("t").expect("read").expect("region");
    assert_eq!(database.quarantine(row.id, true, 0, 9).expect("read").len(), 1, "the same event is kept once");
}

#[test]
fn what_nodes_tell_each_other_is_told_to_nobody_else() {
    let nodes = Nodes::start(1);
    for (path, key) in [("events", ""), ("feed?region=1&after=0", ""), ("feed?region=1&after=0", &nodes.reader[..])] {
        let mut client = Client::connect(&nodes.servers[0].address, key).expect("connected");
        let answer = client.request("POST", &format!("/api/v1/node/{path}"), "application/cbor", "x");
        assert_eq!(answer.expect("answered").0, 403, "{path}");
    }
    // A file has no nodes, and nothing is there.
    let scratch = Scratch::with_hall_on_file();
    let server = scratch.serve();
    let mut client = Client::connect(&server.address, "").expect("connected");
    let answer = client.request("POST", "/api/v1/node/feed?region=1&after=0", "application/cbor", "");
    assert_eq!(answer.expect("answered").0, 404);
}

#[test]
fn boards_and_streams_move_on_the_nodes_that_do_not_write() {
    let nodes = Nodes::start(2);
    let (writing, other) = (nodes.writing(), 1 - nodes.writing());
    let mut stream = TcpStream::connect(&nodes.servers[other].address).expect("connected");
    let head = format!("GET /api/v1/live HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {}\r\n\r\n", nodes.reader);
    stream.write_all(head.as_bytes()).expect("asked");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut lines = BufReader::new(stream).lines().map(|line| line.expect("a line"));
    assert!(lines.any(|line| line == "event: head"), "the stream begins");
    let mut readers =
        [other, writing].map(|node| Client::connect(&nodes.servers[node].address, &nodes.reader).expect("connected"));
    let mut board_of = |reader: usize| {
        let path = "/api/v1/leaderboard?subject=person&period=2026-10";
        let (status, body) = readers[reader].request("GET", path, "text/plain", "").expect("answered");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).expect("JSON")
    };
    let mut before = board_of(0);
    for (number, node) in [(1, writing), (2, other), (3, writing)] {
        let (status, answer) = nodes.post(node, &service(number, "P1", "W1", 12, 18));
        assert_eq!(status, 200, "{answer}");
        let told = lines.find(|line| line.starts_with("event: ")).expect("the stream goes on");
        assert_eq!(told, "event: change", "told of what changed, and not to read all again");
        let now = board_of(1);
        assert_ne!(now, before);
        wait_for("the board", || (board_of(0) == now).then_some(()));
        before = now;
    }
}

#[test]
fn a_stopped_node_that_wakes_up_commits_nothing_and_serves_on() {
    let nodes = Nodes::start(3);
    let stopped = nodes.writing();
    let others: Vec<String> = nodes
        .addresses()
        .into_iter()
        .enumerate()
        .filter(|(node, _)| *node != stopped)
        .map(|(_, address)| address)
        .collect();
    let mut feeders: Vec<Feeder> = (0..4).map(Feeder::numbered).collect();
    // First on all of them, so that the stopped node has work under way.
    under_load(&nodes.addresses(), &nodes.key, &mut feeders, 1, || {
        thread::sleep(Duration::from_millis(500));
        nodes.servers[stopped].signal("STOP");
        wait_for("another writer", || {
            let holder = nodes.database().holders().expect("holders").pop()?.1.node?;
            (!holder.address.ends_with(&nodes.servers[stopped].address)).then_some(())
        });
        // Clients of the stopped node wait for it.
        nodes.servers[stopped].signal("CONT");
        thread::sleep(Duration::from_millis(500));
    });
    nodes.check(&feeders);
    let before = feeders[0].acknowledged.len();
    let woken = nodes.addresses()[stopped..=stopped].to_vec();
    feeders[0].feed_nodes(&woken, &nodes.key, &mut fastrand::Rng::with_seed(2), |batches| batches < 3);
    assert!(feeders[0].acknowledged.len() > before, "the woken node takes events and relays them");
    feeders[1].feed_nodes(&others, &nodes.key, &mut fastrand::Rng::with_seed(3), |batches| batches < 3);
    nodes.check(&feeders);
}

#[test]
fn a_node_that_comes_is_given_its_share_of_the_regions_under_load() {
    let database = jifen_scratch::Scratch::postgres();
    let alone = Database::open(database.url(), Access::Write { holder: "test".to_owned() }).expect("open");
    // An earlier one, which is kept: the last is given.
    alone.create_region("s", [7; 32]).expect("created");
    drop(alone);
    let mut nodes = Nodes::serving(Scratch::over(database).with_region(), 1);
    let first = nodes.addresses();
    wait_for("both regions on one node", || (nodes.spread() == (1, 2)).then_some(()));
    let mut feeders: Vec<Feeder> = (0..4).map(Feeder::numbered).collect();
    let key = nodes.key.clone();
    under_load(&first, &key, &mut feeders, 1, || {
        thread::sleep(Duration::from_millis(300));
        let second = nodes.scratch.serve();
        nodes.servers.push(second);
        wait_for("a region each", || (nodes.spread() == (2, 2)).then_some(()));
        thread::sleep(Duration::from_millis(700));
    });
    nodes.check(&feeders);
    let before = feeders[0].acknowledged.len();
    let both = nodes.addresses();
    feeders[0].feed_nodes(&both, &nodes.key, &mut fastrand::Rng::with_seed(2), |batches| batches < 6);
    assert!(feeders[0].acknowledged.len() > before, "both take events");
    nodes.check(&feeders);
    thread::sleep(Duration::from_secs(2));
    assert_eq!(nodes.spread(), (2, 2), "it stays so");
    let given = nodes.database().region("t").expect("read").expect("region");
    let holder = nodes.database().holders().expect("holders").into_iter().find(|(region, _)| *region == given.id);
    let address = holder.and_then(|(_, holder)| holder.node).expect("written").address;
    assert!(address.ends_with(&both[1]), "{address} writes what the new node should");
}

/// Whether all that was ever acknowledged is looked for after this round: in long runs each time would be most of the work.
pub(crate) fn is_looked_after(round: u64, rounds: u64) -> bool {
    (round + 1).is_multiple_of(rounds.div_ceil(20)) || round + 1 == rounds
}

#[test]
fn nodes_are_killed_and_stopped_at_random_and_nothing_acknowledged_is_lost_or_doubled() {
    let (rounds, seed) = number_and_seed("NODES", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut nodes = Nodes::start(4);
    let mut feeders: Vec<Feeder> = (0..CLIENTS).map(Feeder::numbered).collect();
    for round in 0..rounds {
        let node = if random.bool() { nodes.writing() } else { random.usize(0..4) };
        let pause = Duration::from_millis(random.u64(20..400));
        let kills = random.bool();
        let before: usize = feeders.iter().map(|feeder| feeder.acknowledged.len()).sum();
        under_load(&nodes.addresses(), &nodes.key, &mut feeders, seed + round * 100, || {
            thread::sleep(pause);
            nodes.servers[node].signal(if kills { "KILL" } else { "STOP" });
            // Long enough for another node to be writing: at once after a death, after six seconds of silence else.
            thread::sleep(Duration::from_millis(if kills { 1_500 } else { 9_000 }));
            if !kills {
                nodes.servers[node].signal("CONT");
            }
        });
        if kills {
            nodes.servers[node] = nodes.scratch.serve();
        }
        let after: usize = feeders.iter().map(|feeder| feeder.acknowledged.len()).sum();
        assert!(after > before, "round {round}: nobody took anything");
        if is_looked_after(round, rounds) {
            nodes.check(&feeders);
        }
    }
    let acknowledged: usize = feeders.iter().map(|feeder| feeder.acknowledged.len()).sum();
    eprintln!("{acknowledged} acknowledged in {rounds} rounds");
}
