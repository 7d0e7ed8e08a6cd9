//! `jifen replay`: the journal applied again; 0 only when every entry and every sum is what is stored.

use jifen_server::replay::{Verdict, replay};
use jifen_store::{Access, Database};
use serde_json::json;

use super::open;
use crate::{
    failure::Failure,
    output::{self, Unit},
};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Region code
    #[arg(long)]
    region: String,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    // The stored resident state is not even read: the journal alone must do.
    let database = Database::open(&options.db, Access::Read)?;
    let row = open::region_row(&database, &options.region)?;
    let bar = output::progress("重放 / replaying", Unit::Records);
    let verdict = replay(&database, &row, &mut |position, head| output::advance(&bar, position, head))?;
    bar.finish_and_clear();
    match verdict {
        Verdict::Identical { records, entries } => {
            if options.json {
                return output::json(&json!({"identical": true, "records": records, "entries": entries}));
            }
            output::line(&format!("一致 / identical: {records} records, {entries} entries"))
        }
        Verdict::Differs(difference) => {
            if options.json {
                output::json(&json!({"identical": false, "difference": difference.to_string()}))?;
            } else {
                output::line(&format!("不一致 / differs: {difference}"))?;
            }
            Err(Failure::Differs)
        }
    }
}
