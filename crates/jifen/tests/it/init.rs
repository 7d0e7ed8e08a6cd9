//! `init`: a good directory, broken ones, and a second time.

use crate::harness::{HALL, Scratch};

#[test]
fn a_directory_becomes_a_region_once() {
    let scratch = Scratch::new();
    scratch.write_all(&HALL);
    let first = scratch.good(&["init", "--db", &scratch.db(), "hall"]);
    assert!(first.stderr.contains("region `t` made"), "{}", first.stderr);
    assert!(first.stderr.contains("starter"), "{}", first.stderr);
    // Plain words for whoever runs it, and not a line for machines. The key for servers may have been made before.
    let made = first.stderr.contains("已生成保险库的主密钥") && first.stderr.contains("keep a copy");
    assert!(made || !scratch.db().starts_with("sqlite:"), "{}", first.stderr);
    assert!(!first.stderr.contains('{'), "{}", first.stderr);
    let second = scratch.good(&["init", "--db", &scratch.db(), "hall"]);
    assert!(second.stderr.contains("0 events appended"), "{}", second.stderr);
    scratch.write_all(&[("windows.csv", "window,hall\nW1,H1\nW2,H1\nW3,H1\n")]);
    let third = scratch.jifen(&["init", "--db", &scratch.db(), "hall"]);
    assert_eq!(third.code, 3);
    for told in ["windows.csv:2:1: 日志里已有 `window/W1`", "\n    `window/W1` is in the journal with another content"]
    {
        assert!(third.stderr.contains(told), "{}", third.stderr);
    }
    assert!(!third.stderr.contains("W3"), "{}", third.stderr);
    scratch.good(&["replay", "--db", &scratch.db(), "--region", "t"]);
}

#[test]
fn a_broken_directory_writes_nothing_and_says_where() {
    let rules = "format = 1\n[ruleset]\nid = \"r\"\ntitle = \"r\"\n[[rule]]\nid = \"a\"\n";
    for (name, text, place, message) in [
        ("region.toml", "code = t\n", "region.toml:1:8: ", ""),
        ("region.toml", "code = \"t\"\ncolour = \"red\"\n", "region.toml:2:1: 这里看不懂", "unknown field `colour`"),
        ("halls.csv", "hall,name\nH1,大厅\nH1,again\n", "halls.csv:3:1: “H1”", "`H1` is on line 2 already"),
        ("windows.csv", "window,hall\nW1,H7\n", "windows.csv:2:2: 大厅编号：", "hall: `H7` is not in halls.csv"),
        ("people.csv", "person,kind\nP1,\nP2,robot\n", "people.csv:3:2: ", "kind: `robot`"),
        ("roster.csv", "person,window,from\nP1,W1,monday\n", "roster.csv:2:3: ", "from: `monday` is no day or time"),
        ("calendar.csv", "calendar,year,off_days\nx,2026,2025-01-01\n", "calendar.csv:2:1: ", ""),
        ("rules/r.toml", rules, "rules/r.toml:5:", ""),
    ] {
        let scratch = Scratch::new();
        scratch.write_all(&HALL);
        scratch.write_all(&[(name, text)]);
        let ran = scratch.jifen(&["init", "--db", &scratch.db(), "hall"]);
        assert_eq!(ran.code, 3, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(place) && ran.stderr.contains(message), "{name}: {}", ran.stderr);
        assert!(!scratch.path("jifen.db").exists(), "{name}: nothing is written");
    }
}

#[test]
fn wrong_use_is_told_apart() {
    let scratch = Scratch::new();
    scratch.write_all(&HALL);
    assert_eq!(scratch.jifen(&["init", "--db", "mysql:x", "hall"]).code, 2);
    assert_eq!(scratch.jifen(&["init", "hall"]).code, 2);
    assert_eq!(scratch.jifen(&["init", "--db", "sqlite:/nowhere/at/all.db", "hall"]).code, 4);
    let missing = scratch.jifen(&["init", "--db", &scratch.db(), "elsewhere"]);
    assert_eq!(missing.code, 3);
    assert!(missing.stderr.contains("region.toml:1:1: 不能读"), "{}", missing.stderr);
    assert!(missing.stderr.contains("\n    cannot be read"), "{}", missing.stderr);
    scratch.write("foreign.db", b"no database at all, but long enough to be looked at");
    let foreign = scratch.jifen(&["init", "--db", "sqlite:foreign.db", "hall"]);
    assert_eq!(foreign.code, 4, "{}", foreign.stderr);
}
