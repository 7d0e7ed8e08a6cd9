//! `jifen settle`: what a period's points lead to. It reads only; the results are worked out now.

use jifen_core::{
    rule::Language,
    time::{Grain, Period},
};
use jifen_server::settlement::{Line, lines, settlement, told};

use super::{open, value};
use crate::{
    failure::Failure,
    output::{self, Align},
};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Region code
    #[arg(long)]
    region: String,
    /// 2026-11, 2026-Q4, 2026 …
    #[arg(long, value_parser = ending)]
    period: Period,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// A period that ends.
fn ending(text: &str) -> Result<Period, String> {
    let period = value::period(text)?;
    match period.grain {
        Grain::All => Err("all time never ends; name a month, quarter or year".to_owned()),
        Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => Ok(period),
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let open::Reading { database, row, region } = open::to_read(&options.db, &options.region)?;
    let settled = settlement(&database, &row, &region, options.period)?;
    if options.json {
        return output::json(&settled);
    }
    let state = if settled.ended { "已结束" } else { "未结束，暂定" };
    output::line(&format!("{} {}（{state}）", settled.region, settled.period))?;
    let titles = [
        ("类别", Align::Left),
        ("项目", Align::Left),
        ("分榜", Align::Left),
        ("编号", Align::Left),
        ("名称", Align::Left),
        ("名次", Align::Right),
        ("得分", Align::Right),
        ("结果", Align::Left),
        ("依据", Align::Left),
    ];
    let rows: Vec<_> = lines(&settled, Language::Chinese).into_iter().map(cells).collect();
    if rows.is_empty() {
        return output::line("没有结果：该期第一天施行的规则里没有这一周期的综合分、等次、荣誉、建议或奖金");
    }
    output::table(titles, &rows)?;
    for one in &settled.publicities {
        output::line(&told(one, Language::Chinese))?;
    }
    output::line(&format!("摘要 {}", settled.digest))
}

fn cells(line: Line) -> [String; 9] {
    let rank = line.rank.map(|rank| rank.to_string()).unwrap_or_default();
    let result = line.amount.unwrap_or(line.result);
    let score = line.score.unwrap_or_default();
    [line.kind, line.what, line.league, line.code, line.subject, rank, score, result, line.why]
}
