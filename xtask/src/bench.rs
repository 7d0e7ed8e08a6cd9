//! `cargo xtask bench NAME`: builds a benchmark as packages are built (`--profile dist`, or the `--profile` named first) and runs it.

use anyhow::{Context, Result, bail};

use crate::{
    python,
    run::{cargo, run},
};

const BENCHMARKS: [&str; 11] =
    ["access", "board", "export", "http", "ingest", "live", "nodes", "postgres", "restart", "rules", "whatif"];

/// Runs the named benchmark with the options that follow its name.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let Some((name, options)) = arguments.split_first().filter(|(name, _)| BENCHMARKS.contains(&name.as_str())) else {
        bail!("name a benchmark: {}", BENCHMARKS.join(", "));
    };
    let (profile, options) = match options {
        [option, profile, rest @ ..] if option == "--profile" => (profile.as_str(), rest),
        options => ("dist", options),
    };
    let python =
        if name == "http" { Some(python::with("bench-python", "benches/src/http/requirements.txt")?) } else { None };
    let mut all = vec!["run", "--profile", profile, "--quiet", "--package", "jifen-bench", "--bin", name, "--"];
    all.extend(options.iter().map(String::as_str));
    if let Some(python) = &python {
        all.extend(["--python", python.to_str().context("the target folder's name is no UTF-8")?]);
    }
    run(cargo(&all))
}
