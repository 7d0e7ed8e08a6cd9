//! What a case came to against what it must, value by value.

use std::collections::BTreeMap;

use jifen_core::{
    ledger::{Entry, EntryKind},
    points::Points,
    rule::{Diagnostic, Language, RuleSet},
};

use super::{
    Verdict,
    file::{Case, Expected, What},
    outcome,
    run::Settled,
};

/// Compares one case.
pub(super) fn verdict(set: &RuleSet, text: &str, case: &Case, settled: &Settled) -> Verdict {
    let (mut differences, mut lines) = (Vec::new(), Vec::new());
    for expected in &case.expected {
        let entries: Vec<&Entry> = own(expected, settled).collect();
        let before = differences.len();
        for (what, wanted, offset) in &expected.values {
            let told = match value(set, what, &entries) {
                Ok(came) if came == *wanted => continue,
                Ok(came) => format!("{} {}: expected {wanted}, came {came}", expected.code, what.words()),
                Err(message) => message,
            };
            differences.push(Diagnostic::at(text, *offset, told));
        }
        differences.extend(outcome::differences(expected, settled, text));
        if differences.len() > before {
            lines.push(format!("{} {} {}:", expected.kind.name(), expected.code, expected.period));
            lines.extend(told(set, &entries));
        }
    }
    let by_rule = settled.unclear.iter().filter_map(|(rule, reason)| Some((rule.as_ref()?, reason)));
    let unclear: BTreeMap<&String, &String> = by_rule.collect();
    for (rule, reason) in &case.unclear {
        if unclear.get(rule).is_none_or(|came| *came != reason) {
            let came = unclear.get(rule).map_or("evaluable", |reason| reason.as_str());
            let told = format!("rule `{rule}`: expected not evaluable, {reason}; came {came}");
            differences.push(Diagnostic::at(text, case.offset, told));
        }
    }
    for (rule, reason) in unclear.into_iter().filter(|(rule, _)| !case.unclear.contains_key(*rule)) {
        let told = format!("rule `{rule}` cannot be evaluated: {reason}; mend the event, or expect it with `unclear`");
        differences.push(Diagnostic::at(text, case.offset, told));
    }
    if !differences.is_empty() {
        let no_fact = settled.unclear.iter().filter(|(rule, _)| rule.is_none());
        lines.extend(no_fact.map(|(_, reason)| format!("an event makes no fact: {reason}")));
    }
    Verdict { title: case.title.clone(), differences, entries: lines }
}

impl What {
    fn words(&self) -> String {
        match self {
            Self::Points => "points".to_owned(),
            Self::Rule(id) => format!("rule `{id}`"),
            Self::Sheet(id) => format!("sheet `{id}`"),
            Self::Item(id) => format!("item `{id}`"),
        }
    }
}

/// The entries of a subject whose business date lies in the period.
fn own<'a>(expected: &'a Expected, settled: &'a Settled) -> impl Iterator<Item = &'a Entry> {
    settled.entries.iter().filter(|entry| {
        settled.is(&entry.subject, expected.kind, &expected.code) && expected.period.contains(entry.business_date)
    })
}

fn value(set: &RuleSet, what: &What, entries: &[&Entry]) -> Result<Points, String> {
    let sum = |counts: &dyn Fn(&Entry) -> bool| {
        entries.iter().filter(|entry| counts(entry)).map(|entry| entry.points).sum::<Points>()
    };
    let sheet_of = |entry: &Entry| {
        let item = set.rule(&entry.rule).and_then(|rule| rule.item.as_ref());
        item.map(|item| (item.sheet.as_str(), item.item.as_str()))
    };
    let sheet = |id: &str| set.sheets.iter().find(|sheet| sheet.id == id).ok_or_else(|| format!("no sheet `{id}`"));
    match what {
        What::Points => Ok(sum(&|_| true)),
        What::Rule(id) => {
            let known = set.rules.iter().any(|rule| rule.id == *id) || set.sheet_of_line(id).is_some();
            known.then(|| sum(&|entry| entry.rule == *id)).ok_or_else(|| format!("no rule `{id}`"))
        }
        What::Sheet(id) => {
            let sheet = sheet(id)?;
            let line = |entry: &Entry| set.sheet_of_line(&entry.rule).is_some_and(|of| of.id == sheet.id);
            Ok(sum(&|entry| line(entry) || sheet_of(entry).is_some_and(|(of, _)| of == sheet.id)))
        }
        What::Item(id) => {
            let (of, item) = id.split_once('/').ok_or_else(|| format!("`{id}`: write `SHEET/ITEM`"))?;
            let base = sheet(of)?.item(item).ok_or_else(|| format!("sheet `{of}` has no item `{item}`"))?.base;
            let prefix = format!("{id}/");
            let counts = |entry: &Entry| entry.rule.starts_with(&prefix) || sheet_of(entry) == Some((of, item));
            Ok(base + sum(&counts))
        }
    }
}

/// Entries for people, alike ones together.
fn told(set: &RuleSet, entries: &[&Entry]) -> Vec<String> {
    let mut lines: Vec<(String, u32)> = Vec::new();
    for entry in entries {
        let kind = match entry.kind {
            EntryKind::Award => String::new(),
            other => format!(" ({})", other.name()),
        };
        let rule = set.rule(&entry.rule).map(|rule| rule.title.clone());
        let line = || set.sheet_of_line(&entry.rule).and_then(|sheet| sheet.line_title(&entry.rule, Language::Chinese));
        let title = rule.or_else(line).unwrap_or_default();
        let sign = if entry.points > Points::ZERO { "+" } else { "" };
        let text = format!("  {}  {sign}{}  {}  {title}{kind}", entry.business_date, entry.points, entry.rule);
        match lines.last_mut() {
            Some((last, times)) if *last == text => *times += 1,
            _ => lines.push((text, 1)),
        }
    }
    if lines.is_empty() {
        return vec!["  no entries".to_owned()];
    }
    let counted = |(text, times): (String, u32)| if times == 1 { text } else { format!("{text}  ×{times}") };
    lines.into_iter().map(counted).collect()
}
