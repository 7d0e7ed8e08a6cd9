//! `jifen backup` and `jifen restore`: a copy of the whole database, verified by applying every region's journal again.

use std::path::{Path, PathBuf};

use jifen_server::replay::{Verdict, replay};
use jifen_store::{Access, Database};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    output::{self, Unit},
};

#[derive(clap::Args)]
pub(crate) struct Backup {
    /// Database, `sqlite:PATH`; a server may go on writing it
    #[arg(long)]
    db: String,
    /// The copy, a new file; it holds secrets and personal data, keep it as safe as the database
    #[arg(long)]
    out: PathBuf,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Restore {
    /// A file made by `jifen backup`
    #[arg(long)]
    from: PathBuf,
    /// Database, `sqlite:PATH`, where there is nothing yet
    #[arg(long)]
    db: String,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn back_up(options: &Backup) -> Result<(), Failure> {
    Database::open(&options.db, Access::Read)?.backup(&options.out)?;
    let copy = Database::open(&format!("sqlite:{}", options.out.display()), Access::Read)?;
    report(&copy, &options.out, options.json)
}

pub(crate) fn restore(options: &Restore) -> Result<(), Failure> {
    Database::restore(&options.from, &options.db)?;
    // Opened to write once: that brings the schema of an older backup up to date.
    Database::open(&options.db, Access::Write { holder: "jifen restore".to_owned() })?.close()?;
    let restored = Database::open(&options.db, Access::Read)?;
    let path = restored.path().unwrap_or(&options.from).to_owned();
    report(&restored, &path, options.json)
}

/// Applies every region's journal again, compares, and says what the copy holds.
fn report(database: &Database, path: &Path, as_json: bool) -> Result<(), Failure> {
    let bytes = std::fs::metadata(path)?.len();
    let mut regions = Vec::new();
    for row in database.regions()? {
        let bar = output::progress("核对 / verifying", Unit::Records);
        let verdict = replay(database, &row, &mut |position, head| output::advance(&bar, position, head))?;
        bar.finish_and_clear();
        regions.push(match verdict {
            Verdict::Identical { records, entries } => {
                json!({"region": row.code, "identical": true, "records": records, "entries": entries})
            }
            Verdict::Differs(difference) => {
                json!({"region": row.code, "identical": false, "difference": difference.to_string()})
            }
        });
    }
    let identical = regions.iter().all(|region| region["identical"] == true);
    if as_json {
        output::json(
            &json!({"file": path.display().to_string(), "bytes": bytes, "identical": identical, "regions": regions}),
        )?;
    } else {
        output::line(&format!("{}: {bytes} bytes", path.display()))?;
        regions.iter().try_for_each(|region| output::line(&line(region)))?;
    }
    if identical { Ok(()) } else { Err(Failure::Differs) }
}

fn line(region: &Value) -> String {
    let code = region["region"].as_str().unwrap_or_default();
    match region["difference"].as_str() {
        None => format!("`{code}` 一致 / identical: {} records, {} entries", region["records"], region["entries"]),
        Some(difference) => format!("`{code}` 不一致 / differs: {difference}"),
    }
}
