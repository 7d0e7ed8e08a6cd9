//! Facts of types that rule sets declare: judged, scored, never changed by a later declaration.

use serde_json::{Value, json};

use super::memory::{Memory, Outcome, event};

/// The sample of `docs/rules.md`: what it says is what happens.
fn sample() -> String {
    let document = include_str!("../../../../docs/rules.md");
    let (_, rest) = document.split_once("### 自定的事实").expect("the section");
    let (_, rest) = rest.split_once("```toml\n").expect("a sample");
    rest.split_once("```").expect("its end").0.to_owned()
}

fn publish(memory: &mut Memory, id: &str, from: &str, rules: &str) -> Outcome {
    let data = json!({"rules": rules, "effective_from": from});
    memory.take(event(id, "ruleset.published", "2026-01-01T00:00:00+08:00", data))
}

/// A hall of the sample's rules.
fn hall() -> Memory {
    let mut memory = Memory::default();
    let setting = json!({"time_zone": "Asia/Shanghai"});
    memory.take(event("region", "organisation.region", "2026-01-01T00:00:00+08:00", setting));
    memory.take(event("li", "organisation.person", "2026-01-01T00:00:00+08:00", json!({"person": "li"})));
    assert_eq!(publish(&mut memory, "v1", "2026-02-01", &sample()), Outcome::Accepted);
    memory
}

fn record(memory: &mut Memory, id: &str, day: &str, data: Value) -> Outcome {
    memory.take(event(id, "fact.recorded", &format!("{day}T10:00:00+08:00"), data))
}

fn coaching(fields: &Value) -> Value {
    json!({"fact_type": "coaching", "person": "li", "fields": fields})
}

/// What stands, added up by rule.
fn sums(memory: &Memory) -> Vec<(String, i64)> {
    let mut sums = std::collections::BTreeMap::new();
    for posted in &memory.ledger {
        *sums.entry(posted.entry.rule.clone()).or_insert(0) += posted.entry.points.0;
    }
    sums.into_iter().collect()
}

#[test]
fn the_sample_gives_what_the_page_says() {
    let mut memory = hall();
    let fields = json!({"lessons": 3, "learner": "新进", "mark": "8.5", "passed": true});
    assert_eq!(record(&mut memory, "1", "2026-03-02", coaching(&fields)), Outcome::Accepted);
    // A whole number is a decimal too; a learner who changed posts gives no points for lessons.
    assert_eq!(
        record(&mut memory, "2", "2026-03-03", coaching(&json!({"lessons": 9, "learner": "转岗", "mark": 5}))),
        Outcome::Accepted
    );
    // Who says neither mark nor learner is passed by.
    assert_eq!(record(&mut memory, "3", "2026-03-04", coaching(&json!({"lessons": 1}))), Outcome::Accepted);
    assert_eq!(memory.lines(), ["6 li lessons award", "1 li marks award", "-1 li marks award"]);
}

#[test]
fn what_does_not_fit_is_kept_with_a_pointer() {
    let memory = hall();
    let refused = |day: &str, data: Value| {
        let envelope = event("x", "fact.recorded", &format!("{day}T10:00:00+08:00"), data);
        let admitted =
            jifen_core::event::admit(&envelope, &super::memory::secret(), super::memory::RECEIVED, &mut || [0; 16]);
        let event = admitted.expect("well formed").event;
        let record = jifen_core::journal::Record {
            position: 9,
            received: super::memory::RECEIVED,
            semantics: jifen_core::journal::SEMANTICS,
            by: "test".to_owned(),
            event,
        };
        let refused = memory.region.refuses(&record).expect("refused");
        assert!(refused.kept && refused.reason.zh != refused.reason.en, "{refused:?}");
        (refused.pointer, refused.reason.en)
    };
    for (data, pointer, says) in [
        (json!({"fact_type": "coaching", "window": "7", "fields": {"lessons": 1}}), "/data/person", "about a `person`"),
        (coaching(&json!({})), "/data/fields/lessons", "needs the field `lessons`"),
        (coaching(&json!({"lessons": 0})), "/data/fields/lessons", "at least 1, at most 40"),
        (coaching(&json!({"lessons": "3"})), "/data/fields/lessons", "a whole number"),
        (coaching(&json!({"lessons": 1, "learner": "老人"})), "/data/fields/learner", "one of `新进`, `转岗`"),
        (coaching(&json!({"lessons": 1, "mark": "9.9999"})), "/data/fields/mark", "three places"),
        (coaching(&json!({"lessons": 1, "mark": "10.001"})), "/data/fields/mark", "at most 10"),
        (coaching(&json!({"lessons": 1, "passed": "yes"})), "/data/fields/passed", "`true` or `false`"),
        (coaching(&json!({"lessons": 1, "a/b": 1})), "/data/fields/a~1b", "no field `a/b`"),
        (json!({"fact_type": "teaching", "person": "li"}), "/data/fact_type", "no rule set declares"),
    ] {
        let (at, reason) = refused("2026-03-02", data.clone());
        assert_eq!(at, pointer, "{data}");
        assert!(reason.contains(says), "{data}: {reason}");
    }
    // Numbers with a point are no decimals: the source has to say them exactly.
    let envelope = event("x", "fact.recorded", "2026-03-02T10:00:00+08:00", coaching(&json!({"mark": 8.5})));
    let refusal =
        jifen_core::event::admit(&envelope, &super::memory::secret(), super::memory::RECEIVED, &mut || [0; 16]);
    assert_eq!(refusal.expect_err("no float").pointer, "/data/fields");
}

#[test]
fn a_later_declaration_does_not_change_the_past() {
    let sample = sample();
    let changed = |from: &str, to: &str| {
        assert!(sample.contains(from), "{from}");
        sample.replace(from, to)
    };
    let mut memory = hall();
    let old = coaching(&json!({"lessons": 3, "learner": "新进", "mark": "8.5"}));
    assert_eq!(record(&mut memory, "1", "2026-03-02", old), Outcome::Accepted);
    let before = sums(&memory);
    // What would give recorded facts another meaning is refused, whenever it is to come into force.
    for (from, to, says) in [
        ("holds = \"decimal\"\nmin = 0\nmax = 10", "holds = \"whole\"", "`mark`"),
        ("unit = \"节\"", "unit = \"分钟\"", "`lessons`"),
        ("about = \"person\"", "about = \"window\"", "about a `person`"),
    ] {
        let text = changed(from, to).replace("value = \"fact.mark\"", "value = \"fact.lessons\"");
        let text =
            if from.starts_with("holds") { text.replace("fact.mark > decimal('4.5')", "fact.mark > 4") } else { text };
        let text = if from.starts_with("holds") {
            text.replace("mark = \"5.999\"", "mark = 5")
                .replace("mark = \"8.499\"", "mark = 8")
                .replace("mark = \"8.5\"", "mark = 9")
        } else {
            text
        };
        let text = text.split("[[rule]]\nid = \"marks\"").next().expect("the first rule").to_owned();
        let Outcome::Refused(reason) = publish(&mut memory, "bad", "2027-01-01", &text) else {
            unreachable!("taken: {to}")
        };
        assert!(reason.contains(says), "{reason}");
    }
    // Another word, another bound and a field more: for events of its days.
    let second = changed("max = 40", "max = 2").replace("words = [\"新进\", \"转岗\"]", "words = [\"新进\"]");
    let second = second.replace(
        "{ lessons = 3, learner = \"新进\" }, { lessons = 9, learner = \"转岗\" }",
        "{ lessons = 2, learner = \"新进\" }",
    );
    let second = second.replace("points = 6", "points = 4");
    assert_eq!(publish(&mut memory, "v2", "2026-06-01", &second), Outcome::Accepted);
    assert_eq!(sums(&memory), before, "the past stands");
    // A late event of an old day is judged by the version of that day, one of a new day by the new one.
    let late = coaching(&json!({"lessons": 9, "learner": "转岗"}));
    assert_eq!(record(&mut memory, "late", "2026-05-31", late.clone()), Outcome::Accepted);
    assert!(
        matches!(record(&mut memory, "new", "2026-06-01", late), Outcome::Refused(reason) if reason.contains("one of `新进`"))
    );
    // Before any version was in force, the first one's.
    assert_eq!(record(&mut memory, "early", "2026-01-15", coaching(&json!({"lessons": 40}))), Outcome::Accepted);
    assert_eq!(sums(&memory), before);
    // What is kept is read again alike.
    let mut again = Memory::default();
    memory.journal.iter().cloned().for_each(|record| again.apply(record));
    assert_eq!(again.ledger, memory.ledger);
    memory.commit();
    assert_eq!(
        record(&mut memory, "after", "2026-06-02", coaching(&json!({"lessons": 2, "learner": "新进"}))),
        Outcome::Accepted
    );
    assert_eq!(sums(&memory), [("lessons".to_owned(), 10_000), ("marks".to_owned(), 1_000)]);
}

#[test]
fn two_sets_in_force_together_declare_alike() {
    let mut memory = hall();
    let other = |text: String| {
        text.replace("id = \"coaching\"\ntitle = \"带教积分办法\"", "id = \"other\"\ntitle = \"另一套\"")
            .replace("id = \"lessons\"", "id = \"lessons-2\"")
            .replace("id = \"marks\"", "id = \"marks-2\"")
    };
    let apart = other(sample().replace("max = 40", "max = 41"));
    let Outcome::Refused(reason) = publish(&mut memory, "o1", "2026-02-01", &apart) else { unreachable!("taken") };
    assert!(reason.contains("declares fact type `coaching` otherwise"), "{reason}");
    assert_eq!(publish(&mut memory, "o2", "2026-02-01", &other(sample())), Outcome::Accepted);
}
