//! What this process holds in memory.

use std::fs;

use anyhow::{Context, Result};

/// Highest resident set since the start, or since `forget_peak`, in MiB.
///
/// # Errors
/// No such figure in `/proc`.
pub fn peak_mib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM in /proc/self/status")?;
    let kib: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
    Ok(kib / 1024)
}

/// Lets the highest resident set begin anew with what is held now (`proc_pid_clear_refs(5)`).
///
/// # Errors
/// A kernel that does not.
pub fn forget_peak() -> Result<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}
