//! Files that come to their names whole, and names that last.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use crate::error::StoreError;

/// Gives a file that is written and synced its name, unless another has it (`AlreadyExists`). The name it had may stay beside it.
pub(crate) fn give_name(partial: &Path, target: &Path) -> io::Result<()> {
    // A link, unlike a renaming, never takes another file's name.
    fs::hard_link(partial, target).or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Err(error),
        // Memory sticks know no links.
        _ => fs::rename(partial, target),
    })
}

/// Makes what stands in the folder of `path` last: its names are on disk only when it was synced itself.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| StoreError::Io { path: folder.to_owned(), source })
}
