//! What access checks cost: the leaderboard and ingest through the server's own gate, beside the same server behind a gate that lets
//! everybody do everything, in turn over the same connections, database and boards.
//!
//! The gate that passes all exists here and nowhere else. It finds out who asks, as the real one does, and then neither looks a
//! permission up nor leaves anything out of an answer. What each event is asked on its way beside the gate is timed alone.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    hint::black_box,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use clap::Parser;
use jifen_bench::{
    hall::event,
    load::{Connection, percentile, post_batch},
    rows::{PEOPLE, Rows, WINDOWS},
    served::{EVENTS, Hall, client},
};
use jifen_core::{event::EventType, id::Digest};
use jifen_server::{
    app::{App, Options},
    auth::{Caller, Decision, Grant, Key, Principal, Role, decide_append, hash_password},
    router::{router, router_behind},
    serve::accept,
};
use jifen_store::{AccountRow, GrantRow, SessionRow};
use serde_json::json;
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The board that is asked for, as the page asks.
const BOARD: &str = "/api/v1/leaderboard?subject=person&period=2026-01&limit=50";
/// Most that checks may add to the median of the leaderboard.
const BOARD_GOAL: f64 = 0.05;
/// Most that checks may add to ingest.
const INGEST_GOAL: f64 = 0.02;
/// Decisions that are timed alone.
const DECISIONS: u32 = 1_000_000;

/// Measures what access checks add.
#[derive(Parser)]
struct Arguments {
    /// Rounds, each of both gates one after the other in turns.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// Leaderboards a round and gate.
    #[arg(long, default_value_t = 400)]
    asked: usize,
    /// Events a round and gate.
    #[arg(long, default_value_t = 4_000)]
    events: usize,
    /// Events a request.
    #[arg(long, default_value_t = 100)]
    batch: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let hall = Hall::create(folder.path())?;
    // Beside a second hall a director's scope is not the whole region.
    hall.append([event("hall/2", "organisation.hall", json!({"hall": "h2"})).to_string()])?;
    let rows = Rows { events: arguments.events * (3 * arguments.rounds + 4), random_ids: false };
    // Where people belong says who sees them; a code is a person of its source.
    hall.append((0..PEOPLE).map(|person| {
        let data = json!({"person": format!("p{person}"), "window": format!("w{}", person % WINDOWS)});
        let mut belongs = event(&format!("belongs/{person}"), "organisation.person", data);
        belongs["source"] = json!("queue");
        belongs.to_string()
    }))?;
    hall.append((0..arguments.events).map(|index| rows.json(index)))?;
    let (cookie, key) = (director(&hall)?, hall.key(Role::Source, "queue")?);
    let both = Both::start(&hall)?;
    let client = client()?;

    let board = client.block_on(boards(&both, &cookie, &arguments))?;
    println!("leaderboard of a hall, {} rounds of {} requests by a director:", arguments.rounds, arguments.asked);
    tell(&board, "µs", BOARD_GOAL);
    let (ingest, same) = client.block_on(posts(&both, &key, &rows, &arguments))?;
    println!("ingest, {} rounds of {} events, {} a request:", arguments.rounds, arguments.events, arguments.batch);
    tell(&ingest, "CPU µs an event", INGEST_GOAL);
    let [low, added, high] = same.added().map(|share| share * 100.0);
    println!("  the same gate beside itself: {added:.1} % (quartiles {low:.1} to {high:.1})");
    let decision = decision(&hall)?;
    let share = decision / ingest.passing();
    println!("  of each event itself is asked once more: {:.3} µs, {:.2} % of it", decision, share * 100.0);
    Ok(())
}

/// Rounds of both gates, in µs.
struct Paired(Vec<(f64, f64)>);

impl Paired {
    fn middle(&self, of: impl Fn(&(f64, f64)) -> f64) -> f64 {
        let mut all: Vec<f64> = self.0.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        percentile(&all, 50)
    }

    fn passing(&self) -> f64 {
        self.middle(|(_, passing)| *passing)
    }

    /// What the checks add, as a share: a quarter of the rounds below, the median, a quarter above.
    fn added(&self) -> [f64; 3] {
        let mut ratios: Vec<f64> = self.0.iter().map(|(checked, passing)| checked / passing - 1.0).collect();
        ratios.sort_by(f64::total_cmp);
        [25, 50, 75].map(|share| percentile(&ratios, share))
    }
}

fn tell(paired: &Paired, unit: &str, goal: f64) {
    let [low, added, high] = paired.added().map(|share| share * 100.0);
    println!("  {:.1} {unit} with checks, {:.1} without", paired.middle(|(checked, _)| *checked), paired.passing());
    let reached = if added <= goal * 100.0 { "reached" } else { "not reached" };
    println!("  checks add {added:.1} % (quartiles {low:.1} to {high:.1}); goal {:.0} %: {reached}", goal * 100.0);
}

/// The median of a board's requests, round by round.
async fn boards(both: &Both, cookie: &str, arguments: &Arguments) -> Result<Paired> {
    let request = format!("GET {BOARD} HTTP/1.1\r\nhost: bench\r\ncookie: jifen={cookie}\r\n\r\n").into_bytes();
    let (mut checked, mut passing) = (Connection::open(both.checked).await?, Connection::open(both.passing).await?);
    let (first, second) = (checked.ask(&request).await?, passing.ask(&request).await?);
    ensure!(first.status == 200, "refused: {}", String::from_utf8_lossy(&first.body));
    let texts = [&first, &second].map(|answer| String::from_utf8_lossy(&answer.body));
    ensure!(texts[0] == texts[1], "the two gates answer differently: {texts:.300?}");
    let mut rounds = Vec::new();
    for round in 0..arguments.rounds {
        let mut medians = [0.0; 2];
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let connection = if which == 0 { &mut checked } else { &mut passing };
            let mut times = Vec::with_capacity(arguments.asked);
            for _ in 0..arguments.asked {
                let asked = Instant::now();
                ensure!(connection.ask(&request).await?.status == 200, "refused");
                times.push(asked.elapsed());
            }
            times.sort_unstable();
            medians[which] = micros(percentile(&times, 50));
        }
        rounds.push((medians[0], medians[1]));
    }
    Ok(Paired(rounds))
}

/// Time on the processors for an event, round by round: of both gates, and of the one that passes all beside itself; all lead to one
/// writer.
///
/// Whose turn is when is drawn: the writer's own work comes back every so many events, and turns that alternate meet it unevenly.
async fn posts(both: &Both, key: &str, rows: &Rows, arguments: &Arguments) -> Result<(Paired, Paired)> {
    let mut connections = Vec::new();
    for gate in [both.checked, both.passing, both.passing] {
        connections.push(Connection::open(gate).await?);
    }
    let mut next = arguments.events;
    let (mut added, mut same) = (Vec::new(), Vec::new());
    for round in 0..=arguments.rounds {
        let mut turns = [0, 1, 2];
        turns.sort_by_key(|turn| Digest::of(format!("{round} {turn}").as_bytes()).0);
        let mut spent = [0.0; 3];
        for which in turns {
            let events: Vec<String> = (next..next + arguments.events).map(|index| rows.json(index)).collect();
            next += arguments.events;
            let requests: Vec<_> = events.chunks(arguments.batch).map(|batch| post_batch(EVENTS, key, batch)).collect();
            let before = cpu_micros();
            for request in &requests {
                let answer = connections[which].ask(request).await?;
                ensure!(answer.status == 200, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
            }
            spent[which] = (cpu_micros() - before) / arguments.events as f64;
        }
        // The first round warms up.
        if round > 0 {
            added.push((spent[0], (spent[1] + spent[2]) / 2.0));
            same.push((spent[1], spent[2]));
        }
    }
    Ok((Paired(added), Paired(same)))
}

/// What it takes, in µs, to decide whether a source may send an event.
fn decision(hall: &Hall) -> Result<f64> {
    let row = hall.database.keys(hall.row.id)?.into_iter().next().context("no key")?;
    let source = Principal::of(row, hall.row.clone()).context("no role")?;
    let started = Instant::now();
    for _ in 0..DECISIONS {
        let decided = decide_append(black_box(&source), black_box(EventType::ServiceStarted));
        ensure!(decided == Decision::Allowed, "the source may not send");
    }
    Ok(micros(started.elapsed()) / f64::from(DECISIONS))
}

/// Time of all threads of this process on the processors.
fn cpu_micros() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The session of somebody who sees one of two halls.
fn director(hall: &Hall) -> Result<String> {
    let (now, name) = (jifen_core::time::Instant(wall_ms()), "director".to_owned());
    let password = hash_password("only for this benchmark")?;
    let account = AccountRow {
        region: hall.row.id,
        name: name.clone(),
        role: Role::None.name().to_owned(),
        password: password.clone(),
        must_change: false,
        disabled: false,
        person: None,
        created: now,
    };
    let granted = GrantRow {
        region: hall.row.id,
        number: 0,
        account: name.clone(),
        role: Role::HallDirector.name().to_owned(),
        place_kind: "hall".to_owned(),
        place: "h1".to_owned(),
        begins: now,
        ends: None,
        reason: "bench".to_owned(),
        granted: now,
        granted_by: "bench".to_owned(),
        revoked: None,
        revoked_by: None,
    };
    hall.database.add_account_with(&account, &[granted])?;
    let id = Key::generate()?;
    let session = SessionRow {
        digest: id.digest(),
        region: hall.row.id,
        number: 0,
        account: name,
        created: now,
        last_seen: now,
        agent: String::new(),
        proved: now,
    };
    hall.database.open_session(&session, &password, None, None)?.context("no session")?;
    Ok(id.reveal())
}

fn wall_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// One server behind two gates, until dropped.
struct Both {
    checked: SocketAddr,
    passing: SocketAddr,
    stop: watch::Sender<bool>,
    runtime: Option<Runtime>,
}

impl Both {
    fn start(hall: &Hall) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let entered = runtime.enter();
        let app = App::open(hall.database.clone(), Options::default())?;
        let gate = middleware::from_fn_with_state(app.clone(), pass_all);
        let passing = router_behind(app.clone(), |routes| routes.route_layer(gate));
        let stop = watch::Sender::new(false);
        let serve = |router: Router| -> Result<SocketAddr> {
            let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            let address = listener.local_addr()?;
            let mut stopped = stop.subscribe();
            runtime.spawn(accept(router, listener, async move { drop(stopped.changed().await) }));
            Ok(address)
        };
        let (checked, passing) = (serve(router(app))?, serve(passing)?);
        drop(entered);
        Ok(Self { checked, passing, stop, runtime: Some(runtime) })
    }
}

impl Drop for Both {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// Whoever is somebody may do everything, everywhere.
async fn pass_all(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match Caller::from_request_parts(&mut parts, &app).await {
        Ok(Caller(who)) => {
            let everything = Caller(Principal { grants: vec![Grant::of(Role::Administrator)], ..who });
            parts.extensions.insert(everything);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => problem.into_response(),
    }
}
