//! Boards in memory among many people, beside the SQL that counts who is ahead: own rank, update per entry, any page.
//!
//! The database is filled through the writer, one service a person; the board is read once, then follows commits as in the server.
//! Ratios of one run are what counts.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jifen_bench::{
    hall::{self, RULES, event},
    mix,
};
use jifen_core::{rule::SubjectKind, time::Period};
use jifen_server::{
    app::{App, Options},
    board::{AfterItem, Boards, LeaderboardQuery, Reader, SubjectQuery, leaderboard, own_rank},
    writer::{BATCH_EVENTS_MAX, RegionWriter},
};
use jifen_store::{Access, Database};
use serde_json::{Value, json};

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MONTH: &str = "2026-01";
const FIRST_MS: i64 = 1_767_229_200_000; // 2026-01-01T09:00:00+08:00

/// Who is ahead of a person, counted in SQL over the same rows: the month's sums by subject.
const COUNT_AHEAD: &str = "
    with sums as (
        select subject, sum(own_posted + members_posted + own_provisional + members_provisional) as points
        from rollup
        where region_id = 1
          and bucket = 1
          and subject_kind = 0
          and grain = 2
          and date = (select min(date) from rollup where region_id = 1 and bucket = 1)
          and rule = 'service-time'
        group by subject
    )
    select count(*) + 1 from sums where points > ?1";

/// Measures boards in memory.
#[derive(Parser)]
struct Arguments {
    /// People of the board.
    #[arg(long, default_value_t = 500_000)]
    people: u64,
    /// Own ranks asked for.
    #[arg(long, default_value_t = 2_000)]
    asked: u64,
    /// A folder where the filled database stays for other runs, each of which takes a copy of it.
    #[arg(long)]
    folder: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bench.db");
    match &arguments.folder {
        Some(kept) => {
            let kept = kept.join(format!("{}.db", arguments.people));
            if !kept.exists() {
                fill(&kept, arguments.people)?;
            }
            std::fs::copy(&kept, &path)?;
        }
        None => fill(&path, arguments.people)?,
    }
    let database = Database::open(&url(&path), writing())?;
    let row = database.region("bench")?.context("no region")?;

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let _entered = runtime.enter();
    let app = App::open(database.clone(), Options::default())?;
    let (_, writer) = app.writers().next().context("a region")?;
    let (region, boards) = (writer.region(), Boards::default());
    let reader = Reader::keeping(&database, &row, &region, &boards, writer);
    let period = Period::parse(MONTH).context("month")?;
    let page = |after: Option<AfterItem>, limit| LeaderboardQuery {
        subject: SubjectKind::Person,
        period,
        rule: None,
        dimension: None,
        min_facts: None,
        after,
        limit: Some(limit),
    };

    let (first, read) = timed(|| leaderboard(&reader, &page(None, 50)))?;
    ensure!(first.items.len() == 50 && first.items[0].rank == Some(1), "no board: {:?}", first.items.first());
    println!("read once: {:.2} s", read.as_secs_f64());
    own_ranks(&arguments, &reader, &path, period)?;
    pages(&arguments, &|after| leaderboard(&reader, &page(after, 50)))?;

    // What a commit costs the board: the next look after it, less a look with nothing to follow.
    let (mut followed, mut entries) = (Duration::ZERO, 0);
    for round in 0..20_u64 {
        let services: Vec<String> = (0..1_000)
            .flat_map(|n| service(arguments.people + round * 1_000 + n, mix(round * 1_000 + n) % arguments.people))
            .collect();
        let arrivals = hall::arrivals(&services)?;
        let before = writer.head().borrow().ledger;
        let outcomes =
            runtime.block_on(writer.submit(arrivals, 1_000_000)).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        hall::accepted(&outcomes)?;
        entries += writer.head().borrow().ledger - before;
        let (_, after_commit) = timed(|| leaderboard(&reader, &page(None, 1)))?;
        let (_, idle) = timed(|| leaderboard(&reader, &page(None, 1)))?;
        followed += after_commit.saturating_sub(idle);
    }
    println!("update: {:.2} µs an entry ({entries} entries)", followed.as_secs_f64() * 1e6 / entries as f64);
    Ok(())
}

fn own_ranks(arguments: &Arguments, reader: &Reader<'_>, path: &Path, period: Period) -> Result<()> {
    let own = |person: u64| {
        let query = SubjectQuery { kind: SubjectKind::Person, code: code(person), period };
        own_rank(reader, &query).map(|rank| rank.unwrap_or(0))
    };
    let (sum, took) = timed(|| (0..arguments.asked).map(|n| own(mix(n) % arguments.people)).sum::<Result<u64, _>>())?;
    ensure!(sum > 0, "nobody has a rank");
    let each = took.as_secs_f64() / arguments.asked as f64;

    let sql = rusqlite::Connection::open(path)?;
    let mut count = sql.prepare(COUNT_AHEAD)?;
    let points = |person: u64| points_of(person) * 1_000;
    let (_, warm) = timed(|| count.query_row([points(0)], |row| row.get::<_, i64>(0)))?;
    let mut counted = Duration::ZERO;
    for n in 0..5 {
        let person = mix(n) % arguments.people;
        let (rank, took) = timed(|| count.query_row([points(person)], |row| row.get::<_, i64>(0)))?;
        ensure!(
            rank == own(person)? as i64,
            "SQL and board disagree about {}: {rank} and {}",
            code(person),
            own(person)?
        );
        counted += took;
    }
    let sql_each = counted.as_secs_f64() / 5.0;
    println!(
        "own rank: {:.1} µs; counted in SQL: {:.1} ms (first {:.1})",
        each * 1e6,
        sql_each * 1e3,
        warm.as_secs_f64() * 1e3
    );
    println!("SQL count ÷ own rank: {:.0}", sql_each / each);
    Ok(())
}

/// Any page beside the first: the medians of some places.
fn pages<E: std::error::Error + Send + Sync + 'static>(
    arguments: &Arguments,
    page: &dyn Fn(Option<AfterItem>) -> Result<jifen_server::board::Leaderboard, E>,
) -> Result<()> {
    let median = |after: Option<AfterItem>| -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..31 {
            times.push(timed(|| page(after.clone()))?.1);
        }
        times.sort();
        Ok(times[15].as_secs_f64() * 1e6)
    };
    let first = median(None)?;
    let mut worst: f64 = 0.0;
    for n in 0..20 {
        let person = mix(n + 77) % arguments.people;
        worst = worst.max(median(Some(AfterItem(points_of(person) * 1_000, code(person))))?);
    }
    println!("page of 50: first {first:.0} µs, slowest of 20 {worst:.0} µs; slowest ÷ first: {:.2}", worst / first);
    Ok(())
}

fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), E> {
    let started = on_cpu();
    let done = work()?;
    Ok((done, on_cpu().saturating_sub(started)))
}

/// Time this thread was on a processor: other work on the machine drops out.
fn on_cpu() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

fn code(person: u64) -> String {
    format!("p{person}")
}

/// Minutes that a service takes, and what the rule gives for them.
fn minutes_of(service: u64) -> i64 {
    (mix(service) % 45) as i64
}

fn points_of(service: u64) -> i64 {
    match minutes_of(service) {
        0..=20 => 5,
        21..=30 => 0,
        _ => -3,
    }
}

fn service(number: u64, person: u64) -> [String; 2] {
    let start = FIRST_MS + (number % 20) as i64 * 86_400_000 + (number % 1_000) as i64 * 1_000;
    [("started", start), ("ended", start + minutes_of(number) * 60_000 + 1_000 * i64::from(minutes_of(number) == 0))].map(|(kind, at)| {
        let time = jifen_core::time::Instant(at).to_rfc3339();
        json!({
            "specversion": "1.0", "source": "queue", "id": format!("{number}-{kind}"), "type": format!("jifen.service.{kind}"),
            "time": time, "data": {"service": format!("s{number}"), "window": format!("w{}", number % 200), "person": code(person)}
        })
        .to_string()
    })
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn writing() -> Access {
    Access::Write { holder: "bench".to_owned() }
}

/// Fills a new database, and closes it, so that it is one file.
fn fill(path: &Path, people: u64) -> Result<()> {
    let started = Instant::now();
    let database = Database::open(&url(path), writing())?;
    database.create_region("bench", [7; 32])?;
    fill_region(RegionWriter::open(&database, "bench")?, people)?;
    database.close()?;
    println!("{people} people filled in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn fill_region(mut writer: RegionWriter, people: u64) -> Result<()> {
    let mut batch: Vec<String> = [
        event("region", "organisation.region", json!({"time_zone": "Asia/Shanghai", "rank_facts_min": 1})),
        event("hall", "organisation.hall", json!({"hall": "h1"})),
        event("rules", "ruleset.published", json!({"rules": RULES})),
    ]
    .iter()
    .map(Value::to_string)
    .collect();
    for person in 0..people {
        batch.push(
            event(&format!("person/{person}"), "organisation.person", json!({"person": code(person)})).to_string(),
        );
        batch.extend(service(person, person));
        if batch.len() + 3 > BATCH_EVENTS_MAX || person + 1 == people {
            hall::accepted(&writer.append(hall::arrivals(&batch)?)?)?;
            batch.clear();
        }
    }
    Ok(())
}
