//! The writer without HTTP: outcomes, what a batch is, what survives reopening.

use jifen_server::writer::{BATCH_EVENTS_MAX, Outcome, RegionWriter, WriterError};
use serde_json::json;

use crate::city::{arrivals, event, morning, rating, writer};

#[test]
fn outcomes_belong_to_their_arrivals() {
    let (_dir, database, mut writer) = writer();
    let events =
        [rating("1", 5), rating("1", 5), rating("1", 3), rating("2", 9), json!({"source": "hall"}), rating("3", 4)];
    let outcomes = writer.append(arrivals(&events)).expect("appended");
    assert!(matches!(outcomes[0], Outcome::Accepted { position: 1 }));
    assert!(matches!(outcomes[1], Outcome::Repeated { position: 1 }));
    assert!(matches!(outcomes[2], Outcome::Conflicting { position: 1 }));
    assert!(matches!(&outcomes[3], Outcome::Quarantined { pointer, .. } if pointer == "/data/level"));
    assert!(matches!(&outcomes[4], Outcome::Rejected { .. }));
    assert!(matches!(outcomes[5], Outcome::Accepted { position: 2 }));
    assert_eq!(writer.head().journal, 2);
    let row = database.region("3301").expect("read").expect("region");
    assert_eq!(database.head(row.id).expect("head"), writer.head());
    assert_eq!(database.quarantine(row.id, false, 0, 10).expect("read").len(), 1);
}

#[test]
fn the_size_of_a_batch_never_shows() {
    let whole = {
        let (_dir, database, mut writer) = writer();
        writer.append(arrivals(&morning())).expect("appended");
        ledger(&database)
    };
    for size in [1, 3] {
        let (_dir, database, mut writer) = writer();
        for part in morning().chunks(size) {
            writer.append(arrivals(part)).expect("appended");
        }
        assert_eq!(ledger(&database), whole, "batches of {size}");
    }
    // And not whether the writer was opened anew in between.
    let (_dir, database, writer) = writer();
    drop(writer);
    for part in morning().chunks(4) {
        let mut writer = RegionWriter::open(&database, "3301").expect("writer");
        writer.append(arrivals(part)).expect("appended");
    }
    assert_eq!(ledger(&database), whole, "opened anew");
}

fn ledger(database: &jifen_store::Database) -> Vec<String> {
    let row = database.region("3301").expect("read").expect("region");
    let entries = database.entries_after(row.id, 0, 1000).expect("read");
    assert!(!entries.is_empty());
    entries.iter().map(|stored| stored.digest.to_string()).collect()
}

#[test]
fn a_back_dated_rule_set_is_settled_step_by_step() {
    let (_dir, database, mut writer) = writer();
    let events = morning();
    let (rules, others): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| event["id"] == "rules");
    writer.append(arrivals(&others)).expect("appended");
    writer.append(arrivals(&rules)).expect("appended");
    writer.settle().expect("settled");
    assert_eq!(writer.region().pending(), None);
    let row = database.region("3301").expect("read").expect("region");
    let records = database.records_after(row.id, 0, 1000).expect("read");
    let steps: Vec<_> = records.iter().filter(|record| record.by == "engine").collect();
    assert!(!steps.is_empty());
    for step in steps {
        assert_eq!(step.event.source, "jifen:engine");
        assert!(step.event.id.starts_with("recalculation/") && step.event.id.ends_with(&format!("/{}", step.position)));
    }
    assert!(!ledger(&database).is_empty());
}

#[test]
fn personal_texts_and_codes_go_to_the_vault_only() {
    let (_dir, database, mut writer) = writer();
    let comment = event(
        "c",
        "rating.submitted",
        "2026-11-23T10:00:00+08:00",
        json!({"level": 1, "person": "王岚", "comment": "等了很久"}),
    );
    writer.append(arrivals(&[comment])).expect("appended");
    let row = database.region("3301").expect("read").expect("region");
    let kept = database.personal(row.id, 1).expect("read");
    assert_eq!((kept[0].member.as_str(), kept[0].text.as_str(), kept[0].actor), ("comment", "等了很久", None));
    assert_eq!(database.actors_by_code(row.id, "王岚").expect("read").len(), 1);
    let record = jifen_core::canonical(&database.records(row.id, &[1]).expect("read")[0]);
    for secret in ["王岚", "等了很久"] {
        assert!(!record.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}

#[test]
fn refusals_of_the_region_are_rejections() {
    let (_dir, _database, mut writer) = writer();
    let broken =
        event("r", "ruleset.published", "2026-11-23T10:00:00+08:00", json!({"rules": "format = 1\n[ruleset]"}));
    let closed = event("p", "period.closed", "2026-11-23T10:00:00+08:00", json!({"period": "2026-10"}));
    let outcomes = writer.append(arrivals(&[broken, closed])).expect("appended");
    assert!(matches!(&outcomes[0], Outcome::Rejected { reason, .. } if reason.en.contains("rule set")), "{outcomes:?}");
    assert!(
        matches!(&outcomes[1], Outcome::Rejected { reason, .. } if reason.en.contains("has not ended")),
        "{outcomes:?}"
    );
}

#[test]
fn a_failed_batch_poisons_the_writer_and_leaves_nothing() {
    let (_dir, database, mut first) = writer();
    let mut second = RegionWriter::open(&database, "3301").expect("writer");
    first.append(arrivals(&[rating("1", 5)])).expect("appended");
    assert!(matches!(second.append(arrivals(&[rating("2", 5)])), Err(WriterError::Store(_))));
    assert!(matches!(second.append(arrivals(&[rating("3", 5)])), Err(WriterError::Poisoned)));
    let mut reopened = RegionWriter::open(&database, "3301").expect("writer");
    assert_eq!(reopened.head().journal, 1);
    let outcomes = reopened.append(arrivals(&[rating("2", 5)])).expect("appended");
    assert!(matches!(outcomes[0], Outcome::Accepted { position: 2 }));
    let many: Vec<_> = (0..=BATCH_EVENTS_MAX).map(|number| rating(&number.to_string(), 5)).collect();
    assert!(
        matches!(reopened.append(arrivals(&many)), Err(WriterError::BatchTooLarge(count)) if count == BATCH_EVENTS_MAX + 1)
    );
    assert!(reopened.append(arrivals(&[rating("9", 5)])).is_ok(), "a batch that was never tried poisons nothing");
}
