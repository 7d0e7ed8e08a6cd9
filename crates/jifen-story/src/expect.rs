//! What a story expects: the ledger, line by line, and what people see beside it.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    id::{ActorId, EventKey},
    ledger::{Anchor, Entry, EntryKind, Subject},
    points::Points,
    time::{Date, Grain, Period},
};

use crate::{fact::Names, line::words};

/// What people see beside the ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shown {
    /// Points that are not posted yet.
    Provisional {
        /// How many.
        points: Points,
        /// Whose.
        subject: Subject,
        /// By which rule.
        rule: String,
        /// For which period.
        period: Period,
    },
    /// A fact on hold, and why.
    Held(EventKey, String),
    /// An event that makes no fact, and why.
    Anomaly(EventKey, String),
    /// A fact that a rule cannot evaluate, the rule, and why.
    Unclear(EventKey, String, String),
}

/// Everything below `---`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    ledger: Vec<Line>,
    shown: BTreeSet<String>,
}

/// An expected entry: words that must be there in this order, and details that are compared where they are given.
#[derive(Clone, Debug)]
struct Line {
    number: usize,
    head: Vec<String>,
    details: Vec<(String, String)>,
}

/// Details an entry's line may give.
const DETAILS: [&str; 7] = ["on", "booked", "at", "band", "person", "facts", "dimension"];

impl Expected {
    pub(crate) fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        // What follows the dash is for people.
        let told = line.split(" — ").next().unwrap_or_default();
        let words = words(told).ok_or("a quote is not closed")?;
        match words.first().map(String::as_str) {
            None => {}
            Some("provisional" | "held" | "anomaly" | "unclear") => drop(self.shown.insert(words.join(" "))),
            Some(first) if first.starts_with('#') => self.ledger.push(Line::read(number, &words)?),
            Some(first) => {
                return Err(format!("`{first}`: expected `#1 +5 …`, `provisional`, `held`, `anomaly` or `unclear`"));
            }
        }
        Ok(())
    }

    pub(crate) fn check(
        &self,
        name: &str,
        entries: &[Entry],
        codes: &dyn Fn(ActorId) -> Option<String>,
    ) -> Result<(), String> {
        let entries = in_order(entries, codes);
        let mut report = Vec::new();
        for index in 0..self.ledger.len().max(entries.len()) {
            let line = entries.get(index).map(|entry| Rendered::of(entry, codes));
            match (self.ledger.get(index), line) {
                (Some(wanted), Some(found)) if wanted.fits(&found) => report.push(format!("  {}", found.text())),
                (wanted, found) => {
                    report.extend(wanted.map(|wanted| format!("- {} (line {})", wanted.text(), wanted.number)));
                    report.extend(found.map(|found| format!("+ {}", found.text())));
                }
            }
        }
        finish(name, "the ledger", report)
    }

    pub(crate) fn check_shown(
        &self,
        name: &str,
        names: &Names,
        shown: &[Shown],
        codes: &dyn Fn(ActorId) -> Option<String>,
    ) -> Result<(), String> {
        let found: BTreeSet<String> = shown.iter().map(|shown| shown.text(names, codes)).collect();
        let lines = self.shown.union(&found).map(|line| match (self.shown.contains(line), found.contains(line)) {
            (true, false) => format!("- {line}"),
            (false, _) => format!("+ {line}"),
            (true, true) => format!("  {line}"),
        });
        finish(name, "what is shown", lines.collect())
    }
}

/// A story's order of entries. Those of one record come by anchor, rule and subject, and a subject's place there depends on the region's
/// secret; in stories it is that of its code.
fn in_order(entries: &[Entry], codes: &dyn Fn(ActorId) -> Option<String>) -> Vec<Entry> {
    let mut entries = entries.to_vec();
    entries.sort_by_cached_key(|entry| {
        (entry.cause, entry.anchor, entry.rule.clone(), subject(&entry.subject, codes), entry.position)
    });
    let places: BTreeMap<u64, u64> =
        entries.iter().enumerate().map(|(index, entry)| (entry.position, index as u64 + 1)).collect();
    for entry in &mut entries {
        entry.position = places[&entry.position];
        entry.reverses = entry.reverses.map(|position| places.get(&position).copied().unwrap_or(0));
    }
    entries
}

fn finish(name: &str, what: &str, report: Vec<String>) -> Result<(), String> {
    match report.iter().all(|line| line.starts_with(' ')) {
        true => Ok(()),
        false => Err(format!("{name}: {what} (- expected, + found)\n{}", report.join("\n"))),
    }
}

impl Line {
    fn read(number: usize, words: &[String]) -> Result<Self, String> {
        let split = words.iter().position(|word| DETAILS.contains(&word.as_str())).unwrap_or(words.len());
        let (head, details) = words.split_at(split);
        if head.len() < 4 {
            return Err("an entry is `#1 +5 ZhangWei service-time`".to_owned());
        }
        let details = details.chunks(2).map(|pair| match pair {
            [name, value] if DETAILS.contains(&name.as_str()) => Ok((name.clone(), value.clone())),
            _ => Err(format!("`{}`: details are {} with a value each", pair.join(" "), DETAILS.join(", "))),
        });
        Ok(Self { number, head: head.to_vec(), details: details.collect::<Result<_, _>>()? })
    }

    fn fits(&self, found: &Rendered) -> bool {
        let given = |(name, value): &(String, String)| found.details.iter().any(|(n, v)| n == name && v == value);
        self.head == found.head && self.details.iter().all(given)
    }

    fn text(&self) -> String {
        let details = self.details.iter().map(|(name, value)| format!(" {name} {value}"));
        self.head.join(" ") + &details.collect::<String>()
    }
}

/// An entry in a story's words, with every detail.
struct Rendered {
    head: Vec<String>,
    details: Vec<(&'static str, String)>,
}

impl Rendered {
    fn of(entry: &Entry, codes: &dyn Fn(ActorId) -> Option<String>) -> Self {
        let person = |actor| person(actor, codes);
        let mut head = vec![format!("#{}", entry.position), signed(entry.points), subject(&entry.subject, codes)];
        head.push(entry.rule.clone());
        if let Anchor::Period(period) = entry.anchor {
            head.extend(["for".to_owned(), period.to_string()]);
        }
        match (entry.kind, entry.reverses) {
            (EntryKind::Award, _) => {}
            (EntryKind::Clamp, _) => head.push("clamp".to_owned()),
            (EntryKind::Reversal, reverses) => {
                head.extend(["reverses".to_owned(), format!("#{}", reverses.unwrap_or_default())]);
            }
            (EntryKind::Adjustment, None) => head.push("adjustment".to_owned()),
            (EntryKind::Adjustment, Some(reverses)) => head.extend(["adjusts".to_owned(), format!("#{reverses}")]),
        }
        let month = |date: Date| Period::holding(Grain::Month, date).to_string();
        let code = |code: &Option<String>| code.clone().unwrap_or_else(|| "-".to_owned());
        let place = &entry.place;
        let details = vec![
            ("on", entry.business_date.to_string()),
            ("booked", month(entry.booked_month)),
            ("at", [&place.window, &place.department, &place.hall].map(code).join("/")),
            ("band", entry.band.map_or_else(|| "-".to_owned(), |band| band.to_string())),
            ("person", entry.person.map_or_else(|| "-".to_owned(), person)),
            ("facts", entry.facts_count.to_string()),
            ("dimension", entry.dimension.name().to_owned()),
        ];
        Self { head, details }
    }

    fn text(&self) -> String {
        let details = self.details.iter().map(|(name, value)| format!(" {name} {value}"));
        self.head.join(" ") + &details.collect::<String>()
    }
}

impl Shown {
    fn text(&self, names: &Names, codes: &dyn Fn(ActorId) -> Option<String>) -> String {
        match self {
            Self::Provisional { points, subject: whose, rule, period } => {
                format!("provisional {} {} {rule} for {period}", signed(*points), subject(whose, codes))
            }
            Self::Held(fact, reason) => format!("held {} {reason}", names.name_of(*fact)),
            Self::Anomaly(event, reason) => format!("anomaly {} {reason}", names.name_of(*event)),
            Self::Unclear(fact, rule, reason) => format!("unclear {} {rule} {reason}", names.name_of(*fact)),
        }
    }
}

fn signed(points: Points) -> String {
    if points > Points::ZERO { format!("+{points}") } else { points.to_string() }
}

fn person(actor: ActorId, codes: &dyn Fn(ActorId) -> Option<String>) -> String {
    if actor.is_unknown() { "UNKNOWN".to_owned() } else { codes(actor).unwrap_or_else(|| actor.to_string()) }
}

fn subject(subject: &Subject, codes: &dyn Fn(ActorId) -> Option<String>) -> String {
    match subject {
        Subject::Person(actor) => person(*actor, codes),
        Subject::Window(code) => format!("window:{code}"),
        Subject::Department(code) => format!("department:{code}"),
        Subject::Hall(code) => format!("hall:{code}"),
    }
}
