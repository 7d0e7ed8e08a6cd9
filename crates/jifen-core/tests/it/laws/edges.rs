//! Edges of periods: an event moved across one counts in exactly one period, whatever counts it.

use jifen_core::{
    ledger::{Anchor, EntryKind},
    points::Points,
    time::{Date, Grain, Instant, Period, Zone},
};
use proptest::prelude::*;
use serde_json::json;

use super::config;
use crate::memory::{Memory, Outcome, event};

/// A count over the period, a sheet of the period, and a rule of single facts whose repeats are counted in it.
fn rules(grain: Grain) -> String {
    let period = grain.name();
    format!(
        r#"
format = 1
[ruleset]
id = "edge"
title = "edge"
[[sheet]]
id = "sheet"
title = "sheet"
dimension = "quality"
subject = "hall"
period = "{period}"
base = 10
floor = 9
[[sheet.item]]
id = "item"
title = "item"
[[rule]]
id = "each"
title = "each"
dimension = "quality"
on = "complaint"
subject = "hall"
sheet = "sheet"
item = "item"
points = -1
repeat = {{ per = "{period}", steps = [{{ from = 2, factor = 3 }}] }}
[[rule]]
id = "counted"
title = "counted"
dimension = "quality"
on = "complaint"
subject = "hall"
period = "{period}"
measure = "count"
times = "count"
points = -5
"#
    )
}

/// One complaint surely within the period before the edge, one within the period after it, and one `offset` from the edge.
fn around(zone: &Zone, grain: Grain, edge: Date, offset: i64) -> (Memory, [Period; 2]) {
    let after = Period::holding(grain, edge);
    let before = Period::holding(grain, edge.plus(-1));
    let mut memory = Memory::default();
    let mut offer = |id: &str, kind: &str, time: Instant, data: serde_json::Value| {
        assert_eq!(memory.offer(event(id, kind, &time.to_rfc3339(), data)), Outcome::Accepted, "{id}");
    };
    let (start, at) = (zone.day_start(before.first.plus(-400)), zone.day_start(edge));
    offer("region", "organisation.region", start, json!({"time_zone": zone.name()}));
    offer("hall", "organisation.hall", start, json!({"hall": "H1"}));
    offer("rules", "ruleset.published", start, json!({"rules": rules(grain)}));
    for (id, time) in [
        ("before", zone.day_start(edge.plus(-1))),
        ("moved", Instant(at.0 + offset)),
        ("after", Instant(zone.day_start(edge.plus(1)).0 - 1)),
    ] {
        offer(id, "complaint.filed", time, json!({"hall": "H1"}));
    }
    for period in [before, after] {
        offer(&period.to_string(), "period.ended", at, json!({"period": period.to_string()}));
    }
    while memory.step() {}
    (memory, [before, after])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_event_moved_across_an_edge_counts_in_exactly_one_period(
        grain in proptest::sample::select(&Grain::ENDING[..]),
        zone in proptest::sample::select(&["Asia/Shanghai", "Asia/Tokyo", "Europe/Amsterdam", "UTC"][..]),
        offset in prop_oneof![Just(-1_i64), Just(0), Just(1), -3_600_000_i64..3_600_000],
    ) {
        let zone = Zone::parse(zone).expect("a zone");
        // The first of a year that is the first day of a week, a month and a quarter too.
        let edge = Date::new(2029, 1, 1).expect("a date");
        let (memory, [before, after]) = around(&zone, grain, edge, offset);
        let entries = || memory.ledger.iter().map(|posted| &posted.entry);
        let counted = |period: Period| -> Points {
            entries().filter(|entry| entry.rule == "counted" && entry.anchor == Anchor::Period(period)).map(|entry| entry.points).sum()
        };
        let (one, two) = (Points(-5_000), Points(-10_000));
        let expected = if offset < 0 { (two, one) } else { (one, two) };
        prop_assert_eq!((counted(before), counted(after)), expected);
        // Whichever period it lies in, it is the second there, and the other has only its own one.
        let within = |period: Period, rule: &str| -> Points {
            let lies = |date: Date| period.first <= date && date <= period.last();
            entries().filter(|entry| entry.rule == rule && lies(entry.business_date)).map(|entry| entry.points).sum()
        };
        let (single, both) = (Points(-1_000), Points(-4_000));
        let expected = if offset < 0 { (both, single) } else { (single, both) };
        prop_assert_eq!((within(before, "each"), within(after, "each")), expected);
        // Each sheet stops at its own floor: the two deductions of one period never spill into the other.
        let floors = entries().filter(|entry| entry.rule == "sheet/floor" && entry.kind == EntryKind::Clamp);
        prop_assert_eq!(floors.map(|entry| entry.points).collect::<Vec<_>>(), vec![Points(3_000)]);
    }
}
