//! What must stand at a place of an event, in Chinese: for people who mend what a source sent. English is in the refusal itself.

use super::{
    EventType,
    member::{CODE_LENGTH_MAX, DOCUMENT_LENGTH_MAX, FIELDS_MAX, LIST_LENGTH_MAX, MemberKind, TEXT_LENGTH_MAX},
};

/// What must stand at `pointer` of an event of this type, where a refusal that keeps the event may point.
pub fn expected_zh(kind: EventType, pointer: &str) -> Option<String> {
    if pointer == "/time" {
        return Some("`time` 早于 1980 年，或比收到时晚 24 小时以上：请校准来源的时钟，改正时间".to_owned());
    }
    let spec = kind.spec();
    let member = spec.member(pointer.strip_prefix("/data/")?)?;
    let needed = if spec.required.contains(&member.id) { "，不能缺少" } else { "" };
    Some(format!("`{}`（{}）应为{}{needed}", member.name, member.zh, wanted(member.kind)))
}

fn wanted(kind: MemberKind) -> String {
    match kind {
        MemberKind::Code => format!("编号，至多 {CODE_LENGTH_MAX} 个字符"),
        MemberKind::Codes => format!("编号的列表，至多 {LIST_LENGTH_MAX} 个"),
        MemberKind::Word(words) => format!(" `{}` 之一", words.join("`、`")),
        MemberKind::Text | MemberKind::Personal => format!("文字，至多 {TEXT_LENGTH_MAX} 个字符"),
        MemberKind::Document => format!("文字，至多 {DOCUMENT_LENGTH_MAX} 个字符"),
        MemberKind::Integer(least, most) => format!(" {least} 到 {most} 的整数"),
        MemberKind::Boolean => " `true` 或 `false`".to_owned(),
        MemberKind::Time => "带时区的时间（RFC 3339），如 `2026-11-23T10:42:07+08:00`".to_owned(),
        MemberKind::Date => "日期 `YYYY-MM-DD`".to_owned(),
        MemberKind::Dates => format!("日期 `YYYY-MM-DD` 的列表，至多 {LIST_LENGTH_MAX} 个"),
        MemberKind::Actor => format!("人员编号，1 到 {CODE_LENGTH_MAX} 个字符（没有点名时不写）"),
        MemberKind::SourcedActor => " `{\"source\": …, \"code\": …}`".to_owned(),
        MemberKind::Shares => " `{\"person\": 编号, \"weight\": 正整数}` 的列表".to_owned(),
        MemberKind::Period => "周期，如 `2026-11`、`2026-W47`、`2026-Q4`".to_owned(),
        MemberKind::FactId => "事实编号，32 位十六进制".to_owned(),
        MemberKind::Digest => "摘要，64 位十六进制".to_owned(),
        MemberKind::Fields => {
            format!(" `{{\"字段\": 值}}`，至多 {FIELDS_MAX} 个；值是文本、整数或布尔值，小数和时长写成文本")
        }
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
