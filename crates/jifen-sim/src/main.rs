//! `jifen-sim`: writes an invented city, feeds its events to a server, and holds the ledger against its own tally.

#![allow(clippy::print_stdout, reason = "a command's result goes to standard output")]

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use jifen_core::time::Date;
use jifen_sim::{
    City, Hundred, Moment, Scale, Seed,
    feed::{Client, Feed, Progress, SecondHall, feed, now},
};

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
    /// 把事件送到服务的公开接口 / sends events to a server's public API: the newest week, older days behind, then live
    Feed {
        #[command(flatten)]
        city: CityArguments,
        /// http://host:port
        #[arg(long)]
        url: String,
        /// A source's key
        #[arg(long)]
        key: String,
        /// An administrator's key: ends periods, closes months, names the region while older days fill in
        #[arg(long)]
        administrator_key: Option<String>,
        /// File that keeps how far it came
        #[arg(long)]
        progress: PathBuf,
        /// Begin at this day instead of a week ago, nothing older behind it
        #[arg(long, value_parser = parse_date)]
        from: Option<Date>,
        /// End before this day instead of never
        #[arg(long, value_parser = parse_date)]
        until: Option<Date>,
        /// End after so many seconds
        #[arg(long = "for")]
        lasting: Option<u64>,
        /// Simulated seconds a second on the way to the present; as fast as possible unless given
        #[arg(long)]
        speed: Option<f64>,
        /// Nothing happens outside the office hours; unless given the demo plays on
        #[arg(long)]
        office_hours: bool,
        /// A source's key to the second hall, which goes on live too
        #[arg(long, requires = "hundred_administrator_key")]
        hundred_key: Option<String>,
        /// An administrator's key to the second hall: ends its periods
        #[arg(long, requires = "hundred_key")]
        hundred_administrator_key: Option<String>,
    },
    /// 比对账目与模拟器自己的计数 / compares the ledger with the simulator's own tally; the feed must be at rest
    Check {
        /// http://host:port
        #[arg(long)]
        url: String,
        /// A staff key
        #[arg(long)]
        key: String,
        /// The feed's file
        #[arg(long)]
        progress: PathBuf,
        /// A source's key: sends every event once more; all must be repeats
        #[arg(long)]
        resend_key: Option<String>,
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
    /// 写出另一个厅：百分制考评，区划与历史 / writes the second hall, which scores by a hundred points: init directory and history
    Hundred {
        #[command(flatten)]
        city: CityArguments,
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
    now().date()
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Plan { city, out } => {
            let city = city.found()?;
            jifen_sim::write_plan(&city, &out).with_context(|| format!("cannot write to `{}`", out.display()))
        }
        Command::Feed {
            city,
            url,
            key,
            administrator_key,
            progress,
            from,
            until,
            lasting,
            speed,
            office_hours,
            hundred_key,
            hundred_administrator_key,
        } => {
            let city = match Progress::seed_of(&progress) {
                Ok(seed) => City::new(seed)?,
                Err(_) => city.found()?,
            };
            let midnight = |day| Moment::at(day, 0);
            let wanted = Feed {
                url,
                key,
                administrator: administrator_key,
                progress,
                from: from.map(midnight),
                until: until.map(midnight),
                lasting: lasting.map(Duration::from_secs),
                speed,
                office_hours,
                second: hundred_key
                    .zip(hundred_administrator_key)
                    .map(|(key, administrator)| SecondHall { key, administrator }),
            };
            let outcome = feed(&city, &wanted, |outcome| println!("ready {}", outcome.accepted))?;
            eprintln!("{outcome:?}");
            Ok(())
        }
        Command::Check { url, key, progress, resend_key } => {
            let city = City::new(Progress::seed_of(&progress)?)?;
            let seed = Progress::seed_of(&progress)?;
            let sent = Progress::load(&progress, seed)?.context("the feed has not begun")?;
            let mut client = Client::new(&url, &key, 3)?;
            let mut source = resend_key.map(|key| Client::new(&url, &key, 3)).transpose()?;
            let checked = jifen_sim::check(&city, &mut client, source.as_mut(), sent.span()?, sent.live_since())?;
            println!(
                "{} events, {} services, {} points, {} sums compared",
                checked.events, checked.services, checked.points, checked.sums
            );
            if let Some(resent) = checked.resent {
                println!("sent once more: {resent:?}");
            }
            checked.differences.iter().for_each(|line| println!("{line}"));
            let all_known = checked.resent.is_none_or(|resent| resent.repeated == checked.events);
            anyhow::ensure!(checked.differences.is_empty() && all_known, "the ledger and the tally differ");
            println!("the ledger equals the tally");
            Ok(())
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
        Command::Hundred { city, out } => {
            let city = city.found()?;
            let count = Hundred::of(&city).write(&city, &out);
            let count = count.with_context(|| format!("cannot write to `{}`", out.display()))?;
            eprintln!("`{}`: {count} events of a hall with a hundred points", out.display());
            Ok(())
        }
    }
}
