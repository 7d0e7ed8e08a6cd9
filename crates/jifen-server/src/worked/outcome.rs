//! What points of a case must lead to: composites, grades, cards, ranks, titles, vetoes, proposals, payouts.

use std::{collections::BTreeSet, convert::Infallible};

use jifen_core::{
    both,
    ledger::Subject,
    points::Points,
    rule::{Diagnostic, Language, RuleSet, Words, settlement::Plan},
    settlement::{Outcome as Award, Settlement, settle_region},
};
use toml::{Spanned, Value};

use super::{
    file::{ExpectTable, Expected, Fault, points},
    run::Settled,
};
use crate::settlement::sums_of;

/// One thing that is expected.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A composite's score, `None`: there is none.
    Composite(String, Option<Points>),
    /// A grade by its Chinese name, `None`: there is none.
    Grade(String, Option<String>),
    /// A card by its Chinese name, `None`: there is none.
    Card(String, Option<String>),
    /// A rank in the league of an honour.
    Rank(String, u64),
    /// A payout's amount.
    Payout(String, Points),
    /// All titles.
    Titles(BTreeSet<String>),
    /// All vetoes that have an effect.
    Vetoes(BTreeSet<String>),
    /// All proposals.
    Proposals(BTreeSet<String>),
}

/// What stands for nothing.
const NONE: &str = "none";

/// What a table expects; faults where it says no such thing.
pub(super) fn read(table: &ExpectTable, faults: &mut Vec<Fault>) -> Vec<(Outcome, usize)> {
    let mut found = Vec::new();
    let mut add = |outcome: Result<Outcome, Words>, at: usize| match outcome {
        Ok(outcome) => found.push((outcome, at)),
        Err(message) => faults.push(Fault::new(at, message)),
    };
    for (id, value) in &table.composites {
        let score = match value.get_ref() {
            Value::String(text) if text == NONE => Ok(None),
            other => points(other).map(Some),
        };
        add(score.map(|score| Outcome::Composite(id.get_ref().clone(), score)), value.span().start);
    }
    let name = |text: &str| (text != NONE).then(|| text.to_owned());
    for (id, grade) in &table.grades {
        add(Ok(Outcome::Grade(id.get_ref().clone(), name(grade.get_ref()))), grade.span().start);
    }
    for (id, card) in &table.cards {
        add(Ok(Outcome::Card(id.get_ref().clone(), name(card.get_ref()))), card.span().start);
    }
    for (id, rank) in &table.ranks {
        let number = u64::try_from(*rank.get_ref())
            .map_err(|_| both!("名次是不小于 1 的整数", "a rank is a whole number from 1"));
        add(number.map(|number| Outcome::Rank(id.get_ref().clone(), number)), rank.span().start);
    }
    for (id, amount) in &table.payouts {
        let wanted = points(amount.get_ref()).map(|amount| Outcome::Payout(id.get_ref().clone(), amount));
        add(wanted, amount.span().start);
    }
    let ids = |list: &Spanned<Vec<String>>| (list.get_ref().iter().cloned().collect(), list.span().start);
    let titles = table.titles.iter().map(ids).map(|(ids, at)| (Outcome::Titles(ids), at));
    let vetoes = table.vetoes.iter().map(ids).map(|(ids, at)| (Outcome::Vetoes(ids), at));
    let proposals = table.proposals.iter().map(ids).map(|(ids, at)| (Outcome::Proposals(ids), at));
    found.extend(titles.chain(vetoes).chain(proposals));
    found
}

/// What came out otherwise.
pub(super) fn differences(expected: &Expected, settled: &Settled, text: &str) -> Vec<Diagnostic> {
    if expected.outcomes.is_empty() {
        return Vec::new();
    }
    let sums = |kind, period| Ok::<_, Infallible>(sums_of(&settled.rollups, kind, period));
    let Ok(settlement) = settle_region(&settled.region, expected.period, sums);
    let subject_is = |subject: &Subject| settled.is(subject, expected.kind, &expected.code);
    let sets: Vec<&RuleSet> =
        settled.region.versions().in_force(expected.period.first).map(|version| &version.set).collect();
    let differs = |(outcome, at): &(Outcome, usize)| {
        let told = difference(outcome, &settlement, &sets, &subject_is)?;
        Some(Diagnostic::at(text, *at, both!("{0} ", "{0} ", expected.code).and(&told)))
    };
    expected.outcomes.iter().filter_map(differs).collect()
}

/// What is otherwise than expected, in words.
fn difference(
    wanted: &Outcome,
    settlement: &Settlement,
    sets: &[&RuleSet],
    subject_is: &dyn Fn(&Subject) -> bool,
) -> Option<Words> {
    let defined = |(zh, en): (&str, &str), id: &str, of: &dyn Fn(&Plan) -> bool| {
        let missing = || both!("这一期没有{zh} `{id}`", "no {en} `{id}` in this period");
        (!sets.iter().any(|set| of(&set.settlement))).then(missing)
    };
    let told = |(zh, en): (&str, &str), id: &str, wanted: Option<String>, came: Option<String>| {
        let words = |value: &Option<String>| value.clone().unwrap_or_else(|| NONE.to_owned());
        let (expected, got) = (words(&wanted), words(&came));
        let id = if id.is_empty() { String::new() } else { format!(" `{id}`") };
        (wanted != came)
            .then(|| both!("{zh}{id}：应为 {expected}，算得 {got}", "{en}{id}: expected {expected}, came {got}"))
    };
    match wanted {
        Outcome::Composite(id, wanted) => {
            let found = settlement.composites.iter().find(|one| one.id == *id && subject_is(&one.subject));
            let came = found.and_then(|one| one.score).map(|score| score.to_string());
            defined(("综合分", "composite"), id, &|plan| plan.composites.iter().any(|one| one.face.id == *id))
                .or_else(|| told(("综合分", "composite"), id, wanted.map(|score| score.to_string()), came))
        }
        Outcome::Grade(id, wanted) => {
            let grade = sets.iter().flat_map(|set| &set.settlement.grades).find(|grade| grade.face.id == *id);
            let found = settlement.grades.iter().find(|one| one.id == *id && subject_is(&one.subject));
            let came =
                found.and_then(|one| Some(grade?.bands.get(one.band as usize)?.word_in(Language::Chinese).to_owned()));
            defined(("等次", "grade"), id, &|plan| plan.grades.iter().any(|one| one.face.id == *id))
                .or_else(|| told(("等次", "grade"), id, wanted.clone(), came))
        }
        Outcome::Card(id, wanted) => {
            let card = sets.iter().flat_map(|set| &set.settlement.cards).find(|card| card.face.id == *id);
            let found = settlement.cards.iter().find(|one| one.id == *id && subject_is(&one.subject));
            let came = found
                .and_then(|one| Some(card?.levels.get(one.level as usize)?.1.word_in(Language::Chinese).to_owned()));
            defined(("预警牌", "card"), id, &|plan| plan.cards.iter().any(|one| one.face.id == *id))
                .or_else(|| told(("预警牌", "card"), id, wanted.clone(), came))
        }
        Outcome::Rank(id, wanted) => {
            let contestants =
                settlement.contests.iter().filter(|contest| contest.id == *id).flat_map(|contest| &contest.contestants);
            let came = contestants
                .filter(|one| subject_is(&one.subject))
                .find_map(|one| one.rank)
                .map(|rank| rank.to_string());
            defined(("荣誉", "honour"), id, &|plan| plan.honours.iter().any(|one| one.face.id == *id))
                .or_else(|| told(("名次", "rank of"), id, Some(wanted.to_string()), came))
        }
        Outcome::Payout(id, wanted) => {
            let found = settlement.payouts.iter().find(|one| one.id == *id && subject_is(&one.subject));
            let came = found.map_or(Points::ZERO, |one| one.amount);
            defined(("奖金", "payout"), id, &|plan| plan.payouts.iter().any(|one| one.face.id == *id))
                .or_else(|| told(("奖金", "payout"), id, Some(wanted.to_string()), Some(came.to_string())))
        }
        Outcome::Titles(wanted) => {
            let has = |contest: &&jifen_core::settlement::Contest| {
                contest.contestants.iter().any(|one| one.outcome == Award::Titled && subject_is(&one.subject))
            };
            let came = settlement.contests.iter().filter(has).map(|contest| contest.id.clone());
            told(("荣誉", "titles"), "", Some(list(wanted)), Some(list(&came.collect())))
        }
        Outcome::Vetoes(wanted) => {
            let came = settlement.vetoes.iter().filter(|one| subject_is(&one.subject)).map(|one| one.id.clone());
            told(("否决", "vetoes"), "", Some(list(wanted)), Some(list(&came.collect())))
        }
        Outcome::Proposals(wanted) => {
            let came = settlement.proposals.iter().filter(|one| subject_is(&one.subject)).map(|one| one.id.clone());
            told(("建议", "proposals"), "", Some(list(wanted)), Some(list(&came.collect())))
        }
    }
}

fn list(ids: &BTreeSet<String>) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    format!("[{}]", quoted.join(", "))
}
