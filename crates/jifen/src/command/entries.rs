//! `jifen entries`: the ledger, newest first.

use jifen_core::{
    rule::{Dimension, SubjectKind},
    time::Period,
};
use jifen_server::{
    auth::Reach,
    board::{EntriesQuery, EntryView, entries},
};

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
    #[arg(long, value_parser = value::subject, requires = "subject")]
    subject_kind: Option<SubjectKind>,
    /// The subject's code
    #[arg(long, requires = "subject_kind")]
    subject: Option<String>,
    /// 2026-11-23, 2026-W47, 2026-11, 2026-Q4, 2026 or all
    #[arg(long, value_parser = value::period, default_value = "all")]
    period: Period,
    /// Entries of this rule only
    #[arg(long)]
    rule: Option<String>,
    /// Entries of this dimension only
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
    let query = EntriesQuery {
        subject: options.subject_kind.zip(options.subject.clone()),
        period: options.period,
        rule: options.rule.clone(),
        dimension: options.dimension,
        before: None,
        limit: options.limit.unwrap_or(usize::MAX),
    };
    let page = entries(&database, &row, &region, &Reach::whole(), &query)?;
    if options.json {
        return output::json(&page);
    }
    let titles = [
        ("流水号", Align::Right),
        ("日期", Align::Left),
        ("类型", Align::Left),
        ("规则", Align::Left),
        ("对象", Align::Left),
        ("积分", Align::Right),
        ("依据", Align::Left),
    ];
    output::table(titles, &page.items.iter().map(cells).collect::<Vec<_>>())
}

fn cells(entry: &EntryView) -> [String; 7] {
    [
        entry.position.to_string(),
        entry.business_date.clone(),
        entry.kind.clone(),
        entry.rule_title.clone(),
        entry.subject.clone(),
        entry.points.clone(),
        entry.anchor.clone(),
    ]
}
