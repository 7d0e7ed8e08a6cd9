//! The fields rules may read of each kind of fact: one table for the checker, the words and the docs.

use std::borrow::Cow;

use super::FactKind;

/// A field's type in conditions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldType {
    /// 64-bit integer; durations are milliseconds.
    Integer,
    /// Boolean.
    Boolean,
    /// Text.
    Text,
}

/// One field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldSpec {
    /// Name after `fact.`.
    pub name: Cow<'static, str>,
    /// Type.
    pub kind: FieldType,
    /// Whether an integer is a duration in milliseconds (words print minutes, hours, days).
    pub duration: bool,
    /// Whether an integer counts thousandths of a decimal (words print the decimal).
    pub decimal: bool,
    /// Chinese name.
    pub zh: Cow<'static, str>,
    /// English name.
    pub en: Cow<'static, str>,
}

const fn field(
    name: &'static str,
    (kind, duration): (FieldType, bool),
    zh: &'static str,
    en: &'static str,
) -> FieldSpec {
    let (name, zh, en) = (Cow::Borrowed(name), Cow::Borrowed(zh), Cow::Borrowed(en));
    FieldSpec { name, kind, duration, decimal: false, zh, en }
}
const fn integer(name: &'static str, zh: &'static str, en: &'static str) -> FieldSpec {
    field(name, (FieldType::Integer, false), zh, en)
}
const fn duration(name: &'static str, zh: &'static str, en: &'static str) -> FieldSpec {
    field(name, (FieldType::Integer, true), zh, en)
}
const fn boolean(name: &'static str, zh: &'static str, en: &'static str) -> FieldSpec {
    field(name, (FieldType::Boolean, false), zh, en)
}
const fn text(name: &'static str, zh: &'static str, en: &'static str) -> FieldSpec {
    field(name, (FieldType::Text, false), zh, en)
}

/// Fields every kind has; they are computed from the fact itself, not stored in [`super::Fact::fields`].
/// `person_known` says whether the credited person is known.
pub const COMMON: &[FieldSpec] = &[
    boolean("person_known", "人员可识别", "person known"),
    text("window", "窗口", "window"),
    text("department", "部门", "department"),
    text("hall", "大厅", "hall"),
    text("matter", "事项", "matter"),
    text("channel", "渠道", "channel"),
];

const SERVICE: &[FieldSpec] = &[
    duration("service_ms", "办理时长", "service time"),
    duration("waiting_ms", "等候时长", "waiting time"),
    duration("held_ms", "暂停时长", "time on hold"),
    integer("recalls", "重呼次数", "recalls"),
    integer("transfers", "转号次数", "transfers"),
];

const CASE: &[FieldSpec] = &[
    duration("elapsed_ms", "历时", "elapsed time"),
    duration("working_ms", "办理用时（工作时间）", "working time used"),
    duration("promised_ms", "承诺时限（工作时间）", "promised working time"),
    boolean("on_time", "按时办结", "on time"),
    boolean("first_pass", "一次通过", "first-time pass"),
    text("outcome", "办理结果", "outcome"),
    integer("steps", "环节数", "steps"),
    integer("visits", "到场次数", "visits"),
    integer("returns", "退件次数", "returns"),
    integer("supplements", "补正次数", "supplements asked"),
    integer("materials", "材料份数", "materials received"),
    integer("materials_repeated", "重复提交材料份数", "materials asked twice"),
    integer("materials_shared", "共享复用材料份数", "materials shared or reused"),
    integer("clerk_errors", "工作人员材料差错次数", "clerk's material errors"),
    integer("departments", "经办部门数", "departments involved"),
    duration("suspended_ms", "挂起时长", "suspended time"),
];

const ACCEPTANCE: &[FieldSpec] = &[boolean("completed", "已办结", "completed"), text("outcome", "办理结果", "outcome")];

const RATING: &[FieldSpec] = &[
    integer("level", "评价等级", "level"),
    boolean("active", "主动评价", "active rating"),
    boolean("satisfied", "满意", "satisfied"),
    text("device", "评价设备", "device"),
];

const SHARE: &[FieldSpec] = &[text("item", "共享数据项", "shared item")];

const SUGGESTION: &[FieldSpec] = &[text("level", "采纳级别", "level of adoption")];

const COMPLAINT: &[FieldSpec] =
    &[text("category", "投诉类别", "category"), boolean("confirmed", "经查属实", "confirmed")];

const ATTENDANCE: &[FieldSpec] = &[
    text("category", "考勤类别", "category of attendance"),
    duration("duration_ms", "时长", "duration"),
    integer("half_days", "半天数", "half days"),
    boolean("excused", "有正当事由", "excused"),
];

const FINDING: &[FieldSpec] = &[
    text("category", "类别", "category"),
    text("grade", "级别", "grade"),
    integer("quantity", "数量", "quantity"),
    boolean("confirmed", "经查属实", "confirmed"),
    text("reference", "所涉事项编号", "matter it is about"),
];

/// The kind's own fields, in the order of [`super::Fact::fields`].
pub fn fields_of(kind: FactKind) -> &'static [FieldSpec] {
    match kind {
        FactKind::Service => SERVICE,
        FactKind::Case => CASE,
        FactKind::Acceptance => ACCEPTANCE,
        FactKind::Rating => RATING,
        FactKind::Share => SHARE,
        FactKind::Suggestion => SUGGESTION,
        FactKind::Complaint => COMPLAINT,
        FactKind::Attendance => ATTENDANCE,
        FactKind::Finding => FINDING,
        // What it says is not of this program: see `FactType`.
        FactKind::Declared => &[],
    }
}

/// Where a condition finds a named field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldSlot {
    /// Index into the common fields.
    Common(usize),
    /// Index into the kind's own fields.
    Own(usize),
}
