//! The rule book: rules in force on a day, each in words made from its definition, and all versions there were.
//!
//! In: the region's resident rule versions. Out: [`RuleBook`].

pub(crate) mod http;
mod view;

use jifen_core::{
    engine::Region,
    fact::FactType,
    rule::{Card, Example, Item, Language, Plan, Reclass, Rule, RuleSet, ScopeList, Sheet},
    scoring::{RuleVersion, Versions},
    time::Date,
};

use crate::committee::approval_of;
pub(crate) use view::{
    BookBand, BookCard, BookChange, BookClause, BookConsequence, BookExample, BookItem, BookReclass, BookRule, BookSet,
    BookSheet, BookVersion, RuleBook, RuleText, VersionReach, VersionState,
};

/// The rule book of `date`, read on the day `today`.
pub(crate) fn book(region: &Region, date: Date, today: Date) -> RuleBook {
    let versions = region.versions();
    let name = |list: ScopeList, code: &str| scope_name(region, list, code);
    let in_force: Vec<&RuleVersion> = versions.in_force(date).collect();
    let sets = in_force.iter().map(|version| set(region, version, (&name, today))).collect();
    let mut lines: Vec<BookVersion> = versions.all().map(|version| line(versions, version, date)).collect();
    lines.sort_by(|a, b| b.effective_from.cmp(&a.effective_from));
    RuleBook { date: date.to_string(), today: today.to_string(), sets, versions: lines }
}

/// The version with this digest.
pub(crate) fn version_of<'r>(region: &'r Region, digest: &str) -> Option<&'r RuleVersion> {
    region.versions().all().find(|version| version.set.version.to_string() == digest)
}

/// The text of the version with this digest.
pub(crate) fn text_of(region: &Region, digest: &str) -> Option<RuleText> {
    let version = version_of(region, digest)?;
    Some(RuleText { set: version.set.id.clone(), version: digest.to_owned(), text: version.text.clone() })
}

/// What the codes of scopes are called, and which day is today.
type Seen<'a> = (&'a dyn Fn(ScopeList, &str) -> String, Date);

fn set(region: &Region, version: &RuleVersion, seen: Seen<'_>) -> BookSet {
    let versions = region.versions();
    let days = versions.days(version);
    BookSet {
        id: version.set.id.clone(),
        title: version.set.title.clone(),
        title_en: version.set.title_en.clone().unwrap_or_else(|| version.set.title.clone()),
        basis: version.set.basis.clone(),
        version: version.set.version.to_string(),
        effective_from: version.from.to_string(),
        effective_to: days.and_then(|(_, last)| last).map(|last| last.to_string()),
        without_approval: version.draft.is_none(),
        approval: version.draft.and_then(|draft| approval_of(region, draft)),
        facts: version.set.types.iter().map(|each| fact_type(each)).collect(),
        sheets: version.set.sheets.iter().map(|each| sheet(version, each)).collect(),
        rules: version.set.rules.iter().map(|each| rule(versions, version, each, seen)).collect(),
        reclasses: version.set.reclasses.iter().map(reclass).collect(),
        consequences: consequences(version),
    }
}

fn fact_type(declared: &FactType) -> BookReclass {
    BookReclass {
        id: declared.id.clone(),
        title: declared.title.clone(),
        title_en: declared.title_in(Language::English).to_owned(),
        sentence_zh: declared.sentence(Language::Chinese),
        sentence_en: declared.sentence(Language::English),
    }
}

fn reclass(reclass: &Reclass) -> BookReclass {
    BookReclass {
        id: reclass.id.clone(),
        title: reclass.title.clone(),
        title_en: reclass.title_en.clone().unwrap_or_else(|| reclass.title.clone()),
        sentence_zh: reclass.sentence(Language::Chinese),
        sentence_en: reclass.sentence(Language::English),
    }
}

fn consequences(version: &RuleVersion) -> Vec<BookConsequence> {
    let (zh, en) = (version.set.consequences(Language::Chinese), version.set.consequences(Language::English));
    let told = zh.into_iter().zip(en).map(|(zh, en)| BookConsequence {
        kind: zh.kind.to_owned(),
        id: zh.id,
        title: zh.title,
        title_en: en.title,
        sentence_zh: zh.sentence,
        sentence_en: en.sentence,
    });
    told.collect()
}

fn sheet(version: &RuleVersion, sheet: &Sheet) -> BookSheet {
    let pointing = |item: &Item| {
        let rules =
            version.set.rules.iter().filter(|rule| {
                rule.item.as_ref().is_some_and(|other| other.sheet == sheet.id && other.item == item.id)
            });
        rules.map(|rule| rule.id.clone()).collect()
    };
    BookSheet {
        id: sheet.id.clone(),
        title: sheet.title.clone(),
        title_en: sheet.title_en.clone().unwrap_or_else(|| sheet.title.clone()),
        dimension: sheet.dimension.name().to_owned(),
        subject: sheet.subject.name().to_owned(),
        period: sheet.period.name().to_owned(),
        base: sheet.base.to_string(),
        sentence_zh: sheet.sentence(Language::Chinese),
        sentence_en: sheet.sentence(Language::English),
        items: sheet
            .items
            .iter()
            .map(|item| BookItem {
                id: item.id.clone(),
                title: item.title.clone(),
                title_en: item.title_en.clone().unwrap_or_else(|| item.title.clone()),
                base: item.base.to_string(),
                deduct_at_most: item.floor.map(|floor| (item.base - floor).to_string()),
                max: item.max.map(|max| max.to_string()),
                bonus: item.bonus,
                rules: pointing(item),
            })
            .collect(),
    }
}

fn rule(versions: &Versions, version: &RuleVersion, rule: &Rule, (name, today): Seen<'_>) -> BookRule {
    let pair = |language| rule.clauses(language, name).into_iter();
    let clauses = pair(Language::Chinese).zip(pair(Language::English));
    let bands = rule.bands(Language::Chinese).into_iter().zip(rule.bands(Language::English));
    BookRule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        title_en: rule.title_en.clone().unwrap_or_else(|| rule.title.clone()),
        dimension: rule.dimension.name().to_owned(),
        subject: rule.subject.name().to_owned(),
        period: match &rule.plan {
            Plan::PerFact => None,
            Plan::PerPeriod { grain, .. } => Some(grain.name().to_owned()),
        },
        sentence_zh: rule.sentence(Language::Chinese),
        sentence_en: rule.sentence(Language::English),
        card: card(&version.set, rule, today),
        since: since(versions, version, rule).to_string(),
        clauses: clauses
            .map(|(zh, en)| BookClause { part: zh.part.name().to_owned(), zh: zh.words, en: en.words })
            .collect(),
        points: rule.fixed_points().map(|points| points.to_string()),
        bands: bands.map(|(zh, en)| BookBand { zh: zh.words, en: en.words, points: zh.points.to_string() }).collect(),
        examples: rule.examples.iter().map(|each| example(rule, each)).collect(),
    }
}

fn card(set: &RuleSet, rule: &Rule, today: Date) -> BookCard {
    let Card { basis, goal, review_on } = rule.card.clone();
    let most = set.most(rule);
    BookCard {
        basis,
        goal,
        review_on: review_on.map(|date| date.to_string()),
        review_due: review_on.is_some_and(|date| date <= today),
        most_zh: most.words(Language::Chinese),
        most_en: most.words(Language::English),
    }
}

fn example(rule: &Rule, example: &Example) -> BookExample {
    BookExample {
        facts_zh: rule.example_words(example, Language::Chinese),
        facts_en: rule.example_words(example, Language::English),
        points: example.points.to_string(),
    }
}

/// The first day of the unbroken line of versions in which the rule stood as it does in `version`.
fn since(versions: &Versions, version: &RuleVersion, rule: &Rule) -> Date {
    let mut first = version;
    while let Some(before) = versions.before(first) {
        let unbroken = versions.days(before).is_none_or(|(_, last)| last == Some(first.from.plus(-1)));
        if !unbroken || !before.set.rules.contains(rule) {
            break;
        }
        first = before;
    }
    first.from
}

fn line(versions: &Versions, version: &RuleVersion, date: Date) -> BookVersion {
    let days = versions.days(version);
    let state = match days {
        None => VersionState::Replaced,
        Some((from, _)) if date < from => VersionState::Coming,
        Some((_, Some(last))) if last < date => VersionState::Past,
        Some(_) => VersionState::InForce,
    };
    let before = versions.before(version).map(|before| before.set.rules.as_slice()).unwrap_or_default();
    let now = &version.set.rules;
    let known = |rules: &[Rule], rule: &Rule| rules.iter().any(|other| other.id == rule.id);
    let is_first = versions.before(version).is_none();
    BookVersion {
        set: version.set.id.clone(),
        title: version.set.title.clone(),
        title_en: version.set.title_en.clone().unwrap_or_else(|| version.set.title.clone()),
        version: version.set.version.to_string(),
        effective_from: version.from.to_string(),
        effective_to: days.and_then(|(_, last)| last).map(|last| last.to_string()),
        state,
        without_approval: version.draft.is_none(),
        rules: now.len() as u64,
        added: if is_first { Vec::new() } else { changes(now.iter().filter(|rule| !known(before, rule))) },
        removed: changes(before.iter().filter(|rule| !known(now, rule))),
        changed: changes(now.iter().filter(|rule| known(before, rule) && !before.contains(rule))),
    }
}

fn changes<'a>(rules: impl Iterator<Item = &'a Rule>) -> Vec<BookChange> {
    let change = |rule: &Rule| BookChange {
        id: rule.id.clone(),
        title: rule.title.clone(),
        title_en: rule.title_en.clone().unwrap_or_else(|| rule.title.clone()),
    };
    rules.map(change).collect()
}

/// The name of a place or matter; the code where nobody gave one.
pub(crate) fn scope_name(region: &Region, list: ScopeList, code: &str) -> String {
    let organisation = region.organisation();
    let name = match list {
        ScopeList::Halls => organisation.halls().find(|(other, _)| *other == code).and_then(|(_, name)| name),
        ScopeList::Departments => {
            organisation.departments().find(|(other, _)| *other == code).and_then(|(_, found)| found.name.as_deref())
        }
        ScopeList::Windows => {
            organisation.windows().find(|(other, _)| *other == code).and_then(|(_, found)| found.name.as_deref())
        }
        ScopeList::Matters => {
            organisation.matters().find(|(other, _)| *other == code).and_then(|(_, found)| found.name.as_deref())
        }
    };
    name.unwrap_or(code).to_owned()
}
