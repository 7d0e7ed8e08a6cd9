//! The boards that are being looked at, in memory. A board is read once, follows every commit when it is next asked for, and
//! is dropped when nobody has asked for a while.
//!
//! In: which board, and what the writer committed. Out: the board as of the writer's head.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jifen_core::engine::Region;
use jifen_store::{Database, RegionRow};

use super::{
    ReadError,
    table::{Table, TableKey},
};
use crate::{auth::Reach, writer::queue::WriterQueue};

/// A board that nobody has asked for so long is dropped.
const UNUSED_MAX: Duration = Duration::from_secs(600);
/// Most boards; those unused for longest go first.
const BOARDS_MAX: usize = 64;
/// Most lines of all boards together, about 300 bytes each.
const LINES_MAX: usize = 200_000;

/// The boards of one region.
#[derive(Default)]
pub struct Boards(Mutex<HashMap<TableKey, Kept>>);

struct Kept {
    table: Slot,
    used: Instant,
    lines: usize,
}

/// A board with the resident state it was read under: another one may rank others, and call them otherwise.
type Slot = Arc<Mutex<Option<(Arc<Region>, Table)>>>;

/// What boards are read from: the database, and, where a writer runs, the boards kept in memory.
pub struct Reader<'a> {
    pub(crate) database: &'a Database,
    pub(crate) row: &'a RegionRow,
    pub(crate) region: &'a Region,
    /// Whom and what is shown.
    pub(crate) reach: Reach,
    kept: Option<Keeping<'a>>,
}

struct Keeping<'a> {
    boards: &'a Boards,
    writer: &'a WriterQueue,
    region: &'a Arc<Region>,
}

impl<'a> Reader<'a> {
    /// Reads every board anew.
    pub fn new(database: &'a Database, row: &'a RegionRow, region: &'a Region) -> Self {
        Self { database, row, region, reach: Reach::whole(), kept: None }
    }

    /// Keeps boards, which follow the writer.
    pub fn keeping(
        database: &'a Database,
        row: &'a RegionRow,
        region: &'a Arc<Region>,
        boards: &'a Boards,
        writer: &'a WriterQueue,
    ) -> Self {
        Self { database, row, region, reach: Reach::whole(), kept: Some(Keeping { boards, writer, region }) }
    }

    /// Shows what `reach` sees and nothing else.
    pub(crate) fn within(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// Shows `look` the board as of now.
    pub(super) fn board<T>(
        &self,
        key: TableKey,
        look: impl FnOnce(&mut Table) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let Some(Keeping { boards, writer, region }) = &self.kept else { return look(&mut self.read(key)?) };
        let slot = boards.slot(&key, Instant::now());
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        // What is taken out and not put back, because something failed half-way, is gone and never wrong.
        let table = match slot.take() {
            Some((under, table)) if Arc::ptr_eq(&under, region) => self.follow(table, writer)?,
            _ => self.read(key.clone())?,
        };
        let (_, table) = slot.insert((Arc::clone(region), table));
        boards.note(&key, table.len());
        look(table)
    }

    fn read(&self, key: TableKey) -> Result<Table, ReadError> {
        Table::read(self.database, self.row, self.region, key)
    }

    fn follow(&self, mut table: Table, writer: &WriterQueue) -> Result<Table, ReadError> {
        let head = writer.head().borrow().journal;
        // A table may have been read just before the writer told of its commit.
        if table.position() >= head {
            return Ok(table);
        }
        match writer.feed().since(table.position(), head) {
            Some(commits) => table.follow(self.database, self.row, self.region, &commits)?,
            None => table = self.read(table.into_key())?,
        }
        Ok(table)
    }
}

impl Boards {
    fn slot(&self, key: &TableKey, now: Instant) -> Slot {
        let mut boards = self.lock();
        boards.retain(|_, kept| now.duration_since(kept.used) < UNUSED_MAX);
        if let Some(kept) = boards.get_mut(key) {
            kept.used = now;
            return Arc::clone(&kept.table);
        }
        let table = Slot::default();
        boards.insert(key.clone(), Kept { table: Arc::clone(&table), used: now, lines: 0 });
        table
    }

    /// Notes how much a board holds, and lets others go while all hold too much.
    fn note(&self, key: &TableKey, lines: usize) {
        let mut boards = self.lock();
        if let Some(kept) = boards.get_mut(key) {
            kept.lines = lines;
        }
        let too_much = |boards: &HashMap<TableKey, Kept>| {
            boards.len() > BOARDS_MAX || boards.values().map(|kept| kept.lines).sum::<usize>() > LINES_MAX
        };
        while boards.len() > 1 && too_much(&boards) {
            let others = boards.iter().filter(|(other, _)| *other != key);
            let Some(oldest) = others.min_by_key(|(_, kept)| kept.used).map(|(other, _)| other.clone()) else { return };
            boards.remove(&oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TableKey, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
