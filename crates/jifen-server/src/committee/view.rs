//! What goes over the wire of the committee and its drafts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::freeze::FrozenWhatIf;

/// The rule committee.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CommitteeView {
    /// Whether it is in office: then rules come into force by drafts only.
    pub(crate) sits: bool,
    /// What a draft that is put up now needs.
    pub(crate) terms: TermsView,
    /// Its members, also those whose term is over or to come.
    pub(crate) members: Vec<MemberView>,
}

/// What a draft needs to come into force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TermsView {
    /// Approvals.
    pub(crate) approvals: u32,
    /// Kinds of members they must come from.
    pub(crate) kinds: u32,
    /// Days of notice.
    pub(crate) notice_days: u32,
}

/// A member of the committee.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MemberView {
    /// Name of the account.
    pub(crate) account: String,
    /// Kind of seat.
    pub(crate) seat: SeatWord,
    /// From when.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Until when, exclusive; `null`: open.
    #[schema(required = true, format = DateTime)]
    pub(crate) to: Option<String>,
    /// Whether the term runs now.
    pub(crate) in_office: bool,
}

/// What a member sits there as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatWord {
    /// From the halls' own staff.
    Staff,
    /// A citizen.
    Citizen,
    /// An expert from outside.
    Expert,
}

/// A seat to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// Name of an account.
    pub(crate) account: String,
    /// Kind of seat.
    pub(crate) seat: SeatWord,
    /// First day; today without.
    #[schema(format = Date)]
    pub(crate) from: Option<String>,
    /// Last day; open without.
    #[schema(format = Date)]
    pub(crate) to: Option<String>,
}

/// Drafts, those that are open first, then newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftList {
    /// Them.
    pub(crate) items: Vec<DraftLine>,
}

/// A draft, and how far it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftLine {
    /// What approvals are bound to: text, first day and what-if in one SHA-256.
    pub(crate) digest: String,
    /// Id of the set it would be a version of.
    pub(crate) set: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// SHA-256 of the text.
    pub(crate) version: String,
    /// Account that put it up.
    pub(crate) author: String,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// Why.
    #[schema(required = true)]
    pub(crate) reason: Option<String>,
    /// The first day it names.
    #[schema(format = Date)]
    pub(crate) named_from: String,
    /// The first day in force, as far as can be told.
    #[schema(format = Date)]
    pub(crate) effective_from: String,
    /// Whether it says that it works back: days that have been are settled again.
    pub(crate) works_back: bool,
    /// How far it is.
    pub(crate) stage: StageWord,
    /// Last day of the notice; `null` while approvals are missing.
    #[schema(required = true, format = Date)]
    pub(crate) notice_until: Option<String>,
    /// What it needs.
    pub(crate) terms: TermsView,
    /// Who approved it, first first.
    pub(crate) approvals: Vec<ApprovalView>,
    /// How many could.
    pub(crate) roll: u64,
    /// From how many kinds the approvals come.
    pub(crate) kinds: u64,
    /// How many opinions there are.
    pub(crate) opinions: u64,
    /// Digest of the draft that took its place.
    #[schema(required = true)]
    pub(crate) replaced_by: Option<String>,
    /// Journal position of the publication.
    #[schema(required = true)]
    pub(crate) published: Option<u64>,
    /// What keeps it from coming into force: another set has the same rules.
    #[schema(required = true)]
    pub(crate) obstacle: Option<WordsView>,
}

/// How far a draft is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StageWord {
    /// Approvals are missing.
    Collecting,
    /// There are enough; its days of notice run.
    Notice,
    /// The notice is over; it is published next.
    Due,
    /// It is a version.
    Published,
    /// It was withdrawn.
    Withdrawn,
    /// Another took its place.
    Replaced,
}

/// How a version was approved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionApproval {
    /// Digest of the draft it was.
    pub draft: String,
    /// Who approved it, first first.
    pub approvals: Vec<ApprovalView>,
    /// The day on which the approvals were enough: its notice began.
    #[schema(format = Date)]
    pub notice_from: String,
    /// Last day of the notice.
    #[schema(format = Date)]
    pub notice_until: String,
}

/// A member's approval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Name of the account; none where the reader may not know it.
    #[schema(required = true)]
    pub account: Option<String>,
    /// Kind of seat.
    pub seat: SeatWord,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Journal position.
    pub position: u64,
}

/// A draft with everything one decides by.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftView {
    /// The draft.
    pub(crate) draft: DraftLine,
    /// Its text.
    pub(crate) text: String,
    /// What of the text its writer may not have meant.
    pub(crate) warnings: Vec<WarningView>,
    /// What it would change of what is in force on its first day.
    pub(crate) difference: DifferenceView,
    /// What the what-if said, as it was frozen.
    #[schema(required = true)]
    pub(crate) whatif: Option<FrozenWhatIf>,
    /// The newest opinions, newest first.
    pub(crate) opinions: Vec<OpinionView>,
    /// What the reader may do.
    pub(crate) own: OwnSay,
}

/// What deserves a second look in a text that is sound.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = DraftWarning)]
pub(crate) struct WarningView {
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column, from 1.
    pub(crate) column: usize,
    /// Id of the rule.
    #[schema(required = true)]
    pub(crate) rule: Option<String>,
    /// What, and the way out, in Chinese.
    pub(crate) text: String,
    /// The same in English.
    pub(crate) text_en: String,
}

/// What the reader may do about a draft.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnSay {
    /// Approve it.
    pub(crate) approve: bool,
    /// Take the approval back.
    pub(crate) disapprove: bool,
    /// Withdraw the draft.
    pub(crate) withdraw: bool,
    /// Put another in its place.
    pub(crate) replace: bool,
    /// Give an opinion.
    pub(crate) opine: bool,
}

/// An opinion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OpinionView {
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// Name of the account or key; `null`: from the public.
    #[schema(required = true)]
    pub(crate) by: Option<String>,
    /// Its words; `null` once they were erased.
    #[schema(required = true)]
    pub(crate) text: Option<String>,
}

/// The difference of a draft from what is in force, in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DifferenceView {
    /// SHA-256 of the version it is compared with; `null`: the set is new.
    #[schema(required = true)]
    pub(crate) against: Option<String>,
    /// Changes of the set itself.
    pub(crate) set: Vec<PartChangeView>,
    /// Rules and sheets that came, went or changed.
    pub(crate) rules: Vec<RuleDifferenceView>,
}

/// What became of a rule or sheet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleDifferenceView {
    /// Its id.
    pub(crate) id: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// `came`, `went` or `changed`.
    pub(crate) how: HowWord,
    /// The whole rule in words; `null` where it changed.
    #[schema(required = true)]
    pub(crate) sentence: Option<WordsView>,
    /// What changed from what to what.
    pub(crate) parts: Vec<PartChangeView>,
}

/// How a rule differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HowWord {
    /// Only the draft has it.
    Came,
    /// Only the version in force has it.
    Went,
    /// Both have it, otherwise.
    Changed,
}

/// A part that changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PartChangeView {
    /// Which: `title`, `dimension`, `counts`, `condition`, `credit`, `measure`, `times`, `period`, `sample`, `cap`, `scope`, `points`,
    /// `band`, `sentence`, `examples`, `basis` or `ends`.
    pub(crate) part: String,
    /// As it is; `null`: it is new.
    #[schema(required = true)]
    pub(crate) before: Option<WordsView>,
    /// As it would be; `null`: it goes.
    #[schema(required = true)]
    pub(crate) after: Option<WordsView>,
}

/// A text in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WordsView {
    /// In Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
}

/// A draft to put up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDraft {
    /// Number of a what-if of this server that is done: its text is put up, and its answer frozen with it.
    pub(crate) whatif: u64,
    /// First day in force; a day that is not to come works back.
    #[schema(format = Date)]
    pub(crate) effective_from: String,
    /// Digest of an own open draft whose place it takes.
    pub(crate) replaces: Option<String>,
    /// Why.
    pub(crate) reason: Option<String>,
}

/// Where a draft stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftPutUp {
    /// Its digest.
    pub(crate) digest: String,
    /// Journal position.
    pub(crate) position: u64,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Because {
    /// In words that are not about a person.
    pub(crate) reason: Option<String>,
}

/// An opinion to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOpinion {
    /// 1 to 2,000 characters.
    pub(crate) opinion: String,
}

/// Drafts in their days of notice, for everybody.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicDrafts {
    /// Them.
    pub(crate) items: Vec<PublicDraft>,
}

/// A draft in its days of notice. It names no account, and no window.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublicDraft {
    /// The draft; its author and reason are left out.
    pub(crate) draft: DraftLine,
    /// What it would change.
    pub(crate) difference: DifferenceView,
    /// What the what-if said, without places and single people's changes; `null` where it is about too few people.
    #[schema(required = true)]
    pub(crate) whatif: Option<FrozenWhatIf>,
}
