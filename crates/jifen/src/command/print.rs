//! `jifen print`: documents that are made from the program's own tables. `cargo xtask gen` keeps them under docs/.

use jifen_core::event::{
    Family, MemberId, MemberKind, TYPES, TypeSpec,
    member::{CODE_LENGTH_MAX, FIELDS_MAX, LIST_LENGTH_MAX},
};

use crate::{failure::Failure, output};

#[derive(clap::Args)]
pub(crate) struct Options {
    what: Document,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Document {
    /// docs/openapi.json
    Openapi,
    /// docs/events.md
    Events,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let text = match options.what {
        Document::Openapi => jifen_server::openapi(),
        Document::Events => events(),
    };
    output::line(text.trim_end())
}

const HEAD: &str = "\
# 事件目录 Event catalogue

本文由 `cargo xtask gen` 生成，改动请改 `crates/jifen-core/src/event/`。 Made by `cargo xtask gen`; change the tables in the core instead.

事件是 CloudEvents 1.0：`specversion`、`source`、`id`、`type`、`time`（必填，RFC 3339，带时区）、可选扩展 `sequence`（1–19 位十进制数字，
同一时刻先后的依据）、`data`。同一（source，id）重复送达不会重复计算，内容不同即为冲突。`data` 里没有列出的成员会被拒绝；信封完好而值不合格的事件进入隔离区，修好后可再送。
标 🔒 的成员是个人信息：不进事件日志，日志只留加盐摘要。

Events are CloudEvents 1.0: `specversion`, `source`, `id`, `type`, `time` (required, RFC 3339 with an offset), the optional extension
`sequence` (1–19 decimal digits; order among events of one time) and `data`. The same (source, id) again is a repeat, with another body a
conflict. Unknown members of `data` are rejected; a good envelope with bad values is kept in quarantine. Members with 🔒 are personal: they
never enter the journal, which keeps only a salted digest. JSON Schemas: `GET /api/v1/catalogue/{type}`.
";

fn events() -> String {
    let mut text = HEAD.to_owned();
    let families = [
        (Family::Service, "窗口服务 Counter services", "按 `service` 归并 · folded under `service`"),
        (Family::Case, "办件 Cases", "按 `case` 归并 · folded under `case`"),
        (Family::Rating, "评价 Ratings", "归到所评的服务或办件 · belongs to the service or case it names"),
        (Family::Single, "单独成事实 Facts of their own", ""),
        (Family::Presence, "登录 Presence", "谁坐在哪个窗口 · who sits where"),
        (Family::Kept, "留存 Kept", "目前没有规则读取，历史补不回来所以先收 · read by no rule yet"),
        (
            Family::Organisation,
            "组织 Organisation",
            "需要管理员密钥；排班、任职与认定编号可用经理密钥 · needs an administrator's key",
        ),
        (Family::Decision, "决定 Decisions", "规则、周期、存疑：由人决定 · decided by people"),
        (Family::Engine, "引擎 Engine", "只由引擎自己写 · only the engine writes these"),
    ];
    for (family, title, note) in families {
        text.push_str(&format!("\n## {title}\n"));
        if !note.is_empty() {
            text.push_str(&format!("\n{note}\n"));
        }
        TYPES.iter().filter(|spec| spec.family == family).for_each(|spec| describe(spec, &mut text));
    }
    text
}

fn describe(spec: &TypeSpec, text: &mut String) {
    text.push_str(&format!("\n### `{}` {}\n\n{}\n\n", spec.name, spec.zh, spec.en));
    text.push_str("| 成员 member | 值 value | 说明 meaning |\n| --- | --- | --- |\n");
    let mut row = |id: &MemberId, required: bool| {
        let member = id.spec();
        let star = if required { " **必填 required**" } else { "" };
        let lock = if member.kind == MemberKind::Personal { " 🔒" } else { "" };
        let meaning = format!("{} · {}", member.zh, member.en);
        text.push_str(&format!("| `{}`{star}{lock} | {} | {meaning} |\n", member.name, value(member.kind)));
    };
    spec.required.iter().for_each(|id| row(id, true));
    spec.optional.iter().for_each(|id| row(id, false));
}

fn value(kind: MemberKind) -> String {
    match kind {
        MemberKind::Code => format!("编号 code ≤ {CODE_LENGTH_MAX}"),
        MemberKind::Codes => format!("编号列表 codes ≤ {LIST_LENGTH_MAX}"),
        MemberKind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" "),
        MemberKind::Text | MemberKind::Document | MemberKind::Personal => "文字 text".to_owned(),
        MemberKind::Integer(least, most) => format!("整数 integer {least}–{most}"),
        MemberKind::Boolean => "`true` `false`".to_owned(),
        MemberKind::Time => "时间 time, RFC 3339".to_owned(),
        MemberKind::Date => "日期 date".to_owned(),
        MemberKind::Dates => format!("日期列表 dates ≤ {LIST_LENGTH_MAX}"),
        MemberKind::Actor => "人员编号 person's code".to_owned(),
        MemberKind::SourcedActor => "`{\"source\": …, \"code\": …}`".to_owned(),
        MemberKind::Shares => "`[{\"person\": …, \"weight\": n}, …]`".to_owned(),
        MemberKind::Period => "周期 period, `2026-11`".to_owned(),
        MemberKind::FactId => "32 hex".to_owned(),
        MemberKind::Digest => "64 hex".to_owned(),
        MemberKind::Fields => format!("`{{\"字段 field\": 值 value, …}}` ≤ {FIELDS_MAX}"),
    }
}
