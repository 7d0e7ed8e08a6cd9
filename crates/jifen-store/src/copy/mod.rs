//! Whole databases from one place to another, between the two back ends or within one: moving up, backups, putting them back.
//!
//! In: one consistent state of a database. Out: an empty one filled with the same rows, all or nothing, read back and compared. Rows are the
//! same on both sides, so what is copied is what the tables hold; only how keys are indexed and U+0000 is written is each side's own.

mod cut;
mod postgres;
mod sqlite;
mod table;

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::{
    error::StoreError,
    postgres::Address,
    row::{RegionId, RegionRow},
    sqlite::backup::place,
};
pub use cut::Cut;
pub(crate) use cut::frame;
pub(crate) use table::{Cell, Column, Kind, TABLES, Table};

/// Rows handed over at a time.
const ROWS_AT_A_TIME: usize = 2_000;

/// What was copied of a region, counted and summed the same way on both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopiedRegion {
    /// Its code.
    pub code: String,
    /// Rows, and records of the journal.
    pub rows: u64,
    /// Last position of its journal.
    pub journal: u64,
    /// A sum over the hashes of all rows, in hexadecimal digits; no order shows in it.
    pub digest: String,
}

/// A region's row in the table of regions, with its secret.
pub(crate) struct RegionCells {
    pub(crate) row: RegionRow,
    pub(crate) secret: Vec<u8>,
}

/// One segment of the journal, with 16 bytes of key and of body digest for each record.
pub(crate) struct SegmentCells {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) keys: Vec<u8>,
    pub(crate) bodies: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

/// Where rows come from: one state, whatever others write meanwhile.
pub(crate) trait Source {
    /// All regions, by number.
    fn regions(&mut self) -> Result<Vec<RegionCells>, StoreError>;
    /// The region's journal, in order.
    fn journal(
        &mut self,
        region: RegionId,
        take: &mut dyn FnMut(SegmentCells) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
    /// The region's rows of a table, in any order.
    fn rows(
        &mut self,
        table: &Table,
        region: RegionId,
        take: &mut dyn FnMut(Vec<Vec<Cell>>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// Where rows go. Nothing of it is seen by others before [`Sink::finish`].
pub(crate) trait Sink {
    fn region(&mut self, region: &RegionCells) -> Result<(), StoreError>;
    fn segments(&mut self, region: RegionId, segments: Vec<SegmentCells>) -> Result<(), StoreError>;
    fn rows(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), StoreError>;
    /// Both logs of the region end here.
    fn head(&mut self, region: RegionId, journal: i64, ledger: i64) -> Result<(), StoreError>;
    fn finish(&mut self) -> Result<(), StoreError>;
}

/// Copies the database at `from` into the one at `to`, where there must be none, or an empty migrated one, and reads it back.
///
/// Nobody may write either of them meanwhile, also no server: what it took after the copy would be lost. `holder` is shown to those
/// refused.
///
/// # Errors
/// [`StoreError::Held`]; [`StoreError::Taken`], [`StoreError::NotEmpty`]; [`StoreError::Corrupt`] when it reads back as something else.
pub fn copy(from: &str, to: &str, holder: &str) -> Result<Vec<CopiedRegion>, StoreError> {
    let mut source = open_source(from, holder)?;
    fill(&mut *source, to, holder)
}

/// Copies a server's database as of now to the new file `target`, while others write.
pub(crate) fn to_file(address: &Address, target: &Path) -> Result<(), StoreError> {
    let mut source = postgres::Reading::beside_others(address)?;
    place(target, |partial| sqlite::fill(&mut source, partial).map(drop))
}

/// Puts the file `from` into the empty database of a server.
pub(crate) fn from_file(from: &Path, address: &Address) -> Result<(), StoreError> {
    let mut source = sqlite::Reading::beside_others(from)?;
    postgres::fill(&mut source, address, "jifen restore").map(drop)
}

fn open_source(url: &str, holder: &str) -> Result<Box<dyn Source>, StoreError> {
    Ok(match Address::parse(url) {
        Some(address) => Box::new(postgres::Reading::alone(&address?, holder)?),
        None => Box::new(sqlite::Reading::alone(&crate::database::path_of(url)?, holder)?),
    })
}

fn fill(source: &mut dyn Source, to: &str, holder: &str) -> Result<Vec<CopiedRegion>, StoreError> {
    match Address::parse(to) {
        Some(address) => postgres::fill(source, &address?, holder),
        None => {
            let mut copied = Vec::new();
            place(&crate::database::path_of(to)?, |partial| {
                copied = sqlite::fill(source, partial)?;
                Ok(())
            })?;
            Ok(copied)
        }
    }
}

/// Copies everything, and says what it was.
pub(crate) fn pour(source: &mut dyn Source, sink: &mut dyn Sink) -> Result<Vec<CopiedRegion>, StoreError> {
    let mut copied = Vec::new();
    for region in source.regions()? {
        sink.region(&region)?;
        let id = region.row.id;
        let mut sum = Sum::of(&region);
        let (mut waiting, mut journal) = (Vec::new(), 0);
        source.journal(id, &mut |segment| {
            sum.segment(&segment);
            if segment.first != journal + 1 {
                return Err(StoreError::Corrupt(format!("the journal has a gap after {journal}")));
            }
            journal = segment.last;
            waiting.push(segment);
            if waiting.len() < SEGMENTS_AT_A_TIME { Ok(()) } else { sink.segments(id, std::mem::take(&mut waiting)) }
        })?;
        sink.segments(id, waiting)?;
        let mut ledger = 0;
        for table in &TABLES {
            source.rows(table, id, &mut |rows| {
                rows.iter().for_each(|row| sum.row(table, row));
                if table.name == table::LEDGER {
                    ledger = rows.iter().filter_map(|row| row[1].integer()).fold(ledger, i64::max);
                }
                sink.rows(table, rows)
            })?;
        }
        sink.head(id, journal, ledger)?;
        copied.push(sum.copied(&region, journal));
    }
    sink.finish()?;
    Ok(copied)
}

/// Segments handed over at a time.
const SEGMENTS_AT_A_TIME: usize = 32;

/// The same over what is there, without copying it.
pub(crate) fn read_back(source: &mut dyn Source) -> Result<Vec<CopiedRegion>, StoreError> {
    struct Nowhere;
    impl Sink for Nowhere {
        fn region(&mut self, _: &RegionCells) -> Result<(), StoreError> {
            Ok(())
        }
        fn segments(&mut self, _: RegionId, _: Vec<SegmentCells>) -> Result<(), StoreError> {
            Ok(())
        }
        fn rows(&mut self, _: &Table, _: Vec<Vec<Cell>>) -> Result<(), StoreError> {
            Ok(())
        }
        fn head(&mut self, _: RegionId, _: i64, _: i64) -> Result<(), StoreError> {
            Ok(())
        }
        fn finish(&mut self) -> Result<(), StoreError> {
            Ok(())
        }
    }
    pour(source, &mut Nowhere)
}

/// Whether what came is what went.
pub(crate) fn compare(went: Vec<CopiedRegion>, came: &[CopiedRegion]) -> Result<Vec<CopiedRegion>, StoreError> {
    if went == came {
        return Ok(went);
    }
    let codes: Vec<&str> =
        went.iter().filter(|region| !came.contains(region)).map(|region| region.code.as_str()).collect();
    Err(StoreError::Corrupt(format!("the copy of {} reads back as something else", codes.join(", "))))
}

/// Hashes of rows, added up: which rows there are shows in it, and not their order, which is each side's own.
struct Sum {
    lanes: [u64; 4],
    rows: u64,
}

impl Sum {
    fn of(region: &RegionCells) -> Self {
        let mut sum = Self { lanes: [0; 4], rows: 0 };
        let number = region.row.id.0.to_be_bytes();
        sum.add("region", &[&number, region.row.code.as_bytes(), &region.secret]);
        sum
    }

    fn segment(&mut self, segment: &SegmentCells) {
        let (first, last) = (segment.first.to_be_bytes(), segment.last.to_be_bytes());
        self.add("journal", &[&first, &last, &segment.keys, &segment.bodies, &segment.bytes]);
        self.rows += (segment.last - segment.first).unsigned_abs();
    }

    fn row(&mut self, table: &Table, row: &[Cell]) {
        let parts: Vec<Vec<u8>> = row.iter().map(Cell::bytes).collect();
        self.add(table.name, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }

    fn add(&mut self, table: &str, parts: &[&[u8]]) {
        let mut hash = Sha256::new();
        for part in std::iter::once(&table.as_bytes()).chain(parts) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let (words, _) = hash.as_chunks::<8>();
        for (lane, word) in self.lanes.iter_mut().zip(words) {
            *lane = lane.wrapping_add(u64::from_be_bytes(*word));
        }
        self.rows += 1;
    }

    fn copied(&self, region: &RegionCells, journal: i64) -> CopiedRegion {
        CopiedRegion {
            code: region.row.code.clone(),
            rows: self.rows,
            journal: journal.unsigned_abs(),
            digest: self.lanes.iter().map(|lane| format!("{lane:016x}")).collect(),
        }
    }
}
