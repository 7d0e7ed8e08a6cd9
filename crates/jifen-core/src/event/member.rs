//! The members an event's `data` may have: one table for validation, canonical bytes, JSON Schemas and docs.

/// What a member's value must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberKind {
    /// A code: 0–128 characters, no control characters.
    Code,
    /// Codes, at most [`LIST_LENGTH_MAX`].
    Codes,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Words for people that are not about a person, at most [`TEXT_LENGTH_MAX`] characters.
    Text,
    /// Whole text of a document, at most [`DOCUMENT_LENGTH_MAX`] characters.
    Document,
    /// Personal text: goes to the vault, the journal keeps a salted commitment.
    Personal,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// `true` or `false`.
    Boolean,
    /// An RFC 3339 time with an offset.
    Time,
    /// A civil date `YYYY-MM-DD`.
    Date,
    /// Civil dates, at most [`LIST_LENGTH_MAX`].
    Dates,
    /// A person's or system account's code as the event's source uses it.
    Actor,
    /// `{"source": …, "code": …}`: an actor's code as another source uses it.
    SourcedActor,
    /// `[{"person": code, "weight": n}, …]`: shared credit.
    Shares,
    /// A period of the API: `2026-11`, `2026-W47` …
    Period,
    /// 32 hexadecimal digits: a fact's id.
    FactId,
    /// 64 hexadecimal digits: a digest.
    Digest,
    /// `{"name": value, …}`: what a fact of a type that a hall declared says, at most [`FIELDS_MAX`] fields.
    Fields,
}

/// The most fields of a fact type that a hall declares.
pub const FIELDS_MAX: usize = 32;
/// Longest list in an event.
pub const LIST_LENGTH_MAX: usize = 400;
/// Longest code, in characters.
pub const CODE_LENGTH_MAX: usize = 128;
/// Longest text, in characters.
pub const TEXT_LENGTH_MAX: usize = 2_000;
/// Longest document (a rule set), in characters.
pub const DOCUMENT_LENGTH_MAX: usize = 400_000;

/// A member's number in canonical bytes; never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberId(pub u16);

/// One member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
    /// Number in canonical bytes.
    pub id: MemberId,
    /// Name in JSON.
    pub name: &'static str,
    /// What its value must be.
    pub kind: MemberKind,
    /// Chinese description, with the unit.
    pub zh: &'static str,
    /// English description, with the unit.
    pub en: &'static str,
}

macro_rules! members {
    ($($number:literal $constant:ident $name:literal $kind:expr, $zh:literal, $en:literal;)*) => {
        $(#[doc = $en] pub const $constant: MemberId = MemberId($number);)*
        /// Every member, by number.
        pub const MEMBERS: &[Member] = &[$(Member { id: $constant, name: $name, kind: $kind, zh: $zh, en: $en },)*];
    };
}

const MS_MAX: i64 = 100 * 366 * 86_400_000;

members! {
    1 SERVICE "service" MemberKind::Code, "窗口服务的键（取号编号）", "key of the counter service, usually the queue number";
    2 CASE "case" MemberKind::Code, "办件编号", "case code, unique in the region";
    3 PERSON "person" MemberKind::Actor, "人员编号", "the person's code";
    4 WINDOW "window" MemberKind::Code, "窗口编号", "window code";
    5 DEPARTMENT "department" MemberKind::Code, "部门编号", "department code";
    6 HALL "hall" MemberKind::Code, "大厅编号", "hall code";
    7 MATTER "matter" MemberKind::Code, "事项编号", "matter code";
    8 CHANNEL "channel" MemberKind::Code, "渠道：window、online、kiosk、post、hotline、proxy 等", "channel: window, online, kiosk, post, hotline, proxy …";
    9 PRIORITY "priority" MemberKind::Integer(0, 9), "优先级，0 为普通", "priority, 0 = ordinary";
    10 REASON "reason" MemberKind::Text, "原因", "reason";
    11 ZONE "zone" MemberKind::Code, "大厅内的区域", "zone inside the hall";
    12 TO_WINDOW "to_window" MemberKind::Code, "转往的窗口", "window it is transferred to";
    13 PARENT "parent" MemberKind::Code, "所属联办件、一件事的编号", "the joint matter this case belongs to";
    14 DUE_AT "due_at" MemberKind::Time, "办结期限；优先于事项时限", "due time; beats the matter's limit";
    15 ACTIVITY "activity" MemberKind::Text, "环节名称", "name of the step";
    16 OFFICE "office" MemberKind::Word(&["front", "back"]), "前台或后台", "front or back office";
    17 OWNER "owner" MemberKind::Actor, "办件负责人", "the case's owner";
    18 SHARES "shares" MemberKind::Shares, "协作人及权重（正整数）", "collaborators and weights (whole numbers)";
    19 FAULT "fault" MemberKind::Word(&["clerk", "applicant", "back_office", "system"]), "责任方", "whose fault it was";
    20 OUTCOME "outcome" MemberKind::Word(&["completed", "declined", "withdrawn"]), "办理结果", "outcome";
    21 EXTENSION_MS "extension_ms" MemberKind::Integer(0, MS_MAX), "延长的工作时间，毫秒", "working time added, milliseconds";
    22 MATERIAL "material" MemberKind::Code, "材料编号", "material code";
    23 ORIGIN "origin" MemberKind::Word(&["applicant", "shared", "reused"]), "材料来源：申请人、共享、复用", "where the paper came from: applicant, sharing, reuse";
    24 LEVEL "level" MemberKind::Integer(1, 5), "评价等级，5 非常满意 … 1 非常不满意", "level, 5 very satisfied … 1 very dissatisfied";
    25 MODE "mode" MemberKind::Word(&["active", "default"]), "主动评价或默认评价", "given by the citizen, or stored by default";
    26 DEVICE "device" MemberKind::Code, "评价设备编号", "rating device";
    27 TAGS "tags" MemberKind::Codes, "评价标签", "tags of the rating";
    28 COMMENT "comment" MemberKind::Personal, "评价、投诉文字", "free text of the citizen";
    29 CATEGORY "category" MemberKind::Code, "类别", "category";
    30 CONFIRMED "confirmed" MemberKind::Boolean, "经查属实", "found true";
    31 PROVIDER "provider" MemberKind::Code, "提供部门", "department that provides";
    32 RECEIVER "receiver" MemberKind::Code, "使用部门", "department that receives";
    33 PROVIDER_PERSON "provider_person" MemberKind::Actor, "提供人员", "person who provides";
    34 RECEIVER_PERSON "receiver_person" MemberKind::Actor, "使用人员", "person who receives";
    35 ITEM "item" MemberKind::Code, "数据目录编号", "item of the data catalogue";
    36 TITLE "title" MemberKind::Personal, "标题", "title written by a person";
    37 ADOPTION "adoption" MemberKind::Code, "采纳级别：hall、district、city、province", "level of adoption: hall, district, city, province";
    38 FROM "from" MemberKind::Time, "开始时间", "begin";
    39 TO "to" MemberKind::Time, "结束时间", "end";
    40 SYSTEM "system" MemberKind::Code, "故障系统", "the system that failed";
    41 NAME "name" MemberKind::Text, "名称（非个人）", "name (not of a person)";
    42 PERSON_NAME "person_name" MemberKind::Personal, "姓名", "a person's name";
    43 PHONE "phone" MemberKind::Personal, "电话", "telephone number";
    44 TIME_ZONE "time_zone" MemberKind::Code, "时区（IANA 名称）", "time zone (IANA name)";
    45 SUSPICION_MIN_MS "suspicion_min_ms" MemberKind::Integer(0, MS_MAX), "服务短于此值即存疑，毫秒；0 为不限", "services shorter than this are held, milliseconds; 0 = no limit";
    46 SUSPICION_MAX_MS "suspicion_max_ms" MemberKind::Integer(0, MS_MAX), "服务长于此值即存疑，毫秒；0 为不限", "services longer than this are held, milliseconds; 0 = no limit";
    47 SATISFIED_LEVEL "satisfied_level" MemberKind::Integer(1, 5), "不低于此等级为满意", "levels from here on count as satisfied";
    48 CALENDAR "calendar" MemberKind::Code, "工作日历编号；always 为全年全天", "work calendar; `always` = every hour of every day";
    49 RANK_FACTS_MIN "rank_facts_min" MemberKind::Integer(0, 1_000_000), "排名所需最少事实数", "facts needed to be ranked";
    50 SIMULATED "simulated" MemberKind::Boolean, "模拟数据", "simulated data";
    51 PROMISED_MS "promised_ms" MemberKind::Integer(0, MS_MAX), "承诺时限，工作时间毫秒", "promised limit, milliseconds of working time";
    52 PROMISED_DAYS "promised_days" MemberKind::Integer(0, 36_600), "承诺时限，工作日", "promised limit, working days";
    53 STATUTORY_DAYS "statutory_days" MemberKind::Integer(0, 36_600), "法定时限，工作日", "statutory limit, working days";
    54 STANDARD_MS "standard_ms" MemberKind::Integer(0, MS_MAX), "标准办理时长，毫秒", "standard service time, milliseconds";
    55 KIND "kind" MemberKind::Word(&["person", "system"]), "账号类别：人员、系统", "kind of account: person, system";
    56 YEAR "year" MemberKind::Integer(1900, 2200), "年份", "year";
    57 OFF_DAYS "off_days" MemberKind::Dates, "放假的工作日", "weekdays off";
    58 WORK_DAYS "work_days" MemberKind::Dates, "上班的休息日（调休）", "weekend days worked";
    59 WEEK "week" MemberKind::Code, "一周七天是否上班，周一起，如 1111100", "working weekdays from Monday, as 1111100";
    60 HOURS "hours" MemberKind::Codes, "上班时段，如 09:00-12:00；个别日子 sat/09:00-12:00、2026-02-16/09:00-12:00、2026-03-05/closed", "working hours, as 09:00-12:00; of some days sat/09:00-12:00, 2026-02-16/09:00-12:00, 2026-03-05/closed";
    61 ACTOR "actor" MemberKind::SourcedActor, "待认定的编号及其来源", "the code to identify, and its source";
    62 RULES "rules" MemberKind::Document, "规则集全文（TOML）", "whole text of the rule set (TOML)";
    63 EFFECTIVE_FROM "effective_from" MemberKind::Date, "施行日期", "first day in force";
    64 APPROVAL "approval" MemberKind::Word(&["none", "committee"]), "批准方式", "how it was approved";
    65 PERIOD "period" MemberKind::Period, "周期", "period";
    66 FACT "fact" MemberKind::FactId, "事实编号", "id of the fact";
    67 FACT_DIGEST "fact_digest" MemberKind::Digest, "事实摘要", "digest of the fact judged";
    68 INTENT "intent" MemberKind::Integer(1, i64::MAX), "重算任务编号", "number of the recalculation";
    69 SEMANTICS "semantics" MemberKind::Integer(1, 1_000_000), "语义版本号", "semantics number";
    70 ROLE "role" MemberKind::Code, "岗位：a（A 岗，不写即是）、b（B 岗，A 岗不在时顶岗）、lead（同 a）、trainee（实习、带教）", "role: a (also without one), b (stands in while no a is there), lead (as a), trainee";
    71 REGION "region" MemberKind::Code, "区划代码", "region code";
    72 CUSTOMER "customer" MemberKind::Word(&["person", "organisation"]), "办事人类别：个人、法人", "kind of applicant";
    73 NOTE "note" MemberKind::Personal, "备注", "free remark";
    74 BATCH "batch" MemberKind::Code, "批次", "batch";
    75 VISIT "visit" MemberKind::Boolean, "申请人到场", "the applicant came in person";
    76 WAIT_PROMISED_MS "wait_promised_ms" MemberKind::Integer(0, MS_MAX), "承诺等候时间，毫秒", "promised wait, milliseconds";
    77 STALLED_MS "stalled_ms" MemberKind::Integer(0, MS_MAX), "窗口开放、有人等候而多久不叫号即为停滞，毫秒", "an open window with people waiting that calls nobody for this long stalls, milliseconds";
    78 NEAR_DUE_MS "near_due_ms" MemberKind::Integer(0, MS_MAX), "距期限不足此值的办件为临期，毫秒", "cases due within this are nearly due, milliseconds";
    79 PUBLIC "public" MemberKind::Boolean, "对公众公开大厅指标", "hall indicators are shown to the public";
    80 DURATION_MS "duration_ms" MemberKind::Integer(0, MS_MAX), "时长，毫秒", "how long, milliseconds";
    81 HALF_DAYS "half_days" MemberKind::Integer(0, 732), "天数，以半天计", "how many half days";
    82 EXCUSED "excused" MemberKind::Boolean, "已准假或有正当事由", "approved, or for a good reason";
    83 GRADE "grade" MemberKind::Code, "级别，如 hall、district、city、province", "grade, such as hall, district, city, province";
    84 QUANTITY "quantity" MemberKind::Integer(0, 1_000_000), "数量", "quantity";
    85 ACCOUNT "account" MemberKind::Code, "账号名", "name of an account";
    86 SEAT "seat" MemberKind::Word(&["staff", "citizen", "expert"]), "委员类别：工作人员、群众、专家", "kind of seat on the rule committee: staff, citizen, expert";
    87 DRAFT "draft" MemberKind::Digest, "规则草案的摘要", "digest of a draft of rules (docs/committee.md)";
    88 WHATIF "whatif" MemberKind::Document, "随草案固定的试算结果（JSON）", "what the what-if said, frozen with the draft (JSON)";
    89 OPINION "opinion" MemberKind::Personal, "意见", "an opinion";
    90 APPROVALS_MIN "approvals_min" MemberKind::Integer(2, 50), "规则施行所需赞成人数", "approvals a draft of rules needs";
    91 APPROVAL_KINDS_MIN "approval_kinds_min" MemberKind::Integer(2, 3), "赞成须来自几类委员", "kinds of members the approvals must come from";
    92 NOTICE_DAYS "notice_days" MemberKind::Integer(0, 365), "公示天数", "days of notice before rules come into force";
    93 REFERENCE "reference" MemberKind::Code, "所涉成果、文件、事由的编号；同一事项的各条写同一个", "the work, document or matter it is about; the same in all that are about one";
    94 EXEMPTION "exemption" MemberKind::Code, "免责编号", "code of an exemption";
    95 POST "post" MemberKind::Code, "职务，如首席代表、值班长、B 岗；规则里写作 `post:职务`", "a post such as chief representative or backup; rules name it as `post:NAME`";
    96 FACT_TYPE "fact_type" MemberKind::Code, "自定事实类型的编号，即规则集里 `[[fact]]` 的 `id`", "code of a fact type that a rule set declares: the `id` of its `[[fact]]`";
    97 FIELDS "fields" MemberKind::Fields, "各字段的值，按类型的规定；小数和时长写成文本，如 `\"4.5\"`、`\"1h30min\"`", "values of its fields, as the type says; decimals and durations as texts, such as `\"4.5\"`, `\"1h30min\"`";
    98 LEAVE "leave" MemberKind::Code, "请假编号", "code of a leave";
}

impl MemberId {
    /// The member's table row.
    pub fn spec(self) -> &'static Member {
        &MEMBERS[usize::from(self.0) - 1]
    }

    /// The member of this number, if there is one.
    pub fn parse_number(number: u16) -> Option<Self> {
        (1..=MEMBERS.len()).contains(&usize::from(number)).then_some(Self(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_names_unique() {
        for (index, member) in MEMBERS.iter().enumerate() {
            assert_eq!(usize::from(member.id.0), index + 1, "{}", member.name);
            let same = MEMBERS.iter().filter(|other| other.name == member.name).count();
            assert_eq!(same, 1, "{}", member.name);
        }
    }
}
