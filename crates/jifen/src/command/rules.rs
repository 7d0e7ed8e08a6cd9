//! `jifen rules check`: a rule file read, checked, its examples run, and said in words.

use std::path::{Path, PathBuf};

use jifen_core::rule::{self, Diagnostic, Language};

use crate::{failure::Failure, output};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 检查 / checks a rule file and runs its examples
    Check {
        /// The rule file
        file: PathBuf,
    },
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    match what {
        What::Check { file } => {
            let text = read(file)?;
            let set = rule::parse(&text).map_err(|faults| Failure::BadInput(told(file, &faults)))?;
            output::line(&format!("{}  {}  {}", set.id, set.title, set.version))?;
            for rule in &set.rules {
                output::line(&format!("  {}  {}", rule.id, rule.sentence(Language::Chinese)))?;
                output::line(&format!("  {}  {}", " ".repeat(rule.id.len()), rule.sentence(Language::English)))?;
            }
            for sheet in &set.sheets {
                output::line(&format!("  {}  {}", sheet.id, sheet.sentence(Language::Chinese)))?;
                output::line(&format!("  {}  {}", " ".repeat(sheet.id.len()), sheet.sentence(Language::English)))?;
            }
            Ok(())
        }
    }
}

/// The text of a rule file.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::BadInput(format!("{}: cannot be read: {error}; check the path and that it is UTF-8", path.display()))
    })
}

/// `FILE:LINE:COLUMN: what is wrong`, a line each.
pub(super) fn told(path: &Path, faults: &[Diagnostic]) -> String {
    let told = faults.iter().map(|fault| {
        let rule = fault.rule.as_ref().map(|rule| format!("rule `{rule}`: ")).unwrap_or_default();
        format!("{}:{}:{}: {rule}{}", path.display(), fault.line, fault.column, fault.message)
    });
    told.collect::<Vec<_>>().join("\n")
}
