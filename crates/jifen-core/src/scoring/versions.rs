//! Rule sets published so far, and which version is in force on a day.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    both,
    event::{Event, Value, member},
    fact::FactType,
    id::Digest,
    language::Words,
    roster::{Order, order_of},
    rule::{ItemRef, LinkTo, Plan, Rule, RuleSet, Sheet, SubjectKind},
    time::{Date, Grain, Period, Zone},
};

/// One published version.
#[derive(Clone, Debug)]
pub struct RuleVersion {
    /// The set.
    pub set: RuleSet,
    /// Its whole text.
    pub text: String,
    /// First day in force.
    pub from: Date,
    /// Last day in force, if the text names one.
    pub to: Option<Date>,
    /// The draft that a committee approved; none: without approval.
    pub draft: Option<Digest>,
    order: Order,
    /// First day as published; without one the day of the event counts, which depends on the region's zone.
    named: Option<Date>,
}

impl RuleVersion {
    fn read(event: &Event, zone: &Zone) -> Option<Self> {
        let text = event.data.text(member::RULES)?.to_owned();
        let set = crate::rule::parse(&text).ok()?;
        let published = match event.data.get(member::EFFECTIVE_FROM) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        };
        let named = published.or(set.effective_from);
        let from = named.unwrap_or_else(|| zone.date(event.time));
        let draft = match event.data.get(member::DRAFT) {
            Some(Value::Digest(digest)) => Some(*digest),
            _ => None,
        };
        let to = set.effective_to;
        Some(Self { set, text, from, to, draft, order: order_of(event), named })
    }
}

/// The ids of a set's rules, sheets and what comes after them: one name space.
fn ids(set: &RuleSet) -> impl Iterator<Item = &str> {
    let sheets = set.sheets.iter().map(|sheet| sheet.id.as_str());
    let settled = set.settlement.faces().map(|face| face.id.as_str());
    set.rules.iter().map(|rule| rule.id.as_str()).chain(sheets).chain(settled)
}

/// All versions, per set id in the order they come into force.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    lines: BTreeMap<String, Vec<Arc<RuleVersion>>>,
    /// Rules that any version caps.
    capped: BTreeSet<String>,
    /// Rules whose facts any version counts by their number.
    counted: BTreeSet<String>,
    /// Whether any version has links, and whether any of those names all staff of a place.
    links: (bool, bool),
    /// Lengths of the periods that any version's rules and re-classifications count by.
    grains: BTreeSet<Grain>,
}

impl Versions {
    /// Takes a `ruleset.published` event in; gives the first day it changes.
    pub fn absorb(&mut self, event: &Event, zone: &Zone) -> Option<Date> {
        let version = RuleVersion::read(event, zone)?;
        let from = version.from;
        self.insert(version);
        Some(from)
    }

    /// The declaration of a fact type that holds for events of `date`: that of the version in force then, else of the last that was,
    /// else of the first that will be.
    pub fn fact_type(&self, id: &str, date: Date) -> Option<&FactType> {
        let declared = |version: &'_ RuleVersion| version.set.types.iter().any(|declared| declared.id == id);
        let before = || self.all().filter(|version| declared(version) && version.from <= date);
        let version = self
            .in_force(date)
            .find(|version| declared(version))
            .or_else(|| before().max_by_key(|version| (version.from, &version.order)))
            .or_else(|| {
                self.all().filter(|version| declared(version)).min_by_key(|version| (version.from, &version.order))
            })?;
        version.set.types.iter().find(|declared| declared.id == id).map(Arc::as_ref)
    }

    /// Every fact type that any version declares, by its id, each as declared last.
    pub fn fact_types(&self) -> BTreeMap<&str, &FactType> {
        let mut versions: Vec<&RuleVersion> = self.all().collect();
        versions.sort_by_key(|version| (version.from, &version.order));
        let types = versions.into_iter().flat_map(|version| &version.set.types);
        types.map(|declared| (declared.id.as_str(), declared.as_ref())).collect()
    }

    /// What a set declares otherwise than a version before it: facts recorded by that one would silently say something else; or
    /// otherwise than another set in force on the same days, so that nobody knew by which an event is judged.
    fn contradiction(&self, new: &RuleVersion) -> Option<Words> {
        new.set.types.iter().find_map(|declared| {
            self.all().find_map(|other| {
                let known = other.set.types.iter().find(|known| known.id == declared.id)?;
                let beside = other.set.id != new.set.id && known != declared && !self.apart(new, other);
                declared.contradicts(known).or_else(|| {
                    beside.then(|| {
                        let (id, set) = (&declared.id, &other.set.id);
                        both!(
                            "规则集 `{set}` 也声明事实类型 `{id}`，而写法不同；同时生效的须一字不差",
                            "the set `{set}` declares fact type `{id}` otherwise; sets in force together must declare it alike"
                        )
                    })
                })
            })
        })
    }

    /// Whether no day has both versions in force.
    fn apart(&self, new: &RuleVersion, other: &RuleVersion) -> bool {
        new.to.is_some_and(|to| to < other.from) || self.last_day(other).is_some_and(|to| to < new.from)
    }

    /// Which rule of the set that `event` publishes has an id that another set's rule has on some of the same days: both would
    /// speak for the same awards, and one would take back what the other gives. Or which fact type it declares otherwise.
    pub fn clash(&self, event: &Event, zone: &Zone) -> Option<Words> {
        let new = RuleVersion::read(event, zone)?;
        if let Some(contradiction) = self.contradiction(&new) {
            return Some(contradiction);
        }
        let (id, other, from) = self.lines.values().flatten().find_map(|other| {
            let shared = ids(&new.set).find(|id| ids(&other.set).any(|known| known == *id));
            let clashes = other.set.id != new.set.id && !self.apart(&new, other);
            shared.filter(|_| clashes).map(|id| (id.to_owned(), &other.set.id, other.from))
        })?;
        Some(both!(
            "规则 `{id}` 也是规则集 `{other}` 里的，那一套从 {from} 起生效；请另取编号，或先让其中一套失效",
            "rule `{id}` is also a rule of the set `{other}`, in force from {from}; give it another id, or let one set end first"
        ))
    }

    /// First and last day a version is in force, `None` when its set's next version begins as early: it never was.
    pub fn days(&self, version: &RuleVersion) -> Option<(Date, Option<Date>)> {
        let line = self.lines.get(&version.set.id)?;
        let index = line.iter().position(|other| other.from == version.from && other.order == version.order)?;
        let next = line.get(index + 1).map(|other| other.from.plus(-1));
        let last = version.to.into_iter().chain(next).min();
        last.is_none_or(|last| version.from <= last).then_some((version.from, last))
    }

    /// The version of the same set before this one.
    pub fn before(&self, version: &RuleVersion) -> Option<&RuleVersion> {
        let line = self.lines.get(&version.set.id)?;
        let index = line.iter().position(|other| other.from == version.from && other.order == version.order)?;
        line.get(index.checked_sub(1)?).map(Arc::as_ref)
    }

    /// The last day a version is in force: its own, or the day before its set's next version.
    fn last_day(&self, version: &RuleVersion) -> Option<Date> {
        let line = self.lines.get(&version.set.id).into_iter().flatten();
        let next = line.map(|other| other.from).filter(|from| *from > version.from).min();
        version.to.into_iter().chain(next.map(|from| from.plus(-1))).min()
    }

    /// Puts every version on its first day in another zone.
    pub(crate) fn change_zone(&mut self, zone: &Zone) {
        for version in std::mem::take(&mut self.lines).into_values().flatten() {
            let mut version = RuleVersion::clone(&version);
            version.from = version.named.unwrap_or_else(|| zone.date(version.order.0));
            self.insert(version);
        }
    }

    fn insert(&mut self, version: RuleVersion) {
        for rule in &version.set.rules {
            if rule.cap.is_some() {
                self.capped.insert(rule.id.clone());
            }
            if let Plan::PerPeriod { grain, .. } = rule.plan {
                self.grains.insert(grain);
            }
            if let Some(link) = &rule.link {
                self.links = (true, self.links.1 || matches!(link.to, LinkTo::Staff(_)));
            }
        }
        self.counted.extend(version.set.settlement.counted().flat_map(|counted| counted.rules.iter().cloned()));
        self.grains.extend(version.set.reclasses.iter().map(|reclass| reclass.period));
        let line = self.lines.entry(version.set.id.clone()).or_default();
        let index = line.partition_point(|other| (other.from, &other.order) < (version.from, &version.order));
        line.insert(index, Arc::new(version));
    }

    /// The version of each set in force on `date`.
    pub fn in_force(&self, date: Date) -> impl Iterator<Item = &RuleVersion> {
        self.lines.values().filter_map(move |line| {
            let version = line.iter().rev().find(|version| version.from <= date)?;
            version.to.is_none_or(|to| date <= to).then_some(version.as_ref())
        })
    }

    /// Whether facts of the rule on `date` count by their number for a veto, a card, a gate or a cut: then each has an entry, even if
    /// it gives no points, so that the number opens the list that makes it.
    pub(crate) fn is_counted(&self, date: Date, rule: &str) -> bool {
        // PERF: asked for every award; most rules are never counted.
        self.counted.contains(rule)
            && Grain::ENDING.into_iter().map(|grain| Period::holding(grain, date).first).any(|first| {
                let mut counted = self.in_force(first).flat_map(|version| version.set.settlement.counted());
                counted.any(|counted| counted.rules.iter().any(|other| other == rule))
            })
    }

    /// Whether any version caps the rule: else no period has a cap to be looked for.
    pub(super) fn may_cap(&self, rule: &str) -> bool {
        self.capped.contains(rule)
    }

    /// Whether any version has links: else nobody asks who bears what.
    pub(super) fn has_links(&self) -> bool {
        self.links.0
    }

    /// Whether awards ever depend on who belongs to a place.
    pub(crate) fn has_staff_links(&self) -> bool {
        self.links.1
    }

    /// Lengths of the periods within which any version counts facts, from the shortest.
    pub(super) fn grains(&self) -> impl Iterator<Item = Grain> {
        self.grains.iter().copied()
    }

    /// Every version.
    pub fn all(&self) -> impl Iterator<Item = &RuleVersion> {
        self.lines.values().flatten().map(Arc::as_ref)
    }

    /// The rule `id` of the version with this digest.
    pub fn rule(&self, version: Digest, id: &str) -> Option<(&RuleVersion, &Rule)> {
        let version = self.all().find(|other| other.set.version == version)?;
        version.set.rule(id).map(|rule| (version, rule))
    }

    /// Whether any version ever had a score sheet: without one no record looks for sheets.
    pub fn has_sheets(&self) -> bool {
        self.lines.values().flatten().any(|version| !version.set.sheets.is_empty())
    }

    /// Whether any version has a sheet that looks at leave.
    pub(crate) fn counts_leave(&self) -> bool {
        let sheets = self.lines.values().flatten().flat_map(|version| &version.set.sheets);
        sheets.filter_map(|sheet| sheet.presence.as_ref()).any(|presence| !presence.leave.is_empty())
    }

    /// The sheets of a period: those in force on its first day that run as long.
    pub fn sheets_of(&self, period: Period) -> impl Iterator<Item = (&RuleVersion, &Sheet)> {
        self.in_force(period.first)
            .flat_map(|version| version.set.sheets.iter().map(move |sheet| (version, sheet)))
            .filter(move |(_, sheet)| sheet.period == period.grain)
    }

    /// The period whose sheet an award of `date` counts in: that of the sheet in force on the period's first day, if it has the item.
    pub fn sheet_period(&self, date: Date, item: &ItemRef, subject: SubjectKind) -> Option<Period> {
        Grain::ENDING.into_iter().map(|grain| Period::holding(grain, date)).find(|period| {
            let holds =
                |sheet: &Sheet| sheet.id == item.sheet && sheet.subject == subject && sheet.item(&item.item).is_some();
            self.sheets_of(*period).any(|(_, sheet)| holds(sheet))
        })
    }

    /// The rule `id` as in force on `date`.
    pub fn rule_on(&self, date: Date, id: &str) -> Option<(&RuleVersion, &Rule)> {
        self.in_force(date).find_map(|version| version.set.rule(id).map(|rule| (version, rule)))
    }
}
