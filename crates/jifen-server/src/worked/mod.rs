//! Worked cases (算例): a period of events beside a rule file and what it must settle to, run through the engine that gives points.
//!
//! In: the text of a rule set and of its cases. Out: per case what came out otherwise, with its place and the entries behind it.
//! The format is `docs/rules.md`. Nothing here judges facts: the engine runs over a map, as a what-if's does.

mod compare;
mod file;
mod outcome;
mod run;

use jifen_core::rule::{self, Diagnostic};

/// The longest file of cases, in bytes.
pub const CASES_BYTES_MAX: usize = 1 << 20;
/// The most cases of one file.
pub const CASES_MAX: usize = 1_000;
/// The most events of one case, repeated ones counted.
pub const EVENTS_MAX: usize = 100_000;

/// In which order a case's events arrive; what they settle to must not show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// As written.
    Written,
    /// The last one first.
    Backwards,
}

/// What became of one case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Its title.
    pub title: String,
    /// What came out otherwise, at the place that says what was expected; none: it came out as written.
    pub differences: Vec<Diagnostic>,
    /// The entries of the subjects that differ, one a line, alike ones together.
    pub entries: Vec<String>,
}

/// Why nothing was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Faults {
    /// The rule file is refused.
    Rules(Vec<Diagnostic>),
    /// The file of cases is refused.
    Cases(Vec<Diagnostic>),
}

/// Runs all cases of a rule set.
///
/// # Errors
/// [`Faults`]: one of the two files cannot be run, with every fault found.
pub fn run(rules: &str, cases: &str, arrival: Arrival) -> Result<Vec<Verdict>, Faults> {
    let set = rule::parse(rules).map_err(Faults::Rules)?;
    let parsed = file::parse(cases).map_err(Faults::Cases)?;
    let (mut verdicts, mut faults) = (Vec::new(), Vec::new());
    for case in &parsed {
        match run::settle(&set, rules, case, arrival) {
            Ok(settled) => verdicts.push(compare::verdict(&set, cases, case, &settled)),
            Err(fault) => faults.push(Diagnostic::at(cases, fault.offset, fault.message)),
        }
    }
    if faults.is_empty() { Ok(verdicts) } else { Err(Faults::Cases(faults)) }
}

#[cfg(test)]
mod tests;
