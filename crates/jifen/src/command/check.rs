//! `jifen rules check`: a rule file read, checked, its examples run, and said in words; with a region, what its last ninety days met.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jifen_core::{
    rule::{self, Diagnostic, Language, Met, Rule, RuleSet, SubjectKind, Words},
    time::Date,
};
use jifen_server::whatif::{Comparison, Question, REACH_DAYS, RuleReached};

use super::{open, rules, value, whatif};
use crate::{failure::Failure, output};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The rule file
    file: PathBuf,
    /// 有提醒也算不通过 / fails on warnings, too
    #[arg(long)]
    deny_warnings: bool,
    /// Database of a region whose last ninety days it is tried on, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long, requires = "region")]
    db: Option<String>,
    /// Region code
    #[arg(long, requires = "db")]
    region: Option<String>,
    /// Last of the ninety days; today unless given
    #[arg(long, requires = "db", value_parser = value::date)]
    to: Option<Date>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let Options { file, deny_warnings, db, region, to } = options;
    let text = rules::read(file)?;
    let set = rule::parse(&text).map_err(|faults| Failure::BadInput(rules::told(file, &faults)))?;
    let mut warnings = rule::warnings(&text, &set);
    let tried = db.as_deref().zip(region.as_deref()).map(|(db, region)| tried(file, &text, db, region, *to));
    let reached: BTreeMap<String, RuleReached> = match tried.transpose()? {
        None => BTreeMap::new(),
        Some((days, found)) => {
            let met: BTreeMap<String, Met> =
                found.reached.iter().map(|line| (line.rule.clone(), line.reach.met())).collect();
            warnings.extend(rule::idle(&text, &set, days, &met));
            warnings.sort_by_key(|warning| (warning.line, warning.column));
            output::line(&format!("{} – {}", days.0, days.1))?;
            found.reached.into_iter().map(|line| (line.rule.clone(), line)).collect()
        }
    };
    tell(&set, &reached)?;
    conclude(file, &warnings, *deny_warnings)
}

/// Tries the set on the last ninety days of a region.
fn tried(
    file: &Path,
    text: &str,
    db: &str,
    region: &str,
    to: Option<Date>,
) -> Result<((Date, Date), Comparison), Failure> {
    let reading = open::to_read(db, region)?;
    let to = to.unwrap_or_else(|| reading.region.organisation().zone().date(open::now()));
    let days = (to.plus(1 - REACH_DAYS), to);
    let question = Question { text: text.to_owned(), from: days.0, to: days.1 };
    Ok((days, whatif::tried(file, question, &reading)?))
}

fn tell(set: &RuleSet, reached: &BTreeMap<String, RuleReached>) -> Result<(), Failure> {
    output::line(&format!("{}  {}  {}", set.id, set.title, set.version))?;
    for rule in set.rules.iter().filter(|rule| set.is_written(rule)) {
        sentence(&rule.id, &Words::of(|language| rule.sentence(language)))?;
        card(set, rule)?;
        reached.get(&rule.id).map_or(Ok(()), |line| reach(rule, line))?;
    }
    for sheet in &set.sheets {
        sentence(&sheet.id, &Words::of(|language| sheet.sentence(language)))?;
    }
    let told_en = set.consequences(Language::English);
    for (told, told_en) in set.consequences(Language::Chinese).into_iter().zip(told_en) {
        sentence(&told.id, &Words::new(told.sentence, told_en.sentence))?;
    }
    SubjectKind::ALL.into_iter().try_for_each(|kind| {
        let told = set.day_most(kind).words();
        told.map_or(Ok(()), |told| output::line(&format!("{} / {}", told.zh, told.en)))
    })
}

fn sentence(id: &str, words: &Words) -> Result<(), Failure> {
    output::line(&format!("  {id}  {}", words.zh))?;
    output::line(&format!("  {}  {}", " ".repeat(id.len()), words.en))
}

/// Why the rule is there, and the most it gives.
fn card(set: &RuleSet, rule: &Rule) -> Result<(), Failure> {
    let margin = " ".repeat(rule.id.len());
    let most = set.most(rule);
    let rest = |(zh, en): (&str, &str), text: &Option<String>| {
        text.as_ref().map(|text| Words::new(format!("{zh} {text}"), format!("{en} {text}")))
    };
    let review = rule.card.review_on.map(|date| date.to_string());
    let parts: Vec<Words> = [
        rest(("依据", "rests on"), &rule.card.basis),
        rest(("目的", "for"), &rule.card.goal),
        rest(("复核", "looked at again on"), &review),
    ]
    .into_iter()
    .flatten()
    .chain([Words::of(|language| most.words(language))])
    .collect();
    let told = Words::listed(&parts);
    output::line(&format!("  {margin}  {} / {}", told.zh, told.en))
}

/// What the days met.
fn reach(rule: &Rule, line: &RuleReached) -> Result<(), Failure> {
    let margin = " ".repeat(rule.id.len());
    let (facts, reached) = (line.reach.facts, line.reach.reached);
    let most = line.reach.day_most.as_ref();
    let zh = most.map_or(String::new(), |most| format!("，一天最多 {most} 分"));
    let en = most.map_or(String::new(), |most| format!(", at most {most} points on one day"));
    output::line(&format!("  {margin}  触及 {reached} 个，{facts} 件{zh} / reaches {reached}, by {facts} facts{en}"))?;
    let who: Vec<String> = line.who.iter().map(|who| format!("{} {}", who.subject, who.points)).collect();
    if who.is_empty() { Ok(()) } else { output::line(&format!("  {margin}    {}", who.join("  "))) }
}

fn conclude(file: &Path, warnings: &[Diagnostic], deny: bool) -> Result<(), Failure> {
    if warnings.is_empty() {
        return Ok(());
    }
    let told = rules::told(file, warnings);
    if deny {
        return Err(Failure::BadInput(told));
    }
    eprintln!("提醒 / warnings:\n{told}");
    Ok(())
}
