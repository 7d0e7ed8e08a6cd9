//! `key add` and `account`: printed once, alone; one region, one name.

use rusqlite::Connection;

use crate::harness::{Client, Scratch, Server};

#[test]
fn a_key_is_printed_alone_and_not_kept() {
    let scratch = Scratch::with_hall_on_file();
    let db = scratch.db();
    let add = |name: &str, more: &[&str]| {
        scratch.jifen(&[&["key", "add", "--db", &db, "--region", "t", "--name", name][..], more].concat())
    };
    let added = add("queue", &["--role", "source", "--types", "jifen.queue.,jifen.service."]);
    assert_eq!(added.code, 0, "{}", added.stderr);
    let key = added.stdout.trim_end();
    assert_eq!((key.lines().count(), key.starts_with("jifen_"), key.len()), (1, true, 70));
    let bytes = std::fs::read(scratch.path("jifen.db")).expect("database");
    assert!(!bytes.windows(64).any(|part| part == &key.as_bytes()[6..]), "only its digest is stored");
    assert_eq!(add("queue", &["--role", "source"]).code, 2, "the name is taken");
    assert_eq!(add("boss", &["--role", "king"]).code, 2);
    assert_eq!(add("boss", &["--role", "staff", "--types", "jifen.queue."]).code, 2);
    assert_eq!(add("other", &["--role", "source", "--types", "jifen.nothing."]).code, 2);
    let keys: i64 = Connection::open(scratch.path("jifen.db"))
        .and_then(|connection| connection.query_row("select count(*) from access_key", [], |row| row.get(0)))
        .expect("count");
    assert_eq!(keys, 1);
}

#[test]
fn an_account_gets_a_password_that_is_printed_alone_and_not_kept() {
    let scratch = Scratch::with_hall_on_file();
    let db = scratch.db();
    let add = |name: &str, role: &str| {
        scratch
            .jifen(&["account", "add", "--db", &db, "--region", "t", "--name", name, "--role", role, "--person", "P1"])
    };
    let added = add("lan", "manager");
    assert_eq!(added.code, 0, "{}", added.stderr);
    let password = added.stdout.trim_end();
    assert_eq!((password.lines().count(), password.len()), (1, 23), "{password}");
    let bytes = std::fs::read(scratch.path("jifen.db")).expect("database");
    assert!(!bytes.windows(23).any(|part| part == password.as_bytes()), "only its hash is stored");
    assert_eq!(add("lan", "staff").code, 2, "the name is taken");
    assert_eq!(add("queue", "source").code, 2, "a source has a key and no account");
    assert_eq!(add("a b", "staff").code, 2);
    let listed = scratch.good(&["account", "list", "--db", &db, "--region", "t"]).stdout;
    assert!(listed.contains("lan") && listed.contains("manager") && listed.contains("one-time"), "{listed}");
    assert!(!listed.contains("argon2"), "{listed}");
    // Who signs in by a system outside gets no password; officers and administrators sign in here.
    let external = |name: &str, role: &str| {
        scratch.jifen(&["account", "add", "--db", &db, "--region", "t", "--name", name, "--role", role, "--external"])
    };
    let outside = external("zhao", "staff");
    assert_eq!((outside.code, outside.stdout.as_str()), (0, ""), "{}", outside.stderr);
    let listed = scratch.good(&["account", "list", "--db", &db, "--region", "t"]).stdout;
    let line = listed.lines().find(|line| line.contains("zhao")).expect("a line");
    assert!(line.contains("staff") && !line.contains("one-time"), "{line}");
    for role in ["administrator", "audit_administrator"] {
        let refused = external("boss", role);
        assert_eq!(refused.code, 2, "{role}");
        assert!(refused.stderr.contains("--external"), "{}", refused.stderr);
    }
    let one = |what: &str, name: &str| scratch.jifen(&["account", what, "--db", &db, "--region", "t", "--name", name]);
    assert_eq!((one("disable", "wen").code, one("reset", "wen").code), (2, 2), "there is none");
    assert_eq!(one("disable", "lan").code, 0);
    assert!(scratch.good(&["account", "list", "--db", &db, "--region", "t"]).stdout.contains("disabled"));
    let reset = one("reset", "lan");
    assert_eq!((reset.code, reset.stdout.trim_end().len()), (0, 23), "{}", reset.stderr);
    assert_ne!(reset.stdout.trim_end(), password);
    assert!(!scratch.good(&["account", "list", "--db", &db, "--region", "t"]).stdout.contains("disabled"));
}

#[test]
fn what_commands_change_is_in_the_trail_and_what_they_refuse_is_not() {
    let scratch = Scratch::with_hall();
    let db = scratch.db();
    let command = |words: &[&str]| scratch.jifen(&[words, &["--db", &db, "--region", "t"]].concat()).code;
    let key = scratch.key("administrator");
    for (words, code) in [
        (&["account", "add", "--name", "lan", "--role", "window_lead", "--place", "W1"][..], 0),
        (&["account", "add", "--name", "lan", "--role", "staff"], 2),
        (&["account", "reset", "--name", "lan"], 0),
        (&["account", "disable", "--name", "lan"], 0),
        (&["account", "disable", "--name", "wen"], 2),
        (&["key", "add", "--name", "queue", "--role", "source"], 0),
        (&["key", "add", "--name", "queue", "--role", "source"], 2),
    ] {
        assert_eq!(command(words), code, "{words:?}");
    }
    let whole = scratch.good(&["audit", "--db", &db, "--region", "t"]).stdout;
    assert!(whole.starts_with("5 ") && whole.contains("whole"), "{whole}");
    let server = scratch.serve_with(&["--first-account"]);
    let mut client = Client::connect(&server.address, &key).expect("connected");
    let (status, body) = client.request("GET", "/api/v1/audit", "text/plain", "").expect("answered");
    assert_eq!(status, 200, "{body}");
    let page: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let told = page["items"].as_array().expect("items").iter().rev().map(|entry| {
        assert_eq!((&entry["actor"], &entry["address"]), (&"operator".into(), &"command line".into()), "{entry}");
        format!("{} {}", entry["act"].as_str().expect("act"), entry["object"].as_str().expect("object"))
    });
    let told: Vec<String> = told.collect();
    let expected = [
        "key.issue administrator administrator",
        "account.make lan window_lead",
        "account.reset lan",
        "account.disable lan",
        "key.issue queue source",
    ];
    assert_eq!(told, expected, "an account is there already, so none is made first");
}

#[test]
fn the_first_account_is_made_once_and_signs_in_over_http() {
    let scratch = Scratch::with_hall();
    let printed = |server: &Server| {
        let mut client = Client::connect(&server.address, "").expect("connected");
        assert_eq!(client.request("GET", "/healthz", "text/plain", "").expect("answered").0, 200);
        let log = std::fs::read_to_string(&server.log).expect("log");
        let line = log.lines().find(|line| line.contains("one-time password")).map(str::to_owned);
        line.map(|line| line.rsplit(' ').next().expect("a word").to_owned())
    };
    let server = scratch.serve_with(&["--first-account"]);
    let password = printed(&server).expect("a password");
    let trail = scratch.good(&["audit", "--db", &scratch.db(), "--region", "t"]).stdout;
    assert!(trail.starts_with("1 "), "the first account is in the trail: {trail}");
    let sign_in = |server: &Server, password: &str| {
        let mut client = Client::connect(&server.address, "").expect("connected");
        let body = serde_json::json!({"name": "admin", "password": password}).to_string();
        client.request("POST", "/api/v1/sessions", "application/json", &body).expect("answered")
    };
    let (status, body) = sign_in(&server, &password);
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("\"must_change\":true") && body.contains("administrator"), "{body}");
    assert_eq!(sign_in(&server, "another password").0, 401);
    drop(server);
    let again = scratch.serve_with(&["--first-account"]);
    assert_eq!(printed(&again), None, "there is an account");
    assert_eq!(sign_in(&again, &password).0, 200);
}
