//! Ingest on PostgreSQL beside two designs it replaces, and beside `COPY`, on one server over TCP with `fsync` on.
//!
//! All read the same JSON in transactions of the same size, one after the other; all but the last keep the same events, facts, entries and
//! totals, which are compared at the end. CPU is that of this process and of the server's together.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

#[path = "../ingest/design.rs"]
mod design;
mod jifen;
mod measure;
mod peers;

use anyhow::{Result, ensure};
use clap::Parser;
use jifen_bench::rows::Rows;
use jifen_scratch::{Cluster, Listen};

use design::{Design, Totals};
use measure::{Figure, median};

/// As in the `jifen` binary; all designs use it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compares ingest designs on the same rows.
#[derive(Parser)]
struct Arguments {
    /// Events per run.
    #[arg(long, default_value_t = 40_960)]
    events: usize,
    /// Runs of each design; the median is printed.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Events per transaction.
    #[arg(long, default_value_t = jifen_server::writer::BATCH_EVENTS_MAX)]
    batch: usize,
}

/// Opens a design on an empty database.
type Open = fn(&Cluster) -> Result<Box<dyn Design>>;

/// The last of them, which keeps the events alone and looks for no repeats: the limit.
const LIMIT: &str = "COPY of events alone";

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let rows = Rows { events: arguments.events, random_ids: false };
    let cluster = Cluster::start_in(&std::env::temp_dir(), Listen::Tcp, &["fsync=on", "shared_buffers=256MB"])?;
    let designs: [(&str, Open); 5] = [
        ("row by row", |cluster| Ok(Box::new(peers::RowByRow::open(cluster)?))),
        ("plpgsql trigger", |cluster| Ok(Box::new(peers::Trigger::open(cluster)?))),
        ("jifen", |cluster| Ok(Box::new(jifen::Jifen::open(cluster)?))),
        ("COPY of the same", |cluster| Ok(Box::new(peers::CopyOfAll::open(cluster)?))),
        (LIMIT, |cluster| Ok(Box::new(peers::Copy::open(cluster)?))),
    ];
    let mut figures: Vec<Vec<Figure>> = vec![Vec::new(); designs.len()];
    for _ in 0..arguments.runs {
        let mut totals: Vec<Totals> = Vec::new();
        for ((name, open), figures) in designs.iter().zip(&mut figures) {
            let mut design = open(&cluster)?;
            figures.push(measure::ingest(design.as_mut(), &rows, arguments.batch, cluster.pid()?)?);
            if *name != LIMIT {
                totals.push(design.totals()?);
            }
        }
        ensure!(totals.windows(2).all(|pair| pair[0] == pair[1]), "the designs disagree");
    }
    println!(
        "{} events, batches of {}, median of {}, fsync on, loopback TCP",
        rows.events, arguments.batch, arguments.runs
    );
    let medians: Vec<Figure> = figures.iter().map(|figures| median(figures)).collect();
    for ((name, _), figure) in designs.iter().zip(&medians) {
        println!("{name:>20}: {:>8.0} events/CPU s  {:>8.0} events/s", figure.per_cpu(), figure.per_wall());
    }
    let own = &medians[2];
    for (index, (name, _)) in designs.iter().enumerate().filter(|(index, _)| *index != 2) {
        let (cpu, wall) = (own.per_cpu() / medians[index].per_cpu(), own.per_wall() / medians[index].per_wall());
        println!("jifen ÷ {name}: {cpu:.2} per CPU second, {wall:.2} in wall time");
    }
    Ok(())
}
