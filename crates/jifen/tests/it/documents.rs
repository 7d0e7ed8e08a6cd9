//! Documents that are made from the program must not go stale, and rule files are checked as they are published.

use crate::harness::Scratch;

#[test]
fn made_documents_are_fresh() {
    let scratch = Scratch::new();
    for (name, path) in [("openapi", "docs/openapi.json"), ("events", "docs/events.md")] {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
        let kept = std::fs::read_to_string(format!("{root}{path}")).unwrap_or_default();
        let made = scratch.good(&["print", name]).stdout;
        assert!(kept == made, "{path} is stale; run `cargo xtask gen`");
    }
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
