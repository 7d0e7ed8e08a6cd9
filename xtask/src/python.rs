//! Pythons with what a program from outside needs, each in a folder of its own below `target/`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::run::{command, root, run, target};

/// The Python in `folder`, with what the file `requirements` lists, whose versions are pinned.
pub(crate) fn with(folder: &str, requirements: &str) -> Result<PathBuf> {
    let folder = target().join(folder);
    let (python, wanted) = (folder.join("bin/python"), root().join(requirements));
    let path = |path: &PathBuf| path.to_str().map(str::to_owned).context("the target folder's name is no UTF-8");
    if !python.is_file() {
        run(command("python3", &["-m", "venv", &path(&folder)?]))?;
    }
    run(command(&python, &["-m", "pip", "install", "--quiet", "--requirement", &path(&wanted)?]))?;
    Ok(python)
}
