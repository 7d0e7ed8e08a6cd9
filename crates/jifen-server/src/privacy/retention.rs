//! 保存期限: how long what is kept where. `retention.toml` says it once, for the daily job, the documents and their tests.

use std::sync::LazyLock;

use serde::Deserialize;

/// Something that is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its name.
    pub name: String,
    zh: String,
    en: String,
    /// Tables of the database that hold it.
    pub tables: Vec<String>,
    /// Members of events whose texts of nobody whom the journal knows are meant.
    #[serde(default)]
    pub(crate) texts: Vec<String>,
    /// Whether bodies of refused events are meant.
    #[serde(default)]
    pub(crate) bodies: bool,
    /// After so many days it goes; for good without.
    pub days: Option<u16>,
    /// At least so many days it stays.
    days_min: Option<u16>,
    /// Who takes it away.
    pub by: By,
    why_zh: String,
    why_en: String,
}

/// Who takes something away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The daily job.
    Job,
    /// The program, by the way.
    Program,
    /// Whoever runs the machine.
    Operator,
    /// Nobody: it stays.
    Nobody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    kept: Vec<Kept>,
}

/// All that is kept. A text that cannot be read is a fault of the program, which its tests find.
pub fn kept() -> &'static [Kept] {
    static KEPT: LazyLock<Vec<Kept>> = LazyLock::new(|| {
        let text: Result<Text, _> = toml::from_str(include_str!("../../retention.toml"));
        text.map(|text| text.kept).unwrap_or_default()
    });
    &KEPT
}

/// The table of the documents, in Markdown.
pub fn table() -> String {
    let mut table =
        "| 什么 what | 在哪里 where | 多久 how long | 谁删 by | 为什么 why |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for kept in kept() {
        let where_ = kept.tables.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
        let long = match (kept.days, kept.days_min) {
            (Some(days), _) => format!("{days} 天 days"),
            (None, Some(days)) => format!("至少 {days} 天 days at least"),
            (None, None) if kept.by == By::Nobody => "长期 for good".to_owned(),
            (None, None) if kept.by == By::Operator => "单位决定 the hall decides".to_owned(),
            (None, None) => "随程序 while the program needs it".to_owned(),
        };
        let by = match kept.by {
            By::Job => "每日任务 daily job",
            By::Program => "程序 program",
            By::Operator => "运维 operator",
            By::Nobody => "不删 nobody",
        };
        let Kept { zh, en, why_zh, why_en, .. } = kept;
        let where_ = if where_.is_empty() { "–".to_owned() } else { where_ };
        table.push_str(&format!("| {zh} {en} | {where_} | {long} | {by} | {why_zh} · {why_en} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use jifen_core::event::member::{MEMBERS, MemberKind};

    use super::*;

    #[test]
    fn the_text_is_read_and_what_the_job_takes_away_has_a_term() {
        assert!(kept().len() > 10, "retention.toml cannot be read");
        for kept in kept() {
            let of_job = !kept.texts.is_empty() || kept.bodies;
            assert_eq!(kept.by == By::Job, of_job, "{}", kept.name);
            assert!(!of_job || kept.days.is_some(), "{}", kept.name);
        }
    }

    #[test]
    fn every_personal_member_is_in_it() {
        let personal = MEMBERS.iter().filter(|member| member.kind == MemberKind::Personal).map(|member| member.name);
        // Names are people's, opinions are kept with the drafts.
        let apart = ["person_name", "opinion"];
        let mut expiring: Vec<&str> = kept().iter().flat_map(|kept| &kept.texts).map(String::as_str).collect();
        expiring.extend(apart);
        expiring.sort_unstable();
        let mut personal: Vec<&str> = personal.collect();
        personal.sort_unstable();
        assert_eq!(expiring, personal);
    }

    #[test]
    fn the_documents_say_the_same() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/privacy.md");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let (before, rest) = text.split_once("| 什么 what |").unwrap_or((&text, ""));
        let (_, after) = rest.split_once("\n\n").unwrap_or_default();
        let fresh = format!("{before}{}\n{after}", table());
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, &fresh).ok();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == fresh, "docs/privacy.md is stale: run `UPDATE=1 cargo test -p jifen-server retention`");
    }
}
