//! The file of the master key: one line, for its owner alone.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    error::StoreError,
    named::{give_name, sync_folder},
};

/// Before the key's 64 hexadecimal digits.
const MARK: &str = "jifen-vault-1:";

/// What the file says; nothing where there is none.
pub(super) fn read(place: &Path) -> Result<Option<String>, StoreError> {
    match fs::read_to_string(place) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unreadable(place, &source)),
    }
}

/// It is named and may not be read: nobody's data are in danger, so this is not a failure of the disk.
fn unreadable(place: &Path, source: &io::Error) -> StoreError {
    StoreError::VaultKey(format!("at `{}` cannot be read ({source}): give this user the right to", place.display()))
}

pub(super) fn parse(text: &str) -> Option<[u8; 32]> {
    let digits = text.trim_end().strip_prefix(MARK).filter(|digits| digits.len() == 64 && digits.is_ascii())?;
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(key)
}

/// Makes the file, durably; one that another process made meanwhile stays.
pub(super) fn make(place: &Path, key: &[u8; 32]) -> Result<(), StoreError> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let mut partial = place.as_os_str().to_owned();
    partial.push(format!(".{}-{}.partial", process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
    let partial = PathBuf::from(partial);
    let failed = |source| StoreError::Folder { path: place.to_owned(), source };
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial).and_then(|mut file| {
        file.write_all(format!("{MARK}{digits}\n").as_bytes())?;
        file.sync_all()?;
        give_name(&partial, place).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Ok(()),
            _ => Err(error),
        })
    });
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => written.map_err(failed)?,
    }
    sync_folder(place)
}
