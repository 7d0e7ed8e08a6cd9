//! What of a what-if is frozen with a draft: sums that name nobody, as text whose digest approvals are bound to.

use std::collections::BTreeMap;

use jifen_core::{
    event::member::DOCUMENT_LENGTH_MAX,
    points::Points,
    rule::{self, Diagnostic, Met, RuleSet},
    time::Date,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::whatif::{Comparison, DimensionPair, Pair, RulePair, SpreadFigures, SubjectPair, WhatIfSpan};

/// Most windows, departments and halls listed, those that change most first.
const PLACES_MAX: usize = 200;

/// A what-if as it was frozen with a draft. People are counted, never named: it is published in the days of notice.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FrozenWhatIf {
    /// Journal position up to which both sides were counted.
    pub(crate) as_of_position: u64,
    /// The days it was tried on.
    pub(crate) span: WhatIfSpan,
    /// SHA-256 of the versions the draft would take the place of.
    pub(crate) replaces: Vec<String>,
    /// All points given.
    pub(crate) total: Pair,
    /// People who would have more.
    pub(crate) gaining: u64,
    /// People who would have less.
    pub(crate) losing: u64,
    /// People who would have as much.
    pub(crate) unchanged: u64,
    /// The most one person would gain; `null` where nobody does.
    #[schema(required = true)]
    pub(crate) most_gained: Option<String>,
    /// The most one person would lose.
    #[schema(required = true)]
    pub(crate) most_lost: Option<String>,
    /// How people's points spread now.
    #[schema(required = true)]
    pub(crate) spread_before: Option<SpreadFigures>,
    /// How they would.
    #[schema(required = true)]
    pub(crate) spread_after: Option<SpreadFigures>,
    /// Points by dimension.
    pub(crate) dimensions: Vec<DimensionPair>,
    /// Points by rule.
    pub(crate) rules: Vec<RulePair>,
    /// Windows, departments and halls, those that change most first.
    pub(crate) places: Vec<SubjectPair>,
}

impl FrozenWhatIf {
    /// The rules that nothing met; none where that was not counted when it was frozen.
    pub(super) fn idle(&self, text: &str, set: &RuleSet) -> Vec<Diagnostic> {
        let met: BTreeMap<String, Met> =
            self.rules.iter().filter_map(|rule| Some((rule.rule.clone(), rule.reach.as_ref()?.met()))).collect();
        let days = Date::parse(&self.span.from).zip(Date::parse(&self.span.to)).filter(|_| !met.is_empty());
        days.map(|days| rule::idle(text, set, days, &met)).unwrap_or_default()
    }
}

/// The text that is frozen.
pub(super) fn freeze(found: &Comparison) -> String {
    let change = |line: &SubjectPair| Points::parse(&line.points.change).unwrap_or(Points::ZERO);
    let people = found.subjects.iter().filter(|line| line.kind == "person").map(change);
    let (least, most) =
        people.fold((Points::ZERO, Points::ZERO), |(least, most), each| (least.min(each), most.max(each)));
    let mut places: Vec<SubjectPair> = found.subjects.iter().filter(|line| line.kind != "person").cloned().collect();
    places.sort_by_key(|line| std::cmp::Reverse(change(line).0.abs()));
    places.truncate(PLACES_MAX);
    let shown = |points: Points| (points != Points::ZERO).then(|| points.to_string());
    let mut frozen = FrozenWhatIf {
        as_of_position: found.as_of_position,
        span: found.span.clone(),
        replaces: found.replaces.clone(),
        total: found.total.clone(),
        gaining: found.gaining,
        losing: found.losing,
        unchanged: found.unchanged,
        most_gained: shown(most),
        most_lost: shown(least),
        spread_before: found.spread_before.clone(),
        spread_after: found.spread_after.clone(),
        dimensions: found.dimensions.clone(),
        rules: found.rules.clone(),
        places,
    };
    let text = |frozen: &FrozenWhatIf| serde_json::to_string(frozen).unwrap_or_default();
    // An event holds so much; a set of a thousand rules leaves no room for places.
    if text(&frozen).chars().count() > DOCUMENT_LENGTH_MAX {
        frozen.places.clear();
    }
    text(&frozen)
}

/// Reads what was frozen.
pub(super) fn thaw(text: &str) -> Option<FrozenWhatIf> {
    serde_json::from_str(text).ok()
}
