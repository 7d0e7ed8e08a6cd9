//! `jifen migrate`: makes or upgrades a database's schema, as its owner, and lets the server's role use it.

use jifen_store::Database;

use crate::{failure::Failure, output};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database as its owner reaches it, `postgres://OWNER@HOST/DATABASE`; a file is upgraded when it is opened
    #[arg(long)]
    db: String,
    /// Role that `serve`, `import` and the like run under; those named before keep their rights
    #[arg(long)]
    app: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    Database::migrate(&options.db, options.app.as_deref())?;
    output::line("库结构已是最新 / the schema is up to date")
}
