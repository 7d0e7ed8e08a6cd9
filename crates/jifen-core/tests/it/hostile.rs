//! Rule files made to hang or to crash: each is refused with a fault that has its place, before it costs anything.

use jifen_core::rule::{TEXT_BYTES_MAX, parse};

const HEAD: &str = "format = 1\n[ruleset]\nid = \"hall\"\ntitle = \"本厅办法\"\n";

fn rule(more: &str) -> String {
    format!(
        "{HEAD}[[rule]]\nid = \"a\"\ntitle = \"办件\"\ndimension = \"efficiency\"\non = \"service\"\nsubject = \"person\"\n{more}\n"
    )
}

fn when(condition: &str) -> String {
    rule(&format!("points = 1\nwhen = \"{condition}\""))
}

#[test]
fn what_is_made_to_hang_is_refused_with_its_place() {
    assert!(parse(&rule("points = 1")).is_ok(), "the rule itself is sound");
    let depth = 1_000;
    let long = TEXT_BYTES_MAX * 10;
    let cases = [
        ("ten megabytes of remarks", format!("{}#{}", rule("points = 1"), "x".repeat(long))),
        ("ten megabytes of one string", when(&"x".repeat(long))),
        ("ten megabytes of brackets", "[".repeat(long)),
        ("nested lists", rule(&format!("points = {}1{}", "[".repeat(depth), "]".repeat(depth)))),
        ("nested tables", rule(&format!("points = {}1{}", "{ a = ".repeat(depth), " }".repeat(depth)))),
        ("nested keys", rule(&format!("{}a = 1", "a.".repeat(depth)))),
        ("nested brackets in a condition", when(&format!("{}true{}", "(".repeat(depth), ")".repeat(depth)))),
        ("nested choices", when(&format!("{}true{}", "true ? ".repeat(200), " : true".repeat(200)))),
        ("a long chain", when(&vec!["fact.recalls > 0"; 110].join(" && "))),
        ("a regular expression", when("fact.window.matches('(a+)+$')")),
        ("a loop over a list", when("[1, 2, 3].all(x, [1, 2, 3].all(y, x == y))")),
        ("points beyond range", rule("points = 9223372036854775807")),
        ("points with four places", rule("points = \"0.0001\"")),
        ("a float", rule("points = 1e308")),
        ("not a number", rule("points = nan")),
        ("a number beyond 64 bits", when("fact.recalls > 99999999999999999999999999")),
        (
            "an endless duration",
            rule(
                "value = \"fact.service_ms\"\n[[rule.band]]\nupto = \"99999999999999d\"\npoints = 1\n[[rule.band]]\npoints = 0",
            ),
        ),
        ("too many rules", format!("{HEAD}{}", "[[rule]]\n".repeat(100_000))),
        ("a zero byte", rule("points = 1\n\0")),
    ];
    for (what, text) in cases {
        let faults = parse(&text).err().unwrap_or_default();
        assert!(!faults.is_empty(), "{what} was taken");
        assert!(faults.len() <= 10_000, "{what}: {} faults", faults.len());
        let shown: usize = faults.iter().map(|fault| fault.message.zh.len() + fault.message.en.len()).sum();
        assert!(shown <= TEXT_BYTES_MAX * 4, "{what}: {shown} bytes of faults");
        assert!(faults.iter().all(|fault| fault.line >= 1 && fault.column >= 1), "{what}: {faults:?}");
    }
}
