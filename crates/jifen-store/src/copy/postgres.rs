//! Copying from and into a server: cursors on one snapshot, and `COPY` within one transaction.

use std::{collections::VecDeque, error::Error};

use bytes::BytesMut;
use tokio_postgres::{
    Row,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use super::{
    Cell, Column, CopiedRegion, Kind, RegionCells, SegmentCells, Sink, Source, Table, compare, pour, read_back,
};
use crate::{
    error::StoreError,
    postgres::{Address, Connection, Lock, Rows, Session, check_whole, text},
    row::{RegionId, RegionRow},
};

const SNAPSHOT: &str = "begin isolation level repeatable read read only";

const REGIONS: &str = "
    select id, code, secret
    from region
    order by id";

const IS_EMPTY: &str = "
    select not exists (select 1 from region)
       and not exists (select 1 from access_key)";

const INSERT_REGION: &str = "
    insert into region (id, code, secret)
    values ($1, $2, $3)";

const INSERT_HEAD: &str = "
    insert into region_head (region_id, journal, ledger)
    values ($1, $2, $3)";

/// Segments fetched at a time: a megabyte or a few.
const SEGMENTS_AT_A_TIME: usize = 16;

/// A server's database that is read as of one moment.
pub(super) struct Reading {
    held: Held,
}

enum Held {
    /// The session keeps all writers out.
    Alone(Box<Session>),
    Beside(Box<Connection>),
}

impl Reading {
    pub(super) fn alone(address: &Address, holder: &str) -> Result<Self, StoreError> {
        let session = Session::take(address, holder, Lock::Whole)?;
        session.once(|connection| {
            check_whole(connection, address)?;
            connection.batch(SNAPSHOT)
        })?;
        Ok(Self { held: Held::Alone(Box::new(session)) })
    }

    pub(super) fn beside_others(address: &Address) -> Result<Self, StoreError> {
        let connection = Connection::open(address, "jifen (copying)", None)?;
        check_whole(&connection, address)?;
        connection.batch(SNAPSHOT)?;
        Ok(Self { held: Held::Beside(Box::new(connection)) })
    }

    fn on<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match &self.held {
            Held::Alone(session) => session.once(read),
            Held::Beside(connection) => read(connection),
        }
    }
}

impl Source for Reading {
    fn regions(&mut self) -> Result<Vec<RegionCells>, StoreError> {
        let parse = |row: &Row| RegionCells {
            row: RegionRow { id: RegionId(row.get(0)), code: text::read(row.get(1)) },
            secret: row.get(2),
        };
        self.on(|connection| Ok(connection.query(REGIONS, &[])?.iter().map(parse).collect()))
    }

    fn journal(
        &mut self,
        region: RegionId,
        take: &mut dyn FnMut(SegmentCells) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.on(|connection| {
            let segments = "select first_position, last_position, bytes from journal_segment";
            let mut segments = Cursor::open(connection, "segments", segments, region, "order by first_position")?;
            let keys = "select position, key, body from journal_key";
            let mut keys = Cursor::open(connection, "keys", keys, region, "order by position")?;
            let mut waiting: VecDeque<Row> = VecDeque::new();
            loop {
                let found = segments.fetch(SEGMENTS_AT_A_TIME)?;
                if found.is_empty() {
                    break;
                }
                for row in found {
                    let (first, last, bytes): (i64, i64, Vec<u8>) = (row.get(0), row.get(1), row.get(2));
                    let mut segment = SegmentCells { first, last, keys: Vec::new(), bodies: Vec::new(), bytes };
                    for position in first..=last {
                        if waiting.is_empty() {
                            waiting.extend(keys.fetch(super::ROWS_AT_A_TIME)?);
                        }
                        let key = waiting.pop_front().filter(|row| row.get::<_, i64>(0) == position);
                        let key = key
                            .ok_or_else(|| StoreError::Corrupt(format!("the dedupe index lacks record {position}")))?;
                        segment.keys.extend_from_slice(key.get(1));
                        segment.bodies.extend_from_slice(key.get(2));
                    }
                    take(segment)?;
                }
            }
            segments.close()?;
            keys.close()
        })
    }

    fn rows(
        &mut self,
        table: &Table,
        region: RegionId,
        take: &mut dyn FnMut(Vec<Vec<Cell>>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.on(|connection| {
            let select = format!("select {} from {}", table.list(), table.name);
            let mut cursor = Cursor::open(connection, table.name, &select, region, "")?;
            loop {
                let rows = cursor.fetch(super::ROWS_AT_A_TIME)?;
                if rows.is_empty() {
                    return cursor.close();
                }
                take(rows.iter().map(|row| cells(table, row)).collect())?;
            }
        })
    }
}

/// Rows of a statement, some at a time.
struct Cursor<'a> {
    connection: &'a Connection,
    name: String,
}

impl<'a> Cursor<'a> {
    fn open(
        connection: &'a Connection,
        name: &str,
        select: &str,
        region: RegionId,
        order: &str,
    ) -> Result<Self, StoreError> {
        let name = format!("copy_{name}");
        let RegionId(number) = region;
        connection
            .batch(&format!("declare {name} no scroll cursor for {select} where region_id = {number} {order}"))?;
        Ok(Self { connection, name })
    }

    fn fetch(&mut self, count: usize) -> Result<Vec<Row>, StoreError> {
        self.connection.query(&format!("fetch {count} from {}", self.name), &[])
    }

    fn close(self) -> Result<(), StoreError> {
        self.connection.batch(&format!("close {}", self.name))
    }
}

fn cells(table: &Table, row: &Row) -> Vec<Cell> {
    table.columns.iter().enumerate().map(|(index, column)| cell(column, row, index)).collect()
}

fn cell(column: &Column, row: &Row, index: usize) -> Cell {
    let integer = |number: Option<i64>| number.map_or(Cell::Null, Cell::Integer);
    match column.kind {
        Kind::Small => integer(row.get::<_, Option<i16>>(index).map(i64::from)),
        Kind::Integer => integer(row.get::<_, Option<i32>>(index).map(i64::from)),
        Kind::Long => integer(row.get(index)),
        Kind::Flag => integer(row.get::<_, Option<bool>>(index).map(i64::from)),
        Kind::Text => row.get::<_, Option<String>>(index).map_or(Cell::Null, |stored| Cell::Text(text::read(stored))),
        Kind::Bytes => row.get::<_, Option<Vec<u8>>>(index).map_or(Cell::Null, Cell::Bytes),
    }
}

/// Fills a migrated database with nothing in it, and reads it back.
pub(super) fn fill(source: &mut dyn Source, address: &Address, holder: &str) -> Result<Vec<CopiedRegion>, StoreError> {
    let session = Session::take(address, holder, Lock::Whole)?;
    let is_empty = session.once(|connection| Ok(connection.query_one(IS_EMPTY, &[])?.get::<_, bool>(0)))?;
    if !is_empty {
        return Err(StoreError::NotEmpty(address.to_string()));
    }
    let went =
        session.once(|connection| connection.in_transaction(|connection| pour(source, &mut Filling { connection })))?;
    session.once(|connection| connection.batch(SNAPSHOT))?;
    let came = read_back(&mut Reading { held: Held::Alone(Box::new(session)) })?;
    compare(went, &came)
}

struct Filling<'a> {
    connection: &'a Connection,
}

impl Filling<'_> {
    fn copy_in(&self, table: &str, columns: &str, types: &[Type], rows: &[Vec<Cell>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut copied = Rows::of(types);
        for row in rows {
            copied.push(row.iter().map(|cell| cell as _))?;
        }
        copied.copy(self.connection, &format!("copy {table} ({columns}) from stdin binary"))
    }
}

impl Sink for Filling<'_> {
    fn region(&mut self, region: &RegionCells) -> Result<(), StoreError> {
        let RegionCells { row, secret } = region;
        self.connection.execute(INSERT_REGION, &[&row.id.0, &text::stored(&row.code), secret]).map(drop)
    }

    fn segments(&mut self, region: RegionId, segments: Vec<SegmentCells>) -> Result<(), StoreError> {
        let (mut packed, mut keyed) = (Vec::new(), Vec::new());
        let number = || Cell::Integer(region.0);
        for SegmentCells { first, last, keys, bodies, bytes } in segments {
            for ((key, body), position) in keys.chunks_exact(16).zip(bodies.chunks_exact(16)).zip(first..) {
                let (key, body) = (Cell::Bytes(key.to_vec()), Cell::Bytes(body.to_vec()));
                keyed.push(vec![number(), key, Cell::Integer(position), body]);
            }
            packed.push(vec![number(), Cell::Integer(first), Cell::Integer(last), Cell::Bytes(bytes)]);
        }
        let types = [Type::INT8, Type::INT8, Type::INT8, Type::BYTEA];
        self.copy_in("journal_segment", "region_id, first_position, last_position, bytes", &types, &packed)?;
        let types = [Type::INT8, Type::BYTEA, Type::INT8, Type::BYTEA];
        self.copy_in("journal_key", "region_id, key, position, body", &types, &keyed)
    }

    fn rows(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), StoreError> {
        let types: Vec<Type> = table.columns.iter().map(|column| type_of(column.kind)).collect();
        self.copy_in(table.name, &table.list(), &types, &rows)
    }

    fn head(&mut self, region: RegionId, journal: i64, ledger: i64) -> Result<(), StoreError> {
        self.connection.execute(INSERT_HEAD, &[&region.0, &journal, &ledger]).map(drop)
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        // The transaction around it commits.
        Ok(())
    }
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Small => Type::INT2,
        Kind::Integer => Type::INT4,
        Kind::Long => Type::INT8,
        Kind::Flag => Type::BOOL,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    }
}

impl ToSql for Cell {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) if *of == Type::INT2 => i16::try_from(*number)?.to_sql(of, out),
            Self::Integer(number) if *of == Type::INT4 => i32::try_from(*number)?.to_sql(of, out),
            Self::Integer(number) if *of == Type::BOOL => (*number != 0).to_sql(of, out),
            Self::Integer(number) => number.to_sql(of, out),
            Self::Text(value) => text::stored(value).to_sql(of, out),
            Self::Bytes(bytes) => bytes.to_sql(of, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
