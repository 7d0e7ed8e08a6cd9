//! Parse: the TOML of a rule file as it is written, each value with its place. Nothing is judged here but keys and shapes.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de};
use toml::{Spanned, Value, value::Datetime};

use crate::both;

use super::{settlement, syntax::BETWEEN};

/// A whole rule file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) format: Spanned<i64>,
    pub(super) ruleset: RuleSetTable,
    #[serde(default)]
    pub(super) fact: Vec<FactTypeTable>,
    #[serde(default)]
    pub(super) rule: Vec<Spanned<RuleTable>>,
    #[serde(default)]
    pub(super) sheet: Vec<SheetTable>,
    #[serde(default)]
    pub(super) reclass: Vec<ReclassTable>,
    #[serde(default)]
    pub(super) coefficient: Vec<CoefficientTable>,
    #[serde(default)]
    pub(super) composite: Vec<settlement::CompositeTable>,
    #[serde(default)]
    pub(super) grade: Vec<settlement::GradeTable>,
    #[serde(default)]
    pub(super) veto: Vec<settlement::VetoTable>,
    #[serde(default)]
    pub(super) card: Vec<settlement::CardTable>,
    #[serde(default)]
    pub(super) honour: Vec<settlement::HonourTable>,
    #[serde(default)]
    pub(super) proposal: Vec<settlement::ProposalTable>,
    #[serde(default)]
    pub(super) payout: Vec<settlement::PayoutTable>,
    #[serde(default)]
    pub(super) publicity: Vec<settlement::PublicityTable>,
}

impl File {
    /// What comes after the ledger.
    pub(super) fn settlement(&self) -> settlement::Tables<'_> {
        settlement::Tables {
            reclasses: &self.reclass,
            composites: &self.composite,
            grades: &self.grade,
            vetoes: &self.veto,
            cards: &self.card,
            honours: &self.honour,
            proposals: &self.proposal,
            payouts: &self.payout,
            publicities: &self.publicity,
        }
    }
}

/// `[[fact]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactTypeTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) about: Spanned<String>,
    #[serde(default)]
    pub(super) field: Vec<FactFieldTable>,
}

/// `[[fact.field]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactFieldTable {
    pub(super) name: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) holds: Spanned<String>,
    pub(super) words: Option<Spanned<Vec<String>>>,
    pub(super) min: Option<Spanned<Number>>,
    pub(super) max: Option<Spanned<Number>>,
    pub(super) unit: Option<Spanned<String>>,
    pub(super) unit_en: Option<String>,
    #[serde(default)]
    pub(super) required: bool,
}

/// `[[coefficient]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoefficientTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) by: Spanned<String>,
    pub(super) default: Option<Spanned<Number>>,
    pub(super) table: Spanned<BTreeMap<Spanned<String>, Spanned<Number>>>,
}

/// `[[sheet]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SheetTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) dimension: Spanned<String>,
    pub(super) subject: Spanned<String>,
    pub(super) period: Spanned<String>,
    #[serde(default)]
    pub(super) scope: ScopeTable,
    pub(super) base: Spanned<Number>,
    pub(super) floor: Option<Spanned<Number>>,
    pub(super) cap: Option<Spanned<Number>>,
    pub(super) bonus_cap: Option<Spanned<Number>>,
    pub(super) presence: Option<Spanned<PresenceTable>>,
    #[serde(default)]
    pub(super) item: Vec<ItemTable>,
}

/// `presence = { … }` of a sheet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PresenceTable {
    pub(super) away: Spanned<String>,
    pub(super) leave: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) joiners: Spanned<String>,
    pub(super) base: Spanned<String>,
    pub(super) calendar: Option<Spanned<String>>,
    pub(super) min_days: Option<Spanned<i64>>,
}

/// `[[reclass]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReclassTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) on: Spanned<String>,
    pub(super) subject: Spanned<String>,
    pub(super) credit: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) scope: ScopeTable,
    pub(super) when: Option<Spanned<String>>,
    pub(super) period: Spanned<String>,
    pub(super) every: Spanned<i64>,
    pub(super) consume: bool,
    pub(super) exempt: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) to: Spanned<String>,
    pub(super) fields: BTreeMap<Spanned<String>, Spanned<Value>>,
}

/// `[[sheet.item]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) dimension: Option<Spanned<String>>,
    pub(super) base: Option<Spanned<Number>>,
    pub(super) floor: Option<Spanned<Number>>,
    pub(super) max: Option<Spanned<Number>>,
    #[serde(default)]
    pub(super) bonus: bool,
}

/// `[ruleset]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSetTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) effective_from: Option<Spanned<Datetime>>,
    pub(super) effective_to: Option<Spanned<Datetime>>,
    pub(super) basis: Option<String>,
}

/// `[[rule]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) basis: Option<Spanned<String>>,
    pub(super) goal: Option<Spanned<String>>,
    pub(super) review_on: Option<Spanned<Datetime>>,
    pub(super) dimension: Spanned<String>,
    pub(super) on: Spanned<String>,
    pub(super) subject: Spanned<String>,
    pub(super) party: Option<Spanned<String>>,
    pub(super) credit: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) scope: ScopeTable,
    pub(super) when: Option<Spanned<String>>,
    pub(super) points: Option<Spanned<Number>>,
    pub(super) value: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) band: Vec<Spanned<BandTable>>,
    pub(super) per_unit: Option<Spanned<PerUnitTable>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) table: Option<Spanned<BTreeMap<Spanned<String>, Spanned<Number>>>>,
    pub(super) range: Option<Spanned<RangeTable>>,
    pub(super) times: Option<Spanned<String>>,
    pub(super) coefficient: Option<Spanned<String>>,
    pub(super) repeat: Option<Spanned<RepeatTable>>,
    pub(super) exclusive: Option<Spanned<ExclusiveTable>>,
    pub(super) exempt: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) cap: Option<Spanned<CapTable>>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) item: Option<Spanned<String>>,
    pub(super) period: Option<Spanned<String>>,
    pub(super) measure: Option<Spanned<String>>,
    pub(super) of: Option<Spanned<String>>,
    pub(super) that: Option<Spanned<String>>,
    pub(super) at: Option<Spanned<Number>>,
    pub(super) trim: Option<Spanned<i64>>,
    pub(super) min_facts: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) link: Vec<Spanned<LinkTable>>,
    #[serde(default)]
    pub(super) example: Vec<Spanned<ExampleTable>>,
}

/// `[[rule.link]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkTable {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) title_en: Option<String>,
    pub(super) to: Spanned<String>,
    pub(super) of: Option<Spanned<String>>,
    pub(super) factor: Spanned<Number>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) item: Option<Spanned<String>>,
    pub(super) cap: Option<Spanned<CapTable>>,
}

/// `scope = { … }`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ScopeTable {
    pub(super) halls: Vec<String>,
    pub(super) departments: Vec<String>,
    pub(super) windows: Vec<String>,
    pub(super) matters: Vec<String>,
}

/// `[[rule.band]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BandTable {
    pub(super) upto: Option<Spanned<Number>>,
    pub(super) below: Option<Spanned<Number>>,
    pub(super) points: Spanned<Number>,
}

/// `per_unit = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PerUnitTable {
    pub(super) over: Option<Spanned<Number>>,
    pub(super) under: Option<Spanned<Number>>,
    pub(super) unit: Spanned<Number>,
    pub(super) points: Spanned<Number>,
    pub(super) partial: Spanned<String>,
}

/// `range = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeTable {
    pub(super) from: Spanned<Number>,
    pub(super) to: Spanned<Number>,
    pub(super) points: Spanned<Number>,
}

/// `repeat = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RepeatTable {
    pub(super) per: Spanned<String>,
    pub(super) group: Option<Spanned<String>>,
    pub(super) steps: Vec<Spanned<StepTable>>,
}

/// One of the `steps` of a repeat.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepTable {
    pub(super) from: Spanned<i64>,
    pub(super) factor: Spanned<Number>,
}

/// `exclusive = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExclusiveTable {
    pub(super) group: Option<Spanned<String>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) per: Option<Spanned<String>>,
    pub(super) keep: Spanned<String>,
    #[serde(default)]
    pub(super) mixed: bool,
}

/// `cap = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CapTable {
    pub(super) per: Spanned<String>,
    pub(super) max: Option<Spanned<Number>>,
    pub(super) min: Option<Spanned<Number>>,
}

/// `[[rule.example]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExampleTable {
    pub(super) facts: Vec<BTreeMap<Spanned<String>, Spanned<Value>>>,
    pub(super) points: Spanned<Number>,
}

/// A number as written: an integer, or a decimal or duration in quotes; never a float.
pub(super) struct Number(pub(super) String);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl de::Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer, or a number in quotes")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Number, E> {
        Ok(Number(value.to_owned()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
        let words = both!(
            "分数必须准确，不收浮点数；请加引号：`\"{value}\"`",
            "floating point is refused because points are exact; put it in quotes: \"{value}\""
        );
        Err(E::custom(format!("{}{BETWEEN}{}", words.zh, words.en)))
    }
}
