//! Payouts of the whole, ended periods of a span: as they stand, and as a draft would have them.
//!
//! In: both regions and the sums of both. Out: a line a payout and period, nobody named. `core::settlement` settles both sides.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    engine::Region,
    ledger::Subject,
    points::Points,
    rollup::Rollups,
    rule::{Language, SubjectKind, settlement::Payout},
    settlement::{Sums, settle_region},
    time::{Date, Grain, Period},
};
use jifen_store::{Database, RegionRow};

use super::{
    WhatIfError,
    view::{Pair, PayoutPair},
};
use crate::{
    board::ReadError,
    settlement::{load, sums_of},
};

/// What a payout of a period comes to, by whose.
type Paid = BTreeMap<(Period, String), BTreeMap<Subject, Points>>;

/// Both sides of every payout.
pub(super) fn pairs(
    (database, row, region): (&Database, &RegionRow, &Region),
    (tried, rollups): (&Region, &Rollups),
    span: (Date, Date),
) -> Result<Vec<PayoutPair>, WhatIfError> {
    let grains: BTreeSet<Grain> = [region, tried].into_iter().flat_map(payouts).map(|payout| payout.period).collect();
    let periods: BTreeSet<Period> = grains.into_iter().flat_map(|grain| within(span, grain)).collect();
    let ended = || periods.iter().copied().filter(|period| region.has_ended(*period));
    let before = paid(region, ended(), |kind, period| load(database, row, kind, period))?;
    let after = paid(tried, ended(), |kind, period| Ok(sums_of(rollups, kind, period)))?;
    let keys: BTreeSet<&(Period, String)> = before.keys().chain(after.keys()).collect();
    let pair = |(period, id): &(Period, String)| {
        let key = (*period, id.clone());
        let none = BTreeMap::new();
        let [was, becomes] = [&before, &after].map(|side| side.get(&key).unwrap_or(&none));
        let amount =
            |side: &BTreeMap<Subject, Points>, subject: &Subject| side.get(subject).copied().unwrap_or_default();
        let everybody: BTreeSet<&Subject> = was.keys().chain(becomes.keys()).collect();
        let counted = |is: fn(Points, Points) -> bool| {
            everybody.iter().filter(|subject| is(amount(was, subject), amount(becomes, subject))).count() as u64
        };
        // A draft names what it has; what it drops is called as it was.
        let called = [tried, region].into_iter().flat_map(payouts).find(|payout| payout.face.id == *id);
        let title = |language| called.map_or(id.as_str(), |payout| payout.face.title_in(language)).to_owned();
        PayoutPair {
            payout: id.clone(),
            title: title(Language::Chinese),
            title_en: title(Language::English),
            unit: called.map(|payout| payout.unit.clone()).unwrap_or_default(),
            period: period.to_string(),
            amount: Pair::of((was.values().copied().sum(), becomes.values().copied().sum())),
            gaining: counted(|was, becomes| becomes > was),
            losing: counted(|was, becomes| becomes < was),
        }
    };
    Ok(keys.into_iter().map(pair).collect())
}

fn payouts(region: &Region) -> impl Iterator<Item = &Payout> {
    region.versions().all().flat_map(|version| &version.set.settlement.payouts)
}

/// The periods that lie in a span as a whole.
fn within((from, to): (Date, Date), grain: Grain) -> impl Iterator<Item = Period> {
    let all = std::iter::successors(Some(Period::holding(grain, from)), |period| Some(period.next()));
    all.skip_while(move |period| period.first < from).take_while(move |period| period.last() <= to)
}

fn paid(
    region: &Region,
    periods: impl Iterator<Item = Period>,
    sums: impl Fn(SubjectKind, Period) -> Result<Sums, ReadError>,
) -> Result<Paid, WhatIfError> {
    let mut found = Paid::new();
    for period in periods {
        for one in settle_region(region, period, &sums)?.payouts {
            *found.entry((period, one.id)).or_default().entry(one.subject).or_default() += one.amount;
        }
    }
    Ok(found)
}
