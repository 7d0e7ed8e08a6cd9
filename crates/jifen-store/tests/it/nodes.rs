//! Several processes on one PostgreSQL database: who may write a region, and what becomes of who may no more.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use jifen_scratch::{Scratch, cluster};
use jifen_store::{Access, Claim, Database, Head, NodeRow, RegionId, StoreError};

use crate::sample::{Fixture, records};

/// Longest that a bell may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Served {
    scratch: Scratch,
    region: RegionId,
    nodes: [Database; 2],
}

fn node(name: &str) -> NodeRow {
    NodeRow { name: name.to_owned(), address: format!("http://{name}:8787") }
}

impl Served {
    fn new() -> Self {
        let fixture = Fixture::on(Scratch::postgres());
        let region = fixture.region;
        drop(fixture.database);
        let nodes = ["a", "b"].map(|name| {
            let database = Database::open(fixture.scratch.url(), Access::Serve { holder: "test".to_owned() }).unwrap();
            database.enter_node(&node(name), [7; 32]).unwrap();
            database
        });
        Self { scratch: fixture.scratch, region, nodes }
    }

    /// Runs a statement as the superuser in this database.
    fn run(&self, statement: &str) -> String {
        cluster().unwrap().run_in(self.scratch.url().rsplit('/').next().unwrap(), statement).unwrap()
    }

    /// Ends the session that holds the region, as a server does with one that is gone.
    fn end_holder(&self) {
        self.run("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 1785292402");
    }
}

#[test]
fn one_node_at_a_time_writes_a_region() {
    let served = Served::new();
    let (region, [a, b]) = (served.region, &served.nodes);
    assert!(a.is_shared() && !b.holds(region));
    assert_eq!(a.claim(region, "a").unwrap(), Claim::Mine);
    assert_eq!(b.claim(region, "b").unwrap(), Claim::Theirs(Some(node("a"))));
    a.commit(region, &records(0, 2)).unwrap();
    assert!(matches!(b.commit(region, &records(2, 1)), Err(StoreError::Superseded { .. })), "it never had it");
    assert_eq!(b.heads(&[region]).unwrap(), [(region, Head { journal: 2, ledger: 0 })]);
    a.release(region);
    assert!(matches!(a.commit(region, &records(2, 1)), Err(StoreError::Superseded { .. })), "it gave it away");
    while b.claim(region, "b").unwrap() != Claim::Mine {
        std::thread::sleep(Duration::from_millis(10));
    }
    b.commit(region, &records(2, 1)).unwrap();
}

#[test]
fn who_lost_a_region_commits_nothing_and_who_only_lost_the_connection_goes_on() {
    let served = Served::new();
    let (region, [a, b]) = (served.region, &served.nodes);
    assert_eq!(a.claim(region, "a").unwrap(), Claim::Mine);
    a.commit(region, &records(0, 1)).unwrap();
    served.end_holder();
    a.commit(region, &records(1, 1)).unwrap();
    assert!(a.holds(region), "nobody else wanted it");
    served.end_holder();
    while b.claim(region, "b").unwrap() != Claim::Mine {
        std::thread::sleep(Duration::from_millis(10));
    }
    let error = a.commit(region, &records(2, 1)).unwrap_err();
    assert!(matches!(&error, StoreError::Superseded { .. }) && !error.is_fatal(), "{error}");
    assert!(!a.holds(region));
    b.commit(region, &records(2, 2)).unwrap();
    assert_eq!(a.claim(region, "a").unwrap(), Claim::Theirs(Some(node("b"))));
    assert_eq!(a.head(region).unwrap().journal, 4);
}

#[test]
fn a_silent_nodes_region_is_taken_from_it() {
    let served = Served::new();
    let (region, [a, b]) = (served.region, &served.nodes);
    assert_eq!(a.claim(region, "a").unwrap(), Claim::Mine);
    assert_eq!(b.renew_node(&node("b")).unwrap(), [node("a")]);
    served.run("update jifen.node set renewed = renewed - 7000 where name = 'a'");
    assert!(b.holders().unwrap()[0].1.hangs);
    assert_eq!(b.renew_node(&node("b")).unwrap(), []);
    while b.claim(region, "b").unwrap() != Claim::Mine {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(matches!(a.commit(region, &records(0, 1)), Err(StoreError::Superseded { .. })), "it wakes up");
    b.commit(region, &records(0, 1)).unwrap();
}

#[test]
fn commands_that_write_and_nodes_keep_each_other_out() {
    let served = Served::new();
    let write = || Access::Write { holder: "jifen import".to_owned() };
    let error = Database::open(served.scratch.url(), write()).err().unwrap();
    assert!(matches!(&error, StoreError::Held { holder, .. } if holder.contains("test")), "{error}");
    let Served { scratch, nodes, .. } = served;
    drop(nodes);
    let command = Database::open(scratch.url(), write()).unwrap();
    let serve = Access::Serve { holder: "jifen serve".to_owned() };
    let error = Database::open(scratch.url(), serve).err().unwrap();
    assert!(matches!(&error, StoreError::Held { holder, .. } if holder.contains("jifen import")), "{error}");
    drop(command);
}

#[test]
fn bells_are_heard_and_the_secret_is_the_first_nodes() {
    let served = Served::new();
    let [a, b] = &served.nodes;
    let (heard, bells) = mpsc::channel();
    let kept = b.listen(Arc::new(move |region| heard.send(region).unwrap_or_default())).unwrap();
    assert_eq!(bells.recv_timeout(PATIENCE).unwrap(), None, "whoever begins to listen may have missed some");
    a.ring(&[RegionId(1), RegionId(7)]).unwrap();
    for region in [1, 7] {
        assert_eq!(bells.recv_timeout(PATIENCE).unwrap(), Some(RegionId(region)));
    }
    served.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jifen (listening)'");
    assert_eq!(bells.recv_timeout(PATIENCE).unwrap(), None, "it listens again");
    drop(kept);
    assert_eq!(b.enter_node(&node("b"), [8; 32]).unwrap(), [7; 32]);
}
