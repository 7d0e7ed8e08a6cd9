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
    assert!(!good.stderr.contains("warnings"), "{}", good.stderr);
    let bare = "format = 1\n[ruleset]\nid = \"x\"\ntitle = \"x\"\n[[rule]]\nid = \"a\"\ntitle = \"a\"\ndimension = \"quality\"\n\
        on = \"complaint\"\nsubject = \"person\"\npoints = -4\n";
    scratch.write("bare.toml", bare.as_bytes());
    let warned = scratch.good(&["rules", "check", "bare.toml"]);
    assert!(warned.stderr.contains("bare.toml:6:6: 规则 `a`：没有例子"), "{}", warned.stderr);
    assert!(warned.stderr.contains("\n    rule `a`: no example tries it"), "{}", warned.stderr);
    assert_eq!(scratch.jifen(&["rules", "check", "--deny-warnings", "bare.toml"]).code, 3);
}

#[test]
fn tables_and_ready_books_are_drafts_to_start_from() {
    let scratch = Scratch::new();
    scratch.write("考核表.csv", "考核内容,评分标准,周期\n上班迟到,每次扣2分,月\n满意率,95%以上加5分,月\n".as_bytes());
    let made = scratch.good(&["rules", "draft", "考核表.csv"]);
    assert!(made.stdout.contains("title = \"上班迟到\""), "{}", made.stdout);
    assert!(made.stderr.contains("第 3 行 `r2`：“95% 以上”含不含 95%？"), "{}", made.stderr);
    scratch.write("made.toml", made.stdout.as_bytes());
    scratch.good(&["rules", "check", "made.toml"]);
    scratch.write("bad.csv", "姓名,工号\n王岚,7\n".as_bytes());
    let bad = scratch.jifen(&["rules", "draft", "bad.csv"]);
    assert_eq!(bad.code, 3);
    assert!(bad.stderr.contains("表头") && bad.stderr.contains("header"), "{}", bad.stderr);
    let listed = scratch.good(&["rules", "library"]);
    assert!(listed.stdout.contains("starter") && listed.stdout.contains("05-red-flag"), "{}", listed.stdout);
    scratch.write("book.toml", scratch.good(&["rules", "library", "05-red-flag"]).stdout.as_bytes());
    scratch.good(&["rules", "check", "book.toml"]);
    assert_eq!(scratch.jifen(&["rules", "library", "none"]).code, 2);
}

#[test]
fn worked_cases_are_run() {
    let scratch = Scratch::new();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../jifen-core/rules/starter.toml");
    let cases = |points: &str| {
        format!(
            "format = 1\n[[case]]\ntitle = \"建议采纳\"\nperiod = \"2026-11-03\"\nevents = [{{ at = 2026-11-03, \
             type = \"suggestion.adopted\", person = \"li\" }}]\nexpect = [{{ person = \"li\", points = {points} }}]\n"
        )
    };
    scratch.write("good.toml", cases("15").as_bytes());
    let good = scratch.good(&["rules", "test", rules, "--cases", "good.toml"]);
    assert!(good.stdout.starts_with("✓  建议采纳\n1 个算例，0 个不符"), "{}", good.stdout);
    scratch.write("starter.toml", &std::fs::read(rules).expect("the starter"));
    scratch.write("starter.cases.toml", cases("16").as_bytes());
    let bad = scratch.jifen(&["rules", "test", "starter.toml"]);
    assert_eq!(bad.code, 1, "{}", bad.stderr);
    let told =
        ["✗  建议采纳", "starter.cases.toml:6:", "li points: expected 16, came 15", "2026-11-03  +15  suggestion"];
    assert!(told.iter().all(|told| bad.stdout.contains(told)), "{}", bad.stdout);
    scratch.write("starter.cases.toml", b"format = 1\n");
    assert_eq!(scratch.jifen(&["rules", "test", "starter.toml"]).code, 3);
    assert_eq!(scratch.jifen(&["rules", "test", "none.toml"]).code, 3);
}
