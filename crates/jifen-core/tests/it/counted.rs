//! Facts that count by their number leave an entry each, even if they give no points: the number opens the list that makes it.

use serde_json::{Value, json};

use super::memory::{Memory, Outcome, event};

const RULES: &str = r#"
format = 1
[ruleset]
id = "warn"
title = "预警"
[[rule]]
id = "noted"
title = "通报"
dimension = "quality"
on = "finding"
subject = "person"
when = "fact.category == 'noted'"
points = 0
[[rule]]
id = "praised"
title = "表扬"
dimension = "quality"
on = "finding"
subject = "person"
when = "fact.category == 'praised'"
points = 0
[[rule]]
id = "late"
title = "迟到次数"
dimension = "quality"
on = "attendance"
subject = "person"
period = "month"
measure = "count"
points = 0
[[card]]
id = "card"
title = "预警牌"
rules = ["noted", "late"]
per = "month"
[[card.level]]
at_least = 1
name = "黄牌"
"#;

fn take(memory: &mut Memory, id: &str, kind: &str, time: &str, data: Value) {
    assert_eq!(memory.take(event(id, kind, time, data)), Outcome::Accepted, "{id}");
}

fn finding(memory: &mut Memory, id: &str, day: &str, category: &str) {
    let data = json!({"person": "li", "category": category});
    take(memory, id, "finding.recorded", &format!("2026-03-{day}T10:00:00+08:00"), data);
}

#[test]
fn a_counted_fact_without_points_has_an_entry_that_can_be_withdrawn() {
    let mut memory = Memory::default();
    let start = "2026-01-01T00:00:00+08:00";
    take(&mut memory, "region", "organisation.region", start, json!({"time_zone": "Asia/Shanghai"}));
    take(&mut memory, "li", "organisation.person", start, json!({"person": "li"}));
    take(&mut memory, "rules", "ruleset.published", start, json!({"rules": RULES, "effective_from": "2026-02-01"}));
    finding(&mut memory, "1", "02", "noted");
    finding(&mut memory, "2", "03", "noted");
    // What no card, veto, gate or cut counts leaves none, as ever; nor do facts before the card was in force.
    finding(&mut memory, "3", "04", "praised");
    let before = json!({"person": "li", "category": "noted"});
    take(&mut memory, "0", "finding.recorded", "2026-01-31T10:00:00+08:00", before);
    assert_eq!(memory.lines(), ["0 li noted award", "0 li noted award"]);
    // A discarded fact takes its entry back, and stays away.
    let fact = memory.ledger[0].entry.anchor;
    let jifen_core::ledger::Anchor::Fact(fact) = fact else { unreachable!("{fact:?}") };
    take(&mut memory, "bad", "hold.discarded", "2026-03-05T10:00:00+08:00", json!({"fact": fact.to_string()}));
    assert_eq!(memory.lines()[2..], ["0 li noted reversal"]);
    memory.commit();
    // In a month that is closed it is an adjustment that stands.
    take(&mut memory, "end", "period.ended", "2026-04-01T00:00:00+08:00", json!({"period": "2026-03"}));
    take(&mut memory, "close", "period.closed", "2026-04-02T00:00:00+08:00", json!({"period": "2026-03"}));
    finding(&mut memory, "late", "06", "noted");
    assert_eq!(memory.lines()[3..], ["0 li noted adjustment"]);
    // A period's count without points has its entry when the period ends.
    let late = json!({"person": "li", "category": "late"});
    take(&mut memory, "a1", "attendance.recorded", "2026-04-07T09:10:00+08:00", late);
    assert_eq!(memory.lines().len(), 4);
    take(&mut memory, "end4", "period.ended", "2026-05-01T00:00:00+08:00", json!({"period": "2026-04"}));
    assert_eq!(memory.lines()[4..], ["0 li late award"]);
    // The journal gives the same entries again.
    let mut again = Memory::default();
    memory.journal.iter().cloned().for_each(|record| again.apply(record));
    assert_eq!(again.ledger, memory.ledger);
}

#[test]
fn a_card_that_comes_later_lists_what_it_counts() {
    let mut memory = Memory::default();
    let start = "2026-01-01T00:00:00+08:00";
    let without = RULES.split("[[card]]").next().expect("the rules");
    take(&mut memory, "region", "organisation.region", start, json!({"time_zone": "Asia/Shanghai"}));
    take(&mut memory, "li", "organisation.person", start, json!({"person": "li"}));
    take(&mut memory, "v1", "ruleset.published", start, json!({"rules": without, "effective_from": "2026-02-01"}));
    finding(&mut memory, "1", "02", "noted");
    assert_eq!(memory.lines(), Vec::<String>::new());
    take(&mut memory, "v2", "ruleset.published", start, json!({"rules": RULES, "effective_from": "2026-03-01"}));
    assert_eq!(memory.lines(), ["0 li noted award"]);
    // And one that goes takes the entries back.
    take(&mut memory, "v3", "ruleset.published", start, json!({"rules": without, "effective_from": "2026-03-01"}));
    assert_eq!(memory.lines(), ["0 li noted award", "0 li noted reversal"]);
}
