//! `jifen backup`, `jifen restore` and `jifen copy`: a copy of the whole database, verified by applying every region's journal again.

use std::path::PathBuf;

use jifen_server::replay::{Verdict, replay};
use jifen_store::{Access, Database};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    output::{self, Unit},
};

#[derive(clap::Args)]
pub(crate) struct Backup {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`; a server may go on writing it
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
    /// Database: `sqlite:PATH`, where there is nothing yet, or `postgres://USER@HOST/DATABASE` as `jifen migrate` has just made it
    #[arg(long)]
    db: String,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Copy {
    /// The hall's database; no server may run on it
    #[arg(long)]
    from: String,
    /// Where it moves to: a PostgreSQL database as `jifen migrate` has just made it, or `sqlite:PATH`, where there is nothing yet
    #[arg(long)]
    to: String,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn back_up(options: &Backup) -> Result<(), Failure> {
    Database::open(&options.db, Access::Read)?.backup(&options.out)?;
    let copy = Database::open(&format!("sqlite:{}", options.out.display()), Access::Read)?;
    let bytes = std::fs::metadata(&options.out)?.len();
    let place = options.out.display().to_string();
    report(&copy, &json!({"file": place, "bytes": bytes}), &format!("{place}: {bytes} bytes"), options.json)
}

pub(crate) fn restore(options: &Restore) -> Result<(), Failure> {
    Database::restore(&options.from, &options.db)?;
    // Opened to write once: that brings the schema of an older backup up to date.
    Database::open(&options.db, Access::Write { holder: "jifen restore".to_owned() })?.close()?;
    let restored = Database::open(&options.db, Access::Read)?;
    let path = restored.path().unwrap_or(&options.from).to_owned();
    let bytes = std::fs::metadata(&path)?.len();
    let place = path.display().to_string();
    report(&restored, &json!({"file": place, "bytes": bytes}), &format!("{place}: {bytes} bytes"), options.json)
}

pub(crate) fn copy(options: &Copy) -> Result<(), Failure> {
    let copied = jifen_store::copy(&options.from, &options.to, "jifen copy")?;
    let rows: u64 = copied.iter().map(|region| region.rows).sum();
    let sums: Vec<Value> = copied
        .iter()
        .map(|region| {
            json!({"region": region.code, "rows": region.rows, "journal": region.journal, "digest": region.digest})
        })
        .collect();
    let copy = Database::open(&options.to, Access::Read)?;
    report(&copy, &json!({"rows": rows, "copied": sums}), &format!("{rows} rows"), options.json)
}

/// Applies every region's journal again, compares, and says what the copy holds.
fn report(database: &Database, about: &Value, words: &str, as_json: bool) -> Result<(), Failure> {
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
        let mut report = about.clone();
        report["identical"] = identical.into();
        report["regions"] = regions.into();
        output::json(&report)?;
    } else {
        output::line(words)?;
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
