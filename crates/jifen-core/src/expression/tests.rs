//! Tests of expressions: one table of texts and results, one of errors and their places.

use proptest::prelude::*;

use super::*;

struct Names;

const NAMES: [(&str, Option<&str>, Type); 9] = [
    ("fact", Some("a"), Type::Integer),
    ("fact", Some("b"), Type::Integer),
    ("fact", Some("yes"), Type::Boolean),
    ("fact", Some("word"), Type::Text),
    ("fact", Some("gone"), Type::Integer),
    ("fact", Some("gone_too"), Type::Boolean),
    ("fact", Some("later"), Type::Boolean),
    ("row", Some("case:KEY"), Type::Text),
    ("measure", None, Type::Integer),
];

impl Schema for Names {
    fn resolve(&self, root: &str, member: Option<&str>) -> Option<(u32, Type)> {
        let at = NAMES.iter().position(|name| (name.0, name.1) == (root, member))?;
        Some((at as u32, NAMES[at].2))
    }

    fn names(&self) -> Vec<String> {
        NAMES.iter().map(|(root, member, _)| member.map_or((*root).to_owned(), |m| format!("{root}.{m}"))).collect()
    }
}

struct Given;

impl Values for Given {
    fn slot(&self, slot: u32) -> Slot<'_> {
        match slot {
            0 => Slot::Value(Value::Integer(7)),
            1 => Slot::Value(Value::Integer(-2)),
            2 => Slot::Value(Value::Boolean(true)),
            3 => Slot::Value(Value::Text("窗口12".into())),
            6 => Slot::NotEvaluable("calendar".into()),
            7 => Slot::Value(Value::Text("42".into())),
            8 => Slot::Value(Value::Integer(96)),
            _ => Slot::Absent,
        }
    }
}

fn result(text: &str) -> String {
    match Expression::compile(text, &Names) {
        Err(error) => format!("{}:{}", error.line, error),
        Ok(expression) => match expression.evaluate(&Given) {
            Ok(Value::Integer(value)) => value.to_string(),
            Ok(Value::Boolean(value)) => value.to_string(),
            Ok(Value::Text(value)) => format!("{value:?}"),
            Err(stop) => stop.to_string(),
        },
    }
}

#[test]
fn values() {
    for (text, expected) in [
        ("fact.a > 5", "true"),
        ("fact.a <= 6", "false"),
        ("2 * fact.a - fact.b % 2", "14"),
        ("-fact.a / 2", "-3"),
        ("-7 % 3", "-1"),
        ("(fact.a + 1) * 10", "80"),
        ("measure >= 95 ? 10 : 0", "10"),
        ("fact.yes ? fact.word : 'x'", "\"窗口12\""),
        ("fact.yes && !false", "true"),
        ("fact.yes == true", "true"),
        ("fact.yes != true", "false"),
        ("fact.a in [1, 7, 9]", "true"),
        ("fact.a in []", "false"),
        ("fact.word in ['窗口1', '窗口12']", "true"),
        ("fact.gone in [1]", "absent"),
        ("1 in [fact.gone, 1]", "true"),
        ("2 in [fact.gone, 1]", "absent"),
        ("fact.word + '号'", "\"窗口12号\""),
        ("fact.word.startsWith('窗口')", "true"),
        ("fact.word.endsWith('2')", "true"),
        ("fact.word.contains('口1')", "true"),
        ("size(fact.word)", "4"),
        ("fact.word.size() == 4", "true"),
        ("row[\"case:KEY\"]", "\"42\""),
        ("int(row[\"case:KEY\"]) + 1", "43"),
        ("int(fact.word)", "absent"),
        ("string(fact.a) + string(fact.yes)", "\"7true\""),
        ("has(fact.gone)", "false"),
        ("has(fact.a) && fact.a == 7", "true"),
        ("has(fact.later)", "not_evaluable:calendar"),
        ("\"case:KEY\" in row", "true"),
        ("'b' > 'a'", "true"),
        ("0x10 + 1", "17"),
        ("-9223372036854775808 == -9223372036854775807 - 1", "true"),
    ] {
        assert_eq!(result(text), expected, "{text}");
    }
}

#[test]
fn stops() {
    for (text, expected) in [
        ("fact.gone > 1", "absent"),
        ("fact.later", "not_evaluable:calendar"),
        ("false && fact.gone_too", "false"),
        ("fact.gone_too && false", "false"),
        ("true || fact.later", "true"),
        ("fact.later || true", "true"),
        ("fact.later && true", "not_evaluable:calendar"),
        ("true && fact.later", "not_evaluable:calendar"),
        ("fact.later && fact.gone_too", "not_evaluable:calendar"),
        ("fact.gone_too && fact.later", "not_evaluable:calendar"),
        ("fact.gone_too || fact.later", "not_evaluable:calendar"),
        ("fact.a / 0", "division_by_zero"),
        ("fact.a % 0 == 0", "division_by_zero"),
        ("fact.a * 9223372036854775807", "overflow"),
        ("-(fact.b - 9223372036854775806)", "overflow"),
        ("has(fact.gone) ? fact.gone > 1 : fact.yes", "true"),
    ] {
        assert_eq!(result(text), expected, "{text}");
    }
}

#[test]
fn errors_say_where_and_what_to_do() {
    for (text, place, word) in [
        ("fact.aa > 5", "1:column 1:", "did you mean `fact.a`"),
        ("fact.a > 5 &&\n  fact.wrod == 'x'", "2:column 3:", "did you mean `fact.word`"),
        ("'窗口' == fact.wrod", "1:column 9:", "did you mean `fact.word`"),
        ("nothing", "1:column 1:", "known names: `fact.a`"),
        ("row['case:KEI']", "1:column 1:", "unknown name `row[\"case:KEI\"]`"),
        ("fact.a > 0.5", "1:column 10:", "no floating point"),
        ("fact.a > 5u", "1:column 10:", "without `u`"),
        ("fact.a == null", "1:column 11:", "has("),
        ("fact.a == 'x'", "1:column 8:", "integer and text"),
        ("fact.a && true", "1:column 1:", "expected boolean, found integer"),
        ("fact.yes < true", "1:column 10:", "no order"),
        ("fact.word.matches('x')", "1:column 18:", "startsWith"),
        ("fact.a.b > 1", "1:column 7:", "one part after the dot"),
        ("[1, 2]", "1:column 1:", "after `in`"),
        ("[1].exists(x, x > 0)", "1:column 11:", "not supported"),
        ("{'a': 1}", "1:column 1:", "only integers"),
        ("foo(1)", "1:column 4:", "int(x)"),
        ("fact.a >", "1:column 9:", "no CEL expression"),
        ("true &&\n  '窗口' == ", "2:column 11:", "no CEL expression"),
        ("'窗口' == fact.word)", "1:column 18:", "no CEL expression"),
        ("'窗口' == 99999999999999999999", "1:column 9:", "invalid int literal"),
        ("", "1:column 1:", "no CEL expression"),
        ("fact.a > 99999999999999999999", "1:column 10:", "invalid int literal"),
        ("fact.a ? 1 : 2", "1:column 1:", "expected boolean"),
        ("true ? 1 : 'x'", "1:column 6:", "integer and text"),
    ] {
        let found = result(text);
        assert!(found.starts_with(place), "{text}: {found}");
        assert!(found.contains(word), "{text}: {found}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let cases = [
        format!("{}1{}", "(".repeat(900), ")".repeat(900)),
        format!("1{}", "+1".repeat(900)),
        format!("fact{}", ".a".repeat(900)),
        format!("{}1", "true?1:".repeat(250)),
        format!("true{}", "||true".repeat(320)),
        format!("{}1", "-".repeat(1_999)),
        format!("1 in [{}1]", "1,".repeat(900)),
        "x".repeat(TEXT_BYTES_MAX + 1),
    ];
    for text in &cases[..5] {
        assert!(Expression::compile(text, &Names).is_err(), "{}", &text[..20]);
    }
    assert_eq!(result(&cases[5]), "-1");
    for text in &cases[6..] {
        assert!(Expression::compile(text, &Names).is_err(), "{}", &text[..20]);
    }
    assert!(Expression::compile(&format!("true{}", " || true".repeat(100)), &Names).is_ok());
}

#[test]
fn slots_are_listed_once() {
    let expression = Expression::compile("fact.b > 0 && fact.a > fact.b || has(fact.gone)", &Names).expect("compiles");
    assert_eq!(expression.slots(), [0, 1, 4]);
    assert_eq!(expression.kind(), Type::Boolean);
    assert_eq!(Expression::compile("fact.b", &Names).expect("compiles").as_slot(), Some(1));
}

proptest! {
    #[test]
    fn logic_is_commutative(left in 0..6_usize, right in 0..6_usize, third in 0..6_usize) {
        let leaves = ["true", "false", "fact.gone_too", "fact.later", "1 / 0 == 1", "fact.a * 9223372036854775807 > 0"];
        let (left, right, third) = (leaves[left], leaves[right], leaves[third]);
        for operator in ["&&", "||"] {
            let forth = result(&format!("({left} {operator} {right}) {operator} {third}"));
            let back = result(&format!("{third} {operator} ({right} {operator} {left})"));
            prop_assert_eq!(forth, back);
        }
    }

    #[test]
    fn any_text_is_refused_or_checked_without_panic(text in "[a-z0-9.()<>=!&|?:+*/%'\\[\\] 窗\n-]{0,60}") {
        let _ = result(&text);
    }
}
