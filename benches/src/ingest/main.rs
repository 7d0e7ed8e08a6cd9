//! The whole path of ingest beside two designs it replaces: rows selected then inserted one by one, and a computing SQL trigger.
//!
//! All read the same JSON, keep the same events, facts, entries and totals (the totals are compared at the end), on SQLite
//! with WAL and `synchronous=FULL`, in transactions of the same size, one after the other in one process. Ratios per CPU second
//! are what counts; wall times name this machine only.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

mod design;
mod jifen;
mod measure;
mod selecting;
mod trigger;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jifen_bench::{memory::peak_mib, rows};

use design::Design;
use measure::{Figure, median};

/// As in the `jifen` binary; all designs use it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compares ingest designs on the same rows.
#[derive(Parser)]
struct Arguments {
    /// Events per run.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// Runs of each design; the median is printed.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Events per transaction; the writer's own bound, which it reaches whenever more is queued than one commit takes.
    #[arg(long, default_value_t = jifen_server::writer::BATCH_EVENTS_MAX)]
    batch: usize,
    /// Also run jifen alone up to this many events and print the rate at the end beside the rate at a tenth of it.
    #[arg(long)]
    large: Option<usize>,
    /// Run jifen alone, for a profiler: no ratios.
    #[arg(long)]
    alone: bool,
    /// Random external ids (UUID-like) instead of ids that grow.
    #[arg(long)]
    random_ids: bool,
}

/// Opens a design on an empty database.
type Open = fn() -> Result<Box<dyn Design>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let rows = rows::Rows { events: arguments.events, random_ids: arguments.random_ids };
    if arguments.alone {
        let figure = measure::ingest(&mut jifen::Jifen::open()?, &rows, arguments.batch)?;
        println!("jifen: {:.0} events/CPU s  {:.0} events/s", figure.per_cpu(), figure.per_wall());
        return Ok(());
    }
    let designs: [(&str, Open); 4] = [
        ("select then insert", || Ok(Box::new(selecting::Selecting::open()?))),
        ("the same, prepared", || Ok(Box::new(selecting::Selecting::by_hand()?))),
        ("computing trigger", || Ok(Box::new(trigger::Trigger::open()?))),
        ("jifen", || Ok(Box::new(jifen::Jifen::open()?))),
    ];
    let mut figures: Vec<Vec<Figure>> = vec![Vec::new(); designs.len()];
    for _ in 0..arguments.runs {
        let mut totals = Vec::new();
        for ((_, open), figures) in designs.iter().zip(&mut figures) {
            let mut design = open()?;
            figures.push(measure::ingest(design.as_mut(), &rows, arguments.batch)?);
            totals.push(design.totals()?);
        }
        ensure!(totals.windows(2).all(|pair| pair[0] == pair[1]), "the designs disagree: {totals:?}");
    }
    println!("{} events, batches of {}, median of {}, synchronous=FULL", rows.events, arguments.batch, arguments.runs);
    let medians: Vec<Figure> = figures.iter().map(|figures| median(figures)).collect();
    for ((name, _), figure) in designs.iter().zip(&medians) {
        println!("{name:>20}: {:>8.0} events/CPU s  {:>8.0} events/s", figure.per_cpu(), figure.per_wall());
    }
    let (own, others) = medians.split_last().context("no designs")?;
    for ((name, _), other) in designs.iter().zip(others) {
        let (cpu, wall) = (own.per_cpu() / other.per_cpu(), own.per_wall() / other.per_wall());
        println!("jifen ÷ {name}: {cpu:.2} per CPU second, {wall:.2} in wall time");
    }
    if let Some(events) = arguments.large {
        large(events, arguments.batch, arguments.random_ids)?;
    }
    Ok(())
}

/// How the rate holds as the tables grow.
fn large(events: usize, batch: usize, random_ids: bool) -> Result<()> {
    let mut design = jifen::Jifen::open()?;
    let tenth = events / 10;
    let rows = rows::Rows { events, random_ids };
    let marks = measure::marks(&mut design, &rows, batch, tenth)?;
    for (index, figure) in marks.iter().enumerate() {
        println!(
            "jifen, {:>9} rows: {:>8.0} events/CPU s  {:>8.0} events/s",
            (index + 1) * tenth,
            figure.per_cpu(),
            figure.per_wall()
        );
    }
    if let (Some(first), Some(last)) = (marks.first(), marks.last()) {
        println!(
            "last tenth ÷ first tenth: {:.2} per CPU second, {:.2} in wall time",
            last.per_cpu() / first.per_cpu(),
            last.per_wall() / first.per_wall()
        );
    }
    println!("peak resident memory: {} MiB", peak_mib()?);
    Ok(())
}
