//! `key add`: printed once, alone; one region, one name.

use rusqlite::Connection;

use crate::harness::Scratch;

#[test]
fn a_key_is_printed_alone_and_not_kept() {
    let scratch = Scratch::with_hall();
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
