//! `kill -9` while events come in: nothing acknowledged is lost, nothing is doubled, and a replay agrees.
//!
//! `JIFEN_KILL_ROUNDS` sets the number of rounds, `JIFEN_KILL_SEED` repeats a run.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    feeder::{Feeder, journal_of},
    harness::{Scratch, number_and_seed},
};
use jifen_store::{Access, Database};

/// Rounds unless `JIFEN_KILL_ROUNDS` says otherwise.
const ROUNDS: u64 = 100;
/// Longest life of a server after its start, in milliseconds.
const LIFE_MS_MAX: u64 = 250;

#[test]
fn nothing_acknowledged_is_lost_or_doubled() {
    let (rounds, seed) = number_and_seed("KILL", "ROUNDS", ROUNDS);
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
            feeder.feed(&address, &key, &mut random, usize::MAX);
        });
    }
    eprintln!("{} acknowledged in {:?}", feeder.acknowledged.len(), start.elapsed());
    assert!(feeder.acknowledged.len() as u64 > rounds, "the rounds were too short to try anything");
    check(&scratch, &feeder);
}

/// Every acknowledged event stands once, where it was acknowledged; the ledger follows from the journal.
fn check(scratch: &Scratch, feeder: &Feeder) {
    let database = Database::open(&scratch.db(), Access::Read).expect("open");
    let row = database.region("t").expect("read").expect("region");
    let found = journal_of(&database, &row).expect("each id stands once");
    for (id, position) in &feeder.acknowledged {
        assert_eq!(found.get(id), Some(position), "{id} was acknowledged");
    }
    drop(database);
    scratch.good(&["replay", "--db", &scratch.db(), "--region", "t"]);
}
