//! Live streams beside ingest: how long after it is posted an event is told to every client, and until a board shows it.
//!
//! Clients are connections of their own over TCP that read server-sent events; one thread runs them all, the server has its own.
//! A post is delivered to a client with the first message whose position is not before the post's.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jifen_bench::{
    load::{Connection, get, percentile, post_batch},
    rows::Rows,
    served::{EVENTS, Hall, Served, client},
};
use jifen_server::{auth::Role, live::STREAMS_PER_ACCOUNT_MAX};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use tokio::task::LocalSet;

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FOLLOW: &str = "/api/v1/live";
const BOARD: &str = "/api/v1/leaderboard?subject=window&period=2026-01&limit=50";
/// What is posted before all clients are there is not measured; nor what they may not have been told at the end.
const SETTLE: Duration = Duration::from_secs(3);

/// Measures live streams.
#[derive(Parser)]
struct Arguments {
    /// Clients that follow.
    #[arg(long, default_value_t = 2_000)]
    clients: usize,
    /// Clients that read a board at every message.
    #[arg(long, default_value_t = 8)]
    readers: usize,
    /// Posts a second.
    #[arg(long, default_value_t = 20)]
    posts: u32,
    /// Events a post.
    #[arg(long, default_value_t = 50)]
    events: usize,
    /// Seconds of ingest.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
}

/// Journal positions and when they were posted, told or seen.
type Marks = Vec<(Instant, u64)>;

#[derive(Default)]
struct Seen {
    /// Of each client that follows.
    told: Vec<Marks>,
    /// Of each client that reads boards.
    shown: Vec<Marks>,
    messages: usize,
    resynchronised: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // Both ends of every connection are this process's.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;

    let folder = tempfile::tempdir()?;
    let hall = Hall::create(folder.path())?;
    let source = hall.key(Role::Source, "queue")?;
    let all = arguments.clients + arguments.readers;
    let accounts = all.div_ceil(STREAMS_PER_ACCOUNT_MAX);
    let keys = (0..accounts).map(|n| hall.key(Role::Staff, &format!("desk-{n}"))).collect::<Result<Vec<_>>>()?;
    let served = Served::start(&hall)?;
    let seen = Rc::new(RefCell::new(Seen::default()));
    let local = LocalSet::new();
    let posted = local.block_on(&client()?, async {
        for number in 0..all {
            let mut connection = Connection::open(served.address).await?;
            let key = keys[number / STREAMS_PER_ACCOUNT_MAX].clone();
            connection.follow(&get(FOLLOW, &key)).await?;
            if number < arguments.clients {
                tokio::task::spawn_local(follow(connection, seen.clone()));
            } else {
                tokio::task::spawn_local(read(connection, served.address, key, seen.clone()));
            }
        }
        tokio::time::sleep(SETTLE).await;
        let posted = ingest(served.address, &source, &arguments).await;
        tokio::time::sleep(SETTLE).await;
        posted
    })?;
    let seen = seen.borrow();
    ensure!(seen.told.len() == arguments.clients, "only {} clients were told anything", seen.told.len());

    let Arguments { clients, posts, events, seconds, .. } = arguments;
    println!("{clients} clients, {posts} posts of {events} events a second, {seconds} s, synchronous=FULL");
    println!(
        "messages: {} ({:.1} a second and client), orders to resynchronise: {}",
        seen.messages,
        seen.messages as f64 / clients as f64 / f64::from(seconds),
        seen.resynchronised
    );
    tell("posted → delivered", &posted, &seen.told)?;
    tell("posted → on a board", &posted, &seen.shown)
}

/// Posts at a steady pace; what each was answered last, and when it was sent.
async fn ingest(address: SocketAddr, key: &str, arguments: &Arguments) -> Result<Marks> {
    let rows = Rows { events: usize::MAX, random_ids: false };
    let mut connection = Connection::open(address).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / arguments.posts);
    let mut posted = Marks::new();
    for number in 0..(arguments.posts * arguments.seconds) as usize {
        let events: Vec<String> =
            (number * arguments.events..(number + 1) * arguments.events).map(|index| rows.json(index)).collect();
        let request = post_batch(EVENTS, key, &events);
        ticks.tick().await;
        let sent = Instant::now();
        let answer = connection.ask(&request).await?;
        ensure!(answer.status == 200, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let positions = answer["results"].as_array().into_iter().flatten().filter_map(|one| one["position"].as_u64());
        posted.push((sent, positions.max().context("no position")?));
    }
    Ok(posted)
}

/// Notes what a client is told.
async fn follow(mut connection: Connection, seen: Rc<RefCell<Seen>>) {
    let index = {
        let told = &mut seen.borrow_mut().told;
        told.push(Marks::new());
        told.len() - 1
    };
    while let Ok((event, position)) = connection.next_message().await {
        let mut seen = seen.borrow_mut();
        seen.messages += 1;
        seen.resynchronised += usize::from(event == "resync");
        seen.told[index].push((Instant::now(), position));
    }
}

/// Reads a board at every message and notes up to where it counts.
async fn read(mut connection: Connection, address: SocketAddr, key: String, seen: Rc<RefCell<Seen>>) -> Result<()> {
    let index = {
        let shown = &mut seen.borrow_mut().shown;
        shown.push(Marks::new());
        shown.len() - 1
    };
    let mut asking = Connection::open(address).await?;
    let request = get(BOARD, &key);
    loop {
        connection.next_message().await?;
        let answer = asking.ask(&request).await?;
        let board: Value = serde_json::from_slice(&answer.body)?;
        let position = board["as_of_position"].as_u64().context("no position")?;
        seen.borrow_mut().shown[index].push((Instant::now(), position));
    }
}

/// Prints how long after being sent each post came to each client.
fn tell(what: &str, posted: &Marks, clients: &[Marks]) -> Result<()> {
    let mut took = Vec::with_capacity(posted.len() * clients.len());
    for client in clients {
        let mut marks = client.iter().peekable();
        for (sent, position) in posted {
            while marks.next_if(|(_, told)| told < position).is_some() {}
            let (told, _) = marks.peek().with_context(|| format!("position {position} never came to a client"))?;
            took.push(told.saturating_duration_since(*sent));
        }
    }
    took.sort_unstable();
    let ms = |share: usize| percentile(&took, share).as_secs_f64() * 1e3;
    println!("{what}: p50 {:.0} ms, p99 {:.0} ms, slowest {:.0} ms ({} pairs)", ms(50), ms(99), ms(100), took.len());
    Ok(())
}
