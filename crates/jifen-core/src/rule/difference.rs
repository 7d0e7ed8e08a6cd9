//! The difference of two versions of a set in words: which rules came, which went, and what changed from what to what.

use std::sync::Arc;

use crate::{
    fact::FactType,
    language::{Language, Words},
};

use super::{Reclass, Rule, RuleSet, ScopeList, Sheet, Told, words::points_words};

/// What one of two versions has and the other has not, or otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartChange {
    /// `title`, `dimension`, a clause's part, `points`, `band`, `sentence`, `examples`, `ends`, `basis`, `goal` or `review`.
    pub part: &'static str,
    /// As it was; none where it is new.
    pub before: Option<Words>,
    /// As it would be; none where it goes.
    pub after: Option<Words>,
}

/// What became of one rule or sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleDifference {
    /// Its id.
    pub id: String,
    /// What it is called, by the later version that has it.
    pub title: Words,
    /// Whether it came, went or changed.
    pub how: How,
}

/// How a rule differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum How {
    /// Only the later version has it: its sentence.
    Came(Words),
    /// Only the earlier version had it: its sentence.
    Went(Words),
    /// Both have it, but these parts differ.
    Changed(Vec<PartChange>),
}

/// The difference of two versions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Difference {
    /// Of the set itself.
    pub set: Vec<PartChange>,
    /// Of its sheets, rules and what follows from points: those that changed and came in the later file's order, then those that went.
    pub rules: Vec<RuleDifference>,
}

impl Difference {
    /// Whether both say the same.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.rules.is_empty()
    }
}

const BAND: &str = "band";

/// What a rule or sheet is compared by.
struct Part {
    name: &'static str,
    /// Tells bands apart: their values and their place; empty and 0 for what a rule has once.
    key: String,
    place: usize,
    words: Words,
}

/// The difference of `after` from `before`; `name` tells what codes of a scope are called.
pub fn difference(before: Option<&RuleSet>, after: &RuleSet, name: &dyn Fn(ScopeList, &str) -> String) -> Difference {
    let none = (Vec::new(), Vec::new());
    let (rules, sheets) = before.map_or(none, |set| (set.rules.iter().collect(), set.sheets.iter().collect()));
    let mut found =
        Difference { set: before.map(|before| of_set(before, after)).unwrap_or_default(), rules: Vec::new() };
    let mut gone = Vec::new();
    walk(
        &before.map_or_else(Vec::new, |set| set.types.iter().map(Arc::as_ref).collect()),
        &after.types.iter().map(Arc::as_ref).collect::<Vec<_>>(),
        &mut found.rules,
        &mut gone,
        &|declared: &FactType| {
            (
                declared.id.clone(),
                titles(&declared.title, declared.title_en.as_ref()),
                Words::of(|language| declared.sentence(language)),
            )
        },
        &|_| Vec::new(),
    );
    walk(
        &sheets,
        &after.sheets.iter().collect::<Vec<_>>(),
        &mut found.rules,
        &mut gone,
        &|sheet: &Sheet| {
            (
                sheet.id.clone(),
                titles(&sheet.title, sheet.title_en.as_ref()),
                Words::of(|language| sheet.sentence(language)),
            )
        },
        &|_| Vec::new(),
    );
    walk(
        &before.map_or_else(Vec::new, |set| set.reclasses.iter().collect()),
        &after.reclasses.iter().collect::<Vec<_>>(),
        &mut found.rules,
        &mut gone,
        &|reclass: &Reclass| {
            (
                reclass.id.clone(),
                titles(&reclass.title, reclass.title_en.as_ref()),
                Words::of(|language| reclass.sentence(language)),
            )
        },
        &|_| Vec::new(),
    );
    walk(
        &rules,
        &after.rules.iter().collect::<Vec<_>>(),
        &mut found.rules,
        &mut gone,
        &|rule: &Rule| {
            (
                rule.id.clone(),
                titles(&rule.title, rule.title_en.as_ref()),
                Words::of(|language| rule.sentence(language)),
            )
        },
        &|rule| parts(rule, name),
    );
    let told = |set: &RuleSet| -> Vec<_> {
        set.consequences(Language::Chinese).into_iter().zip(set.consequences(Language::English)).collect()
    };
    let (old, new) = (before.map(told).unwrap_or_default(), told(after));
    walk(
        &old.iter().collect::<Vec<_>>(),
        &new.iter().collect::<Vec<_>>(),
        &mut found.rules,
        &mut gone,
        &|(zh, en): &(Told, Told)| {
            let words = |zh: &String, en: &String| Words { zh: zh.clone(), en: en.clone() };
            (zh.id.clone(), words(&zh.title, &en.title), words(&zh.sentence, &en.sentence))
        },
        &|_| Vec::new(),
    );
    found.rules.extend(gone);
    found
}

/// Id, title and sentence.
type Face = (String, Words, Words);

fn walk<T: PartialEq>(
    before: &[&T],
    after: &[&T],
    found: &mut Vec<RuleDifference>,
    gone: &mut Vec<RuleDifference>,
    face: &dyn Fn(&T) -> Face,
    parts: &dyn Fn(&T) -> Vec<Part>,
) {
    for new in after {
        let (id, title, sentence) = face(new);
        let old = before.iter().find(|old| face(old).0 == id);
        let how = match old {
            None => How::Came(sentence),
            Some(old) if old == new => continue,
            Some(old) => {
                let (_, old_title, old_sentence) = face(old);
                let mut changes = compare(&parts(old), &parts(new));
                if old_title != title {
                    changes.insert(0, change("title", &old_title, &title));
                }
                if changes.is_empty() {
                    // What its parts do not tell, its sentence may; else only the examples are others.
                    let part = if old_sentence == sentence { "examples" } else { "sentence" };
                    changes.push(change(part, &old_sentence, &sentence));
                }
                How::Changed(changes)
            }
        };
        found.push(RuleDifference { id, title, how });
    }
    for old in before {
        let (id, title, sentence) = face(old);
        if !after.iter().any(|new| face(new).0 == id) {
            gone.push(RuleDifference { id, title, how: How::Went(sentence) });
        }
    }
}

fn change(part: &'static str, before: &Words, after: &Words) -> PartChange {
    PartChange { part, before: Some(before.clone()), after: Some(after.clone()) }
}

fn compare(before: &[Part], after: &[Part]) -> Vec<PartChange> {
    // Where there are as many bands as before, each is the one of its place with other values; else those of other values are others.
    let bands = |parts: &[Part]| parts.iter().filter(|part| part.name == BAND).count();
    let in_place = bands(before) == bands(after);
    let twin = |parts: &[Part], part: &Part| {
        let same = |other: &&Part| match part.name == BAND && in_place {
            true => other.place == part.place,
            false => other.key == part.key,
        };
        let found = parts.iter().filter(|other| other.name == part.name).find(same);
        found.map(|found| found.words.clone())
    };
    let mut changes = Vec::new();
    for part in after {
        let old = twin(before, part);
        if old.as_ref() != Some(&part.words) {
            changes.push(PartChange { part: part.name, before: old, after: Some(part.words.clone()) });
        }
    }
    let gone = before.iter().filter(|part| twin(after, part).is_none());
    changes.extend(gone.map(|part| PartChange { part: part.name, before: Some(part.words.clone()), after: None }));
    changes
}

fn parts(rule: &Rule, name: &dyn Fn(ScopeList, &str) -> String) -> Vec<Part> {
    let dimension = Words { zh: rule.dimension.name().to_owned(), en: rule.dimension.name().to_owned() };
    let once = |name, words| Part { name, key: String::new(), place: 0, words };
    let mut parts = vec![once("dimension", dimension)];
    let card = [
        ("basis", rule.card.basis.clone()),
        ("goal", rule.card.goal.clone()),
        ("review", rule.card.review_on.map(|date| date.to_string())),
    ];
    parts.extend(card.into_iter().filter_map(|(name, text)| Some(once(name, same(text?)))));
    let clauses = rule.clauses(Language::Chinese, name).into_iter().zip(rule.clauses(Language::English, name));
    parts.extend(clauses.map(|(zh, en)| once(zh.part.name(), Words { zh: zh.words, en: en.words })));
    if let Some(points) = rule.fixed_points() {
        let words = Words::of(|language| points_words(points, language));
        parts.push(once("points", words));
    }
    let bands = rule.bands(Language::Chinese).into_iter().zip(rule.bands(Language::English));
    parts.extend(bands.map(|(zh, en)| Part {
        name: BAND,
        place: zh.index as usize,
        words: Words {
            zh: format!("{}：{}", zh.words, points_words(zh.points, Language::Chinese)),
            en: format!("{}: {}", en.words, points_words(en.points, Language::English)),
        },
        key: zh.words,
    }));
    parts
}

fn of_set(before: &RuleSet, after: &RuleSet) -> Vec<PartChange> {
    let mut changes = Vec::new();
    let mut push = |part, before: Option<Words>, after: Option<Words>| {
        if before != after {
            changes.push(PartChange { part, before, after });
        }
    };
    push(
        "title",
        Some(titles(&before.title, before.title_en.as_ref())),
        Some(titles(&after.title, after.title_en.as_ref())),
    );
    push("basis", before.basis.clone().map(same), after.basis.clone().map(same));
    let end = |set: &RuleSet| set.effective_to.map(|date| same(date.to_string()));
    push("ends", end(before), end(after));
    changes
}

/// What a file says in one language only.
fn same(text: String) -> Words {
    Words { zh: text.clone(), en: text }
}

fn titles(title: &str, title_en: Option<&String>) -> Words {
    Words { zh: title.to_owned(), en: title_en.map_or(title, |title| title).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"
format = 1
[ruleset]
id = "hall"
title = "本厅办法"
[[rule]]
id = "time"
title = "办理时长"
title_en = "Service time"
dimension = "efficiency"
on = "service"
subject = "person"
value = "fact.service_ms"
[[rule.band]]
upto = "20min"
points = 5
[[rule.band]]
points = -3
[[rule]]
id = "gone"
title = "投诉"
dimension = "quality"
on = "complaint"
subject = "person"
points = -4
[[rule]]
id = "same"
title = "建议"
dimension = "innovation"
on = "suggestion"
subject = "person"
points = 2
"#;

    fn told(old: Option<&str>, new: &str) -> Vec<String> {
        let parse = |text: &str| crate::rule::parse(text).expect("a sound set");
        let found = difference(old.map(parse).as_ref(), &parse(new), &|_, code| code.to_owned());
        let change = |at: &str, change: &PartChange| {
            let words = |words: &Option<Words>| words.as_ref().map_or("–".to_owned(), |words| words.zh.clone());
            format!("{at} {}: {} → {}", change.part, words(&change.before), words(&change.after))
        };
        let mut lines: Vec<String> = found.set.iter().map(|part| change("set", part)).collect();
        for rule in &found.rules {
            match &rule.how {
                How::Came(sentence) => lines.push(format!("{} came: {}", rule.id, sentence.zh)),
                How::Went(sentence) => lines.push(format!("{} went: {}", rule.id, sentence.en)),
                How::Changed(parts) => lines.extend(parts.iter().map(|part| change(&rule.id, part))),
            }
        }
        lines
    }

    #[test]
    fn a_version_is_no_other_than_itself() {
        assert_eq!(told(Some(OLD), OLD), [""; 0]);
        assert_eq!(told(Some(OLD), &format!("# a remark\n{OLD}")), [""; 0], "remarks say nothing");
    }

    #[test]
    fn rules_come_go_and_change_from_what_to_what() {
        let start = OLD.find("[[rule]]\nid = \"gone\"").expect("the rule");
        let end = OLD.find("[[rule]]\nid = \"same\"").expect("the rule");
        let new = format!("{}{}", &OLD[..start], &OLD[end..])
            .replace("points = 5", "points = 6")
            .replace("points = -3", "points = -2")
            .replace("本厅办法", "本厅办法（试行）")
            + "[[rule]]\nid = \"new\"\ntitle = \"共享\"\ndimension = \"collaboration\"\non = \"share\"\nsubject = \"department\"\nparty = \"both\"\npoints = 1\n";
        assert_eq!(
            told(Some(OLD), &new),
            [
                "set title: 本厅办法 → 本厅办法（试行）",
                "time band: 不超过 20 分钟：加 5 分 → 不超过 20 分钟：加 6 分",
                "time band: 超过 20 分钟：扣 3 分 → 超过 20 分钟：扣 2 分",
                "new came: 共享：提供方和接收方各计，每次共享加 1 分。",
                "gone went: 投诉: per complaint, −4 points.",
            ]
        );
    }

    #[test]
    fn why_a_rule_is_there_changes_too() {
        let carded = OLD.replace(
            "title = \"投诉\"",
            "title = \"投诉\"\nbasis = \"第四条\"\ngoal = \"少出错\"\nreview_on = 2027-01-01",
        );
        assert_eq!(
            told(Some(OLD), &carded),
            ["gone basis: – → 第四条", "gone goal: – → 少出错", "gone review: – → 2027-01-01"]
        );
    }

    #[test]
    fn an_edge_moves_and_a_band_more_comes() {
        let level = "\"person\"\npoints = 2\nwhen = \"fact.level == 'city'\"";
        let lines = told(Some(OLD), &OLD.replace("20min", "18min").replace("\"person\"\npoints = 2", level));
        assert_eq!(
            lines,
            [
                "time band: 不超过 20 分钟：加 5 分 → 不超过 18 分钟：加 5 分",
                "time band: 超过 20 分钟：扣 3 分 → 超过 18 分钟：扣 3 分",
                "same condition: – → 采纳级别 = 'city'",
            ]
        );
        let more = "upto = \"20min\"\npoints = 5\n[[rule.band]]\nupto = \"30min\"\npoints = 0";
        assert_eq!(
            told(Some(OLD), &OLD.replace("upto = \"20min\"\npoints = 5", more)),
            [
                "time band: – → 超过 20 分钟且不超过 30 分钟：不计分",
                "time band: – → 超过 30 分钟：扣 3 分",
                "time band: 超过 20 分钟：扣 3 分 → –",
            ]
        );
    }

    #[test]
    fn the_first_version_has_everything_new() {
        assert_eq!(told(None, OLD).len(), 3);
    }
}
