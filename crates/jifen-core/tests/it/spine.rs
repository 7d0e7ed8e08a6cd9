//! The spine by hand: a few events in, the ledger out.

use serde_json::json;

use crate::memory::{Memory, Outcome, event};

fn starter() -> Memory {
    let mut memory = Memory::default();
    for (id, kind, data) in [
        ("region", "organisation.region", json!({"name": "东湖市", "time_zone": "Asia/Shanghai"})),
        ("hall", "organisation.hall", json!({"hall": "H1"})),
        ("window", "organisation.window", json!({"window": "7", "hall": "H1", "department": "D1"})),
        ("zhang", "organisation.person", json!({"person": "ZhangWei", "department": "D1", "window": "7"})),
        ("rules", "ruleset.published", json!({"rules": jifen_core::rule::STARTER, "effective_from": "2020-01-01"})),
    ] {
        assert_eq!(memory.take(event(id, kind, "2020-01-01T00:00:00+08:00", data)), Outcome::Accepted, "{id}");
    }
    memory
}

#[test]
fn a_service_is_scored_by_its_own_time() {
    let mut memory = starter();
    for (id, kind, time, data) in [
        ("1", "queue.called", "09:00:00", json!({"service": "A1", "window": "7", "person": "ZhangWei"})),
        ("2", "service.started", "09:01:00", json!({"service": "A1", "window": "7"})),
        ("3", "service.ended", "09:18:00", json!({"service": "A1"})),
        ("4", "rating.submitted", "09:19:00", json!({"service": "A1", "level": 5})),
        ("5", "service.started", "09:20:00", json!({"service": "A2", "window": "7", "person": "ZhangWei"})),
        ("6", "service.ended", "09:58:00", json!({"service": "A2"})),
    ] {
        let outcome = memory.take(event(id, kind, &format!("2026-11-23T{time}+08:00"), data));
        assert_eq!(outcome, Outcome::Accepted, "{id}");
        memory.commit();
    }
    assert_eq!(memory.lines(), ["5 ZhangWei service-time award", "-3 ZhangWei service-time award"]);
    // An earlier end arrives late: the service is paired again.
    memory.take(event("7", "service.ended", "2026-11-23T09:33:00+08:00", json!({"service": "A2"})));
    assert_eq!(memory.lines()[2..], ["3 ZhangWei service-time reversal", "5 ZhangWei service-time award"]);
}
