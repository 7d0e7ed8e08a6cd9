//! `cargo xtask gen`: documents that are made from the program. A test of the binary compares them, so none goes stale.

use std::fs;

use anyhow::Result;

use crate::{
    run::{cargo, read, root},
    web,
};

/// What `jifen print NAME` prints, and where it is kept.
const DOCUMENTS: [(&str, &str); 2] = [("openapi", "docs/openapi.json"), ("events", "docs/events.md")];

pub(crate) fn generate() -> Result<()> {
    for (name, path) in DOCUMENTS {
        let text = read(cargo(&["run", "--quiet", "--package", "jifen", "--", "print", name]))?;
        fs::write(root().join(path), text)?;
        eprintln!("wrote {path}");
    }
    web::install()?;
    web::npm(&["run", "gen"])
}
