//! Lint: what in a sound rule file its writer hardly meant, with the place and a way out. Nothing here refuses a file.
//!
//! In: the text of a rule file and the set made of it. Out: warnings in the order of the file.

use std::collections::BTreeSet;

use toml::Spanned;

use crate::both;

use super::{
    Diagnostic, Rule, RuleSet, Scope,
    amount::Amount,
    check::start,
    diagnostic::Report,
    example,
    facts::FactValues,
    file::{File, RuleTable},
};

/// What of `set` deserves a second look; `text` is the file that [`super::parse`] made it of.
pub fn warnings(text: &str, set: &RuleSet) -> Vec<Diagnostic> {
    let mut report = Report::new(text);
    // The text was parsed before; one that is not this set's has no warnings.
    let Ok(file) = toml::from_str::<File>(text) else { return Vec::new() };
    let rules: Vec<&Rule> = set.rules.iter().filter(|rule| rule.link.is_none()).collect();
    for (index, (table, rule)) in file.rule.iter().zip(&rules).enumerate() {
        report.enter(Some(&rule.id));
        condition(&mut report, table.get_ref(), rule);
        bands(&mut report, table, rule);
        let before = rules.get(..index).unwrap_or_default();
        if let Some(other) = before.iter().find(|other| pays_for_the_same(other, rule)) {
            report.fault(start(&table.get_ref().id), both!("与规则 `{}` 对同样的事实计分：种类、条件、记给谁、范围都相同，每件计了两次；请合并，或区分条件、范围", "pays for the same facts as rule `{}`: kind, condition, person and scope are alike, so each is counted twice; merge the two, or tell their conditions or scopes apart", other.id));
        }
    }
    report.enter(None);
    for (table, reclass) in file.reclass.iter().zip(&set.reclasses) {
        let read = set.rules.iter().any(|rule| rule.on.kind() == reclass.to);
        let later = set.reclasses.iter().skip_while(|other| other.id != reclass.id).skip(1);
        if !read && !later.into_iter().any(|other| other.on.kind() == reclass.to) {
            report.fault(
                start(&table.to),
                both!(
                    "没有规则读取折算出来的事实；请加一条，或删去这项折算",
                    "no rule reads what it makes; add one, or take it out"
                ),
            );
        }
    }
    report.finish()
}

/// A condition that no fact decides.
fn condition(report: &mut Report<'_>, table: &RuleTable, rule: &Rule) {
    let (Some(written), Some(when)) = (&table.when, &rule.when) else { return };
    let asks_what_is_known = when.text().contains("has(") || when.text().contains("person_known");
    if asks_what_is_known && !when.slots().is_empty() {
        return;
    }
    let fact = example::blank(&rule.on);
    match when.holds(&FactValues { on: &rule.on, fact: &fact, person_known: true }) {
        Ok(true) => report.fault(start(written), both!("条件恒成立，与事实无关；请去掉 `when`", "the condition always holds, whatever the fact says; leave `when` out")),
        Ok(false) => report.fault(start(written), both!("条件永不成立，与事实无关，本规则不会计分；请改正，或删去本规则", "the condition never holds, whatever the fact says; the rule gives nothing: mend it, or take the rule out")),
        // It reads what a blank fact does not say: a fact decides.
        Err(_) => {}
    }
}

/// Bands that say nothing of their own, and amounts that no example tries.
fn bands(report: &mut Report<'_>, spanned: &Spanned<RuleTable>, rule: &Rule) {
    let table = spanned.get_ref();
    if table.example.is_empty() {
        report.fault(
            start(&table.id),
            both!(
                "没有例子；请按文件的意思加一个 `[[rule.example]]`",
                "no example tries it; add a `[[rule.example]]` with what the document means"
            ),
        );
    }
    let Amount::Banded(bands) = &rule.amount else { return };
    let points: Vec<_> = bands.edged.iter().map(|(_, points)| *points).chain([bands.last]).collect();
    for (index, pair) in points.windows(2).enumerate() {
        if let (true, Some(band)) = (pair[0] == pair[1], table.band.get(index + 1)) {
            let points = pair[1];
            report.fault(
                start(band),
                both!(
                    "与前一档同为 {points} 分；请合为一档",
                    "gives {points} points as the band below does; make one of the two"
                ),
            );
        }
    }
    if table.example.is_empty() {
        return;
    }
    let reached: BTreeSet<u32> =
        table.example.iter().flat_map(|example| example::bands_reached(rule, example.get_ref())).collect();
    for (index, band) in (0..).zip(&table.band) {
        if !reached.contains(&index) {
            report.fault(
                start(band),
                both!(
                    "没有例子落入这一档；请加一个，最好正在边界上，那里最容易有歧义",
                    "no example reaches this band; add one, at its edge, where documents are unclear"
                ),
            );
        }
    }
}

/// Whether a fact that one of them reads is surely read by the other, for the same subject and with the same measure.
fn pays_for_the_same(one: &Rule, other: &Rule) -> bool {
    one.on == other.on
        && (one.subject, one.party, one.credit) == (other.subject, other.party, other.credit)
        && one.plan == other.plan
        && one.when == other.when
        && one.compared == other.compared
        && overlap(&one.scope, &other.scope)
        && !are_exclusive(one, other)
}

/// Whether their file says what becomes of awards of both.
fn are_exclusive(one: &Rule, other: &Rule) -> bool {
    let group = |rule: &Rule| rule.exclusive.as_ref().and_then(|exclusive| exclusive.group.clone());
    group(one).is_some() && group(one) == group(other)
}

fn overlap(one: &Scope, other: &Scope) -> bool {
    let meet = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.is_empty() || other.is_empty() || !one.is_disjoint(other)
    };
    meet(&one.halls, &other.halls)
        && meet(&one.departments, &other.departments)
        && meet(&one.windows, &other.windows)
        && meet(&one.matters, &other.matters)
}

#[cfg(test)]
mod tests {
    use super::warnings;
    use crate::rule::{STARTER, parse};

    fn warned(rules: &str) -> Vec<(usize, String)> {
        let text = format!("format = 1\n[ruleset]\nid = \"r\"\ntitle = \"规则\"\n{rules}");
        let set = parse(&text).expect("a sound file");
        let found = warnings(&text, &set);
        found.into_iter().map(|warning| (warning.line, warning.message.en)).collect()
    }

    fn rule(id: &str, more: &str) -> String {
        format!(
            "[[rule]]\nid = \"{id}\"\ntitle = \"规则\"\ndimension = \"quality\"\non = \"complaint\"\nsubject = \"person\"\n{more}\n"
        )
    }

    const TRIED: &str = "[[rule.example]]\nfacts = [{ confirmed = true }]\npoints = -4";

    #[test]
    fn the_starter_set_has_nothing_to_warn_of() {
        let set = parse(STARTER).expect("sound");
        assert_eq!(warnings(STARTER, &set), []);
    }

    #[test]
    fn two_rules_that_pay_for_the_same_facts_are_told() {
        let one = rule("one", &format!("when = \"fact.confirmed\"\npoints = -4\n{TRIED}"));
        let two = rule("two", &format!("when = \"fact.confirmed\"\npoints = -4\n{TRIED}"));
        let found = warned(&format!("{one}{two}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.contains("rule `one`"), "{found:?}");
        let apart = |hall: &str| format!("scope = {{ halls = [\"{hall}\"] }}\nwhen = \"fact.confirmed\"\npoints = -4");
        let example = "[[rule.example]]\nfacts = [{ confirmed = true, hall = \"A\" }]\npoints = -4";
        let a = rule("a", &format!("{}\n{example}", apart("A")));
        let b = rule("b", &format!("{}\n{}", apart("B"), example.replace("\"A\"", "\"B\"")));
        assert_eq!(warned(&format!("{a}{b}")), []);
    }

    #[test]
    fn a_condition_that_no_fact_decides_is_told() {
        let found = warned(&rule("always", &format!("when = \"true || fact.confirmed\"\npoints = -4\n{TRIED}")));
        assert!(found.len() == 1 && found[0].1.contains("always holds") && found[0].0 == 11, "{found:?}");
        let never = "[[rule.example]]\nfacts = [{ confirmed = true }]\npoints = 0";
        let found = warned(&rule("never", &format!("when = \"fact.confirmed && 1 > 2\"\npoints = -4\n{never}")));
        assert!(found.len() == 1 && found[0].1.contains("never holds"), "{found:?}");
        let known = "[[rule.example]]\nfacts = [{ category = \"x\" }]\npoints = -4";
        assert_eq!(warned(&rule("known", &format!("when = \"has(fact.category)\"\npoints = -4\n{known}"))), []);
    }

    #[test]
    fn bands_alike_and_bands_untried_are_told() {
        let banded = |points: i32| {
            let bands = format!("[[rule.band]]\nupto = 3\npoints = 1\n[[rule.band]]\npoints = {points}");
            let example = "[[rule.example]]\nfacts = [{ level = 2 }]\npoints = 1";
            let head = "[[rule]]\nid = \"b\"\ntitle = \"规则\"\ndimension = \"quality\"\non = \"rating\"\nsubject = \"person\"";
            warned(&format!("{head}\nvalue = \"fact.level\"\n{bands}\n{example}\n"))
        };
        let found = banded(2);
        assert!(found.len() == 1 && found[0].1.contains("no example reaches"), "{found:?}");
        let found = banded(1);
        assert!(
            found.len() == 2 && found.iter().any(|(_, message)| message.contains("as the band below")),
            "{found:?}"
        );
        let found = warned(&rule("bare", "points = -4"));
        assert!(found.len() == 1 && found[0].1.contains("no example tries it"), "{found:?}");
    }
}
