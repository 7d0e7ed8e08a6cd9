//! What a period's points lead to, read from the boards: the sums go in, `core::settlement` settles, names go on.
//!
//! In: a database, a region, a period. Out: serializable answers and files. Nothing is kept; no rule of the domain is here.

pub(crate) mod clock;
pub(crate) mod http;
mod seen;
mod table;
mod view;
mod viewing;
mod words;

use jifen_core::{
    engine::Region,
    rollup::{RollupKey, Rollups, board_parts},
    rule::SubjectKind,
    settlement::{RuleSum, Sums, settle_region},
    time::{Grain, Period},
};
use jifen_store::{BoardSubjects, Database, RegionRow};

use crate::board::ReadError;
use seen::Seen;

pub use clock::told;
pub use table::{Line, lines};
pub use view::{
    CardRow, CompositeRow, Definition, EntryClock, GradeRow, HonourRow, PartRow, PayoutRow, PeriodFacts, PeriodPoints,
    ProposalRow, SettledCard, SettledComposite, SettledGrade, SettledHonour, SettledLeague, SettledPart, SettledPayout,
    SettledProposal, SettledPublicity, SettledVeto, SettlementView, VetoRow, WaitingSheet, Who,
};

/// A board that moves while it is read is read anew so many times.
const READS_MAX: usize = 3;

/// Settles a period, all of it, and puts names on what came out.
///
/// # Errors
/// Store faults; [`ReadError::Absent`] for all time, which never ends.
pub fn settlement(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    period: Period,
) -> Result<SettlementView, ReadError> {
    settlement_seen(database, row, region, period, &Seen::whole())
}

/// As [`settlement`], only what somebody sees of it.
pub(crate) fn settlement_seen(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    period: Period,
    seen: &Seen,
) -> Result<SettlementView, ReadError> {
    if period.grain == Grain::All {
        return Err(ReadError::Absent("settlement of all time; name a month, quarter or year".to_owned()));
    }
    let mut reads = 1;
    loop {
        let before = database.head(row.id)?.journal;
        let settled = settle_region(region, period, |kind, period| load(database, row, kind, period))?;
        if database.head(row.id)?.journal == before || reads == READS_MAX {
            return viewing::view(database, row, region, settled, seen, before);
        }
        reads += 1;
    }
}

/// The sums of a kind's subjects over a period, as a board has them.
pub(crate) fn load(database: &Database, row: &RegionRow, kind: SubjectKind, period: Period) -> Result<Sums, ReadError> {
    let mut sums = Sums::new();
    for line in database.board(row.id, BoardSubjects::Kind(kind), &board_parts(period))? {
        if line.dimension.is_some() {
            let sum: &mut RuleSum = sums.entry(line.subject).or_default().entry(line.rule).or_default();
            sum.add(&line.rollup);
        }
    }
    Ok(sums)
}

/// As [`load`], of rows that no store has.
pub(crate) fn sums_of(rollups: &Rollups, kind: SubjectKind, period: Period) -> Sums {
    let parts = board_parts(period);
    let counts = |key: &RollupKey| {
        key.subject.kind() == kind && key.dimension.is_some() && parts.iter().any(|part| part.holds(key.bucket))
    };
    let mut sums = Sums::new();
    for (key, rollup) in rollups.iter().filter(|(key, _)| counts(key)) {
        let sum: &mut RuleSum = sums.entry(key.subject.clone()).or_default().entry(key.rule.clone()).or_default();
        sum.add(rollup);
    }
    sums
}
