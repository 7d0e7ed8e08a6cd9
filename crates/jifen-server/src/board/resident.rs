//! What pages read of the region's resident state: names, kinds of actors, settings, rules. One line each, in one place.

use jifen_core::{
    engine::Region,
    id::{ActorId, ActorRef, Digest},
    rule::{Dimension, SubjectKind},
    time::{Date, Zone},
};

use super::{
    names::ActorKindWord,
    regard::{CodeName, RuleSummary},
};

/// The region's own settings that pages show.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) name: Option<String>,
    pub(super) rank_facts_min: i64,
    pub(super) simulated: bool,
}

/// Where a person or window belongs today.
#[derive(Default)]
pub(super) struct Home {
    pub(super) window: Option<String>,
    pub(super) department: Option<String>,
}

/// One version of a rule set.
pub(super) struct SetVersion {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) version: Digest,
    pub(super) from: Date,
    pub(super) to: Option<Date>,
    pub(super) without_approval: bool,
}

/// A rule in words, as one version has it.
pub(super) struct RuleWords {
    pub(super) title: String,
    pub(super) title_en: Option<String>,
    pub(super) dimension: Dimension,
    pub(super) sentence_zh: String,
    pub(super) sentence_en: String,
    pub(super) set: SetVersion,
    pub(super) bands: Vec<BandWords>,
    pub(super) measured: Option<MeasuredWords>,
    /// The kind of fact the rule reads.
    pub(super) fact_kind: Option<String>,
}

pub(super) struct BandWords {
    pub(super) zh: String,
    pub(super) en: String,
    pub(super) points: String,
}

pub(super) struct MeasuredWords {
    pub(super) zh: String,
    pub(super) en: String,
}

pub(super) fn zone_name(_region: &Region) -> String {
    Zone::parse("Asia/Shanghai").map(|zone| zone.name().to_owned()).unwrap_or_default()
}

pub(super) fn settings(_region: &Region) -> Settings {
    Settings { rank_facts_min: 1, ..Settings::default() }
}

pub(super) fn actor_kind(_region: &Region, actor: ActorId) -> ActorKindWord {
    if actor.is_unknown() { ActorKindWord::Unknown } else { ActorKindWord::Person }
}

pub(super) fn canonical_actors(_region: &Region, actor: ActorRef) -> Vec<ActorId> {
    vec![actor.plain, actor.sourced]
}

pub(super) fn place_name(_region: &Region, _kind: SubjectKind, _code: &str) -> Option<String> {
    None
}

pub(super) fn places(_region: &Region, _kind: SubjectKind) -> Vec<CodeName> {
    Vec::new()
}

pub(super) fn home_of_person(_region: &Region, _actor: ActorId) -> Home {
    Home::default()
}

pub(super) fn home_of_window(_region: &Region, _window: &str) -> Home {
    Home::default()
}

pub(super) fn rules_in_force(_region: &Region) -> Vec<RuleSummary> {
    Vec::new()
}

pub(super) fn set_versions(_region: &Region) -> Vec<SetVersion> {
    Vec::new()
}

pub(super) fn rule_words(_region: &Region, _version: Digest, _id: &str) -> Option<RuleWords> {
    None
}

pub(super) fn newest_rule_words(_region: &Region, _id: &str) -> Option<RuleWords> {
    None
}
