//! Keys and words of the tables for what comes after the ledger.

use crate::rule::lexicon::keys;

use super::{
    AppealFrom, By, Equal, Heads, Missing, OnGap, Round,
    check_over::{POST, STAFF, WINDOWS},
    table::{
        CardLevelTable, CardTable, ClassTable, CompositeTable, CutStepTable, CutTable, GateTable, GradeBandTable,
        GradeTable, HonourTable, PartTable, PayoutTable, ProposalTable, PublicityTable, QuotaTable, StreakTable,
        VetoTable,
    },
};

/// Each table and its keys.
pub(in crate::rule) fn places() -> [(&'static str, &'static [&'static str]); 18] {
    [
        ("composite", keys::<CompositeTable>()),
        ("composite.part", keys::<PartTable>()),
        ("grade", keys::<GradeTable>()),
        ("grade.band", keys::<GradeBandTable>()),
        ("veto", keys::<VetoTable>()),
        ("card", keys::<CardTable>()),
        ("card.level", keys::<CardLevelTable>()),
        ("honour", keys::<HonourTable>()),
        ("honour.class", keys::<ClassTable>()),
        ("honour.gate", keys::<GateTable>()),
        ("honour.quota", keys::<QuotaTable>()),
        ("proposal", keys::<ProposalTable>()),
        ("proposal.class", keys::<ClassTable>()),
        ("proposal.streak", keys::<StreakTable>()),
        ("payout", keys::<PayoutTable>()),
        ("payout.cut", keys::<CutTable>()),
        ("payout.cut.step", keys::<CutStepTable>()),
        ("publicity", keys::<PublicityTable>()),
    ]
}

/// The words that a key takes.
pub(in crate::rule) fn words(place: &str, key: &str) -> Vec<&'static str> {
    match (place, key) {
        ("composite", "missing") => Missing::ALL.map(Missing::name).to_vec(),
        ("composite.part" | "honour.gate", "over") => vec![STAFF, WINDOWS, POST],
        ("composite.part" | "honour.gate", "by") => By::ALL.map(By::name).to_vec(),
        ("honour" | "proposal", "league") => vec!["all", "window", "department", "hall"],
        ("honour", "equal") => Equal::ALL.map(Equal::name).to_vec(),
        ("honour", "tie") => vec!["fewest_deductions"],
        ("honour.quota", "of") => Heads::ALL.map(Heads::name).to_vec(),
        ("honour.quota", "round") => Round::ALL.map(Round::name).to_vec(),
        ("publicity", "appeal_from") => AppealFrom::ALL.map(AppealFrom::name).to_vec(),
        ("proposal.streak", "on_gap") => OnGap::ALL.map(OnGap::name).to_vec(),
        _ => Vec::new(),
    }
}
