//! What goes over the wire of the rule book.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{board::SubjectKindWord, committee::VersionApproval, whatif::RuleReached};

/// The rules in force on a day, and all versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleBook {
    /// The day.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// Today, in the region's zone.
    #[schema(format = Date)]
    pub(crate) today: String,
    /// Rule sets in force on that day.
    pub(crate) sets: Vec<BookSet>,
    /// Every version there is, the one that begins last first.
    pub(crate) versions: Vec<BookVersion>,
}

/// A rule set as one version has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookSet {
    /// Id, the same over all versions.
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// The document it rests on.
    #[schema(required = true)]
    pub(crate) basis: Option<String>,
    /// SHA-256 of its text.
    pub(crate) version: String,
    /// First day in force.
    #[schema(format = Date)]
    pub(crate) effective_from: String,
    /// Last day in force; `null` when no end is known.
    #[schema(required = true, format = Date)]
    pub(crate) effective_to: Option<String>,
    /// Whether no committee approved it.
    pub(crate) without_approval: bool,
    /// Who approved it when; `null` without approval.
    #[schema(required = true)]
    pub(crate) approval: Option<VersionApproval>,
    /// Fact types it declares.
    pub(crate) facts: Vec<BookReclass>,
    /// Its score sheets.
    pub(crate) sheets: Vec<BookSheet>,
    /// Its rules, in the order of the file.
    pub(crate) rules: Vec<BookRule>,
    /// Facts of which so many make one of another kind.
    pub(crate) reclasses: Vec<BookReclass>,
    /// What the points lead to: composites, grades, vetoes, cards, honours, proposals, payouts.
    pub(crate) consequences: Vec<BookConsequence>,
}

/// Something that points lead to, in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookConsequence {
    /// `composite`, `grade`, `veto`, `card`, `honour`, `proposal` or `payout`.
    pub(crate) kind: String,
    /// Id, unique on the day.
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// The whole of it as one Chinese sentence.
    pub(crate) sentence_zh: String,
    /// The same in English.
    pub(crate) sentence_en: String,
}

/// Facts of which so many make one of another kind, in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookReclass {
    /// Id, unique in the set.
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// The whole of it as one Chinese sentence.
    pub(crate) sentence_zh: String,
    /// The same in English.
    pub(crate) sentence_en: String,
}

/// A score sheet. Points are decimal strings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookSheet {
    /// Id; its own entries stand under `ID/base`, `ID/ITEM/floor` ….
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// Dimension.
    pub(crate) dimension: String,
    /// Whose.
    #[schema(value_type = SubjectKindWord)]
    pub(crate) subject: String,
    /// `day`, `week` ….
    pub(crate) period: String,
    /// Points everybody begins with.
    pub(crate) base: String,
    /// The whole sheet as one Chinese sentence.
    pub(crate) sentence_zh: String,
    /// The same in English.
    pub(crate) sentence_en: String,
    /// Its items, in the order of the file.
    pub(crate) items: Vec<BookItem>,
}

/// An item of a score sheet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookItem {
    /// Id, unique in the sheet.
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// What of the sheet's base it is worth.
    pub(crate) base: String,
    /// Most points that deductions take from it; `null`: no limit.
    #[schema(required = true)]
    pub(crate) deduct_at_most: Option<String>,
    /// Most points it comes to; `null`: no limit.
    #[schema(required = true)]
    pub(crate) max: Option<String>,
    /// Whether its gains count against the sheet's bonus cap.
    pub(crate) bonus: bool,
    /// Ids of the rules that point at it.
    pub(crate) rules: Vec<String>,
}

/// A rule in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookRule {
    /// Id, unique on the day.
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// Dimension.
    pub(crate) dimension: String,
    /// Whose points it gives.
    #[schema(value_type = SubjectKindWord)]
    pub(crate) subject: String,
    /// `day`, `week` …; `null` for rules on single facts.
    #[schema(required = true)]
    pub(crate) period: Option<String>,
    /// The whole rule as one Chinese sentence.
    pub(crate) sentence_zh: String,
    /// The same in English.
    pub(crate) sentence_en: String,
    /// Why it is there, and what it may cost.
    pub(crate) card: BookCard,
    /// First day of the time it has stood unchanged.
    #[schema(format = Date)]
    pub(crate) since: String,
    /// Its parts, in the order people ask.
    pub(crate) clauses: Vec<BookClause>,
    /// The points of a rule without bands; `null` with bands.
    #[schema(required = true)]
    pub(crate) points: Option<String>,
    /// Its bands, from the lowest value; empty for fixed points.
    pub(crate) bands: Vec<BookBand>,
    /// Examples; the program has checked each of them.
    pub(crate) examples: Vec<BookExample>,
}

/// Why a rule is there: its source, its goal, when people look at it again, and the most it gives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookCard {
    /// The clause or row of the set's document it rests on.
    #[schema(required = true)]
    pub(crate) basis: Option<String>,
    /// What it is for.
    #[schema(required = true)]
    pub(crate) goal: Option<String>,
    /// The day people look again whether it serves that.
    #[schema(required = true, format = Date)]
    pub(crate) review_on: Option<String>,
    /// Whether that day has come.
    pub(crate) review_due: bool,
    /// The most it gives one subject on one day, as far as its text bounds it, in Chinese.
    pub(crate) most_zh: String,
    /// The same in English.
    pub(crate) most_en: String,
}

/// What the rules of a version did over the last days it was in force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VersionReach {
    /// First of the days.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// Last of the days.
    #[schema(format = Date)]
    pub(crate) to: String,
    /// A line for each rule and link, by id.
    pub(crate) rules: Vec<RuleReached>,
}

/// One part of a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookClause {
    /// `counts`, `condition`, `credit`, `measure`, `times`, `period`, `sample`, `cap` or `scope`.
    pub(crate) part: String,
    /// In Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
}

/// One band of a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookBand {
    /// Which values it holds, in Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
    /// Its points.
    pub(crate) points: String,
}

/// An example of a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookExample {
    /// Facts of one subject and period, in Chinese.
    pub(crate) facts_zh: String,
    /// In English.
    pub(crate) facts_en: String,
    /// Their points.
    pub(crate) points: String,
}

/// One version of a rule set, and what it changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookVersion {
    /// Rule set id.
    pub(crate) set: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// SHA-256 of its text.
    pub(crate) version: String,
    /// First day in force.
    #[schema(format = Date)]
    pub(crate) effective_from: String,
    /// Last day in force; `null` when no end is known.
    #[schema(required = true, format = Date)]
    pub(crate) effective_to: Option<String>,
    /// Where it stands on the day of the book.
    pub(crate) state: VersionState,
    /// Whether no committee approved it.
    pub(crate) without_approval: bool,
    /// How many rules it has.
    pub(crate) rules: u64,
    /// Rules the version before had not; none for the first one.
    pub(crate) added: Vec<BookChange>,
    /// Rules only the version before had.
    pub(crate) removed: Vec<BookChange>,
    /// Rules that read otherwise than in the version before.
    pub(crate) changed: Vec<BookChange>,
}

/// Where a version stands on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VersionState {
    /// In force.
    InForce,
    /// Not yet.
    Coming,
    /// No longer.
    Past,
    /// Never: the next version began as early.
    Replaced,
}

/// A rule that a version changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BookChange {
    /// Rule id.
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
}

/// A version's text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleText {
    /// Rule set id.
    pub(crate) set: String,
    /// SHA-256 of the text.
    pub(crate) version: String,
    /// The text.
    pub(crate) text: String,
}
