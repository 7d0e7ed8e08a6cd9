//! Copying from and into a file.

use std::path::Path;

use rusqlite::{
    Connection,
    types::{ToSqlOutput, ValueRef},
};

use super::{Cell, CopiedRegion, RegionCells, SegmentCells, Sink, Source, Table, compare, pour, read_back};
use crate::{
    code,
    error::StoreError,
    lock::WriterLock,
    row::{JournalRow, RegionId, RegionRow},
    sqlite::{connection, key::Keys},
    vault::Vault,
};
use jifen_core::id::EventKey;

const REGIONS: &str = "
    select id, code, secret
    from region
    order by id";

const SEGMENTS: &str = "
    select first_position, last_position, keys, bodies, bytes
    from journal_segment
    where region_id = $1
    order by first_position
    limit -1";

const INSERT_REGION: &str = "
    insert into region (id, code, secret)
    values ($1, $2, $3)";

const INSERT_SEGMENT: &str = "
    insert into journal_segment (region_id, first_position, last_position, keys, bodies, bytes)
    values ($1, $2, $3, $4, $5, $6)";

/// A file that is read as of one moment.
pub(super) struct Reading {
    connection: Connection,
    _lock: Option<WriterLock>,
}

impl Reading {
    /// While nobody writes it.
    pub(super) fn alone(path: &Path, holder: &str) -> Result<Self, StoreError> {
        connection::check_whole(path)?;
        let lock = WriterLock::take(path, holder)?;
        Self::of(path, Some(lock))
    }

    /// While others may write it.
    pub(super) fn beside_others(path: &Path) -> Result<Self, StoreError> {
        connection::check_whole(path)?;
        Self::of(path, None)
    }

    fn of(path: &Path, lock: Option<WriterLock>) -> Result<Self, StoreError> {
        let connection = connection::open_reader(path)?;
        connection.execute_batch("begin")?;
        Ok(Self { connection, _lock: lock })
    }
}

impl Source for Reading {
    fn regions(&mut self) -> Result<Vec<RegionCells>, StoreError> {
        let mut statement = self.connection.prepare(REGIONS)?;
        let rows = statement.query_map([], |row| {
            Ok(RegionCells { row: RegionRow { id: RegionId(row.get(0)?), code: row.get(1)? }, secret: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn journal(
        &mut self,
        region: RegionId,
        take: &mut dyn FnMut(SegmentCells) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare(SEGMENTS)?;
        let mut rows = statement.query([region.0])?;
        while let Some(row) = rows.next()? {
            let (first, last, keys, bodies, bytes) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            take(SegmentCells { first, last, keys, bodies, bytes })?;
        }
        Ok(())
    }

    fn rows(
        &mut self,
        table: &Table,
        region: RegionId,
        take: &mut dyn FnMut(Vec<Vec<Cell>>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let select = format!("select {} from {} where region_id = $1 limit -1", table.list(), table.name);
        let mut statement = self.connection.prepare(&select)?;
        let mut rows = statement.query([region.0])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..table.columns.len()).map(|index| cell(row.get_ref(index)?));
            waiting.push(cells.collect::<Result<Vec<_>, StoreError>>()?);
            if waiting.len() >= super::ROWS_AT_A_TIME {
                take(std::mem::take(&mut waiting))?;
            }
        }
        take(waiting)
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, StoreError> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => return Err(StoreError::Corrupt("a text is not UTF-8".to_owned())),
        },
        ValueRef::Real(_) => return Err(StoreError::Corrupt("a column holds a fraction".to_owned())),
    })
}

/// Fills the empty file at `path`, reads it back and leaves nothing beside it.
pub(super) fn fill(source: &mut dyn Source, path: &Path) -> Result<Vec<CopiedRegion>, StoreError> {
    // Rows go over as they are: sealed, with the keys of their holders, under a master key that is not needed here.
    let vault = Vault::of_file(path);
    let mut filling = Filling { connection: connection::open_writer(path, &vault)?, keys: Keys::default(), steps: 0 };
    let went = pour(source, &mut filling)?;
    drop(filling);
    let came = read_back(&mut Reading::of(path, None)?)?;
    // The last connection takes the log with it.
    let connection = connection::open_writer(path, &vault)?;
    checkpoint(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    compare(went, &came)
}

struct Filling {
    connection: Connection,
    keys: Keys,
    /// So far.
    steps: u32,
}

/// Steps after which the log is emptied: it stays at some ten megabytes.
const STEPS_PER_CHECKPOINT: u32 = 32;

impl Filling {
    /// Nobody sees the file before it has its name, so a step a transaction is enough, and keeps the log short.
    fn step(&mut self, work: impl FnOnce(&Connection, &mut Keys) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        work(&transaction, &mut self.keys)?;
        transaction.commit()?;
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_PER_CHECKPOINT) { checkpoint(&self.connection) } else { Ok(()) }
    }
}

impl Sink for Filling {
    fn region(&mut self, region: &RegionCells) -> Result<(), StoreError> {
        self.step(|connection, _| {
            let RegionCells { row, secret } = region;
            connection.execute(INSERT_REGION, (row.id.0, &row.code, secret))?;
            Ok(())
        })
    }

    fn segments(&mut self, region: RegionId, segments: Vec<SegmentCells>) -> Result<(), StoreError> {
        self.step(|connection, keys| {
            keys.refresh(connection, region)?;
            let mut insert = connection.prepare_cached(INSERT_SEGMENT)?;
            let mut records = Vec::new();
            for SegmentCells { first, last, keys, bodies, bytes } in segments {
                for (key, position) in keys.chunks_exact(16).zip(code::parse_position(first)?..) {
                    let key = EventKey(code::sixteen(key)?);
                    records.push(JournalRow { position, bytes: Vec::new(), key, body: [0; 16] });
                }
                insert.execute((region.0, first, last, keys, bodies, bytes))?;
            }
            keys.append(connection, region, &records)
        })
    }

    fn rows(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), StoreError> {
        self.step(|connection, _| {
            let places: Vec<String> = (1..=table.columns.len()).map(|number| format!("${number}")).collect();
            let insert = format!("insert into {} ({}) values ({})", table.name, table.list(), places.join(", "));
            let mut insert = connection.prepare_cached(&insert)?;
            for row in rows {
                insert.execute(rusqlite::params_from_iter(row.iter().map(value)))?;
            }
            Ok(())
        })
    }

    fn head(&mut self, _: RegionId, _: i64, _: i64) -> Result<(), StoreError> {
        // A file's logs end where their last rows are.
        Ok(())
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn value(cell: &Cell) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match cell {
        Cell::Null => ValueRef::Null,
        Cell::Integer(number) => ValueRef::Integer(*number),
        Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        Cell::Bytes(bytes) => ValueRef::Blob(bytes),
    })
}

fn checkpoint(connection: &Connection) -> Result<(), StoreError> {
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    Ok(())
}
