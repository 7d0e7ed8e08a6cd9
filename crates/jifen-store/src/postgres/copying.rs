//! Rows by `COPY`, in its binary form: encoded here and handed over in long pieces, because every piece wakes the connection's thread.
//!
//! In: rows of cells, as the columns' types want them. Out: a table that holds them too. What meets rows that are there is not for this.

use std::pin::pin;

use bytes::{BufMut, BytesMut};
use futures_util::SinkExt;
use tokio_postgres::types::{IsNull, ToSql, Type};

use super::Connection;
use crate::error::StoreError;

/// What the form begins with: its name, no flags, nothing more to say.
const HEADER: [u8; 19] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Stands where the number of a row's cells would.
const END: i16 = -1;
/// Stands where a cell's length would.
const NULL: i32 = -1;

/// Bytes handed over at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Rows on their way into a table.
pub(crate) struct Rows<'a> {
    types: &'a [Type],
    bytes: BytesMut,
    count: u64,
}

impl<'a> Rows<'a> {
    /// No rows yet, of columns of these types.
    pub(crate) fn of(types: &'a [Type]) -> Self {
        Self { types, bytes: BytesMut::from(&HEADER[..]), count: 0 }
    }

    /// Adds a row: a cell for each column.
    pub(crate) fn push<'c>(&mut self, cells: impl Iterator<Item = &'c (dyn ToSql + Sync)>) -> Result<(), StoreError> {
        let misfit = |why: String| StoreError::Invariant(format!("row {} cannot be copied: {why}", self.count + 1));
        let columns = i16::try_from(self.types.len()).map_err(|error| misfit(error.to_string()))?;
        self.bytes.put_i16(columns);
        let mut left = self.types.iter();
        for cell in cells {
            let kind = left.next().ok_or_else(|| misfit("it has too many cells".to_owned()))?;
            let at = self.bytes.len();
            self.bytes.put_i32(NULL);
            let is_null = cell.to_sql_checked(kind, &mut self.bytes).map_err(|error| misfit(error.to_string()))?;
            if matches!(is_null, IsNull::No) {
                let length = self.bytes.len() - at - size_of::<i32>();
                let length = i32::try_from(length).map_err(|error| misfit(error.to_string()))?;
                self.bytes[at..at + size_of::<i32>()].copy_from_slice(&length.to_be_bytes());
            }
        }
        if left.len() > 0 {
            return Err(misfit("it has too few cells".to_owned()));
        }
        self.count += 1;
        Ok(())
    }

    /// Copies them in the transaction that is open, by a statement that takes them from here in binary form.
    pub(crate) fn copy(mut self, connection: &Connection, statement: &str) -> Result<(), StoreError> {
        self.bytes.put_i16(END);
        let statement = connection.prepared(statement)?;
        let copied = connection.answer(async {
            let mut sink = pin!(connection.driver().copy_in(&statement).await?);
            while !self.bytes.is_empty() {
                let piece = self.bytes.split_to(PIECE_BYTES.min(self.bytes.len()));
                sink.send(piece.freeze()).await?;
            }
            sink.finish().await
        })?;
        if copied == self.count {
            Ok(())
        } else {
            Err(StoreError::Invariant(format!("{copied} of {} rows were copied", self.count)))
        }
    }
}
