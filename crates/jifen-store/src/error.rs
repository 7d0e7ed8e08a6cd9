//! Faults of the store, each with a way out.

use std::{io, path::PathBuf};

use rusqlite::{ErrorCode, ffi};

use crate::row::RegionId;

/// What a driver or the system said.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address is none of ours.
    #[error("`{0}` is no database address: write `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    Address(String),
    /// Nothing there.
    #[error("no database at `{}`: check the path, or make one with `jifen init` or `jifen import`", .0.display())]
    Absent(PathBuf),
    /// The folder does not exist, or cannot be written to.
    #[error("cannot write beside `{}`: make its folder and give this user the right to write there", .path.display())]
    Folder {
        /// The database's path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A copy would take the place of something.
    #[error("`{}` is there already and was left untouched: choose another path", .0.display())]
    Taken(PathBuf),
    /// Another program's database, or none at all.
    #[error("`{0}` is not a jifen database: choose another, it was left untouched")]
    Foreign(String),
    /// Written by a newer program.
    #[error("`{place}` has schema {found}, this program knows {known}: start the newer jifen that wrote it")]
    Newer {
        /// The database.
        place: String,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Written by an older program and opened only to read.
    #[error(
        "`{}` has schema {found}, this program needs {known}: let a writing command (`jifen serve`) upgrade it first",
        .path.display()
    )]
    Older {
        /// The database's path.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Its owner has not brought it up to this program's schema.
    #[error("`{place}` has schema {found}, this program needs {known}: let its owner run `jifen migrate`")]
    Unmigrated {
        /// The database.
        place: String,
        /// Its schema; 0: none.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file cannot be written to.
    #[error("`{}` cannot be written to: give this user the right to write the file and its folder", .0.display())]
    ReadOnlyFile(PathBuf),
    /// A standby, or a server switched to reading.
    #[error("`{0}` only reads: name the primary server")]
    ReadOnlyServer(String),
    /// The server would lose or spoil what it acknowledged.
    #[error("`{place}` cannot be used: {why}")]
    Unfit {
        /// The database.
        place: String,
        /// What is wrong and how to mend it.
        why: String,
    },
    /// A copy would mix with what is there.
    #[error(
        "`{0}` holds a hall already and was left untouched: copy into a database that `jifen migrate` has just made"
    )]
    NotEmpty(String),
    /// A role that may do too little or too much.
    #[error("{0}")]
    Role(String),
    /// No connection came about.
    #[error("`{place}` cannot be reached: {source}")]
    Unreachable {
        /// The database.
        place: String,
        /// What the system, or the server, said.
        source: Cause,
    },
    /// The connection broke before the answer came: whether it was done is not known, and asking again tells.
    #[error("the connection to the database broke, whether it was done is not known: ask again")]
    Lost(#[source] Cause),
    /// The key that the vault's texts are sealed under is missing, or another.
    #[error("the key of the vault {0}")]
    VaultKey(String),
    /// Opened to read, asked to write.
    #[error("this database was opened to read: open it for writing")]
    ReadAccess,
    /// Another process is the writer.
    #[error("`{place}` is being written by {holder}: hand the work to it, or stop it first")]
    Held {
        /// The database.
        place: String,
        /// Who: pid and command.
        holder: String,
    },
    /// Another node has taken the region over; whether what was under way is there, is that node's to say.
    #[error("{holder} has taken the region over, whether it was done is not known: ask again")]
    Superseded {
        /// Who: pid and command.
        holder: String,
    },
    /// The disk is full; nothing was written, and a later try may work.
    #[error("the disk is full, nothing was written: free some space and try again")]
    Full(#[source] Cause),
    /// Another program, a database shell say, holds a lock for too long; nothing was written.
    #[error("another program keeps the database locked, nothing was written: close it and try again")]
    Busy(#[source] Cause),
    /// Another writer got in between.
    #[error("the journal's head is {found}, not {expected}: another writer appended, start again from the store")]
    HeadMoved {
        /// What the caller knew.
        expected: u64,
        /// What the store has.
        found: u64,
    },
    /// No such region.
    #[error("no region {}: make it with `jifen init` or `jifen import`", .0.0)]
    RegionAbsent(RegionId),
    /// The code is taken.
    #[error("region `{0}` exists already")]
    RegionTaken(String),
    /// The name, or the key itself, is taken.
    #[error("a key named `{0}` exists already in this region: choose another name")]
    KeyTaken(String),
    /// The name is taken.
    #[error("an account named `{0}` exists already in this region: choose another name")]
    AccountTaken(String),
    /// No such record.
    #[error("the journal has no record {0}")]
    RecordAbsent(u64),
    /// A record with something that this program has never heard of.
    #[error(
        "record {0} holds what only a newer jifen knows: start that one; if there is none, stored data is damaged: restore a backup"
    )]
    NewerRecord(u64),
    /// Stored bytes that cannot be read.
    #[error("stored data is damaged: {0}; restore a backup")]
    Corrupt(String),
    /// A bug: what the caller handed over breaks a promise of the schema. Nothing was written.
    #[error("a broken invariant, nothing was written: {0}; please report it")]
    Invariant(String),
    /// An earlier write, sync or checkpoint failed, and what the disk holds is no longer known.
    #[error("storage failed before ({0}), nothing more is written: check the disk, then start again")]
    Stopped(String),
    /// The world failed.
    #[error("the database failed: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// The world failed.
    #[error("the database failed: {0}")]
    Postgres(#[source] tokio_postgres::Error),
    /// The world failed, outside the database.
    #[error("the file system failed at `{}`: {source}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    /// Whether the process must stop writing for good: what is on disk is no longer known.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Stopped(_)
            | Self::Sqlite(_)
            | Self::Postgres(_)
            | Self::Io { .. }
            | Self::Corrupt(_)
            | Self::NewerRecord(_) => true,
            Self::Address(_)
            | Self::Absent(_)
            | Self::Folder { .. }
            | Self::Taken(_)
            | Self::Foreign(_)
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Unmigrated { .. }
            | Self::ReadOnlyServer(_)
            | Self::Unfit { .. }
            | Self::NotEmpty(_)
            | Self::Role(_)
            | Self::Unreachable { .. }
            | Self::Lost(_)
            | Self::ReadOnlyFile(_)
            | Self::VaultKey(_)
            | Self::ReadAccess
            | Self::Held { .. }
            | Self::Superseded { .. }
            | Self::Full(_)
            | Self::Busy(_)
            | Self::HeadMoved { .. }
            | Self::RegionAbsent(_)
            | Self::RegionTaken(_)
            | Self::KeyTaken(_)
            | Self::AccountTaken(_)
            | Self::RecordAbsent(_)
            | Self::Invariant(_) => false,
        }
    }

    /// Whether the same may succeed a little later: the server restarts, has no room just now, or has not yet missed a session that ended.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Lost(_)
                | Self::Held { .. }
                | Self::ReadOnlyServer(_)
                | Self::Full(_)
                | Self::Busy(_)
        )
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(failure) if failure.code == ErrorCode::DiskFull => Self::Full(error.into()),
            Some(failure) if failure.code == ErrorCode::DatabaseBusy => Self::Busy(error.into()),
            // The log's index in shared memory cannot grow: a full disk by another name. The batch lies in the log, unseen, and
            // the next one overwrites it; only a crash in between would bring it back, and a repeat is then told as one.
            Some(failure) if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full(error.into()),
            Some(failure) if failure.code == ErrorCode::ConstraintViolation => Self::Invariant(error.to_string()),
            Some(failure) if failure.code == ErrorCode::DatabaseCorrupt => Self::Corrupt(error.to_string()),
            Some(_) | None => Self::Sqlite(error),
        }
    }
}
