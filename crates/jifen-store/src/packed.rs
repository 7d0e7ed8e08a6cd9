//! State rows as they are stored: long ones packed with lz4. What a row repeats is its own codes, ids and digests.
//!
//! The engine's rows are CBOR items, or begin with the letter of an aggregate's family; neither begins with CBOR's `break`, so a
//! row that does is a packed one. Rows stored before there was packing are read as they are.

use std::borrow::Cow;

use crate::error::StoreError;

/// CBOR's `break`, which begins no item.
const MARK: u8 = 0xff;

/// The mark, and how long the row was: four bytes, little-endian, as lz4's size-prepended blocks have it.
const HEADER_BYTES: usize = 5;

/// Shorter rows repeat too little.
const PACKED_FROM: usize = 256;

/// Most bytes a packed row may claim: a longer one is a mistake of its maker, or damage.
const BYTES_MAX: u32 = 256 * 1024 * 1024;

/// The row as it is stored.
///
/// PERF: state is most of what a commit writes. A SQLite row above a quarter of a page costs a page of its own; of a demo hall's
/// aggregates 72 % were, packed 15 % are.
pub(crate) fn pack(row: &[u8]) -> Cow<'_, [u8]> {
    let Some(length) = u32::try_from(row.len()).ok().filter(|length| *length <= BYTES_MAX) else { return row.into() };
    if row.len() < PACKED_FROM {
        return row.into();
    }
    let mut packed = vec![0; HEADER_BYTES + lz4_flex::block::get_maximum_output_size(row.len())];
    packed[0] = MARK;
    packed[1..HEADER_BYTES].copy_from_slice(&length.to_le_bytes());
    match lz4_flex::block::compress_into(row, &mut packed[HEADER_BYTES..]) {
        Ok(bytes) if HEADER_BYTES + bytes < row.len() => {
            packed.truncate(HEADER_BYTES + bytes);
            packed.into()
        }
        _ => row.into(),
    }
}

/// The row as the engine wrote it.
pub(crate) fn unpack(stored: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let Some((&MARK, packed)) = stored.split_first() else { return Ok(stored) };
    decompress(packed, BYTES_MAX as usize)
        .map_err(|why| StoreError::Corrupt(format!("a row of the engine's state: {why}")))
}

/// What a size-prepended lz4 block holds, unless it claims more than `most` bytes; else what is wrong with it.
pub(crate) fn decompress(packed: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let (size, block) = lz4_flex::block::uncompressed_size(packed).map_err(|error| error.to_string())?;
    if size > most {
        return Err(format!("it claims {size} bytes"));
    }
    lz4_flex::decompress(block, size).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_and_repeat_nothing() {
        let noise: Vec<u8> = (0..600_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let repeating = b"window-17/counter-3 ".repeat(40);
        for row in [&[][..], &[0x83], &noise[..200], &noise, &repeating] {
            let stored = pack(row).into_owned();
            assert!(stored.len() <= row.len(), "{} bytes became {}", row.len(), stored.len());
            assert_eq!(unpack(stored).expect("row"), row);
        }
        assert!(pack(&repeating).len() * 4 < repeating.len());
    }

    #[test]
    fn damage_is_told() {
        let good = pack(&b"window-17/counter-3 ".repeat(40)).into_owned();
        let claims_much = [&[MARK], &u32::MAX.to_le_bytes()[..], &good[HEADER_BYTES..]].concat();
        for bad in [vec![MARK], good[..good.len() - 3].to_vec(), claims_much] {
            assert!(matches!(unpack(bad), Err(StoreError::Corrupt(_))));
        }
    }
}
