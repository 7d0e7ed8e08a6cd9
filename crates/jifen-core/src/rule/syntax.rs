//! What the TOML reader has against a file, in both languages: its common messages word for word, the others behind a Chinese sentence.

use crate::{expression::offer, language::Words};

/// Parts the two languages of a message of our own that goes through the reader.
pub(super) const BETWEEN: char = '\u{1e}';

/// The reader's message in both languages.
pub fn syntax_fault(error: &toml::de::Error) -> Words {
    words(error.message())
}

fn words(message: &str) -> Words {
    if let Some((zh, en)) = message.split_once(BETWEEN) {
        return Words::new(zh, en);
    }
    let zh = missing(message).or_else(|| unknown(message)).or_else(|| mismatched(message)).or_else(|| twice(message));
    Words::new(zh.unwrap_or_else(|| format!("TOML 语法有误：{message}")), message)
}

fn missing(message: &str) -> Option<String> {
    let name = message.strip_prefix("missing field ")?;
    Some(format!("缺少 {name}"))
}

fn twice(message: &str) -> Option<String> {
    message.starts_with("duplicate ").then(|| "同一个键写了两次".to_owned())
}

fn unknown(message: &str) -> Option<String> {
    let (name, expected) = message.strip_prefix("unknown field ")?.split_once(", ")?;
    let name = name.trim_matches('`');
    // Every second piece stands between backticks.
    let names: Vec<String> = expected.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    Some(format!("没有 `{name}` 这个键{}", offer(name, &names).zh))
}

fn mismatched(message: &str) -> Option<String> {
    let (found, expected) = message.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    Some(format!("这里要{}，写的是{}", wanted(expected)?, given(found)?))
}

fn wanted(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "a string" => "加引号的文本",
        "i64" | "u64" => "整数",
        "a boolean" => " `true` 或 `false`",
        "a sequence" => "列表",
        "a TOML datetime" => "不加引号的日期",
        _ if expected.contains("a number in quotes") => "整数，或加引号的数",
        _ if expected.contains("map") || expected.starts_with("struct ") => "表",
        _ => return None,
    })
}

fn given(found: &str) -> Option<String> {
    const KINDS: [(&str, &str); 6] = [
        ("string ", "文本"),
        ("integer ", "整数"),
        ("floating point ", "小数"),
        ("boolean ", "布尔值"),
        ("sequence", "列表"),
        ("map", "表"),
    ];
    let (kind, zh) = KINDS.into_iter().find(|(kind, _)| found.starts_with(kind))?;
    let value = found.get(kind.len()..)?.trim_matches('`');
    Some(if value.is_empty() { zh.to_owned() } else { format!("{zh} `{value}`") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_messages_are_said_in_chinese() {
        for (message, zh) in [
            ("missing field `dimension`", "缺少 `dimension`"),
            ("unknown field `pionts`, expected one of `id`, `points`", "没有 `pionts` 这个键；是不是 `points`？"),
            ("unknown field `x`, expected `facts` or `points`", "没有 `x` 这个键；可用的有 `facts`、`points`"),
            ("invalid type: string \"a\", expected i64", "这里要整数，写的是文本 `\"a\"`"),
            (
                "invalid type: boolean `true`, expected an integer, or a number in quotes",
                "这里要整数，或加引号的数，写的是布尔值 `true`",
            ),
            ("invalid type: map, expected a string", "这里要加引号的文本，写的是表"),
            ("duplicate key", "同一个键写了两次"),
            ("invalid basic string, expected `\"`", "TOML 语法有误：invalid basic string, expected `\"`"),
        ] {
            assert_eq!(words(message), Words::new(zh, message));
        }
        assert_eq!(words("中\u{1e}English"), Words::new("中", "English"));
    }

    /// The reader's own messages, so that another version of it cannot leave the Chinese ones behind.
    #[test]
    fn the_reader_says_what_is_expected_here() {
        for (text, zh) in [
            ("format = 1\n[ruleset]\nid = \"a\"", "缺少 `title`"),
            ("format = \"1\"", "这里要整数，写的是文本 `\"1\"`"),
            ("format = 1\nformat = 2", "同一个键写了两次"),
            ("format = 1\nruleset = 3", "这里要表，写的是整数 `3`"),
            ("format = 1\n[ruleset]\nid = 5", "这里要加引号的文本，写的是整数 `5`"),
            ("format = 1\nrule = 4", "这里要列表，写的是整数 `4`"),
            (
                "format = 1\n[ruleset]\nid = \"a\"\ntitle = \"b\"\neffective_from = 4",
                "这里要不加引号的日期，写的是整数 `4`",
            ),
        ] {
            let error = toml::from_str::<super::super::file::File>(text).err().expect("a fault");
            assert_eq!(syntax_fault(&error).zh, zh, "{}", error.message());
        }
    }
}
