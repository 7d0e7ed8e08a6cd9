//! A disk that loses power: what was synced is there, of the rest nothing, some sectors, or all.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::trace::{File, Of, Op};

/// What a disk writes whole or not at all.
const SECTOR_BYTES: u64 = 512;

/// What becomes of what was not synced.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Unsynced {
    Dropped,
    /// Each sector kept or not, by the toss of a coin.
    Torn,
    /// As when only the process dies.
    Kept,
}

/// Which syncs reach the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Synchronous {
    /// As recorded.
    Full,
    /// As if commits did not sync the log.
    Normal,
    /// As if nothing was ever synced.
    Off,
}

/// The two files while a program works on them.
#[derive(Clone)]
pub(super) struct Disk {
    synchronous: Synchronous,
    files: BTreeMap<File, Contents>,
    /// Ops seen.
    seen: usize,
}

#[derive(Clone, Default)]
struct Contents {
    synced: Vec<u8>,
    /// By number of their op.
    pending: Vec<(usize, Change)>,
}

#[derive(Clone)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate(u64),
}

impl Disk {
    /// With the database file as it was when the program started, and no log.
    pub(super) fn new(database: Vec<u8>, synchronous: Synchronous) -> Self {
        let files =
            [(File::Database, Contents { synced: database, pending: Vec::new() }), (File::Log, Contents::default())];
        Self { synchronous, files: files.into(), seen: 0 }
    }

    /// The next op of the program.
    pub(super) fn take(&mut self, op: &Op) {
        let number = self.seen;
        self.seen += 1;
        let (file, change) = match op {
            Op::Write { file, offset, bytes } => (file, Change::Write { offset: *offset, bytes: bytes.clone() }),
            Op::Truncate { file, length } => (file, Change::Truncate(*length)),
            Op::Sync { file, began, of } => {
                let reaches = match self.synchronous {
                    Synchronous::Full => true,
                    Synchronous::Normal => *of == Of::Other,
                    Synchronous::Off => false,
                };
                if reaches {
                    self.files.get_mut(file).expect("both are there").sync(*began);
                }
                return;
            }
            Op::Acknowledged(_) => return,
        };
        self.files.get_mut(file).expect("both are there").pending.push((number, change));
    }

    /// Writes the files as they are found after a power loss now.
    pub(super) fn lose_power(&self, unsynced: Unsynced, random: &mut fastrand::Rng, path: &Path) -> io::Result<()> {
        for (file, contents) in &self.files {
            let found = contents.after(unsynced, random);
            match file {
                File::Database => fs::write(path, found)?,
                File::Log => fs::write(path.with_extension("db-wal"), found)?,
            }
        }
        Ok(())
    }
}

impl Contents {
    fn sync(&mut self, before: usize) {
        let kept = self.pending.iter().take_while(|(number, _)| *number < before).count();
        for (_, change) in self.pending.drain(..kept) {
            change.apply(&mut self.synced);
        }
    }

    fn after(&self, unsynced: Unsynced, random: &mut fastrand::Rng) -> Vec<u8> {
        let mut found = self.synced.clone();
        for (_, change) in &self.pending {
            match (unsynced, change) {
                (Unsynced::Dropped, _) => {}
                (Unsynced::Kept, _) => change.apply(&mut found),
                (Unsynced::Torn, Change::Truncate(_)) => {
                    if random.bool() {
                        change.apply(&mut found);
                    }
                }
                (Unsynced::Torn, Change::Write { offset, bytes }) => {
                    for (offset, sector) in sectors(*offset, bytes) {
                        if random.bool() {
                            write(&mut found, offset, sector);
                        }
                    }
                }
            }
        }
        found
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => write(file, *offset, bytes),
            Self::Truncate(length) => file.resize(usize::try_from(*length).expect("small"), 0),
        }
    }
}

fn write(file: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let from = usize::try_from(offset).expect("small");
    let to = from + bytes.len();
    if file.len() < to {
        file.resize(to, 0);
    }
    file[from..to].copy_from_slice(bytes);
}

/// A write cut where sectors begin.
fn sectors(mut offset: u64, mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let room = usize::try_from(SECTOR_BYTES - offset % SECTOR_BYTES).expect("small");
        let (part, rest) = bytes.split_at(room.min(bytes.len()));
        parts.push((offset, part));
        offset += part.len() as u64;
        bytes = rest;
    }
    parts
}
