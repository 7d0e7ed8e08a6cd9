//! When the disk fails: a full one is survived, a failed sync stops everything.

use std::{
    env,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use jifen_core::state::{Change, StateKind};
use jifen_scratch::{Scratch, SmallDisk, announce};
use jifen_store::{Access, Commit, Database, RegionId, StoreError};

use super::{file, shell};
use crate::sample::{Fixture, open, records};

/// One record and a row of `length` bytes that no packing makes shorter.
fn bulky(head: u64, length: usize) -> Commit {
    let mut noise = head.wrapping_add(1);
    let bytes = std::iter::repeat_with(|| {
        // xorshift64
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        noise.to_be_bytes()
    });
    let value = Some(bytes.take(length / 8).flatten().collect());
    let change = Change { kind: StateKind::Aggregate, key: head.to_be_bytes().to_vec(), value, is_new: false };
    Commit { changes: vec![change], ..records(head, 1) }
}

#[test]
fn the_log_stays_bounded_with_and_without_its_thread() {
    for threaded in [false, true] {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let fixture = Fixture::on(Scratch::sqlite_in(folder));
        if threaded {
            fixture.database.start_checkpoints(Box::new(|error| panic!("{error}")));
        }
        let log = fixture.database.path().unwrap().with_extension("db-wal");
        let mut longest = 0;
        for head in 0..60 {
            fixture.commit(&bulky(head, CHILD_BATCH_BYTES));
            longest = longest.max(fs::metadata(&log).unwrap().len());
        }
        // 64 MiB and the commit that went beyond them.
        assert!(longest < 72 * 1024 * 1024, "threaded {threaded}: {longest} bytes");
    }
}

#[test]
fn a_database_locked_by_a_shell_is_told_and_survived() {
    let fixture = file();
    let mut shell = shell(&fixture);
    let writing = shell.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let error = fixture.database.commit(fixture.region, &records(0, 1)).unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)), "{error}");
    drop(writing);
    fixture.commit(&records(0, 1));
}

#[test]
fn a_full_disk_refuses_a_batch_and_a_later_one_goes_through() {
    let Some(disk) = SmallDisk::mount(8) else { return };
    survive_full(&disk);
}

/// Fills the disk, sees the refusal, makes space, and goes on.
fn survive_full(disk: &SmallDisk) {
    let url = format!("sqlite:{}", disk.path().join("jifen.db").display());
    let database = open(&url);
    let region = database.create_region("hall", [7; 32]).unwrap().id;
    let failures = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&failures);
    database.start_checkpoints(Box::new(move |error| told.lock().unwrap().push(error.to_string())));
    let mut head = 0;
    while head < 3 {
        database.commit(region, &bulky(head, 64 * 1024)).unwrap();
        head += 1;
    }
    disk.fill();
    let refusal = loop {
        match database.commit(region, &bulky(head, 256 * 1024)) {
            Ok(()) => head += 1,
            Err(error) => break error,
        }
        assert!(head < 100, "the disk never filled");
    };
    assert!(matches!(refusal, StoreError::Full(_)), "{refusal}");
    assert!(!refusal.is_fatal());
    // Reads go on, nothing acknowledged is gone, nothing refused is there.
    assert_eq!(database.head(region).unwrap().journal, head);
    assert!(matches!(database.commit(region, &bulky(head, 256 * 1024)), Err(StoreError::Full(_))));

    disk.free();
    for _ in 0..3 {
        database.commit(region, &bulky(head, 256 * 1024)).unwrap();
        head += 1;
    }
    assert_eq!(*failures.lock().unwrap(), Vec::<String>::new());
    database.close().unwrap();
    let database = Database::open(&url, Access::Read).unwrap();
    assert_eq!(database.records_after(region, 0, 1000).unwrap().len() as u64, head);
}

/// Which file's syncs fail, and who checkpoints.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    file: &'static str,
    threaded: bool,
    commits: u64,
    /// Syncs of the file in one run without failures, at least.
    syncs_min: usize,
}

const SCENARIOS: [Scenario; 4] = [
    // Each commit's own sync, those of the checkpoint of a long log, and of closing.
    Scenario { file: "jifen.db-wal", threaded: false, commits: 9, syncs_min: 10 },
    Scenario { file: "jifen.db-wal", threaded: true, commits: 3, syncs_min: 4 },
    // Only checkpoints sync the database file.
    Scenario { file: "jifen.db", threaded: false, commits: 9, syncs_min: 2 },
    Scenario { file: "jifen.db", threaded: true, commits: 6, syncs_min: 1 },
];

/// Makes the log longer than the checkpoint thread waits for in one commit, and than commits wait for in eight.
const CHILD_BATCH_BYTES: usize = 9 * 1024 * 1024 / 2;

/// Every sync of every run fails once; after it no commit is acknowledged, and all acknowledged before are there.
#[test]
fn a_failed_sync_stops_all_commits() {
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return announce("strace is missing, so no sync was made to fail; `apt-get install strace`");
    }
    for scenario in SCENARIOS {
        let mut nth = 1;
        while let Some(run) = Run::with_failure(scenario, nth) {
            run.check(&format!("{scenario:?}, sync {nth}"));
            nth += 1;
        }
        assert!(nth > scenario.syncs_min, "{scenario:?}: only {} syncs", nth - 1);
    }
}

/// What strace saw of one child.
struct Run {
    fixture: Fixture,
    /// Lines up to the failed sync, and after it.
    before: String,
    after: String,
    threaded: bool,
}

impl Run {
    /// Runs the child with the `nth` sync of each thread failing; `None` if it made fewer.
    fn with_failure(scenario: Scenario, nth: usize) -> Option<Self> {
        // In memory where that is possible: the syncs that count are the injected ones.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let fixture = Fixture::on(Scratch::sqlite_in(folder));
        let path = fixture.database.path().unwrap().to_owned();
        let trace = fixture.scratch.folder().join("trace");
        let acknowledgements = acknowledgements(&path);
        let Fixture { scratch, database, region } = fixture;
        drop(database);
        let status = Command::new("strace")
            .args(["-f", "-s", "64", "-e", "trace=fdatasync,fsync,write"])
            .arg(format!("--inject=fdatasync,fsync:error=EIO:when={nth}"))
            .arg("-P")
            .arg(path.with_file_name(scenario.file))
            .arg("-P")
            .arg(&acknowledgements)
            .arg("-o")
            .arg(&trace)
            .arg(env::current_exe().unwrap())
            .args(["--exact", "sqlite::faults::child", "--test-threads=1", "--nocapture"])
            .env(CHILD_PATH, &path)
            .env(CHILD_COMMITS, scenario.commits.to_string())
            .env(CHILD_THREADED, scenario.threaded.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{scenario:?}, sync {nth}: the child broke down");
        let trace = fs::read_to_string(&trace).unwrap();
        let at = trace.find("(INJECTED)")?;
        let (before, after) = trace.split_at(at);
        let (before, after) = (before.to_owned(), after.to_owned());
        let database = open(&format!("sqlite:{}", path.display()));
        let fixture = Fixture { scratch, database, region };
        Some(Self { fixture, before, after, threaded: scenario.threaded })
    }

    fn check(&self, what: &str) {
        let acknowledged = |lines: &str| lines.matches("\"ack ").count();
        let told = self.after.find("\"stopped ");
        let closed = self.after.contains("\"closing failed");
        assert!(told.is_some() || closed, "{what}: nobody was told\n{}", self.after);
        // One commit may be on its way back, its own sync done, while a checkpoint fails on the other thread.
        let late = acknowledged(&self.after);
        assert!(late <= usize::from(self.threaded), "{what}: {late} commits acknowledged\n{}", self.after);
        let after_told = told.map_or(0, |at| acknowledged(&self.after[at..]));
        assert_eq!(after_told, 0, "{what}: acknowledged after the failure was told");
        let kept = self.fixture.database.head(RegionId(1)).unwrap().journal;
        let promised = (acknowledged(&self.before) + late) as u64;
        assert!(kept >= promised, "{what}: {promised} acknowledged, {kept} kept");
    }
}

const CHILD_PATH: &str = "JIFEN_STORE_CHILD_PATH";
const CHILD_COMMITS: &str = "JIFEN_STORE_CHILD_COMMITS";
const CHILD_THREADED: &str = "JIFEN_STORE_CHILD_THREADED";

fn acknowledgements(path: &Path) -> PathBuf {
    path.with_file_name("acknowledgements")
}

/// The program under strace: commits, goes on trying after a failure, and writes down what it was told. Does nothing by itself.
#[test]
fn child() {
    let Some(path) = env::var_os(CHILD_PATH).map(PathBuf::from) else { return };
    let commits: u64 = env::var(CHILD_COMMITS).unwrap().parse().unwrap();
    let file = OpenOptions::new().create(true).append(true).open(acknowledgements(&path)).unwrap();
    let say = {
        let file = Arc::new(Mutex::new(file));
        move |text: String| file.lock().unwrap().write_all(text.as_bytes()).unwrap()
    };
    let database = match Database::open(&format!("sqlite:{}", path.display()), Access::Write { holder: "child".into() })
    {
        Ok(database) => database,
        Err(error) => return say(format!("stopped at opening: {error}\n")),
    };
    if env::var(CHILD_THREADED).unwrap() == "true" {
        let say = say.clone();
        database.start_checkpoints(Box::new(move |error| say(format!("stopped by a checkpoint: {error}\n"))));
    }
    let region = database.regions().unwrap()[0].id;
    let mut head = 0;
    for _ in 0..commits {
        match database.commit(region, &bulky(head, CHILD_BATCH_BYTES)) {
            Ok(()) => {
                head += 1;
                say(format!("ack {head}\n"));
            }
            Err(error) => {
                assert!(error.is_fatal(), "{error}");
                say(format!("stopped by a commit: {error}\n"));
            }
        }
    }
    if let Err(error) = database.close() {
        say(format!("closing failed: {error}\n"));
    }
}
