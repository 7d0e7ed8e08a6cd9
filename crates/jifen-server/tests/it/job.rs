//! Jobs: periods end by the clock, once, whoever else ends them; a lease belongs to one.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jifen_core::time::Instant;
use jifen_server::{
    app::{App, Options},
    job,
    writer::RegionWriter,
};
use jifen_store::{Database, JobState, RegionRow};
use serde_json::json;

use crate::city::{arrivals, event, morning, writer};

/// An app on the database, under a clock of its own.
fn app(database: &Database, clock: &Arc<AtomicI64>) -> App {
    let clock = Arc::clone(clock);
    let clock: Arc<dyn Fn() -> Instant + Send + Sync> = Arc::new(move || Instant(clock.load(Ordering::SeqCst)));
    App::open(database.clone(), Options { clock, ..Options::default() }).expect("app")
}

fn at(text: &str) -> i64 {
    Instant::parse(text).expect("time").0
}

/// A morning of 2026-11-23, and its region.
fn filled() -> (jifen_scratch::Scratch, Database, RegionRow) {
    let (dir, database, mut writer) = writer();
    writer.append(arrivals(&morning())).expect("appended");
    let row = database.region("3301").expect("read").expect("region");
    (dir, database, row)
}

/// Ids of the ends in the journal.
fn ends(database: &Database, row: &RegionRow) -> Vec<String> {
    let records = database.records_after(row.id, 0, 10_000).expect("records");
    let ids = records.into_iter().map(|record| record.event.id);
    ids.filter(|id| id.starts_with("period.ended/")).collect()
}

#[tokio::test]
async fn periods_end_a_grace_after_their_last_moment_and_once() {
    let (_dir, database, row) = filled();
    let clock = Arc::new(AtomicI64::new(at("2026-11-24T05:59:59+08:00")));
    let first = app(&database, &clock);
    job::look(&first, "one").await.expect("looked");
    assert!(ends(&database, &row).is_empty(), "the grace is not over");

    clock.store(at("2026-11-24T06:01:00+08:00"), Ordering::SeqCst);
    job::look(&first, "one").await.expect("looked");
    assert_eq!(ends(&database, &row), ["period.ended/2026-11-23"]);
    let done = database.job(row.id, "period.ended", "2026-11-23").expect("read").expect("the job");
    assert_eq!((done.state, done.attempts), (JobState::Done, 1));

    // Neither the same loop nor one that remembers nothing does it again.
    job::look(&first, "one").await.expect("looked");
    drop(first);
    let head = database.head(row.id).expect("head");
    job::look(&app(&database, &clock), "two").await.expect("looked");
    assert_eq!(database.head(row.id).expect("head"), head);
}

#[tokio::test]
async fn what_an_import_ended_is_not_ended_again() {
    let (_dir, database, row) = filled();
    let mut end =
        event("period.ended/2026-11-23", "period.ended", "2026-11-23T16:00:00.000Z", json!({"period": "2026-11-23"}));
    end["source"] = json!("jifen:import");
    let mut writer = RegionWriter::open(&database, "3301").expect("writer");
    writer.append(arrivals(&[end])).expect("appended");
    drop(writer);
    let clock = Arc::new(AtomicI64::new(at("2026-12-01T07:00:00+08:00")));
    job::look(&app(&database, &clock), "one").await.expect("looked");
    let ends = ends(&database, &row);
    let days: Vec<_> = (23..=30).map(|day| format!("period.ended/2026-11-{day}")).collect();
    assert!(days.iter().all(|day| ends.contains(day)), "{ends:?}");
    for longer in ["period.ended/2026-W48", "period.ended/2026-11"] {
        assert!(ends.iter().any(|id| id == longer), "{ends:?}");
    }
    assert_eq!(ends.len(), 10, "{ends:?}");
}

#[test]
fn a_lease_belongs_to_one_until_it_runs_out() {
    let (_dir, database, row) = filled();
    let (now, later) = (Instant(1_000), Instant(2_000));
    assert!(database.enqueue_job(row.id, "test", "b", Instant(600)).expect("enqueued"));
    assert!(database.enqueue_job(row.id, "test", "a", Instant(500)).expect("enqueued"));
    assert!(!database.enqueue_job(row.id, "test", "a", Instant(1)).expect("enqueued"), "it is there already");
    assert!(database.enqueue_job(row.id, "test", "c", Instant(1_500)).expect("enqueued"));

    let lease = |holder: &str, now| database.lease_job(row.id, holder, now, later).expect("leased");
    let first = lease("one", now).expect("the one due longest");
    assert_eq!((first.id.as_str(), first.attempts), ("a", 1));
    assert_eq!(lease("two", now).expect("the next").id, "b");
    assert_eq!(lease("two", now), None, "the third is not due, the others are leased");

    // The first holder hung; its lease goes to another, and what it says afterwards counts no more.
    let taken = database.lease_job(row.id, "two", later, Instant(9_000)).expect("leased").expect("run out");
    assert_eq!((taken.id.as_str(), taken.attempts), ("a", 2));
    let settle = |holder: &str, state, next, why| {
        database.settle_job(row.id, &taken, holder, state, next, why).expect("settled")
    };
    assert!(!settle("one", JobState::Done, None, None));
    assert!(settle("two", JobState::Waiting, Some(Instant(20_000)), Some("the disk is full")));
    let put_off = database.job(row.id, "test", "a").expect("read").expect("there");
    assert_eq!((put_off.due, put_off.failure.as_deref()), (Instant(20_000), Some("the disk is full")));
    assert!(
        database
            .lease_job(row.id, "two", Instant(10_000), Instant(11_000))
            .expect("leased")
            .is_some_and(|job| job.id != "a")
    );
}

#[tokio::test]
async fn what_is_past_its_term_goes_once_a_day_and_the_trail_tells_of_it() {
    let (_dir, database, row) = filled();
    let said = |id: &str, data: serde_json::Value| event(id, "rating.submitted", "2026-11-24T09:00:00+08:00", data);
    let mut writer = RegionWriter::open(&database, "3301").expect("writer");
    let told = [
        said("rated", json!({"level": 2, "phone": "13812345678", "comment": "等了很久"})),
        said("odd", json!({"level": 9, "comment": "隔离"})),
    ];
    writer.append(arrivals(&told)).expect("appended");
    drop(writer);
    let position = database.head(row.id).expect("head").journal;
    let received = database.records(row.id, &[position]).expect("record")[0].received.0;
    let texts = || -> Vec<String> {
        let of = |position| database.personal(row.id, position).expect("vault");
        (1..=position).flat_map(of).map(|text| text.member).collect()
    };
    let names = vec!["person_name".to_owned(); 3];
    let with = |more: &[&str]| [names.clone(), more.iter().map(|name| (*name).to_owned()).collect()].concat();
    let day = 24 * 3_600_000;
    let clock = Arc::new(AtomicI64::new(received + 90 * day - 1));
    let server = app(&database, &clock);
    let trail = || -> Vec<String> {
        let filter = jifen_store::AuditFilter { limit: 99, ..Default::default() };
        let rows = database.audited(row.id, &filter).expect("trail");
        rows.into_iter().filter(|record| record.row.act == "retention.expire").map(|record| record.row.object).collect()
    };
    job::look(&server, "one").await.expect("looked");
    assert_eq!((texts(), trail()), (with(&["comment", "phone"]), vec![]), "nothing is past its term");
    // The same day, a moment after: the job is done for today.
    clock.store(received + 90 * day + 1, Ordering::SeqCst);
    job::look(&server, "one").await.expect("looked");
    clock.store(received + 91 * day, Ordering::SeqCst);
    job::look(&server, "one").await.expect("looked");
    assert_eq!((texts(), trail()), (with(&["comment"]), vec!["phones 1".to_owned()]));
    let kept = |open| database.quarantine(row.id, open, 0, 9).expect("read");
    assert!(kept(true)[0].row.body.contains("隔离"));
    clock.store(received + 367 * day, Ordering::SeqCst);
    job::look(&server, "one").await.expect("looked");
    job::look(&server, "one").await.expect("looked");
    assert_eq!((texts(), trail()), (with(&[]), vec!["comments 1, refused 1".to_owned(), "phones 1".to_owned()]));
    let wiped = kept(false);
    assert_eq!((&wiped[0].row.body[..], &wiped[0].row.id[..]), ("", "odd"), "when, whence and why stay");
    assert_eq!(database.verify_audit(row.id, None).expect("chain").broken, None);
}
