//! The rows: services at 200 windows by 500 people, each a start and an end, on successive working days.

use serde_json::{Value, json};

use crate::{
    hall::{RULES, event},
    mix,
};

/// How many, and with which ids.
pub struct Rows {
    /// How many events.
    pub events: usize,
    /// Ids without order, as random numbers are.
    pub random_ids: bool,
}

/// Windows of the hall.
pub const WINDOWS: u64 = 200;
/// People of the hall.
pub const PEOPLE: u64 = 500;
/// Departments of the hall.
pub const DEPARTMENTS: u64 = 34;
const SERVICES_PER_DAY: u64 = 9_000;
const FIRST_DAY_MS: u64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

impl Rows {
    /// Event `index` as CloudEvents JSON; starts and ends of services that overlap alternate.
    pub fn json(&self, index: usize) -> String {
        let index = index as u64;
        // A service ends 200 events after it starts: all windows are busy.
        let block = index / (2 * WINDOWS);
        let within = index % (2 * WINDOWS);
        let (service, ends) = (block * WINDOWS + within % WINDOWS, within >= WINDOWS);
        let random = mix(service);
        let day = service / SERVICES_PER_DAY;
        let start = FIRST_DAY_MS + day * 86_400_000 + 3_600_000 + (service % SERVICES_PER_DAY) * 3_000;
        let length = 120_000 + random % 2_400_000;
        let time = if ends { start + length } else { start };
        let (window, person) = (service % WINDOWS, mix(service ^ 7) % PEOPLE);
        let id = if self.random_ids {
            format!("{:016x}{:016x}", mix(index ^ 99), mix(index ^ 5))
        } else {
            format!("e{index:012}")
        };
        let kind = if ends { "ended" } else { "started" };
        format!(
            r#"{{"specversion":"1.0","source":"queue","id":"{id}","type":"jifen.service.{kind}","time":"{}","data":{{"service":"s{service}","window":"w{window}","person":"p{person}"}}}}"#,
            rfc3339(time)
        )
    }
}

fn rfc3339(ms: u64) -> String {
    jifen_core::time::Instant(ms as i64).to_rfc3339()
}

/// The events before the first row: the hall, its rule, its windows and people.
pub fn opening() -> Vec<String> {
    let mut events = vec![
        event("region", "organisation.region", json!({"time_zone": "Asia/Shanghai"})),
        event("hall", "organisation.hall", json!({"hall": "h1"})),
        event("rules", "ruleset.published", json!({"rules": RULES})),
    ];
    for window in 0..WINDOWS {
        let department = format!("d{}", window % DEPARTMENTS);
        let data = json!({"window": format!("w{window}"), "hall": "h1", "department": department});
        events.push(event(&format!("window/{window}"), "organisation.window", data));
    }
    for person in 0..PEOPLE {
        let data = json!({"person": format!("p{person}")});
        events.push(event(&format!("person/{person}"), "organisation.person", data));
    }
    events.iter().map(Value::to_string).collect()
}
