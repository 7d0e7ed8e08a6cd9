//! Files of the data directory, which not every machine has: `JIFEN_DATA` or `../shared/data` beside the workspace.

use std::{env, fs, io::Write, path::PathBuf};

/// The text of a file of the data directory. When it is absent, says so on standard error, past the test harness, and answers `None`.
pub(crate) fn read(relative: &str) -> Option<String> {
    let directory = env::var_os("JIFEN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let path = directory.join(relative);
    if !path.exists() {
        let _ = writeln!(std::io::stderr(), "skipped: {} not found", path.display());
        return None;
    }
    Some(fs::read_to_string(&path).expect("a readable file of UTF-8 text"))
}
