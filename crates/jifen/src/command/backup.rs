//! `jifen backup`, `jifen restore`, `jifen drill` and `jifen copy`: a copy of the whole database, verified by applying every region's
//! journal again.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use jifen_core::time::Instant as Moment;
use jifen_server::{
    cut::{At, CutError, CutRegion, cut},
    replay::{Verdict, replay},
};
use jifen_store::{Access, Database, Reach, StoreError};
use serde_json::{Value, json};

use super::open;
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
    /// As the hall stood after this position of its journal, or at this time (`2026-11-23T18:00:00+08:00`); later records are left out
    #[arg(long, value_name = "POSITION|TIME", value_parser = parse_at)]
    at: Option<At>,
    /// Folder for what is made in between with `--at`, deleted afterwards; it takes up to twice the space of the backup
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    scratch: PathBuf,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Drill {
    /// Folder with files made by `jifen backup`; the one whose records go furthest is tried
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
    let (restored, cuts) = match options.at {
        None => (restored(&options.from, &options.db)?, Vec::new()),
        Some(at) => restored_at(options, at)?,
    };
    let path = restored.path().unwrap_or(&options.from).to_owned();
    let bytes = std::fs::metadata(&path)?.len();
    let place = path.display().to_string();
    let mut about = json!({"file": place, "bytes": bytes});
    let mut words = format!("{place}: {bytes} bytes");
    if options.at.is_some() {
        let of = |cut: &CutRegion| json!({"region": cut.code, "position": cut.position, "of": cut.head, "until": cut.received.to_rfc3339()});
        about["cut"] = cuts.iter().map(of).collect();
        for CutRegion { code, position, received, head } in &cuts {
            let until = received.to_rfc3339();
            words.push_str(&format!("\n`{code}` 到第 {position} 条为止 / up to record {position} of {head}, {until}"));
        }
    }
    report(&restored, &about, &words, options.json)
}

/// Makes the hall as it stood then beside everything, and puts it at its place when it is whole.
fn restored_at(options: &Restore, at: At) -> Result<(Database, Vec<CutRegion>), Failure> {
    let folder = tempfile::Builder::new().prefix("jifen-restore-").tempdir_in(&options.scratch)?;
    let made = folder.path().join("cut.db");
    let bar = output::progress("重放 / applying", Unit::Records);
    let cut_from = |from: &Path| cut(from, at, &made, &mut |position, last| output::advance(&bar, position, last));
    let cuts = match cut_from(&options.from) {
        // Of an older program: brought up to date beside, and the backup stays as it is.
        Err(CutError::Store(StoreError::Older { .. })) => {
            let upgraded = folder.path().join("upgraded.db");
            drop(restored(&options.from, &format!("sqlite:{}", upgraded.display()))?);
            cut_from(&upgraded)
        }
        cuts => cuts,
    }?;
    bar.finish_and_clear();
    Ok((restored(&made, &options.db)?, cuts))
}

/// A position of the journal, or a moment.
fn parse_at(text: &str) -> Result<At, String> {
    if let Ok(position) = text.parse() {
        return Ok(At::Position(position));
    }
    let hint = "write a position, `41250`, or a time with its offset, `2026-11-23T18:00:00+08:00`";
    Moment::parse(text).map(At::Time).ok_or_else(|| hint.to_owned())
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
    let Found { newest: (backup, reach), unreadable } = look(&options.backups)?;
    let bytes = fs::metadata(&backup)?.len();
    let folder = tempfile::Builder::new().prefix("jifen-drill-").tempdir_in(&options.scratch)?;
    let started = Instant::now();
    let restored = restored(&backup, &format!("sqlite:{}", folder.path().join("hall.db").display()))?;
    let restored_ms = elapsed_ms(started);
    let started = Instant::now();
    let mut regions = verified(&restored)?;
    let verified_ms = elapsed_ms(started);
    let live = options.db.as_ref().map(|url| Database::open(url, Access::Read)).transpose()?;
    for region in &mut regions {
        let code = region["region"].as_str().unwrap_or_default().to_owned();
        let Some(reached) = reach.iter().find(|reach| reach.code == code) else { continue };
        region["position"] = reached.journal.into();
        region["until"] = reached.received.map(Moment::to_rfc3339).into();
        if let Some(live) = &live {
            let head = match live.region(&code)? {
                Some(row) => live.head(row.id)?.journal,
                None => 0,
            };
            region["behind"] = head.saturating_sub(reached.journal).into();
        }
    }
    let age_s = last(&reach).map_or(0, |until| open::now().0.saturating_sub(until.0).max(0) / 1_000);
    let place = backup.display().to_string();
    let about = json!({
        "backup": place,
        "bytes": bytes,
        "age_s": age_s,
        "restored_ms": restored_ms,
        "verified_ms": verified_ms,
        "unreadable": unreadable.iter().map(|(path, why)| json!({"file": path, "why": why})).collect::<Vec<_>>(),
    });
    let mut report = with_regions(&about, &regions);
    if !unreadable.is_empty() {
        report["identical"] = false.into();
    }
    if let Some(path) = &options.report {
        fs::write(path, format!("{report:#}\n"))?;
    }
    let mut words = format!(
        "{place}: {bytes} bytes, 最后一条记录 last record {} 小时前 / hours ago; 恢复 restored in {restored_ms} ms, 核对 verified in {verified_ms} ms",
        age_s / 3600
    );
    for (path, why) in unreadable {
        words.push_str(&format!("\n读不了 / unreadable: {path}: {why}"));
    }
    tell(&report, &words, options.json)
}

/// What a folder of backups holds.
struct Found {
    /// The one whose records go furthest, and how far.
    newest: (PathBuf, Vec<Reach>),
    /// Files that should be backups, with what is wrong: one of them may have been the newest.
    unreadable: Vec<(String, String)>,
}

/// Looks into the backups: when a file was written says nothing, for files are copied and touched. What is being written has another name.
fn look(folder: &Path) -> Result<Found, Failure> {
    let (mut newest, mut unreadable) = (None::<(PathBuf, Vec<Reach>)>, Vec::new());
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "db")) {
        match Database::reach(&path) {
            Ok(reach) => {
                let goes_further = |(_, newest): &(PathBuf, Vec<Reach>)| extent(newest) < extent(&reach);
                if newest.as_ref().is_none_or(goes_further) {
                    newest = Some((path, reach));
                }
            }
            Err(error) => unreadable.push((path.display().to_string(), error.to_string())),
        }
    }
    match (newest, &unreadable[..]) {
        (Some(newest), _) => Ok(Found { newest, unreadable }),
        (None, [(path, why), ..]) => Err(Failure::Storage(format!("`{path}` cannot be read: {why}"))),
        (None, []) => {
            let folder = folder.display();
            Err(Failure::Usage(format!(
                "there is no backup `*.db` in `{folder}`; `jifen backup --out {folder}/NAME.db` makes one"
            )))
        }
    }
}

/// When the last record of all regions came.
fn last(reach: &[Reach]) -> Option<Moment> {
    reach.iter().filter_map(|region| region.received).max()
}

/// How far a backup goes: by the last record's time, then by how many there are.
fn extent(reach: &[Reach]) -> (Option<Moment>, u64) {
    (last(reach), reach.iter().map(|region| region.journal).sum())
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
            let until = region["until"].as_str().map(|until| format!("，到 until {until}")).unwrap_or_default();
            let behind = region["behind"].as_u64().map(|records| format!("；落后 behind by {records} records"));
            let (records, entries) = (&region["records"], &region["entries"]);
            format!(
                "`{code}` 一致 / identical: {records} records, {entries} entries{until}{}",
                behind.unwrap_or_default()
            )
        }
        Some(difference) => format!("`{code}` 不一致 / differs: {difference}"),
    }
}
