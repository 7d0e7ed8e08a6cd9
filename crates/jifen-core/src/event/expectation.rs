//! What must stand at a place of an event: for sources whose event is refused, and for people who mend what one sent.

use crate::{both, language::Words};

use super::{
    EventType, TypeSpec,
    member::{CODE_LENGTH_MAX, DOCUMENT_LENGTH_MAX, FIELDS_MAX, LIST_LENGTH_MAX, Member, MemberKind, TEXT_LENGTH_MAX},
};

/// What must stand at `pointer` of an event of this type, where a refusal that keeps the event may point.
pub fn expected_zh(kind: EventType, pointer: &str) -> Option<String> {
    if pointer == "/time" {
        return Some("`time` 早于 1980 年，或比收到时晚 24 小时以上：请校准来源的时钟，改正时间".to_owned());
    }
    let spec = kind.spec();
    Some(member_zh(spec, spec.member(pointer.strip_prefix("/data/")?)?))
}

/// What a member of an event of this type must be, in Chinese.
pub(super) fn member_zh(spec: &TypeSpec, member: &Member) -> String {
    let needed = if spec.required.contains(&member.id) { "，不能缺少" } else { "" };
    format!("`{}`（{}）应为{}{needed}", member.name, member.zh, wanted(member.kind).zh)
}

/// What a value of this kind is, as it follows “应为” and “must be”.
pub(super) fn wanted(kind: MemberKind) -> Words {
    match kind {
        MemberKind::Code => {
            both!("编号，至多 {CODE_LENGTH_MAX} 个字符", "a code of at most {CODE_LENGTH_MAX} characters")
        }
        MemberKind::Codes => {
            both!("编号的列表，至多 {LIST_LENGTH_MAX} 个", "a list of at most {LIST_LENGTH_MAX} codes")
        }
        MemberKind::Word(words) => {
            let (zh, en) = (words.join("`、`"), words.join("`, `"));
            both!(" `{zh}` 之一", "one of `{en}`")
        }
        MemberKind::Text | MemberKind::Personal => {
            both!("文字，至多 {TEXT_LENGTH_MAX} 个字符", "a text of at most {TEXT_LENGTH_MAX} characters")
        }
        MemberKind::Document => {
            both!("文字，至多 {DOCUMENT_LENGTH_MAX} 个字符", "a text of at most {DOCUMENT_LENGTH_MAX} characters")
        }
        MemberKind::Integer(least, most) => {
            both!(" {least} 到 {most} 的整数", "a whole number from {least} to {most}")
        }
        MemberKind::Boolean => both!(" `true` 或 `false`", "`true` or `false`"),
        MemberKind::Time => both!(
            "带时区的时间（RFC 3339），如 `2026-11-23T10:42:07+08:00`",
            "an RFC 3339 time with an offset, such as `2026-11-23T10:42:07+08:00`"
        ),
        MemberKind::Date => both!("日期 `YYYY-MM-DD`", "a date `YYYY-MM-DD`"),
        MemberKind::Dates => both!(
            "日期 `YYYY-MM-DD` 的列表，至多 {LIST_LENGTH_MAX} 个",
            "a list of at most {LIST_LENGTH_MAX} dates `YYYY-MM-DD`"
        ),
        MemberKind::Actor => both!(
            "人员编号，1 到 {CODE_LENGTH_MAX} 个字符（没有点名时不写）",
            "a code of 1 to {CODE_LENGTH_MAX} characters (leave it out where nobody is named)"
        ),
        MemberKind::SourcedActor => {
            both!(" `{{\"source\": …, \"code\": …}}`", "an object `{{\"source\": …, \"code\": …}}`")
        }
        MemberKind::Shares => both!(
            " `{{\"person\": 编号, \"weight\": 正整数}}` 的列表",
            "a list of `{{\"person\": code, \"weight\": whole number}}`"
        ),
        MemberKind::Period => {
            both!("周期，如 `2026-11`、`2026-W47`、`2026-Q4`", "a period such as `2026-11`, `2026-W47` or `2026-Q4`")
        }
        MemberKind::FactId => both!("事实编号，32 位十六进制", "a fact's id, 32 hexadecimal digits"),
        MemberKind::Digest => both!("摘要，64 位十六进制", "a digest, 64 hexadecimal digits"),
        MemberKind::Fields => both!(
            " `{{\"字段\": 值}}`，至多 {FIELDS_MAX} 个；值是文本（至多 {CODE_LENGTH_MAX} 个字符）、整数或布尔值，小数和时长写成文本",
            "an object `{{\"field\": value}}` of at most {FIELDS_MAX} fields; values are texts of at most {CODE_LENGTH_MAX} characters, \
             whole numbers, `true` or `false`, and decimals and durations stand in quotes"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::expected_zh;
    use crate::event::{EventType, TYPES};

    #[test]
    fn a_level_is_told_with_its_name_and_bounds() {
        let rating = EventType::parse("jifen.rating.submitted").expect("type");
        let said = expected_zh(rating, "/data/level").expect("a member");
        assert_eq!(said, "`level`（评价等级，5 非常满意 … 1 非常不满意）应为 1 到 5 的整数，不能缺少");
        assert!(expected_zh(rating, "/time").is_some_and(|said| said.contains("1980")));
        assert_eq!(expected_zh(rating, "/data/none"), None);
        assert_eq!(expected_zh(rating, "/id"), None);
    }

    #[test]
    fn every_member_of_every_type_can_be_told() {
        for spec in TYPES {
            for member in spec.required.iter().chain(spec.optional).map(|id| id.spec()) {
                let pointer = format!("/data/{}", member.name);
                assert!(expected_zh(spec.kind, &pointer).is_some_and(|said| said.contains(member.name)), "{pointer}");
            }
        }
    }
}
