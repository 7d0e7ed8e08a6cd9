//! `jifen init`: a directory or a workbook of tables becomes a region. Nothing is written unless all of it is good.

use std::path::PathBuf;

use jifen_server::setup;

use super::open;
use crate::failure::{Failure, lines};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Reads and checks everything, writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Directory with region.toml and its tables, or the workbook of `jifen template`
    #[arg(value_name = "DIR|XLSX")]
    dir: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let now = open::now();
    let plan = setup::read(&options.dir, now).map_err(|faults| Failure::BadInput(lines(&faults)))?;
    if options.dry_run {
        eprintln!("region `{}` is good: {} events; nothing was written", plan.code, plan.events.len());
        return Ok(());
    }
    let database = open::to_write(&options.db, "init")?;
    let written = setup::write(&database, &plan, now)?;
    database.close()?;
    let what = if written.made { "made" } else { "is there" };
    eprintln!("region `{}` {what}: {} events appended, {} there before", plan.code, written.accepted, written.repeated);
    if plan.starter && written.accepted > 0 {
        eprintln!("没有规则文件，已公布起步规则 / no rule files: the starter rule set is published (docs/rules.md)");
    }
    Ok(())
}
