//! schemathesis: many requests made from the OpenAPI document, sound and unsound; every answer is held against it.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Options, Served, hall};
use crate::{
    python,
    run::{command, root, show, target},
};

/// Cases of an operation.
const CASES: &str = "20";
const CASES_THOROUGH: &str = "200";

/// Its Python, below `target/`.
const PYTHON: &str = "judge-python";

pub(super) fn install() -> Result<()> {
    python::with(PYTHON, "xtask/src/judge/requirements.txt").map(drop)
}

pub(super) fn look(at: &Served<'_>, options: &Options) -> Result<Vec<String>> {
    let report = at.notes.join("schemathesis.json");
    let _ = fs::remove_file(&report);
    let program = target().join(PYTHON).join("bin/schemathesis");
    let (document, seed) = (at.document.to_str().context("the folder's name is no UTF-8")?, options.seed.to_string());
    let cases = if options.thorough { CASES_THOROUGH } else { CASES };
    let arguments = ["run", document, "--url", &at.address, "--seed", &seed, "--max-examples", cases];
    let mut run = command(program, &arguments);
    // What is right beyond shapes and limits (a code that exists, a rule that is one) no schema says.
    run.args(["--exclude-checks", "positive_data_acceptance", "--continue-on-failure", "--no-color"]);
    run.args(["--suppress-health-check", "all", "--request-timeout", "30", "--warnings", "off"]);
    run.args(["--report", "json", "--report-json-path"]).arg(&report);
    for operation in hall::ENDLESS.iter().chain(&hall::ENDING) {
        run.args(["--exclude-operation-id", operation]);
    }
    for header in &at.caller.headers {
        run.args(["--header", header]);
    }
    run.env("SCHEMATHESIS_HOOKS", root().join("xtask/src/judge/hooks.py"));
    let told = at.notes.join("told.txt");
    // It keeps notes of its own where it runs.
    run.current_dir(&at.notes);
    let shown = show(&run);
    run.stdout(fs::File::create(&told)?).stderr(fs::File::create(at.notes.join("error.txt"))?);
    run.status().with_context(|| format!("cannot start `{shown}`"))?;
    let report = fs::read(&report).with_context(|| format!("no report; see {}", at.notes.display()))?;
    let report: Value = serde_json::from_slice(&report)?;
    if report["complete"] != true || report["operations"]["tested"] != report["operations"]["selected"] {
        bail!("schemathesis did not come to its end; see {}", told.display());
    }
    let mut findings = Vec::new();
    for failure in report["failures"].as_array().into_iter().flatten() {
        for operation in failure["operations"].as_array().into_iter().flatten() {
            findings.push(format!("{}: {}", text(operation), text(&failure["title"])));
        }
    }
    findings.extend(report["errors"].as_array().into_iter().flatten().map(|error| format!("error: {error}")));
    if !findings.is_empty() {
        eprintln!("more in {}", told.display());
    }
    Ok(findings)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
