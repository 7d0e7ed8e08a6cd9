//! Power loss: what `kill -9` cannot show, for the system keeps what a killed process wrote but did not sync.
//!
//! The real server runs under strace while clients feed it and until it ends in order. From what it did to its files, crash states are
//! rebuilt: cut anywhere, with nothing, some sectors or all of what was not synced. Each is opened by the store as after a restart:
//! every acknowledged event must stand once, where it was acknowledged, and a replay must agree.
//!
//! **The judge is judged**: with the commits' syncs left out of the same recording, which is what SQLite does at `synchronous=NORMAL`,
//! it must find losses; with all syncs left out (`OFF`), damage. No build of ours can be told to run so, and a kill would show neither.
//!
//! `JIFEN_POWERLOSS_STATES` sets the number of states, `JIFEN_POWERLOSS_SEED` repeats a run.

mod disk;
mod trace;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use jifen_scratch::announce;
use jifen_server::replay::{Verdict, replay};
use jifen_store::{Access, Database};

use self::{
    disk::{Disk, Synchronous, Unsynced},
    trace::{File, Op},
};
use crate::{
    feeder::{Feeder, journal_of},
    harness::{Scratch, number_and_seed},
};

/// States unless `JIFEN_POWERLOSS_STATES` says otherwise.
const STATES: u64 = 300;
/// Batches sent while the server is watched: enough for several checkpoints.
const BATCHES: usize = 150;

#[test]
fn nothing_acknowledged_is_lost_with_the_power() {
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return announce("strace is missing, so no power was lost; `apt-get install strace`");
    }
    let (states, seed) = number_and_seed("POWERLOSS", "STATES", STATES);
    let states = usize::try_from(states).expect("a number");
    let mut random = fastrand::Rng::with_seed(seed);

    let recording = Recording::make(&mut random);
    for (synchronous, states) in
        [(Synchronous::Full, states), (Synchronous::Normal, states / 3), (Synchronous::Off, states / 3)]
    {
        let start = Instant::now();
        let counts = recording.judge(synchronous, states, &mut random);
        let took = start.elapsed().as_secs();
        eprintln!("{synchronous:?}: {counts:?} of {states} states in {took} s");
        let of = |unsynced, verdict| counts.get(&(unsynced, verdict)).copied().unwrap_or(0);
        let all = |verdict| counts.iter().filter(|((_, found), _)| *found == verdict).map(|(_, count)| count).sum();
        let (lost, damaged): (usize, usize) = (all(Found::Lost), all(Found::Damaged));
        match synchronous {
            Synchronous::Full => assert_eq!((lost, damaged), (0, 0), "seed {seed}"),
            Synchronous::Normal => {
                assert!(of(Unsynced::Dropped, Found::Lost) > 0, "the judge sees no loss");
                assert_eq!(damaged, 0, "seed {seed}");
            }
            Synchronous::Off => assert!(of(Unsynced::Torn, Found::Damaged) > 0, "the judge sees no damage"),
        }
        assert_eq!(of(Unsynced::Kept, Found::Sound), states / 3, "{synchronous:?}: the end of a process loses nothing");
    }
}

/// What a restart finds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Found {
    Sound,
    /// Something acknowledged is not there.
    Lost,
    /// It cannot be opened, or contradicts itself.
    Damaged,
}

/// What a server did.
struct Recording {
    /// The database file before.
    before: Vec<u8>,
    ops: Vec<Op>,
    /// Ops right after which something was acknowledged.
    acknowledgements: Vec<usize>,
}

impl Recording {
    fn make(random: &mut fastrand::Rng) -> Self {
        let scratch = Scratch::with_hall_on_file();
        let key = scratch.key("source");
        let path = scratch.path("jifen.db");
        let before = fs::read(&path).expect("the database");
        let wal = fs::metadata(scratch.path("jifen.db-wal")).map_or(0, |log| log.len());
        assert_eq!(wal, 0, "`init` left a log");
        let output = scratch.path("trace");
        let mut server = scratch.serve_under(&trace::strace(output.to_str().expect("UTF-8")), &[]);
        let mut feeder = Feeder::default();
        feeder.feed(&server.address.clone(), &key, random, BATCHES);
        // An orderly end, whose checkpoint and truncation can be cut short like all else. strace goes on until its child has ended.
        let strace = server.child.id();
        let children = fs::read_to_string(format!("/proc/{strace}/task/{strace}/children")).expect("strace runs");
        let ended = Command::new("kill").args(["-TERM", children.trim()]).status().expect("kill");
        assert!(ended.success() && server.child.wait().expect("strace").success(), "the server ends in order");
        let ops = trace::parse(&fs::read(&output).expect("the trace"), &path);
        eprintln!("{}", trace::summary(&ops));
        let copied = ops.iter().position(|op| matches!(op, Op::Write { file: File::Database, .. }));
        let last_ack = ops.iter().rposition(|op| matches!(op, Op::Acknowledged(_)));
        assert!(copied.is_some() && copied < last_ack, "no checkpoint ran while events came in");
        let mut acknowledged = BTreeMap::new();
        for op in &ops {
            if let Op::Acknowledged(events) = op {
                acknowledged.extend(events.iter().cloned());
            }
        }
        assert_eq!(acknowledged, feeder.acknowledged, "the trace shows what the client was told");
        let of_ack = |(number, op): (usize, &Op)| matches!(op, Op::Acknowledged(_)).then_some(number + 1);
        let acknowledgements = ops.iter().enumerate().filter_map(of_ack).collect();
        Self { before, ops, acknowledgements }
    }

    /// What restarts find after power was lost in so many moments.
    fn judge(
        &self,
        synchronous: Synchronous,
        states: usize,
        random: &mut fastrand::Rng,
    ) -> BTreeMap<(Unsynced, Found), usize> {
        // Every second moment is right after an acknowledgement, where a promise is youngest.
        let mut moments: Vec<usize> = (0..states / 3)
            .map(|number| match number % 2 {
                0 => *random.choice(&self.acknowledgements).expect("something was acknowledged"),
                _ => random.usize(0..=self.ops.len()),
            })
            .collect();
        moments.sort_unstable();
        // In memory where that is possible.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
        let path = folder.path().join("jifen.db");
        let mut disk = Disk::new(self.before.clone(), synchronous);
        let mut promised = BTreeMap::new();
        let mut counts = BTreeMap::new();
        let mut moments = moments.into_iter().peekable();
        for (number, op) in self.ops.iter().map(Some).chain([None]).enumerate() {
            while moments.next_if_eq(&number).is_some() {
                for unsynced in [Unsynced::Dropped, Unsynced::Torn, Unsynced::Kept] {
                    for left in ["db-shm", "db-wal", "db"] {
                        fs::remove_file(path.with_extension(left)).ok();
                    }
                    disk.lose_power(unsynced, random, &path).expect("written");
                    let found = restart(&path, &promised);
                    if let (Synchronous::Full, Err((_, why))) = (synchronous, &found) {
                        eprintln!("op {number}, {unsynced:?}: {why}");
                    }
                    let found = found.map_or_else(|(found, _)| found, |()| Found::Sound);
                    *counts.entry((unsynced, found)).or_default() += 1;
                }
            }
            let Some(op) = op else { break };
            disk.take(op);
            if let Op::Acknowledged(events) = op {
                promised.extend(events.iter().cloned());
            }
        }
        counts
    }
}

/// Opens the database as a server would after the crash, and checks it.
fn restart(path: &Path, promised: &BTreeMap<String, u64>) -> Result<(), (Found, String)> {
    let damaged = |why: String| (Found::Damaged, why);
    let url = format!("sqlite:{}", path.display());
    let database =
        Database::open(&url, Access::Write { holder: "restart".into() }).map_err(|e| damaged(e.to_string()))?;
    let row = database.region("t").map_err(|error| damaged(error.to_string()))?;
    let row = row.ok_or_else(|| damaged("the region is gone".into()))?;
    let found = journal_of(&database, &row).map_err(damaged)?;
    if let Some((id, position)) = promised.iter().find(|(id, position)| found.get(*id) != Some(*position)) {
        return Err((Found::Lost, format!("{id} was acknowledged at {position}, found {:?}", found.get(id))));
    }
    match replay(&database, &row, &mut |_, _| {}).map_err(|error| damaged(error.to_string()))? {
        Verdict::Identical { .. } => {}
        Verdict::Differs(difference) => return Err(damaged(difference.to_string())),
    }
    database.close().map_err(|error| damaged(error.to_string()))?;
    let file = rusqlite::Connection::open(path).map_err(|error| damaged(error.to_string()))?;
    let sound: String =
        file.query_row("pragma integrity_check", [], |row| row.get(0)).map_err(|error| damaged(error.to_string()))?;
    if sound == "ok" { Ok(()) } else { Err(damaged(sound)) }
}
