//! A draft tried on a hall's quarter: how long `compare` takes, from the rule file's text to everybody's points under both.
//!
//! The journal is filled through the writer and stays in a folder if one is named. First the rules in force are tried as a draft, which
//! must change nothing, then a draft that pays otherwise, which must.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jifen_bench::{
    hall::{self, RULES},
    memory,
    rows::{Rows, opening},
};
use jifen_core::time::Date;
use jifen_server::{
    whatif::{Checked, Comparison, Question, compare},
    writer::{BATCH_EVENTS_MAX, RegionWriter, restore_region},
};
use jifen_store::{Access, Database, RegionRow};

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The goal for a quarter of 1.2 million facts.
const GOAL_S: f64 = 30.0;

/// Measures a what-if.
#[derive(Parser)]
struct Arguments {
    /// Facts of the quarter; each is made of two events.
    #[arg(long, default_value_t = 1_200_000)]
    facts: usize,
    /// A folder where the filled database stays for other runs.
    #[arg(long)]
    folder: Option<PathBuf>,
}

fn main() -> Result<()> {
    let Arguments { facts, folder } = Arguments::parse();
    let own = tempfile::tempdir()?;
    let path = folder.as_deref().unwrap_or(own.path()).join(format!("whatif-{facts}.db"));
    if !path.exists() {
        fill(&path, facts)?;
    }
    let database = Database::open(&format!("sqlite:{}", path.display()), Access::Read)?;
    let row = database.region("bench")?.context("no region")?;
    println!("journal: {} records", database.head(row.id)?.journal);

    let same = tried(&database, &row, RULES)?;
    ensure!(same.total.before == same.total.after, "the rules in force change {:?}", same.total);
    let other = tried(&database, &row, &RULES.replace("points = \"5\"", "points = \"4\""))?;
    ensure!(other.total.before == same.total.before, "what stands differs: {:?}", other.total);
    ensure!(other.total.before != other.total.after, "a draft that pays otherwise changes nothing");
    println!("peak resident memory: {} MiB", memory::peak_mib()?);
    Ok(())
}

fn tried(database: &Database, row: &RegionRow, rules: &str) -> Result<Comparison> {
    let started = Instant::now();
    let region = restore_region(database, row)?;
    let date = |text| Date::parse(text).context("date");
    let question = Question { text: rules.to_owned(), from: date("2026-01-01")?, to: date("2026-12-31")? };
    let mut steps = 0_u64;
    let comparison = compare(database, row, &region, &Checked::of(question, &region)?, &mut |_, _| {
        steps += 1;
        true
    })?;
    let took = started.elapsed().as_secs_f64();
    let records = comparison.as_of_position as f64;
    println!(
        "what-if: {took:.1} s (goal {GOAL_S} s), {:.2} µs a record, {steps} steps of progress",
        took * 1e6 / records
    );
    Ok(comparison)
}

/// Fills a new database, and closes it, so that it is one file.
fn fill(path: &Path, facts: usize) -> Result<()> {
    let started = Instant::now();
    let database = Database::open(&format!("sqlite:{}", path.display()), Access::Write { holder: "bench".to_owned() })?;
    database.create_region("bench", [7; 32])?;
    let mut writer = RegionWriter::open(&database, "bench")?;
    hall::accepted(&writer.append(hall::arrivals(&opening())?)?)?;
    let rows = Rows { events: 2 * facts, random_ids: false };
    for from in (0..rows.events).step_by(BATCH_EVENTS_MAX) {
        let batch: Vec<String> =
            (from..rows.events.min(from + BATCH_EVENTS_MAX)).map(|index| rows.json(index)).collect();
        hall::accepted(&writer.append(hall::arrivals(&batch)?)?)?;
    }
    drop(writer);
    database.close()?;
    println!("{facts} facts filled in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}
