//! Exemptions: taking one away never raises a score, whatever a sheet, a cap and repeats make of the deductions.

use jifen_core::{ledger::Subject, points::Points};
use proptest::prelude::*;
use serde_json::json;

use super::{config, totals};
use crate::memory::{Memory, Outcome, event};

/// Deductions of single facts under everything that counts them: repeats whose factor never falls, exclusion, a cap, items and limits of a sheet.
const RULES: &str = r#"
format = 1
[ruleset]
id = "book"
title = "book"
[[sheet]]
id = "sheet"
title = "sheet"
dimension = "quality"
subject = "hall"
period = "day"
base = 20
floor = 2
cap = 25
bonus_cap = 4
[[sheet.item]]
id = "item"
title = "item"
base = 8
floor = 0
max = 12
[[sheet.item]]
id = "bonus"
title = "bonus"
bonus = true
[[rule]]
id = "late"
title = "late"
dimension = "quality"
on = "attendance"
subject = "hall"
sheet = "sheet"
item = "item"
when = "fact.category == 'late'"
exempt = ["outage"]
points = -1
repeat = { per = "day", steps = [{ from = 3, factor = 2 }] }
[[rule]]
id = "found"
title = "found"
dimension = "quality"
on = "finding"
subject = "hall"
when = "fact.category == 'fault'"
value = "fact.quantity"
range = { from = 1, to = 5, points = -1 }
exempt = ["outage"]
exclusive = { key = "fact.reference", per = "day", keep = "largest" }
cap = { per = "day", min = -7 }
[[rule]]
id = "praise"
title = "praise"
dimension = "quality"
on = "finding"
subject = "hall"
sheet = "sheet"
item = "bonus"
when = "fact.category == 'praise'"
exempt = ["outage"]
points = 3
"#;

/// Something that happened: which of the three, at which minute, how much of it, about which matter.
type Happening = (u8, u16, i64, u8);

fn totalled(happenings: &[Happening], exempt: Option<(u16, u16)>) -> Points {
    let mut memory = Memory::default();
    let time = |minute: u16| format!("2026-11-03T{:02}:{:02}:00+08:00", 8 + minute / 60, minute % 60);
    let mut offer = |id: &str, kind: &str, time: &str, data: serde_json::Value| {
        assert_eq!(memory.offer(event(id, kind, time, data)), Outcome::Accepted, "{id}");
    };
    let start = "2026-01-01T00:00:00+08:00";
    offer("region", "organisation.region", start, json!({"time_zone": "Asia/Shanghai"}));
    offer("hall", "organisation.hall", start, json!({"hall": "H1"}));
    offer("rules", "ruleset.published", start, json!({"rules": RULES}));
    if let Some((from, minutes)) = exempt {
        let data = json!({"exemption": "E1", "category": "outage", "from": time(from), "to": time(from + minutes)});
        offer("exemption", "exemption.granted", &time(0), data);
    }
    for (number, (what, minute, quantity, matter)) in happenings.iter().enumerate() {
        let (id, reference) = (format!("f{number}"), format!("r{matter}"));
        match what {
            0 => {
                let data = json!({"hall": "H1", "person": "li", "category": "late"});
                offer(&id, "attendance.recorded", &time(*minute), data);
            }
            1 => {
                let data = json!({"hall": "H1", "category": "fault", "quantity": quantity, "reference": reference});
                offer(&id, "finding.recorded", &time(*minute), data);
            }
            _ => offer(&id, "finding.recorded", &time(*minute), json!({"hall": "H1", "category": "praise"})),
        }
    }
    for day in ["2026-11-02", "2026-11-03"] {
        offer(day, "period.ended", "2026-11-04T00:00:00+08:00", json!({"period": day}));
    }
    while memory.step() {}
    totals(&memory).get(&Subject::Hall("H1".to_owned())).copied().unwrap_or_default()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn removing_an_exemption_never_raises_a_score(
        happenings in proptest::collection::vec((0_u8..3, 0_u16..600, 1_i64..6, 0_u8..3), 0..14),
        from in 0_u16..500,
        minutes in 1_u16..400,
    ) {
        let (with, without) = (totalled(&happenings, Some((from, minutes.min(599 - from)))), totalled(&happenings, None));
        prop_assert!(without <= with, "{with} with it, {without} without");
    }

    #[test]
    fn an_exemption_of_the_whole_day_leaves_gains_alone(
        happenings in proptest::collection::vec((0_u8..3, 0_u16..600, 1_i64..6, 0_u8..3), 0..14),
    ) {
        let praised = happenings.iter().filter(|(what, ..)| *what == 2).count() as i64;
        // Beside what everybody begins with, gains of 3 each up to the bonus cap of 4.
        let gained = totalled(&happenings, Some((0, 700))).0 - totalled(&[], None).0;
        prop_assert_eq!(gained, (praised * 3_000).min(4_000));
    }
}
