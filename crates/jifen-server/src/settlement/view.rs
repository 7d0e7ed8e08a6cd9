//! What goes over the wire of a settlement. Points and amounts are decimal strings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::board::SubjectKindWord;

/// What a period's points lead to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Settlement)]
pub struct SettlementView {
    /// Region code.
    pub region: String,
    /// The period.
    pub period: String,
    /// Whether it has ended; before that everything is provisional.
    pub ended: bool,
    /// Journal position as of which the boards were read.
    pub as_of_position: u64,
    /// SHA-256 over the results: the same results have the same digest.
    pub digest: String,
    /// Composites.
    pub composites: Vec<SettledComposite>,
    /// Grades.
    pub grades: Vec<SettledGrade>,
    /// Vetoes.
    pub vetoes: Vec<SettledVeto>,
    /// Warning cards.
    pub cards: Vec<SettledCard>,
    /// Honours.
    pub honours: Vec<SettledHonour>,
    /// Proposals for people.
    pub proposals: Vec<SettledProposal>,
    /// Payouts.
    pub payouts: Vec<SettledPayout>,
    /// Score sheets that nobody has yet, and why.
    pub waiting: Vec<WaitingSheet>,
    /// When results are published and appealed against. Nothing hangs on it yet.
    pub publicities: Vec<SettledPublicity>,
}

/// The days of some results, as the book says them. `null`: it says no such clock, or not from when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledPublicity {
    /// What it is.
    pub definition: Definition,
    /// Ids of the sheets and definitions whose results it is about.
    pub of: Vec<String>,
    /// The last day on which they are published, and the first on which they are public.
    #[schema(required = true, format = Date)]
    pub publish_by: Option<String>,
    /// The last day on which they are public.
    #[schema(required = true, format = Date)]
    pub public_until: Option<String>,
    /// The first day on which they can be appealed against.
    #[schema(required = true, format = Date)]
    pub appeal_from: Option<String>,
    /// The last one.
    #[schema(required = true, format = Date)]
    pub appeal_until: Option<String>,
    /// The last day on which an appeal is answered.
    #[schema(required = true, format = Date)]
    pub answer_by: Option<String>,
    /// Why the days are not known yet: `calendar_year_unknown:2031`, `calendar_unknown:CODE`.
    #[schema(required = true)]
    pub waiting: Option<String>,
}

/// Until when what an entry leads to is public and can be appealed against.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryClock {
    /// The period whose results they are.
    pub period: String,
    /// The results that the entry's rule leads to, by their Chinese titles.
    pub results: String,
    /// By their English titles.
    pub results_en: String,
    /// The days.
    pub days: SettledPublicity,
}

/// A score sheet that nobody has, because it cannot be said yet which days were due.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaitingSheet {
    /// Id.
    pub sheet: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// For what: `calendar_year_unknown:2031`, `calendar_unknown:CODE`.
    pub reason: String,
}

/// What a definition is called and says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = SettlementDefinition)]
pub struct Definition {
    /// Id.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// The whole of it as one Chinese sentence.
    pub sentence_zh: String,
    /// The same in English.
    pub sentence_en: String,
}

/// Somebody or somewhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = SettlementSubject)]
pub struct Who {
    /// What it is.
    #[schema(value_type = SubjectKindWord)]
    pub kind: String,
    /// The source's own code.
    pub code: String,
    /// Name; the code where nobody gave one.
    pub name: String,
}

/// A composite.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledComposite {
    /// What it is.
    pub definition: Definition,
    /// Full marks.
    pub full: String,
    /// Its parts.
    pub parts: Vec<SettledPart>,
    /// The best first, those without a score last.
    pub rows: Vec<CompositeRow>,
}

/// A part of a composite.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledPart {
    /// Id, unique in the composite.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// Its weight as a percentage.
    pub weight: String,
    /// Its full marks.
    pub full: String,
}

/// A composite of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CompositeRow {
    /// Whose.
    pub who: Who,
    /// The score; `null` where a part is missing.
    #[schema(required = true)]
    pub score: Option<String>,
    /// The parts, in the order of the definition.
    pub parts: Vec<PartRow>,
}

/// A part of one subject's composite.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PartRow {
    /// The number; `null` where there is none.
    #[schema(required = true)]
    pub value: Option<String>,
    /// What it adds, rounded by itself; the score is rounded once, from all parts.
    pub adds: String,
    /// Over how many people or windows the mean was taken; 0 where it is the subject's own.
    pub heads: u64,
    /// The shorter periods that it sums up.
    pub periods: Vec<PeriodPoints>,
}

/// A shorter period and its number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeriodPoints {
    /// The period.
    pub period: String,
    /// The number.
    pub points: String,
}

/// A shorter period and how many facts it has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeriodFacts {
    /// The period.
    pub period: String,
    /// How many facts.
    pub facts: u64,
}

/// A grade.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledGrade {
    /// What it is.
    pub definition: Definition,
    /// The best first.
    pub rows: Vec<GradeRow>,
}

/// A grade of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct GradeRow {
    /// Whose.
    pub who: Who,
    /// The score.
    pub score: String,
    /// The grade in Chinese.
    pub grade: String,
    /// The same in English.
    pub grade_en: String,
    /// Its place among the grades, 0 for the lowest.
    pub band: u32,
    /// Title of the veto that took it down; `null` where none did.
    #[schema(required = true)]
    pub capped_by: Option<String>,
    /// The same in English.
    #[schema(required = true)]
    pub capped_by_en: Option<String>,
}

/// A veto.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledVeto {
    /// What it is.
    pub definition: Definition,
    /// The rules whose facts count.
    pub rules: Vec<String>,
    /// Whom it reaches.
    pub rows: Vec<VetoRow>,
}

/// A veto of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct VetoRow {
    /// Whom.
    pub who: Who,
    /// The periods with facts enough.
    pub periods: Vec<PeriodFacts>,
}

/// Warning cards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledCard {
    /// What they are.
    pub definition: Definition,
    /// The rules whose facts count.
    pub rules: Vec<String>,
    /// How many cards there are, one graver than the other.
    pub levels: u32,
    /// The gravest first.
    pub rows: Vec<CardRow>,
}

/// A card of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CardRow {
    /// Whose.
    pub who: Who,
    /// The card in Chinese.
    pub card: String,
    /// The same in English.
    pub card_en: String,
    /// Its place among the cards, 0 for the lightest.
    pub level: u32,
    /// How many facts.
    pub facts: u64,
}

/// An honour.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledHonour {
    /// What it is.
    pub definition: Definition,
    /// Its leagues.
    pub leagues: Vec<SettledLeague>,
}

/// One league of an honour.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledLeague {
    /// Its name; `null` where there is one for all.
    #[schema(required = true)]
    pub league: Option<String>,
    /// The same in English.
    #[schema(required = true)]
    pub league_en: Option<String>,
    /// How many there are in it.
    pub heads: u64,
    /// How many titles there are.
    pub quota: u64,
    /// Those with a score, the best first.
    pub rows: Vec<HonourRow>,
}

/// Somebody in a league.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HonourRow {
    /// Who.
    pub who: Who,
    /// Competition rank by score (1, 2, 2, 4); `null` for trainees, who are not ranked, and where one's own results were asked for.
    #[schema(required = true)]
    pub rank: Option<u64>,
    /// The score.
    pub score: String,
    /// `titled`, `equal` (people decide), `behind` or `barred`.
    pub outcome: HonourOutcome,
    /// Why it is barred, in Chinese; `null` where it is not.
    #[schema(required = true)]
    pub reason_zh: Option<String>,
    /// The same in English.
    #[schema(required = true)]
    pub reason_en: Option<String>,
}

/// What came of a contest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HonourOutcome {
    /// Has the title.
    Titled,
    /// Equal to others at the last title; people decide.
    Equal,
    /// No title was left.
    Behind,
    /// Not eligible.
    Barred,
}

/// A proposal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledProposal {
    /// What it is.
    pub definition: Definition,
    /// About whom.
    pub rows: Vec<ProposalRow>,
}

/// A proposal about one subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalRow {
    /// About whom.
    pub who: Who,
    /// The periods that led to it, and their scores.
    pub periods: Vec<PeriodPoints>,
}

/// A payout.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettledPayout {
    /// What it is.
    pub definition: Definition,
    /// The currency.
    pub unit: String,
    /// All amounts of these rows together.
    pub total: String,
    /// The greatest first.
    pub rows: Vec<PayoutRow>,
}

/// What one subject would get.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PayoutRow {
    /// Who.
    pub who: Who,
    /// How much.
    pub amount: String,
    /// What it comes from, in Chinese.
    pub ground_zh: String,
    /// The same in English.
    pub ground_en: String,
}
