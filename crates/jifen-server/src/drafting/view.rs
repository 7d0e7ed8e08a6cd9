//! What goes over the wire of the desk.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::committee::WarningView;

/// A text to be looked at, and what a form changed in it.
#[derive(Clone, PartialEq, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteDraft {
    /// Whole text of the rule file.
    pub(crate) text: String,
    /// Changes, made in this order.
    #[serde(default)]
    pub(crate) changes: Vec<DraftChange>,
}

/// One change.
#[derive(Clone, PartialEq, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftChange {
    /// Keys and places in lists from the file's top: `["rule", 2, "band", 0, "points"]`. The place behind a list's last adds to it.
    pub(crate) path: Vec<DraftStep>,
    /// What stands there then; `null` takes it away. Numbers may come as texts.
    #[serde(default)]
    #[schema(required = true)]
    pub(crate) value: Option<serde_json::Value>,
}

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum DraftStep {
    /// A place in a list, from 0.
    Index(usize),
    /// A key.
    Key(String),
}

/// A rule file on the desk.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftDesk {
    /// The text with the changes made.
    pub(crate) text: String,
    /// Its values; `null` where it is no whole TOML.
    #[schema(required = true)]
    pub(crate) document: Option<serde_json::Value>,
    /// Where its tables begin.
    pub(crate) lines: Vec<DraftPlace>,
    /// The fact types it declares, by the `on` that names them.
    pub(crate) facts: Vec<VocabularyFact>,
    /// What is sound in words, though something else may be wrong.
    pub(crate) sentences: Vec<DraftSentence>,
    /// What is wrong.
    pub(crate) faults: Vec<WarningView>,
    /// What deserves a second look, where nothing is wrong.
    pub(crate) warnings: Vec<WarningView>,
}

/// Where a table begins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftPlace {
    /// `ruleset`, `rule`, `sheet` ….
    pub(crate) table: String,
    /// Which of them, from 0.
    pub(crate) index: usize,
    /// Line of its heading, from 1.
    pub(crate) line: usize,
}

/// A rule, sheet or definition in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftSentence {
    /// Its table: `rule`, `sheet`, `reclass`, `composite` ….
    pub(crate) kind: String,
    /// Its id.
    pub(crate) id: String,
    /// In Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
}

/// Everything that may be written in a rule file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftVocabulary {
    /// Keys by the table they stand in.
    pub(crate) tables: Vec<VocabularyTable>,
    /// Fields by the kind of fact.
    pub(crate) facts: Vec<VocabularyFact>,
}

/// A table and its keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VocabularyTable {
    /// Where it stands: `rule.band`; empty for the file itself.
    pub(crate) place: String,
    /// Its keys.
    pub(crate) keys: Vec<VocabularyKey>,
}

/// A key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VocabularyKey {
    /// As it is written.
    pub(crate) name: String,
    /// What it is called in Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
    /// What is written behind it.
    pub(crate) takes: TakesWord,
    /// The words it takes, where these are closed or common.
    pub(crate) words: Vec<VocabularyWord>,
}

/// What is written behind a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TakesWord {
    /// A text.
    Text,
    /// A number; decimals, shares and durations in quotes.
    Number,
    /// A date without quotes.
    Date,
    /// `true` or `false`.
    Boolean,
    /// A CEL expression.
    Expression,
    /// One of `words`.
    Word,
    /// A list of texts.
    List,
    /// A table.
    Table,
    /// Several tables, each under a heading of its own: `[[rule.band]]`.
    Tables,
    /// Several tables in one line: `[{ from = 2, factor = 2 }]`.
    Rows,
    /// A table whose keys are the writer's own: codes, words or fields, and what each is worth.
    Codes,
}

/// A word that a key takes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VocabularyWord {
    /// As it is written.
    pub(crate) name: String,
    /// What it means in Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
}

/// A kind of fact and its fields.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VocabularyFact {
    /// As `on` names it.
    pub(crate) kind: String,
    /// What conditions read after `fact.`.
    pub(crate) fields: Vec<VocabularyField>,
}

/// A field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VocabularyField {
    /// As it is written after `fact.`.
    pub(crate) name: String,
    /// What it is called in Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
    /// What it holds.
    pub(crate) holds: HoldsWord,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HoldsWord {
    /// An integer.
    Integer,
    /// Milliseconds; examples may write `"18min"`.
    Duration,
    /// A decimal of at most three places, in quotes.
    Decimal,
    /// `true` or `false`.
    Boolean,
    /// A text.
    Text,
}

/// Ready books to start from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftLibrary {
    /// Them, the starter set first.
    pub(crate) books: Vec<LibraryBook>,
}

/// A ready book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LibraryBook {
    /// What it is asked for by.
    pub(crate) name: String,
    /// Chinese title.
    pub(crate) title: String,
    /// English title; the Chinese one where there is none.
    pub(crate) title_en: String,
    /// The document it rests on.
    #[schema(required = true)]
    pub(crate) basis: Option<String>,
    /// How many rules it has.
    pub(crate) rules: u64,
}

/// A text to go on from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftStart {
    /// The text of a rule file.
    pub(crate) text: String,
    /// What is open in it, in the order of the table it was made of; each stands above its rule as well.
    pub(crate) questions: Vec<DraftQuestion>,
}

/// Something people have to decide.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftQuestion {
    /// Row of the table, from 1; 0: the whole of it.
    pub(crate) row: u64,
    /// Id of the rule.
    pub(crate) rule: String,
    /// What is open, and what the draft says meanwhile, in Chinese.
    pub(crate) zh: String,
    /// The same in English.
    pub(crate) en: String,
}
