//! What a case came to against what it must, value by value.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    both,
    ledger::{Entry, EntryKind},
    points::Points,
    roster::Exempt,
    rule::{Diagnostic, Language, RuleSet, Words},
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
                Ok(came) => {
                    let code = both!("{0} ", "{0} ", expected.code);
                    code.and(&what.words())
                        .and(&both!("：应为 {wanted}，算得 {came}", ": expected {wanted}, came {came}"))
                }
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
    let mut unclear: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (rule, reason) in &settled.unclear {
        if let Some(rule) = rule {
            unclear.entry(rule).or_default().insert(reason);
        }
    }
    let listed =
        |reasons: &mut dyn Iterator<Item = &String>| reasons.map(String::as_str).collect::<Vec<_>>().join(", ");
    for (rule, reasons) in &case.unclear {
        let came = unclear.get(rule).cloned().unwrap_or_default();
        if came.iter().copied().ne(reasons) {
            let (wanted, came) = (listed(&mut reasons.iter()), listed(&mut came.into_iter()));
            let told = match came.is_empty() {
                true => both!(
                    "规则 `{rule}`：应不可评估或免扣，{wanted}；算得可以评估",
                    "rule `{rule}`: expected not evaluable or spared, {wanted}; came evaluable"
                ),
                false => both!(
                    "规则 `{rule}`：应不可评估或免扣，{wanted}；算得 {came}",
                    "rule `{rule}`: expected not evaluable or spared, {wanted}; came {came}"
                ),
            };
            differences.push(Diagnostic::at(text, case.offset, told));
        }
    }
    for (rule, reasons) in unclear.into_iter().filter(|(rule, _)| !case.unclear.contains_key(*rule)) {
        // Who is spared a deduction is told by the points; an exemption is no fault of the case.
        let reason = listed(&mut reasons.into_iter().filter(|reason| !Exempt::is_reason(reason)));
        if !reason.is_empty() {
            let told = both!(
                "规则 `{rule}` 不可评估：{reason}；请改正事件，或在 `[[case]]` 里写 `unclear = {{ {rule} = \"…\" }}` 说明应当如此",
                "rule `{rule}` cannot be evaluated: {reason}; mend the event, or expect it in `[[case]]` with `unclear = {{ {rule} = \"…\" }}`"
            );
            differences.push(Diagnostic::at(text, case.offset, told));
        }
    }
    if !differences.is_empty() {
        let no_fact = settled.unclear.iter().filter(|(rule, _)| rule.is_none());
        lines.extend(no_fact.map(|(_, reason)| format!("有事件不成事实 · an event makes no fact: {reason}")));
    }
    Verdict { title: case.title.clone(), differences, entries: lines }
}

impl What {
    fn words(&self) -> Words {
        match self {
            Self::Points => both!("总分", "points"),
            Self::Rule(id) => both!("规则 `{id}`", "rule `{id}`"),
            Self::Sheet(id) => both!("评分表 `{id}`", "sheet `{id}`"),
            Self::Item(id) => both!("项 `{id}`", "item `{id}`"),
        }
    }
}

/// The entries of a subject whose business date lies in the period.
fn own<'a>(expected: &'a Expected, settled: &'a Settled) -> impl Iterator<Item = &'a Entry> {
    settled.entries.iter().filter(|entry| {
        settled.is(&entry.subject, expected.kind, &expected.code) && expected.period.contains(entry.business_date)
    })
}

fn value(set: &RuleSet, what: &What, entries: &[&Entry]) -> Result<Points, Words> {
    let sum = |counts: &dyn Fn(&Entry) -> bool| {
        entries.iter().filter(|entry| counts(entry)).map(|entry| entry.points).sum::<Points>()
    };
    let sheet_of = |entry: &Entry| {
        let item = set.rule(&entry.rule).and_then(|rule| rule.item.as_ref());
        item.map(|item| (item.sheet.as_str(), item.item.as_str()))
    };
    let sheet = |id: &str| {
        set.sheets.iter().find(|sheet| sheet.id == id).ok_or_else(|| both!("没有评分表 `{id}`", "no sheet `{id}`"))
    };
    match what {
        What::Points => Ok(sum(&|_| true)),
        What::Rule(id) => {
            let known = set.rules.iter().any(|rule| rule.id == *id) || set.sheet_of_line(id).is_some();
            known.then(|| sum(&|entry| entry.rule == *id)).ok_or_else(|| both!("没有规则 `{id}`", "no rule `{id}`"))
        }
        What::Sheet(id) => {
            let sheet = sheet(id)?;
            let line = |entry: &Entry| set.sheet_of_line(&entry.rule).is_some_and(|of| of.id == sheet.id);
            Ok(sum(&|entry| line(entry) || sheet_of(entry).is_some_and(|(of, _)| of == sheet.id)))
        }
        What::Item(id) => {
            let (of, item) =
                id.split_once('/').ok_or_else(|| both!("`{id}`：请写 `表/项`", "`{id}`: write `SHEET/ITEM`"))?;
            let base = sheet(of)?
                .item(item)
                .ok_or_else(|| both!("评分表 `{of}` 没有 `{item}` 这一项", "sheet `{of}` has no item `{item}`"))?
                .base;
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
