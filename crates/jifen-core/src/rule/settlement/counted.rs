//! Facts that count by their number: for vetoes, cards, gates and cuts.

use super::{Gate, Plan, Way};
use crate::{rule::SubjectKind, time::Grain};

/// Facts counted over a period: those that these rules look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    /// The rules.
    pub rules: Vec<String>,
    /// Whose facts.
    pub subject: SubjectKind,
    /// Over which periods.
    pub per: Grain,
}

impl Plan {
    /// Everything that counts facts by their number, whatever points they give.
    pub fn counted(&self) -> impl Iterator<Item = &Counted> {
        let gates = self.honours.iter().flat_map(|honour| &honour.gates).filter_map(|gate| match gate {
            Gate::Facts { counted, .. } => Some(counted),
            _ => None,
        });
        let cuts = self.payouts.iter().filter_map(|payout| match &payout.way {
            Way::Allowance { cuts, .. } => Some(cuts),
            _ => None,
        });
        let cuts = cuts.flatten().map(|cut| &cut.counted);
        let vetoes = self.vetoes.iter().map(|veto| &veto.counted);
        vetoes.chain(self.cards.iter().map(|card| &card.counted)).chain(gates).chain(cuts)
    }
}
