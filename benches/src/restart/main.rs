//! From start to ready on a ledger that is there: how long a hall waits after a restart, and for its first board.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;
use jifen_bench::{
    load::{Connection, get},
    served::{Hall, Served, client},
};
use jifen_server::auth::Role;

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is read first, one after another.
const FIRST: [(&str, &str); 4] = [
    ("board of people, a month", "/api/v1/leaderboard?subject=person&period=2026-01"),
    ("board of windows, all time", "/api/v1/leaderboard?subject=window&period=all"),
    ("entries of the hall", "/api/v1/entries?subject_kind=hall&subject=h1"),
    ("the hall now", "/api/v1/now"),
];

/// Measures a restart.
#[derive(Parser)]
struct Arguments {
    /// Entries of the ledger, at least.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let hall = Hall::create(folder.path())?;
    let key = hall.key(Role::Staff, "desk")?;
    hall.fill(arguments.entries)?;
    let head = hall.database.head(hall.row.id)?;
    drop(hall);
    println!("journal: {} records, ledger: {} entries", head.journal, head.ledger);

    let started = Instant::now();
    let hall = Hall::reopen(folder.path())?;
    let served = Served::start(&hall)?;
    let client = client()?;
    client.block_on(served.ready())?;
    println!("start to ready: {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    for (what, path) in FIRST {
        let asked = Instant::now();
        let answer = client.block_on(async { Connection::open(served.address).await?.ask(&get(path, &key)).await })?;
        ensure!(answer.status == 200, "{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        println!("{what}: {:.0} ms", asked.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
