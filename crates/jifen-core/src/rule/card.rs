//! Card: why a rule is there (the clause it rests on, the goal it serves, when it is looked at again), and which rules nothing met.

use std::collections::BTreeMap;

use toml::{Spanned, value::Datetime};

use crate::{both, time::Date};

use super::{
    Diagnostic, RuleSet,
    check::{date, start},
    diagnostic::Report,
    file::{File, RuleTable},
};

/// The longest clause or goal, in characters.
const LENGTH_MAX: usize = 200;

/// Why a rule is there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Card {
    /// The clause or row of the document it rests on; the document is the rule set's.
    pub basis: Option<String>,
    /// What it is for.
    pub goal: Option<String>,
    /// The day people look again whether it serves that.
    pub review_on: Option<Date>,
}

/// What a rule did over some days.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Met {
    /// Facts it looked at.
    pub facts: u64,
    /// Subjects it gave or took points.
    pub reached: u64,
}

/// The card of a rule; `None` after a fault.
pub(super) fn check(report: &mut Report<'_>, table: &RuleTable) -> Option<Card> {
    let basis = text(report, table.basis.as_ref());
    let goal = text(report, table.goal.as_ref());
    let review_on = review_on(report, table.review_on.as_ref());
    Some(Card { basis: basis?, goal: goal?, review_on: review_on? })
}

fn text(report: &mut Report<'_>, written: Option<&Spanned<String>>) -> Option<Option<String>> {
    let Some(written) = written else { return Some(None) };
    let text = written.get_ref().trim();
    if text.is_empty() || text.chars().count() > LENGTH_MAX {
        report.fault(
            start(written),
            both!("写 1 到 {LENGTH_MAX} 个字，或去掉这个键", "write 1 to {LENGTH_MAX} characters, or drop the key"),
        );
        return None;
    }
    Some(Some(text.to_owned()))
}

fn review_on(report: &mut Report<'_>, written: Option<&Spanned<Datetime>>) -> Option<Option<Date>> {
    written.map_or(Some(None), |written| date(report, written).map(Some))
}

/// The rules of `set` that came to nothing over the days `from` to `to`: `met` says what each did; `text` is the set's own.
pub fn idle(text: &str, set: &RuleSet, (from, to): (Date, Date), met: &BTreeMap<String, Met>) -> Vec<Diagnostic> {
    let mut report = Report::new(text);
    // The text was parsed before; one that is not this set's has nothing to tell.
    let Ok(file) = toml::from_str::<File>(text) else { return Vec::new() };
    for table in file.rule.iter().map(Spanned::get_ref) {
        let links = table.link.iter().map(|link| &link.get_ref().id);
        let linked = links.map(|id| (format!("{}/{}", table.id.get_ref(), id.get_ref()), start(id)));
        for (id, at) in [(table.id.get_ref().clone(), start(&table.id))].into_iter().chain(linked) {
            let Some(rule) = set.rule(&id) else { continue };
            report.enter(Some(&id));
            let Met { facts, reached } = met.get(&id).copied().unwrap_or_default();
            if facts == 0 {
                report.fault(
                    at,
                    both!(
                        "{from} 至 {to} 没有一件事实触及它；种类、条件、范围写对了吗？本来就少见的不必改",
                        "no fact of {from} to {to} meets it; are kind, condition and scope right? leave it if it is meant to be rare"
                    ),
                );
            } else if reached == 0 && !rule.is_worthless() {
                report.fault(
                    at,
                    both!(
                        "{from} 至 {to} 看过 {facts} 件事实，没有给谁加减一分；分档、最少件数写对了吗？",
                        "of {from} to {to} it looked at {facts} facts and gave nobody anything; are bands and fewest facts right?"
                    ),
                );
            }
        }
    }
    report.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::parse;

    const TEXT: &str = r#"
format = 1
[ruleset]
id = "r"
title = "规则"
[[rule]]
id = "late"
title = "迟到"
goal = "准时开窗"
review_on = 2027-01-01
dimension = "quality"
on = "attendance"
subject = "window"
points = -2
[[rule.link]]
id = "chief"
title = "首席代表"
to = "post:首席代表"
of = "window"
factor = "1/2"
[[rule]]
id = "counted"
title = "只计数"
dimension = "quality"
on = "finding"
subject = "person"
points = 0
"#;

    #[test]
    fn a_link_is_there_for_what_its_rule_is() {
        let set = parse(TEXT).expect("sound");
        let chief = set.rule("late/chief").expect("the link");
        assert_eq!(chief.card.goal.as_deref(), Some("准时开窗"));
        assert_eq!(chief.card.review_on, Date::parse("2027-01-01"));
        assert_eq!(set.rule("counted").expect("the rule").card, Card::default());
    }

    #[test]
    fn rules_that_nothing_met_are_told_with_their_place() {
        let set = parse(TEXT).expect("sound");
        let days = (Date::parse("2026-09-01").expect("date"), Date::parse("2026-11-29").expect("date"));
        let told = |met: &[(&str, u64, u64)]| {
            let met =
                met.iter().map(|(id, facts, reached)| ((*id).to_owned(), Met { facts: *facts, reached: *reached }));
            let found = idle(TEXT, &set, days, &met.collect());
            found.into_iter().map(|fault| (fault.line, fault.told(crate::rule::Language::English))).collect::<Vec<_>>()
        };
        let none = told(&[]);
        assert_eq!(none.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [7, 16, 22]);
        assert!(none[1].1.starts_with("rule `late/chief`: no fact of 2026-09-01 to 2026-11-29 meets it"), "{none:?}");
        // What is only counted gives nobody anything, and does what it is there for.
        let some = told(&[("late", 4, 0), ("late/chief", 4, 1), ("counted", 3, 0)]);
        assert_eq!(some.len(), 1, "{some:?}");
        assert!(some[0].1.contains("looked at 4 facts and gave nobody anything"), "{some:?}");
    }
}
