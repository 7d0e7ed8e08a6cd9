//! Copies of a whole database: taken while others write, put back where nothing is.
//!
//! **Invariants.** A copy shows under its name only when it is whole and on disk. Nothing that is there is overwritten.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    error::StoreError,
    lock::WriterLock,
    named::{give_name, sync_folder},
    row::{Reach, RegionRow},
    sqlite::{connection, journal, region},
};

/// One consistent state, as of the statement's start; commits go on beside it.
const COPY: &str = "vacuum into ?1";

/// Copies the database at `path` to the new file `target`.
pub(crate) fn copy(path: &Path, target: &Path) -> Result<(), StoreError> {
    connection::check_reader(path)?;
    // Not a reader of the pool: those refuse every write, this one's to its own file too.
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    place(target, |partial| {
        let name = partial.to_str().ok_or_else(|| not_utf8(partial))?;
        connection.execute(COPY, [name])?;
        Ok(())
    })
}

/// How far each region's journal goes in the copy `from`; the tables that say so are as old as the first schema.
pub(crate) fn reach(from: &Path) -> Result<Vec<Reach>, StoreError> {
    readable(from)?;
    let connection = connection::open_reader(from)?;
    let of = |RegionRow { id, code }: RegionRow| {
        let journal = region::head(&connection, id)?.journal;
        let last = journal::records_after(&connection, id, journal.saturating_sub(1), 1)?.pop();
        Ok(Reach { code, journal, received: last.map(|record| record.received) })
    };
    region::regions(&connection)?.into_iter().map(of).collect()
}

/// Puts the copy `from` where there is no database yet.
pub(crate) fn restore(from: &Path, path: &Path) -> Result<(), StoreError> {
    readable(from)?;
    let _lock = WriterLock::take(path, "jifen restore")?;
    let log = with_suffix(path, "-wal");
    if log.exists() {
        return Err(StoreError::Taken(log));
    }
    place(path, |partial| {
        fs::copy(from, partial).map_err(|source| StoreError::Io { path: partial.to_owned(), source })?;
        Ok(())
    })
}

/// Refuses what is no copy of ours, or of a newer program. Whoever opens it to write brings an older one up to date.
fn readable(from: &Path) -> Result<(), StoreError> {
    match connection::check_reader(from) {
        Ok(()) | Err(StoreError::Older { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Lets `fill` write beside `target`, syncs what it wrote and gives it its name.
pub(crate) fn place(target: &Path, fill: impl FnOnce(&Path) -> Result<(), StoreError>) -> Result<(), StoreError> {
    if target.exists() {
        return Err(StoreError::Taken(target.to_owned()));
    }
    let partial = with_suffix(target, ".partial");
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| StoreError::Io { path, source }
    };
    let folder = |source| StoreError::Folder { path: target.to_owned(), source };
    // It holds the regions' secrets and the vault: for its owner alone.
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial);
    drop(made.map_err(folder)?);
    let placed = fill(&partial).and_then(|()| {
        File::open(&partial).and_then(|file| file.sync_all()).map_err(failed(&partial))?;
        give_name(&partial, target).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => StoreError::Taken(target.to_owned()),
            _ => failed(target)(source),
        })
    });
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => placed.and(Err(failed(&partial)(error)))?,
        _ => placed?,
    }
    sync_folder(target)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn not_utf8(path: &Path) -> StoreError {
    let source = io::Error::new(io::ErrorKind::InvalidInput, "the path is not UTF-8");
    StoreError::Io { path: path.to_owned(), source }
}
