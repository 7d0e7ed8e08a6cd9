//! `cargo xtask bench NAME`: builds a benchmark as packages are built (`--profile dist`, or the `--profile` named first) and runs it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::run::{cargo, command, root, run, target};

const BENCHMARKS: [&str; 7] = ["board", "http", "ingest", "live", "postgres", "restart", "rules"];

/// Runs the named benchmark with the options that follow its name.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let Some((name, options)) = arguments.split_first().filter(|(name, _)| BENCHMARKS.contains(&name.as_str())) else {
        bail!("name a benchmark: {}", BENCHMARKS.join(", "));
    };
    let (profile, options) = match options {
        [option, profile, rest @ ..] if option == "--profile" => (profile.as_str(), rest),
        options => ("dist", options),
    };
    let python = if name == "http" { Some(python()?) } else { None };
    let mut all = vec!["run", "--profile", profile, "--quiet", "--package", "jifen-bench", "--bin", name, "--"];
    all.extend(options.iter().map(String::as_str));
    if let Some(python) = &python {
        all.extend(["--python", python.to_str().context("the target folder's name is no UTF-8")?]);
    }
    run(cargo(&all))
}

/// A Python with what the baseline of `http` needs, in a folder of its own.
fn python() -> Result<PathBuf> {
    let folder = target().join("bench-python");
    let (python, wanted) = (folder.join("bin/python"), root().join("benches/src/http/requirements.txt"));
    let path = |path: &PathBuf| path.to_str().map(str::to_owned).context("the target folder's name is no UTF-8");
    if !python.is_file() {
        run(command("python3", &["-m", "venv", &path(&folder)?]))?;
    }
    run(command(&python, &["-m", "pip", "install", "--quiet", "--requirement", &path(&wanted)?]))?;
    Ok(python)
}
