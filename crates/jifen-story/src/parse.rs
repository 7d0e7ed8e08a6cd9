//! A story's text: the timeline above `---`, what is expected below.

use std::{fs, path::Path};

use jifen_core::{
    event::{EventType, TypeSpec},
    time::{Date, Zone},
};
use serde_json::{Map, Value, json};

use crate::{
    Fault, Outcome, Step, Story,
    expect::Expected,
    fact::Names,
    line::words,
    time::{Clock, is_clock},
    value::value,
    verbs::Verb,
};

/// What separates the timeline from what is expected.
const RULE: &str = "---";
/// Versions that rules have in a story unless it says otherwise: in force before anything happens.
const RULES_FROM: &str = "2020-01-01";

/// Parses one story; `path` is named in faults, and rule files are looked for in `rules/` beside it.
///
/// # Errors
/// The first [`Fault`].
pub fn parse(path: &Path, text: &str) -> Result<Story, Fault> {
    let mut parser =
        Parser { path, clock: Clock::new(), names: Names::default(), steps: Vec::new(), doubts: Vec::new() };
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line)).peekable();
    while let Some((number, line)) = lines.next_if(|(_, line)| line.trim() != RULE) {
        let mut block = String::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with('|')) {
            block.push_str(line[1..].trim_start());
            block.push('\n');
        }
        parser.line(number, line, block).map_err(|message| parser.fault(number, message))?;
    }
    let Some((_, _)) = lines.next() else { return Err(parser.fault(0, format!("no line `{RULE}` before the ledger"))) };
    parser.resolve_doubts()?;
    let mut expected = Expected::default();
    for (number, line) in lines {
        expected.line(number, line).map_err(|message| parser.fault(number, message))?;
    }
    Ok(Story { name, steps: parser.steps, names: parser.names, expected })
}

struct Parser<'a> {
    path: &'a Path,
    clock: Clock,
    names: Names,
    steps: Vec<Step>,
    /// Steps that name a fact, which may open on a later line: (index, name, whether the digest is named too).
    doubts: Vec<(usize, String, bool)>,
}

/// The words at a line's end that are about the event, not in it.
#[derive(Default)]
struct Envelope {
    source: Option<String>,
    sequence: Option<String>,
    id: Option<String>,
    label: Option<String>,
    outcome: Option<Outcome>,
    seen: bool,
}

impl Parser<'_> {
    fn fault(&self, line: usize, message: String) -> Fault {
        Fault { file: self.path.display().to_string(), line, message }
    }

    fn line(&mut self, number: usize, line: &str, block: String) -> Result<(), String> {
        let words = words(line).ok_or("a quote is not closed")?;
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some(first) = words.first().copied() else { return Ok(()) };
        if let (Some(day), 1) = (Date::parse(first), words.len()) {
            self.clock.begin(day);
            return Ok(());
        }
        let time = is_clock(first).then(|| words.remove(0));
        let time = self.clock.at(time).ok_or("a time needs a day: write `2026-11-23` on a line of its own above")?;
        let Some((verb, mut rest)) = words.split_first() else { return Err("a time, but what happened?".to_owned()) };
        if *verb == "again" {
            return self.again(number, rest);
        }
        let mut envelope = Envelope::default();
        let (kind, data) = if *verb == "raw" {
            self.raw(&mut rest, &mut envelope)?
        } else {
            self.event(verb, rest, block, &mut envelope)?
        };
        let source = envelope.source.unwrap_or_else(|| "story".to_owned());
        let id = envelope.id.unwrap_or_else(|| format!("{number:04}"));
        let mut event = Map::new();
        for (name, value) in [("specversion", "1.0"), ("source", &source), ("id", &id), ("type", &kind)] {
            event.insert(name.to_owned(), json!(value));
        }
        event.insert("time".to_owned(), json!(time.to_rfc3339()));
        envelope.sequence.map(|sequence| event.insert("sequence".to_owned(), json!(sequence)));
        event.insert("data".to_owned(), Value::Object(data));
        let outcome = envelope.outcome.unwrap_or(Outcome::Accepted);
        if outcome == Outcome::Accepted {
            self.names.learn(verb, envelope.label.as_deref(), &event);
        }
        if let Some((_, _, seen)) = self.doubts.last_mut().filter(|(index, ..)| *index == self.steps.len()) {
            *seen = envelope.seen;
        }
        self.steps.push(Step { line: number, event, outcome, seen: None });
        Ok(())
    }

    /// The last event once more, or the labelled one.
    fn again(&mut self, number: usize, rest: &[&str]) -> Result<(), String> {
        let wanted = match rest {
            [] => None,
            [label] => Some(self.names.named(label).ok_or_else(|| format!("no event is called `{label}`"))?.fact),
            _ => return Err("`again` stands alone or before one `@label`".to_owned()),
        };
        let key = |step: &Step| {
            let text = |name| step.event.get(name).and_then(Value::as_str).unwrap_or_default();
            jifen_core::id::EventKey::of(text("source"), text("id"))
        };
        let mut accepted = self.steps.iter().rev().filter(|step| step.outcome == Outcome::Accepted);
        let step = accepted.find(|step| wanted.is_none_or(|wanted| key(step) == wanted));
        let event = step.ok_or("nothing to repeat")?.event.clone();
        self.steps.push(Step { line: number, event, outcome: Outcome::Repeated, seen: None });
        Ok(())
    }

    /// `raw TYPE {…}`: any event, as sources that know no catalogue send them.
    fn raw(&mut self, rest: &mut &[&str], envelope: &mut Envelope) -> Result<(String, Map<String, Value>), String> {
        let [kind, data, others @ ..] = *rest else { return Err("`raw` needs a type and a JSON object".to_owned()) };
        let object: Value = serde_json::from_str(data).map_err(|error| format!("no JSON: {error}"))?;
        let Value::Object(object) = object else { return Err("`raw` needs a JSON object".to_owned()) };
        *rest = others;
        match envelope.take(rest)? {
            Some(word) => Err(format!("`raw` takes no `{word}`")),
            None => Ok(((*kind).to_owned(), object)),
        }
    }

    fn event(
        &mut self,
        name: &str,
        mut rest: &[&str],
        block: String,
        envelope: &mut Envelope,
    ) -> Result<(String, Map<String, Value>), String> {
        let verb = Verb::named(name)
            .ok_or_else(|| format!("no verb `{name}`; the verbs are in testdata/stories/README.md"))?;
        let kind = format!("jifen.{}", verb.kind);
        let spec = EventType::parse(&kind).ok_or_else(|| format!("the catalogue has no `{kind}`"))?.spec();
        let mut data = self.special(verb, &mut rest, block)?;
        for member in verb.members {
            let Some((word, after)) = rest.split_first() else { break };
            rest = after;
            if *word != "-" {
                data.insert((*member).to_owned(), value(spec, member, word, &self.clock)?);
            }
        }
        if let Some(zone) = data.get("time_zone").and_then(Value::as_str) {
            let zone = Zone::parse(zone).ok_or_else(|| format!("no zone `{zone}`"))?;
            if self.clock.is_setup() {
                self.clock.change_zone(zone);
            }
        }
        self.pairs(verb, spec, rest, &mut data, envelope)?;
        Ok((kind, data))
    }

    fn pairs(
        &mut self,
        verb: &Verb,
        spec: &TypeSpec,
        mut rest: &[&str],
        data: &mut Map<String, Value>,
        envelope: &mut Envelope,
    ) -> Result<(), String> {
        while let Some(word) = envelope.take(&mut rest)? {
            let member = verb.member(word);
            let (word, after) = rest.split_first().ok_or_else(|| format!("`{word}` has no value"))?;
            rest = after;
            data.insert(member.to_owned(), value(spec, member, word, &self.clock)?);
        }
        Ok(())
    }

    /// The words of verbs that are no plain members.
    fn special(&mut self, verb: &Verb, rest: &mut &[&str], block: String) -> Result<Map<String, Value>, String> {
        let mut data = Map::new();
        let mut set = |name: &str, value: Value| drop(data.insert(name.to_owned(), value));
        match (verb.name, *rest) {
            ("system", _) => set("kind", json!("system")),
            ("identify", [source, code, after @ ..]) => {
                set("actor", json!({"source": source, "code": code}));
                *rest = after;
            }
            ("identify", _) => return Err("`identify` needs a source and a code".to_owned()),
            ("rules", [name, after @ ..]) => {
                set("rules", json!(self.rules(name, block)?));
                if self.clock.is_setup() {
                    set("effective_from", json!(RULES_FROM));
                }
                *rest = after;
            }
            ("period", [period, "ends", after @ ..]) | ("month", [period, "closes", after @ ..]) => {
                set("period", json!(period));
                *rest = after;
            }
            ("period" | "month", _) => return Err("write `period 2026-11 ends` or `month 2026-11 closes`".to_owned()),
            ("doubt" | "release" | "discard", [fact, after @ ..]) => {
                self.doubts.push((self.steps.len(), (*fact).to_owned(), false));
                *rest = after;
            }
            ("calendar", [calendar, year, "china", after @ ..]) => {
                let notice = year.parse().ok().and_then(jifen_core::calendar::holidays::china);
                let notice = notice.ok_or_else(|| format!("no table of holidays for `{year}`"))?;
                let days = |days: &[Date]| days.iter().map(Date::to_string).collect::<Value>();
                set("calendar", json!(calendar));
                set("year", json!(notice.year));
                set("off_days", days(&notice.off_days));
                set("work_days", days(&notice.work_days));
                *rest = after;
            }
            ("calendar", [calendar, year, after @ ..]) => {
                set("calendar", json!(calendar));
                set("year", json!(year.parse::<i64>().map_err(|_| format!("`{year}` is no year"))?));
                *rest = after;
            }
            ("calendar", _) => return Err("`calendar` needs a code and a year".to_owned()),
            _ => {}
        }
        Ok(data)
    }

    /// A rule set by its name, or written below the line.
    fn rules(&self, name: &str, block: String) -> Result<String, String> {
        if !block.is_empty() {
            let head = format!("format = 1\n[ruleset]\nid = \"{name}\"\ntitle = \"{name}\"\n");
            return Ok(if block.contains("[ruleset]") { block } else { head + &block });
        }
        macro_rules! variant {
            ($name:literal) => {
                include_str!(concat!("../../jifen-core/rules/variants/", $name, ".toml")).to_owned()
            };
        }
        Ok(match name {
            "starter" => jifen_core::rule::STARTER.to_owned(),
            "service-time-daily-mean-times-cases" => variant!("service-time-daily-mean-times-cases"),
            "service-time-once-per-day" => variant!("service-time-once-per-day"),
            "satisfaction-per-month" => variant!("satisfaction-per-month"),
            _ => {
                let path = self.path.with_file_name("rules").join(format!("{name}.toml"));
                fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?
            }
        })
    }

    fn resolve_doubts(&mut self) -> Result<(), Fault> {
        for (index, name, seen) in std::mem::take(&mut self.doubts) {
            let line = self.steps[index].line;
            let Some(named) = self.names.named(&name).cloned() else {
                return Err(self.fault(line, format!("no event of the story opens a fact called `{name}`")));
            };
            let step = &mut self.steps[index];
            step.seen = seen.then_some(named.fact);
            let Some(data) = step.event.get_mut("data").and_then(Value::as_object_mut) else { continue };
            data.insert("fact".to_owned(), json!(named.fact.to_string()));
            named.under.map(|(member, key)| data.insert(member.to_owned(), json!(key)));
        }
        Ok(())
    }
}

impl Envelope {
    /// Takes words about the event off; gives the next word that is none.
    fn take<'w>(&mut self, rest: &mut &[&'w str]) -> Result<Option<&'w str>, String> {
        loop {
            let [word, after @ ..] = *rest else { return Ok(None) };
            *rest = after;
            let mut argument = || {
                let (argument, after) = rest.split_first().ok_or_else(|| format!("`{word}` has no value"))?;
                *rest = after;
                Ok::<_, String>((*argument).to_owned())
            };
            match *word {
                "via" => self.source = Some(argument()?),
                "seq" => self.sequence = Some(argument()?),
                "id" => self.id = Some(argument()?),
                "as" => self.label = Some(argument()?),
                "refused" => self.outcome = Some(Outcome::Refused(argument()?)),
                "conflicting" => self.outcome = Some(Outcome::Conflicting),
                "seen" => self.seen = true,
                other => return Ok(Some(other)),
            }
        }
    }
}
