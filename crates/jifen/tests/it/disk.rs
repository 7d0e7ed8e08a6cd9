//! A disk that fails under a running server: full, and with room again; a sync that comes back as failed. What was acknowledged stands,
//! once; the ledger is what the simulator counted; a replay agrees.
//!
//! `JIFEN_DISK_ROUNDS` sets the number of rounds, `JIFEN_DISK_SEED` repeats a run.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    ops::RangeInclusive,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use jifen_scratch::{SmallDisk, announce};
use jifen_sim::Scale;
use jifen_store::{Access, Database};

use crate::{
    city::Days,
    feeder::Feeder,
    harness::{Scratch, Server, number_and_seed},
    nodes::{check, under_load},
};

/// Rounds unless `JIFEN_DISK_ROUNDS` says otherwise.
const ROUNDS: u64 = 4;
/// How long the simulated days take for each round: of a disk that is full, of a sync that fails and a server that starts again.
const SECONDS_PER_FULL: f64 = 1.5;
const SECONDS_PER_SYNC: f64 = 3.0;
/// What the small disk holds, and how much more for each round.
const DISK_MIB: u64 = 64;
const DISK_MIB_PER_ROUND: u64 = 8;
const DISK_MIB_MAX: u64 = 1024;
/// The sync of a round that fails, counted per thread of the server: not the folder's at its start, which has a test of its own.
const SYNCS: RangeInclusive<u64> = 2..=7;
/// Longest that a full disk may take to be told, room to be used, or a server to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Some weeks of the small city.
fn weeks(scratch: &Scratch, folder: &Path) -> Days {
    Days::found(scratch, folder, Scale::Small, "2025-12-31", "2025-12-04", "2025-12-31")
}

/// No event of the simulated city stands twice, and its ledger follows from its journal.
fn check_city(scratch: &Scratch) {
    let database = Database::open(&scratch.db(), Access::Read).expect("open");
    let row = database.region("demo").expect("read").expect("region");
    let (mut ids, mut after) = (BTreeSet::new(), 0);
    loop {
        let records = database.records_after(row.id, after, 4_000).expect("records");
        let Some(last) = records.last() else { break };
        after = last.position;
        for record in records {
            let id = (record.event.source, record.event.id);
            assert!(ids.insert(id.clone()), "{id:?} stands twice");
        }
    }
    drop(database);
    scratch.good(&["replay", "--db", &scratch.db(), "--region", "demo"]);
}

/// Posts until the server answers with `status`.
fn post_until(status: u16, feeder: &mut Feeder, address: &str, key: &str, random: &mut fastrand::Rng) {
    let start = Instant::now();
    while feeder.try_batch(address, key, random) != Some(status) {
        assert!(start.elapsed() < PATIENCE, "no {status} for {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_full_disk_under_a_server_loses_nothing_and_room_is_used_again() {
    let (rounds, seed) = number_and_seed("DISK", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let Some(disk) = SmallDisk::mount((DISK_MIB + DISK_MIB_PER_ROUND * rounds).min(DISK_MIB_MAX)) else { return };
    let folder = tempfile::tempdir_in(disk.path()).expect("a folder");
    let scratch = Scratch { directory: folder, ..Scratch::on_file() }.with_region();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let days = weeks(&scratch, elsewhere.path());
    let key = scratch.key("source");
    let mut server = scratch.serve();
    let address = server.address.clone();
    // The last one is the probe's.
    let mut feeders: Vec<Feeder> = (0..3).map(Feeder::numbered).collect();
    let (feeding, probe) = feeders.split_at_mut(2);
    let outcome = thread::scope(|scope| {
        let days = &days;
        let fed = scope.spawn({
            let address = address.clone();
            move || days.feed(&address, Some(SECONDS_PER_FULL * rounds as f64))
        });
        under_load(std::slice::from_ref(&address), &key, feeding, random.u64(..1 << 40), || {
            for _ in 0..rounds {
                thread::sleep(Duration::from_millis(random.u64(20..400)));
                disk.fill();
                post_until(507, &mut probe[0], &address, &key, &mut random);
                thread::sleep(Duration::from_millis(random.u64(0..300)));
                disk.free();
                post_until(200, &mut probe[0], &address, &key, &mut random);
            }
        });
        fed.join().expect("fed")
    });
    assert!(server.child.try_wait().expect("asked").is_none(), "the server gave up");
    days.compare(&address, outcome);
    drop(server);
    check(&scratch, &feeders);
    check_city(&scratch);
    eprintln!("{outcome:?}, and {} acknowledged beside", feeders.iter().map(|f| f.acknowledged.len()).sum::<usize>());
}

/// What a trace shows of the first failed sync of the database's files: its file, and how many answers of success came before and
/// after it. SQLite's own sync of the folder may fail: the names in it lasted since the server opened the database.
fn around_failure(trace: &Path) -> Option<(String, usize, usize)> {
    let text = fs::read(trace).expect("the trace");
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let successes = |lines: &[&str]| lines.iter().filter(|line| line.contains("HTTP/1.1 200")).count();
    lines.iter().enumerate().filter(|(_, line)| line.contains("(INJECTED)")).find_map(|(at, failed)| {
        // `12345 fsync(9</folder/jifen.db-wal>) = -1 EIO …`, or the end of it on a line of its own, behind the thread's number.
        let thread = failed.split(' ').next().expect("a thread");
        let began = |line: &&&str| line.starts_with(thread) && line.contains("sync(");
        let begin = lines[..=at].iter().rfind(began).expect("a sync that began");
        let path = begin.split_once('<').and_then(|(_, rest)| rest.split_once('>')).expect("a path").0;
        let file = path.rsplit('/').next().filter(|file| file.starts_with("jifen.db"))?;
        Some((file.to_owned(), successes(&lines[..at]), successes(&lines[at..])))
    })
}

/// Whether syncs can be made to fail; said aloud where they cannot.
fn syncs_can_fail() -> bool {
    let is_there = Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !is_there {
        announce("strace is missing, so no sync failed under a server; `apt-get install strace`");
    }
    is_there
}

#[test]
fn a_server_whose_folder_cannot_be_synced_does_not_start() {
    if !syncs_can_fail() {
        return;
    }
    let scratch = Scratch::with_hall_on_file();
    let folder = scratch.directory.path().to_str().expect("UTF-8");
    let trace = scratch.path("trace");
    // One that starts all the same must not last.
    let mut strace = scratch.prepared("timeout");
    strace.args([&PATIENCE.as_secs().to_string(), "strace"]);
    // Only calls on the folder itself.
    strace.args(["-f", "-P", folder, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1", "-o"]).arg(&trace);
    strace.arg(env!("CARGO_BIN_EXE_jifen")).args(["serve", "--db", &scratch.db(), "--listen", "127.0.0.1:0"]);
    let output = strace.output().expect("strace");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains(folder), "{said}");
    assert!(output.stdout.is_empty(), "it said that it listens");
}

#[test]
fn after_a_failed_sync_a_server_acknowledges_nothing_more_and_ends() {
    if !syncs_can_fail() {
        return;
    }
    let (rounds, seed) = number_and_seed("DISK", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let scratch = Scratch::with_hall_on_file();
    let days = weeks(&scratch, &scratch.path("simulator"));
    // Always the same address, where the simulator finds the next server.
    let listen = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").to_string();
    let mut failed = Vec::new();
    let outcome = thread::scope(|scope| {
        let days = &days;
        let fed = scope.spawn({
            let listen = listen.clone();
            move || days.feed(&listen, Some(SECONDS_PER_SYNC * rounds as f64))
        });
        for round in 0..rounds {
            let (trace, nth) = (scratch.path(&format!("trace-{round}")), random.u64(SYNCS));
            // Two in a row: one may be SQLite's own, of the folder.
            let inject = format!("inject=fdatasync,fsync:error=EIO:when={nth}..{}", nth + 1);
            let output = trace.to_str().expect("UTF-8");
            let calls = "trace=fdatasync,fsync,write,writev,sendto";
            let strace =
                ["strace", "-f", "-y", "-s", "64", "-e", calls, "-e", &inject, "-e", "signal=none", "-o", output];
            let mut server = scratch.serve_at(&listen, &strace, &[]);
            let Some(code) = ended(&mut server, &|| fed.is_finished()) else { break };
            assert_eq!(code, 4, "{}", fs::read_to_string(&server.log).unwrap_or_default());
            let (file, before, acknowledged) = around_failure(&trace).expect("a sync failed");
            // The simulator waits for each answer: when the log's sync fails, nothing that is on disk waits to be acknowledged. A
            // checkpoint's may fail beside one commit.
            let most = usize::from(!file.ends_with("-wal"));
            assert!(acknowledged <= most, "{acknowledged} acknowledged after sync {nth}, of {file}, failed");
            failed.push((file, before));
        }
        // The disk is sound again.
        let server = scratch.serve_at(&listen, &[], &[]);
        let outcome = fed.join().expect("fed");
        days.compare(&listen, outcome);
        drop(server);
        outcome
    });
    assert!(failed.iter().any(|(_, before)| *before > 0), "nothing was acknowledged before a sync failed: {failed:?}");
    check_city(&scratch);
    eprintln!("{outcome:?}; syncs that failed: {failed:?}");
}

/// The exit code once the server has ended; nothing when there is no more work that could make it end.
fn ended(server: &mut Server, is_idle: &dyn Fn() -> bool) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = server.child.try_wait().expect("asked") {
            return Some(status.code().unwrap_or(-1));
        }
        if is_idle() {
            // To strace it would be a kill that its child outlives.
            let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", server.child.id())).expect("runs");
            Command::new("kill").args(["-TERM", children.trim()]).status().expect("kill");
            server.child.wait().expect("ended");
            return None;
        }
        assert!(start.elapsed() < PATIENCE, "the server goes on after a failed sync, or none failed");
        thread::sleep(Duration::from_millis(10));
    }
}
