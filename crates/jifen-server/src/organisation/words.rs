//! What the words of events are called, in both languages; a test finds those that are not named here.

/// A word, in Chinese and in English.
type Named = (&'static str, &'static str, &'static str);

/// The words of a member that takes a few, by the member's name.
pub(super) const WORDS: &[(&str, &[Named])] = &[
    ("office", &[("front", "前台", "front office"), ("back", "后台", "back office")]),
    (
        "fault",
        &[
            ("clerk", "工作人员", "the clerk"),
            ("applicant", "申请人", "the applicant"),
            ("back_office", "后台部门", "the back office"),
            ("system", "系统", "a system"),
        ],
    ),
    (
        "outcome",
        &[
            ("completed", "办结", "completed"),
            ("declined", "不予受理或许可", "declined"),
            ("withdrawn", "申请人撤回", "withdrawn"),
        ],
    ),
    (
        "origin",
        &[
            ("applicant", "申请人提交", "from the applicant"),
            ("shared", "数据共享", "shared"),
            ("reused", "复用", "reused"),
        ],
    ),
    ("mode", &[("active", "主动评价", "given by the citizen"), ("default", "默认评价", "stored by default")]),
    ("kind", &[("person", "人员", "person"), ("system", "系统账号", "system account")]),
    ("approval", &[("none", "未经委员会批准", "without approval"), ("committee", "委员会批准", "by the committee")]),
    (
        "role",
        &[
            ("a", "A 岗", "A, whose window it is"),
            ("b", "B 岗", "B, who stands in"),
            ("lead", "A 岗（负责人）", "lead, as an A"),
            ("trainee", "实习、带教", "trainee"),
        ],
    ),
    ("customer", &[("person", "个人", "person"), ("organisation", "法人", "organisation")]),
    ("seat", &[("staff", "工作人员", "staff"), ("citizen", "群众", "citizen"), ("expert", "专家", "expert")]),
];

/// Kinds of leave that pages offer; others are taken as they come.
pub(crate) const KINDS_OF_LEAVE: &[Named] = &[
    ("annual", "年休假", "annual leave"),
    ("sick", "病假", "sick leave"),
    ("personal", "事假", "personal leave"),
    ("compensatory", "调休", "compensatory leave"),
    ("duty", "外出公干", "away on duty"),
];

/// Channels that systems name; others are taken as they come.
pub(super) const CHANNELS: &[Named] = &[
    ("window", "窗口", "window"),
    ("online", "网上", "online"),
    ("kiosk", "自助终端", "kiosk"),
    ("post", "邮寄", "post"),
    ("hotline", "热线", "hotline"),
    ("proxy", "帮办代办", "proxy"),
];

#[cfg(test)]
mod tests {
    use jifen_core::event::{MemberId, MemberKind};

    use super::WORDS;

    #[test]
    fn every_word_of_events_is_named() {
        let members = (1..).map_while(MemberId::parse_number).map(MemberId::spec);
        for member in members {
            let MemberKind::Word(words) = member.kind else { continue };
            let (_, named) = WORDS.iter().find(|(name, _)| *name == member.name).expect(member.name);
            let named: Vec<&str> = named.iter().map(|(word, ..)| *word).collect();
            assert_eq!(named, words, "{}", member.name);
        }
    }
}
