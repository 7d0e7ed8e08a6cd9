//! `jifen import`: files under a mapping, or lines of CloudEvents, into a region.

use std::path::{Path, PathBuf};

use jifen_core::{
    rule::{self, RuleSet},
    time::{Period, Zone},
};
use jifen_server::{
    import::{self, Import, Summary},
    intake::file::{self, Feed, FeedOptions, Mapping},
};
use serde_json::json;

use super::{open, value};
use crate::{
    failure::Failure,
    output::{self, Unit},
};

/// The mapping's name for files that hold CloudEvents already.
const CLOUD_EVENTS: &str = "cloudevents";
/// The mapping's name for the sheet of services that `jifen template` writes.
const TEMPLATE: &str = "template";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` (made if absent) or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Region code; the region is made if absent
    #[arg(long)]
    region: String,
    /// Time zone of a region that is made, IANA name
    #[arg(long, value_parser = value::zone)]
    timezone: Option<Zone>,
    /// Rule file to publish first; may be given several times
    #[arg(long)]
    rules: Vec<PathBuf>,
    /// Mapping file, `template` for the workbook of `jifen template`, or `cloudevents` for lines of CloudEvents
    #[arg(long)]
    mapping: Option<String>,
    /// What becomes of codes nobody has registered; by default mapped rows register them and CloudEvents hold
    #[arg(long)]
    actors: Option<Actors>,
    /// Reads and maps everything, writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Ends all periods and closes all months through this month, YYYY-MM
    #[arg(long, value_name = "YYYY-MM")]
    close_through: Option<String>,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
    /// Logs: XES or CSV, plain or gzip; workbooks (XLSX); or JSON lines of CloudEvents
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// See [`file::Actors`].
#[derive(Clone, Copy, clap::ValueEnum)]
enum Actors {
    /// Each becomes a person, or a system account as the mapping says
    Register,
    /// Awards to them wait until they are identified
    Hold,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mapping = options.mapping.as_deref().filter(|mapping| *mapping != CLOUD_EVENTS);
    let load = |name: &str| if name == TEMPLATE { Mapping::template() } else { Mapping::load(Path::new(name)) };
    let mapping = mapping.map(load).transpose();
    let mapping = mapping.map_err(|error| Failure::BadInput(error.to_string()))?;
    let rules = options.rules.iter().map(|path| read_rules(path)).collect::<Result<Vec<_>, _>>()?;
    let import = Import {
        region: options.region.clone(),
        time_zone: options.timezone.clone(),
        rules,
        mapping: mapping.as_ref(),
        actors: match options.actors {
            None => file::Actors::ByForm,
            Some(Actors::Register) => file::Actors::Register,
            Some(Actors::Hold) => file::Actors::Hold,
        },
        close_through: options.close_through.as_deref().map(close_through).transpose()?,
        files: options.files.clone(),
    };
    if options.dry_run {
        return dry_run(options, &import);
    }
    let database = open::to_write(&options.db, "import")?;
    let bar = output::progress("导入 / importing", Unit::Bytes);
    let shown = bar.clone();
    let progress = Box::new(move |progress: file::Progress| output::advance(&shown, progress.read, progress.total));
    let summary = import::import(&database, &import, &open::now, progress)?;
    bar.finish_and_clear();
    database.close()?;
    report(options, &summary)?;
    if summary.is_whole() { Ok(()) } else { Err(Failure::BadInput(incomplete(&summary))) }
}

fn read_rules(path: &Path) -> Result<(RuleSet, String), Failure> {
    let text = super::rules::read(path)?;
    let set = rule::parse(&text).map_err(|faults| Failure::BadInput(super::rules::told(path, &faults)))?;
    Ok((set, text))
}

fn close_through(text: &str) -> Result<Period, Failure> {
    import::check_month(text, open::now()).map_err(|error| Failure::Usage(format!("--close-through: {error}")))
}

fn report(options: &Options, summary: &Summary) -> Result<(), Failure> {
    if options.json {
        return output::json(summary);
    }
    for problem in &summary.problems {
        eprintln!("{}", problem.told_twice());
    }
    never_seen(&summary.columns_never_seen);
    output::line(&format!(
        "{}: {} accepted, {} repeated, {} conflicting, {} rejected, {} quarantined; {} records, {} entries new; {} anomalies, {} holds in the region",
        options.region,
        summary.accepted,
        summary.repeated,
        summary.conflicting,
        summary.rejected,
        summary.quarantined,
        summary.records,
        summary.entries,
        summary.anomalies,
        summary.holds,
    ))
}

fn never_seen(columns: &[String]) {
    for column in columns {
        eprintln!(
            "哪个文件里都没有映射所写的列 `{column}` / column `{column}` of the mapping was in none of the files"
        );
    }
}

fn incomplete(summary: &Summary) -> String {
    let Summary { rejected, bad_rows, broken_files, .. } = summary;
    format!(
        "导入不完整：{rejected} 个事件未收，{bad_rows} 行不能用，{broken_files} 个文件中断；已收的保留，改好后再导入一次只会补上缺的\n    \
         the import is not whole: {rejected} events rejected, {bad_rows} rows unusable, {broken_files} files broken off; \
         what was accepted stays, and importing the mended files again adds only what is missing"
    )
}

fn dry_run(options: &Options, import: &Import<'_>) -> Result<(), Failure> {
    let zone = import.time_zone.clone().or_else(|| import.mapping.and_then(|mapping| mapping.zone.clone()));
    let zone = zone.or_else(|| Zone::parse("Asia/Shanghai"));
    let zone = zone.ok_or_else(|| Failure::Storage("the time zone database is missing".to_owned()))?;
    let feed_options = FeedOptions { zone, actors: import.actors, progress: None };
    let found = file::dry_run(Feed::new(&import.files, import.mapping, feed_options));
    if options.json {
        let examples: serde_json::Map<_, _> =
            found.examples.iter().map(|(kind, event)| (kind.clone(), event.to_json())).collect();
        let errors: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        output::json(&json!({"counts": found.counts, "examples": examples, "errors_count": found.errors_count,
            "errors": errors, "columns_never_seen": found.columns_never_seen}))?;
    } else {
        for (kind, count) in &found.counts {
            output::line(&format!("{count:>9}  {kind}"))?;
            if let Some(example) = found.examples.get(kind) {
                output::line(&format!("           {}", example.to_json()))?;
            }
        }
        never_seen(&found.columns_never_seen);
    }
    if found.errors_count == 0 {
        return Ok(());
    }
    let told: Vec<String> = found.errors.iter().map(|error| error.words().twice()).collect();
    let (told, count) = (told.join("\n"), found.errors_count);
    Err(Failure::BadInput(format!(
        "{told}\n共 {count} 处错误，什么也没有写入 / {count} errors in all; nothing was written"
    )))
}
