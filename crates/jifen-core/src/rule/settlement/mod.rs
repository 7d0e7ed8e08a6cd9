//! What settled points lead to, as a rule file says it: composites, grades, vetoes, cards, honours, proposals, payouts, publicity.
//!
//! In: tables of a rule file. Out: a checked [`Plan`]. What comes of it for a period is [`crate::settlement`]'s. Nothing here gives or
//! takes a point.

mod check;
mod check_award;
mod check_figure;
mod check_grade;
mod check_over;
mod check_payout;
mod coefficient;
mod counted;
mod led_to;
pub(super) mod lexicon;
mod money;
mod publicity;
mod table;

use std::collections::BTreeSet;

use crate::{
    points::Points,
    time::{Grain, Period},
};

use super::{Language, Scope, SubjectKind, amount::Edge, quantity::Fraction};

pub(super) use check::plan;
pub use counted::Counted;
pub use money::{Cut, Payout, Way};
pub use publicity::{Appeal, AppealFrom, Publicity};
pub(super) use table::{
    CardTable, CompositeTable, GradeTable, HonourTable, PayoutTable, ProposalTable, PublicityTable, Tables, VetoTable,
};

/// The most definitions of one kind in a rule set.
pub const DEFINITIONS_MAX: usize = 64;
/// The most parts of one composite.
pub const PARTS_MAX: usize = 16;
/// A streak looks back over at most so many periods.
pub const STREAK_MAX: u32 = 24;

/// Everything of a rule set that comes after the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// Composites.
    pub composites: Vec<Composite>,
    /// Grades.
    pub grades: Vec<Grade>,
    /// Vetoes.
    pub vetoes: Vec<Veto>,
    /// Warning cards.
    pub cards: Vec<Card>,
    /// Honours.
    pub honours: Vec<Honour>,
    /// Proposals for people.
    pub proposals: Vec<Proposal>,
    /// Payouts.
    pub payouts: Vec<Payout>,
    /// How results are published and appealed against.
    pub publicities: Vec<Publicity>,
}

/// What a definition is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Face {
    /// Its id; no other rule, sheet or definition of the set has it.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
}

impl Face {
    /// The title in a language.
    pub fn title_in(&self, language: Language) -> &str {
        language.choose(&self.title, self.title_en.as_ref().unwrap_or(&self.title))
    }
}

/// A word in both languages, such as a grade or a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// In Chinese; what other tables point at.
    pub zh: String,
    /// In English.
    pub en: Option<String>,
}

impl Name {
    /// The word in a language.
    pub fn word_in(&self, language: Language) -> &str {
        language.choose(&self.zh, self.en.as_ref().unwrap_or(&self.zh))
    }
}

/// A number that a subject has for a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    /// Where it comes from.
    pub source: Source,
    /// Of whom the mean is taken; `None`: the subject's own.
    pub over: Option<Over>,
    /// How several shorter periods make one.
    pub gather: Option<Gather>,
}

/// Where a number comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A score sheet's score.
    Sheet(String),
    /// The points of rules together.
    Rules {
        /// The rules.
        rules: Vec<String>,
        /// With fewer facts that they looked at there is no number.
        min_facts: u64,
    },
    /// A composite's score.
    Composite(String),
}

/// Whose mean stands for a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Over {
    /// Its people, by where they belong at the period's end.
    Staff,
    /// Its windows.
    Windows,
    /// Of a place whoever holds a post there at the period's end, of a person the places where they hold it.
    Post {
        /// The post's name.
        name: String,
        /// Whose numbers are read: a person's, or those of places of one kind.
        of: SubjectKind,
    },
}

impl Over {
    /// Whose numbers are averaged.
    pub fn subject(&self) -> SubjectKind {
        match self {
            Self::Staff => SubjectKind::Person,
            Self::Windows => SubjectKind::Window,
            Self::Post { of, .. } => *of,
        }
    }
}

/// How the settled periods within a longer one make one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gather {
    /// The shorter periods; they nest in the longer one.
    pub each: Grain,
    /// How.
    pub by: By,
    /// With fewer of them there is no number.
    pub at_least: u32,
}

/// How several numbers make one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// Their mean, rounded once to thousandths.
    Mean,
    /// Their sum.
    Sum,
    /// The last of them.
    Last,
}

impl By {
    const ALL: [Self; 3] = [Self::Mean, Self::Sum, Self::Last];

    fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Sum => "sum",
            Self::Last => "last",
        }
    }
}

/// What a score is compared by: a score sheet or a composite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Basis {
    /// Where the score comes from; never rules.
    pub source: Source,
    /// Whose.
    pub subject: SubjectKind,
    /// Of which periods.
    pub period: Grain,
}

/// A weighted score (综合分).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Composite {
    /// What it is called.
    pub face: Face,
    /// Whose.
    pub subject: SubjectKind,
    /// Of which periods.
    pub period: Grain,
    /// Who has one, by where a subject belongs at the period's end.
    pub scope: Scope,
    /// Full marks.
    pub full: Points,
    /// What happens when a part has no number.
    pub missing: Missing,
    /// The score is rounded to a multiple of this.
    pub step: Points,
    /// The parts; their weights sum to 1.
    pub parts: Vec<Part>,
    /// What all coefficients are divided by.
    pub denominator: i128,
}

/// What a composite does without one of its parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// The subject has no score.
    Exclude,
    /// The weights of the others count for all.
    Reweight,
}

impl Missing {
    const ALL: [Self; 2] = [Self::Exclude, Self::Reweight];

    fn name(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Reweight => "reweight",
        }
    }
}

/// A part of a composite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What it is called; the id is unique in the composite.
    pub face: Face,
    /// The number.
    pub figure: Figure,
    /// Its full marks.
    pub full: Points,
    /// Its weight in parts of 10⁸.
    pub weight: i64,
    /// The number × coefficient ÷ the composite's denominator is what it adds.
    pub coefficient: i128,
}

/// All weights together.
pub const WHOLE_WEIGHT: i64 = 100_000_000;

/// Grades by score (等次).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grade {
    /// What it is called.
    pub face: Face,
    /// The score.
    pub basis: Basis,
    /// The grades, from the lowest score; there are at least two.
    pub bands: Vec<Name>,
    /// The upper edges of all but the last.
    pub(super) edges: Vec<Edge>,
}

impl Grade {
    /// Index of the grade for a score.
    pub fn of(&self, score: Points) -> usize {
        let holds = |edge: &Edge| edge.holds(i128::from(score.0), 1000);
        self.edges.iter().position(holds).unwrap_or(self.edges.len())
    }

    /// Index of the grade of this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.bands.iter().position(|band| band.zh == name)
    }
}

/// Facts that shut somebody out (一票否决). The points stay as they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Veto {
    /// What it is called.
    pub face: Face,
    /// The facts.
    pub counted: Counted,
    /// So many of them.
    pub at_least: u64,
    /// Honours of periods of these lengths that hold the facts are out of reach.
    pub blocks: BTreeSet<Grain>,
    /// Grades that cannot be better than this: id of the grade, index of the best left.
    pub caps: Vec<(String, usize)>,
}

/// Warning cards (预警、黄牌、红牌) by the number of facts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// What it is called.
    pub face: Face,
    /// The facts.
    pub counted: Counted,
    /// From the mildest: how many facts, and the card.
    pub levels: Vec<(u64, Name)>,
}

/// Who is compared with whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum League {
    /// Everybody with everybody.
    All,
    /// Within a window.
    Window,
    /// Within a department.
    Department,
    /// Within a hall.
    Hall,
    /// Within named lists; who is in none of them takes no part.
    Classes(Vec<(Name, Scope)>),
}

/// A title (荣誉) for the best of a league.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Honour {
    /// What it is called.
    pub face: Face,
    /// The score.
    pub basis: Basis,
    /// Who takes part, by where a subject belongs at the period's end.
    pub scope: Scope,
    /// Who is compared with whom.
    pub league: League,
    /// What a subject must have reached.
    pub gates: Vec<Gate>,
    /// How many titles there are in each league.
    pub quota: Quota,
    /// What decides between equal scores, in this order.
    pub ties: Vec<Tie>,
    /// What happens to those who are still equal at the last place.
    pub equal: Equal,
}

/// What must have been reached to be eligible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gate {
    /// A number of at least this.
    Score {
        /// The number.
        figure: Figure,
        /// The least.
        at_least: Points,
    },
    /// A grade of at least this.
    Grade {
        /// Its id.
        grade: String,
        /// Index of the lowest that will do.
        at_least: usize,
    },
    /// A number of facts.
    Facts {
        /// The facts, over the honour's period.
        counted: Counted,
        /// So many at least …
        at_least: Option<u64>,
        /// … and so many at most.
        at_most: Option<u64>,
    },
    /// Titles of shorter periods within this one.
    Titles {
        /// The other honour's id.
        honour: String,
        /// How long its periods are.
        each: Grain,
        /// So many at least.
        at_least: u64,
    },
}

/// How many titles there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quota {
    /// So many.
    Number(u64),
    /// A share of the heads.
    Share {
        /// The share.
        share: Share,
        /// Of whom.
        of: Heads,
        /// Which way a part of a head goes.
        round: Round,
        /// So many where the share is less.
        at_least: u64,
    },
}

/// A share between 0 and 1, in parts of 10⁸.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Share(pub i64);

impl Share {
    fn of(fraction: Fraction) -> Option<Self> {
        let scaled = i128::from(fraction.numerator) * i128::from(WHOLE_WEIGHT) / i128::from(fraction.denominator);
        i64::try_from(scaled).ok().map(Self)
    }
}

/// Whose heads are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heads {
    /// All of the league.
    All,
    /// Those with a score.
    Scored,
    /// Those who are eligible.
    Eligible,
}

impl Heads {
    const ALL: [Self; 3] = [Self::All, Self::Scored, Self::Eligible];

    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Scored => "scored",
            Self::Eligible => "eligible",
        }
    }
}

/// Which way a part goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Round {
    /// Dropped.
    Floor,
    /// Made whole.
    Ceil,
}

impl Round {
    const ALL: [Self; 2] = [Self::Floor, Self::Ceil];

    fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Ceil => "ceil",
        }
    }
}

/// What decides between equal scores.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tie {
    /// Who lost less: the sum of the rules that came to less than nothing.
    FewestDeductions,
    /// Who has more in this part of the composite, by its place.
    Part(usize),
}

/// What happens to those who are equal at the last place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Equal {
    /// All of them have the title.
    Share,
    /// People decide.
    Ask,
}

impl Equal {
    const ALL: [Self; 2] = [Self::Share, Self::Ask];

    fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Ask => "ask",
        }
    }
}

/// Something that people are asked to decide about somebody (约谈、通报、调整). Never done by itself, never public.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// What it is called.
    pub face: Face,
    /// The score.
    pub basis: Basis,
    /// Whom it can reach, by where a subject belongs at the period's end.
    pub scope: Scope,
    /// Whom it reaches in one period.
    pub trigger: Trigger,
    /// In how many settled periods on end; 1 without a streak.
    pub periods: u32,
    /// What a period without a score does to a streak.
    pub on_gap: OnGap,
}

/// Whom a proposal reaches in one period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// The last ones of a league.
    Bottom {
        /// So many; those who are equal at the edge are all among them.
        number: u64,
        /// Who is compared with whom.
        league: League,
    },
    /// Those with less than this.
    Below(Points),
}

/// What a period without a score does to a streak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnGap {
    /// It is passed over.
    Skip,
    /// It ends it.
    Break,
}

impl OnGap {
    const ALL: [Self; 2] = [Self::Skip, Self::Break];

    fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Break => "break",
        }
    }
}

impl Plan {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.faces().next().is_none()
    }

    /// What its definitions are called, in the order they are settled.
    pub fn faces(&self) -> impl Iterator<Item = &Face> {
        let composites = self.composites.iter().map(|composite| &composite.face);
        let grades = self.grades.iter().map(|grade| &grade.face);
        let vetoes = self.vetoes.iter().map(|veto| &veto.face);
        let cards = self.cards.iter().map(|card| &card.face);
        let honours = self.honours.iter().map(|honour| &honour.face);
        let proposals = self.proposals.iter().map(|proposal| &proposal.face);
        let payouts = self.payouts.iter().map(|payout| &payout.face);
        let all = composites.chain(grades).chain(vetoes).chain(cards).chain(honours).chain(proposals).chain(payouts);
        all.chain(self.publicities.iter().map(|publicity| &publicity.face))
    }

    /// What may be published, and of which periods: everything but proposals.
    fn shown(&self) -> impl Iterator<Item = (&str, Grain)> {
        let composites = self.composites.iter().map(|composite| (&composite.face, composite.period));
        let grades = self.grades.iter().map(|grade| (&grade.face, grade.basis.period));
        let vetoes = self.vetoes.iter().map(|veto| (&veto.face, veto.counted.per));
        let cards = self.cards.iter().map(|card| (&card.face, card.counted.per));
        let honours = self.honours.iter().map(|honour| (&honour.face, honour.basis.period));
        let payouts = self.payouts.iter().map(|payout| (&payout.face, payout.period));
        let all = composites.chain(grades).chain(vetoes).chain(cards).chain(honours).chain(payouts);
        all.map(|(face, period)| (face.id.as_str(), period))
    }

    /// How long the periods are that something settles in.
    pub fn grains(&self) -> BTreeSet<Grain> {
        let composites = self.composites.iter().map(|composite| composite.period);
        let bases = self.grades.iter().map(|grade| grade.basis.period);
        let counted = self.vetoes.iter().map(|veto| veto.counted.per);
        let cards = self.cards.iter().map(|card| card.counted.per);
        let honours = self.honours.iter().map(|honour| honour.basis.period);
        let proposals = self.proposals.iter().map(|proposal| proposal.basis.period);
        let payouts = self.payouts.iter().map(|payout| payout.period);
        let settled =
            composites.chain(bases).chain(counted).chain(cards).chain(honours).chain(proposals).chain(payouts);
        settled.chain(self.figures().filter_map(|figure| figure.gather).map(|gather| gather.each)).collect()
    }

    fn figures(&self) -> impl Iterator<Item = &Figure> {
        let parts = self.composites.iter().flat_map(|composite| &composite.parts).map(|part| &part.figure);
        let gates = self.honours.iter().flat_map(|honour| &honour.gates).filter_map(|gate| match gate {
            Gate::Score { figure, .. } => Some(figure),
            Gate::Grade { .. } | Gate::Facts { .. } | Gate::Titles { .. } => None,
        });
        parts.chain(gates)
    }
}

/// The periods of `grain` that end within a longer one, in order: each week lies in one month.
pub fn periods_within(whole: Period, grain: Grain) -> impl Iterator<Item = Period> {
    let first = Period::holding(grain, whole.first);
    let all = std::iter::successors(Some(first), |period| Some(period.next()));
    all.take_while(move |period| period.last() <= whole.last())
}
