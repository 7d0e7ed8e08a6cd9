//! Ids for rows that have none: a hash of the row's content, and its nth occurrence in its file.
//!
//! The same file read again gives the same ids; equal rows of one file stay apart; a row that two overlapping exports both hold is one row.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::{error::RowProblem, row::Row};

/// Most rows with ids by content in one file. The table below then takes 36 MB; it is full at seven eighths of a power of two.
pub const CONTENT_IDS_MAX: usize = (1 << 21) / 8 * 7;

/// How often each content has occurred. A file has its own.
#[derive(Default)]
pub(super) struct ContentIds {
    /// By half of the hash: if two contents share it, the count only skips a number, and the id holds the whole hash.
    occurrences: HashMap<u64, u32>,
}

impl ContentIds {
    /// The id of the next row, `HASH/N`.
    pub(super) fn next(&mut self, row: &Row) -> Result<String, RowProblem> {
        let hash = hash(row);
        let key = (hash >> 64) as u64;
        if self.occurrences.len() >= CONTENT_IDS_MAX && !self.occurrences.contains_key(&key) {
            return Err(RowProblem::TooManyContentIds);
        }
        let count = self.occurrences.entry(key).or_default();
        *count += 1;
        Ok(format!("{hash:032x}/{count}"))
    }
}

/// 128 bits over names and values, ordered by name, empty values left out: the order of columns does not matter, nor one added empty.
fn hash(row: &Row) -> u128 {
    let mut hasher = Sha256::new();
    for position in row.columns.sorted() {
        let value = row.value(*position);
        if !value.is_empty() {
            for part in [row.columns.names()[*position].as_str(), value] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part.as_bytes());
            }
        }
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize()[..16]);
    u128::from_be_bytes(half)
}
