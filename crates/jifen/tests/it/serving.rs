//! `serve`: one writer per file, an orderly end, the same answers as the command line.

use std::process::Command;

use serde_json::Value;

use crate::harness::{Client, Scratch, service};

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let scratch = Scratch::with_hall();
    let db = scratch.db();
    let server = scratch.serve();
    let refused = [
        vec!["key", "add", "--db", &db, "--region", "t", "--name", "n", "--role", "staff"],
        vec!["init", "--db", &db, "hall"],
        vec!["serve", "--db", &db, "--listen", "127.0.0.1:0"],
    ];
    // Several nodes serve one PostgreSQL database.
    let refused = if db.starts_with("sqlite:") { &refused[..] } else { &refused[..2] };
    for arguments in refused {
        let refused = scratch.jifen(arguments);
        assert_eq!(refused.code, 4, "{arguments:?}: {}", refused.stderr);
        let names_holder =
            refused.stderr.contains("jifen serve") && refused.stderr.contains(&server.child.id().to_string());
        assert!(names_holder, "{}", refused.stderr);
    }
    scratch.good(&["replay", "--db", &db, "--region", "t"]);
    drop(server);
    scratch.good(&["key", "add", "--db", &db, "--region", "t", "--name", "n", "--role", "staff"]);
}

#[test]
fn both_ways_of_asking_agree() {
    let scratch = Scratch::with_hall();
    assert_eq!(scratch.import_events(&service(1, "P1", "W1", 12, 18), &[]).code, 0);
    let key = scratch.key("staff");
    let db = scratch.db();
    let server = scratch.serve();
    let mut client = Client::connect(&server.address, &key).expect("connected");
    let mut get = |path: &str| {
        let (status, body) = client.request("GET", path, "text/plain", "").expect("answered");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str::<Value>(&body).expect("JSON")
    };
    let board = scratch.good(&[
        "leaderboard",
        "--db",
        &db,
        "--region",
        "t",
        "--subject",
        "person",
        "--period",
        "2026-10",
        "--json",
    ]);
    assert_eq!(get("/api/v1/leaderboard?subject=person&period=2026-10"), board.json());
    assert_eq!(get("/api/v1/entries"), scratch.good(&["entries", "--db", &db, "--region", "t", "--json"]).json());
    assert_eq!(get("/api/v1/entries/t/1"), scratch.good(&["explain", "--db", &db, "--json", "t", "1"]).json());
}

#[test]
fn a_signal_ends_it_in_order() {
    for signal in ["-INT", "-TERM"] {
        let scratch = Scratch::with_hall();
        let mut server = scratch.serve();
        assert!(Command::new("kill").args([signal, &server.child.id().to_string()]).status().expect("kill").success());
        assert_eq!(server.child.wait().expect("ended").code(), Some(0), "{signal}");
        let log = scratch.path("jifen.db-wal");
        assert!(std::fs::metadata(log).map_or(0, |metadata| metadata.len()) == 0, "the write-ahead log is emptied");
    }
}

#[test]
fn a_taken_address_is_said() {
    let scratch = Scratch::with_hall();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let address = taken.local_addr().expect("address").to_string();
    let ran = scratch.jifen(&["serve", "--db", &scratch.db(), "--listen", &address]);
    assert_eq!((ran.code, ran.stderr.contains("--listen")), (2, true), "{}", ran.stderr);
}
