//! The stories on the pure core, each in one batch, in batches of one record, and replayed.

use std::path::Path;

use jifen_core::{
    case::{Aggregate, FactState},
    engine::{Tally, TallyKey, anomaly_row},
    id::{ActorId, EventKey},
    ledger::Entry,
    scoring::Booked,
    state::StateKind,
};
use jifen_story::{Outcome as Wanted, Shown, Story};
use serde_json::json;

use crate::memory::{Memory, Outcome};

fn all() -> Vec<Story> {
    let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/stories"));
    jifen_story::stories(directory).map_err(|fault| fault.to_string()).expect("sound stories")
}

/// Tells a story; an error says which line came out otherwise.
fn tell(story: &Story, batch: usize) -> Result<Memory, String> {
    let mut memory = Memory::default();
    for (index, step) in story.steps().iter().enumerate() {
        let mut event = step.event.clone();
        if let Some(fact) = step.seen {
            let digest = state_of(&mut memory, fact).map(|state| state.fact.digest().to_string());
            event["data"]["fact_digest"] = json!(digest);
        }
        match (memory.take(event), &step.outcome) {
            (Outcome::Accepted, Wanted::Accepted)
            | (Outcome::Repeated, Wanted::Repeated)
            | (Outcome::Conflicting, Wanted::Conflicting) => {}
            (Outcome::Refused(reason), Wanted::Refused(part)) if reason.contains(part.as_str()) => {}
            (found, wanted) => return Err(format!("{}, line {}: {found:?}, not {wanted:?}", story.name, step.line)),
        }
        if (index + 1) % batch == 0 {
            memory.commit();
        }
    }
    memory.commit();
    Ok(memory)
}

fn facts(memory: &Memory) -> impl Iterator<Item = FactState> {
    let aggregates = memory.rows(StateKind::Aggregate);
    aggregates.flat_map(|(_, row)| minicbor::decode::<Aggregate>(row).expect("an aggregate").facts)
}

fn state_of(memory: &mut Memory, fact: EventKey) -> Option<FactState> {
    memory.write();
    facts(memory).find(|state| state.fact.id == fact)
}

fn shown(memory: &Memory) -> Vec<Shown> {
    let tallies = memory.rows(StateKind::Tally).flat_map(|(key, row)| {
        let TallyKey { period, rule, subject, .. } = TallyKey::from_bytes(key).expect("a tally's key");
        let tally: Tally = minicbor::decode(row).expect("a tally");
        let lines = tally.sheet.into_iter().flat_map(|sheet| sheet.provisional);
        let lines = tally.provisional.map(|shown| (rule, shown)).into_iter().chain(lines);
        let shown = move |(rule, shown): (String, Booked)| Shown::Provisional {
            points: shown.points,
            subject: subject.clone(),
            rule,
            period,
        };
        lines.map(shown).collect::<Vec<_>>()
    });
    let held = facts(memory).filter_map(|state| Some(Shown::Held(state.fact.id, state.held?)));
    let anomalies = memory.rows(StateKind::Anomaly).filter_map(|(key, row)| {
        let anomaly = anomaly_row(key, row)?;
        Some(match anomaly.rule {
            None => Shown::Anomaly(anomaly.key, anomaly.reason),
            Some(rule) => Shown::Unclear(anomaly.key, rule, anomaly.reason),
        })
    });
    tallies.chain(held).chain(anomalies).collect()
}

fn check(story: &Story, memory: &Memory) -> Result<(), String> {
    let entries: Vec<Entry> = memory.ledger.iter().map(|posted| posted.entry.clone()).collect();
    let codes = |actor: ActorId| memory.codes.get(&actor).cloned();
    story.check(&entries, &codes)?;
    story.check_shown(&shown(memory), &codes)
}

#[test]
fn stories_come_true() {
    let stories = all();
    assert!(stories.len() >= 25, "the stories are in testdata/stories");
    let failed: Vec<String> = stories
        .iter()
        .filter_map(|story| tell(story, usize::MAX).and_then(|memory| check(story, &memory)).err())
        .collect();
    assert!(failed.is_empty(), "{} stories came out otherwise\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn stories_are_the_same_in_batches_and_replayed() {
    for story in all() {
        let (Ok(whole), Ok(pieces)) = (tell(&story, usize::MAX), tell(&story, 1)) else { continue };
        assert_eq!(pieces.ledger, whole.ledger, "{}", story.name);
        let mut replayed = Memory::default();
        whole.journal.iter().for_each(|record| replayed.apply(record.clone()));
        replayed.commit();
        assert_eq!(replayed.ledger, whole.ledger, "{}", story.name);
        assert_eq!(replayed.all_rows(), whole.all_rows(), "{}", story.name);
    }
}
