//! Databases of earlier releases, kept in `testdata/journals/`: each opens, replays to the same ledger and takes new events. And of later
//! ones, where they only add: nodes go on while such a migration runs, and start after it.

use std::{fs, path::Path, thread, time::Duration};

use jifen_scratch::{APP, OWNER, cluster};
use serde_json::json;

use crate::{
    feeder::Feeder,
    harness::{Scratch, Server, event},
    nodes::{check, under_load},
};

#[test]
fn the_first_release_is_still_read() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/journals/v1/hall.db");
    let scratch = Scratch::on_file();
    fs::copy(kept, scratch.path("jifen.db")).expect("fixture");
    let db = scratch.db();
    let early = scratch.jifen(&["replay", "--db", &db, "--region", "511602"]);
    assert_ne!(early.code, 0);
    assert!(early.stderr.contains("has schema 1"), "a reading command says what to do first: {}", early.stderr);
    let share = event("1", "data.shared", "2026-11-23T10:00:00+08:00", json!({"provider": "D1", "receiver": "D2"}));
    scratch.write("more.jsonl", format!("{share}\n").as_bytes());
    scratch.good(&["import", "--db", &db, "--region", "511602", "--mapping", "cloudevents", "more.jsonl"]);
    scratch.good(&["replay", "--db", &db, "--region", "511602"]);
    let entries = scratch.good(&["entries", "--db", &db, "--region", "511602", "--json"]).json();
    let items = entries["items"].as_array().expect("entries");
    assert_eq!(items.len(), 3);
    let kept = items.iter().find(|entry| entry["subject"] == "P1001").expect("the first release's entry");
    assert_eq!(kept["points"], "5");
    assert_eq!(kept["digest"], "b28c97e5bd915c95c981d7ebd5dc5d2537f7a06b11a1b0fb08eac3487c697230");
}

/// What a later version's migration might add, in the one transaction that migrations run in.
const LATER: &str = "
    create table later (region_id bigint primary key references region, note text not null);
    alter table account add column note text;
    alter table ledger add column note text;
    insert into refinery_schema_history (version, name, applied_on, checksum)
    select max(version) + 1, 'add_notes', '2030-01-01T00:00:00Z', '1' from refinery_schema_history";

#[test]
fn nodes_go_on_through_a_migration_that_only_adds_and_start_after_it() {
    let scratch = Scratch::with_hall_on_server();
    let key = scratch.key("source");
    let mut servers: Vec<Server> = (0..2).map(|_| scratch.serve()).collect();
    let mut feeders: Vec<Feeder> = (0..4).map(Feeder::numbered).collect();
    let addresses: Vec<String> = servers.iter().map(|server| server.address.clone()).collect();
    let database = scratch.db().rsplit('/').next().expect("a name").to_owned();
    let cluster = cluster().expect("a cluster");
    let acknowledged = |feeders: &[Feeder]| feeders.iter().map(|feeder| feeder.acknowledged.len()).sum::<usize>();
    under_load(&addresses, &key, &mut feeders, 21, || {
        thread::sleep(Duration::from_millis(500));
        let as_owner =
            format!("set role {OWNER}; set search_path = jifen; {LATER}; grant select, insert on later to {APP}");
        cluster.run_in(&database, &as_owner).expect("the later version's migration");
        thread::sleep(Duration::from_millis(500));
        // The later version's node writes what only it knows of, beside ours.
        let noted =
            "update jifen.account set note = 'theirs'; insert into jifen.later select id, 'theirs' from jifen.region";
        cluster.run_in(&database, noted).expect("written");
        thread::sleep(Duration::from_millis(500));
    });
    assert!(servers.iter_mut().all(|server| server.child.try_wait().expect("asked").is_none()), "a node gave up");
    check(&scratch, &feeders);
    // One is replaced by the same version: the roll-out was called off.
    let before = acknowledged(&feeders);
    servers[0] = scratch.serve();
    let addresses: Vec<String> = servers.iter().map(|server| server.address.clone()).collect();
    under_load(&addresses, &key, &mut feeders, 22, || thread::sleep(Duration::from_millis(1_000)));
    assert!(acknowledged(&feeders) > before, "nobody took anything");
    check(&scratch, &feeders);
    assert_eq!(cluster.run_in(&database, "select note from jifen.later").expect("read"), "theirs");
    // The owner's command of this version would take away rights to what it does not know.
    let owner = cluster.url(OWNER, &database);
    let refused = scratch.jifen(&["migrate", "--db", &owner]);
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("start the newer jifen"), "{}", refused.stderr);
}
