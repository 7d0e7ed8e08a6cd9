//! Stage 5, rules as data: TOML text → parsed → checked → a typed plan → points of a fact or a period, and the rule in words.
//!
//! In: the text of a rule set, facts, sums of a period. Out: selections, scores, contributions, sentences. The format is `docs/rules.md`.
//!
//! **Invariants.** A [`RuleSet`] exists only if every check and every example of its file passed. Scores are exact; a score depends on
//! the fact (or the sums) and the rule alone.

mod amount;
mod card;
mod check;
mod check_amount;
mod check_sheet;
mod choice;
mod coefficient;
mod compile;
mod diagnostic;
mod difference;
mod evaluate;
mod example;
mod exclusive;
mod fact_type;
mod facts;
mod file;
mod lexicon;
mod lexicon_names;
mod link;
mod lint;
mod most;
mod on;
mod ordered;
mod per_unit;
mod presence;
mod quantity;
mod reclass;
mod repeat;
pub mod settlement;
mod sheet;
mod syntax;
#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    expression::Expression,
    fact::{FactType, Place},
    id::Digest,
    points::Points,
    time::{Date, Grain},
};

pub use crate::language::{Language, Words};
use amount::{Amount, Times};
pub use card::{Card, Met, idle};
pub use check::{Reading, parse, read};
pub use coefficient::{Coefficient, CoefficientKey};
pub use diagnostic::Diagnostic;
pub use difference::{Difference, How, PartChange, RuleDifference, difference};
pub use exclusive::{Exclusive, Keep};
pub use lexicon::{KnownField, KnownKey, KnownTable, KnownWord, Takes, readable, tables};
pub use link::{Factor, Link, LinkTo};
pub use lint::warnings;
pub use most::{DayMost, Most};
pub use on::On;
pub use ordered::{Ordered, Percentile};
pub use presence::{AWAY, BaseOf, HalfDays, Joiners, Presence};
pub use quantity::parse_duration;
pub use reclass::Reclass;
pub use repeat::{Repeat, RepeatStep};
pub use sheet::{Item, ItemSums, Sheet, SheetLine};
pub use syntax::syntax_fault;
pub use vocabulary::{Credit, Dimension, Party, SubjectKind};
pub use words::{BandWords, Clause, Example, ExampleFact, Measured, Part, ScopeList, Told, Unit, percent};

/// The rule set that `init` publishes when it is given none.
pub const STARTER: &str = include_str!("../../rules/starter.toml");

/// The longest rule file, in bytes.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// The most rules of one set.
pub const RULES_MAX: usize = 1_000;
/// The most score sheets of one set, and the most items of one sheet.
pub const SHEETS_MAX: usize = 64;
/// The most bands of one rule.
pub const BANDS_MAX: usize = 64;
/// The longest id of a rule set or rule, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// A checked rule set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleSet {
    /// Its id, the same over all versions.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// The document it rests on.
    pub basis: Option<String>,
    /// SHA-256 of the text's bytes.
    pub version: Digest,
    /// First day it is in force; `None`: from the time of the publishing event.
    pub effective_from: Option<Date>,
    /// Last day it is in force.
    pub effective_to: Option<Date>,
    /// The rules, in the order of the file, each followed by its links; then what counts who was away, for sheets that ask. Ids are unique.
    pub rules: Vec<Rule>,
    /// The fact types it declares, in the order of the file; their ids are a name space of their own.
    pub types: Vec<Arc<FactType>>,
    /// The score sheets, in the order of the file; ids are unique and no rule's.
    pub sheets: Vec<Sheet>,
    /// What settled points lead to.
    pub settlement: settlement::Plan,
    /// What is made of several facts, in the order of the file; ids are unique and no rule's or sheet's.
    pub reclasses: Vec<Reclass>,
    /// Places of the rules, sorted by their ids.
    sorted: Vec<usize>,
}

impl RuleSet {
    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        let found = self.sorted.binary_search_by(|place| self.rules.get(*place).map_or("", |rule| &rule.id).cmp(id));
        self.rules.get(*self.sorted.get(found.ok()?)?)
    }

    /// Whether a rule or link stands in the file: the counts of who was away are made of its sheets.
    pub fn is_written(&self, rule: &Rule) -> bool {
        Sheet::of_away_rule(&rule.id).is_none_or(|sheet| !self.sheets.iter().any(|other| other.id == sheet))
    }

    /// The sheet one of whose own entries has this id.
    pub fn sheet_of_line(&self, line: &str) -> Option<&Sheet> {
        let (sheet, _) = line.split_once('/')?;
        self.sheets.iter().find(|other| other.id == sheet)
    }
}

/// A checked rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its id, unique in the set.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// Why it is there.
    pub card: Card,
    /// What it furthers.
    pub dimension: Dimension,
    /// Which facts it reads.
    pub on: On,
    /// Who gets the points.
    pub subject: SubjectKind,
    /// Which side of a data share.
    pub party: Party,
    /// Which person of the fact.
    pub credit: Credit,
    /// Where it applies.
    pub scope: Scope,
    /// Whether it scores single facts or periods.
    pub plan: Plan,
    /// What its points are multiplied by the n-th time.
    pub repeat: Option<Repeat>,
    /// Which of several awards for one matter counts.
    pub exclusive: Option<Exclusive>,
    /// Categories of exemptions that keep it from taking points.
    pub exempt: BTreeSet<String>,
    /// Limits of its points.
    pub cap: Option<Cap>,
    /// The item its points count in.
    pub item: Option<ItemRef>,
    /// What makes it another rule's link: its points follow from that rule's awards alone.
    pub link: Option<Link>,
    /// The examples of its file, all of which came out as written.
    pub examples: Vec<Example>,
    when: Option<Expression>,
    compared: Option<Expression>,
    amount: Amount,
    times: Option<Times>,
    coefficient: Option<Arc<Coefficient>>,
}

/// Whether a rule scores single facts or periods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Plan {
    /// Every selected fact by itself.
    PerFact,
    /// All selected facts of one subject and period together.
    PerPeriod {
        /// How long the period is; never [`Grain::All`].
        grain: Grain,
        /// With fewer facts there are no points and the score is marked insufficient; at least 1.
        minimum: u64,
        /// What is compared with the bands.
        measure: Measure,
    },
}

/// An item of a score sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemRef {
    /// The sheet's id.
    pub sheet: String,
    /// The item's id.
    pub item: String,
    /// The sheet's Chinese title.
    pub sheet_title: String,
    /// The sheet's English title.
    pub sheet_title_en: Option<String>,
    /// The item's Chinese title.
    pub title: String,
    /// The item's English title.
    pub title_en: Option<String>,
}

/// What a period's facts come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Measure {
    /// The part of the facts for which a condition holds, as an exact fraction.
    Rate {
        /// The condition.
        that: Expression,
    },
    /// How many facts there are.
    Count,
    /// The mean of an integer, as an exact fraction.
    Mean {
        /// The integer.
        of: Expression,
        /// How many of the highest values are left out, and as many of the lowest.
        trim: u64,
    },
    /// The sum of an integer.
    Sum {
        /// The integer.
        of: Expression,
    },
    /// A percentile of an integer: one of the facts' own values.
    Percentile {
        /// The integer.
        of: Expression,
        /// Which one.
        at: Percentile,
    },
}

/// Where a rule applies; an empty list means everywhere.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Hall codes.
    pub halls: BTreeSet<String>,
    /// Department codes.
    pub departments: BTreeSet<String>,
    /// Window codes.
    pub windows: BTreeSet<String>,
    /// Matter codes.
    pub matters: BTreeSet<String>,
}

impl Scope {
    /// Whether a fact of `matter` at `place` lies in it; what is not known lies in no list.
    pub fn holds(&self, place: &Place, matter: Option<&str>) -> bool {
        let within = |codes: &BTreeSet<String>, code: Option<&str>| {
            codes.is_empty() || code.is_some_and(|code| codes.contains(code))
        };
        within(&self.halls, place.hall.as_deref())
            && within(&self.departments, place.department.as_deref())
            && within(&self.windows, place.window.as_deref())
            && within(&self.matters, matter)
    }
}

/// Limits of a rule's own points for one subject and period; what they cut off is an entry people can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cap {
    /// The period whose points are limited; never [`Grain::All`].
    pub per: Grain,
    /// At most so many points; never negative.
    pub max: Option<Points>,
    /// At least so many points; never positive.
    pub min: Option<Points>,
}

impl Cap {
    /// `sum` within the limits.
    pub fn clamped(&self, sum: Points) -> Points {
        let sum = self.max.map_or(sum, |max| sum.min(max));
        self.min.map_or(sum, |min| sum.max(min))
    }
}

/// Whether a rule reads a fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selection {
    /// It does.
    Selected,
    /// It does not: another kind or place, the condition is false or reads what the source did not say.
    PassedBy,
    /// It cannot be known yet, and why.
    NotEvaluable(String),
}

/// The nominal points of one fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scored {
    /// Points, before caps.
    pub points: Points,
    /// Index of the band, `None` for fixed points.
    pub band: Option<u32>,
    /// The value compared with the bands.
    pub value: Option<i64>,
    /// What the fact weighs, in thousandths, where the rule has coefficients.
    pub weight: Option<i64>,
}

/// Why a selected fact has no score.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unscored {
    /// It lacks a value the rule reads: no points, not counted.
    Absent,
    /// It cannot be known yet, and why.
    NotEvaluable(String),
}

/// What one fact adds to the sums of its period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contribution {
    /// Rate: 0 or 1; count: 1; mean, sum and percentile: the value. Of a rule with coefficients: times the weight, in thousandths.
    pub amount: i64,
}

/// The contributions of a period's facts, added up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// How many facts contributed.
    pub facts: u64,
    /// The sum of their amounts; of a measure of values in their order, what [`Ordered::of`] gives.
    pub amount: i128,
}

/// The points of a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeriodScore {
    /// Points, before caps; zero when insufficient.
    pub points: Points,
    /// Index of the band, `None` for fixed points and when insufficient.
    pub band: Option<u32>,
    /// Whether there were as many facts as the rule asks for.
    pub sufficient: bool,
}
