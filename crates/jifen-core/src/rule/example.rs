//! Examples of a rule file: facts → points, run whenever the file is loaded.

use std::collections::BTreeMap;

use toml::{Spanned, Value};

use crate::{
    both,
    event::Said,
    expression::offer,
    fact::{Credited, Fact, Field, FieldSpec, FieldType, Place, Stated, TypeField, fields_of},
    id::{ActorId, Digest, EventKey},
    language::Words,
    points::Points,
    time::{Date, Instant},
};

use super::{
    Example, ExampleFact, Keep, On, Plan, Rule, Selection, Unscored, check, check_amount::points, diagnostic::Report,
    facts::COMMON_NAMES, file::ExampleTable, quantity::parse_duration,
};

/// How often one fact of an example may be repeated.
const REPEATS_MAX: i64 = 1_000_000;

/// A fact as an example writes it.
type FactTable = BTreeMap<Spanned<String>, Spanned<Value>>;

/// One fact of an example and how often it stands for itself.
#[derive(Clone)]
struct Given {
    on: On,
    fact: Fact,
    person_known: bool,
    repeat: i64,
}

/// Runs one example of `rule`; a wrong one is a fault.
pub(super) fn run(report: &mut Report<'_>, rule: &Rule, example: &ExampleTable) -> Option<Example> {
    let expected = points(report, &example.points);
    let facts: Vec<_> = example.facts.iter().map(|table| given(report, &rule.on, table)).collect();
    let (Some(expected), Some(facts)) = (expected, facts.into_iter().collect::<Option<Vec<_>>>()) else {
        return None;
    };
    let at = check::start(&example.points);
    match total(rule, &facts) {
        Ok(found) if found == expected => {
            return Some(Example { facts: facts.iter().map(Given::said).collect(), points: expected });
        }
        Ok(found) => report.fault(
            at,
            both!(
                "例子应得 {expected} 分，规则给 {found} 分",
                "the example expects {expected} points, the rule gives {found}"
            ),
        ),
        Err(reason) => report.fault(
            at,
            both!(
                "例子应得 {expected} 分，规则算不出：`{reason}`",
                "the example expects {expected} points, the rule cannot be evaluated: {reason}"
            ),
        ),
    }
    None
}

impl Given {
    /// What the example says of the fact.
    fn said(&self) -> ExampleFact {
        let place = &self.fact.place;
        let texts = [
            ("window", &place.window),
            ("department", &place.department),
            ("hall", &place.hall),
            ("matter", &self.fact.matter),
            ("channel", &self.fact.channel),
        ];
        let unknown = (!self.person_known).then_some(("person_known", Field::Boolean(false)));
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Field::Text(text.clone()?))));
        let common = unknown.into_iter().chain(texts);
        let common =
            common.filter_map(|(name, field)| self.on.field_named(name).map(|(_, spec)| (spec.clone(), field)));
        let own = self.on.fields().iter().cloned().zip(self.own_fields());
        let own = own.filter(|(_, field)| *field != Field::Absent);
        ExampleFact { repeat: self.repeat, values: own.chain(common).collect() }
    }

    fn own_fields(&self) -> Vec<Field> {
        let Some((declared, stated)) = self.on.declared().zip(self.fact.stated.as_ref()) else {
            return self.fact.fields.clone();
        };
        let read = |field: &TypeField| stated.said(&field.name).and_then(|said| field.kind.read(said));
        declared.fields.iter().map(|field| read(field).unwrap_or(Field::Absent)).collect()
    }
}

/// Points of all the facts of one subject in one period, within the cap; an error is the reason why there are none.
fn total(rule: &Rule, facts: &[Given]) -> Result<Points, String> {
    let mut amounts = Vec::new();
    let (mut sum, mut times) = (Points::ZERO, 0);
    let mut matters: BTreeMap<EventKey, Points> = BTreeMap::new();
    for given in facts {
        match rule.select(&given.fact, &given.fact.place, given.person_known) {
            Selection::Selected => {}
            Selection::PassedBy => continue,
            Selection::NotEvaluable(reason) => return Err(reason),
        }
        let added = match &rule.plan {
            Plan::PerFact => match rule.example_key(given) {
                Ok(None) => add_score(rule, given, &mut sum, &mut times),
                Ok(Some(key)) => {
                    let kept = matters.entry(key).or_default();
                    add_matter(rule, given, kept, &mut times)
                }
                Err(unscored) => Err(unscored),
            },
            Plan::PerPeriod { .. } => add_contribution(rule, given, &mut amounts),
        };
        match added {
            Ok(()) | Err(Unscored::Absent) => {}
            Err(Unscored::NotEvaluable(reason)) => return Err(reason),
        }
    }
    let nominal = match &rule.plan {
        Plan::PerFact => matters.into_values().fold(sum, |sum, kept| Points(sum.0.saturating_add(kept.0))),
        Plan::PerPeriod { .. } => rule.score_period(&rule.sums(amounts)).points,
    };
    Ok(rule.cap.map_or(nominal, |cap| cap.clamped(nominal)))
}

/// The bands that the facts of a sound example fall into.
pub(super) fn bands_reached(rule: &Rule, example: &ExampleTable) -> Vec<u32> {
    // A sound example has no fault to note, so its text is not asked for.
    let mut report = Report::new("");
    let facts: Vec<Given> = example.facts.iter().filter_map(|table| given(&mut report, &rule.on, table)).collect();
    let selected = facts
        .iter()
        .filter(|given| rule.select(&given.fact, &given.fact.place, given.person_known) == Selection::Selected);
    match &rule.plan {
        Plan::PerFact => {
            let scored = selected.filter_map(|given| rule.score_fact(&given.fact, given.person_known).ok());
            scored.filter_map(|scored| scored.band).collect()
        }
        Plan::PerPeriod { .. } => {
            let mut amounts = Vec::new();
            selected.for_each(|given| drop(add_contribution(rule, given, &mut amounts)));
            rule.score_period(&rule.sums(amounts)).band.into_iter().collect()
        }
    }
}

impl Rule {
    /// The matter of a fact of which only one award counts.
    fn example_key(&self, given: &Given) -> Result<Option<EventKey>, Unscored> {
        match self.exclusive.as_ref().map(|exclusive| exclusive.keep) {
            Some(Keep::Largest | Keep::First) => self.matter_key(&given.fact, given.person_known),
            Some(Keep::Both) | None => Ok(None),
        }
    }
}

/// Lets a fact's award stand against what is `kept` for its matter.
fn add_matter(rule: &Rule, given: &Given, kept: &mut Points, times: &mut u64) -> Result<(), Unscored> {
    let Some(keep) = rule.exclusive.as_ref().map(|exclusive| exclusive.keep) else { return Ok(()) };
    for _ in 0..given.repeat {
        let mut points = Points::ZERO;
        add_score(rule, &Given { repeat: 1, ..given.clone() }, &mut points, times)?;
        if keep.winner([*kept, points].into_iter()) == Some(1) {
            *kept = points;
        }
    }
    Ok(())
}

/// Adds a fact's points; `times` is how often there were some before.
fn add_score(rule: &Rule, given: &Given, sum: &mut Points, times: &mut u64) -> Result<(), Unscored> {
    let scored = rule.score_fact(&given.fact, given.person_known)?;
    let count = given.repeat.unsigned_abs();
    let points = match &rule.repeat {
        Some(repeat) => repeat.sum(scored.points, *times, count),
        None => scored.points.0.checked_mul(given.repeat).map(Points),
    };
    let total = points.and_then(|points| points.0.checked_add(sum.0));
    *sum = total.map(Points).ok_or_else(|| Unscored::NotEvaluable("overflow".to_owned()))?;
    *times += if scored.points == Points::ZERO { 0 } else { count };
    Ok(())
}

/// Adds what a fact counts, and how often it is there.
fn add_contribution(rule: &Rule, given: &Given, amounts: &mut Vec<(i64, u64)>) -> Result<(), Unscored> {
    let contribution = rule.contribution(&given.fact, given.person_known)?;
    amounts.push((contribution.amount, given.repeat.unsigned_abs()));
    Ok(())
}

fn given(report: &mut Report<'_>, on: &On, table: &FactTable) -> Option<Given> {
    let mut given = Given { on: on.clone(), fact: blank(on), person_known: true, repeat: 1 };
    let mut good = true;
    for (key, value) in table {
        if let Err(message) = set(&mut given, key.get_ref(), value.get_ref()) {
            report.fault(check::start(value), message);
            good = false;
        }
    }
    good.then_some(given)
}

/// A fact about which nothing is known.
pub(super) fn blank(on: &On) -> Fact {
    let nobody = ActorId::UNKNOWN;
    let credited =
        Credited { served: nobody, first: nobody, last: nobody, owner: nobody, ender: nobody, shares: Vec::new() };
    Fact {
        id: EventKey([0; 16]),
        kind: on.kind(),
        occurred: Instant(0),
        date: Date(0),
        place: Place::default(),
        matter: None,
        channel: None,
        credited,
        provider: None,
        receiver: None,
        fields: vec![Field::Absent; fields_of(on.kind()).len()],
        sources: Vec::new(),
        records: Digest([0; 32]),
        departments: Vec::new(),
        derived: None,
        stated: on.declared().map(|declared| Box::new(Stated { fact_type: declared.id.clone(), fields: Vec::new() })),
    }
}

fn set(given: &mut Given, key: &str, value: &Value) -> Result<(), Words> {
    if let Some(declared) = given.on.declared().and_then(|declared| declared.field(key)) {
        return state(declared, given.fact.stated.as_deref_mut(), value);
    }
    if let Some(index) = given.on.fields().iter().position(|spec| spec.name == key) {
        let field = field(&given.on.fields()[index], value)?;
        if let Some(slot) = given.fact.fields.get_mut(index) {
            *slot = field;
        }
        return Ok(());
    }
    let text =
        || value.as_str().map(|text| Some(text.to_owned())).ok_or_else(|| both!("`{key}` 是文本", "`{key}` is a text"));
    match key {
        "repeat" => {
            let repeat = value.as_integer().filter(|repeat| (1..=REPEATS_MAX).contains(repeat));
            given.repeat = repeat.ok_or_else(|| {
                both!("`repeat` 是 1 到 {REPEATS_MAX} 的整数", "`repeat` is a whole number from 1 to {REPEATS_MAX}")
            })?;
        }
        "person_known" => {
            given.person_known = value
                .as_bool()
                .ok_or_else(|| both!("`person_known` 是 `true` 或 `false`", "`person_known` is true or false"))?
        }
        "window" => given.fact.place.window = text()?,
        "department" => given.fact.place.department = text()?,
        "hall" => given.fact.place.hall = text()?,
        "matter" => given.fact.matter = text()?,
        "channel" => given.fact.channel = text()?,
        _ => return Err(unknown(&given.on, key)),
    }
    Ok(())
}

/// Says a declared field as an event would, held to its type.
fn state(field: &TypeField, stated: Option<&mut Stated>, value: &Value) -> Result<(), Words> {
    let said = match value {
        Value::String(text) => Some(Said::Text(text.clone())),
        Value::Integer(number) => Some(Said::Integer(*number)),
        Value::Boolean(yes) => Some(Said::Boolean(*yes)),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    };
    let said = said.filter(|said| field.kind.takes(said)).ok_or_else(|| field.wanted())?;
    if let Some(stated) = stated {
        let place = stated.fields.partition_point(|(name, _)| *name < field.name);
        stated.fields.insert(place, (field.name.clone(), said));
    }
    Ok(())
}

/// A field's value as a file writes it.
pub(super) fn field(spec: &FieldSpec, value: &Value) -> Result<Field, Words> {
    let name = &spec.name;
    match spec.kind {
        FieldType::Integer => {
            let duration = || value.as_str().filter(|_| spec.duration).and_then(parse_duration);
            let found = value.as_integer().or_else(duration);
            found.map(Field::Integer).ok_or_else(|| match spec.duration {
                true => both!(
                    "`{name}` 是时长：毫秒数，或文本如 `\"18min\"`",
                    "`{name}` is a duration: milliseconds or a text such as \"18min\""
                ),
                false => both!("`{name}` 是整数", "`{name}` is a whole number"),
            })
        }
        FieldType::Boolean => value
            .as_bool()
            .map(Field::Boolean)
            .ok_or_else(|| both!("`{name}` 是 `true` 或 `false`", "`{name}` is true or false")),
        FieldType::Text => value
            .as_str()
            .map(|text| Field::Text(text.to_owned()))
            .ok_or_else(|| both!("`{name}` 是文本", "`{name}` is a text")),
    }
}

fn unknown(on: &On, key: &str) -> Words {
    let own = on.fields().iter().map(|spec| spec.name.as_ref());
    let names: Vec<String> = own.chain(COMMON_NAMES).chain(["repeat"]).map(str::to_owned).collect();
    both!("`{}` 事实没有 `{key}` 这个字段", "facts of kind `{}` have no `{key}`", on.name()).and(&offer(key, &names))
}
