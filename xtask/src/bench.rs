//! `cargo xtask bench NAME`: builds a benchmark as packages are built (`--profile dist`) and runs it.

use anyhow::{Result, bail};

use crate::run::{cargo, run};

const BENCHMARKS: [&str; 2] = ["board", "ingest"];

/// Runs the named benchmark with the options that follow its name.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let Some((name, options)) = arguments.split_first().filter(|(name, _)| BENCHMARKS.contains(&name.as_str())) else {
        bail!("name a benchmark: {}", BENCHMARKS.join(", "));
    };
    let mut all = vec!["run", "--profile", "dist", "--quiet", "--package", "jifen-bench", "--bin", name, "--"];
    all.extend(options.iter().map(String::as_str));
    run(cargo(&all))
}
