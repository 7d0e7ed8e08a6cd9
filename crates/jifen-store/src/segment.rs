//! Segments of the journal: lz4 of a CBOR sequence of canonical bytes. How records are packed shows in no digest and no position.

use jifen_core::journal::Record;
use minicbor::Decoder;

use crate::{code, error::StoreError, packed, row::JournalRow};

/// Uncompressed bytes after which a commit begins a further segment: what reading a single record must unpack.
/// Four of lz4's blocks of 64 KiB; longer segments compress no better.
const SEGMENT_BYTES: usize = 256 * 1024;

/// Most uncompressed bytes a stored segment may claim: its last record alone may be larger than the rest.
const SEGMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A segment to be written.
pub(crate) struct Packed {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) bytes: Vec<u8>,
}

/// The records in spans of a segment each.
pub(crate) fn split(records: &[JournalRow]) -> impl Iterator<Item = &[JournalRow]> {
    let mut rest = records;
    std::iter::from_fn(move || {
        let (segment, others) = rest.split_at_checked(length(rest))?;
        rest = others;
        (!segment.is_empty()).then_some(segment)
    })
}

/// Packs the records, one at least, of one segment.
pub(crate) fn pack(rows: &[JournalRow]) -> Packed {
    let plain: Vec<u8> = rows.iter().map(|row| &row.bytes[..]).collect::<Vec<_>>().concat();
    let [first, last] = [rows[0].position, rows[rows.len() - 1].position].map(code::position);
    Packed { first, last, bytes: lz4_flex::compress_prepend_size(&plain) }
}

/// How many of `records`, one at least, the next segment takes.
fn length(records: &[JournalRow]) -> usize {
    let mut bytes = 0;
    for (index, row) in records.iter().enumerate() {
        bytes += row.bytes.len();
        if bytes > SEGMENT_BYTES && index > 0 {
            return index;
        }
    }
    records.len()
}

/// The records at these positions, in the order asked, from the segments that `holding` finds.
pub(crate) fn records(
    positions: &[u64],
    mut holding: impl FnMut(u64) -> Result<Option<Segment>, StoreError>,
) -> Result<Vec<Record>, StoreError> {
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut found: Vec<Record> = Vec::with_capacity(sorted.len());
    let mut rest = &sorted[..];
    while let [first, ..] = rest {
        let segment = holding(*first)?.ok_or(StoreError::RecordAbsent(*first))?;
        let count = rest.iter().take_while(|position| **position <= segment.last).count();
        let (here, others) = rest.split_at(count);
        segment.pick(here, &mut found)?;
        rest = others;
    }
    let of = |position: &u64| {
        let index = found.binary_search_by_key(position, |record| record.position);
        index.map(|index| found[index].clone()).map_err(|_| StoreError::RecordAbsent(*position))
    };
    positions.iter().map(of).collect()
}

/// A segment's row: first position, last position, packed bytes.
pub(crate) type Stored = (i64, i64, Vec<u8>);

pub(crate) struct Segment {
    pub(crate) first: u64,
    pub(crate) last: u64,
    plain: Vec<u8>,
}

impl Segment {
    pub(crate) fn unpack((first, last, packed): Stored) -> Result<Self, StoreError> {
        let damaged = |why: String| StoreError::Corrupt(format!("journal segment {first}–{last}: {why}"));
        let plain = packed::decompress(&packed, SEGMENT_BYTES_MAX).map_err(damaged)?;
        Ok(Self { first: code::parse_position(first)?, last: code::parse_position(last)?, plain })
    }

    /// Decodes the records at `wanted`: ascending positions within the segment.
    pub(crate) fn pick(&self, wanted: &[u64], found: &mut Vec<Record>) -> Result<(), StoreError> {
        let damaged = |why: &str| StoreError::Corrupt(format!("journal segment {}–{}: {why}", self.first, self.last));
        let mut decoder = Decoder::new(&self.plain);
        let mut next = self.first;
        for position in wanted {
            for _ in next..*position {
                decoder.skip().map_err(|error| damaged(&error.to_string()))?;
            }
            let record: Record = decoder.decode().map_err(|error| match error.is_unknown_variant() {
                true => StoreError::NewerRecord(*position),
                false => damaged(&error.to_string()),
            })?;
            if record.position != *position {
                return Err(damaged(&format!("record {} lies where {position} is due", record.position)));
            }
            next = *position + 1;
            found.push(record);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

    use jifen_core::{
        canonical,
        event::{Event, EventType, MemberId, Members, Value},
        journal::SEMANTICS,
        time::Instant,
    };

    use super::*;

    fn bytes() -> Vec<u8> {
        let mut data = Members::default();
        data.set(MemberId(1), Value::Integer(5));
        let event = Event {
            source: "q".to_owned(),
            id: "x".to_owned(),
            kind: EventType::CaseAccepted,
            time: Instant(7),
            sequence: None,
            data,
        };
        canonical(&Record { position: 1, received: Instant(8), semantics: SEMANTICS, by: "q".to_owned(), event })
    }

    fn read(bytes: Vec<u8>) -> Result<Vec<Record>, StoreError> {
        let packed = lz4_flex::compress_prepend_size(&bytes);
        let mut found = Vec::new();
        Segment::unpack((1, 1, packed))?.pick(&[1], &mut found)?;
        Ok(found)
    }

    #[test]
    fn a_record_of_a_newer_program_is_told_from_damage() {
        let known = bytes();
        assert_eq!(read(known.clone()).unwrap().len(), 1);
        // The type after the id `x`, and the member's number in a map of one, as a later version would number them.
        for (own, later) in
            [(&[0x61, b'x', 0x10][..], &[0x61, b'x', 0x19, 0x03, 0xe8][..]), (&[0xa1, 0x01], &[0xa1, 0x19, 0x03, 0xe8])]
        {
            let at = known.windows(own.len()).position(|window| window == own).unwrap();
            let newer = [&known[..at], later, &known[at + own.len()..]].concat();
            let error = read(newer).unwrap_err();
            assert!(matches!(error, StoreError::NewerRecord(1)), "{error}");
        }
        let cut = known[..known.len() - 1].to_vec();
        assert!(matches!(read(cut), Err(StoreError::Corrupt(_))));
    }
}
