//! When there is too much: group commit, a full queue, a full disk, a storage that fails.

use std::{
    ops::Range,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use jifen_scratch::SmallDisk;
use jifen_server::{
    app::{App, Options},
    writer::{
        BATCH_EVENTS_MAX, Outcome, WriterError,
        queue::{QueueBounds, SubmitError, WriterQueue},
    },
};
use jifen_store::{Access, Database};
use serde_json::json;

use crate::city::{City, arrivals, event, rating, start};

/// Holds the database's write lock, as a backup tool might, until dropped.
fn hold_writes(city: &City) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(city.database.path().expect("a file")).expect("connection");
    connection.execute_batch("begin immediate").expect("the lock");
    connection
}

type Submission = Pin<Box<dyn Future<Output = Result<Vec<Outcome>, SubmitError>> + Send>>;

/// Submits ratings with these ids.
fn submit(queue: &WriterQueue, ids: Range<usize>) -> Submission {
    let events: Vec<_> = ids.map(|id| rating(&id.to_string(), 5)).collect();
    let queue = queue.clone();
    Box::pin(async move { queue.submit(arrivals(&events), 200).await })
}

fn queue(city: &City) -> WriterQueue {
    city.app.writers().find(|(code, _)| *code == "3301").expect("region").1.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_queues_during_a_commit_is_committed_together() {
    let city = City::on_file();
    let queue = queue(&city);
    let lock = hold_writes(&city);
    let mut first = submit(&queue, 0..1);
    start(&mut first).await;
    // Once the writer has taken the first and waits for the lock, all others queue.
    wait_until(|| queue.waiting() == 0).await;
    let mut others: Vec<_> = (1..64).map(|number| submit(&queue, number..number + 1)).collect();
    for other in &mut others {
        start(other).await;
    }
    assert_eq!(queue.waiting(), 63);
    drop(lock);
    for post in std::iter::once(first).chain(others) {
        assert_eq!(post.await.expect("kept").len(), 1);
    }
    assert_eq!(city.database.head(city.row.id).expect("head").journal, 64);
    assert_eq!(queue.commits(), 2, "one for the first, one for all that queued meanwhile");
    assert_eq!(queue.head().borrow().journal, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_answers_429_and_loses_nothing_it_took() {
    let dir = tempfile::tempdir().expect("folder");
    let city = City::at(dir.path(), QueueBounds { events: 3, bytes: 1 << 20 });
    let (queue, key) = (queue(&city), city.key("source", &[]));
    let lock = hold_writes(&city);
    let mut first = submit(&queue, 0..1);
    start(&mut first).await;
    wait_until(|| queue.waiting() == 0).await;
    let mut second = submit(&queue, 1..4);
    start(&mut second).await;
    let refused = city.post_one(&key, &rating("x", 5)).await;
    assert_eq!(refused.problem(), (429, "busy".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    drop(lock);
    assert_eq!(first.await.expect("kept").len(), 1);
    assert_eq!(second.await.expect("kept").len(), 3);
    assert_eq!(city.post_one(&key, &rating("x", 5)).await.statuses(), ["accepted"]);
    assert_eq!(city.database.head(city.row.id).expect("head").journal, 5);
}

#[tokio::test]
async fn a_submission_larger_than_a_transaction_is_refused() {
    let city = City::on_file();
    let queue = queue(&city);
    let many: Vec<_> = (0..=BATCH_EVENTS_MAX).map(|number| rating(&number.to_string(), 5)).collect();
    assert_eq!(queue.submit(arrivals(&many), 1).await, Err(SubmitError::TooLarge));
    assert_eq!(queue.submit(Vec::new(), 9 << 20).await, Err(SubmitError::TooLarge));
}

#[tokio::test]
async fn a_full_disk_answers_507_reads_go_on_and_it_recovers() {
    let Some(disk) = SmallDisk::mount(8) else { return };
    let city = City::at(disk.path(), QueueBounds::default());
    city.open_hall().await;
    let (source, staff) = (city.key("source", &[]), city.key("staff", &[]));
    disk.fill();
    let mut kept = Vec::new();
    let refused = loop {
        let number = kept.len();
        assert!(number < 200, "the disk never filled");
        let bulky: Vec<_> = (0..100).map(|part| bulky(&format!("{number}-{part}"))).collect();
        let answer = city.post_batch(&source, &bulky).await;
        if answer.status.as_u16() != 200 {
            break answer;
        }
        kept.push(bulky);
    };
    assert_eq!(refused.problem(), (507, "storage_full".to_owned()));
    assert_eq!(refused.header("retry-after"), "5");
    let head = city.database.head(city.row.id).expect("head").journal;
    assert_eq!(city.get(&staff, "/api/v1/leaderboard?period=all").await.status.as_u16(), 200);
    let again =
        city.post_batch(&source, &(0..100).map(|part| bulky(&format!("again-{part}"))).collect::<Vec<_>>()).await;
    assert_eq!(again.problem(), (507, "storage_full".to_owned()));
    disk.free();
    let recovered = city.post_one(&source, &bulky("after")).await;
    assert_eq!(recovered.statuses(), ["accepted"]);
    assert_eq!(recovered.json()["results"][0]["position"], head + 1);
    assert!(city.fatal.lock().expect("lock").is_empty());
    for bulky in kept {
        assert!(city.post_batch(&source, &bulky).await.statuses().iter().all(|status| status == "repeated"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_head_stops_the_writer_and_nothing_more_is_acknowledged() {
    let city = City::on_file();
    let key = city.key("source", &[]);
    assert_eq!(city.post_one(&key, &rating("1", 5)).await.statuses(), ["accepted"]);
    // A second writer where there must be none: the handle is shared, so no lock stands in its way.
    let mut other = jifen_server::writer::RegionWriter::open(&city.database, "3301").expect("writer");
    other.append(arrivals(&[rating("2", 5)])).expect("appended");
    assert_eq!(city.post_one(&key, &rating("3", 5)).await.problem(), (503, "writer_stopped".to_owned()));
    assert_eq!(city.post_one(&key, &rating("4", 5)).await.problem(), (503, "writer_stopped".to_owned()));
    let staff = city.key("staff", &[]);
    assert_eq!(city.get(&staff, "/api/v1/leaderboard").await.status.as_u16(), 200);
    assert_eq!(city.get(&staff, "/readyz").await.problem(), (503, "not_ready".to_owned()));
    assert!(city.fatal.lock().expect("lock").is_empty(), "the disk is sound: no reason to stop the process");
}

#[tokio::test]
async fn a_failing_storage_is_fatal_before_anything_more_is_acknowledged() {
    let city = City::on_file();
    let key = city.key("source", &[]);
    assert_eq!(city.post_one(&key, &rating("1", 5)).await.statuses(), ["accepted"]);
    let vandal = rusqlite::Connection::open(city.database.path().expect("a file")).expect("connection");
    vandal.execute_batch("alter table journal_segment rename to lost").expect("renamed");
    // The binary's `on_fatal` ends the process here; this one only takes a note, and still nothing is acknowledged.
    assert_eq!(city.post_one(&key, &rating("2", 5)).await.problem(), (503, "writer_stopped".to_owned()));
    assert_eq!(city.fatal.lock().expect("lock").len(), 1);
    vandal.execute_batch("alter table lost rename to journal_segment").expect("renamed");
    assert_eq!(city.post_one(&key, &rating("3", 5)).await.problem(), (503, "writer_stopped".to_owned()));
    assert_eq!(city.database.head(city.row.id).expect("head").journal, 1);
}

#[tokio::test]
async fn a_database_opened_to_read_is_no_server() {
    let city = City::on_file();
    let url = format!("sqlite:{}", city.database.path().expect("a file").display());
    let reader = Database::open(&url, Access::Read).expect("reader");
    let told = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let on_fatal = {
        let told = told.clone();
        Arc::new(move |_: &WriterError| told.store(true, std::sync::atomic::Ordering::SeqCst))
    };
    drop(App::open(reader, Options { on_fatal, ..Options::default() }));
    assert!(told.load(std::sync::atomic::Ordering::SeqCst));
}

fn bulky(id: &str) -> serde_json::Value {
    let name = "事".repeat(1000);
    event(id, "case.step", "2026-11-23T10:00:00+08:00", json!({"case": id, "activity": name}))
}

async fn wait_until(mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(20), "it never came to that");
        tokio::task::yield_now().await;
    }
}
