//! `jifen audit`: follows the chain of a region's audit trail, and says how far it is whole.

use jifen_store::{Access, Database};

use super::open;
use crate::{failure::Failure, output};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Region code
    #[arg(long)]
    region: String,
    /// The last digest of a check before: the trail must still go through it
    #[arg(long)]
    holds: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let database = Database::open(&options.db, Access::Read)?;
    let row = open::region_row(&database, &options.region)?;
    let verdict = database.verify_audit(row.id, options.holds.as_deref())?;
    output::line(&format!("{} 条 entries, {}", verdict.entries, verdict.digest))?;
    if let Some(position) = verdict.broken {
        output::line(&format!("第 {position} 条起对不上 broken from entry {position} on"))?;
        return Err(Failure::Differs);
    }
    if options.holds.is_some() && !verdict.holds {
        output::line(
            "没有所给的摘要，末尾被截去或整条被换 the digest that was given is not in it: cut off or replaced",
        )?;
        return Err(Failure::Differs);
    }
    output::line("完整 whole")
}
