//! Documents that are made from the program must not go stale, and rule files are checked as they are published.

use crate::harness::Scratch;

#[test]
fn the_event_catalogue_is_fresh() {
    let kept =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events.md")).unwrap_or_default();
    let made = Scratch::new().good(&["print", "events"]).stdout;
    assert!(kept == made, "docs/events.md is stale; run `cargo xtask gen`");
}

#[test]
fn rule_files_are_checked() {
    let scratch = Scratch::new();
    let starter = concat!(env!("CARGO_MANIFEST_DIR"), "/../jifen-core/rules/starter.toml");
    let good = scratch.good(&["rules", "check", starter]);
    assert!(good.stdout.contains("service-time") && good.stdout.contains("办理时长"), "{}", good.stdout);
    scratch
        .write("bad.toml", b"format = 1\n[ruleset]\nid = \"x\"\ntitle = \"x\"\n\n[[rule]]\nid = \"a\"\ncolour = 1\n");
    let bad = scratch.jifen(&["rules", "check", "bad.toml"]);
    assert_eq!(bad.code, 3);
    assert!(bad.stderr.contains("bad.toml:8:1: "), "{}", bad.stderr);
    assert_eq!(scratch.jifen(&["rules", "check", "none.toml"]).code, 3);
}
