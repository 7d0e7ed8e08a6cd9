//! A copy that ends earlier: what of a backup does not follow from its journal, as it was when the journal ended there.
//!
//! In: a backup's file. Out: a new file with its regions, people and access, and no record: those are applied anew by whoever knows how.
//! Sessions have ended, jobs are found again from what follows from the journal, as pages are.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use jifen_core::{id::ActorId, time::Instant};

use super::{Cell, RegionCells, SegmentCells, Source, Table, sqlite};
use crate::{code, error::StoreError, row::RegionId, sqlite::backup::place, vault};

/// Where a region's journal ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// Its code.
    pub code: String,
    /// Last position that stays.
    pub position: u64,
    /// When that was: what was refused later, or mended later, was not.
    pub moment: Instant,
    /// Whom the records up to there name, by source and code.
    pub actors: BTreeSet<ActorId>,
}

/// Tables that follow from the journal, or only serve who is at work.
const MADE_ANEW: [&str; 7] = ["state", "ledger", "rollup", "measure", "projection", "job", "session"];

/// Tables kept whole: who may what is as the backup has it, so that what was taken away stays taken away, and the trail stays a chain.
const WHOLE: [&str; 9] = [
    "access_key",
    "signing_secret",
    "account",
    "role_grant",
    "approval",
    "announcement",
    "second_factor",
    "recovery_code",
    "audit",
];

/// Makes the new file `target` of the regions that are cut; the others are left out.
pub(crate) fn frame(from: &Path, target: &Path, cuts: &[Cut]) -> Result<(), StoreError> {
    let mut source = Framed { source: sqlite::Reading::beside_others(from)?, cuts, of: BTreeMap::new() };
    place(target, |partial| sqlite::fill(&mut source, partial).map(drop))
}

struct Framed<'a> {
    source: sqlite::Reading,
    cuts: &'a [Cut],
    /// By the region's number.
    of: BTreeMap<RegionId, &'a Cut>,
}

impl Source for Framed<'_> {
    fn regions(&mut self) -> Result<Vec<RegionCells>, StoreError> {
        let mut regions = self.source.regions()?;
        regions.retain(|region| {
            let cut = self.cuts.iter().find(|cut| cut.code == region.row.code);
            cut.is_some_and(|cut| self.of.insert(region.row.id, cut).is_none())
        });
        Ok(regions)
    }

    fn journal(
        &mut self,
        _: RegionId,
        _: &mut dyn FnMut(SegmentCells) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    fn rows(
        &mut self,
        table: &Table,
        region: RegionId,
        take: &mut dyn FnMut(Vec<Vec<Cell>>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(cut) = self.of.get(&region).filter(|_| !MADE_ANEW.contains(&table.name)) else { return Ok(()) };
        self.source.rows(table, region, &mut |rows| {
            take(
                rows.into_iter()
                    .map(|row| cut.row(table, row))
                    .filter_map(Result::transpose)
                    .collect::<Result<_, _>>()?,
            )
        })
    }
}

impl Cut {
    /// The row as it was, or nothing where it was not yet there.
    fn row(&self, table: &Table, mut row: Vec<Cell>) -> Result<Option<Vec<Cell>>, StoreError> {
        let at = |name: &str| {
            let index = table.columns.iter().position(|column| column.name == name);
            index.ok_or_else(|| StoreError::Invariant(format!("`{}` has no column `{name}`", table.name)))
        };
        let is_later = |cell: &Cell, last: i64| cell.integer().is_some_and(|number| number > last);
        let position = code::position(self.position);
        let was_there = match table.name {
            "vault" | "vault_name" => !is_later(&row[at("position")?], position),
            // Who was forgotten since stays forgotten; what is said at a later position, anew, has a key of its own.
            "vault_key" => match &row[at("holder")?] {
                Cell::Bytes(holder) => !vault::is_of_text_after(holder, position),
                _ => false,
            },
            "actor_code" => match &row[at("sourced")?] {
                Cell::Bytes(bytes) => self.actors.contains(&ActorId(code::sixteen(bytes)?)),
                _ => false,
            },
            "quarantine" => {
                let (resolved, mended) = (&row[at("resolved")?], &row[at("mended_position")?]);
                if is_later(resolved, self.moment.0) || is_later(mended, position) {
                    for column in ["resolved", "resolved_by", "mended_position", "resolved_note"] {
                        row[at(column)?] = Cell::Null;
                    }
                }
                !is_later(&row[at("received")?], self.moment.0)
            }
            whole if WHOLE.contains(&whole) => true,
            other => return Err(StoreError::Invariant(format!("nobody said what a cut leaves of `{other}`"))),
        };
        Ok(was_there.then_some(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::TABLES;

    #[test]
    fn every_table_is_made_anew_cut_or_kept_whole() {
        let cut = Cut { code: "t".to_owned(), position: 3, moment: Instant(7), actors: BTreeSet::new() };
        for table in TABLES.iter().filter(|table| !MADE_ANEW.contains(&table.name)) {
            let row = vec![Cell::Null; table.columns.len()];
            assert!(cut.row(table, row).is_ok(), "{}", table.name);
        }
    }
}
