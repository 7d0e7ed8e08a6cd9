//! The same things computed a second time, the plain way: what does not depend on arrival, boards from entries, nets from facts.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    case::{Aggregate, FactState, Presence},
    engine::{Tally, TallyClass, TallyFact, TallyKey},
    fact::{Fact, FactKind, Place},
    id::Digest,
    ledger::{Anchor, Subject},
    points::Points,
    rollup::{Bucket, Rollup, RollupKey},
    roster::ActorKind,
    rule::{AWAY, Dimension, ItemSums, Sheet},
    scoring::{Evaluation, Outcome, SheetPart, half_days, sheet_part},
    state::StateKind,
    time::{Date, Grain, Period},
};

use super::ranked;
use crate::memory::Memory;

/// What must not depend on the order of arrival: everything but journal positions, digests over them, and who asked.
#[derive(PartialEq, Debug)]
pub(super) struct View {
    facts: Vec<FactState>,
    boards: BTreeMap<RollupKey, Rollup>,
    tallies: BTreeMap<Vec<u8>, Tally>,
    tally_facts: BTreeMap<Vec<u8>, (Vec<u8>, i64)>,
    logins: Vec<(Vec<u8>, Presence)>,
    lists: BTreeMap<(StateKind, Vec<u8>), Vec<u8>>,
}

impl View {
    pub(super) fn of(memory: &Memory) -> Self {
        let owned = |(key, value): (&[u8], &[u8])| (key.to_vec(), value.to_vec());
        let lists = [StateKind::FactByTime, StateKind::Waiting, StateKind::Held, StateKind::Anomaly];
        let lines = memory.rows(StateKind::TallyFact).map(|(key, value)| {
            let line: TallyFact = minicbor::decode(value).expect("a line");
            (key.to_vec(), (line.locator, line.amount))
        });
        let logins = memory.rows(StateKind::Presence).map(|(key, value)| {
            let mut presence: Presence = minicbor::decode(value).expect("a presence");
            presence.dependents.clear();
            (key.to_vec(), presence)
        });
        Self {
            facts: facts(memory).into_iter().map(placeless).collect(),
            boards: shown_boards(memory),
            tallies: tallies(memory).map(|(key, tally)| (key.to_bytes(), positionless(tally))).collect(),
            tally_facts: lines.collect(),
            logins: logins.filter(|(_, presence)| !presence.logins.is_empty()).collect(),
            lists: lists
                .into_iter()
                .flat_map(|kind| memory.rows(kind).map(owned).map(move |(key, value)| ((kind, key), value)))
                .collect(),
        }
    }
}

impl View {
    /// What one has and the other has not.
    pub(super) fn difference(&self, other: &Self) -> Vec<String> {
        let (ours, theirs) = (self.lines(), other.lines());
        let only = |sign: char, a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
            a.difference(b).map(|line| format!("{sign} {line}")).collect()
        };
        [only('+', &ours, &theirs), only('-', &theirs, &ours)].concat()
    }

    fn lines(&self) -> BTreeSet<String> {
        let facts = self.facts.iter().map(|fact| format!("{fact:?}"));
        let boards = self.boards.iter().map(|row| format!("{row:?}"));
        let tallies = self.tallies.iter().map(|(key, tally)| format!("{:?} {tally:?}", TallyKey::from_bytes(key)));
        let lines = self.tally_facts.iter().map(|line| format!("{line:?}"));
        let logins = self.logins.iter().map(|logins| format!("{logins:?}"));
        let lists = self.lists.iter().map(|row| format!("{row:?}"));
        facts.chain(boards).chain(tallies).chain(lines).chain(logins).chain(lists).collect()
    }
}

/// Every fact with its scoring, sorted by id.
fn facts(memory: &Memory) -> Vec<FactState> {
    let aggregates = memory.rows(StateKind::Aggregate);
    let mut facts: Vec<_> =
        aggregates.flat_map(|(_, row)| minicbor::decode::<Aggregate>(row).expect("an aggregate").facts).collect();
    facts.sort_by_key(|state| state.fact.id);
    facts
}

fn placeless(mut state: FactState) -> FactState {
    state.fact = Fact { sources: Vec::new(), records: Digest([0; 32]), ..state.fact };
    for evaluation in &mut state.evaluations {
        if let Outcome::Award { booked: Some(booked), .. } = &mut evaluation.outcome {
            booked.position = 0;
        }
        let clamp = evaluation.contested.as_mut().and_then(|contested| contested.clamp.as_mut());
        clamp.into_iter().for_each(|clamp| clamp.position = 0);
    }
    state
}

fn positionless(mut tally: Tally) -> Tally {
    let lines = tally.sheet.iter_mut().flat_map(|sheet| sheet.booked.values_mut());
    tally.booked.iter_mut().chain(lines).for_each(|booked| booked.position = 0);
    tally
}

fn tallies(memory: &Memory) -> impl Iterator<Item = (TallyKey, Tally)> {
    memory.rows(StateKind::Tally).map(|(key, value)| {
        (TallyKey::from_bytes(key).expect("a tally's key"), minicbor::decode(value).expect("a tally"))
    })
}

/// The boards as kept, without rows of nothing.
pub(super) fn shown_boards(memory: &Memory) -> BTreeMap<RollupKey, Rollup> {
    memory.rollups.iter().filter(|(_, row)| !row.is_zero()).map(|(key, row)| (key.clone(), *row)).collect()
}

/// The boards made again: posted points from the entries, provisional ones from the tallies, counts from the facts.
pub(super) fn boards(memory: &Memory) -> BTreeMap<RollupKey, Rollup> {
    let mut boards = BTreeMap::new();
    for entry in memory.ledger.iter().map(|posted| &posted.entry) {
        let grain = match entry.anchor {
            Anchor::Fact(_) => Grain::Day,
            Anchor::Period(period) => period.grain,
        };
        let own = Rollup { own_posted: entry.points, ..Rollup::default() };
        let members = Rollup { members_posted: entry.points, ..Rollup::default() };
        let line = (entry.rule.as_str(), Some(entry.dimension), entry.business_date, grain);
        add(&mut boards, &entry.subject, &entry.place, line, own, members);
    }
    for (key, tally) in tallies(memory) {
        for (line, shown) in tally.sheet.into_iter().flat_map(|sheet| sheet.provisional) {
            assert!(!memory.region.has_ended(key.period), "provisional after its end: {key:?}");
            let own = Rollup { own_provisional: shown.points, ..Rollup::default() };
            let members = Rollup { members_provisional: shown.points, ..Rollup::default() };
            let line = (line.as_str(), Some(shown.dimension), key.period.last(), key.period.grain);
            add(&mut boards, &key.subject, &shown.place, line, own, members);
        }
        let Some(shown) = tally.provisional else { continue };
        assert!(!memory.region.has_ended(key.period), "provisional after its end: {key:?}");
        let (_, rule) = memory.region.versions().rule_on(key.period.first, &key.rule).expect("a rule in force");
        let own = Rollup { own_provisional: shown.points, ..Rollup::default() };
        let members = Rollup { members_provisional: shown.points, ..Rollup::default() };
        let line = (key.rule.as_str(), Some(rule.dimension), key.period.last(), key.period.grain);
        add(&mut boards, &key.subject, &shown.place, line, own, members);
    }
    for (date, subject, rule, dimension) in facts(memory).iter().flat_map(counted) {
        let one = Rollup { facts: 1, ..Rollup::default() };
        let nowhere = Place::default();
        add(&mut boards, &subject, &nowhere, (&rule, dimension, date, Grain::Day), one, one);
    }
    boards.retain(|_, row: &mut Rollup| !row.is_zero());
    boards
}

type BoardLine<'a> = (&'a str, Option<Dimension>, Date, Grain);

fn add(
    boards: &mut BTreeMap<RollupKey, Rollup>,
    subject: &Subject,
    place: &Place,
    (rule, dimension, date, grain): BoardLine<'_>,
    own: Rollup,
    members: Rollup,
) {
    for bucket in Bucket::of(date, grain) {
        let key = |subject: Subject| RollupKey { bucket, subject, rule: rule.to_owned(), dimension };
        *boards.entry(key(subject.clone())).or_default() += own;
        if matches!(subject, Subject::Person(_)) {
            holders(place).into_iter().for_each(|holder| *boards.entry(key(holder)).or_default() += members);
        }
    }
}

fn holders(place: &Place) -> Vec<Subject> {
    let window = place.window.clone().map(Subject::Window);
    let department = place.department.clone().map(Subject::Department);
    [window, department, place.hall.clone().map(Subject::Hall)].into_iter().flatten().collect()
}

fn counted(state: &FactState) -> BTreeSet<(Date, Subject, String, Option<Dimension>)> {
    let mut rows = BTreeSet::new();
    if state.held.is_some() {
        return rows;
    }
    let of = |subject: &Subject, place: &Place| match subject {
        Subject::Person(_) => [vec![subject.clone()], holders(place)].concat(),
        _ => vec![subject.clone()],
    };
    for evaluation in &state.evaluations {
        for subject in of(&evaluation.subject, &evaluation.place) {
            rows.insert((state.fact.date, subject.clone(), evaluation.rule.clone(), Some(evaluation.dimension)));
            rows.insert((state.fact.date, subject, String::new(), None));
        }
    }
    if state.fact.kind == FactKind::Service {
        for subject in of(&Subject::Person(state.fact.credited.served), &state.fact.place) {
            rows.insert((state.fact.date, subject, "#service".to_owned(), None));
        }
    }
    rows
}

type Nets = BTreeMap<(String, Subject, Anchor), Points>;

/// Net points from the facts and rules alone, as if nothing had ever been posted.
pub(super) fn nets_from_scratch(memory: &Memory) -> Nets {
    let (organisation, versions) = (memory.region.organisation(), memory.region.versions());
    let postable = |subject: &Subject| match subject {
        Subject::Person(actor) => actor.is_unknown() || organisation.actor_kind(*actor) != ActorKind::Unknown,
        _ => true,
    };
    let (mut nets, mut sums, mut capped) = (Nets::new(), BTreeMap::new(), BTreeMap::new());
    let mut sheets = Sheets::default();
    let standing: Vec<FactState> = facts(memory).into_iter().filter(|state| state.held.is_none()).collect();
    ranked::assert_made(&standing.iter().map(|state| &state.fact).collect::<Vec<_>>(), versions, organisation);
    for (fact, verdicts) in ranked::verdicts(standing.iter().map(|state| &state.fact), versions, organisation) {
        for ((rule, subject), Evaluation { outcome, .. }) in verdicts {
            match outcome {
                Outcome::Award { points, cap, part, .. } if postable(&subject) => {
                    sheets.add(part, &subject, points, points > Points::ZERO);
                    let anchor = Anchor::Fact(fact);
                    *nets.entry((rule.clone(), subject.clone(), anchor)).or_default() += points;
                    if let Some(period) = cap {
                        *capped.entry((period, rule, subject)).or_default() += points;
                    }
                }
                Outcome::Award { .. } => {}
                Outcome::Part { period, amount } => {
                    let amounts: &mut Vec<(i64, u64)> = sums.entry((period, rule, subject)).or_default();
                    amounts.push((amount, 1));
                }
            }
        }
    }
    let rule_on = |period: Period, id: &str| versions.rule_on(period.first, id).expect("a rule in force").1;
    let ended = |period| memory.region.has_ended(period);
    for ((period, id, subject), amounts) in sums {
        if let Some(sheet) = Sheet::of_away_rule(&id) {
            let part = SheetPart { period, sheet: sheet.to_owned(), item: AWAY.to_owned() };
            sheets.add(Some(part), &subject, Points(amounts.iter().map(|(amount, _)| amount).sum()), true);
        }
        let rule = rule_on(period, &id);
        let points = rule.score_period(&rule.sums(amounts)).points;
        // What takes values in their order is known when the period ends.
        let known = rule.ordered().is_none() || ended(period);
        if points == Points::ZERO || !known || !postable(&subject) {
            continue;
        }
        let part = sheet_part(period.last(), rule_on(period, &id), versions);
        sheets.add(part, &subject, points, points > Points::ZERO);
        if let Some(cap) = jifen_core::scoring::cap_period(period.last(), &id, versions) {
            *capped.entry((cap, id.clone(), subject.clone())).or_default() += points;
        }
        if ended(period) {
            *nets.entry((id, subject, Anchor::Period(period))).or_default() += points;
        }
    }
    for ((period, id, subject), sum) in capped {
        let cap = rule_on(period, &id).cap.expect("a cap");
        let part = sheet_part(period.last(), rule_on(period, &id), versions);
        let clamp = cap.clamped(sum) - sum;
        // What a cap takes were gains.
        sheets.add(part, &subject, clamp, clamp < Points::ZERO);
        if ended(period) {
            *nets.entry((id, subject, Anchor::Period(period))).or_default() += clamp;
        }
    }
    sheets.settle(memory, &mut nets);
    nets.retain(|_, points| *points != Points::ZERO);
    nets
}

/// Sums of items, and how many contributions a sheet has.
#[derive(Default)]
struct Sheets(BTreeMap<(Period, String, Subject), Contributed>);

/// How many contributions, and the sums of items.
type Contributed = (u32, BTreeMap<String, ItemSums>);

impl Sheets {
    fn add(&mut self, part: Option<SheetPart>, subject: &Subject, points: Points, gains: bool) {
        let Some(part) = part.filter(|_| points != Points::ZERO) else { return };
        let (count, items) = self.0.entry((part.period, part.sheet, subject.clone())).or_default();
        *count += 1;
        let sums = items.entry(part.item).or_default();
        *if gains { &mut sums.gains } else { &mut sums.deductions } += points;
    }

    /// Adds every sheet's own entries to the nets of ended periods; those of others must be what is shown.
    fn settle(self, memory: &Memory, nets: &mut Nets) {
        let (organisation, versions) = (memory.region.organisation(), memory.region.versions());
        let began = |period: Period| memory.region.has_ended(Period::holding(period.grain, period.first.plus(-1)));
        let periods = (-1..3).flat_map(|day| Grain::ENDING.map(|grain| Period::holding(grain, LAW_DAY.plus(day))));
        let mut expected = BTreeMap::new();
        for period in periods.flat_map(|period| [period, period.next()]).collect::<BTreeSet<_>>() {
            let end = organisation.zone().day_start(period.next().first);
            for (_, sheet) in versions.sheets_of(period) {
                let of_sheet = self.0.keys().filter(|(p, id, _)| *p == period && *id == sheet.id);
                let named = of_sheet.map(|(_, _, subject)| subject.clone());
                for subject in organisation.subjects(sheet.subject).chain(named).collect::<BTreeSet<_>>() {
                    let key = (period, sheet.id.clone(), subject.clone());
                    let (count, items) = self.0.get(&key).cloned().unwrap_or_default();
                    let there = organisation.known_since(&subject).is_some_and(|since| since < end);
                    let person = match &subject {
                        Subject::Person(actor) => organisation.actor_kind(*actor) == ActorKind::Person,
                        _ => true,
                    };
                    if !(there || count > 0) || !person || !in_scope(memory, sheet, &subject, period) {
                        continue;
                    }
                    let away = items.get(AWAY).map_or(0, |sums| sums.gains.0);
                    let presence = sheet.presence.as_ref();
                    let of = |presence| half_days(presence, organisation, (&subject, period), away);
                    // A calendar that lacks the year leaves everybody without the sheet.
                    let Ok(days) = presence.map_or(Ok(None), of) else { continue };
                    if days.zip(presence).is_some_and(|(days, presence)| !presence.suffices(days)) {
                        continue;
                    }
                    for line in sheet.settle(&items, days) {
                        if memory.region.has_ended(period) {
                            *nets.entry((line.id, subject.clone(), Anchor::Period(period))).or_default() += line.points;
                        } else if began(period) || !Sheet::is_beginning(&line.id) {
                            expected.insert((period, subject.clone(), line.id), line.points);
                        }
                    }
                }
            }
        }
        let shown = tallies(memory).filter(|(key, _)| key.class == TallyClass::Sheet).flat_map(|(key, tally)| {
            let lines = tally.sheet.into_iter().flat_map(|sheet| sheet.provisional);
            lines.map(move |(line, shown)| ((key.period, key.subject.clone(), line), shown.points))
        });
        assert_eq!(shown.collect::<BTreeMap<_, _>>(), expected);
    }
}

/// The first of the laws' days; in a zone further west its midnight lies on the day before.
const LAW_DAY: Date = Date(20_786);

fn in_scope(memory: &Memory, sheet: &Sheet, subject: &Subject, period: Period) -> bool {
    let organisation = memory.region.organisation();
    let time = organisation.zone().day_start(period.last());
    let of = |window: Option<&String>, department: Option<&String>| {
        let named = Place { window: window.cloned(), department: department.cloned(), hall: None };
        organisation.complete_place(named, time)
    };
    let home = match subject {
        Subject::Person(actor) => organisation.home(*actor, time),
        Subject::Window(code) => of(Some(code), None),
        Subject::Department(code) => of(None, Some(code)),
        Subject::Hall(code) => Place { hall: Some(code.clone()), ..Place::default() },
    };
    sheet.scope.holds(&home, None)
}
