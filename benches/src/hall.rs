//! A hall with one rule, and the way of its events from JSON to the writer.

use anyhow::{Result, bail, ensure};
use jifen_core::time::Instant;
use jifen_server::writer::{Arrival, Outcome, Purpose};
use serde_json::{Value, json};

/// Points by the time a service takes.
pub const RULES: &str = r#"
format = 1
[ruleset]
id = "bench"
title = "基准"
effective_from = 2000-01-01
[[rule]]
id = "service-time"
title = "办理时长"
dimension = "efficiency"
on = "service"
subject = "person"
value = "fact.service_ms"
[[rule.band]]
upto = "20min"
points = "5"
[[rule.band]]
upto = "30min"
points = "0"
[[rule.band]]
points = "-3"
"#;

/// An event of the hall's own, of long ago.
pub fn event(id: &str, kind: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "source": "bench", "id": id, "type": format!("jifen.{kind}"),
        "time": "2000-01-01T00:00:00Z", "data": data})
}

/// Events as JSON, ready to be appended.
///
/// # Errors
/// What is not a JSON object.
pub fn arrivals(batch: &[String]) -> Result<Vec<Arrival>> {
    let arrivals = batch.iter().map(|json| {
        let envelope = match serde_json::from_str(json)? {
            Value::Object(envelope) => envelope,
            _ => bail!("no JSON object"),
        };
        Ok(Arrival {
            envelope,
            by: "source:bench".to_owned(),
            received: Instant(4_000_000_000_000),
            purpose: Purpose::Feed,
        })
    });
    arrivals.collect()
}

/// Checks that every event was accepted.
///
/// # Errors
/// When one was not.
pub fn accepted(outcomes: &[Outcome]) -> Result<()> {
    let accepted = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Accepted { .. }));
    ensure!(accepted, "not accepted: {outcomes:?}");
    Ok(())
}
