//! What pages read of the region's resident state: names, kinds of actors, settings, rules in words. One place.

use jifen_core::{
    engine::Region,
    id::{ActorId, ActorRef, Digest},
    points::Points,
    roster,
    rule::{Dimension, Language, Plan, Rule, RuleSet, Sheet, SubjectKind, Unit},
    scoring::RuleVersion,
    time::{Date, Instant},
};

use super::{
    names::ActorKindWord,
    regard::{CodeName, RuleSummary},
};

/// The region's own settings that pages show.
pub(crate) struct Settings {
    pub(crate) name: Option<String>,
    pub(crate) rank_facts_min: i64,
    pub(crate) simulated: bool,
}

/// Where a person or window belongs today.
#[derive(Default)]
pub(crate) struct Home {
    pub(crate) window: Option<String>,
    pub(crate) department: Option<String>,
}

/// One version of a rule set.
pub(crate) struct SetVersion {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) version: Digest,
    pub(crate) from: Date,
    pub(crate) to: Option<Date>,
    pub(crate) draft: Option<Digest>,
}

/// A rule in words, as one version has it.
pub(crate) struct RuleWords {
    pub(crate) title: String,
    pub(crate) title_en: String,
    pub(crate) dimension: Dimension,
    pub(crate) sentence_zh: String,
    pub(crate) sentence_en: String,
    pub(crate) set: SetVersion,
    pub(crate) bands: Vec<BandWords>,
    pub(crate) measured: Option<MeasuredWords>,
    /// The kind of fact the rule reads; none for a score sheet's own entries.
    pub(crate) fact_kind: Option<&'static str>,
}

pub(crate) struct BandWords {
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) points: Points,
}

pub(crate) struct MeasuredWords {
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) unit: Unit,
}

pub(crate) fn zone_name(region: &Region) -> String {
    region.organisation().zone().name().to_owned()
}

pub(crate) fn settings(region: &Region) -> Settings {
    let settings = region.organisation().latest_settings();
    Settings {
        name: settings.name.clone(),
        rank_facts_min: settings.rank_facts_min.unwrap_or(roster::Settings::RANK_FACTS_MIN),
        simulated: settings.simulated.unwrap_or(false),
    }
}

pub(crate) fn actor_kind(region: &Region, actor: ActorId) -> ActorKindWord {
    match region.organisation().actor_kind(actor) {
        roster::ActorKind::Person => ActorKindWord::Person,
        roster::ActorKind::System => ActorKindWord::System,
        roster::ActorKind::Unknown => ActorKindWord::Unknown,
    }
}

pub(crate) fn canonical_actor(region: &Region, actor: ActorRef) -> ActorId {
    region.organisation().canonical(actor)
}

/// Whether the organisation has this actor or place.
pub(crate) fn place_is_known(region: &Region, kind: SubjectKind, code: &str) -> bool {
    let organisation = region.organisation();
    match kind {
        SubjectKind::Person => false,
        SubjectKind::Window => organisation.windows().any(|(other, _)| other == code),
        SubjectKind::Department => organisation.departments().any(|(other, _)| other == code),
        SubjectKind::Hall => organisation.halls().any(|(other, _)| other == code),
    }
}

pub(crate) fn place_name(region: &Region, kind: SubjectKind, code: &str) -> Option<String> {
    let organisation = region.organisation();
    let name = match kind {
        SubjectKind::Person => None,
        SubjectKind::Window => organisation.window_name(code),
        SubjectKind::Department => organisation.department_name(code),
        SubjectKind::Hall => organisation.hall_name(code),
    };
    name.map(str::to_owned)
}

/// What a place is called: its name, or its code where it has none.
pub(crate) fn place_called(region: &Region, kind: SubjectKind, code: &str) -> String {
    place_name(region, kind, code).unwrap_or_else(|| code.to_owned())
}

/// What a matter is called: its name, or its code where it has none.
pub(crate) fn matter_called(region: &Region, code: &str) -> String {
    let known = region.organisation().matter(code, Instant::MAX).and_then(|matter| matter.name.clone());
    known.unwrap_or_else(|| code.to_owned())
}

pub(crate) fn places(region: &Region, kind: SubjectKind) -> Vec<CodeName> {
    let organisation = region.organisation();
    let named =
        |code: &str, name: Option<&str>| CodeName { code: code.to_owned(), name: name.unwrap_or(code).to_owned() };
    match kind {
        SubjectKind::Person => Vec::new(),
        SubjectKind::Window => {
            organisation.windows().map(|(code, window)| named(code, window.name.as_deref())).collect()
        }
        SubjectKind::Department => {
            organisation.departments().map(|(code, department)| named(code, department.name.as_deref())).collect()
        }
        SubjectKind::Hall => organisation.halls().map(|(code, name)| named(code, name)).collect(),
    }
}

pub(crate) fn home_of_person(region: &Region, actor: ActorId) -> Home {
    let home = region.organisation().home(actor, Instant::MAX);
    Home { window: home.window, department: home.department }
}

pub(crate) fn home_of_window(region: &Region, window: &str) -> Home {
    let found = region.organisation().windows().find(|(code, _)| *code == window);
    Home { window: None, department: found.and_then(|(_, window)| window.department.clone()) }
}

/// The English title; the Chinese one where there is none.
fn title_en(rule: &Rule) -> String {
    rule.title_en.clone().unwrap_or_else(|| rule.title.clone())
}

/// The newest version of every rule.
pub(crate) fn newest_rules(region: &Region) -> Vec<RuleSummary> {
    let mut summaries: Vec<RuleSummary> = Vec::new();
    for version in region.versions().all() {
        for rule in &version.set.rules {
            summaries.retain(|other| other.id != rule.id);
            summaries.push(summary(rule));
        }
    }
    summaries
}

fn summary(rule: &Rule) -> RuleSummary {
    RuleSummary {
        id: rule.id.clone(),
        title: rule.title.clone(),
        title_en: title_en(rule),
        dimension: rule.dimension.name().to_owned(),
        subject: rule.subject.name().to_owned(),
        period: match &rule.plan {
            Plan::PerFact => None,
            Plan::PerPeriod { grain, .. } => Some(grain.name().to_owned()),
        },
        sentence_zh: rule.sentence(Language::Chinese),
        sentence_en: rule.sentence(Language::English),
    }
}

pub(crate) fn set_versions(region: &Region) -> Vec<SetVersion> {
    region.versions().all().map(set_version).collect()
}

fn set_version(version: &RuleVersion) -> SetVersion {
    SetVersion {
        id: version.set.id.clone(),
        title: version.set.title.clone(),
        version: version.set.version,
        from: version.from,
        to: version.to,
        draft: version.draft,
    }
}

/// The rule itself, for what it makes of a fact.
pub(crate) fn rule(region: &Region, version: Digest, id: &str) -> Option<Rule> {
    region.versions().rule(version, id).map(|(_, rule)| rule.clone())
}

pub(crate) fn rule_words(region: &Region, version: Digest, id: &str) -> Option<RuleWords> {
    let found = region.versions().rule(version, id).map(|(version, rule)| words(version, rule));
    found.or_else(|| {
        let version = region.versions().all().find(|other| other.set.version == version)?;
        sheet_words(version, version.set.sheet_of_line(id)?, id)
    })
}

/// A score sheet's own entry in words: the sheet stands in for a rule.
fn sheet_words(version: &RuleVersion, sheet: &Sheet, line: &str) -> Option<RuleWords> {
    Some(RuleWords {
        title: sheet.line_title(line, Language::Chinese)?,
        title_en: sheet.line_title(line, Language::English)?,
        dimension: sheet.dimension,
        sentence_zh: sheet.sentence(Language::Chinese),
        sentence_en: sheet.sentence(Language::English),
        set: set_version(version),
        bands: Vec::new(),
        measured: None,
        fact_kind: None,
    })
}

pub(crate) fn rule_title(region: &Region, id: &str) -> Option<(String, String)> {
    region.versions().all().filter_map(|version| titles_in(&version.set, id)).last()
}

/// Chinese and English title of a rule of the set, or of an entry of one of its score sheets' own.
pub(crate) fn titles_in(set: &RuleSet, id: &str) -> Option<(String, String)> {
    if let Some(rule) = set.rule(id) {
        return Some((rule.title.clone(), title_en(rule)));
    }
    let sheet = set.sheet_of_line(id)?;
    Some((sheet.line_title(id, Language::Chinese)?, sheet.line_title(id, Language::English)?))
}

fn words(version: &RuleVersion, rule: &Rule) -> RuleWords {
    let bands = rule.bands(Language::Chinese).into_iter().zip(rule.bands(Language::English));
    let measured = rule.measured(Language::Chinese).zip(rule.measured(Language::English));
    RuleWords {
        title: rule.title.clone(),
        title_en: title_en(rule),
        dimension: rule.dimension,
        sentence_zh: rule.sentence(Language::Chinese),
        sentence_en: rule.sentence(Language::English),
        set: set_version(version),
        bands: bands.map(|(zh, en)| BandWords { zh: zh.words, en: en.words, points: zh.points }).collect(),
        measured: measured.map(|(zh, en)| MeasuredWords { zh: zh.words, en: en.words, unit: zh.unit }),
        fact_kind: Some(rule.on.kind().name()),
    }
}
