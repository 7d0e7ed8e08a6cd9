//! Parse: the tables of what comes after the ledger, as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::rule::file::{Number, ReclassTable, ScopeTable};

/// All of them, in the order of the file.
#[derive(Clone, Copy)]
pub(in crate::rule) struct Tables<'a> {
    /// Only for their ids.
    pub(in crate::rule) reclasses: &'a [ReclassTable],
    pub(in crate::rule) composites: &'a [CompositeTable],
    pub(in crate::rule) grades: &'a [GradeTable],
    pub(in crate::rule) vetoes: &'a [VetoTable],
    pub(in crate::rule) cards: &'a [CardTable],
    pub(in crate::rule) honours: &'a [HonourTable],
    pub(in crate::rule) proposals: &'a [ProposalTable],
    pub(in crate::rule) payouts: &'a [PayoutTable],
    pub(in crate::rule) publicities: &'a [PublicityTable],
}

/// `[[publicity]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct PublicityTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) of: Spanned<Vec<Spanned<String>>>,
    pub(super) calendar: Option<Spanned<String>>,
    pub(super) within: Option<Spanned<i64>>,
    pub(super) days: Option<Spanned<i64>>,
    pub(super) appeal_days: Option<Spanned<i64>>,
    pub(super) appeal_from: Option<Spanned<String>>,
    pub(super) answer_days: Option<Spanned<i64>>,
}

/// `[[composite]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct CompositeTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) subject: Spanned<String>,
    pub(super) period: Spanned<String>,
    #[serde(default)]
    pub(super) scope: ScopeTable,
    pub(super) full: Option<Spanned<Number>>,
    pub(super) missing: Option<Spanned<String>>,
    pub(super) step: Option<Spanned<Number>>,
    #[serde(default)]
    pub(super) part: Vec<PartTable>,
}

/// `[[composite.part]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) composite: Option<Spanned<String>>,
    pub(super) rules: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) over: Option<Spanned<String>>,
    pub(super) each: Option<Spanned<String>>,
    pub(super) by: Option<Spanned<String>>,
    pub(super) min_periods: Option<Spanned<i64>>,
    pub(super) min_facts: Option<Spanned<i64>>,
    pub(super) weight: Spanned<Number>,
    pub(super) full: Option<Spanned<Number>>,
}

/// `[[grade]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct GradeTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) composite: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) band: Vec<Spanned<GradeBandTable>>,
}

/// `[[grade.band]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GradeBandTable {
    pub(super) upto: Option<Spanned<Number>>,
    pub(super) below: Option<Spanned<Number>>,
    pub(super) name: Spanned<String>,
    pub(super) name_en: Option<String>,
}

/// `[[veto]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct VetoTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) rules: Spanned<Vec<Spanned<String>>>,
    pub(super) per: Spanned<String>,
    pub(super) at_least: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) blocks: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) grade_max: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// `[[card]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct CardTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) rules: Spanned<Vec<Spanned<String>>>,
    pub(super) per: Spanned<String>,
    #[serde(default)]
    pub(super) level: Vec<CardLevelTable>,
}

/// `[[card.level]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardLevelTable {
    pub(super) at_least: Spanned<i64>,
    pub(super) name: Spanned<String>,
    pub(super) name_en: Option<String>,
}

/// `[[honour]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct HonourTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) composite: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) scope: ScopeTable,
    pub(super) league: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) class: Vec<ClassTable>,
    #[serde(default)]
    pub(super) gate: Vec<Spanned<GateTable>>,
    pub(super) quota: Spanned<QuotaWritten>,
    #[serde(default)]
    pub(super) tie: Vec<Spanned<String>>,
    pub(super) equal: Option<Spanned<String>>,
}

/// `[[honour.class]]`, `[[proposal.class]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassTable {
    pub(super) name: Spanned<String>,
    pub(super) name_en: Option<String>,
    #[serde(default)]
    pub(super) halls: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) departments: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) windows: Vec<Spanned<String>>,
}

/// `[[honour.gate]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GateTable {
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) composite: Option<Spanned<String>>,
    pub(super) rules: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) over: Option<Spanned<String>>,
    pub(super) each: Option<Spanned<String>>,
    pub(super) by: Option<Spanned<String>>,
    pub(super) min_periods: Option<Spanned<i64>>,
    pub(super) min_facts: Option<Spanned<i64>>,
    pub(super) grade: Option<Spanned<String>>,
    pub(super) honour: Option<Spanned<String>>,
    pub(super) at_least: Option<Spanned<Number>>,
    pub(super) facts_at_least: Option<Spanned<i64>>,
    pub(super) facts_at_most: Option<Spanned<i64>>,
}

/// `quota = 5` or `quota = { … }`.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "请写 `quota = 5`，或 `quota = { share = \"20%\", of = \"all\", round = \"floor\" }`\u{1e}write `quota = 5`, or `quota = { share = \"20%\", of = \"all\", round = \"floor\" }`"
)]
pub(super) enum QuotaWritten {
    Number(i64),
    Share(QuotaTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuotaTable {
    pub(super) share: String,
    pub(super) of: Option<String>,
    pub(super) round: Option<String>,
    pub(super) at_least: Option<i64>,
}

/// `[[proposal]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct ProposalTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) composite: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) scope: ScopeTable,
    pub(super) bottom: Option<Spanned<i64>>,
    pub(super) below: Option<Spanned<Number>>,
    pub(super) league: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) class: Vec<ClassTable>,
    pub(super) streak: Option<Spanned<StreakTable>>,
}

/// `streak = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreakTable {
    pub(super) periods: Spanned<i64>,
    pub(super) on_gap: Option<Spanned<String>>,
}

/// `[[payout]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rule) struct PayoutTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    #[serde(default)]
    pub(super) scope: ScopeTable,
    pub(super) unit: Option<Spanned<String>>,
    pub(super) step: Option<Spanned<Number>>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) composite: Option<Spanned<String>>,
    pub(super) pool: Option<Spanned<Number>>,
    pub(super) per_point: Option<Spanned<Number>>,
    pub(super) over: Option<Spanned<Number>>,
    pub(super) grade: Option<Spanned<String>>,
    pub(super) amounts: Option<Spanned<BTreeMap<Spanned<String>, Spanned<Number>>>>,
    pub(super) honour: Option<Spanned<String>>,
    pub(super) amount: Option<Spanned<Number>>,
    pub(super) allowance: Option<Spanned<Number>>,
    pub(super) period: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) cut: Vec<CutTable>,
}

/// `[[payout.cut]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CutTable {
    pub(super) rules: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) step: Vec<CutStepTable>,
    pub(super) beyond: Option<Spanned<Number>>,
}

/// `step = [{ at_least = 3, share = "10%" }]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CutStepTable {
    pub(super) at_least: Spanned<i64>,
    pub(super) share: Spanned<Number>,
}
