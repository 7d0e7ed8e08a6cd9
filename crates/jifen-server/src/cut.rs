//! A hall as it stood when its journal ended earlier: made anew from a backup by applying the journal up to there.
//!
//! In: a backup and a position or a moment. Out: a new file whose journal, ledger and sums are those that the hall had then, entry by
//! entry what the backup's ledger begins with; people and texts that came later are gone. Who may what, and the trail, are the backup's.

use std::{collections::BTreeSet, path::Path};

use jifen_core::{event::Value, id::EventKey, journal::Record, time::Instant};
use jifen_store::{Access, Cut, Database, Known, RegionRow, StoreError};

use crate::{
    rerun::PAGE,
    writer::{RegionWriter, WriterError},
};

/// Where to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// With this record of the only region.
    Position(u64),
    /// With the last record before the first that came later than this, in every region.
    Time(Instant),
}

/// A region as it was cut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CutRegion {
    /// Its code.
    pub code: String,
    /// Its last record now.
    pub position: u64,
    /// When that came.
    pub received: Instant,
    /// The last record in the backup.
    pub head: u64,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// A position means one journal.
    #[error("the backup holds {0} regions, each with positions of its own: name a time")]
    Ambiguous(usize),
    /// The backup does not go so far.
    #[error("the backup of `{code}` ends with record {head}: name an earlier one, or take a later backup")]
    Beyond {
        /// The region.
        code: String,
        /// Its last record.
        head: u64,
    },
    /// There was nothing yet.
    #[error("no region of the backup had a record then: name a later time")]
    Before,
    /// The journal does not lead to the ledger that the backup has.
    #[error("entry {position} of `{code}` is not what the backup's ledger has: the backup was changed, take another")]
    Differs {
        /// The region.
        code: String,
        /// The first entry that differs.
        position: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record could not be applied.
    #[error(transparent)]
    Writer(#[from] WriterError),
}

/// Makes the new file `target` of the backup in the file `from`, and says where each region ends; those that had no record then are left
/// out. `progress` hears the position reached and the last.
///
/// # Errors
/// [`CutError`]; then what lies at `target` is of no use.
pub fn cut(from: &Path, at: At, target: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<CutRegion>, CutError> {
    let open = |path: &Path, access| Database::open(&format!("sqlite:{}", path.display()), access);
    let backup = open(from, Access::Read)?;
    let rows = backup.regions()?;
    if matches!(at, At::Position(_)) && rows.len() > 1 {
        return Err(CutError::Ambiguous(rows.len()));
    }
    let mut cuts = Vec::new();
    for row in &rows {
        cuts.extend(end(&backup, row, at)?.map(|cut| (row, cut)));
    }
    if cuts.is_empty() {
        return Err(CutError::Before);
    }
    let (rows, cuts): (Vec<&RegionRow>, Vec<Cut>) = cuts.into_iter().unzip();
    Database::frame(from, target, &cuts)?;
    let made = open(target, Access::Write { holder: "jifen restore".to_owned() })?;
    let mut regions = Vec::new();
    for (row, cut) in rows.into_iter().zip(cuts) {
        let head = backup.head(row.id)?.journal;
        let received = apply(&backup, row, &made, cut.position, progress)?;
        compare(&backup, row, &made)?;
        regions.push(CutRegion { code: cut.code, position: cut.position, received, head });
    }
    made.close()?;
    Ok(regions)
}

/// Where the region ends, and whom it knows there; nothing where it has no record yet.
fn end(backup: &Database, row: &RegionRow, at: At) -> Result<Option<Cut>, CutError> {
    let head = backup.head(row.id)?.journal;
    if let At::Position(position) = at
        && position > head
    {
        return Err(CutError::Beyond { code: row.code.clone(), head });
    }
    let (mut position, mut moment, mut actors) = (0, Instant::MIN, BTreeSet::new());
    let is_later = |record: &Record| match at {
        At::Position(last) => record.position > last,
        At::Time(last) => record.received > last,
    };
    'journal: loop {
        let records = backup.records_after(row.id, position, PAGE)?;
        if records.is_empty() {
            break;
        }
        for record in records {
            if is_later(&record) {
                break 'journal;
            }
            (position, moment) = (record.position, record.received);
            for (_, value) in record.event.data.iter() {
                match value {
                    Value::Actor(actor) => drop(actors.insert(actor.sourced)),
                    Value::Shares(shares) => actors.extend(shares.iter().map(|(actor, _)| actor.sourced)),
                    _ => {}
                }
            }
        }
    }
    if let At::Time(last) = at {
        moment = last;
    }
    Ok((position > 0).then(|| Cut { code: row.code.clone(), position, moment, actors }))
}

/// Applies the records up to `last` to what is made; gives when the last of them came.
fn apply(
    backup: &Database,
    row: &RegionRow,
    made: &Database,
    last: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Instant, CutError> {
    let mut writer = RegionWriter::open(made, &row.code)?;
    let mut received = Instant::MIN;
    while writer.head().journal < last {
        let mut records = backup.records_after(row.id, writer.head().journal, PAGE)?;
        records.retain(|record| record.position <= last);
        let Some(newest) = records.last() else {
            return Err(StoreError::RecordAbsent(writer.head().journal + 1).into());
        };
        received = newest.received;
        let keys: Vec<EventKey> = records.iter().map(|record| record.event.key()).collect();
        let known = backup.known(row.id, &keys)?;
        let with_bodies = |(record, known): (Record, Option<Known>)| match known {
            Some(known) if known.position == record.position => Ok((record, known.body)),
            _ => Err(StoreError::Corrupt(format!("record {} has no key", record.position))),
        };
        writer.append_again(records.into_iter().zip(known).map(with_bodies).collect::<Result<_, _>>()?)?;
        progress(writer.head().journal, last);
    }
    Ok(received)
}

/// Whether the ledger is what the backup's begins with.
fn compare(backup: &Database, row: &RegionRow, made: &Database) -> Result<(), CutError> {
    let mut position = 0;
    loop {
        let entries = made.entries_after(row.id, position, PAGE)?;
        let Some(last) = entries.last() else { return Ok(()) };
        let there = backup.entries_after(row.id, position, PAGE)?;
        position = last.entry.position;
        let mut pairs = entries.iter().zip(there.iter().map(Some).chain(std::iter::repeat(None)));
        if let Some((entry, _)) = pairs.find(|(entry, there)| there.is_none_or(|there| there.digest != entry.digest)) {
            return Err(CutError::Differs { code: row.code.clone(), position: entry.entry.position });
        }
    }
}
