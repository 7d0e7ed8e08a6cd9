//! `jifen init`: a directory or a workbook of tables becomes a region. Nothing is written unless all of it is good.

use std::path::PathBuf;

use jifen_server::setup;

use super::open;
use crate::failure::Failure;

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
    let plan = setup::read(&options.dir, now)?;
    let (code, events) = (&plan.code, plan.events.len());
    if options.dry_run {
        eprintln!(
            "区划 `{code}` 没有问题：{events} 个事件，什么也没有写入 / region `{code}` is good: {events} events; nothing was written"
        );
        return Ok(());
    }
    let database = open::to_write(&options.db, "init")?;
    let written = setup::write(&database, &plan, now)?;
    database.close()?;
    let (what, what_en) = if written.made { ("已建立", "made") } else { ("已存在", "is there") };
    let (accepted, repeated) = (written.accepted, written.repeated);
    eprintln!(
        "区划 `{code}` {what}：写入 {accepted} 个事件，{repeated} 个原已有 / region `{code}` {what_en}: {accepted} events appended, {repeated} there before"
    );
    if plan.starter && written.accepted > 0 {
        eprintln!("没有规则文件，已公布起步规则 / no rule files: the starter rule set is published (docs/rules.md)");
    }
    Ok(())
}
