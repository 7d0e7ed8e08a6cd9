//! `jifen backup`, `jifen restore`, `jifen drill` and `jifen copy`: a copy of the whole database, verified by applying every region's
//! journal again.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Instant, SystemTime},
};

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
pub(crate) struct Drill {
    /// Folder with files made by `jifen backup`; the newest is tried
    #[arg(long)]
    backups: PathBuf,
    /// The hall's database, to tell how far it is ahead of the backup
    #[arg(long)]
    db: Option<String>,
    /// Writes the report there too, as JSON, over an earlier one
    #[arg(long)]
    report: Option<PathBuf>,
    /// Folder for the restored hall, which is deleted afterwards; it takes as much space as the backup
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    scratch: PathBuf,
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
    let restored = restored(&options.from, &options.db)?;
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

/// Puts a backup at `url`.
fn restored(from: &Path, url: &str) -> Result<Database, Failure> {
    Database::restore(from, url)?;
    // Opened to write once: that brings the schema of an older backup up to date.
    Database::open(url, Access::Write { holder: "jifen restore".to_owned() })?.close()?;
    Ok(Database::open(url, Access::Read)?)
}

/// Restores the newest backup beside everything and throws it away again: a backup that was never restored is a hope.
pub(crate) fn drill(options: &Drill) -> Result<(), Failure> {
    let (backup, taken) = newest(&options.backups)?;
    let bytes = fs::metadata(&backup)?.len();
    let folder = tempfile::Builder::new().prefix("jifen-drill-").tempdir_in(&options.scratch)?;
    let started = Instant::now();
    let restored = restored(&backup, &format!("sqlite:{}", folder.path().join("hall.db").display()))?;
    let restored_ms = elapsed_ms(started);
    let started = Instant::now();
    let mut regions = verified(&restored)?;
    let verified_ms = elapsed_ms(started);
    if let Some(url) = &options.db {
        let live = Database::open(url, Access::Read)?;
        for region in &mut regions {
            let code = region["region"].as_str().unwrap_or_default();
            let head = |database: &Database| -> Result<u64, Failure> {
                Ok(match database.region(code)? {
                    Some(row) => database.head(row.id)?.journal,
                    None => 0,
                })
            };
            let behind = head(&live)?.saturating_sub(head(&restored)?);
            region["behind"] = behind.into();
        }
    }
    let age_s = SystemTime::now().duration_since(taken).map_or(0, |age| age.as_secs());
    let place = backup.display().to_string();
    let about = json!({
        "backup": place,
        "bytes": bytes,
        "age_s": age_s,
        "restored_ms": restored_ms,
        "verified_ms": verified_ms,
    });
    let report = with_regions(&about, &regions);
    if let Some(path) = &options.report {
        fs::write(path, format!("{report:#}\n"))?;
    }
    let words = format!(
        "{place}: {bytes} bytes, {} 小时前 / hours ago; 恢复 restored in {restored_ms} ms, 核对 verified in {verified_ms} ms",
        age_s / 3600
    );
    tell(&report, &words, options.json)
}

/// The backup written last, and when. What is being written has another name.
fn newest(folder: &Path) -> Result<(PathBuf, SystemTime), Failure> {
    let mut found: Option<(PathBuf, SystemTime)> = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            let written = fs::metadata(&path)?.modified()?;
            if found.as_ref().is_none_or(|(_, newest)| *newest < written) {
                found = Some((path, written));
            }
        }
    }
    found.ok_or_else(|| {
        let folder = folder.display();
        Failure::Usage(format!(
            "there is no backup `*.db` in `{folder}`; `jifen backup --out {folder}/NAME.db` makes one"
        ))
    })
}

fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Verifies a copy and says what it holds.
fn report(database: &Database, about: &Value, words: &str, as_json: bool) -> Result<(), Failure> {
    tell(&with_regions(about, &verified(database)?), words, as_json)
}

fn with_regions(about: &Value, regions: &[Value]) -> Value {
    let mut report = about.clone();
    report["identical"] = regions.iter().all(|region| region["identical"] == true).into();
    report["regions"] = regions.into();
    report
}

/// Prints a report; a copy that differs is a failure.
fn tell(report: &Value, words: &str, as_json: bool) -> Result<(), Failure> {
    if as_json {
        output::json(report)?;
    } else {
        output::line(words)?;
        report["regions"].as_array().into_iter().flatten().try_for_each(|region| output::line(&line(region)))?;
    }
    if report["identical"] == true { Ok(()) } else { Err(Failure::Differs) }
}

/// Applies every region's journal again and compares.
fn verified(database: &Database) -> Result<Vec<Value>, Failure> {
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
    Ok(regions)
}

fn line(region: &Value) -> String {
    let code = region["region"].as_str().unwrap_or_default();
    match region["difference"].as_str() {
        None => {
            let behind = region["behind"].as_u64().map(|records| format!("；落后 behind by {records} records"));
            let (records, entries) = (&region["records"], &region["entries"]);
            format!("`{code}` 一致 / identical: {records} records, {entries} entries{}", behind.unwrap_or_default())
        }
        Some(difference) => format!("`{code}` 不一致 / differs: {difference}"),
    }
}
