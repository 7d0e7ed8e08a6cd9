//! A small file system of a test's own, to be filled and emptied.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::announce;

/// Unmounted when dropped.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// One of so many MiB; announced and `None` where nothing may be mounted.
    ///
    /// # Panics
    /// As [`announce`], or when there is no folder to be had.
    #[allow(clippy::expect_used, reason = "a test that cannot be run has failed")]
    pub fn mount(mib: u64) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs"]).arg(folder.path()).stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        announce("`mount -t tmpfs` is not allowed here, so a full disk was not tried; run as root");
        None
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves no room.
    ///
    /// # Panics
    /// When nothing can be written at all.
    #[allow(clippy::expect_used, reason = "a test that cannot be run has failed")]
    pub fn fill(&self) {
        let mut file = fs::File::create(self.ballast()).expect("a file");
        for block in [vec![1; 64 * 1024], vec![1; 4096]] {
            while file.write_all(&block).is_ok() {}
        }
    }

    /// Gives back the room that was filled.
    ///
    /// # Panics
    /// When it was not.
    #[allow(clippy::expect_used, reason = "a test that cannot be run has failed")]
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("removed");
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
