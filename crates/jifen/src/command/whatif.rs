//! `jifen whatif`: a draft of a rule set tried on days that have been, through the real engine.

use std::path::{Path, PathBuf};

use jifen_core::{rule::SubjectKind, time::Date};
use jifen_server::whatif::{
    Checked, Comparison, GroupPair, PayoutPair, Question, SpreadFigures, SubjectPair, WhatIfError, compare,
};

use super::{open, rules, value};
use crate::{
    failure::Failure,
    output::{self, Align, Unit},
};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Region code
    #[arg(long)]
    region: String,
    /// The draft, a rule file; it takes the place of the set of the same id
    #[arg(long)]
    rules: PathBuf,
    /// First day it is tried on
    #[arg(long, value_parser = value::date)]
    from: Date,
    /// Last day
    #[arg(long, value_parser = value::date)]
    to: Date,
    /// person, window, department or hall
    #[arg(long, value_parser = value::subject, default_value = "person")]
    subject: SubjectKind,
    /// Most rows; all unless given
    #[arg(long)]
    limit: Option<usize>,
    /// Prints JSON, with all kinds of subjects
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let text = rules::read(&options.rules)?;
    let reading = open::to_read(&options.db, &options.region)?;
    let found = tried(&options.rules, Question { text, from: options.from, to: options.to }, &reading)?;
    if options.json {
        return output::json(&found);
    }
    tell(&found)?;
    let wanted = found.subjects.iter().filter(|line| line.kind == options.subject.name());
    let lines: Vec<_> = wanted.take(options.limit.unwrap_or(usize::MAX)).map(cells).collect();
    let titles = [
        ("编号", Align::Left),
        ("名称", Align::Left),
        ("现在", Align::Right),
        ("试算", Align::Right),
        ("差", Align::Right),
        ("现名次", Align::Right),
        ("试算名次", Align::Right),
    ];
    output::table(titles, &lines)
}

/// Tries the draft of a file, with a bar that says how far it has come.
pub(super) fn tried(file: &Path, question: Question, reading: &open::Reading) -> Result<Comparison, Failure> {
    let open::Reading { database, row, region } = reading;
    let checked = Checked::of(question, region).map_err(|error| refused(file, error))?;
    let bar = output::progress("试算 / trying", Unit::Records);
    let found = compare(database, row, region, &checked, &mut |position, head| {
        output::advance(&bar, position, head);
        true
    })?;
    bar.finish_and_clear();
    Ok(found)
}

/// What is wrong with a draft, with its place in the file.
fn refused(file: &Path, error: WhatIfError) -> Failure {
    match error {
        WhatIfError::Draft(faults) => Failure::BadInput(rules::told(file, &faults)),
        other => other.into(),
    }
}

fn tell(found: &Comparison) -> Result<(), Failure> {
    let Comparison { span, set, total, gaining, losing, unchanged, .. } = found;
    output::line(&format!("{set}  {} – {}", span.from, span.to))?;
    output::line(&format!("总分 / points: {} → {} ({})", total.before, total.after, total.change))?;
    output::line(&format!(
        "增 {gaining} 人，减 {losing} 人，不变 {unchanged} 人 / {gaining} gain, {losing} lose, {unchanged} stay"
    ))?;
    let gini = |figures: &Option<SpreadFigures>| {
        let gini = figures.as_ref().and_then(|figures| figures.gini);
        gini.map_or_else(|| "–".to_owned(), |gini| format!("{gini:.3}"))
    };
    output::line(&format!("基尼系数 / Gini: {} → {}", gini(&found.spread_before), gini(&found.spread_after)))?;
    for rule in &found.rules {
        output::line(&format!(
            "  {}  {} → {} ({})",
            rule.rule, rule.points.before, rule.points.after, rule.points.change
        ))?;
    }
    for payout in &found.payouts {
        let PayoutPair { title, unit, period, amount, gaining, losing, .. } = payout;
        output::line(&format!(
            "  {title} {period}：{} → {} {unit} ({})，增 {gaining}，减 {losing}",
            amount.before, amount.after, amount.change
        ))?;
    }
    for group in &found.groups {
        let GroupPair { zh, en, facts, points, .. } = group;
        output::line(&format!(
            "  {zh} / {en}：{facts} 件 / facts  {} → {} ({})",
            points.before, points.after, points.change
        ))?;
    }
    output::line("")
}

fn cells(line: &SubjectPair) -> [String; 7] {
    let rank = |rank: Option<u64>| rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string());
    [
        line.subject.clone(),
        line.name.clone(),
        line.points.before.clone(),
        line.points.after.clone(),
        line.points.change.clone(),
        rank(line.rank_before),
        rank(line.rank_after),
    ]
}
