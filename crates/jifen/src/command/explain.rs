//! `jifen explain`: the rule, the values, the facts and the source events behind one entry.

use jifen_server::board::{Explanation, FactView, explain};

use super::open;
use crate::{failure::Failure, output};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Region code
    region: String,
    /// The entry's position
    position: u64,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let open::Reading { database, row, region } = open::to_read(&options.db, &options.region)?;
    let explanation = explain(&database, &row, &region, options.position, None)?;
    if options.json {
        return output::json(&explanation);
    }
    output::line(&told(&explanation))
}

fn told(explanation: &Explanation) -> String {
    let entry = &explanation.entry;
    let mut lines = vec![
        format!("流水 {}/{}  {}  {} {}", entry.region, entry.position, entry.kind, entry.subject, entry.points),
        format!("业务日期 {}，记入 {}，依据 {}", entry.business_date, entry.booked_month, entry.anchor),
    ];
    let rule = &explanation.rule;
    lines.push(format!("规则 {}（{}）：{}", rule.title, rule.id, rule.sentence_zh));
    lines.push(format!("  {}", rule.sentence_en));
    let approval = if rule.without_approval { "，未经批准 / without approval" } else { "" };
    lines.push(format!("  版本 {}，自 {} 施行{approval}", &rule.version, rule.effective_from));
    for band in &rule.bands {
        let mark = if band.chosen { "→" } else { " " };
        lines.push(format!("  {mark} {}  {}", band.zh, band.points));
    }
    if let Some(measure) = &explanation.measure {
        lines.push(format!("{} / {}：{} / {}", measure.zh, measure.en, measure.words_zh, measure.words_en));
    }
    lines.push(format!("事实 {} 条 / {} facts", explanation.facts_total, explanation.facts_total));
    explanation.facts.iter().for_each(|fact| tell_fact(fact, &mut lines));
    for other in &explanation.related {
        lines.push(format!("相关流水 {}  {}  {}", other.position, other.kind, other.points));
    }
    let checks = &explanation.checks;
    let mark = |good: bool| if good { "✓" } else { "✗" };
    lines.push(format!(
        "核对：流水摘要 {}  事实摘要 {}  事件摘要 {}",
        mark(checks.entry_digest),
        mark(checks.facts_digest),
        mark(checks.records)
    ));
    lines.join("\n")
}

fn tell_fact(fact: &FactView, lines: &mut Vec<String>) {
    let person = fact.person.as_deref().unwrap_or("UNKNOWN");
    lines.push(format!("  {} {}  {}  {person}", fact.kind, fact.id, fact.occurred_at));
    for field in &fact.fields {
        if let Some(value) = &field.value {
            let unit = if field.duration { " ms" } else { "" };
            lines.push(format!("    {} {value}{unit}", field.zh));
        }
    }
    for event in &fact.events {
        lines.push(format!("    #{} {}  {}  {} {}", event.position, event.time, event.r#type, event.source, event.id));
    }
}
