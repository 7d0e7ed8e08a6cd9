//! The database goes away under a running server: killed, or cut off within a packet. Nothing acknowledged is lost, nothing stands twice,
//! and the server goes on by itself.
//!
//! `JIFEN_OUTAGE_ROUNDS` sets the number of rounds, `JIFEN_OUTAGE_SEED` repeats a run.

use std::{thread, time::Duration};

use jifen_scratch::{APP, Cluster, Listen, OtherNetwork, SmallDisk};

use crate::{
    feeder::Feeder,
    harness::{Client, Scratch, Server, number_and_seed},
    nodes::{check, is_looked_after, under_load, wait_for},
    proxy::{Cut, Proxy},
};

/// Kills of the database unless `JIFEN_OUTAGE_ROUNDS` says otherwise; connections are cut ten times as often.
const ROUNDS: u64 = 5;
const CLIENTS: usize = 8;
/// What the small disk of a database holds, and how much more for each round: what is kept grows.
const DISK_MIB: u64 = 512;
const DISK_ROUND_MIB: u64 = 4;

/// A hall in a cluster of its own.
fn hall(cluster: &Cluster) -> Scratch {
    Scratch::over(jifen_scratch::Scratch::at(&cluster.migrated().expect("a database"))).with_region()
}

fn acknowledged(feeders: &[Feeder]) -> usize {
    feeders.iter().map(|feeder| feeder.acknowledged.len()).sum()
}

fn runs(server: &mut Server) -> bool {
    server.child.try_wait().expect("asked").is_none()
}

#[test]
fn a_killed_database_and_killed_nodes_lose_nothing() {
    let (rounds, seed) = number_and_seed("OUTAGE", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let cluster = Cluster::start(Listen::Socket).expect("a cluster");
    let scratch = hall(&cluster);
    let key = scratch.key("source");
    let mut servers: Vec<Server> = (0..2).map(|_| scratch.serve()).collect();
    let mut feeders: Vec<Feeder> = (0..CLIENTS).map(Feeder::numbered).collect();
    for round in 0..rounds {
        let addresses: Vec<String> = servers.iter().map(|server| server.address.clone()).collect();
        let pauses = [(); 2].map(|()| Duration::from_millis(random.u64(20..500)));
        let kills_node = random.bool();
        let before = acknowledged(&feeders);
        under_load(&addresses, &key, &mut feeders, seed + round * 100, || {
            thread::sleep(pauses[0]);
            cluster.kill().expect("killed");
            thread::sleep(pauses[1]);
            if kills_node {
                servers[0].signal("KILL");
            }
            wait_for("the database", || cluster.run("select 1").ok());
            // Long enough for somebody to be acknowledged again.
            thread::sleep(Duration::from_millis(1_500));
        });
        if kills_node {
            servers[0] = scratch.serve();
        }
        assert!(servers.iter_mut().all(runs), "round {round}: a node gave up");
        assert!(acknowledged(&feeders) > before, "round {round}: nobody took anything");
        if is_looked_after(round, rounds) {
            check(&scratch, &feeders);
        }
    }
    eprintln!("{} acknowledged in {rounds} rounds", acknowledged(&feeders));
}

#[test]
fn a_promoted_standby_has_all_that_was_acknowledged() {
    let (rounds, seed) = number_and_seed("OUTAGE", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut primary = Cluster::start(Listen::Tcp).expect("a cluster");
    let scratch = hall(&primary);
    let key = scratch.key("source");
    let database = scratch.db().rsplit('/').next().expect("a name").to_owned();
    let mut feeders: Vec<Feeder> = (0..CLIENTS).map(Feeder::numbered).collect();
    // One in the suite: each makes a standby.
    for round in 0..rounds.div_ceil(ROUNDS) {
        let standby = primary.standby().expect("a standby");
        let first = primary.url(APP, &database);
        let both = first
            .replace(&format!(":{}/", primary.port()), &format!(":{},127.0.0.1:{}/", primary.port(), standby.port()));
        let url = format!("{both}?target_session_attrs=read-write");
        let mut server = Scratch::over(jifen_scratch::Scratch::at(&url)).serve();
        let before = acknowledged(&feeders);
        under_load(&[server.address.clone()], &key, &mut feeders, seed + round * 100, || {
            thread::sleep(Duration::from_millis(random.u64(300..1_200)));
            primary.destroy().expect("destroyed");
            standby.promote().expect("promoted");
            thread::sleep(Duration::from_millis(2_500));
        });
        assert!(runs(&mut server), "round {round}: the server gave up");
        assert!(acknowledged(&feeders) > before, "round {round}: nobody took anything");
        feeders[0].feed_nodes(&[server.address.clone()], &key, &mut random, |batches| batches < 2);
        drop(server);
        check(&Scratch::over(jifen_scratch::Scratch::at(&standby.url(APP, &database))), &feeders);
        primary = standby;
    }
    eprintln!("{} acknowledged", acknowledged(&feeders));
}

#[test]
fn connections_cut_within_packets_lose_nothing_and_double_nothing() {
    let (rounds, seed) = number_and_seed("OUTAGE", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let cluster = Cluster::start(Listen::Tcp).expect("a cluster");
    let scratch = hall(&cluster);
    let key = scratch.key("source");
    let proxy = Proxy::before(cluster.port());
    let url = scratch.db().replace(&format!(":{}/", cluster.port()), &format!(":{}/", proxy.port));
    assert!(url.contains(APP) && url != scratch.db());
    let mut server = Scratch::over(jifen_scratch::Scratch::at(&url)).serve();
    let mut feeders: Vec<Feeder> = (0..CLIENTS).map(Feeder::numbered).collect();
    let address = [server.address.clone()];
    under_load(&address, &key, &mut feeders, seed, || {
        for _ in 0..rounds * 10 {
            thread::sleep(Duration::from_millis(random.u64(20..250)));
            proxy.cut(match random.u8(0..4) {
                0 => Cut::Now,
                1 => Cut::ToDatabase(random.i64(0..20_000)),
                // The statements are done, the `commit` behind them too, and its answer is lost.
                2 => Cut::FromDatabase(0),
                _ => Cut::FromDatabase(random.i64(0..200)),
            });
        }
    });
    assert!(runs(&mut server), "the server gave up");
    check(&scratch, &feeders);
    let before = acknowledged(&feeders);
    feeders[0].feed_nodes(&address, &key, &mut random, |batches| batches < 2);
    assert!(acknowledged(&feeders) > before);
    eprintln!("{before} acknowledged in {} cuts", rounds * 10);
}

#[test]
fn a_node_behind_a_pulled_cable_loses_nothing_and_holds_nobody_up() {
    let (rounds, seed) = number_and_seed("OUTAGE", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let Some(network) = OtherNetwork::make() else { return };
    let cluster = Cluster::start(Listen::Tcp).expect("a cluster");
    let scratch = hall(&cluster);
    let key = scratch.key("source");
    let proxy = Proxy::at(&network.here(), cluster.port());
    let url =
        scratch.db().replace(&format!("127.0.0.1:{}/", cluster.port()), &format!("{}:{}/", network.here(), proxy.port));
    let outside = Scratch::over(jifen_scratch::Scratch::at(&url));
    let mut there = outside.serve_at(&format!("{}:0", network.there()), &network.inside(), &[]);
    let mut feeders: Vec<Feeder> = (0..CLIENTS).map(Feeder::numbered).collect();
    // One in the suite: each waits until a node counts as hanging.
    for round in 0..rounds.div_ceil(ROUNDS) {
        // The one behind the cable is there alone before the other comes, so it writes the region.
        let mut here = scratch.serve_at(&format!("{}:0", network.here()), &[], &[]);
        let nodes = [here.address.clone(), there.address.clone()];
        let (behind, before_it) = feeders.split_at_mut(CLIENTS / 2);
        thread::scope(|scope| {
            let (here, there, key, network) = (&nodes[..1], &nodes[1..], &key, &network);
            let mut load = random.fork();
            let (pause, rest) = (random.u64(300..1_200), random.u64(0..3_000));
            let fed = scope.spawn(move || {
                let mut pulled = None;
                under_load(here, key, before_it, load.u64(..1 << 40), || {
                    thread::sleep(Duration::from_millis(pause));
                    pulled = Some(network.pull().expect("pulled"));
                });
                // Whoever reaches the node on this side is served while the other side is away.
                before_it[0].feed_nodes(here, key, &mut load, |batches| batches < 3);
                thread::sleep(Duration::from_millis(rest));
            });
            under_load(there, key, behind, random.u64(..1 << 40), || fed.join().expect("fed"));
        });
        assert!(runs(&mut here) && runs(&mut there), "round {round}: a node gave up");
        feeders[0].feed_nodes(&nodes[1..], &key, &mut random, |batches| batches < 2);
        here.signal("TERM");
        wait_for("the node to end", || here.child.try_wait().expect("asked"));
        feeders[0].feed_nodes(&nodes[1..], &key, &mut random, |batches| batches < 4);
    }
    drop(there);
    check(&scratch, &feeders);
    eprintln!("{} acknowledged", acknowledged(&feeders));
}

#[test]
fn a_server_outlives_a_database_that_is_away_for_long() {
    let (_, seed) = number_and_seed("OUTAGE", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let cluster = Cluster::start(Listen::Tcp).expect("a cluster");
    let scratch = hall(&cluster);
    let key = scratch.key("source");
    let proxy = Proxy::before(cluster.port());
    let url = scratch.db().replace(&format!(":{}/", cluster.port()), &format!(":{}/", proxy.port));
    let mut server = Scratch::over(jifen_scratch::Scratch::at(&url)).serve();
    let address = [server.address.clone()];
    let mut feeders: Vec<Feeder> = (0..CLIENTS).map(Feeder::numbered).collect();
    let ready = || {
        let mut client = Client::connect(&address[0], &key).expect("connected");
        client.request("GET", "/readyz", "application/json", "").expect("an answer").0
    };
    under_load(&address, &key, &mut feeders, seed, || {
        thread::sleep(Duration::from_millis(random.u64(300..1_200)));
        proxy.shut();
        // Longer than whoever asks waits for a session to be taken up again.
        thread::sleep(Duration::from_secs(40));
        assert_eq!(ready(), 503);
        proxy.open();
        wait_for("the server to be ready", || (ready() == 200).then_some(()));
    });
    assert!(runs(&mut server), "the server gave up");
    let before = acknowledged(&feeders);
    feeders[0].feed_nodes(&address, &key, &mut random, |batches| batches < 2);
    assert!(acknowledged(&feeders) > before);
    check(&scratch, &feeders);
}

#[test]
fn a_database_that_hangs_is_given_up_and_holds_nobody_up_for_good() {
    let (_, seed) = number_and_seed("OUTAGE", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let cluster = Cluster::start(Listen::Socket).expect("a cluster");
    let scratch = hall(&cluster);
    let (key, reading) = (scratch.key("source"), scratch.key("staff"));
    let mut server = scratch.serve();
    let address = [server.address.clone()];
    let mut feeders = vec![Feeder::numbered(0)];
    feeders[0].feed_nodes(&address, &key, &mut random, |batches| batches < 2);
    let read = || {
        let mut client = Client::connect(&address[0], &reading).expect("connected");
        client.request("GET", "/api/v1/entries?period=all", "application/json", "").expect("an answer").0
    };
    assert_eq!(read(), 200);
    cluster.halt_connections("jifen (reading)").expect("halted");
    assert_eq!(read(), 200, "another connection does");
    cluster.halt().expect("halted");
    assert_eq!(read(), 503, "while it hangs");
    cluster.resume().expect("resumed");
    feeders[0].feed_nodes(&address, &key, &mut random, |batches| batches < 4);
    assert_eq!(read(), 200);
    cluster.halt_connections("process % (%)").expect("halted");
    assert_eq!(feeders[0].try_batch(&address[0], &key, &mut random), Some(503), "nobody knows what became of it");
    assert_eq!(read(), 200, "what is read needs no writer");
    cluster.resume().expect("resumed");
    feeders[0].feed_nodes(&address, &key, &mut random, |batches| batches < 2);
    assert!(runs(&mut server), "the server gave up");
    check(&scratch, &feeders);
}

#[test]
fn a_full_disk_of_the_database_loses_nothing_and_room_is_used_again() {
    let (rounds, seed) = number_and_seed("OUTAGE", "ROUNDS", ROUNDS);
    let mut random = fastrand::Rng::with_seed(seed);
    let Some(disk) = SmallDisk::mount(DISK_MIB + rounds * DISK_ROUND_MIB) else { return };
    std::fs::set_permissions(disk.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("permissions");
    let cluster = Cluster::start_in(disk.path(), Listen::Socket, &["max_wal_size=64MB"]).expect("a cluster");
    let scratch = hall(&cluster);
    let key = scratch.key("source");
    let mut server = scratch.serve();
    let address = [server.address.clone()];
    // The last one is the probe's.
    let mut feeders: Vec<Feeder> = (0..=CLIENTS).map(Feeder::numbered).collect();
    let (feeding, probe) = feeders.split_at_mut(CLIENTS);
    under_load(&address, &key, feeding, seed, || {
        for _ in 0..rounds {
            thread::sleep(Duration::from_millis(random.u64(100..600)));
            disk.fill();
            // Without room it may say so, or be gone for as long: then nobody knows what became of the last batch.
            let refusal = wait_for("a refusal", || {
                probe[0].try_batch(&address[0], &key, &mut random).filter(|status| [503, 507].contains(status))
            });
            // It may also say so first and then be gone: when the writer, refused, begins anew.
            if refusal == 507 && random.bool() {
                cluster.kill().expect("killed");
            }
            thread::sleep(Duration::from_millis(random.u64(0..1_000)));
            disk.free();
            wait_for("the database", || cluster.run("select 1").ok());
            probe[0].feed_nodes(&address, &key, &mut random, |batches| batches < 2);
        }
    });
    assert!(runs(&mut server), "the server gave up");
    check(&scratch, &feeders);
    eprintln!("{} acknowledged", acknowledged(&feeders));
}
