//! Throw-away databases for tests and benchmarks: a file in a folder, or a database in a PostgreSQL cluster of this process's own; small
//! disks that can be filled, and networks that can be cut.
//!
//! Which of them [`Scratch::new`] gives is said by `JIFEN_TEST_DATABASE` (`sqlite`, as by default, `postgres`, or
//! `citus`, three PostgreSQL servers that regions are distributed over), so that one suite runs on all. A cluster that happens to run
//! is never used.

mod cluster;
mod disk;
mod network;

use std::{env, path::Path, sync::OnceLock};

use anyhow::{Context, Result, bail};
pub use cluster::{Cluster, Listen};
pub use disk::SmallDisk;
pub use network::{OtherNetwork, Pulled};
use tempfile::TempDir;

/// The role that owns the schemas, and the one the program runs under; both with [`PASSWORD`].
pub const OWNER: &str = "jifen_owner";
/// See [`OWNER`].
pub const APP: &str = "jifen_app";
/// Password of every role of a cluster; it listens to this machine only, and not for long.
pub const PASSWORD: &str = "scratch";

/// See [`Scratch::new`].
const CITUS: &str = "citus";

/// A new, migrated database, gone when this is dropped or the process ends.
pub struct Scratch {
    url: String,
    folder: TempDir,
}

impl Scratch {
    /// A database of the kind that `JIFEN_TEST_DATABASE` says.
    ///
    /// # Panics
    /// When there is none to be had: a test that cannot be run has failed.
    pub fn new() -> Self {
        match &kind()[..] {
            "sqlite" => Self::sqlite(),
            "postgres" | CITUS => Self::postgres(),
            other => unreachable!("JIFEN_TEST_DATABASE is `{other}`, not `sqlite`, `postgres` or `{CITUS}`"),
        }
    }

    /// An SQLite file that is not there yet.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[allow(clippy::expect_used, reason = "a test that cannot be run has failed")]
    pub fn sqlite() -> Self {
        Self::sqlite_in(tempfile::tempdir().expect("a folder"))
    }

    /// The same in this folder.
    pub fn sqlite_in(folder: TempDir) -> Self {
        Self { url: format!("sqlite:{}", folder.path().join("jifen.db").display()), folder }
    }

    /// A database of this process's cluster, to be used as [`APP`].
    ///
    /// # Panics
    /// As [`Self::new`].
    #[allow(clippy::expect_used, reason = "a test that cannot be run has failed")]
    pub fn postgres() -> Self {
        let url = cluster().and_then(Cluster::migrated).expect("a database of a throw-away PostgreSQL");
        Self { url, folder: tempfile::tempdir().expect("a folder") }
    }

    /// One that is there already, by its address; only the folder beside it is this one's own.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[allow(clippy::expect_used, reason = "a test that cannot be run has failed")]
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), folder: tempfile::tempdir().expect("a folder") }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder beside it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// What `JIFEN_TEST_DATABASE` says.
fn kind() -> String {
    env::var("JIFEN_TEST_DATABASE").unwrap_or_else(|_| "sqlite".to_owned())
}

/// This process's cluster, started when first asked for.
///
/// # Errors
/// PostgreSQL is not installed, or does not start.
pub fn cluster() -> Result<&'static Cluster> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let start = || if kind() == CITUS { Cluster::start_distributed() } else { Cluster::start(Listen::Socket) };
    let started = CLUSTER.get_or_init(|| start().map_err(|error| format!("{error:#}")));
    started.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

/// Says loudly that a test could not be run; in the continuous integration that is a failure.
///
/// # Panics
/// There.
#[allow(clippy::print_stderr, reason = "whoever runs the tests must see it")]
pub fn announce(what: &str) {
    eprintln!("\n*** NOT TESTED: {what} ***\n");
    assert!(env::var_os("CI").is_none(), "not tested: {what}");
}

/// Runs a program and gives what it prints.
fn read(command: &mut std::process::Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
