//! `jifen rules`: what rule files are worked on with; checking one is [`check`]. `jifen rules test`: its worked cases run.
//! `jifen rules draft` and `jifen rules library`: a text to start from, made of a table people have, or one that is ready.

use std::path::{Path, PathBuf};

use jifen_core::rule::Diagnostic;
use jifen_server::{
    drafting::{library, table},
    worked::{self, Arrival, Faults},
};

use super::check;
use crate::{failure::Failure, output};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 检查 / checks a rule file and runs its examples
    Check(check::Options),
    /// 跑算例 / runs the worked cases of a rule file; exit code 1 when one comes out otherwise
    Test {
        /// The rule file
        file: PathBuf,
        /// The cases; without it `NAME.cases.toml` beside `NAME.toml`
        #[arg(long)]
        cases: Option<PathBuf>,
    },
    /// 由考核表起草 / makes a draft of a table of rules; what the table leaves open is asked, and stands in the text
    Draft {
        /// The table: CSV or XLSX with a column of rules and one of points
        file: PathBuf,
    },
    /// 现成的办法 / lists ready books to start from, or prints the text of one
    Library {
        /// The book, as listed
        name: Option<String>,
    },
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    match what {
        What::Check(options) => check::run(options),
        What::Test { file, cases } => {
            let cases = cases.clone().unwrap_or_else(|| file.with_extension("cases.toml"));
            test(file, &cases)
        }
        What::Draft { file } => draft(file),
        What::Library { name: None } => list(),
        What::Library { name: Some(name) } => {
            let book = library::book(name).ok_or_else(|| {
                Failure::Usage(format!(
                    "没有 {name} 这本办法，`jifen rules library` 列出全部 / no book {name}; `jifen rules library` lists them all"
                ))
            })?;
            output::line(book.text.trim_end())
        }
    }
}

fn draft(file: &Path) -> Result<(), Failure> {
    let drafted = table::draft(file)
        .map_err(|error| Failure::BadInput(format!("{}: {}\n{}", file.display(), error.0.zh, error.0.en)))?;
    output::line(drafted.text.trim_end())?;
    for question in &drafted.questions {
        let told = question.told();
        eprintln!("{}\n  {}", told.zh, told.en);
    }
    let open = drafted.questions.len();
    eprintln!(
        "{open} 处待定，改好后用 `jifen rules check` 检查 / {open} questions are open; answer them, then run `jifen rules check`"
    );
    Ok(())
}

fn list() -> Result<(), Failure> {
    library::books().iter().try_for_each(|book| output::line(&format!("{}  {}", book.name, book.set.title)))
}

fn test(file: &Path, cases: &Path) -> Result<(), Failure> {
    let verdicts = worked::run(&read(file)?, &read(cases)?, Arrival::Written).map_err(|faults| match faults {
        Faults::Rules(faults) => Failure::BadInput(told(file, &faults)),
        Faults::Cases(faults) => Failure::BadInput(told(cases, &faults)),
    })?;
    for verdict in &verdicts {
        let sound = verdict.differences.is_empty();
        output::line(&format!("{}  {}", if sound { "✓" } else { "✗" }, verdict.title))?;
        if !sound {
            told(cases, &verdict.differences).lines().try_for_each(|line| output::line(&format!("   {line}")))?;
            verdict.entries.iter().try_for_each(|line| output::line(&format!("   {line}")))?;
        }
    }
    let wrong = verdicts.iter().filter(|verdict| !verdict.differences.is_empty()).count();
    output::line(&format!("{} 个算例，{wrong} 个不符 / {} cases, {wrong} differ", verdicts.len(), verdicts.len()))?;
    if wrong == 0 { Ok(()) } else { Err(Failure::Differs) }
}

/// The text of a rule file.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::BadInput(format!("{}: cannot be read: {error}; check the path and that it is UTF-8", path.display()))
    })
}

/// `FILE:LINE:COLUMN: what is wrong` in Chinese, and in English on a line of its own.
pub(super) fn told(path: &Path, faults: &[Diagnostic]) -> String {
    let told = faults
        .iter()
        .map(|fault| format!("{}:{}:{}: {}", path.display(), fault.line, fault.column, fault.words().twice()));
    told.collect::<Vec<_>>().join("\n")
}
