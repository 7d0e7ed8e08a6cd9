//! `jifen leaderboard`: who has how many points of a period.

use jifen_core::{
    rule::{Dimension, SubjectKind},
    time::Period,
};
use jifen_server::board::{LeaderboardItem, LeaderboardQuery, Reader, leaderboard};

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
    /// person, window, department or hall
    #[arg(long, value_parser = value::subject)]
    subject: SubjectKind,
    /// 2026-11-23, 2026-W47, 2026-11, 2026-Q4, 2026 or all
    #[arg(long, value_parser = value::period)]
    period: Period,
    /// Points of this rule only
    #[arg(long)]
    rule: Option<String>,
    /// Points of this dimension only
    #[arg(long, value_parser = value::dimension)]
    dimension: Option<Dimension>,
    /// Most rows; all unless given
    #[arg(long)]
    limit: Option<usize>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let open::Reading { database, row, region } = open::to_read(&options.db, &options.region)?;
    let query = LeaderboardQuery {
        subject: options.subject,
        period: options.period,
        rule: options.rule.clone(),
        dimension: options.dimension,
        min_facts: None,
        after: None,
        limit: options.limit,
    };
    let board = leaderboard(&Reader::new(&database, &row, &region), &query)?;
    if options.json {
        return output::json(&board);
    }
    let titles = [
        ("名次", Align::Right),
        ("编号", Align::Left),
        ("名称", Align::Left),
        ("积分", Align::Right),
        ("其中暂计", Align::Right),
        ("事实", Align::Right),
        ("服务", Align::Right),
    ];
    output::table(titles, &board.items.iter().map(cells).collect::<Vec<_>>())
}

fn cells(item: &LeaderboardItem) -> [String; 7] {
    [
        item.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string()),
        item.subject.clone(),
        item.name.clone(),
        item.points.clone(),
        item.provisional.clone(),
        item.facts.to_string(),
        item.services.to_string(),
    ]
}
