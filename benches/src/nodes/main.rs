//! A node more: what one, two … `serve` of one PostgreSQL take together, all regions fed through all nodes as a load balancer would.
//!
//! The numbers of nodes take turns on the same database, each after the nodes have shared the regions; every answer is waited for, and at
//! the end the journals hold what was acknowledged. Nodes, clients and the server share this machine's processors: a node more brings no
//! more of them, so what is measured is that it costs nothing.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jifen_bench::{
    load::{self, post_batch},
    rows::{self, Rows, WINDOWS},
    served::{EVENTS, Hall, Served, client},
};
use jifen_scratch::{Cluster, Listen};
use jifen_server::auth::Role;
use jifen_store::{Access, Database, RegionRow};

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Longest that nodes may take to share the regions.
const SHARED_MAX: Duration = Duration::from_secs(60);

/// Measures what several nodes take.
#[derive(Parser)]
struct Arguments {
    /// Most nodes.
    #[arg(long, default_value_t = 2)]
    nodes: usize,
    /// Runs of each number of nodes; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Regions.
    #[arg(long, default_value_t = 4)]
    regions: usize,
    /// Connections a region, which reach the nodes in turn.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Events a region and run.
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// Events a request.
    #[arg(long, default_value_t = 500)]
    batch: usize,
}

/// A region and the key of who feeds it.
struct Fed {
    row: RegionRow,
    key: String,
    /// Records before the first that is measured.
    before: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.regions >= arguments.nodes, "a node without a region only relays: fewer nodes, or more regions");
    let cluster = Cluster::start_in(&std::env::temp_dir(), Listen::Tcp, &["fsync=on", "shared_buffers=256MB"])?;
    let url = cluster.migrated()?;
    let regions = (0..arguments.regions).map(|number| region(&url, number)).collect::<Result<Vec<_>>>()?;
    let client = client()?;
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); arguments.nodes];
    let mut sent = 0;
    for _ in 0..arguments.runs {
        for (count, rates) in (1..).zip(&mut rates) {
            let nodes = Nodes::start(&url, count)?;
            nodes.share(&regions)?;
            let requests = requests(&regions, &arguments, sent..sent + arguments.events);
            let bodies: usize = requests.iter().map(Vec::len).sum();
            let rate = client.block_on(load::send_all(&nodes.addresses(), requests))?;
            rates.push(rate.per_second / bodies as f64 * (arguments.events * arguments.regions) as f64);
            sent += arguments.events;
        }
    }
    let database = Database::open(&url, Access::Read)?;
    for region in &regions {
        let found = database.head(region.row.id)?.journal - region.before;
        ensure!(found == sent as u64, "region `{}` has {found} records of {sent}", region.row.code);
    }
    println!(
        "{} regions, {} events each a run, {} a request, median of {}, fsync on, loopback TCP",
        arguments.regions, arguments.events, arguments.batch, arguments.runs
    );
    for (count, all) in (1..).zip(&rates) {
        let ratios = all.iter().zip(&rates[0]).map(|(rate, alone)| rate / alone);
        println!("{count} nodes: {:>8.0} events/s, {:.2} of one", median(all.iter().copied()), median(ratios));
    }
    Ok(())
}

/// A new region with organisation and rule.
fn region(url: &str, number: usize) -> Result<Fed> {
    let database = Database::open(url, Access::Write { holder: "bench".to_owned() })?;
    let row = database.create_region(&format!("bench-{number}"), [7; 32])?;
    let hall = Hall { database, row };
    hall.append(rows::opening())?;
    let before = hall.database.head(hall.row.id)?.journal;
    let key = hall.key(Role::Source, "queue")?;
    hall.database.close()?;
    Ok(Fed { row: hall.row, key, before })
}

/// What each connection sends; a service's end goes the way of its start.
fn requests(regions: &[Fed], arguments: &Arguments, events: Range<usize>) -> Vec<Vec<Vec<u8>>> {
    let rows = Rows { events: events.end, random_ids: false };
    let connection = |index: usize| index % WINDOWS as usize % arguments.connections;
    let of_region = |region: &Fed| -> Vec<Vec<Vec<u8>>> {
        let mut sent = vec![Vec::new(); arguments.connections];
        for index in events.clone() {
            sent[connection(index)].push(rows.json(index));
        }
        let batches =
            |all: Vec<String>| all.chunks(arguments.batch).map(|some| post_batch(EVENTS, &region.key, some)).collect();
        sent.into_iter().map(batches).collect()
    };
    regions.iter().flat_map(of_region).collect()
}

/// Nodes that serve one database until dropped.
struct Nodes(Vec<(Served, Database)>);

impl Nodes {
    fn start(url: &str, count: usize) -> Result<Self> {
        let start = |_| {
            let database = Database::open(url, Access::Serve { holder: "bench".to_owned() })?;
            Ok((Served::of(&database)?, database))
        };
        (0..count).map(start).collect::<Result<_>>().map(Self)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|(served, _)| served.address).collect()
    }

    /// Waits until each node writes its share of the regions, one more or less.
    fn share(&self, regions: &[Fed]) -> Result<()> {
        let (_, database) = self.0.first().context("a node")?;
        let (started, fewest) = (Instant::now(), regions.len() / self.0.len());
        while started.elapsed() < SHARED_MAX {
            let mut held: BTreeMap<String, usize> = BTreeMap::new();
            for (_, holder) in database.holders()? {
                *held.entry(holder.node.map(|node| node.address).unwrap_or_default()).or_default() += 1;
            }
            let addresses = self.addresses();
            let of = |address: &SocketAddr| held.get(&format!("http://{address}")).copied().unwrap_or(0);
            if addresses.iter().all(|address| of(address) >= fewest) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("the nodes have not shared the regions")
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
