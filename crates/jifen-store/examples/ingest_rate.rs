//! Prints how fast the store takes batches as it grows: `cargo run --release -p jifen-store --example ingest_rate -- FOLDER [keys|whole|ordered] [MILLIONS] [BATCH] [thread]`.
//!
//! Every event has a random key. `keys` writes records and the dedupe index alone; `whole` adds what an engine would: a state row, an
//! entry and rollups per event; `ordered` is the same with state keys that follow the events' order. Durability as shipped (`synchronous=FULL`), with `known` asked before each commit.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool, run by hand")]

use std::{collections::BTreeMap, env, fs, path::PathBuf, time::Instant};

use jifen_core::{
    canonical,
    fact::Place,
    id::{ActorId, Digest, EventKey},
    ledger::{Anchor, Entry, EntryKind, Subject},
    points::Points,
    rollup::{Bucket, RollupKey, Rollups},
    rule::Dimension,
    state::{Change, Need, StateKind},
    time::{Date, Grain},
};
use jifen_store::{Access, Commit, Database, JournalRow, LedgerRow};

/// Events between two printed lines.
const STEP: u64 = 250_000;

/// People who earn points.
const PEOPLE: u64 = 500;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let folder = PathBuf::from(&arguments[1]);
    let mode = match arguments.get(2).map(String::as_str) {
        Some("whole") => Mode::Whole,
        Some("ordered") => Mode::Ordered,
        Some(_) | None => Mode::Keys,
    };
    let millions: f64 = arguments.get(3).map_or(5.25, |text| text.parse().unwrap());
    let batch_events: u64 = arguments.get(4).map_or(4096, |text| text.parse().unwrap());
    let path = folder.join("rate.db");
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let address = format!("sqlite:{}", path.display());
    let database = Database::open(&address, Access::Write { holder: "ingest_rate".to_owned() }).unwrap();
    let region = database.create_region("rate", [1; 32]).unwrap().id;
    if arguments.get(5).is_some_and(|word| word == "thread") {
        database.start_checkpoints(Box::new(|error| println!("{error}")));
    }

    let mut numbers = 1_u64;
    let mut head = 0;
    let mut mark = Mark::now(0);
    println!("events      wall/s   cpu/s     written B/event  resident KiB  file MiB");
    while (head as f64) < millions * 1e6 {
        let batch = batch(head, batch_events, mode, &mut numbers);
        let keys: Vec<EventKey> = batch.records.iter().map(|row| row.key).collect();
        assert!(database.known(region, &keys).unwrap().iter().all(Option::is_none));
        let needs: Vec<Need> = batch.changes.iter().map(|change| Need::Row(change.kind, change.key.clone())).collect();
        database.load(region, &needs).unwrap();
        database.commit(region, &batch).unwrap();
        head += batch_events;
        if head / STEP > mark.events / STEP {
            let next = Mark::now(head);
            mark.print_to(&next, fs::metadata(&path).unwrap().len());
            mark = next;
        }
    }
    let started = Instant::now();
    database.close().unwrap();
    println!("closed in {:?}", started.elapsed());
    let started = Instant::now();
    let database = Database::open(&address, Access::Write { holder: "ingest_rate".to_owned() }).unwrap();
    database.known(region, &[EventKey([1; 16])]).unwrap();
    println!("opened again and asked in {:?}", started.elapsed());
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What a batch holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Keys,
    Whole,
    Ordered,
}

fn batch(head: u64, events: u64, mode: Mode, numbers: &mut u64) -> Commit {
    let mut batch = Commit { expected_head: head, ..Commit::default() };
    let mut rollups = Rollups::new();
    let mut changes = BTreeMap::new();
    for position in head + 1..=head + events {
        let (high, low) = (next(numbers), next(numbers));
        let mut key = [0; 16];
        key[..8].copy_from_slice(&high.to_be_bytes());
        key[8..].copy_from_slice(&low.to_be_bytes());
        // 150 bytes, a third of them random, as ids and hashes are.
        let mut bytes = vec![0x41; 150];
        for chunk in bytes[..48].chunks_exact_mut(8) {
            chunk.copy_from_slice(&next(numbers).to_be_bytes());
        }
        batch.records.push(JournalRow { position, bytes, key: EventKey(key), body: key });
        if mode != Mode::Keys {
            let person = (high % PEOPLE) as u8;
            let mut state_key = match mode {
                Mode::Ordered => position.to_be_bytes().to_vec(),
                Mode::Keys | Mode::Whole => Vec::new(),
            };
            state_key.extend_from_slice(&key);
            changes.insert((StateKind::Aggregate, state_key), vec![7; 250]);
            changes.insert((StateKind::Tally, vec![person]), vec![8; 80]);
            let date = Date(20_000 + (position / 20_000) as i32);
            let entry = entry(position, person, date, EventKey(key));
            for bucket in Bucket::of(date, Grain::Day) {
                let (rule, dimension) = (entry.rule.clone(), Some(entry.dimension));
                let key = RollupKey { bucket, subject: entry.subject.clone(), rule, dimension };
                rollups.entry(key).or_default().own_posted += entry.points;
            }
            let bytes = canonical(&entry);
            batch.entries.push(LedgerRow { digest: Digest::of(&bytes), bytes, entry, locator: key.to_vec() });
        }
    }
    let change = |((kind, key), value)| Change { kind, key, value: Some(value), is_new: false };
    batch.changes = changes.into_iter().map(change).collect();
    batch.rollups = rollups;
    batch
}

fn entry(position: u64, person: u8, business_date: Date, fact: EventKey) -> Entry {
    Entry {
        position,
        kind: EntryKind::Award,
        rule: "counter-service-duration".to_owned(),
        version: Digest([1; 32]),
        band: Some(0),
        dimension: Dimension::Efficiency,
        subject: Subject::Person(ActorId([person; 16])),
        points: Points(5_000),
        business_date,
        booked_month: business_date,
        anchor: Anchor::Fact(fact),
        person: Some(ActorId([person; 16])),
        place: Place { window: Some("w07".into()), department: Some("d03".into()), hall: Some("h1".into()) },
        reverses: None,
        facts_count: 1,
        facts: Digest([2; 32]),
        records: Digest([3; 32]),
        cause: position,
    }
}

/// What has been used up so far.
struct Mark {
    events: u64,
    wall: Instant,
    cpu_seconds: f64,
    written_bytes: u64,
}

impl Mark {
    fn now(events: u64) -> Self {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<&str> = stat[stat.rfind(')').unwrap()..].split(' ').collect();
        // proc(5): utime and stime in ticks of 10 ms.
        let ticks: f64 = [12, 13].map(|field: usize| fields[field].parse::<f64>().unwrap()).iter().sum();
        let cpu_seconds = ticks / 100.0;
        Self { events, wall: Instant::now(), cpu_seconds, written_bytes: of_proc("io", "wchar:") }
    }

    fn print_to(&self, next: &Self, file_bytes: u64) {
        let events = (next.events - self.events) as f64;
        println!(
            "{:>9}  {:>8.0}  {:>8.0}  {:>15.0}  {:>12}  {:>8}",
            next.events,
            events / (next.wall - self.wall).as_secs_f64(),
            events / (next.cpu_seconds - self.cpu_seconds),
            (next.written_bytes - self.written_bytes) as f64 / events,
            of_proc("status", "VmHWM:"),
            file_bytes >> 20,
        );
    }
}

fn of_proc(file: &str, field: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/self/{file}")).unwrap();
    let line = text.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
