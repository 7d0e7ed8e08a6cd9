//! The commit: everything a batch changes, in one durable transaction.

use rusqlite::{Connection, TransactionBehavior};

use crate::{
    code,
    error::StoreError,
    row::{Commit, RegionId},
    sqlite::{journal, key::Keys, ledger, measure, quarantine, region, rollup, state, vault},
    vault::Vault,
};

pub(crate) fn commit(
    connection: &mut Connection,
    keys: &mut Keys,
    region: RegionId,
    vault: &Vault,
    batch: &Commit,
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let head = region::head(&transaction, region)?;
    if head.journal != batch.expected_head {
        return Err(StoreError::HeadMoved { expected: batch.expected_head, found: head.journal });
    }
    code::dense("records", head.journal, batch.records.iter().map(|row| row.position))?;
    code::dense("entries", head.ledger, batch.entries.iter().map(|row| row.entry.position))?;

    keys.refresh(&transaction, region)?;
    journal::append(&transaction, region, &batch.records)?;
    keys.append(&transaction, region, &batch.records)?;
    state::write(&transaction, region, &batch.changes)?;
    ledger::append(&transaction, region, &batch.entries)?;
    rollup::add(&transaction, region, &batch.rollups)?;
    measure::add(&transaction, region, &batch.measures)?;
    vault::append(&transaction, region, vault, &batch.personal, &batch.actors)?;
    quarantine::append(&transaction, region, vault, &batch.quarantine)?;
    quarantine::mend(&transaction, region, &batch.mended)?;
    transaction.commit()?;
    Ok(())
}
