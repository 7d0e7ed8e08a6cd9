//! What goes over the wire of a what-if.

use jifen_core::{points::Points, rule::Met};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::board::{ActorKindWord, SubjectKindWord};

/// A draft to try.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskWhatIf {
    /// Whole text of the rule set (docs/rules.md).
    pub(crate) rules: String,
    /// First day it is tried on.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// Last day.
    #[schema(format = Date)]
    pub(crate) to: String,
}

/// What-ifs asked since the server started, newest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WhatIfList {
    /// Them.
    pub(crate) items: Vec<WhatIf>,
}

/// A what-if, and how far it is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WhatIf {
    /// Number.
    pub(crate) id: u64,
    /// `running`, `done`, `failed` or `cancelled`.
    pub(crate) state: WhatIfState,
    /// The draft.
    pub(crate) draft: WhatIfDraft,
    /// The days it is tried on.
    pub(crate) span: WhatIfSpan,
    /// Who asked.
    pub(crate) by: String,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) asked: String,
    /// Journal position reached.
    pub(crate) position: u64,
    /// Where the journal ends.
    pub(crate) head: u64,
    /// The answer, when it is asked for by number and done.
    #[schema(required = true)]
    pub(crate) result: Option<Comparison>,
    /// Why there is none.
    #[schema(required = true)]
    pub(crate) failure: Option<String>,
}

/// How far a what-if is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WhatIfState {
    /// The journal is being applied.
    Running,
    /// There is an answer.
    Done,
    /// It could not be answered.
    Failed,
    /// Somebody called it off.
    Cancelled,
}

/// The draft of a what-if.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WhatIfDraft {
    /// Id of the rule set.
    pub(crate) set: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// SHA-256 of the text.
    pub(crate) version: String,
}

/// Days, both included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WhatIfSpan {
    /// First day.
    #[schema(format = Date)]
    pub from: String,
    /// Last day.
    #[schema(format = Date)]
    pub to: String,
}

/// What stands beside what would.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// Journal position up to which both are counted.
    pub as_of_position: u64,
    /// The days.
    pub span: WhatIfSpan,
    /// Id of the draft's set.
    pub set: String,
    /// SHA-256 of the draft.
    pub version: String,
    /// SHA-256 of the versions it takes the place of; none for a set that is not in force in the span.
    pub replaces: Vec<String>,
    /// All points given.
    pub total: Pair,
    /// People who would have more.
    pub gaining: u64,
    /// People who would have less.
    pub losing: u64,
    /// People who would have as much.
    pub unchanged: u64,
    /// How people's points spread now.
    #[schema(required = true)]
    pub spread_before: Option<SpreadFigures>,
    /// How they would.
    #[schema(required = true)]
    pub spread_after: Option<SpreadFigures>,
    /// Points by dimension.
    pub dimensions: Vec<DimensionPair>,
    /// Payouts of the whole, ended periods of the days.
    pub payouts: Vec<PayoutPair>,
    /// Points of single facts by what the facts are.
    pub groups: Vec<GroupPair>,
    /// Points by rule, of all sets in force.
    pub rules: Vec<RulePair>,
    /// Everybody, by kind and rank under the draft.
    pub subjects: Vec<SubjectPair>,
    /// Whom each rule of the draft would have reached.
    pub reached: Vec<RuleReached>,
}

/// Points before, after, and what that changes, as decimal strings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Pair {
    /// As it stands.
    pub before: String,
    /// Under the draft.
    pub after: String,
    /// The difference.
    pub change: String,
}

impl Pair {
    pub(super) fn of((before, after): (Points, Points)) -> Self {
        Self { before: before.to_string(), after: after.to_string(), change: (after - before).to_string() }
    }
}

/// How people's points spread.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SpreadFigures {
    /// Gini coefficient: 0 where all have the same; `null` where somebody has less than nothing, for then it says nothing.
    #[schema(required = true)]
    pub gini: Option<f64>,
    /// Points a tenth of people have at most.
    pub p10: String,
    /// Points half of them have at most.
    pub median: String,
    /// Points nine tenths have at most.
    pub p90: String,
}

/// Points of a dimension.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DimensionPair {
    /// Dimension.
    pub dimension: String,
    /// Points.
    pub points: Pair,
}

/// A payout of a period. Nobody is named.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PayoutPair {
    /// The payout's id.
    pub payout: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// The currency.
    pub unit: String,
    /// The period.
    pub period: String,
    /// All that is paid, as decimal strings.
    pub amount: Pair,
    /// Who would get more.
    pub gaining: u64,
    /// Who would get less.
    pub losing: u64,
}

/// By what facts are grouped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WhatIfGrouping)]
pub enum Grouping {
    /// The standard minutes of the matter.
    Difficulty,
    /// Before noon, after noon, or on a day off.
    Shift,
    /// The department where it happened.
    League,
}

/// Points of single facts of a group, as the rules gave them, before caps and sheets; what a period earns is in none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupPair {
    /// By what.
    pub by: Grouping,
    /// Code of the group: `10`, `20`, `30`, `longer` or `none` (minutes); `am`, `pm` or `rest`; a department's, or nothing.
    pub code: String,
    /// What it is called in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Facts of the days, those on hold left out.
    pub facts: u64,
    /// Points.
    pub points: Pair,
}

/// Points of a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RulePair {
    /// Rule id.
    pub rule: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// Dimension.
    pub dimension: String,
    /// Whether the draft has it; else it is another set's, or only of versions before.
    pub drafted: bool,
    /// Points.
    pub points: Pair,
    /// What it did over the days under the draft; `null` for rules the draft has not, and of what was frozen before this was told.
    #[serde(default)]
    #[schema(required = true)]
    pub reach: Option<RuleReach>,
}

/// What a rule did over some days. Nobody is named.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleReach {
    /// Facts it looked at, for each subject they are about.
    pub facts: u64,
    /// How many people, windows, departments or halls it gave or took points.
    pub reached: u64,
    /// The most it gave one of them on one day; `null` where it gave nothing, or days were not looked at.
    #[schema(required = true)]
    pub day_most: Option<String>,
}

impl RuleReach {
    /// What the checker asks of it.
    pub fn met(&self) -> Met {
        Met { facts: self.facts, reached: self.reached }
    }
}

/// What a rule did over some days, and to whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleReached {
    /// Rule id.
    pub rule: String,
    /// What it did.
    pub reach: RuleReach,
    /// Whom it reached, at most twenty, those it gave or took most first.
    pub who: Vec<ReachedSubject>,
}

/// Whom a rule reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReachedSubject {
    /// `person`, `window`, `department` or `hall`.
    #[schema(value_type = SubjectKindWord)]
    pub kind: String,
    /// Code.
    pub subject: String,
    /// Name; the code where nobody gave one.
    pub name: String,
    /// What a person subject is; `null` for places.
    #[schema(required = true)]
    pub actor_kind: Option<ActorKindWord>,
    /// Facts the rule looked at.
    pub facts: u64,
    /// Points it gave or took.
    pub points: String,
}

/// Points and ranks of a person, window, department or hall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectPair {
    /// `person`, `window`, `department` or `hall`.
    #[schema(value_type = SubjectKindWord)]
    pub kind: String,
    /// Code.
    pub subject: String,
    /// Name; the code where nobody gave one.
    pub name: String,
    /// What a person subject is; `null` for places.
    #[schema(required = true)]
    pub actor_kind: Option<ActorKindWord>,
    /// Points.
    pub points: Pair,
    /// Rank by points as they stand, among all that have any in either; `null`: not ranked.
    #[schema(required = true)]
    pub rank_before: Option<u64>,
    /// Rank by points under the draft.
    #[schema(required = true)]
    pub rank_after: Option<u64>,
}
