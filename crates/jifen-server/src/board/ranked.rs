//! What others make of an award, in words: which time it was, which award counts in its place, what its fact was made of, what it follows.

use jifen_core::{
    case::FactState,
    engine::Region,
    points::Points,
    rule::{Language, RepeatStep},
    scoring::{Evaluation, Outcome},
};
use jifen_store::StoredEntry;
use serde::{Deserialize, Serialize};

use super::resident;

/// A remark in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Remark {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Remarks on the award that an entry of one fact belongs to.
pub(super) fn remarks(region: &Region, state: &FactState, stored: &StoredEntry) -> Vec<Remark> {
    let entry = &stored.entry;
    let own = |evaluation: &&Evaluation| evaluation.rule == entry.rule && evaluation.subject == entry.subject;
    let evaluation = state.evaluations.iter().find(own);
    let made = state.fact.derived.as_ref().map(|derived| {
        let version = region.versions().all().find(|version| version.set.version == derived.version);
        let reclass =
            version.and_then(|version| version.set.reclasses.iter().find(|other| other.id == derived.reclass));
        let words = |language| reclass.map_or_else(|| derived.reclass.clone(), |reclass| reclass.sentence(language));
        let count = derived.facts.len();
        Remark {
            zh: format!("由 {count} 件事实折算，来源是它们的全部事件。{}", words(Language::Chinese)),
            en: format!("Made of {count} facts; the sources are all their events. {}", words(Language::English)),
        }
    });
    let repeated = evaluation.and_then(|evaluation| repeated(region, evaluation));
    let kept = evaluation.and_then(|evaluation| kept(region, state, evaluation));
    let followed = evaluation.and_then(|evaluation| followed(region, state, evaluation));
    made.into_iter().chain(repeated).chain(kept).chain(followed).collect()
}

/// Of a link: what the awards come to whose part it is.
fn followed(region: &Region, state: &FactState, evaluation: &Evaluation) -> Option<Remark> {
    let linked = evaluation.linked.as_ref()?;
    let rule = resident::rule(region, evaluation.version, &evaluation.rule)?;
    let link = rule.link.as_ref()?;
    let is_source =
        |other: &&Evaluation| other.rule == link.of && linked.sources.contains(&other.subject) && !other.is_left_out();
    let points = |other: &Evaluation| match other.outcome {
        Outcome::Award { points, .. } => points,
        Outcome::Part { .. } => Points::ZERO,
    };
    let given: Points = state.evaluations.iter().filter(is_source).map(points).sum();
    let factor = link.factor;
    let of_en = link.of_title_en.as_ref().unwrap_or(&link.of_title);
    Some(Remark {
        zh: format!("随规则“{}”对同一件事实所计的 {given} 分：{given} × {factor}", link.of_title),
        en: format!("follows the {given} points that rule “{of_en}” gives for the same fact: {given} × {factor}"),
    })
}

fn repeated(region: &Region, evaluation: &Evaluation) -> Option<Remark> {
    let repeated = evaluation.repeated.as_ref()?;
    let rule = resident::rule(region, evaluation.version, &evaluation.rule)?;
    let RepeatStep { from, factor } = rule.repeat.as_ref()?.step(repeated.from);
    if factor == RepeatStep::ONCE.factor {
        return None;
    }
    let points: Points = repeated.nominal;
    Some(Remark {
        zh: format!("本期第 {from} 次起乘以 {factor}：{points} × {factor}"),
        en: format!("time {from} or later in its period, times {factor}: {points} × {factor}"),
    })
}

fn kept(region: &Region, state: &FactState, evaluation: &Evaluation) -> Option<Remark> {
    let (fact, rule) = evaluation.contested.as_ref()?.kept.as_ref()?;
    let (zh, en) = resident::rule_title(region, rule).unwrap_or_else(|| (rule.clone(), rule.clone()));
    let (of, of_en) = match *fact == state.fact.id {
        true => ("同一件事实".to_owned(), "for the same fact".to_owned()),
        false => (format!("事实 {fact}"), format!("for fact {fact}")),
    };
    Some(Remark {
        zh: format!("同一事项不重复计：计的是规则“{zh}”对{of}的一笔"),
        en: format!("One matter counts once: what counts is rule “{en}” {of_en}"),
    })
}
