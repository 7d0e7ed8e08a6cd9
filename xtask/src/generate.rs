//! `cargo xtask gen`: documents that are made from the program. A test of the binary compares them, so none goes stale.

use std::fs;

use anyhow::Result;

use crate::{
    run::{cargo, command, read, root, run, target},
    web,
};

/// What `jifen print NAME` prints, and where it is kept.
const DOCUMENTS: [(&str, &str); 2] = [("openapi", "docs/openapi.json"), ("events", "docs/events.md")];

pub(crate) fn generate() -> Result<()> {
    // With all packages, as tests build them: alone, it would be built again with other features.
    run(cargo(&["build", "--quiet", "--workspace", "--bins"]))?;
    let jifen = target().join("debug").join("jifen");
    for (name, path) in DOCUMENTS {
        let text = read(command(&jifen, &["print", name]))?;
        fs::write(root().join(path), text)?;
        eprintln!("wrote {path}");
    }
    web::install()?;
    web::npm(&["run", "gen"])
}
