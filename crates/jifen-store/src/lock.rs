//! One writer per file: an advisory lock of the operating system on `PATH.lock`, with the holder's name inside.
//!
//! The lock goes with the process, however it ends. It lies on a file of its own, because opening and closing the database file
//! itself would drop SQLite's own locks.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    process,
};

use crate::error::StoreError;

/// Longest holder's name read from a lock file.
const HOLDER_BYTES_MAX: u64 = 512;

/// Held as long as it lives.
pub(crate) struct WriterLock {
    file: File,
}

impl WriterLock {
    /// Takes the lock for the database at `path`, or names who has it.
    pub(crate) fn take(path: &Path, holder: &str) -> Result<Self, StoreError> {
        let lock_path = lock_path(path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(|source| StoreError::Folder { path: path.to_owned(), source })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Held { place: path.display().to_string(), holder: holder_of(&file) });
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::Io { path: lock_path, source }),
        }
        // The name only serves messages: a full disk must not keep the writer from starting.
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "process {} ({holder})", process::id()));
        if let Err(error) = written {
            tracing::warn!(%error, path = %lock_path.display(), "the holder's name could not be written to the lock file");
        }
        Ok(Self { file })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // The file stays: removing it would let two processes lock two files of one name.
        if let Err(error) = self.file.set_len(0) {
            tracing::warn!(%error, "the lock file could not be emptied");
        }
        // Not by closing alone: a program just being started has the file too until it has become itself.
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock file could not be let go");
        }
    }
}

fn holder_of(file: &File) -> String {
    let mut text = String::new();
    match file.take(HOLDER_BYTES_MAX).read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => text,
        Ok(_) | Err(_) => "another process".to_owned(),
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    name.into()
}
