//! One event a request over HTTP, beside the same served by FastAPI and sqlite3, and beside our own empty request.
//!
//! All answer the same clients one after the other on the same machine; both event services keep the same events, facts, entries
//! and totals in SQLite with WAL and `synchronous=FULL`, durable before the answer. The sums of points are compared at the end.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use jifen_bench::{
    load::{self, Connection, Rate, get, post},
    rows::{Rows, WINDOWS},
    served::{EVENTS, Hall, Served, client},
};
use jifen_core::{points::Points, rule::SubjectKind, time::Period};
use jifen_server::{
    auth::Role,
    board::{LeaderboardQuery, Reader, leaderboard},
};
use serde_json::Value;

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Requests before those that are measured.
const WARM_UP: usize = 400;

/// Measures requests of one event each.
#[derive(Parser)]
struct Arguments {
    /// Events, and empty requests.
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// Connections that stay open.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// A Python with FastAPI, uvicorn and pydantic; without it the baseline is left out.
    #[arg(long)]
    python: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let client = client()?;
    println!("{} events, one a request, {} connections, synchronous=FULL", arguments.events, arguments.connections);

    let folder = tempfile::tempdir()?;
    let hall = Hall::create(folder.path())?;
    let key = hall.key(Role::Source, "queue")?;
    let served = Served::start(&hall)?;
    let empty = vec![vec![get("/healthz", ""); arguments.events / arguments.connections]; arguments.connections];
    let empty = client.block_on(load::send_all(&[served.address], empty))?;
    tell("empty request", empty);
    let posted = client.block_on(measured(served.address, EVENTS, &key, &arguments))?;
    tell("jifen", posted);
    drop(served);
    println!("jifen ÷ empty request: {:.2}", posted.per_second / empty.per_second);

    if let Some(python) = &arguments.python {
        let baseline = Baseline::start(python)?;
        let fastapi = client.block_on(measured(baseline.address, "/events", "none", &arguments))?;
        tell("FastAPI + sqlite3", fastapi);
        println!("jifen ÷ FastAPI: {:.1}", posted.per_second / fastapi.per_second);
        let (ours, theirs) = (points(&hall)?, client.block_on(baseline.points())?);
        ensure!(ours == theirs, "the sums of points differ: {ours} and {theirs}");
    }
    Ok(())
}

fn tell(what: &str, rate: Rate) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let Rate { per_second, p50, p99 } = rate;
    println!("{what:>18}: {per_second:>7.0} requests/s  p50 {:.2} ms  p99 {:.2} ms", ms(p50), ms(p99));
}

/// Warms up, then measures.
async fn measured(address: SocketAddr, path: &str, key: &str, arguments: &Arguments) -> Result<Rate> {
    let until = WARM_UP + arguments.events;
    load::send_all(&[address], requests(path, key, arguments.connections, 0..WARM_UP)).await?;
    load::send_all(&[address], requests(path, key, arguments.connections, WARM_UP..until)).await
}

/// What each connection sends; a service's end goes the way of its start.
fn requests(path: &str, key: &str, connections: usize, events: std::ops::Range<usize>) -> Vec<Vec<Vec<u8>>> {
    let rows = Rows { events: events.end, random_ids: false };
    let mut requests = vec![Vec::new(); connections];
    for index in events {
        requests[index % WINDOWS as usize % connections].push(post(path, key, &rows.json(index)));
    }
    requests
}

/// The hall's points, in thousandths.
fn points(hall: &Hall) -> Result<i64> {
    let region = jifen_server::writer::restore_region(&hall.database, &hall.row)?;
    let query = LeaderboardQuery {
        subject: SubjectKind::Hall,
        period: Period::parse("all").context("period")?,
        rule: None,
        dimension: None,
        min_facts: None,
        after: None,
        limit: None,
    };
    let board = leaderboard(&Reader::new(&hall.database, &hall.row, &region), &query)?;
    Ok(Points::parse(&board.items.first().context("no hall")?.points)?.0)
}

/// The FastAPI service, stopped when dropped.
struct Baseline {
    address: SocketAddr,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Baseline {
    fn start(python: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
        let process = Command::new(python)
            .args(["-m", "uvicorn", "baseline:app", "--no-access-log", "--log-level", "warning", "--app-dir"])
            .arg(source)
            .args(["--port", &address.port().to_string()])
            .env("BASELINE_DATABASE", folder.path().join("bench.db"))
            .spawn()
            .with_context(|| format!("cannot start `{}`", python.display()))?;
        let mut baseline = Self { address, process, _folder: folder };
        let started = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if started.elapsed() > Duration::from_secs(60) || baseline.process.try_wait()?.is_some() {
                bail!("the baseline does not answer");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(baseline)
    }

    async fn points(&self) -> Result<i64> {
        let answer = Connection::open(self.address).await?.ask(&get("/points", "none")).await?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        answer["points_milli"].as_i64().context("no points")
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
