//! `jifen-sim demo --seed N --until DATE --out DIR`: writes the demo's init directory and its `events.jsonl`.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use clap::{Parser, Subcommand};
use jifen_core::time::Date;

#[derive(Parser)]
#[command(name = "jifen-sim", about = "模拟大厅数据 / data of an invented service hall", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 生成演示数据 / writes the demo: an init directory and events.jsonl
    Demo {
        /// Seed; the same seed and day give the same bytes
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Last simulated day, YYYY-MM-DD; yesterday unless given
        #[arg(long, value_parser = parse_date)]
        until: Option<Date>,
        /// Directory to write
        #[arg(long)]
        out: PathBuf,
    },
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a date is written YYYY-MM-DD, such as 2026-11-22".to_owned())
}

/// Yesterday by the demo's clock, UTC+8.
fn yesterday() -> Date {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    Date(((since_epoch + 8 * 3600) / 86_400) as i32 - 1)
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Demo { seed, until, out } => {
            let until = until.unwrap_or_else(yesterday);
            let demo = jifen_sim::demo(seed, until)?;
            jifen_sim::write(&demo, &out).with_context(|| format!("cannot write to `{}`", out.display()))?;
            eprintln!("`{}`: {} events until {until}", out.display(), demo.events.len());
        }
    }
    Ok(())
}
