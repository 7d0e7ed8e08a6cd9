//! Records of another database, appended as they are: what a journal says is applied anew, and nothing is decided again.

use std::collections::BTreeSet;

use jifen_core::{engine::WorkingSet, journal::Record};

use super::{Draft, RegionWriter, WORKING_SET_ROWS_MAX, WriterError};

impl RegionWriter {
    /// Appends records that follow the head, each with the digest of its body, in one durable transaction. What the vault holds of them
    /// is there already.
    pub(crate) fn append_again(&mut self, records: Vec<(Record, [u8; 16])>) -> Result<(), WriterError> {
        self.guarded(|writer| {
            if writer.working_set.len() > WORKING_SET_ROWS_MAX {
                writer.working_set = WorkingSet::default();
            }
            let mut draft = Draft::new(writer.head);
            let needs: BTreeSet<_> =
                records.iter().flat_map(|(record, _)| writer.region.first_needs(&record.event)).collect();
            writer.load(&needs.into_iter().collect::<Vec<_>>())?;
            for (record, body) in records {
                let expected = draft.next_position();
                if record.position != expected {
                    return Err(WriterError::Broken(format!(
                        "record {} lies where {expected} is due",
                        record.position
                    )));
                }
                let key = record.event.key();
                writer.append_record(record, key, body, &mut draft)?;
            }
            writer.commit(draft)
        })
    }
}
