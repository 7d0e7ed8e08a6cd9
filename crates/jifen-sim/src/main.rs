//! `jifen-sim`: writes an invented city, its init directory and its history.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use jifen_core::time::Date;
use jifen_sim::{City, Scale, Seed};

#[derive(Parser)]
#[command(name = "jifen-sim", about = "模拟城市的数据 / data of an invented city", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 写出区划、规则与真值 / writes the init directory and the truth, no events
    Plan {
        #[command(flatten)]
        city: CityArguments,
        /// Directory to write
        #[arg(long)]
        out: PathBuf,
    },
    /// 写出区划与历史 / writes the init directory and the history until yesterday as events.jsonl
    Demo {
        #[command(flatten)]
        city: CityArguments,
        /// Only the last days; all unless given
        #[arg(long)]
        days: Option<i32>,
        /// Directory to write
        #[arg(long)]
        out: PathBuf,
    },
}

/// Which city.
#[derive(Args)]
struct CityArguments {
    /// Seed; the same seed, day and size give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Today, YYYY-MM-DD: history ends before it; by the clock unless given
    #[arg(long, value_parser = parse_date)]
    anchor: Option<Date>,
    /// How large
    #[arg(long, value_enum, default_value_t = Scale::City)]
    scale: Scale,
}

impl CityArguments {
    fn found(&self) -> anyhow::Result<City> {
        let anchor = self.anchor.unwrap_or_else(today);
        Ok(City::new(Seed { number: self.seed, anchor, scale: self.scale })?)
    }
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a date is written YYYY-MM-DD, such as 2026-11-22".to_owned())
}

/// Today by the demo's clock, UTC+8.
fn today() -> Date {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    Date(((since_epoch + 8 * 3600) / 86_400) as i32)
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Plan { city, out } => {
            let city = city.found()?;
            jifen_sim::write_plan(&city, &out).with_context(|| format!("cannot write to `{}`", out.display()))
        }
        Command::Demo { city, days, out } => {
            let anchor = city.anchor.unwrap_or_else(today);
            let city = city.found()?;
            let first = days.map_or(city.first(), |days| city.first().max(anchor.plus(-days)));
            let written =
                jifen_sim::write_plan(&city, &out).and_then(|()| jifen_sim::write_history(&city, first, &out));
            let count = written.with_context(|| format!("cannot write to `{}`", out.display()))?;
            eprintln!("`{}`: {count} events before {anchor}", out.display());
            Ok(())
        }
    }
}
